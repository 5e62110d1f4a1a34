//! One frame: the photo's layers as the camera sees them, sharply resampled.

use super::{
    air::{Air, Ripple},
    camera::{Path, Pose, smooth},
    depth::Field,
    inpaint::Pixel,
    light::lay,
    scene::{Layer, Scene, Subject, Tile},
    weather::noise::noise,
    words::CameraMove,
};
use crate::image_ops::{Rgb, frame_like};
use av::{PixelFormat, ScanSize, Ticks, VideoFrame};
use rayon::prelude::*;

/// Where pixels come from is worked out at every so many pixels and mixed between: maps are smooth.
pub const CELL: usize = 8;
/// Depth along a ray is found by looking again this often.
const LOOKS: usize = 4;
/// The residue is gone when subject and background have moved apart by this share of the longer side.
const RESIDUE_REACH: f32 = 0.004;
/// Of the mirrored margin, moves show at most this share: mirrored lines have a kink. Only moving back needs all of it.
const MARGIN_SHOWN: f32 = 0.3;
/// Zoom that hides uncovered borders goes no further than this.
const COVER_MOST: f32 = 0.5;

/// From the camera's coordinates to a layer's pixels and back.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    longest: f32,
    middle: [f32; 2],
}

impl Grid {
    /// For a photo of this size.
    pub fn new(size: ScanSize) -> Self {
        Self {
            longest: size.width.max(size.height) as f32,
            middle: [
                (size.width as f32 - 1.0) / 2.0,
                (size.height as f32 - 1.0) / 2.0,
            ],
        }
    }

    /// The photo's pixel in the camera's coordinates.
    #[inline]
    pub fn point(&self, pixel: [f32; 2]) -> [f32; 2] {
        [
            (pixel[0] - self.middle[0]) / self.longest,
            (pixel[1] - self.middle[1]) / self.longest,
        ]
    }

    /// Where a point is, in the photo's pixels.
    #[inline]
    pub fn pixel(&self, point: [f32; 2]) -> [f32; 2] {
        [
            point[0] * self.longest + self.middle[0],
            point[1] * self.longest + self.middle[1],
        ]
    }

    /// Pixels of a length of 1.
    pub fn longest(&self) -> f32 {
        self.longest
    }
}

/// Which point of the photo is seen at `seen`, where nearness is a smooth field.
pub fn found(pose: &Pose, nearness: &Field, seen: [f32; 2]) -> [f32; 2] {
    let mut point = seen;
    for _ in 0..LOOKS {
        point = pose.unproject(seen, nearness.at(point));
    }
    point
}

/// One frame's view of a scene.
#[derive(Debug)]
pub struct View<'a> {
    scene: &'a Scene,
    pose: Pose,
    grid: Grid,
    /// How much of the residue is still shown.
    residue: f32,
    air: Option<Air>,
}

impl<'a> View<'a> {
    /// The scene seen from `pose`.
    pub fn new(scene: &'a Scene, pose: Pose) -> Self {
        let apart = scene
            .subject
            .as_ref()
            .map_or(0.0, |subject| parted(scene, subject, &pose));
        Self {
            scene,
            pose,
            grid: Grid::new(scene.size),
            residue: 1.0 - smooth(apart / RESIDUE_REACH),
            air: None,
        }
    }

    /// With this in the air.
    pub fn with_air(mut self, air: Option<Air>) -> Self {
        self.air = air;
        self
    }

