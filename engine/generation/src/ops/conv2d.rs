//! Convolution layers whose weights are prepared once: our own kernel on a CPU, candle's elsewhere.

use super::kernel::{Epilogue, Geometry, Group, Tap, convolve};
use crate::{error::Result, interrupt::Stop};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Device, Layout, Shape, Tensor};
use std::sync::Arc;

/// What follows a convolution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// Negative values become 0.
    Relu,
    /// Negative values are multiplied by this.
    LeakyRelu(f32),
}

impl Activation {
    fn negative_slope(self) -> f32 {
        match self {
            Self::Linear => 1.0,
            Self::Relu => 0.0,
            Self::LeakyRelu(slope) => slope,
        }
    }

    pub(super) fn apply(self, x: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Linear => Ok(x.clone()),
            Self::Relu => x.relu(),
            Self::LeakyRelu(slope) => x.maximum(&(x * f64::from(slope))?),
        }
    }
}

/// How the filter walks over the picture; the same down and across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Zero pixels put round the input.
    pub padding: usize,
    /// Pixels from one tap to the next.
    pub dilation: usize,
}

impl ConvShape {
    /// Stride 1, same size out for a 3×3 filter.
    pub const SAME_3X3: Self = Self {
        stride: 1,
        padding: 1,
        dilation: 1,
    };
}

/// Weights and bias of a layer, as read from a file.
#[derive(Debug, Clone)]
pub struct ConvWeights {
    /// `[outputs, inputs, rows, columns]`; for a transposed convolution `[inputs, outputs, rows, columns]`.
    pub weight: Vec<f32>,
    /// The shape of `weight`.
    pub shape: [usize; 4],
    /// One for each output.
    pub bias: Vec<f32>,
}

/// A 2-D convolution with bias and activation.
#[derive(Debug, Clone)]
pub struct Conv2d {
    shape: ConvShape,
    activation: Activation,
    prepared: Prepared,
}

#[derive(Debug, Clone)]
enum Prepared {
    Packed(Arc<Packed>),
    Plain {
        weight: Tensor,
        bias: Tensor,
        /// Slopes of the outputs, `[1, outputs, 1, 1]`, in place of the activation's.
        slopes: Option<Tensor>,
    },
}

/// Weights in the kernel's order.
#[derive(Debug)]
pub(super) struct Packed {
    groups: Vec<Group>,
    bias: Vec<f32>,
    /// One for each output, in place of the activation's; empty when there are none.
    slopes: Vec<f32>,
    num_inputs: usize,
    reach: [usize; 2],
}

impl Packed {
    /// One group of all outputs; weights are `[outputs, inputs, rows, columns]`.
    pub fn new(weights: &ConvWeights, dilation: usize) -> Self {
        let [outputs, inputs, rows, columns] = weights.shape;
        let taps = (0..rows * columns).map(|tap| Tap {
            row: tap / columns * dilation,
            column: tap % columns * dilation,
        });
        let size = rows * columns;
        let group = Group::new(taps.collect(), [outputs, inputs], |output, input, tap| {
            weights.weight[(output * inputs + input) * size + tap]
        });
        Self {
            groups: vec![group],
            bias: weights.bias.clone(),
            slopes: Vec::new(),
            num_inputs: inputs,
            reach: [rows, columns].map(|taps| (taps - 1) * dilation + 1),
        }
    }
}

impl Conv2d {
    /// Prepares `weights` for `device`.
    pub fn new(
        weights: &ConvWeights,
        shape: ConvShape,
        activation: Activation,
        device: &Device,
    ) -> Result<Self> {
        let outputs = weights.shape[0];
        let prepared = if device.is_cpu() {
            Prepared::Packed(Arc::new(Packed::new(weights, shape.dilation)))
        } else {
            Prepared::Plain {
                weight: Tensor::from_slice(&weights.weight, &weights.shape, device)?,
                bias: Tensor::from_slice(&weights.bias, (1, outputs, 1, 1), device)?,
                slopes: None,
            }
        };
        Ok(Self {
            shape,
            activation,
            prepared,
        })
    }

