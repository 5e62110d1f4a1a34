//! Frames whose layers lie pixel on pixel, drawn on the processor straight in Y, U and V.
//!
//! Covering, fading and wiping are linear, and so is the way from gamma-coded R'G'B' to Y'CbCr; doing them in either
//! space gives the same picture. Dissolves, dips, wipes and fades of clips at the sequence's size, and titles, colors
//! and pictures over them, therefore need no graphics device: several times faster than a software one, and the same
//! bytes on every machine. The compositor takes this way whenever it can, for preview and export alike; each layer may
//! differ from what the device draws by rounding, one code at most.

use crate::{
    Result,
    color::{is_video, video_codes_from_rgb},
    compositor::Gathered,
    passthrough::as_i420,
    placement::{Frame, Geometry, Part, Placement, place_part},
    planar::{
        mix::{Weights, constant, mixed},
        overlay::{Overlay, laid_over},
        patch::{Patch, patched},
    },
    title::TitleCache,
    transition::{Part as Side, parts},
};
use av::{PixelFormat, Transfer, VideoFrame};
use std::sync::Arc;
use timeline::{BlendMode, FramePlan, LayerPlan, PicturePlan, Rgba, ShotPlan, TransitionPlan};

mod mix;
mod overlay;
mod patch;

/// One thing that is done to the picture so far.
enum Step {
    /// Becomes this picture as far as the weights say.
    Mix(VideoFrame, Weights),
    /// Becomes the second picture instead of the first as far as the weights say, whatever lies below.
    Transition(VideoFrame, VideoFrame, Weights),
    /// Is covered by colors.
    Overlay(Overlay),
    /// Is covered by a video picture, code by code.
    Patch(Patch),
}

/// The finished frame, if all of `plan` can be done this way.
pub fn planar(
    plan: &FramePlan,
    pictures: &Gathered,
    titles: &mut TitleCache,
) -> Result<Option<VideoFrame>> {
    let mut drawing = Drawing {
        plan,
        pictures,
        titles,
    };
    let mut steps = Vec::new();
    for layer in &plan.layers {
        let step = match layer {
            LayerPlan::Shot {
                shot,
                blend: BlendMode::Normal,
            } => drawing.shot(shot)?,
            LayerPlan::Shot { .. } => None,
            LayerPlan::Transition(transition) => drawing.transition(transition)?,
        };
        match step {
            Some(step) => steps.push(step),
            None => return Ok(None),
        }
    }
    // What comes before a transition or a whole picture cannot be seen.
    let first = steps.iter().rposition(Step::hides_all).unwrap_or(0);
    if soft_edges_meet(&steps[first..]) {
        return Ok(None);
    }
    let mut state = constant(plan.size, opaque(plan.background));
    for step in steps.drain(first..) {
        state = match step {
            Step::Mix(picture, Weights::Whole) => picture,
            Step::Mix(picture, weights) => mixed(&state, &picture, &weights),
            Step::Transition(from, to, weights) => mixed(&from, &to, &weights),
            Step::Overlay(overlay) => laid_over(&state, &overlay),
            Step::Patch(patch) => patched(&state, &patch),
        };
    }
    Ok(Some(state))
}

/// Whether two overlays share a pixel of chroma: the mean over its four pixels that the lower one left behind is not
/// enough then to know what shows through the upper one's edges.
fn soft_edges_meet(steps: &[Step]) -> bool {
    let mut seen: Vec<&Overlay> = Vec::new();
    steps.iter().any(|step| {
        let Step::Overlay(overlay) = step else {
            return false;
        };
        let meets = seen.iter().any(|lower| lower.meets(overlay));
        seen.push(overlay);
        meets
    })
}

impl Step {
    fn hides_all(&self) -> bool {
        match self {
            Self::Mix(_, weights) => matches!(weights, Weights::Whole),
            Self::Transition(..) => true,
            Self::Overlay(_) | Self::Patch(_) => false,
        }
    }
}

struct Drawing<'a> {
    plan: &'a FramePlan,
    pictures: &'a Gathered,
    titles: &'a mut TitleCache,
}

