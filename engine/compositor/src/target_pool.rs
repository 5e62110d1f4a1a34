//! Textures that are drawn into, used again.

use crate::device::{Gpu, Target};
use av::ScanSize;

/// Idle textures kept: a frame needs its own, one for what lies below, one for a transition, two for a blur.
const IDLE_MAX: usize = 6;

/// Textures nobody draws into at the moment.
#[derive(Debug, Default)]
pub struct TargetPool(Vec<Target>);

impl TargetPool {
    /// A texture of `size`; it holds anything.
    pub fn take(&mut self, gpu: &Gpu, size: ScanSize) -> Target {
        match self.0.iter().position(|target| target.size == size) {
            Some(index) => self.0.swap_remove(index),
            None => gpu.target("layer", size),
        }
    }

    /// Takes a texture back; commands already recorded may still use it.
    pub fn give(&mut self, target: Target) {
        if self.0.len() == IDLE_MAX {
            self.0.remove(0);
        }
        self.0.push(target);
    }
}
