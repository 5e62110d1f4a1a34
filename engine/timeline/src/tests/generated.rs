//! What generators make.

use super::{Scene, check_edit, check_refused, scene};
use crate::{
    Anchor, AssetId, Content, Edit, Generated, GeneratedState, ItemId, Purpose, Recipe, RecipeShot,
    Region, apply, content_hash,
    edit::{Edge, TakeInputs, apply_edit},
    file::{self, draw},
    plan_frame, stale_items,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, Ticks};

fn place(start: i64, end: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| {
        let anchor = |item: &str, frame: i64| Anchor {
            item: scene.item(item),
            frames: FrameRange::new(FrameIndex(frame), FrameCount(2)),
            content_hash: 0,
        };
        Edit::PlaceGenerated {
            track: scene.track("V1"),
            range: FrameRange::between(FrameIndex(start), FrameIndex(end)),
            purpose: Purpose::Fill,
            recipe: Box::default(),
            anchors: vec![anchor("A", start - 2), anchor("B", end)],
            state: GeneratedState::Queued,
        }
    }
}

fn take(scene: &Scene) -> Box<TakeInputs> {
    Box::new(TakeInputs {
        asset: scene.asset("Z"),
        source_start: FrameRate::FPS_25.ticks_from_frame(FrameIndex(3)),
        recipe: Recipe::default(),
        seam_delta_e: vec![0.5, 0.25],
        seam_motion_jump: vec![1.5, 1.0],
    })
}

fn generated(scene: &Scene) -> (ItemId, Generated) {
    let items = scene
        .0
        .sequence
        .tracks
        .iter()
        .flat_map(|track| &track.items);
    let mut found = items.filter_map(|item| match &item.content {
        Content::Generated(generated) => Some((item.id, (**generated).clone())),
        _ => None,
    });
    found.next().expect("a generated item")
}

fn applied(scene: &Scene, edit: &Edit) -> Scene {
    Scene(apply(&scene.0, edit).unwrap())
}

/// A filled gap between A and B, with its take.
fn filled() -> Scene {
    let scene = scene("V1: A[0..50) _10 B[60..90)@20");
    let scene = applied(&scene, &place(50, 60)(&scene));
    let item = generated(&scene).0;
    let add = Edit::AddTake {
        item,
        take: take(&scene),
    };
    applied(&scene, &add)
}

#[test]
fn a_gap_is_reserved_and_filled() {
    check_edit(
        "V1: A[0..50) _10 B[60..90)@20",
        place(50, 60),
        "V1: A[0..50) Fill[50..60)queued B[60..90)@20",
    );
    let scene = filled();
    assert_eq!(scene.draw(), "V1: A[0..50) Fill[50..60)ready B[60..90)@20");
    let shown = plan_frame(&scene.0, FrameIndex(54)).moments()[0];
    assert_eq!(shown.asset, scene.asset("Z"));
    assert_eq!(
        shown.time,
        FrameRate::FPS_25.ticks_from_frame(FrameIndex(7))
    );
    assert_eq!(stale_items(&scene.0), []);
}

#[test]
fn a_damaged_range_is_made_anew() {
    // Both anchors name the one clip; after the cut the right one is another item.
    let scene = scene("V1: A[0..90)");
    let anchor = |frame: i64| Anchor {
        item: scene.item("A"),
        frames: FrameRange::new(FrameIndex(frame), FrameCount(1)),
        content_hash: 0,
    };
    let retake = Edit::PlaceGenerated {
        track: scene.track("V1"),
        range: FrameRange::between(FrameIndex(40), FrameIndex(44)),
        purpose: Purpose::Retake,
        recipe: Box::default(),
        anchors: vec![anchor(39), anchor(44)],
        state: GeneratedState::Ghost,
    };
    let scene = applied(&scene, &retake);
    assert_eq!(
        scene.draw(),
        "V1: A[0..40) Retake[40..44)ghost A[44..90)@44"
    );
    let track = &scene.0.sequence.tracks[0];
    let items: Vec<_> = generated(&scene)
        .1
        .anchors
        .iter()
        .map(|anchor| anchor.item)
        .collect();
    assert_eq!(items, [track.items[0].id, track.items[2].id]);
}

