//! Takes made after drafts, clips with more pixels, and what is told about both before they are made.

use crate::{
    bench::{Bench, fake, is_same},
    network::{recipe as tiny, with_model},
};
use av::{FrameRate, ScanSize};
use runtime::{
    describe::{Description, describe},
    pace::PaceBook,
};
use timeline::{Content, Draft, DraftFrames, Edit, Generated, ItemId, Purpose, Recipe};

fn generated(bench: &Bench, item: ItemId) -> Generated {
    let (_, found) = bench.document.sequence.item(item).unwrap();
    match &found.content {
        Content::Generated(generated) => (**generated).clone(),
        other => panic!("{other:?}"),
    }
}

fn ask(bench: &mut Bench, item: ItemId, recipe: Recipe) {
    let recipe = Box::new(recipe);
    bench.edit(&Edit::SetRecipe { item, recipe });
}

/// A clip from words that was drafted, and the question for a final after it.
fn drafted(frames: DraftFrames) -> (Bench, ItemId) {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 16], fake());
    bench.make(item);
    let asset = generated(&bench, item).takes[0].asset;
    let draft = Some(Draft { asset, frames });
    ask(&mut bench, item, Recipe { draft, ..tiny() });
    (bench, item)
}

#[test]
fn finals_are_made_after_words_ends_or_all_frames_of_a_draft() {
    with_model(
        "finals::finals_are_made_after_words_ends_or_all_frames_of_a_draft",
        || {
            let mut found = Vec::new();
            for (frames, operation, note) in [
                (DraftFrames::Nothing, "text to video", "what lies beside it"),
                (DraftFrames::Ends, "text to video", "first and last frame"),
                (DraftFrames::Guide, "restyle", "as a guide"),
            ] {
                let (mut bench, item) = drafted(frames);
                let draft = bench.shown();
                bench.make(item);
                let made = generated(&bench, item);
                let take = made.active_take().unwrap();
                assert_eq!(made.takes.len(), 2, "the draft stays");
                assert_eq!(take.recipe.operation, operation);
                assert_eq!(take.recipe.draft.unwrap().asset, made.takes[0].asset);
                let notes = take.recipe.notes.join("\n");
                assert!(notes.contains("Made after take 1") && notes.contains(note));
                let shown = bench.shown();
                let is_kept = |frame: usize| is_same(&shown[frame], &draft[frame]);
                let ends = frames == DraftFrames::Ends;
                assert_eq!([is_kept(10), is_kept(15)], [ends, ends], "{frames:?}");
                assert!((11..15).all(|frame| !is_kept(frame)), "{frames:?}");
                found.push(shown[12].clone());
            }
            assert!(!is_same(&found[0], &found[1]) && !is_same(&found[0], &found[2]));
        },
    );
}

#[test]
fn a_draft_that_is_gone_or_cannot_go_over_is_told() {
    with_model(
        "finals::a_draft_that_is_gone_or_cannot_go_over_is_told",
        || {
            let (mut bench, item) = drafted(DraftFrames::Guide);
            let take = generated(&bench, item).takes[0].id;
            bench.edit(&Edit::RemoveTake { item, take });
            let told = bench.take(item).unwrap_err().to_string();
            assert!(told.contains("no longer on its list"), "{told}");
            let (mut bench, item) = drafted(DraftFrames::Guide);
            let draft = generated(&bench, item).recipe.draft;
            let sketched = Recipe {
                model: "sketch".into(),
                draft,
                ..fake()
            };
            ask(&mut bench, item, sketched);
            let told = bench.take(item).unwrap_err().to_string();
            assert!(told.contains("does not offer \"restyle\""), "{told}");
        },
    );
}

fn told(bench: &Bench, item: ItemId) -> Description {
    describe(&bench.document, item, &PaceBook::default()).unwrap()
}

