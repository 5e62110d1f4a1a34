//! Whisper against transformers, and a whole Whisper that is so small that it only hears beeps: low, middle and high ones
//! are "one", "two" and "three", buzzing ones are Chinese. See the script beside the fixture.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use candle_core::{DType, Device, Tensor};
use generation::{
    Error, Weights,
    installed::{InstalledModel, Role, open},
    models::whisper::{
        Heard, Listener, is_whisper, listener,
        mel::{Ear, RATE},
        network::Network,
        tokens::Tokens,
    },
};
use std::{
    f64::consts::TAU,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/whisper")
}

fn model() -> InstalledModel {
    open(&fixtures().join("tiny_whisper")).unwrap()
}

fn weights() -> Weights {
    let model = model();
    Weights::open_all(&model.record.paths(&model.folder, Role::SpeechToText)).unwrap()
}

fn tensor(weights: &Weights, name: &str) -> Tensor {
    let shape = weights.shape(name).unwrap().to_vec();
    let read = weights.tensor(name, &shape, DType::F32, &Device::Cpu);
    read.unwrap()
}

/// The largest difference against the largest value.
#[track_caller]
fn assert_near(found: &Tensor, wanted: &Tensor) {
    assert_eq!(found.dims(), wanted.dims());
    let most = |tensor: Tensor| -> f32 {
        tensor
            .abs()
            .unwrap()
            .max_all()
            .unwrap()
            .to_scalar()
            .unwrap()
    };
    let (difference, scale) = (most((found - wanted).unwrap()), most(wanted.clone()));
    assert!(difference <= 1e-4 * scale, "{difference} of {scale}");
}

#[test]
fn bands_encoder_and_decoder_are_those_of_transformers() {
    let expected = Weights::open(&fixtures().join("expected.safetensors")).unwrap();
    let network = Network::new(&weights()).unwrap();
    let sizes = network.sizes;
    assert_eq!((sizes.bands, sizes.columns, sizes.positions), (80, 100, 32));
    let sound: Vec<f32> = (0..29_000)
        .map(|at| f64::from(at) / RATE as f64)
        .map(|at| {
            let loud = (at * 5_600.0).sin() * (at * 17.0).sin() * 0.4;
            (loud + (at * 900.0).sin() * 0.05) as f32
        })
        .collect();
    let ear = Ear::new(sizes.bands).unwrap();
    let loudest = ear.loudest(&sound, &mut || Ok(())).unwrap();
    let bands = ear.hear(&sound, 0, 200, loudest).unwrap();
    assert_near(&bands.squeeze(0).unwrap(), &tensor(&expected, "bands"));
    let mut calls = 0;
    let mut pause = || {
        calls += 1;
        Ok(())
    };
    let heard = network.encode(&bands, &mut pause).unwrap();
    assert_near(&heard, &tensor(&expected, "heard"));
    let mut memory = network.memory(&heard).unwrap();
    let tokens: Vec<f32> = tensor(&expected, "tokens").to_vec1().unwrap();
    let said = tokens.iter().flat_map(|token| {
        let next = network.next(*token as u32, &mut memory, &mut pause);
        next.unwrap()
    });
    let said: Vec<f32> = said.collect();
    let said = Tensor::from_vec(said, (tokens.len(), sizes.tokens), &Device::Cpu).unwrap();
    assert_near(&said, &tensor(&expected, "logits"));
    // Two convolutions, and two layers for the window and for each token.
    assert_eq!(calls, 2 + 2 + 2 * tokens.len());
}

const LOW: f64 = 350.0;
const MIDDLE: f64 = 900.0;
const HIGH: f64 = 2_200.0;

