//! Small inverse Fourier transforms (`e^{+2πi jk/R}`, unscaled) of vectors: each lane is a transform of its own,
//! so that no lane ever has to be moved.

use pulp::Simd;

use crate::lanes::Lanes;
use crate::sample::Sample;

/// A vector of complex numbers, real and imaginary parts apart.
pub(crate) struct ComplexVector<T: Lanes, S: Simd> {
    pub(crate) re: T::Vector<S>,
    pub(crate) im: T::Vector<S>,
}

impl<T: Lanes, S: Simd> Clone for ComplexVector<T, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Lanes, S: Simd> Copy for ComplexVector<T, S> {}

impl<T: Sample, S: Simd> ComplexVector<T, S> {
    #[inline(always)]
    fn plus(self, simd: S, other: Self) -> Self {
        Self { re: T::add_lanes(simd, self.re, other.re), im: T::add_lanes(simd, self.im, other.im) }
    }

    #[inline(always)]
    fn minus(self, simd: S, other: Self) -> Self {
        Self { re: T::sub_lanes(simd, self.re, other.re), im: T::sub_lanes(simd, self.im, other.im) }
    }

    /// `self + i·other`.
    #[inline(always)]
    fn plus_i(self, simd: S, other: Self) -> Self {
        Self { re: T::sub_lanes(simd, self.re, other.im), im: T::add_lanes(simd, self.im, other.re) }
    }

    /// `self - i·other`.
    #[inline(always)]
    fn minus_i(self, simd: S, other: Self) -> Self {
        Self { re: T::add_lanes(simd, self.re, other.im), im: T::sub_lanes(simd, self.im, other.re) }
    }

    /// `self + factor·other`.
    #[inline(always)]
    fn plus_times(self, simd: S, factor: T::Vector<S>, other: Self) -> Self {
        Self {
            re: T::mul_add_lanes(simd, factor, other.re, self.re),
            im: T::mul_add_lanes(simd, factor, other.im, self.im),
        }
    }

    #[inline(always)]
    fn scaled(self, simd: S, factor: T::Vector<S>) -> Self {
        Self { re: T::mul_lanes(simd, factor, self.re), im: T::mul_lanes(simd, factor, self.im) }
    }

    /// The same number in all lanes.
    #[inline(always)]
    pub(crate) fn splat(simd: S, re: T, im: T) -> Self {
        Self { re: T::splat_lanes(simd, re), im: T::splat_lanes(simd, im) }
    }

    /// `self + other·(re + i·im)`.
    #[inline(always)]
    pub(crate) fn plus_product(self, simd: S, other: Self, re: T, im: T) -> Self {
        let (re, im) = (T::splat_lanes(simd, re), T::splat_lanes(simd, im));
        Self {
            re: T::negate_mul_add_lanes(simd, im, other.im, T::mul_add_lanes(simd, re, other.re, self.re)),
            im: T::mul_add_lanes(simd, im, other.re, T::mul_add_lanes(simd, re, other.im, self.im)),
        }
    }

    /// `self·(re + i·im)`.
    #[inline(always)]
    pub(crate) fn times(self, simd: S, re: T::Vector<S>, im: T::Vector<S>) -> Self {
        Self {
            re: T::negate_mul_add_lanes(simd, self.im, im, T::mul_lanes(simd, self.re, re)),
            im: T::mul_add_lanes(simd, self.im, re, T::mul_lanes(simd, self.re, im)),
        }
    }
}

#[inline(always)]
fn constant<T: Sample, S: Simd>(simd: S, value: f64) -> T::Vector<S> {
    T::splat_lanes(simd, T::narrow(value))
}

type Complexes<T, S, const R: usize> = [ComplexVector<T, S>; R];

/// Two points.
#[inline(always)]
pub(crate) fn two<T: Sample, S: Simd>(simd: S, [x0, x1]: Complexes<T, S, 2>) -> Complexes<T, S, 2> {
    [x0.plus(simd, x1), x0.minus(simd, x1)]
}

/// Three points.
#[inline(always)]
pub(crate) fn three<T: Sample, S: Simd>(simd: S, [x0, x1, x2]: Complexes<T, S, 3>) -> Complexes<T, S, 3> {
    let (sum, difference) = (x1.plus(simd, x2), x1.minus(simd, x2));
    let side = difference.scaled(simd, constant::<T, S>(simd, 0.866_025_403_784_438_6));
    let middle = x0.plus_times(simd, constant::<T, S>(simd, -0.5), sum);
    [x0.plus(simd, sum), middle.plus_i(simd, side), middle.minus_i(simd, side)]
}

