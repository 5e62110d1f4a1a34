//! What is being asked of a model, from the first word to the queue: which items, in which words, how often.

pub mod budget;

use crate::panels::generate::WordsState;
use runtime::{Description, Offer, ParameterKind, Problem};
use std::{
    hash::{BuildHasher as _, Hasher as _},
    sync::Arc,
};
use timeline::{
    AssetId, Content, Document, Draft, DraftFrames, Generated, Item, ItemId, Purpose, Recipe,
    TakeId,
};

/// Most takes that are asked for at once.
pub const TAKES_MAX: u32 = 4;

/// Id of the setting that decides between a draft and a final.
pub const STEPS: &str = "num_inference_steps";

/// A draft takes a third of the steps.
const DRAFT_PART: i64 = 3;

/// Where the noise of the next take starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeedRule {
    /// Somewhere else each time.
    #[default]
    Random,
    /// Where the recipe says: the same words make the same take again.
    Locked,
    /// One after where the last take started.
    Counting,
}

impl SeedRule {
    /// All of them, in the order they are offered.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Random, "Random"),
        (Self::Locked, "Locked"),
        (Self::Counting, "Next"),
    ];
}

/// How much work goes into a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Few steps, to see whether it is the right idea.
    Draft,
    /// As many as the model's makers advise.
    Final,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The generated items, of one purpose; each gets takes of its own.
    pub items: Vec<ItemId>,
    /// In which words and with which settings.
    pub recipe: Recipe,
    /// How many takes.
    pub takes: u32,
    /// Where their noise starts.
    pub seed: SeedRule,
}

impl Ask {
    /// What was asked last for the first of these items, once more.
    pub fn of(document: &Document, items: Vec<ItemId>) -> Option<Self> {
        let (_, generated) = generated_item(document, *items.first()?)?;
        Some(Self {
            items,
            recipe: generated.recipe.clone(),
            takes: 1,
            seed: SeedRule::default(),
        })
    }

    /// A take asked for again with all the care there is: the same words and pictures, the same seed, by whoever is
    /// chosen.
    pub fn final_of(document: &Document, item: ItemId, take: TakeId) -> Option<Self> {
        let (_, generated) = generated_item(document, item)?;
        let draft = generated.takes.iter().find(|made| made.id == take)?;
        let asked = &draft.recipe;
        let recipe = Recipe {
            prompt: asked.prompt.clone(),
            negative_prompt: asked.negative_prompt.clone(),
            seed: asked.seed,
            storyboard: asked.storyboard.clone(),
            references: asked.references.clone(),
            region: asked.region.clone(),
            draft: Some(Draft {
                asset: draft.asset,
                frames: DraftFrames::Nothing,
            }),
            ..Recipe::default()
        };
        Some(Self {
            items: vec![item],
            recipe,
            takes: 1,
            seed: SeedRule::Locked,
        })
    }

    /// Chooses who makes it; nobody for the most fitting one. Settings belong to the model they were set for.
    pub fn choose_model(&mut self, model: &str) {
        if self.recipe.model != model {
            model.clone_into(&mut self.recipe.model);
            self.recipe.settings.clear();
            self.recipe.num_inference_steps = None;
            self.recipe.guidance_scale = None;
        }
    }

    /// Says what of the draft is shown, where it is made after one.
    pub fn set_draft_frames(&mut self, frames: DraftFrames) {
        if let Some(draft) = &mut self.recipe.draft {
            draft.frames = frames;
        }
    }

    /// The seeds of the takes of one item.
    pub fn seeds(&self, generated: &Generated) -> Vec<u64> {
        let first = match self.seed {
            SeedRule::Locked => self.recipe.seed,
            SeedRule::Random => random_seed(),
            SeedRule::Counting => {
                let last = generated.takes.last();
                last.map_or(self.recipe.seed, |take| take.recipe.seed.wrapping_add(1))
            }
        };
        (0..u64::from(self.takes.clamp(1, TAKES_MAX)))
            .map(|later| first.wrapping_add(later))
            .collect()
    }

    /// The recipe with what only the item decides, and with the pictures that its words cite.
    pub fn recipe_for(&self, document: &Document, item: &Item) -> Recipe {
        let mut recipe = Recipe {
            num_frames: u32::try_from(item.count.0).unwrap_or_default(),
            ..self.recipe.clone()
        };
        let shots = recipe.storyboard.iter().map(|shot| shot.prompt.as_str());
        let words: Vec<&str> = std::iter::once(recipe.prompt.as_str())
            .chain(shots)
            .collect();
        for asset in cited(document, &words.join("\n")) {
            let is_room = recipe.references.len() < timeline::limits::REFERENCES_MAX;
            if is_room && !recipe.references.contains(&asset) {
                recipe.references.push(asset);
            }
        }
        recipe
    }

    /// Draft or final, as far as the steps tell; `None` where somebody set them otherwise.
    pub fn quality(&self, offer: &Offer) -> Option<Quality> {
        let steps = steps_of(offer)?;
        match self.recipe.num_inference_steps.map(i64::from) {
            None => Some(Quality::Final),
            Some(set) if set == steps.draft => Some(Quality::Draft),
            Some(set) if set == steps.usual => Some(Quality::Final),
            Some(_) => None,
        }
    }

    /// Asks for a draft or a final.
    pub fn set_quality(&mut self, offer: &Offer, quality: Quality) {
        self.recipe.num_inference_steps = match (steps_of(offer), quality) {
            (Some(steps), Quality::Draft) => u32::try_from(steps.draft).ok(),
            (_, Quality::Final) | (None, _) => None,
        };
    }

