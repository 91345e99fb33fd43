//! Real FFTs of many frames of one record at once, each frame in a lane of its own of the vector registers.
//!
//! A frame's numbers never meet those of another, so the transform needs no shuffles but one transposition
//! of the record, in which neighbouring frames share the samples they overlap in. What comes out of a
//! register is one frequency of neighbouring frames: a piece of a row of the image.
//!
//! `F = 2M` real samples are taken as `M` complex ones, `z[j] = x[2j] + i x[2j+1]`, whose FFT is decimated in
//! time by radix 8 or 4 first and 4 from then on. The last pass goes through bins `k` and `M - k` together,
//! since the real transform is `X[k] = E + W O`, `X[M-k] = conj(E - W O)` with `2E = Z[k] + conj Z[M-k]`,
//! `2iO = Z[k] - conj Z[M-k]`, `W = e^{-2πi k/F}` (the factor 1/2 is in the taper).

use num_complex::Complex;
use pulp::{Simd, WithSimd};

use crate::fourier::lanes::{Lanes, Many};
use crate::sample::Sample;

/// More lanes than any register has.
pub(crate) const WIDEST: usize = 16;

/// Lengths that the kernel is made for: powers of two whose working memory stays in the second cache.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=4096;

/// Tables for frames of one length, taper and hop.
#[derive(Debug, Clone)]
pub(crate) struct FrameFft<T> {
    half: usize,
    leaf: usize,
    /// For every input in the order of the first pass: where in the transposed record it lies, and its weight.
    source: Vec<u32>,
    weights: Vec<T>,
    /// Twiddles `W^k, W^2k, W^3k` of the passes between the first and the last.
    middle: Vec<Vec<[Complex<T>; 3]>>,
    last: Vec<[Complex<T>; 3]>,
    /// `e^{-2πi k/F}` for `k = 0..=M`.
    split: Vec<Complex<T>>,
    table: Table,
}

/// The transposed record: sample `m` of the frame in lane `p` lies in row `m mod hop`, column `p + m/hop`.
#[derive(Debug, Clone, Copy)]
struct Table {
    hop: usize,
    rows: usize,
    columns: usize,
}

/// What is done with one frequency of neighbouring frames.
pub(crate) trait Rows<T: Lanes> {
    /// Takes frequency `row` of the frames from `first` on.
    fn put<S: Simd>(&mut self, simd: S, row: usize, first: usize, value: Many<S, T>);
}

/// The transforms of the frames of one record.
pub(crate) struct Job<'a, T, R> {
    pub(crate) plan: &'a FrameFft<T>,
    pub(crate) input: &'a [T],
    /// First sample of the first frame.
    pub(crate) origin: isize,
    pub(crate) frames: usize,
    pub(crate) rows: R,
    pub(crate) memory: &'a mut Vec<T>,
}

fn turn<T: Sample>(k: usize, n: usize) -> Complex<T> {
    let (sin, cos) = (-std::f64::consts::TAU * (k % n) as f64 / n as f64).sin_cos();
    Complex::new(T::narrow(cos), T::narrow(sin))
}

/// First inputs of the first pass's butterflies, in the order in which they lie in memory.
fn leaves(offset: usize, stride: usize, len: usize, leaf: usize, order: &mut Vec<usize>) {
    if len == leaf {
        order.push(offset);
        return;
    }
    for s in 0..4 {
        leaves(offset + s * stride, stride * 4, len / 4, leaf, order);
    }
}

impl<T: Sample> FrameFft<T> {
    /// Tables for FFTs of `len`, whose input `place(m)` is sample `m` of the frame times `window[m]`; none
    /// where this kernel does not do it.
    pub(crate) fn new(len: usize, hop: usize, window: &[f64], place: impl Fn(usize) -> usize) -> Option<Self> {
        if !len.is_power_of_two() || !LENGTHS.contains(&len) {
            return None;
        }
        let half = len / 2;
        let leaf = if half.trailing_zeros().is_multiple_of(2) { 4 } else { 8 };
        let table = Table {
            hop,
            rows: hop.min(window.len()),
            columns: WIDEST + (window.len() - 1) / hop,
        };
        let mut at = vec![(0, T::default()); len];
        for (m, w) in window.iter().enumerate() {
            at[place(m)] = (((m % hop) * table.columns + m / hop) as u32, T::narrow(0.5 * w));
        }
        let mut order = Vec::new();
        leaves(0, 1, half, leaf, &mut order);
        let stride = half / leaf;
        let inputs = order
            .iter()
            .flat_map(|first| (0..leaf).map(move |t| first + stride * t))
            .flat_map(|j| [at[2 * j], at[2 * j + 1]]);
        let (source, weights) = inputs.unzip();
        let pass = |len: usize| (0..len / 4).map(|k| [1, 2, 3].map(|s| turn(s * k, len))).collect();
        let middle = std::iter::successors(Some(4 * leaf), |len| Some(4 * len));
        Some(Self {
            half,
            leaf,
            source,
            weights,
            middle: middle.take_while(|len| *len < half).map(pass).collect(),
            last: pass(half),
            split: (0..=half).map(|k| turn(k, len)).collect(),
            table,
        })
    }
}

