//! Documents that the panel's tests look at.

use av::{
    ColorSpace, Fingerprint, FrameCount, FrameIndex, FrameRate, MediaInfo, Ratio, ScanSize, Ticks,
    VideoStreamInfo,
};
use std::sync::Arc;
use timeline::{
    AssetId, Clip, Content, Document, Edit, Item, ItemId, Marker, MarkerId, Properties, Rgba,
    Sequence, Track, Transition, TransitionId, TransitionKind,
};

/// The file that every item is cut from: a minute of video.
const ASSET: AssetId = AssetId(90);

/// An item of `count` frames from `start`, with ten seconds of media before it.
pub fn item(id: u64, start: i64, count: i64) -> Item {
    Item {
        id: ItemId(id),
        start: FrameIndex(start),
        count: FrameCount(count),
        label: format!("clip {id}"),
        content: Content::Clip(Clip::new(ASSET, Ticks::from_seconds_fraction(10, 1))),
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

/// The small sequence with the file that it is cut from.
pub fn document() -> Document {
    let sequence = small();
    let video = VideoStreamInfo {
        size: sequence.size,
        pixel_aspect: Ratio::ONE,
        rate: Some(sequence.rate),
        frame_count: 1500,
        codec: "H.264".to_owned(),
        color: ColorSpace::assumed_for(sequence.size),
        has_alpha: false,
    };
    let info = MediaInfo {
        container: "MP4".to_owned(),
        duration: Ticks::from_seconds_fraction(60, 1),
        video: Some(video),
        audio: None,
        is_still: false,
    };
    let empty = Sequence::new(sequence.size, sequence.rate);
    let mut document = Document::new("example", empty);
    document.next_id = ASSET.0;
    let edit = Edit::AddAsset {
        fingerprint: Fingerprint([1; 16]),
        path: "beach.mp4".into(),
        name: String::new(),
        info: Box::new(info),
        is_generated: false,
    };
    document = timeline::apply(&document, &edit).expect("a made-up file can be added");
    document.sequence = Arc::new(sequence);
    document
}
