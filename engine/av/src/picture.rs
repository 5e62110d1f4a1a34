//! Pictures as planes of bytes with the color description needed to show them right.

use crate::Ticks;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScanSize {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl ScanSize {
    /// The largest side that is accepted anywhere; guards every allocation made from a file's header.
    pub const SIDE_MAX: u32 = 16_384;

    /// `width` by `height`.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Whether both sides are between 1 and [`ScanSize::SIDE_MAX`].
    pub fn is_usable(self) -> bool {
        (1..=Self::SIDE_MAX).contains(&self.width) && (1..=Self::SIDE_MAX).contains(&self.height)
    }

    /// Pixels in all.
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}
impl fmt::Display for ScanSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}
impl FromStr for ScanSize {
    type Err = String;
    /// Reads `1280x720`; even sides from 16 to [`ScanSize::SIDE_MAX`], since encoders take nothing else.
    fn from_str(text: &str) -> Result<Self, String> {
        let error =
            || format!("\"{text}\" is not a size such as 1280x720 (even numbers, 16 to 16384)");
        let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(error)?;
        let side = |part: &str| match part.trim().parse::<u32>() {
            Ok(side) if (16..=Self::SIDE_MAX).contains(&side) && side % 2 == 0 => Ok(side),
            Ok(_) | Err(_) => Err(error()),
        };
        Ok(Self {
            width: side(width)?,
            height: side(height)?,
        })
    }
}

/// How bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Three planes of 8 bits: Y full size, U and V at half width and height (rounded up).
    I420,
    /// Two planes of 8 bits: Y full size, interleaved U and V at half width and height (rounded up).
    Nv12,
    /// One plane of R, G, B, A bytes; straight (not premultiplied) alpha, sRGB-coded, full range.
    Rgba8,
}

/// Which weights make luma out of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorMatrix {
    /// Standard definition (BT.601).
    Bt601,
    /// High definition (BT.709).
    #[default]
    Bt709,
    /// Ultra-high definition, non-constant luminance (BT.2020).
    Bt2020,
}

/// Which codes stand for black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorRange {
    /// Black 16, white 235 (video).
    #[default]
    Limited,
    /// Black 0, white 255 (pictures).
    Full,
}

/// How code values follow light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// The camera curve of BT.709 and BT.601.
    #[default]
    Bt709,
    /// The sRGB curve.
    Srgb,
    /// Perceptual quantizer (HDR10).
    Pq,
    /// Hybrid log-gamma.
    Hlg,
}

/// What a picture's numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ColorSpace {
    /// Luma weights.
    pub matrix: ColorMatrix,
    /// Black and white codes.
    pub range: ColorRange,
    /// Curve.
    pub transfer: Transfer,
}

impl ColorSpace {
    /// BT.709, limited range: what a sequence is composited and exported in.
    pub const VIDEO: Self = Self {
        matrix: ColorMatrix::Bt709,
        range: ColorRange::Limited,
        transfer: Transfer::Bt709,
    };
    /// sRGB, full range: pictures and generated frames.
    pub const PICTURE: Self = Self {
        matrix: ColorMatrix::Bt709,
        range: ColorRange::Full,
        transfer: Transfer::Srgb,
    };

    /// What an untagged video of this size is taken to be, as players do: BT.601 below 720 lines, else BT.709.
    pub fn assumed_for(size: ScanSize) -> Self {
        let matrix = if size.height < 720 && size.width < 1280 {
            ColorMatrix::Bt601
        } else {
            ColorMatrix::Bt709
        };
        Self {
            matrix,
            ..Self::VIDEO
        }
    }
}

/// One plane of a picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Plane {
    /// Rows, top first, each `stride` bytes.
    pub data: Arc<[u8]>,
    /// Bytes from one row to the next.
    pub stride: usize,
}

impl fmt::Debug for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Plane({} bytes, stride {})",
            self.data.len(),
            self.stride
        )
    }
}

/// One picture. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFrame {
    /// Pixels across and down.
    pub size: ScanSize,
    /// Layout of `planes`.
    pub format: PixelFormat,
    /// What the numbers mean.
    pub color: ColorSpace,
    /// One, two or three planes, as the format says.
    pub planes: Vec<Plane>,
    /// When it is shown, in its media's own time.
    pub pts: Ticks,
}

