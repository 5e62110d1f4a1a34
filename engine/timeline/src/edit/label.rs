//! What people call an edit, in the history panel and behind "Undo".

use super::{Edge, Edit, Property};
use crate::MarkSide;

impl Edit {
    /// What people call it, such as "Ripple delete".
    pub fn label(&self) -> &str {
        match self {
            Self::Batch { label, .. } => label,
            Self::AddAsset { .. } => "Import",
            Self::RelinkAsset { .. } => "Relink media",
            Self::RenameAsset { .. } => "Rename media",
            Self::Insert { .. } => "Insert",
            Self::Overwrite { .. } => "Overwrite",
            Self::Append { .. } => "Append",
            Self::Split { .. } => "Split",
            Self::Trim { edge, .. } => match edge {
                Edge::Start => "Trim start",
                Edge::End => "Trim end",
            },
            Self::Overshoot { edge, .. } => match edge {
                Edge::Start => "Extend backwards",
                Edge::End => "Extend forwards",
            },
            Self::RippleTrim { edge, .. } => match edge {
                Edge::Start => "Ripple trim start",
                Edge::End => "Ripple trim end",
            },
            Self::Roll { .. } => "Roll cut",
            Self::Slip { .. } => "Slip",
            Self::Slide { .. } => "Slide",
            Self::Lift { .. } | Self::LiftRange { .. } => "Lift",
            Self::RippleDelete { .. } => "Ripple delete",
            Self::CloseGap { .. } => "Close gap",
            Self::Extract { .. } => "Extract",
            Self::Move { .. } => "Move",
            Self::Duplicate { .. } => "Duplicate",
            Self::Paste { .. } => "Paste",
            Self::Link { .. } => "Link",
            Self::Unlink { .. } => "Unlink",
            Self::SetSpeed { .. } => "Change speed",
            Self::FreezeFrame { .. } => "Freeze frame",
            Self::SetEnabled { is_enabled, .. } => choose(*is_enabled, "Enable", "Disable"),
            Self::MuteTrack { is_muted, .. } => choose(*is_muted, "Mute track", "Unmute track"),
            Self::SoloTrack { is_solo, .. } => choose(*is_solo, "Solo track", "Unsolo track"),
            Self::LockTrack { is_locked, .. } => choose(*is_locked, "Lock track", "Unlock track"),
            Self::PlaceGenerated { purpose, .. } => purpose.label(),
            other => other.label_of_setting(),
        }
    }

    fn label_of_setting(&self) -> &'static str {
        match self {
            Self::AddTransition { .. } => "Add transition",
            Self::UpdateTransition { .. } => "Change transition",
            Self::RemoveTransition { .. } => "Remove transition",
            Self::AddTitle { .. } => "Add title",
            Self::SetTitle { .. } => "Change title",
            Self::AddSolid { .. } => "Add color",
            Self::SetSolid { .. } => "Change color",
            Self::SetProperty {
                property: Property::CleanSpeech(_),
                ..
            } => "Clean speech",
            Self::SetProperties { .. } | Self::SetProperty { .. } => "Change properties",
            Self::SetKeyframe { .. } => "Set keyframe",
            Self::RemoveKeyframe { .. } => "Remove keyframe",
            Self::SetLabel { .. } => "Rename item",
            Self::AddTrack { .. } => "Add track",
            Self::RemoveTrack { .. } => "Remove track",
            Self::MoveTrack { .. } => "Move track",
            Self::RenameTrack { .. } => "Rename track",
            Self::AddMarker { .. } => "Add marker",
            Self::MoveMarker { .. } => "Move marker",
            Self::SetMarker { .. } => "Change marker",
            Self::RemoveMarker { .. } => "Remove marker",
            Self::SetMarkIn { .. } => "Mark in",
            Self::SetMarkOut { .. } => "Mark out",
            Self::RenameProject { .. } => "Rename project",
            Self::SetSize { .. } => "Change picture size",
            Self::SetRate { .. } => "Change frame rate",
            Self::SetSequenceBackground { .. } => "Change background",
            Self::AddTake { .. } => "Add take",
            Self::SetActiveTake { .. } => "Choose take",
            Self::SetGeneratedState { .. } => "Generate",
            Self::SetRecipe { .. } => "Change prompt",
            Self::RateTake { .. } => "Rate take",
            Self::RemoveTake { .. } => "Take off the list",
            Self::SetBackground { .. } => "Swap background",
            Self::SetBackgroundFill { .. } => "Change what is behind",
            Self::SetFinish { .. } => "Finish edge",
            Self::AddMark { mark, .. } => match mark.side {
                MarkSide::Add => "Add to subject",
                MarkSide::Remove => "Remove from subject",
                MarkSide::Within => "Box the subject",
            },
            Self::RemoveMarks { .. } => "Take back corrections",
            Self::SetMatte { .. } => "Find subject",
            // `label` names all others; this function only keeps it short.
            _ => "Edit",
        }
    }
}

fn choose(condition: bool, yes: &'static str, no: &'static str) -> &'static str {
    if condition { yes } else { no }
}
