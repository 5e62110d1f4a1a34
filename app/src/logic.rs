//! Between two frames of the window: events are drained, actions applied, commands sent. Nothing is drawn here.

mod ahead;
mod apply;
mod ask;
mod captions;
mod clean_speech;
mod events;
mod family;
mod files;
mod keys;
mod models;
mod playback;
mod queue;
mod takes;

use crate::{
    action::Action,
    app::StudioApp,
    limits::{THUMBNAIL_HEIGHT_PX, THUMBNAIL_WISHES_PER_FRAME_MAX, WAVEFORM_WISHES_PER_FRAME_MAX},
};
pub(crate) use ahead::Ahead;
use av::Ticks;
use runtime::{Command, Problem};
use std::{collections::BTreeMap, time::Duration};
pub(crate) use takes::ComparedDocument;
use timeline::AssetId;

impl StudioApp {
    /// Takes what came from the engine, the disk and the keyboard.
    pub fn before_drawing(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        self.notices.set_now(now);
        self.editor.set_now((now * 1000.0) as u64);
        self.jobs.set_now(now);
        self.drain_events(ctx);
        self.drain_errands();
        self.ask_for_attention(ctx);
        self.watch_idle(ctx);
        let mut actions = Vec::new();
        self.collect_keys(ctx, &mut actions);
        self.collect_dropped_files(ctx, &mut actions);
        self.apply_all(ctx, actions);
        self.watch_closing(ctx);
    }

    /// Applies what the panels collected and tells the engine.
    pub fn after_drawing(&mut self, ctx: &egui::Context, actions: Vec<Action>) {
        self.apply_all(ctx, actions);
        self.follow_ask();
        self.send_wishes();
        let title = self.title();
        if self.panels.title != title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.panels.title = title;
        }
        if let Some(seconds) = self.notices.next_change_seconds() {
            // The window is only drawn when something happens; a notice that leaves is something.
            ctx.request_repaint_after(Duration::from_secs_f64(seconds.max(0.05)));
        }
    }

    /// Somebody who looks elsewhere is told that long work has ended.
    fn ask_for_attention(&mut self, ctx: &egui::Context) {
        let Some(notice) = self.jobs.take_attention() else {
            return;
        };
        let kind = egui::UserAttentionType::Informational;
        ctx.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(kind));
        let is_looked_at = ctx.input(|input| input.viewport().focused.unwrap_or(input.focused));
        // A test has no desktop of its own to say something on.
        if self.settings.tells_desktop && !is_looked_at && !self.panels.is_test {
            let asked = self.errands.tell_desktop(notice);
            self.tell(asked);
        }
    }

    /// The desktop shows nothing: that is said once, since it will not be another way a job later.
    pub(crate) fn tell_desktop_is_silent(&mut self, why: String) {
        if !std::mem::replace(&mut self.panels.is_desktop_silent, true) {
            let mut problem = Problem::warning(
                "The desktop could not be told that a job has ended",
                "Everything is listed here all the same; Preferences can switch desktop notices off",
            );
            problem.details.push(why);
            self.notices.problem(problem);
        }
    }

    fn apply_all(&mut self, ctx: &egui::Context, actions: Vec<Action>) {
        let is_anything = !actions.is_empty();
        for action in actions {
            self.apply_action(ctx, action);
        }
        self.sync_document();
        self.sync_compare();
        if is_anything {
            ctx.request_repaint();
        }
    }

    /// Gives the engine the document, if it changed.
    pub(crate) fn sync_document(&mut self) {
        if let Some((revision, document)) = self.editor.take_changed() {
            self.send(Command::SetDocument { revision, document });
        }
    }

    /// Asks for the pictures that panels missed.
    fn send_wishes(&mut self) {
        let wishes = self.pictures.take_wishes(
            THUMBNAIL_WISHES_PER_FRAME_MAX,
            WAVEFORM_WISHES_PER_FRAME_MAX,
        );
        let mut by_asset: BTreeMap<AssetId, Vec<Ticks>> = BTreeMap::new();
        for (asset, time) in wishes.thumbnails {
            by_asset.entry(asset).or_default().push(time);
        }
        for (asset, times) in by_asset {
            self.send(Command::Thumbnails {
                asset,
                times,
                height: THUMBNAIL_HEIGHT_PX,
            });
        }
        for asset in wishes.waveforms {
            self.send(Command::Waveform { asset });
        }
    }
}
