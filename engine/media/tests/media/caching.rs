//! Thumbnails and waveforms: right, kept, bounded, and rebuilt when damaged.

use crate::fixture::{SIZE, folder, path, time};
use av::{FrameRate, PixelFormat, Ticks};
use media::{EncodeSettings, Encoder, MediaCache, Preset, bars, filmstrip, waveform};
use std::path::{Path, PathBuf};

fn film(out: &Path) {
    let mut encoder = Encoder::start(
        &EncodeSettings::new(Preset::LosslessMkv, SIZE, FrameRate::FPS_25),
        out,
    )
    .unwrap();
    for number in 0..50 {
        encoder
            .push_video(&bars::counting_frame(SIZE, number as usize, Ticks::ZERO))
            .unwrap();
        encoder
            .push_audio(&bars::beeps(number * 1_920, 1_920))
            .unwrap();
    }
    encoder.finish().unwrap();
}

fn entries(cache: &MediaCache) -> Vec<PathBuf> {
    let all = std::fs::read_dir(cache.root()).unwrap();
    all.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_filmstrip_shows_the_frames_asked_for_in_that_order() {
    let folder = folder();
    let film_path = path(&folder, "film.mkv");
    film(&film_path);
    let times = [40, 3, 17, 3].map(|number| time(FrameRate::FPS_25, number));
    let cache = MediaCache::new(&path(&folder, "cache"), 10 << 20);
    for round in 0..2 {
        let strips = [
            filmstrip(&film_path, &times, 48).unwrap(),
            cache.filmstrip(&film_path, &times, 48).unwrap(),
        ];
        for strip in strips {
            let numbers: Vec<_> = strip.iter().map(bars::read_number).collect();
            assert_eq!(
                numbers,
                [Some(40), Some(3), Some(17), Some(3)],
                "round {round}"
            );
            let pts: Vec<_> = strip.iter().map(|picture| picture.pts).collect();
            assert_eq!(pts, times);
            assert_eq!(
                (strip[0].size, strip[0].format),
                (av::ScanSize::new(80, 48), PixelFormat::Rgba8)
            );
        }
    }
}

#[test]
fn a_waveform_outlines_every_beep_at_every_level() {
    let folder = folder();
    let film_path = path(&folder, "film.mkv");
    film(&film_path);
    let outline = waveform(&film_path).unwrap();
    assert_eq!(outline.levels[0].len(), 96_000 / 256);
    for (level, peaks) in outline.levels.iter().enumerate() {
        let bucket = 256 * 4_usize.pow(level as u32);
        for (n, peak) in peaks.iter().enumerate() {
            let samples = n * bucket..(n + 1) * bucket;
            let is_loud = samples.start < 1_920 || (samples.end > 48_000 && samples.start < 49_920);
            assert_eq!(
                peak.max > 0.4 && peak.min < -0.4,
                is_loud,
                "level {level}, bucket {n}: {peak:?}"
            );
        }
    }
    let cache = MediaCache::new(&path(&folder, "cache"), 10 << 20);
    assert_eq!(cache.waveform(&film_path).unwrap(), outline);
    assert_eq!(
        cache.waveform(&film_path).unwrap(),
        outline,
        "the second time from the disk"
    );
}

#[test]
fn damaged_entries_are_made_again_and_a_lost_folder_too() {
    let folder = folder();
    let film_path = path(&folder, "film.mkv");
    film(&film_path);
    let cache = MediaCache::new(&path(&folder, "cache"), 10 << 20);
    let outline = cache.waveform(&film_path).unwrap();
    let entry = entries(&cache).remove(0);
    let whole = std::fs::read(&entry).unwrap();
    let damages = [
        Vec::new(),
        b"nonsense".to_vec(),
        whole[..whole.len() - 3].to_vec(),
    ];
    for damage in damages {
        std::fs::write(&entry, damage).unwrap();
        assert_eq!(cache.waveform(&film_path).unwrap(), outline);
        assert_eq!(std::fs::read(&entry).unwrap(), whole, "and kept again");
    }
    std::fs::remove_dir_all(cache.root()).unwrap();
    assert_eq!(cache.waveform(&film_path).unwrap(), outline);
}

#[test]
fn a_full_cache_gives_up_what_was_not_used_longest() {
    let folder = folder();
    let film_path = path(&folder, "film.mkv");
    film(&film_path);
    let bytes_max = 200_000;
    let cache = MediaCache::new(&path(&folder, "cache"), bytes_max);
    let strip = |number: usize| {
        cache
            .filmstrip(&film_path, &[time(FrameRate::FPS_25, number)], 48)
            .unwrap()
    };
    for number in 0..50 {
        strip(number);
        // Used again and again, the first stays.
        strip(0);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let names: Vec<String> = entries(&cache)
        .iter()
        .map(|entry| entry.display().to_string())
        .collect();
    let total: u64 = entries(&cache)
        .iter()
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    assert!(total <= bytes_max, "{total} bytes");
    assert!(names.len() > 5, "not everything goes at once");
    assert!(
        names.iter().any(|name| name.ends_with("-48-0.thumb")),
        "{names:?}"
    );
    assert!(
        !names.iter().any(|name| name.ends_with("-48-1.thumb")),
        "{names:?}"
    );
    let is_complete = |entry: &PathBuf| {
        entry
            .extension()
            .is_some_and(|extension| extension == "thumb")
    };
    assert!(entries(&cache).iter().all(is_complete), "{names:?}");
}

#[test]
fn an_index_is_kept_and_read_back() {
    let folder = folder();
    let film_path = path(&folder, "film.mkv");
    film(&film_path);
    let first = media::index_video(&film_path).unwrap();
    let expected = (*first).clone();
    drop(first);
    // Nobody holds the first any more, so this one comes from the disk.
    assert_eq!(*media::index_video(&film_path).unwrap(), expected);
}
