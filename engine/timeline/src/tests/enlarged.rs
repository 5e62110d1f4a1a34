//! Clips with another background, enlarged: the subject stays where it is, and shows once.

use super::{Scene, scene};
use crate::{
    Anchor, Animated, Background, BackgroundFill, BackgroundPlan, Content, Edit, GeneratedState,
    ItemId, LayerPlan, Purpose, Recipe, Rgba, ShotPlan, apply,
    edit::{Edge, Property, TakeInputs, apply_edit},
    plan_frame,
};
use av::{FrameIndex, FrameRange, FrameRate, Ticks};

fn edited(scene: &Scene, edit: &Edit) -> Scene {
    Scene(apply(&scene.0, edit).unwrap())
}

/// A clip whose subject was found, before nothing.
fn cut_out() -> Scene {
    let scene = scene("V1: A[0..40)@10 | V2: _50 p[50..60)");
    let start = FrameRate::FPS_25.ticks_from_frame(FrameIndex(5));
    let background = Background::new(scene.asset("Y"), start, BackgroundFill::Transparent);
    let edit = Edit::SetBackground {
        item: scene.item("A"),
        background: Some(Box::new(background)),
    };
    edited(&scene, &edit)
}

/// The same, enlarged above.
fn enlarged() -> (Scene, ItemId) {
    let scene = cut_out();
    let clip = scene.item("A");
    let (_, below) = scene.0.sequence.item(clip).unwrap();
    let Content::Clip(media) = &below.content else {
        panic!("it is a clip");
    };
    let own = below.properties.background.as_ref().unwrap();
    let background = own.for_remake_of(media, Ticks::ZERO).unwrap();
    let range = below.range();
    let place = Edit::PlaceGenerated {
        track: scene.0.sequence.tracks[1].id,
        range,
        purpose: Purpose::Upscale,
        recipe: Box::new(Recipe::default()),
        anchors: vec![Anchor {
            item: clip,
            frames: range,
            content_hash: 0,
        }],
        state: GeneratedState::Queued,
    };
    let placed = apply_edit(&scene.0, &place).unwrap();
    let item = placed.created.items[0];
    let swap = Edit::SetBackground {
        item,
        background: Some(Box::new(background)),
    };
    let scene = edited(&Scene(placed.document), &swap);
    let made = edited(&scene, &take(&scene, item, "first"));
    (made, item)
}

fn take(scene: &Scene, item: ItemId, fingerprint: &str) -> Edit {
    let recipe = Recipe {
        fingerprint: fingerprint.into(),
        ..Recipe::default()
    };
    Edit::AddTake {
        item,
        take: Box::new(TakeInputs {
            asset: scene.asset("Z"),
            source_start: Ticks::ZERO,
            recipe,
            seam_delta_e: Vec::new(),
            seam_motion_jump: Vec::new(),
        }),
    }
}

fn shots(scene: &Scene, frame: FrameIndex) -> Vec<ShotPlan> {
    let layers = plan_frame(&scene.0, frame).layers.into_iter();
    let shots = layers.map(|layer| match layer {
        LayerPlan::Shot { shot, .. } => *shot,
        LayerPlan::Transition(_) => panic!("nothing dissolves"),
    });
    shots.collect()
}

/// What lies behind the topmost subject at a frame.
fn behind(scene: &Scene, frame: FrameIndex) -> BackgroundPlan {
    let shots = shots(scene, frame);
    shots.last().unwrap().background.clone().unwrap()
}

fn assert_alike(scene: &Scene, item: ItemId, frames: FrameRange) {
    let before = cut_out();
    for frame in frames.frames() {
        let shown = shots(scene, frame);
        assert_eq!(shown.len(), 1, "the clip below does not show through");
        assert_eq!(shown[0].item, item);
        assert_eq!(behind(scene, frame), behind(&before, frame), "{frame:?}");
    }
}

