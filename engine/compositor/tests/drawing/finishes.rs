//! The edge of a swapped background: moved, softened, cleaned, lit; and the views of a matte.

use crate::scene::{Scene, assert_near, color_at, rgba, software};
use av::{ColorRange, ColorSpace, ScanSize, Ticks, VideoFrame};
use timeline::{BackgroundFill, BackgroundPlan, Finish, ItemId, MatteView, Rgba};

const SIZE: ScanSize = ScanSize::new(320, 160);

/// How much of each column is subject: all at the left, none at the right, with an edge `width` columns wide.
fn share(x: u32, width: f64) -> f64 {
    ((160.0 - f64::from(x) - 0.5) / width + 0.5).clamp(0.0, 1.0)
}

fn matte(width: f64) -> VideoFrame {
    let color = ColorSpace {
        range: ColorRange::Full,
        ..ColorSpace::VIDEO
    };
    let luma = (0..SIZE.area()).map(|at| (share((at % 320) as u32, width) * 255.0) as u8);
    let chroma = vec![128; (SIZE.area() / 4) as usize];
    VideoFrame::from_i420(
        SIZE,
        color,
        [luma.collect(), chroma.clone(), chroma],
        Ticks::ZERO,
    )
}

/// A red subject before a green wall, seen with a soft edge `width` wide; behind it `fill`, finished so.
fn drawn(width: f64, fill: BackgroundFill, finish: Finish, view: MatteView) -> VideoFrame {
    let mut scene = Scene::new(SIZE);
    let plan = BackgroundPlan {
        matte: scene.know(matte(width)),
        fill,
        fill_moment: None,
        finish,
        view,
    };
    let picture = rgba(SIZE, |x, _| {
        let part = share(x, width);
        let mixed = |subject: f64, wall: f64| (subject * part + wall * (1.0 - part)) as u8;
        [
            mixed(180.0, 20.0),
            mixed(40.0, 200.0),
            mixed(40.0, 30.0),
            255,
        ]
    });
    scene.push(picture).background = Some(plan);
    scene.render(&mut software())
}

fn result(width: f64, finish: Finish) -> VideoFrame {
    let blue = BackgroundFill::Color(Rgba([0, 0, 200, 255]));
    drawn(width, blue, finish, MatteView::Result)
}

const RED: [f64; 3] = [180.0, 40.0, 40.0];
const BLUE: [f64; 3] = [0.0, 0.0, 200.0];

#[test]
fn growing_and_shrinking_move_the_edge() {
    let grown = |grow: f64| {
        let finish = Finish {
            grow,
            ..Finish::default()
        };
        result(0.01, finish)
    };
    // Three fifths of a hundredth of 160 rows are about a pixel; two hundredths are 3.2.
    let shrunk = grown(-0.02);
    assert_near(color_at(&shrunk, 152, 80), RED, 3.0, "inside");
    assert_near(color_at(&shrunk, 158, 80), BLUE, 3.0, "cut off");
    let larger = grown(0.02);
    assert_near(color_at(&larger, 168, 80), BLUE, 3.0, "outside");
    let added = color_at(&larger, 161, 80);
    assert!(added[1] > 100.0, "the wall beside the subject: {added:?}");
}

#[test]
fn feathering_softens_the_edge() {
    let finish = Finish {
        feather: 0.05,
        ..Finish::default()
    };
    let soft = result(0.01, finish);
    let blues: Vec<f64> = [140, 156, 159].map(|x| color_at(&soft, x, 80)[2]).into();
    assert!(
        blues[0] < 48.0 && blues[0] < blues[1] && blues[1] < blues[2],
        "{blues:?}"
    );
    assert!((70.0..150.0).contains(&blues[2]), "{blues:?}");
}

