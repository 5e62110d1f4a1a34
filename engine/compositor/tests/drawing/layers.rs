//! Blend modes, opacity, alpha and transitions.

use crate::scene::{Scene, assert_near, color_at, i420, random_i420, rgba, shot, software};
use av::{ColorSpace, ScanSize, VideoFrame};
use compositor::{Error, OutputFormat};
use timeline::{
    BlendMode, Fit, LayerPlan, PicturePlan, Rgba, Title, TransitionKind, WipeDirection,
};

const SIZE: ScanSize = ScanSize::new(32, 16);

fn solid(rgb: [u8; 3]) -> VideoFrame {
    rgba(SIZE, |_, _| [rgb[0], rgb[1], rgb[2], 255])
}

fn blended(mode: BlendMode, below: f64, above: f64) -> f64 {
    match mode {
        BlendMode::Normal => above,
        BlendMode::Multiply => below * above,
        BlendMode::Screen => 1.0 - (1.0 - below) * (1.0 - above),
        BlendMode::Overlay if below <= 0.5 => 2.0 * below * above,
        BlendMode::Overlay => 1.0 - 2.0 * (1.0 - below) * (1.0 - above),
        BlendMode::Add => (below + above).min(1.0),
        BlendMode::Darken => below.min(above),
        BlendMode::Lighten => below.max(above),
        BlendMode::Difference => (below - above).abs(),
    }
}

#[test]
fn every_blend_mode_does_its_arithmetic() {
    let mut compositor = software();
    let (below, above) = ([60, 130, 200], [180, 90, 30]);
    for mode in [
        BlendMode::Normal,
        BlendMode::Multiply,
        BlendMode::Screen,
        BlendMode::Overlay,
        BlendMode::Add,
        BlendMode::Darken,
        BlendMode::Lighten,
        BlendMode::Difference,
    ] {
        for opacity in [1.0, 0.4] {
            let mut scene = Scene::new(SIZE);
            scene.push(solid(below));
            let moment = scene.know(solid(above));
            let top = scene.push_shot(shot(PicturePlan::Media(moment)), mode);
            top.opacity = opacity;
            top.position = [0.5, 0.0];
            let drawn = scene.render(&mut compositor);
            let mut want = [0.0; 3];
            for (channel, value) in want.iter_mut().enumerate() {
                let (b, a) = (
                    f64::from(below[channel]) / 255.0,
                    f64::from(above[channel]) / 255.0,
                );
                *value = (b + (blended(mode, b, a) - b) * opacity) * 255.0;
            }
            assert_near(
                color_at(&drawn, 24, 8),
                want,
                2.0,
                &format!("{mode:?} at {opacity}"),
            );
            assert_near(
                color_at(&drawn, 8, 8),
                below.map(f64::from),
                2.0,
                "beside it",
            );
        }
    }
}

#[test]
fn alpha_lets_lower_layers_through_without_fringes() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(solid([0, 0, 255]));
    // Green lies hidden where alpha is zero; it must not show at the edge when scaled.
    let picture = rgba(ScanSize::new(16, 8), |x, _| {
        if x < 8 {
            [255, 0, 0, 255]
        } else {
            [0, 255, 0, 0]
        }
    });
    scene.push(picture);
    let drawn = scene.render(&mut compositor);
    assert_near(
        color_at(&drawn, 4, 8),
        [255.0, 0.0, 0.0],
        2.0,
        "opaque half",
    );
    assert_near(
        color_at(&drawn, 28, 8),
        [0.0, 0.0, 255.0],
        2.0,
        "clear half",
    );
    for x in 12..20 {
        assert!(
            color_at(&drawn, x, 8)[1] < 12.0,
            "green at {x}: {:?}",
            color_at(&drawn, x, 8)
        );
    }
    let mut half = Scene::new(SIZE);
    half.push(solid([100, 100, 100]));
    half.push(rgba(SIZE, |_, _| [200, 0, 50, 51])).opacity = 0.5;
    assert_near(
        color_at(&half.render(&mut compositor), 5, 5),
        [110.0, 90.0, 95.0],
        2.0,
        "a tenth",
    );
}

