//! Where pictures lie: fit, crop, position, scale, rotation, shrinking.

use crate::scene::{Scene, assert_near, color_at, rgba, software};
use av::{ScanSize, VideoFrame};
use compositor::{Compositor, OutputFormat};
use timeline::{Crop, Fit, ShotPlan};

const SIZE: ScanSize = ScanSize::new(64, 32);
const RED: [f64; 3] = [200.0, 0.0, 0.0];
const GREEN: [f64; 3] = [0.0, 200.0, 0.0];
const BLUE: [f64; 3] = [0.0, 0.0, 200.0];
const GREY: [f64; 3] = [120.0; 3];
const BLACK: [f64; 3] = [0.0; 3];

/// Red and green above, blue and grey below.
fn quarters(size: ScanSize) -> VideoFrame {
    rgba(size, |x, y| {
        match (x < size.width / 2, y < size.height / 2) {
            (true, true) => [200, 0, 0, 255],
            (false, true) => [0, 200, 0, 255],
            (true, false) => [0, 0, 200, 255],
            (false, false) => [120, 120, 120, 255],
        }
    })
}

#[track_caller]
fn expect(
    compositor: &mut Compositor,
    picture: VideoFrame,
    change: impl Fn(&mut ShotPlan),
    points: &[((usize, usize), [f64; 3])],
) {
    let mut scene = Scene::new(SIZE);
    change(scene.push(picture));
    let drawn = scene.render(compositor);
    for ((x, y), want) in points {
        assert_near(
            color_at(&drawn, *x, *y),
            *want,
            3.0,
            &format!("at {x}, {y}"),
        );
    }
}

#[test]
fn pictures_of_other_shapes_are_fitted() {
    let mut c = software();
    let square = || quarters(ScanSize::new(16, 16));
    let corners = [
        ((18, 2), RED),
        ((44, 2), GREEN),
        ((18, 29), BLUE),
        ((44, 29), GREY),
        ((8, 8), BLACK),
        ((56, 20), BLACK),
    ];
    expect(&mut c, square(), |_| {}, &corners);
    let cover = [
        ((2, 2), RED),
        ((60, 2), GREEN),
        ((2, 29), BLUE),
        ((60, 29), GREY),
    ];
    expect(&mut c, square(), |shot| shot.fit = Fit::Cover, &cover);
    expect(&mut c, square(), |shot| shot.fit = Fit::Stretch, &cover);
    let small = [
        ((26, 10), RED),
        ((37, 10), GREEN),
        ((26, 21), BLUE),
        ((22, 10), BLACK),
        ((42, 10), BLACK),
        ((26, 6), BLACK),
    ];
    expect(&mut c, square(), |shot| shot.fit = Fit::None, &small);
}

#[test]
fn crops_come_before_the_fit() {
    let mut c = software();
    let crop = |shot: &mut ShotPlan| {
        shot.crop = Crop {
            left: 0.5,
            bottom: 0.5,
            ..Crop::default()
        };
    };
    expect(
        &mut c,
        quarters(SIZE),
        crop,
        &[((2, 2), GREEN), ((61, 29), GREEN)],
    );
    let strip = |shot: &mut ShotPlan| {
        shot.crop = Crop {
            left: 0.25,
            right: 0.25,
            ..Crop::default()
        };
    };
    expect(
        &mut c,
        quarters(SIZE),
        strip,
        &[
            ((12, 4), BLACK),
            ((20, 4), RED),
            ((44, 4), GREEN),
            ((52, 4), BLACK),
        ],
    );
}

#[test]
fn position_and_scale_go_where_they_say() {
    let mut c = software();
    let moved = |shot: &mut ShotPlan| shot.position = [0.25, -0.25];
    expect(
        &mut c,
        quarters(SIZE),
        moved,
        &[
            ((20, 4), RED),
            ((60, 4), GREEN),
            ((20, 20), BLUE),
            ((60, 20), GREY),
            ((8, 4), BLACK),
            ((30, 28), BLACK),
        ],
    );
    let half = |shot: &mut ShotPlan| shot.scale = [0.5, 0.5];
    expect(
        &mut c,
        quarters(SIZE),
        half,
        &[
            ((20, 11), RED),
            ((44, 11), GREEN),
            ((12, 11), BLACK),
            ((20, 4), BLACK),
        ],
    );
    let mirrored = |shot: &mut ShotPlan| shot.scale = [-1.0, 1.0];
    expect(
        &mut c,
        quarters(SIZE),
        mirrored,
        &[((4, 4), GREEN), ((60, 4), RED), ((4, 28), GREY)],
    );
}

