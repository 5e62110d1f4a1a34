//! Who could make a generated item, and what that would take on this machine: asked by the window before anything is
//! queued, answered on a thread of its own from the shape of the request alone. No frame is decoded, no weights are read.

pub mod budget;

use crate::{
    Event, Problem,
    error::Result,
    generate,
    models::{
        all_models,
        list::{Fit, memory_bytes},
    },
    outbox::Outbox,
    pace::{PaceBook, Work},
};
use budget::Rung;
use crossbeam_channel::Receiver;
use generation::{Backend, BackendInfo, Capability, Estimate, Request};
use std::{sync::Arc, time::Duration};
use timeline::{Document, Draft, DraftFrames, ItemId, Purpose, Recipe};

/// Who could make an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Everyone who offers it, the most fitting first.
    pub offers: Vec<Offer>,
    /// Which of them makes it when nobody is chosen; `None` when none can.
    pub automatic: Option<usize>,
    /// Why that one, or why nobody, for people.
    pub why: String,
    /// Whether it must be said in words what is wanted.
    pub needs_words: bool,
}

/// One who offers to make an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it says of itself.
    pub info: BackendInfo,
    /// Whether it reads the prompt here.
    pub reads_prompt: bool,
    /// Most reference pictures that it uses here.
    pub references_max: usize,
    /// Whether it makes several shots at once.
    pub takes_storyboard: bool,
    /// Longest piece, in seconds, at which it still looks good.
    pub best_below_seconds: Option<f64>,
    /// Why it cannot make this one.
    pub refusal: Option<String>,
    /// How long it takes, as measured on this machine; `None` while that was never measured.
    pub duration: Option<Duration>,
    /// Memory it takes, in bytes.
    pub memory_bytes: u64,
    /// Whether that fits into this machine.
    pub fit: Fit,
    /// What of a draft's pictures it can be shown here; empty where the item is not made after one.
    pub draft: Vec<DraftFrames>,
    /// The same with less work, as far as its times are known on this machine; the least is given up first.
    pub ladder: Vec<Rung>,
}

/// A question of the window.
#[derive(Debug, Clone)]
pub struct DescribeOrder {
    /// Its number, which the answer bears.
    pub number: u64,
    /// The document, with the item as it would be asked for.
    pub document: Arc<Document>,
    /// The item.
    pub item: ItemId,
}

/// Answers the newest question of those that wait, until nobody can ask any more.
pub fn describe_thread(orders: &Receiver<DescribeOrder>, pace: &PaceBook, outbox: &Outbox) {
    while let Ok(first) = orders.recv() {
        let order = orders.try_iter().last().unwrap_or(first);
        let answer = describe(&order.document, order.item, pace);
        outbox.send(Event::Described {
            number: order.number,
            answer: answer.map(Arc::new).map_err(Problem::from),
        });
    }
}

/// Who could make an item, and what that would take.
pub fn describe(document: &Document, item: ItemId, pace: &PaceBook) -> Result<Description> {
    let shape = generate::Shape::of(document, item)?;
    if shape.generated.purpose == Purpose::Upscale {
        return generate::enlarge::description(&shape, pace);
    }
    let models = all_models()?;
    let recipe = &shape.generated.recipe;
    let anyone = Recipe {
        model: String::new(),
        ..recipe.clone()
    };
    let found = generate::candidates(&models, &anyone, shape.operation(), shape.seconds())?;
    let memory = memory_bytes();
    let mut offers = Vec::with_capacity(found.len());
    let mut automatic = None;
    for (backend, capability) in found {
        let (offer, is_able) = offer(backend.as_ref(), &capability, &shape, (pace, memory))?;
        if automatic.is_none() && is_able && !offer.info.is_experimental {
            automatic = Some(offers.len());
        }
        offers.push(offer);
    }
    let why = why(&offers, automatic, &shape);
    Ok(Description {
        needs_words: generate::require_words(shape.generated.purpose, &wordless(recipe)).is_err(),
        offers,
        automatic,
        why,
    })
}

