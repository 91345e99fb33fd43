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

use pulp::{Arch, Simd, WithSimd};

use crate::band::band_tree::BandTree;
use crate::band::lanes::{Lanes, width};
use crate::sample::Sample;

/// Taps of the binary and of the ternary prototype.
const BINARY: usize = 17;
const TERNARY: usize = 25;
/// Vectors kept in front of each signal for what its filters look back to: 15 of the binary, 22 of the ternary.
const FRONT: usize = 24;
/// Vectors summed before the sum is taken on in `f64`.
const BLOCK: usize = 128;
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

/// Which samples of a signal count: masks of lanes, each for a stretch of vectors.
#[derive(Debug, Clone, Default)]
struct Counted<T> {
    /// Where the three stretches end.
    ends: [usize; 3],
    /// Three masks of as many lanes as a vector has: 1 where the sample counts, 0 elsewhere.
    masks: Vec<T>,
    /// How many samples count.
    count: f64,
}

impl<T: Sample> Counted<T> {
    /// Of a signal of `len` samples, `chunk` to a lane, all but the first `dropped`.
    fn new(lanes: usize, chunk: usize, len: usize, dropped: usize) -> Self {
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
        width::<S, T>()
    }
}

impl<T: Sample> FilterBank<T> {
    /// The bank for `len` samples; the tree has no more levels than [`BandTree::of_record`] allows.
    pub(crate) fn new(tree: BandTree, len: usize) -> Self {
        Self::with_lanes(tree, len, Arch::new().dispatch(Width::<T>(std::marker::PhantomData)), false)
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
    if run.bank.portable { run.with_simd(pulp::Scalar::new()) } else { Arch::new().dispatch(run) }
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
        let lanes = width::<S, T>();
        let (tree, depth) = (bank.tree, bank.levels.len());
        let chunk = bank.levels[0].chunk;
        let mut binary = [T::splat(simd, T::zero()); BINARY];
        for i in 0..BINARY {
            binary[i] = T::splat(simd, bank.binary[i]);
        }
        let mut ternary = [T::splat(simd, T::zero()); TERNARY];
        for i in 0..TERNARY {
            ternary[i] = T::splat(simd, bank.ternary[i]);
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
        before[i] = T::times(simd, T::turned(simd, end[i]), mask);
    }
}

/// Sum of the first list's products less that of the second's.
#[inline(always)]
fn products<S: Simd, T: Sample, const A: usize, const B: usize>(
    simd: S,
    more: [(T::Vector<S>, T::Vector<S>); A],
    less: [(T::Vector<S>, T::Vector<S>); B],
) -> T::Vector<S> {
    let mut sum = T::times(simd, more[0].0, more[0].1);
    for i in 1..A {
        sum = T::plus_product(simd, more[i].0, more[i].1, sum);
    }
    for i in 0..B {
        sum = T::minus_product(simd, less[i].0, less[i].1, sum);
    }
    sum
}

/// The two signals of the next level.
#[inline(always)]
fn halve<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    p: &[T::Vector<S>; BINARY],
    signs: &[T],
    z: &[T::Vector<S>],
    low: &mut [T::Vector<S>],
    high: &mut [T::Vector<S>],
) {
    let parts = if REAL { 1 } else { 2 };
    let eighth = T::splat(simd, T::narrow(std::f64::consts::FRAC_1_SQRT_2));
    let sign = T::vectors::<S>(signs)[0];
    let signs = [sign, T::minus(simd, T::splat(simd, T::zero()), sign)];
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
        low[0] = T::plus_product(simd, eighth, T::minus(simd, odd[0], odd[1]), even[0]);
        low[1] = T::plus_product(simd, eighth, T::plus(simd, odd[0], odd[1]), even[1]);
        let re = T::minus_product(simd, eighth, T::plus(simd, odd_high[0], odd_high[1]), even_high[0]);
        let im = T::plus_product(simd, eighth, T::minus(simd, odd_high[0], odd_high[1]), even_high[1]);
        high[0] = T::times(simd, signs[m % 2], re);
        high[1] = T::times(simd, signs[m % 2], im);
    }
}

/// Real and imaginary parts of several complex values.
type Pair<S, T> = [<T as Lanes>::Vector<S>; 2];

#[inline(always)]
fn plus<S: Simd, T: Sample>(simd: S, a: Pair<S, T>, b: Pair<S, T>) -> Pair<S, T> {
    [T::plus(simd, a[0], b[0]), T::plus(simd, a[1], b[1])]
}

#[inline(always)]
fn minus<S: Simd, T: Sample>(simd: S, a: Pair<S, T>, b: Pair<S, T>) -> Pair<S, T> {
    [T::minus(simd, a[0], b[0]), T::minus(simd, a[1], b[1])]
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
    let mut sums = [T::splat(simd, T::zero()); 2];
    for part in 0..step {
        let (more, less) = ([term(r, part), term(r + 12, part)], [term(r + 6, part), term(r + 18, part)]);
        sums[part] = products::<S, T, 2, 2>(simd, more, less);
        if r == 0 {
            let last = term(24, part);
            sums[part] = T::plus_product(simd, last.0, last.1, sums[part]);
        }
    }
    sums
}

