//! Every matrix and range, corrections, looks, high dynamic range.

use crate::scene::{Scene, assert_near, color_at, i420, rgba, software};
use av::{ColorMatrix, ColorRange, ColorSpace, ScanSize, Transfer};
use compositor::{Error, color::rgb_from_codes};
use std::fmt::Write as _;
use timeline::{BlendMode, ColorControls, Look, PicturePlan, Rgba};

const SIZE: ScanSize = ScanSize::new(32, 16);

#[test]
fn every_matrix_and_range_is_within_two_codes() {
    let mut compositor = software();
    for matrix in [ColorMatrix::Bt601, ColorMatrix::Bt709, ColorMatrix::Bt2020] {
        for range in [ColorRange::Limited, ColorRange::Full] {
            let color = ColorSpace {
                matrix,
                range,
                transfer: Transfer::Bt709,
            };
            for codes in [
                [128, 128, 128],
                [90, 110, 150],
                [180, 120, 120],
                [60, 140, 120],
                [235, 128, 128],
            ] {
                // Once pixel on pixel, once scaled, which are different shaders.
                for source in [SIZE, ScanSize::new(20, 10)] {
                    let mut scene = Scene::new(SIZE);
                    scene.push(i420(source, color, codes));
                    let drawn = scene.render_on_device(&mut compositor);
                    let want = rgb_from_codes(color)
                        .apply(codes.map(f64::from))
                        .map(|v| v * 255.0);
                    assert_near(
                        color_at(&drawn, 9, 9),
                        want,
                        2.0,
                        &format!("{color:?} {codes:?}"),
                    );
                    assert_eq!(drawn.color, ColorSpace::VIDEO);
                }
            }
        }
    }
}

#[test]
fn corrections_follow_their_map_and_end_at_white() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    let shot = scene.push(i420(SIZE, ColorSpace::VIDEO, [100, 120, 140]));
    shot.color = ColorControls {
        exposure_stops: 0.5,
        contrast: 0.2,
        saturation: -0.3,
        temperature: 0.3,
        tint: -0.2,
    };
    let drawn = scene.render(&mut compositor);
    // Worked out by hand with the published meaning of each control.
    let [r, g, b] = rgb_from_codes(ColorSpace::VIDEO).apply([100.0, 120.0, 140.0]);
    let gains = [1.0 + 0.075 - 0.025, 1.0 + 0.025, 1.0 - 0.075 - 0.025];
    let luma = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let light = 2_f64.powf(0.5 / 2.2) / luma(gains);
    let balanced = [
        r * gains[0] * light,
        g * gains[1] * light,
        b * gains[2] * light,
    ];
    let contrasted = balanced.map(|v| (v - 0.4587) * 1.2 + 0.4587);
    let grey = luma(contrasted);
    let want = contrasted.map(|v| (grey + (v - grey) * 0.7) * 255.0);
    assert_near(color_at(&drawn, 5, 5), want, 2.0, "corrected");

    let mut bright = Scene::new(SIZE);
    bright
        .push(i420(SIZE, ColorSpace::VIDEO, [180, 100, 160]))
        .color
        .exposure_stops = 5.0;
    assert_near(
        color_at(&bright.render(&mut compositor), 5, 5),
        [255.0; 3],
        2.0,
        "overexposed",
    );
    // Light above white is still there to be brought down.
    let mut dark = Scene::new(SIZE);
    dark.push(i420(SIZE, ColorSpace::VIDEO, [250, 128, 128]))
        .color
        .exposure_stops = -1.0;
    let want = (250.0 - 16.0) / 219.0 * 255.0 * 2_f64.powf(-1.0 / 2.2);
    assert_near(
        color_at(&dark.render(&mut compositor), 5, 5),
        [want; 3],
        2.0,
        "recovered",
    );
}

fn cube(side: usize, entry: impl Fn([f64; 3]) -> [f64; 3]) -> Look {
    let mut text = format!("LUT_3D_SIZE {side}\n");
    for index in 0..side.pow(3) {
        let at = |step: usize| (index / step % side) as f64 / (side - 1) as f64;
        let [r, g, b] = entry([at(1), at(side), at(side * side)]);
        writeln!(text, "{r} {g} {b}").expect("writing to a string works");
    }
    Look {
        name: "test".into(),
        cube: text.into(),
    }
}