    /// The frame, in `like`'s layout, shown at `pts`.
    pub fn frame(&self, like: &VideoFrame, pts: Ticks) -> VideoFrame {
        let size = self.scene.size;
        let (width, height) = (size.width as usize, size.height as usize);
        if like.format == PixelFormat::Rgba8 {
            let mut data = vec![255; width * height * 4];
            data.par_chunks_mut(CELL * width * 4)
                .enumerate()
                .for_each(|(band, target)| {
                    let (bytes, _none) = target.as_chunks_mut::<4>();
                    let pixels = self.band(band * CELL, bytes.len() / width);
                    for (target, pixel) in bytes.iter_mut().zip(&pixels) {
                        let byte = |value: f32| (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
                        *target = [byte(pixel[0]), byte(pixel[1]), byte(pixel[2]), 255];
                    }
                });
            return VideoFrame {
                color: like.color,
                ..VideoFrame::from_rgba(size, data, pts)
            };
        }
        let mut rgb = Rgb::black(size);
        let area = width * height;
        let (red, rest) = rgb.planes.split_at_mut(area);
        let (green, blue) = rest.split_at_mut(area);
        let bands = red
            .par_chunks_mut(CELL * width)
            .zip(green.par_chunks_mut(CELL * width))
            .zip(blue.par_chunks_mut(CELL * width));
        bands.enumerate().for_each(|(band, ((red, green), blue))| {
            let pixels = self.band(band * CELL, red.len() / width);
            for (place, pixel) in pixels.iter().enumerate() {
                red[place] = pixel[0].clamp(0.0, 1.0);
                green[place] = pixel[1].clamp(0.0, 1.0);
                blue[place] = pixel[2].clamp(0.0, 1.0);
            }
        });
        frame_like(&rgb, Some(like), pts)
    }

    /// Rows `first..first + rows`.
    fn band(&self, first: usize, rows: usize) -> Vec<Pixel> {
        let width = self.scene.size.width as usize;
        let mut pixels = vec![[0.0; 4]; rows * width];
        let back = Cells::new(self, &self.scene.back, &self.scene.nearness, first);
        let front = self.scene.subject.as_ref().map(|subject| {
            (
                subject,
                Cells::new(self, &subject.layer, &subject.nearness, first),
            )
        });
        for cell in 0..width.div_ceil(CELL) {
            let is_hidden = front
                .as_ref()
                .is_some_and(|(subject, cells)| cells.holds(&subject.layer, cell) == Tile::Solid);
            if !is_hidden {
                back.each(cell, rows, width, |place, at| {
                    pixels[place] = self.behind(at, [place % width, first + place / width]);
                });
            }
        }
        if let Some(air) = &self.air {
            air.behind.paint(first, width, &mut pixels);
        }
        if let Some((subject, cells)) = &front {
            self.lay_over(subject, cells, rows, &mut pixels);
        }
        if let Some(air) = &self.air {
            air.front.paint(first, width, &mut pixels);
        }
        pixels
    }

    /// The background's pixel, in the scene's light, with waves where it is water.
    #[inline]
    fn behind(&self, at: [f32; 2], seen: [usize; 2]) -> Pixel {
        let layer = &self.scene.back;
        let Some(air) = &self.air else {
            return sampled::<true>(layer, at);
        };
        let Some(ripple) = &air.ripple else {
            let mut pixel = sampled::<true>(layer, at);
            air.grade.apply(&mut pixel);
            return pixel;
        };
        let column = (at[0].max(0.0) as usize).min(layer.width - 1);
        let row = (at[1].max(0.0) as usize).min(layer.height - 1);
        let water = (-layer.pixels[row * layer.width + column][3]).max(0.0);
        let mut pixel;
        if water > 0.02 {
            let wave = Wave::new(ripple, &self.grid, at, layer, seen);
            let moved = [at[0] + wave.shift[0] * water, at[1] + wave.shift[1] * water];
            pixel = sampled::<true>(layer, moved);
            air.grade.apply(&mut pixel);
            let light = ripple.glint.map(|part| part * wave.glint * water);
            lay(&mut pixel, light, wave.shade * water);
        } else {
            pixel = sampled::<true>(layer, at);
            air.grade.apply(&mut pixel);
        }
        pixel
    }

    fn lay_over(&self, subject: &Subject, cells: &Cells, rows: usize, pixels: &mut [Pixel]) {
        let width = self.scene.size.width as usize;
        for cell in 0..width.div_ceil(CELL) {
            let holds = cells.holds(&subject.layer, cell);
            if holds != Tile::Empty {
                cells.each(cell, rows, width, |place, at| {
                    let mut front = sampled::<false>(&subject.layer, at);
                    if let Some(air) = &self.air {
                        air.grade.apply(&mut front);
                    }
                    let through = 1.0 - front[3].clamp(0.0, 1.0);
                    let pixel = &mut pixels[place];
                    for channel in 0..3 {
                        pixel[channel] = pixel[channel] * through + front[channel];
                    }
                    // What lies behind is neither sky nor water any more.
                    pixel[3] *= through;
                });
            }
            if self.residue > 0.0 && cells.holds(&subject.residue, cell) != Tile::Empty {
                cells.each(cell, rows, width, |place, at| {
                    let mut lacks = sampled::<false>(&subject.residue, at);
                    if let Some(air) = &self.air {
                        air.grade.apply(&mut lacks);
                    }
                    for channel in 0..3 {
                        pixels[place][channel] += self.residue * lacks[channel];
                    }
                });
            }
        }
    }
}

/// What waves do at one place of the water.
struct Wave {
    /// In the layer's pixels.
    shift: [f32; 2],
    glint: f32,
    shade: f32,
}

impl Wave {
    fn new(ripple: &Ripple, grid: &Grid, at: [f32; 2], layer: &Layer, seen: [usize; 2]) -> Self {
        let photo = [
            at[0] + layer.origin[0] as f32,
            at[1] + layer.origin[1] as f32,
        ];
        let [x, y] = grid.point(photo);
        // Seen in perspective: long and slow near the camera, fine and flat towards the horizon.
        let down = (y - ripple.horizon).max(0.0) + 0.015;
        let far = 0.11 / down;
        let t = ripple.seconds;
        let swell = noise([x * far * 16.0 + 0.35 * t, far * 26.0 + 0.9 * t, 0.5 * t]) - 0.5;
        let chop = noise([
            x * far * 42.0 - 0.5 * t,
            far * 70.0 + 1.6 * t,
            1.1 * t + 5.0,
        ]) - 0.5;
        let size = grid.longest() * 0.030 * down.min(0.30) * ripple.presence;
        let slope = 0.65 * swell + 0.35 * chop;
        // A glint is a small facet turned just so; which one changes all the time.
        let facet = noise([seen[0] as f32 * 0.45, seen[1] as f32 * 0.9, t * 2.6]);
        let turned = smooth((slope + 0.5 - 0.62) / 0.2) * smooth((facet - 0.70) / 0.16);
        Self {
            shift: [size * 0.8 * swell, size * slope],
            glint: 0.75 * turned * ripple.presence,
            shade: (-slope * 0.28).max(0.0) * ripple.presence,
        }
    }
}

/// How far subject and background have moved apart, of the longer side, where that is most.
fn parted(scene: &Scene, subject: &Subject, pose: &Pose) -> f32 {
    let [low, high] = subject.corners;
    let corners = [low, [high[0], low[1]], [low[0], high[1]], high];
    let apart = corners.map(|corner| {
        let front = pose.project(corner, subject.nearness.at(corner));
        let back = pose.project(corner, scene.nearness.at(corner));
        (front[0] - back[0]).hypot(front[1] - back[1])
    });
    apart.into_iter().fold(0.0, f32::max)
}

/// Where the pixels of one band come from in a layer, at the corners of its cells.
struct Cells {
    upper: Vec<[f32; 2]>,
    lower: Vec<[f32; 2]>,
}

impl Cells {
    fn new(view: &View<'_>, layer: &Layer, nearness: &Field, first: usize) -> Self {
        let corners = view.scene.size.width as usize / CELL + 2;
        let row = |y: usize| -> Vec<[f32; 2]> {
            let at = |column: usize| {
                let seen = view.grid.point([(column * CELL) as f32, y as f32]);
                let pixel = view.grid.pixel(found(&view.pose, nearness, seen));
                [
                    pixel[0] - layer.origin[0] as f32,
                    pixel[1] - layer.origin[1] as f32,
                ]
            };
            (0..corners).map(at).collect()
        };
        Self {
            upper: row(first),
            lower: row(first + CELL),
        }
    }

