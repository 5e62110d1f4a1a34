//! Where a picture lies in the frame: crop, fit and transform as one map from frame pixels to picture pixels.

use crate::limits::{HALVINGS_MAX, TAPS_MAX};
use av::ScanSize;
use timeline::{Crop, Fit, ShotPlan};

/// How near to whole pixels a picture counts as lying pixel on pixel.
const ALIGNED_EPSILON: f64 = 1e-6;

/// The frame that is drawn, perhaps smaller than its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Pixels of the sequence; fits and positions are reckoned in them.
    pub sequence: ScanSize,
    /// Pixels that are drawn.
    pub drawn: ScanSize,
}

impl Frame {
    /// A frame drawn at the sequence's own size.
    pub fn full(sequence: ScanSize) -> Self {
        Self {
            sequence,
            drawn: sequence,
        }
    }
}

/// What of a [`ShotPlan`] says where the picture lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// How the picture meets the frame.
    pub fit: Fit,
    /// What is cut off first.
    pub crop: Crop,
    /// Shift of the middle in sequence widths and heights.
    pub position: [f64; 2],
    /// Size against the fitted size.
    pub scale: [f64; 2],
    /// Clockwise.
    pub rotation_degrees: f64,
}

impl From<&ShotPlan> for Geometry {
    fn from(shot: &ShotPlan) -> Self {
        Self {
            fit: shot.fit,
            crop: shot.crop,
            position: shot.position,
            scale: shot.scale,
            rotation_degrees: shot.rotation_degrees,
        }
    }
}

impl Geometry {
    /// The whole picture, fitted and nothing else.
    pub fn fitted(fit: Fit) -> Self {
        Self {
            fit,
            crop: Crop::default(),
            position: [0.0, 0.0],
            scale: [1.0, 1.0],
            rotation_degrees: 0.0,
        }
    }
}

/// Where a picture lies: all in picture pixels halved `halvings` times ("texels").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Rows of the map from drawn pixels (x, y, 1) to texels.
    pub texel_from_frame: [[f64; 3]; 2],
    /// Left, top, right, bottom of what the crop leaves.
    pub crop: [f64; 4],
    /// Drawn pixels per texel, across and down the picture.
    pub frame_per_texel: [f64; 2],
    /// How often the picture is halved before it is sampled.
    pub halvings: u32,
    /// Samples per drawn pixel, across and down.
    pub taps: [u32; 2],
    /// Whether every drawn pixel shows exactly one picture pixel.
    pub is_aligned: bool,
    /// Left, top, right, bottom of the drawn pixels that may be touched; empty when out of sight.
    pub bounds: [u32; 4],
    /// Whether every drawn pixel lies wholly inside the picture.
    pub covers_frame: bool,
}

/// A picture of which only a part is held as pixels; the rest is transparent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Pixels of the whole picture.
    pub whole: ScanSize,
    /// Where the part begins.
    pub origin: [u32; 2],
    /// Pixels of the part.
    pub size: ScanSize,
    /// Fewest and most halvings before it is sampled.
    pub halvings: [u32; 2],
}

impl Part {
    /// A picture held whole, halved as often as its place asks for.
    pub fn whole(size: ScanSize) -> Self {
        Self {
            whole: size,
            origin: [0, 0],
            size,
            halvings: [0, HALVINGS_MAX],
        }
    }
}

/// Places a picture of `picture` pixels; `None` when nothing of it can be seen.
pub fn place(geometry: &Geometry, picture: ScanSize, frame: Frame) -> Option<Placement> {
    place_part(geometry, Part::whole(picture), frame)
}

/// Rows from parts of the frame (right, down, 1) to parts of a shot's picture of `picture` pixels, for whoever points at
/// a place in the frame and means one in the picture; `None` when nothing of it can be seen.
pub fn picture_from_frame(
    shot: &ShotPlan,
    picture: ScanSize,
    sequence: ScanSize,
) -> Option<[[f64; 3]; 2]> {
    let part = Part {
        halvings: [0, 0],
        ..Part::whole(picture)
    };
    let placement = place_part(&Geometry::from(shot), part, Frame::full(sequence))?;
    let [across, down] = placement.texel_from_frame;
    let row = |[a, b, c]: [f64; 3], side: u32| {
        let side = f64::from(side);
        [
            a * f64::from(sequence.width) / side,
            b * f64::from(sequence.height) / side,
            c / side,
        ]
    };
    Some([row(across, picture.width), row(down, picture.height)])
}

