//! A shot's pictures brought to the device, its background prepared.

use crate::{
    Result,
    color::ColorMap,
    compositor::Gathered,
    draw::{Ready, ReadyBackdrop, ReadyBackground, Renderer},
    grade::color_map,
    limits::HALVINGS_MAX,
    pass::{
        Meeting,
        shot::{Backdrop, Canvas, Shot, WHOLE},
    },
    picture::{Picture, forced_halvings, texture},
    placement::{Frame, Geometry, Part, Placement, place, place_part},
    shrink::{Samples, halved},
};
use av::{ScanSize, Transfer, VideoFrame};
use timeline::{
    BackgroundFill, BackgroundPlan, BlendMode, Fit, MatteView, MediaMoment, PicturePlan, Rgba,
    ShotPlan, Title,
};

impl Renderer {
    /// The shot with everything it needs on the device; `None` when nothing of it can be seen.
    pub(crate) fn ready(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        shot: &ShotPlan,
        pictures: &Gathered,
        frame: Frame,
    ) -> Result<Option<Ready>> {
        if shot.opacity <= 0.0 {
            return Ok(None);
        }
        let geometry = Geometry::from(shot);
        let placed = match &shot.picture {
            PicturePlan::Media(moment) => self.media(*moment, &geometry, pictures, frame)?,
            PicturePlan::Title(title) => self.title(title, &geometry, frame)?,
            PicturePlan::Solid(color) => self.solid(*color, &geometry, frame),
        };
        let Some((picture, placement)) = placed else {
            return Ok(None);
        };
        let background = match &shot.background {
            Some(background) => {
                let held = match &shot.picture {
                    PicturePlan::Media(moment) => Some(pictures.get(*moment)?.as_ref()),
                    PicturePlan::Title(_) | PicturePlan::Solid(_) => None,
                };
                let placed = (&picture, &placement);
                Some(self.background(encoder, background, placed, (held, pictures))?)
            }
            None => None,
        };
        let look = match &shot.look {
            Some(look) => Some(self.looks.get(&self.gpu, look)?),
            None => None,
        };
        Ok(Some(Ready {
            picture,
            placement,
            background,
            grade: (!shot.color.is_neutral()).then(|| color_map(&shot.color)),
            look,
            opacity: shot.opacity.min(1.0),
        }))
    }

    /// One color over the whole frame.
    pub(crate) fn ready_color(&mut self, color: Rgba, frame: Frame) -> Option<Ready> {
        let (picture, placement) = self.solid(color, &Geometry::fitted(Fit::Stretch), frame)?;
        Some(Ready {
            picture,
            placement,
            background: None,
            grade: None,
            look: None,
            opacity: 1.0,
        })
    }

    fn media(
        &mut self,
        moment: MediaMoment,
        geometry: &Geometry,
        pictures: &Gathered,
        frame: Frame,
    ) -> Result<Option<(Picture, Placement)>> {
        let held = pictures.get(moment)?;
        let part = Part {
            halvings: [forced_halvings(held.size, self.gpu.side_max), HALVINGS_MAX],
            ..Part::whole(held.size)
        };
        Ok(place_part(geometry, part, frame).map(|placement| {
            let picture = self
                .pictures
                .get(&self.gpu, moment.asset, held, placement.halvings);
            (picture, placement)
        }))
    }

    fn title(
        &mut self,
        title: &Title,
        geometry: &Geometry,
        frame: Frame,
    ) -> Result<Option<(Picture, Placement)>> {
        let Some(drawn) = self.titles.get(title, frame.sequence)? else {
            return Ok(None);
        };
        let part = Part {
            whole: frame.sequence,
            origin: drawn.origin,
            size: drawn.size,
            halvings: [forced_halvings(drawn.size, self.gpu.side_max), HALVINGS_MAX],
        };
        let Some(placement) = place_part(geometry, part, frame) else {
            return Ok(None);
        };
        let samples = Samples {
            data: drawn.premultiplied.as_slice().into(),
            stride: drawn.size.width as usize * 4,
            size: drawn.size,
            sample_bytes: 4,
        };
        let small = halved(samples, placement.halvings);
        Ok(Some((
            colors(texture(&self.gpu, &small), small.size, false),
            placement,
        )))
    }

