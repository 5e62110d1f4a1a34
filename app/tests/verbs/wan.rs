//! Every verb answered by an installed diffusion model: the small random one, found, read and run as a real one would be.

use super::{Bench, copy_folder};
use serde_json::Value;
use std::path::Path;

/// An awkward rate, and a length that no run of the model has.
const RATE: &str = "30000/1001";
const COUNT: usize = 23;

/// A bench with the small model installed.
fn bench() -> Bench {
    let bench = Bench::new(RATE, COUNT as u32);
    let small = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../engine/generation/tests/fixtures/tiny_model");
    copy_folder(&small, &bench.path("models/tiny_model"));
    bench
}

impl Bench {
    /// Runs a verb with the small model and words, one step and no guidance, and reads the answer.
    #[track_caller]
    fn made_by_wan(&self, line: &str, frames: usize, made: usize) -> Value {
        let usual = "--prompt fox --steps 1 --guidance 1 --json";
        let arguments: Vec<&str> = line.split(' ').chain(usual.split(' ')).collect();
        let told: Value = serde_json::from_str(&self.run(&arguments)).unwrap();
        assert_eq!(told["backend"], "tiny_model", "{line}");
        assert_eq!(told["frames"], frames, "{line}");
        assert_eq!(told["made_frames"], made, "{line}");
        told
    }
}

/// Frames are the originals' bit for bit, but for those that were made.
#[track_caller]
fn check_kept(found: &[Vec<u8>], originals: &[Vec<u8>], first: usize) {
    for (index, original) in originals.iter().enumerate() {
        assert!(found[first + index] == *original, "frame {index} is kept");
    }
}

#[test]
fn an_installed_model_makes_clips_longer() {
    let bench = bench();
    let originals = bench.pictures("clip.mkv");
    assert_eq!(originals.len(), COUNT);
    let told = bench.made_by_wan("extend clip.mkv --forward 0.3 later.mkv", 32, 9);
    assert!(told["seams"][0]["delta_e"].as_f64().is_some());
    assert_eq!(told["recipe"]["operation"], "extend forwards");
    let later = bench.pictures("later.mkv");
    check_kept(&later, &originals, 0);
    assert!((23..32).all(|index| later[index] != originals[22]));
    bench.made_by_wan("extend clip.mkv --backward 0.2 earlier.mkv", 29, 6);
    check_kept(&bench.pictures("earlier.mkv"), &originals, 6);
    bench.made_by_wan("join clip.mkv clip.mkv --seconds 0.1 joined.mkv", 49, 3);
    let joined = bench.pictures("joined.mkv");
    check_kept(&joined, &originals, 0);
    check_kept(&joined, &originals, 26);
    bench.made_by_wan("fill clip.mkv --frames 7..12 filled.mkv", 23, 5);
    let filled = bench.pictures("filled.mkv");
    for (index, (one, other)) in filled.iter().zip(&originals).enumerate() {
        assert_eq!(one == other, !(7..12).contains(&index), "frame {index}");
    }
}

#[test]
fn an_installed_model_makes_clips_from_words_and_photos() {
    let bench = bench();
    let end = "--size 64x48";
    bench.made_by_wan(&format!("generate --seconds 0.25 {end} words.mkv"), 6, 6);
    let photo = "animate photo.jpg --model tiny_model --seconds 0.2";
    bench.made_by_wan(&format!("{photo} {end} moves.mkv"), 5, 4);
    let last = "--last photo.jpg";
    bench.made_by_wan(&format!("{photo} {last} {end} returns.mkv"), 5, 3);
    let (moves, returns) = (bench.pictures("moves.mkv"), bench.pictures("returns.mkv"));
    assert_eq!(moves[0], returns[0]);
    assert_eq!(returns[0], returns[4]);
    assert_ne!(moves[0], moves[4]);
    // The same again with the blocks left in their file.
    let line = format!("generate --seconds 0.25 --set offload=true {end} again.mkv");
    let told = bench.made_by_wan(&line, 6, 6);
    let notes = told["notes"].to_string();
    assert!(notes.contains("left in its file"), "{notes}");
    assert_eq!(bench.pictures("again.mkv"), bench.pictures("words.mkv"));
}

#[test]
fn an_installed_model_remakes_parts_of_clips() {
    let bench = bench();
    let originals = bench.pictures("clip.mkv");
    bench.made_by_wan("repaint clip.mkv --box 40,20,60,40 gone.mkv", 23, 23);
    let gone = bench.pictures("gone.mkv");
    for (frame, original) in gone.iter().zip(&originals) {
        let pairs = frame.chunks_exact(4).zip(original.chunks_exact(4));
        for (place, (one, other)) in pairs.enumerate() {
            let (x, y) = (place % 160, place / 160);
            // Color is shown a pixel past the block that holds it.
            let is_near = (38..=101).contains(&x) && (18..=61).contains(&y);
            assert!(one == other || is_near, "at {x},{y}");
        }
        assert!(frame != original);
    }
    bench.made_by_wan("outpaint clip.mkv --size 160x160 tall.mkv", 23, 23);
    for (frame, original) in bench.pictures("tall.mkv").iter().zip(&originals) {
        let row = 160 * 4;
        assert!(frame[34 * row..126 * row] == original[2 * row..94 * row]);
    }
    let look = "restyle clip.mkv --model tiny_model --set strength=0.5 look.mkv";
    bench.made_by_wan(look, 23, 23);
    assert_ne!(bench.pictures("look.mkv")[3], originals[3]);
}

#[test]
fn an_installed_model_paints_what_is_behind_the_subject() {
    let bench = bench();
    let told = bench.made_by_wan("background clip.mkv elsewhere.mkv", 23, 23);
    assert_eq!(told["recipe"]["operation"], "replace background");
}
