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
#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices are vectorised; iterators are not inlined into code for a wider processor"
)]

use num_complex::Complex;
use pulp::{Simd, WithSimd};

use crate::fourier::many::Many;
use crate::lanes::Lanes;
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
    pub(crate) fn new(
        len: usize,
        hop: usize,
        window: &[f64],
        place: impl Fn(usize) -> usize,
    ) -> Option<Self> {
        if !len.is_power_of_two() || !LENGTHS.contains(&len) {
            return None;
        }
        let half = len / 2;
        let leaf = if half.trailing_zeros().is_multiple_of(2) { 4 } else { 8 };
        let table = Table { hop, rows: hop.min(window.len()), columns: WIDEST + (window.len() - 1) / hop };
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
            // Indices, not iterators: those are not inlined into a kernel for a wider processor.
            let mut place = column;
            if let Some(samples) = inside {
                for r in 0..samples.len() {
                    table[place] = samples[r];
                    place += self.columns;
                }
            } else {
                for r in 0..self.rows {
                    let sample = usize::try_from(from + r as isize).ok().and_then(|n| input.get(n));
                    table[place] = sample.copied().unwrap_or_default();
                    place += self.columns;
                }
            }
        }
    }
}

impl<T: Sample, R: Rows<T>> WithSimd for Job<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let width = T::lanes::<S>();
        let (plan, table) = (self.plan, self.plan.table);
        let (work, columns) = aligned(self.memory, 2 * plan.half * width, table.len());
        let work = T::vectors_mut::<S>(work);
        let mut first = 0;
        while first < self.frames {
            table.fill(self.input, self.origin + (first * table.hop) as isize, columns);
            plan.first_pass(simd, columns, work);
            for twiddles in &plan.middle {
                middle_pass::<S, T>(simd, twiddles, work);
            }
            plan.last_pass(simd, work, first, &mut self.rows);
            first += width;
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

/// The inputs of one butterfly of the first pass.
struct Leaf<'a, S, T> {
    simd: S,
    columns: &'a [T],
    source: &'a [u32],
    weights: &'a [T],
}

impl<S: Simd, T: Sample> Leaf<'_, S, T> {
    /// Complex input `j`, tapered.
    #[inline(always)]
    fn number(&self, j: usize) -> Many<S, T> {
        Many::new(self.simd, self.sample(2 * j), self.sample(2 * j + 1))
    }

    #[inline(always)]
    fn sample(&self, i: usize) -> T::Vector<S> {
        let x = T::load_lanes::<S>(&self.columns[self.source[i] as usize..]);
        T::mul_lanes(self.simd, x, T::splat_lanes(self.simd, self.weights[i]))
    }
}

/// What the last pass reads.
struct Last<'a, S: Simd, T: Sample> {
    simd: S,
    plan: &'a FrameFft<T>,
    work: &'a [T::Vector<S>],
    first: usize,
}

impl<S: Simd, T: Sample> Last<'_, S, T> {
    #[inline(always)]
    fn at(&self, i: usize) -> Many<S, T> {
        Many::new(self.simd, self.work[2 * i], self.work[2 * i + 1])
    }

    /// `Z[k + q·M/4]` for `q = 0..4`.
    #[inline(always)]
    fn butterfly(&self, k: usize) -> [Many<S, T>; 4] {
        let (quarter, w) = (self.plan.half / 4, &self.plan.last[k]);
        radix_4(
            self.at(k),
            self.at(k + quarter).times(w[0]),
            self.at(k + 2 * quarter).times(w[1]),
            self.at(k + 3 * quarter).times(w[2]),
        )
    }

    /// Frequencies `k` and `M - k` from `Z[k]` and `Z[M-k]`.
    #[inline(always)]
    fn emit(&self, k: usize, z: Many<S, T>, mirror: Many<S, T>, rows: &mut impl Rows<T>) {
        let even = z.add_conj(mirror);
        let odd = z.sub_conj(mirror).times(self.plan.split[k]);
        rows.put(self.simd, k, self.first, even.sub_turned(odd));
        rows.put(self.simd, self.plan.half - k, self.first, even.add_turned(odd).conj());
    }
}

