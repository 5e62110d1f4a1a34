//! From sound to captions: window after window, each token the likeliest that may come; where that goes wrong, by chance.

use super::{
    mel::{Ear, HOP, RATE},
    network::Network,
    rules,
    tokens::Tokens,
};
use crate::{
    backend::{OnStep, Step, run_step},
    error::{Error, Result},
    noise::uniform,
    weights::Weights,
};
use candle_core::Tensor;
use std::{ops::Range, path::Path, time::Instant};

/// Above this share of silence a window is skipped, unless its words are certain.
const SILENCE_SHARE: f32 = 0.6;
/// Mean logarithm of the shares of a window's tokens below which it counts as guessed.
const CERTAIN: f32 = -1.0;
/// Words that become this much shorter by being compressed repeat themselves.
const COMPRESSION_MAX: f32 = 2.4;
/// How evenly tokens are drawn in one try after the other, until one can be believed.
const TEMPERATURES: [f32; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
/// Sound below this (-60 dB of full scale) is silence, whatever the network would make of it.
const QUIET: f32 = 0.001;
/// Samples before the first sound after silence that are heard too.
const LEAD: usize = RATE / 2;
/// Fewest samples that are worth listening to: a tenth of a second.
const SAMPLES_MIN: usize = RATE / 10;
/// Samples in a step of time.
const STEP: usize = 2 * HOP;

/// Words and the seconds they were said from and to.
type Said = (f64, f64, &'static str);

/// Languages that are written with other letters here and there: name, language, and words in those letters. Taken as
/// said before the sound begins, they make the network go on in the same letters; said in short pieces at uneven times,
/// they keep what follows short and its times exact.
const WRITINGS: [(&str, &str, [Said; 3]); 2] = [
    (
        "zh-Hans",
        "zh",
        [
            (0.36, 1.24, "大家好"),
            (1.48, 3.58, "我们来学习简体字"),
            (3.94, 5.22, "这样很好"),
        ],
    ),
    (
        "zh-Hant",
        "zh",
        [
            (0.36, 1.24, "大家好"),
            (1.48, 3.58, "我們來學習繁體字"),
            (3.94, 5.22, "這樣很好"),
        ],
    ),
];

/// Words and when they are said.
#[derive(Debug, Clone, PartialEq)]
pub struct Caption {
    /// Seconds from the start of the sound.
    pub seconds: Range<f64>,
    /// What is said.
    pub text: String,
}

/// Everything that was heard.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// In order.
    pub captions: Vec<Caption>,
    /// Short name of the language, such as `zh`; empty where nothing was said.
    pub language: String,
}

/// A network that writes down what is said.
#[derive(Debug)]
pub struct Listener {
    network: Network,
    tokens: Tokens,
    ear: Ear,
}

/// How words are to be written down.
#[derive(Clone, Copy)]
struct Manner<'a> {
    language: u32,
    /// What was said before the window.
    before: &'a [u32],
}

/// What one try at a window gave.
struct Attempt {
    tokens: Vec<u32>,
    /// Mean logarithm of the tokens' shares.
    mean: f32,
    /// Share of silence at the window's start.
    silence: f32,
    is_repetitive: bool,
}

impl Attempt {
    fn is_silent(&self) -> bool {
        self.silence > SILENCE_SHARE && self.mean < CERTAIN
    }

    fn is_believed(&self) -> bool {
        !self.is_repetitive && self.mean >= CERTAIN
    }
}

/// Tells how far the work is, and hears when it shall stop.
struct Watch<'a, 'b> {
    on_step: &'a mut OnStep<'b>,
    start: Instant,
    done: u64,
    total: u64,
}

impl Watch<'_, '_> {
    fn tick(&mut self) -> Result<()> {
        let step = Step::new(self.done, self.total, "listening").after(self.start.elapsed());
        run_step(self.on_step, step)
    }

