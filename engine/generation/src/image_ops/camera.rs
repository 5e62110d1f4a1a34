//! Motion between two pictures: blocks that are found again, and the one motion of the camera that explains most.

use av::ScanSize;
use rayon::prelude::*;

/// Side of a block in pixels.
const BLOCK_PX: usize = 16;
/// How far a block is searched for at a quarter of the size, in pixels there.
const COARSE_REACH_PX: isize = 9;
/// How much smaller the first search is.
const COARSE_SHRINK: usize = 4;
/// How far around the coarse find the exact place is looked for, in pixels.
const FINE_REACH_PX: isize = 4;
/// Mean square gradient (of 1) in the weaker direction above which a block can be found again.
const TEXTURE_MIN: f32 = 2.5e-4;
/// A block found within this many pixels of where the camera's motion puts it has moved with the camera.
const INLIER_PX: f32 = 0.75;
/// Share of the blocks that should be there to be found again; fewer count as blocks that moved otherwise.
const TEXTURED_SHARE: f32 = 0.3;
/// Blocks further out than this share of half a side lie at the border.
const OUTER_FROM: f32 = 0.6;
/// Share of the blocks that lie there.
const OUTER_SHARE: f32 = 1.0 - OUTER_FROM * OUTER_FROM;
/// Rounds of fitting, each trusting near blocks more.
const FIT_ROUNDS: usize = 14;

/// Where the blocks of one picture went.
#[derive(Debug, Clone, Default)]
pub struct MotionField {
    /// Blocks with enough in them to be found again.
    pub blocks: Vec<Block>,
    /// Blocks in all.
    pub total: usize,
    /// Half the width and height of the picture.
    pub half: [f32; 2],
}

/// One block.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Its middle, from the middle of the picture, in pixels.
    pub place: [f32; 2],
    /// Right and down, in pixels.
    pub motion: [f32; 2],
}

/// Turn, scale and move about the middle of the picture: x' = a·x − b·y + right, y' = b·x + a·y + down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Scale times cosine of the turn.
    pub a: f32,
    /// Scale times sine of the turn.
    pub b: f32,
    /// Pixels to the right.
    pub right: f32,
    /// Pixels down.
    pub down: f32,
}

impl Similarity {
    /// Nothing moves.
    pub const STILL: Self = Self {
        a: 1.0,
        b: 0.0,
        right: 0.0,
        down: 0.0,
    };

    /// Where `[x, y]` goes.
    pub fn apply(self, [x, y]: [f32; 2]) -> [f32; 2] {
        [
            self.a * x - self.b * y + self.right,
            self.b * x + self.a * y + self.down,
        ]
    }

    /// First `first`, then this.
    pub fn after(self, first: Self) -> Self {
        let [right, down] = self.apply([first.right, first.down]);
        Self {
            a: self.a * first.a - self.b * first.b,
            b: self.b * first.a + self.a * first.b,
            right,
            down,
        }
    }

    /// The way back.
    pub fn inverse(self) -> Self {
        let square = (self.a * self.a + self.b * self.b).max(1e-12);
        let (a, b) = (self.a / square, -self.b / square);
        Self {
            a,
            b,
            right: -(a * self.right - b * self.down),
            down: -(b * self.right + a * self.down),
        }
    }

    /// A part of this motion, for motions that are small.
    pub fn part(self, share: f32) -> Self {
        let scale = self.a.hypot(self.b).max(1e-6).powf(share);
        let turn = self.b.atan2(self.a) * share;
        Self {
            a: scale * turn.cos(),
            b: scale * turn.sin(),
            right: self.right * share,
            down: self.down * share,
        }
    }

    /// The same motion measured in pixels `factor` times as small.
    pub fn enlarged(self, factor: f32) -> Self {
        Self {
            right: self.right * factor,
            down: self.down * factor,
            ..self
        }
    }

    /// Mean length of the motion over a picture of `size`, in its pixels.
    pub fn length(self, size: ScanSize) -> f32 {
        let (x, y) = (size.width as f32 / 3.0, size.height as f32 / 3.0);
        let points = [[0.0, 0.0], [x, y], [-x, y], [x, -y], [-x, -y]];
        let lengths = points.map(|point| {
            let [u, v] = self.apply(point);
            (u - point[0]).hypot(v - point[1])
        });
        lengths.iter().sum::<f32>() / points.len() as f32
    }
}

