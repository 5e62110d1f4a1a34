//! The edge between a subject and its new background: softened, moved, cleaned of the old background's color, lit by the
//! new one, and the subject's colors brought nearer to it.

use crate::{
    Result,
    color::{ColorMap, rgb_from_codes},
    compositor::Gathered,
    draw::{ReadyBackdrop, ReadyFinish, Renderer},
    limits::{BLUR_SIGMA_MAX, HALVINGS_MAX},
    pass::shot::{Backdrop, Canvas, Shot},
    picture::Picture,
    placement::{Frame, Geometry, Part, place_part},
    ready::{colors, plain},
};
use av::{PixelFormat, ScanSize, VideoFrame};
use std::f64::consts::FRAC_1_SQRT_2;
use timeline::{BackgroundFill, BackgroundPlan, Finish, Fit, Rgba};

/// Colors of either side are taken from this far round an edge, in parts of the picture's longer side.
const SPILL_REACH: f64 = 0.03;
/// Light of the background falls this far onto the subject, in parts of the picture's height.
const WRAP_REACH: f64 = 0.03;
/// Colors are compared at so many places across and down.
const GRID: [usize; 2] = [64, 36];
/// Contrast is changed no further than by this factor either way.
const CONTRAST_MAX: f64 = 1.6;
/// A subject that fills less of the picture than this has no colors to speak of.
const SUBJECT_MIN: f64 = 0.002;

/// Which pixels a blurred picture is made of.
#[derive(Clone, Copy)]
enum Side {
    /// Those that are wholly the subject's.
    Front,
    /// Those that are wholly the background's.
    Back,
}

impl Renderer {
    /// The matte with its edge moved and softened.
    pub(crate) fn finished_matte(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        matte: Picture,
        picture: &Picture,
        finish: Finish,
    ) -> Picture {
        if finish.grow == 0.0 && finish.feather == 0.0 {
            return matte;
        }
        let height = f64::from(picture.size.height);
        let sigma = finish.feather * height / 2.0;
        let size = shrunk(picture.size, sigma).0;
        let scale = f64::from(size.height) / height;
        let [target, spare] = [(); 2].map(|()| self.gpu.target("matte", size));
        let pixels = finish.grow * height * scale;
        let pair = [&target, &spare];
        self.matte
            .record(&self.gpu, encoder, &matte.first, pair, pixels);
        if finish.feather > 0.0 {
            self.blur.record(&self.gpu, encoder, pair, sigma * scale);
        }
        colors(target.view, size, true)
    }

    /// What is done to the subject's colors; `None` when nothing is.
    pub(crate) fn finish(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        plan: &BackgroundPlan,
        [picture, matte]: [&Picture; 2],
        backdrop: &ReadyBackdrop,
        (held, pictures): (Option<&VideoFrame>, &Gathered),
    ) -> Result<Option<ReadyFinish>> {
        let finish = plan.finish;
        if finish.spill == 0.0 && finish.wrap == 0.0 && finish.match_color == 0.0 {
            return Ok(None);
        }
        let longest = f64::from(picture.size.width.max(picture.size.height));
        let sides = (finish.spill > 0.0).then(|| {
            let sigma = longest * SPILL_REACH / 2.0;
            [Side::Front, Side::Back].map(|side| self.side(encoder, [picture, matte], side, sigma))
        });
        let light = if finish.wrap > 0.0 {
            self.light(encoder, [picture, matte], backdrop)
        } else {
            None
        };
        let behind = match (&plan.fill, plan.fill_moment) {
            (BackgroundFill::Color(Rgba([r, g, b, _])), _) => Some(Tones::flat([*r, *g, *b])),
            (BackgroundFill::Asset(_), Some(moment)) => {
                Some(Tones::of(pictures.get(moment)?, None))
            }
            // The old background suits the subject already; what lies below is not known here.
            (
                BackgroundFill::Asset(_)
                | BackgroundFill::Blur { .. }
                | BackgroundFill::Transparent,
                _,
            ) => None,
        };
        let matched = match (held, behind) {
            (Some(held), Some(behind)) if finish.match_color > 0.0 => {
                let subject = Tones::of(held, Some(pictures.get(plan.matte)?));
                subject.map_to(&behind, finish.match_color)
            }
            _ => ColorMap::IDENTITY,
        };
        Ok(Some(ReadyFinish {
            matched,
            spill: finish.spill as f32,
            wrap: finish.wrap as f32,
            sides,
            light,
        }))
    }

    /// The colors of one side, spread over the edge.
    fn side(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        [picture, matte]: [&Picture; 2],
        side: Side,
        sigma: f64,
    ) -> wgpu::TextureView {
        let backdrop = match side {
            Side::Front => Backdrop::Front,
            Side::Back => Backdrop::Back,
        };
        self.spread(encoder, [picture, matte], backdrop, (sigma, false))
    }

