//! Prints what is in a file, then the time and mean brightness of the frames asked for.
//!
//! `cargo run -p media --example decode_frames -- clip.mp4 0 10 9`

use std::{io::Write as _, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name a media file")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:#?}", media::probe(Path::new(&path))?)?;
    let mut reader = media::VideoReader::open(Path::new(&path))?;
    for number in arguments {
        let frame = reader.frame(number.parse()?)?;
        let luma = &frame.planes[0].data;
        let mean = luma.iter().map(|byte| u64::from(*byte)).sum::<u64>() / luma.len().max(1) as u64;
        let seconds = frame.pts.seconds_for_display();
        writeln!(
            out,
            "frame {number}: {seconds:.4} s, {:?} {}, mean {mean}",
            frame.format, frame.size
        )?;
    }
    Ok(())
}
