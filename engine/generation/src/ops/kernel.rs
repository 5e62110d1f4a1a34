//! Convolution on a CPU without unfolding the input.
//!
//! The input is copied once into planes with a zero border; with stride s into s·s planes of every s-th row and column.
//! In such planes, laid out flat, a tap of the filter is a constant offset: the output at flat position p is the sum of
//! weight · plane\[p + offset\] over channels and taps. The innermost tile keeps a few output channels by a few vectors
//! of positions in registers and runs over all channels and taps. Positions in the border between two rows are computed
//! too and thrown away, which costs `border / width` and saves every special case at a row's end.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

use super::kept::{Buffer, LINE};
use crate::interrupt::Stop;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Positions that one task computes at least, so that the last tile of a task is mostly used.
const TASK_POSITIONS: usize = 384;

/// Where a tap reads, in rows and columns of the bordered input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    pub row: usize,
    pub column: usize,
}

/// Output channels that share their taps, and their weights in the order the tile wants them.
#[derive(Debug)]
pub(super) struct Group {
    pub taps: Vec<Tap>,
    pub num_outputs: usize,
    pub tile_channels: usize,
    /// `[num_outputs / tile_channels][num_inputs][taps][tile_channels]`, padded with zeros.
    pub packed: Vec<f32>,
}

impl Group {
    /// Packs weights given by `weight(output, input, tap)`.
    pub fn new(
        taps: Vec<Tap>,
        [num_outputs, num_inputs]: [usize; 2],
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let tile_channels = tile_channels(num_outputs);
        let num_tiles = num_outputs.div_ceil(tile_channels);
        let mut packed = Vec::with_capacity(num_tiles * num_inputs * taps.len() * tile_channels);
        let padded = |output: usize, input: usize, tap: usize| {
            if output < num_outputs {
                weight(output, input, tap)
            } else {
                0.0
            }
        };
        for tile in 0..num_tiles {
            let outputs = tile * tile_channels..(tile + 1) * tile_channels;
            for input in 0..num_inputs {
                for tap in 0..taps.len() {
                    packed.extend(outputs.clone().map(|output| padded(output, input, tap)));
                }
            }
        }
        Self {
            taps,
            num_outputs,
            tile_channels,
            packed,
        }
    }
}

/// What happens to a sum before it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Epilogue<'a> {
    /// One for each output channel over all groups.
    pub bias: &'a [f32],
    /// Laid out like the output.
    pub added: Option<Added<&'a [f32]>>,
    /// Negative values are multiplied by this, one for each output channel over all groups; 1 leaves them.
    pub negative_slopes: &'a [f32],
}

/// What is added to the answer of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added<T> {
    /// To the sum, before the activation.
    Before(T),
    /// To what the activation made of the sum.
    After(T),
}

impl<T> Added<T> {
    pub(super) fn what(&self) -> &T {
        match self {
            Self::Before(what) | Self::After(what) => what,
        }
    }

    /// Something else in the same place.
    pub(super) fn with<U>(&self, what: U) -> Added<U> {
        match self {
            Self::Before(_) => Added::Before(what),
            Self::After(_) => Added::After(what),
        }
    }
}

impl Epilogue<'_> {
    /// Finishes sums of `channel`, which lie one after the other from place `at` of the whole output on.
    #[inline(always)]
    pub fn finish(&self, sums: &[f32], (channel, at): (usize, usize), output: &mut [f32]) {
        let (bias, slope) = (self.bias[channel], self.negative_slopes[channel]);
        let sloped = |value: f32| if value < 0.0 { value * slope } else { value };
        let pixels = output.iter_mut().zip(sums);
        match self.added {
            None => pixels.for_each(|(output, sum)| *output = sloped(sum + bias)),
            Some(Added::Before(added)) => pixels
                .zip(&added[at..])
                .for_each(|((output, sum), added)| *output = sloped(sum + bias + added)),
            Some(Added::After(added)) => pixels
                .zip(&added[at..])
                .for_each(|((output, sum), added)| *output = sloped(sum + bias) + added),
        }
    }
}

/// Sizes of one convolution over one picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    pub num_inputs: usize,
    pub height: usize,
    pub width: usize,
    pub padding: [usize; 2],
    /// Rows and columns the filter reaches over.
    pub reach: [usize; 2],
    pub stride: usize,
    pub out_height: usize,
    pub out_width: usize,
}

