//! The panels: each draws from a [`crate::view::View`] and returns actions; none changes anything but its own state.

pub mod timeline;

pub use self::timeline::{TimelinePanelState, timeline_panel_ui};

/// What is carried from the bin to the timeline: egui's payload of a drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraggedAsset(pub ::timeline::AssetId);