#[test]
fn who_can_make_a_final_is_told_with_what_goes_over() {
    with_model(
        "finals::who_can_make_a_final_is_told_with_what_goes_over",
        || {
            let (mut bench, item) = drafted(DraftFrames::Nothing);
            let offer = |told: &Description, id: &str| {
                let mut offers = told.offers.iter();
                offers.find(|offer| offer.info.id == id).unwrap().clone()
            };
            let all = [DraftFrames::Nothing, DraftFrames::Ends, DraftFrames::Guide];
            let before = told(&bench, item);
            assert_eq!(offer(&before, "tiny_model").draft, all);
            let sketch = offer(&before, "sketch");
            assert!(sketch.draft.contains(&DraftFrames::Nothing));
            assert!(!sketch.draft.contains(&DraftFrames::Guide));
            assert!(sketch.ladder.is_empty(), "it was never timed here");
            // What was timed once has a ladder: all the work first, then less of it in less time.
            bench.make(item);
            let after = offer(&told(&bench, item), "tiny_model");
            let rungs = &after.ladder;
            let most = rungs.first().unwrap();
            let least = rungs.iter().min_by_key(|rung| rung.duration).unwrap();
            assert_eq!(most.count.0, 6);
            assert_eq!(most.scale, Some(1.0));
            assert!(least.duration < most.duration, "{rungs:?}");
            assert!(rungs.iter().any(|rung| rung.count.0 < 6));
            // Guided, whoever cannot be guided says so.
            let (guided, item) = drafted(DraftFrames::Guide);
            let refusal = offer(&told(&guided, item), "sketch").refusal.unwrap();
            assert!(refusal.contains("cannot be guided"), "{refusal}");
        },
    );
}

fn upscaled(settings: &[(&str, &str)]) -> Recipe {
    let text = |(id, value): &(&str, &str)| ((*id).to_owned(), (*value).to_owned());
    Recipe {
        settings: settings.iter().map(text).collect(),
        ..Recipe::default()
    }
}

#[test]
fn an_upscaled_clip_is_a_take_with_more_pixels() {
    let mut bench = Bench::new(FrameRate::FPS_25, 3);
    let item = bench.place(1, Purpose::Upscale, [0, 2], upscaled(&[("factor", "2")]));
    let before = told(&bench, item);
    assert_eq!(before.offers.len(), 2);
    assert_eq!(before.offers[before.automatic.unwrap()].refusal, None);
    assert_eq!(before.offers[0].duration, None, "nothing was timed here");
    let plain = bench.shown();
    bench.make(item);
    let made = generated(&bench, item);
    let take = made.active_take().unwrap();
    let asset = bench.document.assets.find(take.asset).unwrap();
    let size = asset.info.video.as_ref().unwrap().size;
    assert_eq!(size, ScanSize::new(320, 192));
    assert_eq!(take.recipe.operation, "upscale");
    assert_eq!(take.recipe.size, Some((320, 192)));
    assert!(take.recipe.notes[0].contains("160x96 to 320x192"));
    // Shown in the same place: nearly the same picture at the sequence's size.
    for (one, other) in bench.shown().iter().zip(&plain).take(2) {
        let rows = 0..96;
        let apart: f64 = rows
            .flat_map(|y| one.row(0, y).iter().zip(other.row(0, y)))
            .map(|(one, other)| f64::from(one.abs_diff(*other)))
            .sum();
        let mean = apart / (160.0 * 96.0);
        assert!(mean < 8.0, "{mean}");
    }
    assert!(bench.take(item).unwrap().is_reused);
    ask(&mut bench, item, upscaled(&[("factor", "3")]));
    let told = bench.take(item).unwrap_err().to_string();
    assert!(told.contains("2 or 4 times as large"), "{told}");
    let bare = bench.place(1, Purpose::Upscale, [50, 52], upscaled(&[]));
    let told = bench.take(bare).unwrap_err().to_string();
    assert!(told.contains("no clip below"), "{told}");
}
