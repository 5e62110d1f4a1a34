//! The window on the screen, with the real engine behind it.

use crate::{app::StudioApp, project::Home};
use eframe::{NativeOptions, egui};
use runtime::{Problem, Runtime, RuntimeConfig};
use std::{path::PathBuf, sync::Arc};

/// Size of the window when it is first opened, in points.
const FIRST_SIZE: [f32; 2] = [1480.0, 900.0];

/// Smallest size at which every panel is of use.
const SMALLEST_SIZE: [f32; 2] = [960.0, 600.0];

/// Opens the window and returns when it is closed.
pub fn run(project: Option<PathBuf>) -> Result<(), Problem> {
    let options = NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Everframe")
            .with_app_id("everframe")
            .with_inner_size(FIRST_SIZE)
            .with_min_inner_size(SMALLEST_SIZE)
            .with_drag_and_drop(true),
        ..NativeOptions::default()
    };
    let opened = eframe::run_native(
        "everframe",
        options,
        Box::new(move |creation| {
            let ctx = creation.egui_ctx.clone();
            let home = Home::of_system();
            let settings = home.settings();
            let config = RuntimeConfig {
                cache_folder: home.cache_folder.clone(),
                recovery_folder: home.recovery_folder.clone(),
                use_sound_device: settings.use_sound_device,
                draw_in_software: false,
                wake: Arc::new(move || ctx.request_repaint()),
            };
            // The title says what a person can do; the details go to the log of whoever started the program.
            let runtime = Runtime::start(config).map_err(|problem| problem.to_string())?;
            let app = StudioApp::new(&creation.egui_ctx, Box::new(runtime), home, false);
            Ok(Box::new(app.with_project(project)))
        }),
    );
    opened.map_err(|error| {
        Problem::error(
            "The window could not be opened",
            "Start Everframe in a graphical session; without one, use its commands: everframe --help",
        )
        .with_cause(&error)
    })
}

impl eframe::App for StudioApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.before_drawing(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.theme.color.window.to_normalized_gamma_f32()
    }
}
