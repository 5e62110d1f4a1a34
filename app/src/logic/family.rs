//! Which part of the logic an action belongs to.

use crate::action::Action;

/// Parts of the logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Projects, media and the window's end.
    File,
    /// The playhead.
    Playback,
    /// What is seen.
    View,
    /// Takes and seams.
    Take,
    /// What a model is asked.
    Ask,
    /// Long work.
    Job,
    /// The document and the selection.
    Edit,
}

impl Family {
    /// The part that does it.
    pub(super) fn of(action: &Action) -> Self {
        if is_file(action) {
            Self::File
        } else if is_playback(action) {
            Self::Playback
        } else if is_view(action) {
            Self::View
        } else if is_take(action) {
            Self::Take
        } else if is_ask(action) {
            Self::Ask
        } else if is_job(action) {
            Self::Job
        } else {
            Self::Edit
        }
    }
}

/// Whether it is about files.
fn is_file(action: &Action) -> bool {
    matches!(
        action,
        Action::NewProject
            | Action::OpenProject
            | Action::OpenDemoProject
            | Action::SaveProject
            | Action::SaveProjectAs
            | Action::ImportMedia
            | Action::RelinkMedia
            | Action::ImportCaptions
            | Action::ExportCaptions
            | Action::Quit
            | Action::ImportPaths { .. }
            | Action::OpenPath { .. }
            | Action::ForgetRecent { .. }
            | Action::Recover { .. }
            | Action::Relink { .. }
            | Action::ChooseExportPath { .. }
            | Action::ChooseLook { .. }
            | Action::OpenStoryboard
            | Action::SaveStoryboard { .. }
            | Action::SaveAnd { .. }
            | Action::DiscardAnd { .. }
    )
}

/// Whether it is about the playhead.
fn is_playback(action: &Action) -> bool {
    matches!(
        action,
        Action::PlayPause
            | Action::PlayReverse
            | Action::Pause
            | Action::PlayForward
            | Action::ToggleLoop
            | Action::StepBack
            | Action::StepForward
            | Action::StepBackMany
            | Action::StepForwardMany
            | Action::GoToStart
            | Action::GoToEnd
            | Action::PreviousCut
            | Action::NextCut
            | Action::PreviousMarker
            | Action::NextMarker
            | Action::Seek { .. }
            | Action::PlayAt { .. }
    )
}

/// Whether it changes only what is seen.
fn is_view(action: &Action) -> bool {
    matches!(
        action,
        Action::ShowExport
            | Action::ShowPreferences
            | Action::ShowBackground
            | Action::ShowPalette
            | Action::ZoomIn
            | Action::ZoomOut
            | Action::ZoomToFit
            | Action::ViewerFit
            | Action::ViewerActualSize
            | Action::ToggleSafeAreas
            | Action::ToggleGrid
            | Action::ToggleSnapping
            | Action::ShowMedia
            | Action::ShowHistory
            | Action::ShowStoryboard
            | Action::ShowInspector
            | Action::ShowJobs
            | Action::ShowNotices
            | Action::ShowSeams
            | Action::ToggleFullscreen
            | Action::ShowShortcuts
            | Action::ShowAbout
            | Action::DismissNotice { .. }
            | Action::ChangeSettings { .. }
            | Action::CloseDialog {}
    )
}

/// Whether it is about takes and seams.
fn is_take(action: &Action) -> bool {
    matches!(
        action,
        Action::RestyleClip
            | Action::SlowMotion
            | Action::UpscaleClip
            | Action::RemoveObject
            | Action::OutpaintClip
            | Action::CoverClip { .. }
            | Action::DrawRegion { .. }
            | Action::SlowClip { .. }
            | Action::WidenClip { .. }
            | Action::NewTake
            | Action::MakeFinal
            | Action::FinalOf { .. }
            | Action::VaryTake
            | Action::NextTake
            | Action::PreviousTake
            | Action::CompareWipe
            | Action::CompareDifference
            | Action::LoopSeam
            | Action::RefreshStale
            | Action::ShowTake { .. }
            | Action::AskTake { .. }
            | Action::AskRecipe { .. }
            | Action::RefreshItem { .. }
            | Action::CompareTakes { .. }
            | Action::LoopJoin { .. }
    )
}

/// Whether it asks a model for something.
fn is_ask(action: &Action) -> bool {
    matches!(
        action,
        Action::ShowGenerate
            | Action::JoinClips
            | Action::HealRange
            | Action::ExtendForward
            | Action::ExtendBackward
            | Action::FindDamage
            | Action::AnimateStills
            | Action::TextToVideo
            | Action::AskFor { .. }
            | Action::Generate { .. }
            | Action::CloseAsk { .. }
            | Action::PlaceStoryboard { .. }
            | Action::Retake { .. }
    )
}

/// Whether it is about long work.
fn is_job(action: &Action) -> bool {
    matches!(
        action,
        Action::FillGap
            | Action::CaptionClip
            | Action::WriteCaptions { .. }
            | Action::CleanSpeech
            | Action::Fill { .. }
            | Action::SwapBackground { .. }
            | Action::MakeBackdrop { .. }
            | Action::Export { .. }
            | Action::CancelJob { .. }
            | Action::MoveJob { .. }
            | Action::ReplaceJob { .. }
            | Action::ShowModels
            | Action::OrderModels { .. }
            | Action::StopModels {}
            | Action::ChooseModelFiles {}
            | Action::ChooseModelsFolder {}
            | Action::ToggleQueue
            | Action::DismissJob { .. }
    )
}
