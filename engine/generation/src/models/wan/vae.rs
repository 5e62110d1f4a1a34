//! Video autoencoders: four frames at a time in or out, and large pictures in tiles.
//!
//! Clips are `[frames, channels, height, width]`, frame by frame; latents are `[channels, frames, height, width]`.

mod causal;
mod layers;
mod tiles;
mod tiny;

use self::{
    layers::{Layer, Memory, Pass, pieces},
    tiles::{Canvas, tiles},
};
use super::{
    config::{Padding, TinyVaeConfig, VaeConfig},
    loader::Loader,
};
use crate::{error::Result, limits};
use candle_core::{DType, Device, Tensor};

/// Frames that one latent frame stands for, but for the first, which stands for one.
pub const FRAMES_PER_LATENT: usize = 4;
/// Pixels a side that one latent pixel of most autoencoders stands for; see [`Vae::pixels_per_latent`].
pub const PIXELS_PER_LATENT: usize = 8;

/// Called before each piece of work with how many are done and how many there are; may stop the work.
pub type OnPiece<'a> = dyn FnMut(usize, usize) -> Result<()> + 'a;

/// Encoder and decoder.
#[derive(Debug)]
pub struct Vae {
    kind: VaeKind,
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    z_dim: usize,
    latents_mean: Vec<f32>,
    latents_std: Vec<f32>,
    memory_limit: u64,
    device: Device,
}

/// What an autoencoder is; says everything that can be said without its weights.
#[derive(Debug, Clone, PartialEq)]
pub enum VaeKind {
    /// Of Wan 2.1 or 2.2.
    Causal(VaeConfig),
    /// A small one.
    Tiny(TinyVaeConfig),
}

/// Numbers for each channel of the widest layer that the decoder holds for a pixel of the full size: what its layers
/// remember of the past (about 24) and what the widest block works on (about 18).
const CAUSAL_FRAMES_HELD: usize = 42;
/// The same for the small autoencoder, which remembers less.
const TINY_FRAMES_HELD: usize = 14;

impl VaeKind {
    /// Latent channels.
    pub fn z_dim(&self) -> usize {
        match self {
            Self::Causal(config) => config.z_dim,
            Self::Tiny(config) => config.z_dim,
        }
    }

    /// Pixels a side that one latent pixel stands for.
    pub fn pixels_per_latent(&self) -> usize {
        match self {
            Self::Causal(config) => PIXELS_PER_LATENT * config.patch_size,
            Self::Tiny(config) => config.pixels_per_latent(),
        }
    }

    /// Bytes that a pass over a clip of this size holds beside the weights and what goes in and comes out, when it
    /// may hold `limit` at most.
    pub fn memory_bytes(&self, [height, width]: [usize; 2], limit: u64) -> u64 {
        let side = self.pixels_per_latent();
        let area = (limit / self.bytes_per_latent_pixel().max(1)) as usize;
        let pixels = tiles([height / side, width / side], area)
            .iter()
            .map(|tile| tile.rows.count * tile.columns.count)
            .max();
        pixels.unwrap_or(0) as u64 * self.bytes_per_latent_pixel()
    }

    /// What a latent pixel costs in the decoder, which is the larger half.
    fn bytes_per_latent_pixel(&self) -> u64 {
        let side = self.pixels_per_latent();
        let floats = match self {
            Self::Causal(config) => {
                let area = (side / config.patch_size).pow(2);
                area * config.decoder_base_dim * CAUSAL_FRAMES_HELD
            }
            Self::Tiny(config) => {
                let [.., before, last] = config.decoder_channels;
                let last = last.max(3 * config.patch_size * config.patch_size);
                let side = side / config.patch_size;
                side * side * before.max(last) * TINY_FRAMES_HELD
            }
        };
        (floats * size_of::<f32>()) as u64
    }
}

impl Vae {
    /// Reads the weights of either kind.
    pub fn of_kind(kind: &VaeKind, loader: &Loader<'_>) -> Result<Self> {
        match kind {
            VaeKind::Causal(config) => Self::new(config, loader),
            VaeKind::Tiny(config) => Self::tiny(config, loader),
        }
    }