#[test]
fn a_changed_neighbor_makes_it_stale() {
    let scene = filled();
    let trim = |item: &str, edge: Edge, to: i64| Edit::Trim {
        item: scene.item(item),
        edge,
        to: FrameIndex(to),
        alone: false,
    };
    let slip = |item: &str| Edit::Slip {
        item: scene.item(item),
        by: FrameCount(1),
        alone: false,
    };
    let state = |edit: &Edit| generated(&applied(&scene, edit)).1.state;
    assert_eq!(state(&trim("A", Edge::End, 49)), GeneratedState::Stale);
    assert_eq!(state(&trim("B", Edge::Start, 61)), GeneratedState::Stale);
    assert_eq!(state(&slip("A")), GeneratedState::Stale);
    assert_eq!(state(&slip("B")), GeneratedState::Stale);
    // None of these change the frames it was made from.
    assert_eq!(state(&trim("A", Edge::Start, 5)), GeneratedState::Ready);
    assert_eq!(state(&trim("B", Edge::End, 70)), GeneratedState::Ready);
    assert_eq!(
        state(&Edit::Split {
            at: FrameIndex(49),
            items: vec![]
        }),
        GeneratedState::Ready
    );
    let id = generated(&scene).0;
    let own_trim = Edit::Trim {
        item: id,
        edge: Edge::Start,
        to: FrameIndex(53),
        alone: false,
    };
    assert_eq!(state(&own_trim), GeneratedState::Ready);
    let own_trim = Edit::Trim {
        item: id,
        edge: Edge::End,
        to: FrameIndex(57),
        alone: false,
    };
    assert_eq!(state(&own_trim), GeneratedState::Ready);
    let placement = crate::edit::Placement::whole(scene.asset("Y"));
    assert_eq!(
        state(&Edit::Insert {
            placement,
            at: FrameIndex(0)
        }),
        GeneratedState::Ready
    );
    assert_eq!(
        state(&Edit::SetRate {
            rate: "30000/1001".parse().unwrap()
        }),
        GeneratedState::Ready
    );
    // Accepted as it is.
    let stale = applied(&scene, &trim("A", Edge::End, 49));
    let accepted = applied(
        &stale,
        &Edit::SetGeneratedState {
            item: id,
            state: GeneratedState::Ready,
        },
    );
    assert_eq!(generated(&accepted).1.state, GeneratedState::Ready);
    assert_eq!(stale_items(&accepted.0), []);
}

#[test]
fn takes_are_kept_and_chosen() {
    let scene = filled();
    let (item, _) = generated(&scene);
    let applied_take = apply_edit(
        &scene.0,
        &Edit::AddTake {
            item,
            take: take(&scene),
        },
    )
    .unwrap();
    let second = applied_take.created.takes[0];
    let scene = Scene(applied_take.document);
    let (_, both) = generated(&scene);
    assert_eq!((both.takes.len(), both.active), (2, Some(second)));
    let first = both.takes[0].id;
    let scene = applied(&scene, &Edit::SetActiveTake { item, take: first });
    let scene = applied(
        &scene,
        &Edit::RateTake {
            item,
            take: second,
            rating: 5,
        },
    );
    let (_, chosen) = generated(&scene);
    assert_eq!((chosen.active, chosen.takes[1].rating), (Some(first), 5));
    let recipe = Box::new(Recipe {
        prompt: "sea".into(),
        ..Recipe::default()
    });
    let scene = applied(&scene, &Edit::SetRecipe { item, recipe });
    let (_, asked) = generated(&scene);
    assert_eq!(
        (
            asked.recipe.prompt.as_str(),
            asked.takes[0].recipe.prompt.as_str()
        ),
        ("sea", "")
    );
    let rate = Edit::RateTake {
        item,
        take: second,
        rating: 6,
    };
    assert!(apply(&scene.0, &rate).is_err());
    let missing = Edit::SetActiveTake {
        item,
        take: crate::TakeId(999),
    };
    assert!(apply(&scene.0, &missing).is_err());
}