    /// Prepares `weights` for `device`; negative values are multiplied by `slopes`, one for each output (what PyTorch
    /// calls `PReLU`).
    pub fn with_slopes(
        weights: &ConvWeights,
        shape: ConvShape,
        slopes: &[f32],
        device: &Device,
    ) -> Result<Self> {
        let outputs = weights.shape[0];
        if slopes.len() != outputs {
            let text = format!("{} slopes for {outputs} outputs", slopes.len());
            return Err(candle_core::Error::Msg(text).into());
        }
        let prepared = if device.is_cpu() {
            let mut packed = Packed::new(weights, shape.dilation);
            packed.slopes = slopes.to_vec();
            Prepared::Packed(Arc::new(packed))
        } else {
            Prepared::Plain {
                weight: Tensor::from_slice(&weights.weight, &weights.shape, device)?,
                bias: Tensor::from_slice(&weights.bias, (1, outputs, 1, 1), device)?,
                slopes: Some(Tensor::from_slice(slopes, (1, outputs, 1, 1), device)?),
            }
        };
        Ok(Self {
            shape,
            activation: Activation::Linear,
            prepared,
        })
    }

    /// `[batch, inputs, height, width]` → `[batch, outputs, height', width']`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = ConvOp::new(packed, self.shape, self.activation);
                Ok(x.to_dtype(DType::F32)?
                    .contiguous()?
                    .apply_op1_no_bwd(&op)?)
            }
            Prepared::Plain {
                weight,
                bias,
                slopes,
            } => {
                let sum = self.plain(x, weight, bias)?;
                Ok(self.activated(&sum, slopes.as_ref())?)
            }
        }
    }

    /// As [`Conv2d::forward`], with `residual` (of the output's shape) added before the activation.
    pub fn forward_add(&self, x: &Tensor, residual: &Tensor) -> Result<Tensor> {
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = ConvOp::new(packed, self.shape, self.activation);
                let x = x.to_dtype(DType::F32)?.contiguous()?;
                let residual = residual.to_dtype(DType::F32)?.contiguous()?;
                Ok(x.apply_op2_no_bwd(&residual, &op)?)
            }
            Prepared::Plain {
                weight,
                bias,
                slopes,
            } => {
                let sum = (self.plain(x, weight, bias)? + residual)?;
                Ok(self.activated(&sum, slopes.as_ref())?)
            }
        }
    }

    fn activated(&self, sum: &Tensor, slopes: Option<&Tensor>) -> candle_core::Result<Tensor> {
        let Some(slopes) = slopes else {
            return self.activation.apply(sum);
        };
        let positive = sum.relu()?;
        let negative = (sum - &positive)?.broadcast_mul(&slopes.to_dtype(sum.dtype())?)?;
        positive + negative
    }

    fn plain(&self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> candle_core::Result<Tensor> {
        let ConvShape {
            stride,
            padding,
            dilation,
        } = self.shape;
        let weight = weight.to_dtype(x.dtype())?;
        let sum = x.conv2d(&weight, padding, stride, dilation, 1)?;
        sum.broadcast_add(&bias.to_dtype(x.dtype())?)
    }
}

/// Rows of the input (with a border of 1) and taps of the filter that even and odd rows of the output see.
///
/// Even outputs see taps 1 and 3 of the input's rows y and y - 1, odd ones taps 2 and 0 of y and y + 1.
const ROWS: [[(usize, usize); 2]; 2] = [[(1, 1), (0, 3)], [(1, 2), (2, 0)]];

/// A transposed 4×4 convolution of stride 2 and padding 1: doubles height and width.
#[derive(Debug, Clone)]
pub struct ConvTranspose2d {
    prepared: Prepared,
}