impl<T: Sample> FrameFft<T> {
    #[inline(always)]
    fn first_pass<S: Simd>(&self, simd: S, columns: &[T], work: &mut [T::Vector<S>]) {
        if self.leaf == 4 {
            let (source, weights) = (self.source.as_chunks::<8>().0, self.weights.as_chunks::<8>().0);
            let blocks = work.as_chunks_mut::<8>().0;
            for i in 0..blocks.len() {
                let leaf = Leaf { simd, columns, source: &source[i], weights: &weights[i] };
                let [a, b, c, d] = radix_4(leaf.number(0), leaf.number(1), leaf.number(2), leaf.number(3));
                blocks[i] = [a.re, a.im, b.re, b.im, c.re, c.im, d.re, d.im];
            }
        } else {
            let (source, weights) = (self.source.as_chunks::<16>().0, self.weights.as_chunks::<16>().0);
            let blocks = work.as_chunks_mut::<16>().0;
            for i in 0..blocks.len() {
                let leaf = Leaf { simd, columns, source: &source[i], weights: &weights[i] };
                let even = radix_4(leaf.number(0), leaf.number(2), leaf.number(4), leaf.number(6));
                let odd = radix_4(leaf.number(1), leaf.number(3), leaf.number(5), leaf.number(7));
                let [a, b, c, d, e, f, g, h] = radix_8(simd, even, odd);
                blocks[i] = [
                    a.re, a.im, b.re, b.im, c.re, c.im, d.re, d.im, e.re, e.im, f.re, f.im, g.re, g.im, h.re,
                    h.im,
                ];
            }
        }
    }

    #[inline(always)]
    fn last_pass<S: Simd>(&self, simd: S, work: &[T::Vector<S>], first: usize, rows: &mut impl Rows<T>) {
        let quarter = self.half / 4;
        let last = Last { simd, plan: self, work, first };
        let [a, b, c, d] = last.butterfly(0);
        last.emit(0, a, a, rows);
        last.emit(quarter, b, d, rows);
        last.emit(2 * quarter, c, c, rows);
        let [a, b, c, d] = last.butterfly(quarter / 2);
        last.emit(quarter / 2, a, d, rows);
        last.emit(quarter / 2 + quarter, b, c, rows);
        for k in 1..quarter / 2 {
            let (low, high) = (last.butterfly(k), last.butterfly(quarter - k));
            last.emit(k, low[0], high[3], rows);
            last.emit(k + quarter, low[1], high[2], rows);
            last.emit(k + 2 * quarter, low[2], high[1], rows);
            last.emit(k + 3 * quarter, low[3], high[0], rows);
        }
    }
}

#[inline(always)]
fn middle_pass<S: Simd, T: Sample>(simd: S, twiddles: &[[Complex<T>; 3]], work: &mut [T::Vector<S>]) {
    let run = twiddles.len();
    let work = work.as_chunks_mut::<2>().0;
    for block in 0..work.len() / (4 * run) {
        let (a, rest) = work[4 * run * block..][..4 * run].split_at_mut(run);
        let (b, rest) = rest.split_at_mut(run);
        let (c, d) = rest.split_at_mut(run);
        let d = &mut d[..run];
        for k in 0..run {
            let w = &twiddles[k];
            let z = radix_4(
                Many::<S, T>::new(simd, a[k][0], a[k][1]),
                Many::<S, T>::new(simd, b[k][0], b[k][1]).times(w[0]),
                Many::<S, T>::new(simd, c[k][0], c[k][1]).times(w[1]),
                Many::<S, T>::new(simd, d[k][0], d[k][1]).times(w[2]),
            );
            a[k] = [z[0].re, z[0].im];
            b[k] = [z[1].re, z[1].im];
            c[k] = [z[2].re, z[2].im];
            d[k] = [z[3].re, z[3].im];
        }
    }
}

