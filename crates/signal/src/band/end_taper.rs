//! A taper over both ends of a record, for what transforms it as one period.
//!
//! A record of a machine does not close: from its last sample to its first there is a jump, which is an impact, the
//! only sharp one of many records, and the strongest in bands where little else is. A raised cosine over a share of
//! the record at each end (the cosine taper that Tukey gave; Harris 1978, doi 10.1109/PROC.1978.10837) takes it away.
//! What is averaged afterwards is taken from the part where the taper is 1: the envelope there is that of the record,
//! and of Gaussian noise it has the statistics of Gaussian noise.

use std::f64::consts::PI;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::sample::Sample;

/// The largest share at each end: a fifth of the record has to stay.
const MOST: f64 = 0.4;

/// The share at each end that is tapered unless said.
pub(crate) const USUAL_TAPER: f64 = 0.05;

/// The taper of records of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EndTaper {
    share: f64,
    len: usize,
}

impl EndTaper {
    pub(crate) fn new(transform: &'static str, share: f64, len: usize) -> Result<Self> {
        if (0.0..=MOST).contains(&share) {
            return Ok(Self { share, len });
        }
        let reason =
            "it is the share of the record that is tapered at each end, 0 to 0.4: at 0.05 a twentieth";
        Err(Error::parameter(transform, "taper", share, reason))
    }

    /// None: the record is taken as one period as it is.
    pub(crate) fn none(len: usize) -> Self {
        Self { share: 0.0, len }
    }

    /// How far sample `index` of `of` over the record's duration lies from the nearer end, as a share of the record.
    fn depth(&self, index: usize, of: usize) -> f64 {
        let at = index as f64 * self.len as f64 / of as f64;
        ((at + 0.5).min(self.len as f64 - 0.5 - at) / self.len as f64).max(0.0)
    }

    /// The taper at sample `index` of `of` over the record's duration.
    fn weight(&self, index: usize, of: usize) -> f64 {
        let depth = self.depth(index, of);
        if depth >= self.share { 1.0 } else { 0.5 - 0.5 * (PI * depth / self.share).cos() }
    }

    /// Of `of` samples over the record's duration those at which the taper is 1; at least one.
    pub(crate) fn inner(&self, of: usize) -> Range<usize> {
        let inside = |index: &usize| self.depth(*index, of) >= self.share;
        let start = (0..of).find(inside).unwrap_or(of / 2);
        let end = (start..of).rev().find(inside).map_or(start + 1, |last| last + 1);
        start..end.min(of)
    }

    /// Tapers the record.
    pub(crate) fn apply<T: Sample>(&self, record: &mut [T]) {
        let (of, inner) = (record.len(), self.inner(record.len()));
        for index in (0..inner.start).chain(inner.end..of) {
            record[index] = record[index] * T::narrow(self.weight(index, of));
        }
    }

    /// Takes `mean` off a squared envelope of the tapered record, in proportion to the square of the taper: what is
    /// left swings around 0 everywhere and runs out smoothly at both ends.
    pub(crate) fn subtract_squared<T: Sample>(&self, squared: &mut [T], mean: f64) {
        let (of, inner) = (squared.len(), self.inner(squared.len()));
        for index in (0..inner.start).chain(inner.end..of) {
            let level = mean * self.weight(index, of).powi(2);
            squared[index] = T::narrow(squared[index].widen() - level);
        }
        for value in &mut squared[inner] {
            *value = T::narrow(value.widen() - mean);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_taper_rises_from_nothing_to_one_and_falls_alike_and_is_one_inside() {
        let taper = EndTaper::new("test", 0.1, 1000).unwrap();
        let mut record = vec![1.0_f64; 1000];
        taper.apply(&mut record);
        assert!(record[0] < 1e-3 && record[..100].windows(2).all(|pair| pair[0] < pair[1]));
        assert!(record[100..900].iter().all(|x| *x == 1.0));
        assert!((0..500).all(|n| (record[n] - record[999 - n]).abs() < 1e-12));
        assert!((record[49] + record[50] - 1.0).abs() < 1e-12);
        assert_eq!(taper.inner(1000), 100..900);
        assert_eq!(EndTaper::new("test", 0.1, 1000).unwrap().inner(100), 10..90);
    }

    #[test]
    fn no_taper_changes_nothing_and_keeps_all() {
        let taper = EndTaper::none(50);
        let mut record = vec![3.0_f32; 50];
        taper.apply(&mut record);
        assert_eq!((record, taper.inner(50), taper.inner(64)), (vec![3.0; 50], 0..50, 0..64));
    }

    #[test]
    fn some_of_the_shortest_envelope_always_stays() {
        for (share, len, of) in [(0.4, 256, 1), (0.4, 256, 2), (0.4, 1, 1), (0.4, 3, 3), (0.05, 257, 128)] {
            let inner = EndTaper::new("test", share, len).unwrap().inner(of);
            assert!(!inner.is_empty() && inner.end <= of, "{share} {len} {of}: {inner:?}");
        }
    }

    #[test]
    fn shares_that_leave_too_little_are_refused() {
        for share in [-0.1, 0.41, 1.0, f64::NAN, f64::INFINITY] {
            let error = EndTaper::new("test", share, 1000).unwrap_err().to_string();
            assert!(error.contains("taper") && error.contains("0 to 0.4"), "{error}");
        }
    }
}
