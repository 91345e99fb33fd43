//! The level of a record: refuses samples that are no numbers, and scales so that squares cannot overflow.

use crate::error::{Error, Result};
use crate::sample::Sample;

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
    fn a_sample_that_is_no_number_is_named() {
        assert_eq!(largest_magnitude("x", &[1.0f32, -3.0]).unwrap(), 3.0);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let text = largest_magnitude("whitening", &[1.0, bad]).unwrap_err().to_string();
            assert!(text.contains("sample 1"), "{text}");
        }
    }
}
