//! Which moment of its media an item shows on which of its frames, and how much media lies beyond its edges.
//!
//! The one formula: frame `k` of a clip shows `source_start + (offset + k) · period · speed`, rounded once, halves up.
//! Rounding that way commutes with whole ticks, so a cut never shifts what its halves show.

use crate::{Asset, AssetPool, Clip, Content, GeneratedState, Item, TrackKind};
use av::{FrameCount, FrameRate, SAMPLE_RATE, TICKS_PER_SECOND, TickRange, Ticks};

/// Frames of media beyond an item's edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handles {
    /// Before its first frame.
    pub before: FrameCount,
    /// After its last frame.
    pub after: FrameCount,
}

impl Handles {
    /// More than anybody can borrow: titles, colors, stills, held frames.
    pub const ENDLESS: Self = Self {
        before: FrameCount(crate::limits::FRAMES_MAX),
        after: FrameCount(crate::limits::FRAMES_MAX),
    };
}

/// Whole number nearest to `numerator / denominator`, halves up; `denominator` is above zero.
fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    if denominator == 1 {
        return numerator;
    }
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

fn to_ticks(value: i128) -> Ticks {
    // Nothing in a checked document comes near the ends.
    Ticks(value.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64)
}

/// Ticks of media that one sequence frame moves on, as a fraction; a whole number where it is one.
fn ticks_per_frame(clip: &Clip, rate: FrameRate) -> (i128, i128) {
    // Both fit: `check` bounds the rate's and the speed's numbers by a million.
    let period = i64::from(rate.den()).saturating_mul(TICKS_PER_SECOND);
    let denominator = i64::from(rate.num()).saturating_mul(clip.speed.den());
    match period.checked_mul(clip.speed.num()) {
        // By far the usual case, and 64-bit division is many times quicker than 128-bit.
        Some(numerator) if numerator % denominator == 0 => (i128::from(numerator / denominator), 1),
        Some(_) | None => (
            i128::from(period) * i128::from(clip.speed.num()),
            i128::from(denominator),
        ),
    }
}

impl Clip {
    /// Whether one picture stands still.
    pub fn is_freeze(&self) -> bool {
        self.speed.num() == 0
    }

    /// Media time shown `frame_in_item` frames after the item's start, in an item of `count` frames.
    ///
    /// Frames outside the item are those that a transition borrows. Backwards, the first frame shows what the last
    /// one shows forwards.
    pub fn media_from_item(
        &self,
        frame_in_item: FrameCount,
        count: FrameCount,
        rate: FrameRate,
    ) -> Ticks {
        let forward = if self.is_reversed {
            count - FrameCount::ONE - frame_in_item
        } else {
            frame_in_item
        };
        self.media_from_forward(forward, rate)
    }

    /// The media that an item of `count` frames uses.
    pub fn source_range(&self, count: FrameCount, rate: FrameRate) -> TickRange {
        let start = self.media_from_forward(FrameCount::ZERO, rate);
        TickRange::new(start, self.media_from_forward(count, rate) - start)
    }

    /// The clip that shows on its frames what this one shows from frame `from` up to `to` of an item of `count`.
    pub fn cut(
        &self,
        from: FrameCount,
        to: FrameCount,
        count: FrameCount,
        rate: FrameRate,
    ) -> Self {
        let by = if self.is_reversed { count - to } else { from };
        self.advanced(by, rate)
    }

    /// The same clip starting `by` frames later in its media.
    pub fn advanced(&self, by: FrameCount, rate: FrameRate) -> Self {
        if self.is_freeze() {
            return *self;
        }
        let (numerator, denominator) = ticks_per_frame(self, rate);
        // As many frames as it takes to come to a whole tick again; one for every common rate at normal speed.
        let period = denominator / gcd(numerator, denominator);
        let offset = i128::from((self.offset + by).0);
        // Towards zero, so that the moment counted from stays near the media.
        let whole = offset / period * period;
        Self {
            source_start: to_ticks(
                i128::from(self.source_start.0) + whole * numerator / denominator,
            ),
            offset: FrameCount((offset - whole) as i64),
            ..*self
        }
    }

    /// Media sample, at [`SAMPLE_RATE`], heard at `sample` of the sequence, in an item over `range`.
    pub(crate) fn media_sample(&self, sample: i64, range: av::FrameRange, rate: FrameRate) -> i64 {
        let (per_frame, denominator) = ticks_per_frame(self, rate);
        let sample_ticks =
            i128::from(sample) * i128::from(TICKS_PER_SECOND / i64::from(SAMPLE_RATE));
        // Positions are counted in parts of a media tick, as many as both the rate and the speed need.
        let parts = i128::from(rate.num()) * i128::from(self.speed.den());
        let per_frame = per_frame * (parts / denominator);
        let denominator = parts;
        let moved = sample_ticks * i128::from(rate.num()) * i128::from(self.speed.num())
            - i128::from(range.start.0) * per_frame;
        let offset = i128::from(self.offset.0) * per_frame;
        let start = i128::from(self.source_start.0) * denominator + offset;
        let rate_num = i128::from(SAMPLE_RATE);
        let unit = denominator * i128::from(TICKS_PER_SECOND);
        if self.is_reversed {
            let end = start + i128::from(range.count.0) * per_frame;
            round_half_up((end - moved) * rate_num, unit) as i64 - 1
        } else {
            round_half_up((start + moved) * rate_num, unit) as i64
        }
    }