impl ConvTranspose2d {
    /// Prepares `weights`, `[inputs, outputs, 4, 4]`, for `device`.
    pub fn new(weights: &ConvWeights, device: &Device) -> Result<Self> {
        let [inputs, outputs, rows, columns] = weights.shape;
        if [rows, columns] != [4, 4] {
            let text = format!("a transposed convolution of 4x4 taps, not {rows}x{columns}");
            return Err(candle_core::Error::Msg(text).into());
        }
        if !device.is_cpu() {
            let prepared = Prepared::Plain {
                weight: Tensor::from_slice(&weights.weight, &weights.shape, device)?,
                bias: Tensor::from_slice(&weights.bias, (1, outputs, 1, 1), device)?,
                slopes: None,
            };
            return Ok(Self { prepared });
        }
        // Four small convolutions, one for each corner of a 2x2 block.
        let corner = |corner: usize| {
            let (rows, columns) = (ROWS[corner / 2], ROWS[corner % 2]);
            let taps = (0..4).map(|tap| Tap {
                row: rows[tap / 2].0,
                column: columns[tap % 2].0,
            });
            Group::new(taps.collect(), [outputs, inputs], |output, input, tap| {
                let place = rows[tap / 2].1 * 4 + columns[tap % 2].1;
                weights.weight[(input * outputs + output) * 16 + place]
            })
        };
        Ok(Self {
            prepared: Prepared::Packed(Arc::new(Packed {
                groups: (0..4).map(corner).collect(),
                bias: weights.bias.repeat(4),
                slopes: Vec::new(),
                num_inputs: inputs,
                reach: [3, 3],
            })),
        })
    }

    /// `[batch, inputs, height, width]` → `[batch, outputs, 2 height, 2 width]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = ConvOp::new(packed, ConvShape::SAME_3X3, Activation::Linear);
                let corners = x
                    .to_dtype(DType::F32)?
                    .contiguous()?
                    .apply_op1_no_bwd(&op)?;
                let (batch, channels, height, width) = corners.dims4()?;
                let corners = corners.reshape((batch, 2, 2, channels / 4, height, width))?;
                let pixels = corners.permute((0, 3, 4, 1, 5, 2))?.contiguous()?;
                Ok(pixels.reshape((batch, channels / 4, 2 * height, 2 * width))?)
            }
            Prepared::Plain { weight, bias, .. } => {
                let sum = x.conv_transpose2d(&weight.to_dtype(x.dtype())?, 1, 0, 2, 1)?;
                Ok(sum.broadcast_add(&bias.to_dtype(x.dtype())?)?)
            }
        }
    }
}

/// One convolution handed to candle's CPU storage.
pub(super) struct ConvOp<'a> {
    pub packed: &'a Packed,
    pub stride: usize,
    /// Zero pixels above and left, then below and right.
    pub padding: [usize; 2],
    pub activation: Activation,
    /// Successive pictures of the batch whose channels together are one input.
    pub frames: usize,
    /// Pictures from one output to the next.
    pub frame_stride: usize,
}

impl<'a> ConvOp<'a> {
    fn new(packed: &'a Packed, shape: ConvShape, activation: Activation) -> Self {
        Self {
            packed,
            stride: shape.stride,
            padding: [shape.padding; 2],
            activation,
            frames: 1,
            frame_stride: 1,
        }
    }

