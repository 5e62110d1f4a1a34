//! The autoencoders of Wan 2.1 and 2.2: convolutions that look back in time, four frames to a latent one.
//!
//! Follows AutoencoderKLWan of diffusers 0.42.1.

use super::layers::{Around, Layer, MiddleAttention, Resample, Shortcut};
use crate::{
    error::Result,
    models::wan::{config::VaeConfig, loader::Loader},
};

/// Pixels to moments, of which the first half of the channels is the mean.
pub fn encoder(config: &VaeConfig, loader: &Loader<'_>) -> Result<Vec<Layer>> {
    let dims = config.dim_mult.map(|mult| config.base_dim * mult);
    let pixels = 3 * config.patch_size * config.patch_size;
    let mut layers = Vec::new();
    if config.patch_size > 1 {
        layers.push(Layer::SquaresToChannels(config.patch_size));
    }
    layers.push(Layer::causal(
        loader,
        "encoder.conv_in",
        [dims[0], pixels, 3, 3],
    )?);
    let mut from = dims[0];
    // Without shortcuts blocks are counted through all levels.
    let mut count = 0;
    for (level, &to) in dims.iter().enumerate() {
        let is_last = level + 1 == dims.len();
        let mut name = |part: &str| {
            count += 1;
            if config.is_residual {
                format!("encoder.down_blocks.{level}.{part}")
            } else {
                format!("encoder.down_blocks.{}", count - 1)
            }
        };
        let shortcut = if config.is_residual {
            let frames = if is_last || level == 0 { 1 } else { 2 };
            Shortcut::Mean {
                block: [frames, if is_last { 1 } else { 2 }],
                outputs: to,
            }
        } else {
            Shortcut::None
        };
        let mut inner = Vec::new();
        for index in 0..config.num_res_blocks {
            let name = name(&format!("resnets.{index}"));
            inner.push(Layer::residual(loader, &name, from, to)?);
            from = to;
        }
        if !is_last {
            let name = name("downsampler");
            inner.push(Layer::Down(Resample::down(loader, &name, to, level > 0)?));
        }
        layers.push(Layer::Around(Around { inner, shortcut }));
    }
    layers.extend(middle(loader, "encoder", from)?);
    layers.push(Layer::norm(loader, "encoder.norm_out", from)?);
    let moments = 2 * config.z_dim;
    layers.push(Layer::causal(
        loader,
        "encoder.conv_out",
        [moments, from, 3, 3],
    )?);
    layers.push(Layer::causal(
        loader,
        "quant_conv",
        [moments, moments, 1, 1],
    )?);
    Ok(layers)
}

/// Latents to pixels.
pub fn decoder(config: &VaeConfig, loader: &Loader<'_>) -> Result<Vec<Layer>> {
    let z = config.z_dim;
    let dims = config.dim_mult.map(|mult| config.decoder_base_dim * mult);
    let mut from = dims[3];
    let mut layers = vec![
        Layer::causal(loader, "post_quant_conv", [z, z, 1, 1])?,
        Layer::causal(loader, "decoder.conv_in", [from, z, 3, 3])?,
    ];
    layers.extend(middle(loader, "decoder", from)?);
    for (level, &to) in dims.iter().rev().enumerate() {
        let name = format!("decoder.up_blocks.{level}");
        let mut inner = Vec::new();
        for index in 0..=config.num_res_blocks {
            let name = format!("{name}.resnets.{index}");
            inner.push(Layer::residual(loader, &name, from, to)?);
            from = to;
        }
        let mut shortcut = Shortcut::None;
        if level + 1 < dims.len() {
            let over_time = level < 2;
            let name = if config.is_residual {
                shortcut = Shortcut::Repeat {
                    block: [if over_time { 2 } else { 1 }, 2],
                    outputs: to,
                };
                format!("{name}.upsampler")
            } else {
                from = to / 2;
                format!("{name}.upsamplers.0")
            };
            inner.push(Layer::Up(Resample::up(
                loader,
                &name,
                [to, from],
                over_time,
            )?));
        }
        layers.push(Layer::Around(Around { inner, shortcut }));
    }
    layers.push(Layer::norm(loader, "decoder.norm_out", from)?);
    let pixels = 3 * config.patch_size * config.patch_size;
    layers.push(Layer::causal(
        loader,
        "decoder.conv_out",
        [pixels, from, 3, 3],
    )?);
    if config.patch_size > 1 {
        layers.push(Layer::ChannelsToSquares(config.patch_size));
    }
    Ok(layers)
}

fn middle(loader: &Loader<'_>, part: &str, dim: usize) -> Result<[Layer; 3]> {
    let residual = |index| {
        let name = format!("{part}.mid_block.resnets.{index}");
        Layer::residual(loader, &name, dim, dim)
    };
    let name = format!("{part}.mid_block.attentions.0");
    Ok([
        residual(0)?,
        Layer::Attention(Box::new(MiddleAttention::new(loader, &name, dim)?)),
        residual(1)?,
    ])
}
