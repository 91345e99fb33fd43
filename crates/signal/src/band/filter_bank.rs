//! The filter bank of the fast kurtogram (Antoni 2007, doi 10.1016/j.ymssp.2005.12.002), and the kurtosis of
//! what comes out of each of its bands.
//!
//! With `p` a Hamming-windowed low-pass of 17 taps and cut-off 0.4 of Nyquist, and `q` one of 25 taps and
//! cut-off 0.8/3, a signal `z` of one level gives the two of the next level and the three of the ternary one:
//! ```text
//! low[m]  = Σ_{k=0..16} p[k] e^{ iπ k/4} z[2m+1-k]                      middle 1/8 of z's rate
//! high[m] = Σ_{k=1..16} p[k] e^{3iπ k/4} z[2m+2-k] · (-1)^(m+1)         middle 3/8, brought back to 1/8
//! y_j[m]  = Σ_{k=0..24} q[k] e^{iπ (2j+1) k/6} z[3m+2-k],  j = 0, 1, 2   middle 1/12, 3/12, 5/12
//! ```
//! so every signal fills `0..1/2` of its own rate, and the order of the bands is that of their frequencies.
//! Samples before the record are 0; the first 16 of `low` and of all `y_j`, and the first 15 of `high`, are
//! left out of the kurtosis (the published code drops the binary filter's length for the ternary one as well).
//!
//! Three things make it fast. Only kept samples are computed. The exponentials are quarter turns, which swap and
//! negate, times one common eighth, so taps stay real; the three ternary bands share one pass over `q`, its taps
//! gathered by `k mod 6`, and a small Fourier sum. And the record lies in memory as lanes: lane `l` of vector
//! `t` is sample `l·C + t`, so that every load is aligned and decimation only steps over vectors; what a filter
//! needs from before the first vector is the lane to the left, copied in front.

// Iterator adaptors are functions of their own, which are not always compiled into a loop for a wider instruction
// set than the crate's: measured, a third to three quarters of the time went into calling them.
#![allow(clippy::needless_range_loop, reason = "see above")]

use pulp::{Simd, WithSimd};

use crate::band::band_tree::BandTree;
use crate::band::filter_kernels::{halve, third};
use crate::band::lane_moments::{Counted, moments};
use crate::instruction_set::widest;
use crate::sample::Sample;

/// Taps of the binary and of the ternary prototype.
pub(crate) const BINARY: usize = 17;
pub(crate) const TERNARY: usize = 25;
/// Vectors kept in front of each signal for what its filters look back to: 15 of the binary, 22 of the ternary.
pub(crate) const FRONT: usize = 24;
/// Samples left out at the start.
const DROPPED_LOW: usize = 16;
const DROPPED_HIGH: usize = 15;

/// A low-pass by the window method: `sin(πc(k-M/2)) / (π(k-M/2))` under a Hamming taper, scaled to sum 1.
fn low_pass<const TAPS: usize>(cutoff: f64) -> [f64; TAPS] {
    let last = (TAPS - 1) as f64;
    let mut taps = [0.0; TAPS];
    for (k, tap) in taps.iter_mut().enumerate() {
        let x = std::f64::consts::PI * (k as f64 - last / 2.0);
        let sinc = if x == 0.0 { cutoff } else { (cutoff * x).sin() / x };
        *tap = sinc * (0.54 - 0.46 * (std::f64::consts::TAU * k as f64 / last).cos());
    }
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

/// One level of the bank: its signals and what comes of them.
#[derive(Debug, Clone)]
struct Level<T> {
    /// Vectors of one signal.
    chunk: usize,
    /// Sign of the first sample of each lane of `high`.
    signs: Vec<T>,
    /// The two signals of the next level.
    low: Counted<T>,
    high: Counted<T>,
    /// Signals of the ternary row, where this level has one.
    thirds: Option<Counted<T>>,
}

/// The filter bank for records of one length.
#[derive(Debug, Clone)]
pub(crate) struct FilterBank<T> {
    tree: BandTree,
    len: usize,
    portable: bool,
    binary: [T; BINARY],
    ternary: [T; TERNARY],
    whole: Counted<T>,
    levels: Vec<Level<T>>,
}

/// Working memory of the filter bank.
#[derive(Debug, Clone, Default)]
pub(crate) struct FilterBankMemory<T> {
    /// Signals of one level and of the next.
    this: Vec<T>,
    next: Vec<T>,
    /// Signals that nothing more comes of.
    last: Vec<T>,
}

/// The first `len` values of `buffer` that begin on a cache line.
fn aligned<T: Sample>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    const LINE: usize = 64;
    let spare = LINE / size_of::<T>();
    if buffer.len() < len + spare {
        buffer.resize(len + spare, T::default());
    }
    let offset = buffer.as_ptr().align_offset(LINE).min(spare);
    &mut buffer[offset..offset + len]
}

