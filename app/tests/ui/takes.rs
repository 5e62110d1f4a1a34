//! Takes as a person works with them: asked for, switched while playing, rated, compared, refreshed, their seams looped.

use crate::stage::Stage;
use av::{FrameIndex, Ratio};
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use everframe::{action::Action, selection::Selection, takes::SeedChoice};
use runtime::{Command, Comparison};
use timeline::{Content, Edit, Generated, Item, ItemId, edit::Edge};

/// A gap of 50 frames between two clips, filled once, the filled item selected.
pub fn filled() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::AppendAsset { asset });
    for frame in [100, 150] {
        stage.seek(frame);
        stage.act(Action::SplitAtPlayhead);
    }
    let middle = stage.document().sequence.tracks[0].items[1].id;
    select(&mut stage, middle);
    stage.act(Action::Lift);
    stage.seek(120);
    stage.act(Action::FillGap);
    stage.engine.finish();
    stage.settle();
    let (item, _) = generated(&stage);
    select(&mut stage, item.id);
    stage
}

fn select(stage: &mut Stage, item: ItemId) {
    let selection = Selection::of_item(&stage.document(), item);
    stage.act(Action::Select { selection });
}

fn generated(stage: &Stage) -> (Item, Generated) {
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let mut found = tracks
        .flat_map(|track| &track.items)
        .filter_map(|item| match &item.content {
            Content::Generated(generated) => Some(((**item).clone(), (**generated).clone())),
            _ => None,
        });
    found.next().unwrap()
}

fn shown(stage: &Stage) -> usize {
    let (_, generated) = generated(stage);
    let place = generated
        .takes
        .iter()
        .position(|take| Some(take.id) == generated.active);
    place.unwrap() + 1
}

/// A second take, by the next seed.
fn another(stage: &mut Stage) {
    stage.key(Modifiers::ALT, Key::T);
    stage.engine.finish();
    stage.settle();
}

fn count(stage: &Stage, is_it: impl Fn(&Command) -> bool) -> usize {
    let fake = stage.engine.0.borrow();
    fake.commands
        .iter()
        .filter(|command| is_it(command))
        .count()
}

#[test]
fn number_keys_switch_takes_while_it_plays() {
    let mut stage = filled();
    another(&mut stage);
    assert!(stage.shows("Take 1, seed 0, seam ΔE 1.1"));
    assert!(stage.shows("Take 2, shown, seed 1, seam ΔE 2.1"));
    stage.key(Modifiers::NONE, Key::Space);
    let stops = |stage: &Stage| {
        count(stage, |command| {
            matches!(
                command,
                Command::Pause | Command::Play { .. } | Command::Seek { .. }
            )
        })
    };
    let documents = |stage: &Stage| {
        count(stage, |command| {
            matches!(command, Command::SetDocument { .. })
        })
    };
    let before = (stops(&stage), documents(&stage));
    stage.key(Modifiers::NONE, Key::Num1);
    assert_eq!(shown(&stage), 1);
    assert!(stage.shows("Take 1, shown, seed 0, seam ΔE 1.1"));
    stage.key(Modifiers::NONE, Key::Num2);
    assert_eq!(shown(&stage), 2);
    stage.key(Modifiers::NONE, Key::OpenBracket);
    assert_eq!(shown(&stage), 1);
    assert_eq!(stops(&stage), before.0, "playback was left alone");
    assert_eq!(documents(&stage), before.1 + 3, "each take was shown");
    stage.key(Modifiers::NONE, Key::Num7);
    assert!(stage.shows_part("There is no take 7"));
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&stage), 2, "a choice can be taken back");
}

#[test]
fn takes_are_rated_and_taken_off_the_list() {
    let mut stage = filled();
    another(&mut stage);
    stage.click("Rate take 2 with 4 stars");
    assert!(stage.shows("Take 2, shown, 4 stars, seed 1, seam ΔE 2.1"));
    stage.click("Rate take 2 with 4 stars");
    assert_eq!(
        generated(&stage).1.takes[1].rating,
        0,
        "again takes it away"
    );
    let assets = stage.document().assets.len();
    let (item, made) = generated(&stage);
    let edit = Edit::RemoveTake {
        item: item.id,
        take: made.takes[1].id,
    };
    stage.act(Action::Apply { edit });
    assert_eq!(shown(&stage), 1);
    assert_eq!(stage.document().assets.len(), assets, "no file is given up");
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!((shown(&stage), generated(&stage).1.takes.len()), (2, 2));
}

#[test]
fn the_next_take_gets_the_chosen_seed_and_the_same_one_is_not_listed_twice() {
    let mut stage = filled();
    let (item, _) = generated(&stage);
    let item = item.id;
    let ask = |stage: &mut Stage, seed| {
        stage.act(Action::AskTake { item, seed });
        stage.engine.finish();
        stage.settle();
    };
    ask(&mut stage, SeedChoice::Next);
    ask(&mut stage, SeedChoice::Next);
    ask(&mut stage, SeedChoice::Locked);
    let seeds = |stage: &Stage| {
        let takes = generated(stage).1.takes;
        takes
            .iter()
            .map(|take| take.recipe.seed)
            .collect::<Vec<_>>()
    };
    assert_eq!(seeds(&stage), [0, 1, 2]);
    assert!(stage.shows_part("the same as take 3"));
    ask(&mut stage, SeedChoice::Random);
    assert_eq!(seeds(&stage).len(), 4);
}

