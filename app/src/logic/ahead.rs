//! Made ahead: while nobody does anything, a draft of what is wished for is made; whatever anybody does stops it.

use super::{apply::Asker, ask::with_recipe};
use crate::{
    app::StudioApp,
    asking::{Quality, generated_item},
    limits::AHEAD_IDLE_SECONDS,
};
use runtime::{JobId, JobRequest};
use std::{sync::Arc, time::Duration};
use timeline::{ItemId, Purpose, Recipe, TrackKind};

/// What is remembered between frames.
#[derive(Debug, Default)]
pub struct Ahead {
    /// Seconds of the window's clock since which nobody has done anything.
    quiet_since: f64,
    /// What is being made.
    job: Option<(JobId, ItemId, Recipe)>,
    /// What could not be made: it is not tried again as it is.
    failed: Option<(ItemId, Recipe)>,
}

impl StudioApp {
    /// Begins to make a draft once nobody has done anything for a while, and stops it as soon as anybody does.
    pub(super) fn watch_idle(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        let is_acting = ctx.input(|input| !input.events.is_empty() || input.pointer.any_down());
        if is_acting || self.transport.is_playing() || self.editor.is_in_gesture() {
            self.panels.ahead.quiet_since = now;
            self.stop_ahead();
            return;
        }
        let is_free = self.jobs.open().is_empty() && !self.jobs.is_paused;
        if !self.settings.makes_ahead || !is_free || self.panels.dialog.is_some() {
            return;
        }
        let Some((item, recipe)) = self.next_wish() else {
            return;
        };
        let left = self.panels.ahead.quiet_since + AHEAD_IDLE_SECONDS - now;
        if left > 0.0 {
            // An idle window is not drawn: it is woken for this.
            ctx.request_repaint_after(Duration::from_secs_f64(left));
            return;
        }
        self.make_ahead(item, recipe);
    }

    /// What nobody asked for gives way.
    pub(super) fn stop_ahead(&mut self) {
        if let Some((job, ..)) = self.panels.ahead.job.take() {
            self.send(runtime::Command::Cancel { job });
        }
    }

    /// A job could not be done; whether it was one that nobody had asked for. Then it is not tried again.
    pub(super) fn note_ahead_failed(&mut self, failed: JobId) -> bool {
        let ahead = &mut self.panels.ahead;
        let Some((_, item, recipe)) = ahead.job.take_if(|(job, ..)| *job == failed) else {
            return false;
        };
        ahead.failed = Some((item, recipe));
        true
    }

    fn make_ahead(&mut self, item: ItemId, recipe: Recipe) {
        let begun = self.editor.begin_request(item);
        if self.tell(begun).is_none() {
            return;
        }
        let document = Arc::clone(self.editor.document());
        let asked = with_recipe(&document, item, &recipe).unwrap_or(document);
        let tab = self.panels.right;
        let job = self.queue_as(JobRequest::Generate { item }, asked, Asker::Nobody);
        self.panels.right = tab;
        if let Some(job) = job {
            self.jobs.note_ahead(job);
            self.panels.ahead.job = Some((job, item, recipe));
        } else {
            let ended = self.editor.end_request(item, false);
            self.tell(ended);
            self.panels.ahead.failed = Some((item, recipe));
        }
    }

    /// The wish that is selected, else the one under the playhead, with what is asked of a draft of it; `None` where
    /// words or a region are missing, or where it was tried in vain.
    fn next_wish(&self) -> Option<(ItemId, Recipe)> {
        let wish = self.asked_wish().or_else(|| self.plain_wish())?;
        (self.panels.ahead.failed.as_ref() != Some(&wish)).then_some(wish)
    }

    /// What the bar over the timeline asks for, if that is a wish and somebody can make it.
    fn asked_wish(&self) -> Option<(ItemId, Recipe)> {
        let asking = &self.panels.asking;
        let mut ask = asking.ask.clone()?;
        let Some(Ok(description)) = asking.answer() else {
            return None;
        };
        let offer = asking.chosen().filter(|offer| offer.refusal.is_none())?;
        let document = self.editor.document();
        let first = *ask.items.first()?;
        let (item, generated) = generated_item(document, first)?;
        let is_ready = generated.is_wish()
            && !asking.is_final
            && !ask.lacks_words(description)
            && !ask.lacks_region(generated);
        ask.set_quality(offer, Quality::Draft);
        is_ready.then(|| (first, ask.recipe_for(document, item)))
    }

    /// A wish under the playhead, or selected with its bar closed, that says all there is to say.
    fn plain_wish(&self) -> Option<(ItemId, Recipe)> {
        if self.panels.asking.ask.is_some() {
            // Somebody is about to say what is wished for.
            return None;
        }
        let document = self.editor.document();
        let selected = self.editor.selected_generated();
        let tracks = document.sequence.tracks.iter().rev();
        let pictures = tracks.filter(|track| track.kind == TrackKind::Video);
        let under = pictures.filter_map(|track| track.item_at(self.transport.playhead));
        let under = under.map(|item| item.id);
        selected.into_iter().chain(under).find_map(|id| {
            let (_, generated) = generated_item(document, id)?;
            let continues = match generated.purpose {
                Purpose::ExtendForward
                | Purpose::ExtendBackward
                | Purpose::Fill
                | Purpose::Join
                | Purpose::Retake
                | Purpose::Animate
                | Purpose::Interpolate => true,
                Purpose::TextToVideo
                | Purpose::ReplaceBackground
                | Purpose::Repaint
                | Purpose::Outpaint
                | Purpose::Restyle
                | Purpose::Upscale => false,
            };
            (continues && generated.is_wish()).then(|| (id, generated.recipe.clone()))
        })
    }
}
