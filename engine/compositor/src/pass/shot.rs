//! Draws one picture with everything done to it (`shot.wgsl`).

use super::{Draw, Meeting, Recipe, buffer_entry, draw, pipeline, texture_entry, uniform};
use crate::{
    color::ColorMap,
    device::{Gpu, Target},
    look::LookTexture,
    picture::Picture,
    placement::Placement,
};
use av::Transfer;
use std::collections::HashMap;
use timeline::BlendMode;

/// How much a shot counts at a pixel: factors of x, y and 1, clamped to 0 to 1.
pub type Weight = [f64; 3];

/// Counts everywhere.
pub const WHOLE: Weight = [0.0, 0.0, 1.0];

/// What a picture's background is swapped for.
#[derive(Debug, Clone, Copy)]
pub enum Backdrop<'a> {
    /// A premultiplied color; all zero is nothing.
    Color([f32; 4]),
    /// A premultiplied picture over the same place.
    Texture(&'a wgpu::TextureView),
    /// Nothing is put there and the subject is taken away, for blurring what is left.
    Kept,
    /// Only what is wholly the subject's is left, for spreading its colors.
    Front,
    /// Only what is wholly the background's is left, for spreading its colors.
    Back,
    /// The picture stays and the subject is tinted with a color, mixed in by its alpha.
    Tint([f32; 4]),
    /// The matte itself is shown, white where the subject is.
    Matte,
}

/// What is done to a subject's colors before it meets its new background.
#[derive(Debug, Clone, Copy)]
pub struct Finishing<'a> {
    /// Colors of the subject to colors that suit the background.
    pub matched: ColorMap,
    /// How much of the old background's color is taken out of the edge, 0 to 1.
    pub spill: f32,
    /// How much of the light falls round the edge, 0 to 1.
    pub wrap: f32,
    /// Colors of subject and old background, spread over the edge.
    pub sides: Option<[&'a wgpu::TextureView; 2]>,
    /// Light of the new background, premultiplied.
    pub light: Option<&'a wgpu::TextureView>,
}

/// A picture ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Shot<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// Where it lies.
    pub placement: &'a Placement,
    /// Matte and what its dark parts are replaced with.
    pub background: Option<(&'a Picture, Backdrop<'a>)>,
    /// What is done to the subject's colors.
    pub finish: Option<Finishing<'a>>,
    /// Corrections, unless neutral.
    pub grade: Option<ColorMap>,
    /// A look-up table.
    pub look: Option<&'a LookTexture>,
    /// Where it counts; transitions share the frame out this way.
    pub weight: Weight,
    /// 0 to 1.
    pub opacity: f64,
    /// How it meets what lies below.
    pub blend: BlendMode,
    /// How drawn values meet the target's; ignored by blend modes, which replace.
    pub meeting: Meeting,
}

/// Where a shot is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Canvas<'a> {
    /// What is drawn into.
    pub target: &'a Target,
    /// A copy of what lies below, for blend modes other than normal.
    pub below: Option<&'a Target>,
    /// Color the target is cleared to first.
    pub clear: Option<[f64; 4]>,
}

/// One case of the shader; each is a pipeline, made when it first occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Case {
    is_yuv: bool,
    is_aligned: bool,
    is_shrunk: bool,
    transfer: u32,
    background: u32,
    is_finished: bool,
    is_graded: bool,
    look: u32,
    blend: u32,
    meeting: Meeting,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniform {
    rgb_from_texture: [[f32; 4]; 3],
    graded_from_rgb: [[f32; 4]; 3],
    texel_from_frame: [[f32; 4]; 2],
    crop: [f32; 4],
    edge: [f32; 4],
    texture_scale: [f32; 4],
    weight: [f32; 4],
    fill: [f32; 4],
    look_low: [f32; 4],
    look_scale: [f32; 4],
    taps: [u32; 4],
    matched_from_rgb: [[f32; 4]; 3],
    finish: [f32; 4],
}

/// The pass with its pipelines and what stands in for absent textures.
#[derive(Debug)]
pub struct ShotPass {
    layout: wgpu::BindGroupLayout,
    pipelines: HashMap<Case, wgpu::RenderPipeline>,
    sampler: wgpu::Sampler,
    blank: wgpu::TextureView,
    blank_cube: wgpu::TextureView,
}

