//! What is kept of a complex transform, decided where its values still lie in registers.

use num_complex::Complex;
use pulp::Simd;

use crate::sample::Sample;
use crate::wavelet::butterfly::ComplexVector;

/// What is kept of each value.
pub(crate) trait Output<T: Sample> {
    /// What is written.
    type Item: Copy + Default;
    /// Numbers that wait in the stage for each value.
    const PARTS: usize;

    /// Puts a vector on the stage from place `start` on.
    fn put<S: Simd>(simd: S, row: &mut Row<'_, T, Self::Item>, start: usize, value: ComplexVector<T, S>);

    /// Writes what is on the stage, as far as `out` reaches.
    fn finish(row: &mut Row<'_, T, Self::Item>);

    /// One value.
    fn one(value: Complex<T>) -> Self::Item;

    /// A value whose input was multiplied by `gain`, as it is without.
    fn divided(value: Self::Item, gain: T) -> Self::Item;
}

/// A row that is being written. The stage holds all its points, at places that vectors do not straddle; they come in
/// leaps, and are written in order when all are there. `out` has those that are asked for.
pub(crate) struct Row<'a, T, I> {
    pub(crate) out: &'a mut [I],
    pub(crate) re: &'a mut [T],
    pub(crate) im: &'a mut [T],
}

/// The complex value itself.
pub(crate) struct Whole;
/// `|W|`.
pub(crate) struct Magnitude;
/// `|W|²`.
pub(crate) struct Power;

#[inline(always)]
fn put<T: Sample, S: Simd>(stage: &mut [T], start: usize, values: T::V<S>) {
    T::vectors_mut::<S>(&mut stage[start..start + T::lanes::<S>()])[0] = values;
}

#[inline(always)]
fn squared<T: Sample, S: Simd>(simd: S, value: ComplexVector<T, S>) -> T::V<S> {
    T::fma_v(simd, value.re, value.re, T::mul_v(simd, value.im, value.im))
}

impl<T: Sample> Output<T> for Whole {
    type Item = Complex<T>;
    const PARTS: usize = 2;

    #[inline(always)]
    fn put<S: Simd>(_simd: S, row: &mut Row<'_, T, Complex<T>>, start: usize, value: ComplexVector<T, S>) {
        put::<T, S>(row.re, start, value.re);
        put::<T, S>(row.im, start, value.im);
    }

    #[inline(always)]
    fn finish(row: &mut Row<'_, T, Complex<T>>) {
        let count = row.out.len();
        let (out, re, im) = (&mut *row.out, &row.re[..count], &row.im[..count]);
        for i in 0..count {
            out[i] = Complex::new(re[i], im[i]);
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

impl<T: Sample> Output<T> for Magnitude {
    type Item = T;
    const PARTS: usize = 1;

    #[inline(always)]
    fn put<S: Simd>(simd: S, row: &mut Row<'_, T, T>, start: usize, value: ComplexVector<T, S>) {
        put::<T, S>(row.re, start, T::sqrt_v(simd, squared(simd, value)));
    }

    #[inline(always)]
    fn finish(row: &mut Row<'_, T, T>) {
        row.out.copy_from_slice(&row.re[..row.out.len()]);
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
    const PARTS: usize = 1;

    #[inline(always)]
    fn put<S: Simd>(simd: S, row: &mut Row<'_, T, T>, start: usize, value: ComplexVector<T, S>) {
        put::<T, S>(row.re, start, squared(simd, value));
    }

    #[inline(always)]
    fn finish(row: &mut Row<'_, T, T>) {
        row.out.copy_from_slice(&row.re[..row.out.len()]);
    }

    #[inline(always)]
    fn one(value: Complex<T>) -> T {
        value.norm_sqr()
    }

    fn divided(value: T, gain: T) -> T {
        value / gain / gain
    }
}