#[test]
fn halves_of_a_generated_item_show_their_halves() {
    let scene = filled();
    let before: Vec<_> = (50..60)
        .map(|frame| plan_frame(&scene.0, FrameIndex(frame)).moments())
        .collect();
    let (item, _) = generated(&scene);
    let split = applied(
        &scene,
        &Edit::Split {
            at: FrameIndex(54),
            items: vec![item],
        },
    );
    assert_eq!(
        draw(&split.0.sequence),
        "V1: A[0..50) Fill[50..54)ready Fill[54..60)@4ready B[60..90)@20"
    );
    let after: Vec<_> = (50..60)
        .map(|frame| plan_frame(&split.0, FrameIndex(frame)).moments())
        .collect();
    assert_eq!(before, after);
}

#[test]
fn hashes_name_what_shows_and_nothing_else() {
    let scene = scene("V1: A[0..50) B[50..60) | V2: t[0..60)");
    let hash = |scene: &Scene, start: i64, end: i64| {
        let range = FrameRange::between(FrameIndex(start), FrameIndex(end));
        content_hash(&scene.0, scene.track("V1"), range)
    };
    let first = hash(&scene, 0, 10);
    assert_ne!(first, hash(&scene, 1, 11));
    let split = applied(
        &scene,
        &Edit::Split {
            at: FrameIndex(5),
            items: vec![scene.item("A")],
        },
    );
    assert_eq!(first, hash(&split, 0, 10));
    let words = applied(
        &scene,
        &Edit::Lift {
            items: vec![scene.item("t")],
        },
    );
    assert_eq!(first, hash(&words, 0, 10), "other tracks do not count");
    // Files keep these numbers; they must never change by accident.
    assert_eq!(format!("{first:016x}"), "bcb9fae0209c1af4");
}

/// A restyled stretch over A.
fn covered(scene: &Scene) -> Scene {
    let place = Edit::PlaceGenerated {
        track: scene.track("V2"),
        range: FrameRange::between(FrameIndex(10), FrameIndex(20)),
        purpose: Purpose::Restyle,
        recipe: Box::default(),
        anchors: vec![Anchor {
            item: scene.item("A"),
            frames: FrameRange::between(FrameIndex(10), FrameIndex(20)),
            content_hash: 0,
        }],
        state: GeneratedState::Queued,
    };
    applied(scene, &place)
}

#[test]
fn what_covers_a_clip_shows_it_until_it_is_made_and_knows_when_it_changes() {
    let bare = scene("V1: A[0..50) B[50..60) | V2: _30 t[30..60)");
    let scene = covered(&bare);
    for frame in [9, 10, 19, 20] {
        let (before, after) = (
            plan_frame(&bare.0, FrameIndex(frame)),
            plan_frame(&scene.0, FrameIndex(frame)),
        );
        assert_eq!(before, after, "frame {frame}");
    }
    let (item, _) = generated(&scene);
    let take = take(&scene);
    let made = applied(&scene, &Edit::AddTake { item, take });
    let layers = plan_frame(&made.0, FrameIndex(15)).layers;
    assert_eq!(layers.len(), 2, "the take lies over the clip");
    assert_eq!(stale_items(&made.0), []);
    let trimmed = applied(
        &made,
        &Edit::Trim {
            item,
            edge: Edge::Start,
            to: FrameIndex(13),
            alone: false,
        },
    );
    assert_eq!(stale_items(&trimmed.0), [], "less of it shows the same");
    let slipped = applied(
        &made,
        &Edit::Slip {
            item: made.item("A"),
            by: FrameCount(4),
            alone: false,
        },
    );
    assert_eq!(generated(&slipped).1.state, GeneratedState::Stale);
    let recolored = applied(
        &made,
        &Edit::SetProperty {
            items: vec![made.item("A")],
            property: crate::edit::Property::Fit(crate::Fit::Cover),
        },
    );
    assert_eq!(generated(&recolored).1.state, GeneratedState::Stale);
}

