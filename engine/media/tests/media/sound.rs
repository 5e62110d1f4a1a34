//! Sound files of every kind, read by the sample.

use crate::fixture::{folder, path, remux};
use av::SAMPLE_RATE;
use media::{AudioReader, EncodeSettings, Encoder, Error, Preset, bars, probe};
use std::path::Path;

/// Readers that are opened at the same time, several for each core.
const READERS_AT_ONCE: usize = 24;

/// Readers that are opened one after another by each of them.
const TURNS: usize = 40;

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

/// Starting still goes on behind the back of a reader that was just opened, above all on a busy machine; neither a seek
/// nor letting go of the reader may wait for it in a ring.
#[test]
fn a_reader_that_was_just_opened_is_sought_and_dropped_without_waiting() {
    let folder = folder();
    let wav = path(&folder, "beeps.wav");
    write_wav(&wav, 4);
    let (done, all_done) = std::sync::mpsc::sync_channel(READERS_AT_ONCE);
    for number in 0..READERS_AT_ONCE {
        let (wav, done) = (wav.clone(), done.clone());
        let thread = std::thread::Builder::new().name(format!("reader-{number}"));
        let read = move || {
            for turn in 0..TURNS {
                let mut reader = AudioReader::open(&wav).unwrap();
                if turn % 2 == 0 {
                    let start = 3 * i64::from(SAMPLE_RATE) - 2_000;
                    assert_eq!(reader.read(start, 4_000).unwrap().frames(), 4_000);
                }
            }
            done.send(()).unwrap();
        };
        thread.spawn(read).unwrap();
    }
    for _ in 0..READERS_AT_ONCE {
        let answer = all_done.recv_timeout(std::time::Duration::from_mins(1));
        answer.expect("a reader waits for ever");
    }
}
