//! 3×3 convolutions with a quarter of the multiplications: Winograd's minimal filtering F(4×4, 3×3), as in Lavin and
//! Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
//!
//! A tile of 6×6 pixels and a filter each become 36 values; their products, summed over the channels, become 4×4
//! outputs. Tiles lie four pixels apart, so in planes of every fourth row and column the same pixel of neighboring tiles
//! is contiguous: the planes of [`super::kernel`] at stride 4, with tiles in place of positions. Filters are turned
//! anew for every layer call, which costs less than one tile and saves keeping four times the weights.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

use super::{
    kept::{Buffer, LINE},
    kernel::{Bordered, Epilogue, Geometry, Group, Tap, tile_sums},
};
use crate::interrupt::Stop;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::ops::Range;

/// Outputs of a tile, down and across.
const OUT: usize = 4;
/// Pixels that a tile sees, down and across.
const SEEN: usize = OUT + 2;
/// Values that a tile and a filter become.
const VALUES: usize = SEEN * SEEN;
/// Tiles worked on together: a multiple of what every register tile takes.
const BLOCK: usize = 48;
/// Floats from one channel's turned tiles to the next one's.
const TILE_ROW: usize = VALUES * BLOCK + LINE;
/// Channels turned before their products are summed: what stays in a core's second cache.
const INPUTS_MAX: usize = 64;
/// With fewer channels, in or out, turning tiles and sums costs more than is saved.
const CHANNELS_MIN: usize = 12;
/// With fewer tiles than this the last block is mostly empty and threads have nothing to share.
const TILES_MIN: usize = 2 * BLOCK;
/// Most rows of tiles in one task, so that threads end together.
const BAND_ROWS_MAX: usize = 16;

/// Whether a convolution is one that is done faster this way.
pub(super) fn suits(groups: &[Group], geometry: &Geometry) -> bool {
    let [group] = groups else { return false };
    let tiles = geometry.out_height.div_ceil(OUT) * geometry.out_width.div_ceil(OUT);
    geometry.stride == 1
        && geometry.reach == [3, 3]
        && group.taps.len() == 9
        && group.num_outputs.min(geometry.num_inputs) >= CHANNELS_MIN
        && tiles >= TILES_MIN
}

/// The filters of a layer, turned.
pub(super) struct Filters<'a> {
    group: &'a Group,
    /// `[num_outputs / tile_channels][VALUES][num_inputs][tile_channels]`.
    values: Buffer,
}

impl<'a> Filters<'a> {
    /// Turns the filters of a group of 3×3 taps.
    pub fn new(group: &'a Group, num_inputs: usize) -> Self {
        let channels = group.tile_channels;
        let tiles = group.num_outputs.div_ceil(channels);
        let mut values = Buffer::any(tiles * VALUES * num_inputs * channels);
        values
            .par_chunks_mut(VALUES * num_inputs * channels)
            .zip(group.packed.par_chunks(9 * num_inputs * channels))
            .for_each(|(values, weights)| match channels {
                8 => turn_filters::<8>(weights, values),
                _ => turn_filters::<4>(weights, values),
            });
        Self { group, values }
    }
}

/// `[inputs][9][N]` → `[VALUES][inputs][N]`.
fn turn_filters<const N: usize>(weights: &[f32], values: &mut [f32]) {
    let (weights, _none) = weights.as_chunks::<N>();
    let (values, _none) = values.as_chunks_mut::<N>();
    let num_inputs = weights.len() / 9;
    for (input, taps) in weights.chunks_exact(9).enumerate() {
        let columns: [_; 3] = std::array::from_fn(|column| {
            turn_taps([taps[column], taps[3 + column], taps[6 + column]])
        });
        for row in 0..SEEN {
            let turned = turn_taps([columns[0][row], columns[1][row], columns[2][row]]);
            for (column, turned) in turned.into_iter().enumerate() {
                values[(row * SEEN + column) * num_inputs + input] = turned;
            }
        }
    }
}

