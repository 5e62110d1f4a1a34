//! Which pixels a mark means: those of its brush, and for one that grows, all that can be reached from there without
//! crossing an edge of the picture.

use super::Mark;
use crate::{image_ops::box_mean, matte::small::Small};
use av::ScanSize;
use std::{cmp::Reverse, collections::BinaryHeap};

/// Differences between neighbors below this are noise and cost nothing.
const NOISE: f32 = 0.012;
/// Differences from the clicked color below this are shading and cost nothing.
const SHADING: f32 = 0.08;
/// What a further difference from the clicked color costs at every pixel.
const STRANGE_COST: f32 = 0.15;
/// A region ends where the way from the click has cost this much.
const COST_MAX: f32 = 0.22;
/// Up to this share of it, pixels are meant without doubt.
const CERTAIN_SHARE: f32 = 0.5;
/// A mark grows this many times as far as it lies from what is right already, and a little more (in parts of the
/// picture's height): who clicks on a sliver along an edge means the sliver, not all that looks alike beside it.
const FARTHER: f64 = 5.0;
const REACH_MIN: f64 = 0.03;
/// A brush is never thinner than this at the small size, in pixels.
const RADIUS_MIN: f64 = 0.75;

/// What the marks on a picture mean: 1 is subject, -1 is background, 0 is nothing, for every pixel. `found` is the matte
/// that they correct, 0 to 1.
pub(super) fn labels(small: &Small, marks: &[Mark], found: Option<&[f32]>) -> Vec<f32> {
    let mut labels = vec![0.0; small.size.area() as usize];
    for mark in marks {
        let side = if mark.is_subject { 1.0 } else { -1.0 };
        if mark.grows {
            let reach = found.map_or(f64::INFINITY, |found| reach(small.size, mark, found));
            for (label, share) in labels.iter_mut().zip(grown(small, mark, reach)) {
                *label += (side - *label) * share;
            }
        }
        stroke(small.size, mark, RADIUS_MIN, &mut |at| labels[at] = side);
    }
    labels
}

/// Calls `set` with every pixel of a picture of `size` whose middle lies under the brush, which is at least
/// `radius_min` pixels thick.
pub(super) fn stroke(size: ScanSize, mark: &Mark, radius_min: f64, set: &mut dyn FnMut(usize)) {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let radius = (mark.radius * height).max(radius_min);
    let points: Vec<[f64; 2]> = mark
        .points
        .iter()
        .map(|[x, y]| [x * width, y * height])
        .collect();
    for (index, &to) in points.iter().enumerate() {
        let from = points[index.saturating_sub(1)];
        let span = |axis: usize, most: f64| {
            let low = from[axis].min(to[axis]) - radius;
            let high = from[axis].max(to[axis]) + radius + 1.0;
            low.clamp(0.0, most) as usize..high.clamp(0.0, most) as usize
        };
        for y in span(1, height) {
            for x in span(0, width) {
                let pixel = [x as f64 + 0.5, y as f64 + 0.5];
                if distance(pixel, from, to) <= radius {
                    set(y * size.width as usize + x);
                }
            }
        }
    }
}

/// From a point to the line between two others.
fn distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / length
    } else {
        0.0
    };
    let along = along.clamp(0.0, 1.0);
    (point[0] - from[0] - along * dx).hypot(point[1] - from[1] - along * dy)
}

/// How far a mark grows, in pixels: it depends on how near to it `found` is right.
fn reach(size: ScanSize, mark: &Mark, found: &[f32]) -> f64 {
    let right = (0..found.len()).filter(|at| (found[*at] >= 0.5) == mark.is_subject);
    let nearest = right.map(|at| away(size, mark, at));
    FARTHER * nearest.fold(f64::INFINITY, f64::min) + REACH_MIN * f64::from(size.height)
}

/// How far a pixel lies from the line of a mark, in pixels.
fn away(size: ScanSize, mark: &Mark, at: usize) -> f64 {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let pixel = [at as u32 % size.width, at as u32 / size.width].map(|side| f64::from(side) + 0.5);
    let scaled = |[x, y]: [f64; 2]| [x * width, y * height];
    let points = mark.points.iter().enumerate();
    let lines = points.map(|(index, &to)| {
        let from = mark.points[index.saturating_sub(1)];
        distance(pixel, scaled(from), scaled(to))
    });
    lines.fold(f64::INFINITY, f64::min)
}