/// The input with its border, split by stride.
pub(super) struct Bordered {
    pub data: Buffer,
    /// Floats from one input channel to the next.
    pub channel: usize,
    /// Floats from one of the stride's planes to the next.
    plane: usize,
    /// Floats from one row of a plane to the next.
    pub row: usize,
}

impl Bordered {
    /// Copies the inputs' planes, `[height, width]` each.
    pub fn new(inputs: &[&[f32]], geometry: &Geometry) -> Self {
        let stride = geometry.stride;
        let [reach_rows, reach_columns] = geometry.reach;
        let rows = geometry.out_height + (reach_rows - 1) / stride;
        let row = geometry.out_width + (reach_columns - 1) / stride;
        // Planes at an odd number of cache lines keep channels out of each other's cache sets.
        let plane = (rows * row).next_multiple_of(LINE) | LINE;
        let channel = plane * stride * stride;
        let tail = TASK_POSITIONS + row;
        let mut data = Buffer::any(channel * geometry.num_inputs + tail);
        let (body, tail) = data.split_at_mut(channel * geometry.num_inputs);
        tail.fill(0.0);
        body.par_chunks_mut(channel)
            .enumerate()
            .for_each(|(index, planes)| {
                let (input, sizes) = (inputs[index], (plane, row, rows));
                for plane in planes.chunks_exact_mut(plane) {
                    plane[rows * row..].fill(0.0);
                }
                Arch::new().dispatch(|| match stride {
                    1 => copy_channel::<1>(input, planes, geometry, sizes),
                    2 => copy_channel::<2>(input, planes, geometry, sizes),
                    4 => copy_channel::<4>(input, planes, geometry, sizes),
                    _ => copy_strided(input, planes, geometry, sizes),
                });
            });
        Self {
            data,
            channel,
            plane,
            row,
        }
    }

    /// Where the pixel that a tap sees lies, from the place of an output on.
    pub fn offset(&self, tap: Tap, stride: usize) -> usize {
        let phase = (tap.row % stride) * stride + tap.column % stride;
        phase * self.plane + (tap.row / stride) * self.row + tap.column / stride
    }
}

/// As [`copy_strided`], for a stride that is known, which lets a row be read in steps that vectors can take.
#[inline(always)]
fn copy_channel<const STRIDE: usize>(
    input: &[f32],
    planes: &mut [f32],
    geometry: &Geometry,
    (plane, row, rows): (usize, usize, usize),
) {
    let [top, left] = geometry.padding;
    // Pixels before the first that falls into the first plane, and that pixel's place.
    let lead = (STRIDE - left % STRIDE) % STRIDE;
    let place = ((left + lead) / STRIDE).min(row);
    for padded in 0..rows * STRIDE {
        let (phase_y, target_y) = (padded % STRIDE, padded / STRIDE);
        let source = source_row(input, padded, (top, geometry.width));
        let (first, source) = source.split_at(lead.min(source.len()));
        let (steps, last) = source.as_chunks::<STRIDE>();
        for phase in 0..STRIDE {
            let target = &mut planes[(phase_y * STRIDE + phase) * plane + target_y * row..][..row];
            let (border, target) = target.split_at_mut(place);
            border.fill(0.0);
            if phase + lead >= STRIDE
                && let Some(&value) = first.get(phase + lead - STRIDE)
                && let Some(target) = border.last_mut()
            {
                *target = value;
            }
            let (pixels, border) = target.split_at_mut(steps.len().min(target.len()));
            for (value, step) in pixels.iter_mut().zip(steps) {
                *value = step[phase];
            }
            border.fill(0.0);
            if let (Some(value), Some(&last)) = (border.first_mut(), last.get(phase)) {
                *value = last;
            }
        }
    }
}

/// The pixels of a row counted from the border's first; none in the border.
#[inline(always)]
fn source_row(input: &[f32], padded: usize, (top, width): (usize, usize)) -> &[f32] {
    let start = padded.checked_sub(top).map(|y| y * width);
    start
        .and_then(|start| input.get(start..start + width))
        .unwrap_or_default()
}

