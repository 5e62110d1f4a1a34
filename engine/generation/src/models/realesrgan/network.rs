//! The networks: a plain chain of convolutions (fast), and residual dense blocks (slower, finer).
//!
//! Both see a picture `[1, 3, h, w]` of values 0 to 1 and give one of four times the height and width. They follow
//! SRVGGNetCompact (as in realesr-animevideov3) and RRDBNet with six blocks (as in RealESRGAN x4plus anime 6B) of the
//! Real-ESRGAN project; tensor names are the original ones.

use crate::{
    error::Result,
    ops::{
        Activation, Conv2d, ConvShape,
        conv2d::{Added, ConvWeights},
        deal::dealt_onto,
    },
    weights::Weights,
};
use candle_core::{Device, Tensor};
use rayon::prelude::*;

/// How much taller and wider the networks make a picture.
pub const FACTOR: usize = 4;

/// Channels inside both networks.
const WIDTH: usize = 64;
/// Convolutions of the compact network between its first and its last.
const COMPACT_LAYERS: usize = 16;
/// Blocks of the dense network, and dense parts of each.
const BLOCKS: usize = 6;
const PARTS: usize = 3;
/// Channels that each layer of a dense part adds, and how many layers do.
const GROWTH: usize = 32;
const GROWING_LAYERS: usize = 4;
/// How much of a part's or a block's answer is added to what came in.
const RESIDUAL_SHARE: f64 = 0.2;
const SLOPE: Activation = Activation::LeakyRelu(0.2);

/// Called after each layer with the layer's share of the work; an error stops it.
pub type Tick<'a> = dyn FnMut(u64) -> Result<()> + 'a;

/// A network that makes pictures four times as large.
pub trait EnlargingNet: Send + std::fmt::Debug {
    /// `[1, 3, h, w]` of 0 to 1 → `[1, 3, 4 h, 4 w]`, not clamped. The shares handed to `tick` add up to
    /// [`EnlargingNet::ticks`].
    fn forward(&self, picture: &Tensor, tick: &mut Tick<'_>) -> Result<Tensor>;

    /// Ticks of one run.
    fn ticks(&self) -> u64;

    /// Pixels round a place of the input that the answer there can depend on, as far as it matters.
    fn reach(&self) -> usize;

    /// Side in pixels of the pieces that large pictures are cut into, without what they overlap.
    fn piece(&self) -> usize;

    /// Where tensors must live.
    fn device(&self) -> &Device;
}

/// A layer of 3×3 taps that keeps the size.
fn conv(weights: &Weights, name: &str, [outputs, inputs]: [usize; 2]) -> Result<ConvWeights> {
    let shape = [outputs, inputs, 3, 3];
    Ok(ConvWeights {
        weight: weights.values(&format!("{name}.weight"), &shape)?,
        shape,
        bias: weights.values(&format!("{name}.bias"), &[outputs])?,
    })
}

/// SRVGGNetCompact: eighteen convolutions at the picture's own size, then the pixels are dealt out.
#[derive(Debug)]
pub struct CompactNet {
    layers: Vec<Conv2d>,
    device: Device,
}

impl CompactNet {
    /// Takes the weights under their original names.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let same = ConvShape::SAME_3X3;
        let layer = |index: usize| {
            let inputs = if index == 0 { 3 } else { WIDTH };
            let loaded = conv(weights, &format!("body.{}", 2 * index), [WIDTH, inputs])?;
            let slopes = weights.values(&format!("body.{}.weight", 2 * index + 1), &[WIDTH])?;
            Conv2d::with_slopes(&loaded, same, &slopes, device)
        };
        let mut layers = (0..=COMPACT_LAYERS)
            .map(layer)
            .collect::<Result<Vec<_>>>()?;
        let name = format!("body.{}", 2 * COMPACT_LAYERS + 2);
        let last = conv(weights, &name, [3 * FACTOR * FACTOR, WIDTH])?;
        layers.push(Conv2d::new(&last, same, Activation::Linear, device)?);
        Ok(Self {
            layers,
            device: device.clone(),
        })
    }
}

impl EnlargingNet for CompactNet {
    fn forward(&self, picture: &Tensor, tick: &mut Tick<'_>) -> Result<Tensor> {
        let mut x = picture.clone();
        for layer in &self.layers {
            x = layer.forward(&x)?;
            tick(1)?;
        }
        dealt_onto::<FACTOR>(&x, picture)
    }

    fn ticks(&self) -> u64 {
        self.layers.len() as u64
    }

