//! Activations on a CPU's vectors and threads.

use super::{conv2d::floats, vector_math::gelu};
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, DType, Layout, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

/// Numbers in one task: enough to be worth a thread, few enough to stay in cache.
const CHUNK: usize = 1 << 14;

/// The Gaussian error unit in its tanh form.
pub fn gelu_tanh(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() && x.dtype() == DType::F32 {
        return Ok(x.contiguous()?.apply_op1_no_bwd(&Gelu)?);
    }
    Ok(x.gelu()?)
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu-tanh"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let input = floats(storage, layout)?;
        let mut output = vec![0.0_f32; input.len()];
        let chunks = output.par_chunks_mut(CHUNK).zip(input.par_chunks(CHUNK));
        chunks.for_each(|(output, input)| {
            let pairs = output.iter_mut().zip(input);
            Arch::new().dispatch(|| pairs.for_each(|(y, &x)| *y = gelu(x)));
        });
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_the_library() {
        let x = Tensor::arange(-2_000_f32, 2_000.0, &Device::Cpu).unwrap();
        let x = (x / 150.0).unwrap();
        let difference = (gelu_tanh(&x).unwrap() - x.gelu().unwrap()).unwrap();
        let worst: f32 = difference
            .abs()
            .unwrap()
            .max_all()
            .unwrap()
            .to_scalar()
            .unwrap();
        assert!(worst < 4e-6, "{worst}");
    }
}