/// Copies one channel into planes of every `stride`-th row and column; what is not copied becomes 0.
fn copy_strided(
    input: &[f32],
    planes: &mut [f32],
    geometry: &Geometry,
    (plane, row, rows): (usize, usize, usize),
) {
    let stride = geometry.stride;
    let [top, left] = geometry.padding;
    for padded in 0..rows * stride {
        let (phase_y, target_y) = (padded % stride, padded / stride);
        let source = source_row(input, padded, (top, geometry.width));
        for phase_x in 0..stride {
            // First column of the source that falls into this plane.
            let first = (phase_x + stride - left % stride) % stride;
            let target =
                &mut planes[(phase_y * stride + phase_x) * plane + target_y * row..][..row];
            let (border, target) = target.split_at_mut(((first + left) / stride).min(row));
            border.fill(0.0);
            let mut source = source.iter().skip(first).step_by(stride);
            target.fill_with(|| source.next().copied().unwrap_or_default());
        }
    }
}

/// Convolves one picture, a plane `[height, width]` for each input, into `output`, `[channels of all groups, out_height, out_width]`.
/// When `stop` is set, what is left of the output is not computed.
pub(super) fn convolve(
    inputs: &[&[f32]],
    geometry: &Geometry,
    groups: &[Group],
    (epilogue, stop): (Epilogue<'_>, &Stop),
    output: &mut [f32],
) {
    let bordered = Bordered::new(inputs, geometry);
    let area = geometry.out_height * geometry.out_width;
    let band_rows = TASK_POSITIONS
        .div_ceil(bordered.row)
        .min(geometry.out_height);
    let mut tasks = Vec::new();
    let mut rest = output;
    let mut first_output = 0;
    for group in groups {
        let offsets: Vec<usize> = group
            .taps
            .iter()
            .map(|&tap| bordered.offset(tap, geometry.stride))
            .collect();
        let (mine, others) = rest.split_at_mut(group.num_outputs * area);
        rest = others;
        let num_bands = geometry.out_height.div_ceil(band_rows);
        // A task takes every tile of channels, so that the input of its band stays in cache; only pictures of few bands
        // are cut by channels as well.
        let num_tiles = group.num_outputs.div_ceil(group.tile_channels);
        let wanted = rayon::current_num_threads() * 4;
        let tiles_per_task = num_tiles.div_ceil(wanted.div_ceil(num_bands).min(num_tiles));
        let channels_per_task = tiles_per_task * group.tile_channels;
        for (part, planes) in mine.chunks_mut(channels_per_task * area).enumerate() {
            let mut bands: Vec<Vec<&mut [f32]>> = (0..num_bands).map(|_| Vec::new()).collect();
            for plane in planes.chunks_mut(area) {
                let rows = plane.chunks_mut(band_rows * geometry.out_width);
                for (band, rows) in bands.iter_mut().zip(rows) {
                    band.push(rows);
                }
            }
            let first_channel = part * channels_per_task;
            for (band, rows) in bands.into_iter().enumerate() {
                tasks.push(Task {
                    bordered: &bordered,
                    geometry,
                    group,
                    offsets: offsets.clone(),
                    first_channel,
                    first_output: first_output + first_channel,
                    first_row: band * band_rows,
                    epilogue,
                    stop,
                    output: rows,
                });
            }
        }
        first_output += group.num_outputs;
    }
    tasks
        .into_par_iter()
        .for_each(|task| Arch::new().dispatch(task));
}

/// A band of rows of a run of output channels of one group.
struct Task<'a> {
    bordered: &'a Bordered,
    geometry: &'a Geometry,
    group: &'a Group,
    offsets: Vec<usize>,
    first_channel: usize,
    first_output: usize,
    first_row: usize,
    epilogue: Epilogue<'a>,
    stop: &'a Stop,
    /// The band's rows in each output channel.
    output: Vec<&'a mut [f32]>,
}

impl WithSimd for Task<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Tiles that fill the registers: 32 of 16 floats, 16 of 8 floats, or at least 16 of 4.
        match (S::F32_LANES, self.group.tile_channels) {
            (16, 8) => self.run::<S, 8, 3, 48>(simd),
            (16, 3) => self.run::<S, 3, 8, 128>(simd),
            (16, 1) => self.run::<S, 1, 12, 192>(simd),
            (8, 4) => self.run::<S, 4, 3, 24>(simd),
            (8, 1) => self.run::<S, 1, 8, 64>(simd),
            (4, 4) => self.run::<S, 4, 2, 8>(simd),
            (4, 1) => self.run::<S, 1, 8, 32>(simd),
            (_, 4) => self.run::<S, 4, 1, 16>(simd),
            (_, 3) => self.run::<S, 3, 1, 16>(simd),
            (_, 1) => self.run::<S, 1, 1, 16>(simd),
            (_, _) => self.run::<S, 8, 1, 16>(simd),
        }
    }
}

