//! What can be wished for of every generator.

use crate::{Error, error::Result, storyboard::Storyboard};
use av::{FrameCount, FrameRate, ScanSize};
use std::{collections::BTreeMap, path::PathBuf};
use timeline::{Recipe, RecipeShot};

/// What can be wished for of every generator; the default leaves all to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wishes {
    /// What is to be seen.
    pub prompt: String,
    /// What is not to be seen.
    pub negative_prompt: String,
    /// Where the noise of the first take starts; further takes count on from there.
    pub seed: u64,
    /// How many takes.
    pub num_takes: u32,
    /// Id of the generator; empty for the most fitting one.
    pub model: String,
    /// Denoising steps.
    pub num_inference_steps: Option<u32>,
    /// Weight of the prompt.
    pub guidance_scale: Option<f64>,
    /// Further settings of the generator, by their ids.
    pub settings: BTreeMap<String, String>,
    /// Pixels of the result.
    pub size: Option<ScanSize>,
    /// Several shots in place of one.
    pub storyboard: Option<Storyboard>,
    /// Pictures of subjects, places or styles to keep to.
    pub references: Vec<PathBuf>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative_prompt: String::new(),
            seed: 0,
            num_takes: 1,
            model: String::new(),
            num_inference_steps: None,
            guidance_scale: None,
            settings: BTreeMap::new(),
            size: None,
            storyboard: None,
            references: Vec::new(),
        }
    }
}

/// The part of a clip's pictures that is made anew.
#[derive(Debug, Clone, PartialEq)]
pub enum PaintRegion {
    /// Left, top, width and height in pixels.
    Box([u32; 4]),
    /// Where this picture or clip is white.
    Mask(PathBuf),
}

impl Wishes {
    /// The recipe that says the same for `count` frames, without what names files.
    pub(super) fn recipe(&self, count: FrameCount, rate: FrameRate) -> Result<Recipe> {
        let mut prompt = self.prompt.clone();
        let mut storyboard = Vec::new();
        if let Some(board) = &self.storyboard {
            storyboard = fitted(board, count, rate)?;
            if !prompt.is_empty() && !board.shared_prompt.is_empty() {
                prompt.push_str(", ");
            }
            prompt.push_str(&board.shared_prompt);
        }
        Ok(Recipe {
            model: self.model.clone(),
            prompt,
            negative_prompt: self.negative_prompt.clone(),
            seed: self.seed,
            num_inference_steps: self.num_inference_steps,
            guidance_scale: self.guidance_scale,
            settings: self.settings.clone(),
            storyboard,
            num_frames: count.0 as u32,
            ..Recipe::default()
        })
    }

    /// How long what is made lasts: as was asked, or as the storyboard says.
    pub(super) fn seconds(&self, asked: Option<f64>) -> Result<f64> {
        let told = self.storyboard.as_ref().map(Storyboard::seconds);
        asked.or(told).ok_or_else(|| Error::Unsuitable {
            reason: "neither a length nor a storyboard says how long it is to be".into(),
        })
    }
}

/// A storyboard's shots over `count` frames; a frame more or less is a matter of rounding.
fn fitted(board: &Storyboard, count: FrameCount, rate: FrameRate) -> Result<Vec<RecipeShot>> {
    let mut shots = board.recipe_shots(rate)?;
    let total: FrameCount = shots.iter().map(|shot| shot.count).sum();
    let missing = count - total;
    if missing.0.abs() > 1 {
        let made = count.0 as f64 / rate.fps_for_display();
        let lasts = board.seconds();
        let reason = format!("the storyboard lasts {lasts:.2} s, {made:.2} s are made");
        return Err(Error::Unsuitable { reason });
    }
    if let Some(last) = shots.last_mut() {
        last.count = (last.count + missing).max(FrameCount::ONE);
    }
    Ok(shots)
}
