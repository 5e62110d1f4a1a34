//! What a recipe decides, what it says afterwards, and what cannot be made of it.

use crate::bench::{Bench, fake};
use av::{FrameCount, FrameRate};
use runtime::Error;
use timeline::{Edit, Purpose, Recipe, RecipeShot};

#[test]
fn nothing_is_made_twice_and_nothing_overwritten() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::ExtendForward, [7, 10], fake());
    let first = bench.make(item);
    assert!(!first.is_reused);
    let again = bench.take(item).unwrap();
    assert!(again.is_reused);
    assert_eq!(again.placed, first.placed);
    assert_eq!(bench.generated_files(), 2, "a take and its record");
    // Another seed is another take.
    let set = |bench: &mut Bench, recipe: Recipe| {
        let recipe = Box::new(recipe);
        bench.edit(&Edit::SetRecipe { item, recipe });
    };
    set(&mut bench, Recipe { seed: 8, ..fake() });
    assert!(!bench.make(item).is_reused);
    assert_eq!(bench.generated_files(), 4);
    // A file that was changed is no longer that take; it is kept all the same.
    set(&mut bench, fake());
    let Edit::AddAsset { path, .. } = &first.placed.asset else {
        panic!("takes are files");
    };
    let path = bench.folder.path().join(path);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let third = bench.take(item).unwrap();
    assert!(!third.is_reused);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(bench.generated_files(), 6);
    // Other neighbors are other work.
    bench.edit(&Edit::Slip {
        item: bench.clip,
        by: FrameCount(0),
        alone: false,
    });
    assert!(bench.take(item).unwrap().is_reused);
}

#[test]
fn takes_say_all_that_made_them() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let recipe = Recipe {
        num_inference_steps: Some(6),
        settings: [("guidance_scale".to_owned(), "3.5".to_owned())].into(),
        ..fake()
    };
    let item = bench.place(0, Purpose::ExtendForward, [7, 10], recipe);
    bench.make(item);
    let (_, found) = bench.document.sequence.item(item).unwrap();
    let timeline::Content::Generated(generated) = &found.content else {
        panic!("it is generated");
    };
    let made = &generated.active_take().unwrap().recipe;
    assert_eq!(
        (made.model.as_str(), made.seed, made.num_frames),
        ("fake", 7, 3)
    );
    assert_eq!(made.num_inference_steps, Some(6));
    assert_eq!(made.guidance_scale, Some(3.5));
    assert_eq!(made.settings["num_inference_steps"], "6");
    assert_eq!(made.size, Some((160, 96)));
    assert_eq!(made.operation, "extend forwards");
    assert_eq!(
        (made.fingerprint.len(), made.conditioning_hash.len()),
        (64, 64)
    );
    assert!(!made.engine_version.is_empty() && !made.notes.is_empty());
    for (id, value, words) in [
        ("num_inference_steps", "many", "whole numbers from 1 to 100"),
        ("sparkle", "1", "no such parameter"),
    ] {
        let recipe = Recipe {
            settings: [(id.to_owned(), value.to_owned())].into(),
            ..fake()
        };
        let recipe = Box::new(recipe);
        bench.edit(&Edit::SetRecipe { item, recipe });
        let refused = bench.take(item).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn what_cannot_be_made_is_told_precisely() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let mut told = |purpose, range, recipe| {
        let item = bench.place(0, purpose, range, recipe);
        bench.take(item).unwrap_err().to_string()
    };
    let words = told(Purpose::ExtendForward, [20, 30], fake());
    assert!(words.contains("nothing before it to go on from"), "{words}");
    let words = told(Purpose::ExtendBackward, [20, 30], fake());
    assert!(words.contains("nothing after it to lead to"), "{words}");
    let words = told(Purpose::TextToVideo, [20, 20 + 61 * 25], fake());
    assert!(
        words.contains("61.0 s are asked for and at most 60 s"),
        "{words}"
    );
    let unknown = Recipe {
        model: "nothing".into(),
        ..fake()
    };
    let words = told(Purpose::TextToVideo, [20, 30], unknown);
    assert!(words.contains("no model called \"nothing\""), "{words}");
    let limited = Recipe {
        model: "rife-4.6".into(),
        ..fake()
    };
    let words = told(Purpose::TextToVideo, [20, 30], limited);
    assert!(
        words.contains("it does not offer \"text to video\""),
        "{words}"
    );
    let short = Recipe {
        storyboard: vec![RecipeShot {
            prompt: "a fox".into(),
            count: FrameCount(4),
            starts_with_cut: false,
        }],
        ..fake()
    };
    let words = told(Purpose::TextToVideo, [20, 30], short);
    assert!(
        words.contains("the storyboard lasts 4 frames, what is made 10"),
        "{words}"
    );
    let problem = runtime::Problem::from(Error::NoModel {
        operation: generation::Operation::TextToVideo,
    });
    assert!(
        problem
            .help
            .contains("everframe models install wan2.1-vace"),
        "{}",
        problem.help
    );
}
