//! Takes as the window knows them: which seed the next one gets, which two are compared, and where made frames meet
//! known ones.

use av::{FrameCount, FrameIndex, FrameRange};
use runtime::Comparison;
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};
use timeline::{Content, Document, Generated, GeneratedState, Item, ItemId, Purpose, Take, TakeId};

/// Frames that are played before and after a seam.
pub const SEAM_FRAMES: i64 = 12;

/// Seeds that people can read and type: below this.
const SEED_MAX: u64 = 1_000_000;

/// Color differences (ΔE2000) below the first are not seen, below the second only by who looks for them.
const SEEN_DELTA_E: [f64; 2] = [2.0, 5.0];

/// Jumps in motion below the first flow on, below the second are felt.
const SEEN_JUMP: [f64; 2] = [1.5, 2.5];

/// Which seed the next take gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeedChoice {
    /// One more than the last.
    #[default]
    Next,
    /// Any.
    Random,
    /// The same: only what else was changed makes a difference.
    Locked,
}

impl SeedChoice {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Next, Self::Random, Self::Locked];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Next => "Next seed",
            Self::Random => "Random seed",
            Self::Locked => "Same seed",
        }
    }

    /// The seed after `last`; `highest` is the largest that any take of the item had.
    pub fn seed(self, last: u64, highest: u64) -> u64 {
        match self {
            Self::Next => last.max(highest).wrapping_add(1),
            // The standard library seeds its hash maps from the system's randomness.
            Self::Random => RandomState::new().build_hasher().finish() % SEED_MAX,
            Self::Locked => last,
        }
    }
}

/// Two takes of one item set against each other: the one that shows, and another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compare {
    /// The generated item.
    pub item: ItemId,
    /// The other take.
    pub take: TakeId,
    /// How.
    pub how: Comparison,
}

/// How well a seam holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nobody sees it.
    Good,
    /// It is seen by who looks for it.
    Fair,
    /// It is seen.
    Poor,
}

impl Verdict {
    /// What a color difference means.
    pub fn of_delta_e(delta_e: f64) -> Self {
        Self::of(delta_e, SEEN_DELTA_E)
    }

    /// What a jump in motion means; motion that stops short is as bad as motion that leaps.
    pub fn of_motion_jump(jump: f64) -> Self {
        Self::of(either_way(jump), SEEN_JUMP)
    }

    fn of(figure: f64, [fair, poor]: [f64; 2]) -> Self {
        if figure < fair {
            Self::Good
        } else if figure < poor {
            Self::Fair
        } else {
            Self::Poor
        }
    }
}

/// How many times more or less than usual.
fn either_way(jump: f64) -> f64 {
    jump.max(jump.max(f64::MIN_POSITIVE).recip())
}

/// Where a made frame meets a known one on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// The generated item.
    pub item: ItemId,
    /// What people call it.
    pub label: String,
    /// The first frame after the seam.
    pub frame: FrameIndex,
    /// Whether the made frames come after it.
    pub is_start: bool,
    /// Number of the take that shows, from 1.
    pub take: usize,
    /// How many takes there are.
    pub takes: usize,
    /// Mean color difference over the seam (ΔE2000); `None` where it was not measured.
    pub delta_e: Option<f64>,
    /// Change across the seam against the usual change beside it.
    pub motion_jump: Option<f64>,
    /// Whether what it was made from has changed.
    pub is_stale: bool,
}

impl Join {
    /// The frames that are looped to judge it, inside the sequence.
    pub fn range(&self, whole: FrameRange) -> FrameRange {
        let start = (self.frame - FrameCount(SEAM_FRAMES)).max(whole.start);
        let end = (self.frame + FrameCount(SEAM_FRAMES)).min(whole.end());
        FrameRange::between(start, end)
    }

    /// The worse of its two figures.
    pub fn verdict(&self) -> Option<Verdict> {
        let color = self.delta_e.map(Verdict::of_delta_e);
        color.max(self.motion_jump.map(Verdict::of_motion_jump))
    }
}

/// By what seams are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeamOrder {
    /// Largest color difference first.
    #[default]
    Color,
    /// Largest jump in motion first.
    Motion,
    /// As they lie in the sequence.
    Time,
}

impl SeamOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Color, Self::Motion, Self::Time];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Color => "Color",
            Self::Motion => "Motion",
            Self::Time => "Time",
        }
    }
}

