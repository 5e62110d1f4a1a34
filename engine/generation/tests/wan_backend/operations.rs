//! Each operation, at lengths that are no legal ones.

use super::common::{SIZE, answer, answer_of, backend, hole, known, picture, request};
use generation::{Backend as _, ClipFrame, Operation, ParameterValue, Request};
use std::ops::ControlFlow;

#[test]
fn every_operation_runs_at_awkward_lengths() {
    let mut backend = backend();
    let mut run = |operation, frames: Vec<Vec<ClipFrame>>| {
        answer_of(&mut backend, &request(operation, frames.concat()));
    };
    for count in [1, 2, 5, 16, 18] {
        run(Operation::TextToVideo, vec![hole(count)]);
        run(Operation::Animate, vec![known(1, 1), hole(count)]);
        run(
            Operation::Animate,
            vec![known(1, 1), hole(count), known(2, 1)],
        );
        run(Operation::ExtendForwards, vec![known(1, 7), hole(count)]);
        run(Operation::ExtendBackwards, vec![hole(count), known(1, 3)]);
        run(Operation::Fill, vec![known(1, 4), hole(count), known(2, 9)]);
        run(Operation::Join, vec![known(1, 9), hole(count), known(2, 6)]);
    }
    // Single pictures here and there.
    let islands = [hole(3), known(1, 1), hole(4), known(2, 2), hole(2)];
    run(Operation::Animate, islands.to_vec());
}

fn region() -> Vec<u8> {
    let mut to_make = vec![0; SIZE.area() as usize];
    for row in to_make.chunks_exact_mut(46).take(12) {
        row[..20].fill(255);
    }
    to_make
}

fn partly(seed: u64, to_make: &[u8]) -> ClipFrame {
    ClipFrame::Partly {
        picture: picture(seed),
        to_make: to_make.into(),
    }
}

#[test]
fn regions_are_made_and_the_rest_stays_byte_for_byte() {
    let to_make = region();
    for operation in [
        Operation::ReplaceBackground,
        Operation::RepaintRegion,
        Operation::Outpaint,
    ] {
        let frames = (0..6).map(|seed| partly(seed, &to_make)).collect();
        let output = answer(&request(operation, frames));
        for (seed, made) in output.frames.iter().enumerate() {
            let original = picture(seed as u64);
            let (made_luma, luma) = (&made.planes[0].data, &original.planes[0].data);
            let mut changed = 0;
            for (place, (made, original)) in made_luma.iter().zip(luma.iter()).enumerate() {
                if to_make[place] == 0 {
                    assert_eq!(made, original, "byte {place}");
                } else {
                    changed += usize::from(made != original);
                }
            }
            assert!(changed > 150, "only {changed} of 240 pixels are new");
            assert_eq!(made.row(2, 16), original.row(2, 16));
        }
    }
}

fn restyled(strength: f64) -> Vec<u8> {
    let all = vec![255; SIZE.area() as usize];
    let frames = (0..5).map(|seed| partly(seed, &all)).collect();
    let mut request = request(Operation::Restyle, frames);
    let strength = ParameterValue::Number(strength);
    request.parameters.insert("strength".into(), strength);
    answer(&request).frames[2].planes[0].data.to_vec()
}

#[test]
fn restyling_sees_the_original_as_far_as_it_may() {
    let (little, much) = (restyled(0.2), restyled(0.9));
    assert_ne!(little, much);
    let from_nothing = restyled(1.0);
    assert_ne!(from_nothing, much);
    let hole = request(Operation::Restyle, hole(5));
    let gray = answer(&hole).frames[2].planes[0].data.to_vec();
    let rgba_rows = gray.len() == 4 * SIZE.area() as usize;
    assert!(rgba_rows, "without any picture frames are RGBA");
}

