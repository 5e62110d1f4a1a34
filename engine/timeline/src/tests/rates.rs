//! Exactness at every rate: what is cut shows what it showed, what abuts abuts.

use super::ascii::{media, scene};
use crate::{
    Document, Edit, Item, PicturePlan, apply, check,
    edit::{Edge, Placement, Streams},
    plan::LayerPlan,
    plan_audio, plan_frame,
};
use av::{FrameCount, FrameIndex, FrameRate, Ratio, SAMPLE_RATE, Ticks};
use proptest::prelude::*;

pub const RATES: [&str; 6] = ["24000/1001", "24", "25", "30000/1001", "50", "60000/1001"];

/// A document at `rate` with one clip of other media, at a speed.
fn clip_at(rate: FrameRate, media_rate: FrameRate, speed: Ratio, is_reversed: bool) -> Document {
    let mut document = apply(&scene("").0, &Edit::SetRate { rate }).unwrap();
    let info = Box::new(media(2000, media_rate));
    let fingerprint = av::Fingerprint([7; 16]);
    let add = Edit::AddAsset {
        fingerprint,
        path: "m.mp4".into(),
        name: "M".into(),
        info,
        is_generated: false,
    };
    document = apply(&document, &add).unwrap();
    let asset = document.assets.find_fingerprint(fingerprint).unwrap().id;
    let placement = Placement {
        source_start: Ticks::from_seconds_fraction(1, 3),
        count: Some(FrameCount(500)),
        streams: Streams::Both,
        ..Placement::whole(asset)
    };
    document = apply(
        &document,
        &Edit::Insert {
            placement,
            at: FrameIndex(7),
        },
    )
    .unwrap();
    let item = first(&document).id;
    apply(
        &document,
        &Edit::SetSpeed {
            items: vec![item],
            speed,
            is_reversed,
            is_ripple: false,
        },
    )
    .unwrap()
}

fn first(document: &Document) -> &Item {
    &document.sequence.tracks[0].items[0]
}

fn times(document: &Document) -> Vec<Option<Ticks>> {
    let range = document.sequence.range();
    range
        .frames()
        .map(|frame| match plan_frame(document, frame).layers.first()? {
            LayerPlan::Shot { shot, .. } => match &shot.picture {
                PicturePlan::Media(moment) => Some(moment.time),
                PicturePlan::Title(_) | PicturePlan::Solid(_) => None,
            },
            LayerPlan::Transition(_) => None,
        })
        .collect()
}

/// Every media sample that is heard, by sequence sample, for clips at normal speed.
fn heard(document: &Document) -> Vec<(i64, i64, i64)> {
    let end = document
        .sequence
        .rate
        .sample_from_frame(document.sequence.range().end(), SAMPLE_RATE);
    let mut runs: Vec<(i64, i64, i64)> = Vec::new();
    for segment in plan_audio(document, 0, end).segments {
        let (start, media) = (segment.start_sample, segment.media_start_sample);
        match runs.last_mut() {
            Some((run_start, count, run_media))
                if *run_start + *count == start && *run_media + *count == media =>
            {
                *count += segment.sample_count;
            }
            Some(_) | None => runs.push((start, segment.sample_count, media)),
        }
    }
    runs
}

fn rates() -> impl Strategy<Value = FrameRate> {
    prop::sample::select(&RATES[..]).prop_map(|rate| rate.parse().unwrap())
}

