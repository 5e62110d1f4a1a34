//! You will see the subject of each picture cut out, and its matte, as files:
//! `cargo run -p generation --example matte -- OUT_FOLDER PICTURE.png...` (several pictures are taken for a clip).

use av::{ScanSize, Ticks, VideoFrame};
use generation::{
    Matte, Matter, Models,
    matte::{
        stabilize::{Rough, flicker},
        subject_frame,
    },
    models::u2net::U2NetMatter,
};
use std::{error::Error, io::Write as _, ops::ControlFlow, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("matte OUT_FOLDER PICTURE.png...")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let frames = arguments.map(|path| read(Path::new(&path)));
    let frames: Vec<VideoFrame> = frames.collect::<Result<_, _>>()?;
    let mut out = std::io::stdout();

    let mut matter = Matter::new(Box::new(U2NetMatter::open(&Models::locate()?)?));
    let mut mattes: Vec<Matte> = Vec::new();
    let start = Instant::now();
    matter.matte_clip(
        &mut frames.iter().cloned(),
        frames.len(),
        &mut |_step| ControlFlow::Continue(()),
        &mut |_index, matte| {
            mattes.push(matte);
            Ok(())
        },
    )?;
    let seconds = start.elapsed().as_secs_f64() / frames.len() as f64;
    writeln!(out, "{seconds:.2} s a frame")?;
    if frames.len() > 1 {
        let single = |frame: &VideoFrame| matter.matte(frame, &mut |_| ControlFlow::Continue(()));
        let alone: Vec<Matte> = frames.iter().map(single).collect::<Result<_, _>>()?;
        let (raw, steady) = (trembling(&frames, &alone), trembling(&frames, &mattes));
        writeln!(
            out,
            "flicker of single frames {raw:.5}, of the clip {steady:.5}"
        )?;
    }
    for (index, (frame, matte)) in frames.iter().zip(&mattes).enumerate() {
        let (width, height) = (frame.size.width, frame.size.height);
        let gray = image::GrayImage::from_raw(width, height, matte.alpha.to_vec());
        let gray = gray.ok_or("a matte of the wrong size")?;
        gray.save(folder.join(format!("matte_{index:03}.png")))?;
        let subject = subject_frame(frame, matte).planes[0].data.to_vec();
        let subject = image::RgbaImage::from_raw(width, height, subject);
        let subject = subject.ok_or("a picture of the wrong size")?;
        subject.save(folder.join(format!("subject_{index:03}.png")))?;
    }
    Ok(())
}

fn trembling(frames: &[VideoFrame], mattes: &[Matte]) -> f64 {
    let rough = frames.iter().zip(mattes).map(|(frame, matte)| Rough {
        picture: generation::image_ops::rgb_from_frame(frame),
        matte: matte
            .alpha
            .iter()
            .map(|&alpha| f32::from(alpha) / 255.0)
            .collect(),
    });
    flicker(&rough.collect::<Vec<_>>())
}

fn read(path: &Path) -> Result<VideoFrame, Box<dyn Error>> {
    let picture = image::open(path)?.to_rgba8();
    let size = ScanSize::new(picture.width(), picture.height());
    Ok(VideoFrame::from_rgba(size, picture.into_raw(), Ticks::ZERO))
}
