//! Decoding the frames before those at hand while going backwards.

use super::{
    gop::{Fill, GopDecoder},
    ring::Ring,
};
use crate::{StreamIndex, decoder::RawPicture};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    ops::{ControlFlow, Range},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

type Batch = Vec<(usize, RawPicture)>;

/// A second decoder on its own thread, asked for one range at a time.
#[derive(Debug)]
pub struct Prefetcher {
    requests: Option<Sender<Range<usize>>>,
    batches: Receiver<Batch>,
    pending: Option<Range<usize>>,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Prefetcher {
    /// Starts the thread; without one, frames are decoded when they are asked for.
    pub fn new(path: &Path, index: &Arc<StreamIndex>) -> Self {
        let (requests, inbox) = bounded(1);
        let (outbox, batches) = bounded(1);
        let is_stopping = Arc::<AtomicBool>::default();
        let decoder = GopDecoder::new(path, index);
        let stop = is_stopping.clone();
        let work = move || serve(decoder, &inbox, &outbox, &stop);
        let thread = std::thread::Builder::new()
            .name("media-prefetch".into())
            .spawn(work);
        Self {
            requests: Some(requests),
            batches,
            pending: None,
            is_stopping,
            thread: thread.ok(),
        }
    }

    /// Asks for frames `range`, unless others are still on their way.
    pub fn request(&mut self, range: Range<usize>) {
        if self.pending.is_none()
            && let Some(requests) = &self.requests
            && requests.try_send(range.clone()).is_ok()
        {
            self.pending = Some(range);
        }
    }

    /// Moves finished frames into `ring`; waits only if frame `number` is among those on their way.
    pub fn collect(&mut self, ring: &mut Ring, number: usize) {
        let Some(range) = self.pending.clone() else {
            return;
        };
        let must_wait = range.contains(&number) && !ring.contains(number);
        let batch = if must_wait {
            self.batches.recv().ok()
        } else {
            self.batches.try_recv().ok()
        };
        if batch.is_some() || must_wait {
            self.pending = None;
        }
        for (number, picture) in batch.into_iter().flatten() {
            ring.insert(number, picture);
        }
    }
}

impl Drop for Prefetcher {
    fn drop(&mut self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        self.requests = None;
        // A finished batch that nobody took would keep the thread waiting.
        while self.batches.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has cost its frames only.
            thread.join().ok();
        }
    }
}

fn serve(
    mut decoder: GopDecoder,
    inbox: &Receiver<Range<usize>>,
    outbox: &Sender<Batch>,
    stop: &AtomicBool,
) {
    while let Ok(range) = inbox.recv() {
        let mut batch = Batch::new();
        let mut keep = |number: usize, picture| {
            if range.contains(&number) {
                batch.push((number, picture));
            }
            if stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        // What fails here is decoded again, and reported, when it is asked for.
        decoder.decode_to(range.end - 1, Fill::All, &mut keep).ok();
        if stop.load(Ordering::Relaxed) || outbox.send(batch).is_err() {
            return;
        }
    }
}
