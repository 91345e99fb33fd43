//! The two number types that a transform can run in.

use num_traits::Float;
use rustfft::FftNum;

use crate::fourier::lanes::Lanes;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A sample: `f32` or `f64`. Transforms are generic over it; sums and statistics inside them run in `f64`.
pub trait Sample: FftNum + Float + Default + Lanes + sealed::Sealed {
    /// The nearest value of this type.
    fn narrow(value: f64) -> Self;

    /// The same value as `f64`.
    fn widen(self) -> f64;
}

impl Sample for f32 {
    #[inline]
    fn narrow(value: f64) -> Self {
        value as f32
    }

    #[inline]
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Sample for f64 {
    #[inline]
    fn narrow(value: f64) -> Self {
        value
    }

    #[inline]
    fn widen(self) -> f64 {
        self
    }
}

/// Partial sums that a sum over a slice keeps, so that it runs in vector registers.
const PARTS: usize = 16;

/// Mean in `f64`, of [`PARTS`] partial sums in a fixed order; 0 of nothing.
pub(crate) fn mean<T: Sample>(values: &[T]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || sum(values),
    ) / values.len() as f64
}

#[inline(always)]
fn sum<T: Sample>(values: &[T]) -> f64 {
    let mut parts = [0.0; PARTS];
    let (whole, rest) = values.as_chunks::<PARTS>();
    for block in whole {
        for (part, value) in parts.iter_mut().zip(block) {
            *part += value.widen();
        }
    }
    for (part, value) in parts.iter_mut().zip(rest) {
        *part += value.widen();
    }
    fold(parts)
}

/// Adds partial sums pairwise.
#[inline(always)]
pub(crate) fn fold(mut parts: [f64; PARTS]) -> f64 {
    let mut width = PARTS / 2;
    while width > 0 {
        for i in 0..width {
            parts[i] += parts[i + width];
        }
        width /= 2;
    }
    parts[0]
}

/// Subtracts the mean in place.
pub(crate) fn remove_mean<T: Sample>(values: &mut [T]) {
    let mean = mean(values);
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for value in values {
                *value = T::narrow(value.widen() - mean);
            }
        },
    );
}
