//! Everything that can change a document. Closed: whoever reads this enum knows every edit there is.
//!
//! An edit is a value, the same on the command line and in tests. [`apply`] is pure: all of an edit happens or none.
//! Positions that a hand drags are limited, not refused; what cannot be meant at all is an [`EditError`].

mod apply;
pub(crate) mod assets;
mod background;
mod draft;
mod error;
mod generated;
mod insert;
mod label;
mod link;
mod markers;
mod moving;
mod overshoot;
mod payload;
mod properties;
mod ripple;
mod setting;
mod settle;
mod speed;
mod split;
pub(crate) mod tracks;
mod transition;
mod trim;

pub use apply::{Applied, Created, apply, apply_edit};
pub use error::EditError;
pub use payload::{
    Channel, Edge, KeyframeValue, MatteInputs, PastePiece, Placement, Property, Streams, TakeInputs,
};
pub(crate) use speed::is_usable_speed;
pub use transition::{CutRoom, cut_room};

use crate::{
    Anchor, AssetId, Background, BackgroundFill, Finish, GeneratedState, ItemId, Mark, MarkerId,
    Properties, Purpose, Recipe, Rgba, TakeId, Title, TrackId, TrackKind, TransitionId,
    TransitionKind, keyframe::Interpolation,
};
use av::{
    Fingerprint, FrameCount, FrameIndex, FrameRange, FrameRate, MediaInfo, Ratio, ScanSize, Ticks,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One change to a document.
///
/// `alone` on an item's edit leaves its linked parts as they are; without it they follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Make a media file known to the project; one that is known by its content already stays as it is.
    AddAsset {
        /// What its content hashes to.
        fingerprint: Fingerprint,
        /// Where it lies.
        path: PathBuf,
        /// What people call it; the file's name where empty.
        #[serde(default)]
        name: String,
        /// What a probe found in it.
        info: Box<MediaInfo>,
        /// Whether a generator made it.
        #[serde(default)]
        is_generated: bool,
    },
    /// Say where a media file lies now; its content must be the same.
    RelinkAsset {
        /// Which file.
        asset: AssetId,
        /// What the found file's content hashes to.
        fingerprint: Fingerprint,
        /// Where it lies now.
        path: PathBuf,
    },
    /// Call a media file something else.
    RenameAsset {
        /// Which file.
        asset: AssetId,
        /// Its new name.
        name: String,
    },
    /// Put media in at a frame; everything after makes room, on every unlocked track.
    Insert {
        /// What is put where.
        placement: Placement,
        /// Its first frame.
        at: FrameIndex,
    },
    /// Put media in at a frame over whatever lies there.
    Overwrite {
        /// What is put where.
        placement: Placement,
        /// Its first frame.
        at: FrameIndex,
    },
    /// Put media after the last item of its tracks.
    Append {
        /// What is put where.
        placement: Placement,
    },
    /// Cut items in two at a frame, linked parts too.
    Split {
        /// First frame of the right halves.
        at: FrameIndex,
        /// Which items; none named means everything that lies there on unlocked tracks.
        #[serde(default)]
        items: Vec<ItemId>,
    },
    /// Drag an item's edge; nothing else moves. It stops at its neighbor and where its media ends.
    Trim {
        /// Which item.
        item: ItemId,
        /// Which edge.
        edge: Edge,
        /// Where the edge goes: the first frame inside, or the first one after.
        to: FrameIndex,
        /// Leave linked parts.
        #[serde(default)]
        alone: bool,
    },
    /// Drag an item's edge as [`Edit::Trim`] does, and past the end of its media: what is missing there becomes a wish for
    /// a generated item, up to the neighbor; past the sequence's first frame what comes after makes room.
    Overshoot {
        /// Which item.
        item: ItemId,
        /// Which edge.
        edge: Edge,
        /// Where the edge goes: the first frame inside, or the first one after. Below zero for a track's first item.
        to: FrameIndex,
        /// Leave linked parts.
        #[serde(default)]
        alone: bool,
    },
    /// Drag an item's edge; everything after follows, so that no gap opens or closes.
    RippleTrim {
        /// Which item.
        item: ItemId,
        /// Which edge.
        edge: Edge,
        /// Where the edge would go if nothing followed.
        to: FrameIndex,
        /// Leave linked parts.
        #[serde(default)]
        alone: bool,
    },
    /// Drag the cut between two abutting items: one grows by what the other loses.
    Roll {
        /// The item before the cut.
        left: ItemId,
        /// Where the cut goes.
        to: FrameIndex,
        /// Leave linked parts.
        #[serde(default)]
        alone: bool,
    },
    /// Show other frames of the same media in the same place.
    Slip {
        /// Which item.
        item: ItemId,
        /// How many frames later in the media it starts.
        by: FrameCount,
        /// Leave linked parts.
        #[serde(default)]
        alone: bool,
    },
    /// Move an item between its neighbors, which grow and shrink to stay beside it.
    Slide {
        /// Which item.
        item: ItemId,
        /// How many frames later it starts.
        by: FrameCount,
        /// Leave linked parts.
        #[serde(default)]
        alone: bool,
    },
    /// Take items out and leave gaps.
    Lift {
        /// Which items; linked parts go too.
        items: Vec<ItemId>,
    },
    /// Take out everything in a range and leave a gap.
    LiftRange {
        /// Which frames.
        range: FrameRange,
        /// Which tracks; none named means every unlocked one.
        #[serde(default)]
        tracks: Vec<TrackId>,
    },
    /// Take items out and close up what is after them.
    RippleDelete {
        /// Which items; linked parts go too.
        items: Vec<ItemId>,
    },
    /// Close the gap at a frame of a track.
    CloseGap {
        /// Which track.
        track: TrackId,
        /// A frame inside the gap.
        at: FrameIndex,
    },
    /// Take out everything in a range and close up what is after it.
    Extract {
        /// Which frames.
        range: FrameRange,
        /// Which tracks; none named means every unlocked one.
        #[serde(default)]
        tracks: Vec<TrackId>,
    },
    /// Move items over whatever lies there; linked parts move along, but stay on tracks of their kind.
    Move {
        /// Which items; the first one leads.
        items: Vec<ItemId>,
        /// How many frames later they start; limited so that none starts before zero.
        by: FrameCount,
        /// The track that the first item goes to; others of its kind move by as many tracks.
        #[serde(default)]
        to_track: Option<TrackId>,
    },
    /// Put copies of items elsewhere, over whatever lies there.
    Duplicate {
        /// Which items; the first one leads.
        items: Vec<ItemId>,
        /// How many frames later the copies start.
        by: FrameCount,
        /// The track that the first copy goes to; others of its kind move by as many tracks.
        #[serde(default)]
        to_track: Option<TrackId>,
    },
    /// Put in items that were copied, over whatever lies there.
    Paste {
        /// What was copied.
        pieces: Vec<PastePiece>,
        /// Where the earliest one starts.
        at: FrameIndex,
    },
    /// Link items, so that they are selected and moved together.
    Link {
        /// Which items, two or more.
        items: Vec<ItemId>,
    },
    /// Take the links off items and whatever they are linked to.
    Unlink {
        /// Which items.
        items: Vec<ItemId>,
    },
    /// Put a transition on the cut after an item.
    AddTransition {
        /// The item before the cut.
        left: ItemId,
        /// How it looks.
        kind: TransitionKind,
        /// Frames before the cut.
        before: FrameCount,
        /// Frames after the cut.
        after: FrameCount,
    },
    /// Change a transition's look and length.
    UpdateTransition {
        /// Which one.
        transition: TransitionId,
        /// How it looks.
        kind: TransitionKind,
        /// Frames before the cut.
        before: FrameCount,
        /// Frames after the cut.
        after: FrameCount,
    },
    /// Take a transition off its cut.
    RemoveTransition {
        /// Which one.
        transition: TransitionId,
    },
    /// Put words in, over whatever lies there.
    AddTitle {
        /// Which track: video or caption.
        track: TrackId,
        /// Which frames.
        range: FrameRange,
        /// The words.
        title: Title,
    },
    /// Change the words of a title.
    SetTitle {
        /// Which title.
        item: ItemId,
        /// The words.
        title: Title,
    },
    /// Put a color in, over whatever lies there.
    AddSolid {
        /// Which video track.
        track: TrackId,
        /// Which frames.
        range: FrameRange,
        /// The color.
        color: Rgba,
    },
    /// Change the color of a solid.
    SetSolid {
        /// Which solid.
        item: ItemId,
        /// The color.
        color: Rgba,
    },
    /// Play clips faster, slower or backwards; they show the same media and get shorter or longer.
    SetSpeed {
        /// Which clips; linked parts follow.
        items: Vec<ItemId>,
        /// Media seconds per sequence second.
        speed: Ratio,
        /// Whether they play from end to start.
        #[serde(default)]
        is_reversed: bool,
        /// Whether what comes after makes room or closes up; else a clip is cut off at its neighbor.
        #[serde(default)]
        is_ripple: bool,
    },
    /// Hold one frame of a clip; everything after makes room.
    FreezeFrame {
        /// Which clip.
        item: ItemId,
        /// Which frame of the sequence is held.
        at: FrameIndex,
        /// How long.
        count: FrameCount,
    },
    /// Set everything that the inspector shows.
    SetProperties {
        /// Which items.
        items: Vec<ItemId>,
        /// All of it.
        properties: Box<Properties>,
    },
    /// Set one thing that the inspector shows.
    SetProperty {
        /// Which items.
        items: Vec<ItemId>,
        /// Which thing, and what it becomes.
        property: Property,
    },
    /// Set a value at a frame; the first one makes the value keyframed.
    SetKeyframe {
        /// Which item.
        item: ItemId,
        /// Which frame of the sequence.
        at: FrameIndex,
        /// Which value, and what it is there.
        value: KeyframeValue,
        /// How it goes on from there.
        #[serde(default)]
        interpolation: Interpolation,
    },
    /// Take a keyframe off; the last one leaves its value as a constant.
    RemoveKeyframe {
        /// Which item.
        item: ItemId,
        /// Which value.
        channel: Channel,
        /// Which frame of the sequence.
        at: FrameIndex,
    },
    /// Call an item something else.
    SetLabel {
        /// Which item.
        item: ItemId,
        /// Its new name.
        label: String,
    },
    /// Leave items out of picture and sound, or take them in again.
    SetEnabled {
        /// Which items; linked parts follow.
        items: Vec<ItemId>,
        /// Whether they are shown and heard.
        is_enabled: bool,
    },
    /// Add an empty track after the last one of its kind.
    AddTrack {
        /// What lies on it.
        kind: TrackKind,
        /// What people call it; empty for its number.
        #[serde(default)]
        label: String,
    },
    /// Take a track away with everything on it.
    RemoveTrack {
        /// Which track.
        track: TrackId,
    },
    /// Move a track among those of its kind.
    MoveTrack {
        /// Which track.
        track: TrackId,
        /// How many of its kind are before it then; limited to how many there are.
        to: usize,
    },
    /// Call a track something else.
    RenameTrack {
        /// Which track.
        track: TrackId,
        /// Its new name; empty for its number.
        label: String,
    },
    /// Show and hear a track, or not.
    MuteTrack {
        /// Which track.
        track: TrackId,
        /// Whether it is neither shown nor heard.
        is_muted: bool,
    },
    /// Hear only soloed audio tracks.
    SoloTrack {
        /// Which track.
        track: TrackId,
        /// Whether it is soloed.
        is_solo: bool,
    },
    /// Keep a track from being edited.
    LockTrack {
        /// Which track.
        track: TrackId,
        /// Whether edits leave it alone.
        is_locked: bool,
    },
    /// Mark a frame.
    AddMarker {
        /// Which frame.
        frame: FrameIndex,
        /// What the marker says.
        #[serde(default)]
        label: String,
        /// The color it is drawn in.
        color: Rgba,
    },
    /// Put a marker on another frame.
    MoveMarker {
        /// Which marker.
        marker: MarkerId,
        /// Which frame.
        frame: FrameIndex,
    },
    /// Change what a marker says and its color.
    SetMarker {
        /// Which marker.
        marker: MarkerId,
        /// What it says.
        label: String,
        /// The color it is drawn in.
        color: Rgba,
    },
    /// Take a marker away.
    RemoveMarker {
        /// Which marker.
        marker: MarkerId,
    },
    /// Mark the first frame of a range, or take the mark away; an end at or before it goes too.
    SetMarkIn {
        /// First frame inside.
        frame: Option<FrameIndex>,
    },
    /// Mark the end of a range, or take the mark away; a start at or after it goes too.
    SetMarkOut {
        /// First frame after the range.
        frame: Option<FrameIndex>,
    },
    /// Call the project something else.
    RenameProject {
        /// Its new name.
        name: String,
    },
    /// Change the picture size of the sequence; placements follow, since they are in parts of the frame.
    SetSize {
        /// Pixels; both sides even.
        size: ScanSize,
    },
    /// Change the frame rate of the sequence; everything keeps its place in time, to the nearest frame.
    SetRate {
        /// Frames per second.
        rate: FrameRate,
    },
    /// Change what shows where nothing lies.
    SetSequenceBackground {
        /// The color.
        color: Rgba,
    },
    /// Reserve a stretch for a generator, over whatever lies there; until it is made, a held frame plays.
    PlaceGenerated {
        /// Which video track.
        track: TrackId,
        /// Which frames.
        range: FrameRange,
        /// Why.
        purpose: Purpose,
        /// What is asked.
        recipe: Box<Recipe>,
        /// What it is made from; the hashes are filled in.
        #[serde(default)]
        anchors: Vec<Anchor>,
        /// Ghost or Queued.
        state: GeneratedState,
    },
    /// Add a generator's result and show it; one that the item has already is only shown.
    AddTake {
        /// The generated item.
        item: ItemId,
        /// The result.
        take: Box<TakeInputs>,
    },
    /// Show another take.
    SetActiveTake {
        /// The generated item.
        item: ItemId,
        /// Which take.
        take: TakeId,
    },
    /// Say where a generated item stands; queueing takes note of what its anchors show now.
    SetGeneratedState {
        /// The generated item.
        item: ItemId,
        /// Where it stands; without a take it cannot be ready.
        state: GeneratedState,
    },
    /// Change what is asked of the generator.
    SetRecipe {
        /// The generated item.
        item: ItemId,
        /// What is asked.
        recipe: Box<Recipe>,
    },
    /// Rate a take.
    RateTake {
        /// The generated item.
        item: ItemId,
        /// Which take.
        take: TakeId,
        /// Stars, 0 to 5.
        rating: u8,
    },
    /// Take a result off an item's list; its file stays, and the project still knows it.
    RemoveTake {
        /// The generated item.
        item: ItemId,
        /// Which take.
        take: TakeId,
    },
    /// Swap what is behind a clip's subject, or show the clip's own background again.
    SetBackground {
        /// Which item.
        item: ItemId,
        /// The swap; `None` for the clip's own background.
        background: Option<Box<Background>>,
    },
    /// Put something else behind a clip's subject; matte, corrections and finish stay.
    SetBackgroundFill {
        /// Which item.
        item: ItemId,
        /// What comes behind.
        fill: BackgroundFill,
    },
    /// Finish the edge of a clip's subject another way.
    SetFinish {
        /// Which item.
        item: ItemId,
        /// How.
        finish: Finish,
    },
    /// Correct the matte of a clip's subject on one picture.
    AddMark {
        /// Which item.
        item: ItemId,
        /// Media time of the picture.
        at: Ticks,
        /// What is marked.
        mark: Mark,
    },
    /// Take corrections back.
    RemoveMarks {
        /// Which item.
        item: ItemId,
        /// Media time of the picture whose marks go; `None` for all of them.
        #[serde(default)]
        at: Option<Ticks>,
    },
    /// Take another matte for a clip's subject. Fill, finish and corrections stay as they are by then.
    SetMatte {
        /// Which item.
        item: ItemId,
        /// The matte.
        matte: Box<MatteInputs>,
    },
    /// Several edits as one: all happen or none, and undo takes all back.
    Batch {
        /// What people call it.
        label: String,
        /// In order.
        edits: Vec<Edit>,
    },
}