    fn media_from_forward(&self, forward: FrameCount, rate: FrameRate) -> Ticks {
        let (numerator, denominator) = ticks_per_frame(self, rate);
        let frames = i128::from((self.offset + forward).0);
        to_ticks(i128::from(self.source_start.0) + round_half_up(frames * numerator, denominator))
    }

    /// Frames that could be borrowed on either side of an item of `count` frames.
    pub(crate) fn handles(
        &self,
        count: FrameCount,
        asset: &Asset,
        kind: TrackKind,
        rate: FrameRate,
    ) -> Handles {
        let Some(available) = asset.available_end(kind) else {
            return Handles::ENDLESS;
        };
        if self.is_freeze() {
            return Handles::ENDLESS;
        }
        let (numerator, denominator) = ticks_per_frame(self, rate);
        let start = i128::from(self.source_start.0);
        let offset = i128::from(self.offset.0);
        // First frame, counted from the first one used, whose moment is not before the file's start.
        let first = -((start * denominator).div_euclid(numerator) + offset);
        let left = (i128::from(available.0) - start) * denominator;
        let end = match kind {
            // Sound may stop inside the last frame.
            TrackKind::Audio => -(-left).div_euclid(numerator),
            // Whole frames, where a tenth more or less is a container's rounding; a shorter file shows one.
            TrackKind::Video | TrackKind::Caption => (10 * left + numerator)
                .div_euclid(10 * numerator)
                .max(i128::from(left > 0)),
        } - offset;
        let limit = i128::from(crate::limits::FRAMES_MAX);
        let head = FrameCount((-first).clamp(0, limit) as i64);
        let tail = FrameCount((end - i128::from(count.0)).clamp(0, limit) as i64);
        if self.is_reversed {
            Handles {
                before: tail,
                after: head,
            }
        } else {
            Handles {
                before: head,
                after: tail,
            }
        }
    }
}

impl Asset {
    /// Where its picture or its sound ends; `None` for a still, which never does.
    ///
    /// A picture's end counts its frames where they keep a cadence, since a container's length is that of its longest
    /// stream.
    pub fn available_end(&self, kind: TrackKind) -> Option<Ticks> {
        if self.info.is_still {
            return None;
        }
        let length = self.info.duration;
        let video = match kind {
            TrackKind::Audio => None,
            TrackKind::Video | TrackKind::Caption => self.info.video.as_ref(),
        };
        let counted = video.and_then(|video| {
            let rate = video.rate?;
            (video.frame_count > 0).then(|| rate.ticks_from_count(FrameCount(video.frame_count)))
        });
        // Farther apart, frames are missing in between and the count says nothing about the end.
        let believed = counted.filter(|end| (*end - length).0.abs() < TICKS_PER_SECOND / 4);
        Some(believed.unwrap_or(length))
    }

    /// Whether it has what a track of `kind` shows or plays.
    pub fn suits(&self, kind: TrackKind) -> bool {
        match kind {
            TrackKind::Video => self.info.video.is_some(),
            TrackKind::Audio => self.info.audio.is_some(),
            TrackKind::Caption => false,
        }
    }
}

impl Item {
    /// The media it plays: its clip, or the active take of a generated item.
    pub fn media(&self) -> Option<Clip> {
        match &self.content {
            Content::Clip(clip) => Some(*clip),
            Content::Generated(generated) => generated.active_take().map(|take| Clip {
                offset: generated.take_offset,
                ..Clip::new(take.asset, take.source_start)
            }),
            Content::Title(_) | Content::Solid(_) => None,
        }
    }

    /// Frames of media beyond its edges, on a track of `kind`.
    pub fn handles(&self, assets: &AssetPool, kind: TrackKind, rate: FrameRate) -> Handles {
        let Some(clip) = self.media() else {
            return Handles::ENDLESS;
        };
        match assets.find(clip.asset) {
            Some(asset) => clip.handles(self.count, asset, kind, rate),
            None => Handles {
                before: FrameCount::ZERO,
                after: FrameCount::ZERO,
            },
        }
    }

    /// How far its edges can be dragged by its media: its handles, or while its first take is being made those that
    /// the take will have.
    pub fn trim_handles(&self, assets: &AssetPool, kind: TrackKind, rate: FrameRate) -> Handles {
        let handles = self.handles(assets, kind, rate);
        let Content::Generated(generated) = &self.content else {
            return handles;
        };
        let is_made_now =
            generated.state == GeneratedState::Queued && generated.active_take().is_none();
        let asked = generated.placed_count;
        if !is_made_now || asked == FrameCount::ZERO {
            return handles;
        }
        Handles {
            before: generated.take_offset.max(FrameCount::ZERO),
            after: (asked - generated.take_offset - self.count).max(FrameCount::ZERO),
        }
    }
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
