//! Corrections of a matte stick: exact where they were made, carried through the clip both ways, ended by other marks.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use av::{ScanSize, Ticks, VideoFrame};
use generation::{
    Matte,
    matte::correct::{Anchor, Corrections, Mark},
};
use std::ops::ControlFlow;

const SIZE: ScanSize = ScanSize::new(320, 180);
const COUNT: usize = 100;

/// What lies where in the made-up film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Wall,
    Lamp,
    Head,
    Arm,
}

/// Where the person stands and how far the camera went.
fn pose(frame: usize) -> (f64, f64) {
    let time = frame as f64;
    (150.0 + 60.0 * (time / 16.0).sin(), time * 0.7)
}

fn part_at(frame: usize, x: f64, y: f64) -> Part {
    let (person, camera) = pose(frame);
    if (x - person).hypot(y - 80.0) < 34.0 {
        Part::Head
    } else if (x - person - 45.0).abs() < 26.0 && (y - 95.0).abs() < 14.0 {
        Part::Arm
    } else if (x - 290.0 + camera).hypot(y - 30.0) < 16.0 {
        Part::Lamp
    } else {
        Part::Wall
    }
}

/// Grain that sticks to a thing.
fn grain(x: f64, y: f64) -> f64 {
    (x / 3.1).sin() * (y / 2.7).cos() * 9.0 + (x / 7.3 + y / 5.1).sin() * 9.0
}

fn picture(frame: usize) -> VideoFrame {
    let (person, camera) = pose(frame);
    let mut data = Vec::new();
    for y in 0..SIZE.height {
        for x in 0..SIZE.width {
            let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let (color, shade) = match part_at(frame, x, y) {
                Part::Wall => ([96.0, 100.0, 110.0], 2.0 * grain(x + camera, y)),
                Part::Lamp => ([60.0, 170.0, 80.0], grain(x + camera, y)),
                Part::Head => ([200.0, 140.0, 110.0], grain(x - person, y)),
                Part::Arm => ([40.0, 60.0, 150.0], grain(x - person, y)),
            };
            data.extend(color.map(|value: f64| (value + shade) as u8));
            data.push(255);
        }
    }
    VideoFrame::from_rgba(SIZE, data, Ticks(frame as i64))
}

/// What a network might find: no arm, and a lamp that is none of the person.
fn found(frame: usize) -> Matte {
    let alpha = (0..SIZE.area()).map(|at| {
        let (x, y) = ((at % 320) as f64 + 0.5, (at / 320) as f64 + 0.5);
        match part_at(frame, x, y) {
            Part::Head | Part::Lamp => 255,
            Part::Arm | Part::Wall => 0,
        }
    });
    Matte {
        size: SIZE,
        alpha: alpha.collect(),
    }
}

fn click(is_subject: bool, x: f64, y: f64) -> Mark {
    Mark {
        is_subject,
        points: vec![[x / 320.0, y / 180.0]],
        radius: 0.03,
        grows: true,
    }
}

