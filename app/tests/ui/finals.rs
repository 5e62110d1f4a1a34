//! From drafts to finals, and what is seen of takes on their way: finals asked for, previews shown, takes played on
//! their cards, work picked for the minutes there are.

use crate::{stage::Stage, takes::filled};
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use everframe::action::Action;
use runtime::{Command, JobRequest};
use timeline::{Content, DraftFrames, Generated, Recipe};

fn generated(stage: &Stage) -> Generated {
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let mut found = tracks
        .flat_map(|track| &track.items)
        .filter_map(|item| match &item.content {
            Content::Generated(generated) => Some((**generated).clone()),
            _ => None,
        });
    found.next().unwrap()
}

/// The recipe of the job that was queued last.
fn queued(stage: &Stage) -> Recipe {
    let fake = stage.engine.0.borrow();
    let queued = fake
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Queue {
                request: JobRequest::Generate { item },
                document,
                ..
            } => {
                let (_, item) = document.sequence.item(*item)?;
                match &item.content {
                    Content::Generated(generated) => Some(generated.recipe.clone()),
                    _ => None,
                }
            }
            _ => None,
        });
    queued.unwrap()
}

#[test]
fn a_draft_becomes_a_final_by_somebody_else_with_the_same_seed() {
    let mut stage = filled();
    stage.click("Make final");
    assert!(stage.shows_part("Goes over from take 1: the same words, seed 0"));
    assert!(stage.shows_part("Final by Quick"));
    // The one that reads words is chosen, and the draft's frames guide it.
    assert!(stage.shows_part("What moves where follows the draft"));
    stage.click("Final by Quick");
    assert!(stage.shows("Quick cannot be guided by pictures"));
    stage.click("Final by Words");
    stage.click("First and last frame");
    assert!(stage.shows_part("stay exactly as they are"));
    stage.click("All frames as a guide");
    stage.click("Make final now");
    assert!(!stage.shows("Make final now"), "the dialog is done");
    let recipe = queued(&stage);
    assert_eq!((recipe.model.as_str(), recipe.seed), ("words", 0));
    let draft = generated(&stage).takes[0].asset;
    let of = recipe.draft.unwrap();
    assert_eq!((of.asset, of.frames), (draft, DraftFrames::Guide));
    assert!(stage.shows_part("Final: Fill 50 frames"));
    stage.engine.finish();
    stage.settle();
    assert!(
        stage.shows("Take 1, seed 0, seam ΔE 1.1"),
        "the draft stays"
    );
    assert!(stage.shows("Take 2, shown, final of 1, seed 0, seam ΔE 1.1"));
    // Nothing that was made is given up: a step back shows the draft again, a step on the final.
    let shown = |stage: &Stage| {
        let made = generated(stage);
        let is_active = |take: &&timeline::Take| Some(take.id) == made.active;
        let take = made.takes.iter().find(is_active).unwrap();
        take.recipe.draft.is_some()
    };
    assert!(shown(&stage));
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(!shown(&stage) && generated(&stage).recipe.draft.is_none());
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(shown(&stage));
}

#[test]
fn a_final_that_is_not_made_leaves_nothing_behind() {
    let mut stage = filled();
    let before = stage.document();
    stage.key(Modifiers::ALT, Key::F);
    assert!(stage.shows("Make final now"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Make final now") && !stage.shows("Generate now"));
    assert_eq!(stage.document(), before);
}

#[test]
fn a_take_plays_on_its_card_while_the_pointer_is_on_it() {
    let mut stage = filled();
    let before = stage.document();
    let pictures = |stage: &Stage| {
        let fake = stage.engine.0.borrow();
        let asked = fake.commands.iter().map(|command| match command {
            Command::Thumbnails { times, .. } => times.len(),
            _ => 0,
        });
        asked.sum::<usize>()
    };
    let asked = pictures(&stage);
    let card = stage.place_of("Take 1, shown");
    stage.harness.hover_at(card.center_top() + vec2(0.0, 20.0));
    stage.settle();
    assert!(pictures(&stage) >= asked + 10, "its frames are asked for");
    assert_eq!(stage.document(), before, "looking changes nothing");
}

#[test]
fn previews_are_asked_for_shown_as_such_and_gone_afterwards() {
    let mut stage = filled();
    let asks = |stage: &Stage| {
        let fake = stage.engine.0.borrow();
        let mut commands = fake.commands.iter().rev();
        commands.find_map(|command| match command {
            Command::ShowPreviews { is_on } => Some(*is_on),
            _ => None,
        })
    };
    assert_eq!(asks(&stage), None, "off unless asked for");
    stage.act(Action::ShowPreferences);
    stage
        .harness
        .get_by_label_contains("Show rough pictures")
        .click();
    stage.settle();
    assert_eq!(asks(&stage), Some(true));
    stage.key(Modifiers::NONE, Key::Escape);
    stage.click("Another take");
    assert!(!stage.shows_part("Preview of"));
    stage.engine.show_preview();
    stage.settle();
    assert!(stage.shows_part("Preview of Fill 50 frames"));
    assert!(stage.shows("Rough preview, not the finished picture"));
    stage.engine.finish();
    stage.settle();
    assert!(!stage.shows_part("Preview of"));
}

/// A wish from words with the bar open on it.
fn wished() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::AppendAsset { asset });
    stage.seek(300);
    stage.act(Action::TextToVideo);
    stage
        .harness
        .get_by_label("Generate prompt")
        .type_text("waves");
    stage.settle();
    stage
}

/// Types a number of minutes in place of the one there is.
fn set_minutes(stage: &mut Stage, minutes: &str) {
    stage.harness.get_by_label("Minutes").focus();
    stage.settle();
    stage.key(Modifiers::COMMAND, Key::A);
    stage.harness.get_by_label("Minutes").type_text(minutes);
    stage.settle();
    stage.key(Modifiers::NONE, Key::Enter);
}

#[test]
fn work_is_picked_for_the_minutes_there_are_and_can_be_changed() {
    let mut stage = wished();
    stage.click("I have … minutes");
    assert!(stage.shows_part(
        "Picked for 5 min: 15 of 30 steps, 50 % of the size, all 100 frames, about 90 s"
    ));
    set_minutes(&mut stage, "7");
    assert!(stage.shows_part("Picked for 7 min: 20 of 30 steps, full size"));
    set_minutes(&mut stage, "20");
    assert!(stage.shows_part("20 min are enough for all 30 steps"));
    set_minutes(&mut stage, "1");
    assert!(stage.shows_part("Even the least work at this length takes about 90 s"));
    stage.click("Shorten to what fits");
    assert_eq!(generated(&stage).placed_count.0, 50);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(generated(&stage).placed_count.0, 100);
    set_minutes(&mut stage, "7");
    stage.click("Draft");
    stage.click("Generate now");
    assert_eq!(
        queued(&stage).num_inference_steps,
        Some(10),
        "what is chosen by hand afterwards counts"
    );
}

#[test]
fn minutes_are_of_no_use_where_nothing_was_timed() {
    let mut stage = wished();
    stage.click("I have … minutes");
    stage.click("Generate model");
    stage.click("Quick");
    assert!(stage.shows_part("Quick was never timed on this machine"));
    stage.click("No limit of time");
    assert!(!stage.shows_part("never timed"));
}