/// Four points.
#[inline(always)]
pub(crate) fn four<T: Sample, S: Simd>(simd: S, [x0, x1, x2, x3]: Complexes<T, S, 4>) -> Complexes<T, S, 4> {
    let (a, b) = (x0.plus(simd, x2), x0.minus(simd, x2));
    let (c, d) = (x1.plus(simd, x3), x1.minus(simd, x3));
    [a.plus(simd, c), b.plus_i(simd, d), a.minus(simd, c), b.minus_i(simd, d)]
}

/// Five points.
#[inline(always)]
pub(crate) fn five<T: Sample, S: Simd>(
    simd: S,
    [x0, x1, x2, x3, x4]: Complexes<T, S, 5>,
) -> Complexes<T, S, 5> {
    // Cosine and sine of a fifth and two fifths of a turn.
    let c1 = constant::<T, S>(simd, 0.309_016_994_374_947_4);
    let c2 = constant::<T, S>(simd, -0.809_016_994_374_947_4);
    let s1 = constant::<T, S>(simd, 0.951_056_516_295_153_5);
    let s2 = constant::<T, S>(simd, 0.587_785_252_292_473_1);
    let minus_s1 = constant::<T, S>(simd, -0.951_056_516_295_153_5);
    let (a, b) = (x1.plus(simd, x4), x2.plus(simd, x3));
    let (c, d) = (x1.minus(simd, x4), x2.minus(simd, x3));
    let near = x0.plus_times(simd, c1, a).plus_times(simd, c2, b);
    let far = x0.plus_times(simd, c2, a).plus_times(simd, c1, b);
    let near_side = c.scaled(simd, s1).plus_times(simd, s2, d);
    let far_side = c.scaled(simd, s2).plus_times(simd, minus_s1, d);
    [
        x0.plus(simd, a).plus(simd, b),
        near.plus_i(simd, near_side),
        far.plus_i(simd, far_side),
        far.minus_i(simd, far_side),
        near.minus_i(simd, near_side),
    ]
}

/// Eight points.
#[inline(always)]
pub(crate) fn eight<T: Sample, S: Simd>(
    simd: S,
    [x0, x1, x2, x3, x4, x5, x6, x7]: Complexes<T, S, 8>,
) -> Complexes<T, S, 8> {
    let [e0, e1, e2, e3] = four(simd, [x0, x2, x4, x6]);
    let [o0, o1, o2, o3] = four(simd, [x1, x3, x5, x7]);
    let half = constant::<T, S>(simd, std::f64::consts::FRAC_1_SQRT_2);
    // Odd terms turned by an eighth and, but for a factor i that the sums below take, by three eighths.
    let o1 = ComplexVector {
        re: T::mul_lanes(simd, half, T::sub_lanes(simd, o1.re, o1.im)),
        im: T::mul_lanes(simd, half, T::add_lanes(simd, o1.re, o1.im)),
    };
    let o3 = ComplexVector {
        re: T::mul_lanes(simd, half, T::sub_lanes(simd, o3.re, o3.im)),
        im: T::mul_lanes(simd, half, T::add_lanes(simd, o3.re, o3.im)),
    };
    [
        e0.plus(simd, o0),
        e1.plus(simd, o1),
        e2.plus_i(simd, o2),
        e3.plus_i(simd, o3),
        e0.minus(simd, o0),
        e1.minus(simd, o1),
        e2.minus_i(simd, o2),
        e3.minus_i(simd, o3),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;
    use pulp::Scalar;

    fn check<const R: usize>(of: impl Fn(Scalar, Complexes<f64, Scalar, R>) -> Complexes<f64, Scalar, R>) {
        let x: Vec<Complex64> =
            (0..R).map(|j| Complex64::new((j * j) as f64 - 1.5, 0.3 * j as f64 + 1.0)).collect();
        let y = of(Scalar, std::array::from_fn(|j| ComplexVector { re: x[j].re, im: x[j].im }));
        for (k, y) in y.iter().enumerate() {
            let want: Complex64 = (0..R)
                .map(|j| x[j] * Complex64::cis(std::f64::consts::TAU * (j * k) as f64 / R as f64))
                .sum();
            assert!((want - Complex64::new(y.re, y.im)).norm() < 1e-12, "radix {R}, bin {k}");
        }
    }

    #[test]
    fn small_transforms_equal_their_definition() {
        check::<2>(two);
        check::<3>(three);
        check::<4>(four);
        check::<5>(five);
        check::<8>(eight);
    }
}
