//! Numbers that a thread works with between two layers: kept for the next call, because fresh memory costs a page fault
//! every 4 KiB, a fifth of the time of a small layer.

use std::{cell::RefCell, ops};

/// Most that a thread keeps. A job's own thread ends with it; those of the pool keep what a block of tiles takes.
const KEPT_BYTES_MAX: usize = 96 << 20;
/// Most buffers that a thread keeps.
const KEPT_COUNT_MAX: usize = 4;
/// Floats of a cache line.
pub(super) const LINE: usize = 16;

thread_local! {
    static KEPT: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Numbers whose memory goes back to the thread that drops them. They begin with a cache line.
#[derive(Debug)]
pub(super) struct Buffer {
    data: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// `len` numbers of any value.
    pub fn any(len: usize) -> Self {
        let wanted = len + LINE;
        let mut data = KEPT.with_borrow_mut(|kept| {
            let fits = |data: &Vec<f32>| data.len() >= wanted;
            let smallest = (0..kept.len()).filter(|&index| fits(&kept[index]));
            let found = smallest.min_by_key(|&index| kept[index].len());
            // Where all are too small the largest makes room for the new one.
            let largest = (0..kept.len()).max_by_key(|&index| kept[index].len());
            let taken = found.or(largest).map(|index| kept.swap_remove(index));
            taken.filter(fits).unwrap_or_default()
        });
        if data.len() < wanted {
            data = vec![0.0; wanted];
        }
        // Where nothing can be said of the place in memory the numbers are right all the same.
        let start = match data.as_ptr().align_offset(LINE * size_of::<f32>()) {
            start if start <= LINE => start,
            _ => 0,
        };
        Self { data, start, len }
    }
}

impl ops::Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[self.start..][..self.len]
    }
}

impl ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.start..][..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        // While the thread ends there is nothing to keep it in any more.
        let _gone = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            kept.push(data);
            kept.sort_by_key(Vec::len);
            let bytes = |kept: &[Vec<f32>]| {
                kept.iter()
                    .map(|data| size_of_val(&data[..]))
                    .sum::<usize>()
            };
            while kept.len() > KEPT_COUNT_MAX || bytes(&kept) > KEPT_BYTES_MAX {
                // Too large: what is largest goes. Too many: what is smallest.
                if bytes(&kept) > KEPT_BYTES_MAX {
                    kept.pop();
                } else {
                    kept.remove(0);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_is_used_again_within_limits() {
        let place = |buffer: &Buffer| buffer.data.as_ptr();
        let first = Buffer::any(1000);
        let (was, len) = (place(&first), first.len());
        assert_eq!(len, 1000);
        assert_eq!(first.as_ptr().align_offset(64), 0);
        drop(first);
        let again = Buffer::any(500);
        assert_eq!((place(&again), again.len()), (was, 500));
        assert_ne!(place(&Buffer::any(500)), was);
        let large: Vec<Buffer> = (0..KEPT_COUNT_MAX + 4)
            .map(|_| Buffer::any(2 << 20))
            .collect();
        drop((again, large));
        let kept = KEPT.with_borrow(|kept| {
            kept.iter()
                .map(|data| size_of_val(&data[..]))
                .sum::<usize>()
        });
        assert!(kept > 0 && kept <= KEPT_BYTES_MAX, "{kept}");
        let huge = Buffer::any(KEPT_BYTES_MAX / 4 + 1);
        let kept = || KEPT.with_borrow(Vec::len);
        let before = kept();
        drop(huge);
        assert_eq!(kept(), before);
    }
}
