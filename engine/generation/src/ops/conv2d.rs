//! Convolution layers whose weights are prepared once: our own kernel on a CPU, candle's elsewhere.

pub use super::kernel::Added;
use super::{
    kernel::{Epilogue, Geometry, Group, Tap, convolve},
    winograd,
};
use crate::{error::Result, interrupt::Stop};
use candle_core::{CpuStorage, DType, Device, Layout, Storage, Tensor};
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
pub(super) enum Prepared {
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
    pub groups: Vec<Group>,
    pub bias: Vec<f32>,
    /// One for each output, in place of the activation's; empty when there are none.
    pub slopes: Vec<f32>,
    pub num_inputs: usize,
    pub reach: [usize; 2],
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
        self.run(&[x], None)
    }

    /// As [`Conv2d::forward`], with `residual` (of the output's shape) added before the activation.
    pub fn forward_add(&self, x: &Tensor, residual: &Tensor) -> Result<Tensor> {
        self.run(&[x], Some(Added::Before(residual)))
    }

    /// As [`Conv2d::forward`] of the channels of all `parts` one after the other, which are not copied together for it;
    /// with what is `added`, where there is something, of the output's shape.
    pub fn forward_joined(
        &self,
        parts: &[&Tensor],
        added: Option<Added<&Tensor>>,
    ) -> Result<Tensor> {
        self.run(parts, added)
    }

    fn run(&self, parts: &[&Tensor], added: Option<Added<&Tensor>>) -> Result<Tensor> {
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = ConvOp::new(packed, self.shape, self.activation);
                Ok(op.run(parts, added)?)
            }
            Prepared::Plain {
                weight,
                bias,
                slopes,
            } => {
                let mut sum = self.plain(&Tensor::cat(parts, 1)?, weight, bias)?;
                if let Some(Added::Before(added)) = added {
                    sum = (sum + added)?;
                }
                let answer = self.activated(&sum, slopes.as_ref())?;
                Ok(match added {
                    Some(Added::After(added)) => (answer + added)?,
                    Some(Added::Before(_)) | None => answer,
                })
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

/// One convolution over the numbers of tensors on the CPU.
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
    /// Over single pictures.
    pub fn new(packed: &'a Packed, shape: ConvShape, activation: Activation) -> Self {
        Self {
            packed,
            stride: shape.stride,
            padding: [shape.padding; 2],
            activation,
            frames: 1,
            frame_stride: 1,
        }
    }

    /// Convolves the channels of all `parts`, one part's after the other's.
    pub fn run(
        &self,
        parts: &[&Tensor],
        added: Option<Added<&Tensor>>,
    ) -> candle_core::Result<Tensor> {
        let plain = |x: &Tensor| x.to_dtype(DType::F32)?.contiguous();
        let parts = parts
            .iter()
            .map(|x| plain(x))
            .collect::<candle_core::Result<Vec<_>>>()?;
        let Some((pictures, _, height, width)) = parts.first().map(Tensor::dims4).transpose()?
        else {
            candle_core::bail!("a convolution of nothing");
        };
        let channels = parts.iter().map(|x| match x.dims4()? {
            (n, channels, h, w) if (n, h, w) == (pictures, height, width) => Ok(channels),
            _ => candle_core::bail!(
                "a convolution of {:?} beside {:?}",
                x.dims(),
                parts[0].dims()
            ),
        });
        let channels = channels.collect::<candle_core::Result<Vec<_>>>()?;
        let (geometry, batch) = self.geometry([pictures, channels.iter().sum(), height, width])?;
        let shape = (
            batch,
            self.packed.bias.len(),
            geometry.out_height,
            geometry.out_width,
        );
        let addend = added.map(|added| plain(added.what())).transpose()?;
        if let Some(addend) = &addend
            && addend.dims4()? != shape
        {
            candle_core::bail!("{:?} added to {shape:?}", addend.dims());
        }
        let guards: Vec<_> = parts.iter().map(Tensor::storage_and_layout).collect();
        let numbers = guards
            .iter()
            .map(|(storage, layout)| cpu_floats(storage, layout));
        let numbers = numbers.collect::<candle_core::Result<Vec<_>>>()?;
        let parts: Vec<_> = numbers.into_iter().zip(channels).collect();
        let guard = addend.as_ref().map(Tensor::storage_and_layout);
        let addend = guard
            .as_ref()
            .map(|(storage, layout)| cpu_floats(storage, layout));
        let added = added.zip(addend.transpose()?);
        let added = added.map(|(added, numbers)| added.with(numbers));
        let output = self.computed(&parts, &geometry, batch, added)?;
        Tensor::from_vec(output, shape, &Device::Cpu)
    }

    /// Sizes of the convolution of one picture, and how many pictures come out.
    fn geometry(
        &self,
        [pictures, channels, height, width]: [usize; 4],
    ) -> candle_core::Result<(Geometry, usize)> {
        let packed = self.packed;
        let num_inputs = channels * self.frames;
        if num_inputs != packed.num_inputs {
            let wanted = packed.num_inputs / self.frames;
            candle_core::bail!("a convolution of {wanted} channels got {channels}");
        }
        let Some(rest) = pictures.checked_sub(self.frames) else {
            let wanted = self.frames;
            candle_core::bail!("a convolution over {wanted} frames got {pictures}");
        };
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
        Ok((geometry, rest / self.frame_stride + 1))
    }

    /// `parts` are numbers of all pictures and their channels.
    fn computed(
        &self,
        parts: &[(&[f32], usize)],
        geometry: &Geometry,
        batch: usize,
        added: Option<Added<&[f32]>>,
    ) -> candle_core::Result<Vec<f32>> {
        let packed = self.packed;
        let num_outputs = packed.bias.len();
        let picture = num_outputs * geometry.out_height * geometry.out_width;
        let plane = geometry.height * geometry.width;
        let stop = Stop::current();
        let mut output = vec![0.0_f32; batch * picture];
        let same_slope = vec![self.activation.negative_slope(); num_outputs];
        let filters = winograd::suits(&packed.groups, geometry)
            .then(|| winograd::Filters::new(&packed.groups[0], geometry.num_inputs));
        for (index, output) in output.chunks_mut(picture.max(1)).enumerate() {
            let epilogue = Epilogue {
                bias: &packed.bias,
                added: added.map(|all| all.with(&all.what()[index * picture..][..picture])),
                negative_slopes: if packed.slopes.is_empty() {
                    &same_slope
                } else {
                    &packed.slopes
                },
            };
            let planes = parts.iter().flat_map(|(numbers, channels)| {
                let start = index * self.frame_stride * channels * plane;
                numbers[start..][..self.frames * channels * plane].chunks(plane.max(1))
            });
            let planes: Vec<&[f32]> = planes.collect();
            let finishing = (epilogue, &stop);
            match &filters {
                Some(filters) => winograd::convolve(&planes, geometry, filters, finishing, output),
                None => convolve(&planes, geometry, &packed.groups, finishing, output),
            }
            stop.check()?;
        }
        Ok(output)
    }
}

