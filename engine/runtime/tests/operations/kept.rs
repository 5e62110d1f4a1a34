//! What is known comes back as it was.

use crate::bench::{Bench, SIZE, check_kept, fake, image_bytes, is_same};
use av::{FrameCount, FrameIndex, FrameRate, ScanSize, Ticks, VideoFrame};
use media::bars;
use timeline::{Edit, Purpose, Recipe, Region, edit::Placement};

#[test]
fn clips_go_on_from_their_ends_at_awkward_lengths_and_rates() {
    let ntsc = FrameRate::new(30_000, 1_001).unwrap();
    for (rate, count) in [(FrameRate::FPS_25, 1), (ntsc, 7), (FrameRate::FPS_24, 83)] {
        for (purpose, length) in [(Purpose::ExtendForward, 1), (Purpose::ExtendForward, 7)] {
            let mut bench = Bench::new(rate, count);
            let item = bench.place(0, purpose, [count, count + length], fake());
            bench.make(item);
            let made = count as usize..(count + length) as usize;
            assert_eq!(bench.document.sequence.count().0, count + length);
            check_kept(&bench, 0, made);
        }
        let mut bench = Bench::new(rate, count);
        bench.edit(&Edit::Move {
            items: vec![bench.clip],
            by: FrameCount(5),
            to_track: None,
        });
        let item = bench.place(0, Purpose::ExtendBackward, [0, 5], fake());
        bench.make(item);
        check_kept(&bench, 5, 0..5);
    }
}

#[test]
fn gaps_are_filled_and_clips_joined() {
    for (purpose, range) in [
        (Purpose::Fill, [3, 4]),
        (Purpose::Retake, [1, 8]),
        (Purpose::Join, [4, 7]),
    ] {
        let mut bench = Bench::new(FrameRate::FPS_25, 9);
        let item = bench.place(0, purpose, range, fake());
        let take = bench.make(item);
        assert_eq!(take.seams.len(), 2, "{purpose:?}");
        check_kept(&bench, 0, range[0] as usize..range[1] as usize);
    }
}

#[test]
fn words_and_pictures_become_clips() {
    let mut bench = Bench::new(FrameRate::FPS_25, 3);
    bench.edit(&Edit::Lift {
        items: vec![bench.clip],
    });
    let item = bench.place(0, Purpose::TextToVideo, [0, 7], fake());
    bench.make(item);
    assert_eq!(bench.shown().len(), 7);
    // A picture at both ends; the clip in between moves.
    let mut bench = Bench::new(FrameRate::FPS_25, 3);
    let photo = bars::counting_frame(SIZE, 77, Ticks::ZERO);
    let rgba = compositor::to_rgba(&photo);
    let image = image_bytes(&rgba);
    std::fs::write(bench.path("photo.png"), image).unwrap();
    let asset = bench.import("photo.png");
    let still = |start: i64| Edit::Overwrite {
        placement: Placement {
            count: Some(FrameCount(2)),
            ..Placement::whole(asset)
        },
        at: FrameIndex(start),
    };
    bench.edit(&still(10));
    bench.edit(&still(19));
    let item = bench.place(0, Purpose::Animate, [12, 19], fake());
    bench.make(item);
    let shown = bench.shown();
    assert!(is_same(&shown[11], &shown[19]));
    assert!((12..19).all(|frame| !is_same(&shown[frame], &shown[11])));
    let lonely = bench.place(0, Purpose::Animate, [40, 50], fake());
    let refused = bench.take(lonely).unwrap_err().to_string();
    assert!(refused.contains("no picture beside it"), "{refused}");
}

#[test]
fn a_region_is_remade_and_nothing_else() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let recipe = Recipe {
        region: Some(Region::Box([40.0 / 160.0, 0.5, 0.25, 0.25])),
        ..fake()
    };
    let item = bench.place(1, Purpose::Repaint, [0, 7], recipe);
    bench.make(item);
    let inside = |x: usize, y: usize| (40..80).contains(&x) && (48..72).contains(&y);
    for (frame, original) in bench.shown().iter().zip(&bench.originals()) {
        check_outside(frame, original, inside);
    }
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(1, Purpose::Repaint, [0, 7], fake());
    let refused = bench.take(item).unwrap_err().to_string();
    assert!(refused.contains("which part of the picture"), "{refused}");
}

/// Outside of a region every code is the original's; inside some are not.
#[track_caller]
fn check_outside(frame: &VideoFrame, original: &VideoFrame, inside: impl Fn(usize, usize) -> bool) {
    let mut changed = 0;
    for plane in 0..3 {
        let step = if plane == 0 { 1 } else { 2 };
        let size = frame.plane_size(plane);
        for y in 0..size.height as usize {
            for x in 0..size.width as usize {
                let is_same = frame.row(plane, y)[x] == original.row(plane, y)[x];
                let is_inside = inside(x * step, y * step);
                assert!(is_same || is_inside, "plane {plane} at {x},{y}");
                changed += usize::from(!is_same);
            }
        }
    }
    assert!(changed > 0);
}

