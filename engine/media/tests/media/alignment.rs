//! Sound and pictures stay together: a white frame and a beep begin each second.

use crate::fixture::{SIZE, ffprobe, folder, path, remux, sound_by_ffmpeg};
use av::{FrameIndex, FrameRate, SAMPLE_RATE};
use media::{AudioReader, EncodeSettings, Encoder, Preset, VideoReader, bars};
use std::path::Path;

const SECONDS: i64 = 4;

fn encode_flashes(out: &Path, preset: Preset, rate: FrameRate) {
    let settings = EncodeSettings::new(preset, SIZE, rate);
    let mut encoder = Encoder::start(&settings, out).unwrap();
    let count = SECONDS * i64::from(rate.num()) / i64::from(rate.den());
    let mut sample = 0;
    for number in 0..count {
        encoder
            .push_video(&bars::flash_frame(SIZE, FrameIndex(number), rate))
            .unwrap();
        let end = rate.sample_from_frame(FrameIndex(number + 1), SAMPLE_RATE);
        encoder
            .push_audio(&bars::beeps(sample, (end - sample) as usize))
            .unwrap();
        sample = end;
    }
    encoder.finish().unwrap();
}

/// Samples at which a beep begins.
fn onsets(samples: impl Iterator<Item = f32>) -> Vec<i64> {
    let mut onsets: Vec<i64> = Vec::new();
    for (at, sample) in (0..).zip(samples) {
        let is_new = onsets
            .last()
            .is_none_or(|last| at - last > i64::from(SAMPLE_RATE) / 2);
        if sample.abs() > 0.25 && is_new {
            onsets.push(at);
        }
    }
    onsets
}

fn check_onsets(found: &[i64], tolerance: i64, what: &str) {
    assert_eq!(found.len() as i64, SECONDS, "{what}: beeps at {found:?}");
    for (second, at) in found.iter().enumerate() {
        let expected = second as i64 * i64::from(SAMPLE_RATE);
        assert!(
            (at - expected).abs() <= tolerance,
            "{what}: beep {second} is {} samples off",
            at - expected
        );
    }
}

#[test]
fn flashes_and_beeps_begin_together_in_our_reader_and_in_another() {
    let folder = folder();
    for preset in [
        Preset::H264Mp4,
        Preset::Vp9Webm,
        Preset::ProresMov,
        Preset::LosslessMkv,
    ] {
        let rate = FrameRate::new(30_000, 1_001).unwrap();
        let out = path(&folder, &format!("flash.{}", preset.extension()));
        encode_flashes(&out, preset, rate);
        let mut reader = VideoReader::open(&out).unwrap();
        for number in 0..reader.index().len() {
            let is_white = reader.frame(number).unwrap().row(0, 50)[80] > 125;
            assert_eq!(
                is_white,
                bars::is_flash(FrameIndex(number as i64), rate),
                "frame {number} of {}",
                out.display()
            );
        }
        let mut sound = AudioReader::open(&out).unwrap();
        let block = sound
            .read(0, (SECONDS * i64::from(SAMPLE_RATE)) as usize)
            .unwrap();
        // A millisecond for what codecs smear; a frame lasts 1601 samples.
        check_onsets(
            &onsets(block.samples.iter().step_by(2).copied()),
            48,
            preset.name(),
        );
        let other = sound_by_ffmpeg(&out);
        let start: f64 = ffprobe(&out, "-select_streams a -show_entries stream=start_time")[0]
            .parse()
            .unwrap();
        // It leaves out what begins before zero.
        let shift = (start.max(0.0) * f64::from(SAMPLE_RATE)).round() as i64;
        let shifted: Vec<i64> = onsets(other.into_iter())
            .iter()
            .map(|at| at + shift)
            .collect();
        check_onsets(&shifted, 48, &format!("{} in ffmpeg", preset.name()));
    }
}

#[test]
fn lossless_sound_comes_back_sample_by_sample() {
    let folder = folder();
    let rate = FrameRate::FPS_25;
    let out = path(&folder, "exact.mkv");
    encode_flashes(&out, Preset::LosslessMkv, rate);
    let mut reader = AudioReader::open(&out).unwrap();
    // Forward in odd pieces, far ahead, back, and across both ends.
    for (start, frames) in [
        (0, 1_601),
        (1_601, 999),
        (150_001, 480),
        (47_990, 4_000),
        (2_600, 100),
        (-500, 1_000),
        (191_900, 500),
        (300_000, 10),
    ] {
        let block = reader.read(start, frames).unwrap();
        assert_eq!(block.frames(), frames);
        let expected = bars::beeps(start, frames);
        for (offset, (actual, expected)) in block.samples.iter().zip(&expected.samples).enumerate()
        {
            let at = start + offset as i64 / 2;
            let expected = if (0..SECONDS * 48_000).contains(&at) {
                *expected
            } else {
                0.0
            };
            assert!(
                (actual - expected).abs() < 1.0e-6,
                "sample {at} of {start}+{frames}: {actual} and not {expected}"
            );
        }
    }
}

#[test]
fn a_trimmed_clip_keeps_sound_and_pictures_together() {
    let folder = folder();
    let (whole, cut) = (path(&folder, "whole.mp4"), path(&folder, "cut.mp4"));
    encode_flashes(&whole, Preset::H264Mp4, FrameRate::FPS_25);
    remux(&whole, &cut, "-ss 1.4 -i IN -c copy OUT");
    let mut pictures = VideoReader::open(&cut).unwrap();
    let count = pictures.index().len();
    let flash = (0..count)
        .find(|n| pictures.frame(*n).unwrap().row(0, 50)[80] > 125)
        .unwrap();
    let flash_sample = pictures.index().pts(flash).samples(SAMPLE_RATE);
    let mut sound = AudioReader::open(&cut).unwrap();
    let block = sound.read(0, 96_000).unwrap();
    let beep = onsets(block.samples.iter().step_by(2).copied())[0];
    assert!(
        (beep - flash_sample).abs() < 1_920,
        "flash at {flash_sample}, beep at {beep}"
    );
}
