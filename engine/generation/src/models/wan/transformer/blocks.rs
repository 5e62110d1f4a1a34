//! Blocks that are held in memory, or read from their file each time they are needed.

use crate::{
    error::Result,
    models::wan::{loader::Loader, lora::Loras},
    weights::Weights,
};
use candle_core::{DType, Device};
use std::{ops::Deref, sync::Arc};

/// What a transformer is read from while it works: a block at a time is in memory. Slower, and far less memory.
#[derive(Debug)]
pub struct BlockFile {
    weights: Weights,
    loras: Option<Loras>,
    dtype: DType,
    device: Device,
}

impl BlockFile {
    /// Of a checkpoint and changes to it, read as `dtype` to `device`.
    pub fn new(weights: Weights, loras: Option<Loras>, dtype: DType, device: &Device) -> Self {
        Self {
            weights,
            loras,
            dtype,
            device: device.clone(),
        }
    }

    /// Reads from it.
    pub fn loader(&self) -> Loader<'_> {
        let loader = Loader::new(&self.weights, self.dtype, &self.device);
        match &self.loras {
            Some(loras) => loader.with_loras(loras),
            None => loader,
        }
    }
}

/// The blocks of a branch.
#[derive(Debug)]
pub(super) enum Blocks<T> {
    Held(Vec<T>),
    InFile(Arc<BlockFile>),
}

impl<T> Blocks<T> {
    /// Block `index`, which `read` reads where it is not held.
    pub fn reach(
        &self,
        index: usize,
        read: impl FnOnce(&Loader<'_>, usize) -> Result<T>,
    ) -> Result<Reached<'_, T>> {
        Ok(match self {
            Self::Held(blocks) => Reached::Held(&blocks[index]),
            Self::InFile(file) => Reached::Read(Box::new(read(&file.loader(), index)?)),
        })
    }
}

/// A block for as long as it is needed.
pub(super) enum Reached<'a, T> {
    Held(&'a T),
    Read(Box<T>),
}

impl<T> Deref for Reached<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Held(block) => block,
            Self::Read(block) => block,
        }
    }
}
