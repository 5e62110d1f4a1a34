//! You will see how many seconds one picture takes in the small networks, one line for each run:
//! `cargo run -p generation --example small_networks -- compact|dense|style|flow|cutout RUNS`.

use candle_core::{Device, Tensor};
use generation::{
    Models,
    models::{
        multistyle::{self, Look, network::StyleNet},
        realesrgan::{
            COMPACT_ID, DENSE_ID,
            network::{CompactNet, DenseNet, EnlargingNet as _},
        },
        rife::{network::IfNet, pipeline::ID as FLOW_ID},
        u2net::{network::U2Net, pipeline::ID as CUTOUT_ID},
    },
};
use std::{error::Error, io::Write as _, time::Instant};

/// As in the program.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, runs] = arguments.as_slice() else {
        return Err("small_networks compact|dense|style|flow|cutout RUNS".into());
    };
    let models = Models::locate()?;
    let device = Device::Cpu;
    let picture =
        |height: usize, width: usize| Tensor::rand(0_f32, 1.0, (1, 3, height, width), &device);
    let tick = &mut |_ticks| Ok(());
    let (small, large) = (picture(120, 160)?, picture(360, 640)?);
    let compact = CompactNet::new(&models.weights(COMPACT_ID)?, &device)?;
    let dense = DenseNet::new(&models.weights(DENSE_ID)?, &device)?;
    let style = StyleNet::new(&models.weights(multistyle::ID)?, &device)?;
    let flow = IfNet::new(&models.weights(FLOW_ID)?, &device)?;
    let cutout = U2Net::new(&models.weights(CUTOUT_ID)?, &device)?;
    let (first, second, square) = (picture(256, 640)?, picture(256, 640)?, picture(320, 320)?);
    let look = Look::parse("style-7")?;
    for _run in 0..runs.parse()? {
        let start = Instant::now();
        match name.as_str() {
            "compact" => compact.forward(&small, tick)?,
            "dense" => dense.forward(&small, tick)?,
            "style" => style.forward(&large, &look, tick)?,
            "flow" => flow.forward(&first, &second, 0.5, tick)?.merged()?,
            "cutout" => cutout.forward(&square, &mut || Ok(()))?,
            other => return Err(format!("there is no network called {other}").into()),
        };
        let seconds = start.elapsed().as_secs_f64();
        writeln!(std::io::stdout(), "{seconds:.4}")?;
    }
    Ok(())
}
