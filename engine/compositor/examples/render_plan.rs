//! You will see `plan.png`: two layers, one turned and half seen, under a title in English and Chinese.

use av::{FrameIndex, ScanSize, Ticks, VideoFrame};
use compositor::{Compositor, OutputFormat, PictureMap};
use std::{collections::HashMap, error::Error, sync::Arc};
use timeline::{
    AssetId, BlendMode, FramePlan, ItemId, LayerPlan, MediaMoment, PicturePlan, Rgba, ShotPlan,
    Title,
};

const SIZE: ScanSize = ScanSize::new(1280, 720);

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or("plan.png".into());
    let [sky, checks] = [1, 2].map(|asset| MediaMoment {
        asset: AssetId(asset),
        time: Ticks::ZERO,
    });
    let title = Title {
        text: "Cut, fill and export\n剪辑、补全、导出".into(),
        outline: Rgba([20, 30, 60, 255]),
        box_color: Rgba([0, 0, 0, 90]),
        ..Title::default()
    };
    let plan = FramePlan {
        frame: FrameIndex(0),
        size: SIZE,
        background: Rgba::BLACK,
        layers: vec![
            layer(shot(PicturePlan::Media(sky))),
            layer(ShotPlan {
                position: [0.22, -0.16],
                scale: [0.45, 0.45],
                rotation_degrees: 12.0,
                opacity: 0.8,
                ..shot(PicturePlan::Media(checks))
            }),
            layer(ShotPlan {
                position: [0.0, 0.25],
                ..shot(PicturePlan::Title(title))
            }),
        ],
    };
    let pictures = PictureMap(HashMap::from([
        (
            sky,
            picture(SIZE, |x, y| [40 + y / 8, 90 + y / 6, 255 - x / 12]),
        ),
        (
            checks,
            picture(ScanSize::new(800, 800), |x, y| {
                match (x / 100 + y / 100) % 2 {
                    0 => [240, 190, 60],
                    _ => [90, 40, 120],
                }
            }),
        ),
    ]));
    let mut compositor = Compositor::new()?;
    let frame = compositor.render(&plan, &pictures, OutputFormat::Rgba)?;
    let (width, height) = (frame.size.width, frame.size.height);
    let bytes = frame.planes[0].data.to_vec();
    image::RgbaImage::from_raw(width, height, bytes)
        .ok_or("a tight picture")?
        .save(&path)?;
    Ok(())
}

fn layer(shot: ShotPlan) -> LayerPlan {
    LayerPlan::Shot {
        shot: Box::new(shot),
        blend: BlendMode::Normal,
    }
}

fn shot(picture: PicturePlan) -> ShotPlan {
    ShotPlan::plain(ItemId(1), picture)
}

fn picture(size: ScanSize, color: impl Fn(u32, u32) -> [u32; 3]) -> Arc<VideoFrame> {
    let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    let data = pixels
        .map(|(x, y)| color(x, y))
        .flat_map(|[r, g, b]| [r as u8, g as u8, b as u8, 255])
        .collect();
    Arc::new(VideoFrame::from_rgba(size, data, Ticks::ZERO))
}
