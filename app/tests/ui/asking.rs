//! What is asked of models: by pulling edges, in the bar over the timeline, on cards.

use crate::stage::Stage;
use av::{FrameCount, FrameIndex, FrameRange};
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use everframe::{action::Action, selection::Selection};
use runtime::{Command, JobRequest};
use timeline::{Content, Document, Edit, Generated, ItemId, Purpose, Recipe};

const CTRL: Modifiers = Modifiers::COMMAND;

/// Ten seconds of video with room on both sides.
fn clip_with_room() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::PlaceAsset {
        asset,
        track: None,
        at: av::FrameIndex(100),
        is_insert: false,
    });
    stage.act(Action::ZoomToFit);
    stage.act(Action::ZoomOut);
    stage.settle();
    stage
}

/// Pulls an edge of the clip by so many points and lets go.
fn pull_edge(stage: &mut Stage, name: &str, is_end: bool, by: f32) {
    let rect = stage.place_of(name);
    let from = if is_end {
        rect.right_center() - vec2(3.0, 0.0)
    } else {
        rect.left_center() + vec2(3.0, 0.0)
    };
    let to = from + vec2(by, 0.0);
    stage.press(from);
    stage.pull(from, to);
    stage.release(to);
}

#[test]
fn edges_pulled_past_their_media_wish_for_more() {
    let mut stage = clip_with_room();
    assert_eq!(stage.picture_track(), "[100..350)");
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 12.0);
    assert_eq!(stage.picture_track(), "[100..350)", "the end holds it");
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    let track = stage.picture_track();
    assert!(track.starts_with("[100..350) G?[350.."), "{track}");
    assert!(stage.shows_part("Generated clip Extend forwards"));
    let wished = stage.harness.state().view().selected_items().count();
    assert_eq!(wished, 1, "what is wished for is selected");

    // Its own edge makes it shorter; undo takes one gesture back at a time.
    pull_edge(&mut stage, "Generated clip Extend forwards", true, -40.0);
    let shorter = stage.picture_track();
    assert!(shorter.starts_with("[100..350) G?[350..") && shorter != track);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), track);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[100..350)");
    stage.key(CTRL | Modifiers::SHIFT, Key::Z);
    assert_eq!(stage.picture_track(), track);

    pull_edge(&mut stage, "Clip beach.mov, track V1", false, -70.0);
    let both = stage.picture_track();
    assert!(
        both.starts_with("G?[") && both.contains("..100) [100..350) G?["),
        "{both}"
    );
    stage.click("History tab");
    assert!(stage.shows_part("Extend backwards"));
}

/// A clip from the sequence's first frame on, and a title over its middle.
fn clip_at_the_start() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::AppendAsset { asset });
    stage.seek(100);
    stage.act(Action::AddTitle);
    stage.act(Action::ZoomToFit);
    stage.act(Action::ZoomOut);
    stage.settle();
    stage
}

/// First frames of the clip's sound and of the title.
fn followers(stage: &Stage) -> [i64; 2] {
    let document = stage.document();
    let start = |is_it: &dyn Fn(&timeline::Track, &timeline::Item) -> bool| {
        let mut found = document.sequence.tracks.iter().flat_map(|track| {
            let items = track.items.iter();
            items.filter(|item| is_it(track, item))
        });
        found.next().unwrap().start.0
    };
    let sound = start(&|track, _| track.kind == timeline::TrackKind::Audio);
    let title = start(&|_, item| matches!(item.content, Content::Title(_)));
    [sound, title]
}

#[test]
fn before_the_first_frame_the_rest_gives_way() {
    let mut stage = clip_at_the_start();
    assert_eq!(followers(&stage), [0, 100]);
    pull_edge(&mut stage, "Clip beach.mov, track V1", false, -60.0);
    let track = stage.picture_track();
    let (wish, clip) = track.split_once(' ').unwrap();
    let length = wish
        .strip_prefix("G?[0..")
        .and_then(|end| end.strip_suffix(')'));
    let length: i64 = length.unwrap().parse().unwrap();
    assert!(length > 0, "{track}");
    assert_eq!(clip, format!("[{length}..{})", length + 250));
    assert_eq!(followers(&stage), [length, 100 + length]);
    assert!(
        stage.shows("Generate now"),
        "the bar asks what is to happen"
    );
    // By its own edge it becomes longer.
    pull_edge(&mut stage, "Generated clip Extend backwards", false, -30.0);
    let longer = stage.picture_track();
    assert!(longer.starts_with("G?[0..") && longer != track, "{longer}");
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), track);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[0..250)", "one step each");
    assert_eq!(followers(&stage), [0, 100]);
}