    /// Reads the weights of an autoencoder of Wan 2.1 or 2.2; always computed in `f32`.
    pub fn new(config: &VaeConfig, loader: &Loader<'_>) -> Result<Self> {
        Ok(Self {
            encoder: causal::encoder(config, loader)?,
            decoder: causal::decoder(config, loader)?,
            z_dim: config.z_dim,
            latents_mean: config.latents_mean.clone(),
            latents_std: config.latents_std.clone(),
            memory_limit: limits::VAE_BYTES_MAX,
            device: loader.device.clone(),
            kind: VaeKind::Causal(config.clone()),
        })
    }

    /// Reads the weights of a small autoencoder; always computed in `f32`.
    pub fn tiny(config: &TinyVaeConfig, loader: &Loader<'_>) -> Result<Self> {
        Ok(Self {
            encoder: tiny::encoder(config, loader)?,
            decoder: tiny::decoder(config, loader)?,
            z_dim: config.z_dim,
            latents_mean: config.latents_mean.clone(),
            latents_std: config.latents_std.clone(),
            memory_limit: limits::VAE_BYTES_MAX,
            device: loader.device.clone(),
            kind: VaeKind::Tiny(config.clone()),
        })
    }

    /// With another bound on the bytes that a pass may hold beside the weights and the finished frames; larger
    /// pictures are worked through in tiles.
    pub fn with_memory_limit(self, bytes: u64) -> Self {
        Self {
            memory_limit: bytes,
            ..self
        }
    }

    /// Latent channels.
    pub fn z_dim(&self) -> usize {
        self.z_dim
    }

    /// Pixels a side that one latent pixel stands for.
    pub fn pixels_per_latent(&self) -> usize {
        self.kind.pixels_per_latent()
    }

    /// Bytes that a pass over a clip of this size holds beside the weights and what goes in and comes out.
    pub fn memory_bytes(&self, height: usize, width: usize) -> u64 {
        self.kind.memory_bytes([height, width], self.memory_limit)
    }

    fn tile_area(&self) -> usize {
        (self.memory_limit / self.kind.bytes_per_latent_pixel().max(1)) as usize
    }

    /// Latents `[channels, frames', height', width']` of `video` `[frames, 3, height, width]` (values −1 to 1; frames
    /// are a multiple of four and one more), with the training data's mean and deviation taken out.
    pub fn encode(&self, video: &Tensor, on_piece: &mut OnPiece<'_>) -> Result<Tensor> {
        let (_, _, height, width) = video.dims4()?;
        let scale = self.pixels_per_latent();
        let size = [height / scale, width / scale];
        let chunks = self.chunks(video)?;
        let tiles = tiles(size, self.tile_area());
        let total = tiles.len() * chunks.len() * pieces(&self.encoder);
        let mut done = 0;
        let mut pause = || {
            on_piece(done, total)?;
            done += 1;
            Ok(())
        };
        let mut canvas = Canvas::new(size, 1);
        let mut latents = Vec::new();
        for tile in &tiles {
            let mut memory = Memory::default();
            for (index, chunk) in chunks.iter().enumerate() {
                let chunk = tile.of(chunk, scale)?.to_dtype(DType::F32)?;
                let mut pass = Pass {
                    memory: &mut memory,
                    pause: &mut pause,
                };
                let moments = pass.run(&self.encoder, &chunk)?;
                let mean = moments.narrow(1, 0, self.z_dim)?;
                if tiles.len() == 1 {
                    latents.push(mean);
                } else {
                    canvas.add(index, tile, &mean)?;
                }
            }
        }
        for chunk in canvas.into_chunks(&self.device) {
            latents.push(chunk?);
        }
        let [center, width] = self.statistics()?;
        let latents = Tensor::cat(&latents, 0)?;
        let latents = latents.broadcast_sub(&center)?.broadcast_div(&width)?;
        Ok(latents.transpose(0, 1)?.contiguous()?)
    }

