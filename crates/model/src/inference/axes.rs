//! Numbers that only change their places.

use crate::ops::transpose;

/// Where a part stands in an axis of a longer value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Numbers from one place of the axes before to the next, in the long value.
    pub(super) pitch: usize,
    /// Where the part begins there.
    pub(super) start: usize,
    /// Numbers of the part.
    pub(super) len: usize,
}

impl Span {
    /// A part of `count` places from `start` on, of an axis of `all` with `behind` numbers behind each place.
    pub(super) fn new([start, count, all]: [usize; 3], behind: usize) -> Self {
        Self { pitch: all * behind, start: start * behind, len: count * behind }
    }

    /// Takes the part out.
    pub(super) fn take(&self, long: &[f32], part: &mut [f32]) {
        for (part, long) in part.chunks_exact_mut(self.len.max(1)).zip(long.chunks_exact(self.pitch.max(1))) {
            part.copy_from_slice(&long[self.start..self.start + self.len]);
        }
    }

    /// Puts the part in.
    pub(super) fn put(&self, part: &[f32], long: &mut [f32]) {
        for (part, long) in part.chunks_exact(self.len.max(1)).zip(long.chunks_exact_mut(self.pitch.max(1))) {
            long[self.start..self.start + self.len].copy_from_slice(part);
        }
    }
}

/// Axes in another order: lengths in the new order, and how far apart their places were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    axes: Vec<(usize, usize)>,
    /// Rows and columns, where it is one exchange of two axes.
    matrix: Option<[usize; 2]>,
}

impl Order {
    pub(super) fn new(shape: &[usize], order: &[usize]) -> Self {
        let step = |axis: usize| shape[axis + 1..].iter().product::<usize>();
        let axes = order.iter().map(|axis| (shape[*axis], step(*axis))).collect();
        let matrix = match (shape, order) {
            ([rows, columns], [1, 0]) => Some([*rows, *columns]),
            _ => None,
        };
        Self { axes, matrix }
    }

    pub(super) fn run(&self, x: &[f32], out: &mut [f32]) {
        match self.matrix {
            Some([rows, columns]) => transpose(x, rows, columns, out),
            None => place(&self.axes, x, out),
        }
    }
}

fn place(axes: &[(usize, usize)], x: &[f32], out: &mut [f32]) {
    match axes {
        [] => out.copy_from_slice(&x[..out.len()]),
        [(_, 1)] => out.copy_from_slice(&x[..out.len()]),
        [(_, step)] => out.iter_mut().zip(x.iter().step_by(*step)).for_each(|(to, from)| *to = *from),
        [(len, step), inner @ ..] => {
            for (i, out) in out.chunks_exact_mut((out.len() / len).max(1)).enumerate() {
                place(inner, &x[i * step..], out);
            }
        }
    }
}
