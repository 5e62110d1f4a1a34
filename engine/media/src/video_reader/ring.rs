//! Decoded pictures around the current frame, bounded by bytes.

use crate::{
    decoder::RawPicture,
    limits::{GOP_RING_BYTES_MAX, GOP_RING_PICTURES_MIN, GOP_RINGS_BYTES_MAX},
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Bytes in the rings of all readers together.
static ALL_BYTES: AtomicUsize = AtomicUsize::new(0);

/// The pictures nearest to the current frame.
#[derive(Debug, Default)]
pub struct Ring {
    pictures: BTreeMap<usize, RawPicture>,
    bytes: usize,
    current: usize,
    is_reversing: bool,
}

impl Ring {
    /// Tells which frame is asked for and which way the requests go.
    pub fn set_current(&mut self, number: usize, is_reversing: bool) {
        self.current = number;
        self.is_reversing = is_reversing;
    }

    /// Whether frame `number` is here.
    pub fn contains(&self, number: usize) -> bool {
        self.pictures.contains_key(&number)
    }

    /// Frame `number`, if it is here.
    pub fn get(&self, number: usize) -> Option<&RawPicture> {
        self.pictures.get(&number)
    }

    /// Keeps a picture, giving up those that are least likely to be asked for next.
    pub fn insert(&mut self, number: usize, picture: RawPicture) {
        self.add(picture.buffer.size());
        if let Some(old) = self.pictures.insert(number, picture) {
            self.subtract(old.buffer.size());
        }
        while self.is_too_full() {
            let victim = self
                .least_likely()
                .and_then(|victim| self.pictures.remove(&victim));
            let Some(old) = victim else {
                return;
            };
            self.subtract(old.buffer.size());
        }
    }

    /// Each ring has a limit, and all have one together; a few pictures are never too many.
    fn is_too_full(&self) -> bool {
        let is_over = self.bytes > GOP_RING_BYTES_MAX
            || ALL_BYTES.load(Ordering::Relaxed) > GOP_RINGS_BYTES_MAX;
        is_over && self.pictures.len() > GOP_RING_PICTURES_MIN
    }

    fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        ALL_BYTES.fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&mut self, bytes: usize) {
        self.bytes -= bytes;
        ALL_BYTES.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The farther of the two ends; the side that requests come from counts four times as far.
    fn least_likely(&self) -> Option<usize> {
        let (low, _) = self.pictures.first_key_value()?;
        let (high, _) = self.pictures.last_key_value()?;
        let (below, above) = if self.is_reversing { (1, 4) } else { (1, 1) };
        let low_distance = self.current.saturating_sub(*low) * below;
        let high_distance = high.saturating_sub(self.current) * above;
        Some(if low_distance > high_distance {
            *low
        } else {
            *high
        })
    }

    /// The first frame of the unbroken run that ends at `number`.
    pub fn lowest_run_from(&self, number: usize) -> usize {
        let run = self.pictures.range(..=number).rev().map(|(key, _)| *key);
        let unbroken = run.zip(0..).take_while(|(key, step)| key + step == number);
        unbroken.last().map_or(number, |(key, _)| key)
    }

    /// How many pictures of the present size fit.
    pub fn frames_max(&self) -> usize {
        let size = self
            .pictures
            .first_key_value()
            .map_or(1, |(_, picture)| picture.buffer.size());
        (GOP_RING_BYTES_MAX / size.max(1)).clamp(1, 240)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        ALL_BYTES.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