/// What one of them offers, and whether it would make the item just as it is asked for.
fn offer(
    backend: &dyn Backend,
    offered: &Capability,
    shape: &generate::Shape<'_>,
    (pace, memory): (&PaceBook, Option<u64>),
) -> Result<(Offer, bool)> {
    let info = backend.describe().clone();
    let (asked, estimated) = answer(backend, offered, shape)?;
    let refusal = estimated.as_ref().err().cloned();
    let estimate = estimated.ok();
    let needed = estimate.map_or(0, |estimate| estimate.memory_bytes);
    let ladder = match (&asked, refusal.is_none()) {
        (Some(_), true) => budget::ladder(backend, offered, shape, pace)?,
        _ => Vec::new(),
    };
    let offer = Offer {
        reads_prompt: offered.reads_prompt,
        references_max: offered.references_max,
        takes_storyboard: offered.takes_storyboard,
        best_below_seconds: offered.best_below_seconds,
        duration: asked
            .as_ref()
            .and_then(|asked| duration(backend, &asked.request, estimate, pace)),
        memory_bytes: needed,
        fit: Fit::of(needed, memory),
        draft: draft_frames(backend, offered, shape)?,
        ladder,
        refusal,
        info,
    };
    Ok((offer, asked.is_some_and(|asked| asked.is_whole)))
}

/// What a backend would be asked.
struct Asked {
    request: Request,
    /// Whether it is all that was asked for, and nobody else's settings had to be left out.
    is_whole: bool,
}

/// What a backend would be asked, and what it says to that: why it cannot, or what it takes.
fn answer(
    backend: &dyn Backend,
    offered: &Capability,
    shape: &generate::Shape<'_>,
) -> Result<(Option<Asked>, Result<Estimate, String>)> {
    let info = backend.describe();
    let Some(capability) = shape.capability(info, offered) else {
        let reason = format!(
            "{} cannot be guided by a draft's pictures; its words and seed alone can go over",
            info.name
        );
        return Ok((None, Err(reason)));
    };
    let mut request = shape.request(info, &capability)?;
    let estimated = backend.estimate(&request);
    let is_whole = estimated.is_ok();
    // What is set for another model does not keep this one from being chosen.
    request
        .parameters
        .retain(|id, _| info.parameters.iter().any(|known| known.id == *id));
    let estimate = estimated.or_else(|_other| backend.estimate(&request));
    let estimate = estimate.map_err(|error| error.to_string());
    Ok((Some(Asked { request, is_whole }), estimate))
}

/// What of the item's draft a backend can be shown; nothing where there is no draft.
fn draft_frames(
    backend: &dyn Backend,
    offered: &Capability,
    shape: &generate::Shape<'_>,
) -> Result<Vec<DraftFrames>> {
    let recipe = &shape.generated.recipe;
    let Some(draft) = recipe.draft else {
        return Ok(Vec::new());
    };
    let mut able = Vec::new();
    for frames in generate::possible_frames(shape.generated.purpose) {
        let recipe = Recipe {
            draft: Some(Draft {
                frames: *frames,
                ..draft
            }),
            ..recipe.clone()
        };
        let (_, estimated) = answer(backend, offered, &shape.with_recipe(recipe))?;
        if estimated.is_ok() {
            able.push(*frames);
        }
    }
    Ok(able)
}

fn wordless(recipe: &Recipe) -> Recipe {
    Recipe {
        prompt: String::new(),
        storyboard: Vec::new(),
        ..recipe.clone()
    }
}

/// What the backend itself measured, else what jobs of it took here.
fn duration(
    backend: &dyn Backend,
    request: &Request,
    estimate: Option<Estimate>,
    pace: &PaceBook,
) -> Option<Duration> {
    let measured = estimate?.duration;
    measured.or_else(|| pace.duration(work(backend.describe(), request)))
}

/// What a request is for the book of measured paces.
pub(crate) fn work<'a>(info: &'a BackendInfo, request: &Request) -> Work<'a> {
    let steps = info.integer(request, "num_inference_steps").max(1);
    let frames = request.clip.frames_to_make().max(1);
    Work {
        model: &info.id,
        pixels: request.clip.size().area() as f64 * frames as f64 * steps as f64,
    }
}

