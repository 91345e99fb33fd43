//! Complex values in vector registers, real and imaginary parts apart.

use pulp::Simd;

use crate::lanes::Lanes;

/// Real and imaginary parts of several complex values.
pub(crate) type Pair<S, T> = [<T as Lanes>::Vector<S>; 2];

#[inline(always)]
pub(crate) fn plus<S: Simd, T: Lanes>(simd: S, a: Pair<S, T>, b: Pair<S, T>) -> Pair<S, T> {
    [T::add_lanes(simd, a[0], b[0]), T::add_lanes(simd, a[1], b[1])]
}

#[inline(always)]
pub(crate) fn minus<S: Simd, T: Lanes>(simd: S, a: Pair<S, T>, b: Pair<S, T>) -> Pair<S, T> {
    [T::sub_lanes(simd, a[0], b[0]), T::sub_lanes(simd, a[1], b[1])]
}
