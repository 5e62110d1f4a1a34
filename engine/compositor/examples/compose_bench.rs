//! You will see milliseconds per 1080p frame, medians: what people's edits cost, with the shortcuts and without.
#![allow(clippy::print_stdout, reason = "a benchmark's table is its output")]

use av::{ColorSpace, FrameIndex, ScanSize, Ticks, VideoFrame};
use compositor::{Compositor, OutputFormat, PictureMap, to_rgba, to_rgba_within};
use std::{collections::HashMap, error::Error, sync::Arc, time::Instant};
use timeline::{
    AssetId, BlendMode, ColorControls, Crop, Fit, FramePlan, ItemId, LayerPlan, MediaMoment,
    PicturePlan, Rgba, ShotPlan, Title, TransitionKind, TransitionPlan, WipeDirection,
};

const SIZE: ScanSize = ScanSize::new(1920, 1080);
/// Frames drawn per case; the first ones build pipelines and fill caches.
const FRAMES: i64 = 12;

type Layers = Box<dyn Fn([PicturePlan; 2]) -> Vec<LayerPlan>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut compositor = Compositor::new()?;
    println!("{:?}", compositor.adapter_info());
    println!(
        "{:<28}{:>10}{:>12}{:>10}",
        "ms per 1080p frame", "render", "on device", "half"
    );
    for (name, layers) in cases() {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for frame in 0..FRAMES {
            let (plan, pictures) = scene(frame, &layers);
            let mut time =
                |index: usize, work: &mut dyn FnMut() -> compositor::Result<VideoFrame>| {
                    let start = Instant::now();
                    let drawn = work();
                    times[index].push(start.elapsed().as_secs_f64() * 1000.0);
                    drawn
                };
            time(0, &mut || {
                compositor.render(&plan, &pictures, OutputFormat::I420)
            })?;
            let (plan, pictures) = scene(frame + 1000, &layers);
            time(1, &mut || compositor.render_on_device(&plan, &pictures))?;
            let (plan, pictures) = scene(frame + 2000, &layers);
            time(2, &mut || {
                compositor.render_scaled(&plan, &pictures, 2, OutputFormat::I420)
            })?;
        }
        let [render, device, half] = times.map(median);
        println!("{name:<28}{render:>10.1}{device:>12.1}{half:>10.1}");
    }
    let frame = picture(1);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..FRAMES {
        let start = Instant::now();
        to_rgba(&frame);
        times[0].push(start.elapsed().as_secs_f64() * 1000.0);
        let start = Instant::now();
        to_rgba_within(&frame, ScanSize::new(960, 540));
        times[1].push(start.elapsed().as_secs_f64() * 1000.0);
    }
    let [whole, half] = times.map(median);
    println!("{:<28}{whole:>10.1}{:>12}{half:>10.1}", "to RGBA", "");
    Ok(())
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
    ShotPlan {
        item: ItemId(1),
        picture,
        fit: Fit::Contain,
        crop: Crop::default(),
        position: [0.0, 0.0],
        scale: [1.0, 1.0],
        rotation_degrees: 0.0,
        opacity: 1.0,
        color: ColorControls::default(),
        look: None,
        background: None,
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
