//! The tokens: words in pieces, and those that say what is meant: languages, times, silence.

use crate::{
    error::{Error, Result},
    weights::tokenizer::read_tokenizer,
};
use std::{
    ops::Range,
    path::{Path, PathBuf},
};
use tokenizers::Tokenizer;

/// Steps of time in a second: tokens that say a time are two hundredths apart.
pub const TIME_STEPS: f64 = 50.0;
/// Languages by the short names of their tokens; a model that knows fewer is asked which.
const LANGUAGES: &str = "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la \
    mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz \
    fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue";
/// What is written for sounds and speakers' names rather than for words; nobody says it.
const UNSPOKEN: &str = "\" # ( ) * + / : ; < = > @ [ \\ ] ^ _ ` { | } ~ 「 」 『 』 << >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] \
    {{ }} ♪♪ ♪♪♪";
/// The same of music: the first piece of each, however many it has.
const MUSIC: &str = "♩ ♪ ♫ ♬ ♭ ♮ ♯";

/// A tokenizer and the numbers of its special tokens.
#[derive(Debug)]
pub struct Tokens {
    pieces: Tokenizer,
    path: PathBuf,
    languages: Vec<(&'static str, u32)>,
    /// Begins every window.
    pub start: u32,
    /// Ends every window.
    pub end: u32,
    /// Says that it is to be written down in the language that is spoken.
    pub transcribe: u32,
    /// Says that what follows was said before the window; `None` where the model takes no such words.
    previous: Option<u32>,
    /// Says that nobody speaks.
    pub silence: u32,
    /// Says a time; the first one is the window's start.
    pub times: Range<u32>,
    /// Pieces that no spoken word begins with.
    pub unspoken: Vec<u32>,
}

impl Tokens {
    /// Reads `tokenizer.json`; `known` is how many tokens the network knows.
    pub fn read(path: &Path, known: usize) -> Result<Self> {
        let bad = |reason: String| Error::Tokenizer {
            reason,
            path: path.to_path_buf(),
        };
        let pieces = read_tokenizer(path)?;
        let id = |name: &str| {
            let found = pieces.token_to_id(name);
            found.ok_or_else(|| bad(format!("it is no tokenizer of Whisper: there is no {name}")))
        };
        let last_special = id("<|notimestamps|>")?;
        let end = id("<|endoftext|>")?;
        let times = last_special + 1..known as u32;
        if times.is_empty() || end > last_special {
            return Err(bad(format!("it does not belong to {known} tokens")));
        }
        let languages = LANGUAGES.split_whitespace().filter_map(|name| {
            let token = pieces.token_to_id(&format!("<|{name}|>"))?;
            (token < last_special).then_some((name, token))
        });
        Ok(Self {
            languages: languages.collect(),
            start: id("<|startoftranscript|>")?,
            end,
            transcribe: id("<|transcribe|>")?,
            previous: id("<|startofprev|>").ok(),
            silence: id("<|nospeech|>").or_else(|_older_name| id("<|nocaptions|>"))?,
            times,
            unspoken: unspoken(&pieces).map_err(|error| bad(error.to_string()))?,
            pieces,
            path: path.to_path_buf(),
        })
    }

    /// The token of a language by its short name, such as `zh`.
    pub fn language(&self, name: &str) -> Option<u32> {
        let mut all = self.languages.iter();
        all.find(|(known, _)| *known == name).map(|(_, id)| *id)
    }

    /// Every language that the tokenizer knows: short name and token.
    pub fn languages(&self) -> &[(&'static str, u32)] {
        &self.languages
    }

    /// The tokens that say that these words were said before, each from one second to another; `None` where the model
    /// takes no such words.
    pub fn before(&self, said: &[(f64, f64, &str)]) -> Result<Option<Vec<u32>>> {
        let Some(previous) = self.previous else {
            return Ok(None);
        };
        // Windows may be shorter than what was said.
        let last = self.times.end.saturating_sub(1);
        let time = |seconds: f64| {
            let steps = (seconds * TIME_STEPS).round() as u32;
            last.min(self.times.start + steps)
        };
        let mut tokens = vec![previous];
        for (from, to, words) in said {
            let spelled = self.pieces.encode_fast(*words, false);
            let spelled = spelled.map_err(|error| Error::Tokenizer {
                reason: format!("it cannot spell \"{words}\": {error}"),
                path: self.path.clone(),
            })?;
            tokens.push(time(*from));
            tokens.extend(spelled.get_ids());
            tokens.push(time(*to));
        }
        Ok(Some(tokens))
    }

    /// Whether a token says a time.
    pub fn is_time(&self, token: u32) -> bool {
        self.times.contains(&token)
    }

    /// Seconds from the window's start that a token says.
    pub fn seconds(&self, token: u32) -> Option<f64> {
        let steps = token.checked_sub(self.times.start)?;
        Some(f64::from(steps) / TIME_STEPS)
    }

    /// The words of `tokens`, whatever else is among them.
    pub fn words(&self, tokens: &[u32]) -> Result<String> {
        let words: Vec<u32> = tokens
            .iter()
            .copied()
            .filter(|token| *token < self.end)
            .collect();
        let text = self.pieces.decode(&words, true);
        let text = text.map_err(|error| Error::Tokenizer {
            reason: format!("it cannot spell these tokens: {error}"),
            path: self.path.clone(),
        })?;
        Ok(text.trim().to_owned())
    }
}

/// The first pieces of what is not spoken, each once. A dash and a quotation mark count only where a word would begin.
fn unspoken(pieces: &Tokenizer) -> tokenizers::Result<Vec<u32>> {
    let ids = |text: &str| -> tokenizers::Result<Vec<u32>> {
        Ok(pieces.encode_fast(text, false)?.get_ids().to_vec())
    };
    let mut found = Vec::new();
    for word in [" -", " '"] {
        found.extend(ids(word)?.first());
    }
    for (signs, is_music) in [(UNSPOKEN, false), (MUSIC, true)] {
        for sign in signs.split_whitespace() {
            for text in [sign.to_owned(), format!(" {sign}")] {
                let ids = ids(&text)?;
                if is_music || ids.len() == 1 {
                    found.extend(ids.first());
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