/// Hiss with beeps in it: pitch, first second and length of each.
fn sound(seconds: f64, beeps: &[(f64, f64, f64)], is_buzzing: bool) -> Vec<f32> {
    let mut state = 1_u32;
    let mut hiss = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state >> 8) / 8_388_608.0 - 1.0) * 0.003
    };
    let value = |at: f64| -> f64 {
        let of_beep = |(pitch, start, length): &(f64, f64, f64)| {
            let inside = at - start;
            let fade = (inside.min(length - inside) / 0.01).clamp(0.0, 1.0);
            let buzz = if is_buzzing {
                0.55 + 0.45 * (TAU * 40.0 * inside).sin()
            } else {
                1.0
            };
            fade * buzz * 0.3 * (TAU * pitch * inside).sin()
        };
        beeps.iter().map(of_beep).sum()
    };
    let count = (seconds * RATE as f64) as usize;
    (0..count)
        .map(|at| (value(at as f64 / RATE as f64) + hiss()) as f32)
        .collect()
}

fn heard(listener: &Listener, sound: &[f32], language: Option<&str>) -> Heard {
    let mut last = 0;
    let mut on_step = |step: generation::Step| {
        assert!(step.done >= last && step.done <= step.total, "{step:?}");
        last = step.done;
        ControlFlow::Continue(())
    };
    let heard = listener.listen(sound, language, &mut on_step).unwrap();
    assert_eq!(last, sound.len().div_ceil(RATE).max(1) as u64);
    heard
}

#[track_caller]
fn assert_says(heard: &Heard, wanted: &[(&str, f64, f64)]) {
    let texts: Vec<&str> = heard.captions.iter().map(|it| it.text.as_str()).collect();
    let words: Vec<&str> = wanted.iter().map(|it| it.0).collect();
    assert_eq!(texts, words, "{heard:?}");
    for (caption, (_, start, end)) in heard.captions.iter().zip(wanted) {
        let is_near = |a: f64, b: f64| (a - b).abs() < 0.1;
        let seconds = &caption.seconds;
        assert!(
            is_near(seconds.start, *start) && is_near(seconds.end, *end),
            "{caption:?}"
        );
    }
}

#[test]
fn beeps_are_written_down_with_their_times_over_several_windows() {
    let listener = listener(&model()).unwrap();
    let beeps = [
        (LOW, 0.4, 0.4),
        (HIGH, 1.1, 0.3),
        // The first window's end cuts this one off; it is heard whole in the next.
        (MIDDLE, 1.8, 0.5),
        (HIGH, 2.7, 0.4),
        (LOW, 3.5, 0.3),
    ];
    let wanted = |words: [&'static str; 3]| {
        let of = |pitch: f64| words[usize::from(pitch > LOW) + usize::from(pitch > MIDDLE)];
        let says = beeps
            .iter()
            .map(|(pitch, start, length)| (of(*pitch), *start, start + length));
        says.collect::<Vec<_>>()
    };
    let english = heard(&listener, &sound(4.6, &beeps, false), None);
    assert_eq!(english.language, "en");
    assert_says(&english, &wanted(["one", "two", "three"]));
    let chinese = heard(&listener, &sound(4.6, &beeps, true), None);
    assert_eq!(chinese.language, "zh");
    assert_says(&chinese, &wanted(["一", "二", "三"]));
    // The same sound, the same words.
    assert_eq!(heard(&listener, &sound(4.6, &beeps, false), None), english);
    assert_eq!(listener.languages(), ["en", "zh"]);
}

#[test]
fn nothing_is_said_where_nobody_speaks() {
    let listener = listener(&model()).unwrap();
    for silence in [vec![0.0; 3 * RATE], sound(3.0, &[], false), Vec::new()] {
        let heard = heard(&listener, &silence, None);
        assert_eq!((heard.captions.len(), heard.language.as_str()), (0, ""));
    }
    // After a long silence the times still count from the start.
    let mut late = vec![0.0; 7 * RATE];
    late.extend(sound(2.0, &[(MIDDLE, 0.05, 0.4)], false));
    assert_says(&heard(&listener, &late, None), &[("two", 7.05, 7.45)]);
}