    fn solid(
        &mut self,
        Rgba([r, g, b, a]): Rgba,
        geometry: &Geometry,
        frame: Frame,
    ) -> Option<(Picture, Placement)> {
        let placement = place(geometry, frame.sequence, frame)?;
        let times = |value: u8| ((u32::from(value) * u32::from(a) + 127) / 255) as u8;
        let one = ScanSize::new(1, 1);
        let samples = Samples {
            data: vec![times(r), times(g), times(b), a].into(),
            stride: 4,
            size: one,
            sample_bytes: 4,
        };
        // One pixel is every pixel; nothing is gained by several samples.
        let placement = Placement {
            taps: [1, 1],
            ..placement
        };
        Some((
            colors(texture(&self.gpu, &samples), one, a == 255),
            placement,
        ))
    }

    fn background(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        plan: &BackgroundPlan,
        (picture, placement): (&Picture, &Placement),
        (shown, pictures): (Option<&VideoFrame>, &Gathered),
    ) -> Result<ReadyBackground> {
        let held = pictures.get(plan.matte)?;
        let halvings = placement
            .halvings
            .max(forced_halvings(held.size, self.gpu.side_max));
        let found = self
            .pictures
            .get(&self.gpu, plan.matte.asset, held, halvings);
        let matte = self.finished_matte(encoder, found.clone(), picture, plan.finish);
        let nothing = ReadyBackdrop::Color([0.0; 4]);
        if plan.view != MatteView::Result {
            return Ok(ReadyBackground {
                matte,
                backdrop: nothing,
                finish: None,
                view: plan.view,
            });
        }
        let backdrop = match (&plan.fill, plan.fill_moment) {
            (BackgroundFill::Color(color), _) => ReadyBackdrop::Color(premultiplied(*color)),
            (BackgroundFill::Asset(_), Some(moment)) => self
                .filled(encoder, moment, picture.size, pictures)?
                .map_or(nothing, ReadyBackdrop::Texture),
            (BackgroundFill::Blur { radius }, _) => {
                // Without the subject as it was found: a finer edge must not let it bleed in.
                let sigma = radius.clamp(0.0, 1.0) * f64::from(picture.size.height) / 2.0;
                let kept = (sigma, false);
                ReadyBackdrop::Texture(self.spread(
                    encoder,
                    [picture, &found],
                    Backdrop::Kept,
                    kept,
                ))
            }
            (BackgroundFill::Asset(_) | BackgroundFill::Transparent, _) => nothing,
        };
        let both = [picture, &matte];
        let finish = self.finish(encoder, plan, both, &backdrop, (shown, pictures))?;
        Ok(ReadyBackground {
            matte,
            backdrop,
            finish,
            view: plan.view,
        })
    }

    /// The picture put behind, filling the place of the picture in front.
    fn filled(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        moment: MediaMoment,
        size: ScanSize,
        pictures: &Gathered,
    ) -> Result<Option<wgpu::TextureView>> {
        let geometry = Geometry::fitted(Fit::Cover);
        let Some((picture, placement)) =
            self.media(moment, &geometry, pictures, Frame::full(size))?
        else {
            return Ok(None);
        };
        let target = self.gpu.target("fill", size);
        let canvas = Canvas {
            target: &target,
            below: None,
            clear: Some([0.0; 4]),
        };
        let shot = plain(&picture, &placement);
        self.shot.record(&self.gpu, encoder, &shot, &canvas);
        Ok(Some(target.view))
    }
}

pub(crate) fn plain<'a>(picture: &'a Picture, placement: &'a Placement) -> Shot<'a> {
    Shot {
        picture,
        placement,
        background: None,
        finish: None,
        grade: None,
        look: None,
        weight: WHOLE,
        opacity: 1.0,
        blend: BlendMode::Normal,
        meeting: Meeting::Replace,
    }
}

/// A picture of premultiplied colors.
pub(crate) fn colors(first: wgpu::TextureView, size: ScanSize, is_opaque: bool) -> Picture {
    Picture {
        first,
        chroma: None,
        size,
        chroma_size: size,
        rgb_from_texture: ColorMap::IDENTITY,
        transfer: Transfer::Srgb,
        is_opaque,
    }
}

fn premultiplied(Rgba([r, g, b, a]): Rgba) -> [f32; 4] {
    let alpha = f32::from(a) / 255.0;
    let [r, g, b] = [r, g, b].map(|value| f32::from(value) / 255.0 * alpha);
    [r, g, b, alpha]
}