    /// The frames of each latent frame.
    fn chunks(&self, video: &Tensor) -> Result<Vec<Tensor>> {
        let frames = video.dim(0)?;
        let padding = match &self.kind {
            VaeKind::Causal(_) => None,
            VaeKind::Tiny(config) => Some(config.padding),
        };
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < frames {
            let is_alone = start == 0 && padding != Some(Padding::End);
            let count = if is_alone { 1 } else { FRAMES_PER_LATENT };
            let count = count.min(frames - start);
            let chunk = video.narrow(0, start, count)?;
            start += count;
            chunks.push(match padding {
                None => chunk,
                Some(padding) => filled(&chunk, padding)?,
            });
        }
        Ok(chunks)
    }

    /// Decodes `latents` `[channels, frames, height', width']` and hands each chunk of frames
    /// `[1 or 4, 3, height, width]` (values −1 to 1) to `sink` with its index, which may stop the work. Where tiles are
    /// needed, all chunks come at the end.
    pub fn decode(
        &self,
        latents: &Tensor,
        on_piece: &mut OnPiece<'_>,
        sink: &mut dyn FnMut(usize, Tensor) -> Result<()>,
    ) -> Result<()> {
        let [center, deviation] = self.statistics()?;
        let latents = latents
            .to_dtype(DType::F32)?
            .transpose(0, 1)?
            .contiguous()?;
        let latents = latents.broadcast_mul(&deviation)?.broadcast_add(&center)?;
        let (frames, _, height, width) = latents.dims4()?;
        let tiles = tiles([height, width], self.tile_area());
        let total = tiles.len() * frames * pieces(&self.decoder);
        let mut done = 0;
        let mut pause = || {
            on_piece(done, total)?;
            done += 1;
            Ok(())
        };
        let mut canvas = Canvas::new([height, width], self.pixels_per_latent());
        for tile in &tiles {
            let mut memory = Memory::default();
            for index in 0..frames {
                let chunk = tile.of(&latents.narrow(0, index, 1)?, 1)?;
                let pass = Pass {
                    memory: &mut memory,
                    pause: &mut pause,
                };
                let frames = self.decoded(&chunk, index == 0, pass)?;
                if tiles.len() == 1 {
                    sink(index, frames)?;
                } else {
                    canvas.add(index, tile, &frames)?;
                }
            }
        }
        for (index, chunk) in canvas.into_chunks(&self.device).enumerate() {
            sink(index, chunk?)?;
        }
        Ok(())
    }

    /// The frames of one latent frame of one tile.
    fn decoded(&self, chunk: &Tensor, is_first: bool, mut pass: Pass<'_>) -> Result<Tensor> {
        let mut frames = pass.run(&self.decoder, chunk)?;
        if is_first && matches!(self.kind, VaeKind::Tiny(_)) {
            // What stands before the first frame.
            frames = frames.narrow(0, FRAMES_PER_LATENT - 1, 1)?;
        }
        Ok(frames.clamp(-1_f32, 1_f32)?)
    }

    fn statistics(&self) -> Result<[Tensor; 2]> {
        let row =
            |values: &[f32]| Tensor::from_slice(values, (1, values.len(), 1, 1), &self.device);
        Ok([row(&self.latents_mean)?, row(&self.latents_std)?])
    }
}

