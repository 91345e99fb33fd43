//! Vectors of `f32` or `f64`, as wide as the machine has them.
//!
//! A kernel that is written once over [`Lanes`] runs on both number types and on every instruction set that
//! `pulp` knows; the portable path has one lane. Products are fused with sums where the machine does that.

use pulp::Simd;

/// A number type whose values can be taken several at a time.
pub trait Lanes: Copy + Default + Send + Sync + 'static {
    /// As many values as a register of `S` holds.
    type Vector<S: Simd>: Copy + Send + Sync;

    /// `values` as whole vectors; what is left over at the end is dropped.
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];
    /// [`Lanes::vectors`], to write to.
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];
    /// `value` in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a + b`.
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`.
    fn minus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a·b`.
    fn times<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `c + a·b`.
    fn plus_product<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `c - a·b`.
    fn minus_product<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// Every value one lane on; the last comes round to the first.
    fn turned<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// Sum over the lanes, in `f64`.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> f64;
}

/// Lanes of a vector.
pub(crate) fn width<S: Simd, T: Lanes>() -> usize {
    size_of::<T::Vector<S>>() / size_of::<T>()
}

/// Real and imaginary parts of several complex values.
pub(crate) type Pair<S, T> = [<T as Lanes>::Vector<S>; 2];

#[inline(always)]
pub(crate) fn plus<S: Simd, T: Lanes>(simd: S, a: Pair<S, T>, b: Pair<S, T>) -> Pair<S, T> {
    [T::plus(simd, a[0], b[0]), T::plus(simd, a[1], b[1])]
}

#[inline(always)]
pub(crate) fn minus<S: Simd, T: Lanes>(simd: S, a: Pair<S, T>, b: Pair<S, T>) -> Pair<S, T> {
    [T::minus(simd, a[0], b[0]), T::minus(simd, a[1], b[1])]
}

macro_rules! lanes {
    ($type:ty, $vector:ident, $as_simd:ident, $as_mut_simd:ident, $splat:ident, $add:ident, $sub:ident,
     $mul:ident, $mul_add:ident, $negate_mul_add:ident, $rotate:ident, $sum:expr) => {
        impl Lanes for $type {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>] {
                S::$as_simd(values).0
            }

            #[inline(always)]
            fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>] {
                S::$as_mut_simd(values).0
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
                simd.$splat(value)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn minus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$sub(a, b)
            }

            #[inline(always)]
            fn times<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn plus_product<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                c: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn minus_product<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                c: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$negate_mul_add(a, b, c)
            }

            #[inline(always)]
            fn turned<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
                simd.$rotate(a, 1)
            }

            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> f64 {
                $sum(simd, a)
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    mul_add_e_f32s,
    negate_mul_add_e_f32s,
    rotate_right_f32s,
    sum_f32
);
lanes!(
    f64,
    f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    mul_add_e_f64s,
    negate_mul_add_e_f64s,
    rotate_right_f64s,
    sum_f64
);

#[inline(always)]
fn sum_f64<S: Simd>(simd: S, a: S::f64s) -> f64 {
    simd.reduce_sum_f64s(a)
}

#[inline(always)]
fn sum_f32<S: Simd>(_: S, a: S::f32s) -> f64 {
    let mut lanes = [0.0_f32; 16];
    S::as_mut_simd_f32s(&mut lanes).0[0] = a;
    let mut wide = [0.0_f64; 16];
    for i in 0..16 {
        wide[i] = f64::from(lanes[i]);
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            wide[i] += wide[i + half];
        }
    }
    wide[0]
}
