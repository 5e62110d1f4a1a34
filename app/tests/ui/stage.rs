//! A window on the fake engine, with words for what a person does to it.

use crate::fake_engine::FakeEngine;
use av::FrameIndex;
use egui::{Key, Modifiers, Pos2, Vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use everframe::{action::Action, app::StudioApp, project::Home};
use std::path::PathBuf;
use tempfile::TempDir;
use timeline::{Document, TrackKind};

/// The window, its engine, and the folder it lives in.
pub struct Stage {
    pub harness: Harness<'static, StudioApp>,
    pub engine: FakeEngine,
    pub folder: TempDir,
}

impl Stage {
    /// An empty window.
    pub fn open() -> Self {
        Self::with(|builder| builder)
    }

    /// An empty window, this large.
    pub fn sized(size: Vec2) -> Self {
        Self::with(|builder| builder.with_size(size))
    }

    /// An empty window that can be painted, this large.
    pub fn painted(size: Vec2, density: f32) -> Self {
        Self::with(|builder| {
            builder
                .with_size(size)
                .with_pixels_per_point(density)
                .wgpu()
        })
    }

    fn with(
        change: impl FnOnce(
            egui_kittest::HarnessBuilder<StudioApp>,
        ) -> egui_kittest::HarnessBuilder<StudioApp>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::inside(folder.path());
        let engine = FakeEngine::default();
        let builder = Harness::builder()
            .with_size(Vec2::new(1480.0, 900.0))
            .with_max_steps(40)
            .allow_missing_glyphs();
        let handle = engine.clone();
        let harness = change(builder)
            .build_eframe(move |cc| StudioApp::new(&cc.egui_ctx, Box::new(handle), home, true));
        let mut stage = Self {
            harness,
            engine,
            folder,
        };
        stage.settle();
        stage
    }

    /// Lets a few frames pass: events arrive, actions are applied, popups open.
    pub fn settle(&mut self) {
        self.harness.run_steps(6);
    }

    /// Presses what bears this name.
    pub fn click(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.settle();
    }

    /// Whether something bears this name.
    pub fn shows(&self, name: &str) -> bool {
        self.harness.query_by_label(name).is_some()
    }

    /// Whether the name of something holds this.
    pub fn shows_part(&self, part: &str) -> bool {
        self.harness
            .query_all_by_label_contains(part)
            .next()
            .is_some()
    }

    /// Presses keys.
    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Presses at a place of the screen.
    pub fn press(&mut self, pos: Pos2) {
        self.button(pos, true);
    }

    /// Lets go there.
    pub fn release(&mut self, pos: Pos2) {
        self.button(pos, false);
        self.settle();
    }

    /// Moves the pointer there in a few steps; the button stays as it is.
    pub fn pull(&mut self, from: Pos2, to: Pos2) {
        for part in [0.2, 0.6, 1.0] {
            self.harness.hover_at(from.lerp(to, part));
            self.harness.step();
        }
        self.harness.step();
    }

    fn button(&mut self, pos: Pos2, pressed: bool) {
        self.harness.hover_at(pos);
        self.harness.step();
        self.harness.event(egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        self.harness.step();
    }

    /// Where the first thing shows whose name begins so.
    pub fn place_of(&self, start: &str) -> egui::Rect {
        let found = self.harness.query_all_by_label_contains(start).next();
        found.unwrap().rect()
    }

    /// Asks for something as a menu would.
    pub fn act(&mut self, action: Action) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().apply_action(&ctx, action);
        self.settle();
    }

    /// Puts the playhead there.
    pub fn seek(&mut self, frame: i64) {
        self.act(Action::Seek {
            frame: FrameIndex(frame),
        });
    }

    /// Brings in made-up files.
    pub fn import(&mut self, names: &[&str]) {
        let paths = names
            .iter()
            .map(|name| PathBuf::from("/footage").join(name));
        self.act(Action::ImportPaths {
            paths: paths.collect(),
        });
        self.settle();
    }

    pub fn document(&self) -> Document {
        (**self.harness.state().document()).clone()
    }

    /// The first video track as text: `[0..100) _ [150..250)`.
    pub fn picture_track(&self) -> String {
        let document = self.document();
        let track = document
            .sequence
            .tracks
            .iter()
            .find(|track| track.kind == TrackKind::Video)
            .unwrap();
        let items = track.items.iter().map(|item| {
            let mark = match &item.content {
                timeline::Content::Clip(_) => "",
                timeline::Content::Title(_) => "T",
                timeline::Content::Solid(_) => "S",
                timeline::Content::Generated(generated) => match generated.state {
                    timeline::GeneratedState::Ghost => "G?",
                    timeline::GeneratedState::Queued => "G…",
                    timeline::GeneratedState::Ready => "G",
                    timeline::GeneratedState::Stale => "G!",
                },
            };
            format!("{mark}[{}..{})", item.start.0, item.range().end().0)
        });
        items.collect::<Vec<_>>().join(" ")
    }
}