#[test]
fn a_menu_makes_a_clip_longer_both_ways() {
    let mut stage = clip_at_the_start();
    stage.act(Action::Deselect);
    stage.seek(10);
    stage.act(Action::ExtendBackward);
    assert_eq!(stage.picture_track(), "G?[0..50) [50..300)");
    assert_eq!(followers(&stage), [50, 150]);
    assert!(stage.shows("Generate now"));
    stage.key(CTRL, Key::Z);
    stage.act(Action::ExtendForward);
    assert_eq!(stage.picture_track(), "[0..250) G?[250..300)");
    // What cannot be is told.
    stage.act(Action::Deselect);
    stage.act(Action::ExtendForward);
    assert!(stage.shows_part("Another clip lies in the way of more frames"));
    assert_eq!(stage.picture_track(), "[0..250) G?[250..300)");
}

#[test]
fn a_longer_result_wishes_for_the_new_part_alone() {
    let mut stage = clip_with_room();
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.picture_track().contains("G…[350.."));
    let queued = stage.engine.0.borrow().queue.clone();
    assert!(
        matches!(&queued[..], [(_, JobRequest::Generate { .. })]),
        "{queued:?}"
    );
    stage.engine.finish();
    stage.settle();
    stage.act(Action::ZoomToFit);
    stage.act(Action::ZoomOut);
    stage.act(Action::ZoomOut);
    stage.settle();
    // The fake's takes last ten seconds.
    pull_edge(&mut stage, "Generated clip Extend forwards", true, 520.0);
    let track = stage.picture_track();
    assert!(track.contains("G[350..600) G?[600.."), "{track}");
}

/// Recipes that were queued, as the engine would read them.
fn queued_recipes(stage: &Stage) -> Vec<Recipe> {
    let fake = stage.engine.0.borrow();
    let queued = fake.commands.iter().filter_map(|command| match command {
        Command::Queue {
            request: JobRequest::Generate { item },
            document,
            ..
        } => Some(generated(document, *item).recipe.clone()),
        _ => None,
    });
    queued.collect()
}

fn generated(document: &Document, item: ItemId) -> &Generated {
    let (_, item) = document.sequence.item(item).unwrap();
    match &item.content {
        Content::Generated(generated) => generated,
        other => panic!("{other:?}"),
    }
}

fn select(stage: &mut Stage, indices: &[usize]) {
    let document = stage.document();
    let items = &document.sequence.tracks[0].items;
    let ids = indices.iter().map(|index| items[*index].id);
    let selection = Selection::of_items(&document, ids);
    stage.act(Action::Select { selection });
}

fn type_into(stage: &mut Stage, name: &str, text: &str) {
    stage.harness.get_by_label(name).focus();
    stage.settle();
    stage.harness.get_by_label(name).type_text(text);
    stage.settle();
}

#[test]
fn releasing_opens_the_bar_and_enter_queues_what_is_typed() {
    let mut stage = clip_with_room();
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    assert!(stage.shows("Generate now"));
    assert!(stage.shows_part("Words: it reads the prompt"));
    assert!(stage.shows_part("Time: about 75 s, as measured here"));
    assert!(stage.shows_part("Memory: 0.9 GB, fits"));
    // The prompt has the keyboard already.
    stage
        .harness
        .get_by_label("Generate prompt")
        .type_text("waves");
    stage.settle();
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(
        stage.picture_track().contains("G…[350.."),
        "{}",
        stage.picture_track()
    );
    assert!(!stage.shows("Generate now"), "the bar is closed");
    let recipes = queued_recipes(&stage);
    assert_eq!(recipes.len(), 1);
    assert_eq!(recipes[0].prompt, "waves");
    // One step takes the asking back, the next one the wish.
    stage.key(CTRL, Key::Z);
    assert!(stage.picture_track().contains("G?[350.."));
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[100..350)");
}

#[test]
fn escape_leaves_the_wish_with_its_words() {
    let mut stage = clip_with_room();
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    stage
        .harness
        .get_by_label("Generate prompt")
        .type_text("雪地");
    stage.settle();
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Generate now"));
    assert!(stage.picture_track().contains("G?[350.."));
    let item = stage.document().sequence.tracks[0].items[1].id;
    assert_eq!(generated(&stage.document(), item).recipe.prompt, "雪地");
    // Asked for again, the words are there.
    stage.key(Modifiers::NONE, Key::G);
    assert!(stage.shows("Generate now"));
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(queued_recipes(&stage)[0].prompt, "雪地");
}