impl ShotPass {
    /// Builds what all cases share.
    pub fn new(gpu: &Gpu) -> Self {
        Self {
            layout: layout(gpu),
            pipelines: HashMap::new(),
            sampler: gpu.smooth_sampler(),
            blank: blank(gpu, wgpu::TextureDimension::D2),
            blank_cube: blank(gpu, wgpu::TextureDimension::D3),
        }
    }

    /// Records drawing `shot`.
    pub fn record(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
        canvas: &Canvas<'_>,
    ) {
        let case = Case::new(shot);
        let values = uniform(gpu, &Uniform::new(shot));
        let bindings = self.bindings(gpu, &values, shot, canvas);
        let pipeline = self
            .pipelines
            .entry(case)
            .or_insert_with(|| case.pipeline(gpu, &self.layout));
        draw(
            encoder,
            &Draw {
                target: canvas.target,
                pipeline,
                bindings: &bindings,
                clear: canvas.clear,
                bounds: shot.placement.bounds,
            },
        );
    }

    fn bindings(
        &self,
        gpu: &Gpu,
        values: &wgpu::Buffer,
        shot: &Shot<'_>,
        canvas: &Canvas<'_>,
    ) -> wgpu::BindGroup {
        let fill = match shot.background {
            Some((_, Backdrop::Texture(view))) => view,
            Some(_) | None => &self.blank,
        };
        let [front, back] = shot
            .finish
            .and_then(|finish| finish.sides)
            .unwrap_or([&self.blank; 2]);
        let light = shot.finish.and_then(|finish| finish.light);
        let matte = shot
            .background
            .map_or(&self.blank, |(matte, _)| &matte.first);
        let (cube, curve) = match shot.look {
            Some(look) if look.is_cube => (&look.view, &self.blank),
            Some(look) => (&self.blank_cube, &look.view),
            None => (&self.blank_cube, &self.blank),
        };
        let views = [
            (1, &shot.picture.first),
            (2, shot.picture.chroma.as_ref().unwrap_or(&self.blank)),
            (4, matte),
            (5, fill),
            (6, cube),
            (7, curve),
            (8, canvas.below.map_or(&self.blank, |below| &below.view)),
            (9, front),
            (10, back),
            (11, light.unwrap_or(&self.blank)),
        ];
        let mut entries = vec![
            wgpu::BindGroupEntry {
                binding: 0,
                resource: values.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 3,
                resource: wgpu::BindingResource::Sampler(&self.sampler),
            },
        ];
        entries.extend(views.map(|(binding, view)| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(view),
        }));
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("shot"),
            layout: &self.layout,
            entries: &entries,
        })
    }
}

impl Case {
    fn new(shot: &Shot<'_>) -> Self {
        let blend = blend_number(shot.blend);
        let meeting = match blend {
            0 => shot.meeting,
            _ => Meeting::Replace,
        };
        Self {
            is_yuv: shot.picture.chroma.is_some(),
            is_aligned: shot.placement.is_aligned,
            is_shrunk: shot.placement.taps != [1, 1],
            transfer: match shot.picture.transfer {
                Transfer::Bt709 | Transfer::Srgb => 0,
                Transfer::Pq => 1,
                Transfer::Hlg => 2,
            },
            background: match shot.background {
                None => 0,
                Some((_, Backdrop::Color(_))) => 1,
                Some((_, Backdrop::Texture(_))) => 2,
                Some((_, Backdrop::Kept)) => 3,
                Some((_, Backdrop::Front)) => 4,
                Some((_, Backdrop::Back)) => 5,
                Some((_, Backdrop::Tint(_))) => 6,
                Some((_, Backdrop::Matte)) => 7,
            },
            is_finished: shot.finish.is_some(),
            is_graded: shot.grade.is_some(),
            look: shot.look.map_or(0, |look| 1 + u32::from(look.is_cube)),
            blend,
            meeting,
        }
    }

