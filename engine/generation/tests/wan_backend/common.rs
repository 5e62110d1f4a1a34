//! The small model, pictures for it, and requests.

use av::{ColorSpace, FrameRate, ScanSize, Ticks, VideoFrame};
use candle_core::Device;
use generation::{
    Backend as _, ClipFrame, MaskedClip, Operation, Output, Request,
    installed::{self, RECORD_FILE},
    models::wan::backend::WanBackend,
    noise::gaussian,
};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// Odd enough: no side is a multiple of what the model makes.
pub const SIZE: ScanSize = ScanSize::new(46, 34);

/// Folder of the small model.
pub fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny_model")
}

/// The small model.
pub fn backend() -> WanBackend {
    backend_in(&fixture(), None)
}

/// The model in `folder`.
pub fn backend_in(folder: &Path, cache: Option<&Path>) -> WanBackend {
    let model = installed::open(folder).unwrap();
    WanBackend::open(model, cache, Device::Cpu).unwrap()
}

/// A copy of the small model that may be changed, in `folder`.
pub fn copied(folder: &Path) -> PathBuf {
    let to = folder.join("copy");
    for part in [
        RECORD_FILE,
        "transformer/config.json",
        "transformer/diffusion_pytorch_model.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "tokenizer/tokenizer.json",
    ] {
        let path = to.join(part);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(fixture().join(part), &path).unwrap();
    }
    to
}

/// Replaces text in a file.
pub fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} holds {from}", path.display());
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// A picture that `seed` decides.
pub fn picture(seed: u64) -> VideoFrame {
    let plane = |count: usize, stream: u64| -> Vec<u8> {
        let numbers = gaussian(seed, stream, 0, count);
        numbers.iter().map(|x| (128.0 + 25.0 * x) as u8).collect()
    };
    let (area, chroma) = (46 * 34, 23 * 17);
    let planes = [plane(area, 0), plane(chroma, 1), plane(chroma, 2)];
    VideoFrame::from_i420(SIZE, ColorSpace::VIDEO, planes, Ticks(5))
}

/// So many known frames, different ones for each `seed`.
pub fn known(seed: u64, count: usize) -> Vec<ClipFrame> {
    let pictures = (0..count as u64).map(|index| picture(1_000 * seed + index));
    pictures.map(ClipFrame::Known).collect()
}

/// So many frames to be made.
pub fn hole(count: usize) -> Vec<ClipFrame> {
    vec![ClipFrame::ToMake; count]
}

/// A request for `frames`, with a prompt.
pub fn request(operation: Operation, frames: Vec<ClipFrame>) -> Request {
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
    Request {
        prompt: "a cat".into(),
        ..Request::new(clip).for_operation(operation)
    }
}

/// What the small model makes of `request`; known frames are checked.
pub fn answer(request: &Request) -> Output {
    answer_of(&mut backend(), request)
}

/// What `backend` makes of `request`; known frames are checked.
pub fn answer_of(backend: &mut WanBackend, request: &Request) -> Output {
    backend.estimate(request).unwrap();
    let output = backend.generate(request, &mut |_| ControlFlow::Continue(()));
    let output = output.unwrap();
    let asked = request.clip.frames();
    assert_eq!(output.frames.len(), asked.len(), "{:?}", request.operation);
    for (index, (made, asked)) in output.frames.iter().zip(asked).enumerate() {
        assert_eq!(made.size, request.clip.size());
        match asked {
            ClipFrame::Known(picture) => {
                assert_eq!(made, picture, "{:?}: {index} is known", request.operation);
            }
            ClipFrame::ToMake | ClipFrame::Partly { .. } => {
                let luma = &made.planes[0].data;
                assert!(luma.iter().any(|byte| *byte != luma[0]), "frame {index}");
            }
        }
    }
    output
}
