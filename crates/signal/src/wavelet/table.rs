//! Tables of numbers in lines of the cache.

use crate::lanes::{Lanes, aligned, to_line};

/// Numbers that never move and start at a multiple of 64 bytes.
#[derive(Debug)]
pub(crate) struct Table<T> {
    values: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Lanes> Table<T> {
    pub(crate) fn new(values: impl ExactSizeIterator<Item = T>) -> Self {
        let len = values.len();
        let mut room = Vec::new();
        for (place, value) in aligned(&mut room, len).iter_mut().zip(values) {
            *place = value;
        }
        let start = to_line(&room);
        Self { values: room, start, len }
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> &[T] {
        &self.values[self.start..self.start + self.len]
    }
}
