//! Footage of known continuation is continued, both ways, and compared with what truly came next.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use av::{FrameIndex, FrameRate, ScanSize, Ticks, VideoFrame};
use generation::{
    Backend as _, ClipFrame, Error, MaskedClip, Models, Operation, Output, ParameterValue, Request,
    models::continuation::ContinuationBackend, seam::delta_e_mean,
};
use std::{ops::ControlFlow, time::Instant};

const SIZE: ScanSize = ScanSize::new(160, 96);

/// A picture whose pixels are what `level` (0 to 1) says of their places.
fn picture(level: impl Fn(f32, f32) -> f32) -> VideoFrame {
    let mut data = Vec::new();
    for y in 0..SIZE.height {
        for x in 0..SIZE.width {
            let level = (level(x as f32, y as f32).clamp(0.0, 1.0) * 255.0) as u8;
            data.extend([level, level / 4 * 3 + 40, 255 - level / 2, 255]);
        }
    }
    VideoFrame::from_rgba(SIZE, data, Ticks(3))
}

fn ground(x: f32, y: f32) -> f32 {
    let waves = (x * 0.31 + (y * 0.23).sin() * 2.0).sin() + (y * 0.37 - x * 0.11).cos();
    0.4 + 0.15 * waves + 0.05 * (x * 0.9).sin() * (y * 0.8).cos()
}

/// A disc that goes round once in 20 frames.
fn circling(frame: i32) -> VideoFrame {
    let turn = frame.rem_euclid(20) as f32 / 20.0 * std::f32::consts::TAU;
    let (u, v) = (80.0 + 40.0 * turn.cos(), 48.0 + 25.0 * turn.sin());
    picture(|x, y| {
        let inside = 1.0 / (1.0 + ((x - u).hypot(y - v) - 12.0).exp());
        ground(x, y) * (1.0 - inside) + 0.95 * inside
    })
}

/// The ground, seen from `right` pixels further.
fn panned(right: f32) -> VideoFrame {
    picture(|x, y| ground(x + right, y))
}

fn request(known: &[VideoFrame], count: usize, operation: Operation) -> Request {
    let known = known.iter().cloned().map(ClipFrame::Known);
    let made = std::iter::repeat_n(ClipFrame::ToMake, count);
    let frames = if operation == Operation::ExtendBackwards {
        made.chain(known).collect()
    } else {
        known.chain(made).collect()
    };
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
    Request::new(clip).for_operation(operation)
}

fn by(method: &str, mut request: Request) -> Request {
    let method = ParameterValue::Choice(method.into());
    request.parameters.insert("method".into(), method);
    request
}

fn backend() -> ContinuationBackend {
    ContinuationBackend::new(&Models::locate().unwrap()).unwrap()
}

fn answer(request: &Request) -> Output {
    let output = backend().generate(request, &mut |_| ControlFlow::Continue(()));
    let output = output.unwrap();
    let frames = request.clip.frames();
    assert_eq!(output.frames.len(), frames.len());
    for (index, (given, found)) in frames.iter().zip(&output.frames).enumerate() {
        if let ClipFrame::Known(given) = given {
            assert_eq!(found, given, "known frame {index}");
        } else {
            let time = FrameRate::FPS_25.ticks_from_frame(FrameIndex(index as i64));
            assert_eq!((found.size, found.pts), (SIZE, time), "made frame {index}");
        }
    }
    assert!(output.notes.iter().all(|note| !note.text.is_empty()));
    output
}

fn first_note(output: &Output) -> &str {
    &output.notes[0].text
}

#[test]
fn what_repeats_goes_on_repeating() {
    let known: Vec<_> = (0..50).map(circling).collect();
    let output = answer(&by("loop", request(&known, 33, Operation::ExtendForwards)));
    for (index, frame) in output.frames.iter().enumerate().skip(50) {
        assert_eq!(frame.planes, circling(index as i32).planes, "frame {index}");
    }
    let note = first_note(&output);
    let is_period = note.starts_with("Looped back 0.8 s") || note.starts_with("Looped back 1.6 s");
    assert!(is_period, "{note}");
    assert!(output.seams[0].motion_jump < 1.2, "{:?}", output.seams);
}