/// Places a picture of which only `part` is held; texels count from the part's corner.
pub fn place_part(geometry: &Geometry, part: Part, frame: Frame) -> Option<Placement> {
    let crop = cropped(geometry.crop, part.whole)?;
    let (width, height) = (crop[2] - crop[0], crop[3] - crop[1]);
    let sequence = [
        f64::from(frame.sequence.width),
        f64::from(frame.sequence.height),
    ];
    let fit = fit_factors(geometry.fit, [width, height], sequence);
    let size = [fit[0] * geometry.scale[0], fit[1] * geometry.scale[1]];
    let is_seen = size
        .iter()
        .all(|factor| factor.is_finite() && factor.abs() > 1e-9);
    if !is_seen {
        return None;
    }
    let middle = [
        sequence[0] * (0.5 + geometry.position[0]),
        sequence[1] * (0.5 + geometry.position[1]),
    ];
    let (sin, cos) = sin_cos(geometry.rotation_degrees);
    let step = [
        sequence[0] / f64::from(frame.drawn.width),
        sequence[1] / f64::from(frame.drawn.height),
    ];
    // picture = crop middle + (turned back)(sequence - middle) / size, sequence = drawn * step.
    let row = |along: [f64; 2], factor: f64, origin: f64| {
        let shift = -(along[0] * middle[0] + along[1] * middle[1]) / factor + origin;
        [
            along[0] * step[0] / factor,
            along[1] * step[1] / factor,
            shift,
        ]
    };
    let picture_from_frame = [
        row([cos, sin], size[0], f64::midpoint(crop[0], crop[2])),
        row([-sin, cos], size[1], f64::midpoint(crop[1], crop[3])),
    ];
    let [x, y] = part.origin.map(f64::from);
    let end = [
        x + f64::from(part.size.width),
        y + f64::from(part.size.height),
    ];
    let held = [
        crop[0].max(x),
        crop[1].max(y),
        crop[2].min(end[0]),
        crop[3].min(end[1]),
    ];
    if held[0] >= held[2] || held[1] >= held[3] {
        return None;
    }
    let [[a, b, c], [d, e, f]] = picture_from_frame;
    let seen = Seen {
        picture_from_frame: [[a, b, c - x], [d, e, f - y]],
        crop: [held[0] - x, held[1] - y, held[2] - x, held[3] - y],
        halvings: part.halvings,
    };
    seen.sampled(frame.drawn)
}

/// Exact at quarter turns, which people use most.
fn sin_cos(degrees: f64) -> (f64, f64) {
    match degrees.rem_euclid(360.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        turned => turned.to_radians().sin_cos(),
    }
}

fn cropped(crop: Crop, picture: ScanSize) -> Option<[f64; 4]> {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let left = crop.left.clamp(0.0, 1.0) * width;
    let top = crop.top.clamp(0.0, 1.0) * height;
    let right = width - crop.right.clamp(0.0, 1.0) * width;
    let bottom = height - crop.bottom.clamp(0.0, 1.0) * height;
    (right - left > 1e-6 && bottom - top > 1e-6).then_some([left, top, right, bottom])
}

fn fit_factors(fit: Fit, picture: [f64; 2], sequence: [f64; 2]) -> [f64; 2] {
    let [x, y] = [sequence[0] / picture[0], sequence[1] / picture[1]];
    match fit {
        Fit::Contain => [x.min(y); 2],
        Fit::Cover => [x.max(y); 2],
        Fit::Stretch => [x, y],
        Fit::None => [1.0; 2],
    }
}

/// What is left to place once crop, fit and transform are one map.
struct Seen {
    picture_from_frame: [[f64; 3]; 2],
    crop: [f64; 4],
    halvings: [u32; 2],
}

impl Seen {
    fn sampled(&self, drawn: ScanSize) -> Option<Placement> {
        let [[a, b, c], [d, e, f]] = self.picture_from_frame;
        let (across, down) = (a.hypot(d), b.hypot(e));
        // The small allowance keeps a picture of exactly twice the size at one halving and one sample.
        let wanted = (across.min(down) + 1e-6).log2().floor().max(0.0) as u32;
        let halvings = wanted.clamp(self.halvings[0], self.halvings[1]);
        let texel = (-f64::from(halvings)).exp2();
        let taps =
            [across, down].map(|step| ((step * texel - 1e-3).ceil().max(1.0) as u32).min(TAPS_MAX));
        let is_whole = |value: f64, whole: f64| (value - whole).abs() < ALIGNED_EPSILON;
        let is_aligned = halvings == 0
            && [
                (a, 1.0),
                (b, 0.0),
                (c, c.round()),
                (d, 0.0),
                (e, 1.0),
                (f, f.round()),
            ]
            .into_iter()
            .all(|(value, whole)| is_whole(value, whole));
        let map = if is_aligned {
            [[1.0, 0.0, c.round()], [0.0, 1.0, f.round()]]
        } else {
            self.picture_from_frame
                .map(|row| row.map(|value| value * texel))
        };
        let frame_per_texel = map.map(|[x, y, _]| 1.0 / x.hypot(y));
        let crop = self.crop.map(|value| value * texel);
        Some(Placement {
            bounds: bounds(self.picture_from_frame, self.crop, drawn)?,
            covers_frame: covers(map, crop, frame_per_texel, drawn),
            texel_from_frame: map,
            crop,
            frame_per_texel,
            halvings,
            taps,
            is_aligned,
        })
    }
}

