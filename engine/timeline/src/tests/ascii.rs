//! From a drawn timeline to a document and back.

use crate::{
    Asset, AssetId, Clip, Content, Document, Edit, Generated, GeneratedState, Item, ItemId, LinkId,
    Properties, Purpose, Recipe, Rgba, Sequence, Title, TrackId, TrackKind, Transition,
    TransitionId, TransitionKind, apply, check, file::draw,
};
use av::{
    AudioStreamInfo, ColorSpace, Fingerprint, FrameCount, FrameIndex, FrameRate, MediaInfo, Ratio,
    ScanSize, Ticks, VideoStreamInfo,
};
use std::{path::PathBuf, sync::Arc};

/// Frames in each lettered media file, at 25 a second, with sound.
pub const MEDIA_FRAMES: i64 = 100;

/// A document with short names for what is in it.
pub struct Scene(pub Document);

impl Scene {
    /// The item labeled so; on the track named after a slash, else on the first track that has one.
    pub fn item(&self, name: &str) -> ItemId {
        let (label, track) = name.split_once('/').unwrap_or((name, ""));
        let sequence = &self.0.sequence;
        let mut tracks = sequence.tracks.iter();
        let found = tracks.find_map(|candidate| {
            let fits = track.is_empty() || sequence.track_name(candidate.id) == track;
            let mut items = candidate.items.iter().filter(|_| fits);
            items.find(|item| item.label == label)
        });
        found.unwrap_or_else(|| panic!("no item {name}")).id
    }

    pub fn track(&self, name: &str) -> TrackId {
        let sequence = &self.0.sequence;
        let mut tracks = sequence.tracks.iter();
        let found = tracks.find(|track| sequence.track_name(track.id) == name);
        found.unwrap_or_else(|| panic!("no track {name}")).id
    }

    pub fn asset(&self, name: &str) -> AssetId {
        let mut assets = self.0.assets.iter();
        let found = assets.find(|asset| asset.name == name);
        found.unwrap_or_else(|| panic!("no asset {name}")).id
    }

    pub fn draw(&self) -> String {
        draw(&self.0.sequence)
    }
}

/// Media with a picture of `frames` at `rate`, and sound.
pub fn media(frames: i64, rate: FrameRate) -> MediaInfo {
    MediaInfo {
        container: "test".into(),
        duration: rate.ticks_from_count(FrameCount(frames)),
        video: Some(VideoStreamInfo {
            size: ScanSize::new(1280, 720),
            pixel_aspect: Ratio::ONE,
            rate: Some(rate),
            frame_count: frames,
            codec: "test".into(),
            color: ColorSpace::VIDEO,
            has_alpha: false,
        }),
        audio: Some(AudioStreamInfo {
            channels: 2,
            sample_rate: 48_000,
            codec: "test".into(),
        }),
        is_still: false,
    }
}

pub fn still() -> MediaInfo {
    let mut info = media(1, FrameRate::FPS_25);
    info.is_still = true;
    info.duration = Ticks::ZERO;
    info.audio = None;
    if let Some(video) = &mut info.video {
        video.rate = None;
    }
    info
}

fn info_for(label: &str) -> Option<MediaInfo> {
    let first = label.chars().next()?;
    match first {
        'A'..='Z' => Some(media(MEDIA_FRAMES, FrameRate::FPS_25)),
        'p' => Some(still()),
        _ => None,
    }
}

/// Makes `name` known: `A` to `Z` are 100 frames with sound, `p` is a still.
pub fn add_asset(document: &mut Document, name: &str) -> AssetId {
    if let Some(known) = document.assets.iter().find(|asset| asset.name == name) {
        return known.id;
    }
    let info = info_for(name).unwrap_or_else(|| panic!("no media is called {name}"));
    let id = AssetId(document.next_id);
    document.next_id += 1;
    let mut fingerprint = [0; 16];
    fingerprint[..name.len()].copy_from_slice(name.as_bytes());
    Arc::make_mut(&mut document.assets).put(Asset {
        id,
        fingerprint: Fingerprint(fingerprint),
        path: PathBuf::from(format!("{name}.mp4")),
        name: name.into(),
        info,
        is_generated: false,
    });
    id
}

/// The document of a drawing; tracks V1, V2, A1, A2 at 25 frames a second. A label's first letter says what it is: a
/// capital a clip of that file, `p` a still, `t` a title, `c` a color, `g` something to be generated.
pub fn scene(drawing: &str) -> Scene {
    let sequence = Sequence::new(ScanSize::new(1280, 720), FrameRate::FPS_25);
    let mut scene = Scene(Document::new("test", sequence));
    // Two that are not on the timeline yet.
    for spare in ["Y", "Z"] {
        add_asset(&mut scene.0, spare);
    }
    let links = scene.0.next_id;
    scene.0.next_id += 10;
    for line in drawing.split('|').filter(|line| !line.trim().is_empty()) {
        let (name, rest) = line.trim().split_once(": ").expect("a track's name");
        parse_track(&mut scene, name, rest, links);
    }
    assert_eq!(check(&scene.0), [], "{drawing}");
    assert_eq!(scene.draw(), drawing, "a drawing reads back");
    scene
}

