//! Files enlarged and painted: size, rate, sound and tags of what comes out.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use av::{AudioBlock, ColorMatrix, ColorSpace, FrameRate, ScanSize, Ticks, VideoFrame};
use media::{EncodeSettings, Encoder, Preset};
use runtime::{
    Error, JobProgress,
    restyle::{painting, restyle_file},
    upscale::{Factor, Quality, upscale_file},
};
use std::{ops::ControlFlow, path::Path};

const SIZE: ScanSize = ScanSize::new(48, 32);
const COUNT: i64 = 5;

fn goes_on(_progress: JobProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn color() -> ColorSpace {
    ColorSpace {
        matrix: ColorMatrix::Bt601,
        ..ColorSpace::VIDEO
    }
}

/// Five frames at 30000/1001 with a tone.
fn write_clip(path: &Path) {
    let rate = FrameRate::new(30_000, 1_001).unwrap();
    let settings = EncodeSettings {
        color: color(),
        ..EncodeSettings::new(Preset::LosslessMkv, SIZE, rate)
    };
    let mut encoder = Encoder::start(&settings, path).unwrap();
    for index in 0..COUNT {
        let luma = (0..48 * 32).map(|place| (60 + place % 48 * 2 + index) as u8);
        let chroma = vec![120; 24 * 16];
        let planes = [luma.collect(), chroma.clone(), chroma];
        let pts = rate.ticks_from_frame(av::FrameIndex(index));
        let frame = VideoFrame::from_i420(SIZE, color(), planes, pts);
        encoder.push_video(&frame).unwrap();
        let mut block = AudioBlock::silence(1_602);
        let samples = block.samples.iter_mut().enumerate();
        samples.for_each(|(at, sample)| *sample = (at as f32 / 20.0).sin() * 0.5);
        encoder.push_audio(&block).unwrap();
    }
    encoder.finish().unwrap();
}

#[test]
fn clips_grow_and_keep_what_else_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (clip, out) = (folder.path().join("a.mkv"), folder.path().join("b.mkv"));
    write_clip(&clip);
    let how = (Factor::Two, Quality::Fast);
    let summary = upscale_file(&clip, how, &out, &mut goes_on).unwrap();
    assert_eq!(summary.frame_count, COUNT);
    assert!(
        summary.notes[0].contains("48x32 to 96x64"),
        "{:?}",
        summary.notes
    );
    let (before, after) = (media::probe(&clip).unwrap(), media::probe(&out).unwrap());
    let (old, new) = (before.video.unwrap(), after.video.unwrap());
    assert_eq!(new.size, ScanSize::new(96, 64));
    // Matroska keeps whole milliseconds, so the rate comes back within a thousandth.
    let rates = [new.rate, old.rate].map(|rate| rate.unwrap().fps_for_display());
    assert!((rates[0] - rates[1]).abs() < 0.01, "{rates:?}");
    assert_eq!(new.color, old.color);
    assert!(after.audio.is_some());
    let mut sound = media::AudioReader::open(&out).unwrap();
    let block = sound.read(2_000, 1_000).unwrap();
    assert!(block.samples.iter().any(|sample| sample.abs() > 0.2));
}

#[test]
fn clips_are_painted_and_a_stop_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (clip, out) = (folder.path().join("a.mkv"), folder.path().join("b.mkv"));
    write_clip(&clip);
    let painting = painting("style-7").unwrap();
    let mut left = 30;
    let stopped = restyle_file(&clip, &painting, &out, &mut |_progress| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let summary = restyle_file(&clip, &painting, &out, &mut goes_on).unwrap();
    assert_eq!(summary.frame_count, COUNT);
    let info = media::probe(&out).unwrap();
    assert_eq!(info.video.unwrap().size, SIZE);
    let mut before = media::VideoReader::open(&clip).unwrap();
    let mut after = media::VideoReader::open(&out).unwrap();
    assert_ne!(
        before.frame(3).unwrap().row(0, 9),
        after.frame(3).unwrap().row(0, 9)
    );
}

#[test]
fn pictures_become_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let (photo, out) = (folder.path().join("a.png"), folder.path().join("b.jpg"));
    let data = (0..48 * 32 * 4).map(|at| if at % 4 == 3 { 255 } else { (at / 30) as u8 });
    let frame = VideoFrame::from_rgba(SIZE, data.collect(), Ticks::ZERO);
    media::write_picture(&frame, &photo).unwrap();
    let how = (Factor::Four, Quality::Fast);
    upscale_file(&photo, how, &out, &mut goes_on).unwrap();
    let info = media::probe(&out).unwrap();
    assert!(info.is_still);
    assert_eq!(info.video.unwrap().size, ScanSize::new(192, 128));
    let wrong = upscale_file(&photo, how, &folder.path().join("c.mp4"), &mut goes_on);
    assert!(wrong.unwrap_err().to_string().contains(".png or .jpg"));
}