/// Values of three taps at the points 0, 1, -1, 2, -2 and infinity, in the measure the other turns expect.
fn turn_taps<const N: usize>([a, b, c]: [[f32; N]; 3]) -> [[f32; N]; SEEN] {
    let each = |value: fn(f32, f32, f32) -> f32| std::array::from_fn(|n| value(a[n], b[n], c[n]));
    [
        each(|a, _, _| a / 4.0),
        each(|a, b, c| -(a + b + c) / 6.0),
        each(|a, b, c| -(a - b + c) / 6.0),
        each(|a, b, c| (a + 2.0 * b + 4.0 * c) / 24.0),
        each(|a, b, c| (a - 2.0 * b + 4.0 * c) / 24.0),
        each(|_, _, c| c),
    ]
}

/// Six pixels of a tile, turned.
#[inline(always)]
fn turn_pixels<S: Simd>(simd: S, d: [S::f32s; SEEN]) -> [S::f32s; SEEN] {
    let add = |a, b| simd.add_f32s(a, b);
    let sub = |a, b| simd.sub_f32s(a, b);
    let scaled = |factor: f32, a, b| simd.mul_add_e_f32s(simd.splat_f32s(factor), a, b);
    let (far, near) = (scaled(-4.0, d[2], d[4]), scaled(-4.0, d[1], d[3]));
    let (even, odd) = (sub(d[4], d[2]), sub(d[3], d[1]));
    [
        scaled(4.0, sub(d[0], d[2]), even),
        add(far, near),
        sub(far, near),
        scaled(2.0, odd, even),
        scaled(-2.0, odd, even),
        scaled(-4.0, odd, sub(d[5], d[3])),
    ]
}

/// Six sums of products, turned back into four outputs.
#[inline(always)]
fn turn_sums<S: Simd>(simd: S, m: [S::f32s; SEEN]) -> [S::f32s; OUT] {
    let add = |a, b| simd.add_f32s(a, b);
    let sub = |a, b| simd.sub_f32s(a, b);
    let scaled = |factor: f32, a, b| simd.mul_add_e_f32s(simd.splat_f32s(factor), a, b);
    let (one, two) = (add(m[1], m[2]), add(m[3], m[4]));
    let (one_odd, two_odd) = (sub(m[1], m[2]), sub(m[3], m[4]));
    [
        add(m[0], add(one, two)),
        scaled(2.0, two_odd, one_odd),
        scaled(4.0, two, one),
        scaled(8.0, two_odd, add(one_odd, m[5])),
    ]
}