fn speeds() -> impl Strategy<Value = Ratio> {
    let speeds = [
        "1",
        "2",
        "1/2",
        "3/7",
        "7/3",
        "1001/1000",
        "999983/1000000",
        "1/3",
    ];
    prop::sample::select(speeds.to_vec()).prop_map(|speed| speed.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Cut anywhere, cut again, trimmed to and fro: every frame shows the moment it showed.
    #[test]
    fn split_and_join_show_the_same_moments(
        rate in rates(), media_rate in rates(), speed in speeds(), is_reversed: bool,
        cuts in prop::collection::vec(0..400_i64, 1..5),
    ) {
        let whole = clip_at(rate, media_rate, speed, is_reversed);
        let before = times(&whole);
        prop_assert!(before.iter().flatten().count() >= 100);
        let mut document = whole.clone();
        for cut in &cuts {
            let at = FrameIndex(8 + cut % (first(&whole).count.0 - 1));
            if let Ok(next) = apply(&document, &Edit::Split { at, items: Vec::new() }) {
                document = next;
            }
        }
        prop_assert_eq!(&times(&document), &before);
        // Joined again: the left part grows over the right one.
        let (left, count) = (first(&document).clone(), first(&whole).count);
        while let Some(right) = document.sequence.tracks[0].items.get(1) {
            document = apply(&document, &Edit::Lift { items: vec![right.id] }).unwrap();
        }
        let to = left.start + count;
        document = apply(&document, &Edit::Trim { item: left.id, edge: Edge::End, to, alone: false }).unwrap();
        prop_assert_eq!(&times(&document), &before);
    }

    /// The sound of a cut clip goes on without a sample lost or doubled.
    #[test]
    fn split_sound_goes_on(rate in rates(), media_rate in rates(), cut in 1..300_i64) {
        let whole = clip_at(rate, media_rate, Ratio::ONE, false);
        let at = FrameIndex(7 + cut % first(&whole).count.0.max(2));
        let Ok(split) = apply(&whole, &Edit::Split { at, items: Vec::new() }) else { return Ok(()) };
        prop_assert_eq!(heard(&split), heard(&whole));
        prop_assert_eq!(heard(&whole).len(), 1);
    }

    /// A rate is changed, and back: what abutted abuts, in picture and sound, and the document is sound.
    #[test]
    fn what_abuts_abuts_at_every_rate(rate in rates(), next in rates(), cuts in prop::collection::vec(0..450_i64, 1..20)) {
        let mut document = clip_at(rate, rate, Ratio::ONE, false);
        let count = first(&document).count.0;
        for cut in cuts {
            if let Ok(split) = apply(&document, &Edit::Split { at: FrameIndex(8 + cut % (count - 1)), items: Vec::new() }) {
                document = split;
            }
        }
        for rate in [next, rate] {
            document = apply(&document, &Edit::SetRate { rate }).unwrap();
            for track in document.sequence.tracks.iter().filter(|track| !track.items.is_empty()) {
                for index in 0..track.items.len() - 1 {
                    prop_assert!(track.abuts_next(index), "{} of {}", index, crate::file::draw(&document.sequence));
                }
            }
            prop_assert_eq!(heard(&document).first().map(|run| run.0), Some(rate.sample_from_frame(first(&document).start, SAMPLE_RATE)));
            prop_assert_eq!(check(&document), []);
        }
    }

    /// Cut into any blocks, the sound plan says the same for every sample.
    #[test]
    fn sound_plans_join(rate in rates(), speed in speeds(), is_reversed: bool, block in 100..5000_i64) {
        let document = clip_at(rate, FrameRate::FPS_25, speed, is_reversed);
        let end = rate.sample_from_frame(document.sequence.range().end(), SAMPLE_RATE);
        let whole = plan_audio(&document, 0, end).segments.remove(0);
        let mut start = 0;
        while start < end.min(40 * block) {
            for segment in plan_audio(&document, start, block).segments {
                let moved = (segment.start_sample - whole.start_sample) as f64 * speed.as_f64();
                let expected = whole.media_start_sample as f64 + if is_reversed { -moved } else { moved };
                prop_assert!((segment.media_start_sample as f64 - expected).abs() <= 1.0);
                prop_assert!(segment.start_sample >= start && segment.start_sample + segment.sample_count <= start + block);
            }
            start += block;
        }
    }
}

#[test]
fn backwards_begins_with_the_last_frame() {
    for rate in RATES {
        let rate: FrameRate = rate.parse().unwrap();
        let forwards = clip_at(rate, rate, Ratio::ONE, false);
        let backwards = clip_at(rate, rate, Ratio::ONE, true);
        let mut mirrored = times(&backwards);
        mirrored[7..].reverse();
        assert_eq!(mirrored, times(&forwards), "{rate}");
    }
}

#[test]
fn normal_speed_counts_from_whole_ticks() {
    for rate in RATES {
        let rate: FrameRate = rate.parse().unwrap();
        let document = clip_at(rate, FrameRate::FPS_24, Ratio::ONE, false);
        let split = Edit::Split {
            at: FrameIndex(100),
            items: Vec::new(),
        };
        let document = apply(&document, &split).unwrap();
        let right = &document.sequence.tracks[0].items[1];
        assert_eq!(right.media().unwrap().offset, FrameCount::ZERO, "{rate}");
    }
}

#[test]
fn ten_hours_in_nothing_drifts() {
    for rate in RATES {
        let rate: FrameRate = rate.parse().unwrap();
        let mut document = clip_at(rate, rate, Ratio::ONE, false);
        let before = times(&document);
        let item = first(&document).id;
        let far = FrameCount(10 * 3600 * 60);
        document = apply(
            &document,
            &Edit::Move {
                items: vec![item],
                by: far,
                to_track: None,
            },
        )
        .unwrap();
        let moved = plan_frame(&document, first(&document).start + FrameCount(99)).moments();
        assert_eq!(Some(moved[0].time), before[7 + 99]);
        let sound = heard(&document);
        assert_eq!(
            sound[0].0,
            rate.sample_from_frame(first(&document).start, SAMPLE_RATE)
        );
    }
}
