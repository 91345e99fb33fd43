//! The level of a record: refuses samples that are no numbers, and scales so that squares cannot overflow.

use pulp::{Simd, WithSimd};

use crate::error::{Error, Result};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::first;

/// The largest magnitude among `samples`.
///
/// # Errors
/// [`Error::Parameter`] when one is NaN or infinite.
pub(crate) fn largest_magnitude<T: Sample>(transform: &'static str, samples: &[T]) -> Result<f64> {
    let (mut largest, mut sane) = (T::zero(), true);
    for &x in samples {
        let magnitude = x.abs();
        sane &= magnitude < T::infinity();
        largest = if magnitude > largest { magnitude } else { largest };
    }
    if sane { Ok(largest.widen()) } else { Err(not_finite(transform, samples)) }
}

#[cold]
fn not_finite<T: Sample>(transform: &'static str, samples: &[T]) -> Error {
    let index = samples.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let value = samples.get(index).map_or(f64::NAN, |x| x.widen());
    let reason = format!(
        "sample {index} (counted from 0) is not a finite number: cut the damaged stretch out of the record"
    );
    Error::parameter(transform, "input", value, &reason)
}

/// The power of two that brings `largest` to between 1/2 and 1, so that scaling by it and back loses no bit;
/// 1 for 0.
pub(crate) fn unit_scale(largest: f64) -> f64 {
    if largest <= 0.0 || !largest.is_finite() {
        return 1.0;
    }
    let exponent = ((largest.to_bits() >> 52) & 0x7ff) as i32 - 1022;
    2f64.powi(-exponent.clamp(-1000, 1000))
}

struct Largest<'a, T>(&'a [T]);

impl<T: Sample> WithSimd for Largest<'_, T> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> T {
        T::largest_magnitude(self.0)
    }
}

/// The largest magnitude among `samples`; infinite or NaN when one is no finite number, 0 of none.
pub(crate) fn peak<T: Sample>(samples: &[T]) -> T {
    widest().dispatch(Largest(samples))
}

/// `samples` as they are, or, where squares of what a transform sums up of them could leave the range of the type, as
/// a copy that a power of two brings to at most 1; and what numbers that a transform makes of them are to be
/// multiplied by, none for samples as they are.
pub(crate) fn in_range<'a, T: Sample>(samples: &'a [T], room: &'a mut Vec<T>) -> (&'a [T], Option<f64>) {
    let room = first(room, samples.len());
    let largest = peak(samples).widen();
    // The square of a sum of as many samples as memory holds stays below the largest number, and the square of what
    // rounding leaves above the smallest.
    let most = T::max_value().widen().powf(0.25);
    if largest <= 0.0 || !largest.is_finite() || (1.0 / most..=most).contains(&largest) {
        return (samples, None);
    }
    let scale = unit_scale(largest);
    for (y, x) in room.iter_mut().zip(samples) {
        *y = T::narrow(x.widen() * scale);
    }
    (room, Some(1.0 / scale))
}

/// Brings numbers made of scaled samples back to the samples' own size.
pub(crate) fn back<T: Sample>(values: &mut [T], gain: Option<f64>) {
    if let Some(gain) = gain {
        values.iter_mut().for_each(|value| *value = T::narrow(value.widen() * gain));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn scales_are_powers_of_two_that_bring_the_largest_magnitude_below_one() {
        for largest in [1e-300, 3e-5, 0.5, 1.0, 7.0, 1e30, 1e300] {
            let scaled = largest * unit_scale(largest);
            assert!((0.5..1.0).contains(&scaled), "{largest}: {scaled}");
            assert_eq!(scaled / unit_scale(largest), largest);
        }
        assert_eq!(unit_scale(0.0), 1.0);
        assert!((f64::from_bits(3) * unit_scale(f64::from_bits(3))).is_finite());
        assert!((f64::MAX * unit_scale(f64::MAX)).is_finite());
    }

    #[test]
    fn only_samples_of_extreme_size_are_scaled_and_come_back_as_they_were() {
        let mut room = Vec::new();
        for usual in [1e-6_f32, 1.0, 1e6] {
            assert_eq!(in_range(&[usual, -0.5 * usual], &mut room), (&[usual, -0.5 * usual][..], None));
        }
        for extreme in [1e-38_f32, 1e-30, 1e30, 3e38] {
            let samples = [extreme, -0.5 * extreme];
            let (scaled, gain) = in_range(&samples, &mut room);
            assert!((0.5..1.0).contains(&scaled[0]));
            let mut values = scaled.to_vec();
            back(&mut values, gain);
            assert_eq!(values, samples);
        }
        assert_eq!(in_range(&[0.0_f64; 3], &mut Vec::new()).1, None);
    }

    #[test]
    fn a_sample_that_is_no_number_is_named() {
        assert_eq!(largest_magnitude("x", &[1.0f32, -3.0]).unwrap(), 3.0);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let text = largest_magnitude("whitening", &[1.0, bad]).unwrap_err().to_string();
            assert!(text.contains("sample 1"), "{text}");
        }
    }
}
