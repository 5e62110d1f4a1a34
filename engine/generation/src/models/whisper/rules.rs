//! Which token may come next, which one does, and what keeps what was said from being believed.

use super::tokens::Tokens;
use flate2::{Compression, write::ZlibEncoder};
use std::{io::Write as _, ops::Range};

/// Latest start of a window's first words, in steps of time: one second.
const FIRST_TIME_MAX: u32 = 50;
/// Words that are said over and over this often are a network that is stuck.
const REPEATS_MAX: usize = 4;
/// The same for one token alone: numbers and laughter repeat it.
const REPEATS_OF_ONE_MAX: usize = 8;
/// Longest group of tokens whose repetition is looked for.
const REPEATED_TOKENS_MAX: usize = 12;

/// Takes away what must not come after `said`: times go in pairs and forwards, and when a time is likelier than any word
/// it is a time. `likely` are logits, one for each token that the network knows.
pub fn allow(tokens: &Tokens, likely: &mut [f32], said: &[u32]) {
    let Tokens { end, ref times, .. } = *tokens;
    for token in &tokens.unspoken {
        forbid(likely, *token..token + 1);
    }
    forbid(likely, end + 1..times.start);
    let is_time = |token: Option<&u32>| token.is_some_and(|token| tokens.is_time(*token));
    let Some(last) = said.last() else {
        forbid(likely, 0..times.start);
        forbid(likely, times.start + FIRST_TIME_MAX + 1..times.end);
        return;
    };
    let before = said.len().checked_sub(2).map(|at| &said[at]);
    // After a start come words; after an end the next start, or the end of all.
    let is_start = is_time(Some(last)) && (before.is_none() || is_time(before));
    let is_end = is_time(Some(last)) && !is_start;
    if is_start {
        forbid(likely, times.clone());
    } else if is_end {
        forbid(likely, 0..end);
    }
    if let Some(latest) = said.iter().rev().find(|token| tokens.is_time(**token)) {
        // A caption lasts; only the next one may begin at the same moment.
        forbid(likely, times.start..latest + u32::from(!is_end));
    }
    let split = (times.start as usize).min(likely.len());
    let (words, all_times) = likely.split_at(split);
    let likeliest = words.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if log_sum(all_times) > likeliest {
        forbid(likely, 0..times.start);
    }
}

fn forbid(likely: &mut [f32], tokens: Range<u32>) {
    let end = (tokens.end as usize).min(likely.len());
    if let Some(values) = likely.get_mut(tokens.start as usize..end) {
        values.fill(f32::NEG_INFINITY);
    }
}

/// Logarithm of the sum of what these are the logarithms of.
fn log_sum(values: &[f32]) -> f32 {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if most == f32::NEG_INFINITY {
        return most;
    }
    let sum: f32 = values.iter().map(|value| (value - most).exp()).sum();
    most + sum.ln()
}

/// Logarithm of the share of `token` among all.
pub fn log_share(likely: &[f32], token: u32) -> f32 {
    let own = likely.get(token as usize).copied();
    own.unwrap_or(f32::NEG_INFINITY) - log_sum(likely)
}

/// The likeliest of some tokens.
pub fn likeliest(likely: &[f32], tokens: impl Iterator<Item = u32>) -> Option<u32> {
    let value = |token: u32| likely.get(token as usize).copied();
    let with_values = tokens.filter_map(|token| Some((token, value(token)?)));
    // Of equals the first one, as elsewhere.
    let better = |best: Option<(u32, f32)>, one: (u32, f32)| match best {
        Some(best) if best.1 >= one.1 => Some(best),
        _ => Some(one),
    };
    with_values.fold(None, better).map(|(token, _)| token)
}

/// The next token: the likeliest when it is cold, else drawn by `chance` from 0 to 1 among all, the more evenly the
/// warmer it is.
pub fn drawn(likely: &[f32], temperature: f32, chance: f32) -> Option<u32> {
    if temperature <= 0.0 {
        return likeliest(likely, 0..likely.len() as u32);
    }
    let warm: Vec<f32> = likely.iter().map(|value| value / temperature).collect();
    let all = log_sum(&warm);
    let mut rest = chance;
    let shares = warm.iter().map(|value| (value - all).exp());
    let mut last = None;
    for (token, share) in (0..).zip(shares) {
        if share > 0.0 {
            last = Some(token);
            rest -= share;
            if rest < 0.0 {
                break;
            }
        }
    }
    last
}

/// How much shorter words become by being compressed; what says the same over and over becomes much shorter.
pub fn compression(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes());
    match written.and_then(|()| encoder.finish()) {
        Ok(bytes) => text.len() as f32 / bytes.len().max(1) as f32,
        // Writing into memory does not fail; if it did, nothing would be known against the words.
        Err(_impossible) => 0.0,
    }
}

/// How many of the last tokens only repeat what was said before them, when that is too often; else zero.
pub fn repeated(said: &[u32]) -> usize {
    let lengths = 1..=REPEATED_TOKENS_MAX;
    let repeats = lengths.filter_map(|length| {
        let times = if length == 1 {
            REPEATS_OF_ONE_MAX
        } else {
            REPEATS_MAX
        };
        let tail = &said[said.len().checked_sub(length * times)?..];
        let is_same = tail.iter().zip(&tail[length..]).all(|(a, b)| a == b);
        is_same.then_some(length * (times - 1))
    });
    repeats.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stuck_network_is_noticed_and_speech_is_not() {
        assert_eq!(repeated(&[1, 2, 5, 6, 5, 6, 5, 6, 5, 6]), 6);
        assert_eq!(repeated(&[1, 5, 6, 5, 6, 7, 5, 6, 5, 6]), 0);
        assert_eq!(repeated(&[9; 8]), 7);
        assert_eq!(repeated(&[9; 5]), 0);
        assert_eq!(repeated(&[]), 0);
        let speech = "And so, my fellow Americans, ask not what your country can do for you.";
        assert!(compression(speech) < 1.5);
        assert!(compression(&"Thank you. ".repeat(20)) > 2.4);
    }

    #[test]
    fn chance_draws_what_is_likely() {
        let likely = [0.0, f32::NEG_INFINITY, 2.0, 1.0];
        assert_eq!(drawn(&likely, 0.0, 0.99), Some(2));
        assert_eq!(drawn(&[], 0.0, 0.5), None);
        assert_eq!(drawn(&[f32::NEG_INFINITY; 2], 1.0, 0.5), None);
        let count = |temperature: f32, token: u32| {
            let chances = (0..1_000).map(|index| (index as f32 + 0.5) / 1_000.0);
            let hits = chances.filter(|chance| drawn(&likely, temperature, *chance) == Some(token));
            hits.count()
        };
        // e² of 1 + e + e².
        assert!((660..=670).contains(&count(1.0, 2)), "{}", count(1.0, 2));
        assert_eq!(count(1.0, 1), 0);
        assert!(count(0.2, 2) > 980 && count(5.0, 2) < 480);
        assert_eq!(drawn(&likely, 1.0, 1.0), Some(3));
        let share: f32 = log_share(&likely, 2).exp();
        assert!((share - 0.665).abs() < 0.001, "{share}");
    }
}
