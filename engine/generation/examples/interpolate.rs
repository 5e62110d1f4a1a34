//! You will see the frames between two pictures as files:
//! `cargo run -p generation --example interpolate -- FIRST.png LAST.png COUNT OUT_FOLDER`.

use av::{FrameRate, ScanSize, Ticks, VideoFrame};
use generation::{Backend as _, ClipFrame, MaskedClip, Models, Request, models::rife::RifeBackend};
use std::{error::Error, io::Write as _, ops::ControlFlow, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, last, count, folder] = arguments.as_slice() else {
        return Err("interpolate FIRST.png LAST.png COUNT OUT_FOLDER".into());
    };
    let count: usize = count.parse()?;
    let first = read(Path::new(first))?;
    let size = first.size;
    let mut frames = vec![ClipFrame::ToMake; count];
    frames.insert(0, ClipFrame::Known(first));
    frames.push(ClipFrame::Known(read(Path::new(last))?));
    let request = Request::new(MaskedClip::new(size, FrameRate::FPS_25, frames)?);

    let mut backend = RifeBackend::new(&Models::locate()?)?;
    let mut out = std::io::stdout();
    let estimate = backend.estimate(&request)?;
    writeln!(out, "needs {} MB", estimate.memory_bytes / 1_000_000)?;
    let start = Instant::now();
    let output = backend.generate(&request, &mut |_step| ControlFlow::Continue(()))?;
    let seconds = start.elapsed().as_secs_f64();
    writeln!(out, "{count} frames of {size} in {seconds:.2} s")?;
    for note in &output.notes {
        writeln!(out, "{}", note.text)?;
    }
    for seam in &output.seams {
        writeln!(out, "{seam:?}")?;
    }
    std::fs::create_dir_all(folder)?;
    for (index, frame) in output.frames.iter().enumerate() {
        let path = Path::new(folder).join(format!("{index:03}.png"));
        let data = frame.planes[0].data.to_vec();
        let picture = image::RgbaImage::from_raw(size.width, size.height, data);
        picture.ok_or("a frame of the wrong size")?.save(path)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<VideoFrame, Box<dyn Error>> {
    let picture = image::open(path)?.to_rgba8();
    let size = ScanSize::new(picture.width(), picture.height());
    Ok(VideoFrame::from_rgba(size, picture.into_raw(), Ticks::ZERO))
}
