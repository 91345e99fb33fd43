//! Vector registers of `f32` or `f64`, as wide as the machine has them.
//!
//! A kernel that is written once over [`Lanes`] runs on both number types and on every instruction set that
//! `pulp` knows (AVX-512, AVX2, NEON, and a portable path of one lane), chosen when it runs. Products are fused
//! with sums where the machine does that.

use pulp::Simd;
use pulp::bytemuck::{self, Pod};

/// Numbers that vector registers hold.
pub trait Lanes: Pod {
    /// As many numbers as a register of `S` holds.
    type Vector<S: Simd>: Pod;
    /// Numbers in 64 bytes, the widest register and one line of the cache.
    const LINE: usize;

    /// The slice as whole registers; what is left over at its end is dropped.
    fn vectors<S: Simd>(slice: &[Self]) -> &[Self::Vector<S>];
    /// As [`Lanes::vectors`], to write to.
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> &mut [Self::Vector<S>];
    /// As many numbers as the slice holds; at most a register.
    fn store_part<S: Simd>(simd: S, slice: &mut [Self], value: Self::Vector<S>);
    /// The same number in every lane.
    fn splat_lanes<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a + b`.
    fn add_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`.
    fn sub_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a·b`.
    fn mul_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a/b`.
    fn div_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The larger.
    fn max_lanes<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `-a`.
    fn negate_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// Square root.
    fn sqrt_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// `a·b + c`, rounded once where the machine can.
    fn mul_add_lanes<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `c - a·b`, rounded once where the machine can.
    fn negate_mul_add_lanes<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// Every number one lane on; the last comes round to the first.
    fn rotate_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// Sum over the lanes, added in the number's own type.
    fn sum_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> f64;
    /// Sum over the lanes, added in `f64`.
    fn wide_sum_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> f64;

    /// The largest magnitude; infinite or NaN when a number is not finite, 0 of nothing.
    fn largest_magnitude(slice: &[Self]) -> Self;

    /// Numbers in a register.
    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }
    /// The first register of the slice, which has to be long enough.
    #[inline(always)]
    fn load_lanes<S: Simd>(slice: &[Self]) -> Self::Vector<S> {
        *bytemuck::from_bytes(bytemuck::cast_slice(&slice[..Self::lanes::<S>()]))
    }
    /// The numbers of one register.
    #[inline(always)]
    fn of_vector<S: Simd>(vector: &Self::Vector<S>) -> &[Self] {
        bytemuck::cast_slice(std::slice::from_ref(vector))
    }
}

macro_rules! lanes {
    ($number:ident, $vector:ident, $($name:ident: $op:ident $($arg:ident)*),*;
     $view:ident, $view_mut:ident, $store:ident, $splat:ident, $rotate:ident, $sum:ident) => {
        impl Lanes for $number {
            type Vector<S: Simd> = S::$vector;
            const LINE: usize = 64 / size_of::<$number>();
            #[inline(always)]
            fn vectors<S: Simd>(slice: &[Self]) -> &[S::$vector] {
                S::$view(slice).0
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(slice: &mut [Self]) -> &mut [S::$vector] {
                S::$view_mut(slice).0
            }
            #[inline(always)]
            fn store_part<S: Simd>(simd: S, slice: &mut [Self], value: S::$vector) {
                simd.$store(slice, value);
            }
            #[inline(always)]
            fn splat_lanes<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }
            $(#[inline(always)]
            fn $name<S: Simd>(simd: S, $($arg: S::$vector),*) -> S::$vector {
                simd.$op($($arg),*)
            })*
            #[inline(always)]
            fn rotate_lanes<S: Simd>(simd: S, a: S::$vector) -> S::$vector {
                simd.$rotate(a, 1)
            }
            #[inline(always)]
            fn largest_magnitude(slice: &[Self]) -> Self {
                // Without their sign, the bits of floating-point numbers are in order; Inf and NaN come last.
                let mut top = 0;
                for x in slice {
                    let bits = x.abs().to_bits();
                    top = if bits > top { bits } else { top };
                }
                Self::from_bits(top)
            }
            #[inline(always)]
            fn sum_lanes<S: Simd>(simd: S, a: S::$vector) -> f64 {
                f64::from(simd.$sum(a))
            }
            #[inline(always)]
            fn wide_sum_lanes<S: Simd>(_: S, a: S::$vector) -> f64 {
                let mut wide = [0.0; 16];
                for (sum, lane) in wide.iter_mut().zip(Self::of_vector::<S>(&a)) {
                    *sum = f64::from(*lane);
                }
                for half in [8, 4, 2, 1] {
                    for i in 0..half {
                        wide[i] += wide[i + half];
                    }
                }
                wide[0]
            }
        }
    };
}

lanes!(f32, f32s, add_lanes: add_f32s a b, sub_lanes: sub_f32s a b, mul_lanes: mul_f32s a b,
    div_lanes: div_f32s a b, max_lanes: max_f32s a b, negate_lanes: neg_f32s a, sqrt_lanes: sqrt_f32s a,
    mul_add_lanes: mul_add_e_f32s a b c, negate_mul_add_lanes: negate_mul_add_e_f32s a b c;
    as_simd_f32s, as_mut_simd_f32s, partial_store_f32s, splat_f32s, rotate_right_f32s, reduce_sum_f32s);
lanes!(f64, f64s, add_lanes: add_f64s a b, sub_lanes: sub_f64s a b, mul_lanes: mul_f64s a b,
    div_lanes: div_f64s a b, max_lanes: max_f64s a b, negate_lanes: neg_f64s a, sqrt_lanes: sqrt_f64s a,
    mul_add_lanes: mul_add_e_f64s a b c, negate_mul_add_lanes: negate_mul_add_e_f64s a b c;
    as_simd_f64s, as_mut_simd_f64s, partial_store_f64s, splat_f64s, rotate_right_f64s, reduce_sum_f64s);

/// Room for `len` numbers that starts at a multiple of 64 bytes, so that no vector straddles two lines of the
/// cache. What `buffer` held may move.
#[inline]
pub(crate) fn aligned<T: Lanes>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    if buffer.len() < len + T::LINE {
        buffer.resize(len + T::LINE, T::zeroed());
    }
    let start = to_line(buffer);
    &mut buffer[start..start + len]
}

/// Numbers before the first that lies at a multiple of 64 bytes.
#[inline]
pub(crate) fn to_line<T: Lanes>(buffer: &[T]) -> usize {
    buffer.as_ptr().addr().wrapping_neg() % 64 / size_of::<T>()
}
