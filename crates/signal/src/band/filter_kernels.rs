//! The filters of the fast kurtogram's bank on signals that lie in lanes (see `filter_bank.rs`).

// Iterator adaptors are functions of their own, which are not always compiled into a loop for a wider instruction
// set than the crate's: measured, a third to three quarters of the time went into calling them.
#![allow(clippy::needless_range_loop, reason = "see above")]

use pulp::Simd;

use crate::band::filter_bank::{BINARY, FRONT, TERNARY};
use crate::band::pair::{Pair, minus, plus};
use crate::sample::Sample;

/// Sum of the first list's products less that of the second's.
#[inline(always)]
fn products<S: Simd, T: Sample, const A: usize, const B: usize>(
    simd: S,
    more: [(T::Vector<S>, T::Vector<S>); A],
    less: [(T::Vector<S>, T::Vector<S>); B],
) -> T::Vector<S> {
    let mut sum = T::mul_lanes(simd, more[0].0, more[0].1);
    for i in 1..A {
        sum = T::mul_add_lanes(simd, more[i].0, more[i].1, sum);
    }
    for i in 0..B {
        sum = T::negate_mul_add_lanes(simd, less[i].0, less[i].1, sum);
    }
    sum
}

/// The two signals of the next level.
#[inline(always)]
pub(crate) fn halve<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    p: &[T::Vector<S>; BINARY],
    signs: &[T],
    z: &[T::Vector<S>],
    low: &mut [T::Vector<S>],
    high: &mut [T::Vector<S>],
) {
    let parts = if REAL { 1 } else { 2 };
    let eighth = T::splat_lanes(simd, T::narrow(std::f64::consts::FRAC_1_SQRT_2));
    let sign = T::vectors::<S>(signs)[0];
    let signs = [sign, T::sub_lanes(simd, T::splat_lanes(simd, T::zero()), sign)];
    // The window of m = 0 is the samples -15 ..= 1.
    let z = &z[(FRONT - 15) * parts..];
    for m in 0..low.len() / 2 {
        let window = &z[2 * m * parts..][..BINARY * parts];
        let (low, high) = (&mut low[2 * m..][..2], &mut high[2 * m..][..2]);
        // Sample 2m+1-k and its tap in `low`, p[k], and in `high`, p[k+1].
        let term = |k: usize, tap: usize, part: usize| (p[tap], window[(BINARY - 1 - k) * parts + part]);
        let (a, b) = (|k: usize| term(k, k, 0), |k: usize| term(k, k, 1));
        let (c, d) = (|k: usize| term(k, k + 1, 0), |k: usize| term(k, k + 1, 1));
        let (even, odd, even_high, odd_high);
        if REAL {
            even = [
                products::<S, T, 3, 2>(simd, [a(0), a(8), a(16)], [a(4), a(12)]),
                products::<S, T, 2, 2>(simd, [a(2), a(10)], [a(6), a(14)]),
            ];
            odd = [
                products::<S, T, 2, 2>(simd, [a(1), a(9)], [a(5), a(13)]),
                products::<S, T, 2, 2>(simd, [a(3), a(11)], [a(7), a(15)]),
            ];
            even_high = [
                products::<S, T, 2, 2>(simd, [c(7), c(15)], [c(3), c(11)]),
                products::<S, T, 2, 2>(simd, [c(5), c(13)], [c(1), c(9)]),
            ];
            odd_high = [
                products::<S, T, 2, 2>(simd, [c(0), c(8)], [c(4), c(12)]),
                products::<S, T, 2, 2>(simd, [c(6), c(14)], [c(2), c(10)]),
            ];
        } else {
            even = [
                products::<S, T, 5, 4>(simd, [a(0), a(8), a(16), b(6), b(14)], [a(4), a(12), b(2), b(10)]),
                products::<S, T, 5, 4>(simd, [b(0), b(8), b(16), a(2), a(10)], [b(4), b(12), a(6), a(14)]),
            ];
            odd = [
                products::<S, T, 4, 4>(simd, [a(1), a(9), b(7), b(15)], [a(5), a(13), b(3), b(11)]),
                products::<S, T, 4, 4>(simd, [b(1), b(9), a(3), a(11)], [b(5), b(13), a(7), a(15)]),
            ];
            even_high = [
                products::<S, T, 4, 4>(simd, [c(7), c(15), d(1), d(9)], [c(3), c(11), d(5), d(13)]),
                products::<S, T, 4, 4>(simd, [d(7), d(15), c(5), c(13)], [d(3), d(11), c(1), c(9)]),
            ];
            odd_high = [
                products::<S, T, 4, 4>(simd, [c(0), c(8), d(2), d(10)], [c(4), c(12), d(6), d(14)]),
                products::<S, T, 4, 4>(simd, [d(0), d(8), c(6), c(14)], [d(4), d(12), c(2), c(10)]),
            ];
        }
        // low = even + e^{iπ/4} odd, high = ∓(even + e^{3iπ/4} odd).
        low[0] = T::mul_add_lanes(simd, eighth, T::sub_lanes(simd, odd[0], odd[1]), even[0]);
        low[1] = T::mul_add_lanes(simd, eighth, T::add_lanes(simd, odd[0], odd[1]), even[1]);
        let re =
            T::negate_mul_add_lanes(simd, eighth, T::add_lanes(simd, odd_high[0], odd_high[1]), even_high[0]);
        let im = T::mul_add_lanes(simd, eighth, T::sub_lanes(simd, odd_high[0], odd_high[1]), even_high[1]);
        high[0] = T::mul_lanes(simd, signs[m % 2], re);
        high[1] = T::mul_lanes(simd, signs[m % 2], im);
    }
}