fn parse_track(scene: &mut Scene, name: &str, items: &str, links: u64) {
    let track = scene.track(name);
    let index = scene
        .0
        .sequence
        .tracks
        .iter()
        .position(|other| other.id == track);
    let index = index.expect("a track");
    let mut end = FrameIndex::ZERO;
    let mut pending: Option<(i64, i64)> = None;
    for token in items.split(' ') {
        if let Some(gap) = token.strip_prefix('_') {
            end += FrameCount(gap.parse().expect("a gap"));
        } else if let Some(lengths) = token.strip_prefix('~') {
            let (before, after) = lengths.split_once('+').expect("two lengths");
            pending = Some((
                before.parse().expect("before"),
                after.parse().expect("after"),
            ));
        } else {
            let item = parse_item(scene, token, links);
            assert_eq!(item.start, end, "{token} starts where the drawing says");
            end = item.range().end();
            let id = item.id;
            let transition = TransitionId(scene.0.next_id);
            let sequence = Arc::make_mut(&mut scene.0.sequence);
            let track = Arc::make_mut(&mut sequence.tracks[index]);
            track.items.push(Arc::new(item));
            if let Some((before, after)) = pending.take() {
                let left = track.items[track.items.len() - 2].id;
                track.transitions.push(Transition {
                    id: transition,
                    kind: TransitionKind::Dissolve,
                    left,
                    right: id,
                    before: FrameCount(before),
                    after: FrameCount(after),
                });
                scene.0.next_id += 1;
            }
        }
    }
}

fn parse_item(scene: &mut Scene, token: &str, links: u64) -> Item {
    let (label, rest) = token.split_once('[').expect("a range");
    let (range, flags) = rest.split_once(')').expect("an end");
    let (start, end) = range.split_once("..").expect("a range");
    let start = FrameIndex(start.parse().expect("a start"));
    let end = FrameIndex(end.parse().expect("an end"));
    let id = ItemId(scene.0.next_id);
    scene.0.next_id += 1;
    let (flags, link) = match flags.split_once('&') {
        Some((flags, link)) => (flags, Some(link.parse::<u64>().expect("a link"))),
        None => (flags, None),
    };
    let (flags, is_disabled) = (flags.trim_end_matches('!'), flags.ends_with('!'));
    Item {
        id,
        start,
        count: end - start,
        label: label.into(),
        content: parse_content(scene, label, flags),
        properties: Properties::default(),
        link: link.map(|link| LinkId(links + link)),
        is_disabled,
    }
}

fn parse_content(scene: &mut Scene, label: &str, flags: &str) -> Content {
    match label.chars().next() {
        Some('t') => Content::Title(Title {
            text: label.into(),
            ..Title::default()
        }),
        Some('c') => Content::Solid(Rgba::WHITE),
        Some('g') => Content::Generated(Box::new(Generated {
            purpose: Purpose::Fill,
            recipe: Recipe::default(),
            anchors: Vec::new(),
            takes: Vec::new(),
            active: None,
            state: GeneratedState::Ghost,
            take_offset: FrameCount::ZERO,
            placed_count: FrameCount::ZERO,
        })),
        _ => {
            let file = label.chars().next().expect("a letter").to_string();
            let asset = add_asset(&mut scene.0, &file);
            let (flags, is_reversed) = (flags.trim_end_matches('r'), flags.ends_with('r'));
            let (flags, speed) = flags.split_once('x').unwrap_or((flags, "1"));
            let first = flags.strip_prefix('@').unwrap_or("0");
            let first = FrameIndex(first.parse().expect("a first frame"));
            Content::Clip(Clip {
                speed: speed.parse().expect("a speed"),
                is_reversed,
                ..Clip::new(asset, FrameRate::FPS_25.ticks_from_frame(first))
            })
        }
    }
}

/// Draws `before`, applies the edit, and compares with the drawing `after`.
#[track_caller]
pub fn check_edit(before: &str, edit: impl Fn(&Scene) -> Edit, after: &str) {
    let scene = scene(before);
    let edit = edit(&scene);
    match apply(&scene.0, &edit) {
        Ok(document) => assert_eq!(draw(&document.sequence), after, "{before} after {edit:?}"),
        Err(err) => panic!("{before}: {edit:?} is refused: {err}"),
    }
    assert_eq!(scene.draw(), before, "an edit leaves its input alone");
    let text = serde_json::to_string(&edit).expect("an edit is text");
    assert_eq!(serde_json::from_str::<Edit>(&text).expect("and back"), edit);
}

/// Applies the edit and compares the reason why it cannot be done.
#[track_caller]
pub fn check_refused(before: &str, edit: impl Fn(&Scene) -> Edit, reason: &str) {
    let scene = scene(before);
    match apply(&scene.0, &edit(&scene)) {
        Ok(document) => panic!("it was done: {}", draw(&document.sequence)),
        Err(err) => assert_eq!(err.to_string(), reason),
    }
}

#[test]
fn what_is_drawn_reads_back() {
    let drawing = "V1: A[0..48)@12 ~3+4 B[48..60)@20 _4 C[64..70)x2&1 | V2: _5 t[5..9)! g[9..12)ghost | \
                   A1: _64 C[64..70)x2r&1";
    scene(drawing);
    assert_eq!(scene("").0.sequence.tracks[2].kind, TrackKind::Audio);
}