/// As [`super::kernel::convolve`], for what [`suits`].
pub(super) fn convolve(
    inputs: &[&[f32]],
    geometry: &Geometry,
    filters: &Filters<'_>,
    (epilogue, stop): (Epilogue<'_>, &Stop),
    output: &mut [f32],
) {
    let tiles = [geometry.out_height, geometry.out_width].map(|side| side.div_ceil(OUT));
    let bordered = Bordered::new(
        inputs,
        &Geometry {
            stride: OUT,
            reach: [SEEN; 2],
            out_height: tiles[0],
            out_width: tiles[1],
            ..*geometry
        },
    );
    let offsets = std::array::from_fn(|value| {
        let tap = Tap {
            row: value / SEEN,
            column: value % SEEN,
        };
        bordered.offset(tap, OUT)
    });
    let area = geometry.out_height * geometry.out_width;
    let band_rows = band_rows(bordered.row, tiles[0]);
    let band_pixels = band_rows * OUT * geometry.out_width;
    let mut bands: Vec<Vec<&mut [f32]>> = (0..tiles[0].div_ceil(band_rows))
        .map(|_| Vec::new())
        .collect();
    for plane in output.chunks_mut(area) {
        for (band, rows) in bands.iter_mut().zip(plane.chunks_mut(band_pixels)) {
            band.push(rows);
        }
    }
    let tasks: Vec<_> = bands
        .into_iter()
        .enumerate()
        .map(|(band, output)| Task {
            bordered: &bordered,
            geometry,
            filters,
            offsets: &offsets,
            first_row: band * band_rows,
            epilogue,
            stop,
            output,
        })
        .collect();
    let scratch = || Scratch::new(geometry.num_inputs, filters);
    tasks
        .into_par_iter()
        .for_each_init(scratch, |scratch, task| {
            Arch::new().dispatch(InScratch { task, scratch });
        });
}

/// Rows of tiles in a task: what fills blocks best, as long as there is work for every thread.
fn band_rows(row: usize, rows: usize) -> usize {
    let most = (rows / (2 * rayon::current_num_threads())).clamp(1, BAND_ROWS_MAX);
    let blocks = |rows: usize| (rows * row).saturating_sub(1).div_ceil(BLOCK);
    let cost = |band: usize| rows / band * blocks(band) + blocks(rows % band);
    (1..=most).rev().min_by_key(|&band| cost(band)).unwrap_or(1)
}

/// What a thread works with, block after block. Rows lie an odd number of cache lines apart, which keeps them out of each
/// other's cache sets.
struct Scratch {
    /// `[up to INPUTS_MAX][TILE_ROW]`, the row being `[VALUES][BLOCK]`.
    tiles: Buffer,
    /// `[num_outputs rounded up][TILE_ROW]`
    sums: Buffer,
    /// `[OUT * OUT][BLOCK]`
    square: Buffer,
}

impl Scratch {
    fn new(num_inputs: usize, filters: &Filters<'_>) -> Self {
        let group = filters.group;
        let outputs = group.num_outputs.next_multiple_of(group.tile_channels);
        Self {
            tiles: Buffer::any(num_inputs.min(INPUTS_MAX) * TILE_ROW),
            sums: Buffer::any(outputs * TILE_ROW),
            square: Buffer::any(OUT * OUT * BLOCK),
        }
    }
}

/// A band of rows of tiles, all outputs of it.
struct Task<'a> {
    bordered: &'a Bordered,
    geometry: &'a Geometry,
    filters: &'a Filters<'a>,
    offsets: &'a [usize; VALUES],
    first_row: usize,
    epilogue: Epilogue<'a>,
    stop: &'a Stop,
    /// The band's rows in each output channel.
    output: Vec<&'a mut [f32]>,
}

struct InScratch<'a, 'b> {
    task: Task<'a>,
    scratch: &'b mut Scratch,
}

impl WithSimd for InScratch<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // The register tiles of `kernel`.
        match (S::F32_LANES, self.task.filters.group.tile_channels) {
            (16, 8) => self.task.run::<S, 8, 3>(simd, self.scratch),
            (8, 4) => self.task.run::<S, 4, 3>(simd, self.scratch),
            (4, 4) => self.task.run::<S, 4, 2>(simd, self.scratch),
            (_, 4) => self.task.run::<S, 4, 1>(simd, self.scratch),
            (_, _) => self.task.run::<S, 8, 1>(simd, self.scratch),
        }
    }
}