#[test]
fn takes_seeds_draft_and_settings_go_into_the_recipe() {
    let mut stage = clip_with_room();
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    stage.click("Draft");
    stage.click("3 takes");
    stage.click("Advanced");
    assert!(stage.shows_part("Settings of Words"));
    type_into(&mut stage, "Negative prompt", "rain");
    stage.click("Keep to beach.mov");
    stage.click("Generate now");
    let recipes = queued_recipes(&stage);
    assert_eq!(recipes.len(), 3);
    let seeds: Vec<u64> = recipes
        .iter()
        .map(|recipe| recipe.seed - recipes[0].seed)
        .collect();
    assert_eq!(seeds, [0, 1, 2]);
    for recipe in &recipes {
        assert_eq!(recipe.num_inference_steps, Some(10));
        assert_eq!(recipe.negative_prompt, "rain");
        assert_eq!(recipe.references.len(), 1);
    }
    stage.key(CTRL, Key::Z);
    assert!(
        stage.picture_track().contains("G?["),
        "one step for all three"
    );
}

#[test]
fn neighbors_are_joined_over_their_cut_or_their_gap() {
    let mut stage = clip_with_room();
    stage.seek(200);
    stage.act(Action::SplitAtPlayhead);
    stage.act(Action::Deselect);
    stage.act(Action::JoinClips);
    assert_eq!(stage.picture_track(), "[100..187) G?[187..213) [213..350)");
    assert!(stage.shows("Generate now"));
    stage.key(CTRL, Key::Z);
    stage.act(Action::Deselect);
    assert_eq!(stage.picture_track(), "[100..200) [200..350)");
    let right = stage.document().sequence.tracks[0].items[1].id;
    stage.act(Action::Apply {
        edit: Edit::Move {
            items: vec![right],
            by: FrameCount(30),
            to_track: None,
        },
    });
    select(&mut stage, &[0, 1]);
    stage.act(Action::JoinClips);
    assert_eq!(stage.picture_track(), "[100..200) G?[200..230) [230..380)");
    let item = stage.document().sequence.tracks[0].items[1].id;
    let joined = stage.document();
    assert_eq!(generated(&joined, item).purpose, Purpose::Join);
    assert_eq!(generated(&joined, item).anchors.len(), 2);
}

#[test]
fn stills_move_alone_from_one_to_the_next_and_through_several() {
    let mut stage = Stage::open();
    stage.import(&["a.jpg", "b.jpg", "c.jpg"]);
    let assets: Vec<_> = stage
        .document()
        .assets
        .iter()
        .map(|asset| asset.id)
        .collect();
    for asset in assets {
        stage.act(Action::AppendAsset { asset });
    }
    assert_eq!(stage.picture_track(), "[0..125) [125..250) [250..375)");
    select(&mut stage, &[0]);
    stage.act(Action::AnimateStills);
    assert_eq!(
        stage.picture_track(),
        "[0..1) G?[1..125) [125..250) [250..375)"
    );
    assert!(stage.shows_part("Camera"), "the move is chosen in the bar");
    stage.key(CTRL, Key::Z);
    select(&mut stage, &[0, 1]);
    stage.act(Action::AnimateStills);
    assert_eq!(
        stage.picture_track(),
        "[0..1) G?[1..249) [249..250) [250..375)"
    );
    stage.key(CTRL, Key::Z);
    select(&mut stage, &[0, 1, 2]);
    stage.act(Action::AnimateStills);
    assert_eq!(
        stage.picture_track(),
        "[0..1) G?[1..125) [125..126) G?[126..374) [374..375)"
    );
    stage.click("Generate now");
    assert_eq!(queued_recipes(&stage).len(), 2, "one bar asks for both");
    stage.key(CTRL, Key::Z);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[0..125) [125..250) [250..375)");
}

#[test]
fn words_alone_fill_marks_gaps_or_a_new_track() {
    let mut stage = clip_with_room();
    stage.act(Action::Deselect);
    stage.seek(10);
    stage.act(Action::TextToVideo);
    assert_eq!(stage.picture_track(), "[100..350)", "nothing is covered");
    let tracks = stage.document().sequence.tracks.clone();
    let lies =
        |track: &&std::sync::Arc<timeline::Track>| track.items.first().map(|item| item.range());
    let places: Vec<_> = tracks
        .iter()
        .skip(1)
        .filter_map(|track| lies(&track))
        .collect();
    assert!(
        places.contains(&FrameRange::new(FrameIndex(10), FrameCount(100))),
        "four seconds: {places:?}"
    );
    stage.key(CTRL, Key::Z);
    stage.seek(20);
    stage.act(Action::SetMarkIn);
    stage.seek(59);
    stage.act(Action::SetMarkOut);
    stage.act(Action::TextToVideo);
    assert_eq!(stage.picture_track(), "G?[20..60) [100..350)");
}

