//! A drag as a value: what was grabbed, and which edit it means now. Pure; nothing here knows egui's state.

use super::{
    fades::Fades,
    snap::{SnapTarget, SnapTargets},
};
use av::{FrameCount, FrameIndex};
use std::{collections::BTreeSet, sync::Arc};
use timeline::{Edit, ItemId, MarkerId, Sequence, TrackId, TrackKind, Transition, edit::Edge};

/// What was grabbed.
#[derive(Debug, Clone, PartialEq)]
pub enum Grab {
    /// The ruler: the playhead follows.
    Scrub,
    /// A marker.
    Marker {
        /// Which.
        marker: MarkerId,
        /// Where it stood.
        from: FrameIndex,
    },
    /// The in or the out point.
    Mark {
        /// Which.
        edge: Edge,
        /// Where it stood.
        from: FrameIndex,
    },
    /// Items as a whole.
    Move {
        /// Which; the one that was pressed first.
        items: Vec<ItemId>,
        /// The track of the one that was pressed.
        track: TrackId,
    },
    /// One edge of an item.
    Trim {
        /// Which item.
        item: ItemId,
        /// Which edge.
        edge: Edge,
        /// Whether everything after follows.
        is_ripple: bool,
    },
    /// The cut after an item.
    Roll {
        /// The item before the cut.
        left: ItemId,
    },
    /// What an item shows.
    Slip {
        /// Which item.
        item: ItemId,
    },
    /// An item between its neighbors.
    Slide {
        /// Which item.
        item: ItemId,
    },
    /// The end of a fade in, or the start of a fade out.
    Fade {
        /// Which item.
        item: ItemId,
        /// Which fade.
        edge: Edge,
    },
    /// A transition: one end, or all of it along the cut.
    Transition {
        /// How it was.
        transition: Transition,
        /// The cut it belongs to.
        cut: FrameIndex,
        /// Which end; `None` for all of it.
        edge: Option<Edge>,
    },
    /// Emptiness: a rectangle selects what it touches.
    Band {
        /// Height on the screen where it began.
        from_y: f32,
        /// What was selected before and stays so.
        keep: BTreeSet<ItemId>,
    },
}

/// Where the pointer is and what is held.
#[derive(Debug, Clone, Copy)]
pub struct Pointer {
    /// Frames, with fraction, from the sequence's start.
    pub frames: f64,
    /// The track under it.
    pub track: Option<TrackId>,
    /// How near an edge must come to snap; zero turns snapping off.
    pub tolerance: FrameCount,
    /// Whether linked parts are left, or copies are moved.
    pub is_alt: bool,
    /// Whether a trim ripples.
    pub is_ctrl: bool,
    /// Frames that an edge must be pulled past the end of its media before more is wished for.
    pub resistance: FrameCount,
}

/// A drag that is being made.
#[derive(Debug, Clone)]
pub struct Drag {
    /// What was grabbed.
    pub grab: Grab,
    /// Frames, with fraction, where it was pressed.
    pub from: f64,
    /// The sequence as it was then.
    pub base: Arc<Sequence>,
    /// What edges jump to.
    pub targets: SnapTargets,
    /// What was snapped to last.
    pub snapped: Option<SnapTarget>,
    /// The edit that was asked for last; the gesture has begun when there is one.
    pub last: Option<Edit>,
    /// Where the media of a trimmed edge ends, if more could be wished for there.
    pub media_end: Option<FrameIndex>,
    /// Whether a trimmed start can be pulled past the sequence's first frame.
    pub opens_start: bool,
}

impl Drag {
    /// A drag that begins `from` frames into `base`.
    pub fn new(grab: Grab, from: f64, base: Arc<Sequence>, playhead: FrameIndex) -> Self {
        let moving: BTreeSet<ItemId> = match &grab {
            Grab::Move { items, .. } => items.iter().copied().collect(),
            Grab::Trim { item, .. } | Grab::Slide { item } | Grab::Roll { left: item } => {
                linked_with(&base, *item)
            }
            _ => BTreeSet::new(),
        };
        let playhead = (grab != Grab::Scrub).then_some(playhead);
        let mut targets = SnapTargets::new(&base, playhead, &moving);
        // An edge that snapped to where it was could not be dragged by little.
        let edge = match &grab {
            Grab::Trim { item, edge, .. } => edge_of(&base, *item, *edge),
            Grab::Roll { left } => edge_of(&base, *left, Edge::End),
            Grab::Marker { from, .. } | Grab::Mark { from, .. } => Some(*from),
            _ => None,
        };
        if let Some(edge) = edge {
            targets.remove(edge);
        }
        Self {
            grab,
            from,
            base,
            targets,
            snapped: None,
            last: None,
            media_end: None,
            opens_start: false,
        }
    }