impl Task<'_> {
    #[inline(always)]
    fn run<S: Simd, const CHANNELS: usize, const VECTORS: usize>(
        mut self,
        simd: S,
        scratch: &mut Scratch,
    ) {
        let row = self.bordered.row;
        let band_rows = (self.output[0].len() / self.geometry.out_width).div_ceil(OUT);
        // The last place is in the border.
        let count = (band_rows * row).saturating_sub(1);
        let num_inputs = self.geometry.num_inputs;
        for first in (0..count).step_by(BLOCK) {
            let start = self.first_row * row + first;
            let used = (count - first)
                .min(BLOCK)
                .next_multiple_of(VECTORS * S::F32_LANES);
            for input in (0..num_inputs).step_by(INPUTS_MAX) {
                let inputs = input..(input + INPUTS_MAX).min(num_inputs);
                self.turn_tiles(simd, start, &inputs, &mut scratch.tiles);
                if !self.multiply::<S, CHANNELS, VECTORS>(simd, used, &inputs, scratch) {
                    return;
                }
            }
            let sums = scratch.sums.chunks_exact(TILE_ROW);
            for (output, sums) in sums.take(self.output.len()).enumerate() {
                turn_back(simd, sums, &mut scratch.square);
                self.store(
                    simd,
                    output,
                    (first, (count - first).min(BLOCK)),
                    &scratch.square,
                );
            }
        }
    }

    /// Turns the block of tiles from `start` on, of some channels.
    #[inline(always)]
    fn turn_tiles<S: Simd>(&self, simd: S, start: usize, inputs: &Range<usize>, tiles: &mut [f32]) {
        for (input, tiles) in inputs.clone().zip(tiles.chunks_exact_mut(TILE_ROW)) {
            let plane = &self.bordered.data[input * self.bordered.channel + start..];
            let mut pixels = [&[0.0; BLOCK]; VALUES];
            for (pixels, &offset) in pixels.iter_mut().zip(self.offsets) {
                if let Some(found) = plane.get(offset..).and_then(|plane| plane.first_chunk()) {
                    *pixels = found;
                }
            }
            let (tiles, _none) = tiles.as_chunks_mut::<BLOCK>();
            let Some(tiles) = tiles.first_chunk_mut::<VALUES>() else {
                continue;
            };
            for lane in 0..BLOCK / S::F32_LANES {
                let mut turned = [[simd.splat_f32s(0.0); SEEN]; SEEN];
                for (column, turned) in turned.iter_mut().enumerate() {
                    let mut column_pixels = [simd.splat_f32s(0.0); SEEN];
                    for (row, value) in column_pixels.iter_mut().enumerate() {
                        *value = S::as_simd_f32s(pixels[row * SEEN + column]).0[lane];
                    }
                    *turned = turn_pixels(simd, column_pixels);
                }
                for row in 0..SEEN {
                    let mut values = [simd.splat_f32s(0.0); SEEN];
                    for (value, turned) in values.iter_mut().zip(&turned) {
                        *value = turned[row];
                    }
                    let values = turn_pixels(simd, values);
                    for (column, value) in values.into_iter().enumerate() {
                        S::as_mut_simd_f32s(&mut tiles[row * SEEN + column]).0[lane] = value;
                    }
                }
            }
        }
    }

    /// Sums products over some channels, value by value; false when the work is to stop.
    #[inline(always)]
    fn multiply<S: Simd, const CHANNELS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        used: usize,
        inputs: &Range<usize>,
        scratch: &mut Scratch,
    ) -> bool {
        let step = VECTORS * S::F32_LANES;
        let num_inputs = self.geometry.num_inputs;
        for value in 0..VALUES {
            if !self
                .stop
                .allows(scratch.sums.len() / TILE_ROW * inputs.len() * used)
            {
                return false;
            }
            let sums = scratch.sums.chunks_exact_mut(CHANNELS * TILE_ROW);
            for (tile, sums) in sums.enumerate() {
                let filters =
                    &self.filters.values[(tile * VALUES + value) * num_inputs * CHANNELS..];
                let filters = &filters[inputs.start * CHANNELS..inputs.end * CHANNELS];
                for start in (0..used).step_by(step) {
                    let place = value * BLOCK + start;
                    let tiles = (&scratch.tiles[place..], TILE_ROW);
                    let found = tile_sums::<S, CHANNELS, VECTORS>(simd, tiles, &[0], filters);
                    let is_first = inputs.start == 0;
                    for (sums, found) in sums.chunks_exact_mut(TILE_ROW).zip(found) {
                        add::<S, VECTORS>(simd, &mut sums[place..place + step], found, is_first);
                    }
                }
            }
        }
        true
    }

    /// Writes the squares of `count` tiles from place `first` of the band, without those in the border.
    #[inline(always)]
    fn store<S: Simd>(
        &mut self,
        simd: S,
        output: usize,
        (first, count): (usize, usize),
        square: &[f32],
    ) {
        let (row, width) = (self.bordered.row, self.geometry.out_width);
        let area = width * self.geometry.out_height;
        let rows = &mut self.output[output];
        let height = rows.len() / width;
        let above = output * area + self.first_row * OUT * width;
        let mut line = [0.0_f32; OUT * BLOCK];
        let mut done = 0;
        while done < count {
            let (y, x) = ((first + done) / row, (first + done) % row);
            let run = (row - x).min(count - done);
            let kept = (run * OUT).min(width.saturating_sub(x * OUT));
            for inner in 0..OUT {
                if y * OUT + inner >= height || kept == 0 {
                    break;
                }
                interleave(simd, square, (inner, done), &mut line[..run * OUT]);
                let place = (y * OUT + inner) * width + x * OUT;
                let rows = &mut rows[place..][..kept];
                let place = (output, above + place);
                self.epilogue.finish(&line[..kept], place, rows);
            }
            done += run;
        }
    }
}

