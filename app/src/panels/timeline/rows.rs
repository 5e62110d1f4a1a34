//! Which stretch of the screen each track takes: captions on top, pictures with the last track highest, then sound.

use super::metrics::{
    AUDIO_TRACK_HEIGHT_PX, CAPTION_TRACK_HEIGHT_PX, HALVES_GAP_PX, TRACK_GAP_PX,
    TRACK_HEIGHT_MAX_PX, TRACK_HEIGHT_MIN_PX, VIDEO_TRACK_HEIGHT_PX,
};
use egui::Rangef;
use std::collections::BTreeMap;
use timeline::{Sequence, TrackId, TrackKind};

/// One track's stretch of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its place in the sequence's list.
    pub index: usize,
    /// The track.
    pub track: TrackId,
    /// What lies on it.
    pub kind: TrackKind,
    /// Its label, or "V1", "A2" by position.
    pub name: String,
    /// Top and bottom on the screen.
    pub y: Rangef,
}

/// Every track's stretch, topmost first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The stretches.
    pub list: Vec<Row>,
    /// Height of all of them together.
    pub height: f32,
}

impl Rows {
    /// Lays tracks out from `top` downwards; `heights` holds those that were resized.
    pub fn new(sequence: &Sequence, heights: &BTreeMap<TrackId, f32>, top: f32) -> Self {
        let mut list: Vec<Row> = Vec::with_capacity(sequence.tracks.len());
        let mut numbers = [0_usize; 3];
        for (index, track) in sequence.tracks.iter().enumerate() {
            let (slot, letter) = match track.kind {
                TrackKind::Caption => (0, 'C'),
                TrackKind::Video => (1, 'V'),
                TrackKind::Audio => (2, 'A'),
            };
            numbers[slot] += 1;
            let name = if track.label.is_empty() {
                format!("{letter}{}", numbers[slot])
            } else {
                track.label.clone()
            };
            list.push(Row {
                index,
                track: track.id,
                kind: track.kind,
                name,
                y: Rangef::NOTHING,
            });
        }
        list.sort_by_key(|row| match row.kind {
            TrackKind::Caption => (0, usize::MAX - row.index),
            TrackKind::Video => (1, usize::MAX - row.index),
            TrackKind::Audio => (2, row.index),
        });
        let height = place(&mut list, heights, top);
        Self { list, height }
    }

    /// The row at height `y`; the space below a row belongs to it.
    pub fn at(&self, y: f32) -> Option<&Row> {
        let after = self.list.partition_point(|row| row.y.min <= y);
        let row = self.list.get(after.checked_sub(1)?)?;
        (y < row.y.max + TRACK_GAP_PX).then_some(row)
    }

    /// The row of a track.
    pub fn of(&self, track: TrackId) -> Option<&Row> {
        self.list.iter().find(|row| row.track == track)
    }

    /// The row `steps` below (above when negative) the one of `track`, if it is of the same kind.
    pub fn stepped(&self, track: TrackId, steps: isize) -> Option<&Row> {
        let place = self.list.iter().position(|row| row.track == track)?;
        let other = self.list.get(place.checked_add_signed(steps)?)?;
        (other.kind == self.list[place].kind).then_some(other)
    }
}

/// Gives each row its stretch; returns the height of all.
fn place(list: &mut [Row], heights: &BTreeMap<TrackId, f32>, top: f32) -> f32 {
    let mut y = top;
    let mut above: Option<TrackKind> = None;
    for row in list {
        if row.kind == TrackKind::Audio && above.is_some_and(|kind| kind != TrackKind::Audio) {
            y += HALVES_GAP_PX;
        }
        above = Some(row.kind);
        let height = heights.get(&row.track).copied();
        let height = height.unwrap_or(default_height(row.kind));
        row.y = Rangef::new(y, y + height);
        y += height + TRACK_GAP_PX;
    }
    y - top
}

/// Height of a track that was never resized.
pub fn default_height(kind: TrackKind) -> f32 {
    match kind {
        TrackKind::Video => VIDEO_TRACK_HEIGHT_PX,
        TrackKind::Audio => AUDIO_TRACK_HEIGHT_PX,
        TrackKind::Caption => CAPTION_TRACK_HEIGHT_PX,
    }
}

/// The nearest height a track may have.
pub fn clamp_height(height: f32) -> f32 {
    height.clamp(TRACK_HEIGHT_MIN_PX, TRACK_HEIGHT_MAX_PX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{FrameRate, ScanSize};

    fn rows() -> Rows {
        let size = ScanSize {
            width: 1280,
            height: 720,
        };
        let sequence = Sequence::new(size, FrameRate::FPS_25);
        Rows::new(&sequence, &BTreeMap::new(), 100.0)
    }

    #[test]
    fn pictures_stand_above_sound_and_the_last_is_highest() {
        let rows = rows();
        let names: Vec<_> = rows.list.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["V2", "V1", "A1", "A2"]);
        assert!(
            rows.list
                .windows(2)
                .all(|pair| pair[0].y.max < pair[1].y.min)
        );
    }

    #[test]
    fn rows_are_found_by_height() {
        let rows = rows();
        assert_eq!(rows.at(99.0), None);
        assert_eq!(rows.at(100.0).map(|row| row.name.as_str()), Some("V2"));
        let below_first = rows.list[0].y.max + 1.0;
        assert_eq!(
            rows.at(below_first).map(|row| row.name.as_str()),
            Some("V2")
        );
        assert_eq!(rows.at(5000.0), None);
    }

    #[test]
    fn a_step_never_leaves_its_kind() {
        let rows = rows();
        let [v2, v1, a1, _] = [0, 1, 2, 3].map(|place| rows.list[place].track);
        assert_eq!(rows.stepped(v1, -1).map(|row| row.track), Some(v2));
        assert_eq!(rows.stepped(v1, 1), None, "sound lies below");
        assert_eq!(rows.stepped(v2, -1), None);
        assert_eq!(rows.stepped(a1, 1).map(|row| row.name.as_str()), Some("A2"));
    }
}
