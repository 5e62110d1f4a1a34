//! A finished frame to I420 bytes in main memory (`encode.wgsl`).

use super::{buffer_entry, texture_entry, uniform};
use crate::{
    Error, Result,
    color::video_codes_from_rgb,
    device::{Gpu, Target},
    shaders,
};
use av::{ColorSpace, ScanSize, Ticks, VideoFrame};
use std::sync::mpsc;

/// Pixels across and down that one group of the shader writes.
const GROUP: [u32; 2] = [64, 16];

/// The pass with its pipeline and the buffers of the last size.
#[derive(Debug)]
pub struct EncodePass {
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::ComputePipeline,
    buffers: Option<Buffers>,
}

#[derive(Debug)]
struct Buffers {
    shape: Shape,
    uniform: wgpu::Buffer,
    planes: wgpu::Buffer,
    readback: wgpu::Buffer,
}

/// Where the planes lie in the buffer; rows are padded to whole words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    size: ScanSize,
    luma_stride: usize,
    first_u: usize,
    first_v: usize,
    bytes: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniform {
    size: [u32; 2],
    luma_stride: u32,
    first_u: u32,
    first_v: u32,
    padding: [u32; 3],
    rows: [[f32; 4]; 3],
}

impl Shape {
    fn new(size: ScanSize) -> Self {
        let luma_stride = size.width.div_ceil(8) as usize * 8;
        let chroma_rows = size.height.div_ceil(2) as usize;
        let first_u = luma_stride * chroma_rows * 2;
        let chroma = luma_stride / 2 * chroma_rows;
        Self {
            size,
            luma_stride,
            first_u,
            first_v: first_u + chroma,
            bytes: first_u + 2 * chroma,
        }
    }

    fn frame(&self, bytes: &[u8]) -> VideoFrame {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let half = [width.div_ceil(2), height.div_ceil(2)];
        let plane = |first: usize, stride: usize, [width, height]: [usize; 2]| {
            let mut tight = Vec::with_capacity(width * height);
            for row in bytes[first..].chunks(stride).take(height) {
                tight.extend_from_slice(&row[..width]);
            }
            tight
        };
        let planes = [
            plane(0, self.luma_stride, [width, height]),
            plane(self.first_u, self.luma_stride / 2, half),
            plane(self.first_v, self.luma_stride / 2, half),
        ];
        VideoFrame::from_i420(self.size, ColorSpace::VIDEO, planes, Ticks::ZERO)
    }
}

impl EncodePass {
    /// Builds the pass.
    pub fn new(gpu: &Gpu) -> Self {
        let visibility = wgpu::ShaderStages::COMPUTE;
        let layout = gpu
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("encode"),
                entries: &[
                    buffer_entry(0, wgpu::BufferBindingType::Uniform, visibility),
                    texture_entry(1, wgpu::TextureViewDimension::D2, visibility),
                    buffer_entry(
                        2,
                        wgpu::BufferBindingType::Storage { read_only: false },
                        visibility,
                    ),
                ],
            });
        let module = gpu
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some("encode.wgsl"),
                source: wgpu::ShaderSource::Wgsl(shaders::source("encode.wgsl").into()),
            });
        let pipeline_layout = gpu
            .device
            .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some("encode"),
                bind_group_layouts: &[Some(&layout)],
                ..wgpu::PipelineLayoutDescriptor::default()
            });
        let pipeline = gpu
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some("encode"),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some("encode_frame"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            });
        Self {
            layout,
            pipeline,
            buffers: None,
        }
    }

    /// Runs what `encoder` holds, then reads `target` back as I420.
    pub fn finish(
        &mut self,
        gpu: &Gpu,
        mut encoder: wgpu::CommandEncoder,
        target: &Target,
    ) -> Result<VideoFrame> {
        let shape = Shape::new(target.size);
        let buffers = match self.buffers.take() {
            Some(held) if held.shape == shape => held,
            _ => Buffers::new(gpu, shape),
        };
        self.record(gpu, &mut encoder, target, &buffers);
        gpu.queue.submit([encoder.finish()]);
        let frame = read(gpu, &buffers)?;
        self.buffers = Some(buffers);
        Ok(frame)
    }

    fn record(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &Target,
        buffers: &Buffers,
    ) {
        let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("encode"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: buffers.uniform.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&target.view),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: buffers.planes.as_entire_binding(),
                },
            ],
        });
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        let groups = [
            target.size.width.div_ceil(GROUP[0]),
            target.size.height.div_ceil(GROUP[1]),
        ];
        pass.dispatch_workgroups(groups[0], groups[1], 1);
        drop(pass);
        let bytes = buffers.shape.bytes as u64;
        encoder.copy_buffer_to_buffer(&buffers.planes, 0, &buffers.readback, 0, bytes);
    }
}

impl Buffers {
    fn new(gpu: &Gpu, shape: Shape) -> Self {
        let words = |bytes: usize| (bytes / 4) as u32;
        let values = Uniform {
            size: [shape.size.width, shape.size.height],
            luma_stride: words(shape.luma_stride),
            first_u: words(shape.first_u),
            first_v: words(shape.first_v),
            padding: [0; 3],
            rows: video_codes_from_rgb().rows(),
        };
        let buffer = |label: &str, usage: wgpu::BufferUsages| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: shape.bytes as u64,
                usage,
                mapped_at_creation: false,
            })
        };
        Self {
            shape,
            uniform: uniform(gpu, &values),
            planes: buffer(
                "planes",
                wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
            ),
            readback: buffer(
                "readback",
                wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            ),
        }
    }
}

fn read(gpu: &Gpu, buffers: &Buffers) -> Result<VideoFrame> {
    let size = buffers.shape.size;
    let (sender, receiver) = mpsc::sync_channel(1);
    buffers
        .readback
        .map_async(wgpu::MapMode::Read, .., move |mapped| {
            // Nobody waits any more when the send fails.
            sender.send(mapped).ok();
        });
    gpu.wait(size)?;
    let lost = |reason: String| Error::DeviceLost { reason };
    receiver
        .try_recv()
        .map_err(|err| lost(format!("no answer about the finished frame: {err}")))?
        .map_err(|err| lost(err.to_string()))?;
    let view = buffers
        .readback
        .get_mapped_range(..)
        .map_err(|err| lost(err.to_string()))?;
    let frame = buffers.shape.frame(&view);
    drop(view);
    buffers.readback.unmap();
    Ok(frame)
}
