//! Small plans and pictures for the tests of drawing.
#![allow(
    dead_code,
    reason = "each test file uses its own part of these helpers"
)]

use av::{ColorSpace, FrameIndex, ScanSize, Ticks, VideoFrame};
use compositor::{AdapterChoice, Compositor, Options, OutputFormat, PictureMap};
use std::sync::Arc;
use timeline::{
    AssetId, BlendMode, FramePlan, ItemId, LayerPlan, MediaMoment, PicturePlan, Rgba, ShotPlan,
    TransitionKind, TransitionPlan,
};

/// A compositor on the software adapter.
pub fn software() -> Compositor {
    let options = Options {
        adapter: AdapterChoice::Software,
    };
    Compositor::with_options(options).expect("a software adapter is installed")
}

/// A plan in the making, with its pictures.
pub struct Scene {
    pub plan: FramePlan,
    pub pictures: PictureMap,
}

impl Scene {
    pub fn new(size: ScanSize) -> Self {
        Self {
            plan: FramePlan {
                frame: FrameIndex(0),
                size,
                background: Rgba::BLACK,
                layers: Vec::new(),
            },
            pictures: PictureMap::default(),
        }
    }

    /// Makes `frame` known and names the moment that shows it.
    pub fn know(&mut self, frame: VideoFrame) -> MediaMoment {
        let moment = MediaMoment {
            asset: AssetId(self.pictures.0.len() as u64 + 1),
            time: frame.pts,
        };
        self.pictures.0.insert(moment, Arc::new(frame));
        moment
    }

    /// Puts `frame` on top, untouched.
    pub fn push(&mut self, frame: VideoFrame) -> &mut ShotPlan {
        let moment = self.know(frame);
        self.push_shot(shot(PicturePlan::Media(moment)), BlendMode::Normal)
    }

    pub fn push_shot(&mut self, shot: ShotPlan, blend: BlendMode) -> &mut ShotPlan {
        self.plan.layers.push(LayerPlan::Shot {
            shot: Box::new(shot),
            blend,
        });
        match self.plan.layers.last_mut() {
            Some(LayerPlan::Shot { shot, .. }) => shot,
            Some(LayerPlan::Transition(_)) | None => unreachable!("a shot was just put there"),
        }
    }

    pub fn push_transition(
        &mut self,
        kind: TransitionKind,
        progress: f64,
        [from, to]: [VideoFrame; 2],
    ) -> &mut TransitionPlan {
        let [from, to] = [from, to].map(|frame| shot(PicturePlan::Media(self.know(frame))));
        self.plan
            .layers
            .push(LayerPlan::Transition(Box::new(TransitionPlan {
                kind,
                progress,
                from,
                to,
            })));
        match self.plan.layers.last_mut() {
            Some(LayerPlan::Transition(transition)) => transition,
            Some(LayerPlan::Shot { .. }) | None => unreachable!("one was just put there"),
        }
    }

    pub fn render(&self, compositor: &mut Compositor) -> VideoFrame {
        compositor
            .render(&self.plan, &self.pictures, OutputFormat::I420)
            .expect("the scene can be drawn")
    }

    pub fn render_on_device(&self, compositor: &mut Compositor) -> VideoFrame {
        compositor
            .render_on_device(&self.plan, &self.pictures)
            .expect("the scene can be drawn")
    }
}

/// A shot with nothing done to it.
pub fn shot(picture: PicturePlan) -> ShotPlan {
    ShotPlan::plain(ItemId(1), picture)
}

/// One color everywhere.
pub fn i420(size: ScanSize, color: ColorSpace, [y, u, v]: [u8; 3]) -> VideoFrame {
    let half = size.width.div_ceil(2) as usize * size.height.div_ceil(2) as usize;
    VideoFrame::from_i420(
        size,
        color,
        [vec![y; size.area() as usize], vec![u; half], vec![v; half]],
        Ticks::ZERO,
    )
}

/// Noise in every plane, all codes included; the same for the same seed.
pub fn random_i420(size: ScanSize, seed: u32) -> VideoFrame {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut noise = |count: usize| -> Vec<u8> {
        (0..count)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                (state >> 11) as u8
            })
            .collect()
    };
    let half = size.width.div_ceil(2) as usize * size.height.div_ceil(2) as usize;
    let planes = [noise(size.area() as usize), noise(half), noise(half)];
    VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, Ticks(i64::from(seed)))
}

/// An RGBA picture by a function of its pixels.
pub fn rgba(size: ScanSize, color: impl Fn(u32, u32) -> [u8; 4]) -> VideoFrame {
    let data = (0..size.height)
        .flat_map(|y| (0..size.width).map(move |x| (x, y)))
        .flat_map(|(x, y)| color(x, y))
        .collect();
    VideoFrame::from_rgba(size, data, Ticks::ZERO)
}

/// The shown color at a pixel, as floats from 0 to 255.
pub fn color_at(frame: &VideoFrame, x: usize, y: usize) -> [f64; 3] {
    let codes = [
        frame.row(0, y)[x],
        frame.row(1, y / 2)[x / 2],
        frame.row(2, y / 2)[x / 2],
    ]
    .map(f64::from);
    compositor::color::rgb_from_codes(frame.color)
        .apply(codes)
        .map(|value| value * 255.0)
}

/// Fails unless each channel is within `tolerance`.
#[track_caller]
pub fn assert_near(got: [f64; 3], want: [f64; 3], tolerance: f64, what: &str) {
    let is_near = got
        .iter()
        .zip(want)
        .all(|(g, w)| (g - w).abs() <= tolerance);
    assert!(is_near, "{what}: got {got:.1?}, want {want:.1?}");
}
