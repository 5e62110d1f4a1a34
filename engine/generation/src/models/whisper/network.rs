//! The encoder, which hears a window of sound at once, and the decoder, which says one token after the other.
//!
//! Follows WhisperForConditionalGeneration of transformers, and its names of tensors.

mod load;

use crate::{
    error::Result,
    ops::{self, Linear},
    weights::Table,
};
use candle_core::{Device, Module as _, Tensor};
use candle_nn::LayerNorm;

/// Channels of one attention head in every published size.
const HEAD: usize = 64;

/// May stop the work; called before each layer.
pub type Pause<'a> = dyn FnMut() -> Result<()> + 'a;

/// Sizes, read from the shapes of the tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Bands of sound.
    pub bands: usize,
    /// Columns that the encoder gives: half of those it is given.
    pub columns: usize,
    /// Channels.
    pub channels: usize,
    /// Tokens known.
    pub tokens: usize,
    /// Tokens of one window at most.
    pub positions: usize,
}

/// The model.
#[derive(Debug)]
pub struct Network {
    /// Its sizes.
    pub sizes: Sizes,
    convs: [Conv; 2],
    encoder_positions: Tensor,
    encoder: Vec<Block>,
    encoder_norm: LayerNorm,
    /// Stays in its file: a word needs one row of it.
    embedding: Table,
    decoder_positions: Tensor,
    decoder: Vec<DecoderBlock>,
    decoder_norm: LayerNorm,
    words: Linear,
}

/// Weight, bias and step of a convolution over time.
#[derive(Debug)]
struct Conv {
    weight: Tensor,
    bias: Tensor,
    stride: usize,
}

#[derive(Debug)]
struct Block {
    norm: LayerNorm,
    own: Attention,
    ffn_norm: LayerNorm,
    ffn: [Linear; 2],
}

#[derive(Debug)]
struct DecoderBlock {
    block: Block,
    heard_norm: LayerNorm,
    /// Attention to what the encoder heard.
    heard: Attention,
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    heads: usize,
}

/// What a decoder remembers of one window: keys and values of each block.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Of what was heard.
    heard: Vec<[Tensor; 2]>,
    /// Of the tokens so far.
    said: Vec<Option<[Tensor; 2]>>,
    position: usize,
}

impl Network {
    /// `[columns, channels]` of `[1, bands, 2 · columns]`.
    pub fn encode(&self, bands: &Tensor, pause: &mut Pause<'_>) -> Result<Tensor> {
        let mut x = bands.clone();
        for conv in &self.convs {
            pause()?;
            x = x.conv1d(&conv.weight, 1, conv.stride, 1, 1)?;
            x = x.broadcast_add(&conv.bias)?.gelu_erf()?;
        }
        let mut x = (x.squeeze(0)?.t()?.contiguous()? + &self.encoder_positions)?;
        for block in &self.encoder {
            pause()?;
            let y = block.norm.forward(&x)?;
            let keys = block.own.keys(&y)?;
            x = (x + block.own.attend(&y, &keys)?)?;
            x = (&x + block.ffn(&x)?)?;
        }
        Ok(self.encoder_norm.forward(&x)?)
    }

    /// A decoder's memory of what the encoder heard.
    pub fn memory(&self, heard: &Tensor) -> Result<Memory> {
        let keys = self.decoder.iter().map(|block| block.heard.keys(heard));
        Ok(Memory {
            heard: keys.collect::<Result<_>>()?,
            said: vec![None; self.decoder.len()],
            position: 0,
        })
    }

    /// How likely each token comes after `token` and all before it, before softmax.
    pub fn next(&self, token: u32, memory: &mut Memory, pause: &mut Pause<'_>) -> Result<Vec<f32>> {
        let place = self.decoder_positions.narrow(0, memory.position, 1)?;
        let row = self.embedding.pick(&[token])?;
        let row = Tensor::from_vec(row, (1, self.sizes.channels), &Device::Cpu)?;
        let mut x = (row + place)?;
        let remembered = memory.heard.iter().zip(&mut memory.said);
        for (decoder, (heard, said)) in self.decoder.iter().zip(remembered) {
            pause()?;
            let block = &decoder.block;
            let y = block.norm.forward(&x)?;
            let [key, value] = block.own.keys(&y)?;
            let keys = match said.take() {
                Some([keys, values]) => [
                    Tensor::cat(&[keys, key], 1)?,
                    Tensor::cat(&[values, value], 1)?,
                ],
                None => [key, value],
            };
            x = (x + block.own.attend(&y, &keys)?)?;
            *said = Some(keys);
            let y = decoder.heard_norm.forward(&x)?;
            x = (x + decoder.heard.attend(&y, heard)?)?;
            x = (&x + block.ffn(&x)?)?;
        }
        memory.position += 1;
        let x = self.decoder_norm.forward(&x)?;
        Ok(self.words.forward(&x)?.flatten_all()?.to_vec1()?)
    }
}

impl Block {
    fn ffn(&self, x: &Tensor) -> Result<Tensor> {
        let [wide, narrow] = &self.ffn;
        narrow.forward(&wide.forward(&self.ffn_norm.forward(x)?)?.gelu_erf()?)
    }
}

impl Attention {
    /// Keys and values `[heads, rows, HEAD]`.
    fn keys(&self, x: &Tensor) -> Result<[Tensor; 2]> {
        Ok([
            self.split(&self.key.forward(x)?)?,
            self.split(&self.value.forward(x)?)?,
        ])
    }

    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let rows = x.dim(0)?;
        let heads = x.reshape((rows, self.heads, HEAD))?;
        Ok(heads.transpose(0, 1)?.contiguous()?)
    }

    fn attend(&self, x: &Tensor, [keys, values]: &[Tensor; 2]) -> Result<Tensor> {
        let queries = self.split(&self.query.forward(x)?)?;
        let mixed = ops::attention(&queries, keys, values)?.transpose(0, 1)?;
        let together = (x.dim(0)?, self.heads * HEAD);
        self.out.forward(&mixed.contiguous()?.reshape(together)?)
    }
}