struct Width<T>(std::marker::PhantomData<T>);

impl<T: Sample> WithSimd for Width<T> {
    type Output = usize;

    fn with_simd<S: Simd>(self, _: S) -> usize {
        T::lanes::<S>()
    }
}

impl<T: Sample> FilterBank<T> {
    /// The bank for `len` samples; the tree has no more levels than [`BandTree::of_record`] allows.
    pub(crate) fn new(tree: BandTree, len: usize) -> Self {
        Self::with_lanes(tree, len, widest().dispatch(Width::<T>(std::marker::PhantomData)), false)
    }

    /// The same on one lane at a time, without any instruction that not every machine has.
    #[cfg(test)]
    fn portable(tree: BandTree, len: usize) -> Self {
        Self::with_lanes(tree, len, 1, true)
    }

    fn with_lanes(tree: BandTree, len: usize, lanes: usize, portable: bool) -> Self {
        let depth = tree.levels() as usize;
        // Lanes of equal length, which every level can halve and every ternary row part in three.
        let chunk = len.div_ceil(lanes).next_multiple_of(3 << depth);
        let levels = (0..depth)
            .map(|level| {
                let (chunk, half) = (chunk >> level, len >> (level + 1));
                let sign =
                    |lane: usize| if (lane * (chunk / 2)).is_multiple_of(2) { -T::one() } else { T::one() };
                Level {
                    chunk,
                    signs: (0..lanes).map(sign).collect(),
                    low: Counted::new(lanes, chunk / 2, half, DROPPED_LOW),
                    high: Counted::new(lanes, chunk / 2, half, DROPPED_HIGH),
                    thirds: (level + 1 < depth)
                        .then(|| Counted::new(lanes, chunk / 3, (len >> level) / 3, DROPPED_LOW)),
                }
            })
            .collect();
        Self {
            tree,
            len,
            portable,
            binary: low_pass(0.4).map(T::narrow),
            ternary: low_pass(0.8 / 3.0).map(T::narrow),
            whole: Counted::new(lanes, chunk, len, 0),
            levels,
        }
    }