/// The three signals of the ternary row, in `parts`.
#[inline(always)]
fn third<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    q: &[T::Vector<S>; TERNARY],
    z: &[T::Vector<S>],
    parts: [&mut [T::Vector<S>]; 3],
) {
    let step = if REAL { 1 } else { 2 };
    let half = T::splat(simd, T::narrow(0.5));
    let cosine = T::splat(simd, T::narrow(0.75_f64.sqrt()));
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
        second[0] = T::minus(simd, straight[0], across[1]);
        second[1] = T::plus(simd, straight[1], across[0]);
        // The outer two are A ± B, A = v0 + iv3 + (v2 - v4)/2 + i(v1 + v5)/2, B = cos 30° (v1 - v5 + i(v2 + v4)).
        let halved = [T::minus(simd, less24[0], sum15[1]), T::plus(simd, less24[1], sum15[0])];
        let whole = [T::minus(simd, v0[0], v3[1]), T::plus(simd, v0[1], v3[0])];
        let b = [T::minus(simd, less15[0], sum24[1]), T::plus(simd, less15[1], sum24[0])];
        for part in 0..2 {
            let a = T::plus_product(simd, half, halved[part], whole[part]);
            first[part] = T::plus_product(simd, cosine, b[part], a);
            third[part] = T::minus_product(simd, cosine, b[part], a);
        }
    }
}

/// Mean power and kurtosis (less that of Gaussian noise, at least 0) of a signal about its mean, over the
/// samples that count. The kurtosis is 0 where the power is below `least`.
#[inline(always)]
fn moments<S: Simd, T: Sample, const REAL: bool>(
    simd: S,
    z: &[T::Vector<S>],
    counted: &Counted<T>,
    least: f64,
) -> (f64, f64) {
    let sums = over_counted::<S, T, REAL>(simd, z, counted, None);
    let sums = if REAL { [sums[0] + sums[1], 0.0] } else { sums };
    let narrow = |sum: f64| T::narrow(sum / counted.count);
    let mean = [T::splat(simd, narrow(sums[0])), T::splat(simd, narrow(sums[1]))];
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
    let none = T::splat(simd, T::zero());
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
                sums[i] = T::plus_product(simd, part[i], mask, sums[i]);
            }
            vectors += to - from;
            from = to;
            if vectors >= BLOCK {
                wide = [wide[0] + T::sum(simd, sums[0]), wide[1] + T::sum(simd, sums[1])];
                (sums, vectors) = ([none; 2], 0);
            }
        }
    }
    if vectors > 0 {
        wide = [wide[0] + T::sum(simd, sums[0]), wide[1] + T::sum(simd, sums[1])];
    }
    wide
}

/// Sums of the vectors in even and in odd places.
#[inline(always)]
fn totals<S: Simd, T: Sample>(simd: S, z: &[T::Vector<S>]) -> Pair<S, T> {
    // Two sums each, so that one addition need not wait for the other.
    let mut sums = [T::splat(simd, T::zero()); 4];
    let whole = z.len() / 4;
    for four in 0..whole {
        let four = &z[4 * four..][..4];
        for i in 0..4 {
            sums[i] = T::plus(simd, sums[i], four[i]);
        }
    }
    let rest = &z[4 * whole..];
    for i in 0..rest.len() {
        sums[i] = T::plus(simd, sums[i], rest[i]);
    }
    [T::plus(simd, sums[0], sums[2]), T::plus(simd, sums[1], sums[3])]
}

/// Sums of the squared magnitudes about `mean`, and of their squares.
#[inline(always)]
fn powers<S: Simd, T: Sample, const REAL: bool>(simd: S, z: &[T::Vector<S>], mean: Pair<S, T>) -> Pair<S, T> {
    let parts = if REAL { 1 } else { 2 };
    let mut sums = [[T::splat(simd, T::zero()); 2]; 2];
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
    let re = T::minus(simd, value[0], mean[0]);
    let mut square = T::times(simd, re, re);
    if !REAL {
        let im = T::minus(simd, value[1], mean[1]);
        square = T::plus_product(simd, im, im, square);
    }
    [T::plus(simd, power, square), T::plus_product(simd, square, square, fourth)]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::generator::generator;
    use crate::units::Hertz;
    use rand::RngExt;

    fn noise(len: usize) -> Vec<f64> {
        let mut random = generator(3, "filter bank");
        (0..len).map(|n| (random.random::<f64>() - 0.5) * if n % 97 < 5 { 4.0 } else { 1.0 }).collect()
    }

    fn both<T: Sample>(len: usize, levels: u32) -> (Vec<f64>, Vec<f64>) {
        let samples: Vec<T> = noise(len).into_iter().map(T::narrow).collect();
        let tree = BandTree::of_record("test", Hertz(1.0), len, Some(levels)).unwrap();
        let (mut wide, mut single) = (vec![0.0; tree.len()], vec![0.0; tree.len()]);
        let mut memory = FilterBankMemory::default();
        FilterBank::new(tree, len).kurtosis(&samples, T::one(), &mut wide, &mut memory);
        FilterBank::portable(tree, len).kurtosis(&samples, T::one(), &mut single, &mut memory);
        (wide, single)
    }

    #[test]
    fn vectors_and_the_portable_path_agree() {
        for (len, levels) in [(256, 1), (511, 1), (2048, 4), (2999, 4), (5000, 3), (40_001, 6)] {
            let (wide, single) = both::<f64>(len, levels);
            for (a, b) in wide.iter().zip(&single) {
                assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{len} {levels}: {a} {b}");
            }
            let (wide, single) = both::<f32>(len, levels);
            for (a, b) in wide.iter().zip(&single) {
                assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "f32 {len} {levels}: {a} {b}");
            }
        }
    }
}