/// Every seam of the items that show a take, worst first; what was not measured comes last.
pub fn joins(document: &Document, order: SeamOrder) -> Vec<Join> {
    let mut joins: Vec<Join> = Vec::new();
    for track in &document.sequence.tracks {
        for item in &track.items {
            let Content::Generated(generated) = &item.content else {
                continue;
            };
            let is_beside = |frame| track.item_at(frame).is_some();
            let edges = [
                is_beside(item.start - FrameCount::ONE),
                is_beside(item.range().end()),
            ];
            joins.extend(joins_of(item, generated, edges));
        }
    }
    let figure = |join: &Join| match order {
        SeamOrder::Color => join.delta_e,
        SeamOrder::Motion => join.motion_jump.map(either_way),
        SeamOrder::Time => None,
    };
    joins.sort_by(|a, b| {
        let worst = figure(b)
            .unwrap_or(-1.0)
            .total_cmp(&figure(a).unwrap_or(-1.0));
        worst.then(a.frame.cmp(&b.frame))
    });
    joins
}

/// The seams at an item's start and end; `edges` says where something lies beside it.
fn joins_of(item: &Item, generated: &Generated, edges: [bool; 2]) -> Vec<Join> {
    let Some(take) = generated.active_take() else {
        return Vec::new();
    };
    if generated.purpose.covers() {
        // It remakes what lies below, frame for frame: nothing is joined.
        return Vec::new();
    }
    let number = generated.takes.iter().position(|other| other.id == take.id);
    let is_whole = [
        generated.take_offset == FrameCount::ZERO,
        generated.placed_count == FrameCount::ZERO
            || generated.take_offset + item.count == generated.placed_count,
    ];
    let join = |is_start: bool| {
        let edge = usize::from(!is_start);
        // A trimmed edge meets its neighbor at another frame than the one that was measured.
        let place = figure_place(generated.purpose, take, is_start).filter(|_| is_whole[edge]);
        let figure = |figures: &[f64]| place.and_then(|place| figures.get(place).copied());
        edges[edge].then(|| Join {
            item: item.id,
            label: item.label.clone(),
            frame: if is_start {
                item.start
            } else {
                item.range().end()
            },
            is_start,
            take: number.map_or(0, |number| number + 1),
            takes: generated.takes.len(),
            delta_e: figure(&take.seam_delta_e),
            motion_jump: figure(&take.seam_motion_jump),
            is_stale: generated.state == GeneratedState::Stale,
        })
    };
    [true, false].into_iter().filter_map(join).collect()
}

/// Which of a take's figures belongs to an edge: they were measured from the first seam to the last.
fn figure_place(purpose: Purpose, take: &Take, is_start: bool) -> Option<usize> {
    match (take.seam_delta_e.len(), is_start) {
        (0, _) => None,
        (1, _) => (is_start != (purpose == Purpose::ExtendBackward)).then_some(0),
        (_, true) => Some(0),
        (count, false) => Some(count - 1),
    }
}

/// A take's worst color difference, if it has seams.
pub fn worst_delta_e(take: &Take) -> Option<f64> {
    take.seam_delta_e.iter().copied().reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_go_on_from_the_highest_and_stay_when_locked() {
        assert_eq!(SeedChoice::Next.seed(3, 7), 8);
        assert_eq!(SeedChoice::Locked.seed(3, 7), 3);
        let some: std::collections::BTreeSet<u64> =
            (0..8).map(|_| SeedChoice::Random.seed(3, 7)).collect();
        assert!(some.len() > 4, "{some:?}");
    }

    #[test]
    fn a_seam_is_as_bad_as_its_worse_figure() {
        let join = Join {
            item: ItemId(1),
            label: String::new(),
            frame: FrameIndex(5),
            is_start: true,
            take: 1,
            takes: 1,
            delta_e: Some(0.4),
            motion_jump: Some(3.0),
            is_stale: false,
        };
        assert_eq!(join.verdict(), Some(Verdict::Poor));
        assert_eq!(Verdict::of_motion_jump(0.2), Verdict::Poor, "it stops");
        let whole = FrameRange::new(FrameIndex::ZERO, FrameCount(10));
        assert_eq!(join.range(whole), whole, "never beyond the sequence");
    }
}
