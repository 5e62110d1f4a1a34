use super::*;
use crate::{
    Backend as _, ClipFrame, Error, MaskedClip, Operation, ParameterValue, Request,
    image_ops::rgb_from_frame,
};
use av::{ColorSpace, FrameRate, Ticks};
use std::ops::ControlFlow;

const SIZE: ScanSize = ScanSize::new(61, 42);

fn goes_on(_step: Step) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A soft disc at `x` on waves, with noise that is another in every frame.
fn disc(x: f32, seed: u32) -> VideoFrame {
    let mut data = Vec::new();
    let mut state = seed;
    for v in 0..SIZE.height {
        for u in 0..SIZE.width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 29) as f32;
            let distance = (u as f32 - x).hypot(v as f32 - 20.0);
            let inside = 1.0 / (1.0 + (distance - 10.0).exp());
            let ground = 70.0 + u as f32 + ((v as f32) / 3.0).sin() * 20.0;
            let level = (ground * (1.0 - inside) + 220.0 * inside + noise) as u8;
            data.extend([level, level / 2 + 40, 255 - level, 255]);
        }
    }
    VideoFrame::from_rgba(SIZE, data, Ticks(7))
}

fn painting() -> Painting {
    Painting::new(Look::parse("7").unwrap())
}

fn painted(frames: &[VideoFrame], painting: &Painting) -> Vec<VideoFrame> {
    let restyler = Restyler::open(&Models::locate().unwrap()).unwrap();
    let mut painted = Vec::new();
    let sink = &mut |index, frame| {
        assert_eq!(index, painted.len());
        painted.push(frame);
        Ok(())
    };
    let frames = &mut frames.iter().cloned();
    let count = frames.len();
    restyler
        .restyle_frames(frames, count, painting, &mut goes_on, sink)
        .unwrap();
    painted
}

fn difference(a: &VideoFrame, b: &VideoFrame) -> f64 {
    let (a, b) = (&a.planes[0].data, &b.planes[0].data);
    let pairs = a.iter().zip(b.iter());
    pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

#[test]
fn paint_stays_steadier_than_frame_by_frame() {
    // A still thing in noise: what changes is flicker.
    let frames: Vec<VideoFrame> = (0..6).map(|seed| disc(30.0, seed)).collect();
    let flicker = |steadiness| {
        let painting = Painting {
            steadiness,
            ..painting()
        };
        let painted = painted(&frames, &painting);
        let steps = painted.windows(2);
        steps
            .map(|pair| difference(&pair[0], &pair[1]))
            .sum::<f64>()
    };
    let (alone, steadied) = (flicker(0.0), flicker(0.8));
    assert!(steadied < alone * 0.6, "{steadied} against {alone}");
}

#[test]
fn cuts_start_anew() {
    let mut frames: Vec<VideoFrame> = (0..3).map(|seed| disc(20.0, seed)).collect();
    let gray = vec![128; SIZE.area() as usize * 4];
    frames.push(VideoFrame::from_rgba(SIZE, gray, Ticks::ZERO));
    let steadied = painted(&frames, &painting());
    let own = painted(&frames[3..], &painting());
    assert_eq!(steadied[3].planes, own[0].planes);
    let own = painted(&frames[2..3], &painting());
    assert_ne!(steadied[2].planes, own[0].planes, "no cut, no new start");
}

#[test]
fn nothing_but_what_was_asked_is_changed() {
    let frame = disc(30.0, 1);
    let with = |change: &dyn Fn(&mut Painting)| {
        let mut painting = painting();
        change(&mut painting);
        painted(std::slice::from_ref(&frame), &painting).remove(0)
    };
    assert_eq!(with(&|painting| painting.strength = 0.0), frame);
    let full = with(&|_| {});
    let half = with(&|painting| painting.strength = 0.5);
    assert!(difference(&full, &frame) > 20.0, "it is painted");
    assert!((difference(&half, &frame) - difference(&full, &frame) / 2.0).abs() < 1.0);
    let kept = with(&|painting| painting.keeps_colors = true);
    let (kept, source) = (rgb_from_frame(&kept), rgb_from_frame(&frame));
    let chroma = |rgb: &Rgb, place: usize| rgb.plane(0)[place] - rgb.plane(2)[place];
    let inside = |rgb: &Rgb, place: usize| {
        (0..3).all(|plane| (0.01..0.99).contains(&rgb.plane(plane)[place]))
    };
    for place in (0..SIZE.area() as usize).filter(|place| inside(&kept, *place)) {
        assert!((chroma(&kept, place) - chroma(&source, place)).abs() < 0.01);
    }
}

#[test]
fn layouts_tags_alpha_and_sizes_stay() {
    let mut data = disc(30.0, 1).planes[0].data.to_vec();
    data[3] = 17;
    let frame = VideoFrame::from_rgba(SIZE, data, Ticks(5));
    let made = painted(&[frame], &painting()).remove(0);
    assert_eq!((made.planes[0].data[3], made.planes[0].data[7]), (17, 255));
    let size = ScanSize::new(23, 9);
    let planes = [vec![90; 23 * 9], vec![100; 60], vec![150; 60]];
    let video = VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, Ticks(5));
    let made = painted(std::slice::from_ref(&video), &painting()).remove(0);
    assert_eq!((made.size, made.format), (video.size, video.format));
    assert_eq!((made.color, made.pts), (video.color, video.pts));
}

