//! The pack of animated pictures: where it is, what is in it, and their frames when they are needed.

use super::raster::Layer;
use crate::{
    error::{Error, Result},
    manifest::Models,
    weights::Weights,
};
use image::ImageFormat;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Id in the manifest.
pub const ID: &str = "sketch";
/// Tensor with the list of pictures.
const INDEX: &str = "index.json";
/// Tensor with the word in the corner.
const LABEL: &str = "label";
/// Frames of one animation.
pub const FRAMES: usize = 12;
/// Frames beside each other in the stored picture.
const COLUMNS: usize = 4;

/// One picture of the pack.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Code points in hexadecimal, which name the picture.
    pub code: String,
    /// Emoji group: 0 faces and hearts, 1 people, 3 animals, 4 food, 5 travel and places, 6 activities.
    pub group: i32,
    zh: Vec<String>,
    en: Vec<String>,
}

impl Entry {
    /// Its names in English and Chinese, without the looser tags.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        [self.en.first(), self.zh.first()]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// The pack.
#[derive(Debug)]
pub struct SpriteSet {
    weights: Weights,
    entries: Vec<Entry>,
    path: PathBuf,
}

impl SpriteSet {
    /// The shipped pack, its bytes checked.
    pub fn shipped(models: &Models) -> Result<Self> {
        models.verify(ID)?;
        Self::open(&models.path(models.entry(ID)?))
    }

    /// Opens the pack at `path` and reads its list.
    pub fn open(path: &Path) -> Result<Self> {
        let weights = Weights::open(path)?;
        let text = bytes(&weights, INDEX)?;
        let entries: Vec<Entry> = serde_json::from_slice(&text).map_err(|err| Error::Manifest {
            reason: err.to_string(),
            path: path.to_path_buf(),
        })?;
        Ok(Self {
            weights,
            entries,
            path: path.to_path_buf(),
        })
    }

    /// Everything in it.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether it has a picture of this code.
    pub fn contains(&self, code: &str) -> bool {
        self.entries.iter().any(|entry| entry.code == code)
    }

    /// Group of a picture; −1 for unknown ones.
    pub fn group(&self, code: &str) -> i32 {
        let entry = self.entries.iter().find(|entry| entry.code == code);
        entry.map_or(-1, |entry| entry.group)
    }

    /// English name of a picture.
    pub fn name(&self, code: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.code == code)?;
        entry.en.first().map(String::as_str)
    }

    /// The frames of one animation.
    pub fn frames(&self, code: &str) -> Result<Vec<Layer>> {
        let sheet = self.picture(code)?;
        let side = sheet.width / COLUMNS;
        Ok((0..FRAMES)
            .map(|index| {
                let (left, top) = (index % COLUMNS * side, index / COLUMNS * side);
                sheet.cut(left, top, side, side)
            })
            .collect())
    }

    /// The word in the corner.
    pub fn label(&self) -> Result<Layer> {
        self.picture(LABEL)
    }

    fn picture(&self, name: &str) -> Result<Layer> {
        let data = bytes(&self.weights, name)?;
        let picture =
            image::load_from_memory_with_format(&data, ImageFormat::WebP).map_err(|err| {
                Error::WeightsFormat {
                    reason: format!("picture {name}: {err}"),
                    path: self.path.clone(),
                }
            })?;
        let rgba = picture.to_rgba8();
        let (width, height) = (rgba.width() as usize, rgba.height() as usize);
        Ok(Layer::from_straight(width, height, rgba.as_raw()))
    }
}

fn bytes(weights: &Weights, name: &str) -> Result<Vec<u8>> {
    let length = weights
        .shape(name)
        .map(<[usize]>::to_vec)
        .unwrap_or_default();
    let values = weights.values(name, &length)?;
    Ok(values.iter().map(|&value| value as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_opens_and_moves() {
        let sprites = SpriteSet::shipped(&Models::locate().unwrap()).unwrap();
        assert!(sprites.entries().len() > 300);
        for entry in sprites.entries().iter().step_by(40) {
            let frames = sprites.frames(&entry.code).unwrap();
            assert_eq!(frames.len(), FRAMES);
            assert!(frames.iter().any(|frame| frame != &frames[0]), "{entry:?}");
            assert!(frames[0].width >= 128 && frames[0].width == frames[0].height);
        }
        assert!(sprites.label().unwrap().width > 60);
        assert!(sprites.frames("1f000").is_err());
    }
}
