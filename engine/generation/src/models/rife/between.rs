//! Any moment between two pictures, at any size: what the backend and arrangements of it are made of.

use super::network::{Flow, IfNet, SIDE_MULTIPLE};
use crate::{
    error::Result,
    image_ops::Rgb,
    ops::{resample::bilinear, warp::warp},
};
use av::ScanSize;
use candle_core::{Device, Tensor};

/// Motion is estimated at half size (or less) above this many pixels: flows reach further and memory stays bounded.
const FLOW_PIXELS_MAX: usize = 1920 * 1088;
/// Peak bytes for each pixel that the flow is estimated at; arithmetic from the widest layers, rounded up, not measured.
const BYTES_PER_FLOW_PIXEL: u64 = 420;
/// Bytes for each pixel of a frame: both neighbors, their warped copies and the result as floats.
const BYTES_PER_PIXEL: u64 = 96;

/// The network set up for pictures of one size.
#[derive(Debug, Clone, Copy)]
pub struct Between<'a> {
    net: &'a IfNet,
    size: ScanSize,
    grid: Grid,
}

/// A picture as the network takes it.
#[derive(Debug, Clone)]
pub struct Prepared {
    full: Tensor,
    small: Tensor,
}

impl<'a> Between<'a> {
    /// For pictures of `size`.
    pub fn new(net: &'a IfNet, size: ScanSize) -> Self {
        let grid = Grid::new(size);
        Self { net, size, grid }
    }

    /// How much smaller motion is estimated than pictures are made; 1 for all but the largest.
    pub fn shrink(&self) -> usize {
        self.grid.shrink
    }

    /// `rgb`, which has the size this was made for, ready for the network.
    pub fn prepare(&self, rgb: &Rgb) -> Result<Prepared> {
        let Grid {
            height,
            width,
            shrink,
        } = self.grid;
        let full = self.grid.tensor(rgb, self.net.device())?;
        let small = bilinear(&full, height / shrink, width / shrink)?;
        Ok(Prepared { full, small })
    }

    /// The motion at `moment` (0 is `first`, 1 is `second`), at full size. `tick` is called after each layer with its
    /// share of [`super::network::TICKS_PER_MOMENT`] and may stop the work.
    pub fn flow(
        &self,
        [first, second]: [&Prepared; 2],
        moment: f32,
        tick: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Flow> {
        let flow = self
            .net
            .forward(&first.small, &second.small, moment, tick)?;
        if self.grid.shrink > 1 {
            flow.enlarged(&first.full, &second.full, self.grid.shrink)
        } else {
            Ok(flow)
        }
    }

    /// The picture at the moment of `flow`.
    pub fn picture(&self, flow: &Flow) -> Result<Rgb> {
        self.rgb(&flow.merged()?)
    }

    /// The picture in the upper left of `tensor` `[1, 3, h, w]`, without the padding.
    fn rgb(&self, tensor: &Tensor) -> Result<Rgb> {
        let (height, width) = (self.size.height as usize, self.size.width as usize);
        let kept = tensor.narrow(2, 0, height)?.narrow(3, 0, width)?;
        let planes = kept.clamp(0.0, 1.0)?.flatten_all()?.to_vec1()?;
        Ok(Rgb {
            size: self.size,
            planes,
        })
    }
}

/// Peak bytes while one moment of pictures of `size` is made, without the weights.
pub fn memory_bytes(size: ScanSize) -> u64 {
    let grid = Grid::new(size);
    let flow_pixels = (grid.height / grid.shrink * (grid.width / grid.shrink)) as u64;
    flow_pixels * BYTES_PER_FLOW_PIXEL + (grid.height * grid.width) as u64 * BYTES_PER_PIXEL
}

/// The size that the network sees, and how much smaller motion is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    height: usize,
    width: usize,
    shrink: usize,
}

impl Grid {
    fn new(size: ScanSize) -> Self {
        let (height, width) = (size.height as usize, size.width as usize);
        let padded = |shrink: usize| {
            let multiple = SIDE_MULTIPLE * shrink;
            let sides = [height, width].map(|side| side.next_multiple_of(multiple));
            (sides[0], sides[1])
        };
        let mut shrink = 1;
        while padded(shrink).0 * padded(shrink).1 > FLOW_PIXELS_MAX * shrink * shrink {
            shrink *= 2;
        }
        let (height, width) = padded(shrink);
        Self {
            height,
            width,
            shrink,
        }
    }

    /// `rgb` as `[1, 3, height, width]`, its last row and column repeated.
    fn tensor(self, rgb: &Rgb, device: &Device) -> Result<Tensor> {
        let (width, height) = (rgb.size.width as usize, rgb.size.height as usize);
        let mut values = Vec::with_capacity(3 * self.height * self.width);
        for plane in 0..3 {
            let plane = rgb.plane(plane);
            for y in 0..self.height {
                let row = &plane[y.min(height - 1) * width..][..width];
                values.extend_from_slice(row);
                values.extend(std::iter::repeat_n(row[width - 1], self.width - width));
            }
        }
        let shape = (1, 3, self.height, self.width);
        Ok(Tensor::from_vec(values, shape, device)?)
    }
}

impl Flow {
    /// The same motion at `factor` times the size, applied to the full-size neighbors.
    fn enlarged(&self, first: &Tensor, second: &Tensor, factor: usize) -> Result<Self> {
        let (_, _, height, width) = first.dims4()?;
        let flow = (bilinear(&self.flow, height, width)? * factor as f64)?;
        Ok(Self {
            warped: [
                warp(first, &flow.narrow(1, 0, 2)?)?,
                warp(second, &flow.narrow(1, 2, 2)?)?,
            ],
            mask: bilinear(&self.mask, height, width)?,
            flow,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pictures_estimate_motion_at_less_than_full_size() {
        let full = Grid::new(ScanSize::new(1920, 1080));
        assert_eq!((full.width, full.height, full.shrink), (1920, 1088, 1));
        let double = Grid::new(ScanSize::new(3840, 2160));
        assert_eq!(
            (double.width, double.height, double.shrink),
            (3840, 2176, 2)
        );
    }
}