    fn run(
        &self,
        (storage, layout): (&CpuStorage, &Layout),
        residual: Option<(&CpuStorage, &Layout)>,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (pictures, channels, height, width) = layout.shape().dims4()?;
        let packed = self.packed;
        let num_inputs = channels * self.frames;
        if num_inputs != packed.num_inputs {
            let wanted = packed.num_inputs / self.frames;
            candle_core::bail!("a convolution of {wanted} channels got {channels}");
        }
        let Some(batch) = pictures.checked_sub(self.frames) else {
            let wanted = self.frames;
            candle_core::bail!("a convolution over {wanted} frames got {pictures}");
        };
        let batch = batch / self.frame_stride + 1;
        let input = floats(storage, layout)?;
        let stride = self.stride;
        let [before, after] = self.padding;
        let out = |side: usize, reach: usize| {
            (side + before + after)
                .checked_sub(reach)
                .map(|rest| rest / stride + 1)
        };
        let sides = (out(height, packed.reach[0]), out(width, packed.reach[1]));
        let (Some(out_height), Some(out_width)) = sides else {
            candle_core::bail!("a picture of {width}x{height} is smaller than the filter");
        };
        let geometry = Geometry {
            num_inputs,
            height,
            width,
            padding: [before; 2],
            reach: packed.reach,
            stride,
            out_height,
            out_width,
        };
        let num_outputs = packed.bias.len();
        let shape = Shape::from((batch, num_outputs, out_height, out_width));
        let residual = residual.map(|(storage, layout)| {
            if layout.shape() == &shape {
                floats(storage, layout)
            } else {
                candle_core::bail!("a residual of {:?} on {shape:?}", layout.shape())
            }
        });
        let residual = residual.transpose()?;
        let stop = Stop::current();
        let mut output = vec![0.0_f32; shape.elem_count()];
        let same_slope = vec![self.activation.negative_slope(); num_outputs];
        let picture = num_outputs * out_height * out_width;
        for (index, output) in output.chunks_mut(picture.max(1)).enumerate() {
            let epilogue = Epilogue {
                bias: &packed.bias,
                residual: residual.map(|all| &all[index * picture..][..picture]),
                negative_slopes: if packed.slopes.is_empty() {
                    &same_slope
                } else {
                    &packed.slopes
                },
            };
            let picture = channels * height * width;
            let input = &input[index * self.frame_stride * picture..][..self.frames * picture];
            convolve(input, &geometry, &packed.groups, (epilogue, &stop), output);
            stop.check()?;
        }
        Ok((CpuStorage::F32(output), shape))
    }
}

impl CustomOp1 for ConvOp<'_> {
    fn name(&self) -> &'static str {
        "conv2d-packed"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        self.run((storage, layout), None)
    }
}

impl CustomOp2 for ConvOp<'_> {
    fn name(&self) -> &'static str {
        "conv2d-packed-add"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        self.run((storage, layout), Some((residual, residual_layout)))
    }
}

