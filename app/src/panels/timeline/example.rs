//! Documents that the panel's tests look at.

use av::{FrameCount, FrameIndex, FrameRate, ScanSize, Ticks};
use std::sync::Arc;
use timeline::{
    AssetId, Clip, Content, Item, ItemId, Marker, MarkerId, Properties, Rgba, Sequence, Track,
    Transition, TransitionId, TransitionKind,
};

/// An item of `count` frames from `start`, cut from asset 1.
pub fn item(id: u64, start: i64, count: i64) -> Item {
    Item {
        id: ItemId(id),
        start: FrameIndex(start),
        count: FrameCount(count),
        label: format!("clip {id}"),
        content: Content::Clip(Clip::new(AssetId(1), Ticks::ZERO)),
        properties: Properties::default(),
        link: None,
        is_disabled: false,
    }
}

/// V1: 10 [0, 100), 11 [100, 160), a gap, 12 [200, 300); a dissolve of 20 frames at 100; marks and a marker.
pub fn small() -> Sequence {
    let size = ScanSize {
        width: 1280,
        height: 720,
    };
    let mut sequence = Sequence::new(size, FrameRate::FPS_25);
    let track = Track {
        items: [item(10, 0, 100), item(11, 100, 60), item(12, 200, 100)]
            .map(Arc::new)
            .to_vec(),
        transitions: vec![Transition {
            id: TransitionId(50),
            kind: TransitionKind::Dissolve,
            left: ItemId(10),
            right: ItemId(11),
            before: FrameCount(10),
            after: FrameCount(10),
        }],
        ..Track::clone(&sequence.tracks[0])
    };
    sequence.tracks[0] = Arc::new(track);
    sequence.mark_in = Some(FrameIndex(50));
    sequence.mark_out = Some(FrameIndex(250));
    sequence.markers.push(Marker {
        id: MarkerId(70),
        frame: FrameIndex(120),
        label: "beat".to_owned(),
        color: Rgba([255, 200, 60, 255]),
    });
    sequence
}