    pub(crate) fn tree(&self) -> BandTree {
        self.tree
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The kurtosis of every band of `gain·input` in `values`, in the order of the tree.
    pub(crate) fn kurtosis(
        &self,
        input: &[T],
        gain: T,
        values: &mut [f64],
        memory: &mut FilterBankMemory<T>,
    ) {
        T::run(Run { bank: self, input, gain, values, memory });
    }

    /// Power below which a signal counts as empty, as a share of the record's.
    fn empty() -> f64 {
        if size_of::<T>() == 4 { 1e-12 } else { f64::EPSILON }
    }
}

/// Number types that the bank is compiled for, here and at this crate's level of optimisation: a generic function
/// would be compiled anew, and at theirs, in each crate that uses it.
pub trait Compiled: Sized {
    /// Does the work.
    fn run(run: Run<'_, Self>);
}

impl Compiled for f32 {
    fn run(run: Run<'_, Self>) {
        dispatch(run);
    }
}

impl Compiled for f64 {
    fn run(run: Run<'_, Self>) {
        dispatch(run);
    }
}

#[inline(always)]
fn dispatch<T: Sample>(run: Run<'_, T>) {
    if run.bank.portable { run.with_simd(pulp::Scalar::new()) } else { widest().dispatch(run) }
}

/// One record on its way.
#[derive(Debug)]
pub struct Run<'a, T> {
    bank: &'a FilterBank<T>,
    input: &'a [T],
    gain: T,
    values: &'a mut [f64],
    memory: &'a mut FilterBankMemory<T>,
}

impl<T: Sample> WithSimd for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { bank, input, gain, values, memory } = self;
        let lanes = T::lanes::<S>();
        let (tree, depth) = (bank.tree, bank.levels.len());
        let chunk = bank.levels[0].chunk;
        let mut binary = [T::splat_lanes(simd, T::zero()); BINARY];
        for i in 0..BINARY {
            binary[i] = T::splat_lanes(simd, bank.binary[i]);
        }
        let mut ternary = [T::splat_lanes(simd, T::zero()); TERNARY];
        for i in 0..TERNARY {
            ternary[i] = T::splat_lanes(simd, bank.ternary[i]);
        }
        // A level of signals, each with its front, real and imaginary parts in turn.
        let room = |level: usize| (((chunk >> level) + FRONT) << level) * 2 * lanes;
        let widest = (0..depth).map(room).max().unwrap_or(0);
        let FilterBankMemory { this, next, last } = memory;
        let mut this = aligned(this, widest);
        let mut next = aligned(next, widest);
        let last = aligned(last, 2 * chunk * lanes);

        values.fill(0.0);
        load(input, gain, chunk, lanes, &mut this[FRONT * lanes..][..chunk * lanes]);
        let least = {
            let record = &T::vectors::<S>(this)[FRONT..][..chunk];
            let (power, kurtosis) = moments::<S, T, true>(simd, record, &bank.whole, 0.0);
            // Nothing but rounding is left of a constant.
            if power <= 64.0 * T::epsilon().widen().powi(2) {
                return;
            }
            values[0] = kurtosis;
            power * FilterBank::<T>::empty()
        };

        for (level, plan) in bank.levels.iter().enumerate() {
            let (chunk, signals) = (plan.chunk, 1_usize << level);
            let stride = (chunk + FRONT) * 2;
            let children = (chunk / 2 + FRONT) * 2;
            let (pairs, thirds) = (tree.offset(2 * level + 1), tree.offset(2 * level + 2));
            let this_level = T::vectors_mut::<S>(this);
            let next_level = T::vectors_mut::<S>(next);
            let out = T::vectors_mut::<S>(last);
            for signal in 0..signals {
                let z = &mut this_level[signal * stride..][..stride];
                let (low, high) = if level + 1 < depth {
                    let (low, high) = next_level[2 * signal * children..].split_at_mut(children);
                    (&mut low[2 * FRONT..], &mut high[2 * FRONT..children])
                } else {
                    let (low, high) = out[..2 * chunk].split_at_mut(chunk);
                    (low, high)
                };
                if level == 0 {
                    let z = &mut z[..chunk + FRONT];
                    fill_front::<S, T, true>(simd, z);
                    halve::<S, T, true>(simd, &binary, &plan.signs, z, low, high);
                } else {
                    fill_front::<S, T, false>(simd, z);
                    halve::<S, T, false>(simd, &binary, &plan.signs, z, low, high);
                }
                let at = pairs + 2 * signal;
                values[at] = moments::<S, T, false>(simd, low, &plan.low, least).1;
                values[at + 1] = moments::<S, T, false>(simd, high, &plan.high, least).1;
                let Some(counted) = &plan.thirds else { continue };
                let (first, rest) = out.split_at_mut(chunk / 3 * 2);
                let (second, last) = rest.split_at_mut(chunk / 3 * 2);
                let last = &mut last[..chunk / 3 * 2];
                if level == 0 {
                    third::<S, T, true>(simd, &ternary, &z[..chunk + FRONT], [first, second, last]);
                } else {
                    third::<S, T, false>(simd, &ternary, z, [first, second, last]);
                }
                let parts: [&[_]; 3] = [first, second, last];
                for i in 0..3 {
                    values[thirds + 3 * signal + i] =
                        moments::<S, T, false>(simd, parts[i], counted, least).1;
                }
            }
            std::mem::swap(&mut this, &mut next);
        }
    }
}