#[test]
fn a_pan_goes_on_and_comes_to_rest() {
    let at = |frame: usize| frame as f32;
    let known: Vec<_> = (0..30).map(|frame| panned(at(frame))).collect();
    let output = answer(&by(
        "camera",
        request(&known, 40, Operation::ExtendForwards),
    ));
    for index in 30..34 {
        let truth = panned(at(index));
        let (right, held) = (
            delta_e_mean(&output.frames[index], &truth),
            delta_e_mean(&known[29], &truth),
        );
        assert!(
            right < 2.0 && right * 3.0 < held,
            "{index}: {right} against {held}"
        );
    }
    let change = |index: usize| delta_e_mean(&output.frames[index - 1], &output.frames[index]);
    assert!(change(69) < 0.4 * change(30), "it rests at the end");
    assert!(output.seams[0].motion_jump < 1.3, "{:?}", output.seams);
}

#[test]
fn what_was_seen_before_is_found_again_at_the_border() {
    let at = |frame: usize| {
        if frame < 16 {
            frame as f32 * 3.0
        } else {
            96.0 - frame as f32 * 3.0
        }
    };
    let known: Vec<_> = (0..28).map(|frame| panned(at(frame))).collect();
    let output = answer(&by("camera", request(&known, 5, Operation::ExtendForwards)));
    for index in 28..33 {
        let right = delta_e_mean(&output.frames[index], &panned(at(index)));
        assert!(right < 2.0, "{index}: {right}");
    }
    let note = first_note(&output);
    assert!(note.contains("all of it was seen before"), "{note}");
}

#[test]
fn a_still_picture_stays_still() {
    let known = vec![panned(7.0); 40];
    let auto = answer(&request(&known, 9, Operation::ExtendForwards));
    assert!(
        auto.frames
            .iter()
            .all(|frame| frame.planes == known[0].planes)
    );
    let retimed = answer(&by("retime", request(&known, 9, Operation::ExtendForwards)));
    for frame in &retimed.frames {
        assert!(delta_e_mean(frame, &known[0]) < 0.6);
    }
    let refused = backend().generate(
        &by("camera", request(&known, 9, Operation::ExtendForwards)),
        &mut |_| ControlFlow::Continue(()),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Continuation cannot do this: the camera stands still"
    );
}

#[test]
fn backwards_is_forwards_in_reverse() {
    let known: Vec<_> = (0..45).map(circling).collect();
    let reversed: Vec<_> = known.iter().rev().cloned().collect();
    for method in ["loop", "retime"] {
        let back = answer(&by(method, request(&known, 7, Operation::ExtendBackwards)));
        let forth = answer(&by(
            method,
            request(&reversed, 7, Operation::ExtendForwards),
        ));
        for (index, frame) in back.frames[..7].iter().enumerate() {
            assert_eq!(
                frame.planes,
                forth.frames[51 - index].planes,
                "{method} {index}"
            );
        }
    }
}

#[test]
fn nothing_from_before_a_cut_is_shown() {
    let dark = |frame: usize| picture(|x, y| 0.1 * ground(x + frame as f32, y));
    let known: Vec<_> = (0..20).map(dark).chain((0..40).map(circling)).collect();
    for method in ["auto", "loop", "retime"] {
        let output = answer(&by(method, request(&known, 25, Operation::ExtendForwards)));
        for frame in &output.frames[60..] {
            assert!(delta_e_mean(frame, &known[5]) > 15.0, "{method}");
        }
        let says_so = |note: &generation::Note| note.text.contains("a cut 40 frames from");
        assert!(output.notes.iter().any(says_so), "{:?}", output.notes);
    }
}

#[test]
fn any_length_is_made_and_the_same_seed_makes_the_same() {
    let known: Vec<_> = (0..36).map(|frame| circling(frame * 7 / 5)).collect();
    for count in [1, 83] {
        let asked = by("loop", request(&known, count, Operation::ExtendForwards));
        let (first, second) = (answer(&asked), answer(&asked));
        assert!(first == second, "{count} frames");
        assert_eq!(first.seams.len(), 1);
    }
    answer(&request(&known, 1, Operation::ExtendBackwards));
    let mut other = by("loop", request(&known, 12, Operation::ExtendForwards));
    let best = answer(&other);
    other.seed = 1;
    other.prompt = "a cat".into();
    let second = answer(&other);
    assert_ne!(first_note(&best), first_note(&second), "another loop point");
    let unused = |note: &generation::Note| note.text.starts_with("The prompt was not used");
    assert!(second.notes.iter().any(unused) && !best.notes.iter().any(unused));
}

