//! Long speech in pieces that can be read: two lines at most, each as long as the eye takes in at once.

use super::Cue;
use av::Ticks;

/// Columns of a line; letters of full width, as Chinese has them, take two.
const LINE_COLUMNS: usize = 42;
/// Fewest columns that a piece may be cut down to for the sake of a sentence's end.
const SENTENCE_COLUMNS_MIN: usize = 16;
/// The same for the end of a part of a sentence.
const PART_COLUMNS_MIN: usize = 28;

/// `cue` in pieces of two lines at most. Each lasts as long as its share of the letters; pieces end where a sentence or
/// a part of one does, where that is possible.
pub fn readable(cue: &Cue) -> Vec<Cue> {
    let text = cue.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let total = columns(&text).max(1) as i64;
    let length = (cue.end - cue.start).0;
    let mut pieces = Vec::new();
    let (mut rest, mut start, mut before) = (text.as_str(), cue.start, 0_i64);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece_bytes(rest));
        before += columns(piece) as i64;
        let end = if after.is_empty() {
            cue.end
        } else {
            let part = i128::from(length) * i128::from(before) / i128::from(total);
            cue.start + Ticks(part as i64)
        };
        pieces.push(Cue {
            start,
            end,
            text: in_lines(piece.trim_end()),
        });
        (rest, start) = (after, end);
    }
    pieces
}

/// Bytes of `text` that come at once: what fits into two lines, to the last end of a sentence's part where that leaves
/// enough of it; the spaces after it too.
fn piece_bytes(text: &str) -> usize {
    let (_first, after) = line(text, LINE_COLUMNS);
    let (_second, after) = line(after, LINE_COLUMNS);
    let fits = text.len() - after.len();
    if after.is_empty() {
        return fits;
    }
    let (mut width, mut part, mut sentence) = (0, None, None);
    let mut letters = text[..fits].char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        width += column_count(letter);
        let next = letters.peek().map(|(_, next)| *next);
        let is_over = column_count(letter) == 2 || next.is_none_or(|next| next == ' ');
        let is_next_mark = next.is_some_and(is_mark);
        if !is_mark(letter) || !is_over || is_next_mark {
            continue;
        }
        let end = at + letter.len_utf8();
        if ends_sentence(letter) && width >= SENTENCE_COLUMNS_MIN {
            sentence = Some(end);
        }
        if width >= PART_COLUMNS_MIN {
            part = Some(end);
        }
    }
    let part = sentence.or(part).unwrap_or(fits);
    let spaces = text[part..].len() - text[part..].trim_start().len();
    part + spaces
}

/// As much of `text` as fits into `most` columns, cut between words, and what is left without the space between.
fn line(text: &str, most: usize) -> (&str, &str) {
    if columns(text.trim_end()) <= most {
        return (text.trim_end(), "");
    }
    let (mut width, mut word, mut hard) = (0, 0, 0);
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == ' ' {
            word = at;
        }
        width += column_count(letter);
        if width > most {
            break;
        }
        hard = at + letter.len_utf8();
        let is_before_mark = letters.peek().is_some_and(|(_, next)| is_mark(*next));
        if column_count(letter) == 2 && !is_before_mark {
            word = hard;
        }
    }
    // A word that is longer than a line is cut where the line ends.
    let cut = if word > 0 { word } else { hard };
    (text[..cut].trim_end(), text[cut..].trim_start())
}

/// One line, or two of about the same length.
fn in_lines(text: &str) -> String {
    let width = columns(text);
    if width <= LINE_COLUMNS {
        return text.to_owned();
    }
    // A first line that is a little longer than the second reads better than the other way round.
    let balanced = (width.div_ceil(2)..LINE_COLUMNS).map(|most| line(text, most));
    let fits = |lines: &(&str, &str)| columns(lines.1) <= LINE_COLUMNS;
    let lines = balanced.into_iter().find(fits);
    let (first, second) = lines.unwrap_or_else(|| line(text, LINE_COLUMNS));
    format!("{first}\n{second}")
}

fn columns(text: &str) -> usize {
    text.chars().map(column_count).sum()
}

/// Whether a sentence or a part of one may end here.
fn is_mark(letter: char) -> bool {
    ".,;:!?…。，、；：！？".contains(letter)
}

/// Whether a whole sentence may end here.
fn ends_sentence(letter: char) -> bool {
    ".!?…。！？".contains(letter)
}

/// Two for letters of full width.
fn column_count(letter: char) -> usize {
    let is_wide = matches!(letter,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    if is_wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cue(text: &str) -> Cue {
        Cue {
            start: Ticks::from_seconds_fraction(2, 1),
            end: Ticks::from_seconds_fraction(12, 1),
            text: text.into(),
        }
    }

    #[test]
    fn short_words_stay_and_long_ones_come_in_pieces() {
        assert_eq!(readable(&cue(" Hello  there. ")), [cue("Hello there.")]);
        assert_eq!(readable(&cue(" ")), []);
        let speech = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.";
        let pieces = readable(&cue(speech));
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "And so, my fellow Americans, ask\nnot what your country can do for you,",
                "ask what you can do for your country."
            ]
        );
        assert_eq!(pieces[0].start, cue("").start);
        assert_eq!(pieces[0].end, pieces[1].start);
        assert_eq!(pieces[1].end, cue("").end);
        let share = pieces[0].end.seconds_for_display() - 2.0;
        assert!((6.0..7.0).contains(&share), "{share}");
    }

    #[test]
    fn chinese_is_cut_between_letters_and_never_before_a_mark() {
        let text = "我们今天要讲的是如何在自己的电脑上剪辑视频，不需要账号，也不需要网络，所有的模型都在本地运行。这样既快又安全，大家都可以放心地使用这个软件。";
        let pieces = readable(&cue(text));
        assert!(pieces.len() >= 2);
        for piece in &pieces {
            for line in piece.text.lines() {
                assert!(columns(line) <= LINE_COLUMNS, "{line}");
                assert!(!line.starts_with(is_mark), "{line}");
            }
        }
        let together: String = pieces.iter().flat_map(|piece| piece.text.chars()).collect();
        assert_eq!(together.replace('\n', ""), text);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_time_runs_on(text in "[a-zA-Z,.?! 一-十，。]{0,400}") {
            let whole = cue(&text);
            let pieces = readable(&whole);
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            let together: String = pieces.iter().map(|piece| bare(&piece.text)).collect();
            prop_assert_eq!(together, bare(&text));
            let mut at = whole.start;
            for piece in &pieces {
                prop_assert_eq!(piece.start, at);
                prop_assert!(piece.end > piece.start);
                prop_assert!(piece.text.lines().count() <= 2);
                prop_assert!(piece.text.lines().all(|line| columns(line) <= LINE_COLUMNS));
                at = piece.end;
            }
            prop_assert!(pieces.is_empty() || at == whole.end);
        }
    }
}