/// `v_r = Σ_s (-1)^s q[6s+r] z[3m+2-6s-r]`.
#[inline(always)]
fn gathered<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    q: &[T::Vector<S>; TERNARY],
    window: &[T::Vector<S>],
    r: usize,
) -> Pair<S, T> {
    let step = if REAL { 1 } else { 2 };
    let term = |k: usize, part: usize| (q[k], window[(TERNARY - 1 - k) * step + part]);
    let mut sums = [T::splat_lanes(simd, T::zero()); 2];
    for part in 0..step {
        let (more, less) = ([term(r, part), term(r + 12, part)], [term(r + 6, part), term(r + 18, part)]);
        sums[part] = products::<S, T, 2, 2>(simd, more, less);
        if r == 0 {
            let last = term(24, part);
            sums[part] = T::mul_add_lanes(simd, last.0, last.1, sums[part]);
        }
    }
    sums
}

/// The three signals of the ternary row, in `parts`.
#[inline(always)]
pub(crate) fn third<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    q: &[T::Vector<S>; TERNARY],
    z: &[T::Vector<S>],
    parts: [&mut [T::Vector<S>]; 3],
) {
    let step = if REAL { 1 } else { 2 };
    let half = T::splat_lanes(simd, T::narrow(0.5));
    let cosine = T::splat_lanes(simd, T::narrow(0.75_f64.sqrt()));
    // The window of m = 0 is the samples -22 ..= 2.
    let z = &z[(FRONT - 22) * step..];
    let [first, second, third] = parts;
    for m in 0..first.len() / 2 {
        let window = &z[3 * m * step..][..TERNARY * step];
        let at = 2 * m..2 * m + 2;
        let (first, second, third) = (&mut first[at.clone()], &mut second[at.clone()], &mut third[at]);
        let v0 = gathered::<S, T, REAL>(simd, q, window, 0);
        let v3 = gathered::<S, T, REAL>(simd, q, window, 3);
        let v1 = gathered::<S, T, REAL>(simd, q, window, 1);
        let v5 = gathered::<S, T, REAL>(simd, q, window, 5);
        let (sum15, less15) = (plus::<S, T>(simd, v1, v5), minus::<S, T>(simd, v1, v5));
        let v2 = gathered::<S, T, REAL>(simd, q, window, 2);
        let v4 = gathered::<S, T, REAL>(simd, q, window, 4);
        let (sum24, less24) = (plus::<S, T>(simd, v2, v4), minus::<S, T>(simd, v2, v4));
        // The middle band turns by quarters: (v0 - v2 + v4) + i(v1 - v3 + v5).
        let (straight, across) = (minus::<S, T>(simd, v0, less24), minus::<S, T>(simd, sum15, v3));
        second[0] = T::sub_lanes(simd, straight[0], across[1]);
        second[1] = T::add_lanes(simd, straight[1], across[0]);
        // The outer two are A ± B, A = v0 + iv3 + (v2 - v4)/2 + i(v1 + v5)/2, B = cos 30° (v1 - v5 + i(v2 + v4)).
        let halved = [T::sub_lanes(simd, less24[0], sum15[1]), T::add_lanes(simd, less24[1], sum15[0])];
        let whole = [T::sub_lanes(simd, v0[0], v3[1]), T::add_lanes(simd, v0[1], v3[0])];
        let b = [T::sub_lanes(simd, less15[0], sum24[1]), T::add_lanes(simd, less15[1], sum24[0])];
        for part in 0..2 {
            let a = T::mul_add_lanes(simd, half, halved[part], whole[part]);
            first[part] = T::mul_add_lanes(simd, cosine, b[part], a);
            third[part] = T::negate_mul_add_lanes(simd, cosine, b[part], a);
        }
    }
}