    /// Name of the undo step that an edit of this drag makes.
    pub fn label(&self, edit: &Edit) -> String {
        match edit {
            Edit::Overshoot { .. } => edit.label().to_owned(),
            _ => self.usual_label().to_owned(),
        }
    }

    fn usual_label(&self) -> &'static str {
        match self.grab {
            Grab::Scrub | Grab::Band { .. } => "",
            Grab::Marker { .. } => "Move marker",
            Grab::Mark { .. } => "Move mark",
            Grab::Move { .. } => "Move",
            Grab::Trim {
                is_ripple: true, ..
            } => "Ripple trim",
            Grab::Trim { .. } => "Trim",
            Grab::Roll { .. } => "Roll cut",
            Grab::Slip { .. } => "Slip",
            Grab::Slide { .. } => "Slide",
            Grab::Fade { .. } => "Fade",
            Grab::Transition { .. } => "Change transition",
        }
    }

    /// The edit that the pointer's place means, applied to the document as it was when the drag began.
    pub fn edit(&mut self, pointer: Pointer) -> Option<Edit> {
        let moved = FrameCount((pointer.frames - self.from).round() as i64);
        let alone = pointer.is_alt;
        match self.grab.clone() {
            Grab::Scrub | Grab::Band { .. } => None,
            Grab::Marker { marker, from } => Some(Edit::MoveMarker {
                marker,
                frame: self.snapped_from(from, moved, pointer),
            }),
            Grab::Mark { edge, from } => {
                let frame = Some(self.snapped_from(from, moved, pointer));
                Some(match edge {
                    Edge::Start => Edit::SetMarkIn { frame },
                    Edge::End => Edit::SetMarkOut { frame },
                })
            }
            Grab::Move { items, track } => self.move_edit(items, track, moved, pointer),
            Grab::Trim {
                item,
                edge,
                is_ripple,
            } => {
                let from = self.edge_of(item, edge)?;
                let to = if self.opens_start {
                    from + self.snap(&[from], moved, pointer)
                } else {
                    self.snapped_from(from, moved, pointer)
                };
                Some(if is_ripple || pointer.is_ctrl {
                    Edit::RippleTrim {
                        item,
                        edge,
                        to,
                        alone,
                    }
                } else {
                    self.trim_edit((item, edge), to, pointer)
                })
            }
            Grab::Roll { left } => {
                let to = self.snapped_from(self.edge_of(left, Edge::End)?, moved, pointer);
                Some(Edit::Roll { left, to, alone })
            }
            // The media moves with the hand, so the item starts earlier in it when dragged to the right.
            Grab::Slip { item } => Some(Edit::Slip {
                item,
                by: -moved,
                alone,
            }),
            Grab::Slide { item } => {
                let edges = [
                    self.edge_of(item, Edge::Start)?,
                    self.edge_of(item, Edge::End)?,
                ];
                let by = self.snap(&edges, moved, pointer);
                Some(Edit::Slide { item, by, alone })
            }
            Grab::Fade { item, edge } => self.fade_edit(item, edge, moved),
            Grab::Transition {
                transition,
                cut,
                edge,
            } => Some(self.transition_edit(transition, cut, edge, moved, pointer)),
        }
    }

    fn move_edit(
        &mut self,
        items: Vec<ItemId>,
        track: TrackId,
        moved: FrameCount,
        pointer: Pointer,
    ) -> Option<Edit> {
        // One pass over the sequence; looking each item up would be slow when all are moved.
        let moving: BTreeSet<&ItemId> = items.iter().collect();
        let found = self.base.tracks.iter().flat_map(|track| &track.items);
        let edges: Vec<_> = found
            .filter(|item| moving.contains(&item.id))
            .flat_map(|item| [item.start, item.range().end()])
            .collect();
        let earliest = edges.iter().min()?;
        // Clamped before snapping, so that the line is drawn where the items really come to lie.
        let moved = moved.max(FrameIndex::ZERO - *earliest);
        let by = self.snap(&edges, moved, pointer);
        let kind = self.base.track(track)?.kind;
        let to_track = pointer
            .track
            .filter(|to| *to != track)
            .filter(|to| self.base.track(*to).is_some_and(|to| to.kind == kind));
        Some(if pointer.is_alt {
            Edit::Duplicate {
                items,
                by,
                to_track,
            }
        } else {
            Edit::Move {
                items,
                by,
                to_track,
            }
        })
    }

    fn fade_edit(&self, item: ItemId, edge: Edge, moved: FrameCount) -> Option<Edit> {
        let (track, item) = self.base.item(item)?;
        let fades = Fades::of(item, track.kind)?;
        let length = match edge {
            Edge::Start => fades.start + moved,
            Edge::End => fades.end - moved,
        };
        Some(
            fades
                .with(edge, length, item.count)
                .edit(item, track.kind, edge),
        )
    }

    fn transition_edit(
        &mut self,
        transition: Transition,
        cut: FrameIndex,
        edge: Option<Edge>,
        moved: FrameCount,
        pointer: Pointer,
    ) -> Edit {
        let zero = FrameCount::ZERO;
        let Transition { before, after, .. } = transition;
        let (before, after) = match edge {
            Some(Edge::Start) => {
                let start = self.snapped_from(cut - before, moved, pointer);
                ((cut - start).max(FrameCount::ONE - after).max(zero), after)
            }
            Some(Edge::End) => {
                let end = self.snapped_from(cut + after, moved, pointer);
                (before, (end - cut).max(FrameCount::ONE - before).max(zero))
            }
            None => {
                let moved = moved.clamp(-after, before);
                (before - moved, after + moved)
            }
        };
        Edit::UpdateTransition {
            transition: transition.id,
            kind: transition.kind,
            before,
            after,
        }
    }

    fn edge_of(&self, item: ItemId, edge: Edge) -> Option<FrameIndex> {
        edge_of(&self.base, item, edge)
    }

    fn snapped_from(
        &mut self,
        from: FrameIndex,
        moved: FrameCount,
        pointer: Pointer,
    ) -> FrameIndex {
        let to = from + self.snap(&[from], moved, pointer);
        to.max(FrameIndex::ZERO)
    }

    fn snap(&mut self, edges: &[FrameIndex], moved: FrameCount, pointer: Pointer) -> FrameCount {
        if pointer.tolerance <= FrameCount::ZERO {
            self.snapped = None;
            return moved;
        }
        let snapped = self.targets.snap(edges, moved, pointer.tolerance);
        self.snapped = snapped.at;
        snapped.delta
    }
}

