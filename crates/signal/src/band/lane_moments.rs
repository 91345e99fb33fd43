//! Power and kurtosis of a signal that lies in lanes (see `filter_bank.rs`).

// Iterator adaptors are functions of their own, which are not always compiled into a loop for a wider instruction
// set than the crate's: measured, a third to three quarters of the time went into calling them.
#![allow(clippy::needless_range_loop, reason = "see above")]

use pulp::Simd;

use crate::band::pair::{Pair, plus};
use crate::sample::Sample;

/// Vectors summed before the sum is taken on in `f64`.
const BLOCK: usize = 128;

/// Which samples of a signal count: masks of lanes, each for a stretch of vectors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted<T> {
    /// Where the three stretches end.
    ends: [usize; 3],
    /// Three masks of as many lanes as a vector has: 1 where the sample counts, 0 elsewhere.
    masks: Vec<T>,
    /// How many samples count.
    count: f64,
}

impl<T: Sample> Counted<T> {
    /// Of a signal of `len` samples, `chunk` to a lane, all but the first `dropped`.
    pub(crate) fn new(lanes: usize, chunk: usize, len: usize, dropped: usize) -> Self {
        let (a, b) = (dropped % chunk, len % chunk);
        let ends = [a.min(b), a.max(b), chunk];
        let mut masks = Vec::with_capacity(3 * lanes);
        for from in [0, ends[0], ends[1]] {
            let counts = |lane: usize| (dropped..len).contains(&(lane * chunk + from));
            masks.extend((0..lanes).map(|lane| if counts(lane) { T::one() } else { T::zero() }));
        }
        Self { ends, masks, count: len.saturating_sub(dropped) as f64 }
    }
}

/// Mean power and kurtosis (less that of Gaussian noise, at least 0) of a signal about its mean, over the
/// samples that count. The kurtosis is 0 where the power is below `least`.
#[inline(always)]
pub(crate) fn moments<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    z: &[T::Vector<S>],
    counted: &Counted<T>,
    least: f64,
) -> (f64, f64) {
    let sums = over_counted::<S, T, REAL>(simd, z, counted, None);
    let sums = if REAL { [sums[0] + sums[1], 0.0] } else { sums };
    let narrow = |sum: f64| T::narrow(sum / counted.count);
    let mean = [T::splat_lanes(simd, narrow(sums[0])), T::splat_lanes(simd, narrow(sums[1]))];
    let [power, fourth] = over_counted::<S, T, REAL>(simd, z, counted, Some(mean));
    let (power, fourth) = (power / counted.count, fourth / counted.count);
    if power <= least {
        return (power, 0.0);
    }
    (power, (fourth / (power * power) - if REAL { 3.0 } else { 2.0 }).max(0.0))
}

/// Two sums over the lanes that count: of the values (real and imaginary parts; of a real signal those of every
/// other vector), or, about a mean, of their squares and of the squares' squares.
#[inline(always)]
fn over_counted<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    z: &[T::Vector<S>],
    counted: &Counted<T>,
    mean: Option<Pair<S, T>>,
) -> [f64; 2] {
    let parts = if REAL { 1 } else { 2 };
    let none = T::splat_lanes(simd, T::zero());
    let (mut sums, mut wide, mut vectors) = ([none; 2], [0.0; 2], 0);
    let mut from = 0;
    let masks = T::vectors::<S>(&counted.masks);
    for stretch in 0..3 {
        let (end, mask) = (counted.ends[stretch], masks[stretch]);
        while from < end {
            let to = end.min(from + BLOCK);
            let values = &z[from * parts..to * parts];
            let part = match mean {
                None => totals::<S, T>(simd, values),
                Some(mean) => powers::<S, T, REAL>(simd, values, mean),
            };
            for i in 0..2 {
                sums[i] = T::mul_add_lanes(simd, part[i], mask, sums[i]);
            }
            vectors += to - from;
            from = to;
            if vectors >= BLOCK {
                wide =
                    [wide[0] + T::wide_sum_lanes(simd, sums[0]), wide[1] + T::wide_sum_lanes(simd, sums[1])];
                (sums, vectors) = ([none; 2], 0);
            }
        }
    }
    if vectors > 0 {
        wide = [wide[0] + T::wide_sum_lanes(simd, sums[0]), wide[1] + T::wide_sum_lanes(simd, sums[1])];
    }
    wide
}

/// Sums of the vectors in even and in odd places.
#[inline(always)]
fn totals<S: Simd, T: Sample>(simd: S, z: &[T::Vector<S>]) -> Pair<S, T> {
    // Two sums each, so that one addition need not wait for the other.
    let mut sums = [T::splat_lanes(simd, T::zero()); 4];
    let whole = z.len() / 4;
    for four in 0..whole {
        let four = &z[4 * four..][..4];
        for i in 0..4 {
            sums[i] = T::add_lanes(simd, sums[i], four[i]);
        }
    }
    let rest = &z[4 * whole..];
    for i in 0..rest.len() {
        sums[i] = T::add_lanes(simd, sums[i], rest[i]);
    }
    [T::add_lanes(simd, sums[0], sums[2]), T::add_lanes(simd, sums[1], sums[3])]
}

/// Sums of the squared magnitudes about `mean`, and of their squares.
#[inline(always)]
fn powers<S: Simd, T: Sample, const REAL: bool>(simd: S, z: &[T::Vector<S>], mean: Pair<S, T>) -> Pair<S, T> {
    let parts = if REAL { 1 } else { 2 };
    let mut sums = [[T::splat_lanes(simd, T::zero()); 2]; 2];
    let whole = z.len() / (2 * parts);
    for two in 0..whole {
        let two = &z[2 * parts * two..][..2 * parts];
        sums[0] = add_powers::<S, T, REAL>(simd, &two[..parts], mean, sums[0]);
        sums[1] = add_powers::<S, T, REAL>(simd, &two[parts..], mean, sums[1]);
    }
    let rest = &z[2 * parts * whole..];
    if !rest.is_empty() {
        sums[0] = add_powers::<S, T, REAL>(simd, rest, mean, sums[0]);
    }
    plus::<S, T>(simd, sums[0], sums[1])
}

#[inline(always)]
fn add_powers<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    value: &[T::Vector<S>],
    mean: Pair<S, T>,
    [power, fourth]: Pair<S, T>,
) -> Pair<S, T> {
    let re = T::sub_lanes(simd, value[0], mean[0]);
    let mut square = T::mul_lanes(simd, re, re);
    if !REAL {
        let im = T::sub_lanes(simd, value[1], mean[1]);
        square = T::mul_add_lanes(simd, im, im, square);
    }
    [T::add_lanes(simd, power, square), T::mul_add_lanes(simd, square, square, fourth)]
}