    /// One pixel for each layer: nothing beyond has any influence.
    fn reach(&self) -> usize {
        self.layers.len()
    }

    fn piece(&self) -> usize {
        512
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

/// RRDBNet: blocks in which every layer sees all layers before it, then two doublings.
#[derive(Debug)]
pub struct DenseNet {
    first: Conv2d,
    blocks: Vec<[DensePart; PARTS]>,
    body: Conv2d,
    /// After the first and the second doubling.
    up: [Conv2d; 2],
    high: Conv2d,
    last: Conv2d,
    device: Device,
}

/// Ticks of the layers after the body, which work at four and at sixteen times the pixels.
const LARGE_TICKS: u64 = 40;
/// Rows of the input that a place after the doublings can depend on, to each side: 1.25 rounded up, and one for the
/// rounding of the doublings.
const LARGE_REACH: usize = 3;
/// Pixels of the input that are doubled at once; at sixteen times as many, all channels take 64 MiB.
const LARGE_PIXELS: usize = 1 << 14;

impl DenseNet {
    /// Takes the weights under their original names.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let layer = |name: &str, channels: [usize; 2], activation| {
            let loaded = conv(weights, name, channels)?;
            Conv2d::new(&loaded, ConvShape::SAME_3X3, activation, device)
        };
        let block = |block: usize| {
            let part = |part: usize| {
                DensePart::new(weights, &format!("body.{block}.rdb{}", part + 1), device)
            };
            Ok([part(0)?, part(1)?, part(2)?])
        };
        let square = [WIDTH, WIDTH];
        Ok(Self {
            first: layer("conv_first", [WIDTH, 3], Activation::Linear)?,
            blocks: (0..BLOCKS).map(block).collect::<Result<_>>()?,
            body: layer("conv_body", square, Activation::Linear)?,
            up: [
                layer("conv_up1", square, SLOPE)?,
                layer("conv_up2", square, SLOPE)?,
            ],
            high: layer("conv_hr", square, SLOPE)?,
            last: layer("conv_last", [3, WIDTH], Activation::Linear)?,
            device: device.clone(),
        })
    }
}

impl DenseNet {
    /// The picture out of the body's answer, in bands of about `rows`, since memory would grow with sixteen times the
    /// pixels.
    fn finished(&self, body: &Tensor, rows: usize, tick: &mut Tick<'_>) -> Result<Tensor> {
        let (_, _, height, width) = body.dims4()?;
        let num_bands = height.div_ceil(rows.max(1));
        let mut bands = Vec::with_capacity(num_bands);
        for band in 0..num_bands {
            let (start, end) = (band * height / num_bands, (band + 1) * height / num_bands);
            let first = start.saturating_sub(LARGE_REACH);
            let count = (end + LARGE_REACH).min(height) - first;
            let mut x = body.narrow(2, first, count)?.contiguous()?;
            for (index, layer) in self.up.iter().enumerate() {
                let scale = 2 << index;
                x = layer.forward(&x.upsample_nearest2d(count * scale, width * scale)?)?;
                tick(0)?;
            }
            x = self.high.forward(&x)?;
            tick(0)?;
            x = self.last.forward(&x)?;
            bands.push(x.narrow(2, (start - first) * FACTOR, (end - start) * FACTOR)?);
            let share = |band: usize| LARGE_TICKS * band as u64 / num_bands as u64;
            tick(share(band + 1) - share(band))?;
        }
        Ok(Tensor::cat(&bands, 2)?)
    }
}

impl EnlargingNet for DenseNet {
    fn forward(&self, picture: &Tensor, tick: &mut Tick<'_>) -> Result<Tensor> {
        let first = self.first.forward(picture)?;
        tick(1)?;
        let mut x = first.clone();
        for block in &self.blocks {
            let mut inner = x.clone();
            for part in block {
                inner = part.forward(&inner, tick)?;
            }
            x = ((inner * RESIDUAL_SHARE)? + x)?;
        }
        x = self.body.forward_add(&x, &first)?;
        tick(1)?;
        let rows = LARGE_PIXELS / picture.dim(3)?.max(1);
        self.finished(&x, rows, tick)
    }

    fn ticks(&self) -> u64 {
        let layers = (BLOCKS * PARTS * (GROWING_LAYERS + 1) + 2) as u64;
        layers + LARGE_TICKS
    }

    /// In theory more than ninety. What is further away than this was measured on photos: it changes the answer by
    /// less than a fifth of an 8-bit code in the mean and by five in single pixels.
    fn reach(&self) -> usize {
        32
    }