/// The drawn pixels around the picture's corners, one to spare for soft edges.
fn bounds(map: [[f64; 3]; 2], crop: [f64; 4], drawn: ScanSize) -> Option<[u32; 4]> {
    let [[a, b, c], [d, e, f]] = map;
    let determinant = a * e - b * d;
    let corners = [(0, 1), (2, 1), (0, 3), (2, 3)].map(|(x, y)| {
        let (x, y) = (crop[x] - c, crop[y] - f);
        [(e * x - b * y) / determinant, (a * y - d * x) / determinant]
    });
    let side = |axis: usize, length: u32| {
        let values = corners.map(|corner| corner[axis]);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let length = f64::from(length);
        let low = (low - 1.0).floor().clamp(0.0, length) as u32;
        let high = (high + 1.0).ceil().clamp(0.0, length) as u32;
        (low, high)
    };
    let ((left, right), (top, bottom)) = (side(0, drawn.width), side(1, drawn.height));
    (left < right && top < bottom).then_some([left, top, right, bottom])
}

/// Whether the middles of all four corner pixels are at least half a pixel inside.
fn covers(map: [[f64; 3]; 2], crop: [f64; 4], per_texel: [f64; 2], drawn: ScanSize) -> bool {
    let (width, height) = (f64::from(drawn.width) - 0.5, f64::from(drawn.height) - 0.5);
    [(0.5, 0.5), (width, 0.5), (0.5, height), (width, height)]
        .into_iter()
        .all(|(x, y)| {
            let [u, v] = map.map(|[a, b, c]| a * x + b * y + c);
            let inside_x = (u - crop[0]).min(crop[2] - u) * per_texel[0];
            let inside_y = (v - crop[1]).min(crop[3] - v) * per_texel[1];
            inside_x.min(inside_y) > 0.5 - 1e-6
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: ScanSize = ScanSize::new(1920, 1080);

    fn placed(geometry: Geometry, picture: ScanSize) -> Placement {
        place(&geometry, picture, Frame::full(HD)).unwrap()
    }

    #[test]
    fn same_size_lies_pixel_on_pixel() {
        let placement = placed(Geometry::fitted(Fit::Contain), HD);
        assert!(placement.is_aligned && placement.covers_frame);
        assert_eq!(placement.bounds, [0, 0, 1920, 1080]);
        let shifted = Geometry {
            position: [0.1, 0.0],
            ..Geometry::fitted(Fit::Contain)
        };
        let placement = placed(shifted, HD);
        assert!(placement.is_aligned && !placement.covers_frame);
        assert_eq!(placement.texel_from_frame[0][2], -192.0);
        assert_eq!(placement.bounds[0], 191);
    }

    #[test]
    fn large_pictures_are_halved_first() {
        let placement = placed(Geometry::fitted(Fit::Contain), ScanSize::new(3840, 2160));
        assert_eq!((placement.halvings, placement.taps), (1, [1, 1]));
        let placement = placed(Geometry::fitted(Fit::Contain), ScanSize::new(5000, 2812));
        assert_eq!((placement.halvings, placement.taps), (1, [2, 2]));
        assert!(!placement.is_aligned);
    }

    #[test]
    fn bars_are_not_covered_and_turns_have_bounds() {
        let placement = placed(Geometry::fitted(Fit::Contain), ScanSize::new(1080, 1080));
        assert!(!placement.covers_frame);
        assert_eq!(placement.bounds, [419, 0, 1501, 1080]);
        let turned = Geometry {
            rotation_degrees: 90.0,
            ..Geometry::fitted(Fit::Contain)
        };
        assert_eq!(placed(turned, HD).bounds, [419, 0, 1501, 1080]);
        // A quarter turn clockwise brings the picture's left edge to the top.
        let [x, _] = placed(turned, HD)
            .texel_from_frame
            .map(|[a, b, c]| a * 960.5 + b * 0.5 + c);
        assert!((x - 420.5).abs() < 1e-9, "{x}");
    }

    #[test]
    fn what_cannot_be_seen_is_not_placed() {
        let away = Geometry {
            position: [2.0, 0.0],
            ..Geometry::fitted(Fit::Contain)
        };
        assert!(place(&away, HD, Frame::full(HD)).is_none());
        let flat = Geometry {
            scale: [0.0, 1.0],
            ..Geometry::fitted(Fit::Contain)
        };
        assert!(place(&flat, HD, Frame::full(HD)).is_none());
        let gone = Geometry {
            crop: Crop {
                left: 0.6,
                right: 0.6,
                ..Crop::default()
            },
            ..Geometry::fitted(Fit::Contain)
        };
        assert!(place(&gone, HD, Frame::full(HD)).is_none());
    }
}
