//! A small autoencoder of plain convolutions that stands in for the large one: for previews, and for small models.
//!
//! Tensor names are those of TAEHV: the place in the encoder's or the decoder's sequence.

use super::layers::{CausalConv, Layer, Recall};
use crate::{
    error::Result,
    models::wan::{
        config::{TINY_LEVELS, TinyVaeConfig},
        loader::Loader,
    },
    ops::{
        Activation,
        conv3d::{Conv3d, Conv3dShape, Conv3dWeights},
    },
};

/// A sequence in the making: what the file calls its layers is their place.
struct Sequence<'a> {
    loader: &'a Loader<'a>,
    part: &'static str,
    place: usize,
    layers: Vec<Layer>,
}

impl<'a> Sequence<'a> {
    fn new(loader: &'a Loader<'a>, part: &'static str) -> Self {
        Self {
            loader,
            part,
            place: 0,
            layers: Vec::new(),
        }
    }

    fn name(&mut self) -> String {
        self.place += 1;
        format!("{}.{}", self.part, self.place - 1)
    }

    fn conv(&mut self, [inputs, outputs]: [usize; 2], kind: ConvKind) -> Result<()> {
        let name = self.name();
        let shape = [outputs, inputs, 3, 3];
        let weights = Conv3dWeights {
            weight: self.loader.values(&format!("{name}.weight"), &shape)?,
            shape: [outputs, inputs, 1, 3, 3],
            bias: if kind.has_bias {
                self.loader.values(&format!("{name}.bias"), &[outputs])?
            } else {
                vec![0.0; outputs]
            },
        };
        let shape = Conv3dShape {
            stride: kind.stride,
            ..Conv3dShape::padded(1)
        };
        let mut conv = Conv3d::new(&weights, shape, self.loader.device)?;
        if kind.has_relu {
            // The activation has a place of its own in the sequence.
            self.place += 1;
            conv = conv.followed_by(Activation::Relu);
        }
        self.layers.push(Layer::Causal(CausalConv::of(conv)));
        Ok(())
    }

    /// A convolution of single pixels without bias.
    fn mix(&mut self, [inputs, outputs]: [usize; 2]) -> Result<()> {
        let name = self.name();
        let shape = [outputs, inputs, 1, 1];
        let weights = Conv3dWeights {
            weight: self.loader.values(&format!("{name}.conv.weight"), &shape)?,
            shape: [outputs, inputs, 1, 1, 1],
            bias: vec![0.0; outputs],
        };
        let conv = Conv3d::new(&weights, Conv3dShape::padded(0), self.loader.device)?;
        self.layers.push(Layer::Causal(CausalConv::of(conv)));
        Ok(())
    }

    fn recalls(&mut self, count: usize, dim: usize) -> Result<()> {
        for _ in 0..count {
            let name = self.name();
            let recall = Recall::new(self.loader, &name, dim)?;
            self.layers.push(Layer::Recall(Box::new(recall)));
        }
        Ok(())
    }
}

/// What a 3×3 convolution has beside its weights.
#[derive(Debug, Clone, Copy)]
struct ConvKind {
    stride: usize,
    has_bias: bool,
    has_relu: bool,
}

impl ConvKind {
    const PLAIN: Self = Self {
        stride: 1,
        has_bias: true,
        has_relu: false,
    };
    const RELU: Self = Self {
        has_relu: true,
        ..Self::PLAIN
    };
    const BARE: Self = Self {
        stride: 1,
        has_bias: false,
        has_relu: false,
    };
}

/// Channels that the layers see of a picture.
fn picture_channels(config: &TinyVaeConfig) -> usize {
    3 * config.patch_size * config.patch_size
}

/// Four frames (−1 to 1) to one latent frame.
pub fn encoder(config: &TinyVaeConfig, loader: &Loader<'_>) -> Result<Vec<Layer>> {
    let mut sequence = Sequence::new(loader, "encoder");
    sequence.layers.push(Layer::Affine(0.5, 0.5));
    if config.patch_size > 1 {
        sequence.layers.push(Layer::Unshuffle(config.patch_size));
    }
    let dims = config.encoder_channels;
    sequence.conv([picture_channels(config), dims[0]], ConvKind::RELU)?;
    for (level, pair) in dims.windows(2).enumerate() {
        let &[from, to] = pair else { continue };
        let frames = if level < 2 { 2 } else { 1 };
        sequence.layers.push(Layer::FramesToChannels(frames));
        sequence.mix([frames * from, from])?;
        let is_halved = level + config.num_halvings >= TINY_LEVELS;
        let kind = ConvKind {
            stride: 1 + usize::from(is_halved),
            ..ConvKind::BARE
        };
        sequence.conv([from, to], kind)?;
        sequence.recalls(config.num_blocks[0], to)?;
    }
    sequence.conv([dims[3], config.z_dim], ConvKind::PLAIN)?;
    Ok(sequence.layers)
}

/// One latent frame to four frames (−1 to 1).
pub fn decoder(config: &TinyVaeConfig, loader: &Loader<'_>) -> Result<Vec<Layer>> {
    let mut sequence = Sequence::new(loader, "decoder");
    // The limit is the first of the sequence.
    sequence.layers.push(Layer::SoftLimit);
    sequence.place += 1;
    let dims = config.decoder_channels;
    sequence.conv([config.z_dim, dims[0]], ConvKind::RELU)?;
    for (level, pair) in dims.windows(2).enumerate() {
        let &[from, to] = pair else { continue };
        sequence.recalls(config.num_blocks[1], from)?;
        // In the file pixels are doubled before channels are mixed; the other way round is the same and cheaper.
        sequence.place += 1;
        let frames = if level > 0 { 2 } else { 1 };
        sequence.mix([from, frames * from])?;
        sequence.layers.push(Layer::ChannelsToFrames(frames));
        if level < config.num_halvings {
            sequence.layers.push(Layer::Double);
        }
        let kind = ConvKind {
            has_relu: level + 1 == TINY_LEVELS,
            ..ConvKind::BARE
        };
        sequence.conv([from, to], kind)?;
    }
    sequence.conv([dims[3], picture_channels(config)], ConvKind::PLAIN)?;
    if config.patch_size > 1 {
        sequence.layers.push(Layer::Shuffle(config.patch_size));
    }
    sequence.layers.push(Layer::Affine(2.0, -1.0));
    Ok(sequence.layers)
}
