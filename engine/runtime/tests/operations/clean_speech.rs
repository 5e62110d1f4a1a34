//! Cleaning the speech of a clip: what is heard then, nothing cleaned twice, nothing left by a job that was stopped.

use crate::bench::{Bench, go_on};
use av::{AudioBlock, FrameRate, Ratio, SAMPLE_RATE};
use media::{EncodeSettings, Encoder, Preset};
use runtime::{Error, clean_speech::clean_item, mix::AudioMixer};
use std::ops::ControlFlow;
use timeline::{CleanSpeech, Edit, ItemId, edit::Placement, edit::Property};

/// Seconds of the recording.
const SECONDS: usize = 4;

/// A bench whose sound track plays a recording of nothing but hiss.
fn hissing() -> (Bench, ItemId) {
    let mut bench = Bench::new(FrameRate::FPS_25, 2);
    let settings = EncodeSettings::new(Preset::Wav, crate::bench::SIZE, FrameRate::FPS_25);
    let mut encoder = Encoder::start(&settings, &bench.path("hiss.wav")).unwrap();
    let mut state = 1_u32;
    let samples = (0..SECONDS * SAMPLE_RATE as usize).flat_map(|_frame| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        [((state >> 8) as f32 / 8_388_608.0 - 1.0) * 0.02; 2]
    });
    let samples = samples.collect();
    encoder.push_audio(&AudioBlock { samples }).unwrap();
    encoder.finish().unwrap();
    let asset = bench.import("hiss.wav");
    let placement = Placement::whole(asset);
    let item = bench.edit(&Edit::Append { placement }).items[0];
    (bench, item)
}

/// How loud the last second of the sound is, in decibels.
fn last_second_db(bench: &Bench) -> f64 {
    let range = bench.document.sequence.range();
    let rate = i64::from(SAMPLE_RATE);
    let end = bench
        .document
        .sequence
        .rate
        .sample_from_frame(range.end(), SAMPLE_RATE);
    let mut mixer = AudioMixer::new(bench.folders.media.clone());
    let block = mixer
        .mix(&bench.document, end - rate, rate as usize)
        .unwrap();
    let square = |value: &f32| f64::from(*value).powi(2);
    let mean = block.samples.iter().map(square).sum::<f64>() / block.samples.len() as f64;
    10.0 * mean.log10()
}

fn set(bench: &mut Bench, item: ItemId, clean: Option<CleanSpeech>) {
    bench.edit(&Edit::SetProperty {
        items: vec![item],
        property: Property::CleanSpeech(clean),
    });
}

#[test]
fn a_clip_is_heard_clean_by_as_much_as_it_says() {
    let (mut bench, item) = hissing();
    let before = last_second_db(&bench);
    let placed = clean_item(&bench.document, item, &bench.folders, &mut go_on).unwrap();
    bench.document = placed.apply(&bench.document).unwrap();
    let after = last_second_db(&bench);
    assert!(after < before - 6.0, "{before} dB became {after} dB");
    let (_, found) = bench.document.sequence.item(item).unwrap();
    let clean = found.properties.clean_speech.unwrap();
    let half = CleanSpeech {
        strength: 0.5,
        ..clean
    };
    set(&mut bench, item, Some(half));
    let between = last_second_db(&bench);
    assert!(
        (after + 1.0..before - 1.0).contains(&between),
        "{between} dB"
    );
    // Whatever is done with the clip, it is heard clean, at its own moments.
    set(&mut bench, item, Some(clean));
    bench.edit(&Edit::SetSpeed {
        items: vec![item],
        speed: Ratio::new(2, 1).unwrap(),
        is_reversed: false,
        is_ripple: true,
    });
    let fast = last_second_db(&bench);
    assert!(fast < before - 6.0, "{fast} dB");
}

#[test]
fn a_recording_is_cleaned_once() {
    let (mut bench, item) = hissing();
    let mut count = 0;
    let first = clean_item(&bench.document, item, &bench.folders, &mut |_progress| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert!(count >= 2 * SECONDS, "{count} looks at whether to go on");
    bench.edit(&Edit::Split {
        at: av::FrameIndex(30),
        items: vec![item],
    });
    let track = bench.document.sequence.tracks.iter();
    let mut items = track.flat_map(|track| &track.items).map(|item| item.id);
    let right = items.rfind(|id| *id != bench.clip && *id != item).unwrap();
    let again = clean_item(&bench.document, right, &bench.folders, &mut |_progress| {
        panic!("it was cleaned again")
    });
    assert_eq!(first.unwrap().asset, again.unwrap().asset);
}

#[test]
fn a_job_that_was_stopped_leaves_nothing() {
    let (bench, item) = hissing();
    let mut looks = 0;
    let stopped = clean_item(&bench.document, item, &bench.folders, &mut |_progress| {
        looks += 1;
        if looks < 4 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    let left = std::fs::read_dir(&bench.folders.generated).unwrap();
    assert_eq!(left.count(), 0);
    let silent = clean_item(&bench.document, bench.clip, &bench.folders, &mut go_on);
    let told = silent.unwrap_err().to_string();
    assert!(told.contains("no sound"), "{told}");
}
