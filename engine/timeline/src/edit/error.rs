//! Why an edit cannot be.

use crate::{
    AssetId, ItemId, MarkerId, TakeId, TrackId, TrackKind, TransitionId, check::Violation,
};
use av::{FrameCount, FrameIndex};

/// Why an edit cannot be done; the document is as it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    /// There is no such item.
    #[error("there is no {item}")]
    NoItem {
        /// Which one.
        item: ItemId,
    },
    /// There is no such track.
    #[error("there is no {track}")]
    NoTrack {
        /// Which one.
        track: TrackId,
    },
    /// There is no such media file in the project.
    #[error("the project has no {asset}")]
    NoAsset {
        /// Which one.
        asset: AssetId,
    },
    /// There is no such transition.
    #[error("there is no {transition}")]
    NoTransition {
        /// Which one.
        transition: TransitionId,
    },
    /// There is no such marker.
    #[error("there is no {marker}")]
    NoMarker {
        /// Which one.
        marker: MarkerId,
    },
    /// The generated item has no such take.
    #[error("{item} has no {take}")]
    NoTake {
        /// The item.
        item: ItemId,
        /// The take.
        take: TakeId,
    },
    /// No track can take it.
    #[error("there is no unlocked {} track to put it on", kind_name(*kind))]
    NoTrackFor {
        /// What kind is missing.
        kind: TrackKind,
    },
    /// The track is locked.
    #[error("track {track} is locked")]
    Locked {
        /// How the track is called.
        track: String,
    },
    /// The item is of another kind than the edit is for.
    #[error("{item} is not {expected}")]
    WrongItem {
        /// The item.
        item: ItemId,
        /// What it would have to be, such as "a title".
        expected: &'static str,
    },
    /// The track is of another kind than what should lie on it.
    #[error("track {track} cannot hold {content}")]
    WrongTrack {
        /// How the track is called.
        track: String,
        /// What should lie on it, such as "sound".
        content: &'static str,
    },
    /// The file has no such stream, or nothing at that time.
    #[error("\"{name}\" has no {missing}")]
    NoMedia {
        /// How the file is called.
        name: String,
        /// What is missing, such as "picture".
        missing: &'static str,
    },
    /// The found file holds something else.
    #[error("the file's content is not that of \"{name}\"")]
    OtherContent {
        /// How the asset is called.
        name: String,
    },
    /// Nothing lies there.
    #[error("nothing is to be done at frame {}", at.0)]
    NothingThere {
        /// Where.
        at: FrameIndex,
    },
    /// Nothing was named.
    #[error("no {what} is chosen")]
    NothingChosen {
        /// What should have been named.
        what: &'static str,
    },
    /// Items that the edit needs side by side are apart.
    #[error("no other item follows {item} without a gap")]
    NotAbutting {
        /// The item whose end is alone.
        item: ItemId,
    },
    /// A transition needs more frames than lie beyond the cut.
    #[error(
        "the transition needs frames beyond the cut: {} of them before it and {} after it are available",
        before_available.0, after_available.0
    )]
    Handles {
        /// The longest part before the cut.
        before_available: FrameCount,
        /// The longest part after the cut.
        after_available: FrameCount,
    },
    /// Items that have to keep in step cannot move.
    #[error("track {track} has no room to close up by {} frames", needed.0)]
    Blocked {
        /// How the track is called.
        track: String,
        /// How far they would have to move.
        needed: FrameCount,
    },
    /// A number is outside of what makes sense.
    #[error("{what} must be {allowed}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// What it can be.
        allowed: String,
    },
    /// There would be too many.
    #[error("a project holds at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there can be.
        max: usize,
    },
    /// The path cannot be written into a project file.
    #[error("the path is not valid Unicode: {path}")]
    PathNotText {
        /// As far as it can be shown.
        path: String,
    },
    /// An edit inside a batch cannot be done.
    #[error("\"{label}\" (edit {number} of the batch) cannot be done")]
    InBatch {
        /// Counted from one.
        number: usize,
        /// What people call it.
        label: String,
        /// Why.
        source: Box<EditError>,
    },
    /// The edit would have broken the document; a bug of ours.
    #[error("the edit would have broken the document: {violation}")]
    Broken {
        /// The first thing that would not hold.
        violation: Box<Violation>,
    },
}

fn kind_name(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Video => "video",
        TrackKind::Audio => "audio",
        TrackKind::Caption => "caption",
    }
}
