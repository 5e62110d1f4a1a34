//! Subtitle files: SubRip (.srt), WebVTT (.vtt) and plain text.
//!
//! Reading is lenient about everything that programs write differently (line ends, missing numbers and hours, points for
//! commas, styles and remarks) and strict about times: a line that should be one and is not is an error with its number.

use super::Cue;
use crate::limits;
use av::{TICKS_PER_SECOND, Ticks};
use std::{borrow::Cow, fmt::Write as _, path::Path};

/// Ticks of a thousandth of a second.
const TICKS_PER_MILLI: i64 = TICKS_PER_SECOND / 1_000;
/// What stands between a cue's two times.
const ARROW: &str = "-->";

/// How subtitles are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// The words alone, a line for each cue.
    Text,
}

impl Format {
    /// By the ending of a file's name; `None` for others.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "srt" => Some(Self::Srt),
            "vtt" => Some(Self::Vtt),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }
}

/// Why a text holds no subtitles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubtitleError {
    /// There is no line with two times in it.
    #[error("there is no line with times such as 00:00:01,000 --> 00:00:02,500 in it")]
    NoCues,
    /// A line has an arrow, but not two times.
    #[error("line {line} is no pair of times: {text}")]
    BadTimes {
        /// Counted from 1.
        line: usize,
        /// What stands there, cut short.
        text: String,
    },
    /// More than a sequence can hold.
    #[error("it holds more than {max} captions")]
    TooMany {
        /// How many there may be.
        max: usize,
    },
}

/// Reads SubRip or WebVTT; which of them it is shows by itself. Cues come in the order of the text; those without words
/// are left out.
pub fn parse(text: &str) -> Result<Vec<Cue>, SubtitleError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let is_vtt = text.trim_start().starts_with("WEBVTT");
    let lines: Vec<&str> = text.lines().collect();
    let mut cues = Vec::new();
    let mut at = 0;
    let mut has_times = false;
    while at < lines.len() {
        let line = lines[at];
        let is_remark = is_vtt && is_remark(line) && (at == 0 || lines[at - 1].trim().is_empty());
        if is_remark {
            let rest = lines[at..].iter();
            at += rest.take_while(|line| !line.trim().is_empty()).count();
            continue;
        }
        at += 1;
        if !line.contains(ARROW) {
            continue;
        }
        let (start, end) = times(line).ok_or_else(|| SubtitleError::BadTimes {
            line: at,
            text: line.trim().chars().take(60).collect(),
        })?;
        has_times = true;
        let next = end_of_block(&lines, at);
        let words = words(&lines[at..next], is_vtt);
        at = next;
        if words.is_empty() || end <= start {
            continue;
        }
        if cues.len() >= limits::ITEMS_MAX {
            return Err(SubtitleError::TooMany {
                max: limits::ITEMS_MAX,
            });
        }
        cues.push(Cue {
            start,
            end,
            text: words,
        });
    }
    if has_times {
        Ok(cues)
    } else {
        Err(SubtitleError::NoCues)
    }
}

/// Whether a block of WebVTT that begins so is for programs.
fn is_remark(line: &str) -> bool {
    ["NOTE", "STYLE", "REGION"].iter().any(|word| {
        line.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    })
}

/// The line where what is at line `at` ends: the next blank one, or the next with times and the number before it.
fn end_of_block(lines: &[&str], at: usize) -> usize {
    let is_end = |line: &usize| lines[*line].trim().is_empty() || lines[*line].contains(ARROW);
    let end = (at..lines.len()).find(is_end).unwrap_or(lines.len());
    let is_number = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    // Some programs leave out the blank line; the next cue's number is not said.
    let is_times = lines.get(end).is_some_and(|line| line.contains(ARROW));
    if is_times && end > at && is_number(lines[end - 1].trim()) {
        end - 1
    } else {
        end
    }
}

fn times(line: &str) -> Option<(Ticks, Ticks)> {
    let (start, end) = line.split_once(ARROW)?;
    // After the second time WebVTT says where the words stand.
    let end = end.split_whitespace().next()?;
    Some((time(start.trim())?, time(end)?))
}

