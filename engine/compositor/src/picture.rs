//! Decoded pictures as textures: checked, halved where the frame is much smaller, and kept while they may come again.

use crate::{
    Error, Result,
    color::{ColorMap, rgb_from_texture},
    device::{Gpu, extent},
    limits::{HALVINGS_MAX, PICTURE_CACHE_BYTES_MAX},
    shrink::{Samples, halved, interleaved, premultiplied},
};
use av::{PixelFormat, ScanSize, Transfer, VideoFrame};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};
use timeline::AssetId;

/// A picture on the device.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Luma, or premultiplied red, green, blue and alpha.
    pub first: wgpu::TextureView,
    /// U and V; `None` for colors.
    pub chroma: Option<wgpu::TextureView>,
    /// Pixels of `first`.
    pub size: ScanSize,
    /// Pixels of `chroma`, or of `first` again.
    pub chroma_size: ScanSize,
    /// Texture values to gamma-coded R'G'B'.
    pub rgb_from_texture: ColorMap,
    /// Curve; decides about tone mapping.
    pub transfer: Transfer,
    /// Whether every pixel is opaque.
    pub is_opaque: bool,
}

/// Which picture, made small how often. The address and a sample of the bytes tell a file that was replaced from
/// itself, without reading all of it each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    asset: AssetId,
    pts: i64,
    halvings: u32,
    content: u64,
}

#[derive(Debug)]
struct Entry {
    picture: Picture,
    bytes: u64,
    last_use: u64,
}

/// Pictures on the device, least recently used ones dropped first.
#[derive(Debug, Default)]
pub struct PictureCache {
    entries: HashMap<Key, Entry>,
    bytes: u64,
    clock: u64,
    /// Pictures uploaded so far; tells tests and benchmarks whether the cache works.
    pub upload_count: u64,
}

impl PictureCache {
    /// The picture as a texture, halved `halvings` times.
    pub fn get(&mut self, gpu: &Gpu, asset: AssetId, frame: &VideoFrame, halvings: u32) -> Picture {
        let key = Key {
            asset,
            pts: frame.pts.0,
            halvings,
            content: content(frame),
        };
        self.clock += 1;
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.last_use = self.clock;
            return entry.picture.clone();
        }
        let (picture, bytes) = upload(gpu, frame, halvings);
        self.upload_count += 1;
        self.make_room(bytes);
        self.bytes += bytes;
        let entry = Entry {
            picture: picture.clone(),
            bytes,
            last_use: self.clock,
        };
        self.entries.insert(key, entry);
        picture
    }

    fn make_room(&mut self, bytes: u64) {
        while self.bytes + bytes > PICTURE_CACHE_BYTES_MAX {
            let oldest = self
                .entries
                .iter()
                .min_by_key(|(_, entry)| entry.last_use)
                .map(|(key, _)| *key);
            let Some(entry) = oldest.and_then(|key| self.entries.remove(&key)) else {
                return;
            };
            self.bytes -= entry.bytes;
        }
    }
}

/// Refuses pictures whose planes are shorter than their size says.
pub fn check(asset: AssetId, frame: &VideoFrame) -> Result<()> {
    if !frame.size.is_usable() {
        return Err(Error::Size {
            what: "a picture",
            size: frame.size,
            side_max: ScanSize::SIDE_MAX,
        });
    }
    let plane_count = match frame.format {
        PixelFormat::I420 => 3,
        PixelFormat::Nv12 => 2,
        PixelFormat::Rgba8 => 1,
    };
    for plane in 0..plane_count {
        let size = frame.plane_size(plane);
        let row = size.width as usize * frame.plane_sample_bytes(plane);
        let is_whole = frame.planes.get(plane).is_some_and(|held| {
            let rows_before_last = held.stride.checked_mul(size.height as usize - 1);
            held.stride >= row
                && rows_before_last.is_some_and(|before| held.data.len() >= before + row)
        });
        if !is_whole {
            return Err(Error::BrokenPicture {
                asset,
                plane,
                size: frame.size,
            });
        }
    }
    Ok(())
}

/// How often a picture must be halved to fit the device's largest texture.
pub fn forced_halvings(size: ScanSize, side_max: u32) -> u32 {
    let side = size.width.max(size.height);
    (0..=HALVINGS_MAX)
        .find(|halvings| side.div_ceil(1 << halvings) <= side_max)
        .unwrap_or(HALVINGS_MAX)
}

/// Where the first plane lies and a few hundred of its bytes.
fn content(frame: &VideoFrame) -> u64 {
    const SAMPLES: usize = 509;
    let mut hasher = DefaultHasher::new();
    (frame.size, frame.format, frame.color).hash(&mut hasher);
    for plane in &frame.planes {
        plane.data.as_ptr().addr().hash(&mut hasher);
        let step = (plane.data.len() / SAMPLES).max(1);
        for byte in plane.data.iter().step_by(step) {
            hasher.write_u8(*byte);
        }
    }
    hasher.finish()
}

fn upload(gpu: &Gpu, frame: &VideoFrame, halvings: u32) -> (Picture, u64) {
    let is_opaque;
    let (first, chroma) = match frame.format {
        PixelFormat::Rgba8 => {
            let (samples, opaque) = premultiplied(frame);
            is_opaque = opaque;
            (halved(samples, halvings), None)
        }
        PixelFormat::I420 | PixelFormat::Nv12 => {
            is_opaque = true;
            let luma = halved(Samples::of_plane(frame, 0), halvings);
            (luma, Some(halved(interleaved(frame), halvings)))
        }
    };
    let bytes = first.data.len() as u64 + chroma.as_ref().map_or(0, |c| c.data.len() as u64);
    let size = first.size;
    let chroma_size = chroma.as_ref().map_or(size, |samples| samples.size);
    let picture = Picture {
        first: texture(gpu, &first),
        chroma: chroma.as_ref().map(|samples| texture(gpu, samples)),
        size,
        chroma_size,
        rgb_from_texture: rgb_from_texture(frame.format, frame.color),
        transfer: frame.color.transfer,
        is_opaque,
    };
    (picture, bytes)
}

/// Samples of 1, 2 or 4 bytes as a texture.
pub fn texture(gpu: &Gpu, samples: &Samples<'_>) -> wgpu::TextureView {
    let format = match samples.sample_bytes {
        1 => wgpu::TextureFormat::R8Unorm,
        2 => wgpu::TextureFormat::Rg8Unorm,
        _ => wgpu::TextureFormat::Rgba8Unorm,
    };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size: extent(samples.size),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    gpu.queue.write_texture(
        texture.as_image_copy(),
        &samples.data,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(samples.stride as u32),
            rows_per_image: None,
        },
        extent(samples.size),
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
