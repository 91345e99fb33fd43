//! What stands beyond the ends of a record while it is filtered.

use crate::sample::Sample;
use crate::scratch::first;

/// What stands beyond the ends of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Zeros.
    Zeros,
    /// The input turned by half a turn about its end sample; constant beyond that.
    OddReflection,
}

impl Ends {
    /// The samples in f64 with `before` more in front and `behind` more after them, in the first part of
    /// `buffer`. Of no samples it is zeros.
    pub(crate) fn extend<'a, T: Sample>(
        self,
        samples: &[T],
        before: usize,
        behind: usize,
        buffer: &'a mut Vec<f64>,
    ) -> &'a mut [f64] {
        let padded = first(buffer, before + samples.len() + behind);
        let (head, rest) = padded.split_at_mut(before);
        let (middle, tail) = rest.split_at_mut(samples.len());
        for (wide, sample) in middle.iter_mut().zip(samples) {
            *wide = sample.widen();
        }
        if self == Self::Zeros || middle.is_empty() {
            head.fill(0.0);
            tail.fill(0.0);
            return padded;
        }
        let last = middle.len() - 1;
        for (distance, value) in head.iter_mut().rev().enumerate() {
            *value = 2.0 * middle[0] - middle[(distance + 1).min(last)];
        }
        for (distance, value) in tail.iter_mut().enumerate() {
            *value = 2.0 * middle[last] - middle[last - (distance + 1).min(last)];
        }
        padded
    }
}
