//! Chunks of a store that were unpacked, kept for the next look: those looked at last, within a bound.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Which chunk: the number of its way, and its own.
pub(super) type Key = (usize, usize);

/// The chunks that are kept.
#[derive(Debug)]
pub(super) struct Chunks {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Each with the time of the last look at it.
    chunks: HashMap<Key, (Arc<[f32]>, u64)>,
    by_time: BTreeMap<u64, Key>,
    time: u64,
    bytes: usize,
}

impl Chunks {
    /// None yet, at most so many bytes of values later.
    pub(super) fn new(most_bytes: usize) -> Self {
        Chunks { most_bytes, kept: Mutex::default() }
    }

    /// A chunk, if it is kept.
    pub(super) fn get(&self, key: Key) -> Option<Arc<[f32]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = kept.time + 1;
        let (chunk, time) = kept.chunks.get_mut(&key)?;
        let (chunk, before) = (Arc::clone(chunk), std::mem::replace(time, now));
        kept.time = now;
        kept.by_time.remove(&before);
        kept.by_time.insert(now, key);
        Some(chunk)
    }

    /// Keeps a chunk; those not looked at for longest make room.
    pub(super) fn keep(&self, key: Key, chunk: &Arc<[f32]>) {
        let bytes = size_of_val(&**chunk);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes > self.most_bytes || kept.chunks.contains_key(&key) {
            return;
        }
        while kept.bytes + bytes > self.most_bytes {
            let Some((_, oldest)) = kept.by_time.pop_first() else { break };
            if let Some((gone, _)) = kept.chunks.remove(&oldest) {
                kept.bytes -= size_of_val(&*gone);
            }
        }
        kept.time += 1;
        let now = kept.time;
        kept.by_time.insert(now, key);
        kept.chunks.insert(key, (Arc::clone(chunk), now));
        kept.bytes += bytes;
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.kept.lock().unwrap().bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_looked_at_last_are_kept_and_never_more_than_the_bound() {
        let chunks = Chunks::new(4 * 100);
        let values = |n: usize| -> Arc<[f32]> { vec![n as f32; 30].into() };
        for n in 0..3 {
            chunks.keep((0, n), &values(n));
        }
        assert_eq!(chunks.get((0, 0)), Some(values(0)));
        chunks.keep((1, 0), &values(7));
        assert_eq!(chunks.get((0, 1)), None, "not looked at for longest");
        assert_eq!(chunks.get((0, 0)), Some(values(0)));
        assert_eq!(chunks.get((1, 0)), Some(values(7)));
        for n in 0..1_000 {
            chunks.keep((2, n), &values(n));
            assert!(chunks.bytes() <= 400);
        }
        chunks.keep((3, 0), &vec![0.0; 101].into());
        assert_eq!(chunks.get((3, 0)), None, "one that fits nowhere is not kept");
        assert_eq!(chunks.get((2, 999)), Some(values(999)));
    }
}
