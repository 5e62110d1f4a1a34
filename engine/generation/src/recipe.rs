//! What an answer was made from and with, as kept with a take: enough to make the same frames again, and to know
//! without looking at them that they are the same.

use crate::{
    backend::{BackendInfo, ParameterKind},
    request::{ClipFrame, Operation, ParameterValue, Request},
};
use av::{ScanSize, VideoFrame};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// How frames were made. The same recipe on the same machine gives the same frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Id of the backend.
    pub model: String,
    /// Hash of each file of weights; empty without weights.
    pub weights_sha256: Vec<String>,
    /// What was done.
    pub operation: Operation,
    /// Where the noise started.
    pub seed: u64,
    /// Every parameter by id, with the value that was used, chosen or default.
    pub settings: BTreeMap<String, ParameterValue>,
    /// Size at which the pictures were made, before they were enlarged.
    pub size: ScanSize,
    /// Frames of the clip, known ones included.
    pub num_frames: usize,
    /// Hash of what was known: pixels, masks, references and words; see [`Request::conditioning_sha256`].
    pub conditioning_sha256: String,
    /// Version of this crate.
    pub engine_version: String,
}

impl BackendInfo {
    /// The recipe of an answer to `request` by this backend, made at the clip's own size.
    pub fn recipe(&self, request: &Request) -> Recipe {
        let settings = self.parameters.iter().map(|parameter| {
            let chosen = request.parameters.get(&parameter.id).cloned();
            let value = chosen.unwrap_or_else(|| match &parameter.kind {
                ParameterKind::Switch { default } => ParameterValue::Switch(*default),
                ParameterKind::Integer { default, .. } => ParameterValue::Integer(*default),
                ParameterKind::Number { default, .. } => ParameterValue::Number(*default),
                ParameterKind::Choice { default, .. }
                | ParameterKind::Choices { default, .. }
                | ParameterKind::Blend { default, .. } => ParameterValue::Choice(default.clone()),
            });
            (parameter.id.clone(), value)
        });
        Recipe {
            model: self.id.clone(),
            weights_sha256: self.weights_sha256.clone(),
            operation: request.operation,
            seed: request.seed,
            settings: settings.collect(),
            size: request.clip.size(),
            num_frames: request.clip.frames().len(),
            conditioning_sha256: request.conditioning_sha256(),
            engine_version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

impl Recipe {
    /// Lower-case hexadecimal SHA-256 of all of it: answers of one fingerprint are the same.
    pub fn fingerprint(&self) -> String {
        let mut hash = Hash::new("recipe");
        // Maps are sorted and numbers are written shortest, so equal recipes are equal text.
        let text = serde_json::to_vec(self).unwrap_or_default();
        hash.bytes(&text);
        hash.finished()
    }
}

impl Request {
    /// Lower-case hexadecimal SHA-256 of what a model is shown: the clip's size, rate, pixels and masks, references,
    /// words, shots and moments; neither seed nor parameters.
    pub fn conditioning_sha256(&self) -> String {
        let mut hash = Hash::new("conditioning");
        hash.text(&format!("{:?}", self.operation));
        hash.size(self.clip.size());
        hash.number(u64::from(self.clip.rate().num()));
        hash.number(u64::from(self.clip.rate().den()));
        hash.number(self.clip.frames().len() as u64);
        for frame in self.clip.frames() {
            match frame {
                ClipFrame::Known(picture) => {
                    hash.number(1);
                    hash.picture(picture);
                }
                ClipFrame::ToMake => hash.number(2),
                ClipFrame::Partly { picture, to_make } => {
                    hash.number(3);
                    hash.picture(picture);
                    hash.bytes(to_make);
                }
            }
        }
        hash.text(&self.prompt);
        hash.text(&self.negative_prompt);
        hash.number(self.references.len() as u64);
        self.references.iter().for_each(|it| hash.picture(it));
        hash.number(self.storyboard.len() as u64);
        for shot in &self.storyboard {
            hash.text(&shot.prompt);
            hash.number(shot.num_frames as u64);
            hash.number(u64::from(shot.starts_with_cut));
        }
        for (index, moment) in &self.moments {
            hash.number(*index as u64);
            hash.number(moment.to_bits());
        }
        hash.finished()
    }

    /// Lower-case hexadecimal SHA-256 of the whole request; a model's answer to one fingerprint is always the same.
    pub fn fingerprint(&self) -> String {
        let mut hash = Hash::new("request");
        hash.text(&self.conditioning_sha256());
        hash.number(self.seed);
        for (id, value) in &self.parameters {
            hash.text(id);
            hash.text(&format!("{value:?}"));
        }
        hash.finished()
    }
}

/// A hash over values of several kinds, each with its length, so that no two lists of values are alike.
struct Hash(Sha256);

impl Hash {
    fn new(kind: &str) -> Self {
        let mut hash = Self(Sha256::new());
        hash.text(kind);
        hash
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn size(&mut self, size: ScanSize) {
        self.number(u64::from(size.width));
        self.number(u64::from(size.height));
    }

    /// Visible bytes only: what lies between rows is no part of a picture. Its time is none either.
    fn picture(&mut self, picture: &VideoFrame) {
        self.size(picture.size);
        self.text(&format!("{:?} {:?}", picture.format, picture.color));
        for plane in 0..picture.planes.len() {
            for row in 0..picture.plane_size(plane).height as usize {
                self.0.update(picture.row(plane, row));
            }
        }
    }

    fn finished(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// Lower-case hexadecimal SHA-256 of a text.
pub(crate) fn sha256_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backend as _, MaskedClip, Shot, models::fake::FakeBackend};
    use av::{FrameRate, Ticks};

    fn request(first: u8) -> Request {
        let size = ScanSize::new(4, 2);
        let picture = VideoFrame::from_rgba(size, vec![first; 32], Ticks::ZERO);
        let partly = ClipFrame::Partly {
            picture: picture.clone(),
            to_make: vec![255; 8].into(),
        };
        let frames = vec![ClipFrame::Known(picture), ClipFrame::ToMake, partly];
        Request::new(MaskedClip::new(size, FrameRate::FPS_25, frames).unwrap())
    }

    #[test]
    fn every_part_of_a_request_counts() {
        let base = request(1);
        assert_eq!(base.fingerprint(), request(1).fingerprint());
        assert_eq!(base.fingerprint().len(), 64);
        let mut others = vec![request(2)];
        let mut changed = |change: &dyn Fn(&mut Request)| {
            let mut other = request(1);
            change(&mut other);
            others.push(other);
        };
        changed(&|it| it.seed = 1);
        changed(&|it| it.prompt = "a".into());
        changed(&|it| it.negative_prompt = "a".into());
        changed(&|it| it.operation = Operation::Join);
        changed(&|it| it.references = vec![it.clip.frames()[0].picture().unwrap().clone()]);
        changed(&|it| {
            let guidance = ParameterValue::Number(1.0);
            it.parameters.insert("guidance_scale".into(), guidance);
        });
        changed(&|it| it.moments.extend([(1, 0.5)]));
        let shot = |starts_with_cut| Shot {
            prompt: String::new(),
            num_frames: 3,
            starts_with_cut,
        };
        changed(&|it| it.storyboard = vec![shot(false)]);
        changed(&|it| it.storyboard = vec![shot(true)]);
        let mut seen: Vec<String> = others.iter().map(Request::fingerprint).collect();
        seen.push(base.fingerprint());
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count);
        let seeded = Request {
            seed: 9,
            ..request(1)
        };
        assert_eq!(seeded.conditioning_sha256(), base.conditioning_sha256());
    }

    #[test]
    fn defaults_are_written_down() {
        let backend = FakeBackend::new();
        let recipe = backend.describe().recipe(&request(1));
        assert_eq!(
            recipe.settings["num_inference_steps"],
            ParameterValue::Integer(4)
        );
        let mut chosen = request(1);
        let steps = ParameterValue::Integer(7);
        chosen
            .parameters
            .insert("num_inference_steps".into(), steps.clone());
        let other = backend.describe().recipe(&chosen);
        assert_eq!(other.settings["num_inference_steps"], steps);
        assert_ne!(recipe.fingerprint(), other.fingerprint());
    }
}
