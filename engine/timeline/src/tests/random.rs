//! Whatever is done, in whatever order: the document is sound, and there is a way back.

use super::ascii::scene;
use crate::{
    AssetId, Document, Edit, EditError, GeneratedState, History, ItemId, Purpose, Rgba, Selection,
    Title, TrackId, TrackKind, TransitionKind, check,
    edit::{Edge, Placement, Property, Streams},
    file, plan_audio, plan_frame,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, Ratio};
use proptest::prelude::*;
use std::sync::Arc;

/// A dial that picks one of whatever there is.
struct Dice<'a> {
    document: &'a Document,
    numbers: [u16; 6],
}

impl Dice<'_> {
    fn item(&self, dial: usize) -> ItemId {
        let items = self
            .document
            .sequence
            .tracks
            .iter()
            .flat_map(|track| &track.items);
        let ids: Vec<_> = items.map(|item| item.id).collect();
        match ids.len() {
            0 => ItemId(0),
            count => ids[usize::from(self.numbers[dial]) % count],
        }
    }

    fn items(&self) -> Vec<ItemId> {
        let mut items = vec![self.item(1)];
        if self.numbers[5].is_multiple_of(3) {
            items.push(self.item(2));
        }
        items
    }

    fn track(&self, dial: usize) -> TrackId {
        let tracks = &self.document.sequence.tracks;
        match tracks.len() {
            0 => TrackId(0),
            count => tracks[usize::from(self.numbers[dial]) % count].id,
        }
    }

    fn frame(&self, dial: usize) -> FrameIndex {
        FrameIndex(i64::from(self.numbers[dial]) % 300 - 10)
    }

    fn count(&self, dial: usize) -> FrameCount {
        FrameCount(i64::from(self.numbers[dial]) % 120 - 30)
    }

    fn small(&self, dial: usize) -> FrameCount {
        FrameCount(i64::from(self.numbers[dial]) % 12)
    }

    fn range(&self) -> FrameRange {
        FrameRange::new(self.frame(2), self.count(3))
    }

    fn flag(&self) -> bool {
        self.numbers[4].is_multiple_of(2)
    }

    fn edge(&self) -> Edge {
        if self.numbers[4] % 4 < 2 {
            Edge::Start
        } else {
            Edge::End
        }
    }

    fn placement(&self) -> Placement {
        let assets: Vec<AssetId> = self.document.assets.iter().map(|asset| asset.id).collect();
        let streams = [Streams::Both, Streams::Both, Streams::Video, Streams::Audio];
        let start = FrameIndex(i64::from(self.numbers[3]) % 110);
        Placement {
            source_start: self.document.sequence.rate.ticks_from_frame(start),
            count: self.flag().then(|| self.count(4)),
            streams: streams[usize::from(self.numbers[5]) % streams.len()],
            ..Placement::whole(assets[usize::from(self.numbers[1]) % assets.len()])
        }
    }

    fn edit(&self) -> Edit {
        match self.numbers[0] % 35 {
            0 | 1 => Edit::Insert {
                placement: self.placement(),
                at: self.frame(2),
            },
            2 => Edit::Overwrite {
                placement: self.placement(),
                at: self.frame(2),
            },
            3 | 4 => Edit::Append {
                placement: self.placement(),
            },
            5 => Edit::Split {
                at: self.frame(2),
                items: Vec::new(),
            },
            6 => Edit::Split {
                at: self.frame(2),
                items: self.items(),
            },
            7 | 8 => Edit::Trim {
                item: self.item(1),
                edge: self.edge(),
                to: self.frame(2),
                alone: self.flag(),
            },
            other => self.cut(other),
        }
    }

    fn cut(&self, number: u16) -> Edit {
        match number {
            9 | 10 => Edit::RippleTrim {
                item: self.item(1),
                edge: self.edge(),
                to: self.frame(2),
                alone: self.flag(),
            },
            11 => Edit::Roll {
                left: self.item(1),
                to: self.frame(2),
                alone: self.flag(),
            },
            12 => Edit::Slip {
                item: self.item(1),
                by: self.count(2),
                alone: self.flag(),
            },
            13 => Edit::Slide {
                item: self.item(1),
                by: self.count(2),
                alone: self.flag(),
            },
            14 => Edit::Lift {
                items: self.items(),
            },
            15 => Edit::LiftRange {
                range: self.range(),
                tracks: Vec::new(),
            },
            16 | 17 => Edit::RippleDelete {
                items: self.items(),
            },
            18 => Edit::CloseGap {
                track: self.track(1),
                at: self.frame(2),
            },
            19 => Edit::Extract {
                range: self.range(),
                tracks: if self.flag() {
                    vec![self.track(1)]
                } else {
                    Vec::new()
                },
            },
            20 | 21 => Edit::Move {
                items: self.items(),
                by: self.count(3),
                to_track: self.flag().then(|| self.track(4)),
            },
            22 => Edit::Duplicate {
                items: self.items(),
                by: self.count(3),
                to_track: None,
            },
            other => self.setting(other),
        }
    }

    fn setting(&self, number: u16) -> Edit {
        match number {
            23 => Edit::Link {
                items: vec![self.item(1), self.item(2)],
            },
            24 => Edit::Unlink {
                items: self.items(),
            },
            25 | 26 => Edit::AddTransition {
                left: self.item(1),
                kind: TransitionKind::Dissolve,
                before: self.small(2),
                after: self.small(3),
            },
            27 => Edit::AddTitle {
                track: self.track(1),
                range: self.range(),
                title: Title::default(),
            },
            28 => {
                let speeds = [(1, 1), (2, 1), (1, 2), (3, 7), (1001, 1000), (7, 3)];
                let (num, den) = speeds[usize::from(self.numbers[2]) % speeds.len()];
                let speed = Ratio::new(num, den).unwrap();
                Edit::SetSpeed {
                    items: self.items(),
                    speed,
                    is_reversed: self.flag(),
                    is_ripple: self.numbers[3].is_multiple_of(2),
                }
            }
            other => self.rare(other),
        }
    }

    fn rare(&self, number: u16) -> Edit {
        match number {
            29 => Edit::FreezeFrame {
                item: self.item(1),
                at: self.frame(2),
                count: self.small(3),
            },
            30 => Edit::PlaceGenerated {
                track: self.track(1),
                range: self.range(),
                purpose: Purpose::Fill,
                recipe: Box::default(),
                anchors: Vec::new(),
                state: GeneratedState::Ghost,
            },
            31 => {
                let rates = super::rates::RATES;
                let rate: FrameRate = rates[usize::from(self.numbers[1]) % rates.len()]
                    .parse()
                    .unwrap();
                Edit::SetRate { rate }
            }
            32 => match self.numbers[1] % 5 {
                0 => Edit::AddTrack {
                    kind: TrackKind::Video,
                    label: String::new(),
                },
                1 => Edit::RemoveTrack {
                    track: self.track(2),
                },
                2 => Edit::MoveTrack {
                    track: self.track(2),
                    to: usize::from(self.numbers[3] % 3),
                },
                3 => Edit::LockTrack {
                    track: self.track(2),
                    is_locked: self.numbers[3].is_multiple_of(3),
                },
                _ => Edit::AddMarker {
                    frame: self.frame(2),
                    label: String::new(),
                    color: Rgba::WHITE,
                },
            },
            33 => Edit::Overshoot {
                item: self.item(1),
                edge: self.edge(),
                to: self.frame(2),
                alone: self.flag(),
            },
            _ => Edit::SetProperty {
                items: self.items(),
                property: Property::FadeIn(self.small(2)),
            },
        }
    }
}