#[test]
fn damaged_frames_are_found_and_made_anew_in_one_step() {
    let mut stage = clip_with_room();
    select(&mut stage, &[0]);
    stage.act(Action::FindDamage);
    stage.engine.finish();
    stage.settle();
    assert!(stage.shows("Retake all"));
    assert!(stage.shows_part("Shown twice"));
    let before = stage.picture_track();
    stage.act(Action::CloseDialog {});
    stage.act(Action::Retake {
        track: stage.document().sequence.tracks[0].id,
        ranges: vec![
            FrameRange::new(FrameIndex(120), FrameCount(1)),
            FrameRange::new(FrameIndex(160), FrameCount(2)),
        ],
    });
    assert_eq!(
        stage.picture_track(),
        "[100..120) G…[120..121) [121..160) G…[160..162) [162..350)"
    );
    assert_eq!(queued_recipes(&stage).len(), 2);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), before);
    stage.seek(130);
    stage.act(Action::SetMarkIn);
    stage.seek(133);
    stage.act(Action::SetMarkOut);
    stage.act(Action::HealRange);
    assert_eq!(stage.picture_track(), "[100..130) G?[130..134) [134..350)");
}

#[test]
fn one_sentence_becomes_cards_that_become_one_request() {
    let mut stage = clip_with_room();
    stage.act(Action::ShowStoryboard);
    type_into(&mut stage, "Idea", "一只红狐狸在雪地里奔跑");
    stage.click("Make cards");
    let first = |stage: &Stage| stage.harness.get_by_label("Words of card 1").value();
    let opening = first(&stage);
    assert!(
        opening.as_deref().unwrap().contains("红狐狸"),
        "{opening:?}"
    );
    stage.click("Move card 2 up");
    assert_ne!(first(&stage), opening);
    // The last cards lie below what shows.
    for name in ["Remove card 4", "Card 2: Cut"] {
        stage.harness.get_by_label(name).click_accesskit();
        stage.settle();
    }
    assert!(
        stage.shows_part("8.0 s of at most 60 s"),
        "lengths are added up"
    );
    stage.click("Put on the timeline…");
    assert!(stage.shows("Generate now"));
    stage.click("Generate now");
    let recipes = queued_recipes(&stage);
    assert_eq!(recipes.len(), 1, "one request");
    let board = &recipes[0].storyboard;
    assert_eq!(board.len(), 3);
    assert_eq!(
        board.iter().map(|shot| shot.count).sum::<FrameCount>(),
        FrameCount(200)
    );
    assert!(board[1].starts_with_cut && !board[0].starts_with_cut);
}

#[test]
fn cards_are_carried_by_their_handles() {
    let mut stage = clip_with_room();
    stage.act(Action::ShowStoryboard);
    type_into(&mut stage, "Idea", "A red fox runs through snow");
    stage.click("Make cards");
    let words = |stage: &Stage, card: usize| {
        let name = format!("Words of card {card}");
        stage.harness.get_by_label(&name).value()
    };
    let (first, second) = (words(&stage, 1), words(&stage, 2));
    let from = stage.harness.get_by_label("Carry card 1").rect().center();
    let to = stage.harness.get_by_label("Carry card 2").rect().center();
    stage.press(from);
    stage.pull(from, to);
    stage.release(to);
    assert_eq!((words(&stage, 1), words(&stage, 2)), (second, first));
}

#[test]
fn ideas_are_expanded_before_they_are_used_and_remembered_after() {
    let mut stage = clip_with_room();
    stage.act(Action::Deselect);
    stage.act(Action::TextToVideo);
    type_into(&mut stage, "Generate prompt", "a red fox runs in snow");
    stage.click("Expand the prompt");
    let subject = stage.harness.get_by_label("Subject words").value();
    assert_eq!(subject.as_deref(), Some("a red fox"));
    stage.click("Use these words");
    let prompt = stage
        .harness
        .get_by_label("Generate prompt")
        .value()
        .unwrap();
    assert!(prompt.starts_with("a red fox runs in snow, "), "{prompt}");
    stage.click("Generate now");
    assert_eq!(queued_recipes(&stage)[0].prompt, prompt);
    stage.act(Action::Deselect);
    stage.seek(600);
    stage.act(Action::TextToVideo);
    stage.click("Earlier prompts");
    stage.click(&prompt);
    let again = stage
        .harness
        .get_by_label("Generate prompt")
        .value()
        .unwrap();
    assert_eq!(again, prompt);
}
