//! One frame from plan to bytes.

use crate::{
    Error, Result, device::Gpu, draw::Renderer, passthrough, picture::check, placement::Frame,
    planar::planar, to_rgba,
};
use av::{ScanSize, VideoFrame};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};
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
    renderer: Renderer,
    last: Option<Drawn>,
}

/// The frame drawn last: a still, or a title over nothing, is drawn once for all the frames it lasts.
#[derive(Debug)]
struct Drawn {
    plan: FramePlan,
    size: ScanSize,
    pictures: Gathered,
    frame: VideoFrame,
}

impl Drawn {
    /// Whether drawing `plan` at `size` gives the same frame again.
    fn answers(&self, plan: &FramePlan, pictures: &Gathered, size: ScanSize) -> bool {
        self.size == size
            && self.plan.size == plan.size
            && self.plan.background == plan.background
            && self.plan.layers == plan.layers
            && self.pictures.are_same(pictures)
    }
}

/// The pictures that a plan names, each asked for once.
#[derive(Debug)]
pub(crate) struct Gathered(HashMap<MediaMoment, Arc<VideoFrame>>);

impl Gathered {
    fn new(plan: &FramePlan, pictures: &dyn Pictures) -> Result<Self> {
        let mut held = HashMap::new();
        for moment in plan.moments() {
            if let Entry::Vacant(place) = held.entry(moment) {
                let picture = pictures.picture(moment).ok_or(Error::MissingPicture {
                    asset: moment.asset,
                    time: moment.time,
                })?;
                check(moment.asset, &picture)?;
                place.insert(picture);
            }
        }
        Ok(Self(held))
    }

    /// Whether both hold the very same pictures; holding them keeps their addresses from being used again.
    fn are_same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().all(|(moment, picture)| {
                other
                    .0
                    .get(moment)
                    .is_some_and(|held| Arc::ptr_eq(held, picture))
            })
    }

    /// The picture at `moment`.
    pub(crate) fn get(&self, moment: MediaMoment) -> Result<&Arc<VideoFrame>> {
        self.0.get(&moment).ok_or(Error::MissingPicture {
            asset: moment.asset,
            time: moment.time,
        })
    }
}

impl Compositor {
    /// A compositor on the best adapter there is.
    pub fn new() -> Result<Self> {
        Self::with_options(Options::default())
    }

    /// A compositor set up as asked for.
    pub fn with_options(options: Options) -> Result<Self> {
        let (gpu, info) = Gpu::new(options)?;
        Ok(Self {
            info,
            renderer: Renderer::new(gpu),
            last: None,
        })
    }

    /// What draws.
    pub fn adapter_info(&self) -> &AdapterInfo {
        &self.info
    }

    /// Draws the frame that `plan` describes at the sequence's size; its `pts` is zero, whoever asked stamps it.
    ///
    /// Preview and export both take their frames from here, so what is seen is what is exported.
    pub fn render(
        &mut self,
        plan: &FramePlan,
        pictures: &dyn Pictures,
        output: OutputFormat,
    ) -> Result<VideoFrame> {
        let gathered = Gathered::new(plan, pictures)?;
        let untouched = match plan.untouched() {
            Some(moment) => passthrough(plan, gathered.get(moment)?),
            None => None,
        };
        let frame = match untouched {
            Some(frame) => frame,
            None => self.drawn(plan, gathered, Frame::full(plan.size))?,
        };
        Ok(handed_out(frame, output))
    }

    fn drawn(&mut self, plan: &FramePlan, pictures: Gathered, frame: Frame) -> Result<VideoFrame> {
        self.renderer.check_size(frame.drawn)?;
        if let Some(last) = &self.last
            && last.answers(plan, &pictures, frame.drawn)
        {
            return Ok(last.frame.clone());
        }
        let shortcut = if frame.drawn == frame.sequence {
            planar(plan, &pictures, &mut self.renderer.titles)?
        } else {
            None
        };
        let drawn = match shortcut {
            Some(drawn) => drawn,
            None => self.renderer.frame(plan, &pictures, frame)?,
        };
        self.last = Some(Drawn {
            plan: plan.clone(),
            size: frame.drawn,
            pictures,
            frame: drawn.clone(),
        });
        Ok(drawn)
    }

    /// Draws as [`Compositor::render`] does but always on the graphics device; tests hold the shortcuts against it.
    pub fn render_on_device(
        &mut self,
        plan: &FramePlan,
        pictures: &dyn Pictures,
    ) -> Result<VideoFrame> {
        let gathered = Gathered::new(plan, pictures)?;
        self.renderer.frame(plan, &gathered, Frame::full(plan.size))
    }

    /// Draws the frame at `1 / divisor` of the sequence's size (rounded up), for previews on slow machines.
    ///
    /// It shows the same scene with less detail; only [`Compositor::render`] gives the exported pixels.
    pub fn render_scaled(
        &mut self,
        plan: &FramePlan,
        pictures: &dyn Pictures,
        divisor: u32,
        output: OutputFormat,
    ) -> Result<VideoFrame> {
        if divisor <= 1 {
            return self.render(plan, pictures, output);
        }
        let gathered = Gathered::new(plan, pictures)?;
        let frame = Frame {
            sequence: plan.size,
            drawn: ScanSize::new(
                plan.size.width.div_ceil(divisor),
                plan.size.height.div_ceil(divisor),
            ),
        };
        let drawn = self.drawn(plan, gathered, frame)?;
        Ok(handed_out(drawn, output))
    }

    /// Pictures brought to the device so far; unchanged ones are brought once.
    pub fn upload_count(&self) -> u64 {
        self.renderer.pictures.upload_count
    }
}

fn handed_out(frame: VideoFrame, output: OutputFormat) -> VideoFrame {
    match output {
        OutputFormat::I420 => frame,
        OutputFormat::Rgba => to_rgba(&frame),
    }
}
