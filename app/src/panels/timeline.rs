//! The timeline: tracks of items over time, cut and moved by hand.
//!
//! Pure parts first: [`geometry`] and [`rows`] (where things are), [`hit`] (what lies under the pointer), [`snap`] and
//! [`drag`] (which edit a drag means). Then what draws and listens: [`ui`] lays the panel out, [`interact`] turns the
//! pointer into actions, `paint` and its kin draw. Only what shows is drawn, however long the sequence is.

pub mod drag;
#[cfg(test)]
mod example;
pub mod fades;
pub mod geometry;
mod headers;
pub mod hit;
mod icons;
mod interact;
mod item_paint;
mod lanes;
mod menu;
pub mod metrics;
pub mod names;
mod overlay;
pub mod overshoot;
mod place;
pub mod rows;
mod ruler;
mod scroll;
pub mod snap;
#[cfg(test)]
mod tests;
pub mod tool;
mod toolbar;
mod ui;

use self::{drag::Drag, geometry::TimeScale, hit::Hit};
use av::{FrameIndex, FrameRange};
use std::collections::BTreeMap;
use timeline::{ItemId, MarkerId, TrackId};
pub use tool::Tool;
pub use ui::timeline_panel_ui;

/// What other parts of the window ask of the timeline's view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ZoomRequest {
    /// Larger (above 1) or smaller around the playhead.
    By(f64),
    /// The whole sequence.
    Fit,
    /// A stretch.
    Range(FrameRange),
}

/// What is being given another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renamed {
    Item(ItemId),
    Track(TrackId),
    Marker(MarkerId),
}

/// A name while it is typed.
#[derive(Debug, Clone)]
pub(crate) struct Rename {
    pub what: Renamed,
    pub text: String,
    /// Whether the field was given the keyboard already.
    pub has_begun: bool,
}

/// What the timeline remembers between frames; outside undo, kept by nobody else.
#[derive(Debug)]
pub struct TimelinePanelState {
    /// What a press means.
    pub tool: Tool,
    /// Zoom and scroll.
    pub(crate) scale: TimeScale,
    /// Points that the tracks are scrolled down.
    pub(crate) scroll_y: f32,
    /// Tracks that were resized.
    pub(crate) heights: BTreeMap<TrackId, f32>,
    /// The drag that is being made.
    pub(crate) drag: Option<Drag>,
    /// What the open menu is about, and the frame it was opened at.
    pub(crate) menu: Option<(Hit, FrameIndex)>,
    pub(crate) rename: Option<Rename>,
    pub(crate) zoom: Option<ZoomRequest>,
    /// Where the playhead stood in the last frame; the view follows it only when it moves.
    pub(crate) followed: FrameIndex,
    /// Whether nothing lay on any track in the last frame; the first thing that comes is shown whole.
    pub(crate) was_empty: bool,
    /// Smaller forms of loudness pictures.
    pub(crate) waveforms: crate::widgets::waveform::Reductions,
}

impl Default for TimelinePanelState {
    fn default() -> Self {
        Self {
            tool: Tool::Select,
            scale: TimeScale {
                px_per_frame: 2.0,
                left_frame: 0.0,
                origin_x: 0.0,
            },
            scroll_y: 0.0,
            heights: BTreeMap::new(),
            drag: None,
            menu: None,
            rename: None,
            // A project is first seen whole.
            zoom: Some(ZoomRequest::Fit),
            followed: FrameIndex::ZERO,
            was_empty: false,
            waveforms: crate::widgets::waveform::Reductions::default(),
        }
    }
}

impl TimelinePanelState {
    /// Shows something else when the panel is drawn next.
    pub fn request_zoom(&mut self, zoom: ZoomRequest) {
        self.zoom = Some(zoom);
    }

    /// Whether a drag is being made, so that Esc belongs to it.
    pub fn is_dragging(&self) -> bool {
        self.drag.is_some()
    }

    /// Whether a name is being typed, so that letters are no shortcuts.
    pub fn is_renaming(&self) -> bool {
        self.rename.is_some()
    }
}
