//! From a document and a frame number to the picture: plan, decode, draw. Preview, export, thumbnails of the sequence
//! and conditioning frames all come through here.

use crate::{Error, error::Result, limits::OPEN_READERS_MAX};
use av::{FrameIndex, VideoFrame};
use compositor::{Compositor, OutputFormat, PictureMap};
use media::VideoReader;
use std::{
    collections::hash_map::Entry,
    path::{Path, PathBuf},
    sync::Arc,
};
use timeline::{Asset, AssetId, Document, FramePlan, ItemId, MatteView, MediaMoment, plan_frame};

/// A reader may run on this many frames rather than leave its place for a seek elsewhere.
const RUN_ON_FRAMES_MAX: usize = 48;

/// Finds the files behind a document's assets.
#[derive(Debug, Clone, Default)]
pub struct MediaFolder(pub PathBuf);

impl MediaFolder {
    /// The folder that relative paths of a project start at.
    pub fn of_project(project: &Path) -> Self {
        Self(crate::project_file::folder_of(project).to_owned())
    }

    /// Where an asset's file should be.
    pub fn path(&self, asset: &Asset) -> PathBuf {
        self.0.join(&asset.path)
    }

    /// Where an asset's file is; an error naming it when it is gone.
    pub fn existing_path(&self, asset: &Asset) -> Result<PathBuf> {
        let path = self.path(asset);
        if path.exists() {
            Ok(path)
        } else {
            Err(Error::MissingMedia {
                name: asset.name.clone(),
                path,
            })
        }
    }
}

/// Draws any frame of a document.
pub struct FrameSource {
    folder: MediaFolder,
    compositor: Compositor,
    /// Least recently used first.
    readers: Vec<Lane>,
}

/// An open reader and where it stands. Two lanes may read one file, for a dissolve within it.
struct Lane {
    asset: AssetId,
    path: PathBuf,
    reader: VideoReader,
    next_frame: usize,
    /// The last picture, since titles and stills ask for the same one again and again.
    last: Option<(usize, Arc<VideoFrame>)>,
    /// Set while one frame's pictures are gathered, so that two layers do not fight over a lane.
    is_taken: bool,
}

impl FrameSource {
    /// A source that finds media in `folder`.
    pub fn new(folder: MediaFolder) -> Result<Self> {
        Self::with_options(folder, compositor::Options::default())
    }

    /// A source that draws as asked for.
    pub fn with_options(folder: MediaFolder, options: compositor::Options) -> Result<Self> {
        Ok(Self {
            folder,
            compositor: Compositor::with_options(options)?,
            readers: Vec::new(),
        })
    }

    /// Relative paths start elsewhere now.
    pub fn set_folder(&mut self, folder: MediaFolder) {
        self.folder = folder;
        self.readers.clear();
    }

    /// What draws, in words for people.
    pub fn adapter_label(&self) -> String {
        let info = self.compositor.adapter_info();
        let kind = if info.is_software { ", software" } else { "" };
        format!("{} ({}{kind})", info.name, info.backend)
    }

    /// The finished frame as an encoder gets it: I420, BT.709, stamped with its time in the sequence.
    pub fn frame(&mut self, document: &Document, frame: FrameIndex) -> Result<VideoFrame> {
        self.frame_viewed(document, frame, None)
    }

    /// The same, with a view of one item's matte in place of its background swap.
    pub fn frame_viewed(
        &mut self,
        document: &Document,
        frame: FrameIndex,
        matte_view: Option<(ItemId, MatteView)>,
    ) -> Result<VideoFrame> {
        let mut plan = plan_frame(document, frame);
        if let Some((item, view)) = matte_view {
            plan.set_matte_view(item, view);
        }
        let picture = self.draw(document, &plan)?;
        Ok(picture.with_pts(document.sequence.rate.ticks_from_frame(frame)))
    }

    /// The same, never handed through: always drawn layer by layer. For checks that both ways agree.
    pub fn frame_composited(
        &mut self,
        document: &Document,
        frame: FrameIndex,
    ) -> Result<VideoFrame> {
        let plan = plan_frame(document, frame);
        let pictures = self.pictures(document, &plan)?;
        let picture = self.compositor.render_on_device(&plan, &pictures)?;
        Ok(picture.with_pts(document.sequence.rate.ticks_from_frame(frame)))
    }

    fn draw(&mut self, document: &Document, plan: &FramePlan) -> Result<VideoFrame> {
        let pictures = self.pictures(document, plan)?;
        Ok(self
            .compositor
            .render(plan, &pictures, OutputFormat::I420)?)
    }

    fn pictures(&mut self, document: &Document, plan: &FramePlan) -> Result<PictureMap> {
        for lane in &mut self.readers {
            lane.is_taken = false;
        }
        let mut pictures = PictureMap::default();
        for moment in plan.moments() {
            if let Entry::Vacant(vacant) = pictures.0.entry(moment) {
                vacant.insert(self.picture(document, moment)?);
            }
        }
        Ok(pictures)
    }

    /// The picture that a media file shows at a moment.
    pub fn picture(&mut self, document: &Document, moment: MediaMoment) -> Result<Arc<VideoFrame>> {
        let asset = document
            .assets
            .find(moment.asset)
            .ok_or(Error::UnknownAsset {
                asset: moment.asset,
            })?;
        let path = self.folder.existing_path(asset)?;
        let index = self.lane_for(moment, &path)?;
        let mut lane = self.readers.remove(index);
        let picture = lane.read(moment);
        lane.is_taken = true;
        // Most recently used last.
        self.readers.push(lane);
        picture
    }

    /// The lane that reaches the moment with the least work, opened if need be.
    fn lane_for(&mut self, moment: MediaMoment, path: &Path) -> Result<usize> {
        self.readers
            .retain(|lane| lane.asset != moment.asset || lane.path == path);
        let mut fallback = None;
        for (index, lane) in self.readers.iter().enumerate().rev() {
            if lane.asset != moment.asset || lane.is_taken {
                continue;
            }
            if lane.is_near(moment) {
                return Ok(index);
            }
            fallback.get_or_insert(index);
        }
        if let Some(index) = fallback {
            return Ok(index);
        }
        if self.readers.len() >= OPEN_READERS_MAX {
            let oldest = self
                .readers
                .iter()
                .position(|lane| !lane.is_taken)
                .unwrap_or(0);
            self.readers.remove(oldest);
        }
        let reader = VideoReader::open(path)?;
        self.readers.push(Lane {
            asset: moment.asset,
            path: path.to_owned(),
            reader,
            next_frame: 0,
            last: None,
            is_taken: false,
        });
        Ok(self.readers.len() - 1)
    }
}

impl Lane {
    fn is_near(&self, moment: MediaMoment) -> bool {
        let wanted = self.reader.index().frame_number_at(moment.time);
        wanted + 1 >= self.next_frame && wanted < self.next_frame + RUN_ON_FRAMES_MAX
    }

    fn read(&mut self, moment: MediaMoment) -> Result<Arc<VideoFrame>> {
        let wanted = self.reader.index().frame_number_at(moment.time);
        if let Some((number, picture)) = &self.last
            && *number == wanted
        {
            return Ok(Arc::clone(picture));
        }
        let picture = Arc::new(self.reader.frame(wanted)?);
        self.next_frame = wanted + 1;
        self.last = Some((wanted, Arc::clone(&picture)));
        Ok(picture)
    }
}
