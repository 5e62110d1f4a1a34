//! Loudness pictures: drawn as one mesh with a column for each pixel, from reductions that keep zooming out cheap.

use crate::pictures::Peaks;
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape};
use std::{collections::BTreeMap, sync::Arc};
use timeline::AssetId;

/// Each reduction has this many times fewer stretches than the one before.
const REDUCTION: usize = 8;

/// Silence is still a line.
const HALF_LINE_PX: f32 = 0.5;

/// Loudness pictures at several coarsenesses, for each asset that was drawn.
#[derive(Debug, Default)]
pub struct Reductions {
    of_asset: BTreeMap<AssetId, Reduced>,
}

/// One asset's loudness picture, finest first.
#[derive(Debug, Default)]
pub struct Reduced {
    source: Peaks,
    coarser: Vec<Vec<(f32, f32)>>,
}

impl Reductions {
    /// The reductions of an asset's loudness picture, made when it is new.
    pub fn of(&mut self, asset: AssetId, peaks: &Peaks) -> &Reduced {
        let entry = self.of_asset.entry(asset).or_default();
        if !Arc::ptr_eq(&entry.source, peaks) {
            *entry = Reduced::new(Arc::clone(peaks));
        }
        entry
    }
}

impl Reduced {
    fn new(source: Peaks) -> Self {
        let mut coarser: Vec<Vec<(f32, f32)>> = Vec::new();
        let mut finest: &[(f32, f32)] = &source;
        while finest.len() > REDUCTION {
            coarser.push(finest.chunks(REDUCTION).map(extremes).collect());
            finest = coarser.last().map_or(&[], Vec::as_slice);
        }
        Self { source, coarser }
    }

    /// Lowest and highest sample of the stretches from `from` up to `to`, to the accuracy of a column.
    fn between(&self, from: f64, to: f64) -> (f32, f32) {
        // Coarser stretches reach beyond the end; what lies wholly outside must still be silent.
        if to <= 0.0 || from >= self.source.len() as f64 {
            return (0.0, 0.0);
        }
        let mut level: &[(f32, f32)] = &self.source;
        let mut scale = 1.0;
        for coarser in &self.coarser {
            if to - from < scale * (2 * REDUCTION) as f64 {
                break;
            }
            scale *= REDUCTION as f64;
            level = coarser;
        }
        let first = (from / scale).floor().max(0.0) as usize;
        let end = ((to / scale).ceil().max(0.0) as usize).min(level.len());
        level
            .get(first..end.max(first))
            .map_or((0.0, 0.0), extremes)
    }
}

fn extremes(stretches: &[(f32, f32)]) -> (f32, f32) {
    stretches.iter().fold((0.0_f32, 0.0_f32), |sum, stretch| {
        (sum.0.min(stretch.0), sum.1.max(stretch.1))
    })
}

/// Which stretch of a loudness picture lies at which point of the screen.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// A point of the screen.
    pub x: f32,
    /// The stretch, with fraction, that lies there.
    pub stretch: f64,
    /// Stretches a point; negative when played backwards.
    pub per_px: f64,
}

/// Draws the part of a loudness picture that lies in `rect`; `gain` says how loud it is at a point.
pub fn paint(
    painter: &Painter,
    rect: Rect,
    peaks: &Reduced,
    course: Course,
    color: Color32,
    gain: impl Fn(f32) -> f32,
) {
    let rect = rect.intersect(painter.clip_rect());
    if !rect.is_positive() {
        return;
    }
    let column = 1.0 / painter.pixels_per_point();
    let (middle, half) = (rect.center().y, rect.height() / 2.0);
    let mut mesh = Mesh::default();
    let count = (rect.width() / column).ceil() as u32;
    mesh.reserve_vertices(2 * count as usize + 2);
    mesh.reserve_triangles(2 * count as usize);
    for index in 0..=count {
        let x = (rect.left() + index as f32 * column).min(rect.right());
        let at = course.stretch + f64::from(x - course.x) * course.per_px;
        let to = at + f64::from(column) * course.per_px;
        let (low, high) = peaks.between(at.min(to), at.max(to));
        let gain = gain(x);
        let y = |sample: f32| middle - (sample * gain).clamp(-1.0, 1.0) * half;
        mesh.colored_vertex(Pos2::new(x, y(high) - HALF_LINE_PX), color);
        mesh.colored_vertex(Pos2::new(x, y(low) + HALF_LINE_PX), color);
        if index > 0 {
            let last = 2 * index;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced() -> Reduced {
        let mut peaks = vec![(-0.1, 0.1); 10_000];
        peaks[7777] = (-0.9, 0.8);
        Reduced::new(Arc::new(peaks))
    }

    #[test]
    fn a_peak_shows_at_every_zoom() {
        let reduced = reduced();
        for width in [1.0, 5.0, 40.0, 300.0, 5000.0] {
            let from = 7777.0 - width / 2.0;
            assert_eq!(reduced.between(from, from + width), (-0.9, 0.8), "{width}");
        }
        assert_eq!(reduced.between(100.0, 600.0), (-0.1, 0.1));
    }

    #[test]
    fn outside_the_media_is_silence() {
        let reduced = reduced();
        assert_eq!(reduced.between(-50.0, -40.0), (0.0, 0.0));
        assert_eq!(reduced.between(10_000.0, 20_000.0), (0.0, 0.0));
        assert_eq!(Reduced::new(Arc::default()).between(0.0, 10.0), (0.0, 0.0));
    }

    #[test]
    fn reductions_are_made_once_for_each_picture() {
        let mut reductions = Reductions::default();
        let peaks: Peaks = Arc::new(vec![(0.0, 0.5); 100]);
        reductions.of(AssetId(1), &peaks);
        let other: Peaks = Arc::new(vec![(0.0, 0.7); 100]);
        assert_eq!(reductions.of(AssetId(1), &other).between(0.0, 99.0).1, 0.7);
    }
}