    /// The background's light round the subject, premultiplied by how much of it arrives.
    fn light(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        [picture, matte]: [&Picture; 2],
        backdrop: &ReadyBackdrop,
    ) -> Option<wgpu::TextureView> {
        let behind = match backdrop {
            ReadyBackdrop::Color(color) if color[3] <= 0.0 => return None,
            ReadyBackdrop::Color(color) => {
                let target = self.gpu.target("light", ScanSize::new(1, 1));
                let [r, g, b, a] = color.map(f64::from);
                drop(crate::pass::begin(encoder, &target, Some([r, g, b, a])));
                colors(target.view, picture.size, false)
            }
            ReadyBackdrop::Texture(view) => colors(view.clone(), picture.size, false),
        };
        let sigma = WRAP_REACH * f64::from(picture.size.height) / 2.0;
        Some(self.spread(encoder, [&behind, matte], Backdrop::Kept, (sigma, true)))
    }

    /// What `backdrop` keeps of a picture, blurred by `sigma` of its pixels; at the end colors are divided by what they
    /// counted, unless their weight is to be kept.
    pub(crate) fn spread(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        [picture, matte]: [&Picture; 2],
        backdrop: Backdrop<'static>,
        (sigma, keeps_weight): (f64, bool),
    ) -> wgpu::TextureView {
        let (small, scale) = shrunk(picture.size, sigma);
        let [target, spare] = [(); 2].map(|()| self.gpu.target("blur", small));
        let part = Part {
            halvings: [0, 0],
            ..Part::whole(picture.size)
        };
        let fitted = Geometry::fitted(Fit::Stretch);
        if let Some(placement) = place_part(&fitted, part, Frame::full(small)) {
            let shot = Shot {
                background: Some((matte, backdrop)),
                ..plain(picture, &placement)
            };
            let canvas = Canvas {
                target: &target,
                below: None,
                clear: Some([0.0; 4]),
            };
            self.shot.record(&self.gpu, encoder, &shot, &canvas);
            let pair = [&target, &spare];
            if keeps_weight {
                self.blur
                    .record_weighed(&self.gpu, encoder, pair, sigma * scale);
            } else {
                self.blur.record(&self.gpu, encoder, pair, sigma * scale);
            }
        }
        target.view
    }
}

/// The size at which a blur of `sigma` pixels is done, and how much smaller that is.
fn shrunk(size: ScanSize, sigma: f64) -> (ScanSize, f64) {
    let shift = (sigma / BLUR_SIGMA_MAX).max(1.0).log2().ceil() as u32;
    let shift = shift.min(HALVINGS_MAX);
    let side = |length: u32| length.div_ceil(1 << shift).max(1);
    (
        ScanSize::new(side(size.width), side(size.height)),
        1.0 / f64::from(1_u32 << shift),
    )
}

/// Means and spreads of colors along brightness, blue against yellow, and red against green.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tones {
    mean: [f64; 3],
    /// `None` where nothing varies by nature.
    deviation: Option<[f64; 3]>,
}

/// Rows at right angles to each other, each of length one: its transpose leads back.
const TONES_FROM_RGB: [[f64; 3]; 3] = [
    [
        0.577_350_269_189_626,
        0.577_350_269_189_626,
        0.577_350_269_189_626,
    ],
    [
        0.408_248_290_463_863,
        0.408_248_290_463_863,
        -0.816_496_580_927_726,
    ],
    [FRAC_1_SQRT_2, -FRAC_1_SQRT_2, 0.0],
];

impl Tones {
    fn flat(color: [u8; 3]) -> Self {
        Self {
            mean: toned(color.map(|value| f64::from(value) / 255.0)),
            deviation: None,
        }
    }

    /// Of a picture, each place weighed by a matte where there is one.
    fn of(frame: &VideoFrame, matte: Option<&VideoFrame>) -> Self {
        let (mut sum, mut squares, mut total) = ([0.0; 3], [0.0; 3], 0.0);
        for y in 0..GRID[1] {
            for x in 0..GRID[0] {
                let place = [
                    (x as f64 + 0.5) / GRID[0] as f64,
                    (y as f64 + 0.5) / GRID[1] as f64,
                ];
                let weight = matte.map_or(1.0, |matte| {
                    let [x, y] = pixel(matte.size, place);
                    f64::from(matte.row(0, y)[x]) / 255.0
                });
                let tones = toned(color_at(frame, place));
                for axis in 0..3 {
                    sum[axis] += weight * tones[axis];
                    squares[axis] += weight * tones[axis] * tones[axis];
                }
                total += weight;
            }
        }
        let is_seen = total > SUBJECT_MIN * (GRID[0] * GRID[1]) as f64;
        let total = if is_seen { total } else { 1.0 };
        let mean = sum.map(|sum| sum / total);
        let mut deviation = [0.0; 3];
        for axis in 0..3 {
            deviation[axis] = (squares[axis] / total - mean[axis] * mean[axis])
                .max(0.0)
                .sqrt();
        }
        Self {
            mean,
            deviation: is_seen.then_some(deviation),
        }
    }