    fn piece(&self) -> usize {
        384
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

/// Four layers that each see the input and all layers before, and a fifth that sums them up.
#[derive(Debug)]
struct DensePart {
    growing: Vec<Conv2d>,
    last: Conv2d,
}

impl DensePart {
    fn new(weights: &Weights, name: &str, device: &Device) -> Result<Self> {
        let growing = |index: usize| {
            let inputs = WIDTH + index * GROWTH;
            let loaded = conv(
                weights,
                &format!("{name}.conv{}", index + 1),
                [GROWTH, inputs],
            )?;
            Conv2d::new(&loaded, ConvShape::SAME_3X3, SLOPE, device)
        };
        let inputs = WIDTH + GROWING_LAYERS * GROWTH;
        let mut last = conv(weights, &format!("{name}.conv5"), [WIDTH, inputs])?;
        // A share of a convolution is a convolution with smaller weights.
        for value in last.weight.iter_mut().chain(&mut last.bias) {
            *value *= RESIDUAL_SHARE as f32;
        }
        Ok(Self {
            growing: (0..GROWING_LAYERS).map(growing).collect::<Result<_>>()?,
            last: Conv2d::new(&last, ConvShape::SAME_3X3, Activation::Linear, device)?,
        })
    }

    fn forward(&self, x: &Tensor, tick: &mut Tick<'_>) -> Result<Tensor> {
        let mut all = vec![x.clone()];
        for layer in &self.growing {
            let seen: Vec<&Tensor> = all.iter().collect();
            all.push(layer.forward_joined(&seen, None)?);
            tick(1)?;
        }
        let seen: Vec<&Tensor> = all.iter().collect();
        let sum = self.last.forward_joined(&seen, Some(Added::Before(x)))?;
        tick(1)?;
        Ok(sum)
    }
}

/// Shares of the four pixels round a border between two: a cubic through them, read halfway.
const HALVING: [f32; 4] = [-0.09375, 0.59375, 0.59375, -0.09375];

/// `[1, channels, 2 h, 2 w]` at half the height and width, by cubics, the border's pixels repeated: what the compact
/// network's version for two times ends with. An odd last row or column is left out.
pub fn halve(x: &Tensor) -> Result<Tensor> {
    let (batch, channels, height, width) = x.dims4()?;
    let values = x.flatten_all()?.to_vec1::<f32>()?;
    let (rows, columns) = (height / 2, width / 2);
    let places =
        |place: usize, side: usize| [0, 1, 2, 3].map(|tap| (2 * place + tap).clamp(1, side) - 1);
    let mut halved = vec![0.0_f32; batch * channels * rows * columns];
    let targets = halved.par_chunks_mut(columns.max(1)).enumerate();
    targets.for_each(|(index, target)| {
        let plane = &values[index / rows * height * width..][..height * width];
        let sources = places(index % rows, height).map(|y| &plane[y * width..][..width]);
        let column = |x: usize| {
            let parts = sources.iter().zip(HALVING);
            parts.map(|(row, share)| row[x] * share).sum::<f32>()
        };
        let middle: Vec<f32> = (0..width).map(column).collect();
        for (x, value) in target.iter_mut().enumerate() {
            let parts = places(x, width).into_iter().zip(HALVING);
            *value = parts.map(|(x, share)| middle[x] * share).sum();
        }
    });
    let shape = (batch, channels, rows, columns);
    Ok(Tensor::from_vec(halved, shape, x.device())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Models;

    #[test]
    fn bands_leave_no_trace() {
        let weights = Models::locate().unwrap();
        let weights = weights.weights(super::super::DENSE_ID).unwrap();
        let net = DenseNet::new(&weights, &Device::Cpu).unwrap();
        let values = crate::noise::gaussian(1, 0, 0, 3 * 24 * 10);
        let x = Tensor::from_vec(values, (1, 3, 24, 10), &Device::Cpu).unwrap();
        let body = net.first.forward(&x).unwrap();
        let mut done = 0;
        let mut finished = |rows| {
            net.finished(&body, rows, &mut |ticks| {
                done += ticks;
                Ok(())
            })
        };
        let whole = finished(24).unwrap();
        let bands = finished(5).unwrap();
        let difference = (&whole - bands).unwrap().abs().unwrap();
        let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
        let largest: f32 = whole.abs().unwrap().max_all().unwrap().to_scalar().unwrap();
        assert!(worst < 1e-5 * largest.max(1.0), "{worst} of {largest}");
        assert_eq!(done, 2 * LARGE_TICKS);
    }
}
