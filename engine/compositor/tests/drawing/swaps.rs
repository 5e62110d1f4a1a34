//! Background swaps: the subject stays, the rest is replaced.

use crate::scene::{Scene, assert_near, color_at, i420, rgba, software};
use av::{ColorRange, ColorSpace, ScanSize, Ticks, VideoFrame};
use compositor::Compositor;
use timeline::{BackgroundFill, BackgroundPlan, Finish, MatteView, Rgba};

const SIZE: ScanSize = ScanSize::new(64, 32);

/// Keeps the left half, lets a tenth of the rest through.
fn matte() -> VideoFrame {
    let color = ColorSpace {
        range: ColorRange::Full,
        ..ColorSpace::VIDEO
    };
    let luma = (0..SIZE.area())
        .map(|i| if i % 64 < 32 { 255 } else { 0 })
        .collect();
    VideoFrame::from_i420(
        SIZE,
        color,
        [luma, vec![128; 512], vec![128; 512]],
        Ticks::ZERO,
    )
}

fn swapped(
    compositor: &mut Compositor,
    fill: BackgroundFill,
    behind: Option<VideoFrame>,
) -> VideoFrame {
    let mut scene = Scene::new(SIZE);
    scene.push(rgba(SIZE, |_, _| [0, 90, 0, 255]));
    let plan = BackgroundPlan {
        matte: scene.know(matte()),
        fill,
        fill_moment: behind.map(|frame| scene.know(frame)),
        finish: Finish::default(),
        view: MatteView::Result,
    };
    // Subject red; background blue with a white line that a blur must soften.
    let picture = rgba(SIZE, |x, _| match x {
        0..32 => [200, 0, 0, 255],
        48 => [255, 255, 255, 255],
        _ => [0, 0, 200, 255],
    });
    scene.push(picture).background = Some(plan);
    scene.render(compositor)
}

#[test]
fn every_fill_leaves_the_subject_alone() {
    let mut c = software();
    let asset = timeline::AssetId(9);
    let yellow = rgba(ScanSize::new(10, 30), |_, _| [200, 200, 0, 255]);
    for (fill, behind, want) in [
        (
            BackgroundFill::Color(Rgba([10, 20, 30, 255])),
            None,
            [10.0, 20.0, 30.0],
        ),
        (
            BackgroundFill::Color(Rgba([200, 0, 0, 51])),
            None,
            [40.0, 72.0, 0.0],
        ),
        (BackgroundFill::Transparent, None, [0.0, 90.0, 0.0]),
        (
            BackgroundFill::Asset(asset),
            Some(yellow),
            [200.0, 200.0, 0.0],
        ),
    ] {
        let drawn = swapped(&mut c, fill.clone(), behind);
        assert_near(color_at(&drawn, 10, 10), [200.0, 0.0, 0.0], 2.0, "subject");
        assert_near(color_at(&drawn, 55, 20), want, 3.0, &format!("{fill:?}"));
    }
}

#[test]
fn a_blur_softens_the_background_without_the_subject_bleeding_in() {
    let mut c = software();
    let drawn = swapped(&mut c, BackgroundFill::Blur { radius: 0.2 }, None);
    assert_near(color_at(&drawn, 10, 10), [200.0, 0.0, 0.0], 2.0, "subject");
    let line = color_at(&drawn, 48, 16);
    assert!(
        line[1] > 5.0 && line[1] < 100.0,
        "the line is softened: {line:?}"
    );
    for x in 36..62 {
        let [r, g, _] = color_at(&drawn, x, 16);
        assert!(r < g + 14.0, "red bleeds in at {x}: {r} against {g}");
    }
    assert_near(
        color_at(&drawn, 60, 4),
        [10.0, 10.0, 205.0],
        16.0,
        "far from the line",
    );
}

#[test]
fn mattes_of_other_sizes_are_stretched_over_the_picture() {
    let mut c = software();
    let mut scene = Scene::new(SIZE);
    let mut small = i420(ScanSize::new(8, 4), ColorSpace::VIDEO, [0, 128, 128]);
    small.planes[0].data = (0..32).map(|i| if i % 8 < 4 { 255 } else { 0 }).collect();
    let plan = BackgroundPlan {
        matte: scene.know(small),
        fill: BackgroundFill::Color(Rgba::WHITE),
        fill_moment: None,
        finish: Finish::default(),
        view: MatteView::Result,
    };
    scene.push(rgba(SIZE, |_, _| [0, 0, 0, 255])).background = Some(plan);
    let drawn = scene.render(&mut c);
    assert_near(color_at(&drawn, 8, 8), [0.0; 3], 2.0, "kept");
    assert_near(color_at(&drawn, 56, 8), [255.0; 3], 2.0, "replaced");
    let edge = color_at(&drawn, 32, 8)[0];
    assert!((60.0..200.0).contains(&edge), "soft between: {edge}");
}
