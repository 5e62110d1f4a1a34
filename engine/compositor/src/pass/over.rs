//! Lays a layer that was drawn by itself over the frame (`over.wgsl`).

use super::{Draw, Meeting, Recipe, draw, pipeline, texture_entry};
use crate::device::{Gpu, Target};

/// The pass with its pipeline.
#[derive(Debug)]
pub struct OverPass {
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::RenderPipeline,
}

impl OverPass {
    /// Builds the pass.
    pub fn new(gpu: &Gpu) -> Self {
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("over"),
                entries: &[texture_entry(
                    0,
                    wgpu::TextureViewDimension::D2,
                    wgpu::ShaderStages::FRAGMENT,
                )],
            });
        let pipeline = pipeline(
            gpu,
            &Recipe {
                shader: "over.wgsl",
                entry_point: "lay_over",
                layout: &layout,
                constants: &[],
                meeting: Meeting::Over,
            },
        );
        Self { layout, pipeline }
    }

    /// Records laying `layer` over `target`; both have one size.
    pub fn record(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        layer: &Target,
        target: &Target,
    ) {
        let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("over"),
            layout: &self.layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&layer.view),
            }],
        });
        let bounds = [0, 0, target.size.width, target.size.height];
        draw(
            encoder,
            &Draw {
                target,
                pipeline: &self.pipeline,
                bindings: &bindings,
                clear: None,
                bounds,
            },
        );
    }
}