#[test]
fn rotation_is_clockwise_around_the_middle() {
    let mut c = software();
    let turned = |shot: &mut ShotPlan| shot.rotation_degrees = 180.0;
    expect(
        &mut c,
        quarters(SIZE),
        turned,
        &[
            ((4, 4), GREY),
            ((60, 4), BLUE),
            ((4, 28), GREEN),
            ((60, 28), RED),
        ],
    );
    // Clockwise: what was left of the middle is now above it.
    let quarter = |shot: &mut ShotPlan| shot.rotation_degrees = 90.0;
    expect(
        &mut c,
        quarters(SIZE),
        quarter,
        &[
            ((26, 8), BLUE),
            ((38, 8), RED),
            ((26, 24), GREY),
            ((38, 24), GREEN),
            ((10, 16), BLACK),
        ],
    );
    let tilted = |shot: &mut ShotPlan| {
        shot.rotation_degrees = 45.0;
        shot.scale = [0.5, 0.5];
    };
    expect(
        &mut c,
        quarters(SIZE),
        tilted,
        &[
            ((32, 9), RED),
            ((39, 16), GREEN),
            ((24, 16), BLUE),
            ((32, 23), GREY),
            ((44, 8), BLACK),
        ],
    );
}

#[test]
fn shrinking_takes_means_at_every_size() {
    let mut c = software();
    // One-pixel stripes average to grey however far they are shrunk; sampling them would shimmer.
    for (width, height) in [(128, 64), (150, 75), (256, 128), (300, 150), (700, 350)] {
        let stripes = rgba(ScanSize::new(width, height), |x, _| {
            if x % 2 == 0 {
                [240, 240, 240, 255]
            } else {
                [0, 0, 0, 255]
            }
        });
        let mut scene = Scene::new(SIZE);
        scene.push(stripes);
        let drawn = scene.render(&mut c);
        let row: Vec<f64> = (4..60).map(|x| color_at(&drawn, x, 16)[0]).collect();
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        assert!((mean - 120.0).abs() < 4.0, "{width}: mean {mean}");
        let worst = row.iter().map(|v| (v - 120.0).abs()).fold(0.0, f64::max);
        assert!(worst < 45.0, "{width}: stripes shimmer by {worst}");
    }
}

#[test]
fn moved_by_whole_pixels_nothing_changes_but_the_place() {
    let mut c = software();
    let picture = crate::scene::random_i420(SIZE, 9);
    let mut scene = Scene::new(SIZE);
    scene.push(picture.clone()).position = [4.0 / 64.0, 2.0 / 32.0];
    let drawn = scene.render(&mut c);
    for y in 2..32 {
        assert_eq!(drawn.row(0, y)[4..], picture.row(0, y - 2)[..60], "row {y}");
    }
    for y in 1..16 {
        assert_eq!(
            drawn.row(1, y)[2..],
            picture.row(1, y - 1)[..30],
            "chroma row {y}"
        );
    }
}

#[test]
fn smaller_previews_show_the_same_scene() {
    let mut c = software();
    let mut scene = Scene::new(SIZE);
    let shot = scene.push(quarters(ScanSize::new(30, 30)));
    shot.position = [0.1, 0.0];
    shot.rotation_degrees = 20.0;
    let whole = scene.render(&mut c);
    let half = c
        .render_scaled(&scene.plan, &scene.pictures, 2, OutputFormat::I420)
        .unwrap();
    assert_eq!(half.size, ScanSize::new(32, 16));
    let mut far = 0;
    for y in 0..16 {
        for x in 0..32 {
            let (small, large) = (half.row(0, y)[x], whole.row(0, y * 2)[x * 2]);
            far += usize::from(small.abs_diff(large) > 40);
        }
    }
    assert!(far < 40, "{far} of 512 pixels differ");
    let same = c
        .render_scaled(&scene.plan, &scene.pictures, 1, OutputFormat::I420)
        .unwrap();
    assert_eq!(same, whole);
}
