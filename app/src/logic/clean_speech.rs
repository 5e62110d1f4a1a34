//! Speech without the noise around it: which clips are meant, and what is asked for them.

use super::captions::speaks;
use crate::app::StudioApp;
use runtime::{JobRequest, Problem};
use timeline::{Item, ItemId, TrackKind};

impl StudioApp {
    /// Asks for the cleaned speech of the selected clips, else of those under the playhead.
    pub(super) fn clean_speech(&mut self) {
        let meant = self.heard_items();
        if meant.is_empty() {
            self.notices.problem(Problem::warning(
                "No clip is selected in which somebody could speak",
                "Select a clip that has sound, or put the playhead on one",
            ));
            return;
        }
        let is_clean = |(_, is_clean): &(ItemId, bool)| *is_clean;
        if meant.iter().all(is_clean) {
            self.notices.problem(Problem::warning(
                "The speech of this clip is cleaned already",
                "The inspector sets how much of it is heard, under Sound",
            ));
            return;
        }
        for (item, is_clean) in meant {
            if !is_clean && self.jobs.of_item(item).is_none() {
                self.queue(JobRequest::CleanSpeech { item });
            }
        }
    }

    /// The clips on sound tracks that are meant, and whether each is cleaned already.
    fn heard_items(&self) -> Vec<(ItemId, bool)> {
        let document = self.editor.document();
        let tracks = document.sequence.tracks.iter();
        let tracks = tracks.filter(|track| track.kind == TrackKind::Audio && !track.is_locked);
        let speaking = tracks
            .flat_map(|track| &track.items)
            .filter(|item| speaks(document, item));
        let speaking: Vec<&Item> = speaking.map(AsRef::as_ref).collect();
        let selected = &self.editor.selection().items;
        let links = selected.iter().filter_map(|id| {
            let (_, item) = document.sequence.item(*id)?;
            item.link
        });
        let links: Vec<_> = links.collect();
        let is_selected = |item: &Item| {
            selected.contains(&item.id) || item.link.is_some_and(|link| links.contains(&link))
        };
        let is_under = |item: &Item| item.range().contains(self.transport.playhead);
        let known = |item: &Item| (item.id, item.properties.clean_speech.is_some());
        let meant = |is_meant: &dyn Fn(&Item) -> bool| -> Vec<_> {
            let meant = speaking.iter().filter(|item| is_meant(item));
            meant.map(|item| known(item)).collect()
        };
        let meant_first = meant(&is_selected);
        if meant_first.is_empty() {
            meant(&is_under)
        } else {
            meant_first
        }
    }
}