    /// Whether a part of the picture is to be made anew and nobody said which.
    pub fn lacks_region(&self, generated: &Generated) -> bool {
        generated.purpose == Purpose::Repaint && self.recipe.region.is_none()
    }

    /// Whether words are needed and there are none.
    pub fn lacks_words(&self, description: &Description) -> bool {
        let is_board_said = !self.recipe.storyboard.is_empty();
        description.needs_words && self.recipe.prompt.trim().is_empty() && !is_board_said
    }
}

/// Steps of a draft and of a final.
pub struct Steps {
    /// Of a draft.
    pub draft: i64,
    /// Of a final.
    pub usual: i64,
}

/// The steps that a model takes; `None` where it has none to choose.
pub fn steps_of(offer: &Offer) -> Option<Steps> {
    let parameters = offer.info.parameters.iter();
    let kind = parameters
        .filter(|parameter| parameter.id == STEPS)
        .map(|parameter| &parameter.kind)
        .next()?;
    match kind {
        ParameterKind::Integer { min, default, .. } => Some(Steps {
            draft: (default / DRAFT_PART).max(*min),
            usual: *default,
        }),
        _ => None,
    }
}

/// A generated item with its request.
pub fn generated_item(document: &Document, item: ItemId) -> Option<(&Item, &Generated)> {
    let (_, item) = document.sequence.item(item)?;
    match &item.content {
        Content::Generated(generated) => Some((item, generated)),
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
    }
}

/// A number that nobody can foresee, short enough to be read aloud.
fn random_seed() -> u64 {
    // The standard library seeds each of its hashers from the system.
    let state = std::collections::hash_map::RandomState::new();
    state.build_hasher().finish() >> 40
}

/// Pictures and clips of the project that a text cites as `@name`, by their names without endings.
pub fn cited(document: &Document, text: &str) -> Vec<AssetId> {
    let text = text.to_lowercase();
    let is_cited = |name: &str| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        !stem.is_empty() && text.contains(&format!("@{}", stem.to_lowercase()))
    };
    let assets = document.assets.iter();
    assets
        .filter(|asset| asset.info.video.is_some() && is_cited(&asset.name))
        .map(|asset| asset.id)
        .collect()
}

/// What was asked of the engine about an ask; asked again only when some of it changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub revision: runtime::Revision,
    pub item: ItemId,
    /// With a mark in place of words: whether there are some decides, not which.
    pub recipe: Recipe,
}

/// The ask that the bar over the timeline shows, and what the engine said about it.
#[derive(Debug, Default)]
pub struct Asking {
    /// What is asked; `None` while the bar is closed.
    pub ask: Option<Ask>,
    /// Whether the prompt wants the keyboard.
    pub wants_focus: bool,
    /// Whether the drawer with everything else is open.
    pub is_advanced: bool,
    /// What the helpers with words remember.
    pub words: WordsState,
    /// Whether the dialog for finals shows it in place of the bar.
    pub is_final: bool,
    /// How many minutes there are for what is asked; `None` for as long as it takes.
    pub minutes: Option<f64>,
    /// For how many minutes, which model and how many takes work was picked last: what is changed by hand afterwards
    /// stays.
    pub(crate) picked_for: Option<(u64, String, u32)>,
    /// The wish for which the bar was closed: it does not open by itself again.
    pub(crate) closed_for: Option<ItemId>,
    pub(crate) question: Option<Question>,
    number: u64,
    answer: Option<Result<Arc<Description>, Problem>>,
}

impl Asking {
    /// Opens the bar.
    pub fn open(&mut self, ask: Ask, wants_focus: bool) {
        if self.ask.as_ref().is_none_or(|old| old.items != ask.items) {
            self.ask = Some(ask);
            self.picked_for = None;
            self.question = None;
            self.answer = None;
        }
        self.wants_focus |= wants_focus;
        self.closed_for = None;
        self.is_final = false;
    }

    /// Opens the dialog for finals on this in place of the bar.
    pub fn open_final(&mut self, ask: Ask) {
        self.close();
        self.open(ask, false);
        self.is_final = true;
    }

    /// Closes the bar and gives back what was asked.
    pub fn close(&mut self) -> Option<Ask> {
        let ask = self.ask.take();
        self.is_final = false;
        self.closed_for = ask.as_ref().and_then(|ask| ask.items.first().copied());
        self.question = None;
        self.answer = None;
        ask
    }

    /// The number of a new question.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Takes an answer, unless it is one to an older question.
    pub fn take_answer(&mut self, number: u64, answer: Result<Arc<Description>, Problem>) {
        if number == self.number && self.ask.is_some() {
            self.answer = Some(answer);
        }
    }

    /// What the engine said; `None` while it has said nothing yet.
    pub fn answer(&self) -> Option<&Result<Arc<Description>, Problem>> {
        self.answer.as_ref()
    }

    /// Who makes it, as far as is known.
    pub fn chosen(&self) -> Option<&Offer> {
        let Some(Ok(description)) = &self.answer else {
            return None;
        };
        let model = &self.ask.as_ref()?.recipe.model;
        if model.is_empty() {
            return description.offers.get(description.automatic?);
        }
        let mut offers = description.offers.iter();
        offers.find(|offer| offer.info.id == *model)
    }
}
