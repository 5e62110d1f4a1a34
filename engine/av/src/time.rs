//! Time has a type: whole frames at a rational rate, and ticks that hit every usual frame and sample exactly.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

/// Ticks in one second.
///
/// Exact for frame periods of 24, 25, 30, 50, 60 and 120 and their 1000/1001 kin, for 44.1 and 48 kHz samples, and
/// for the time scales that MP4, Matroska and MPEG write.
pub const TICKS_PER_SECOND: i64 = 254_016_000_000;

/// A rate or ratio that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A rate must be above zero and at most 1000 frames a second.
    #[error("{num}/{den} is not a frame rate between 0 and 1000 frames a second")]
    Rate {
        /// Frames.
        num: u32,
        /// In this many seconds.
        den: u32,
    },
    /// A ratio needs a positive denominator.
    #[error("{num}/{den} is not a ratio")]
    Ratio {
        /// Upper number.
        num: i64,
        /// Lower number.
        den: i64,
    },
    /// The text is not of the form `N` or `N/D`.
    #[error("\"{text}\" is not a number or a fraction such as 30000/1001")]
    Parse {
        /// What was given.
        text: String,
    },
}

/// A position in media time, or a length of it; [`TICKS_PER_SECOND`] a second.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ticks(pub i64);

impl Ticks {
    /// The start of time.
    pub const ZERO: Self = Self(0);

    /// Nearest tick to `numerator / denominator` seconds; `denominator` is above zero.
    pub fn from_seconds_fraction(numerator: i64, denominator: i64) -> Self {
        let scaled = i128::from(numerator) * i128::from(TICKS_PER_SECOND);
        Self(div_round(scaled, i128::from(denominator)) as i64)
    }

    /// Nearest tick to a time in nanoseconds (GStreamer's unit).
    pub fn from_nanos(nanos: i64) -> Self {
        Self::from_seconds_fraction(nanos, 1_000_000_000)
    }

    /// Nearest nanosecond.
    pub fn nanos(self) -> i64 {
        div_round(
            i128::from(self.0) * 1_000_000_000,
            i128::from(TICKS_PER_SECOND),
        ) as i64
    }

    /// Seconds, for showing to people only.
    pub fn seconds_for_display(self) -> f64 {
        self.0 as f64 / TICKS_PER_SECOND as f64
    }

    /// Nearest tick to the start of audio sample `sample` at `sample_rate` per second.
    pub fn from_samples(sample: i64, sample_rate: u32) -> Self {
        Self::from_seconds_fraction(sample, i64::from(sample_rate))
    }

    /// Nearest audio sample at `sample_rate` per second.
    pub fn samples(self, sample_rate: u32) -> i64 {
        div_round(
            i128::from(self.0) * i128::from(sample_rate),
            i128::from(TICKS_PER_SECOND),
        ) as i64
    }

    /// This length stretched by `ratio`, to the nearest tick.
    pub fn scaled(self, ratio: Ratio) -> Self {
        Self(div_round(
            i128::from(self.0) * i128::from(ratio.num),
            i128::from(ratio.den),
        ) as i64)
    }
}

