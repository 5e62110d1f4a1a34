//! Documents to look at: one with everything, one with very many clips.

use av::{
    AudioStreamInfo, ColorSpace, Fingerprint, FrameCount, FrameIndex, FrameRate, MediaInfo, Ratio,
    ScanSize, Ticks, VideoStreamInfo,
};
use std::sync::Arc;
use timeline::{
    Animated, AssetId, Clip, Content, Document, Edit, Generated, GeneratedState, Interpolation,
    Item, ItemId, Keyframe, LinkId, Marker, MarkerId, Properties, Purpose, Recipe, Rgba, Sequence,
    Take, TakeId, Title, Track, TrackId, TrackKind, Transition, TransitionId, TransitionKind,
};

/// The clip with a dissolve at its start.
pub const CITY: u64 = 102;
/// The item that a job works on.
pub const QUEUED: u64 = 132;
/// An asset of sound only.
pub const MUSIC_ASSET: u64 = 24;
/// An asset whose file is gone.
pub const LOST_ASSET: u64 = 25;

const SIZE: ScanSize = ScanSize::new(1920, 1080);
const BEACH_ASSET: u64 = 21;
const CITY_ASSET: u64 = 22;
const PHOTO_ASSET: u64 = 23;

fn info([has_video, has_audio, is_still]: [bool; 3]) -> MediaInfo {
    MediaInfo {
        container: "MP4".into(),
        duration: Ticks::from_seconds_fraction(if is_still { 0 } else { 60 }, 1),
        video: has_video.then(|| VideoStreamInfo {
            size: SIZE,
            pixel_aspect: Ratio::ONE,
            rate: (!is_still).then_some(FrameRate::FPS_25),
            frame_count: if is_still { 1 } else { 1500 },
            codec: "H.264".into(),
            color: ColorSpace::assumed_for(SIZE),
            has_alpha: false,
        }),
        audio: has_audio.then(|| AudioStreamInfo {
            channels: 2,
            sample_rate: 48_000,
            codec: "AAC".into(),
        }),
        is_still,
    }
}

/// Names above this one are free.
const FREE_ID: u64 = 1_000_000;

/// A document that knows some files, with that sequence.
fn document(name: &str, sequence: Sequence) -> Document {
    let mut document = Document::new(name, Sequence::new(sequence.size, sequence.rate));
    let files = [
        (BEACH_ASSET, "beach.mp4", info([true, true, false])),
        (CITY_ASSET, "city walk.mp4", info([true, true, false])),
        (PHOTO_ASSET, "photo.jpg", info([true, false, true])),
        (MUSIC_ASSET, "music.flac", info([false, true, false])),
        (LOST_ASSET, "lost.mov", info([true, true, false])),
    ];
    for (id, name, info) in files {
        document.next_id = id;
        let edit = Edit::AddAsset {
            fingerprint: Fingerprint([id as u8; 16]),
            path: name.into(),
            name: name.into(),
            info: Box::new(info),
            is_generated: false,
        };
        document = timeline::apply(&document, &edit).expect("a made-up asset can be added");
    }
    document.sequence = Arc::new(sequence);
    document.next_id = FREE_ID;
    document
}

fn item(id: u64, (start, end): (i64, i64), content: Content) -> Item {
    Item {
        id: ItemId(id),
        start: FrameIndex(start),
        count: FrameCount(end - start),
        label: String::new(),
        content,
        properties: Properties::default(),
        link: None,
        is_disabled: false,
    }
}

fn clip(asset: u64, from_frame: i64) -> Content {
    let start = FrameRate::FPS_25.ticks_from_frame(FrameIndex(from_frame));
    Content::Clip(Clip::new(AssetId(asset), start))
}

fn linked(mut item: Item, link: u64) -> Item {
    item.link = Some(LinkId(link));
    item
}

fn generated(state: GeneratedState, takes: u64, purpose: Purpose) -> Content {
    let take = |number| Take {
        id: TakeId(200 + number),
        asset: AssetId(BEACH_ASSET),
        source_start: Ticks::ZERO,
        recipe: Recipe::default(),
        seam_delta_e: Vec::new(),
        seam_motion_jump: Vec::new(),
        rating: 0,
    };
    Content::Generated(Box::new(Generated {
        purpose,
        recipe: Recipe::default(),
        anchors: Vec::new(),
        takes: (0..takes).map(take).collect(),
        active: takes.checked_sub(1).map(|last| TakeId(200 + last)),
        state,
        take_offset: FrameCount::ZERO,
        placed_count: FrameCount::ZERO,
    }))
}

fn keyframes(values: &[(i64, f64)]) -> Animated<f64> {
    let keyframe = |&(at, value): &(i64, f64)| Keyframe {
        at: FrameCount(at),
        value,
        interpolation: Interpolation::Linear,
    };
    Animated::Keyframes(values.iter().map(keyframe).collect())
}

