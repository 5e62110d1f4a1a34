//! You will see a picture twice or four times as large, by the compact network or the finer one:
//! `cargo run -p generation --example enlarge -- IN.png 2|4 fast|fine OUT.png`.

use av::{ScanSize, Ticks, VideoFrame};
use generation::{
    Models,
    upscale::{Factor, Quality, Upscaler},
};
use std::{error::Error, io::Write as _, ops::ControlFlow, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, factor, quality, output] = arguments.as_slice() else {
        return Err("enlarge IN.png 2|4 fast|fine OUT.png".into());
    };
    let factor = match factor.as_str() {
        "2" => Factor::Two,
        "4" => Factor::Four,
        other => return Err(format!("{other} is neither 2 nor 4").into()),
    };
    let quality = match quality.as_str() {
        "fast" => Quality::Fast,
        "fine" => Quality::Fine,
        other => return Err(format!("{other} is neither fast nor fine").into()),
    };
    let picture = image::open(input)?.to_rgba8();
    let size = ScanSize::new(picture.width(), picture.height());
    let frame = VideoFrame::from_rgba(size, picture.into_raw(), Ticks::ZERO);
    let mut upscaler = Upscaler::open(&Models::locate()?, quality)?;
    let start = Instant::now();
    let large = upscaler.upscale(&frame, factor, &mut |_step| ControlFlow::Continue(()))?;
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        std::io::stdout(),
        "{size} to {} in {seconds:.2} s",
        large.size
    )?;
    let data = large.planes[0].data.to_vec();
    let picture = image::RgbaImage::from_raw(large.size.width, large.size.height, data);
    picture.ok_or("a frame of the wrong size")?.save(output)?;
    Ok(())
}
