//! The two number types that a transform can run in.

use num_traits::Float;
use rustfft::FftNum;

use crate::band::filter_bank::Compiled;
use crate::band::lanes::Lanes;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A sample: `f32` or `f64`. Transforms are generic over it; sums and statistics inside them run in `f64`.
pub trait Sample: FftNum + Float + Default + Lanes + Compiled + sealed::Sealed {
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

/// Mean in `f64`; 0 of nothing.
pub(crate) fn mean<T: Sample>(values: &[T]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().map(|v| v.widen()).sum::<f64>() / values.len() as f64
}

/// Subtracts the mean in place.
pub(crate) fn remove_mean<T: Sample>(values: &mut [T]) {
    let mean = mean(values);
    for value in values {
        *value = T::narrow(value.widen() - mean);
    }
}
