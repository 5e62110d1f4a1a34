//! What the control blocks see: the clip split into what is kept and what is to be made, both encoded, and the mask.
//!
//! Follows the VACE pipeline of diffusers 0.42.1, but references keep their order, as in the original repository.

use super::vae::{FRAMES_PER_LATENT, OnPiece, PIXELS_PER_LATENT, Vae};
use crate::error::{Error, Result};
use candle_core::{D, Tensor};

/// A clip as the model sees it.
#[derive(Debug, Clone)]
pub struct ControlClip {
    /// `[frames, 3, height, width]`, −1 to 1; 0 where nothing is known. Sides are multiples of 16, frames of four and
    /// one more.
    pub video: Tensor,
    /// `[frames, height, width]`: 1 is to be made, 0 is known.
    pub mask: Tensor,
    /// Pictures of subjects, each `[1, 3, height, width]` on white.
    pub references: Vec<Tensor>,
}

impl ControlClip {
    /// Latent channels, frames with references, height and width that a run over this clip has.
    pub fn latent_shape(&self, z_dim: usize) -> Result<[usize; 4]> {
        let (frames, _, height, width) = self.video.dims4()?;
        let is_legal = frames % FRAMES_PER_LATENT == 1
            && height.is_multiple_of(2 * PIXELS_PER_LATENT)
            && width.is_multiple_of(2 * PIXELS_PER_LATENT);
        if !is_legal || self.mask.dims() != [frames, height, width] {
            let reason = format!("{frames} frames of {width}x{height} are no legal length or size");
            return Err(Error::BadClip { reason });
        }
        Ok([
            z_dim,
            self.references.len() + latent_frames(frames),
            height / PIXELS_PER_LATENT,
            width / PIXELS_PER_LATENT,
        ])
    }
}

/// Latent frames that `frames` frames take.
pub fn latent_frames(frames: usize) -> usize {
    frames.div_ceil(FRAMES_PER_LATENT)
}

/// Encodes control clips; remembers the latents of a clip of which nothing is known, which most runs need.
#[derive(Debug, Default)]
pub struct ControlEncoder {
    gray: Option<Tensor>,
}

impl ControlEncoder {
    /// Latents of `video`. What is gray throughout is encoded once for each size and length.
    fn encoded(&mut self, vae: &Vae, video: &Tensor, on_piece: &mut OnPiece<'_>) -> Result<Tensor> {
        let is_gray = video.abs()?.max_all()?.to_scalar::<f32>()? == 0.0;
        if !is_gray {
            return vae.encode(video, on_piece);
        }
        let (frames, _, height, width) = video.dims4()?;
        let side = vae.pixels_per_latent();
        let shape = [
            vae.z_dim(),
            latent_frames(frames),
            height / side,
            width / side,
        ];
        match &self.gray {
            Some(gray) if gray.dims() == shape => Ok(gray.clone()),
            Some(_) | None => {
                let gray = vae.encode(video, on_piece)?;
                self.gray = Some(gray.clone());
                Ok(gray)
            }
        }
    }

    /// As [`control_latents`].
    pub fn latents(
        &mut self,
        vae: &Vae,
        clip: &ControlClip,
        on_piece: &mut OnPiece<'_>,
    ) -> Result<Tensor> {
        let [_, _, height, width] = clip.latent_shape(0)?;
        let made = clip
            .mask
            .gt(0.5)?
            .to_dtype(clip.video.dtype())?
            .unsqueeze(1)?;
        let reactive = clip.video.broadcast_mul(&made)?;
        let reactive_latents = self.encoded(vae, &reactive, on_piece)?;
        let inactive = (&clip.video - &reactive)?;
        drop(reactive);
        let inactive_latents = self.encoded(vae, &inactive, on_piece)?;
        drop(inactive);
        let mut columns = Vec::new();
        for reference in &clip.references {
            let latents = vae.encode(reference, on_piece)?;
            let zeros = latents.zeros_like()?;
            columns.push(Tensor::cat(&[&latents, &zeros], 0)?);
        }
        columns.push(Tensor::cat(&[&inactive_latents, &reactive_latents], 0)?);
        let latents = Tensor::cat(&columns, 1)?;
        let mask = mask_latents(&clip.mask, [height, width])?;
        let mask = mask.pad_with_zeros(1, clip.references.len(), 0)?;
        Ok(Tensor::cat(&[&latents, &mask], 0)?)
    }
}

/// Control latents `[96, references + latent frames, height / 8, width / 8]`. `pause` is called before each piece is
/// encoded and may stop the work.
pub fn control_latents(
    vae: &Vae,
    clip: &ControlClip,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Tensor> {
    ControlEncoder::default().latents(vae, clip, &mut |_done, _total| pause())
}

/// `[frames, height, width]` → `[64, latent frames, height / 8, width / 8]`: each latent pixel's 64 mask pixels as
/// channels, of one frame of its four.
fn mask_latents(mask: &Tensor, [height, width]: [usize; 2]) -> Result<Tensor> {
    let frames = mask.dim(0)?;
    let side = PIXELS_PER_LATENT;
    let picked = picked_frames(frames);
    let picked = Tensor::new(picked, mask.device())?;
    let mask = mask.contiguous()?.index_select(&picked, 0)?;
    let count = mask.dim(0)?;
    let mask = mask.reshape((count, height, side, width, side))?;
    let mask = mask.permute((2, 4, 0, 1, 3))?.contiguous()?;
    debug_assert_eq!(mask.dim(D::Minus1)?, width);
    Ok(mask.reshape((side * side, count, height, width))?)
}

/// The frame whose mask stands for each latent frame: the nearest by place, computed in single precision as the model
/// was trained with. The first latent frame sees frame 1 or so, not frame 0.
fn picked_frames(frames: usize) -> Vec<u32> {
    let count = latent_frames(frames);
    let scale = frames as f32 / count as f32;
    let pick = |place: usize| {
        let frame = ((place as f32 + 0.5) * scale).floor() as usize;
        frame.min(frames - 1) as u32
    };
    (0..count).map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    #[test]
    fn masks_are_picked_as_in_training() {
        assert_eq!(picked_frames(17), [1, 5, 8, 11, 15]);
        assert_eq!(picked_frames(33), [1, 5, 9, 12, 16, 20, 23, 27, 31]);
        let long = picked_frames(81);
        assert_eq!(long[..9], [1, 5, 9, 13, 17, 21, 25, 28, 32]);
        assert_eq!(long[18..], [71, 75, 79]);
        assert_eq!(picked_frames(1), [0]);
    }

    #[test]
    fn illegal_lengths_and_sizes_are_refused() {
        let clip = |frames: usize, height: usize| ControlClip {
            video: Tensor::zeros((frames, 3, height, 32), DType::F32, &Device::Cpu).unwrap(),
            mask: Tensor::zeros((frames, height, 32), DType::F32, &Device::Cpu).unwrap(),
            references: Vec::new(),
        };
        assert_eq!(clip(9, 16).latent_shape(16).unwrap(), [16, 3, 2, 4]);
        assert!(clip(8, 16).latent_shape(16).is_err());
        assert!(clip(9, 24).latent_shape(16).is_err());
    }
}
