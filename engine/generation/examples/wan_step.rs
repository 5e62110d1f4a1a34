//! You will see how long one pass of a Wan transformer of the 1.3B model's width takes on this machine:
//! `cargo run --release -p generation --example wan_step -- WEIGHTS.safetensors LAYERS FRAMES HEIGHT WIDTH` (of latents).

use candle_core::{DType, Device, Tensor};
use generation::{
    Weights,
    models::wan::{
        config::TransformerConfig,
        loader::Loader,
        transformer::{StepInputs, WanTransformer},
    },
    noise::gaussian,
};
use std::{error::Error, io::Write as _, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [weights, layers, frames, height, width] = arguments.as_slice() else {
        return Err("wan_step WEIGHTS.safetensors LAYERS FRAMES HEIGHT WIDTH".into());
    };
    let config = TransformerConfig {
        num_layers: layers.parse()?,
        ..TransformerConfig::t2v_1_3b()
    };
    let weights = Weights::open(Path::new(weights))?;
    let loader = Loader::new(&weights, DType::F32, &Device::Cpu);
    let start = Instant::now();
    let model = WanTransformer::new(&config, &loader)?;
    let mut out = std::io::stdout();
    writeln!(out, "loaded in {:.2} s", start.elapsed().as_secs_f64())?;
    let context = model.context(&Tensor::zeros((512, 4_096), DType::F32, &Device::Cpu)?)?;
    let shape = [16, frames.parse()?, height.parse()?, width.parse()?];
    let noise = gaussian(1, 0, 0, shape.iter().product());
    let latents = Tensor::from_vec(noise, &shape, &Device::Cpu)?;
    for _ in 0..5 {
        let start = Instant::now();
        let inputs = StepInputs {
            latents: &latents,
            timestep: 500.0,
            is_known: &[],
            context: &context,
            control: None,
            control_scales: &[],
        };
        model.forward(inputs, &mut || Ok(()))?;
        writeln!(out, "one pass: {:.3} s", start.elapsed().as_secs_f64())?;
    }
    Ok(())
}
