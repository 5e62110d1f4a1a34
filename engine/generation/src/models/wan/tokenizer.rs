//! From words to pieces: a prompt is cleaned as in training, then cut by the model's own `tokenizer.json`.

use crate::{
    error::{Error, Result},
    weights::tokenizer::read_tokenizer,
};
use std::path::{Path, PathBuf};
use tokenizers::NormalizedString;

/// What ends every prompt, and its place in UMT5's list.
const END: (&str, u32) = ("</s>", 1);

/// A model's own way to cut words.
#[derive(Debug)]
pub struct Tokenizer {
    pieces: tokenizers::Tokenizer,
    end: u32,
    rows_max: usize,
    path: PathBuf,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`. Prompts are cut at `rows_max` pieces, the end included.
    pub fn open(path: &Path, rows_max: usize) -> Result<Self> {
        let bad = |reason: String| Error::Tokenizer {
            reason,
            path: path.to_path_buf(),
        };
        let mut pieces = read_tokenizer(path)?;
        if pieces.get_vocab_size(false) == 0 {
            return Err(bad("it knows no pieces".into()));
        }
        // What a file says of lengths is for training in batches; here prompts run alone.
        pieces.with_padding(None);
        pieces
            .with_truncation(None)
            .map_err(|err| bad(err.to_string()))?;
        let (name, usual) = END;
        Ok(Self {
            end: pieces.token_to_id(name).unwrap_or(usual),
            pieces,
            rows_max: rows_max.max(1),
            path: path.to_path_buf(),
        })
    }

    /// Pieces of `prompt`, cleaned, the end piece last; at least that one.
    pub fn ids(&self, prompt: &str) -> Result<Vec<u32>> {
        let encoding = self.pieces.encode_fast(cleaned(prompt), false);
        let encoding = encoding.map_err(|err| Error::Tokenizer {
            reason: err.to_string(),
            path: self.path.clone(),
        })?;
        let mut ids = encoding.get_ids().to_vec();
        ids.truncate(self.rows_max - 1);
        ids.push(self.end);
        Ok(ids)
    }
}

/// `prompt` as training saw prompts: no control characters, straight quotes, Latin letters of usual width, no HTML, one
/// space between words.
pub fn cleaned(prompt: &str) -> String {
    let mut text = prompt.to_owned();
    for _ in 0..REPAIRS_MAX {
        // What looks like a page keeps its entities here, as the library for repairing text has it.
        let is_page = text.contains('<');
        let plain = if is_page {
            repaired(&text)
        } else {
            repaired(&without_entities(&text, false))
        };
        if plain == text {
            break;
        }
        text = plain;
    }
    let text = without_entities(&without_entities(&text, true), true);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Repairs are repeated until nothing changes; each takes an escape away, and nobody nests them deeper.
const REPAIRS_MAX: usize = 16;

/// The usual repairs: ligatures and wide letters become letters, curly quotes straight, control characters go, and
/// letters are joined with their accents.
fn repaired(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' if letters.peek() == Some(&'[') => {
                // A terminal's color: everything up to its final letter.
                while letters.next().is_some_and(|it| !it.is_ascii_alphabetic()) {}
            }
            '\u{2bc}' | '\u{2018}'..='\u{201b}' => result.push('\''),
            '\u{201c}'..='\u{201f}' => result.push('"'),
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => result.push('\n'),
            '\0'..='\u{8}'
            | '\u{b}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffc}' => {}
            '\u{132}'
            | '\u{133}'
            | '\u{149}'
            | '\u{1c4}'..='\u{1cc}'
            | '\u{1f1}'..='\u{1f3}'
            | '\u{fb00}'..='\u{fb06}'
            | '\u{3000}'
            | '\u{ff01}'..='\u{ffef}' => result.push_str(&plain(letter)),
            other => result.push(other),
        }
    }
    let mut joined = NormalizedString::from(result);
    joined.nfc();
    joined.get().to_owned()
}

fn plain(letter: char) -> String {
    let mut letters = NormalizedString::from(letter.to_string());
    letters.nfkc();
    letters.get().to_owned()
}

/// Names that prompts copied from pages hold; the older ones are understood without a semicolon too.
const ENTITIES: [(&str, char, bool); 27] = [
    ("amp", '&', true),
    ("lt", '<', true),
    ("gt", '>', true),
    ("quot", '"', true),
    ("apos", '\'', false),
    ("nbsp", '\u{a0}', true),
    ("copy", '©', true),
    ("reg", '®', true),
    ("trade", '™', false),
    ("hellip", '…', false),
    ("mdash", '—', false),
    ("ndash", '–', false),
    ("lsquo", '‘', false),
    ("rsquo", '’', false),
    ("ldquo", '“', false),
    ("rdquo", '”', false),
    ("laquo", '«', true),
    ("raquo", '»', true),
    ("deg", '°', true),
    ("times", '×', true),
    ("middot", '·', true),
    ("eacute", 'é', true),
    ("egrave", 'è', true),
    ("agrave", 'à', true),
    ("auml", 'ä', true),
    ("ouml", 'ö', true),
    ("uuml", 'ü', true),
];

/// Longest entity that is looked for, in bytes after the `&`.
const ENTITY_BYTES_MAX: usize = 12;

/// `&amp;`, `&#39;` and the like as the characters they stand for; `is_lenient` also takes them without semicolon.
fn without_entities(text: &str, is_lenient: bool) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let found = number_entity(rest, is_lenient).or_else(|| named_entity(rest, is_lenient));
        if let Some((letter, length)) = found {
            result.push(letter);
            rest = &rest[length..];
        } else {
            result.push('&');
        }
    }
    result.push_str(rest);
    result
}

