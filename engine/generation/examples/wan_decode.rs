//! You will see how long the Wan 2.1 autoencoder takes to decode and encode a clip on this machine:
//! `cargo run --release -p generation --example wan_decode -- WEIGHTS.safetensors FRAMES HEIGHT WIDTH` (of latents).

use candle_core::{DType, Device, Tensor};
use generation::{
    Weights,
    models::wan::{config::VaeConfig, loader::Loader, vae::Vae},
    noise::gaussian,
};
use std::{error::Error, io::Write as _, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [weights, frames, height, width] = arguments.as_slice() else {
        return Err("wan_decode WEIGHTS.safetensors FRAMES HEIGHT WIDTH".into());
    };
    let weights = Weights::open(Path::new(weights))?;
    let loader = Loader::new(&weights, DType::F32, &Device::Cpu);
    let vae = Vae::new(&VaeConfig::wan_2_1(), &loader)?;
    let shape = [16, frames.parse()?, height.parse()?, width.parse()?];
    let noise = gaussian(1, 0, 0, shape.iter().product());
    let latents = Tensor::from_vec(noise, &shape, &Device::Cpu)?;
    let mut out = std::io::stdout();
    for _ in 0..3 {
        let start = Instant::now();
        let mut chunks = Vec::new();
        vae.decode(
            &latents,
            &mut |_done, _total| Ok(()),
            &mut |_index, chunk| {
                chunks.push(chunk);
                Ok(())
            },
        )?;
        let decoded = start.elapsed().as_secs_f64();
        let start = Instant::now();
        vae.encode(&Tensor::cat(&chunks, 0)?, &mut |_done, _total| Ok(()))?;
        let encoded = start.elapsed().as_secs_f64();
        writeln!(out, "decoded in {decoded:.2} s, encoded in {encoded:.2} s")?;
    }
    Ok(())
}
