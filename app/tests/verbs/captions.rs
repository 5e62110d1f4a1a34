//! Speech written down by an installed model: a tiny one that takes low, middle and high beeps for words.

use super::{Bench, copy_folder};
use serde_json::Value;
use std::{f64::consts::TAU, fs, path::Path};

const RATE: u32 = 48_000;
const LOW: f64 = 350.0;
const HIGH: f64 = 2_200.0;

/// A bench with the model installed.
fn bench() -> Bench {
    let bench = Bench::empty();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../engine/generation/tests/fixtures/whisper/tiny_whisper");
    copy_folder(&tiny, &bench.path("models/tiny_whisper"));
    bench
}

/// A stereo WAV with beeps in it: pitch and first second of each; they last 0.4 s. Chinese ones buzz.
fn write_beeps(path: &Path, seconds: f64, beeps: &[(f64, f64)], is_chinese: bool) {
    let mut state = 7_u32;
    let mut bytes = Vec::new();
    for at in 0..(seconds * f64::from(RATE)) as usize {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hiss = (f64::from(state >> 8) / 8_388_608.0 - 1.0) * 0.003;
        let at = at as f64 / f64::from(RATE);
        let beep = |(pitch, start): &(f64, f64)| {
            let inside = at - start;
            let fade = (inside.min(0.4 - inside) / 0.01).clamp(0.0, 1.0);
            let buzz = 0.55 + 0.45 * (TAU * 40.0 * inside).sin();
            fade * 0.3 * (TAU * pitch * inside).sin() * if is_chinese { buzz } else { 1.0 }
        };
        let value = hiss + beeps.iter().map(beep).sum::<f64>();
        let sample = ((value * 32_767.0) as i16).to_le_bytes();
        bytes.extend([sample, sample].concat());
    }
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1, 0, 2, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 4).to_le_bytes());
    wav.extend([4, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend((bytes.len() as u32).to_le_bytes());
    wav.extend(bytes);
    fs::write(path, wav).unwrap();
}

/// The hundredths of a second that a line of times says.
fn hundredths(line: &str) -> Vec<i64> {
    let time = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits[4..].parse::<i64>().unwrap() / 10
    };
    line.split("-->").map(time).collect()
}

#[test]
fn speech_becomes_subtitles() {
    let bench = bench();
    write_beeps(
        &bench.path("talk.wav"),
        3.2,
        &[(LOW, 0.5), (HIGH, 1.2), (LOW, 2.0)],
        false,
    );
    let told = bench.run(&["captions", "talk.wav", "--out", "talk.srt", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["captions"], &told["language"]),
        (&3.into(), &"en".into())
    );
    assert_eq!(told["path"], "talk.srt");
    let srt = fs::read_to_string(bench.path("talk.srt")).unwrap();
    let lines: Vec<&str> = srt.lines().collect();
    let words: Vec<&str> = lines.iter().skip(2).step_by(4).copied().collect();
    assert_eq!(words, ["one", "three", "one"], "{srt}");
    for (line, wanted) in lines.iter().skip(1).step_by(4).zip([50, 120, 200]) {
        let [start, end] = hundredths(line)[..] else {
            panic!("{line}");
        };
        assert!(
            (start - wanted).abs() <= 8 && (end - wanted - 40).abs() <= 8,
            "{line}"
        );
    }
    bench.run(&["captions", "talk.wav", "--out", "talk.vtt"]);
    let vtt = fs::read_to_string(bench.path("talk.vtt")).unwrap();
    assert!(vtt.starts_with("WEBVTT\n\n00:00:00."), "{vtt}");
    write_beeps(&bench.path("zh.wav"), 2.0, &[(LOW, 0.4), (HIGH, 1.1)], true);
    let told = bench.run(&["captions", "zh.wav", "--out", "words.txt"]);
    assert!(
        told.contains("2 captions, language zh, heard by Tiny Whisper"),
        "{told}"
    );
    assert_eq!(
        fs::read_to_string(bench.path("words.txt")).unwrap(),
        "一\n三\n"
    );
}

#[test]
fn what_cannot_be_written_down_is_told_and_leaves_nothing() {
    let bench = bench();
    write_beeps(&bench.path("talk.wav"), 2.0, &[(LOW, 0.5)], false);
    write_beeps(&bench.path("quiet.wav"), 2.0, &[], false);
    fs::copy(super::demo_media("astronaut.jpg"), bench.path("photo.jpg")).unwrap();
    let before = bench.names();
    for (line, code, words) in [
        ("talk.wav --out talk.doc", 1, "end in .srt, .vtt or .txt"),
        ("talk.wav", 2, "--out"),
        ("quiet.wav --out quiet.srt", 1, "nobody is heard"),
        ("photo.jpg --out photo.srt", 1, "no sound"),
        ("nowhere.wav --out nowhere.srt", 1, "there is no file"),
        ("talk.wav --out talk.srt --language fr", 1, "knows en, zh"),
        ("talk.wav --out talk.srt --model large", 1, "tiny_whisper"),
    ] {
        let arguments: Vec<&str> = ["captions"].into_iter().chain(line.split(' ')).collect();
        bench.fails(&arguments, code, words);
        assert_eq!(bench.names(), before, "{line}");
    }
    // It is no model for pictures, and listing it is no trouble.
    let make = [
        "generate",
        "--prompt",
        "fox",
        "--seconds",
        "1",
        "--model",
        "tiny_whisper",
        "x.mkv",
    ];
    bench.fails(&make, 1, "makes no pictures");
    let list = bench.run(&["models", "list"]);
    assert!(
        list.contains("Writes captions from speech") && !list.contains('!'),
        "{list}"
    );
    fs::remove_dir_all(bench.path("models")).unwrap();
    let line = ["captions", "talk.wav", "--out", "talk.srt"];
    bench.fails(&line, 1, "everframe models install whisper-base");
    assert!(bench.run(&["models", "list"]).contains("whisper-base"));
}