/// `chunk` with copies of its first or last frame until there are four.
fn filled(chunk: &Tensor, padding: Padding) -> Result<Tensor> {
    let count = chunk.dim(0)?;
    let order = (0..FRAMES_PER_LATENT).map(|place| match padding {
        Padding::Start => place.saturating_sub(FRAMES_PER_LATENT - count),
        Padding::End => place.min(count - 1),
    });
    let order: Vec<u32> = order.map(|place| place as u32).collect();
    Ok(chunk.index_select(&Tensor::new(order, chunk.device())?, 0)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, noise::gaussian, weights::Weights};
    use safetensors::{Dtype, tensor::TensorView};
    use std::path::{Path, PathBuf};

    fn fixture(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        folder.join(name)
    }

    /// Small models whose statistics leave latents as they are.
    fn plain(config: VaeConfig, z_dim: usize, decoder_base_dim: usize) -> VaeConfig {
        VaeConfig {
            base_dim: 2,
            decoder_base_dim,
            z_dim,
            latents_mean: vec![0.0; z_dim],
            latents_std: vec![1.0; z_dim],
            ..config
        }
    }

    fn load(path: &Path, config: &VaeConfig) -> Vae {
        let weights = Weights::open(path).unwrap();
        Vae::new(config, &Loader::new(&weights, DType::F32, &Device::Cpu)).unwrap()
    }

    fn wan_2_1() -> Vae {
        let config = plain(VaeConfig::wan_2_1(), 16, 2);
        load(&fixture("wan_vae.safetensors"), &config)
    }

    fn wan_2_2() -> Vae {
        let config = plain(VaeConfig::wan_2_2(), 6, 3);
        load(&fixture("wan22_vae.safetensors"), &config)
    }

    /// The weights of [`wan_2_1`], but what pixels far away say counts nothing: attention is all over a frame.
    fn without_attention() -> Vae {
        let weights = Weights::open(&fixture("wan_vae.safetensors")).unwrap();
        let mut tensors = Vec::new();
        for name in weights.names() {
            let shape = weights.shape(&name).unwrap().to_vec();
            let mut values = weights.values(&name, &shape).unwrap();
            if name.contains("attentions.0.proj") {
                values.fill(0.0);
            }
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            tensors.push((name, shape, bytes));
        }
        let views = tensors.iter().map(|(name, shape, bytes)| {
            (
                name,
                TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
            )
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vae.safetensors");
        std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        load(&path, &plain(VaeConfig::wan_2_1(), 16, 2))
    }

    fn random(shape: [usize; 4], seed: u64) -> Tensor {
        let numbers = gaussian(seed, 0, 0, shape.iter().product());
        let tensor = Tensor::from_vec(numbers, &shape, &Device::Cpu).unwrap();
        (tensor * 0.5).unwrap()
    }

    fn worst(found: &Tensor, wanted: &Tensor) -> f32 {
        assert_eq!(found.dims(), wanted.dims());
        let difference = (found - wanted).unwrap().abs().unwrap();
        difference.max_all().unwrap().to_scalar().unwrap()
    }

    fn decode(vae: &Vae, latents: &Tensor) -> Tensor {
        let mut chunks = Vec::new();
        let sink = &mut |index, chunk| {
            assert_eq!(index, chunks.len());
            chunks.push(chunk);
            Ok(())
        };
        vae.decode(latents, &mut |_done, _total| Ok(()), sink)
            .unwrap();
        Tensor::cat(&chunks, 0).unwrap()
    }

    fn encode(vae: &Vae, video: &Tensor) -> Tensor {
        vae.encode(video, &mut |_done, _total| Ok(())).unwrap()
    }

    /// All frames through `layers` at once.
    fn at_once(layers: &[Layer], x: &Tensor) -> Tensor {
        let mut pass = Pass {
            memory: &mut Memory::default(),
            pause: &mut || Ok(()),
        };
        pass.run(layers, x).unwrap()
    }

    #[test]
    fn chunks_give_what_the_whole_clip_at_once_would() {
        for (vae, side) in [(wan_2_1(), 8), (wan_2_2(), 16)] {
            let video = random([13, 3, 2 * side, 3 * side], 1);
            let whole = at_once(&vae.encoder, &video)
                .narrow(1, 0, vae.z_dim)
                .unwrap();
            let whole = whole.transpose(0, 1).unwrap();
            let difference = worst(&encode(&vae, &video), &whole);
            assert!(difference < 1e-5, "encoded: {difference}");

            let latents = random([vae.z_dim, 4, 2, 3], 2);
            let whole = at_once(&vae.decoder, &latents.transpose(0, 1).unwrap());
            let whole = whole.clamp(-1_f32, 1_f32).unwrap();
            let difference = worst(&decode(&vae, &latents), &whole);
            assert!(difference < 1e-5, "decoded: {difference}");
        }
    }

    #[test]
    fn tiles_change_nothing_far_from_their_edges() {
        // Latent pixels that a pixel's result depends on, to each side.
        const REACH: usize = 18;
        let whole = without_attention();
        let area = (4 * 44) as u64;
        let tiled =
            without_attention().with_memory_limit(area * whole.kind.bytes_per_latent_pixel());
        assert!(tiled.memory_bytes(32, 512) < whole.memory_bytes(32, 512));
        let latents = random([16, 2, 4, 64], 3);
        let (found, wanted) = (decode(&tiled, &latents), decode(&whole, &latents));
        let parts = |x: &Tensor, axis: usize, scale: usize, start: usize, count: usize| {
            x.narrow(axis, start * scale, count * scale).unwrap()
        };
        // Two tiles: 0 to 36 and 28 to 64.
        for (start, count) in [(0, 36 - REACH), (28 + REACH, 36 - REACH)] {
            let part = |x: &Tensor| parts(x, 3, 8, start, count);
            let difference = worst(&part(&found), &part(&wanted));
            assert!(difference < 1e-5, "decoded from {start}: {difference}");
        }
        let difference = worst(&found, &wanted);
        assert!(
            difference > 1e-4,
            "the seam must differ a little: {difference}"
        );

        // Turned, so that tiles lie above each other.
        let video = random([5, 3, 512, 32], 4);
        let (found, wanted) = (encode(&tiled, &video), encode(&whole, &video));
        for (start, count) in [(0, 36 - REACH), (28 + REACH, 36 - REACH)] {
            let part = |x: &Tensor| parts(x, 2, 1, start, count);
            let difference = worst(&part(&found), &part(&wanted));
            assert!(difference < 1e-5, "encoded from {start}: {difference}");
        }
    }

    #[test]
    fn a_tile_is_a_clip_of_its_own_and_fades_into_its_neighbor() {
        let whole = wan_2_2();
        let limit = (3 * 30) as u64 * whole.kind.bytes_per_latent_pixel();
        let tiled = wan_2_2().with_memory_limit(limit);
        let latents = random([6, 3, 3, 52], 5);
        let found = decode(&tiled, &latents);
        let left = decode(&whole, &latents.narrow(3, 0, 30).unwrap());
        let right = decode(&whole, &latents.narrow(3, 22, 30).unwrap());
        let columns = |x: &Tensor, start: usize, count: usize| {
            x.narrow(3, start * 16, count * 16)
                .unwrap()
                .contiguous()
                .unwrap()
        };
        assert!(worst(&columns(&found, 0, 22), &columns(&left, 0, 22)) < 1e-5);
        assert!(worst(&columns(&found, 30, 22), &columns(&right, 8, 22)) < 1e-5);
        let ramp: Vec<f32> = (0..128).map(|place| (place as f32 + 0.5) / 128.0).collect();
        let ramp = Tensor::from_vec(ramp, (1, 1, 1, 128), &Device::Cpu).unwrap();
        let (left, right) = (columns(&left, 22, 8), columns(&right, 0, 8));
        let wanted = (&right - &left).unwrap().broadcast_mul(&ramp).unwrap();
        let wanted = (wanted + left).unwrap();
        assert!(worst(&columns(&found, 22, 8), &wanted) < 1e-5);
    }

    #[test]
    fn work_is_counted_and_stops_within_a_tile() {
        let vae = wan_2_1();
        let vae = vae.with_memory_limit(1);
        let latents = random([16, 2, 24, 40], 6);
        let mut seen = Vec::new();
        let mut chunks = 0;
        vae.decode(
            &latents,
            &mut |done, total| {
                seen.push((done, total));
                Ok(())
            },
            &mut |_index, _chunk| {
                chunks += 1;
                Ok(())
            },
        )
        .unwrap();
        let total = seen.len();
        assert!(
            seen.iter()
                .enumerate()
                .all(|(index, &step)| step == (index, total))
        );
        assert_eq!((total % 4, chunks), (0, 2), "two tiles of two chunks");
        for stop in [0, 1, total / 2 + 1, total - 1] {
            let mut calls = 0;
            let stopped = vae.decode(
                &latents,
                &mut |done, _total| {
                    calls += 1;
                    if done == stop {
                        Err(Error::Cancelled)
                    } else {
                        Ok(())
                    }
                },
                &mut |_index, _chunk| panic!("nothing is finished"),
            );
            assert!(matches!(stopped, Err(Error::Cancelled)));
            assert_eq!(calls, stop + 1);
        }
    }
}
