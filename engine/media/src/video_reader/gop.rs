//! Decoding from an entry point to a wanted frame.

use super::packets::PacketSource;
use crate::{
    Error, Result, StreamIndex,
    decoder::{Decoder, RawPicture},
};
use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Frames shown shortly before the wanted one that are decoded even when nothing needs them, for a step back.
const KEEP_BEFORE: usize = 4;

/// Reading on is cheaper than starting again at an entry point this few packets ahead.
const READ_ON_MAX: usize = 8;

/// A picture that has not come out this many packets after its own will not come.
const DELAY_PACKETS_MAX: usize = 256;

/// What to do with pictures on the way to the wanted frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Leave out what the wanted frame does not need.
    Target,
    /// Decode all, since those before will be asked for next.
    All,
}

/// What the decoder has been fed since it last started.
#[derive(Debug)]
struct Run {
    entry: usize,
    next: usize,
    /// Packets whose pictures have not come out.
    inside: BTreeSet<usize>,
}

/// Takes pictures as they come out; `Break` stops decoding.
pub type Keep<'a> = dyn FnMut(usize, RawPicture) -> ControlFlow<()> + 'a;

/// A decoder that knows where in the file it is.
#[derive(Debug)]
pub struct GopDecoder {
    path: PathBuf,
    index: Arc<StreamIndex>,
    source: PacketSource,
    decoder: Option<Decoder>,
    run: Option<Run>,
}

impl GopDecoder {
    /// A decoder for the file that `index` was made from.
    pub fn new(path: &Path, index: &Arc<StreamIndex>) -> Self {
        Self {
            path: path.into(),
            index: index.clone(),
            source: PacketSource::new(path, index),
            decoder: None,
            run: None,
        }
    }

    /// Decodes until frame `number` was given to `keep`, along with those that come out on the way.
    pub fn decode_to(&mut self, number: usize, fill: Fill, keep: &mut Keep<'_>) -> Result<()> {
        let entry = self.index.entry_for(number);
        let result = self.attempt(number, entry, fill, keep);
        if matches!(&result, Ok(Some(())) | Err(Error::MissingPlugin { .. })) {
            return result.map(drop);
        }
        // A picture may lean on more than its entry point promises; one more group before settles that.
        let earlier = entry
            .checked_sub(1)
            .and_then(|before| self.index.entry_before(before));
        self.run = None;
        match self.attempt(number, earlier.unwrap_or(0), Fill::All, keep) {
            Ok(Some(())) => Ok(()),
            Ok(None) => Err(self.failed(number, "the decoder gives no picture for it")),
            Err(error) => Err(self.failed(number, &error.to_string())),
        }
    }

    fn failed(&self, number: usize, reason: &str) -> Error {
        Error::Frame {
            number,
            reason: reason.into(),
            path: self.path.clone(),
        }
    }

    /// One try; `None` when the frame did not come out.
    fn attempt(
        &mut self,
        number: usize,
        entry: usize,
        fill: Fill,
        keep: &mut Keep<'_>,
    ) -> Result<Option<()>> {
        let target = self.index.packet_of(number);
        if !self.can_continue(entry, target) {
            self.restart(entry)?;
        }
        let outcome = self.advance(number, target, fill, keep);
        if outcome.is_err() {
            self.run = None;
        }
        outcome
    }

    fn can_continue(&self, entry: usize, target: usize) -> bool {
        self.run.as_ref().is_some_and(|run| {
            let is_reachable =
                run.entry <= entry && (run.next <= target || run.inside.contains(&target));
            is_reachable && run.next + READ_ON_MAX >= entry
        })
    }

    fn restart(&mut self, entry: usize) -> Result<()> {
        self.run = None;
        if let Some(decoder) = &mut self.decoder {
            decoder.flush();
        } else {
            let first = self.source.packet(entry)?;
            self.decoder = Some(Decoder::open(&first.caps, &self.path)?);
        }
        self.run = Some(Run {
            entry,
            next: entry,
            inside: BTreeSet::new(),
        });
        Ok(())
    }

    fn advance(
        &mut self,
        number: usize,
        target: usize,
        fill: Fill,
        keep: &mut Keep<'_>,
    ) -> Result<Option<()>> {
        let (Some(run), Some(decoder)) = (&mut self.run, &mut self.decoder) else {
            return Ok(None);
        };
        // What came out for an earlier request has been given to it already.
        loop {
            let is_last = run.next >= self.source.len() || run.next > target + DELAY_PACKETS_MAX;
            if is_last {
                decoder.drain()?;
            } else {
                let at = run.next;
                run.next += 1;
                if fill == Fill::Target && is_needless(&self.index, at, number) {
                    continue;
                }
                decoder.push(&self.source.packet(at)?, at)?;
                run.inside.insert(at);
            }
            let mut has_target = false;
            for picture in decoder.take() {
                run.inside.remove(&picture.packet);
                let Some(shown) = self.index.frame_of(picture.packet) else {
                    continue;
                };
                if !is_whole(&self.index, run.entry, picture.packet) {
                    continue;
                }
                has_target |= shown == number;
                // Keeping what will not be asked for costs more memory traffic than decoding costs time.
                if fill == Fill::Target && shown + KEEP_BEFORE < number {
                    continue;
                }
                if keep(shown, picture).is_break() {
                    self.run = None;
                    return Err(Error::Cancelled);
                }
            }
            if is_last {
                self.run = None;
                return Ok(has_target.then_some(()));
            }
            if has_target {
                return Ok(Some(()));
            }
        }
    }
}

/// Whether nothing needs this packet on the way to frame `number`.
fn is_needless(index: &StreamIndex, packet: usize, number: usize) -> bool {
    let is_early = index
        .frame_of(packet)
        .is_none_or(|shown| shown + KEEP_BEFORE < number);
    index.packets[packet].is_droppable && is_early
}

/// Whether all that a picture needs came after `entry`: those shown before it may lean on older ones.
fn is_whole(index: &StreamIndex, entry: usize, packet: usize) -> bool {
    entry == 0 || index.packets[packet].key_nanos >= index.packets[entry].key_nanos
}
