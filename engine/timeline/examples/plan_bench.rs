//! Prints how long planning, editing, checking and saving take on a sequence of 5,000 clips, as medians.

use av::{
    AudioStreamInfo, ColorSpace, Fingerprint, FrameCount, FrameIndex, FrameRate, MediaInfo, Ratio,
    ScanSize, Ticks, VideoStreamInfo,
};
use std::{hint::black_box, io::Write as _, time::Instant};
use timeline::{
    Document, Edit, Sequence, TransitionKind, apply, check,
    edit::{Edge, Placement},
    file, plan_audio, plan_frame,
};

const CLIPS: usize = 2500;
const CLIP_FRAMES: i64 = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = long_document()?;
    let items: usize = document
        .sequence
        .tracks
        .iter()
        .map(|track| track.items.len())
        .sum();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{items} items, {} frames", document.sequence.count())?;
    let middle = document.sequence.tracks[0].items[CLIPS / 2].clone();
    let first = document.sequence.tracks[0].items[0].clone();
    let frames = document.sequence.count().0;
    let mut next = 0_i64;
    let mut report = |name: &str, rounds: usize, work: &mut dyn FnMut()| -> std::io::Result<()> {
        writeln!(out, "{name:<34} {:>9.1} µs", median_micros(rounds, work))
    };
    report("plan one frame", 2000, &mut || {
        next = (next * 7919 + 104_729) % frames;
        black_box(plan_frame(&document, FrameIndex(next)));
    })?;
    report("plan 1024 samples of sound", 2000, &mut || {
        next = (next * 7919 + 104_729) % frames;
        black_box(plan_audio(&document, next * 1920, 1024));
    })?;
    report("check", 200, &mut || {
        black_box(check(&document));
    })?;
    let trim = |item: &timeline::Item, by: i64| Edit::Trim {
        item: item.id,
        edge: Edge::End,
        to: item.range().end() - FrameCount(by),
        alone: false,
    };
    let ripple = Edit::RippleTrim {
        item: first.id,
        edge: Edge::End,
        to: first.range().end() - FrameCount(5),
        alone: false,
    };
    let edits = [
        ("trim in the middle, with check", trim(&middle, 5)),
        ("ripple trim of the first clip", ripple),
        (
            "ripple delete in the middle",
            Edit::RippleDelete {
                items: vec![middle.id],
            },
        ),
        (
            "split everything at a frame",
            Edit::Split {
                at: middle.start + FrameCount(9),
                items: vec![],
            },
        ),
    ];
    for (name, edit) in &edits {
        report(name, 200, &mut || {
            black_box(apply(&document, edit).is_ok());
        })?;
    }
    let text = file::save(&document)?;
    report("save to text", 10, &mut || {
        black_box(file::save(&document).is_ok());
    })?;
    report("load from text", 10, &mut || {
        black_box(file::load(&text).is_ok());
    })?;
    writeln!(out, "project file: {} KiB", text.len() / 1024).map_err(Into::into)
}

fn median_micros(rounds: usize, work: &mut dyn FnMut()) -> f64 {
    let mut micros: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    micros[rounds / 2]
}

/// 2,500 linked pairs of picture and sound, every tenth cut with a dissolve.
fn long_document() -> Result<Document, Box<dyn std::error::Error>> {
    let sequence = Sequence::new(ScanSize::new(1920, 1080), FrameRate::FPS_25);
    let mut document = Document::new("bench", sequence);
    let fingerprint = Fingerprint([1; 16]);
    document = apply(
        &document,
        &Edit::AddAsset {
            fingerprint,
            path: "bench.mp4".into(),
            name: String::new(),
            info: Box::new(media()),
            is_generated: false,
        },
    )?;
    let asset = document
        .assets
        .find_fingerprint(fingerprint)
        .ok_or("no asset")?
        .id;
    let placement = Placement {
        source_start: Ticks::from_seconds_fraction(10, 1),
        count: Some(FrameCount(CLIP_FRAMES)),
        ..Placement::whole(asset)
    };
    let appends = vec![Edit::Append { placement }; CLIPS];
    document = apply(
        &document,
        &Edit::Batch {
            label: "Fill".into(),
            edits: appends,
        },
    )?;
    let lefts = document.sequence.tracks[0]
        .items
        .iter()
        .step_by(10)
        .map(|item| item.id);
    let dissolve = |left| Edit::AddTransition {
        left,
        kind: TransitionKind::Dissolve,
        before: FrameCount(6),
        after: FrameCount(6),
    };
    let edits = lefts.map(dissolve).collect();
    Ok(apply(
        &document,
        &Edit::Batch {
            label: "Dissolves".into(),
            edits,
        },
    )?)
}

fn media() -> MediaInfo {
    MediaInfo {
        container: "bench".into(),
        duration: Ticks::from_seconds_fraction(60, 1),
        video: Some(VideoStreamInfo {
            size: ScanSize::new(1920, 1080),
            pixel_aspect: Ratio::ONE,
            rate: Some(FrameRate::FPS_25),
            frame_count: 1500,
            codec: "bench".into(),
            color: ColorSpace::VIDEO,
            has_alpha: false,
        }),
        audio: Some(AudioStreamInfo {
            channels: 2,
            sample_rate: 48_000,
            codec: "bench".into(),
        }),
        is_still: false,
    }
}
