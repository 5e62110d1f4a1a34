//! A file's packets by number.

use crate::{
    Error, Result, StreamIndex,
    demux::{Demuxer, StreamKind},
    index::PacketRecord,
    limits::PACKET_CACHE_BYTES_MAX,
    packet::Packet,
};
use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Demuxers round times to nanoseconds in more than one way.
const SAME_NANOS_MAX: i64 = 1_000;

/// Seeking aims this far behind an entry point, lest rounding lands on the one before.
const SEEK_MARGIN_NANOS: i64 = 1_000_000;

/// How many packets are read past rather than seeking.
const READ_PAST_MAX: usize = 32;

/// Tries to land at or before an entry point, each time one entry point earlier.
const SEEK_TRIES_MAX: usize = 3;

/// Reads packets by their number in the index, keeping those it has read while they fit.
#[derive(Debug)]
pub struct PacketSource {
    path: PathBuf,
    index: Arc<StreamIndex>,
    demuxer: Option<Demuxer>,
    /// Number of the packet that the demuxer gives next.
    next: usize,
    kept: BTreeMap<usize, Packet>,
    kept_order: VecDeque<usize>,
    kept_bytes: usize,
}

impl PacketSource {
    /// The packets of the file that `index` was made from.
    pub fn new(path: &Path, index: &Arc<StreamIndex>) -> Self {
        Self {
            path: path.into(),
            index: index.clone(),
            demuxer: None,
            next: 0,
            kept: BTreeMap::new(),
            kept_order: VecDeque::new(),
            kept_bytes: 0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.index.packets.len()
    }

    /// Packet `number`, with its bytes.
    pub fn packet(&mut self, number: usize) -> Result<Packet> {
        if let Some(packet) = self.kept.get(&number) {
            return Ok(packet.clone());
        }
        let is_ahead = (self.next..=self.next + READ_PAST_MAX).contains(&number);
        if self.demuxer.is_none() && number <= READ_PAST_MAX {
            self.reopen()?;
        } else if self.demuxer.is_none() || !is_ahead {
            self.seek(number)?;
        }
        loop {
            let (at, packet) = self.read()?;
            self.keep(at, &packet);
            if at == number {
                return Ok(packet);
            }
        }
    }

    fn reopen(&mut self) -> Result<()> {
        self.demuxer = Some(Demuxer::open(&self.path, StreamKind::Video)?);
        self.next = 0;
        Ok(())
    }

    fn read(&mut self) -> Result<(usize, Packet)> {
        let packet = match &mut self.demuxer {
            Some(demuxer) => demuxer.next()?,
            None => None,
        };
        let packet = packet.ok_or_else(|| self.changed())?;
        let at = self.next;
        if !self
            .index
            .packets
            .get(at)
            .is_some_and(|record| is_same(record, &packet))
        {
            return Err(self.changed());
        }
        self.next += 1;
        Ok((at, packet))
    }

    fn changed(&self) -> Error {
        Error::Damaged {
            reason: "it no longer holds what it did when it was first read".into(),
            path: self.path.clone(),
        }
    }

    /// Puts the demuxer at or before packet `number`.
    fn seek(&mut self, number: usize) -> Result<()> {
        if self.demuxer.is_none() {
            self.reopen()?;
        }
        let mut entry = self.index.entry_before(number).unwrap_or(0);
        for _ in 0..SEEK_TRIES_MAX {
            if entry == 0 {
                break;
            }
            if self.seek_to_entry(entry, number)? {
                return Ok(());
            }
            entry = self.index.entry_before(entry - 1).unwrap_or(0);
        }
        // From the start it always works, if slowly.
        self.reopen()
    }

    fn seek_to_entry(&mut self, entry: usize, number: usize) -> Result<bool> {
        let Some(demuxer) = &mut self.demuxer else {
            return Ok(false);
        };
        demuxer.seek(self.index.packets[entry].key_nanos + SEEK_MARGIN_NANOS)?;
        let Some(packet) = demuxer.next()? else {
            return Ok(false);
        };
        let candidates = self.index.packets[..=number].iter();
        let Some(at) = candidates.rev().position(|record| is_same(record, &packet)) else {
            return Ok(false);
        };
        let at = number - at;
        self.keep(at, &packet);
        self.next = at + 1;
        if at == number {
            // The caller reads on from here, so the packet is read once more.
            return Ok(self.put_back(packet));
        }
        Ok(true)
    }

    fn put_back(&mut self, packet: Packet) -> bool {
        self.next -= 1;
        if let Some(demuxer) = &mut self.demuxer {
            demuxer.put_back(packet);
        }
        true
    }

    fn keep(&mut self, number: usize, packet: &Packet) {
        self.kept_bytes += packet.buffer.size();
        self.kept_order.push_back(number);
        if let Some(old) = self.kept.insert(number, packet.clone()) {
            self.kept_bytes -= old.buffer.size();
            // Its older place in the order goes with the rest.
        }
        while self.kept_bytes > PACKET_CACHE_BYTES_MAX {
            let Some(oldest) = self.kept_order.pop_front() else {
                return;
            };
            if let Some(old) = self.kept.remove(&oldest) {
                self.kept_bytes -= old.buffer.size();
            }
        }
    }
}

fn is_same(record: &PacketRecord, packet: &Packet) -> bool {
    let difference = record
        .key_nanos
        .saturating_sub(packet.key_nanos())
        .saturating_abs();
    record.size as usize == packet.buffer.size() && difference <= SAME_NANOS_MAX
}