impl Table {
    fn len(&self) -> usize {
        self.rows * self.columns
    }

    /// Transposes what the frames need whose first begins at `start`; outside the record there are zeros.
    #[inline(always)]
    fn fill<T: Sample>(self, input: &[T], start: isize, table: &mut [T]) {
        for column in 0..self.columns {
            let from = start + (column * self.hop) as isize;
            let inside = usize::try_from(from).ok().and_then(|from| input.get(from..from + self.rows));
            let places = table[column..].iter_mut().step_by(self.columns);
            if let Some(samples) = inside {
                for (place, x) in places.zip(samples) {
                    *place = *x;
                }
            } else {
                for (r, place) in places.enumerate() {
                    let sample = usize::try_from(from + r as isize).ok().and_then(|n| input.get(n));
                    *place = sample.copied().unwrap_or_default();
                }
            }
        }
    }
}

impl<T: Sample, R: Rows<T>> WithSimd for Job<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let width = T::width::<S>();
        let (plan, table) = (self.plan, self.plan.table);
        let (work, columns) = aligned(self.memory, 2 * plan.half * width, table.len());
        let work = T::registers::<S>(work);
        for first in (0..self.frames).step_by(width) {
            table.fill(self.input, self.origin + (first * table.hop) as isize, columns);
            plan.first_pass(simd, columns, work);
            for twiddles in &plan.middle {
                middle_pass::<S, T>(simd, twiddles, work);
            }
            plan.last_pass(simd, work, first, &mut self.rows);
        }
    }
}

/// Two slices of the buffer, the first beginning on a cache line.
fn aligned<T: Sample>(buffer: &mut Vec<T>, first: usize, second: usize) -> (&mut [T], &mut [T]) {
    const LINE: usize = 64;
    let slack = LINE / size_of::<T>();
    let needed = first + second + slack;
    if buffer.len() < needed {
        buffer.resize(needed, T::default());
    }
    let skip = buffer.as_ptr().align_offset(LINE).min(slack);
    buffer[skip..skip + first + second].split_at_mut(first)
}

impl<T: Sample> FrameFft<T> {
    #[inline(always)]
    fn first_pass<S: Simd>(&self, simd: S, columns: &[T], work: &mut [T::Register<S>]) {
        match self.leaf {
            4 => self.leaves::<S, 8>(simd, columns, work, |z: [Many<S, T>; 8]| {
                let [a, b, c, d, ..] = z;
                let [a, b, c, d] = radix_4(a, b, c, d);
                [a, b, c, d, a, b, c, d]
            }),
            _ => self.leaves::<S, 16>(simd, columns, work, |z| radix_8(simd, z)),
        }
    }

    /// Loads, tapers and transforms blocks of `NUMBERS/2` complex numbers.
    #[inline(always)]
    fn leaves<S: Simd, const NUMBERS: usize>(
        &self,
        simd: S,
        columns: &[T],
        work: &mut [T::Register<S>],
        butterfly: impl Fn([Many<S, T>; 8]) -> [Many<S, T>; 8],
    ) {
        let (source, _) = self.source.as_chunks::<NUMBERS>();
        let (weights, _) = self.weights.as_chunks::<NUMBERS>();
        let (blocks, _) = work.as_chunks_mut::<NUMBERS>();
        for ((source, weights), block) in source.iter().zip(weights).zip(blocks) {
            let load = |i: usize| {
                let x = T::load_lanes::<S>(&columns[source[i] as usize..]);
                T::mul_lanes(simd, x, T::splat_lanes(simd, weights[i]))
            };
            let number = |j: usize| {
                // The half of the butterfly that radix 4 has not is never used.
                let j = j % (NUMBERS / 2);
                Many::<S, T>::new(simd, load(2 * j), load(2 * j + 1))
            };
            let z = butterfly([
                number(0), number(1), number(2), number(3), number(4), number(5), number(6), number(7),
            ]);
            for j in 0..NUMBERS / 2 {
                block[2 * j] = z[j].re;
                block[2 * j + 1] = z[j].im;
            }
        }
    }

