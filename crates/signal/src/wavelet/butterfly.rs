//! Small inverse Fourier transforms (`e^{+2πi jk/R}`, unscaled) of vectors: each lane is a transform of its own,
//! so that no lane ever has to be moved.

use pulp::Simd;

use crate::sample::Sample;
use crate::wavelet::lanes::Lanes;

/// A vector of complex numbers, real and imaginary parts apart.
pub(crate) struct ComplexVector<T: Lanes, S: Simd> {
    pub(crate) re: T::V<S>,
    pub(crate) im: T::V<S>,
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
        Self { re: T::add_v(simd, self.re, other.re), im: T::add_v(simd, self.im, other.im) }
    }

    #[inline(always)]
    fn minus(self, simd: S, other: Self) -> Self {
        Self { re: T::sub_v(simd, self.re, other.re), im: T::sub_v(simd, self.im, other.im) }
    }

    /// `self + i·other`.
    #[inline(always)]
    fn plus_i(self, simd: S, other: Self) -> Self {
        Self { re: T::sub_v(simd, self.re, other.im), im: T::add_v(simd, self.im, other.re) }
    }

    /// `self - i·other`.
    #[inline(always)]
    fn minus_i(self, simd: S, other: Self) -> Self {
        Self { re: T::add_v(simd, self.re, other.im), im: T::sub_v(simd, self.im, other.re) }
    }

    /// `self + factor·other`.
    #[inline(always)]
    fn plus_times(self, simd: S, factor: T::V<S>, other: Self) -> Self {
        Self { re: T::fma_v(simd, factor, other.re, self.re), im: T::fma_v(simd, factor, other.im, self.im) }
    }

    #[inline(always)]
    fn scaled(self, simd: S, factor: T::V<S>) -> Self {
        Self { re: T::mul_v(simd, factor, self.re), im: T::mul_v(simd, factor, self.im) }
    }

    /// `self·(re + i·im)`.
    #[inline(always)]
    pub(crate) fn times(self, simd: S, re: T::V<S>, im: T::V<S>) -> Self {
        Self {
            re: T::fnma_v(simd, self.im, im, T::mul_v(simd, self.re, re)),
            im: T::fma_v(simd, self.im, re, T::mul_v(simd, self.re, im)),
        }
    }
}

#[inline(always)]
fn four<T: Sample, S: Simd>(simd: S, x: [ComplexVector<T, S>; 4]) -> [ComplexVector<T, S>; 4] {
    let (a, b) = (x[0].plus(simd, x[2]), x[0].minus(simd, x[2]));
    let (c, d) = (x[1].plus(simd, x[3]), x[1].minus(simd, x[3]));
    [a.plus(simd, c), b.plus_i(simd, d), a.minus(simd, c), b.minus_i(simd, d)]
}

#[inline(always)]
fn constant<T: Sample, S: Simd>(simd: S, value: f64) -> T::V<S> {
    T::splat_v(simd, T::narrow(value))
}

/// The transform of `R` vectors in place; `R` is 2, 3, 4, 5 or 8.
#[inline(always)]
pub(crate) fn butterfly<T: Sample, S: Simd, const R: usize>(simd: S, x: &mut [ComplexVector<T, S>; R]) {
    match R {
        2 => (x[0], x[1]) = (x[0].plus(simd, x[1]), x[0].minus(simd, x[1])),
        3 => {
            let (sum, difference) = (x[1].plus(simd, x[2]), x[1].minus(simd, x[2]));
            let side = difference.scaled(simd, constant::<T, S>(simd, 0.866_025_403_784_438_6));
            let middle = x[0].plus_times(simd, constant::<T, S>(simd, -0.5), sum);
            x[0] = x[0].plus(simd, sum);
            (x[1], x[2]) = (middle.plus_i(simd, side), middle.minus_i(simd, side));
        }
        4 => {
            let y = four(simd, [x[0], x[1], x[2], x[3]]);
            (x[0], x[1], x[2], x[3]) = (y[0], y[1], y[2], y[3]);
        }
        5 => {
            // cos and sin of a fifth and two fifths of a turn.
            let (c1, c2) = (constant::<T, S>(simd, 0.309_016_994_374_947_4), constant::<T, S>(simd, -0.809_016_994_374_947_4));
            let (s1, s2) = (constant::<T, S>(simd, 0.951_056_516_295_153_5), constant::<T, S>(simd, 0.587_785_252_292_473_1));
            let (a, b) = (x[1].plus(simd, x[4]), x[2].plus(simd, x[3]));
            let (c, d) = (x[1].minus(simd, x[4]), x[2].minus(simd, x[3]));
            let near = x[0].plus_times(simd, c1, a).plus_times(simd, c2, b);
            let far = x[0].plus_times(simd, c2, a).plus_times(simd, c1, b);
            let near_side = c.scaled(simd, s1).plus_times(simd, s2, d);
            let negative = constant::<T, S>(simd, -0.951_056_516_295_153_5);
            let far_side = c.scaled(simd, s2).plus_times(simd, negative, d);
            x[0] = x[0].plus(simd, a).plus(simd, b);
            (x[1], x[4]) = (near.plus_i(simd, near_side), near.minus_i(simd, near_side));
            (x[2], x[3]) = (far.plus_i(simd, far_side), far.minus_i(simd, far_side));
        }
        8 => {
            let even = four(simd, [x[0], x[2], x[4], x[6]]);
            let odd = four(simd, [x[1], x[3], x[5], x[7]]);
            let half = constant::<T, S>(simd, std::f64::consts::FRAC_1_SQRT_2);
            // Odd terms turned by an eighth, a quarter, three eighths.
            let one = ComplexVector {
                re: T::mul_v(simd, half, T::sub_v(simd, odd[1].re, odd[1].im)),
                im: T::mul_v(simd, half, T::add_v(simd, odd[1].re, odd[1].im)),
            };
            // i·(re + i im)·e^{πi/4}, whose own factor i is taken by the sums below.
            let three = ComplexVector {
                re: T::mul_v(simd, half, T::sub_v(simd, odd[3].re, odd[3].im)),
                im: T::mul_v(simd, half, T::add_v(simd, odd[3].re, odd[3].im)),
            };
            (x[0], x[4]) = (even[0].plus(simd, odd[0]), even[0].minus(simd, odd[0]));
            (x[1], x[5]) = (even[1].plus(simd, one), even[1].minus(simd, one));
            (x[2], x[6]) = (even[2].plus_i(simd, odd[2]), even[2].minus_i(simd, odd[2]));
            (x[3], x[7]) = (even[3].plus_i(simd, three), even[3].minus_i(simd, three));
        }
        _ => unreachable!("radix {R}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;
    use pulp::Scalar;

    fn check<const R: usize>() {
        let x: Vec<Complex64> =
            (0..R).map(|j| Complex64::new((j * j) as f64 - 1.5, 0.3 * j as f64 + 1.0)).collect();
        let mut y: [ComplexVector<f64, Scalar>; R] =
            std::array::from_fn(|j| ComplexVector { re: x[j].re, im: x[j].im });
        butterfly(Scalar, &mut y);
        for (k, y) in y.iter().enumerate() {
            let want: Complex64 = (0..R)
                .map(|j| x[j] * Complex64::cis(std::f64::consts::TAU * (j * k) as f64 / R as f64))
                .sum();
            assert!((want - Complex64::new(y.re, y.im)).norm() < 1e-12, "radix {R}, bin {k}");
        }
    }

    #[test]
    fn small_transforms_equal_their_definition() {
        check::<2>();
        check::<3>();
        check::<4>();
        check::<5>();
        check::<8>();
    }
}