fn request(frames: Vec<ClipFrame>) -> Request {
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
    Request::new(clip).for_operation(Operation::Restyle)
}

fn masked(picture: VideoFrame, mask: impl Fn(usize) -> u8) -> ClipFrame {
    ClipFrame::Partly {
        picture,
        to_make: (0..SIZE.area() as usize).map(mask).collect(),
    }
}

#[test]
fn requests_are_answered_where_they_are_masked() {
    let mut backend = RestyleBackend::new(&Models::locate().unwrap()).unwrap();
    let frames = vec![
        ClipFrame::Known(disc(20.0, 1)),
        masked(disc(21.0, 2), |_| 255),
        masked(disc(22.0, 3), |place| if place % 61 < 30 { 0 } else { 255 }),
    ];
    let mut request = request(frames.clone());
    let mut set = |id: &str, value| request.parameters.insert(id.into(), value);
    set(
        "style",
        ParameterValue::Choice("style-3:0.5,style-12".into()),
    );
    set("steadiness", ParameterValue::Integer(0));
    let mut steps = Vec::new();
    let output = backend.generate(&request, &mut |step| {
        steps.push((step.done, step.total));
        ControlFlow::Continue(())
    });
    let output = output.unwrap();
    assert_eq!(output.frames.len(), 3);
    assert_eq!(Some(&output.frames[0]), frames[0].picture());
    let look = Painting {
        steadiness: 0.0,
        ..Painting::new(Look::parse("3:0.5,12").unwrap())
    };
    let own = painted(&[disc(21.0, 2), disc(22.0, 3)], &look);
    assert_eq!(output.frames[1], own[0]);
    let row = |frame: &VideoFrame, x: std::ops::Range<usize>| frame.row(0, 20)[x].to_vec();
    assert_eq!(row(&output.frames[2], 0..120), row(&disc(22.0, 3), 0..120));
    assert_eq!(row(&output.frames[2], 120..244), row(&own[1], 120..244));
    assert_eq!(steps.last().map(|(done, total)| done == total), Some(true));
    assert!(
        output.notes[0]
            .text
            .contains("style-3:0.333,style-12:0.667")
    );
}

#[test]
fn what_cannot_be_painted_is_said_and_a_stop_is_obeyed() {
    let mut backend = RestyleBackend::new(&Models::locate().unwrap()).unwrap();
    let full = || masked(disc(20.0, 1), |_| 255);
    let say = |backend: &RestyleBackend, frames| {
        let refused = backend.estimate(&request(frames)).unwrap_err().to_string();
        refused.replace("Painted styles cannot do this: ", "")
    };
    assert_eq!(
        say(&backend, vec![full(), ClipFrame::ToMake]),
        "it paints what is there, and frame 1 shows nothing"
    );
    let known = ClipFrame::Known(disc(1.0, 1));
    assert_eq!(say(&backend, vec![known]), "no frame is to be changed");
    let mut odd = request(vec![full()]);
    for (style, is_good) in [
        ("style-3", true),
        ("style-99", false),
        ("style-3:-1", false),
    ] {
        let value = ParameterValue::Choice(style.into());
        odd.parameters.insert("style".into(), value);
        assert_eq!(backend.estimate(&odd).is_ok(), is_good, "{style}");
    }
    for allowed in [0, 1, 9, 30] {
        let mut left = allowed;
        let result = backend.generate(&request(vec![full(), full()]), &mut |_step| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{allowed}");
    }
    let request = request(vec![full()]);
    assert!(backend.estimate(&request).unwrap().duration.is_none());
    backend.generate(&request, &mut goes_on).unwrap();
    assert!(backend.estimate(&request).unwrap().duration.is_some());
}