fn corrected(anchors: Vec<Anchor>) -> Corrections {
    Corrections::find(anchors, COUNT, &mut |index| Ok(picture(index)), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

fn matte(corrections: &Corrections, frame: usize) -> Matte {
    corrections.apply(frame, &picture(frame), &found(frame))
}

/// The mean matte over a part, from 0 to 1, and how many pixels it has.
fn mean_over(matte: &Matte, frame: usize, part: Part) -> (f64, usize) {
    let (mut sum, mut count) = (0.0, 0);
    for (at, &alpha) in matte.alpha.iter().enumerate() {
        let (x, y) = ((at % 320) as f64 + 0.5, (at / 320) as f64 + 0.5);
        if part_at(frame, x, y) == part {
            sum += f64::from(alpha) / 255.0;
            count += 1;
        }
    }
    (sum / f64::from(count.max(1)), count as usize)
}

/// The arm is added at picture 30, the lamp taken away with a brush at picture 60.
fn two_anchors() -> Vec<Anchor> {
    let (person, _) = pose(30);
    let (_, camera) = pose(60);
    let lamp = |dx: f64| [(290.0 - camera + dx) / 320.0, 30.0 / 180.0];
    vec![
        Anchor {
            frame: 30,
            marks: vec![click(true, person + 50.0, 95.0)],
            found: None,
        },
        Anchor {
            frame: 60,
            marks: vec![Mark {
                is_subject: false,
                points: vec![lamp(-2.0), lamp(2.0)],
                radius: 18.0 / 180.0,
                grows: false,
            }],
            found: None,
        },
    ]
}

#[test]
fn two_corrections_stick_through_a_hundred_pictures() {
    let corrections = corrected(two_anchors());
    assert_eq!(corrections.reach_of_frame(30), Some(0..=99));
    for frame in 0..COUNT {
        let before = found(frame);
        let after = matte(&corrections, frame);
        let (arm, _) = mean_over(&after, frame, Part::Arm);
        let (lamp, seen) = mean_over(&after, frame, Part::Lamp);
        let (head, _) = mean_over(&after, frame, Part::Head);
        let (wall, _) = mean_over(&after, frame, Part::Wall);
        assert!(arm > 0.88, "the arm is kept in picture {frame}: {arm}");
        if seen > 100 {
            assert!(lamp < 0.1, "the lamp stays away in picture {frame}: {lamp}");
        }
        assert!(head > 0.97, "the head was never in doubt, {frame}: {head}");
        assert!(wall < 0.03, "the wall neither, {frame}: {wall}");
        assert!(before.alpha != after.alpha);
    }
}

#[test]
fn marked_pixels_keep_their_side_exactly() {
    let corrections = corrected(two_anchors());
    let radius = |frame: usize, x: f64, y: f64, wide: f64, want: u8| {
        let matte = matte(&corrections, frame);
        for (at, &alpha) in matte.alpha.iter().enumerate() {
            let away = ((at % 320) as f64 + 0.5 - x).hypot((at / 320) as f64 + 0.5 - y);
            if away < wide {
                assert_eq!(alpha, want, "picture {frame}, pixel {at}");
            }
        }
    };
    radius(30, pose(30).0 + 50.0, 95.0, 0.03 * 180.0, 255);
    radius(60, 290.0 - pose(60).1, 30.0, 17.0, 0);
}

#[test]
fn a_mark_ends_at_the_next_one_that_says_otherwise() {
    let (first, last) = (pose(20).0, pose(80).0);
    let anchors = vec![
        Anchor {
            frame: 20,
            marks: vec![click(true, first + 50.0, 95.0)],
            found: None,
        },
        Anchor {
            frame: 80,
            marks: vec![click(false, last + 50.0, 95.0)],
            found: None,
        },
    ];
    let corrections = corrected(anchors);
    for (frame, is_kept) in [
        (0, true),
        (20, true),
        (45, true),
        (55, false),
        (80, false),
        (99, false),
    ] {
        let (arm, _) = mean_over(&matte(&corrections, frame), frame, Part::Arm);
        assert!(
            if is_kept { arm > 0.88 } else { arm < 0.1 },
            "{frame}: {arm}"
        );
    }
}

#[test]
fn a_cut_ends_what_a_mark_says() {
    // After the cut, another place: the picture is turned upside down and its colors are others.
    let mut read = |index: usize| {
        let frame = picture(index);
        if index < 50 {
            return Ok(frame);
        }
        let mut data: Vec<u8> = frame.planes[0].data.iter().rev().copied().collect();
        for pixel in data.chunks_exact_mut(4) {
            pixel.rotate_left(1);
            pixel[1] = 255 - pixel[1];
        }
        Ok(VideoFrame::from_rgba(SIZE, data, frame.pts))
    };
    let corrections = Corrections::find(two_anchors()[..1].to_vec(), COUNT, &mut read, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let reach = corrections.reach_of_frame(30).unwrap();
    assert_eq!(*reach.start(), 0);
    assert!((49..53).contains(reach.end()), "{reach:?}");
    assert!(!corrections.touches(60));
}

#[test]
fn stopping_is_obeyed_at_the_next_picture() {
    let mut left = 5;
    let stopped = Corrections::find(
        two_anchors(),
        COUNT,
        &mut |index| Ok(picture(index)),
        &mut |_| {
            left -= 1;
            if left == 0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    assert!(matches!(stopped, Err(generation::Error::Cancelled)));
}
