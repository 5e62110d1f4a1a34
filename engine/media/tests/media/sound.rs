//! Sound files of every kind, read by the sample.

use crate::fixture::{folder, path, remux};
use av::SAMPLE_RATE;
use media::{AudioReader, EncodeSettings, Encoder, Error, Preset, bars, probe};
use std::path::Path;

fn write_wav(out: &Path, seconds: i64) {
    let settings = EncodeSettings::new(Preset::Wav, av::ScanSize::new(0, 0), av::FrameRate::FPS_25);
    let mut encoder = Encoder::start(&settings, out).unwrap();
    for second in 0..seconds {
        encoder
            .push_audio(&bars::beeps(second * 48_000, 48_000))
            .unwrap();
    }
    let report = encoder.finish().unwrap();
    assert_eq!(report.samples, seconds as u64 * 48_000);
}

/// The strongest sample within 2000 of each full second begins a beep; how far it is off.
fn offsets(file: &Path) -> Vec<i64> {
    let mut reader = AudioReader::open(file).unwrap();
    // Out of order, so that every answer but the first needs a seek.
    [3, 1, 4, 2]
        .map(|second: i64| {
            let start = second * i64::from(SAMPLE_RATE) - 2_000;
            let block = reader.read(start, 4_000).unwrap();
            let first = block.samples.iter().position(|sample| sample.abs() > 0.25);
            first.map_or(i64::MAX, |at| at as i64 / 2 - 2_000)
        })
        .to_vec()
}

#[test]
fn beeps_are_where_they_were_put_in_every_kind_of_file() {
    let folder = folder();
    let wav = path(&folder, "beeps.wav");
    write_wav(&wav, 6);
    assert_eq!(offsets(&wav), [0, 0, 0, 0]);
    // What encoders prime themselves with is taken off where the container tells of it; MP3 tells of it to nobody.
    let kinds = [
        ("flac", "", 0),
        ("m4a", "-c:a aac", 24),
        ("ogg", "-c:a libvorbis", 24),
        ("mka", "-c:a libopus", 96),
        ("mp3", "-c:a libmp3lame", 1_300),
    ];
    for (extension, arguments, tolerance) in kinds {
        let file = path(&folder, &format!("beeps.{extension}"));
        remux(&wav, &file, &format!("-i IN {arguments} OUT"));
        for offset in offsets(&file) {
            assert!(
                offset.abs() <= tolerance,
                "{extension}: {:?}",
                offsets(&file)
            );
        }
    }
    // 44.1 kHz is resampled; the beep still begins at its place.
    let cd = path(&folder, "cd.wav");
    remux(&wav, &cd, "-i IN -ar 44100 OUT");
    assert!(
        offsets(&cd).iter().all(|offset| offset.abs() <= 24),
        "{:?}",
        offsets(&cd)
    );
}

#[test]
fn probe_tells_what_a_sound_file_holds() {
    let folder = folder();
    let wav = path(&folder, "beeps.wav");
    write_wav(&wav, 2);
    let info = probe(&wav).unwrap();
    assert_eq!(info.video, None);
    assert_eq!(info.duration, av::Ticks::from_samples(96_000, 48_000));
    let audio = info.audio.unwrap();
    assert_eq!((audio.channels, audio.sample_rate), (2, 48_000));
    assert!(matches!(
        media::VideoReader::open(&wav),
        Err(Error::NoVideo { .. })
    ));
}

#[test]
fn mono_is_heard_on_both_sides() {
    let folder = folder();
    let (wav, mono) = (path(&folder, "stereo.wav"), path(&folder, "mono.wav"));
    write_wav(&wav, 1);
    remux(&wav, &mono, "-i IN -ac 1 OUT");
    let block = AudioReader::open(&mono).unwrap().read(0, 1_000).unwrap();
    for pair in block.samples.chunks_exact(2) {
        assert!((pair[0] - pair[1]).abs() < 1.0e-6);
    }
    assert!(
        (block.samples[0] - 0.5).abs() < 0.01,
        "as loud as it was: {}",
        block.samples[0]
    );
}
