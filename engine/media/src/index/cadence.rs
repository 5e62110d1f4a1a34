//! The frame rate behind a list of times, and times cleared of the container's rounding.

use av::{FrameCount, FrameIndex, FrameRate, Ticks};

/// How far a time may be from its place: containers that count whole milliseconds are off by up to one.
const ROUNDING_NANOS: f64 = 1_100_000.0;

/// The share of frames that must keep the cadence.
const SHARE_MIN: f64 = 0.98;

/// The rate that at least 98 % of `times` (nanoseconds, in order) keep, if there is one.
pub fn rate_of(times: &[i64], claimed: Option<FrameRate>) -> Option<FrameRate> {
    if times.len() < 2 {
        return claimed;
    }
    let mut deltas: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    deltas.sort_unstable();
    let median = deltas[deltas.len() / 2].max(1);
    let mut candidates: Vec<FrameRate> = claimed.into_iter().chain(FrameRate::COMMON).collect();
    let per_second = 1e9 / median as f64;
    candidates.extend(FrameRate::new(per_second.round() as u32, 1).ok());
    candidates.extend(FrameRate::new((per_second * 1_000.0).round() as u32, 1_000).ok());
    let mut best: Option<(f64, FrameRate)> = None;
    for rate in candidates {
        if let Some(error) = misfit(times, rate)
            // Rates named first win unless another is clearly better: rounding makes near ones look alike.
            && best.is_none_or(|(least, _)| error < least * 0.9)
        {
            best = Some((error, rate));
        }
    }
    best.map(|(_, rate)| rate)
}

/// Mean distance from the rate's places, in nanoseconds plus one; `None` when too few frames keep it.
fn misfit(times: &[i64], rate: FrameRate) -> Option<f64> {
    let period = 1e9 * f64::from(rate.den()) / f64::from(rate.num());
    let anchor = times[times.len() / 2];
    let (mut fitting, mut sum) = (0_usize, 0.0);
    for (n, pair) in times.windows(2).enumerate() {
        let steps = ((pair[1] - anchor) as f64 / period).round();
        let distance = ((pair[1] - anchor) as f64 - steps * period).abs();
        let step = (pair[1] - pair[0]) as f64;
        // The first frame may be cut short by an edit list.
        let keeps_step = n == 0 || (step - period).abs() <= 2.0 * ROUNDING_NANOS;
        if distance <= ROUNDING_NANOS && keeps_step {
            fitting += 1;
            sum += distance;
        }
    }
    let share = fitting as f64 / (times.len() - 1) as f64;
    (share >= SHARE_MIN).then(|| 1.0 + sum / fitting.max(1) as f64)
}

/// Times as ticks, moved to the exact place of the cadence where they were only rounded.
pub fn ticks_of(times: &[i64], rate: Option<FrameRate>) -> Vec<Ticks> {
    let exact = |time: &i64| Ticks::from_nanos(*time);
    let Some(rate) = rate else {
        return times.iter().map(exact).collect();
    };
    // Most streams begin at zero; others are anchored at their own start.
    let anchor = times.first().map_or(Ticks::ZERO, exact);
    let tolerance = Ticks::from_nanos(ROUNDING_NANOS as i64).0;
    let place = |time: &i64| {
        let ticks = exact(time);
        let steps = FrameIndex(rate.count_from_ticks(ticks - anchor).0);
        let place = anchor + rate.ticks_from_frame(steps);
        if (place - ticks).0.abs() <= tolerance {
            place
        } else {
            ticks
        }
    };
    let mut places: Vec<Ticks> = times.iter().map(place).collect();
    let one = rate.ticks_from_count(FrameCount::ONE);
    for n in 1..places.len() {
        // Two frames never share a place, however they were rounded.
        if places[n] <= places[n - 1] {
            places[n] = exact(&times[n]).max(places[n - 1] + Ticks(one.0 / 1_000));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(rate: FrameRate, count: i64, unit: i64) -> Vec<i64> {
        let exact = (0..count).map(|n| rate.ticks_from_frame(FrameIndex(n)).nanos());
        exact
            .map(|nanos| (nanos + unit / 2) / unit * unit)
            .collect()
    }

    #[test]
    fn rates_survive_rounding_to_milliseconds() {
        for rate in FrameRate::COMMON {
            let rounded = times(rate, 200, 1_000_000);
            assert_eq!(rate_of(&rounded, None), Some(rate), "{rate}");
            let places = ticks_of(&rounded, Some(rate));
            let expected = (0..200).map(|n| rate.ticks_from_frame(FrameIndex(n)));
            assert!(places.into_iter().eq(expected), "{rate}");
        }
    }

    #[test]
    fn unsteady_times_have_no_rate_and_stay_as_they_are() {
        let unsteady: Vec<i64> = (0..100)
            .map(|n: i64| n * 33_000_000 + n % 7 * 4_000_000)
            .collect();
        assert_eq!(rate_of(&unsteady, Some(FrameRate::FPS_30)), None);
        assert_eq!(ticks_of(&unsteady, None)[3], Ticks::from_nanos(unsteady[3]));
    }

    #[test]
    fn a_lost_frame_does_not_hide_the_rate() {
        let mut rounded = times(FrameRate::FPS_25, 200, 1);
        rounded.remove(70);
        assert_eq!(rate_of(&rounded, None), Some(FrameRate::FPS_25));
        assert_eq!(
            ticks_of(&rounded, Some(FrameRate::FPS_25))[70],
            FrameRate::FPS_25.ticks_from_frame(FrameIndex(71))
        );
    }
}
