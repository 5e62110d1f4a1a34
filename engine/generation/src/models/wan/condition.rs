//! What models without control blocks are shown of a clip: known frames in the place of latents, or as channels beside
//! them.
//!
//! Follows the image-to-video pipeline of diffusers 0.42.1, which knows a first frame (and a last one); any other known
//! frames are put in the same way, though no model was trained with them. Models that see a picture through an image
//! encoder as well are not supported.

use super::{
    control::{ControlClip, latent_frames},
    pipeline::Condition,
    vae::{FRAMES_PER_LATENT, Vae},
};
use crate::error::{Error, Result};
use candle_core::{DType, Tensor};

/// Latents of a clip's known frames.
#[derive(Debug, Clone)]
pub struct KnownLatents {
    /// `[channels, latent frames, height, width]`; zeros where nothing is known.
    pub latents: Tensor,
    /// One for each latent frame: whether every frame that it stands for is wholly known.
    pub is_known: Vec<bool>,
}

impl KnownLatents {
    /// For a run of a model that takes a time for each frame.
    pub fn condition(&self) -> Condition<'_> {
        Condition::Known {
            latents: &self.latents,
            is_known: &self.is_known,
        }
    }
}

/// Latent frames, height and width of `clip`; an error for lengths and sizes that the model cannot have.
fn latent_size(vae: &Vae, clip: &ControlClip) -> Result<[usize; 3]> {
    let (frames, _, height, width) = clip.video.dims4()?;
    let side = vae.pixels_per_latent();
    let is_legal = frames % FRAMES_PER_LATENT == 1
        && height.is_multiple_of(2 * side)
        && width.is_multiple_of(2 * side);
    if !is_legal || clip.mask.dims() != [frames, height, width] {
        let reason = format!("{frames} frames of {width}x{height} are no legal length or size");
        return Err(Error::BadClip { reason });
    }
    if !clip.references.is_empty() {
        let reason = "this model takes no references".into();
        return Err(Error::BadClip { reason });
    }
    Ok([latent_frames(frames), height / side, width / side])
}

/// Latents of the frames of `clip` that are wholly known. Each run of them is encoded by itself, since what an
/// autoencoder makes of a frame depends on those before. `pause` is called before each piece and may stop the work.
pub fn known_latents(
    vae: &Vae,
    clip: &ControlClip,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<KnownLatents> {
    let [count, height, width] = latent_size(vae, clip)?;
    let worst: Vec<f32> = clip.mask.flatten_from(1)?.max(1)?.to_vec1()?;
    let first = |latent: usize| (latent * FRAMES_PER_LATENT).saturating_sub(FRAMES_PER_LATENT - 1);
    let is_known: Vec<bool> = (0..count)
        .map(|latent| {
            let frames = &worst[first(latent)..=latent * FRAMES_PER_LATENT];
            frames.iter().all(|&to_make| to_make <= 0.5)
        })
        .collect();
    let zeros = |count| {
        let shape = (vae.z_dim(), count, height, width);
        Tensor::zeros(shape, DType::F32, clip.video.device())
    };
    let mut parts = Vec::new();
    let mut start = 0;
    for run in is_known.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        if run.first() == Some(&true) {
            let frames = clip.video.narrow(
                0,
                first(start),
                (end - 1) * FRAMES_PER_LATENT + 1 - first(start),
            )?;
            parts.push(encoded(vae, &frames, start > 0, pause)?);
        } else {
            parts.push(zeros(run.len())?);
        }
        start = end;
    }
    Ok(KnownLatents {
        latents: Tensor::cat(&parts, 1)?,
        is_known,
    })
}

/// Latents of `frames`. Where they do not begin the clip, the frame that an autoencoder encodes alone is a copy of the
/// first and left out afterwards.
fn encoded(
    vae: &Vae,
    frames: &Tensor,
    is_within: bool,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Tensor> {
    let mut on_piece = |_done, _total| pause();
    if !is_within {
        return vae.encode(frames, &mut on_piece);
    }
    let frames = Tensor::cat(&[&frames.narrow(0, 0, 1)?, frames], 0)?;
    let latents = vae.encode(&frames, &mut on_piece)?;
    Ok(latents.narrow(1, 1, latents.dim(1)? - 1)?)
}

/// Channels `[4 + latent channels, latent frames, height, width]` beside the latents: for each frame of a latent one
/// whether it is known (1) or to be made (0), then the latents of the clip with mid-gray where nothing is known.
/// `pause` is called before each piece is encoded and may stop the work.
pub fn condition_channels(
    vae: &Vae,
    clip: &ControlClip,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Tensor> {
    let [count, height, width] = latent_size(vae, clip)?;
    let known = clip.mask.le(0.5)?.to_dtype(clip.video.dtype())?;
    let video = clip.video.broadcast_mul(&known.unsqueeze(1)?)?;
    let latents = vae.encode(&video, &mut |_done, _total| pause())?;
    let side = vae.pixels_per_latent();
    let frames = known.dim(0)?;
    // A latent pixel is known where all its pixels are.
    let known = known.reshape((frames, height, side, width, side))?;
    let known = known.min(4)?.min(2)?;
    // The first frame stands for a latent frame by itself.
    let before = known
        .narrow(0, 0, 1)?
        .repeat((FRAMES_PER_LATENT - 1, 1, 1))?;
    let known = Tensor::cat(&[&before, &known], 0)?;
    let known = known.reshape((count, FRAMES_PER_LATENT, height, width))?;
    let known = known.transpose(0, 1)?.contiguous()?;
    Ok(Tensor::cat(&[&known, &latents], 0)?)
}