fn dials() -> impl Strategy<Value = Vec<[u16; 6]>> {
    prop::collection::vec(any::<[u16; 6]>(), 1..60)
}

fn start() -> Document {
    scene(
        "V1: A[0..50)@10&1 ~5+5 B[50..80)@10&2 _10 C[90..120)x2&3 | V2: _20 t[20..60) | \
           A1: A[0..50)@10&1 B[50..80)@10&2 _10 C[90..120)x2&3 | A2: D[0..100)",
    )
    .0
}

/// Everything but what undo leaves alone.
fn without_pool(document: &Document) -> Document {
    Document {
        next_id: 0,
        ..document.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn random_edits_keep_the_document_sound(rolls in dials()) {
        let start = Arc::new(start());
        let mut history = History::new(Arc::clone(&start), "Open");
        let mut states = vec![without_pool(&start)];
        for (numbers, step) in rolls.iter().zip(1_u64..) {
            let dice = Dice { document: history.present(), numbers: *numbers };
            let edit = dice.edit();
            match history.edit(&edit, &Selection::default(), step * 1000) {
                // A broken document would be our bug, not a reason to refuse.
                Err(EditError::Broken { violation }) => prop_assert!(false, "{:?} breaks: {}\n{}", edit, violation, file::draw(&history.present().sequence)),
                Err(_refused) => {}
                Ok(_) => prop_assert_eq!(check(history.present()), []),
            }
            if history.steps().len() > states.len() {
                states.push(without_pool(history.present()));
            }
        }
        let end = without_pool(history.present());
        // The file holds all of it.
        let text = file::save(history.present()).unwrap();
        prop_assert_eq!(&file::load(&text).unwrap(), &**history.present());
        // Every frame has a plan, and so has the sound.
        let range = history.present().sequence.range();
        for frame in -2..range.end().0 + 2 {
            plan_frame(history.present(), FrameIndex(frame));
        }
        plan_audio(history.present(), -10, 48_000 * 30);
        // There and back again.
        for state in states.iter().rev().skip(1) {
            prop_assert!(history.undo());
            prop_assert_eq!(&without_pool(history.present()), state);
        }
        prop_assert!(!history.undo() && Arc::ptr_eq(history.present(), &start));
        while history.redo() {}
        prop_assert_eq!(without_pool(history.present()), end);
    }

    /// The parts of a pair that lie at one time never part by what happens to others.
    #[test]
    fn pairs_keep_in_step(rolls in dials()) {
        let mut document = start();
        for numbers in rolls {
            let dice = Dice { document: &document, numbers };
            let edit = dice.edit();
            // Edits of one half alone, and of one track alone, part pairs on purpose.
            let is_meant = matches!(
                edit,
                Edit::Insert { .. } | Edit::Split { .. } | Edit::RippleTrim { alone: false, .. }
                    | Edit::RippleDelete { .. } | Edit::CloseGap { .. } | Edit::Roll { alone: false, .. }
                    | Edit::Slide { alone: false, .. } | Edit::Slip { alone: false, .. } | Edit::Trim { alone: false, .. }
            );
            if !is_meant || trims_one_start(&document, &edit) {
                continue;
            }
            if let Ok(next) = crate::apply(&document, &edit) {
                document = next;
                prop_assert!(in_step(&document), "{:?}: {}", edit, file::draw(&document.sequence));
            }
        }
    }
}

/// Whether an edit ripples the start of one half of a pair that does not begin together: that parts them on purpose.
fn trims_one_start(document: &Document, edit: &Edit) -> bool {
    let Edit::RippleTrim {
        item,
        edge: Edge::Start,
        ..
    } = edit
    else {
        return false;
    };
    let Some((_, trimmed)) = document.sequence.item(*item) else {
        return false;
    };
    let mut items = document
        .sequence
        .tracks
        .iter()
        .flat_map(|track| &track.items);
    items.any(|other| {
        other.link.is_some() && other.link == trimmed.link && other.start != trimmed.start
    })
}

/// Whether linked clips of one file show and play the same media at the same time.
fn in_step(document: &Document) -> bool {
    let tracks = &document.sequence.tracks;
    let items: Vec<_> = tracks.iter().flat_map(|track| &track.items).collect();
    let offset = |item: &crate::Item| {
        let clip = item.media()?;
        let first = clip.media_from_item(FrameCount::ZERO, item.count, document.sequence.rate);
        let start = document
            .sequence
            .rate
            .ticks_from_frame(item.start)
            .scaled(clip.speed);
        Some((clip.asset, clip.speed, first - start))
    };
    items.iter().all(|a| {
        let mut others = items
            .iter()
            .filter(|b| a.link.is_some() && a.link == b.link);
        others.all(|b| offset(a) == offset(b))
    })
}
