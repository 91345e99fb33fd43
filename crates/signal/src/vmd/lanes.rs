//! The few vector operations of the solvers, once for f32 and once for f64.

use pulp::Simd;
use pulp::bytemuck::Pod;

/// A number type that fills the vectors of an instruction set.
pub trait Lanes: Copy + Pod {
    /// A vector of the instruction set `S`.
    type Vector<S: Simd>: Copy + Pod;
    /// Numbers in 64 bytes: blocks are padded to this many, whatever the instruction set.
    const LINE: usize;
    /// Products of inverted numbers stay within this and its inverse.
    const LARGEST_PRODUCT: f64;
    /// Smallest `α(ν - ω)²` of the fixed point: the product of four does not vanish.
    const SMALLEST: Self;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Blocks of vectors that are summed before the sums go on in f64.
    const BLOCKS_PER_SUM: usize;

    /// Numbers in a vector.
    fn lanes<S: Simd>() -> usize;
    /// The numbers as vectors, without the rest that does not fill one.
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];
    /// The numbers as vectors, without the rest that does not fill one.
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];
    /// The same number in all lanes.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a + b`
    fn add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`
    fn sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a b`
    fn mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a / b`
    fn div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The larger.
    fn max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a b + c`
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// Sum of the lanes.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> f64;
}

macro_rules! lanes {
    ($number:ty, $vector:ident, $lanes:ident, $line:expr, $product:expr, $distance:expr, $blocks:expr,
     $as_simd:ident, $as_mut_simd:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident,
     $max:ident, $mul_add:ident, $sum:ident) => {
        impl Lanes for $number {
            type Vector<S: Simd> = S::$vector;
            const LINE: usize = $line;
            const LARGEST_PRODUCT: f64 = $product;
            const SMALLEST: Self = $distance;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const BLOCKS_PER_SUM: usize = $blocks;

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }
            #[inline(always)]
            fn vectors<S: Simd>(values: &[Self]) -> &[S::$vector] {
                S::$as_simd(values).0
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [S::$vector] {
                S::$as_mut_simd(values).0
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }
            #[inline(always)]
            fn add<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn sub<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn mul<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn div<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$div(a, b)
            }
            #[inline(always)]
            fn max<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$max(a, b)
            }
            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$vector) -> f64 {
                f64::from(simd.$sum(a))
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    F32_LANES,
    16,
    1e37,
    1e-8,
    64,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    div_f32s,
    max_f32s,
    mul_add_e_f32s,
    reduce_sum_f32s
);
lanes!(
    f64,
    f64s,
    F64_LANES,
    8,
    1e300,
    1e-70,
    4096,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    div_f64s,
    max_f64s,
    mul_add_e_f64s,
    reduce_sum_f64s
);