#[test]
fn a_take_leaves_the_list_and_the_same_work_is_one_take() {
    let scene = filled();
    let (item, before) = generated(&scene);
    let first = before.takes[0].id;
    let mut inputs = take(&scene);
    inputs.recipe.fingerprint = "0123".into();
    let again = Edit::AddTake { item, take: inputs };
    let scene = applied(&applied(&scene, &again), &again);
    let (_, two) = generated(&scene);
    assert_eq!(two.takes.len(), 2, "the same work is not listed twice");
    let scene = applied(&scene, &Edit::SetActiveTake { item, take: first });
    let scene = applied(&scene, &again);
    assert_eq!(generated(&scene).1.active, Some(two.takes[1].id));

    let assets = scene.0.assets.len();
    let take = two.takes[1].id;
    let one = applied(&scene, &Edit::RemoveTake { item, take });
    let (_, left) = generated(&one);
    assert_eq!((left.takes.len(), left.active), (1, Some(first)));
    assert_eq!(one.0.assets.len(), assets, "its file is still known");
    let none = applied(&one, &Edit::RemoveTake { item, take: first });
    let (_, left) = generated(&none);
    assert_eq!((left.active, left.state), (None, GeneratedState::Ghost));
    assert!(apply(&none.0, &Edit::RemoveTake { item, take: first }).is_err());
}

#[test]
fn recipes_say_everything_and_are_kept_whole() {
    let scene = filled();
    let (item, _) = generated(&scene);
    let recipe = Recipe {
        storyboard: vec![RecipeShot {
            prompt: "a fox".into(),
            count: FrameCount(10),
            starts_with_cut: true,
        }],
        references: vec![scene.asset("Z")],
        region: Some(Region::Box([0.25, 0.0, 0.75, 1.0])),
        settings: [("flow_shift".to_owned(), "3".to_owned())].into(),
        ..Recipe::default()
    };
    let set = |change: &dyn Fn(&mut Recipe)| {
        let mut recipe = recipe.clone();
        change(&mut recipe);
        let recipe = Box::new(recipe);
        apply(&scene.0, &Edit::SetRecipe { item, recipe })
    };
    let kept = set(&|_| ()).unwrap();
    assert_eq!(file::load(&file::save(&kept).unwrap()).unwrap(), kept);
    assert!(set(&|recipe| recipe.references.push(AssetId(999))).is_err());
    assert!(set(&|recipe| recipe.region = Some(Region::Mask(AssetId(999)))).is_err());
    for region in [
        [0.5, 0.0, 0.6, 1.0],
        [0.0, 0.0, 0.0, 1.0],
        [-0.1, 0.0, 0.5, 1.0],
        [0.0, 0.0, f64::NAN, 1.0],
    ] {
        let refused = set(&|recipe| recipe.region = Some(Region::Box(region)));
        assert!(refused.is_err(), "{region:?}");
    }
    assert!(set(&|recipe| recipe.storyboard[0].count = FrameCount::ZERO).is_err());
}

#[test]
fn nonsense_is_refused() {
    let ready = |scene: &Scene| Edit::SetGeneratedState {
        item: scene.item("g"),
        state: GeneratedState::Ready,
    };
    check_refused(
        "V1: g[0..9)ghost",
        ready,
        "the state without a take must be ghost or queued",
    );
    let not_generated = |scene: &Scene| Edit::SetRecipe {
        item: scene.item("A"),
        recipe: Box::default(),
    };
    check_refused(
        "V1: A[0..9)",
        not_generated,
        "item 17 is not a generated item",
    );
    check_refused(
        "V1: g[0..9)ghost",
        |scene| Edit::AddTake {
            item: scene.item("g"),
            take: Box::new(TakeInputs {
                source_start: Ticks(-1),
                ..*take(scene)
            }),
        },
        "the start in the take must be within its media",
    );
}
