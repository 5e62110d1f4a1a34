//! You will see how long the hot paths of generation take on this machine, each with its rate:
//! `cargo run --release -p generation --example speed`.

use candle_core::{DType, Device, Tensor};
use generation::{
    noise::gaussian,
    ops::{
        Activation, Conv2d, ConvShape, Linear, attention,
        conv2d::ConvWeights,
        conv3d::{Conv3d, Conv3dShape, Conv3dWeights},
        gelu_tanh,
    },
};
use std::{error::Error, io::Write as _, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let random = |dims: &[usize]| {
        let numbers = gaussian(1, 0, 0, dims.iter().product());
        Tensor::from_vec(numbers, dims, &Device::Cpu)
    };
    let (a, b) = (random(&[2_048, 2_048])?, random(&[2_048, 2_048])?);
    timed("matmul 2048", 2.0 * 2_048_f64.powi(3), || a.matmul(&b))?;

    let layer = Linear::new(&b, None)?;
    timed("linear 2048", 2.0 * 2_048_f64.powi(3), || layer.forward(&a))?;
    let layer = Linear::new(&random(&[8_960, 1_536])?, None)?;
    let x = random(&[1_280, 1_536])?;
    let flops = 2.0 * 1_280.0 * 1_536.0 * 8_960.0;
    timed("linear 1280 x 1536 x 8960", flops, || layer.forward(&x))?;

    let weights = ConvWeights {
        weight: gaussian(2, 0, 0, 64 * 64 * 9),
        shape: [64, 64, 3, 3],
        bias: vec![0.0; 64],
    };
    let same = ConvShape::SAME_3X3;
    let conv = Conv2d::new(&weights, same, Activation::Relu, &Device::Cpu)?;
    let x = random(&[1, 64, 128, 128])?;
    let flops = 2.0 * 64.0 * 64.0 * 9.0 * 128.0 * 128.0;
    timed("conv 3x3 64-64 128x128", flops, || conv.forward(&x))?;

    let weights = Conv3dWeights {
        weight: gaussian(3, 0, 0, 96 * 96 * 27),
        shape: [96, 96, 3, 3, 3],
        bias: vec![0.0; 96],
    };
    let conv = Conv3d::new(&weights, Conv3dShape::padded(1), &Device::Cpu)?;
    let x = random(&[6, 96, 128, 128])?;
    let flops = 4.0 * 2.0 * 96.0 * 96.0 * 27.0 * 128.0 * 128.0;
    timed("conv 3x3x3 96-96 4x128x128", flops, || conv.forward(&x))?;

    for [heads, tokens, channels] in [[8, 2_000, 64], [12, 1_280, 128]] {
        let x = random(&[heads, tokens, channels])?;
        let flops = 4.0 * (heads * tokens * tokens * channels) as f64;
        let name = format!("attention {heads} x {tokens} x {channels}");
        timed(&name, flops, || attention(&x, &x, &x))?;
    }
    let x = random(&[1_280, 8_960])?.to_dtype(DType::F32)?;
    timed("gelu 1280 x 8960", x.elem_count() as f64, || gelu_tanh(&x))?;
    let (scale, shift) = (random(&[1_536])?, random(&[1_536])?);
    let x = random(&[1_280, 1_536])?;
    timed("layer norm 1280 x 1536", x.elem_count() as f64, || {
        candle_nn::ops::layer_norm(&x, &scale, &shift, 1e-6)
    })?;
    Ok(())
}

/// Best of several runs.
fn timed<T, E: Error + 'static>(
    name: &str,
    operations: f64,
    run: impl Fn() -> Result<T, E>,
) -> Result<(), Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    let rate = operations / best / 1e9;
    let millis = best * 1e3;
    writeln!(std::io::stdout(), "{name}: {millis:.2} ms, {rate:.1} G/s")?;
    Ok(())
}
