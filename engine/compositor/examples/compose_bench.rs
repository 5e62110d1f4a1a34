//! You will see milliseconds per 1080p frame, on the clock and (in brackets) of the processor: what edits cost.
//! An argument picks the cases whose name has it.
#![allow(clippy::print_stdout, reason = "a benchmark's table is its output")]

use av::{ColorSpace, FrameIndex, ScanSize, Ticks, VideoFrame};
use compositor::{Compositor, OutputFormat, PictureMap, to_rgba, to_rgba_within};
use std::{collections::HashMap, error::Error, sync::Arc, time::Instant};
use timeline::{
    AssetId, BlendMode, FramePlan, ItemId, LayerPlan, MediaMoment, PicturePlan, Rgba, ShotPlan,
    Title, TransitionKind, TransitionPlan, WipeDirection,
};

const SIZE: ScanSize = ScanSize::new(1920, 1080);
/// Frames drawn per case, after one that builds pipelines.
const FRAMES: i64 = 20;

type Layers = Box<dyn Fn([PicturePlan; 2]) -> Vec<LayerPlan>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut compositor = Compositor::new()?;
    println!("{:?}", compositor.adapter_info());
    println!(
        "{:<24}{:>20}{:>20}{:>20}",
        "per 1080p frame", "render", "on device", "half"
    );
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for (name, layers) in cases() {
        if !name.contains(&wanted) {
            continue;
        }
        let mut render = |way: usize, (plan, pictures): &(FramePlan, PictureMap)| match way {
            0 => compositor.render(plan, pictures, OutputFormat::I420),
            1 => compositor.render_on_device(plan, pictures),
            _ => compositor.render_scaled(plan, pictures, 2, OutputFormat::I420),
        };
        let mut columns = Vec::new();
        for way in 0..3 {
            let scenes: Vec<_> = (0..FRAMES)
                .map(|frame| scene(frame + way * 1000, &layers))
                .collect();
            render(way as usize, &scenes[0])?;
            columns.push(measured(FRAMES, |index| {
                render(way as usize, &scenes[index])
            })?);
        }
        println!(
            "{name:<24}{:>20}{:>20}{:>20}",
            columns[0], columns[1], columns[2]
        );
    }
    let frame = picture(1);
    let half = ScanSize::new(960, 540);
    let whole = measured(FRAMES, |_| Ok(to_rgba(&frame)))?;
    let small = measured(FRAMES, |_| Ok(to_rgba_within(&frame, half)))?;
    println!("{:<24}{whole:>20}{:>20}{small:>20}", "to RGBA", "");
    Ok(())
}

/// Median milliseconds on the clock, and mean milliseconds of processor time over all threads.
fn measured(
    count: i64,
    mut work: impl FnMut(usize) -> compositor::Result<VideoFrame>,
) -> compositor::Result<String> {
    let mut times = Vec::new();
    let before = processor_millis();
    for index in 0..count as usize {
        let start = Instant::now();
        work(index)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    let processor = (processor_millis() - before) / count as f64;
    times.sort_by(f64::total_cmp);
    Ok(format!("{:.1} ({processor:.1})", times[times.len() / 2]))
}

/// Processor time of this process so far, where the system tells (in steps of ten).
fn processor_millis() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .flat_map(str::parse)
        .collect();
    fields.iter().sum::<f64>() * 10.0
}

fn cases() -> Vec<(&'static str, Layers)> {
    let title = || Title {
        text: "A title over a clip\n片头字幕".into(),
        ..Title::default()
    };
    let change = |change: fn(&mut ShotPlan)| -> Layers {
        Box::new(move |[a, _]| {
            let mut shot = shot(a);
            change(&mut shot);
            vec![layer(shot)]
        })
    };
    let transition = |kind: TransitionKind| -> Layers {
        Box::new(move |pictures| {
            let [from, to] = pictures.map(shot);
            vec![LayerPlan::Transition(Box::new(TransitionPlan {
                kind,
                progress: 0.4,
                from,
                to,
            }))]
        })
    };
    vec![
        ("nothing", Box::new(|_| Vec::new())),
        ("untouched", change(|_| {})),
        ("dissolve", transition(TransitionKind::Dissolve)),
        ("dip", transition(TransitionKind::Dip(Rgba::BLACK))),
        (
            "wipe",
            transition(TransitionKind::Wipe(WipeDirection::Left)),
        ),
        (
            "clip + title",
            Box::new(move |[a, _]| vec![layer(shot(a)), layer(shot(PicturePlan::Title(title())))]),
        ),
        ("corrected", change(|shot| shot.color.contrast = 0.2)),
        ("zoomed", change(|shot| shot.scale = [1.2, 1.2])),
        ("turned", change(|shot| shot.rotation_degrees = 5.0)),
        (
            "picture in picture",
            Box::new(|[a, b]| {
                let small = ShotPlan {
                    scale: [0.4, 0.4],
                    position: [0.25, 0.25],
                    ..shot(b)
                };
                vec![layer(shot(a)), layer(small)]
            }),
        ),
    ]
}

fn scene(frame: i64, layers: &Layers) -> (FramePlan, PictureMap) {
    let moments = [1, 2].map(|asset| MediaMoment {
        asset: AssetId(asset),
        time: Ticks(frame),
    });
    let pictures =
        moments.map(|moment| (moment, Arc::new(picture(frame * 2 + moment.asset.0 as i64))));
    let plan = FramePlan {
        frame: FrameIndex(frame),
        size: SIZE,
        background: Rgba::BLACK,
        layers: layers(moments.map(PicturePlan::Media)),
    };
    (plan, PictureMap(HashMap::from(pictures)))
}

fn picture(seed: i64) -> VideoFrame {
    let plane = |count: usize, step: usize| -> Vec<u8> {
        (0..count)
            .map(|i| (i.wrapping_mul(step).wrapping_add(seed as usize * 7) % 219 + 16) as u8)
            .collect()
    };
    let area = SIZE.area() as usize;
    let planes = [plane(area, 13), plane(area / 4, 7), plane(area / 4, 5)];
    VideoFrame::from_i420(SIZE, ColorSpace::VIDEO, planes, Ticks(seed))
}

fn layer(shot: ShotPlan) -> LayerPlan {
    LayerPlan::Shot {
        shot: Box::new(shot),
        blend: BlendMode::Normal,
    }
}

fn shot(picture: PicturePlan) -> ShotPlan {
    ShotPlan::plain(ItemId(1), picture)
}
