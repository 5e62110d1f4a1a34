//! You will see how long the Wan 2.1 autoencoder takes to decode and encode a clip on this machine, how long it went
//! without asking whether to stop, and (on Linux) the most memory it held:
//! `cargo run --release -p generation --example wan_decode -- WEIGHTS.safetensors FRAMES HEIGHT WIDTH [MEGABYTES]`
//! (sizes of latents; with a bound on memory the picture is worked through in tiles).

use candle_core::{DType, Device, Tensor};
use generation::{
    Weights,
    models::wan::{config::VaeConfig, loader::Loader, vae::Vae},
    noise::gaussian,
};
use std::{error::Error, io::Write as _, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [weights, frames, height, width, rest @ ..] = arguments.as_slice() else {
        return Err("wan_decode WEIGHTS.safetensors FRAMES HEIGHT WIDTH [MEGABYTES]".into());
    };
    let weights = Weights::open(Path::new(weights))?;
    let loader = Loader::new(&weights, DType::F32, &Device::Cpu);
    let mut vae = Vae::new(&VaeConfig::wan_2_1(), &loader)?;
    if let [megabytes] = rest {
        vae = vae.with_memory_limit(megabytes.parse::<u64>()? << 20);
    }
    let shape = [16, frames.parse()?, height.parse()?, width.parse()?];
    let noise = gaussian(1, 0, 0, shape.iter().product());
    let latents = Tensor::from_vec(noise, &shape, &Device::Cpu)?;
    let mut out = std::io::stdout();
    let estimate = vae.memory_bytes(8 * shape[2], 8 * shape[3]) >> 20;
    writeln!(out, "estimate {estimate} MB beside weights and frames")?;
    writeln!(out, "loaded: {}", most_memory())?;
    let start = Instant::now();
    let mut chunks = Vec::new();
    let mut last = Instant::now();
    let mut longest = 0.0_f64;
    vae.decode(
        &latents,
        &mut |_done, _total| {
            longest = longest.max(last.elapsed().as_secs_f64());
            last = Instant::now();
            Ok(())
        },
        &mut |_index, chunk| {
            chunks.push(chunk);
            Ok(())
        },
    )?;
    let decoded = start.elapsed().as_secs_f64();
    writeln!(
        out,
        "decoded in {decoded:.2} s, at most {longest:.2} s without a pause: {}",
        most_memory()
    )?;
    let start = Instant::now();
    vae.encode(&Tensor::cat(&chunks, 0)?, &mut |_done, _total| Ok(()))?;
    let encoded = start.elapsed().as_secs_f64();
    writeln!(out, "encoded in {encoded:.2} s: {}", most_memory())?;
    Ok(())
}

/// The most memory this process ever held, as Linux tells it.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("memory is not known here").to_owned()
}
