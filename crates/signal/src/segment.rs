//! Cutting a record into segments of one length.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Segments of `length` samples that start `stride` samples apart; they overlap when the stride is shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segments {
    /// Samples in a segment.
    pub length: usize,
    /// Samples from the start of one segment to the start of the next.
    pub stride: usize,
}

impl Segments {
    /// Segments of `length` samples every `stride` samples.
    ///
    /// # Errors
    /// [`Error::EmptySegments`] when either is 0.
    pub fn new(length: usize, stride: usize) -> Result<Self> {
        if length == 0 || stride == 0 {
            return Err(Error::EmptySegments { length, stride });
        }
        Ok(Self { length, stride })
    }

    /// How many whole segments a record of `len` samples holds; 0 when length or stride is 0.
    #[must_use]
    pub fn count(&self, len: usize) -> usize {
        if self.length == 0 || self.stride == 0 || len < self.length {
            return 0;
        }
        (len - self.length) / self.stride + 1
    }

    /// The sample ranges of the whole segments of a record of `len` samples, in order. What is left at the
    /// end is in none of them. Nothing when length or stride is 0.
    pub fn ranges(
        &self,
        len: usize,
    ) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator + use<> {
        let Self { length, stride } = *self;
        (0..self.count(len)).map(move |index| {
            let start = index * stride;
            start..start + length
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn segments_are_whole_and_the_next_one_would_run_past_the_end(
            length in 1usize..5000, stride in 1usize..5000, len in 0usize..100_000,
        ) {
            let segments = Segments::new(length, stride).unwrap();
            let ranges: Vec<_> = segments.ranges(len).collect();
            prop_assert_eq!(ranges.len(), segments.count(len));
            for (index, range) in ranges.iter().enumerate() {
                prop_assert_eq!(range.start, index * stride);
                prop_assert_eq!(range.len(), length);
                prop_assert!(range.end <= len);
            }
            prop_assert!(ranges.len() * stride + length > len);
        }

        #[test]
        fn extreme_segments_neither_panic_nor_overflow(length: usize, stride: usize, len: usize) {
            if let Ok(segments) = Segments::new(length, stride)
                && let Some(last) = segments.ranges(len).next_back()
            {
                prop_assert!(last.end <= len);
            }
        }
    }

    #[test]
    fn empty_segments_are_refused() {
        assert!(Segments::new(0, 5).is_err());
        assert!(Segments::new(5, 0).is_err());
        assert_eq!(Segments { length: 0, stride: 0 }.ranges(10).len(), 0);
    }
}
