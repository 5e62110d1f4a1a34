//! Rough pictures of what is being made, while it is being made.
//!
//! A latent pixel's channels say its color almost linearly. How is found once for each model, by encoding pictures whose
//! colors are known; where a small autoencoder is installed, it is asked instead.

use super::vae::{OnPiece, Vae};
use crate::{error::Result, image_ops::Rgb, models::wan::clip, noise::gaussian};
use av::{ScanSize, Ticks, VideoFrame};
use candle_core::{DType, Device, Tensor};

/// Latent pixels a side of the pictures that are encoded to learn colors.
const LEARNED_SIDE: usize = 8;
/// How many of them; together they have far more pixels than there are channels.
const LEARNED_PICTURES: u64 = 6;
/// Keeps the solution small where channels say the same.
const RIDGE: f64 = 1e-3;

/// Makes pictures of latents.
#[derive(Debug)]
pub enum Previewer {
    /// A share of each color for each channel, and a constant: `[channels + 1][3]`.
    Linear(Vec<[f64; 3]>),
    /// A small autoencoder.
    Small(Box<Vae>),
}

impl Previewer {
    /// Learns the colors of `vae`'s latents.
    pub fn learned(vae: &Vae, device: &Device, on_piece: &mut OnPiece<'_>) -> Result<Self> {
        let side = LEARNED_SIDE * vae.pixels_per_latent();
        let mut inputs = Vec::new();
        let mut colors = Vec::new();
        for picture in 0..LEARNED_PICTURES {
            // One color for each latent pixel, so that nothing but color can be meant.
            let pixels = 3 * LEARNED_SIDE * LEARNED_SIDE;
            let flat = gaussian(11, picture, 0, pixels);
            let flat: Vec<f32> = flat.iter().map(|value| (0.5 * value).tanh()).collect();
            let shape = (1, 3, LEARNED_SIDE, LEARNED_SIDE);
            let video = Tensor::from_vec(flat.clone(), shape, device)?;
            let video = video.upsample_nearest2d(side, side)?;
            let latents = vae.encode(&video, on_piece)?.flatten_from(1)?;
            let rows = latents.t()?.to_dtype(DType::F32)?.to_vec2::<f32>()?;
            let area = LEARNED_SIDE * LEARNED_SIDE;
            for (place, row) in rows.into_iter().enumerate() {
                inputs.push(row);
                colors.push([0, 1, 2].map(|plane| f64::from(flat[plane * area + place])));
            }
        }
        Ok(Self::Linear(fitted(&inputs, &colors)))
    }

    /// A picture of the frame in the middle of `latents` `[channels, frames, height, width]`, as large as it comes.
    pub fn picture(&self, latents: &Tensor) -> Result<VideoFrame> {
        let middle = latents.narrow(1, latents.dim(1)? / 2, 1)?;
        match self {
            Self::Small(vae) => {
                let mut pictures = Vec::new();
                let latents = middle.contiguous()?;
                vae.decode(&latents, &mut |_done, _total| Ok(()), &mut |_at, chunk| {
                    pictures.extend(clip::pictures(&chunk)?);
                    Ok(())
                })?;
                Ok(pictures.first().map_or_else(black, frame))
            }
            Self::Linear(shares) => {
                let (_, _, height, width) = middle.dims4()?;
                let channels = middle.squeeze(1)?.flatten_from(1)?.to_dtype(DType::F32)?;
                let channels = channels.to_vec2::<f32>()?;
                let size = ScanSize::new(width as u32, height as u32);
                let mut rgb = Rgb::black(size);
                let area = size.area() as usize;
                for (place, value) in rgb.planes.iter_mut().enumerate() {
                    let (plane, at) = (place / area, place % area);
                    let constant = shares.last().map_or(0.0, |share| share[plane]);
                    let parts = channels.iter().zip(shares);
                    let parts = parts.map(|(row, share)| f64::from(row[at]) * share[plane]);
                    let code = (constant + parts.sum::<f64>()) * 0.5 + 0.5;
                    *value = code.clamp(0.0, 1.0) as f32;
                }
                Ok(frame(&rgb))
            }
        }
    }
}

fn black() -> VideoFrame {
    frame(&Rgb::black(ScanSize::new(8, 8)))
}

fn frame(rgb: &Rgb) -> VideoFrame {
    crate::image_ops::frame_like(rgb, None, Ticks::ZERO)
}

/// The shares that come closest to `colors` from `inputs` and a constant, by least squares.
fn fitted(inputs: &[Vec<f32>], colors: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let count = inputs.first().map_or(0, Vec::len) + 1;
    let width = count + 3;
    let mut table = vec![vec![0.0_f64; width]; count];
    for (row, color) in inputs.iter().zip(colors) {
        let with_one: Vec<f64> = row.iter().map(|&it| f64::from(it)).chain([1.0]).collect();
        for (line, a) in table.iter_mut().zip(&with_one) {
            for (cell, b) in line.iter_mut().zip(with_one.iter().chain(color)) {
                *cell += a * b;
            }
        }
    }
    for (at, line) in table.iter_mut().enumerate() {
        line[at] += RIDGE * inputs.len() as f64;
    }
    // The table is positive and symmetric: elimination needs no search for the largest.
    for pivot in 0..count {
        let line = table[pivot].clone();
        for (at, other) in table.iter_mut().enumerate() {
            if at == pivot {
                continue;
            }
            let factor = other[pivot] / line[pivot];
            for (cell, value) in other.iter_mut().zip(&line) {
                *cell -= factor * value;
            }
        }
    }
    let solved = table.iter().enumerate();
    solved
        .map(|(at, line)| [0, 1, 2].map(|color| line[count + color] / line[at]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_found_again() {
        let wanted = [[0.5, -0.2, 0.1], [0.0, 0.3, -0.4], [0.1, 0.2, 0.3]];
        let numbers = gaussian(3, 0, 0, 800);
        let inputs: Vec<Vec<f32>> = numbers.chunks(2).map(<[f32]>::to_vec).collect();
        let colors: Vec<[f64; 3]> = inputs
            .iter()
            .map(|row| {
                [0, 1, 2].map(|color| {
                    f64::from(row[0]) * wanted[0][color]
                        + f64::from(row[1]) * wanted[1][color]
                        + wanted[2][color]
                })
            })
            .collect();
        for (found, wanted) in fitted(&inputs, &colors).iter().zip(wanted) {
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() < 2e-3, "{found}, should be {wanted}");
            }
        }
    }

    #[test]
    fn a_linear_picture_has_the_latents_size() {
        let shares = vec![[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let latents = Tensor::ones((1, 3, 4, 6), DType::F32, &Device::Cpu).unwrap();
        let picture = Previewer::Linear(shares).picture(&latents).unwrap();
        assert_eq!(picture.size, ScanSize::new(6, 4));
        assert_eq!(picture.row(0, 0)[..4], [255, 128, 128, 255]);
    }
}