#[inline(always)]
fn radix_4<S: Simd, T: Lanes>(a: Many<S, T>, b: Many<S, T>, c: Many<S, T>, d: Many<S, T>) -> [Many<S, T>; 4] {
    let (sum, difference) = (a.add(c), a.sub(c));
    let (other, turned) = (b.add(d), b.sub(d));
    [sum.add(other), difference.sub_turned(turned), sum.sub(other), difference.add_turned(turned)]
}

#[inline(always)]
fn radix_8<S: Simd, T: Sample>(simd: S, even: [Many<S, T>; 4], odd: [Many<S, T>; 4]) -> [Many<S, T>; 8] {
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

#[cfg(test)]
mod tests {
    use super::{FrameFft, Job, Rows};
    use crate::fourier::many::Many;
    use crate::lanes::Lanes;
    use crate::sample::Sample;
    use proptest::prelude::*;
    use pulp::{Arch, Scalar, Simd, WithSimd};

    struct Kept<'a, T>(&'a mut [T], usize);

    impl<T: Sample> Rows<T> for Kept<'_, T> {
        fn put<S: Simd>(&mut self, simd: S, row: usize, first: usize, value: Many<S, T>) {
            let count = <T as Lanes>::lanes::<S>().min(self.1 - first);
            let start = 2 * row * self.1 + first;
            T::store_part(simd, &mut self.0[start..start + count], value.re);
            T::store_part(simd, &mut self.0[start + self.1..start + self.1 + count], value.im);
        }
    }

    /// Frames of one record on the widest registers and on the portable path.
    fn widest_and_portable<T: Sample>(
        samples: &[f64],
        (len, window, hop): (usize, &[f64], usize),
        (origin, frames): (isize, usize),
    ) -> [Vec<f64>; 2] {
        let input: Vec<T> = samples.iter().map(|x| T::narrow(*x)).collect();
        let plan = FrameFft::<T>::new(len, hop, window, |m| m).unwrap();
        [true, false].map(|widest| {
            let mut values = vec![T::default(); 2 * (len / 2 + 1) * frames];
            let (memory, rows) = (&mut Vec::new(), Kept(&mut values, frames));
            let job = Job { plan: &plan, input: &input, origin, frames, rows, memory };
            if widest {
                Arch::new().dispatch(job)
            } else {
                job.with_simd(Scalar)
            }
            values.iter().map(|x| x.widen()).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn every_width_gives_the_same_numbers(
            samples in prop::collection::vec(-1.0..1.0_f64, 1..600), exponent in 5u32..=12,
            taper in 0.01..=1.0_f64, hop in 1usize..80, frames in 1usize..40, before in 0isize..100,
        ) {
            let len = 1_usize << exponent;
            let window: Vec<f64> =
                (0..((taper * len as f64) as usize).max(1)).map(|m| 1.0 + 0.3 * (m as f64).sin()).collect();
            let (frame, place) = ((len, &*window, hop), (-before, frames));
            // A bin is a sum of as many products below 1.3 as the frame has samples.
            let rounding = 1.3 * window.len().min(samples.len()) as f64;
            let [widest, portable] = widest_and_portable::<f64>(&samples, frame, place);
            prop_assert!(widest.iter().zip(&portable).all(|(a, b)| (a - b).abs() <= 1e-15 * rounding));
            let [widest, portable] = widest_and_portable::<f32>(&samples, frame, place);
            prop_assert!(widest.iter().zip(&portable).all(|(a, b)| (a - b).abs() <= 5e-7 * rounding));
        }
    }

    #[test]
    fn other_lengths_are_left_to_the_general_transform() {
        for len in [1, 16, 48, 100, 8192] {
            assert!(FrameFft::<f32>::new(len, 1, &vec![1.0; len], |m| m).is_none(), "{len}");
        }
    }
}
