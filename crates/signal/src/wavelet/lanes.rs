//! Vectors of samples, written once for `f32` and `f64` and for any instruction set that pulp knows.

use pulp::Simd;
use pulp::bytemuck::{self, Pod};

/// A number type with vectors `V` of it. Every instruction set sees the same tables: they come in blocks of
/// 64 bytes, which a narrower vector takes in parts.
pub trait Lanes: Pod {
    /// Numbers in 64 bytes.
    const BLOCK: usize;
    /// One vector.
    type V<S: Simd>: Pod;
    /// All lanes alike.
    fn splat_v<S: Simd>(simd: S, x: Self) -> Self::V<S>;
    /// `a + b`.
    fn add_v<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    /// `a - b`.
    fn sub_v<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    /// `a·b`.
    fn mul_v<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    /// `a·b + c`, rounded once where the machine can.
    fn fma_v<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>, c: Self::V<S>) -> Self::V<S>;
    /// `c - a·b`, rounded once where the machine can.
    fn fnma_v<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>, c: Self::V<S>) -> Self::V<S>;
    /// Square root.
    fn sqrt_v<S: Simd>(simd: S, a: Self::V<S>) -> Self::V<S>;
    /// A slice as vectors; what does not fill one is left out.
    fn vectors<S: Simd>(slice: &[Self]) -> &[Self::V<S>];
    /// As [`Lanes::vectors`].
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> &mut [Self::V<S>];
    /// The largest magnitude; infinite or NaN when a number is not finite, 0 of nothing.
    fn largest_magnitude(slice: &[Self]) -> Self;
    /// Lanes of a vector.
    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::V<S>>() / size_of::<Self>()
    }
    /// The lanes of one vector.
    #[inline(always)]
    fn of_vector<S: Simd>(v: &Self::V<S>) -> &[Self] {
        bytemuck::cast_slice(std::slice::from_ref(v))
    }
}

macro_rules! lanes {
    ($t:ident, $v:ident, $($name:ident: $op:ident $($arg:ident)*),*; $splat:ident, $view:ident, $view_mut:ident) => {
        impl Lanes for $t {
            const BLOCK: usize = 64 / size_of::<$t>();
            type V<S: Simd> = S::$v;
            #[inline(always)]
            fn splat_v<S: Simd>(simd: S, x: Self) -> S::$v {
                simd.$splat(x)
            }
            $(#[inline(always)]
            fn $name<S: Simd>(simd: S, $($arg: S::$v),*) -> S::$v {
                simd.$op($($arg),*)
            })*
            #[inline(always)]
            fn vectors<S: Simd>(slice: &[Self]) -> &[S::$v] {
                S::$view(slice).0
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(slice: &mut [Self]) -> &mut [S::$v] {
                S::$view_mut(slice).0
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
        }
    };
}

lanes!(f32, f32s, add_v: add_f32s a b, sub_v: sub_f32s a b, mul_v: mul_f32s a b, fma_v: mul_add_e_f32s a b c,
    fnma_v: negate_mul_add_e_f32s a b c, sqrt_v: sqrt_f32s a; splat_f32s, as_simd_f32s, as_mut_simd_f32s);
lanes!(f64, f64s, add_v: add_f64s a b, sub_v: sub_f64s a b, mul_v: mul_f64s a b, fma_v: mul_add_e_f64s a b c,
    fnma_v: negate_mul_add_e_f64s a b c, sqrt_v: sqrt_f64s a; splat_f64s, as_simd_f64s, as_mut_simd_f64s);

/// Room for `len` numbers that starts at a multiple of 64 bytes, so that no vector straddles two cache lines.
/// What `buffer` held may move.
#[inline]
pub(crate) fn aligned<T: Lanes>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    if buffer.len() < len + T::BLOCK {
        buffer.resize(len + T::BLOCK, T::zeroed());
    }
    let start = to_line(buffer);
    &mut buffer[start..start + len]
}

/// Numbers before the first that lies at a multiple of 64 bytes.
#[inline]
fn to_line<T: Lanes>(buffer: &[T]) -> usize {
    buffer.as_ptr().addr().wrapping_neg() % 64 / size_of::<T>()
}

/// Numbers that never move and start at a multiple of 64 bytes.
#[derive(Debug)]
pub(crate) struct Table<T> {
    values: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Lanes> Table<T> {
    pub(crate) fn new(values: impl ExactSizeIterator<Item = T>) -> Self {
        let len = values.len();
        let mut room = Vec::new();
        for (place, value) in aligned(&mut room, len).iter_mut().zip(values) {
            *place = value;
        }
        let start = to_line(&room);
        Self { values: room, start, len }
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> &[T] {
        &self.values[self.start..self.start + self.len]
    }
}
