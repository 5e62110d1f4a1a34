//! What is shown and heard.

use super::{Scene, scene};
use crate::{
    Animated, Edit, FramePlan, LayerPlan, PicturePlan, ShotPlan, TransitionKind, apply,
    edit::Property, plan_audio, plan_frame,
};
use av::{FrameCount, FrameIndex, FrameRate};
use std::sync::Arc;

fn plan(scene: &Scene, frame: i64) -> FramePlan {
    plan_frame(&scene.0, FrameIndex(frame))
}

/// A shot as its file's name and frame.
fn name(scene: &Scene, shot: &ShotPlan) -> String {
    match &shot.picture {
        PicturePlan::Media(moment) => {
            let asset = scene.0.assets.find(moment.asset).unwrap();
            let frame = FrameRate::FPS_25.frame_from_ticks(moment.time);
            format!("{}{}", asset.name, frame.0)
        }
        PicturePlan::Title(title) => title.text.clone(),
        PicturePlan::Solid(color) => String::from(*color),
    }
}

/// The layers of a frame, bottom first.
fn layers(scene: &Scene, frame: i64) -> Vec<String> {
    let layers = plan(scene, frame).layers;
    layers
        .iter()
        .map(|layer| match layer {
            LayerPlan::Shot { shot, .. } => name(scene, shot),
            LayerPlan::Transition(transition) => format!(
                "{}>{} {:.3}",
                name(scene, &transition.from),
                name(scene, &transition.to),
                transition.progress
            ),
        })
        .collect()
}

fn edited(scene: Scene, edit: impl Fn(&Scene) -> Edit) -> Scene {
    let edit = edit(&scene);
    Scene(apply(&scene.0, &edit).unwrap())
}

#[test]
fn tracks_lie_on_each_other() {
    let scene = scene("V1: A[0..50)@10 _5 p[55..60) | V2: _20 t[20..30)! c[30..40) | A1: A[0..50)");
    assert_eq!(layers(&scene, 0), ["A10"]);
    assert_eq!(
        layers(&scene, 25),
        ["A35"],
        "what is disabled does not show"
    );
    assert_eq!(layers(&scene, 35), ["A45", "#ffffffff"]);
    assert_eq!(layers(&scene, 57), ["p0"]);
    for outside in [-1, 52, 60, i64::MIN, i64::MAX] {
        assert_eq!(layers(&scene, outside), Vec::<String>::new());
    }
    let scene = edited(scene, |scene| Edit::MuteTrack {
        track: scene.track("V1"),
        is_muted: true,
    });
    assert_eq!(layers(&scene, 35), ["#ffffffff"]);
}

#[test]
fn a_transition_runs_from_one_to_the_other() {
    let scene = scene("V1: A[0..50) ~2+3 B[50..80)@10");
    assert_eq!(layers(&scene, 47), ["A47"]);
    assert_eq!(layers(&scene, 48), ["A48>B8 0.100"]);
    assert_eq!(layers(&scene, 50), ["A50>B10 0.500"]);
    assert_eq!(layers(&scene, 52), ["A52>B12 0.900"]);
    assert_eq!(layers(&scene, 53), ["B13"]);
    assert_eq!(plan(&scene, 50).moments().len(), 2);
    // With one of them left out there is nothing to cross.
    let scene = edited(scene, |scene| Edit::SetEnabled {
        items: vec![scene.item("A")],
        is_enabled: false,
    });
    assert_eq!(layers(&scene, 49), Vec::<String>::new());
    assert_eq!(layers(&scene, 51), ["B11"]);
}

#[test]
fn what_is_not_made_yet_holds_its_neighbor() {
    assert_eq!(
        layers(&scene("V1: A[0..50) g[50..60)ghost B[60..70)@5"), 55),
        ["A49"]
    );
    assert_eq!(layers(&scene("V1: g[0..10)ghost B[10..20)@5"), 3), ["B5"]);
    assert_eq!(
        layers(&scene("V1: A[0..50) g[50..55)ghost g2[55..60)ghost"), 57),
        ["A49"]
    );
    assert_eq!(
        layers(&scene("V1: g[0..5)ghost g2[5..10)ghost B[10..20)@5"), 2),
        ["B5"]
    );
    assert_eq!(layers(&scene("V1: A[0..50)r g[50..60)ghost"), 55), ["A0"]);
    assert_eq!(
        layers(&scene("V1: A[0..50) _1 g[51..60)ghost"), 55),
        Vec::<String>::new()
    );
    assert_eq!(
        layers(&scene("V1: g[0..60)ghost"), 55),
        Vec::<String>::new()
    );
}

