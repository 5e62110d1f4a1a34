//! Layers into one target, bottom to top, then out as I420.

use crate::{
    Error, Result,
    color::ColorMap,
    compositor::Gathered,
    device::{Gpu, Target},
    look::{LookCache, LookTexture},
    pass::{
        Meeting, begin,
        blur::BlurPass,
        encode::EncodePass,
        matte::MattePass,
        over::OverPass,
        shot::{Backdrop, Canvas, Finishing, Shot, ShotPass, WHOLE, Weight},
    },
    picture::{Picture, PictureCache},
    placement::{Frame, Placement},
    target_pool::TargetPool,
    title::TitleCache,
    transition::{Part as TransitionPart, parts},
};
use av::{ScanSize, VideoFrame};
use std::sync::Arc;
use timeline::{BlendMode, FramePlan, LayerPlan, MatteView, Rgba};

/// Everything that lives on the device.
#[derive(Debug)]
pub struct Renderer {
    pub(crate) gpu: Gpu,
    pub(crate) pictures: PictureCache,
    pub(crate) titles: TitleCache,
    pub(crate) looks: LookCache,
    pub(crate) targets: TargetPool,
    pub(crate) shot: ShotPass,
    pub(crate) blur: BlurPass,
    pub(crate) matte: MattePass,
    over: OverPass,
    encode: EncodePass,
}

/// What a background is swapped for, ready to be drawn.
#[derive(Debug)]
pub(crate) enum ReadyBackdrop {
    Color([f32; 4]),
    Texture(wgpu::TextureView),
}

/// What is done to a subject's colors, ready to be drawn.
#[derive(Debug)]
pub(crate) struct ReadyFinish {
    pub matched: ColorMap,
    pub spill: f32,
    pub wrap: f32,
    pub sides: Option<[wgpu::TextureView; 2]>,
    pub light: Option<wgpu::TextureView>,
}

/// A background swap, ready to be drawn.
#[derive(Debug)]
pub(crate) struct ReadyBackground {
    pub matte: Picture,
    pub backdrop: ReadyBackdrop,
    pub finish: Option<ReadyFinish>,
    pub view: MatteView,
}

/// Color of the subject where it is shown tinted, and how much of it is mixed in.
const TINT: [f32; 4] = [0.95, 0.10, 0.55, 0.5];

impl ReadyBackground {
    fn backdrop(&self) -> Backdrop<'_> {
        match (self.view, &self.backdrop) {
            (MatteView::Overlay, _) => Backdrop::Tint(TINT),
            (MatteView::Matte, _) => Backdrop::Matte,
            (MatteView::Result, ReadyBackdrop::Color(color)) => Backdrop::Color(*color),
            (MatteView::Result, ReadyBackdrop::Texture(view)) => Backdrop::Texture(view),
        }
    }

    /// Whether it lets nothing below through.
    fn is_opaque(&self) -> bool {
        match (self.view, &self.backdrop) {
            (MatteView::Overlay | MatteView::Matte, _) => true,
            (MatteView::Result, ReadyBackdrop::Color(color)) => color[3] >= 1.0,
            (MatteView::Result, ReadyBackdrop::Texture(_)) => false,
        }
    }

    fn finishing(&self) -> Option<Finishing<'_>> {
        let finish = self.finish.as_ref()?;
        Some(Finishing {
            matched: finish.matched,
            spill: finish.spill,
            wrap: finish.wrap,
            sides: finish.sides.as_ref().map(|[front, back]| [front, back]),
            light: finish.light.as_ref(),
        })
    }
}

/// A shot with everything it needs on the device.
#[derive(Debug)]
pub(crate) struct Ready {
    pub picture: Picture,
    pub placement: Placement,
    pub background: Option<ReadyBackground>,
    pub grade: Option<ColorMap>,
    pub look: Option<Arc<LookTexture>>,
    pub opacity: f64,
}

#[derive(Debug)]
enum ReadyLayer {
    Shot(Box<Ready>, BlendMode),
    Transition(Vec<(Ready, Weight)>),
}

impl Ready {
    /// Whether nothing below can be seen.
    fn hides_all(&self) -> bool {
        let background = self.background.as_ref();
        let is_swapped_opaque = background.is_none_or(ReadyBackground::is_opaque);
        self.placement.covers_frame
            && self.picture.is_opaque
            && self.opacity >= 1.0
            && is_swapped_opaque
    }

    fn shot(&self, weight: Weight) -> Shot<'_> {
        Shot {
            picture: &self.picture,
            placement: &self.placement,
            background: self
                .background
                .as_ref()
                .map(|background| (&background.matte, background.backdrop())),
            finish: self
                .background
                .as_ref()
                .and_then(ReadyBackground::finishing),
            grade: self.grade,
            look: self.look.as_deref(),
            weight,
            opacity: self.opacity,
            blend: BlendMode::Normal,
            // Reading what a whole picture covers anyway costs a software adapter a third of the draw.
            meeting: if self.hides_all() {
                Meeting::Replace
            } else {
                Meeting::Over
            },
        }
    }
}

impl ReadyLayer {
    fn hides_all(&self) -> bool {
        match self {
            Self::Shot(ready, blend) => *blend == BlendMode::Normal && ready.hides_all(),
            // Both weights add up to one everywhere.
            Self::Transition(parts) => {
                parts.len() == 2 && parts.iter().all(|(ready, _)| ready.hides_all())
            }
        }
    }
}