    /// What the layer holds where this cell looks.
    fn holds(&self, layer: &Layer, cell: usize) -> Tile {
        let corners = [
            self.upper[cell],
            self.upper[cell + 1],
            self.lower[cell],
            self.lower[cell + 1],
        ];
        let low = [0, 1].map(|axis| corners.iter().map(|c| c[axis]).fold(f32::MAX, f32::min));
        let high = [0, 1].map(|axis| corners.iter().map(|c| c[axis]).fold(f32::MIN, f32::max));
        layer.between(low, high)
    }

    /// Calls `visit` with each pixel of the cell and where it comes from.
    #[inline]
    fn each(&self, cell: usize, rows: usize, width: usize, mut visit: impl FnMut(usize, [f32; 2])) {
        let columns = CELL.min(width - cell * CELL);
        let (a, b) = (self.upper[cell], self.upper[cell + 1]);
        let (c, d) = (self.lower[cell], self.lower[cell + 1]);
        for row in 0..rows {
            let down = row as f32 / CELL as f32;
            let left = [a[0] + (c[0] - a[0]) * down, a[1] + (c[1] - a[1]) * down];
            let right = [b[0] + (d[0] - b[0]) * down, b[1] + (d[1] - b[1]) * down];
            let step = [
                (right[0] - left[0]) / CELL as f32,
                (right[1] - left[1]) / CELL as f32,
            ];
            for column in 0..columns {
                let along = column as f32;
                let at = [left[0] + step[0] * along, left[1] + step[1] * along];
                visit(row * width + cell * CELL + column, at);
            }
        }
    }
}

/// Catmull and Rom's weights for a place `t` between the second and the third of four pixels.
#[inline]
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]
}