    #[inline(always)]
    fn last_pass<S: Simd>(
        &self,
        simd: S,
        work: &[T::Register<S>],
        first: usize,
        rows: &mut impl Rows<T>,
    ) {
        let (half, quarter) = (self.half, self.half / 4);
        let butterfly = |k: usize| {
            let at = |s: usize| {
                let i = 2 * (s * quarter + k);
                Many::<S, T>::new(simd, work[i], work[i + 1])
            };
            let w = &self.last[k];
            radix_4(at(0), at(1).times(w[0]), at(2).times(w[1]), at(3).times(w[2]))
        };
        let mut emit = |k: usize, z: Many<S, T>, mirror: Many<S, T>, both: bool| {
            let even = z.add_conj(mirror);
            let odd = z.sub_conj(mirror).times(self.split[k]);
            rows.put(simd, k, first, even.sub_turned(odd));
            if both {
                let other = even.add_turned(odd);
                let zero = T::splat_lanes(simd, T::default());
                let im = T::sub_lanes(simd, zero, other.im);
                rows.put(simd, half - k, first, Many::new(simd, other.re, im));
            }
        };
        let [a, b, c, d] = butterfly(0);
        emit(0, a, a, true);
        emit(quarter, b, d, true);
        emit(2 * quarter, c, c, false);
        let [a, b, c, d] = butterfly(quarter / 2);
        emit(quarter / 2, a, d, true);
        emit(quarter / 2 + quarter, b, c, true);
        for k in 1..quarter / 2 {
            let (low, high) = (butterfly(k), butterfly(quarter - k));
            for q in 0..4 {
                emit(k + q * quarter, low[q], high[3 - q], true);
            }
        }
    }
}

#[inline(always)]
fn middle_pass<S: Simd, T: Sample>(simd: S, twiddles: &[[Complex<T>; 3]], work: &mut [T::Register<S>]) {
    let run = 2 * twiddles.len();
    for block in work.chunks_exact_mut(4 * run) {
        let (a, rest) = block.split_at_mut(run);
        let (b, rest) = rest.split_at_mut(run);
        let (c, d) = rest.split_at_mut(run);
        let [(a, _), (b, _), (c, _), (d, _)] = [a, b, c, d].map(|part| part.as_chunks_mut::<2>());
        for ((((w, a), b), c), d) in twiddles.iter().zip(a).zip(b).zip(c).zip(d) {
            let get = |z: &[T::Register<S>; 2]| Many::<S, T>::new(simd, z[0], z[1]);
            let z = radix_4(get(a), get(b).times(w[0]), get(c).times(w[1]), get(d).times(w[2]));
            for (place, z) in [a, b, c, d].into_iter().zip(z) {
                *place = [z.re, z.im];
            }
        }
    }
}

#[inline(always)]
fn radix_4<S: Simd, T: Lanes>(
    a: Many<S, T>,
    b: Many<S, T>,
    c: Many<S, T>,
    d: Many<S, T>,
) -> [Many<S, T>; 4] {
    let (sum, difference) = (a.add(c), a.sub(c));
    let (other, turned) = (b.add(d), b.sub(d));
    [sum.add(other), difference.sub_turned(turned), sum.sub(other), difference.add_turned(turned)]
}

#[inline(always)]
fn radix_8<S: Simd, T: Sample>(simd: S, z: [Many<S, T>; 8]) -> [Many<S, T>; 8] {
    let even = radix_4(z[0], z[2], z[4], z[6]);
    let odd = radix_4(z[1], z[3], z[5], z[7]);
    let root = T::splat_lanes(simd, T::narrow(std::f64::consts::FRAC_1_SQRT_2));
    let (b, d) = (odd[1], odd[3]);
    let (sum, difference) = (T::add_lanes(simd, b.re, b.im), T::sub_lanes(simd, b.im, b.re));
    let b = Many::new(simd, T::mul_lanes(simd, sum, root), T::mul_lanes(simd, difference, root));
    let (sum, difference) = (T::add_lanes(simd, d.re, d.im), T::sub_lanes(simd, d.im, d.re));
    // The conjugate of the turned number.
    let d = Many::new(simd, T::mul_lanes(simd, difference, root), T::mul_lanes(simd, sum, root));
    [
        even[0].add(odd[0]),
        even[1].add(b),
        even[2].sub_turned(odd[2]),
        even[3].add_conj(d),
        even[0].sub(odd[0]),
        even[1].sub(b),
        even[2].add_turned(odd[2]),
        even[3].sub_conj(d),
    ]
}
