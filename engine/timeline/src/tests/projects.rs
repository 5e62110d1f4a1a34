//! Project files.

use super::scene;
use crate::{FileError, file};
use proptest::prelude::*;

#[test]
fn what_is_saved_loads() {
    for document in super::scripts::played() {
        let text = file::save(&document).unwrap();
        assert_eq!(file::load(&text).unwrap(), document);
        assert_eq!(file::load(&format!("\u{feff}{text}")).unwrap(), document);
    }
}

#[test]
fn version_1_stays_readable() {
    let sample = include_str!("samples/version-1.json");
    let document = file::load(sample).unwrap();
    assert_eq!(
        file::save(&document).unwrap(),
        sample,
        "nothing got lost or changed its form"
    );
}

fn reason(text: &str) -> String {
    file::load(text).unwrap_err().to_string()
}

#[test]
fn garbage_is_told_with_its_place() {
    assert_eq!(
        reason(""),
        "not a project file: EOF while parsing a value (line 1, column 0)"
    );
    assert_eq!(
        reason("{\n  \"everframe\": 1,\n  oops"),
        "not a project file: key must be a string (line 3, column 3)"
    );
    assert_eq!(
        reason("{}"),
        "not a project file: it does not begin with \"everframe\" and a version (line 1, column 1)"
    );
    assert_eq!(
        reason("[]").split(" (").next().unwrap(),
        "not a project file: invalid length 0, expected struct Head with 1 element"
    );
    assert_eq!(
        reason("{\"everframe\": 1, \"project\": {\"name\": 5}}"),
        "not a project file: invalid type: integer `5`, expected a string (line 1, column 38)"
    );
    assert!(reason("\u{0}\u{1}PNG").starts_with("not a project file: "));
}

#[test]
fn a_newer_file_can_be_looked_at() {
    let text = file::save(&scene("V1: A[0..9)").0).unwrap();
    let newer = text.replace("\"everframe\": 1", "\"everframe\": 7");
    match file::load(&newer) {
        Err(FileError::Newer {
            found: 7,
            known: 1,
            readable: Some(document),
        }) => {
            assert_eq!(*document, scene("V1: A[0..9)").0);
        }
        other => panic!("{other:?}"),
    }
    match file::load("{\"everframe\": 2, \"project\": {\"scenes\": []}}") {
        Err(FileError::Newer { readable: None, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_does_not_hold_together_is_refused() {
    let text = file::save(&scene("V1: A[0..9) B[9..12)").0).unwrap();
    let overlap = text.replacen("\"start\": 9", "\"start\": 3", 1);
    assert_eq!(
        file::load(&overlap).unwrap_err().to_string(),
        "the project is damaged: track 1: item 19: it begins before the one before it has ended"
    );
    let mut broken = scene("V1: A[0..9)").0;
    broken.next_id = 3;
    assert!(file::save(&broken).is_err(), "nor is one written");
}

#[test]
fn a_timeline_reads_as_text() {
    let scene = scene(
        "V1: A[0..50)@10 ~5+5 B[50..80)@10&1 | V2: _20 t[20..30)! g[30..40)ghost | A1: _50 B[50..80)@10x2r&1",
    );
    assert_eq!(
        file::show(&scene.0),
        "\"test\"  1280x720  25 fps  00:00:03:05 (80 frames)  4 media files
V2
  00:00:00:20 - 00:00:01:05  item 22  \"t\"  title \"t\"  disabled
  00:00:01:05 - 00:00:01:15  item 23  \"g\"  generated (Fill), not made yet, 0 takes
V1
  00:00:00:00 - 00:00:02:00  item 17  \"A\"  clip from 0.400 s  A.mp4
    transition 21  dissolve, 5 frames before and 5 after the cut
  00:00:02:00 - 00:00:03:05  item 19  \"B\"  clip from 0.400 s  B.mp4  link 8
A1
  00:00:02:00 - 00:00:03:05  item 24  \"B\"  clip from 0.400 s  speed 2  backwards  B.mp4  link 8
A2  empty
"
    );
}

/// Numbers and words that are put in the place of others.
const SPLINTERS: [&str; 12] = [
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e308",
    "null",
    "[]",
    "{}",
    "\"1/0\"",
    "\"x\"",
    "true",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is done to a file, it is loaded or refused, and what loads can be planned and saved.
    #[test]
    fn damaged_files_never_harm(places in prop::collection::vec((any::<prop::sample::Index>(), 0..SPLINTERS.len()), 1..4), cut in prop::option::of(any::<prop::sample::Index>())) {
        let text = include_str!("samples/version-1.json");
        let mut tokens: Vec<&str> = text.split_inclusive(|c: char| " ,:\n".contains(c)).collect();
        for (place, splinter) in &places {
            let index = place.index(tokens.len());
            let value = tokens[index].trim_end_matches([',', '\n']);
            if value.starts_with(|c: char| c.is_ascii_digit() || c == '"' || c == '-') && !value.ends_with(':') {
                tokens[index] = SPLINTERS[*splinter];
                // What followed the value is still needed.
                tokens.insert(index + 1, if text_after(text, &tokens, index) { "," } else { "" });
            }
        }
        let mut damaged = tokens.concat();
        if let Some(cut) = cut.filter(|_| places.len() == 3) {
            let mut end = cut.index(damaged.len());
            while !damaged.is_char_boundary(end) { end -= 1; }
            damaged.truncate(end);
        }
        if let Ok(document) = file::load(&damaged) {
            prop_assert!(file::save(&document).is_ok());
            for frame in [0, 1, 50, 1_000_000] {
                crate::plan_frame(&document, av::FrameIndex(frame));
            }
            crate::plan_audio(&document, 0, 480_000);
            file::show(&document);
        }
    }
}

/// Whether the next token begins another value of the same list.
fn text_after(_text: &str, tokens: &[&str], index: usize) -> bool {
    let mut rest = tokens[index + 1..].iter().flat_map(|token| token.chars());
    rest.find(|c| !c.is_whitespace())
        .is_some_and(|c| c == '"' || c == '{' || c.is_ascii_digit())
}
