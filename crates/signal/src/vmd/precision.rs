//! What the solvers have to know about the precision of a number type.

use crate::lanes::Lanes;

/// Limits of a number type inside the solvers.
pub trait Precision: Lanes {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Largest denominator of a filter.
    const LARGEST: f64;
    /// Smallest `α(ν - ω)²` of the fixed point: keeps its inverse finite.
    const SMALLEST: Self;
    /// Largest exponent `e` of which both `2^e` and `2^-e` are used.
    const LARGEST_EXPONENT: f64;
    /// Blocks of vectors that are summed before the sums go on in f64.
    const BLOCKS_PER_SUM: usize;
}

impl Precision for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LARGEST: f64 = 1e30;
    const SMALLEST: Self = 1e-12;
    const LARGEST_EXPONENT: f64 = (Self::MAX_EXP - 2) as f64;
    const BLOCKS_PER_SUM: usize = 64;
}

impl Precision for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const LARGEST: f64 = 1e200;
    const SMALLEST: Self = 1e-100;
    const LARGEST_EXPONENT: f64 = (Self::MAX_EXP - 2) as f64;
    const BLOCKS_PER_SUM: usize = 4096;
}
