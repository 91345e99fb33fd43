//! Where a short-time Fourier transform writes its frames: rows of frequencies, as complex numbers, powers or
//! magnitudes.

use num_complex::Complex;
use pulp::Simd;

use crate::fourier::frame_fft::{Rows, WIDEST};
use crate::fourier::many::Many;
use crate::sample::Sample;

/// Something of a known length.
pub(crate) trait Output {
    fn len(&self) -> usize;
}

impl<T> Output for ComplexRows<'_, T> {
    fn len(&self) -> usize {
        self.output.len()
    }
}

impl<T, const ROOT: bool> Output for PowerRows<'_, T, ROOT> {
    fn len(&self) -> usize {
        self.output.len()
    }
}

/// Rows of `frames` complex numbers.
pub(crate) struct ComplexRows<'a, T> {
    pub(crate) output: &'a mut [Complex<T>],
    pub(crate) frames: usize,
}

/// Rows of `frames` powers, or magnitudes.
pub(crate) struct PowerRows<'a, T, const ROOT: bool> {
    pub(crate) output: &'a mut [T],
    pub(crate) frames: usize,
}

impl<T: Sample> Rows<T> for ComplexRows<'_, T> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, first: usize, value: Many<S, T>) {
        let width = T::lanes::<S>();
        let (mut re, mut im) = ([T::default(); WIDEST], [T::default(); WIDEST]);
        T::store_part(simd, &mut re[..width], value.re);
        T::store_part(simd, &mut im[..width], value.im);
        let start = row * self.frames + first;
        let output = &mut self.output[start..start + width.min(self.frames - first)];
        for i in 0..output.len().min(WIDEST) {
            output[i] = Complex::new(re[i], im[i]);
        }
    }
}

impl<T: Sample, const ROOT: bool> Rows<T> for PowerRows<'_, T, ROOT> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, first: usize, value: Many<S, T>) {
        let power = value.power();
        let value = if ROOT { T::sqrt_lanes(simd, power) } else { power };
        let start = row * self.frames + first;
        let count = T::lanes::<S>().min(self.frames - first);
        T::store_part(simd, &mut self.output[start..start + count], value);
    }
}
