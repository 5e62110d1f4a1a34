//! What the device does, one file per shader in `shaders/`.

pub mod blur;
pub mod encode;
pub mod matte;
pub mod over;
pub mod shot;

use crate::{
    device::{Gpu, TARGET_FORMAT, Target},
    shaders,
};

/// How a pass meets what its target holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meeting {
    /// Premultiplied colors cover.
    Over,
    /// Values add up; for transitions, whose weights add up to one.
    Sum,
    /// Values replace; for shaders that read what lies below themselves.
    Replace,
}

impl Meeting {
    fn blend(self) -> Option<wgpu::BlendState> {
        let sum = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::One,
            dst_factor: wgpu::BlendFactor::One,
            operation: wgpu::BlendOperation::Add,
        };
        match self {
            Self::Over => Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
            Self::Sum => Some(wgpu::BlendState {
                color: sum,
                alpha: sum,
            }),
            Self::Replace => None,
        }
    }
}

/// What a pass that draws on the whole target is made of.
pub(crate) struct Recipe<'a> {
    pub shader: &'a str,
    pub entry_point: &'a str,
    pub layout: &'a wgpu::BindGroupLayout,
    pub constants: &'a [(&'a str, f64)],
    pub meeting: Meeting,
}

/// Builds the pipeline of a pass that covers its target with one triangle.
pub(crate) fn pipeline(gpu: &Gpu, recipe: &Recipe<'_>) -> wgpu::RenderPipeline {
    let module = gpu
        .device
        .create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(recipe.shader),
            source: wgpu::ShaderSource::Wgsl(shaders::source(recipe.shader).into()),
        });
    let layout = gpu
        .device
        .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(recipe.shader),
            bind_group_layouts: &[Some(recipe.layout)],
            ..wgpu::PipelineLayoutDescriptor::default()
        });
    let options = wgpu::PipelineCompilationOptions {
        constants: recipe.constants,
        ..wgpu::PipelineCompilationOptions::default()
    };
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(recipe.shader),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("cover_frame"),
                compilation_options: options.clone(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some(recipe.entry_point),
                compilation_options: options,
                targets: &[Some(wgpu::ColorTargetState {
                    format: TARGET_FORMAT,
                    blend: recipe.meeting.blend(),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
}

/// What a draw does besides its pipeline and bindings.
pub(crate) struct Draw<'a> {
    pub target: &'a Target,
    pub pipeline: &'a wgpu::RenderPipeline,
    pub bindings: &'a wgpu::BindGroup,
    /// Color the target is cleared to first; `None` keeps what it holds.
    pub clear: Option<[f64; 4]>,
    /// Left, top, right, bottom of the pixels that may be touched.
    pub bounds: [u32; 4],
}

/// Records one draw.
pub(crate) fn draw(encoder: &mut wgpu::CommandEncoder, draw: &Draw<'_>) {
    let mut pass = begin(encoder, draw.target, draw.clear);
    let [left, top, right, bottom] = draw.bounds;
    pass.set_scissor_rect(left, top, right - left, bottom - top);
    pass.set_pipeline(draw.pipeline);
    pass.set_bind_group(0, draw.bindings, &[]);
    pass.draw(0..3, 0..1);
}

/// Begins a pass on `target`; dropping what it returns ends it.
pub(crate) fn begin<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    target: &Target,
    clear: Option<[f64; 4]>,
) -> wgpu::RenderPass<'a> {
    let load = clear.map_or(wgpu::LoadOp::Load, |[r, g, b, a]| {
        wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a })
    });
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: None,
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &target.view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load,
                store: wgpu::StoreOp::Store,
            },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    })
}

/// A layout entry for a texture that shaders sample or load.
pub(crate) fn texture_entry(
    binding: u32,
    dimension: wgpu::TextureViewDimension,
    visibility: wgpu::ShaderStages,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: dimension,
            multisampled: false,
        },
        count: None,
    }
}

/// A layout entry for a buffer.
pub(crate) fn buffer_entry(
    binding: u32,
    ty: wgpu::BufferBindingType,
    visibility: wgpu::ShaderStages,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

/// A uniform buffer that holds `value`.
pub(crate) fn uniform<T: bytemuck::Pod>(gpu: &Gpu, value: &T) -> wgpu::Buffer {
    use wgpu::util::DeviceExt as _;
    gpu.device
        .create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: bytemuck::bytes_of(value),
            usage: wgpu::BufferUsages::UNIFORM,
        })
}
