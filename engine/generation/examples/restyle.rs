//! You will see frames of a clip painted, as files of the same names:
//! `cargo run -p generation --example restyle -- style-7 STEADINESS OUT_FOLDER FRAME.png…`.

use av::{ScanSize, Ticks, VideoFrame};
use generation::{
    Models,
    models::multistyle::Look,
    restyle::{Painting, Restyler},
};
use std::{error::Error, io::Write as _, ops::ControlFlow, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [look, steadiness, folder, inputs @ ..] = arguments.as_slice() else {
        return Err("restyle LOOK STEADINESS OUT_FOLDER FRAME.png…".into());
    };
    let painting = Painting {
        steadiness: steadiness.parse()?,
        ..Painting::new(Look::parse(look)?)
    };
    painting.check()?;
    std::fs::create_dir_all(folder)?;
    let restyler = Restyler::open(&Models::locate()?)?;
    let mut failed = None;
    let mut frames = inputs.iter().map_while(|path| match read(Path::new(path)) {
        Ok(frame) => Some(frame),
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    let mut painted = Vec::new();
    let start = Instant::now();
    restyler.restyle_frames(
        &mut frames,
        inputs.len(),
        &painting,
        &mut |_step| ControlFlow::Continue(()),
        &mut |_index, frame| {
            painted.push(frame);
            Ok(())
        },
    )?;
    let seconds = start.elapsed().as_secs_f64();
    if let Some(error) = failed {
        return Err(error);
    }
    writeln!(
        std::io::stdout(),
        "{} frames in {seconds:.2} s",
        painted.len()
    )?;
    for (frame, input) in painted.iter().zip(inputs) {
        let name = Path::new(input).file_name().unwrap_or_default();
        let data = frame.planes[0].data.to_vec();
        let picture = image::RgbaImage::from_raw(frame.size.width, frame.size.height, data);
        let picture = picture.ok_or("a frame of the wrong size")?;
        picture.save(Path::new(folder).join(name))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<VideoFrame, Box<dyn Error>> {
    let picture = image::open(path)?.to_rgba8();
    let size = ScanSize::new(picture.width(), picture.height());
    Ok(VideoFrame::from_rgba(size, picture.into_raw(), Ticks::ZERO))
}