#[test]
fn spill_takes_the_old_wall_out_of_the_edge() {
    let at_edge = |spill: f64| {
        let finish = Finish {
            spill,
            ..Finish::default()
        };
        color_at(&result(6.0, finish), 159, 80)
    };
    // A little more than half subject, the rest new background, none of the old one.
    let clean = [101.0, 22.0, 109.0];
    let (before, after) = (at_edge(0.0), at_edge(1.0));
    assert!(
        before[1] - clean[1] > 30.0,
        "green shines through: {before:?}"
    );
    assert!(
        (after[1] - clean[1]).abs() < 15.0,
        "and is taken out: {after:?}"
    );
}

#[test]
fn light_of_the_new_background_falls_round_the_edge_only() {
    let finish = Finish {
        wrap: 1.0,
        ..Finish::default()
    };
    let white = BackgroundFill::Color(Rgba::WHITE);
    let lit = drawn(0.01, white.clone(), finish, MatteView::Result);
    let edge = color_at(&lit, 157, 80);
    assert!(edge[1] > 60.0, "lit: {edge:?}");
    assert_near(color_at(&lit, 100, 80), RED, 3.0, "far from the edge");
    // A dark background throws no light.
    let black = BackgroundFill::Color(Rgba::BLACK);
    let dark = drawn(0.01, black, finish, MatteView::Result);
    assert_near(color_at(&dark, 157, 80), RED, 4.0, "no light");
}

#[test]
fn colors_follow_the_background_as_far_as_asked() {
    let matched = |match_color: f64| {
        let finish = Finish {
            match_color,
            ..Finish::default()
        };
        color_at(&result(0.01, finish), 60, 80)
    };
    assert_near(matched(0.0), RED, 3.0, "as it was");
    assert_near(matched(0.5), [90.0, 20.0, 120.0], 6.0, "half way");
    assert_near(matched(1.0), BLUE, 6.0, "all the way");
}

#[test]
fn overlay_and_matte_show_the_clip_and_not_the_swap() {
    let blue = || BackgroundFill::Color(Rgba([0, 0, 200, 255]));
    let overlay = drawn(0.01, blue(), Finish::default(), MatteView::Overlay);
    assert_near(
        color_at(&overlay, 250, 80),
        [20.0, 200.0, 30.0],
        3.0,
        "the wall",
    );
    let subject = color_at(&overlay, 60, 80);
    assert!(subject[2] > 70.0, "tinted: {subject:?}");
    let matte = drawn(0.01, blue(), Finish::default(), MatteView::Matte);
    assert_near(color_at(&matte, 60, 80), [255.0; 3], 2.0, "subject");
    assert_near(color_at(&matte, 250, 80), [0.0; 3], 2.0, "background");
}

#[test]
fn only_the_item_that_was_asked_for_is_viewed() {
    let mut scene = Scene::new(SIZE);
    let plan = BackgroundPlan {
        matte: scene.know(matte(1.0)),
        fill: BackgroundFill::Transparent,
        fill_moment: None,
        finish: Finish::default(),
        view: MatteView::Result,
    };
    scene.push(rgba(SIZE, |_, _| [1, 2, 3, 255])).background = Some(plan);
    let viewed = |item: u64| {
        let mut plan = scene.plan.clone();
        plan.set_matte_view(ItemId(item), MatteView::Matte);
        plan != scene.plan
    };
    assert!(viewed(1) && !viewed(2));
}

#[test]
fn places_in_the_frame_are_places_in_the_picture() {
    let mut scene = Scene::new(SIZE);
    let shot = scene.push(rgba(SIZE, |_, _| [1, 2, 3, 255]));
    shot.scale = [2.0, 2.0];
    shot.position = [0.25, 0.0];
    let rows = compositor::picture_from_frame(shot, ScanSize::new(100, 50), SIZE).unwrap();
    let place = rows.map(|[a, b, c]| a * 0.75 + b * 0.5 + c);
    assert!(
        place.iter().all(|part| (part - 0.5).abs() < 1e-9),
        "{place:?}"
    );
    let right = rows.map(|[a, b, c]| a * 1.0 + b * 0.5 + c);
    assert!((right[0] - 0.625).abs() < 1e-9, "{right:?}");
}