/// Why somebody is chosen, in a sentence.
fn why(offers: &[Offer], automatic: Option<usize>, shape: &generate::Shape<'_>) -> String {
    let Some(chosen) = automatic.and_then(|index| offers.get(index)) else {
        let refusal = offers.iter().find_map(|offer| offer.refusal.clone());
        let nobody = format!("No model that is here offers \"{}\"", shape.operation());
        return refusal.unwrap_or(nobody);
    };
    let others = offers
        .iter()
        .filter(|offer| offer.refusal.is_none() && !offer.info.is_experimental)
        .count()
        - 1;
    let has_words = !shape.generated.recipe.prompt.trim().is_empty();
    if others == 0 {
        "it is the only one here that can".into()
    } else if has_words && chosen.reads_prompt {
        "it reads the prompt".into()
    } else if let Some(best) = chosen
        .best_below_seconds
        .filter(|best| shape.seconds() <= *best)
    {
        format!("it is made for short pieces, up to {best} s")
    } else if has_words {
        "nobody here reads the prompt for this".into()
    } else {
        "it is the most capable one here".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{
        ColorSpace, Fingerprint, FrameCount, FrameIndex, FrameRange, FrameRate, MediaInfo, Ratio,
        ScanSize, Ticks, VideoStreamInfo,
    };
    use timeline::{
        Edit, GeneratedState, Purpose, Sequence,
        edit::{Edge, Placement, apply_edit},
    };

    const SIZE: ScanSize = ScanSize::new(320, 180);

    /// Four seconds of a file that nobody opens, and a wish for one more behind it.
    fn extended() -> (Document, ItemId) {
        pulled(Edge::End, 125)
    }

    /// The same with the wish where an edge is pulled to.
    fn pulled(edge: Edge, to: i64) -> (Document, ItemId) {
        let empty = Document::new("Test", Sequence::new(SIZE, FrameRate::FPS_25));
        let info = MediaInfo {
            container: "MP4".into(),
            duration: Ticks::from_seconds_fraction(4, 1),
            video: Some(VideoStreamInfo {
                size: SIZE,
                pixel_aspect: Ratio::ONE,
                rate: Some(FrameRate::FPS_25),
                frame_count: 100,
                codec: "H.264".into(),
                color: ColorSpace::VIDEO,
                has_alpha: false,
            }),
            audio: None,
            is_still: false,
        };
        let add = Edit::AddAsset {
            fingerprint: Fingerprint([7; 16]),
            path: "nowhere.mp4".into(),
            name: String::new(),
            info: Box::new(info),
            is_generated: false,
        };
        let added = apply_edit(&empty, &add).unwrap();
        let placement = Placement::whole(added.created.assets[0]);
        let placed = apply_edit(&added.document, &Edit::Append { placement }).unwrap();
        let pull = Edit::Overshoot {
            item: placed.created.items[0],
            edge,
            to: FrameIndex(to),
            alone: false,
        };
        let pulled = apply_edit(&placed.document, &pull).unwrap();
        (pulled.document, pulled.created.items[0])
    }

    #[test]
    fn who_could_go_on_is_told_without_opening_the_file() {
        let (document, item) = extended();
        let pace = PaceBook::default();
        let told = describe(&document, item, &pace).unwrap();
        let chosen = &told.offers[told.automatic.unwrap()];
        assert_eq!(chosen.refusal, None);
        assert!(!told.needs_words && !told.why.is_empty());
        assert_eq!(chosen.duration, None, "nothing was measured here");
        assert!(chosen.memory_bytes > 0);
        let work = Work {
            model: &chosen.info.id,
            pixels: 1e6,
        };
        pace.learn(work, Duration::from_secs(1));
        let told = describe(&document, item, &pace).unwrap();
        assert!(told.offers[told.automatic.unwrap()].duration.is_some());
    }

    /// Shorter drafts lead to the clip too.
    #[test]
    fn who_could_begin_earlier_is_told_at_the_sequences_start() {
        let (document, item) = pulled(Edge::Start, -25);
        let pace = PaceBook::default();
        for _before_and_after_a_measurement in 0..2 {
            let told = describe(&document, item, &pace).unwrap();
            let chosen = &told.offers[told.automatic.unwrap()];
            assert_eq!(chosen.refusal, None);
            pace.learn(
                Work {
                    model: &chosen.info.id,
                    pixels: 1e6,
                },
                Duration::from_secs(1),
            );
        }
    }

    #[test]
    fn words_are_needed_where_nothing_else_is_known() {
        let (document, _) = extended();
        let place = |prompt: &str, start| {
            let edit = Edit::PlaceGenerated {
                track: document.sequence.tracks[0].id,
                range: FrameRange::new(FrameIndex(start), FrameCount(50)),
                purpose: Purpose::TextToVideo,
                recipe: Box::new(Recipe {
                    prompt: prompt.into(),
                    ..Recipe::default()
                }),
                anchors: Vec::new(),
                state: GeneratedState::Ghost,
            };
            let applied = apply_edit(&document, &edit).unwrap();
            let item = applied.created.items[0];
            describe(&applied.document, item, &PaceBook::default()).unwrap()
        };
        assert!(place("", 200).needs_words);
        let told = place("a red fox", 200);
        assert!(
            told.needs_words,
            "it says that they are needed, not that they are missing"
        );
        assert!(told.offers[told.automatic.unwrap()].reads_prompt);
    }
}
