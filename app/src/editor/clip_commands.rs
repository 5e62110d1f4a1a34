//! Clip commands that make something anew over a clip: another look, frames between its frames, a region, a wider
//! picture.

use super::Editor;
use av::{FrameIndex, Ratio, ScanSize, Ticks};
use runtime::Problem;
use timeline::{
    Anchor, Content, Document, Edit, GeneratedState, Item, ItemId, Purpose, Recipe, Track, TrackId,
    TrackKind,
};

impl Editor {
    /// The picture clip that clip commands mean: the selected one, else the topmost one under the playhead.
    pub fn clip_target(&self, playhead: FrameIndex) -> Option<ItemId> {
        let sequence = &self.document().sequence;
        let is_clip = |id: &ItemId| {
            sequence.item(*id).is_some_and(|(track, item)| {
                track.kind == TrackKind::Video && matches!(item.content, Content::Clip(_))
            })
        };
        let selected = self.selection().items.iter().copied().find(is_clip);
        selected.or_else(|| {
            let under = self.item_under(playhead)?.id;
            is_clip(&under).then_some(under)
        })
    }

    /// Reserves the stretch right above a clip for what remakes it; returns the generated item.
    pub fn cover(
        &mut self,
        clip: ItemId,
        purpose: Purpose,
        recipe: Recipe,
    ) -> Result<ItemId, Problem> {
        let asked = (purpose, GeneratedState::Queued);
        let edit = cover_edit(self.document(), clip, asked, recipe)?;
        if purpose == Purpose::Upscale {
            let alike = self.placed_alike(clip, edit)?;
            return self.place_generated(&alike);
        }
        self.place_generated(&edit)
    }

    /// The edit that reserves a stretch, and then places and colors what is made there just as the clip is: it shows
    /// the clip's own pictures, only more of them.
    fn placed_alike(&self, clip: ItemId, edit: Edit) -> Result<Edit, Problem> {
        let (_, item) = self.find(clip)?;
        let mut properties = item.properties.clone();
        if let (Some(background), Content::Clip(clip)) =
            (&item.properties.background, &item.content)
        {
            properties.background = background.for_remake_of(clip, Ticks::ZERO);
            if properties.background.is_none() {
                return Err(Problem::warning(
                    "This clip has another background and plays at another speed: it cannot be upscaled as it is",
                    "Set its speed to 100 %, forwards, and upscale it; or swap its background back (Ctrl+Shift+B) before",
                ));
            }
        }
        let placed = timeline::apply_edit(self.document(), &edit).map_err(super::problem_of)?;
        let made = placed.created.items.first().copied();
        let made = made.ok_or_else(|| Problem::internal("a placed item has no name"))?;
        let alike = Edit::SetProperties {
            items: vec![made],
            properties: Box::new(properties),
        };
        Ok(Edit::Batch {
            label: Purpose::Upscale.label().to_owned(),
            edits: vec![edit, alike],
        })
    }

    /// Wishes for a part of a clip to be made anew, above it; which part is said later. Selects the wish and names it.
    pub fn wish_repaint(&mut self, clip: ItemId) -> Result<Vec<ItemId>, Problem> {
        let asked = (Purpose::Repaint, GeneratedState::Ghost);
        let edit = cover_edit(self.document(), clip, asked, Recipe::default())?;
        self.wish_edit(&edit)
    }

    /// Slows a clip down so many times and reserves the frames between its frames; all as one step.
    pub fn slow_down(&mut self, clip: ItemId, factor: i64) -> Result<ItemId, Problem> {
        let (_, item) = self.find(clip)?;
        let Content::Clip(now) = &item.content else {
            return Err(no_clip());
        };
        let speed = Ratio::new(now.speed.num(), now.speed.den() * factor).map_err(|error| {
            Problem::error(
                "The clip cannot be slowed down any further",
                "Choose a smaller factor",
            )
            .with_cause(&error)
        })?;
        let slow = Edit::SetSpeed {
            items: vec![clip],
            speed,
            is_reversed: now.is_reversed,
            is_ripple: true,
        };
        let slowed = timeline::apply(self.document(), &slow).map_err(super::problem_of)?;
        let asked = (Purpose::Interpolate, GeneratedState::Queued);
        let cover = cover_edit(&slowed, clip, asked, Recipe::default())?;
        self.place_generated(&Edit::Batch {
            label: "Slow motion".to_owned(),
            edits: vec![slow, cover],
        })
    }

    /// Gives the sequence another size and reserves what lies past a clip's borders then; all as one step.
    pub fn widen(
        &mut self,
        clip: ItemId,
        size: ScanSize,
        recipe: Recipe,
    ) -> Result<ItemId, Problem> {
        let resize = Edit::SetSize { size };
        let resized = timeline::apply(self.document(), &resize).map_err(super::problem_of)?;
        let asked = (Purpose::Outpaint, GeneratedState::Queued);
        let cover = cover_edit(&resized, clip, asked, recipe)?;
        self.place_generated(&Edit::Batch {
            label: "Outpaint".to_owned(),
            edits: vec![resize, cover],
        })
    }

    fn find(&self, id: ItemId) -> Result<(&Track, &Item), Problem> {
        let found = self.document().sequence.item(id);
        found
            .map(|(track, item)| (&**track, &**item))
            .ok_or_else(no_clip)
    }

    /// Applies an edit that reserves a stretch; returns the generated item.
    fn place_generated(&mut self, edit: &Edit) -> Result<ItemId, Problem> {
        let created = self.edit(edit)?;
        let is_generated = |id: &ItemId| self.generated(*id).is_some();
        let item = created.items.iter().copied().find(is_generated);
        item.ok_or_else(|| Problem::internal("a placed item has no name"))
    }
}

/// The edit that reserves the stretch right above a clip, on the next track if it has room, else on a new one between.
fn cover_edit(
    document: &Document,
    clip: ItemId,
    (purpose, state): (Purpose, GeneratedState),
    recipe: Recipe,
) -> Result<Edit, Problem> {
    let sequence = &document.sequence;
    let (own, item) = sequence.item(clip).ok_or_else(no_clip)?;
    let range = item.range();
    let place = |track| Edit::PlaceGenerated {
        track,
        range,
        purpose,
        recipe: Box::new(Recipe {
            num_frames: u32::try_from(range.count.0).unwrap_or_default(),
            ..recipe
        }),
        anchors: vec![Anchor {
            item: clip,
            frames: range,
            content_hash: 0,
        }],
        state,
    };
    let video = sequence.tracks.iter();
    let video: Vec<&Track> = video
        .filter(|track| track.kind == TrackKind::Video)
        .map(AsRef::as_ref)
        .collect();
    let next = video.iter().take_while(|track| track.id != own.id).count() + 1;
    let is_free = |track: &&Track| {
        !track.is_locked && !track.items.iter().any(|item| item.range().overlaps(range))
    };
    // Only the very next track will do: what lies higher, such as a title, is neither remade nor covered.
    Ok(match video.get(next).copied().filter(is_free) {
        Some(track) => place(track.id),
        None => Edit::Batch {
            label: purpose.label().to_owned(),
            // The new track is named with the document's next number.
            edits: vec![
                Edit::AddTrack {
                    kind: TrackKind::Video,
                    label: String::new(),
                },
                Edit::MoveTrack {
                    track: TrackId(document.next_id),
                    to: next,
                },
                place(TrackId(document.next_id)),
            ],
        },
    })
}

fn no_clip() -> Problem {
    Problem::warning(
        "There is no clip to work on",
        "Select a video clip or a picture on the timeline",
    )
}