    /// Seconds of sound that are behind; they never become fewer.
    fn reach(&mut self, seconds: f64) {
        self.done = self.done.max(seconds as u64).min(self.total);
    }
}

impl Listener {
    /// Reads weights and tokenizer.
    pub fn open(weights: &Weights, tokenizer: &Path) -> Result<Self> {
        let network = Network::new(weights)?;
        Ok(Self {
            ear: Ear::new(network.sizes.bands)?,
            tokens: Tokens::read(tokenizer, network.sizes.tokens)?,
            network,
        })
    }

    /// Short names of the languages that it knows.
    pub fn languages(&self) -> Vec<&'static str> {
        let all = self.tokens.languages().iter();
        all.map(|(name, _)| *name).collect()
    }

    /// Samples of one window at [`RATE`].
    fn window(&self) -> usize {
        self.network.sizes.columns * STEP
    }

    /// Writes down `sound`: one channel at [`RATE`]. `language` is a short name, or one with its letters (`zh-Hans` for
    /// simplified, `zh-Hant` for traditional ones); without one it is listened for, in the first window in which
    /// somebody speaks. Steps are seconds of sound.
    pub fn listen(
        &self,
        sound: &[f32],
        language: Option<&str>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Heard> {
        let (mut language, before) = self.asked(language)?;
        let total = sound.len().div_ceil(RATE).max(1) as u64;
        let mut watch = Watch {
            on_step,
            start: Instant::now(),
            done: 0,
            total,
        };
        let loudest = self.ear.loudest(sound, &mut || watch.tick())?;
        let (mut at, mut captions) = (0, Vec::new());
        while let Some(start) = next_start(sound, at) {
            at = start;
            let length = self.window().min(sound.len() - at);
            watch.reach(at as f64 / RATE as f64);
            let columns = self.network.sizes.columns * 2;
            let bands = self.ear.hear(sound, at, columns, loudest)?;
            let heard = self.network.encode(&bands, &mut || watch.tick())?;
            let spoken = match language {
                Some(spoken) => spoken,
                None => self.spoken(&heard, &mut watch)?,
            };
            let manner = Manner {
                language: spoken,
                before: &before,
            };
            let attempt = self.write(&heard, manner, at, &mut watch)?;
            if attempt.is_silent() {
                at += length;
                continue;
            }
            let (found, seek) = self.captions(&attempt.tokens, at, length)?;
            if !found.is_empty() {
                language = Some(spoken);
            }
            captions.extend(found);
            at += seek;
        }
        watch.reach(total as f64);
        watch.tick()?;
        let mut all = self.tokens.languages().iter();
        let named = all.find(|(_, token)| Some(*token) == language);
        Ok(Heard {
            captions,
            language: named.map_or("", |(name, _)| name).into(),
        })
    }

    /// The language that was asked for, and what counts as said before so that its letters are those asked for.
    fn asked(&self, language: Option<&str>) -> Result<(Option<u32>, Vec<u32>)> {
        let Some(name) = language else {
            return Ok((None, Vec::new()));
        };
        let mut writings = WRITINGS.iter();
        let Some((_, plain, said)) = writings.find(|(known, ..)| *known == name) else {
            return Ok((Some(self.language(name)?), Vec::new()));
        };
        let language = self.language(plain)?;
        let before = self.tokens.before(said)?;
        let mut before = before.ok_or_else(|| Error::BadParameter {
            id: "language".into(),
            value: name.into(),
            reason: format!("the model chooses its letters by itself; ask for {plain}"),
        })?;
        // As much as may come before a window; the words that are nearest to it count.
        let surplus = before
            .len()
            .saturating_sub(self.network.sizes.positions / 4);
        before.drain(1..=surplus);
        Ok((Some(language), before))
    }

    fn language(&self, name: &str) -> Result<u32> {
        let found = self.tokens.language(name);
        found.ok_or_else(|| Error::BadParameter {
            id: "language".into(),
            value: name.into(),
            reason: format!("the model knows {}", self.languages().join(", ")),
        })
    }

    /// The likeliest language.
    fn spoken(&self, heard: &Tensor, watch: &mut Watch<'_, '_>) -> Result<u32> {
        let mut memory = self.network.memory(heard)?;
        let start = self.tokens.start;
        let likely = self
            .network
            .next(start, &mut memory, &mut || watch.tick())?;
        let languages = self.tokens.languages().iter().map(|(_, token)| *token);
        // A model of one language has no names for any.
        Ok(rules::likeliest(&likely, languages).unwrap_or(self.tokens.transcribe))
    }

    /// What is said in the window from sample `at` on: the first try that can be believed, else the likeliest.
    fn write(
        &self,
        heard: &Tensor,
        manner: Manner<'_>,
        at: usize,
        watch: &mut Watch<'_, '_>,
    ) -> Result<Attempt> {
        let mut best: Option<Attempt> = None;
        for (number, temperature) in (0..).zip(TEMPERATURES) {
            let chances = Chances {
                temperature,
                at,
                number,
            };
            let attempt = self.attempt(heard, manner, &chances, watch)?;
            if attempt.is_believed() || attempt.is_silent() {
                return Ok(attempt);
            }
            let rank = |attempt: &Attempt| (!attempt.is_repetitive, attempt.mean);
            if best.as_ref().is_none_or(|best| rank(best) < rank(&attempt)) {
                best = Some(attempt);
            }
        }
        best.ok_or_else(|| Error::CannotAnswer {
            backend: "Whisper".into(),
            reason: "nothing was tried".into(),
        })
    }

    fn attempt(
        &self,
        heard: &Tensor,
        manner: Manner<'_>,
        chances: &Chances,
        watch: &mut Watch<'_, '_>,
    ) -> Result<Attempt> {
        let network = &self.network;
        let mut memory = network.memory(heard)?;
        let mut next = |token, watch: &mut Watch<'_, '_>| {
            network.next(token, &mut memory, &mut || watch.tick())
        };
        for token in manner.before {
            next(*token, watch)?;
        }
        let first = next(self.tokens.start, watch)?;
        let silence = rules::log_share(&first, self.tokens.silence).exp();
        if manner.language != self.tokens.transcribe {
            next(manner.language, watch)?;
        }
        let mut likely = next(self.tokens.transcribe, watch)?;
        // Half of all positions; the other half is for words from before.
        let most = self.network.sizes.positions / 2;
        let (mut said, mut certain, mut repeated) = (Vec::new(), 0.0, 0);
        while said.len() < most && repeated == 0 {
            rules::allow(&self.tokens, &mut likely, &said);
            // The same sound gives the same words whenever it is heard.
            let chance = uniform(chances.at as u64, chances.number, said.len() as u64);
            let token = rules::drawn(&likely, chances.temperature, chance);
            let token = token.unwrap_or(self.tokens.end);
            certain += rules::log_share(&likely, token).max(f32::MIN / 1e3);
            if token == self.tokens.end {
                break;
            }
            if let Some(seconds) = self.tokens.seconds(token) {
                watch.reach(chances.at as f64 / RATE as f64 + seconds);
            }
            said.push(token);
            repeated = rules::repeated(&said);
            likely = next(token, watch)?;
        }
        let mean = certain / (said.len() + 1) as f32;
        said.truncate(said.len() - repeated);
        let text = self.tokens.words(&said)?;
        Ok(Attempt {
            is_repetitive: repeated > 0 || rules::compression(&text) > COMPRESSION_MAX,
            mean,
            silence,
            tokens: said,
        })
    }

    /// The captions of a window that begins at sample `at`, and how many samples on the next one begins; `length` of its
    /// samples are sound.
    fn captions(&self, said: &[u32], at: usize, length: usize) -> Result<(Vec<Caption>, usize)> {
        let (pieces, next) = pieces(&self.tokens, said);
        let lasts = length as f64 / RATE as f64;
        let offset = at as f64 / RATE as f64;
        let mut captions = Vec::new();
        for piece in pieces {
            let text = self.tokens.words(piece.words)?;
            let (from, to) = (piece.from.min(lasts), piece.to.unwrap_or(lasts).min(lasts));
            if !text.is_empty() && to > from {
                captions.push(Caption {
                    seconds: offset + from..offset + to,
                    text,
                });
            }
        }
        let seek = next.map_or(length, |seconds| (seconds * RATE as f64).round() as usize);
        // Always forwards.
        let seek = if seek == 0 { length } else { seek.min(length) };
        Ok((captions, seek))
    }
}

