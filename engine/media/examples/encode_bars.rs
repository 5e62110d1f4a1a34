//! Writes a few seconds of numbered test pictures with a beep each second, and prints what was written and how fast.
//!
//! `cargo run -p media --example encode_bars -- out.mp4 h264-mp4 1280x720 5`

use av::{FrameIndex, FrameRate, SAMPLE_RATE, ScanSize};
use media::{EncodeSettings, Encoder, Preset, Speed, bars};
use std::{io::Write as _, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, preset, size, seconds] = arguments.as_slice() else {
        return Err("name a file, a preset, a size and seconds".into());
    };
    let preset: Preset = preset.parse()?;
    let size: ScanSize = size.parse()?;
    let rate = FrameRate::FPS_30;
    let settings = EncodeSettings {
        speed: Speed::Fast,
        ..EncodeSettings::new(preset, size, rate)
    };
    let count = seconds.parse::<i64>()? * 30;
    let pictures: Vec<_> = (0..30)
        .map(|n| bars::counting_frame(size, n, av::Ticks::ZERO))
        .collect();
    let begun = Instant::now();
    let mut encoder = Encoder::start(&settings, Path::new(out))?;
    let mut sample = 0;
    for number in 0..count {
        encoder.push_video(&pictures[number as usize % pictures.len()])?;
        if settings.has_audio {
            let end = rate.sample_from_frame(FrameIndex(number + 1), SAMPLE_RATE);
            encoder.push_audio(&bars::beeps(sample, (end - sample) as usize))?;
            sample = end;
        }
    }
    let report = encoder.finish()?;
    let fps = count as f64 / begun.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{report:#?}\n{fps:.1} frames/s")?;
    Ok(())
}
