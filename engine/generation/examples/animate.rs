//! You will see a photo come alive, as numbered pictures:
//! `cargo run -p generation --example animate -- PHOTO.jpg OUT_FOLDER [id=value]... [prompt words]`
//! with `frames`, `fps`, `size` (such as 1280x720, the photo is cropped to it), `every` (save each so-many-th), `seed` and
//! the backend's own parameters: `camera=orbit ambience=snow+fog loop=true strength=1.5`.

use av::{FrameRate, ScanSize, Ticks, VideoFrame};
use generation::{
    Backend as _, ClipFrame, MaskedClip, Models, Operation, ParameterKind, ParameterValue, Request,
    models::photo::PhotoBackend,
};
use std::{
    collections::BTreeMap, error::Error, io::Write as _, ops::ControlFlow, path::Path,
    time::Instant,
};

/// As in the program.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "animate PHOTO OUT_FOLDER [id=value]... [prompt]";
    let photo = arguments.next().ok_or(usage)?;
    let folder = arguments.next().ok_or(usage)?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    let mut prompt: Vec<String> = Vec::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some((id, value)) => drop(options.insert(id.into(), value.into())),
            None => prompt.push(argument),
        }
    }
    let every = number(&mut options, "every", 1)?;
    let mut backend = PhotoBackend::new(&Models::locate()?)?;
    let mut request = asked(Path::new(&photo), &mut options)?;
    request.prompt = prompt.join(" ");
    for parameter in &backend.describe().parameters {
        if let Some(text) = options.remove(&parameter.id) {
            let value = value(&parameter.kind, text)?;
            request.parameters.insert(parameter.id.clone(), value);
        }
    }
    if let Some(unknown) = options.keys().next() {
        return Err(format!("nothing is called {unknown}").into());
    }
    let mut index = 0;
    let sink = &mut |frame: VideoFrame| {
        if index % every == 0 {
            save(&frame, &folder.join(format!("{index:04}.png")))?;
        }
        index += 1;
        Ok(())
    };
    let mut stages: Vec<(&str, Instant)> = Vec::new();
    let output = backend.generate_into(&request, sink, &mut |step| {
        if stages.last().is_none_or(|(label, _)| *label != step.label) {
            stages.push((step.label, Instant::now()));
        }
        ControlFlow::Continue(())
    })?;
    let end = ("", Instant::now());
    let mut out = std::io::stdout();
    for (stage, next) in stages.iter().zip(stages[1..].iter().chain([&end])) {
        let took = next.1.duration_since(stage.1).as_secs_f64();
        writeln!(out, "{}: {took:.2} s", stage.0)?;
    }
    for note in &output.notes {
        writeln!(out, "{}", note.text)?;
    }
    Ok(())
}

type Options = BTreeMap<String, String>;

fn number(options: &mut Options, id: &str, default: usize) -> Result<usize, Box<dyn Error>> {
    let text = options.remove(id);
    Ok(text.map_or(Ok(default), |text| text.parse())?)
}

fn asked(photo: &Path, options: &mut Options) -> Result<Request, Box<dyn Error>> {
    let size = options
        .remove("size")
        .map(|text| text.parse())
        .transpose()?;
    let photo = read(photo, size)?;
    let mut frames = vec![ClipFrame::ToMake; number(options, "frames", 97)?];
    let size = photo.size;
    frames[0] = ClipFrame::Known(photo);
    let rate = FrameRate::new(number(options, "fps", 24)? as u32, 1)?;
    let clip = MaskedClip::new(size, rate, frames)?;
    let mut request = Request::new(clip).for_operation(Operation::Animate);
    request.seed = number(options, "seed", 0)? as u64;
    Ok(request)
}

fn value(kind: &ParameterKind, text: String) -> Result<ParameterValue, Box<dyn Error>> {
    Ok(match kind {
        ParameterKind::Switch { .. } => ParameterValue::Switch(text.parse()?),
        ParameterKind::Integer { .. } => ParameterValue::Integer(text.parse()?),
        ParameterKind::Number { .. } => ParameterValue::Number(text.parse()?),
        ParameterKind::Choice { .. }
        | ParameterKind::Choices { .. }
        | ParameterKind::Blend { .. } => ParameterValue::Choice(text),
    })
}

fn save(frame: &VideoFrame, path: &Path) -> generation::Result<()> {
    let (width, height) = (frame.size.width, frame.size.height);
    let data = frame.planes[0].data.to_vec();
    let saved = image::RgbaImage::from_raw(width, height, data).map(|picture| picture.save(path));
    match saved {
        Some(Ok(())) => Ok(()),
        Some(Err(image::ImageError::IoError(source))) => Err(generation::Error::Io {
            what: "cannot save the picture".into(),
            source,
            path: path.to_path_buf(),
        }),
        _ => Err(generation::Error::BadClip {
            reason: "the picture cannot be saved".into(),
        }),
    }
}

/// The picture, cropped in its middle to the shape of `size` and scaled to it.
fn read(path: &Path, size: Option<ScanSize>) -> Result<VideoFrame, Box<dyn Error>> {
    let mut picture = image::open(path)?;
    if let Some(size) = size {
        let filter = image::imageops::FilterType::CatmullRom;
        picture = picture.resize_to_fill(size.width, size.height, filter);
    }
    let picture = picture.to_rgba8();
    let size = ScanSize::new(picture.width(), picture.height());
    Ok(VideoFrame::from_rgba(size, picture.into_raw(), Ticks::ZERO))
}
