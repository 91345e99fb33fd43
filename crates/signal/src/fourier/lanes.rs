//! One number of each of several frames in one register: arithmetic for kernels that are written once, for
//! `f32` and `f64` and for every width that pulp knows.

use std::fmt::Debug;

use num_complex::Complex;
use pulp::Simd;
use pulp::bytemuck::Pod;

/// Numbers that vector registers hold.
pub trait Lanes: Pod {
    /// A register of them.
    type Register<S: Simd>: Copy + Debug;

    /// Numbers in a register.
    fn width<S: Simd>() -> usize;
    /// The slice as whole registers; what is left over is dropped.
    fn registers<S: Simd>(slice: &mut [Self]) -> &mut [Self::Register<S>];
    /// The first register of the slice, which has to be long enough.
    fn load_lanes<S: Simd>(slice: &[Self]) -> Self::Register<S>;
    /// As many numbers as the slice holds; at most a register.
    fn store_part<S: Simd>(simd: S, slice: &mut [Self], value: Self::Register<S>);
    /// The same number everywhere.
    fn splat_lanes<S: Simd>(simd: S, value: Self) -> Self::Register<S>;
    /// `a + b`.
    fn add_lanes<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// `a - b`.
    fn sub_lanes<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// `a·b`.
    fn mul_lanes<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    /// `a·b + c`, rounded once where the processor can.
    fn mul_add_lanes<S: Simd>(
        simd: S,
        a: Self::Register<S>,
        b: Self::Register<S>,
        c: Self::Register<S>,
    ) -> Self::Register<S>;
    /// `c - a·b`, rounded once where the processor can.
    fn negate_mul_add_lanes<S: Simd>(
        simd: S,
        a: Self::Register<S>,
        b: Self::Register<S>,
        c: Self::Register<S>,
    ) -> Self::Register<S>;
    /// `-a`.
    fn negate_lanes<S: Simd>(simd: S, a: Self::Register<S>) -> Self::Register<S>;
    /// Square root.
    fn sqrt_lanes<S: Simd>(simd: S, a: Self::Register<S>) -> Self::Register<S>;
}

macro_rules! lanes {
    ($number:ident, $register:ident, $lanes:ident, $split:ident, $store:ident, $splat:ident, $add:ident, $sub:ident,
     $mul:ident, $mul_add:ident, $negate_mul_add:ident, $negate:ident, $sqrt:ident) => {
        impl Lanes for $number {
            type Register<S: Simd> = S::$register;

            #[inline(always)]
            fn width<S: Simd>() -> usize {
                S::$lanes
            }
            #[inline(always)]
            fn registers<S: Simd>(slice: &mut [Self]) -> &mut [S::$register] {
                S::$split(slice).0
            }
            #[inline(always)]
            fn load_lanes<S: Simd>(slice: &[Self]) -> S::$register {
                *pulp::bytemuck::from_bytes(pulp::bytemuck::cast_slice(&slice[..S::$lanes]))
            }
            #[inline(always)]
            fn store_part<S: Simd>(simd: S, slice: &mut [Self], value: S::$register) {
                simd.$store(slice, value);
            }
            #[inline(always)]
            fn splat_lanes<S: Simd>(simd: S, value: Self) -> S::$register {
                simd.$splat(value)
            }
            #[inline(always)]
            fn add_lanes<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn sub_lanes<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn mul_lanes<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn mul_add_lanes<S: Simd>(
                simd: S,
                a: S::$register,
                b: S::$register,
                c: S::$register,
            ) -> S::$register {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn negate_mul_add_lanes<S: Simd>(
                simd: S,
                a: S::$register,
                b: S::$register,
                c: S::$register,
            ) -> S::$register {
                simd.$negate_mul_add(a, b, c)
            }
            #[inline(always)]
            fn negate_lanes<S: Simd>(simd: S, a: S::$register) -> S::$register {
                simd.$negate(a)
            }
            #[inline(always)]
            fn sqrt_lanes<S: Simd>(simd: S, a: S::$register) -> S::$register {
                simd.$sqrt(a)
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    F32_LANES,
    as_mut_simd_f32s,
    partial_store_f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    mul_add_e_f32s,
    negate_mul_add_e_f32s,
    neg_f32s,
    sqrt_f32s
);
lanes!(
    f64,
    f64s,
    F64_LANES,
    as_mut_simd_f64s,
    partial_store_f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    mul_add_e_f64s,
    negate_mul_add_e_f64s,
    neg_f64s,
    sqrt_f64s
);

/// A complex number of each of several frames.
pub(crate) struct Many<S: Simd, T: Lanes> {
    simd: S,
    pub(crate) re: T::Register<S>,
    pub(crate) im: T::Register<S>,
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
    pub(crate) fn new(simd: S, re: T::Register<S>, im: T::Register<S>) -> Self {
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
    pub(crate) fn power(self) -> T::Register<S> {
        T::mul_add_lanes(self.simd, self.re, self.re, T::mul_lanes(self.simd, self.im, self.im))
    }
}
