//! How far a thing went from one picture to the next, as a whole: the shift at which it looks most alike.
//!
//! Motion that is found pixel by pixel says nothing along stripes and on plain cloth; a thing's outline does.

use crate::image_ops::Rgb;
use rayon::prelude::*;

/// Farthest from where it went before, each way, in parts of the picture's longer side.
const REACH: f32 = 0.02;
/// What a pixel farther from where it went before costs: things go on as they go, and stripes look alike everywhere.
const TURN_COST: f32 = 0.003;
/// Differences of a color (sums of three parts) above this are something else in front: they count no more.
const UNLIKE: f32 = 0.5;

/// How many pixels right and down the part of `old` within `bounds` (left, top, right, bottom in pixels) went, each pixel
/// counted as `weights` (of the whole picture) say; `last` is how far it went before. Both pictures have the same size.
pub(super) fn shift(
    [old, new]: [&Rgb; 2],
    bounds: [usize; 4],
    weights: &[f32],
    last: [f32; 2],
) -> [f32; 2] {
    let longer = old.size.width.max(old.size.height);
    let reach = ((longer as f32 * REACH) as i64).max(2);
    let steps = 2 * reach + 1;
    let first = last.map(|way| way.round() as i64 - reach);
    let costs: Vec<f32> = (0..steps * steps)
        .into_par_iter()
        .map(|place| {
            let way = [first[0] + place % steps, first[1] + place / steps];
            let turn = (way[0] as f32 - last[0]).hypot(way[1] as f32 - last[1]);
            cost([old, new], bounds, weights, way) + TURN_COST * turn
        })
        .collect();
    let best = (0..costs.len()).min_by(|&a, &b| costs[a].total_cmp(&costs[b]));
    let best = best.unwrap_or(0) as i64;
    let (x, y) = (best % steps, best / steps);
    let at = |x: i64, y: i64| {
        let is_in = (0..steps).contains(&x) && (0..steps).contains(&y);
        is_in.then(|| costs[(y * steps + x) as usize])
    };
    let least = costs[best as usize];
    [
        (first[0] + x) as f32 + between(at(x - 1, y), least, at(x + 1, y)),
        (first[1] + y) as f32 + between(at(x, y - 1), least, at(x, y + 1)),
    ]
}

/// How unlike both pictures are at a shift.
fn cost(
    [old, new]: [&Rgb; 2],
    [left, top, right, bottom]: [usize; 4],
    weights: &[f32],
    [across, down]: [i64; 2],
) -> f32 {
    let (width, height) = (old.size.width as i64, old.size.height as i64);
    let planes = [0, 1, 2].map(|plane| (old.plane(plane), new.plane(plane)));
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    for y in top..bottom {
        let to_y = y as i64 + down;
        if !(0..height).contains(&to_y) {
            continue;
        }
        for x in left..right {
            let to_x = x as i64 + across;
            if !(0..width).contains(&to_x) {
                continue;
            }
            let from = y * width as usize + x;
            let to = (to_y * width + to_x) as usize;
            let unlike: f32 = planes
                .iter()
                .map(|(old, new)| (old[from] - new[to]).abs())
                .sum();
            sum += weights[from] * unlike.min(UNLIKE);
            count += weights[from];
        }
    }
    if count > 0.0 { sum / count } else { UNLIKE }
}

/// Where between its neighbors a least value has its bottom, from -0.5 to 0.5: nowhere else where it is nothing itself.
fn between(before: Option<f32>, least: f32, after: Option<f32>) -> f32 {
    let (Some(before), Some(after)) = (before, after) else {
        return 0.0;
    };
    let bend = before - 2.0 * least + after;
    if bend > 1e-9 {
        // What lies behind differs from side to side, and leans the bottom; a bottom near nothing does not lean.
        let blunt = least / before.min(after);
        ((before - after) / 2.0 / bend * blunt).clamp(-0.5, 0.5)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::ScanSize;

    const SIZE: ScanSize = ScanSize::new(160, 100);

    /// A striped block before a checkered wall, its left top corner at `at`.
    fn picture(at: [f32; 2]) -> Rgb {
        let mut plane = Vec::new();
        for y in 0..SIZE.height {
            for x in 0..SIZE.width {
                let (dx, dy) = (x as f32 + 0.5 - at[0], y as f32 + 0.5 - at[1]);
                let wall = if (x / 9 + y / 7) % 2 == 0 { 60.0 } else { 90.0 };
                let stripe = 190.0 + 40.0 * (dy * 0.8).sin();
                // Its sides are soft, so that parts of pixels can be seen.
                let inside = |d: f32, length: f32| (d.min(length - d) + 0.5).clamp(0.0, 1.0);
                let share = inside(dx, 40.0) * inside(dy, 60.0);
                plane.push((wall + (stripe - wall) * share) / 255.0);
            }
        }
        Rgb {
            size: SIZE,
            planes: [plane.clone(), plane.clone(), plane].concat(),
        }
    }

    /// Weights of the block at 50, 20 and of all else.
    fn block_and_wall(block: f32, wall: f32) -> Vec<f32> {
        let is_block = |at: usize| (50..90).contains(&(at % 160)) && (20..80).contains(&(at / 160));
        let places = 0..SIZE.area() as usize;
        places
            .map(|at| if is_block(at) { block } else { wall })
            .collect()
    }

    #[test]
    fn stripes_go_as_far_as_their_outline() {
        for [right, down] in [[0.0, 0.0], [3.0, 0.0], [-2.0, 1.0], [2.5, -1.0]] {
            let (old, new) = (picture([50.0, 20.0]), picture([50.0 + right, 20.0 + down]));
            let weights = block_and_wall(1.0, 0.0);
            let found = shift([&old, &new], [49, 19, 91, 81], &weights, [0.0; 2]);
            let wrong = (found[0] - right).hypot(found[1] - down);
            assert!(wrong < 0.4, "{right} {down}: {found:?}");
        }
    }

    #[test]
    fn what_has_no_weight_has_no_say() {
        let (old, new) = (picture([50.0, 20.0]), picture([53.0, 20.0]));
        let all = [0, 0, 160, 100];
        let block = shift([&old, &new], all, &block_and_wall(1.0, 0.0), [0.0; 2]);
        assert!((block[0] - 3.0).abs() < 0.4, "{block:?}");
        let wall = shift([&old, &new], all, &block_and_wall(0.0, 1.0), [1.0, 0.0]);
        assert!(wall[0].abs() < 0.4, "{wall:?}");
    }

    #[test]
    fn plain_pictures_stand_still() {
        let mut flat = picture([50.0, 20.0]);
        flat.planes.fill(0.4);
        let found = shift(
            [&flat, &flat],
            [10, 10, 60, 60],
            &block_and_wall(1.0, 1.0),
            [0.0; 2],
        );
        assert_eq!(found, [0.0, 0.0]);
    }
}