/// How tokens are drawn in one try.
struct Chances {
    temperature: f32,
    /// Sample that the window begins at.
    at: usize,
    number: u64,
}

/// Words between two times.
#[derive(Debug, PartialEq)]
struct Piece<'a> {
    from: f64,
    /// `None` lasts to the window's end.
    to: Option<f64>,
    words: &'a [u32],
}

/// What `said` says when, in seconds of its window, and where the next window begins; `None` after this one. Words that
/// the window's end cuts off are left to the next one, which begins before them.
fn pieces<'a>(tokens: &Tokens, said: &'a [u32]) -> (Vec<Piece<'a>>, Option<f64>) {
    let seconds = |at: usize| tokens.seconds(said[at]);
    let is_time = |at: usize| tokens.is_time(said[at]);
    let mut cuts: Vec<usize> = (1..said.len())
        .filter(|at| is_time(at - 1) && is_time(*at))
        .collect();
    let is_closed = said.len() >= 2 && is_time(said.len() - 1) && !is_time(said.len() - 2);
    if cuts.is_empty() {
        let times: Vec<usize> = (0..said.len()).filter(|at| is_time(*at)).collect();
        let from = times.first().and_then(|at| seconds(*at)).unwrap_or(0.0);
        let to = times.last().filter(|_| times.len() > 1);
        let whole = Piece {
            from,
            to: to.and_then(|at| seconds(*at)),
            words: said,
        };
        // A start without words: they come in the next window.
        let next = (said.len() == 1 && from > 0.0).then_some(from);
        return (vec![whole], next);
    }
    if is_closed {
        cuts.push(said.len());
    }
    let mut start = 0;
    let mut pieces = Vec::new();
    for cut in cuts {
        pieces.push(Piece {
            from: seconds(start).unwrap_or(0.0),
            to: seconds(cut - 1),
            words: &said[start..cut],
        });
        start = cut;
    }
    let next = if is_closed { None } else { seconds(start - 1) };
    (pieces, next)
}

/// Where the next window begins: at `at`, or shortly before the next sound after a long silence; `None` when nothing is
/// left to hear.
fn next_start(sound: &[f32], at: usize) -> Option<usize> {
    let rest = sound.get(at..)?;
    let silent = rest.iter().position(|value| value.abs() > QUIET)?;
    let skipped = silent.saturating_sub(LEAD) / STEP * STEP;
    (rest.len() - skipped >= SAMPLES_MIN).then_some(at + skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_skipped_and_its_end_heard() {
        let mut sound = vec![0.0; 5 * RATE];
        assert_eq!(next_start(&sound, 0), None);
        sound[3 * RATE] = 0.5;
        assert_eq!(next_start(&sound, 0), Some(3 * RATE - LEAD));
        assert_eq!(next_start(&sound, 3 * RATE - 100), Some(3 * RATE - 100));
        assert_eq!(next_start(&sound, 3 * RATE + 1), None);
        assert_eq!(next_start(&sound, 9 * RATE), None);
        let click = [0.5; 20];
        assert_eq!(next_start(&click, 0), None);
    }
}
