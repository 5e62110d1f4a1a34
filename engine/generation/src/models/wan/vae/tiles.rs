//! Pictures too large for memory in overlapping tiles, each worked through from the first frame to the last.
//!
//! Tiles are the outer loop and time the inner one: what the layers remember of the past is several times as large as
//! the finished frames of a whole run, and so only one tile's memory is held.

use crate::error::Result;
use candle_core::{DType, Device, Tensor};

/// Latent pixels that neighbors share at least: 64 pixels of the picture, over which one fades into the other.
const OVERLAP: usize = 8;
/// Smallest side of a tile in latent pixels; below, most of it would be overlap.
const SIDE_MIN: usize = 3 * OVERLAP;

/// A stretch along one axis, in latent pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First pixel.
    pub start: usize,
    /// How many.
    pub count: usize,
    /// How many are shared with the span before.
    fade_in: usize,
    /// How many are shared with the span after.
    fade_out: usize,
}

impl Span {
    /// How much each of its pixels counts, when a latent pixel is `scale` wide; all spans together count 1 everywhere.
    fn weights(self, scale: usize) -> Vec<f32> {
        let count = self.count * scale;
        let ramp = |place: usize, length: usize| {
            let length = length * scale;
            if place < length {
                (place as f32 + 0.5) / length as f32
            } else {
                1.0
            }
        };
        let weight =
            |place: usize| ramp(place, self.fade_in) * ramp(count - 1 - place, self.fade_out);
        (0..count).map(weight).collect()
    }
}

/// A rectangle of latent pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Along the height.
    pub rows: Span,
    /// Along the width.
    pub columns: Span,
}

impl Tile {
    /// Its part of `x` `[.., .., height, width]`, where a latent pixel is `scale` wide.
    pub fn of(&self, x: &Tensor, scale: usize) -> Result<Tensor> {
        let x = x.narrow(2, self.rows.start * scale, self.rows.count * scale)?;
        let x = x.narrow(3, self.columns.start * scale, self.columns.count * scale)?;
        Ok(x.contiguous()?)
    }
}

/// Tiles that cover `[height, width]` latent pixels, none of more than `area` (but not too small to be of use).
pub fn tiles([height, width]: [usize; 2], area: usize) -> Vec<Tile> {
    let side = (area as f64).sqrt() as usize;
    let columns = spans(width, side.max(area / height.clamp(1, side.max(1))));
    let widest = columns.first().map_or(1, |span| span.count);
    let rows = spans(height, area / widest.max(1));
    let tile = |rows: Span| columns.iter().map(move |&columns| Tile { rows, columns });
    rows.into_iter().flat_map(tile).collect()
}

/// Spans of equal length, at most `longest`, that cover `length` and overlap.
fn spans(length: usize, longest: usize) -> Vec<Span> {
    let longest = longest.max(SIDE_MIN);
    if length <= longest {
        return vec![Span {
            start: 0,
            count: length,
            fade_in: 0,
            fade_out: 0,
        }];
    }
    let number = (length - OVERLAP).div_ceil(longest - OVERLAP);
    let count = (length + (number - 1) * OVERLAP).div_ceil(number);
    let start = |index: usize| index * (length - count) / (number - 1);
    let shared = |index: usize| start(index) + count - start(index + 1);
    let span = |index: usize| Span {
        start: start(index),
        count,
        fade_in: if index == 0 { 0 } else { shared(index - 1) },
        fade_out: if index + 1 == number {
            0
        } else {
            shared(index)
        },
    };
    (0..number).map(span).collect()
}

/// Where tiles come together: chunks of frames of the whole picture.
#[derive(Debug)]
pub struct Canvas {
    /// Height and width in latent pixels.
    size: [usize; 2],
    /// Pixels here to a latent pixel.
    scale: usize,
    chunks: Vec<(Vec<f32>, [usize; 2])>,
}

impl Canvas {
    /// Empty.
    pub fn new(size: [usize; 2], scale: usize) -> Self {
        Self {
            size,
            scale,
            chunks: Vec::new(),
        }
    }

    /// Adds the tile's part of chunk `index`: `[frames, channels, tile height, tile width]`.
    pub fn add(&mut self, index: usize, tile: &Tile, part: &Tensor) -> Result<()> {
        let (frames, channels, height, width) = part.dims4()?;
        let [full_height, full_width] = self.size.map(|side| side * self.scale);
        if self.chunks.len() <= index {
            self.chunks.resize_with(index + 1, Default::default);
        }
        let (canvas, shape) = &mut self.chunks[index];
        *shape = [frames, channels];
        canvas.resize(frames * channels * full_height * full_width, 0.0);
        let values: Vec<f32> = part.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        let rows = tile.rows.weights(self.scale);
        let columns = tile.columns.weights(self.scale);
        let left = tile.columns.start * self.scale;
        let top = tile.rows.start * self.scale;
        let planes = canvas.chunks_exact_mut((full_height * full_width).max(1));
        for (plane, values) in planes.zip(values.chunks_exact((height * width).max(1))) {
            let lines = plane.chunks_exact_mut(full_width).skip(top);
            let lines = lines.zip(values.chunks_exact(width)).zip(&rows);
            for ((line, values), row) in lines {
                let pixels = line[left..].iter_mut().zip(values).zip(&columns);
                for ((pixel, value), column) in pixels {
                    *pixel += value * row * column;
                }
            }
        }
        Ok(())
    }

    /// All chunks in order, whole: `[frames, channels, height, width]`.
    pub fn into_chunks(self, device: &Device) -> impl Iterator<Item = Result<Tensor>> {
        let [height, width] = self.size.map(|side| side * self.scale);
        self.chunks
            .into_iter()
            .map(move |(values, [frames, channels])| {
                let shape = (frames, channels, height, width);
                Ok(Tensor::from_vec(values, shape, device)?)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_everything_once() {
        for (size, area) in [
            ([60, 104], 1_024),
            ([90, 160], 1_024),
            ([90, 160], 4_000),
            ([25, 24], 1),
            ([30, 500], 1_200),
            ([500, 30], 1_200),
            ([7, 9], 100),
        ] {
            let tiles = tiles(size, area);
            let mut canvas = Canvas::new(size, 2);
            for tile in &tiles {
                let (height, width) = (tile.rows.count, tile.columns.count);
                assert!(
                    height * width <= area.max(SIDE_MIN * SIDE_MIN),
                    "{size:?}: {tile:?}"
                );
                assert!(tile.rows.start + height <= size[0]);
                assert!(tile.columns.start + width <= size[1]);
                let ones = Tensor::ones((1, 1, 2 * height, 2 * width), DType::F32, &Device::Cpu);
                canvas.add(0, tile, &ones.unwrap()).unwrap();
            }
            let sum = canvas.into_chunks(&Device::Cpu).next().unwrap().unwrap();
            let sum: Vec<f32> = sum.flatten_all().unwrap().to_vec1().unwrap();
            assert_eq!(sum.len(), 4 * size[0] * size[1]);
            let worst = sum.iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-5, "{size:?}: {worst}");
        }
    }

    #[test]
    fn pictures_that_fit_are_one_tile() {
        assert_eq!(tiles([60, 104], 6_240).len(), 1);
        assert_eq!(tiles([30, 500], 15_000).len(), 1);
        assert_eq!(tiles([60, 104], 6_239).len(), 2);
        let [first, second] = [0, 1].map(|index| spans(104, 60)[index]);
        assert_eq!(
            (first.start, first.count, first.fade_in, first.fade_out),
            (0, 56, 0, 8)
        );
        assert_eq!((second.start, second.fade_in, second.fade_out), (48, 8, 0));
    }
}