#[test]
fn the_matte_goes_along_through_trims_and_further_takes() {
    let (scene, item) = enlarged();
    let between = |from, to| FrameRange::between(FrameIndex(from), FrameIndex(to));
    assert_alike(&scene, item, between(0, 40));
    let trimmed = edited(
        &scene,
        &Edit::Trim {
            item,
            edge: Edge::Start,
            to: FrameIndex(12),
            alone: false,
        },
    );
    assert_alike(&trimmed, item, between(12, 40));
    let queued = Edit::SetGeneratedState {
        item,
        state: GeneratedState::Queued,
    };
    let queued = edited(&trimmed, &queued);
    assert_alike(&queued, item, between(12, 40));
    // The new take's file begins with the trimmed item.
    let again = edited(&queued, &take(&queued, item, "second"));
    assert_alike(&again, item, between(12, 40));
}

#[test]
fn a_transition_below_is_seen_whole() {
    let (scene, item) = enlarged();
    let clip = scene.item("A");
    let placement = crate::edit::Placement {
        source_start: FrameRate::FPS_25.ticks_from_frame(FrameIndex(20)),
        count: Some(av::FrameCount(10)),
        streams: crate::edit::Streams::Video,
        ..crate::edit::Placement::whole(scene.asset("Z"))
    };
    let at = FrameIndex(40);
    let followed = edited(&scene, &Edit::Overwrite { placement, at });
    let dissolve = Edit::AddTransition {
        left: clip,
        kind: crate::TransitionKind::Dissolve,
        before: av::FrameCount(5),
        after: av::FrameCount(5),
    };
    let followed = edited(&followed, &dissolve);
    assert_alike(
        &followed,
        item,
        FrameRange::between(FrameIndex(0), FrameIndex(35)),
    );
    for frame in 35..45 {
        let layers = plan_frame(&followed.0, FrameIndex(frame)).layers;
        assert!(matches!(&layers[..], [LayerPlan::Transition(_)]), "{frame}");
    }
}

#[test]
fn what_is_placed_otherwise_lies_over_the_clip() {
    let (scene, item) = enlarged();
    let paler = Edit::SetProperty {
        items: vec![item],
        property: Property::Opacity(Animated::Constant(0.5)),
    };
    assert_eq!(shots(&edited(&scene, &paler), FrameIndex(5)).len(), 2);
    let off = Edit::SetEnabled {
        items: vec![item],
        is_enabled: false,
    };
    let shown = shots(&edited(&scene, &off), FrameIndex(5));
    assert_eq!(shown[0].item, scene.item("A"));
}

#[test]
fn a_background_changed_below_makes_it_stale_and_follows_when_it_is_asked_for_again() {
    let (scene, item) = enlarged();
    let fill = BackgroundFill::Color(Rgba::BLACK);
    let clip = scene.item("A");
    let changed = edited(
        &scene,
        &Edit::SetBackgroundFill {
            item: clip,
            fill: fill.clone(),
        },
    );
    let (_, made) = changed.0.sequence.item(item).unwrap();
    assert!(
        matches!(&made.content, Content::Generated(made) if made.state == GeneratedState::Stale)
    );
    let queued = edited(
        &changed,
        &Edit::SetGeneratedState {
            item,
            state: GeneratedState::Queued,
        },
    );
    let frame = FrameIndex(20);
    assert_eq!(behind(&queued, frame).fill, fill);
    assert_eq!(behind(&queued, frame).matte, behind(&scene, frame).matte);
}

#[test]
fn a_clip_at_another_speed_has_no_matte_to_share() {
    let scene = scene("V1: A[0..40)@10r");
    let (_, clip) = scene.0.sequence.item(scene.item("A")).unwrap();
    let Content::Clip(media) = &clip.content else {
        panic!("it is a clip");
    };
    let own = Background::new(scene.asset("Y"), Ticks::ZERO, BackgroundFill::Transparent);
    assert_eq!(own.for_remake_of(media, Ticks::ZERO), None);
}
