//! You will see the pictures that a sentence becomes, without any model:
//! `cargo run --release -p generation --example sketch -- "a fox in a snowy forest" SECONDS WIDTH HEIGHT OUT_DIR COUNT`
//! writes COUNT evenly spaced frames as PNG and says how fast it was. With `-` for the sentence each line of the input is
//! one, and its pictures go into a folder of OUT_DIR that is called by its number.

use generation::{
    Backend as _, ClipFrame, MaskedClip, Models, Operation, Request, image_ops::rgb_from_frame,
    models::sketch::SketchBackend,
};
use std::{
    error::Error,
    io::{BufRead as _, Write as _},
    ops::ControlFlow,
    path::Path,
    time::Instant,
};

/// What each sentence becomes.
struct Wish {
    size: av::ScanSize,
    frames: usize,
    count: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [prompt, seconds, width, height, folder, count] = arguments.as_slice() else {
        return Err("sketch PROMPT SECONDS WIDTH HEIGHT OUT_DIR COUNT".into());
    };
    let wish = Wish {
        size: av::ScanSize::new(width.parse()?, height.parse()?),
        frames: (seconds.parse::<f64>()? * 25.0) as usize,
        count: count.parse()?,
    };
    let mut backend = SketchBackend::new(&Models::locate()?)?;
    let folder = Path::new(folder);
    if prompt != "-" {
        return drawn(&mut backend, prompt, &wish, folder);
    }
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        drawn(
            &mut backend,
            &line?,
            &wish,
            &folder.join(number.to_string()),
        )?;
    }
    Ok(())
}

fn drawn(
    backend: &mut SketchBackend,
    prompt: &str,
    wish: &Wish,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let &Wish {
        size,
        frames,
        count,
    } = wish;
    let clip = MaskedClip::new(size, av::FrameRate::FPS_25, vec![ClipFrame::ToMake; frames])?;
    let mut request = Request::new(clip).for_operation(Operation::TextToVideo);
    prompt.clone_into(&mut request.prompt);
    let start = Instant::now();
    let output = backend.generate(&request, &mut |_step| ControlFlow::Continue(()))?;
    let taken = start.elapsed().as_secs_f64();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{frames} frames in {taken:.2} s, {:.1} a second",
        frames as f64 / taken
    )?;
    for note in &output.notes {
        writeln!(out, "{}", note.text)?;
    }
    std::fs::create_dir_all(folder)?;
    for index in 0..count {
        let at = index * (frames - 1) / (count - 1).max(1);
        let rgb = rgb_from_frame(&output.frames[at]);
        let area = size.area() as usize;
        let bytes: Vec<u8> = (0..area)
            .flat_map(|pixel| {
                [0, 1, 2]
                    .map(|plane| (rgb.planes[plane * area + pixel].clamp(0.0, 1.0) * 255.0) as u8)
            })
            .collect();
        let path = folder.join(format!("{index:03}.png"));
        image::save_buffer(
            path,
            &bytes,
            size.width,
            size.height,
            image::ColorType::Rgb8,
        )?;
    }
    Ok(())
}
