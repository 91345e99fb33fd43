//! How a record goes on beyond its ends.
//!
//! A transform by FFT is periodic: what leaves at one end comes in at the other. An extension keeps the ends apart.
//! The record stays at the front; what follows it comes after, and what precedes it lies at the far end of the
//! longer record, which is the same thing in a period.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sample::Sample;

/// What lies beyond the ends of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CwtBoundary {
    /// The record again: exact, fastest, and wrong near the ends by what the step from end to start makes.
    #[default]
    Periodic,
    /// Zeros. Wavelets of rows above about a quarter of the sampling rate are cut off at half the rate, ring on for long,
    /// and still reach round the period a little.
    Zero,
    /// The record mirrored at its end samples, which are not repeated (NumPy's `reflect`).
    Reflect,
}

/// Longest record that is transformed, extension included.
pub(crate) const LONGEST: usize = 1 << 26;

/// A record and what lies beyond its ends.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    boundary: CwtBoundary,
    len: usize,
    total: usize,
    /// Samples before the record.
    before: usize,
}

impl Extension {
    /// For `len` samples whose transforms reach `reach` samples to either side, with a total that is a multiple of
    /// `divisor`. A periodic record is not extended and its length must be one itself.
    pub(crate) fn new(boundary: CwtBoundary, len: usize, reach: f64, divisor: usize) -> Result<Self> {
        let refuse = |value: usize, reason: &str| {
            Err(Error::parameter("continuous wavelet transform", "length", value, reason))
        };
        if len == 0 {
            return refuse(len, "at least 1 sample is needed");
        }
        if len > LONGEST / 8 && boundary != CwtBoundary::Periodic || len > LONGEST {
            return refuse(len, "at most 2^26 samples are transformed at once, 2^23 with an extension");
        }
        if boundary == CwtBoundary::Periodic {
            return Ok(Self { boundary, len, total: len, before: 0 });
        }
        let reach = reach.ceil().clamp(1.0, 2.0 * len as f64 + 64.0) as usize;
        // Zeros serve both ends at once.
        let sides = if boundary == CwtBoundary::Zero { 1 } else { 2 };
        let least = len.next_multiple_of(divisor) + sides * reach;
        let mut parts = least.div_ceil(divisor).next_multiple_of(16);
        while !smooth(parts) {
            parts += 16;
        }
        Ok(Self { boundary, len, total: parts * divisor, before: reach })
    }

    /// For `len` samples, `total` in all, of which `before` precede the record.
    pub(crate) fn fixed(boundary: CwtBoundary, len: usize, total: usize, before: usize) -> Self {
        Self { boundary, len, total, before }
    }

    /// Samples of the extended record.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Whether nothing is added.
    pub(crate) fn is_plain(&self) -> bool {
        self.total == self.len
    }

    /// The extended record.
    pub(crate) fn fill<T: Sample>(&self, input: &[T], gain: T, record: &mut [T]) {
        let (own, rest) = record.split_at_mut(self.len);
        for (place, x) in own.iter_mut().zip(input) {
            *place = *x * gain;
        }
        match self.boundary {
            CwtBoundary::Reflect => {
                let added = rest.len();
                for (i, place) in rest.iter_mut().enumerate() {
                    let before = i + self.before >= added;
                    let from_end = if before { added - i } else { self.len + i };
                    *place = own[mirrored(from_end, self.len)];
                }
            }
            _ => rest.fill(T::default()),
        }
    }
}

/// The index within `len` samples that mirroring at both ends brings `index` to.
pub(crate) fn mirrored(index: usize, len: usize) -> usize {
    let period = 2 * (len - 1).max(1);
    let place = index % period;
    if len == 1 { 0 } else { place.min(period - place) }
}

/// Whether an FFT of this length has small factors only.
fn smooth(mut len: usize) -> bool {
    for prime in [2, 3, 5] {
        while len.is_multiple_of(prime) {
            len /= prime;
        }
    }
    len == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirroring_goes_on_beyond_one_reflection() {
        let places: Vec<usize> = (0..9).map(|i| mirrored(i, 3)).collect();
        assert_eq!(places, [0, 1, 2, 1, 0, 1, 2, 1, 0]);
        assert_eq!(mirrored(5, 1), 0);
        assert_eq!((mirrored(3, 2), mirrored(2, 2)), (1, 0));
    }

    #[test]
    fn the_record_is_mirrored_after_its_end_and_before_its_start() {
        let extension = Extension::new(CwtBoundary::Reflect, 4, 3.0, 1).unwrap();
        let mut record = vec![0.0; extension.total()];
        extension.fill(&[1.0, 2.0, 3.0, 4.0], 1.0, &mut record);
        assert_eq!(record[..7], [1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]);
        assert_eq!(record[record.len() - 3..], [4.0, 3.0, 2.0]);
    }
}