/// Hours may be left out; thousandths follow a comma or a point.
fn time(text: &str) -> Option<Ticks> {
    let number = |text: &str| -> Option<i64> {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (is_plain && text.len() <= 9).then(|| text.parse().ok())?
    };
    let (whole, part) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let mut fields = whole.split(':').rev();
    let (seconds, minutes) = (number(fields.next()?)?, number(fields.next()?)?);
    let hours = fields.next().map_or(Some(0), number)?;
    if fields.next().is_some() || seconds >= 60 || minutes >= 60 {
        return None;
    }
    let millis = format!("{part:0<3.3}");
    let millis = number(part).and_then(|_digits| number(&millis))?;
    let ticks = ((hours * 60 + minutes) * 60 + seconds)
        .checked_mul(1_000)?
        .checked_add(millis)?
        .checked_mul(TICKS_PER_MILLI)?;
    (ticks <= limits::MEDIA_TICKS_MAX).then_some(Ticks(ticks))
}

fn words(lines: &[&str], is_vtt: bool) -> String {
    let lines = lines.iter().map(|line| plain(line.trim(), is_vtt));
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    let mut text = lines.join("\n");
    if text.len() > limits::TITLE_BYTES_MAX {
        let fits = (0..=limits::TITLE_BYTES_MAX).rev();
        let end = fits.into_iter().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    text
}

/// A line without tags and, in WebVTT, with its signs put back.
fn plain(line: &str, is_vtt: bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{']) {
        out.push_str(&rest[..at]);
        let tag = &rest[at..];
        let close = if tag.starts_with('<') { '>' } else { '}' };
        let end = tag.find(close).filter(|end| is_tag(&tag[1..*end], is_vtt));
        let Some(end) = end else {
            out.push_str(&tag[..1]);
            rest = &tag[1..];
            continue;
        };
        rest = &tag[end + 1..];
    }
    out.push_str(rest);
    if is_vtt {
        for (name, sign) in SIGNS {
            out = out.replace(name, sign);
        }
    }
    out.trim().to_owned()
}

/// What WebVTT writes for signs that mean something to it; the last one makes the others.
const SIGNS: [(&str, &str); 6] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&nbsp;", "\u{a0}"),
    ("&lrm;", ""),
    ("&rlm;", ""),
    ("&amp;", "&"),
];

/// Whether what stands between brackets is about looks.
fn is_tag(inside: &str, is_vtt: bool) -> bool {
    if let Some(codes) = inside.strip_prefix('\\') {
        return !codes.contains('{');
    }
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let name = name.split([' ', '.', '\t']).next().unwrap_or_default();
    let names = ["b", "i", "u", "s", "font", "c", "v", "lang", "ruby", "rt"];
    let is_known = names.iter().any(|known| name.eq_ignore_ascii_case(known));
    // Times of single words, and ends without names.
    let is_time = is_vtt && (time(inside).is_some() || inside == "/");
    is_known || is_time
}

/// Writes cues; lines without words are left out, since a blank one would end a cue.
pub fn print(cues: &[Cue], format: Format) -> String {
    let mut out = String::new();
    if format == Format::Vtt {
        out.push_str("WEBVTT\n\n");
    }
    let written = cues.iter().filter_map(|cue| {
        let words = printed(&cue.text, format);
        (!words.is_empty()).then_some((cue, words))
    });
    for ((cue, words), number) in written.zip(1..) {
        let mark = if format == Format::Srt { ',' } else { '.' };
        let (start, end) = (stamp(cue.start, mark), stamp(cue.end, mark));
        let written = match format {
            Format::Srt => writeln!(out, "{number}\n{start} {ARROW} {end}\n{words}\n"),
            Format::Vtt => writeln!(out, "{start} {ARROW} {end}\n{words}\n"),
            Format::Text => writeln!(out, "{}", words.replace('\n', " ")),
        };
        debug_assert!(written.is_ok(), "writing into memory does not fail");
    }
    out
}

fn printed(text: &str, format: Format) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("\n");
    match format {
        Format::Vtt => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;"),
        // An arrow in the words would be read as times.
        Format::Srt => text.replace(ARROW, "\u{2192}"),
        Format::Text => text,
    }
}

