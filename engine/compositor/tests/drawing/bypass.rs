//! An untouched picture is handed through, and its bytes are those that drawing gives.

use crate::scene::{Scene, i420, random_i420, software};
use av::{ColorSpace, PixelFormat, Plane, ScanSize, Ticks, Transfer, VideoFrame};
use compositor::{OutputFormat, passthrough};
use std::sync::Arc;

fn assert_same(left: &VideoFrame, right: &VideoFrame, what: &str) {
    assert_eq!(left.size, right.size);
    for plane in 0..3 {
        for y in 0..left.plane_size(plane).height as usize {
            assert_eq!(
                left.row(plane, y),
                right.row(plane, y),
                "{what}: plane {plane}, row {y}"
            );
        }
    }
}

fn both_ways(compositor: &mut compositor::Compositor, frame: VideoFrame, what: &str) {
    let mut scene = Scene::new(frame.size);
    scene.push(frame);
    let moment = scene.plan.untouched().expect("nothing is done to it");
    let handed = passthrough(&scene.plan, &scene.pictures.0[&moment]).expect("it fits");
    let drawn = compositor
        .render_on_device(&scene.plan, &scene.pictures)
        .expect("it can be drawn");
    assert_same(&handed, &drawn, what);
    let rendered = compositor
        .render(&scene.plan, &scene.pictures, OutputFormat::I420)
        .expect("it can be drawn");
    assert_eq!(rendered.planes, handed.planes, "the shortcut is taken");
}

/// All pairs of chroma codes, each with two dozen luma codes, extremes and impossible colors included.
#[test]
fn every_code_survives_drawing() {
    let mut compositor = software();
    let size = ScanSize::new(512, 512);
    let chroma = |shift: u32| {
        (0..256 * 256_u32)
            .map(|index| (index >> shift) as u8)
            .collect()
    };
    for pass in 0..6_u32 {
        let noise = random_i420(size, pass + 1);
        let luma = match pass {
            0 => (0..size.area())
                .map(|index| (index % 2 * 255) as u8)
                .collect(),
            1 => (0..size.area())
                .map(|index| if index % 3 == 0 { 15 } else { 236 })
                .collect(),
            _ => noise.planes[0].data.to_vec(),
        };
        let planes = [luma, chroma(0), chroma(8)];
        let frame = VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, Ticks(i64::from(pass)));
        both_ways(&mut compositor, frame, "all pairs of chroma");
    }
}

#[test]
fn odd_sizes_strides_and_layouts_survive_drawing() {
    let mut compositor = software();
    for (index, (width, height)) in [(16, 16), (17, 16), (16, 17), (31, 7), (66, 34), (1, 1)]
        .into_iter()
        .enumerate()
    {
        let size = ScanSize::new(width, height);
        let mut frame = random_i420(size, index as u32 + 1);
        both_ways(&mut compositor, frame.clone(), "random");
        let padded: Vec<u8> = (0..height as usize)
            .flat_map(|y| frame.row(0, y).iter().copied().chain([7; 5]))
            .collect();
        frame.planes[0] = Plane {
            data: padded.into(),
            stride: width as usize + 5,
        };
        both_ways(&mut compositor, frame.clone(), "padded rows");
        let chroma: Vec<u8> = (0..frame.plane_size(1).height as usize)
            .flat_map(|y| {
                frame
                    .row(1, y)
                    .iter()
                    .zip(frame.row(2, y))
                    .flat_map(|(u, v)| [*u, *v])
                    .collect::<Vec<_>>()
            })
            .collect();
        let stride = frame.plane_size(1).width as usize * 2;
        frame.planes = vec![
            frame.planes[0].clone(),
            Plane {
                data: chroma.into(),
                stride,
            },
        ];
        frame.format = PixelFormat::Nv12;
        both_ways(&mut compositor, frame, "interleaved chroma");
    }
}

#[test]
fn only_what_the_encoder_may_get_is_handed_through() {
    let size = ScanSize::new(16, 16);
    let scene = |frame: VideoFrame, sequence: ScanSize| {
        let mut scene = Scene::new(sequence);
        scene.push(frame);
        let moment = scene.plan.untouched().unwrap();
        passthrough(&scene.plan, &scene.pictures.0[&moment]).is_some()
    };
    let frame = i420(size, ColorSpace::VIDEO, [100, 128, 128]);
    assert!(scene(frame.clone(), size));
    assert!(!scene(frame.clone(), ScanSize::new(32, 32)), "another size");
    let mut full = frame.clone();
    full.color = ColorSpace::PICTURE;
    assert!(!scene(full, size), "another range");
    let mut bright = frame.clone();
    bright.color.transfer = Transfer::Hlg;
    assert!(!scene(bright, size), "another curve");
    let rgba = VideoFrame::from_rgba(size, vec![255; 16 * 16 * 4], Ticks::ZERO);
    assert!(!scene(rgba, size), "another layout");
    let mut touched = Scene::new(size);
    touched.push(frame.clone()).opacity = 0.5;
    assert!(passthrough(&touched.plan, &frame).is_none());
    assert!(Arc::ptr_eq(
        &{
            let mut plain = Scene::new(size);
            plain.push(frame.clone());
            passthrough(&plain.plan, &frame).unwrap().planes[0]
                .data
                .clone()
        },
        &frame.planes[0].data
    ));
}
