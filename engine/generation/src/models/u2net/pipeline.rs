//! The network behind the subject matte.

use super::network::{SIDE, U2Net};
use crate::{error::Result, image_ops::Rgb, manifest::Models};
use candle_core::{Device, Tensor};

/// Id in the manifest.
pub const ID: &str = "u2netp";

/// A network that tells the subject of a small picture.
pub trait SubjectNet: Send {
    /// How much each pixel of `picture` ([`SIDE`] by [`SIDE`]) belongs to the subject, 0 to 1. `pause` is called now
    /// and then and may stop the work.
    fn rough(&mut self, picture: &Rgb, pause: &mut dyn FnMut() -> Result<()>) -> Result<Vec<f32>>;
}

/// U²-Net-p, loaded.
#[derive(Debug)]
pub struct U2NetMatter {
    net: U2Net,
}

impl U2NetMatter {
    /// Verifies and loads the shipped weights.
    pub fn open(models: &Models) -> Result<Self> {
        let net = U2Net::new(&models.weights(ID)?, &Device::Cpu)?;
        Ok(Self { net })
    }
}

impl SubjectNet for U2NetMatter {
    fn rough(&mut self, picture: &Rgb, pause: &mut dyn FnMut() -> Result<()>) -> Result<Vec<f32>> {
        let shape = (1, 3, SIDE, SIDE);
        let x = Tensor::from_slice(&picture.planes, shape, self.net.device())?;
        let matte = self.net.forward(&x, pause)?;
        Ok(matte.flatten_all()?.to_vec1()?)
    }
}