#[test]
fn seed_and_words_decide_and_nothing_else() {
    let mut backend = backend();
    let mut make = |seed, prompt: &str, references: usize| {
        let asked = Request {
            seed,
            prompt: prompt.into(),
            references: (0..references as u64).map(picture).collect(),
            ..request(Operation::TextToVideo, hole(5))
        };
        let output = answer_of(&mut backend, &asked);
        let again = answer(&asked);
        assert_eq!(again.frames, output.frames, "whatever was made before");
        assert_eq!(again.recipe, output.recipe);
        output.frames
    };
    let first = make(1, "a cat", 0);
    assert_ne!(first, make(2, "a cat", 0));
    assert_ne!(first, make(1, "a dog", 0));
    assert_ne!(first, make(1, "a cat", 2));
}

#[test]
fn every_sampler_and_setting_runs() {
    let mut seen = Vec::new();
    for sampler in ["unipc", "euler", "dmd"] {
        let mut asked = request(Operation::TextToVideo, hole(5));
        let sampler = ParameterValue::Choice(sampler.into());
        asked.parameters.insert("sampler".into(), sampler);
        asked
            .parameters
            .insert("num_inference_steps".into(), ParameterValue::Integer(3));
        let output = answer(&asked);
        assert!(!seen.contains(&output.frames));
        seen.push(output.frames);
    }
    let mut guessed = request(Operation::TextToVideo, hole(5));
    for (id, value) in [
        ("num_inference_steps", ParameterValue::Integer(14)),
        ("step_cache", ParameterValue::Number(1.0)),
        ("usual_negative", ParameterValue::Switch(true)),
    ] {
        guessed.parameters.insert(id.into(), value);
    }
    let output = answer(&guessed);
    let text: Vec<&str> = output.notes.iter().map(|note| &*note.text).collect();
    assert!(
        text.iter().any(|text| text.contains("steps were guessed")),
        "{text:?}"
    );
}

#[test]
fn unguided_runs_ask_once_and_guided_ones_twice() {
    let count = |guidance: f64| {
        let mut asked = request(Operation::TextToVideo, hole(5));
        let guidance = ParameterValue::Number(guidance);
        asked.parameters.insert("guidance_scale".into(), guidance);
        let mut count = 0;
        let output = backend().generate(&asked, &mut |step| {
            count += usize::from(step.label == "denoising");
            ControlFlow::Continue(())
        });
        output.unwrap();
        count
    };
    // Five blocks, two steps; the end is told as well.
    assert_eq!((count(1.0), count(3.0)), (11, 21));
}

#[test]
fn previews_come_when_asked_for() {
    let pictures = |is_wanted| {
        let mut asked = request(Operation::TextToVideo, hole(5));
        let switch = ParameterValue::Switch(is_wanted);
        asked.parameters.insert("preview".into(), switch);
        let mut sizes = Vec::new();
        let output = backend().generate(&asked, &mut |step| {
            sizes.extend(step.preview.map(|picture| picture.size));
            ControlFlow::Continue(())
        });
        output.unwrap();
        sizes
    };
    assert_eq!(pictures(false), []);
    assert_eq!(pictures(true), [av::ScanSize::new(6, 4); 2]);
}

#[test]
fn an_answer_says_how_it_was_made() {
    let asked = request(
        Operation::Fill,
        [known(1, 5), hole(6), known(2, 6)].concat(),
    );
    let output = answer(&asked);
    let recipe = &output.recipe;
    assert_eq!(recipe.model, "tiny_model");
    assert_eq!(recipe.weights_sha256.len(), 4);
    assert_eq!(recipe.size, av::ScanSize::new(48, 32));
    assert_eq!(
        recipe.settings["sampler"],
        ParameterValue::Choice("unipc".into())
    );
    assert_eq!(recipe.settings["flow_shift"], ParameterValue::Number(3.0));
    assert_eq!(recipe.conditioning_sha256, asked.conditioning_sha256());
    let borders: Vec<usize> = output.seams.iter().map(|seam| seam.frame).collect();
    assert_eq!(borders, [5, 11]);
    for frame in &output.frames[5..11] {
        assert_eq!(
            frame.format,
            av::PixelFormat::I420,
            "as the known frames are"
        );
    }
}