/// The layer's value between its pixels; outside it goes on as its border does (`GOES_ON`) or holds nothing.
#[inline]
fn sampled<const GOES_ON: bool>(layer: &Layer, [x, y]: [f32; 2]) -> Pixel {
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (weights(x - left), weights(y - top));
    let (left, top) = (left as isize - 1, top as isize - 1);
    let mut sum = [0.0_f32; 4];
    let is_inside = left >= 0
        && top >= 0
        && left + 4 <= layer.width as isize
        && top + 4 <= layer.height as isize;
    if is_inside {
        for (row, down) in down.iter().enumerate() {
            let first = (top as usize + row) * layer.width + left as usize;
            let four = &layer.pixels[first..first + 4];
            let mut mixed = [0.0_f32; 4];
            for (pixel, across) in four.iter().zip(&across) {
                for channel in 0..4 {
                    mixed[channel] += pixel[channel] * across;
                }
            }
            for channel in 0..4 {
                sum[channel] += mixed[channel] * down;
            }
        }
        return sum;
    }
    for (row, down) in (top..).zip(&down) {
        for (column, across) in (left..).zip(&across) {
            let inside_x = column.clamp(0, layer.width as isize - 1);
            let inside_y = row.clamp(0, layer.height as isize - 1);
            if !GOES_ON && (inside_x != column || inside_y != row) {
                continue;
            }
            let pixel = layer.pixels[inside_y as usize * layer.width + inside_x as usize];
            for channel in 0..4 {
                sum[channel] += pixel[channel] * across * down;
            }
        }
    }
    sum
}

/// The additional zoom that `path` needs so that no border of `scene` is uncovered.
pub fn cover(scene: &Scene, path: &Path) -> f32 {
    const MOMENTS: usize = 40;
    let bare = Path {
        cover: 0.0,
        ..*path
    };
    let mut most = 0.0_f32;
    for moment in 1..=MOMENTS {
        let time = moment as f32 / MOMENTS as f32;
        let swing = path.swing(time);
        let shown = if path.camera == CameraMove::Pull {
            1.0
        } else {
            MARGIN_SHOWN
        };
        let need = needed(scene, bare.pose(time), shown);
        if need > 0.0 && swing > 0.02 {
            most = most.max(need / swing);
        }
    }
    most.min(COVER_MOST)
}

