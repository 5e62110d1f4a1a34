//! Where the playhead stands and whether it moves, as the engine last told.

use crate::limits::SHUTTLE_SPEED_MAX;
use av::{FrameIndex, Ratio, ScanSize};
use runtime::PlaybackState;

/// The playhead and everything about playback.
#[derive(Debug)]
pub struct Transport {
    /// Where the playhead stands, in the sequence.
    pub playhead: FrameIndex,
    /// Whether it moves.
    pub state: PlaybackState,
    /// Frames that came too late since playback began.
    pub dropped_frames: u64,
    /// What playback keeps time with, for people.
    pub clock: String,
    /// Whether the marked range plays over and over.
    pub is_looping: bool,
    /// Physical pixels that the engine was told the viewer has.
    pub viewer_size: Option<ScanSize>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            playhead: FrameIndex::ZERO,
            state: PlaybackState::Paused,
            dropped_frames: 0,
            clock: String::new(),
            is_looping: false,
            viewer_size: None,
        }
    }
}

impl Transport {
    /// Whether the playhead moves.
    pub fn is_playing(&self) -> bool {
        match self.state {
            PlaybackState::Playing(_) => true,
            PlaybackState::Paused => false,
        }
    }

    /// The speed that J (`-1`) or L (`1`) goes to from here: on in the same direction, twice as fast; else normal.
    pub fn shuttle(&self, direction: i64) -> Ratio {
        let now = match self.state {
            PlaybackState::Playing(speed) if speed.num().signum() == direction => speed,
            PlaybackState::Playing(_) | PlaybackState::Paused => {
                return Ratio::new(direction, 1).unwrap_or(Ratio::ONE);
            }
        };
        let doubled = now.num() * 2;
        if doubled.abs() > SHUTTLE_SPEED_MAX * now.den() {
            return now;
        }
        Ratio::new(doubled, now.den()).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuttling_doubles_and_turns_round() {
        let mut transport = Transport::default();
        let mut speeds = Vec::new();
        for direction in [1, 1, 1, 1, 1, -1, -1] {
            let speed = transport.shuttle(direction);
            transport.state = PlaybackState::Playing(speed);
            speeds.push(speed.to_string());
        }
        assert_eq!(speeds, ["1", "2", "4", "8", "8", "-1", "-2"]);
    }
}