/// A camera motion and how much it explains.
#[derive(Debug, Clone, Copy)]
pub struct CameraMotion {
    /// The motion, in pixels at the size it was measured.
    pub motion: Similarity,
    /// Share of the blocks that moved with it, 0 to 1.
    pub explained: f32,
}

/// Where the blocks of `first` are in `second`, both brightness from 0 to 1 of `size`.
pub fn motion_field(first: &[f32], second: &[f32], size: ScanSize) -> MotionField {
    let [small_first, small_second] = [first, second].map(|plane| Gray::new(plane, size).shrunk());
    let (first, second) = (Gray::new(first, size), Gray::new(second, size));
    let (columns, rows) = (first.width / BLOCK_PX, first.height / BLOCK_PX);
    let blocks = (0..columns * rows).into_par_iter().filter_map(|index| {
        let corner = [index % columns * BLOCK_PX, index / columns * BLOCK_PX];
        if first.texture(corner) < TEXTURE_MIN {
            return None;
        }
        let coarse = coarse_motion([&small_first, &small_second], corner);
        let motion = fine_motion([&first, &second], corner, coarse)?;
        let middle =
            |corner: usize, side: usize| corner as f32 + BLOCK_PX as f32 / 2.0 - side as f32 / 2.0;
        let place = [
            middle(corner[0], first.width),
            middle(corner[1], first.height),
        ];
        Some(Block { place, motion })
    });
    MotionField {
        blocks: blocks.collect(),
        total: columns * rows,
        half: [size.width, size.height].map(|side| side as f32 / 2.0),
    }
}

impl MotionField {
    /// The motion that most blocks share; `None` when there are too few blocks to say.
    pub fn camera(&self) -> Option<CameraMotion> {
        const BLOCKS_MIN: usize = 8;
        if self.blocks.len() < BLOCKS_MIN {
            return None;
        }
        let middle = |axis: usize| {
            let mut values: Vec<f32> = self.blocks.iter().map(|block| block.motion[axis]).collect();
            values.sort_by(f32::total_cmp);
            values[values.len() / 2]
        };
        let mut motion = Similarity {
            right: middle(0),
            down: middle(1),
            ..Similarity::STILL
        };
        for round in 0..FIT_ROUNDS {
            // From generous to strict: far blocks lose their say step by step.
            let reach = INLIER_PX * (1.0 + 6.0 * (1.0 - round as f32 / FIT_ROUNDS as f32));
            motion = self.fitted(motion, reach)?;
        }
        // A few blocks on the one thing before a bare wall say nothing of the camera, nor does a large thing in the
        // middle: what moves with the camera does so at the border as well.
        let is_outer = |block: &&Block| {
            (0..2).any(|axis| block.place[axis].abs() > self.half[axis] * OUTER_FROM)
        };
        // What leaves the picture cannot be found again.
        let inside = self.half.map(|half| half - BLOCK_PX as f32 / 2.0);
        let stays = |block: &&Block| {
            let [x, y] = motion.apply(block.place);
            x.abs() <= inside[0] && y.abs() <= inside[1]
        };
        let all: Vec<&Block> = self.blocks.iter().filter(stays).collect();
        let outer: Vec<&Block> = all.iter().copied().filter(is_outer).collect();
        let share = |blocks: &[&Block], total: f32| {
            let moved = blocks
                .iter()
                .filter(|block| block.error(motion) < INLIER_PX);
            moved.count() as f32 / (blocks.len() as f32).max(total * TEXTURED_SHARE)
        };
        let total = self.total as f32;
        let explained = share(&all, total).min(share(&outer, total * OUTER_SHARE));
        Some(CameraMotion { motion, explained })
    }