#[test]
fn what_cannot_be_continued_is_said_precisely() {
    let say = |request: &Request| {
        let refused = backend().generate(request, &mut |_| ControlFlow::Continue(()));
        let text = refused.unwrap_err().to_string();
        text.replace("Continuation cannot do this: ", "")
    };
    let known: Vec<_> = (0..12).map(circling).collect();
    assert_eq!(
        say(&request(&known[..2], 5, Operation::ExtendForwards)),
        "it needs at least 3 known frames before the missing ones to see how things move, and there are 2"
    );
    assert_eq!(
        say(&request(&known, 5, Operation::Fill)),
        "it does not offer \"fill\""
    );
    assert_eq!(
        say(&request(&known, 0, Operation::ExtendForwards)),
        "no frame is missing"
    );
    assert_eq!(
        say(&by("loop", request(&known, 5, Operation::ExtendForwards))),
        "a loop needs 19 frames of one shot, and there are 12"
    );
    let backwards = request(&known, 5, Operation::ExtendForwards);
    let turned = backwards.for_operation(Operation::ExtendBackwards);
    assert!(say(&turned).contains("frames after the missing ones"));
    let cut: Vec<_> = (0..12)
        .map(|frame| picture(|x, y| 0.1 * ground(x + frame as f32, y)))
        .chain([panned(0.0), panned(0.6)])
        .collect();
    let text = say(&request(&cut, 5, Operation::ExtendForwards));
    assert!(
        text.contains("of one shot") && text.contains("there are 2"),
        "{text}"
    );
}

#[test]
fn work_stops_at_once_wherever_it_is() {
    let known: Vec<_> = (0..36).map(|frame| circling(frame * 7 / 5)).collect();
    let asked = request(&known, 20, Operation::ExtendForwards);
    let mut backend = backend();
    let mut steps = 0;
    let mut longest = std::time::Duration::ZERO;
    let mut last = Instant::now();
    backend
        .generate(&asked, &mut |step| {
            assert!(step.done <= step.total);
            steps += 1;
            longest = longest.max(last.elapsed());
            last = Instant::now();
            ControlFlow::Continue(())
        })
        .unwrap();
    // A machine under load may be slow; a second between steps would be a step left out.
    assert!(
        steps > 100,
        "{steps} steps, {longest:?} at most between two"
    );
    for allowed in [0, 3, 40, 90, steps / 2, steps - 2] {
        let mut left = allowed;
        let result = backend.generate(&asked, &mut |_step| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        });
        assert!(matches!(result, Err(Error::Cancelled)), "after {allowed}");
    }
    assert!(backend.estimate(&asked).unwrap().duration.is_some());
}

#[test]
fn drawn_films_keep_their_beat() {
    // Every drawing is shown twice; the last known one has been shown once so far.
    let known: Vec<_> = (0..79).map(|frame| circling(frame / 2)).collect();
    let output = answer(&by("loop", request(&known, 21, Operation::ExtendForwards)));
    for (index, frame) in output.frames.iter().enumerate().skip(79) {
        let truth = circling(index as i32 / 2);
        assert_eq!(frame.planes, truth.planes, "frame {index}");
    }
    let says_so = |note: &generation::Note| note.text.contains("shown 2 times");
    assert!(output.notes.iter().any(says_so), "{:?}", output.notes);
}

#[test]
fn only_a_camera_that_moves_one_way_goes_on() {
    let refusal = |known: Vec<VideoFrame>| {
        let asked = by("camera", request(&known, 9, Operation::ExtendForwards));
        let refused = backend().generate(&asked, &mut |_| ControlFlow::Continue(()));
        refused.unwrap_err().to_string()
    };
    let shaken = |frame: i32| panned(if frame % 2 == 0 { 0.0 } else { 3.0 });
    let text = refusal((0..20).map(shaken).collect());
    assert!(text.contains("shakes"), "{text}");
    // Something large moves before a still ground.
    let crossing = |frame: i32| {
        picture(|x, y| {
            let inside = (x - 80.0).abs() < 46.0 && (y - 48.0).abs() < 30.0;
            ground(if inside { x - frame as f32 * 2.0 } else { x }, y)
        })
    };
    let text = refusal((0..20).map(crossing).collect());
    assert!(
        text.contains("stands still") || text.contains("as a whole"),
        "{text}"
    );
}