#[test]
fn media_is_held_at_its_ends() {
    // The file is a little shorter than its sound says; the last frame holds.
    let mut scene = scene("V1: A[0..100)");
    let mut asset = crate::Asset::clone(scene.0.assets.find(scene.asset("A")).unwrap());
    asset.info.video.as_mut().unwrap().frame_count = 98;
    Arc::make_mut(&mut scene.0.assets).put(asset);
    assert_eq!(layers(&scene, 99), ["A97"]);
}

#[test]
fn opacity_of_zero_is_not_drawn() {
    let scene = edited(scene("V1: A[0..50)"), |scene| Edit::SetProperty {
        items: vec![scene.item("A")],
        property: Property::Opacity(Animated::Constant(0.0)),
    });
    assert_eq!(plan(&scene, 5).layers, []);
}

#[test]
fn an_untouched_clip_is_known_as_such() {
    let scene = scene("V1: A[0..50)@10 | V2: _40 t[40..50)");
    assert_eq!(
        plan(&scene, 5).untouched(),
        Some(plan(&scene, 5).moments()[0])
    );
    assert_eq!(plan(&scene, 45).untouched(), None);
}

/// Segments as `A 0..100 from 5`, with the gain at their start and end.
fn segments(scene: &Scene, start: i64, count: i64) -> Vec<String> {
    let plan = plan_audio(&scene.0, start, count);
    let show = |segment: &crate::AudioSegment| {
        let asset = scene.0.assets.find(segment.asset).unwrap();
        let (start, end) = (
            segment.start_sample,
            segment.start_sample + segment.sample_count,
        );
        let gains = [
            segment.gain.first().unwrap().1[0],
            segment.gain.last().unwrap().1[0],
        ];
        let gains = gains.map(|gain| format!("{gain:.2}")).join("-");
        let from = segment.media_start_sample;
        format!("{} {start}..{end} from {from} at {gains}", asset.name)
    };
    plan.segments.iter().map(show).collect()
}

// One frame at 25 a second is 1920 samples.
#[test]
fn sound_comes_from_audio_tracks_only() {
    let drawing = "V1: A[0..10) | A1: _1 A[1..3)@5 B[3..9)! | A2: _2 C[2..4)";
    let scene = scene(drawing);
    assert_eq!(
        segments(&scene, 0, 20 * 1920),
        [
            "A 1920..5760 from 9600 at 1.00-1.00",
            "C 3840..7680 from 0 at 1.00-1.00"
        ]
    );
    assert_eq!(
        segments(&scene, 2000, 10),
        ["A 2000..2010 from 9680 at 1.00-1.00"]
    );
    let solo = edited(self::scene(drawing), |scene| Edit::SoloTrack {
        track: scene.track("A2"),
        is_solo: true,
    });
    assert_eq!(
        segments(&solo, 0, 99_999),
        ["C 3840..7680 from 0 at 1.00-1.00"]
    );
    let muted = edited(solo, |scene| Edit::MuteTrack {
        track: scene.track("A2"),
        is_muted: true,
    });
    assert_eq!(segments(&muted, 0, 99_999), Vec::<String>::new());
    for (start, count) in [(i64::MIN, 5), (i64::MAX - 1, 9), (-50, i64::MAX), (0, -3)] {
        plan_audio(&scene.0, start, count);
    }
}

#[test]
fn sound_crosses_at_equal_power() {
    let scene = scene("A1: A[0..50) ~2+2 B[50..80)@10");
    let plan = plan_audio(&scene.0, 0, 80 * 1920);
    let ranges: Vec<_> = plan
        .segments
        .iter()
        .map(|segment| (segment.start_sample / 1920, segment.sample_count / 1920))
        .collect();
    assert_eq!(
        ranges,
        [(0, 52), (48, 32)],
        "both are heard during the transition"
    );
    let cut = 50 * 1920;
    for segment in &plan.segments {
        let (_, [left, right]) = segment
            .gain
            .iter()
            .find(|(sample, _)| *sample == cut)
            .unwrap();
        assert!((left - 0.5_f32.sqrt()).abs() < 1e-6 && left == right);
    }
    assert_eq!(plan.segments[1].media_start_sample, 8 * 1920);
    let dip = edited(scene, |scene| Edit::UpdateTransition {
        transition: scene.0.sequence.tracks[2].transitions[0].id,
        kind: TransitionKind::Dip(crate::Rgba::BLACK),
        before: FrameCount(2),
        after: FrameCount(2),
    });
    let plan = plan_audio(&dip.0, cut, 1);
    assert!(
        plan.segments
            .iter()
            .all(|segment| segment.gain[0].1 == [0.0, 0.0])
    );
}