fn main_pictures() -> Vec<Item> {
    let mut fast = clip(CITY_ASSET, 300);
    if let Content::Clip(clip) = &mut fast {
        clip.speed = Ratio::new(3, 2).expect("a speed");
        clip.is_reversed = true;
    }
    vec![
        linked(item(101, (0, 120), clip(BEACH_ASSET, 40)), 1),
        linked(item(CITY, (120, 260), clip(CITY_ASSET, 100)), 2),
        item(
            103,
            (260, 330),
            generated(GeneratedState::Ready, 3, Purpose::Fill),
        ),
        item(104, (372, 450), fast),
        item(105, (450, 520), clip(LOST_ASSET, 0)),
        item(
            106,
            (520, 600),
            generated(GeneratedState::Stale, 1, Purpose::ExtendForward),
        ),
    ]
}

fn upper_pictures() -> Vec<Item> {
    let title = Title {
        text: "Summer by the sea".into(),
        ..Title::default()
    };
    let mut photo = item(122, (150, 240), clip(PHOTO_ASSET, 0));
    photo.properties.transform.rotation_degrees = keyframes(&[(12, 0.0), (40, 8.0), (70, -4.0)]);
    photo.properties.opacity = keyframes(&[(0, 0.0), (20, 1.0), (75, 1.0), (90, 0.0)]);
    let mut disabled = item(124, (530, 600), clip(BEACH_ASSET, 500));
    disabled.is_disabled = true;
    vec![
        item(121, (30, 110), Content::Title(title)),
        photo,
        item(
            131,
            (262, 330),
            generated(GeneratedState::Ghost, 0, Purpose::TextToVideo),
        ),
        item(
            QUEUED,
            (340, 450),
            generated(GeneratedState::Queued, 0, Purpose::Join),
        ),
        item(123, (458, 520), Content::Solid(Rgba([36, 120, 160, 255]))),
        disabled,
    ]
}

fn track(id: u64, kind: TrackKind, items: Vec<Item>) -> Track {
    Track {
        items: items.into_iter().map(Arc::new).collect(),
        ..Track::new(TrackId(id), kind)
    }
}

fn dissolve(id: u64, left: u64, right: u64) -> Transition {
    Transition {
        id: TransitionId(id),
        kind: TransitionKind::Dissolve,
        left: ItemId(left),
        right: ItemId(right),
        before: FrameCount(12),
        after: FrameCount(12),
    }
}

/// Everything that a timeline can show.
pub fn rich() -> Document {
    let mut sequence = Sequence::new(SIZE, FrameRate::FPS_25);
    let mut pictures = track(1, TrackKind::Video, main_pictures());
    pictures.transitions.push(dissolve(301, 101, CITY));
    let upper = track(2, TrackKind::Video, upper_pictures());
    let mut beach = linked(item(141, (0, 120), clip(BEACH_ASSET, 40)), 1);
    beach.properties.fade_in = FrameCount(30);
    let mut city = linked(item(142, (120, 260), clip(CITY_ASSET, 100)), 2);
    city.properties.fade_out = FrameCount(40);
    city.properties.gain_db = Animated::Constant(-6.0);
    let mut sound = track(3, TrackKind::Audio, vec![beach, city]);
    sound.transitions.push(dissolve(302, 141, 142));
    let mut music = item(151, (0, 600), clip(MUSIC_ASSET, 0));
    music.properties.fade_out = FrameCount(60);
    let mut music = track(4, TrackKind::Audio, vec![music]);
    music.is_solo = true;
    sequence.tracks = [pictures, upper, sound, music].map(Arc::new).to_vec();
    sequence.mark_in = Some(FrameIndex(60));
    sequence.mark_out = Some(FrameIndex(400));
    let marker = |id, frame, label: &str, color| Marker {
        id: MarkerId(id),
        frame: FrameIndex(frame),
        label: label.into(),
        color: Rgba(color),
    };
    sequence.markers = vec![
        marker(401, 180, "Beat", [227, 193, 93, 255]),
        marker(402, 372, "Check", [110, 168, 254, 255]),
    ];
    document("rich", sequence)
}

/// As many clips as that on four tracks.
pub fn many(count: i64) -> Document {
    let mut sequence = Sequence::new(SIZE, FrameRate::FPS_25);
    let kinds = [
        TrackKind::Video,
        TrackKind::Video,
        TrackKind::Audio,
        TrackKind::Audio,
    ];
    let tracks = kinds.into_iter().zip(0_i64..).map(|(kind, place)| {
        let items = (0..count / 4).map(|number| {
            let start = number * 130;
            let id = 1000 + (place * count + number) as u64;
            let content = clip(BEACH_ASSET, number % 900);
            item(id, (start, start + 90 + number % 40), content)
        });
        track(place as u64 + 1, kind, items.collect())
    });
    sequence.tracks = tracks.map(Arc::new).collect();
    document("many", sequence)
}
