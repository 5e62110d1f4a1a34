//! Small pictures and loudness pictures of media, as far as they have arrived; what is missing is wished for.
//!
//! Panels only read. Reading something that is not there notes a wish, which the logic sends to the engine after
//! drawing; each wish is sent once.

use crate::limits::THUMBNAILS_MAX;
use av::{ScanSize, Ticks, VideoFrame};
use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use runtime::JobId;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use timeline::AssetId;

/// (lowest, highest) sample of each stretch of an asset's sound.
pub type Peaks = Arc<Vec<(f32, f32)>>;

/// The picture that the viewer shows.
pub struct ViewerPicture {
    /// On the screen's side.
    pub texture: TextureHandle,
    /// Pixels it was drawn with.
    pub size: ScanSize,
}

/// What was read but is not there.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Thumbnails.
    pub thumbnails: Vec<(AssetId, Ticks)>,
    /// Waveforms.
    pub waveforms: Vec<AssetId>,
}

/// Everything that has arrived.
#[derive(Default)]
pub struct Pictures {
    thumbnails: BTreeMap<AssetId, BTreeMap<Ticks, TextureHandle>>,
    arrived: VecDeque<(AssetId, Ticks)>,
    waveforms: BTreeMap<AssetId, Peaks>,
    asked_thumbnails: RefCell<BTreeSet<(AssetId, Ticks)>>,
    asked_waveforms: RefCell<BTreeSet<AssetId>>,
    wishes: RefCell<Wishes>,
    viewer: Option<ViewerPicture>,
    compared: Option<ViewerPicture>,
    previews: BTreeMap<JobId, ViewerPicture>,
}

impl Pictures {
    /// The picture of `asset` at media time `time`, or the nearest one there is until it arrives.
    pub fn thumbnail(&self, asset: AssetId, time: Ticks) -> Option<&TextureHandle> {
        let of_asset = self.thumbnails.get(&asset);
        if let Some(exact) = of_asset.and_then(|pictures| pictures.get(&time)) {
            return Some(exact);
        }
        if self.asked_thumbnails.borrow_mut().insert((asset, time)) {
            self.wishes.borrow_mut().thumbnails.push((asset, time));
        }
        let pictures = of_asset?;
        let before = pictures.range(..time).next_back();
        let after = pictures.range(time..).next();
        let distance = |entry: &(&Ticks, _)| (entry.0.0 - time.0).abs();
        before
            .into_iter()
            .chain(after)
            .min_by_key(distance)
            .map(|(_, texture)| texture)
    }

    /// The loudness picture of `asset`, if it has arrived.
    pub fn waveform(&self, asset: AssetId) -> Option<&Peaks> {
        if let Some(peaks) = self.waveforms.get(&asset) {
            return Some(peaks);
        }
        if self.asked_waveforms.borrow_mut().insert(asset) {
            self.wishes.borrow_mut().waveforms.push(asset);
        }
        None
    }

    /// The picture that the viewer shows, if one has arrived.
    pub fn viewer(&self) -> Option<&ViewerPicture> {
        self.viewer.as_ref()
    }

    /// Takes what was wished for, newest first and at most so many of each; the rest is wished for again when it is
    /// read again.
    pub fn take_wishes(&mut self, thumbnails_max: usize, waveforms_max: usize) -> Wishes {
        let mut wishes = std::mem::take(self.wishes.get_mut());
        let dropped = wishes.thumbnails.len().saturating_sub(thumbnails_max);
        for wish in wishes.thumbnails.drain(..dropped) {
            self.asked_thumbnails.get_mut().remove(&wish);
        }
        for wish in wishes
            .waveforms
            .split_off(waveforms_max.min(wishes.waveforms.len()))
        {
            self.asked_waveforms.get_mut().remove(&wish);
        }
        wishes
    }

    /// Keeps a thumbnail that arrived.
    pub fn put_thumbnail(
        &mut self,
        ctx: &Context,
        asset: AssetId,
        time: Ticks,
        frame: &VideoFrame,
    ) {
        let name = format!("{asset} at {}", time.0);
        let texture = ctx.load_texture(name, image_from_frame(frame), TextureOptions::LINEAR);
        self.thumbnails
            .entry(asset)
            .or_default()
            .insert(time, texture);
        self.arrived.push_back((asset, time));
        if self.arrived.len() > THUMBNAILS_MAX
            && let Some((asset, time)) = self.arrived.pop_front()
        {
            if let Some(pictures) = self.thumbnails.get_mut(&asset) {
                pictures.remove(&time);
            }
            self.asked_thumbnails.get_mut().remove(&(asset, time));
        }
    }

