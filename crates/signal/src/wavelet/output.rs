//! What is kept of a row of complex values.

use num_complex::Complex;
use pulp::{Simd, WithSimd};

use crate::sample::Sample;
use crate::wavelet::butterfly::ComplexVector;

/// What is kept of each value.
pub(crate) trait Output<T: Sample> {
    /// What is written.
    type Item: Copy + Default;

    /// Writes the values, of which `re` and `im` are no fewer than `out`.
    fn write<S: Simd>(simd: S, re: &[T], im: &[T], out: &mut [Self::Item]);

    /// A value whose input was multiplied by `gain`, as it is without.
    fn divided(value: Self::Item, gain: T) -> Self::Item;
}

/// The complex value itself.
pub(crate) struct Whole;
/// `|W|`.
pub(crate) struct Magnitude;
/// `|W|²`.
pub(crate) struct Power;

/// One row, as work to be dispatched.
pub(crate) struct Write<'a, T: Sample, O: Output<T>> {
    pub(crate) re: &'a [T],
    pub(crate) im: &'a [T],
    pub(crate) out: &'a mut [O::Item],
}

impl<T: Sample, O: Output<T>> WithSimd for Write<'_, T, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        O::write(simd, self.re, self.im, self.out);
    }
}

impl<T: Sample> Output<T> for Whole {
    type Item = Complex<T>;

    #[inline(always)]
    fn write<S: Simd>(_simd: S, re: &[T], im: &[T], out: &mut [Complex<T>]) {
        let count = out.len();
        let (re, im) = (&re[..count], &im[..count]);
        for i in 0..count {
            out[i] = Complex::new(re[i], im[i]);
        }
    }

    fn divided(value: Complex<T>, gain: T) -> Complex<T> {
        value / gain
    }
}

#[inline(always)]
fn squared<T: Sample, S: Simd>(simd: S, value: ComplexVector<T, S>) -> T::Vector<S> {
    T::mul_add_lanes(simd, value.re, value.re, T::mul_lanes(simd, value.im, value.im))
}

macro_rules! real_output {
    ($name:ident, $simd:ident $value:ident $of:expr, $gain:ident $out:ident $divided:expr) => {
        impl<T: Sample> Output<T> for $name {
            type Item = T;

            #[inline(always)]
            fn write<S: Simd>($simd: S, re: &[T], im: &[T], out: &mut [T]) {
                let lanes = T::lanes::<S>();
                let (whole, rest) = out.split_at_mut(out.len() / lanes * lanes);
                let (re, im) = (T::vectors::<S>(re), T::vectors::<S>(im));
                let whole = T::vectors_mut::<S>(whole);
                let count = whole.len();
                for i in 0..count {
                    let $value = ComplexVector::<T, S> { re: re[i], im: im[i] };
                    whole[i] = $of;
                }
                if !rest.is_empty() {
                    // The stage reaches to the end of a vector.
                    let $value = ComplexVector::<T, S> { re: re[count], im: im[count] };
                    let last = $of;
                    let taken = rest.len();
                    rest.copy_from_slice(&T::of_vector::<S>(&last)[..taken]);
                }
            }

            fn divided($out: T, $gain: T) -> T {
                $divided
            }
        }
    };
}

real_output!(Magnitude, simd value T::sqrt_lanes(simd, squared(simd, value)), gain out out / gain);
real_output!(Power, simd value squared(simd, value), gain out out / gain / gain);