/// The character and the bytes of a name at the start of `text`.
fn named_entity(text: &str, is_lenient: bool) -> Option<(char, usize)> {
    let entities = ENTITIES.iter().filter_map(|&(name, letter, is_old)| {
        let rest = text.strip_prefix(name)?;
        let has_end = rest.starts_with(';');
        (has_end || (is_lenient && is_old)).then(|| (letter, name.len() + usize::from(has_end)))
    });
    entities.max_by_key(|(_, length)| *length)
}

/// The character and the bytes of `#39;` or `#x27;` at the start of `text`.
fn number_entity(text: &str, is_lenient: bool) -> Option<(char, usize)> {
    let digits = text.strip_prefix('#')?;
    let (digits, radix, lead) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 2),
        None => (digits, 10, 1),
    };
    let count = digits
        .bytes()
        .take(ENTITY_BYTES_MAX)
        .take_while(|&byte| char::from(byte).is_digit(radix))
        .count();
    let has_end = digits[count..].starts_with(';');
    if count == 0 || !(has_end || is_lenient) {
        return None;
    }
    let code = u32::from_str_radix(&digits[..count], radix).ok();
    let letter = code
        .filter(|&code| code > 0)
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((letter, lead + count + usize::from(has_end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
    }

    #[derive(serde::Deserialize)]
    struct Case {
        prompt: String,
        cleaned: String,
        ids: Vec<u32>,
    }

    #[test]
    fn prompts_are_cleaned_and_cut_as_the_reference_does() {
        let text = std::fs::read_to_string(folder().join("wan_prompts.json")).unwrap();
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
        let path = folder().join("tiny_model/tokenizer/tokenizer.json");
        let tokenizer = Tokenizer::open(&path, 512).unwrap();
        assert!(cases.len() > 15);
        for case in cases {
            assert_eq!(cleaned(&case.prompt), case.cleaned, "{:?}", case.prompt);
            let ids = tokenizer.ids(&case.prompt).unwrap();
            assert_eq!(ids, case.ids, "{:?}", case.prompt);
        }
    }

    #[test]
    fn long_prompts_are_cut_and_empty_ones_end() {
        let path = folder().join("tiny_model/tokenizer/tokenizer.json");
        let tokenizer = Tokenizer::open(&path, 5).unwrap();
        assert_eq!(tokenizer.ids("").unwrap(), [1]);
        let ids = tokenizer.ids("a cat walks along the beach").unwrap();
        assert_eq!((ids.len(), ids[4]), (5, 1));
    }

    #[test]
    fn what_is_no_tokenizer_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        assert!(matches!(Tokenizer::open(&path, 9), Err(Error::Io { .. })));
        for text in [
            "",
            "{}",
            "[1]",
            "{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}",
        ] {
            std::fs::write(&path, text).unwrap();
            let err = Tokenizer::open(&path, 9).unwrap_err().to_string();
            assert!(err.starts_with("this is no usable tokenizer: "), "{err}");
            assert!(err.contains("tokenizer.json"), "{err}");
        }
    }
}
