//! A checkpoint's tensors become layers; each must have the shape that the others ask for.

use super::{Attention, Block, Conv, DecoderBlock, HEAD, Network, Sizes};
use crate::{
    error::{Error, Result},
    limits::BLOCKS_MAX,
    ops::Linear,
    weights::Weights,
};
use candle_core::{DType, Device, Tensor};
use candle_nn::LayerNorm;

const EPS: f64 = 1e-5;
/// Columns under a convolution.
const KERNEL: usize = 3;
/// Fewest tokens of a window: those that say what is wanted, a word, and its two times.
const POSITIONS_MIN: usize = 8;

/// Reads tensors by name.
struct Loader<'a> {
    weights: &'a Weights,
}

impl Network {
    /// Reads every tensor of a checkpoint.
    pub fn new(weights: &Weights) -> Result<Self> {
        let loader = Loader { weights };
        let sizes = loader.sizes()?;
        let Sizes {
            bands,
            columns,
            channels,
            tokens,
            positions,
        } = sizes;
        let name = "model.decoder.embed_tokens.weight";
        let shape = [tokens, channels];
        let words = Linear::new(&loader.tensor(name, &shape)?, None)?;
        let encoder = (0..loader.count("model.encoder")?)
            .map(|number| loader.block(&format!("model.encoder.layers.{number}"), channels));
        let decoder = (0..loader.count("model.decoder")?)
            .map(|number| loader.decoder(&format!("model.decoder.layers.{number}"), channels));
        Ok(Self {
            sizes,
            convs: [
                loader.conv("model.encoder.conv1", [channels, bands], 1)?,
                loader.conv("model.encoder.conv2", [channels, channels], 2)?,
            ],
            encoder_positions: loader
                .tensor("model.encoder.embed_positions.weight", &[columns, channels])?,
            encoder: encoder.collect::<Result<_>>()?,
            encoder_norm: loader.norm("model.encoder.layer_norm", channels)?,
            embedding: weights.table(name, &shape, shape)?,
            words,
            decoder_positions: loader.tensor(
                "model.decoder.embed_positions.weight",
                &[positions, channels],
            )?,
            decoder: decoder.collect::<Result<_>>()?,
            decoder_norm: loader.norm("model.decoder.layer_norm", channels)?,
        })
    }
}

impl Loader<'_> {
    fn bad(&self, reason: String) -> Error {
        Error::UnknownWeights {
            reason: format!("they are no Whisper model: {reason}"),
            path: self.weights.path().to_path_buf(),
        }
    }

    fn shape<const AXES: usize>(&self, name: &str) -> Result<[usize; AXES]> {
        let shape = self.weights.shape(name);
        let shape = shape.ok_or_else(|| self.bad(format!("there is no tensor {name}")))?;
        shape
            .try_into()
            .map_err(|_other_axes| self.bad(format!("{name} has the shape {shape:?}")))
    }

    fn sizes(&self) -> Result<Sizes> {
        let [channels, bands, _kernel] = self.shape("model.encoder.conv1.weight")?;
        let [columns, _] = self.shape("model.encoder.embed_positions.weight")?;
        let [tokens, _] = self.shape("model.decoder.embed_tokens.weight")?;
        let [positions, _] = self.shape("model.decoder.embed_positions.weight")?;
        if channels == 0 || !channels.is_multiple_of(HEAD) {
            let reason = format!("{channels} channels are no whole number of heads of {HEAD}");
            return Err(self.bad(reason));
        }
        if bands == 0 || columns == 0 || tokens == 0 || positions < POSITIONS_MIN {
            return Err(self.bad("it has room for nothing".into()));
        }
        Ok(Sizes {
            bands,
            columns,
            channels,
            tokens,
            positions,
        })
    }

    /// How many layers a side has.
    fn count(&self, side: &str) -> Result<usize> {
        let is_there = |number: &usize| {
            let name = format!("{side}.layers.{number}.fc1.weight");
            self.weights.shape(&name).is_some()
        };
        let count = (0..BLOCKS_MAX).take_while(is_there).count();
        if count == 0 {
            return Err(self.bad(format!("{side} has no layers")));
        }
        Ok(count)
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.weights.tensor(name, shape, DType::F32, &Device::Cpu)
    }

    fn norm(&self, name: &str, channels: usize) -> Result<LayerNorm> {
        Ok(LayerNorm::new(
            self.tensor(&format!("{name}.weight"), &[channels])?,
            self.tensor(&format!("{name}.bias"), &[channels])?,
            EPS,
        ))
    }

    fn conv(&self, name: &str, [to, from]: [usize; 2], stride: usize) -> Result<Conv> {
        let bias = self.tensor(&format!("{name}.bias"), &[to])?;
        Ok(Conv {
            weight: self.tensor(&format!("{name}.weight"), &[to, from, KERNEL])?,
            bias: bias.reshape((1, to, 1))?,
            stride,
        })
    }

    fn linear(&self, name: &str, [to, from]: [usize; 2]) -> Result<Linear> {
        let bias = format!("{name}.bias");
        // Keys have none: it would change nothing.
        let bias = match self.weights.shape(&bias) {
            Some(_) => Some(self.tensor(&bias, &[to])?),
            None => None,
        };
        let weight = self.tensor(&format!("{name}.weight"), &[to, from])?;
        Linear::new(&weight, bias.as_ref())
    }

    fn attention(&self, name: &str, channels: usize) -> Result<Attention> {
        let part = |part: &str| self.linear(&format!("{name}.{part}"), [channels, channels]);
        Ok(Attention {
            query: part("q_proj")?,
            key: part("k_proj")?,
            value: part("v_proj")?,
            out: part("out_proj")?,
            heads: channels / HEAD,
        })
    }

    fn block(&self, name: &str, channels: usize) -> Result<Block> {
        let [wide, _] = self.shape(&format!("{name}.fc1.weight"))?;
        Ok(Block {
            norm: self.norm(&format!("{name}.self_attn_layer_norm"), channels)?,
            own: self.attention(&format!("{name}.self_attn"), channels)?,
            ffn_norm: self.norm(&format!("{name}.final_layer_norm"), channels)?,
            ffn: [
                self.linear(&format!("{name}.fc1"), [wide, channels])?,
                self.linear(&format!("{name}.fc2"), [channels, wide])?,
            ],
        })
    }

    fn decoder(&self, name: &str, channels: usize) -> Result<DecoderBlock> {
        let heard = format!("{name}.encoder_attn");
        Ok(DecoderBlock {
            block: self.block(name, channels)?,
            heard_norm: self.norm(&format!("{heard}_layer_norm"), channels)?,
            heard: self.attention(&heard, channels)?,
        })
    }
}