/// The numbers of a contiguous `f32` tensor.
pub(super) fn floats<'a>(
    storage: &'a CpuStorage,
    layout: &Layout,
) -> candle_core::Result<&'a [f32]> {
    let all = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&all[start..end]),
        None => candle_core::bail!("the tensor is not contiguous"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    fn difference(a: &Tensor, b: &Tensor) -> f32 {
        assert_eq!(a.dims(), b.dims());
        let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
        difference.max(0).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn agrees_with_the_library_at_all_shapes() {
        let cases: &[([usize; 4], [usize; 3], ConvShape)] = &[
            ([2, 5, 1, 1], [3, 7, 9], shape(1, 0, 1)),
            ([16, 7, 3, 3], [1, 64, 96], shape(1, 1, 1)),
            ([9, 16, 3, 3], [2, 5, 3], shape(1, 1, 1)),
            ([33, 4, 3, 3], [1, 33, 47], shape(2, 1, 1)),
            ([16, 8, 3, 3], [1, 20, 20], shape(1, 8, 8)),
            ([8, 3, 5, 3], [1, 12, 500], shape(3, 2, 1)),
            ([1, 64, 3, 3], [1, 40, 41], shape(1, 1, 1)),
            ([8, 3, 4, 4], [1, 16, 24], shape(4, 0, 1)),
        ];
        for &(weight_shape, [batch, height, width], conv_shape) in cases {
            let [outputs, inputs, rows, columns] = weight_shape;
            let weights = ConvWeights {
                weight: random(outputs * inputs * rows * columns, 1),
                shape: weight_shape,
                bias: random(outputs, 2),
            };
            let x = random(batch * inputs * height * width, 3);
            let x = Tensor::from_vec(x, (batch, inputs, height, width), &Device::Cpu).unwrap();
            let activation = Activation::LeakyRelu(0.2);
            let layer = Conv2d::new(&weights, conv_shape, activation, &Device::Cpu).unwrap();
            let weight = Tensor::from_slice(&weights.weight, &weight_shape, &Device::Cpu).unwrap();
            let bias = Tensor::from_slice(&weights.bias, (1, outputs, 1, 1), &Device::Cpu).unwrap();
            let sum = layer.plain(&x, &weight, &bias).unwrap();
            let wanted = activation.apply(&sum).unwrap();
            let worst = difference(&layer.forward(&x).unwrap(), &wanted);
            assert!(worst < 1e-4, "{weight_shape:?} {conv_shape:?}: {worst}");
            let wanted = activation.apply(&(&sum + &wanted).unwrap()).unwrap();
            let found = layer.forward_add(&x, &layer.forward(&x).unwrap()).unwrap();
            assert!(difference(&found, &wanted) < 1e-4);
        }
    }

    #[test]
    fn slopes_are_those_of_their_channels() {
        let weights = ConvWeights {
            weight: random(5 * 2 * 9, 1),
            shape: [5, 2, 3, 3],
            bias: random(5, 2),
        };
        let slopes = [0.0, 0.25, 1.0, -0.5, 2.0];
        let same = ConvShape::SAME_3X3;
        let x = Tensor::from_vec(random(2 * 7 * 9, 3), (1, 2, 7, 9), &Device::Cpu).unwrap();
        let linear = Conv2d::new(&weights, same, Activation::Linear, &Device::Cpu).unwrap();
        let linear = linear.forward(&x).unwrap();
        let wanted = linear.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let layer = Conv2d::with_slopes(&weights, same, &slopes, &Device::Cpu).unwrap();
        let found = layer.forward(&x).unwrap();
        let found = found.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (place, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            let slope = if *wanted < 0.0 {
                slopes[place / 63]
            } else {
                1.0
            };
            assert!((found - wanted * slope).abs() < 1e-6, "at {place}");
        }
        let layers = Conv2d::with_slopes(&weights, same, &slopes[1..], &Device::Cpu);
        assert!(layers.is_err());
    }

    fn shape(stride: usize, padding: usize, dilation: usize) -> ConvShape {
        ConvShape {
            stride,
            padding,
            dilation,
        }
    }

    #[test]
    fn transposed_agrees_with_the_library() {
        let weights = ConvWeights {
            weight: random(6 * 5 * 16, 4),
            shape: [6, 5, 4, 4],
            bias: random(5, 5),
        };
        let x = Tensor::from_vec(random(2 * 6 * 9 * 13, 6), (2, 6, 9, 13), &Device::Cpu).unwrap();
        let weight = Tensor::from_slice(&weights.weight, &weights.shape, &Device::Cpu).unwrap();
        let bias = Tensor::from_slice(&weights.bias, (1, 5, 1, 1), &Device::Cpu).unwrap();
        let wanted = x.conv_transpose2d(&weight, 1, 0, 2, 1).unwrap();
        let wanted = wanted.broadcast_add(&bias).unwrap();
        let layer = ConvTranspose2d::new(&weights, &Device::Cpu).unwrap();
        assert!(difference(&layer.forward(&x).unwrap(), &wanted) < 1e-5);
    }

    #[test]
    fn wrong_shapes_are_errors() {
        let weights = ConvWeights {
            weight: random(2 * 3 * 9, 1),
            shape: [2, 3, 3, 3],
            bias: vec![0.0; 2],
        };
        let layer = Conv2d::new(&weights, shape(1, 0, 1), Activation::Relu, &Device::Cpu).unwrap();
        let zeros = |dims: [usize; 4]| Tensor::zeros(&dims, DType::F32, &Device::Cpu).unwrap();
        assert!(layer.forward(&zeros([1, 4, 8, 8])).is_err());
        assert!(layer.forward(&zeros([1, 3, 2, 8])).is_err());
        assert!(
            layer
                .forward_add(&zeros([1, 3, 8, 8]), &zeros([1, 2, 8, 8]))
                .is_err()
        );
    }
}