#[test]
fn masks_are_drawn_by_hand_too() {
    let mut bench = Bench::new(FrameRate::FPS_25, 3);
    let mut pixels = Vec::new();
    for y in 0..SIZE.height {
        for x in 0..SIZE.width {
            let white = u8::from((20..60).contains(&x) && (10..30).contains(&y)) * 255;
            pixels.extend([white, white, white, 255]);
        }
    }
    let mask = VideoFrame::from_rgba(SIZE, pixels, Ticks::ZERO);
    std::fs::write(bench.path("mask.png"), image_bytes(&mask)).unwrap();
    let asset = bench.import("mask.png");
    let recipe = Recipe {
        region: Some(Region::Mask(asset)),
        ..fake()
    };
    let item = bench.place(1, Purpose::Repaint, [0, 3], recipe);
    bench.make(item);
    let inside = |x: usize, y: usize| (20..60).contains(&x) && (10..30).contains(&y);
    for (frame, original) in bench.shown().iter().zip(&bench.originals()) {
        check_outside(frame, original, inside);
    }
}

#[test]
fn a_picture_grows_past_its_borders_and_keeps_its_pixels() {
    let mut bench = Bench::new(FrameRate::FPS_25, 3);
    bench.edit(&Edit::SetSize {
        size: ScanSize::new(160, 160),
    });
    let item = bench.place(1, Purpose::Outpaint, [0, 3], fake());
    bench.make(item);
    for (frame, original) in bench.shown().iter().zip(&bench.originals()) {
        for y in 0..96 {
            assert_eq!(frame.row(0, 32 + y), original.row(0, y));
        }
        for plane in 1..3 {
            for y in 0..48 {
                assert_eq!(frame.row(plane, 16 + y), original.row(plane, y));
            }
        }
        assert!(frame.row(0, 10).iter().any(|code| *code != 16));
    }
    let mut full = Bench::new(FrameRate::FPS_25, 3);
    let item = full.place(1, Purpose::Outpaint, [0, 3], fake());
    let refused = full.take(item).unwrap_err().to_string();
    assert!(refused.contains("nothing past its borders"), "{refused}");
}

#[test]
fn another_look_and_another_background_cover_what_is_below() {
    for purpose in [Purpose::Restyle, Purpose::ReplaceBackground] {
        let mut bench = Bench::new(FrameRate::FPS_25, 3);
        let before = bench.shown();
        let item = bench.place(1, purpose, [0, 3], fake());
        let waiting = bench.shown();
        assert!(
            before
                .iter()
                .zip(&waiting)
                .all(|(one, other)| is_same(one, other))
        );
        bench.make(item);
        let shown = bench.shown();
        assert!(
            before
                .iter()
                .zip(&shown)
                .all(|(one, other)| !is_same(one, other))
        );
        let mut wordless = Bench::new(FrameRate::FPS_25, 3);
        let recipe = Recipe {
            prompt: "  ".into(),
            ..fake()
        };
        let item = wordless.place(1, purpose, [0, 3], recipe);
        let refused = wordless.take(item).unwrap_err().to_string();
        assert!(refused.contains("it needs a prompt"), "{refused}");
    }
    let mut bench = Bench::new(FrameRate::FPS_25, 3);
    let item = bench.place(1, Purpose::Restyle, [10, 13], fake());
    let refused = bench.take(item).unwrap_err().to_string();
    assert!(refused.contains("nothing below it"), "{refused}");
}

#[test]
fn frames_between_frames_are_made_at_their_moments() {
    // Twice as slow: every other frame is the clip's own.
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    bench.edit(&Edit::SetSpeed {
        items: vec![bench.clip],
        speed: av::Ratio::new(1, 2).unwrap(),
        is_reversed: false,
        is_ripple: true,
    });
    let count = bench.document.sequence.count().0;
    assert_eq!(count, 14);
    let recipe = Recipe {
        model: String::new(),
        ..Recipe::default()
    };
    let item = bench.place(1, Purpose::Interpolate, [0, count], recipe);
    let take = bench.make(item);
    assert!(take.is_seedless);
    let (shown, originals) = (bench.shown(), bench.originals());
    for (index, frame) in shown.iter().enumerate() {
        let near = [index / 2, (index / 2 + 1).min(6)];
        let is_own = near.map(|number| is_same(frame, &originals[number]));
        // The last frame has none after it to lie before.
        let wants_own = index % 2 == 0 || index == 13;
        assert_eq!(is_own[0] || is_own[1], wants_own, "frame {index}");
    }
    let again = bench.take(item).unwrap();
    assert!(again.is_reused);
    // At the clip's own speed there is nothing between its frames.
    let mut plain = Bench::new(FrameRate::FPS_25, 7);
    let item = plain.place(1, Purpose::Interpolate, [0, 7], Recipe::default());
    let refused = plain.take(item).unwrap_err().to_string();
    assert!(
        refused.contains("nothing to make between them"),
        "{refused}"
    );
}
