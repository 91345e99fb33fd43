//! Which stretches of one buffer are in use while a plan is written: what ends early leaves room for what comes later.

use std::collections::BTreeMap;

/// Numbers that a stretch begins at a multiple of: 128 bytes, what a GPU reads at once.
const STEP: usize = 32;

/// A stretch that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block(usize);

#[derive(Debug)]
struct Used {
    offset: usize,
    len: usize,
    holds: usize,
}

/// The buffer so far.
#[derive(Debug, Default)]
pub(super) struct Arena {
    blocks: Vec<Used>,
    /// Free stretches by their begin.
    free: BTreeMap<usize, usize>,
    end: usize,
}

impl Arena {
    /// How many numbers the buffer needs.
    pub(super) fn len(&self) -> usize {
        self.end
    }

    /// A stretch of so many numbers, held once.
    pub(super) fn take(&mut self, numbers: usize) -> Block {
        let len = numbers.max(1).next_multiple_of(STEP);
        let fits = self.free.iter().filter(|(_, free)| **free >= len).min_by_key(|(_, free)| **free);
        let offset = match fits.map(|(offset, free)| (*offset, *free)) {
            Some((offset, free)) => {
                self.free.remove(&offset);
                if free > len {
                    self.free.insert(offset + len, free - len);
                }
                offset
            }
            None => self.grow(len),
        };
        self.blocks.push(Used { offset, len, holds: 1 });
        Block(self.blocks.len() - 1)
    }

    /// A stretch behind all others, or the last free one made longer.
    fn grow(&mut self, len: usize) -> usize {
        let last = self.free.last_key_value().map(|(offset, free)| (*offset, *free));
        let offset = match last {
            Some((offset, free)) if offset + free == self.end => {
                self.free.remove(&offset);
                offset
            }
            _ => self.end,
        };
        self.end = offset + len;
        offset
    }

    pub(super) fn offset(&self, block: Block) -> usize {
        self.blocks[block.0].offset
    }

    /// Holds a stretch once more.
    pub(super) fn hold(&mut self, block: Block) {
        self.blocks[block.0].holds += 1;
    }

    /// Whether a stretch is held more than once.
    pub(super) fn is_shared(&self, block: Block) -> bool {
        self.blocks[block.0].holds > 1
    }

    /// Lets go of a stretch; with the last hold it is free.
    pub(super) fn release(&mut self, block: Block) {
        let used = &mut self.blocks[block.0];
        used.holds -= 1;
        if used.holds > 0 {
            return;
        }
        let (mut offset, mut len) = (used.offset, used.len);
        if let Some((&before, &free)) = self.free.range(..offset).next_back()
            && before + free == offset
        {
            self.free.remove(&before);
            (offset, len) = (before, free + len);
        }
        if let Some(free) = self.free.remove(&(offset + len)) {
            len += free;
        }
        self.free.insert(offset, len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_go_of_is_used_again_and_joined_with_its_neighbours() {
        let mut arena = Arena::default();
        let [a, b, c] = [100, 40, 70].map(|len| arena.take(len));
        assert_eq!([a, b, c].map(|own| arena.offset(own)), [0, 128, 192]);
        assert_eq!(arena.len(), 288);
        arena.hold(a);
        arena.release(a);
        arena.release(b);
        let d = arena.take(150);
        assert_eq!(arena.offset(d), 288, "the first is still held");
        arena.release(a);
        let e = arena.take(192);
        assert_eq!(arena.offset(e), 0, "two that were let go of are one");
        arena.release(d);
        let f = arena.take(320);
        assert_eq!((arena.offset(f), arena.len()), (288, 608), "the last one is made longer");
        assert_eq!(arena.offset(c), 192);
    }
}