    /// Least squares, each block weighted by how well it fits `motion` already.
    fn fitted(&self, motion: Similarity, reach: f32) -> Option<Similarity> {
        let (mut n, mut sx, mut sy, mut su, mut sv) = (0.0_f64, 0.0, 0.0, 0.0, 0.0);
        let weights = self.blocks.iter().map(|block| {
            let ratio = f64::from(block.error(motion) / reach);
            (block, 1.0 / (1.0 + ratio.powi(4)))
        });
        let weighted: Vec<_> = weights.collect();
        for (block, weight) in &weighted {
            let [x, y] = block.place.map(f64::from);
            let [u, v] = block.target().map(f64::from);
            n += weight;
            sx += weight * x;
            sy += weight * y;
            su += weight * u;
            sv += weight * v;
        }
        if n < 1e-6 {
            return None;
        }
        let (mx, my, mu, mv) = (sx / n, sy / n, su / n, sv / n);
        let (mut along, mut across, mut square) = (0.0, 0.0, 0.0);
        for (block, weight) in &weighted {
            let [x, y] = block.place.map(f64::from);
            let [u, v] = block.target().map(f64::from);
            let (x, y, u, v) = (x - mx, y - my, u - mu, v - mv);
            along += weight * (x * u + y * v);
            across += weight * (x * v - y * u);
            square += weight * (x * x + y * y);
        }
        // Blocks all in one place say nothing of turn and scale.
        let (a, b) = if square > 1.0 {
            (along / square, across / square)
        } else {
            (1.0, 0.0)
        };
        Some(Similarity {
            a: a as f32,
            b: b as f32,
            right: (mu - a * mx + b * my) as f32,
            down: (mv - b * mx - a * my) as f32,
        })
    }

    /// How fast things go: the 95th percentile of the blocks' motion in pixels.
    pub fn speed(&self) -> f32 {
        let lengths = self
            .blocks
            .iter()
            .map(|block| block.motion[0].hypot(block.motion[1]));
        let mut lengths: Vec<f32> = lengths.collect();
        lengths.sort_by(f32::total_cmp);
        let place = lengths.len() * 95 / 100;
        lengths.get(place).copied().unwrap_or_default()
    }

    /// Mean difference to another field's motion over blocks that both have, in pixels.
    pub fn difference(&self, other: &Self) -> f32 {
        let (mut sum, mut count) = (0.0, 0_usize);
        let mut others = other.blocks.iter().peekable();
        for block in &self.blocks {
            // Both run through the picture row by row.
            let is_before =
                |other: &Block| (other.place[1], other.place[0]) < (block.place[1], block.place[0]);
            while others.next_if(|other| is_before(other)).is_some() {}
            if let Some(other) = others.peek()
                && other.place == block.place
            {
                let [u, v] = [0, 1].map(|axis| block.motion[axis] - other.motion[axis]);
                sum += u.hypot(v);
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { sum / count as f32 }
    }
}

impl Block {
    fn target(&self) -> [f32; 2] {
        [
            self.place[0] + self.motion[0],
            self.place[1] + self.motion[1],
        ]
    }

    fn error(&self, motion: Similarity) -> f32 {
        let [u, v] = motion.apply(self.place);
        let [x, y] = self.target();
        (u - x).hypot(v - y)
    }
}

/// A plane of brightness.
struct Gray<'a> {
    pixels: std::borrow::Cow<'a, [f32]>,
    width: usize,
    height: usize,
}

impl<'a> Gray<'a> {
    fn new(pixels: &'a [f32], size: ScanSize) -> Self {
        Self {
            pixels: pixels.into(),
            width: size.width as usize,
            height: size.height as usize,
        }
    }