#[test]
fn looks_are_applied_and_the_identity_changes_nothing() {
    let mut compositor = software();
    // Blocks of two by two pixels, so that chroma is exact.
    let picture = || {
        rgba(SIZE, |x, y| {
            let (x, y) = (x / 2 * 16, y / 2 * 32);
            [x as u8, y as u8, x.midpoint(y) as u8, 255]
        })
    };
    let mut plain = Scene::new(SIZE);
    plain.push(picture());
    let plain = plain.render(&mut compositor);
    let curve = Look {
        name: "curve".into(),
        cube: "LUT_1D_SIZE 3\n0 0 0\n.5 .5 .5\n1 1 1\n".into(),
    };
    for (look, map) in [
        (cube(2, |rgb| rgb), (|rgb| rgb) as fn([f64; 3]) -> [f64; 3]),
        (cube(17, |rgb| rgb), |rgb| rgb),
        (curve, |rgb| rgb),
        (cube(3, |[r, g, b]| [b, g, 1.0 - r]), |[r, g, b]| {
            [b, g, 255.0 - r]
        }),
    ] {
        let mut scene = Scene::new(SIZE);
        scene.push(picture()).look = Some(look);
        let drawn = scene.render(&mut compositor);
        for y in (1..15).step_by(2) {
            for x in (1..31).step_by(2) {
                assert_near(
                    color_at(&drawn, x, y),
                    map(color_at(&plain, x, y)),
                    4.0,
                    "look",
                );
            }
        }
    }
}

#[test]
fn a_broken_look_is_named() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene
        .push(i420(SIZE, ColorSpace::VIDEO, [100, 128, 128]))
        .look = Some(Look {
        name: "Teal".into(),
        cube: "nonsense".into(),
    });
    let failed = compositor.render(&scene.plan, &scene.pictures, compositor::OutputFormat::I420);
    assert!(
        matches!(&failed, Err(Error::Look { name, .. }) if name == "Teal"),
        "{failed:?}"
    );
}

#[test]
fn high_range_becomes_standard_range() {
    let mut compositor = software();
    let mut grey = |transfer: Transfer, luma: u8| {
        let color = ColorSpace {
            matrix: ColorMatrix::Bt2020,
            range: ColorRange::Limited,
            transfer,
        };
        let mut scene = Scene::new(SIZE);
        scene.push(i420(SIZE, color, [luma, 128, 128]));
        let shown = color_at(&scene.render(&mut compositor), 5, 5);
        assert!(
            shown.iter().all(|v| (v - shown[0]).abs() < 2.0),
            "grey stays grey: {shown:?}"
        );
        shown[0]
    };
    // Code of 203 cd/m² in PQ is 0.58, in HLG 0.75.
    let (pq_white, hlg_white) = (grey(Transfer::Pq, 143), grey(Transfer::Hlg, 180));
    assert!((pq_white - hlg_white).abs() < 6.0, "{pq_white} {hlg_white}");
    assert!((225.0..250.0).contains(&pq_white), "{pq_white}");
    let levels = [16, 60, 100, 143, 180, 235].map(|luma| grey(Transfer::Pq, luma));
    assert!(levels.is_sorted() && levels[0] < 1.0, "{levels:?}");
}

#[test]
fn solid_colors_and_backgrounds_are_exact() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.plan.background = Rgba([10, 200, 90, 255]);
    assert_near(
        color_at(&scene.render(&mut compositor), 3, 3),
        [10.0, 200.0, 90.0],
        1.5,
        "background",
    );
    let solid = crate::scene::shot(PicturePlan::Solid(Rgba([200, 40, 60, 128])));
    scene.push_shot(solid, BlendMode::Normal);
    let part = 128.0 / 255.0;
    let want = [
        200.0 * part + 10.0 * (1.0 - part),
        40.0 * part + 200.0 * (1.0 - part),
        60.0 * part + 90.0 * (1.0 - part),
    ];
    assert_near(
        color_at(&scene.render(&mut compositor), 3, 3),
        want,
        2.0,
        "half a solid",
    );
}
