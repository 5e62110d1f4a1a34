//! Grows or shrinks a matte in two directions (`matte.wgsl`).

use super::{Draw, Meeting, Recipe, buffer_entry, draw, pipeline, texture_entry, uniform};
use crate::device::{Gpu, Target};

/// The pass with its pipelines: one that grows, one that shrinks.
#[derive(Debug)]
pub struct MattePass {
    layout: wgpu::BindGroupLayout,
    grows: wgpu::RenderPipeline,
    shrinks: wgpu::RenderPipeline,
    sampler: wgpu::Sampler,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniform {
    step: [f32; 2],
    scale: [f32; 2],
    whole: i32,
    part: f32,
}

impl MattePass {
    /// Builds the pass.
    pub fn new(gpu: &Gpu) -> Self {
        let visibility = wgpu::ShaderStages::FRAGMENT;
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("matte"),
                entries: &[
                    buffer_entry(0, wgpu::BufferBindingType::Uniform, visibility),
                    texture_entry(1, wgpu::TextureViewDimension::D2, visibility),
                    wgpu::BindGroupLayoutEntry {
                        binding: 2,
                        visibility,
                        ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                        count: None,
                    },
                ],
            });
        let way = |shrinks: f64| {
            let recipe = Recipe {
                shader: "matte.wgsl",
                entry_point: "grow_line",
                layout: &layout,
                constants: &[("SHRINKS", shrinks)],
                meeting: Meeting::Replace,
            };
            pipeline(gpu, &recipe)
        };
        Self {
            grows: way(0.0),
            shrinks: way(1.0),
            sampler: gpu.smooth_sampler(),
            layout,
        }
    }

    /// Records `matte`'s red, grown by `pixels` of the targets (shrunk below zero), into `target`; `spare` is of its size.
    pub fn record(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        matte: &wgpu::TextureView,
        [target, spare]: [&Target; 2],
        pixels: f64,
    ) {
        let reach = pixels.abs();
        let scale = [
            1.0 / target.size.width as f32,
            1.0 / target.size.height as f32,
        ];
        let pipeline = if pixels < 0.0 {
            &self.shrinks
        } else {
            &self.grows
        };
        for (step, source, target) in [
            ([scale[0], 0.0], matte, spare),
            ([0.0, scale[1]], &spare.view, target),
        ] {
            let values = Uniform {
                step,
                scale,
                whole: reach.floor() as i32,
                part: reach.fract() as f32,
            };
            let buffer = uniform(gpu, &values);
            let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("matte"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: buffer.as_entire_binding(),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::TextureView(source),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: wgpu::BindingResource::Sampler(&self.sampler),
                    },
                ],
            });
            draw(
                encoder,
                &Draw {
                    target,
                    pipeline,
                    bindings: &bindings,
                    clear: None,
                    bounds: [0, 0, target.size.width, target.size.height],
                },
            );
        }
    }
}