#[test]
fn three_variations_wait_and_the_look_stays_on_the_first_that_came() {
    let mut stage = filled();
    stage.click("Vary");
    assert_eq!(stage.engine.0.borrow().queue.len(), 3);
    stage.engine.finish();
    stage.settle();
    assert_eq!(
        shown(&stage),
        2,
        "the first one shows as soon as it is there"
    );
    stage.click("Take 1, seed 0, seam ΔE 1.1");
    stage.engine.finish();
    stage.settle();
    assert_eq!((shown(&stage), generated(&stage).1.takes.len()), (1, 3));
    stage.click("Cancel this take");
    assert_eq!(stage.picture_track(), "[0..100) G[100..150) [150..250)");
    let seeds = generated(&stage).1.takes;
    let seeds: Vec<u64> = seeds.iter().map(|take| take.recipe.seed).collect();
    assert_eq!(seeds, [0, 1, 2]);
}

#[test]
fn two_takes_are_set_against_each_other() {
    let mut stage = filled();
    stage.act(Action::CompareWipe);
    assert!(stage.shows_part("only one take"));
    another(&mut stage);
    stage.click("Compare by wipe");
    let told = |stage: &Stage| {
        let fake = stage.engine.0.borrow();
        let compared = fake
            .commands
            .iter()
            .rev()
            .find_map(|command| match command {
                Command::Compare { other } => Some(other.clone()),
                _ => None,
            });
        compared.unwrap()
    };
    let (other, how) = told(&stage).unwrap();
    assert_eq!(how, Comparison::Wipe);
    let first = generated(&stage).1.takes[0].clone();
    let plan = timeline::plan_frame(&other, FrameIndex(120));
    assert_eq!(plan.moments()[0].asset, first.asset, "the other take");
    assert!(stage.shows("Line between the takes"));
    stage.click("Compare by difference");
    assert_eq!(told(&stage).unwrap().1, Comparison::Difference);
    assert!(!stage.shows("Line between the takes"));
    stage.act(Action::CompareDifference);
    assert!(told(&stage).is_none(), "again stops it");
    stage.act(Action::CompareWipe);
    stage.key(Modifiers::NONE, Key::Num1);
    assert!(told(&stage).is_none(), "a take is not set against itself");
}

#[test]
fn seams_are_listed_worst_first_and_looped() {
    let mut stage = filled();
    another(&mut stage);
    stage.act(Action::ShowSeams);
    let start = "Loop the start of Fill at 00:00:04:00";
    let end = "Loop the end of Fill at 00:00:06:00";
    let top = |stage: &Stage, name: &str| stage.harness.get_by_label(name).rect().top();
    assert!(top(&stage, end) < top(&stage, start), "by color");
    assert!(stage.shows("Color ΔE 2.1 · fair"));
    stage.click("Sort by motion");
    assert!(top(&stage, start) < top(&stage, end));
    assert!(stage.shows("Motion × 2.60 · poor"));
    stage.click(start);
    let fake = stage.engine.0.borrow();
    let Some(Command::Play { speed, repeat }) = fake.commands.last() else {
        panic!("{:?}", fake.commands.last());
    };
    assert_eq!(*speed, Ratio::ONE);
    let range = repeat.unwrap();
    assert_eq!(
        (range.start, range.end()),
        (FrameIndex(88), FrameIndex(112))
    );
}

#[test]
fn a_trimmed_neighbor_makes_it_stale_and_one_press_makes_it_again() {
    let mut stage = filled();
    let left = stage.document().sequence.tracks[0].items[0].id;
    let trim = Edit::Trim {
        item: left,
        edge: Edge::End,
        to: FrameIndex(98),
        alone: false,
    };
    stage.act(Action::Apply { edit: trim });
    assert_eq!(stage.picture_track(), "[0..98) G![100..150) [150..250)");
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.picture_track(), "[0..100) G[100..150) [150..250)");
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    let (item, _) = generated(&stage);
    select(&mut stage, item.id);
    stage.click("Refresh");
    assert_eq!(stage.picture_track(), "[0..98) G…[100..150) [150..250)");
    stage.click("Cancel this take");
    assert_eq!(
        stage.picture_track(),
        "[0..98) G![100..150) [150..250)",
        "not made, so still stale"
    );
    // The real engine's fingerprint would tell the new surroundings; the fake's tells the seed.
    stage.act(Action::RefreshStale);
    stage.engine.finish();
    stage.settle();
    assert_eq!(stage.picture_track(), "[0..98) G[100..150) [150..250)");
}