/// Adds what some channels gave to `sums`; what the first gave begins them.
#[inline(always)]
fn add<S: Simd, const VECTORS: usize>(
    simd: S,
    sums: &mut [f32],
    found: [S::f32s; VECTORS],
    is_first: bool,
) {
    let (sums, _tail) = S::as_mut_simd_f32s(sums);
    for (sum, found) in sums.iter_mut().zip(found) {
        *sum = if is_first {
            found
        } else {
            simd.add_f32s(*sum, found)
        };
    }
}

/// Turns the sums of one output channel, `[VALUES][BLOCK]`, back into squares `[OUT * OUT][BLOCK]`.
#[inline(always)]
fn turn_back<S: Simd>(simd: S, sums: &[f32], square: &mut [f32]) {
    let (sums, _tail) = sums.as_chunks::<BLOCK>();
    let (square, _tail) = square.as_chunks_mut::<BLOCK>();
    let (Some(sums), Some(square)) = (
        sums.first_chunk::<VALUES>(),
        square.first_chunk_mut::<{ OUT * OUT }>(),
    ) else {
        return;
    };
    for lane in 0..BLOCK / S::F32_LANES {
        let mut turned = [[simd.splat_f32s(0.0); OUT]; SEEN];
        for (column, turned) in turned.iter_mut().enumerate() {
            let mut values = [simd.splat_f32s(0.0); SEEN];
            for (row, value) in values.iter_mut().enumerate() {
                *value = S::as_simd_f32s(&sums[row * SEEN + column]).0[lane];
            }
            *turned = turn_sums(simd, values);
        }
        for row in 0..OUT {
            let mut values = [simd.splat_f32s(0.0); SEEN];
            for (value, turned) in values.iter_mut().zip(&turned) {
                *value = turned[row];
            }
            let values = turn_sums(simd, values);
            for (column, value) in values.into_iter().enumerate() {
                S::as_mut_simd_f32s(&mut square[row * OUT + column]).0[lane] = value;
            }
        }
    }
}

/// Row `inner` of the squares from tile `done` on → pixels in their order.
#[inline(always)]
fn interleave<S: Simd>(_simd: S, square: &[f32], (inner, done): (usize, usize), line: &mut [f32]) {
    let (pixels, _none) = line.as_chunks_mut::<OUT>();
    let column = |column: usize| square[(inner * OUT + column) * BLOCK + done..].iter();
    let columns = column(0).zip(column(1)).zip(column(2)).zip(column(3));
    for (pixels, (((&a, &b), &c), &d)) in pixels.iter_mut().zip(columns) {
        *pixels = [a, b, c, d];
    }
}