/// Lays `gain·input` less its mean out in lanes; what lies behind the record is 0.
#[inline(always)]
fn load<T: Sample>(input: &[T], gain: T, chunk: usize, lanes: usize, output: &mut [T]) {
    const SUMS: usize = 16;
    let mut sums = [0.0_f64; SUMS];
    let (blocks, rest) = input.as_chunks::<SUMS>();
    for b in 0..blocks.len() {
        for i in 0..SUMS {
            sums[i] += (blocks[b][i] * gain).widen();
        }
    }
    let sum = sums.iter().sum::<f64>() + rest.iter().map(|x| (*x * gain).widen()).sum::<f64>();
    let mean = T::narrow(sum / input.len() as f64);
    for lane in 0..lanes {
        let start = (lane * chunk).min(input.len());
        let samples = &input[start..(start + chunk).min(input.len())];
        for t in 0..samples.len() {
            output[t * lanes + lane] = samples[t] * gain - mean;
        }
        for t in samples.len()..chunk {
            output[t * lanes + lane] = T::zero();
        }
    }
}

/// Copies the end of each lane in front of the next one; in front of the first lane there is silence.
#[inline(always)]
fn fill_front<S: Simd, T: Sample, const REAL: bool>(simd: S, z: &mut [T::Vector<S>]) {
    let mut mask = [T::one(); 16];
    mask[0] = T::zero();
    let mask = T::vectors::<S>(&mask)[0];
    let parts = if REAL { 1 } else { 2 };
    // Not more than the signal has; the filters need no more where it is that short.
    let front = (FRONT * parts).min(z.len() - FRONT * parts);
    let (before, signal) = z.split_at_mut(FRONT * parts);
    let end = &signal[signal.len() - front..];
    let before = &mut before[FRONT * parts - front..];
    for i in 0..front {
        before[i] = T::mul_lanes(simd, T::rotate_lanes(simd, end[i]), mask);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::generator::generator;
    use crate::units::Hertz;
    use proptest::prelude::*;
    use rand::RngExt;

    fn noise(len: usize, seed: u64) -> Vec<f64> {
        let mut random = generator(seed, "filter bank");
        (0..len).map(|n| (random.random::<f64>() - 0.5) * if n % 97 < 5 { 4.0 } else { 1.0 }).collect()
    }

    fn both<T: Sample>(samples: &[f64], levels: u32) -> (Vec<f64>, Vec<f64>) {
        let samples: Vec<T> = samples.iter().map(|x| T::narrow(*x)).collect();
        let len = samples.len();
        let tree = BandTree::of_record("test", Hertz(1.0), len, Some(levels)).unwrap();
        let (mut wide, mut single) = (vec![0.0; tree.len()], vec![0.0; tree.len()]);
        let mut memory = FilterBankMemory::default();
        FilterBank::new(tree, len).kurtosis(&samples, T::one(), &mut wide, &mut memory);
        FilterBank::portable(tree, len).kurtosis(&samples, T::one(), &mut single, &mut memory);
        (wide, single)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn vectors_and_the_portable_path_agree(len in 256_usize..5000, seed in any::<u64>(), fewer in 0_u32..5) {
            let levels = (len.ilog2() - 7).saturating_sub(fewer).max(1);
            let samples = noise(len, seed);
            let (wide, single) = both::<f64>(&samples, levels);
            for (a, b) in wide.iter().zip(&single) {
                prop_assert!((a - b).abs() <= 1e-11 * (1.0 + b.abs()), "{a} {b}");
            }
            let (wide, single) = both::<f32>(&samples, levels);
            for (a, b) in wide.iter().zip(&single) {
                prop_assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "f32: {a} {b}");
            }
        }
    }
}
