//! More frames a second, or the same stretched in time.

use super::{
    Made, Wishes,
    bench::{Bench, require_clip},
    sequence_for,
};
use crate::{Error, error::Result, export::OnProgress};
use av::{FrameRate, Ratio};
use std::path::Path;
use timeline::{Edit, Purpose};

/// Most frames a second that a sequence has.
const RATE_MAX: f64 = 240.0;

/// Where more frames go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoreFrames {
    /// As many times the frames a second; it lasts as long as before.
    Factor(u32),
    /// As many times as long, at the same rate.
    Slower(u32),
    /// This many frames a second; it lasts as long as before.
    Rate(FrameRate),
}

/// Makes the frames between a clip's frames.
pub fn interpolate_file(
    clip: &Path,
    more: MoreFrames,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    require_clip(clip)?;
    let mut sequence = sequence_for(&media::probe(clip)?)?;
    sequence.size = wishes.size.unwrap_or(sequence.size);
    sequence.rate = match more {
        MoreFrames::Factor(factor) => faster(sequence.rate, factor)?,
        MoreFrames::Rate(rate) => usable(rate)?,
        MoreFrames::Slower(_) => sequence.rate,
    };
    let mut bench = Bench::new(sequence, out)?;
    let item = bench.append(clip)?;
    if let MoreFrames::Slower(factor) = more {
        let speed = Ratio::new(1, i64::from(factor)).map_err(|error| Error::Unsuitable {
            reason: error.to_string(),
        })?;
        bench.edit(&Edit::SetSpeed {
            items: vec![item],
            speed,
            is_reversed: false,
            is_ripple: true,
        })?;
    }
    let place = bench.cover(item, Purpose::Interpolate)?;
    bench.make(place, wishes, |_recipe| (), on_progress)
}

fn faster(rate: FrameRate, factor: u32) -> Result<FrameRate> {
    let too_fast = || Error::Unsuitable {
        reason: format!("{factor} times {rate} frames a second are more than {RATE_MAX}"),
    };
    let num = rate.num().checked_mul(factor).ok_or_else(too_fast)?;
    let faster = FrameRate::new(num, rate.den()).map_err(|_out_of_range| too_fast())?;
    usable(faster).map_err(|_too_fast| too_fast())
}

fn usable(rate: FrameRate) -> Result<FrameRate> {
    if (1.0..=RATE_MAX).contains(&rate.fps_for_display()) {
        return Ok(rate);
    }
    Err(Error::Unsuitable {
        reason: format!("{rate} frames a second are not between 1 and {RATE_MAX}"),
    })
}
