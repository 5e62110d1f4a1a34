//! Timecode: how a frame number is written for people, drop-frame included. Never stored, never computed with.

use crate::{FrameIndex, FrameRate, TimeError};
use std::fmt;

/// A frame written as hours, minutes, seconds and frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timecode {
    /// Whether the position lies before zero.
    pub is_negative: bool,
    /// Whole hours; not wrapped at 24.
    pub hours: i64,
    /// 0 to 59.
    pub minutes: i64,
    /// 0 to 59.
    pub seconds: i64,
    /// 0 to the nominal rate less one.
    pub frames: i64,
    /// Whether numbers are dropped to keep with the clock (29.97 and 59.94 only).
    pub is_drop_frame: bool,
}

impl Timecode {
    /// How `frame` is written at `rate`; drop-frame at 30000/1001 and 60000/1001.
    pub fn from_frame(frame: FrameIndex, rate: FrameRate) -> Self {
        let nominal = nominal_fps(rate);
        let is_drop_frame = is_drop_rate(rate);
        let mut number = frame.0.abs();
        if is_drop_frame {
            // Two (or four) numbers are skipped each minute, but not each tenth minute.
            let dropped = nominal / 15;
            let per_minute = nominal * 60 - dropped;
            let per_ten_minutes = per_minute * 10 + dropped;
            let (tens, rest) = (number / per_ten_minutes, number % per_ten_minutes);
            number += dropped * 9 * tens;
            if rest >= nominal * 60 {
                number += dropped * (1 + (rest - nominal * 60) / per_minute);
            }
        }
        Self {
            is_negative: frame.0 < 0,
            hours: number / (nominal * 3600),
            minutes: number / (nominal * 60) % 60,
            seconds: number / nominal % 60,
            frames: number % nominal,
            is_drop_frame,
        }
    }

    /// Reads `HH:MM:SS:FF` (or with `;`), shorter forms from the right, or a bare frame number.
    pub fn parse(text: &str, rate: FrameRate) -> Result<FrameIndex, TimeError> {
        let error = || TimeError::Parse { text: text.into() };
        let trimmed = text.trim();
        let (sign, digits) = trimmed
            .strip_prefix('-')
            .map_or((1, trimmed), |rest| (-1, rest));
        let mut parts = [0_i64; 4];
        let fields: Vec<&str> = digits.split([':', ';']).collect();
        if fields.len() > 4 {
            return Err(error());
        }
        for (slot, field) in parts.iter_mut().rev().zip(fields.iter().rev()) {
            let is_number =
                !field.is_empty() && field.len() <= 9 && field.bytes().all(|b| b.is_ascii_digit());
            *slot = if is_number {
                field.parse().map_err(|_overflow| error())?
            } else {
                return Err(error());
            };
        }
        if fields.len() == 1 {
            return Ok(FrameIndex(sign * parts[3]));
        }
        let nominal = nominal_fps(rate);
        let [hours, minutes, seconds, frames] = parts;
        if frames >= nominal
            || (fields.len() > 2 && seconds > 59)
            || (fields.len() > 3 && minutes > 59)
        {
            return Err(error());
        }
        let total_minutes = hours * 60 + minutes;
        let mut number = (total_minutes * 60 + seconds) * nominal + frames;
        if is_drop_rate(rate) {
            // A number that was dropped names the first frame that exists after it.
            let dropped = nominal / 15;
            let whole_minutes = number / (nominal * 60);
            let in_minute = number % (nominal * 60);
            if whole_minutes % 10 != 0 && in_minute < dropped {
                number += dropped - in_minute;
            }
            number -= dropped * (whole_minutes - whole_minutes / 10);
        }
        Ok(FrameIndex(sign * number))
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let mark = if self.is_drop_frame { ';' } else { ':' };
        let Self {
            hours,
            minutes,
            seconds,
            frames,
            ..
        } = self;
        write!(
            f,
            "{sign}{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"
        )
    }
}

fn nominal_fps(rate: FrameRate) -> i64 {
    let (num, den) = (i64::from(rate.num()), i64::from(rate.den()));
    ((num + den / 2) / den).max(1)
}

fn is_drop_rate(rate: FrameRate) -> bool {
    rate.den() == 1_001 && (rate.num() == 30_000 || rate.num() == 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn drop_frame_keeps_with_the_clock() {
        let rate = FrameRate::new(30_000, 1_001).unwrap();
        let show = |n| Timecode::from_frame(FrameIndex(n), rate).to_string();
        assert_eq!(show(1799), "00:00:59;29");
        assert_eq!(show(1800), "00:01:00;02");
        assert_eq!(show(17_982), "00:10:00;00");
        assert_eq!(show(107_892), "01:00:00;00");
        let double = FrameRate::new(60_000, 1_001).unwrap();
        assert_eq!(
            Timecode::from_frame(FrameIndex(3600), double).to_string(),
            "00:01:00;04"
        );
        assert_eq!(
            Timecode::from_frame(FrameIndex(-25), FrameRate::FPS_25).to_string(),
            "-00:00:01:00"
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            ":",
            "1:2:3:4:5",
            "00:00:00:25",
            "00:61:00:00",
            "a",
            "1.5",
            "--3",
        ] {
            assert!(Timecode::parse(text, FrameRate::FPS_25).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(frame in -3_000_000_i64..3_000_000) {
            for rate in FrameRate::COMMON {
                let text = Timecode::from_frame(FrameIndex(frame), rate).to_string();
                prop_assert_eq!(Timecode::parse(&text, rate).unwrap(), FrameIndex(frame), "{} at {}", text, rate);
            }
        }
    }
}