    fn pipeline(self, gpu: &Gpu, layout: &wgpu::BindGroupLayout) -> wgpu::RenderPipeline {
        let constants = [
            ("IS_YUV", f64::from(self.is_yuv)),
            ("IS_ALIGNED", f64::from(self.is_aligned)),
            ("IS_SHRUNK", f64::from(self.is_shrunk)),
            ("TRANSFER", f64::from(self.transfer)),
            ("BACKGROUND", f64::from(self.background)),
            ("IS_FINISHED", f64::from(self.is_finished)),
            ("IS_GRADED", f64::from(self.is_graded)),
            ("LOOK", f64::from(self.look)),
            ("BLEND", f64::from(self.blend)),
        ];
        pipeline(
            gpu,
            &Recipe {
                shader: "shot.wgsl",
                entry_point: "draw_shot",
                layout,
                constants: &constants,
                meeting: self.meeting,
            },
        )
    }
}

impl Uniform {
    fn new(shot: &Shot<'_>) -> Self {
        let (placement, picture) = (shot.placement, shot.picture);
        let wide = |row: [f64; 3]| [row[0] as f32, row[1] as f32, row[2] as f32, 0.0];
        let [width, height] = [picture.size.width, picture.size.height].map(|side| side as f32);
        let chroma = [picture.chroma_size.width, picture.chroma_size.height];
        let [chroma_width, chroma_height] = chroma.map(|side| side as f32);
        let [across, down] = placement.frame_per_texel.map(|scale| scale as f32);
        let fill = match shot.background {
            Some((_, Backdrop::Color(color) | Backdrop::Tint(color))) => color,
            Some(_) | None => [0.0; 4],
        };
        let matched = shot.finish.map_or(ColorMap::IDENTITY, |f| f.matched);
        let finish = shot.finish.map_or([0.0; 4], |finish| {
            let spill = finish.sides.map_or(0.0, |_sides| finish.spill);
            let wrap = finish.light.map_or(0.0, |_light| finish.wrap);
            [spill, wrap, 0.0, 0.0]
        });
        let (look_low, look_scale) = shot.look.map_or(([0.0; 4], [0.0; 4]), LookTexture::uniform);
        let grade = shot.grade.unwrap_or(ColorMap::IDENTITY);
        let [weight_x, weight_y, weight, _] = wide(shot.weight);
        Self {
            rgb_from_texture: picture.rgb_from_texture.rows(),
            graded_from_rgb: grade.rows(),
            texel_from_frame: placement.texel_from_frame.map(wide),
            crop: placement.crop.map(|value| value as f32),
            edge: [across, down, 1.0 / width, 1.0 / height],
            texture_scale: [
                1.0 / width,
                1.0 / height,
                0.5 / chroma_width,
                0.5 / chroma_height,
            ],
            weight: [weight_x, weight_y, weight, shot.opacity as f32],
            fill,
            look_low,
            look_scale,
            taps: [placement.taps[0], placement.taps[1], 0, 0],
            matched_from_rgb: matched.rows(),
            finish,
        }
    }
}

/// The number that `common/blend.wgsl` knows a mode by.
pub fn blend_number(blend: BlendMode) -> u32 {
    match blend {
        BlendMode::Normal => 0,
        BlendMode::Multiply => 1,
        BlendMode::Screen => 2,
        BlendMode::Overlay => 3,
        BlendMode::Add => 4,
        BlendMode::Darken => 5,
        BlendMode::Lighten => 6,
        BlendMode::Difference => 7,
    }
}

fn layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    let visibility = wgpu::ShaderStages::FRAGMENT;
    let flat = |binding| texture_entry(binding, wgpu::TextureViewDimension::D2, visibility);
    gpu.device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("shot"),
            entries: &[
                buffer_entry(0, wgpu::BufferBindingType::Uniform, visibility),
                flat(1),
                flat(2),
                wgpu::BindGroupLayoutEntry {
                    binding: 3,
                    visibility,
                    ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                    count: None,
                },
                flat(4),
                flat(5),
                texture_entry(6, wgpu::TextureViewDimension::D3, visibility),
                flat(7),
                flat(8),
                flat(9),
                flat(10),
                flat(11),
            ],
        })
}

fn blank(gpu: &Gpu, dimension: wgpu::TextureDimension) -> wgpu::TextureView {
    gpu.device
        .create_texture(&wgpu::TextureDescriptor {
            label: Some("blank"),
            size: wgpu::Extent3d::default(),
            mip_level_count: 1,
            sample_count: 1,
            dimension,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        })
        .create_view(&wgpu::TextureViewDescriptor::default())
}