/// Hours, minutes, seconds and thousandths.
fn stamp(ticks: Ticks, mark: char) -> String {
    let millis = (ticks.0.max(0) + TICKS_PER_MILLI / 2) / TICKS_PER_MILLI;
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!(
        "{:02}:{:02}:{seconds:02}{mark}{millis:03}",
        minutes / 60,
        minutes % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cue(start: i64, end: i64, text: &str) -> Cue {
        Cue {
            start: Ticks(start * TICKS_PER_MILLI),
            end: Ticks(end * TICKS_PER_MILLI),
            text: text.into(),
        }
    }

    #[test]
    fn what_other_programs_write_is_read() {
        let srt = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i>\r\n{\\an8}there\r\n\r\n2\r\n00:00:03.5 --> 00:00:04\r\n3 < 4 {maybe}\r\n3\r\n01:00:00,000 --> 01:00:01,000 X1:100\r\nlate\r\n";
        let wanted = [
            cue(1_000, 2_500, "Hello\nthere"),
            cue(3_500, 4_000, "3 < 4 {maybe}"),
            cue(3_600_000, 3_601_000, "late"),
        ];
        assert_eq!(parse(srt).unwrap(), wanted);
        let vtt = "WEBVTT - talk\nKind: captions\n\nNOTE 00:00:00.000 --> 00:00:09.000\nnot said\n\nSTYLE\n::cue {}\n\nfirst\n00:01.000 --> 00:02.500 line:0 align:start\n<v Ann>Fish &amp; <c.loud>chips</c>\n<00:01.800>today\n\n00:05.000 --> 00:06.000\n\n";
        assert_eq!(
            parse(vtt).unwrap(),
            [cue(1_000, 2_500, "Fish & chips\ntoday")]
        );
    }

    #[test]
    fn what_are_no_subtitles_is_told() {
        assert_eq!(parse(""), Err(SubtitleError::NoCues));
        assert_eq!(parse("Some words\n\nand more"), Err(SubtitleError::NoCues));
        for times in [
            "00:00:01,000 --> soon",
            "1 --> 2",
            "00:61:00,000 --> 00:62:00,000",
            "9999999999:00:00 --> 9999999999:00:01",
            "999999999:00:00 --> 999999999:00:01",
            "-->",
        ] {
            let error = parse(&format!("1\n{times}\nwords\n")).unwrap_err();
            assert!(
                matches!(error, SubtitleError::BadTimes { line: 2, .. }),
                "{times}"
            );
        }
        // Nothing that lasts no time, and nothing that ends before it begins.
        let none = "1\n00:00:02,000 --> 00:00:02,000\na\n\n2\n00:00:03,000 --> 00:00:01,000\nb\n";
        assert_eq!(parse(none).unwrap(), []);
    }

    #[test]
    fn files_are_as_players_expect_them() {
        let cues = [
            cue(0, 1_500, "One & <two>\n\nthree"),
            cue(3_723_004, 3_724_000, "a --> b"),
            cue(4_000_000, 4_001_000, " \n"),
        ];
        assert_eq!(
            print(&cues, Format::Srt),
            "1\n00:00:00,000 --> 00:00:01,500\nOne & <two>\nthree\n\n2\n01:02:03,004 --> 01:02:04,000\na \u{2192} b\n\n"
        );
        assert_eq!(
            print(&cues, Format::Vtt),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nOne &amp; &lt;two&gt;\nthree\n\n01:02:03.004 --> 01:02:04.000\na --&gt; b\n\n"
        );
        assert_eq!(print(&cues, Format::Text), "One & <two> three\na --> b\n");
        assert_eq!(Format::of(Path::new("a/b.SRT")), Some(Format::Srt));
        assert_eq!(Format::of(Path::new("srt")), None);
    }

    fn cues() -> impl Strategy<Value = Vec<Cue>> {
        let line = "[a-zA-Z0-9一-十,.!?'&;:-]{1,12}( [a-z一-十.]{1,6}){0,3}";
        let text = proptest::collection::vec(line, 1..3).prop_map(|lines| lines.join("\n"));
        let one = (0..400_000_000_i64, 1..100_000_i64, text);
        let one = one.prop_map(|(start, length, text)| cue(start, start + length, &text));
        proptest::collection::vec(one, 1..12)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(cues in cues()) {
            for format in [Format::Srt, Format::Vtt] {
                let text = print(&cues, format);
                let read = parse(&text).unwrap();
                let plain = |cue: &Cue| Cue { text: cue.text.replace(ARROW, "\u{2192}"), ..cue.clone() };
                let wanted: Vec<Cue> = if format == Format::Srt { cues.iter().map(plain).collect() } else { cues.clone() };
                prop_assert_eq!(&read, &wanted, "{}", text);
            }
        }

        #[test]
        fn nothing_makes_it_stumble(text in "(\\PC|\n|\r|-->|00:00:0[0-9],|<i>|\\{\\\\|&amp;|WEBVTT|NOTE){0,60}") {
            if let Ok(cues) = parse(&text) {
                for cue in &cues {
                    prop_assert!(cue.end > cue.start && !cue.text.trim().is_empty());
                }
                for format in [Format::Srt, Format::Vtt, Format::Text] {
                    print(&cues, format);
                }
            }
        }
    }
}