impl Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sub for Ticks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl Neg for Ticks {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// A frame's position at some rate; frame `n` lasts from `n` to `n + 1` periods.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FrameIndex(pub i64);

/// A number of frames; may be negative as a difference.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FrameCount(pub i64);

impl FrameIndex {
    /// The first frame.
    pub const ZERO: Self = Self(0);
}
impl FrameCount {
    /// No frames.
    pub const ZERO: Self = Self(0);
    /// One frame.
    pub const ONE: Self = Self(1);
}
impl Add<FrameCount> for FrameIndex {
    type Output = Self;
    fn add(self, count: FrameCount) -> Self {
        Self(self.0 + count.0)
    }
}
impl AddAssign<FrameCount> for FrameIndex {
    fn add_assign(&mut self, count: FrameCount) {
        self.0 += count.0;
    }
}
impl Sub<FrameCount> for FrameIndex {
    type Output = Self;
    fn sub(self, count: FrameCount) -> Self {
        Self(self.0 - count.0)
    }
}
impl SubAssign<FrameCount> for FrameIndex {
    fn sub_assign(&mut self, count: FrameCount) {
        self.0 -= count.0;
    }
}
impl Sub for FrameIndex {
    type Output = FrameCount;
    fn sub(self, other: Self) -> FrameCount {
        FrameCount(self.0 - other.0)
    }
}
impl Add for FrameCount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl AddAssign for FrameCount {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}
impl Sub for FrameCount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl SubAssign for FrameCount {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}
impl Neg for FrameCount {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Sum for FrameCount {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        Self(counts.map(|count| count.0).sum())
    }
}
impl fmt::Display for FrameIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl fmt::Display for FrameCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Frames per second as a fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrameRate {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// 24 frames a second.
    pub const FPS_24: Self = Self { num: 24, den: 1 };
    /// 25 frames a second.
    pub const FPS_25: Self = Self { num: 25, den: 1 };
    /// 30 frames a second.
    pub const FPS_30: Self = Self { num: 30, den: 1 };
    /// The rates an editor offers, slowest first.
    pub const COMMON: [Self; 8] = [
        Self {
            num: 24_000,
            den: 1_001,
        },
        Self::FPS_24,
        Self::FPS_25,
        Self {
            num: 30_000,
            den: 1_001,
        },
        Self::FPS_30,
        Self { num: 50, den: 1 },
        Self {
            num: 60_000,
            den: 1_001,
        },
        Self { num: 60, den: 1 },
    ];

    /// A rate of `num / den` frames a second, above zero and at most 1000.
    pub fn new(num: u32, den: u32) -> Result<Self, TimeError> {
        if num == 0 || den == 0 || u64::from(num) > 1000 * u64::from(den) {
            return Err(TimeError::Rate { num, den });
        }
        let divisor = gcd(u64::from(num), u64::from(den)) as u32;
        Ok(Self {
            num: num / divisor,
            den: den / divisor,
        })
    }

    /// Upper number of the fraction.
    pub fn num(self) -> u32 {
        self.num
    }

    /// Lower number of the fraction.
    pub fn den(self) -> u32 {
        self.den
    }

    /// Frames per second, for showing to people only.
    pub fn fps_for_display(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// Tick at which `frame` starts (nearest; exact for all [`FrameRate::COMMON`] rates).
    pub fn ticks_from_frame(self, frame: FrameIndex) -> Ticks {
        let scaled = i128::from(frame.0) * i128::from(self.den) * i128::from(TICKS_PER_SECOND);
        Ticks(div_round(scaled, i128::from(self.num)) as i64)
    }

    /// Ticks that `count` frames last.
    pub fn ticks_from_count(self, count: FrameCount) -> Ticks {
        self.ticks_from_frame(FrameIndex(count.0))
    }

    /// The frame that is shown at `ticks`: the last one whose rounded start is not after it.
    pub fn frame_from_ticks(self, ticks: Ticks) -> FrameIndex {
        let numerator = i128::from(ticks.0) * i128::from(self.num);
        let denominator = i128::from(self.den) * i128::from(TICKS_PER_SECOND);
        let floor = FrameIndex(numerator.div_euclid(denominator) as i64);
        // A start that was rounded to a tick may lie a hair before or after the exact quotient.
        let next = floor + FrameCount::ONE;
        if self.ticks_from_frame(next) <= ticks {
            next
        } else if self.ticks_from_frame(floor) > ticks {
            floor - FrameCount::ONE
        } else {
            floor
        }
    }

    /// How many whole frames it takes to cover `ticks` (rounded to the nearest frame).
    pub fn count_from_ticks(self, ticks: Ticks) -> FrameCount {
        let numerator = i128::from(ticks.0) * i128::from(self.num);
        let denominator = i128::from(self.den) * i128::from(TICKS_PER_SECOND);
        FrameCount(div_round(numerator, denominator) as i64)
    }

    /// First audio sample of `frame` at `sample_rate` per second.
    pub fn sample_from_frame(self, frame: FrameIndex, sample_rate: u32) -> i64 {
        let scaled = i128::from(frame.0) * i128::from(self.den) * i128::from(sample_rate);
        div_round(scaled, i128::from(self.num)) as i64
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

impl FromStr for FrameRate {
    type Err = TimeError;
    /// Reads `25` or `30000/1001`.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let parse = |part: &str| {
            part.trim()
                .parse::<u32>()
                .map_err(|_not_a_number| TimeError::Parse { text: text.into() })
        };
        Self::new(parse(num)?, parse(den)?)
    }
}
impl TryFrom<String> for FrameRate {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}
impl From<FrameRate> for String {
    fn from(rate: FrameRate) -> Self {
        rate.to_string()
    }
}

/// A ratio of whole numbers with a positive denominator, in lowest terms; speeds and progress are ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio {
    num: i64,
    den: i64,
}

impl Ratio {
    /// One to one.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// `num / den`, reduced; `den` is above zero.
    pub fn new(num: i64, den: i64) -> Result<Self, TimeError> {
        if den <= 0 {
            return Err(TimeError::Ratio { num, den });
        }
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i64;
        Ok(Self {
            num: num / divisor,
            den: den / divisor,
        })
    }