/// How much each pixel belongs to the region round a mark: the cheapest way from the brush, over a smoothed picture, at
/// most `reach` pixels off.
fn grown(small: &Small, mark: &Mark, reach: f64) -> Vec<f32> {
    let size = small.size;
    let area = size.area() as usize;
    let planes = [0, 1, 2].map(|plane: usize| {
        let values: Vec<f32> = small.planes[plane]
            .iter()
            .map(|&v| f32::from(v) / 255.0)
            .collect();
        box_mean(&values, size, 1)
    });
    let color = |at: usize| [planes[0][at], planes[1][at], planes[2][at]];
    let mut costs = vec![f32::INFINITY; area];
    let mut queue = BinaryHeap::new();
    let (mut seed, mut count) = ([0.0_f32; 3], 0.0_f32);
    stroke(size, mark, RADIUS_MIN, &mut |at| {
        if costs[at] > 0.0 {
            costs[at] = 0.0;
            queue.push(Reverse((0_u32, at)));
            for (sum, value) in seed.iter_mut().zip(color(at)) {
                *sum += value;
            }
            count += 1.0;
        }
    });
    let seed = seed.map(|sum| sum / count.max(1.0));
    let (width, height) = (size.width as usize, size.height as usize);
    while let Some(Reverse((key, at))) = queue.pop() {
        let cost = f32::from_bits(key);
        if cost > costs[at] {
            continue;
        }
        let (x, y) = (at % width, at / width);
        let neighbors = [
            (x > 0).then(|| at - 1),
            (x + 1 < width).then(|| at + 1),
            (y > 0).then(|| at - width),
            (y + 1 < height).then(|| at + width),
        ];
        for next in neighbors.into_iter().flatten() {
            let step = (difference(color(at), color(next)) - NOISE).max(0.0);
            let strange = (difference(color(next), seed) - SHADING).max(0.0) * STRANGE_COST;
            let cost = cost + step + strange;
            let is_near = reach == f64::INFINITY || away(size, mark, next) <= reach;
            if cost < costs[next] && cost < COST_MAX && is_near {
                costs[next] = cost;
                // Bits of floats that are not negative are in their order.
                queue.push(Reverse((cost.to_bits(), next)));
            }
        }
    }
    let soft = COST_MAX * (1.0 - CERTAIN_SHARE);
    costs
        .iter()
        .map(|cost| ((COST_MAX - cost) / soft).clamp(0.0, 1.0))
        .collect()
}

/// How far two colors lie from each other.
pub(super) fn difference(a: [f32; 3], b: [f32; 3]) -> f32 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gray disc of radius 20 on a darker ground, both with grain.
    fn disc() -> Small {
        let size = ScanSize::new(96, 64);
        let mut plane = Vec::new();
        for y in 0..64_i32 {
            for x in 0..96_i32 {
                let inside = (x - 40).pow(2) + (y - 32).pow(2) < 400;
                let grain = ((x * 7 + y * 13) % 5) as u8;
                plane.push(if inside { 150 + grain } else { 90 + grain });
            }
        }
        Small {
            size,
            gray: plane.iter().map(|&v| f32::from(v) / 255.0).collect(),
            planes: [plane.clone(), plane.clone(), plane],
        }
    }

    fn mark(grows: bool) -> Mark {
        Mark {
            is_subject: false,
            points: vec![[40.0 / 96.0, 0.5]],
            radius: 0.05,
            grows,
        }
    }

    #[test]
    fn a_click_fills_its_region_up_to_the_edge() {
        let labels = labels(&disc(), &[mark(true)], None);
        for (at, label) in labels.iter().enumerate() {
            let away = (at as f32 % 96.0 - 40.0).hypot((at / 96) as f32 - 32.0);
            if away < 17.0 {
                assert!(*label < -0.9, "{away}: {label}");
            } else if away > 23.0 {
                assert_eq!(*label, 0.0, "{away}");
            }
        }
    }

    #[test]
    fn a_click_beside_what_is_right_means_a_sliver() {
        // All of the disc was found to be subject but what lies left of its middle and a little more.
        let found: Vec<f32> = (0..96 * 64)
            .map(|at| if at % 96 < 41 { 0.0 } else { 1.0 })
            .collect();
        let mut add = mark(true);
        add.is_subject = true;
        let labels = labels(&disc(), &[add], Some(&found));
        for (at, label) in labels.iter().enumerate() {
            let away = (at as f32 % 96.0 - 40.0).hypot((at / 96) as f32 - 32.0);
            if away < 6.0 {
                assert!(*label > 0.9, "{away}: {label}");
            } else if away > 11.0 {
                assert_eq!(*label, 0.0, "{away}");
            }
        }
    }

    #[test]
    fn a_stroke_means_its_own_pixels_and_the_later_one_wins() {
        let later = Mark {
            is_subject: true,
            points: vec![[0.5, 0.5], [0.9, 0.5]],
            ..mark(false)
        };
        let labels = labels(&disc(), &[mark(false), later], None);
        assert_eq!(labels[32 * 96 + 40], -1.0);
        assert_eq!(labels[32 * 96 + 60], 1.0);
        assert_eq!(labels[32 * 96 + 86], 1.0);
        assert_eq!(labels[20 * 96 + 40], 0.0);
        let meant = labels.iter().filter(|label| **label != 0.0).count();
        assert!((200..400).contains(&meant), "{meant}");
    }
}