fn cpu_floats<'a>(storage: &'a Storage, layout: &Layout) -> candle_core::Result<&'a [f32]> {
    match storage {
        Storage::Cpu(storage) => floats(storage, layout),
        Storage::Cuda(_) | Storage::Metal(_) => {
            candle_core::bail!("weights and picture lie on different devices")
        }
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
pub(super) mod tests {
    use super::*;

    pub fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    pub fn difference(a: &Tensor, b: &Tensor) -> f32 {
        assert_eq!(a.dims(), b.dims());
        let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
        difference.max(0).unwrap().to_scalar().unwrap()
    }

    fn largest(x: &Tensor) -> f32 {
        let largest = x.abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        largest.to_scalar().unwrap()
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
            // Large enough for tiles: whole ones, cut ones, padding of 0 and 1, several bands, few channels.
            ([16, 16, 3, 3], [1, 40, 44], shape(1, 1, 1)),
            ([20, 37, 3, 3], [2, 51, 70], shape(1, 1, 1)),
            ([13, 12, 3, 3], [1, 67, 37], shape(1, 0, 1)),
            ([12, 64, 3, 3], [1, 5, 393], shape(1, 1, 1)),
            ([96, 160, 3, 3], [1, 42, 90], shape(1, 2, 1)),
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
            let found = layer.forward(&x).unwrap();
            let worst = difference(&found, &wanted) / largest(&wanted);
            assert!(worst < 1e-5, "{weight_shape:?} {conv_shape:?}: {worst}");
            let wanted = activation.apply(&(&sum + &found).unwrap()).unwrap();
            let found = layer.forward_add(&x, &found).unwrap();
            let worst = difference(&found, &wanted) / largest(&wanted);
            assert!(worst < 1e-5, "{weight_shape:?} {conv_shape:?}: {worst}");
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