#[test]
fn a_dissolve_is_the_mean_and_never_darkens() {
    let mut compositor = software();
    for progress in [0.25, 0.5, 0.8] {
        let pictures = [random_i420(SIZE, 1), random_i420(SIZE, 2)];
        let mut scene = Scene::new(SIZE);
        scene.push_transition(TransitionKind::Dissolve, progress, pictures.clone());
        for drawn in [
            scene.render(&mut compositor),
            scene.render_on_device(&mut compositor),
        ] {
            for plane in 0..3 {
                for y in 0..drawn.plane_size(plane).height as usize {
                    let rows = pictures[0]
                        .row(plane, y)
                        .iter()
                        .zip(pictures[1].row(plane, y));
                    for (got, (from, to)) in drawn.row(plane, y).iter().zip(rows) {
                        let want = f64::from(*from) * (1.0 - progress) + f64::from(*to) * progress;
                        assert!((f64::from(*got) - want).abs() <= 0.8, "{got} for {want}");
                    }
                }
            }
        }
        let mut still = Scene::new(SIZE);
        let same = i420(SIZE, ColorSpace::VIDEO, [180, 90, 150]);
        still.push_transition(
            TransitionKind::Dissolve,
            progress,
            [same.clone(), same.clone()],
        );
        assert_eq!(
            still.render(&mut compositor).planes,
            same.planes,
            "a picture into itself"
        );
    }
}

#[test]
fn a_dissolve_of_pictures_with_bars_shows_what_lies_below() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(solid([0, 200, 0]));
    let tall = |rgb: [u8; 3]| {
        rgba(ScanSize::new(8, 16), move |_, _| {
            [rgb[0], rgb[1], rgb[2], 255]
        })
    };
    scene.push_transition(
        TransitionKind::Dissolve,
        0.5,
        [tall([200, 0, 0]), solid([0, 0, 200])],
    );
    let drawn = scene.render(&mut compositor);
    assert_near(color_at(&drawn, 16, 8), [100.0, 0.0, 100.0], 2.0, "both");
    assert_near(
        color_at(&drawn, 3, 8),
        [0.0, 100.0, 100.0],
        2.0,
        "bars of the one that goes",
    );
}

#[test]
fn dips_go_through_their_color() {
    let mut compositor = software();
    let color = Rgba([250, 250, 250, 255]);
    for (progress, want) in [
        (0.25, [150.0, 125.0, 125.0]),
        (0.5, [250.0; 3]),
        (0.75, [125.0, 125.0, 150.0]),
    ] {
        let mut scene = Scene::new(SIZE);
        let pictures = [solid([50, 0, 0]), solid([0, 0, 50])];
        scene.push_transition(TransitionKind::Dip(color), progress, pictures);
        assert_near(
            color_at(&scene.render(&mut compositor), 9, 9),
            want,
            2.0,
            "dip",
        );
    }
}

#[test]
fn wipes_travel_the_way_they_say() {
    let mut compositor = software();
    let (left, right, top, bottom) = ((2, 8), (29, 8), (16, 1), (16, 14));
    for (direction, new, old) in [
        (WipeDirection::Right, left, right),
        (WipeDirection::Left, right, left),
        (WipeDirection::Down, top, bottom),
        (WipeDirection::Up, bottom, top),
    ] {
        let mut scene = Scene::new(SIZE);
        let pictures = [solid([200, 0, 0]), solid([0, 0, 200])];
        scene.push_transition(TransitionKind::Wipe(direction), 0.5, pictures);
        let drawn = scene.render(&mut compositor);
        assert_near(
            color_at(&drawn, new.0, new.1),
            [0.0, 0.0, 200.0],
            2.0,
            &format!("{direction:?} new"),
        );
        assert_near(
            color_at(&drawn, old.0, old.1),
            [200.0, 0.0, 0.0],
            2.0,
            &format!("{direction:?} old"),
        );
    }
}

#[test]
fn what_is_hidden_is_neither_uploaded_nor_seen() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(random_i420(SIZE, 5)).color.contrast = 0.1;
    scene.push(random_i420(SIZE, 6)).color.contrast = 0.1;
    let first = scene.render(&mut compositor);
    assert_eq!(compositor.upload_count(), 1);
    assert_eq!(scene.render(&mut compositor), first, "the same frame twice");
    assert_eq!(compositor.upload_count(), 1, "nothing is brought twice");
    scene.plan.layers.remove(0);
    assert_eq!(
        scene.render(&mut compositor),
        first,
        "the lower layer changed nothing"
    );
}

/// Which pictures are the same is told by where they lie, not by what they are called.
#[test]
fn a_replaced_picture_is_seen_at_once() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(random_i420(SIZE, 7)).color.contrast = 0.1;
    let first = scene.render(&mut compositor);
    scene.plan.frame.0 += 1;
    assert_eq!(scene.render(&mut compositor), first, "a still stands still");
    let moment = scene.plan.moments()[0];
    let replaced = random_i420(SIZE, 8).with_pts(moment.time);
    scene.pictures.0.insert(moment, replaced.into());
    assert_ne!(scene.render(&mut compositor), first);
    assert_eq!(compositor.upload_count(), 2);
}