    /// Upper number.
    pub fn num(self) -> i64 {
        self.num
    }

    /// Lower number, above zero.
    pub fn den(self) -> i64 {
        self.den
    }

    /// As a float, for shading and for showing to people.
    pub fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}
impl FromStr for Ratio {
    type Err = TimeError;
    /// Reads `2` or `1/3`.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let parse = |part: &str| {
            part.trim()
                .parse::<i64>()
                .map_err(|_not_a_number| TimeError::Parse { text: text.into() })
        };
        Self::new(parse(num)?, parse(den)?)
    }
}
impl TryFrom<String> for Ratio {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}
impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        ratio.to_string()
    }
}

/// Quotient to the nearest whole number, halves away from zero; `denominator` is above zero.
fn div_round(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    if numerator >= 0 {
        (numerator + half) / denominator
    } else {
        (numerator - half) / denominator
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_rates_divide_the_second_exactly() {
        for rate in FrameRate::COMMON {
            let exact = TICKS_PER_SECOND * i64::from(rate.den()) % i64::from(rate.num());
            assert_eq!(exact, 0, "{rate}");
        }
        for time_scale in [12_288, 12_800, 15_360, 90_000, 44_100, 48_000, 1_000_000] {
            assert_eq!(TICKS_PER_SECOND % time_scale, 0, "{time_scale}");
        }
    }

    #[test]
    fn bad_rates_are_refused() {
        for text in ["0", "25/0", "1001", "abc", "", "-5", "1/2/3"] {
            assert!(text.parse::<FrameRate>().is_err(), "{text}");
        }
        assert_eq!(
            "60000/2002".parse::<FrameRate>().unwrap().to_string(),
            "30000/1001"
        );
        assert!(Ratio::new(1, 0).is_err());
        assert_eq!(Ratio::new(-2, 4).unwrap().to_string(), "-1/2");
    }

    proptest! {
        /// Frame → time → frame is the identity, ten hours in and at every rate.
        #[test]
        fn frame_survives_the_trip_through_ticks(frame in -3_000_000_i64..3_000_000, num in 1_u32..120_000, den in 1_u32..2_000) {
            prop_assume!(num >= den && u64::from(num) <= 1000 * u64::from(den));
            let rate = FrameRate::new(num, den).unwrap();
            let frame = FrameIndex(frame);
            prop_assert_eq!(rate.frame_from_ticks(rate.ticks_from_frame(frame)), frame);
            let last_tick = rate.ticks_from_frame(frame + FrameCount::ONE) - Ticks(1);
            prop_assert_eq!(rate.frame_from_ticks(last_tick), frame);
        }

        #[test]
        fn samples_survive_the_trip_through_ticks(sample in -2_000_000_000_i64..2_000_000_000) {
            for sample_rate in [44_100, 48_000, 96_000] {
                prop_assert_eq!(Ticks::from_samples(sample, sample_rate).samples(sample_rate), sample);
            }
        }
    }
}