#[test]
fn it_stops_when_asked_and_refuses_other_languages() {
    let listener = listener(&model()).unwrap();
    let speech = sound(4.0, &[(LOW, 0.4, 0.4)], false);
    for wanted in [0, 1, 5, 20] {
        let mut steps = 0;
        let mut on_step = |_step| {
            steps += 1;
            if steps > wanted {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let stopped = listener.listen(&speech, None, &mut on_step);
        assert!(matches!(stopped, Err(Error::Cancelled)), "{wanted}");
        assert_eq!(steps, wanted + 1);
    }
    let go = &mut |_step| ControlFlow::Continue(());
    let refused = listener.listen(&speech, Some("fr"), go).unwrap_err();
    assert!(refused.to_string().contains("en, zh"), "{refused}");
    assert_eq!(heard(&listener, &speech, Some("en")).language, "en");
    // It knows Chinese, but its tokenizer has no word for what was said before.
    let model = model();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    let text = std::fs::read_to_string(model.folder.join("tokenizer.json")).unwrap();
    std::fs::write(&path, text.replace("<|startofprev|>", "<|other|>")).unwrap();
    let without = Listener::open(&weights(), &path).unwrap();
    let refused = without.listen(&speech, Some("zh-Hans"), go).unwrap_err();
    assert!(refused.to_string().contains("ask for zh"), "{refused}");
}

#[test]
fn chinese_can_be_asked_for_in_letters() {
    let model = model();
    let listener = listener(&model).unwrap();
    let tokenizer = model.folder.join("tokenizer.json");
    let tokens = Tokens::read(&tokenizer, Network::new(&weights()).unwrap().sizes.tokens).unwrap();
    // Of the letters before, it can spell those that it knows; they come after the sign that they were said before.
    let before = tokens.before(&[(0.5, 1.0, "一二")]).unwrap().unwrap();
    let text = std::fs::read_to_string(&tokenizer).unwrap();
    let pieces: serde_json::Value = serde_json::from_str(&text).unwrap();
    let sign = pieces["added_tokens"].as_array().unwrap().iter();
    let mut sign = sign.filter(|token| token["content"] == "<|startofprev|>");
    assert_eq!(
        before[0],
        sign.next().unwrap()["id"].as_u64().unwrap() as u32
    );
    assert_eq!(tokens.words(&before).unwrap(), "一二");
    let times = [before[1], before[before.len() - 1]].map(|token| tokens.seconds(token));
    assert_eq!(times, [Some(0.5), Some(1.0)]);
    let speech = sound(2.0, &[(LOW, 0.4, 0.4)], true);
    for letters in ["zh-Hans", "zh-Hant"] {
        assert_eq!(heard(&listener, &speech, Some(letters)).language, "zh");
    }
}

#[test]
fn other_checkpoints_and_damaged_ones_are_refused() {
    assert!(is_whisper(&weights()));
    let other = Weights::open(&fixtures().join("expected.safetensors")).unwrap();
    assert!(!is_whisper(&other));
    let refused = Network::new(&other).unwrap_err();
    assert!(
        refused.to_string().contains("no Whisper model"),
        "{refused}"
    );
    let model = model();
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let tokenizer = std::fs::read_to_string(model.folder.join("tokenizer.json")).unwrap();
    let without = tokenizer.replace("<|nospeech|>", "<|something|>");
    for text in ["", "{}", without.as_str(), &tokenizer[..900]] {
        let path = copy("tokenizer.json", text.as_bytes());
        let refused = Listener::open(&weights(), &path);
        assert!(
            matches!(refused, Err(Error::Tokenizer { .. })),
            "{refused:?}"
        );
    }
    let bytes = std::fs::read(model.folder.join("model.safetensors")).unwrap();
    let path = copy("model.safetensors", &bytes[..bytes.len() / 2]);
    assert!(Weights::open(&path).is_err());
}
