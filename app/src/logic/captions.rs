//! Captions: written down from speech, brought in from subtitle files, and written into them.

use crate::{
    app::StudioApp,
    jobs::JobState,
    panels::{CaptionsState, Dialog, captions::language_name},
    settings::Settings,
};
use runtime::{Command, JobId, JobRequest, Problem, captions::Transcript};
use std::path::{Path, PathBuf};
use timeline::{
    Content, Document, Item, ItemId,
    captions::{self, Cue, subtitles::Format},
};

impl StudioApp {
    /// Asks which language is spoken in the selected clip, else in the one under the playhead.
    pub(super) fn caption_clip(&mut self) {
        match self.speaking_item() {
            Some(item) => {
                let language = self.settings.captions_language.clone();
                let state = CaptionsState { item, language };
                self.panels.dialog = Some(Dialog::Captions(state));
            }
            None => self.notices.problem(Problem::warning(
                "No clip is selected in which somebody could speak",
                "Select a clip that has sound, or put the playhead on one",
            )),
        }
    }

    /// Asks for what is said in a clip; the language is remembered for the next one.
    pub(super) fn write_captions(&mut self, ctx: &egui::Context, item: ItemId, language: String) {
        self.panels.dialog = None;
        let settings = Settings {
            captions_language: language.clone(),
            ..self.settings.clone()
        };
        self.change_settings(ctx, settings);
        let language = Some(language).filter(|language| !language.is_empty());
        self.queue(JobRequest::Captions { item, language });
    }

    fn speaking_item(&self) -> Option<ItemId> {
        let document = self.editor.document();
        let speaks = |item: &Item| speaks(document, item);
        let selected = self.editor.selection().items.iter().copied();
        let mut selected = selected.filter(|id| {
            let found = document.sequence.item(*id);
            found.is_some_and(|(_, item)| speaks(item))
        });
        let under = || {
            let tracks = document.sequence.tracks.iter();
            let mut items = tracks.filter_map(|track| track.item_at(self.transport.playhead));
            items.find(|item| speaks(item)).map(|item| item.id)
        };
        selected.next().or_else(under)
    }

    /// Puts what was heard in a clip on the timeline, where the clip plays it now.
    pub(super) fn take_transcript(&mut self, id: JobId, item: ItemId, transcript: &Transcript) {
        let document = self.editor.document();
        let Some((_, found)) = document.sequence.item(item) else {
            let problem = Problem::warning(
                "The clip whose captions were written is gone",
                "Bring it back with undo and ask for them again",
            );
            self.end_job(id, JobState::Failed(problem.clone()));
            self.notices.problem(problem);
            return;
        };
        let name = found.label.clone();
        let cues = captions::as_played(found, &transcript.cues, document.sequence.rate);
        if cues.is_empty() {
            let text = format!("Nobody is heard speaking in {name}");
            self.end_job(id, JobState::Done(vec![text.clone()]));
            self.notices.success(text, Vec::new(), None);
            return;
        }
        let heard = format!(
            "Heard by {}, language {}",
            transcript.model,
            language_name(&transcript.language)
        );
        match self.place_captions(&cues, "Captions from speech") {
            Ok(()) => {
                self.end_job(id, JobState::Done(vec![heard.clone()]));
                let text = format!("{} for {name}", counted(cues.len()));
                self.notices.success(text, vec![heard], None);
            }
            Err(problem) => {
                self.end_job(id, JobState::Failed(problem.clone()));
                self.notices.problem(problem);
            }
        }
    }

    /// Puts cues on a caption track as one step.
    fn place_captions(&mut self, cues: &[Cue], label: &str) -> Result<(), Problem> {
        let Some(edit) = captions::place(self.editor.document(), cues, label) else {
            return Ok(());
        };
        self.editor.edit(&edit)?;
        Ok(())
    }

    /// Subtitles go on the timeline, everything else into the media bin.
    pub(super) fn import_paths(&mut self, paths: Vec<PathBuf>) {
        let is_subtitles =
            |path: &PathBuf| matches!(Format::of(path), Some(Format::Srt | Format::Vtt));
        let (subtitles, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_subtitles);
        for path in subtitles {
            self.errand(|app| app.errands.read_captions(path));
        }
        if !paths.is_empty() {
            self.send(Command::Import { paths });
        }
    }

    /// A file of subtitles was read.
    pub(super) fn take_subtitles(&mut self, path: &Path, result: Result<Vec<Cue>, Problem>) {
        let Some(cues) = self.tell(result) else {
            return;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if cues.is_empty() {
            self.notices.problem(Problem::warning(
                format!("{name} holds no words"),
                "Choose another file of subtitles",
            ));
            return;
        }
        let placed = self.place_captions(&cues, "Import captions");
        if self.tell(placed).is_some() {
            let text = format!("{} from {name}", counted(cues.len()));
            self.notices.success(text, Vec::new(), None);
        }
    }

    /// Asks where to write the captions on the timeline.
    pub(super) fn export_captions(&mut self) {
        let cues = captions::cues(&self.editor.document().sequence);
        if cues.is_empty() {
            self.notices.problem(Problem::warning(
                "There are no captions on the timeline",
                "Import some, or make them from the speech of a clip",
            ));
            return;
        }
        let name = self.project_name();
        self.errand(|app| app.errands.choose_captions_save(cues, &name));
    }
}

/// Whether somebody could speak in an item.
pub(super) fn speaks(document: &Document, item: &Item) -> bool {
    match &item.content {
        Content::Clip(clip) if !clip.is_freeze() => {
            let asset = document.assets.find(clip.asset);
            asset.is_some_and(|asset| asset.info.audio.is_some())
        }
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) | Content::Generated(_) => false,
    }
}

fn counted(count: usize) -> String {
    if count == 1 {
        "1 caption".to_owned()
    } else {
        format!("{count} captions")
    }
}