impl Renderer {
    /// Sets up all passes on `gpu`.
    pub fn new(gpu: Gpu) -> Self {
        Self {
            pictures: PictureCache::default(),
            titles: TitleCache::default(),
            looks: LookCache::default(),
            targets: TargetPool::default(),
            shot: ShotPass::new(&gpu),
            blur: BlurPass::new(&gpu),
            matte: MattePass::new(&gpu),
            over: OverPass::new(&gpu),
            encode: EncodePass::new(&gpu),
            gpu,
        }
    }

    /// Draws `plan` at `frame.drawn` pixels.
    pub fn frame(
        &mut self,
        plan: &FramePlan,
        pictures: &Gathered,
        frame: Frame,
    ) -> Result<VideoFrame> {
        self.check_size(frame.drawn)?;
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layers = self.ready_layers(&mut encoder, plan, pictures, frame)?;
        let target = self.targets.take(&self.gpu, frame.drawn);
        let mut clear = Some(opaque(plan.background));
        for layer in &layers {
            match layer {
                ReadyLayer::Shot(ready, blend) => {
                    self.draw_shot(&mut encoder, ready, *blend, &target, clear.take());
                }
                ReadyLayer::Transition(parts) if layer.hides_all() => {
                    clear = None;
                    self.draw_sum(&mut encoder, parts, &target);
                }
                ReadyLayer::Transition(parts) => {
                    drop(begin(&mut encoder, &target, clear.take()));
                    let layer = self.targets.take(&self.gpu, frame.drawn);
                    self.draw_sum(&mut encoder, parts, &layer);
                    self.over.record(&self.gpu, &mut encoder, &layer, &target);
                    self.targets.give(layer);
                }
            }
        }
        if clear.is_some() {
            drop(begin(&mut encoder, &target, clear));
        }
        let drawn = self.encode.finish(&self.gpu, encoder, &target);
        self.targets.give(target);
        drawn
    }

    /// Refuses frames that no texture holds.
    pub fn check_size(&self, size: ScanSize) -> Result<()> {
        let side_max = self.gpu.side_max.min(ScanSize::SIDE_MAX);
        let fits = size.is_usable() && size.width.max(size.height) <= side_max;
        fits.then_some(()).ok_or(Error::Size {
            what: "a frame",
            size,
            side_max,
        })
    }

    /// Layers that can be seen, bottom first: everything below one that hides all is left out, uploads included.
    fn ready_layers(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        plan: &FramePlan,
        pictures: &Gathered,
        frame: Frame,
    ) -> Result<Vec<ReadyLayer>> {
        let mut layers = Vec::new();
        for layer in plan.layers.iter().rev() {
            let ready = match layer {
                LayerPlan::Shot { shot, blend } => self
                    .ready(encoder, shot, pictures, frame)?
                    .map(|ready| ReadyLayer::Shot(Box::new(ready), *blend)),
                LayerPlan::Transition(transition) => {
                    let mut both = Vec::new();
                    for (part, weight) in parts(transition, frame.drawn) {
                        let ready = match part {
                            TransitionPart::Shot(shot) => {
                                self.ready(encoder, shot, pictures, frame)?
                            }
                            TransitionPart::Color(color) => self.ready_color(color, frame),
                        };
                        both.extend(ready.map(|ready| (ready, weight)));
                    }
                    Some(ReadyLayer::Transition(both))
                }
            };
            let hides_all = ready.as_ref().is_some_and(ReadyLayer::hides_all);
            layers.extend(ready);
            if hides_all {
                break;
            }
        }
        layers.reverse();
        Ok(layers)
    }

    fn draw_shot(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        ready: &Ready,
        blend: BlendMode,
        target: &Target,
        mut clear: Option<[f64; 4]>,
    ) {
        let below = (blend != BlendMode::Normal).then(|| {
            if let Some(color) = clear.take() {
                drop(begin(encoder, target, Some(color)));
            }
            let below = self.targets.take(&self.gpu, target.size);
            encoder.copy_texture_to_texture(
                target.texture.as_image_copy(),
                below.texture.as_image_copy(),
                crate::device::extent(target.size),
            );
            below
        });
        let shot = Shot {
            blend,
            ..ready.shot(WHOLE)
        };
        let canvas = Canvas {
            target,
            below: below.as_ref(),
            clear,
        };
        self.shot.record(&self.gpu, encoder, &shot, &canvas);
        if let Some(below) = below {
            self.targets.give(below);
        }
    }

    /// Draws both sides of a transition into `target`, which is emptied first.
    fn draw_sum(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        parts: &[(Ready, Weight)],
        target: &Target,
    ) {
        let mut clear = Some([0.0; 4]);
        for (ready, weight) in parts {
            let shot = Shot {
                // The first one meets an empty target.
                meeting: if clear.is_some() {
                    Meeting::Replace
                } else {
                    Meeting::Sum
                },
                ..ready.shot(*weight)
            };
            let canvas = Canvas {
                target,
                below: None,
                clear: clear.take(),
            };
            self.shot.record(&self.gpu, encoder, &shot, &canvas);
        }
        if clear.is_some() {
            drop(begin(encoder, target, clear));
        }
    }
}

/// A color as it lies on black: frames have no transparency.
fn opaque(Rgba([r, g, b, a]): Rgba) -> [f64; 4] {
    let alpha = f64::from(a) / 255.0;
    let [r, g, b] = [r, g, b].map(|value| f64::from(value) / 255.0 * alpha);
    [r, g, b, 1.0]
}
