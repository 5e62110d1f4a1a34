//! Clips of several runs, and storyboards.

use super::common::{
    SIZE, answer, answer_of, backend, backend_in, copied, edit, hole, known, request,
};
use generation::{Backend as _, Operation, Request, Shot};
use std::{ops::ControlFlow, path::Path};

#[test]
fn long_clips_come_in_several_runs() {
    let mut backend = backend();
    for (frames, runs) in [
        (hole(83), 2),
        (hole(161), 3),
        ([known(1, 20), hole(100), known(2, 20)].concat(), 2),
        ([known(1, 5), hole(90)].concat(), 2),
        ([hole(90), known(1, 5)].concat(), 2),
    ] {
        let count = frames.len();
        let output = answer_of(&mut backend, &request(Operation::Fill, frames));
        let note = format!("In {runs} runs");
        let notes: Vec<&str> = output.notes.iter().map(|note| &*note.text).collect();
        assert!(
            notes.iter().any(|text| text.starts_with(&note)),
            "{count}: {notes:?}"
        );
    }
}

#[test]
fn progress_never_goes_back() {
    let mut last = (0, 0);
    let output = backend().generate(&request(Operation::Fill, hole(83)), &mut |step| {
        assert!(step.done >= last.0, "{} after {}", step.done, last.0);
        assert_eq!(step.total, 1_000);
        last = (step.done, step.total);
        ControlFlow::Continue(())
    });
    output.unwrap();
    assert_eq!(last, (1_000, 1_000));
}

fn board(shots: &[(&str, usize, bool)]) -> Request {
    let frames = shots.iter().map(|(_, count, _)| count).sum();
    let shots = shots
        .iter()
        .map(|&(prompt, num_frames, starts_with_cut)| Shot {
            prompt: prompt.into(),
            num_frames,
            starts_with_cut,
        });
    Request {
        storyboard: shots.collect(),
        ..request(Operation::TextToVideo, hole(frames))
    }
}

#[test]
fn shots_follow_their_own_words() {
    let whole = answer(&board(&[("walks", 9, true), ("sleeps", 9, true)])).frames;
    let other = answer(&board(&[("walks", 9, true), ("runs", 9, true)])).frames;
    assert_eq!(whole[..9], other[..9], "the first shot is the same");
    assert_ne!(whole[9..], other[9..]);
    let flowing = answer(&board(&[("walks", 9, true), ("sleeps", 9, false)])).frames;
    assert_eq!(whole[..9], flowing[..9]);
    assert_ne!(whole[9..], flowing[9..], "it sees the first shot");
    let alone = answer(&board(&[("walks", 9, true)])).frames;
    assert_eq!(whole[..9], alone[..]);
}

#[test]
fn storyboards_that_do_not_add_up_are_refused() {
    let mut asked = board(&[("walks", 9, true), ("sleeps", 9, true)]);
    asked.storyboard[1].num_frames = 8;
    let err = backend().estimate(&asked).unwrap_err().to_string();
    assert!(err.contains("17 frames in all, the clip has 18"), "{err}");
}

/// Most bytes that this process has held.
fn peak_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().strip_suffix("kB").unwrap();
    kilobytes.trim().parse::<u64>().unwrap() * 1024
}

#[test]
fn memory_does_not_grow_with_length() {
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let model = copied(folder.path());
    let record = model.join("everframe-model.json");
    edit(&record, "\"area_max\": 1536", "\"area_max\": 30720");
    let config = model.join("transformer/config.json");
    edit(&config, "{", "{\"frames\": 17,");
    let mut backend = backend_in(&model, None);
    let size = av::ScanSize::new(5 * SIZE.width, 5 * SIZE.height);
    let mut peak = |count| {
        let clip = generation::MaskedClip::new(size, av::FrameRate::FPS_25, hole(count)).unwrap();
        let asked = Request::new(clip).for_operation(Operation::TextToVideo);
        let mut made = 0;
        let mut sink = |frame: av::VideoFrame| {
            assert_eq!(frame.size, size);
            made += 1;
            Ok(())
        };
        let output = backend.generate_into(&asked, &mut sink, &mut |_| ControlFlow::Continue(()));
        assert!(output.unwrap().frames.is_empty());
        assert_eq!(made, count);
        peak_bytes()
    };
    // Up to 27 runs; the allocator needs some to find its shape.
    let peaks = [17, 33, 161, 321].map(&mut peak);
    let picture = u64::from(size.width * size.height) * 4;
    // Frames that are kept would be 160 pictures more; the allocator keeps some of what was freed.
    assert!(
        peaks[3].saturating_sub(peaks[2]) < 45 * picture,
        "{peaks:?}"
    );
}

#[test]
fn frames_are_handed_on_before_the_last_is_made() {
    let mut made_at = Vec::new();
    let steps = std::cell::Cell::new(0);
    let mut sink = |_frame: av::VideoFrame| {
        made_at.push(steps.get());
        Ok(())
    };
    let asked = request(Operation::TextToVideo, hole(83));
    let output = backend().generate_into(&asked, &mut sink, &mut |_| {
        steps.set(steps.get() + 1);
        ControlFlow::Continue(())
    });
    output.unwrap();
    assert_eq!(made_at.len(), 83);
    assert!(
        made_at[0] < steps.get() / 2,
        "{made_at:?} of {}",
        steps.get()
    );
}