impl Drawing<'_> {
    /// What a shot does; `None` when it needs the device.
    fn shot(&mut self, shot: &ShotPlan) -> Result<Option<Step>> {
        let is_plain = shot.color.is_neutral() && shot.look.is_none() && shot.background.is_none();
        if !is_plain {
            return Ok(None);
        }
        if let Some(picture) = self.whole(shot)? {
            return Ok(Some(Step::Mix(picture, Weights::even(shot.opacity))));
        }
        if let Some(patch) = self.patch(shot)? {
            return Ok(Some(Step::Patch(patch)));
        }
        let overlay = match &shot.picture {
            PicturePlan::Media(moment) => {
                let picture = self.pictures.get(*moment)?;
                let is_colors = picture.format == PixelFormat::Rgba8
                    && matches!(picture.color.transfer, Transfer::Bt709 | Transfer::Srgb);
                let part = Part::whole(picture.size);
                match self.aligned(shot, part) {
                    Some(placement) if is_colors => {
                        Overlay::picture(picture, &placement, shot.opacity)
                    }
                    Some(_) | None => return Ok(None),
                }
            }
            PicturePlan::Title(title) => {
                let Some(drawn) = self.titles.get(title, self.plan.size)? else {
                    return Ok(Some(Step::Overlay(Overlay::nothing())));
                };
                let part = Part {
                    origin: drawn.origin,
                    size: drawn.size,
                    ..Part::whole(self.plan.size)
                };
                match self.aligned(shot, part) {
                    Some(placement) => Overlay::title(Arc::clone(&drawn), &placement, shot.opacity),
                    None => return Ok(None),
                }
            }
            PicturePlan::Solid(color) => match self.aligned(shot, Part::whole(self.plan.size)) {
                Some(placement) => Overlay::color(*color, &placement, shot.opacity),
                None => return Ok(None),
            },
        };
        Ok(Some(Step::Overlay(overlay)))
    }

    /// A transition between two pictures that both fill the frame.
    fn transition(&self, transition: &TransitionPlan) -> Result<Option<Step>> {
        let [(from, _), (to, weight)] = parts(transition, self.plan.size);
        let picture = |side: Side<'_>| match side {
            Side::Color(color) => {
                Ok((color.0[3] == 255).then(|| constant(self.plan.size, codes(color))))
            }
            Side::Shot(shot) => {
                let is_plain = shot.opacity >= 1.0
                    && shot.color.is_neutral()
                    && shot.look.is_none()
                    && shot.background.is_none();
                if is_plain { self.whole(shot) } else { Ok(None) }
            }
        };
        let (Some(from), Some(to)) = (picture(from)?, picture(to)?) else {
            return Ok(None);
        };
        let weights = Weights::over(weight, self.plan.size);
        Ok(Some(Step::Transition(from, to, weights)))
    }

    /// The shot's picture, if it fills the frame pixel on pixel, is opaque, and has a sequence's codes.
    fn whole(&self, shot: &ShotPlan) -> Result<Option<VideoFrame>> {
        let PicturePlan::Media(moment) = shot.picture else {
            return Ok(None);
        };
        let picture = self.pictures.get(moment)?;
        let fits = picture.size == self.plan.size && is_video(picture.color);
        let lies_whole = self
            .aligned(shot, Part::whole(picture.size))
            .is_some_and(|placement| placement.covers_frame);
        Ok((fits && lies_whole).then(|| as_i420(picture)).flatten())
    }

    /// The shot's picture, if it is opaque, has a sequence's codes and lies on whole blocks of color.
    fn patch(&self, shot: &ShotPlan) -> Result<Option<Patch>> {
        let PicturePlan::Media(moment) = shot.picture else {
            return Ok(None);
        };
        let picture = self.pictures.get(moment)?;
        let placement = self.aligned(shot, Part::whole(picture.size));
        let placement = placement.filter(|_| shot.opacity >= 1.0 && is_video(picture.color));
        let codes = placement.and_then(|placement| Some((placement, as_i420(picture)?)));
        Ok(codes.and_then(|(placement, codes)| Patch::new(codes, &placement, self.plan.size)))
    }

    /// Where the picture lies, if that is pixel on pixel with whole edges.
    fn aligned(&self, shot: &ShotPlan, part: Part) -> Option<Placement> {
        let placement = place_part(&Geometry::from(shot), part, Frame::full(self.plan.size))?;
        let has_whole_edges = placement.crop.iter().all(|edge| edge.fract() == 0.0);
        (placement.is_aligned && has_whole_edges).then_some(placement)
    }
}

/// Codes of a color on black.
fn opaque(color: Rgba) -> [u8; 3] {
    let [r, g, b, a] = color.0;
    let times = |value: u8| f64::from(value) * f64::from(a) / 255.0;
    rounded([times(r), times(g), times(b)])
}

/// Codes of a color, alpha aside.
fn codes(Rgba([r, g, b, _]): Rgba) -> [u8; 3] {
    rounded([r, g, b].map(f64::from))
}

fn rounded(rgb: [f64; 3]) -> [u8; 3] {
    video_codes_from_rgb()
        .apply(rgb.map(|value| value / 255.0))
        .map(|code| (code + 0.5) as u8)
}