#[test]
fn fades_gain_and_pan_shape_the_sound() {
    let set = |scene: Scene, property: Property| {
        edited(scene, |scene| Edit::SetProperty {
            items: vec![scene.item("A")],
            property: property.clone(),
        })
    };
    let faded = set(scene("A1: A[0..50)"), Property::FadeIn(FrameCount(10)));
    let faded = set(faded, Property::FadeOut(FrameCount(5)));
    let at = |scene: &Scene, sample: i64| plan_audio(&scene.0, sample, 1).segments[0].gain[0].1;
    assert_eq!(at(&faded, 0), [0.0, 0.0]);
    assert!((at(&faded, 5 * 1920)[0] - 0.5).abs() < 1e-6);
    assert!(
        (at(&faded, 5 * 1920 + 960)[0] - 0.55).abs() < 1e-6,
        "between frames too"
    );
    assert_eq!(at(&faded, 20 * 1920), [1.0, 1.0]);
    assert!((at(&faded, 48 * 1920)[1] - 0.4).abs() < 1e-6);
    let quiet = set(
        scene("A1: A[0..50)"),
        Property::GainDb(Animated::Constant(-20.0)),
    );
    let left = set(quiet, Property::Pan(-0.5));
    assert!((at(&left, 9)[0] - 0.1).abs() < 1e-6 && (at(&left, 9)[1] - 0.05).abs() < 1e-6);
    let silent = set(
        scene("A1: A[0..50)"),
        Property::GainDb(Animated::Constant(-96.0)),
    );
    assert_eq!(at(&silent, 9), [0.0, 0.0]);
}

#[test]
fn sound_plays_backwards_from_its_end() {
    let scene = scene("A1: A[0..10)@20r");
    assert_eq!(
        segments(&scene, 0, 19200),
        [format!("A 0..19200 from {} at 1.00-1.00", 30 * 1920 - 1)]
    );
    assert_eq!(
        segments(&scene, 19_199, 1),
        [format!("A 19199..19200 from {} at 1.00-1.00", 20 * 1920)]
    );
    let plan = plan_audio(&scene.0, 0, 9);
    assert!(plan.segments[0].is_reversed);
}

#[test]
fn cleaned_speech_is_heard_by_its_share_at_the_same_moments() {
    let set = |strength: f64| {
        edited(scene("V1: B[0..9) | A1: A[0..10)@20"), |scene| {
            let sound = scene.asset("B");
            Edit::SetProperty {
                items: vec![scene.item("A")],
                property: Property::CleanSpeech(Some(crate::CleanSpeech { sound, strength })),
            }
        })
    };
    let from = 20 * 1920;
    assert_eq!(
        segments(&set(0.75), 0, 100),
        [
            format!("A 0..100 from {from} at 0.25-0.25"),
            format!("B 0..100 from {from} at 0.75-0.75")
        ]
    );
    assert_eq!(
        segments(&set(1.0), 0, 100),
        [format!("B 0..100 from {from} at 1.00-1.00")]
    );
    assert_eq!(
        segments(&set(0.0), 0, 100),
        [format!("A 0..100 from {from} at 1.00-1.00")],
        "the cleaned file is not even read"
    );
    let scene = scene("V1: p[0..9) | A1: A[0..10)");
    let refused = |sound, strength| {
        let clean = crate::CleanSpeech { sound, strength };
        let property = Property::CleanSpeech(Some(clean));
        let items = vec![scene.item("A")];
        apply(&scene.0, &Edit::SetProperty { items, property }).unwrap_err()
    };
    let told = refused(scene.asset("p"), 1.0).to_string();
    assert!(told.contains("sound"), "{told}");
    let told = refused(scene.asset("A"), 1.5).to_string();
    assert!(told.contains("between 0 and 1"), "{told}");
}
