//! Titles: words shaped with real text shaping, drawn on the processor, kept while they are shown.

mod fonts;
mod mask;
mod paint;

use crate::{
    Error, Result,
    limits::{TITLE_CACHE_BYTES_MAX, TITLE_CHARS_MAX, TITLE_SIZE_MAX},
};
use av::ScanSize;
use std::sync::Arc;
use timeline::Title;

/// A drawn title: the part of the frame that holds anything.
#[derive(Debug, PartialEq, Eq)]
pub struct TitlePicture {
    /// Where the part begins in the frame.
    pub origin: [u32; 2],
    /// Pixels of the part.
    pub size: ScanSize,
    /// R, G, B, A bytes, colors times alpha.
    pub premultiplied: Vec<u8>,
}

/// Draws `title` for a frame of `frame` pixels; `None` when nothing would be seen.
///
/// Letters come from the bundled font unless the title names a family, and from the system's fonts for scripts that
/// neither has.
pub fn draw_title(title: &Title, frame: ScanSize) -> Result<Option<TitlePicture>> {
    let char_count = title.text.chars().count();
    check("letters", char_count as f64, TITLE_CHARS_MAX as f64)?;
    check("letters of a height", title.size, TITLE_SIZE_MAX)?;
    check("an outline of width", title.outline_width, 1.0)?;
    let height = (title.size * f64::from(frame.height)) as f32;
    // Letters smaller than a pixel are nothing but noise.
    if height < 1.0 || title.text.trim().is_empty() {
        return Ok(None);
    }
    let block = fonts::shaped(title, height, frame);
    Ok(paint::painted(title, height, frame, &block))
}

fn check(what: &'static str, value: f64, max: f64) -> Result<()> {
    let is_usable = value.is_finite() && value <= max;
    is_usable
        .then_some(())
        .ok_or(Error::Title { what, value, max })
}

/// Titles drawn last.
#[derive(Debug, Default)]
pub struct TitleCache {
    /// Most recently used last; few, since only what is near the playhead is drawn.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    title: Title,
    frame: ScanSize,
    picture: Option<Arc<TitlePicture>>,
}

impl Entry {
    fn bytes(&self) -> usize {
        let pixels = self.picture.as_ref().map_or(0, |p| p.premultiplied.len());
        pixels + self.title.text.len() + size_of::<Self>()
    }
}

impl TitleCache {
    /// The title as [`draw_title`] draws it.
    pub fn get(&mut self, title: &Title, frame: ScanSize) -> Result<Option<Arc<TitlePicture>>> {
        let known = self
            .entries
            .iter()
            .position(|entry| entry.frame == frame && entry.title == *title);
        let entry = match known {
            Some(index) => self.entries.remove(index),
            None => Entry {
                picture: draw_title(title, frame)?.map(Arc::new),
                title: title.clone(),
                frame,
            },
        };
        let picture = entry.picture.clone();
        self.entries.push(entry);
        let mut bytes: usize = self.entries.iter().map(Entry::bytes).sum();
        while bytes > TITLE_CACHE_BYTES_MAX && self.entries.len() > 1 {
            bytes -= self.entries.remove(0).bytes();
        }
        Ok(picture)
    }
}
