//! The graphics device and what it complains about.

use crate::{AdapterChoice, AdapterInfo, Error, Options, Result, limits::DEVICE_WAIT_SECS_MAX};
use av::ScanSize;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Environment variable that forces a software adapter with the value `software`.
pub const ADAPTER_VARIABLE: &str = "EVERFRAME_ADAPTER";

/// A device with its queue; every fault it reports is kept until someone asks.
#[derive(Debug)]
pub struct Gpu {
    /// Makes things.
    pub device: wgpu::Device,
    /// Runs things.
    pub queue: wgpu::Queue,
    /// Largest side of a texture.
    pub side_max: u32,
    faults: Faults,
}

#[derive(Debug, Clone, Default)]
struct Faults(Arc<Mutex<Option<Fault>>>);

#[derive(Debug)]
enum Fault {
    Lost(String),
    Memory,
    Refused(String),
}

impl Faults {
    /// Keeps the first fault: later ones follow from it.
    fn keep(&self, fault: Fault) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(fault);
    }
}

impl Gpu {
    /// The adapter that was asked for, with everything that drawing needs.
    pub fn new(options: Options) -> Result<(Self, AdapterInfo)> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::from_env().unwrap_or_default(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = pollster::block_on(adapter(&instance, options))?;
        let info = adapter.get_info();
        let needed = wgpu::DownlevelFlags::COMPUTE_SHADERS;
        if !adapter.get_downlevel_capabilities().flags.contains(needed) {
            return Err(Error::AdapterTooOld {
                adapter: info.name,
                feature: "compute shaders",
            });
        }
        let limits = adapter.limits();
        let side_max = limits.max_texture_dimension_2d;
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("compositor"),
            required_limits: limits,
            ..wgpu::DeviceDescriptor::default()
        });
        let (device, queue) = pollster::block_on(request).map_err(|err| Error::NoDevice {
            adapter: info.name.clone(),
            source: err.into(),
        })?;
        let faults = Faults::default();
        let kept = faults.clone();
        device.on_uncaptured_error(Arc::new(move |err: wgpu::Error| {
            kept.keep(match err {
                wgpu::Error::OutOfMemory { .. } => Fault::Memory,
                refused => Fault::Refused(refused.to_string()),
            });
        }));
        let kept = faults.clone();
        device.set_device_lost_callback(move |reason, message| {
            // Dropping the compositor loses the device too; nobody is left to be told.
            if reason != wgpu::DeviceLostReason::Destroyed {
                kept.keep(Fault::Lost(message));
            }
        });
        let gpu = Self {
            device,
            queue,
            side_max,
            faults,
        };
        log::info!("drawing with {} through {}", info.name, info.backend);
        let shown = AdapterInfo {
            is_software: info.device_type == wgpu::DeviceType::Cpu,
            name: info.name,
            backend: info.backend.to_string(),
        };
        Ok((gpu, shown))
    }

    /// Waits until everything submitted has run.
    pub fn wait(&self, size: ScanSize) -> Result<()> {
        let waited = self.device.poll(wgpu::PollType::Wait {
            submission_index: None,
            timeout: Some(Duration::from_secs(DEVICE_WAIT_SECS_MAX)),
        });
        self.check(size)?;
        waited.map(|_status| ()).map_err(|err| Error::DeviceLost {
            reason: format!("no answer within {DEVICE_WAIT_SECS_MAX} s: {err}"),
        })
    }

    /// The first fault since the last check, as an error.
    pub fn check(&self, size: ScanSize) -> Result<()> {
        let fault = self
            .faults
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match fault {
            None => Ok(()),
            Some(Fault::Lost(reason)) => Err(Error::DeviceLost { reason }),
            Some(Fault::Memory) => Err(Error::OutOfMemory { size }),
            Some(Fault::Refused(reason)) => Err(Error::Device { reason }),
        }
    }

    /// A sampler between pixels that repeats the border's.
    pub fn smooth_sampler(&self) -> wgpu::Sampler {
        self.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("smooth"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..wgpu::SamplerDescriptor::default()
        })
    }

    /// A texture that passes draw into and read from.
    pub fn target(&self, label: &str, size: ScanSize) -> Target {
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: extent(size),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: TARGET_FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Target {
            texture,
            view,
            size,
        }
    }
}

/// Gamma-coded premultiplied colors; half floats keep every 8-bit code apart and values outside 0 to 1 alive.
pub const TARGET_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// A texture that is drawn into.
#[derive(Debug)]
pub struct Target {
    /// The texture.
    pub texture: wgpu::Texture,
    /// All of it.
    pub view: wgpu::TextureView,
    /// Its pixels.
    pub size: ScanSize,
}

/// `size` as wgpu wants it.
pub fn extent(size: ScanSize) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: size.width,
        height: size.height,
        depth_or_array_layers: 1,
    }
}

async fn adapter(instance: &wgpu::Instance, options: Options) -> Result<wgpu::Adapter> {
    let is_forced = std::env::var(ADAPTER_VARIABLE).is_ok_and(|value| value == "software");
    if is_forced || options.adapter == AdapterChoice::Software {
        let adapters = instance.enumerate_adapters(wgpu::Backends::all()).await;
        let software = adapters
            .into_iter()
            .filter(|adapter| adapter.get_info().device_type == wgpu::DeviceType::Cpu)
            // Vulkan first: the same software is reached by OpenGL too, with other rounding.
            .min_by_key(|adapter| adapter.get_info().backend != wgpu::Backend::Vulkan);
        if let Some(adapter) = software {
            return Ok(adapter);
        }
    }
    let request = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        force_fallback_adapter: is_forced || options.adapter == AdapterChoice::Software,
        ..wgpu::RequestAdapterOptions::default()
    };
    instance
        .request_adapter(&request)
        .await
        .map_err(|err| Error::NoAdapter { source: err.into() })
}