/// An item and whatever is linked to it.
pub fn linked_with(sequence: &Sequence, item: ItemId) -> BTreeSet<ItemId> {
    let link = sequence.item(item).and_then(|(_, item)| item.link);
    let items = sequence.tracks.iter().flat_map(|track| &track.items);
    let linked = items.filter(|other| other.link.is_some() && other.link == link);
    linked.map(|other| other.id).chain([item]).collect()
}

/// Where an edge of an item lies.
pub fn edge_of(sequence: &Sequence, item: ItemId, edge: Edge) -> Option<FrameIndex> {
    let (_, item) = sequence.item(item)?;
    Some(match edge {
        Edge::Start => item.start,
        Edge::End => item.range().end(),
    })
}

/// What a press with a tool on the body of an item grabs; `None` where it only clicks.
pub fn grab_of_body(tool: super::tool::Tool, item: ItemId) -> Option<Grab> {
    use super::tool::Tool;
    match tool {
        Tool::Slip => Some(Grab::Slip { item }),
        Tool::Slide => Some(Grab::Slide { item }),
        Tool::Razor | Tool::Roll | Tool::Select | Tool::Ripple => None,
    }
}

/// Whether a track of that kind shows pictures.
pub fn is_visual(kind: TrackKind) -> bool {
    match kind {
        TrackKind::Video | TrackKind::Caption => true,
        TrackKind::Audio => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::timeline::example;
    use timeline::TransitionId;

    const TOLERANCE: FrameCount = FrameCount(6);

    fn at(frames: f64) -> Pointer {
        Pointer {
            frames,
            track: None,
            tolerance: TOLERANCE,
            is_alt: false,
            is_ctrl: false,
            resistance: FrameCount::ZERO,
        }
    }

    fn drag(grab: Grab, from: f64) -> Drag {
        Drag::new(grab, from, Arc::new(example::small()), FrameIndex(42))
    }

    #[test]
    fn moving_snaps_to_a_neighbor_and_never_before_zero() {
        let track = TrackId(1);
        let items = vec![ItemId(12)];
        let mut drag = drag(Grab::Move { items, track }, 230.0);
        let by = |edit| match edit {
            Some(Edit::Move { by, .. }) => by.0,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            by(drag.edit(at(193.0))),
            -40,
            "abuts item 11, which ends at 160"
        );
        assert_eq!(
            drag.snapped.map(|target| target.frame),
            Some(FrameIndex(160))
        );
        let free = Pointer {
            tolerance: FrameCount::ZERO,
            ..at(193.0)
        };
        assert_eq!(by(drag.edit(free)), -37);
        assert_eq!(by(drag.edit(at(-900.0))), -200);
        let copied = drag.edit(Pointer {
            is_alt: true,
            ..at(500.0)
        });
        assert!(matches!(copied, Some(Edit::Duplicate { .. })), "{copied:?}");
    }

    #[test]
    fn other_tracks_are_entered_only_when_they_take_the_item() {
        let items = vec![ItemId(12)];
        let mut drag = drag(
            Grab::Move {
                items,
                track: TrackId(1),
            },
            230.0,
        );
        let target = |drag: &mut Drag, track| {
            let edit = drag.edit(Pointer {
                track: Some(TrackId(track)),
                ..at(230.0)
            });
            match edit {
                Some(Edit::Move { to_track, .. }) => to_track.map(|track| track.0),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(target(&mut drag, 1), None);
        assert_eq!(target(&mut drag, 2), Some(2));
        assert_eq!(target(&mut drag, 3), None, "sound takes no pictures");
    }

    #[test]
    fn a_trim_goes_where_the_edge_goes_not_where_the_pointer_is() {
        let grab = Grab::Trim {
            item: ItemId(12),
            edge: Edge::Start,
            is_ripple: false,
        };
        let mut drag = drag(grab, 203.0);
        let edit = drag.edit(at(223.0));
        let expected = Edit::Trim {
            item: ItemId(12),
            edge: Edge::Start,
            to: FrameIndex(220),
            alone: false,
        };
        assert_eq!(edit, Some(expected));
        let rippled = drag.edit(Pointer {
            is_ctrl: true,
            ..at(223.0)
        });
        assert!(
            matches!(rippled, Some(Edit::RippleTrim { .. })),
            "{rippled:?}"
        );
    }

    #[test]
    fn slipping_moves_the_media_with_the_hand() {
        let edit = drag(Grab::Slip { item: ItemId(10) }, 50.0).edit(at(57.0));
        assert!(
            matches!(
                edit,
                Some(Edit::Slip {
                    by: FrameCount(-7),
                    ..
                })
            ),
            "{edit:?}"
        );
    }

    #[test]
    fn a_transition_keeps_at_least_a_frame() {
        let transition = example::small().tracks[0].transitions[0];
        let lengths = |edge, moved: f64| {
            let cut = FrameIndex(100);
            let mut drag = drag(
                Grab::Transition {
                    transition,
                    cut,
                    edge,
                },
                0.0,
            );
            let free = Pointer {
                tolerance: FrameCount::ZERO,
                ..at(moved)
            };
            match drag.edit(free) {
                Some(Edit::UpdateTransition {
                    transition,
                    before,
                    after,
                    ..
                }) => {
                    assert_eq!(transition, TransitionId(50));
                    (before.0, after.0)
                }
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(lengths(Some(Edge::End), 5.0), (10, 15));
        assert_eq!(lengths(Some(Edge::Start), 90.0), (0, 10));
        assert_eq!(lengths(None, 4.0), (6, 14));
        assert_eq!(lengths(None, 99.0), (0, 20));
    }
}
