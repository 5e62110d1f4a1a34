//! "I have so many minutes": how much work fits into them, from the times that were measured on this machine.

use super::{Ask, STEPS};
use av::FrameCount;
use runtime::{
    Offer,
    describe::budget::{Rung, SCALE},
};
use std::time::Duration;

/// What fits into the time there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pick {
    /// Nothing was measured here yet.
    Unmeasured,
    /// This much fits, at the length that is wished for.
    Fits(Rung),
    /// Nothing fits at this length: the least work, and what would fit if it were shorter.
    TooLong {
        /// The least work at the full length.
        least: Rung,
        /// What fits, shorter; nothing where its length is given or even that does not fit.
        shorter: Option<Rung>,
    },
}

/// What fits into `minutes` when so many takes are made.
pub fn pick(offer: &Offer, minutes: f64, takes: u32) -> Pick {
    let Some(longest) = offer.ladder.iter().map(|rung| rung.count).max() else {
        return Pick::Unmeasured;
    };
    let budget = Duration::from_secs_f64((minutes * 60.0).clamp(0.0, 1e9));
    let fits = |rung: &&Rung| rung.duration * takes.max(1) <= budget;
    let is_whole = |rung: &&Rung| rung.count == longest;
    let ladder = || offer.ladder.iter();
    if let Some(rung) = ladder().filter(is_whole).find(fits) {
        return Pick::Fits(*rung);
    }
    let least = ladder().filter(is_whole).min_by_key(|rung| rung.duration);
    match least {
        Some(least) => Pick::TooLong {
            least: *least,
            shorter: ladder().filter(|rung| !is_whole(rung)).find(fits).copied(),
        },
        None => Pick::Unmeasured,
    }
}

/// The work without anything given up, as far as its time is known.
pub fn whole(offer: &Offer) -> Option<Rung> {
    offer.ladder.first().copied()
}

impl Ask {
    /// Asks for as much work as a rung says; its length is the item's own.
    pub fn set_rung(&mut self, offer: &Offer, rung: Rung) {
        let usual = whole(offer);
        let is_usual = |of: fn(&Rung) -> Option<f64>| usual.as_ref().and_then(of) == of(&rung);
        let steps = rung.steps.and_then(|steps| u32::try_from(steps).ok());
        let is_usual_steps = is_usual(|rung| rung.steps.map(|steps| steps as f64));
        if rung.steps.is_some() {
            self.recipe.num_inference_steps = steps.filter(|_| !is_usual_steps);
            self.recipe.settings.remove(STEPS);
        }
        match rung.scale {
            Some(scale) if !is_usual(|rung| rung.scale) => {
                let id = SCALE.to_owned();
                self.recipe.settings.insert(id, scale.to_string());
            }
            Some(_) => {
                self.recipe.settings.remove(SCALE);
            }
            None => {}
        }
    }
}

/// How a rung differs from all the work there could be: "15 of 30 steps, at 75 % of the size".
pub fn rung_text(rung: &Rung, whole: &Rung) -> String {
    let mut parts = Vec::new();
    if let (Some(steps), Some(all)) = (rung.steps, whole.steps) {
        parts.push(if steps == all {
            format!("all {all} steps")
        } else {
            format!("{steps} of {all} steps")
        });
    }
    if let Some(scale) = rung.scale {
        parts.push(if whole.scale == rung.scale {
            "full size".to_owned()
        } else {
            format!("{:.0} % of the size", scale * 100.0)
        });
    }
    let FrameCount(frames) = rung.count;
    parts.push(if rung.count == whole.count {
        format!("all {frames} frames")
    } else {
        format!("{frames} of {} frames", whole.count.0)
    });
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(steps: i64, scale: f64, count: i64, seconds: u64) -> Rung {
        Rung {
            steps: Some(steps),
            scale: Some(scale),
            count: FrameCount(count),
            duration: Duration::from_secs(seconds),
        }
    }

    /// The ladder of a model that was measured, as the engine sorts it.
    fn offer() -> Offer {
        Offer {
            info: runtime::BackendInfo {
                id: "words".into(),
                name: "Words".into(),
                summary: String::new(),
                capabilities: Vec::new(),
                parameters: Vec::new(),
                license: "MIT".into(),
                weights_sha256: Vec::new(),
                size_bytes: 0,
                is_seedless: false,
                is_experimental: false,
            },
            reads_prompt: true,
            references_max: 0,
            takes_storyboard: false,
            best_below_seconds: None,
            refusal: None,
            duration: None,
            memory_bytes: 0,
            fit: runtime::models::list::Fit::Fits,
            draft: Vec::new(),
            ladder: vec![
                rung(30, 1.0, 80, 600),
                rung(20, 1.0, 80, 400),
                rung(15, 0.5, 80, 90),
                rung(15, 0.5, 40, 45),
            ],
        }
    }

    #[test]
    fn as_little_as_can_be_is_given_up_for_the_time_there_is() {
        let offer = offer();
        assert_eq!(pick(&offer, 11.0, 1), Pick::Fits(offer.ladder[0]));
        assert_eq!(pick(&offer, 7.0, 1), Pick::Fits(offer.ladder[1]));
        assert_eq!(
            pick(&offer, 7.0, 2),
            Pick::Fits(offer.ladder[2]),
            "two takes take twice as long"
        );
        let least = offer.ladder[2];
        let shorter = Some(offer.ladder[3]);
        assert_eq!(pick(&offer, 1.0, 1), Pick::TooLong { least, shorter });
        let shorter = None;
        assert_eq!(pick(&offer, 0.5, 1), Pick::TooLong { least, shorter });
        let unknown = Offer {
            ladder: Vec::new(),
            ..offer
        };
        assert_eq!(pick(&unknown, 5.0, 1), Pick::Unmeasured);
    }

    #[test]
    fn a_rung_becomes_the_recipe_and_what_is_usual_is_not_written() {
        let offer = offer();
        let mut ask = Ask {
            items: Vec::new(),
            recipe: timeline::Recipe::default(),
            takes: 1,
            seed: super::super::SeedRule::Random,
        };
        ask.set_rung(&offer, offer.ladder[2]);
        assert_eq!(ask.recipe.num_inference_steps, Some(15));
        assert_eq!(ask.recipe.settings[SCALE], "0.5");
        ask.set_rung(&offer, offer.ladder[0]);
        assert_eq!(ask.recipe, timeline::Recipe::default());
        let text = rung_text(&offer.ladder[2], &offer.ladder[0]);
        assert_eq!(text, "15 of 30 steps, 50 % of the size, all 80 frames");
    }
}