impl VideoFrame {
    /// A tightly packed R, G, B, A picture; `data` holds `4 * width * height` bytes.
    ///
    /// # Panics
    /// When `data` has another length: a bug of the caller's.
    pub fn from_rgba(size: ScanSize, data: Vec<u8>, pts: Ticks) -> Self {
        assert_eq!(
            data.len() as u64,
            size.area() * 4,
            "an RGBA picture of {size}"
        );
        let plane = Plane {
            data: data.into(),
            stride: size.width as usize * 4,
        };
        Self {
            size,
            format: PixelFormat::Rgba8,
            color: ColorSpace::PICTURE,
            planes: vec![plane],
            pts,
        }
    }

    /// A tightly packed I420 picture; chroma planes are `(width + 1) / 2` by `(height + 1) / 2`.
    ///
    /// # Panics
    /// When a plane has another length: a bug of the caller's.
    pub fn from_i420(
        size: ScanSize,
        color: ColorSpace,
        [y, u, v]: [Vec<u8>; 3],
        pts: Ticks,
    ) -> Self {
        let half_width = size.width.div_ceil(2) as usize;
        let half_area = half_width * size.height.div_ceil(2) as usize;
        assert_eq!(y.len() as u64, size.area(), "luma of {size}");
        assert!(
            u.len() == half_area && v.len() == half_area,
            "chroma of {size}"
        );
        let planes = vec![
            Plane {
                data: y.into(),
                stride: size.width as usize,
            },
            Plane {
                data: u.into(),
                stride: half_width,
            },
            Plane {
                data: v.into(),
                stride: half_width,
            },
        ];
        Self {
            size,
            format: PixelFormat::I420,
            color,
            planes,
            pts,
        }
    }

    /// Width and height of plane `index`, in samples (for NV12 chroma: pairs).
    pub fn plane_size(&self, index: usize) -> ScanSize {
        match (self.format, index) {
            (PixelFormat::I420 | PixelFormat::Nv12, 1..) => {
                ScanSize::new(self.size.width.div_ceil(2), self.size.height.div_ceil(2))
            }
            (PixelFormat::I420 | PixelFormat::Nv12 | PixelFormat::Rgba8, _) => self.size,
        }
    }

    /// Bytes that one sample of plane `index` takes.
    pub fn plane_sample_bytes(&self, index: usize) -> usize {
        match (self.format, index) {
            (PixelFormat::Rgba8, _) => 4,
            (PixelFormat::Nv12, 1..) => 2,
            (PixelFormat::I420 | PixelFormat::Nv12, _) => 1,
        }
    }

    /// Row `y` of plane `index`, without padding.
    pub fn row(&self, index: usize, y: usize) -> &[u8] {
        let plane = &self.planes[index];
        let length = self.plane_size(index).width as usize * self.plane_sample_bytes(index);
        &plane.data[y * plane.stride..y * plane.stride + length]
    }

    /// Bytes held by all planes.
    pub fn bytes(&self) -> usize {
        self.planes.iter().map(|plane| plane.data.len()).sum()
    }

    /// The same picture shown at another time.
    pub fn with_pts(mut self, pts: Ticks) -> Self {
        self.pts = pts;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_round_chroma_up() {
        let size = ScanSize::new(5, 3);
        let frame = VideoFrame::from_i420(
            size,
            ColorSpace::VIDEO,
            [vec![16; 15], vec![1; 6], vec![2; 6]],
            Ticks::ZERO,
        );
        assert_eq!(frame.plane_size(1), ScanSize::new(3, 2));
        assert_eq!(frame.row(2, 1), [2, 2, 2]);
    }

    #[test]
    fn sizes_are_read_strictly() {
        assert_eq!("1280x720".parse(), Ok(ScanSize::new(1280, 720)));
        for text in ["0x0", "1280", "1281x720", "-2x4", "99999x16", "x"] {
            assert!(text.parse::<ScanSize>().is_err(), "{text}");
        }
    }
}
