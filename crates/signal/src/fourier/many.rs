//! One complex number of each of several frames in one register: arithmetic for kernels that are written once.

use num_complex::Complex;
use pulp::Simd;

use crate::lanes::Lanes;

/// A complex number of each of several frames.
pub(crate) struct Many<S: Simd, T: Lanes> {
    simd: S,
    pub(crate) re: T::Vector<S>,
    pub(crate) im: T::Vector<S>,
}

impl<S: Simd, T: Lanes> Clone for Many<S, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Simd, T: Lanes> Copy for Many<S, T> {}

impl<S: Simd, T: Lanes> Many<S, T> {
    #[inline(always)]
    pub(crate) fn new(simd: S, re: T::Vector<S>, im: T::Vector<S>) -> Self {
        Self { simd, re, im }
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        let simd = self.simd;
        Self::new(simd, T::add_lanes(simd, self.re, other.re), T::add_lanes(simd, self.im, other.im))
    }

    #[inline(always)]
    pub(crate) fn sub(self, other: Self) -> Self {
        let simd = self.simd;
        Self::new(simd, T::sub_lanes(simd, self.re, other.re), T::sub_lanes(simd, self.im, other.im))
    }

    #[inline(always)]
    pub(crate) fn conj(self) -> Self {
        Self::new(self.simd, self.re, T::negate_lanes(self.simd, self.im))
    }

    /// `self + conj(other)`.
    #[inline(always)]
    pub(crate) fn add_conj(self, other: Self) -> Self {
        let simd = self.simd;
        Self::new(simd, T::add_lanes(simd, self.re, other.re), T::sub_lanes(simd, self.im, other.im))
    }

    /// `self - conj(other)`.
    #[inline(always)]
    pub(crate) fn sub_conj(self, other: Self) -> Self {
        let simd = self.simd;
        Self::new(simd, T::sub_lanes(simd, self.re, other.re), T::add_lanes(simd, self.im, other.im))
    }

    /// `self - i·other`.
    #[inline(always)]
    pub(crate) fn sub_turned(self, other: Self) -> Self {
        let simd = self.simd;
        Self::new(simd, T::add_lanes(simd, self.re, other.im), T::sub_lanes(simd, self.im, other.re))
    }

    /// `self + i·other`.
    #[inline(always)]
    pub(crate) fn add_turned(self, other: Self) -> Self {
        let simd = self.simd;
        Self::new(simd, T::sub_lanes(simd, self.re, other.im), T::add_lanes(simd, self.im, other.re))
    }

    /// Times one number for all frames.
    #[inline(always)]
    pub(crate) fn times(self, factor: Complex<T>) -> Self {
        let simd = self.simd;
        let (re, im) = (T::splat_lanes(simd, factor.re), T::splat_lanes(simd, factor.im));
        Self::new(
            simd,
            T::negate_mul_add_lanes(simd, self.im, im, T::mul_lanes(simd, self.re, re)),
            T::mul_add_lanes(simd, self.im, re, T::mul_lanes(simd, self.re, im)),
        )
    }

    /// Squared magnitude.
    #[inline(always)]
    pub(crate) fn power(self) -> T::Vector<S> {
        T::mul_add_lanes(self.simd, self.re, self.re, T::mul_lanes(self.simd, self.im, self.im))
    }
}