/// Channels of a tile, chosen by what [`Task::with_simd`] will run. Channels that are not there are computed all the same,
/// so layers that answer with one channel or with a picture's three have tiles of their own.
fn tile_channels(num_outputs: usize) -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _simd: S) -> usize {
            S::F32_LANES
        }
    }
    match (Arch::new().dispatch(Lanes), num_outputs) {
        (_, 1) => 1,
        (16, 2 | 3) => 3,
        (16, _) => 8,
        (_, _) => 4,
    }
}

impl Task<'_> {
    #[inline(always)]
    fn run<S: Simd, const CHANNELS: usize, const VECTORS: usize, const POSITIONS: usize>(
        mut self,
        simd: S,
    ) {
        let row = self.bordered.row;
        let width = self.geometry.out_width;
        let band_rows = self.output[0].len() / width;
        let start = self.first_row * row;
        let end = start + (band_rows - 1) * row + width;
        let tile_weights = self.geometry.num_inputs * self.offsets.len() * CHANNELS;
        let step = VECTORS * S::F32_LANES;
        let mut sums = [[0.0_f32; POSITIONS]; CHANNELS];
        for first in (0..self.output.len()).step_by(CHANNELS) {
            if !self.stop.allows(tile_weights * (end - start)) {
                return;
            }
            let tile = (self.first_channel + first) / CHANNELS;
            let weights = &self.group.packed[tile * tile_weights..][..tile_weights];
            let mut position = start;
            while position < end {
                let tile = tile_sums::<S, CHANNELS, VECTORS>(
                    simd,
                    (&self.bordered.data[position..], self.bordered.channel),
                    &self.offsets,
                    weights,
                );
                for (sums, tile) in sums.iter_mut().zip(&tile) {
                    let (vectors, _tail) = S::as_mut_simd_f32s(sums);
                    vectors[..VECTORS].copy_from_slice(tile);
                }
                let count = step.min(end - position);
                self.store(first, position - start, count, &sums);
                position += step;
            }
        }
    }

    /// Writes `count` flat positions from `position` of the band, without those in the border.
    #[inline(always)]
    fn store<const CHANNELS: usize, const POSITIONS: usize>(
        &mut self,
        first: usize,
        position: usize,
        count: usize,
        sums: &[[f32; POSITIONS]; CHANNELS],
    ) {
        let (row, width) = (self.bordered.row, self.geometry.out_width);
        let area = width * self.geometry.out_height;
        let mut done = 0;
        while done < count {
            let (y, x) = ((position + done) / row, (position + done) % row);
            let run = (row - x).min(count - done);
            let kept = run.min(width.saturating_sub(x));
            let place = y * width + x.min(width);
            let outputs = self.output.iter_mut().skip(first);
            for (lane, (output, sums)) in outputs.zip(sums).enumerate() {
                let channel = self.first_output + first + lane;
                let at = channel * area + self.first_row * width + place;
                let sums = &sums[done..done + kept];
                let output = &mut output[place..place + kept];
                self.epilogue.finish(sums, (channel, at), output);
            }
            done += run;
        }
    }
}

/// Sums of `weights`, `[inputs][offsets][CHANNELS]`, by a run of values at each offset of each input; inputs lie `channel`
/// floats apart.
#[inline(always)]
pub(super) fn tile_sums<S: Simd, const CHANNELS: usize, const VECTORS: usize>(
    simd: S,
    (data, channel): (&[f32], usize),
    offsets: &[usize],
    weights: &[f32],
) -> [[S::f32s; VECTORS]; CHANNELS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; CHANNELS];
    let step = VECTORS * S::F32_LANES;
    let (weights, _none) = weights.as_chunks::<CHANNELS>();
    // Nothing in these loops may panic: a way out of them would force the sums out of registers, into memory.
    for (input, weights) in weights.chunks_exact(offsets.len()).enumerate() {
        let plane = data.get(input * channel..).unwrap_or_default();
        for (&offset, weights) in offsets.iter().zip(weights) {
            let values = plane.get(offset..offset + step).unwrap_or_default();
            let Some(&values) = S::as_simd_f32s(values).0.first_chunk::<VECTORS>() else {
                continue;
            };
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                let weight = simd.splat_f32s(weight);
                for (sum, &value) in sums.iter_mut().zip(&values) {
                    *sum = simd.mul_add_e_f32s(weight, value, *sum);
                }
            }
        }
    }
    sums
}