#[test]
fn missing_and_broken_pictures_are_named() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(solid([1, 2, 3])).opacity = 0.5;
    let moment = scene.plan.moments()[0];
    let mut broken = (*scene.pictures.0[&moment]).clone();
    broken.planes[0].stride = 4000;
    scene.pictures.0.insert(moment, broken.into());
    let failed = compositor.render(&scene.plan, &scene.pictures, OutputFormat::I420);
    assert!(matches!(failed, Err(Error::BrokenPicture { asset, .. }) if asset == moment.asset));
    scene.pictures.0.clear();
    let failed = compositor.render(&scene.plan, &scene.pictures, OutputFormat::I420);
    assert!(matches!(failed, Err(Error::MissingPicture { asset, .. }) if asset == moment.asset));
    scene.plan.layers.clear();
    scene.plan.size = ScanSize::new(0, 9);
    let failed = compositor.render(&scene.plan, &scene.pictures, OutputFormat::I420);
    assert!(matches!(failed, Err(Error::Size { .. })), "{failed:?}");
}

#[test]
fn rgba_output_is_the_same_frame() {
    let mut compositor = software();
    let mut scene = Scene::new(SIZE);
    scene.push(random_i420(SIZE, 3)).rotation_degrees = 30.0;
    let codes = scene.render(&mut compositor);
    let shown = compositor
        .render(&scene.plan, &scene.pictures, OutputFormat::Rgba)
        .unwrap();
    assert_eq!(shown, compositor::to_rgba(&codes));
    let LayerPlan::Shot { shot, .. } = &scene.plan.layers[0] else {
        unreachable!()
    };
    assert_eq!(shot.rotation_degrees, 30.0);
}

/// Frames that are drawn without the device differ from what the device draws by rounding only.
#[test]
fn the_shortcut_in_codes_equals_the_device_but_for_rounding() {
    let mut compositor = software();
    let size = ScanSize::new(70, 38);
    let pictures = || [random_i420(size, 21), random_i420(size, 22)];
    let translucent = || {
        rgba(ScanSize::new(31, 17), |x, y| {
            [(x * 8) as u8, (y * 15) as u8, 90, (x * y / 2) as u8]
        })
    };
    let title = Title {
        text: "中 Ag".into(),
        size: 0.5,
        ..Title::default()
    };
    let mut scenes = Vec::new();
    for kind in [
        TransitionKind::Dissolve,
        TransitionKind::Dip(Rgba([200, 30, 90, 255])),
        TransitionKind::Wipe(WipeDirection::Left),
        TransitionKind::Wipe(WipeDirection::Down),
    ] {
        for progress in [0.1, 0.37, 0.5, 0.93] {
            let mut scene = Scene::new(size);
            scene.push_transition(kind, progress, pictures());
            scenes.push((format!("{kind:?} {progress}"), scene));
        }
    }
    let mut faded = Scene::new(size);
    faded.plan.background = Rgba([90, 20, 200, 255]);
    faded.push(random_i420(size, 23)).opacity = 0.3;
    scenes.push(("fade".into(), faded));
    let mut stacked = Scene::new(size);
    stacked.push(random_i420(size, 24));
    let small = stacked.push(translucent());
    small.fit = Fit::None;
    // From the middle by half pixels of odd sizes onto whole ones, at an odd place.
    small.position = [9.5 / 70.0, 3.5 / 38.0];
    small.opacity = 0.7;
    scenes.push(("picture on picture".into(), stacked));
    let mut titled = Scene::new(size);
    titled.push(random_i420(size, 25));
    let words = shot(PicturePlan::Title(title));
    titled.push_shot(words, BlendMode::Normal).opacity = 0.9;
    scenes.push(("title".into(), titled));
    for (name, scene) in scenes {
        let uploads = compositor.upload_count();
        let shortcut = scene.render(&mut compositor);
        assert_eq!(compositor.upload_count(), uploads, "{name} needs no device");
        let device = scene.render_on_device(&mut compositor);
        // Each layer may round once.
        let limit = scene.plan.layers.len().max(1) as u8;
        for plane in 0..3 {
            for y in 0..shortcut.plane_size(plane).height as usize {
                for (x, (a, b)) in shortcut
                    .row(plane, y)
                    .iter()
                    .zip(device.row(plane, y))
                    .enumerate()
                {
                    assert!(
                        a.abs_diff(*b) <= limit,
                        "{name}: {a} {b} at {x}, {y} of plane {plane}"
                    );
                }
            }
        }
    }
}