    /// Means of squares of [`COARSE_SHRINK`] pixels.
    fn shrunk(&self) -> Gray<'static> {
        let (width, height) = (self.width / COARSE_SHRINK, self.height / COARSE_SHRINK);
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let rows = (0..COARSE_SHRINK).map(|row| {
                    let first = (y * COARSE_SHRINK + row) * self.width + x * COARSE_SHRINK;
                    self.pixels[first..][..COARSE_SHRINK].iter().sum::<f32>()
                });
                pixels.push(rows.sum::<f32>() / (COARSE_SHRINK * COARSE_SHRINK) as f32);
            }
        }
        Gray {
            pixels: pixels.into(),
            width,
            height,
        }
    }

    /// Mean square gradient of a block in its weaker direction.
    fn texture(&self, [left, top]: [usize; 2]) -> f32 {
        let (mut xx, mut yy, mut xy) = (0.0_f32, 0.0_f32, 0.0_f32);
        for y in top..(top + BLOCK_PX - 1) {
            for x in left..(left + BLOCK_PX - 1) {
                let here = self.pixels[y * self.width + x];
                let right = self.pixels[y * self.width + x + 1] - here;
                let down = self.pixels[(y + 1) * self.width + x] - here;
                xx += right * right;
                yy += down * down;
                xy += right * down;
            }
        }
        let half = (xx - yy).hypot(2.0 * xy) / 2.0;
        (f32::midpoint(xx, yy) - half) / (BLOCK_PX * BLOCK_PX) as f32
    }

    /// Mean absolute difference between the square of `side` at `corner` here and at `corner + shift` there; `None`
    /// when that lies outside.
    fn difference(
        &self,
        there: &Gray<'_>,
        corner: [usize; 2],
        shift: [isize; 2],
        side: usize,
    ) -> Option<f32> {
        let left = corner[0].checked_add_signed(shift[0])?;
        let top = corner[1].checked_add_signed(shift[1])?;
        if left + side > there.width || top + side > there.height {
            return None;
        }
        let rows = (0..side).map(|row| {
            let here = &self.pixels[(corner[1] + row) * self.width + corner[0]..][..side];
            let there = &there.pixels[(top + row) * there.width + left..][..side];
            let pairs = here.iter().zip(there);
            pairs.map(|(a, b)| (a - b).abs()).sum::<f32>()
        });
        Some(rows.sum::<f32>() / (side * side) as f32)
    }
}

