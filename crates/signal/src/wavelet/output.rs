//! What is kept of a complex transform, decided where its values still lie in registers.

use num_complex::Complex;
use pulp::Simd;

use crate::sample::Sample;
use crate::wavelet::butterfly::ComplexVector;

/// What is kept of each value.
pub(crate) trait Output<T: Sample> {
    /// What is written.
    type Item: Copy + Default;

    /// Writes a vector from place `start` on, as far as `out` reaches.
    fn put<S: Simd>(simd: S, out: &mut [Self::Item], start: usize, value: ComplexVector<T, S>);

    /// One value.
    fn one(value: Complex<T>) -> Self::Item;

    /// A value whose input was multiplied by `gain`, as it is without.
    fn divided(value: Self::Item, gain: T) -> Self::Item;
}

/// The complex value itself.
pub(crate) struct Whole;
/// `|W|`.
pub(crate) struct Magnitude;
/// `|W|²`.
pub(crate) struct Power;

impl<T: Sample> Output<T> for Whole {
    type Item = Complex<T>;

    #[inline(always)]
    fn put<S: Simd>(_simd: S, out: &mut [Complex<T>], start: usize, value: ComplexVector<T, S>) {
        let (re, im) = (T::of_vector::<S>(&value.re), T::of_vector::<S>(&value.im));
        let lanes = T::lanes::<S>();
        if let Some(out) = out.get_mut(start..start + lanes) {
            for i in 0..lanes {
                out[i] = Complex::new(re[i], im[i]);
            }
        } else if let Some(out) = out.get_mut(start..) {
            for (place, (re, im)) in out.iter_mut().zip(re.iter().zip(im)) {
                *place = Complex::new(*re, *im);
            }
        }
    }

    #[inline(always)]
    fn one(value: Complex<T>) -> Complex<T> {
        value
    }

    fn divided(value: Complex<T>, gain: T) -> Complex<T> {
        value / gain
    }
}

#[inline(always)]
fn put_real<T: Sample, S: Simd>(out: &mut [T], start: usize, values: T::V<S>) {
    let values = T::of_vector::<S>(&values);
    if let Some(out) = out.get_mut(start..start + T::lanes::<S>()) {
        out.copy_from_slice(values);
    } else if let Some(out) = out.get_mut(start..) {
        out.copy_from_slice(&values[..out.len()]);
    }
}

#[inline(always)]
fn squared<T: Sample, S: Simd>(simd: S, value: ComplexVector<T, S>) -> T::V<S> {
    T::fma_v(simd, value.re, value.re, T::mul_v(simd, value.im, value.im))
}

impl<T: Sample> Output<T> for Magnitude {
    type Item = T;

    #[inline(always)]
    fn put<S: Simd>(simd: S, out: &mut [T], start: usize, value: ComplexVector<T, S>) {
        put_real::<T, S>(out, start, T::sqrt_v(simd, squared(simd, value)));
    }

    #[inline(always)]
    fn one(value: Complex<T>) -> T {
        num_traits::Float::sqrt(value.norm_sqr())
    }

    fn divided(value: T, gain: T) -> T {
        value / gain
    }
}

impl<T: Sample> Output<T> for Power {
    type Item = T;

    #[inline(always)]
    fn put<S: Simd>(simd: S, out: &mut [T], start: usize, value: ComplexVector<T, S>) {
        put_real::<T, S>(out, start, squared(simd, value));
    }

    #[inline(always)]
    fn one(value: Complex<T>) -> T {
        value.norm_sqr()
    }

    fn divided(value: T, gain: T) -> T {
        value / gain / gain
    }
}
