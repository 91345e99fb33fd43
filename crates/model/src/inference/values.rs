//! The values that one image's steps read and write.

use super::memory::{Home, Place};

/// What a thread needs for one image.
#[derive(Debug)]
pub(super) struct Arena {
    buffers: Vec<Vec<f32>>,
    /// Working memory of one step.
    scratch: Vec<f32>,
}

impl Arena {
    pub(super) fn new(buffers: &[usize], scratch: usize) -> Self {
        Self { buffers: buffers.iter().map(|len| vec![0.0; *len]).collect(), scratch: vec![0.0; scratch] }
    }
}

/// A slice, out of which a part may be borrowed for writing.
#[derive(Clone, Copy)]
struct Around<'a> {
    before: &'a [f32],
    behind: &'a [f32],
    /// Where `behind` begins.
    end: usize,
}

impl<'a> Around<'a> {
    fn whole(before: &'a [f32]) -> Self {
        Self { before, behind: &[], end: before.len() }
    }

    /// Splits off `place`.
    fn split(all: &'a mut [f32], place: Place) -> (&'a mut [f32], Self) {
        let end = place.offset + place.len;
        let (before, rest) = all.split_at_mut(place.offset);
        let (part, behind) = rest.split_at_mut(place.len);
        (part, Self { before, behind, end })
    }

    fn part(&self, place: Place) -> &'a [f32] {
        let end = place.offset + place.len;
        match end <= self.before.len() {
            true => &self.before[place.offset..end],
            false => &self.behind[place.offset - self.end..end - self.end],
        }
    }
}

/// What a step may read.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    image: &'a [f32],
    constants: &'a [Vec<f32>],
    row: Around<'a>,
    buffers: &'a [Vec<f32>],
    /// The buffer that is written to, and what is left of it.
    taken: Option<(usize, Around<'a>)>,
}

impl<'a> Sources<'a> {
    pub(super) fn get(&self, place: Place) -> &'a [f32] {
        let range = place.offset..place.offset + place.len;
        match (place.home, &self.taken) {
            (Home::Input, _) => &self.image[range],
            (Home::Constant(index), _) => &self.constants[index][range],
            (Home::Row, _) => self.row.part(place),
            (Home::Buffer(buffer), Some((taken, around))) if *taken == buffer => around.part(place),
            (Home::Buffer(buffer), _) => &self.buffers[buffer][range],
        }
    }
}

/// One image and all that is known of it so far.
pub(super) struct Image<'a> {
    pub(super) values: &'a [f32],
    pub(super) row: &'a mut [f32],
    pub(super) constants: &'a [Vec<f32>],
}

impl Image<'_> {
    /// Calls `work` with what is to be written at `out`, what may be read, and working memory.
    pub(super) fn write(
        &mut self,
        arena: &mut Arena,
        out: Place,
        work: impl FnOnce(&mut [f32], &Sources<'_>, &mut [f32]),
    ) {
        let (image, constants) = (self.values, self.constants);
        match out.home {
            Home::Buffer(buffer) => {
                let mut all = std::mem::take(&mut arena.buffers[buffer]);
                let (part, around) = Around::split(&mut all, out);
                let row = Around::whole(self.row);
                let taken = Some((buffer, around));
                let sources = Sources { image, constants, row, buffers: &arena.buffers, taken };
                work(part, &sources, &mut arena.scratch);
                arena.buffers[buffer] = all;
            }
            Home::Row => {
                let (part, row) = Around::split(self.row, out);
                let sources = Sources { image, constants, row, buffers: &arena.buffers, taken: None };
                work(part, &sources, &mut arena.scratch);
            }
            // Nothing is ever written there.
            Home::Input | Home::Constant(_) => {}
        }
    }
}