/// Best shift at a quarter of the size, in full pixels; blocks are twice as wide there, so that they hold enough.
fn coarse_motion([first, second]: [&Gray<'_>; 2], corner: [usize; 2]) -> [isize; 2] {
    /// A longer motion must match better by this much (of 1): flat ground has no direction.
    const PER_PIXEL: f32 = 4e-4;
    let side = (BLOCK_PX * 2 / COARSE_SHRINK)
        .min(first.width)
        .min(first.height);
    let start = |corner: usize, length: usize| {
        let middle = (corner + BLOCK_PX / 2) / COARSE_SHRINK;
        middle.saturating_sub(side / 2).min(length - side)
    };
    let corner = [
        start(corner[0], first.width),
        start(corner[1], first.height),
    ];
    let mut best = (f32::INFINITY, [0, 0]);
    for down in -COARSE_REACH_PX..=COARSE_REACH_PX {
        for right in -COARSE_REACH_PX..=COARSE_REACH_PX {
            let shift = [right, down];
            if let Some(difference) = first.difference(second, corner, shift, side) {
                let length = (right.unsigned_abs() + down.unsigned_abs()) as f32;
                let cost = difference + PER_PIXEL * length;
                if cost < best.0 {
                    best = (cost, shift);
                }
            }
        }
    }
    best.1.map(|pixels| pixels * COARSE_SHRINK as isize)
}

/// Best shift near `coarse`, to a fraction of a pixel.
fn fine_motion(
    [first, second]: [&Gray<'_>; 2],
    corner: [usize; 2],
    coarse: [isize; 2],
) -> Option<[f32; 2]> {
    let cost = |shift: [isize; 2]| first.difference(second, corner, shift, BLOCK_PX);
    let mut best: Option<(f32, [isize; 2])> = None;
    for around in [coarse, [0, 0]] {
        for down in -FINE_REACH_PX..=FINE_REACH_PX {
            for right in -FINE_REACH_PX..=FINE_REACH_PX {
                let shift = [around[0] + right, around[1] + down];
                if let Some(cost) = cost(shift)
                    && best.is_none_or(|(least, _)| cost < least)
                {
                    best = Some((cost, shift));
                }
            }
        }
    }
    let (least, shift) = best?;
    let fraction = |axis: usize| {
        let beside = |step: isize| {
            let mut shift = shift;
            shift[axis] += step;
            cost(shift)
        };
        let (Some(before), Some(after)) = (beside(-1), beside(1)) else {
            return 0.0;
        };
        // Absolute differences make a V: two straight lines that meet.
        let steep = (before - least).max(after - least);
        if steep > 0.0 {
            ((before - after) / (2.0 * steep)).clamp(-0.5, 0.5)
        } else {
            0.0
        }
    };
    Some([0, 1].map(|axis| shift[axis] as f32 + fraction(axis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ScanSize = ScanSize::new(160, 96);

    /// Smooth noise that never repeats: waves would be found again one period on.
    fn texture(x: f32, y: f32) -> f32 {
        let corner = |x: f32, y: f32| {
            let mixed = (x as i32 as u32).wrapping_mul(0x9e37_79b1)
                ^ (y as i32 as u32).wrapping_mul(0x85eb_ca77);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
            ((mixed ^ (mixed >> 12)) & 0xffff) as f32 / 65_535.0
        };
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let noise = |x: f32, y: f32| {
            let (left, top) = (x.floor(), y.floor());
            let (u, v) = (smooth(x - left), smooth(y - top));
            let upper = corner(left, top) * (1.0 - u) + corner(left + 1.0, top) * u;
            let lower = corner(left, top + 1.0) * (1.0 - u) + corner(left + 1.0, top + 1.0) * u;
            upper * (1.0 - v) + lower * v
        };
        0.6 * noise(x / 9.0, y / 9.0) + 0.4 * noise(x / 5.0 + 40.0, y / 5.0)
    }

    fn picture(seen_through: Similarity) -> Vec<f32> {
        let back = seen_through.inverse();
        let mut pixels = Vec::new();
        for y in 0..SIZE.height {
            for x in 0..SIZE.width {
                let place = [x as f32 + 0.5 - 80.0, y as f32 + 0.5 - 48.0];
                let [u, v] = back.apply(place);
                pixels.push(texture(u, v));
            }
        }
        pixels
    }

    #[test]
    fn the_cameras_motion_is_found_to_a_quarter_of_a_pixel() {
        let still = picture(Similarity::STILL);
        let cases = [
            [1.0, 0.0, 3.4, -1.6],
            [1.01, 0.006, -2.0, 0.5],
            [1.0, 0.0, 21.0, 9.0],
            [1.0, 0.0, 0.0, 0.0],
        ];
        for [a, b, right, down] in cases {
            let wanted = Similarity { a, b, right, down };
            let camera = motion_field(&still, &picture(wanted), SIZE)
                .camera()
                .unwrap();
            let miss = camera.motion.after(wanted.inverse()).length(SIZE);
            assert!(miss < 0.25, "{wanted:?}: {camera:?} misses by {miss}");
            assert!(camera.explained > 0.8, "{wanted:?}: {camera:?}");
        }
    }

    #[test]
    fn flat_pictures_have_no_motion_to_find() {
        let flat = vec![0.5; SIZE.area() as usize];
        let field = motion_field(&flat, &flat, SIZE);
        assert!(field.camera().is_none() && field.speed() == 0.0);
    }

    #[test]
    fn motions_are_undone_by_their_inverse() {
        let motion = Similarity {
            a: 1.1,
            b: 0.2,
            right: 5.0,
            down: -7.0,
        };
        let [x, y] = motion.inverse().after(motion).apply([12.0, 34.0]);
        assert!((x - 12.0).abs() < 1e-4 && (y - 34.0).abs() < 1e-4);
        let half = motion.part(0.5);
        assert!((half.a.hypot(half.b).powi(2) - 1.1_f32.hypot(0.2)).abs() < 1e-5);
    }

    #[test]
    fn fields_differ_by_what_their_blocks_do() {
        let still = picture(Similarity::STILL);
        let moved = |right| {
            let motion = Similarity {
                right,
                ..Similarity::STILL
            };
            motion_field(&still, &picture(motion), SIZE)
        };
        let (slow, fast) = (moved(1.0), moved(4.0));
        assert!(slow.difference(&slow) == 0.0);
        let difference = slow.difference(&fast);
        assert!((2.5..4.5).contains(&difference), "{difference}");
    }
}