    /// Colors with these tones, brought to those of `other` by `strength` (0 to 1).
    fn map_to(&self, other: &Self, strength: f64) -> ColorMap {
        let Some(own) = self.deviation else {
            // Nothing of the subject is to be seen.
            return ColorMap::IDENTITY;
        };
        let mut scaled = ColorMap::IDENTITY;
        for axis in 0..3 {
            let factor = other.deviation.map_or(1.0, |other| {
                let factor = other[axis].max(1e-3) / own[axis].max(1e-3);
                factor.clamp(1.0 / CONTRAST_MAX, CONTRAST_MAX)
            });
            let factor = 1.0 + (factor - 1.0) * strength;
            let mean = self.mean[axis] + (other.mean[axis] - self.mean[axis]) * strength;
            scaled.0[axis][axis] = factor;
            scaled.0[axis][3] = mean - factor * self.mean[axis];
        }
        let [l, b, r] = TONES_FROM_RGB;
        let there = ColorMap(TONES_FROM_RGB.map(|row| [row[0], row[1], row[2], 0.0]));
        let back = ColorMap([0, 1, 2].map(|axis: usize| [l[axis], b[axis], r[axis], 0.0]));
        there.then(&scaled).then(&back)
    }
}

fn toned(rgb: [f64; 3]) -> [f64; 3] {
    TONES_FROM_RGB.map(|row| row.iter().zip(rgb).map(|(a, b)| a * b).sum())
}

fn pixel(size: ScanSize, place: [f64; 2]) -> [usize; 2] {
    let along = |part: f64, side: u32| ((part * f64::from(side)) as usize).min(side as usize - 1);
    [along(place[0], size.width), along(place[1], size.height)]
}

fn color_at(frame: &VideoFrame, place: [f64; 2]) -> [f64; 3] {
    let [x, y] = pixel(frame.size, place);
    let row = frame.row(0, y);
    let codes = match frame.format {
        PixelFormat::Rgba8 => {
            return [0, 1, 2].map(|part: usize| f64::from(row[x * 4 + part]) / 255.0);
        }
        PixelFormat::I420 => [
            row[x],
            frame.row(1, y / 2)[x / 2],
            frame.row(2, y / 2)[x / 2],
        ],
        PixelFormat::Nv12 => {
            let chroma = frame.row(1, y / 2);
            [row[x], chroma[x / 2 * 2], chroma[x / 2 * 2 + 1]]
        }
    };
    rgb_from_codes(frame.color).apply(codes.map(f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::Ticks;

    fn noisy(middle: [i32; 3], spread: i32) -> VideoFrame {
        let size = ScanSize::new(64, 36);
        let data = (0..size.area() as i32).flat_map(|at| {
            let shift = (at * 7919 % 13 - 6) * spread / 6;
            let [r, g, b] = middle.map(|value| (value + shift).clamp(0, 255) as u8);
            [r, g, b, 255]
        });
        VideoFrame::from_rgba(size, data.collect(), Ticks::ZERO)
    }

    #[test]
    fn a_full_match_has_the_means_of_the_other_and_half_is_half_way() {
        let subject = Tones::of(&noisy([180, 120, 100], 20), None);
        let behind = Tones::of(&noisy([60, 80, 140], 26), None);
        let middle = [180.0, 120.0, 100.0].map(|v: f64| v / 255.0);
        let full = subject.map_to(&behind, 1.0).apply(middle);
        for (got, want) in full.iter().zip([60.0, 80.0, 140.0]) {
            assert!((got * 255.0 - want).abs() < 2.0, "{full:?}");
        }
        let half = subject.map_to(&behind, 0.5).apply(middle);
        for (got, want) in half.iter().zip([120.0, 100.0, 120.0]) {
            assert!((got * 255.0 - want).abs() < 2.0, "{half:?}");
        }
        assert_eq!(
            subject
                .map_to(&behind, 0.0)
                .apply(middle)
                .map(|v| (v * 1e6).round()),
            middle.map(|v| (v * 1e6).round())
        );
    }

    #[test]
    fn nobody_in_the_picture_is_not_matched() {
        let size = ScanSize::new(64, 36);
        let planes = [64 * 36, 32 * 18, 32 * 18].map(|count| vec![0; count]);
        let black = VideoFrame::from_i420(size, av::ColorSpace::VIDEO, planes, Ticks::ZERO);
        let nobody = Tones::of(&noisy([180, 120, 100], 20), Some(&black));
        let behind = Tones::flat([10, 20, 30]);
        assert_eq!(nobody.map_to(&behind, 1.0), ColorMap::IDENTITY);
    }
}
