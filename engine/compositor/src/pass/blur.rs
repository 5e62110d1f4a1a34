//! Blurs a small picture in two directions (`blur.wgsl`).

use super::{Draw, Meeting, Recipe, buffer_entry, draw, pipeline, texture_entry, uniform};
use crate::device::{Gpu, Target};

/// The pass with its pipelines: the first direction, and the last, which divides by what colors counted.
#[derive(Debug)]
pub struct BlurPass {
    layout: wgpu::BindGroupLayout,
    across: wgpu::RenderPipeline,
    down: wgpu::RenderPipeline,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniform {
    step: [i32; 2],
    reach: i32,
    falloff: f32,
}

impl BlurPass {
    /// Builds the pass.
    pub fn new(gpu: &Gpu) -> Self {
        let visibility = wgpu::ShaderStages::FRAGMENT;
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("blur"),
                entries: &[
                    buffer_entry(0, wgpu::BufferBindingType::Uniform, visibility),
                    texture_entry(1, wgpu::TextureViewDimension::D2, visibility),
                ],
            });
        let direction = |is_last: f64| {
            let recipe = Recipe {
                shader: "blur.wgsl",
                entry_point: "blur_line",
                layout: &layout,
                constants: &[("IS_LAST", is_last)],
                meeting: Meeting::Replace,
            };
            pipeline(gpu, &recipe)
        };
        Self {
            across: direction(0.0),
            down: direction(1.0),
            layout,
        }
    }

    /// Records blurring `picture` in place by `sigma` pixels, with `spare` of the same size for the half-way state.
    pub fn record(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        [picture, spare]: [&Target; 2],
        sigma: f64,
    ) {
        let ways = [
            (&self.across, [1, 0], picture, spare),
            (&self.down, [0, 1], spare, picture),
        ];
        self.record_ways(gpu, encoder, ways, sigma);
    }

    /// The same, but colors stay multiplied by how much they counted, which alpha says.
    pub fn record_weighed(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        [picture, spare]: [&Target; 2],
        sigma: f64,
    ) {
        let ways = [
            (&self.across, [1, 0], picture, spare),
            (&self.across, [0, 1], spare, picture),
        ];
        self.record_ways(gpu, encoder, ways, sigma);
    }

    fn record_ways(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        ways: [(&wgpu::RenderPipeline, [i32; 2], &Target, &Target); 2],
        sigma: f64,
    ) {
        let sigma = sigma.max(0.1);
        for (pipeline, step, source, target) in ways {
            let values = Uniform {
                step,
                reach: (3.0 * sigma).ceil() as i32,
                falloff: (0.5 / (sigma * sigma)) as f32,
            };
            let buffer = uniform(gpu, &values);
            let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("blur"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: buffer.as_entire_binding(),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::TextureView(&source.view),
                    },
                ],
            });
            let bounds = [0, 0, target.size.width, target.size.height];
            draw(
                encoder,
                &Draw {
                    target,
                    pipeline,
                    bindings: &bindings,
                    clear: None,
                    bounds,
                },
            );
        }
    }
}
