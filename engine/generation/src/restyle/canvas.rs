//! The size at which a picture is painted, there and back.

use crate::{error::Result, image_ops::Rgb, models::multistyle::network::SIDE_MULTIPLE};
use av::ScanSize;
use candle_core::{Device, Tensor};

/// Shortest side at which anything is painted: mirrored borders at a quarter of the size need a few pixels.
const SIDE_MIN: u32 = 32;
/// Most pixels that are painted at once; the widest layer takes 128 bytes for each.
const AREA_MAX: u64 = 1_920 * 1_088;

/// How a picture lies on what the network sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Canvas {
    /// Of the frame.
    frame: ScanSize,
    /// Of the picture on the canvas.
    pub inner: ScanSize,
    /// Of the canvas: a few mirrored rows and columns more.
    pub outer: ScanSize,
}

impl Canvas {
    /// For frames of size `frame`, with no side longer than `side_max`.
    pub fn new(frame: ScanSize, side_max: u32) -> Self {
        let (width, height) = (f64::from(frame.width), f64::from(frame.height));
        let longest = f64::from(side_max) / width.max(height);
        let area = (AREA_MAX as f64 / (width * height)).sqrt();
        let scale = longest.min(area).min(1.0);
        let side = |side: f64| ((side * scale).round() as u32).max(SIDE_MIN);
        let inner = ScanSize::new(side(width), side(height));
        let multiple = |side: u32| side.next_multiple_of(SIDE_MULTIPLE as u32);
        Self {
            frame,
            inner,
            outer: ScanSize::new(multiple(inner.width), multiple(inner.height)),
        }
    }

    /// A frame's picture at the size of the canvas's.
    pub fn reduced(&self, frame: &Rgb) -> Rgb {
        frame.resized(self.inner)
    }

    /// A picture of the canvas's at the frame's size.
    pub fn enlarged(&self, picture: Rgb) -> Rgb {
        if picture.size == self.frame {
            return picture;
        }
        picture.resized(self.frame)
    }

    /// `[1, 3, height, width]` of the canvas with `rgb` on it, mirrored at its right and lower edge.
    pub fn tensor(&self, rgb: &Rgb, device: &Device) -> Result<Tensor> {
        let (width, height) = (self.inner.width as usize, self.inner.height as usize);
        let mirrored = |place: usize, side: usize| {
            if place < side {
                place
            } else {
                2 * (side - 1) - place
            }
        };
        let (rows, columns) = (self.outer.height as usize, self.outer.width as usize);
        let mut values = Vec::with_capacity(3 * rows * columns);
        for plane in 0..3 {
            let plane = rgb.plane(plane);
            for y in 0..rows {
                let row = &plane[mirrored(y, height) * width..][..width];
                values.extend_from_slice(row);
                values.extend((width..columns).map(|x| row[mirrored(x, width)]));
            }
        }
        Ok(Tensor::from_vec(values, (1, 3, rows, columns), device)?)
    }

    /// The picture on the canvas `x`.
    pub fn rgb(&self, x: &Tensor) -> Result<Rgb> {
        let (height, width) = (self.inner.height as usize, self.inner.width as usize);
        let inner = x.narrow(2, 0, height)?.narrow(3, 0, width)?;
        Ok(Rgb {
            size: self.inner,
            planes: inner.flatten_all()?.to_vec1()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canvases_keep_the_shape_within_bounds() {
        let canvas = |width, height, most| {
            let canvas = Canvas::new(ScanSize::new(width, height), most);
            (canvas.inner, canvas.outer)
        };
        let same = ScanSize::new(640, 360);
        assert_eq!(canvas(640, 360, 1280), (same, same));
        let odd = (ScanSize::new(641, 359), ScanSize::new(644, 360));
        assert_eq!(canvas(641, 359, 1280), odd);
        assert_eq!(canvas(3840, 2160, 1280).0, ScanSize::new(1280, 720));
        let (large, _) = canvas(8000, 8000, 16_000);
        assert!(large.area() <= AREA_MAX && large.width == large.height);
        assert_eq!(canvas(1, 1, 1280).0, ScanSize::new(32, 32));
        assert_eq!(canvas(4000, 10, 1280).0, ScanSize::new(1280, 32));
    }

    #[test]
    fn pictures_come_back_from_the_canvas() {
        let size = ScanSize::new(41, 35);
        let values: Vec<f32> = (0..41 * 35 * 3).map(|v| (v % 97) as f32 / 97.0).collect();
        let rgb = Rgb {
            size,
            planes: values,
        };
        let canvas = Canvas::new(size, 1280);
        let x = canvas.tensor(&rgb, &Device::Cpu).unwrap();
        assert_eq!(x.dims(), [1, 3, 36, 44]);
        assert_eq!(canvas.rgb(&x).unwrap(), rgb);
        let corner = x.narrow(2, 35, 1).unwrap().narrow(3, 41, 1).unwrap();
        let corner = corner.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(corner[0], rgb.plane(0)[33 * 41 + 39]);
    }
}
