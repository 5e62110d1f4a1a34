//! What a stretch of a track shows as one number, the same in every run and on every machine.

use super::{BackgroundPlan, LayerPlan, MediaMoment, PicturePlan, ShotPlan, video::layer};
use crate::{BackgroundFill, Document, Rgba, Title, TrackId, TransitionKind, WipeDirection};
use av::FrameRange;

/// Hash of what a track shows over `frames`, gaps included; other tracks and the names of items do not count.
///
/// Equal numbers stand for equal pictures: a neighbor that was split still hashes the same, one that was trimmed,
/// slipped, replaced or recolored does not. A track that is gone hashes like an empty one.
pub fn content_hash(document: &Document, track: TrackId, frames: FrameRange) -> u64 {
    let mut hash = Fnv::new();
    let track = document.sequence.track(track);
    for frame in frames.frames() {
        match track.and_then(|track| layer(document, track, frame)) {
            None => hash.number(0),
            Some(LayerPlan::Shot { shot, blend }) => {
                hash.number(1);
                hash.number(blend as u64);
                add_shot(&mut hash, &shot);
            }
            Some(LayerPlan::Transition(transition)) => {
                hash.number(2);
                add_transition_kind(&mut hash, transition.kind);
                hash.float(transition.progress);
                add_shot(&mut hash, &transition.from);
                add_shot(&mut hash, &transition.to);
            }
        }
    }
    hash.0
}

/// Fowler, Noll and Vo's 64-bit hash (1a): stable, unlike the standard library's.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn float(&mut self, number: f64) {
        // Minus zero is zero.
        self.number((number + 0.0).to_bits());
    }

    fn floats(&mut self, numbers: &[f64]) {
        for number in numbers {
            self.float(*number);
        }
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn color(&mut self, Rgba(bytes): Rgba) {
        self.bytes(&bytes);
    }
}

fn add_moment(hash: &mut Fnv, moment: MediaMoment) {
    hash.number(moment.asset.0);
    hash.number(moment.time.0 as u64);
}

fn add_transition_kind(hash: &mut Fnv, kind: TransitionKind) {
    match kind {
        TransitionKind::Dissolve => hash.number(0),
        TransitionKind::Dip(color) => {
            hash.number(1);
            hash.color(color);
        }
        TransitionKind::Wipe(direction) => hash.number(match direction {
            WipeDirection::Left => 2,
            WipeDirection::Right => 3,
            WipeDirection::Up => 4,
            WipeDirection::Down => 5,
        }),
    }
}

fn add_shot(hash: &mut Fnv, shot: &ShotPlan) {
    let ShotPlan {
        item: _,
        picture,
        fit,
        crop,
        position,
        scale,
        rotation_degrees,
        opacity,
        color,
        look,
        background,
    } = shot;
    match picture {
        PicturePlan::Media(moment) => {
            hash.number(0);
            add_moment(hash, *moment);
        }
        PicturePlan::Title(title) => {
            hash.number(1);
            add_title(hash, title);
        }
        PicturePlan::Solid(solid) => {
            hash.number(2);
            hash.color(*solid);
        }
    }
    hash.number(*fit as u64);
    hash.floats(&[crop.left, crop.top, crop.right, crop.bottom]);
    hash.floats(position);
    hash.floats(scale);
    hash.floats(&[*rotation_degrees, *opacity]);
    hash.floats(&[color.exposure_stops, color.contrast, color.saturation]);
    hash.floats(&[color.temperature, color.tint]);
    hash.text(look.as_ref().map_or("", |look| &look.cube));
    match background {
        None => hash.number(0),
        Some(background) => add_background(hash, background),
    }
}

fn add_background(hash: &mut Fnv, background: &BackgroundPlan) {
    hash.number(1);
    add_moment(hash, background.matte);
    match &background.fill {
        BackgroundFill::Color(color) => hash.color(*color),
        BackgroundFill::Asset(asset) => hash.number(asset.0),
        BackgroundFill::Blur { radius } => hash.float(*radius),
        BackgroundFill::Transparent => hash.number(u64::MAX),
    }
    if let Some(moment) = background.fill_moment {
        add_moment(hash, moment);
    }
    // Swaps that are not finished hash as they did before there was a finish.
    if !background.finish.is_none() {
        let finish = background.finish;
        hash.floats(&[finish.feather, finish.grow, finish.spill]);
        hash.floats(&[finish.wrap, finish.match_color]);
    }
}

fn add_title(hash: &mut Fnv, title: &Title) {
    let Title {
        text,
        font_family,
        size,
        is_bold,
        is_italic,
        align,
        color,
        outline,
        outline_width,
        box_color,
        shadow,
    } = title;
    hash.text(text);
    hash.text(font_family);
    hash.floats(&[*size, *outline_width]);
    hash.number(u64::from(*is_bold) | u64::from(*is_italic) << 1);
    hash.number(*align as u64);
    for color in [color, outline, box_color, shadow] {
        hash.color(*color);
    }
}
