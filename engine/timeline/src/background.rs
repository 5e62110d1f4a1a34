//! A swapped background: whose matte it takes, what people corrected on it, how its edge is finished, what comes behind.
//!
//! Corrections belong to the document, so they are saved and undone like everything else; the matte file follows them.
//! [`Background::corrections`] is what people want, [`Background::applied`] what the matte file was made with.

use crate::{AssetId, Clip, Rgba};
use av::{Ratio, Ticks};
use serde::{Deserialize, Serialize};

/// What a swapped background shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundFill {
    /// One color.
    Color(Rgba),
    /// A picture or a clip, from its start, filling the frame.
    Asset(AssetId),
    /// The old background, blurred; radius in parts of the picture's height.
    Blur {
        /// 0.001 to 0.2.
        radius: f64,
    },
    /// Nothing: lower tracks show through.
    Transparent,
}

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkSide {
    /// They belong to the subject.
    Add,
    /// They belong to the background.
    Remove,
    /// The subject lies in the box between its first and its last point; it is looked for nowhere else.
    Within,
}

/// One correction by hand: a click that grows over what looks alike round it, a stroke that means itself, or a box round
/// the subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Which side its pixels are on, or that it is a box.
    pub side: MarkSide,
    /// Where the brush went: right and down in parts of the picture's width and height, 0 to 1.
    pub points: Vec<[f64; 2]>,
    /// Of the brush, in parts of the picture's height.
    pub radius: f64,
    /// Whether it grows over its region, up to the picture's edges; else only the brush's own pixels are meant.
    #[serde(default)]
    pub grows: bool,
}

/// All marks on one picture of the media, in the order they were made; where two meet, the later one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Media time of the picture.
    pub at: Ticks,
    /// What was marked on it.
    pub marks: Vec<Mark>,
}

impl Correction {
    /// The box drawn round the subject on this picture: left, top, right and bottom in parts of the picture.
    pub fn look(&self) -> Option<[f64; 4]> {
        let mark = self.marks.iter().rfind(|m| m.side == MarkSide::Within)?;
        let (first, last) = (mark.points.first()?, mark.points.last()?);
        let low = |axis: usize| first[axis].min(last[axis]);
        let high = |axis: usize| first[axis].max(last[axis]);
        Some([low(0), low(1), high(0), high(1)])
    }
}

/// A correction that a matte was made with, and how far it reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppliedCorrection {
    /// What was marked.
    pub correction: Correction,
    /// Media time of the first picture that it changed.
    pub first: Ticks,
    /// Media time of the last picture that it changed.
    pub last: Ticks,
}

/// How the edge between subject and background is finished; all zero leaves the matte and its colors alone.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Finish {
    /// Softness of the edge in parts of the picture's height, 0 to 0.05.
    pub feather: f64,
    /// How far the subject grows (or shrinks, below zero), in parts of the picture's height, -0.02 to 0.02.
    pub grow: f64,
    /// How much of the old background's color is taken out of the edge, 0 to 1.
    pub spill: f64,
    /// How much light of the new background falls round the edge, 0 to 1.
    pub wrap: f64,
    /// How far the subject's colors follow the new background's, 0 to 1.
    pub match_color: f64,
}

impl Finish {
    /// Whether nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A background swap: the subject stays, the rest is replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Background {
    /// A media file whose luma (full range) says where the subject is, on the clip's own media time.
    pub matte: AssetId,
    /// Media time of the clip that the matte's time zero stands for; of a generated item, time since the stretch began
    /// that was reserved for it.
    pub matte_start: Ticks,
    /// What is put behind.
    pub fill: BackgroundFill,
    /// How the edge is finished.
    #[serde(default, skip_serializing_if = "Finish::is_none")]
    pub finish: Finish,
    /// The matte as it was found, before any correction; `None` while `matte` itself is that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<AssetId>,
    /// What people corrected, by time, each picture once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// The corrections that are in the matte file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applied: Vec<AppliedCorrection>,
}

impl Background {
    /// A swap with a matte as it was found.
    pub fn new(matte: AssetId, matte_start: Ticks, fill: BackgroundFill) -> Self {
        Self {
            matte,
            matte_start,
            fill,
            finish: Finish::default(),
            found: None,
            corrections: Vec::new(),
            applied: Vec::new(),
        }
    }

    /// The same subject before the same, for a generated item that shows a clip frame for frame and begins `later` than
    /// it. The matte stays as it is by now: what was corrected on the clip is in it, and further marks belong to the clip.
    /// `None` where the clip is slowed, hastened, reversed or held, since its matte goes by the media's own time.
    pub fn for_remake_of(&self, clip: &Clip, later: Ticks) -> Option<Self> {
        let is_plain = clip.speed == Ratio::ONE && !clip.is_reversed;
        is_plain.then(|| Self {
            matte: self.matte,
            matte_start: self.matte_start - clip.source_start - later,
            fill: self.fill.clone(),
            finish: self.finish,
            found: None,
            corrections: Vec::new(),
            applied: Vec::new(),
        })
    }

    /// Whether the matte file holds every correction and no other.
    pub fn is_current(&self) -> bool {
        self.corrections
            .iter()
            .eq(self.applied.iter().map(|applied| &applied.correction))
    }

    /// Whether the subject was looked for where it is wanted: within the same boxes.
    pub fn is_found_within_boxes(&self) -> bool {
        let look = |correction: &Correction| Some((correction.at, correction.look()?));
        let applied = self.applied.iter().map(|applied| &applied.correction);
        let wanted = self.corrections.iter().filter_map(look);
        wanted.eq(applied.filter_map(look))
    }

    /// Adds a mark to the picture shown at `at`; a picture has one box.
    pub(crate) fn add_mark(&mut self, at: Ticks, mark: Mark) {
        let is_box = mark.side == MarkSide::Within;
        match self
            .corrections
            .binary_search_by_key(&at, |correction| correction.at)
        {
            Ok(index) => {
                let marks = &mut self.corrections[index].marks;
                marks.retain(|old| !is_box || old.side != MarkSide::Within);
                marks.push(mark);
            }
            Err(index) => self.corrections.insert(
                index,
                Correction {
                    at,
                    marks: vec![mark],
                },
            ),
        }
    }
}

/// What a plan shows of a background swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MatteView {
    /// The swap itself.
    #[default]
    Result,
    /// The clip's own picture, the subject tinted.
    Overlay,
    /// The matte alone: white is subject.
    Matte,
}