    /// Keeps a loudness picture that arrived.
    pub fn put_waveform(&mut self, asset: AssetId, peaks: Peaks) {
        self.waveforms.insert(asset, peaks);
    }

    /// Shows another picture in the viewer.
    pub fn put_viewer(&mut self, ctx: &Context, frame: &VideoFrame) {
        put(&mut self.viewer, ctx, "viewer", frame);
    }

    /// The picture that is set against the viewer's, if one has arrived.
    pub fn compared(&self) -> Option<&ViewerPicture> {
        self.compared.as_ref()
    }

    /// Sets another picture against the viewer's, or none.
    pub fn put_compared(&mut self, ctx: &Context, frame: Option<&VideoFrame>) {
        match frame {
            Some(frame) => put(&mut self.compared, ctx, "compared", frame),
            None => self.compared = None,
        }
    }

    /// The last rough picture of what a job is making, if it showed one.
    pub fn preview(&self, job: JobId) -> Option<&ViewerPicture> {
        self.previews.get(&job)
    }

    /// Shows another rough picture of what a job is making.
    pub fn put_preview(&mut self, ctx: &Context, job: JobId, frame: &VideoFrame) {
        let mut picture = self.previews.remove(&job);
        put(
            &mut picture,
            ctx,
            &format!("preview of job {}", job.0),
            frame,
        );
        self.previews.extend(picture.map(|picture| (job, picture)));
    }

    /// A job has ended: its previews were never more than that.
    pub fn forget_preview(&mut self, job: JobId) {
        self.previews.remove(&job);
    }

    /// Forgets everything: another project is open now.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets what is known of an asset: its file is another one now.
    pub fn forget(&mut self, asset: AssetId) {
        self.thumbnails.remove(&asset);
        self.arrived.retain(|(arrived, _)| *arrived != asset);
        self.waveforms.remove(&asset);
        self.asked_waveforms.get_mut().remove(&asset);
        self.asked_thumbnails
            .get_mut()
            .retain(|(asked, _)| *asked != asset);
    }
}

/// Puts a picture where one was, keeping its place on the screen's side.
fn put(picture: &mut Option<ViewerPicture>, ctx: &Context, name: &str, frame: &VideoFrame) {
    let image = image_from_frame(frame);
    if let Some(picture) = picture {
        picture.texture.set(image, TextureOptions::LINEAR);
        picture.size = frame.size;
    } else {
        *picture = Some(ViewerPicture {
            texture: ctx.load_texture(name, image, TextureOptions::LINEAR),
            size: frame.size,
        });
    }
}

/// An RGBA picture as the screen takes it; rows are copied without padding.
fn image_from_frame(frame: &VideoFrame) -> ColorImage {
    let [width, height] = [frame.size.width as usize, frame.size.height as usize];
    let mut bytes = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        bytes.extend_from_slice(frame.row(0, y));
    }
    ColorImage::from_rgba_unmultiplied([width, height], &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_is_wished_for_once_and_the_nearest_stands_in() {
        let ctx = Context::default();
        let mut pictures = Pictures::default();
        let asset = AssetId(1);
        assert!(pictures.thumbnail(asset, Ticks(10)).is_none());
        assert!(pictures.thumbnail(asset, Ticks(10)).is_none());
        let wishes = pictures.take_wishes(8, 8);
        assert_eq!(wishes.thumbnails, [(asset, Ticks(10))]);
        let frame = VideoFrame::from_rgba(ScanSize::new(2, 1), vec![9; 8], Ticks(10));
        pictures.put_thumbnail(&ctx, asset, Ticks(10), &frame);
        assert!(pictures.thumbnail(asset, Ticks(99)).is_some());
        assert_eq!(pictures.take_wishes(8, 8).thumbnails, [(asset, Ticks(99))]);
    }

    #[test]
    fn wishes_beyond_the_limit_can_be_made_again() {
        let mut pictures = Pictures::default();
        for time in 0..5 {
            pictures.thumbnail(AssetId(1), Ticks(time));
        }
        let newest = pictures.take_wishes(2, 0).thumbnails;
        assert_eq!(newest, [(AssetId(1), Ticks(3)), (AssetId(1), Ticks(4))]);
        pictures.thumbnail(AssetId(1), Ticks(0));
        assert_eq!(pictures.take_wishes(2, 0).thumbnails.len(), 1);
    }
}