/// The least zoom on top of `pose`'s that keeps the view on the canvas.
fn needed(scene: &Scene, pose: Pose, shown: f32) -> f32 {
    let is_covered = |more: f32| {
        let zoom = pose.zoom * (1.0 + more);
        is_covered(scene, Pose { zoom, ..pose }, shown)
    };
    if is_covered(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, COVER_MOST);
    for _ in 0..12 {
        let middle = f32::midpoint(low, high);
        if is_covered(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Whether everything that `pose` sees is photo or the inner `shown` of the margin.
pub fn is_covered(scene: &Scene, pose: Pose, shown: f32) -> bool {
    const ALONG: usize = 12;
    let grid = Grid::new(scene.size);
    let (width, height) = (
        scene.size.width as f32 - 1.0,
        scene.size.height as f32 - 1.0,
    );
    let room = (scene.margin as f32 - 2.0) * shown;
    let is_inside = |field: &Field, x: f32, y: f32| {
        let [x, y] = grid.pixel(found(&pose, field, grid.point([x, y])));
        x >= -room && y >= -room && x <= width + room && y <= height + room
    };
    let fields = [
        Some(&scene.nearness),
        scene.subject.as_ref().map(|subject| &subject.nearness),
    ];
    (0..=ALONG).all(|step| {
        let share = step as f32 / ALONG as f32;
        let (x, y) = (share * width, share * height);
        let points = [(x, 0.0), (x, height), (0.0, y), (width, y)];
        points
            .into_iter()
            .all(|(x, y)| fields.iter().flatten().all(|field| is_inside(field, x, y)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{matte::Matte, models::photo::camera::Easing};

    const SIZE: ScanSize = ScanSize::new(200, 120);

    /// A red ball with a soft edge before a striped wall, and its true matte.
    fn ball(x: f32) -> (VideoFrame, Matte) {
        let (mut data, mut alpha) = (Vec::new(), Vec::new());
        for v in 0..SIZE.height {
            for u in 0..SIZE.width {
                let from_middle = (u as f32 - x).hypot(v as f32 - 64.0);
                let share = ((31.0 - from_middle) / 2.0).clamp(0.0, 1.0);
                let wall = 60.0 + 60.0 * ((u / 7) % 2) as f32;
                let mix = |front: f32, back: f32| (front * share + back * (1.0 - share)) as u8;
                data.extend([
                    mix(220.0, wall),
                    mix(30.0, wall),
                    mix(20.0, wall + 40.0),
                    255,
                ]);
                alpha.push((share * 255.0) as u8);
            }
        }
        let frame = VideoFrame::from_rgba(SIZE, data, Ticks::ZERO);
        (
            frame,
            Matte {
                size: SIZE,
                alpha: alpha.into(),
            },
        )
    }

    fn scene() -> (VideoFrame, Scene) {
        let (photo, matte) = ball(100.0);
        let scene = Scene::of(&photo, Some(&matte), 1, &mut |_done| Ok(())).unwrap();
        (photo, scene)
    }

    fn path(scene: &Scene, camera: CameraMove, is_loop: bool) -> Path {
        let subject = scene.subject.as_ref().unwrap();
        let path = Path {
            camera,
            strength: 1.0,
            easing: Easing::InOut,
            is_loop,
            seconds: 3.0,
            pivot: subject.middle,
            center: subject.center,
            cover: 0.0,
        };
        Path {
            cover: cover(scene, &path),
            ..path
        }
    }

    fn difference(a: &VideoFrame, b: &VideoFrame) -> f64 {
        let pairs = a.planes[0].data.iter().zip(b.planes[0].data.iter());
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.bytes() as f64
    }

    #[test]
    fn from_where_it_was_taken_the_photo_is_itself() {
        let (photo, scene) = scene();
        let same = View::new(&scene, Pose::IDENTITY).frame(&photo, Ticks(7));
        for (found, wanted) in same.planes[0].data.iter().zip(photo.planes[0].data.iter()) {
            assert!(found.abs_diff(*wanted) <= 1, "{found} for {wanted}");
        }
        assert_eq!(same.pts, Ticks(7));
    }

    #[test]
    fn every_move_starts_softly_stays_covered_and_moves() {
        let (photo, scene) = scene();
        for camera in CameraMove::ALL {
            let path = path(&scene, camera, false);
            let frame = |time: f32| View::new(&scene, path.pose(time)).frame(&photo, Ticks::ZERO);
            let (first, end) = (
                difference(&photo, &frame(1.0 / 72.0)),
                difference(&photo, &frame(1.0)),
            );
            assert!(first < 1.0, "{camera:?} starts with a jump of {first}");
            assert_eq!(
                camera != CameraMove::Still,
                end > 3.0,
                "{camera:?} ends at {end}"
            );
            for moment in 0..=20 {
                let time = moment as f32 / 20.0;
                assert!(
                    is_covered(&scene, path.pose(time), 1.0),
                    "{camera:?} uncovers a border at {time}"
                );
            }
            assert!(path.cover < 0.3, "{camera:?} zooms by {}", path.cover);
        }
    }

    #[test]
    fn loops_close() {
        let (photo, scene) = scene();
        for camera in CameraMove::ALL {
            let path = path(&scene, camera, true);
            let frame = |index: usize| {
                View::new(&scene, path.pose(index as f32 / 48.0)).frame(&photo, Ticks::ZERO)
            };
            let (usual, seam) = (
                difference(&frame(24), &frame(25)),
                difference(&frame(47), &photo),
            );
            assert!(
                seam < usual * 2.0 + 1.5,
                "{camera:?}: {seam} at the seam, {usual} elsewhere"
            );
        }
    }

    #[test]
    fn the_subject_leaves_no_ghost_behind() {
        let (_, scene) = scene();
        // Red against blue tells the ball from the wall, whatever its brightness.
        let redness = |pixel: &Pixel| pixel[0] - pixel[2];
        let ghosts = scene
            .back
            .pixels
            .iter()
            .filter(|pixel| redness(pixel) > 0.05)
            .count();
        assert_eq!(ghosts, 0, "of {} pixels", scene.back.pixels.len());
        let subject = scene.subject.unwrap();
        assert!((subject.share - 0.125).abs() < 0.03, "{}", subject.share);
        let mut edge = subject
            .layer
            .pixels
            .iter()
            .filter(|pixel| (0.4..0.9).contains(&pixel[3]));
        assert!(
            edge.all(|pixel| redness(pixel) / pixel[3] > 0.45),
            "wall in the ball's edge"
        );
    }

    #[test]
    fn subject_and_background_move_apart_and_nothing_leaves_the_range() {
        let (photo, scene) = scene();
        let frame = View::new(&scene, path(&scene, CameraMove::PanRight, false).pose(1.0))
            .frame(&photo, Ticks::ZERO);
        let left_edge = |frame: &VideoFrame, y: usize| {
            let row = frame.row(0, y).chunks_exact(4);
            row.map(|pixel| i32::from(pixel[0]) - i32::from(pixel[2]))
                .position(|red| red > 60)
        };
        let (before, after) = (
            left_edge(&photo, 64).unwrap(),
            left_edge(&frame, 64).unwrap(),
        );
        assert!(
            before > after + 4,
            "the ball moved from {before} to {after}"
        );
        for pose in [0.3, 0.7, 1.0].map(|time| path(&scene, CameraMove::Pull, false).pose(time)) {
            let view = View::new(&scene, pose);
            let pixels = view.band(8, CELL);
            let worst = pixels.iter().flat_map(|pixel| &pixel[..3]);
            let worst = worst
                .map(|v| (v - v.clamp(0.0, 1.0)).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.2, "overshoots of resampling alone: {worst}");
        }
    }
}
