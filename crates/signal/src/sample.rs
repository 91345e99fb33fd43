//! The two number types that a transform can run in.

use num_traits::Float;
use pulp::{Simd, WithSimd};
use rustfft::FftNum;

use crate::band::filter_bank::Compiled;
use crate::instruction_set::widest;
use crate::lanes::Lanes;
use crate::vmd::precision::Precision;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A sample: `f32` or `f64`. Transforms are generic over it; sums and statistics inside them run in `f64`.
pub trait Sample: FftNum + Float + Default + Lanes + Compiled + Precision + sealed::Sealed {
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

struct Sum<'a, T>(&'a [T]);

impl<T: Sample> WithSimd for Sum<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let mut parts = [0.0; PARTS];
        let (whole, rest) = self.0.as_chunks::<PARTS>();
        for block in whole {
            for i in 0..PARTS {
                parts[i] += block[i].widen();
            }
        }
        for (i, value) in rest.iter().enumerate() {
            parts[i] += value.widen();
        }
        let mut width = PARTS / 2;
        while width > 0 {
            for i in 0..width {
                parts[i] += parts[i + width];
            }
            width /= 2;
        }
        parts[0]
    }
}

struct Subtract<'a, T>(&'a mut [T], f64);

impl<T: Sample> WithSimd for Subtract<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for value in self.0 {
            *value = T::narrow(value.widen() - self.1);
        }
    }
}

/// Mean in `f64`, of 16 partial sums in a fixed order; 0 of nothing.
pub(crate) fn mean<T: Sample>(values: &[T]) -> f64 {
    if values.is_empty() { 0.0 } else { widest().dispatch(Sum(values)) / values.len() as f64 }
}

/// Subtracts the mean in place.
pub(crate) fn remove_mean<T: Sample>(values: &mut [T]) {
    let mean = mean(values);
    widest().dispatch(Subtract(values, mean));
}
