//! Inverse Fourier transforms of spectra that are empty but for one band, exact and pruned.
//!
//! `y[n] = Σ_k Y[k] e^{2πi kn/N}` over a run of `w` bins, for all `n < N`. Let `N = P·D`, `n = rD + d` and
//! `k = q + Pm`. Then
//! ```text
//! y[rD + d] = Σ_q e^{2πi qr/P} · e^{2πi qd/N} · Σ_m Y[q + Pm] e^{2πi md/D}
//! ```
//! so for each `d` a sum over the few `m` that the band reaches, a turn, and a transform of `P` points. Many
//! neighbouring `d` go through this side by side, one to a lane of a vector: no lane is ever moved, and the
//! samples leave in their order. A block of lanes that begins at `d0` multiplies the band by `e^{2πi k·d0/N}`
//! first, so that the other tables serve all blocks. When `D` is no multiple of a block the last one overlaps the
//! one before. Which `P` is best depends on `w`: each band gets its own. The work falls with the width of the
//! band twice: in the sum over `m`, and in `log P`.
//!
//! Trap: bins may run past `N` (a band that wraps round), since all of this is periodic in `k`.

use std::f64::consts::TAU;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex;
use pulp::Simd;
use rustfft::{Fft, FftPlanner};

use crate::sample::Sample;
use crate::scratch::first;
use crate::wavelet::butterfly::{ComplexVector, butterfly};
use crate::wavelet::lanes::{Table, aligned};
use crate::wavelet::output::Output;

/// Points of the longest inner transform; its vectors still lie in the second-level cache.
const LONGEST_INNER: usize = 4096;
/// Most blocks of lanes that one band may take.
const MOST_BLOCKS: usize = 64;

/// Working memory of [`BandedInverse`].
#[derive(Debug, Clone, Default)]
pub(crate) struct BandedMemory<T> {
    turned: Vec<T>,
    vectors: Vec<T>,
    full: Vec<Complex<T>>,
    fft: Vec<Complex<T>>,
}

/// Inverse transforms of one length for a list of bands.
#[derive(Clone)]
pub(crate) struct BandedInverse<T: Sample> {
    len: usize,
    bands: Vec<Band>,
    shapes: Vec<Arc<Shape<T>>>,
    full: Option<Arc<dyn Fft<T>>>,
}

impl<T: Sample> fmt::Debug for BandedInverse<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BandedInverse").field("len", &self.len).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
struct Band {
    bins: Range<usize>,
    /// Which shape; none for a plain transform of all points.
    shape: Option<usize>,
    runs: Vec<Run>,
}

/// Neighbouring `q` whose sums over `m` have the same terms.
#[derive(Debug, Clone)]
struct Run {
    points: Range<usize>,
    /// Index in the band of the first term of the first point.
    first: usize,
    m: Range<usize>,
}

/// The tables for one way of writing `N = P·D`.
#[derive(Debug)]
struct Shape<T> {
    points: usize,
    stride: usize,
    /// Where the blocks begin: `d0`.
    blocks: Vec<usize>,
    /// `e^{2πi qd/N}`: for each `q` a block of real and a block of imaginary parts.
    tilt: Table<T>,
    /// `e^{2πi md/D}`, likewise for each `m`.
    comb: Table<T>,
    /// `e^{2πi k·d0/N}` for all blocks but the first and `bins`: real parts, then imaginary parts.
    turns: Vec<T>,
    bins: Range<usize>,
    passes: Vec<Pass<T>>,
}

/// One pass of the inner transform (Stockham's order, decimation in frequency).
#[derive(Debug)]
struct Pass<T> {
    radix: usize,
    groups: usize,
    stride: usize,
    /// For each group the turns of its outputs 1 to `radix - 1`.
    twiddles: Vec<Complex<T>>,
}

fn root(numerator: usize, denominator: usize) -> (f64, f64) {
    let (sin, cos) = (TAU * (numerator % denominator) as f64 / denominator as f64).sin_cos();
    (cos, sin)
}

/// Radices whose product is `points`, if they are among 2, 3, 4, 5, 8.
fn radices(points: usize) -> Option<Vec<usize>> {
    let mut rest = points;
    let mut found = Vec::new();
    for radix in [5, 3] {
        while rest.is_multiple_of(radix) {
            rest /= radix;
            found.push(radix);
        }
    }
    let mut twos = rest.trailing_zeros();
    if rest != 1 << twos {
        return None;
    }
    // Eights, and fours where a two would be left.
    while twos > 0 {
        let take = if twos == 4 || twos == 2 { 2 } else { twos.min(3) };
        found.push(1 << take);
        twos -= take;
    }
    found.reverse();
    Some(found)
}

/// Vector operations for one band, counted for the choice of a shape.
fn cost(points: usize, stride: usize, block: usize, width: usize) -> Option<f64> {
    let inner: f64 = radices(points)?
        .into_iter()
        .map(|radix| match radix {
            2 => 8.0,
            3 => 12.0,
            4 => 11.0,
            5 => 14.0,
            _ => 15.5,
        })
        .sum();
    let blocks = stride.div_ceil(block) as f64;
    let turns = (blocks - 1.0) * width as f64 * 12.0 / block as f64;
    Some(blocks * (4.0 * width as f64 + points as f64 * (4.0 + inner)) + turns)
}

/// The same for a plain transform, by what rustfft takes beside the rest.
fn plain_cost(len: usize, block: usize) -> f64 {
    let slow = if radices(len).is_some() { 1.0 } else { 4.0 };
    let stages = (len.max(2) as f64).log2();
    slow * (60.0 + 8.0 * stages) * len.div_ceil(block) as f64
}

impl<T: Sample> BandedInverse<T> {
    /// For `len` points and the `bands` given, which hold no more than `len` bins each.
    pub(crate) fn new(len: usize, bands: Vec<Range<usize>>) -> Self {
        let block = T::BLOCK;
        let candidates: Vec<usize> = (1..=LONGEST_INNER.min(len / block))
            .filter(|points| {
                len.is_multiple_of(*points)
                    && (len / points).div_ceil(block) <= MOST_BLOCKS
                    && radices(*points).is_some()
            })
            .collect();
        let mut chosen: Vec<(usize, Range<usize>)> = Vec::new();
        let mut bands: Vec<Band> =
            bands.into_iter().map(|bins| Band { bins, shape: None, runs: Vec::new() }).collect();
        for band in &mut bands {
            let width = band.bins.len();
            let best = candidates
                .iter()
                .filter_map(|&points| Some((cost(points, len / points, block, width)?, points)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let Some((_, points)) = best.filter(|(cost, _)| *cost < plain_cost(len, block)) else { continue };
            let index = chosen.iter().position(|shape| shape.0 == points).unwrap_or_else(|| {
                chosen.push((points, band.bins.clone()));
                chosen.len() - 1
            });
            let bins = &mut chosen[index].1;
            *bins = bins.start.min(band.bins.start)..bins.end.max(band.bins.end);
            band.shape = Some(index);
            band.runs = runs(points, &band.bins);
        }
        let plain = bands.iter().any(|band| band.shape.is_none());
        let full = plain.then(|| FftPlanner::new().plan_fft_inverse(len));
        let shapes = chosen.into_iter().map(|(points, bins)| Arc::new(Shape::new(len, points, bins)));
        Self { len, bands, shapes: shapes.collect(), full }
    }

    /// Points of the transforms.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes the first `out.len()` points of the transform of band `index`, of which `re` and `im` are the bins.
    #[inline(always)]
    pub(crate) fn transform<S: Simd, O: Output<T>>(
        &self,
        simd: S,
        index: usize,
        re: &[T],
        im: &[T],
        out: &mut [O::Item],
        memory: &mut BandedMemory<T>,
    ) {
        let band = &self.bands[index];
        let BandedMemory { turned, vectors, full, fft } = memory;
        match (band.shape.and_then(|shape| self.shapes.get(shape)), &self.full) {
            (Some(shape), _) => shape.transform::<S, O>(simd, band, re, im, out, turned, vectors),
            (None, Some(plan)) => {
                let points = first(full, self.len);
                points.fill(Complex::default());
                for ((k, re), im) in band.bins.clone().zip(re).zip(im) {
                    points[k % self.len] = Complex::new(*re, *im);
                }
                plan.process_with_scratch(points, first(fft, plan.get_inplace_scratch_len()));
                for (place, point) in out.iter_mut().zip(points) {
                    *place = O::one(*point);
                }
            }
            (None, None) => {}
        }
    }
}

/// The runs of points that have the same terms. Outside the band a point has none.
fn runs(points: usize, bins: &Range<usize>) -> Vec<Run> {
    let m_of = |q: usize| {
        let first = bins.start.saturating_sub(q).div_ceil(points);
        let end = bins.end.saturating_sub(q).div_ceil(points);
        first..end.max(first)
    };
    let mut edges = [0, bins.start % points, bins.end % points, points];
    edges.sort_unstable();
    let runs = edges.windows(2).filter(|edge| edge[0] < edge[1]);
    runs.map(|edge| {
        let m = m_of(edge[0]);
        let first = (edge[0] + m.start * points).saturating_sub(bins.start);
        Run { points: edge[0]..edge[1], first, m }
    })
    .collect()
}

impl<T: Sample> Shape<T> {
    fn new(len: usize, points: usize, bins: Range<usize>) -> Self {
        let block = T::BLOCK;
        let stride = len / points;
        let mut blocks: Vec<usize> = (0..stride / block).map(|b| b * block).collect();
        if !stride.is_multiple_of(block) {
            blocks.push(stride - block);
        }
        // Real parts of a block, then imaginary parts, for one factor after another.
        let lanes = |count: usize, denominator: usize| {
            Table::new((0..count * 2 * block).map(|i| {
                let (factor, part, lane) = (i / (2 * block), i / block % 2, i % block);
                let (cos, sin) = root(factor * lane, denominator);
                T::narrow(if part == 0 { cos } else { sin })
            }))
        };
        let mut turns = Vec::new();
        for d0 in blocks.iter().skip(1) {
            turns.extend(bins.clone().map(|k| T::narrow(root(k % len * d0, len).0)));
            turns.extend(bins.clone().map(|k| T::narrow(root(k % len * d0, len).1)));
        }
        let mut passes = Vec::new();
        let mut rest = points;
        for radix in radices(points).unwrap_or_default() {
            let groups = rest / radix;
            let twiddles = (0..groups).flat_map(|group| {
                (1..radix).map(move |output| {
                    let (cos, sin) = root(group * output, rest);
                    Complex::new(T::narrow(cos), T::narrow(sin))
                })
            });
            passes.push(Pass { radix, groups, stride: points / rest, twiddles: twiddles.collect() });
            rest = groups;
        }
        let tilt = lanes(points, len);
        let comb = lanes(bins.end.div_ceil(points), stride);
        Self { points, stride, blocks, tilt, comb, turns, bins, passes }
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "working memory comes in parts")]
    fn transform<S: Simd, O: Output<T>>(
        &self,
        simd: S,
        band: &Band,
        re: &[T],
        im: &[T],
        out: &mut [O::Item],
        turned: &mut Vec<T>,
        vectors: &mut Vec<T>,
    ) {
        let width = band.bins.len();
        let offset = band.bins.start - self.bins.start;
        let (turned_re, turned_im) = aligned(turned, 2 * width).split_at_mut(width);
        let lanes = T::lanes::<S>();
        let room = 2 * self.points * lanes;
        for (b, d0) in self.blocks.iter().enumerate() {
            let (re, im) = if b == 0 {
                (re, im)
            } else {
                let turns = &self.turns[(b - 1) * 2 * self.bins.len()..][..2 * self.bins.len()];
                let (cos, sin) = turns.split_at(self.bins.len());
                let (cos, sin) = (&cos[offset..][..width], &sin[offset..][..width]);
                let places = turned_re.iter_mut().zip(turned_im.iter_mut());
                for ((((a, b), re), im), (cos, sin)) in places.zip(re).zip(im).zip(cos.iter().zip(sin)) {
                    *a = *re * *cos - *im * *sin;
                    *b = *re * *sin + *im * *cos;
                }
                (&*turned_re, &*turned_im)
            };
            for part in 0..T::BLOCK / lanes {
                let (from, to) = aligned(vectors, 2 * room).split_at_mut(room);
                let (mut from, mut to) = (T::vectors_mut::<S>(from), T::vectors_mut::<S>(to));
                for run in &band.runs {
                    self.gather(simd, run, part, re, im, from);
                }
                let start = d0 + part * lanes;
                let Some((last, before)) = self.passes.split_last() else {
                    O::put::<S>(simd, out, start, ComplexVector { re: from[0], im: from[1] });
                    continue;
                };
                for pass in before {
                    pass.run::<S, _>(simd, from, &mut Between { to: &mut *to });
                    std::mem::swap(&mut from, &mut to);
                }
                let mut leave = Leave::<T, O> { out: &mut *out, start, stride: self.stride };
                last.run::<S, _>(simd, from, &mut leave);
            }
        }
    }

    /// The inputs of the inner transform for one run of points.
    #[inline(always)]
    fn gather<S: Simd>(&self, simd: S, run: &Run, part: usize, re: &[T], im: &[T], to: &mut [T::V<S>]) {
        let mut points = run.points.clone();
        let mut first = run.first;
        while points.len() >= 4 {
            self.gather_some::<S, 4>(simd, (points.start, first, &run.m), part, re, im, to);
            points.start += 4;
            first += 4;
        }
        for q in points {
            self.gather_some::<S, 1>(simd, (q, first, &run.m), part, re, im, to);
            first += 1;
        }
    }

    #[inline(always)]
    fn gather_some<S: Simd, const SOME: usize>(
        &self,
        simd: S,
        (q, first, m): (usize, usize, &Range<usize>),
        part: usize,
        re: &[T],
        im: &[T],
        to: &mut [T::V<S>],
    ) {
        let parts = T::BLOCK / T::lanes::<S>();
        let comb = T::vectors::<S>(self.comb.get());
        let tilt = T::vectors::<S>(self.tilt.get());
        let zero = T::splat_v(simd, T::default());
        let mut sums = [ComplexVector::<T, S> { re: zero, im: zero }; SOME];
        let mut m = m.clone();
        let mut k = first;
        if m.start == 0 && m.end > 0 {
            for (i, sum) in sums.iter_mut().enumerate() {
                sum.re = T::splat_v(simd, re[k + i]);
                sum.im = T::splat_v(simd, im[k + i]);
            }
            m.start = 1;
            k += self.points;
        }
        for m in m {
            let (cos, sin) = (comb[2 * m * parts + part], comb[(2 * m + 1) * parts + part]);
            let (re, im) = (&re[k..k + SOME], &im[k..k + SOME]);
            for (sum, (re, im)) in sums.iter_mut().zip(re.iter().zip(im)) {
                let (re, im) = (T::splat_v(simd, *re), T::splat_v(simd, *im));
                sum.re = T::fnma_v(simd, im, sin, T::fma_v(simd, re, cos, sum.re));
                sum.im = T::fma_v(simd, im, cos, T::fma_v(simd, re, sin, sum.im));
            }
            k += self.points;
        }
        let tilt = &tilt[2 * q * parts..2 * (q + SOME) * parts];
        let to = &mut to[2 * q..2 * (q + SOME)];
        for (i, sum) in sums.iter().enumerate() {
            let turned = sum.times(simd, tilt[2 * i * parts + part], tilt[(2 * i + 1) * parts + part]);
            to[2 * i] = turned.re;
            to[2 * i + 1] = turned.im;
        }
    }
}

/// Where a pass leaves its values. A trait, since closures are not always inlined, and a vector operation that is not
/// inlined into code for its instruction set is a call.
trait Store<T: Sample, S: Simd> {
    fn store(&mut self, simd: S, index: usize, value: ComplexVector<T, S>);
}

/// For the next pass.
struct Between<'a, V> {
    to: &'a mut [V],
}

impl<T: Sample, S: Simd> Store<T, S> for Between<'_, T::V<S>> {
    #[inline(always)]
    fn store(&mut self, _simd: S, index: usize, value: ComplexVector<T, S>) {
        if let Some(pair) = self.to.get_mut(2 * index..2 * index + 2) {
            pair[0] = value.re;
            pair[1] = value.im;
        }
    }
}

/// In the output, `stride` apart.
struct Leave<'a, T: Sample, O: Output<T>> {
    out: &'a mut [O::Item],
    start: usize,
    stride: usize,
}

impl<T: Sample, S: Simd, O: Output<T>> Store<T, S> for Leave<'_, T, O> {
    #[inline(always)]
    fn store(&mut self, simd: S, index: usize, value: ComplexVector<T, S>) {
        O::put::<S>(simd, self.out, self.start + index * self.stride, value);
    }
}

impl<T: Sample> Pass<T> {
    #[inline(always)]
    fn run<S: Simd, P: Store<T, S>>(&self, simd: S, from: &[T::V<S>], store: &mut P) {
        match self.radix {
            2 => self.run_radix::<S, P, 2>(simd, from, store),
            3 => self.run_radix::<S, P, 3>(simd, from, store),
            4 => self.run_radix::<S, P, 4>(simd, from, store),
            5 => self.run_radix::<S, P, 5>(simd, from, store),
            _ => self.run_radix::<S, P, 8>(simd, from, store),
        }
    }

    #[inline(always)]
    fn run_radix<S: Simd, P: Store<T, S>, const R: usize>(&self, simd: S, from: &[T::V<S>], store: &mut P) {
        let stride = self.stride;
        let step = stride * self.groups;
        let from = &from[..2 * R * step];
        if self.groups == 1 {
            for q in 0..stride {
                let mut x = load::<T, S, R>(simd, from, q, step);
                butterfly::<T, S, R>(simd, &mut x);
                for (j, x) in x.iter().enumerate() {
                    store.store(simd, q + stride * j, *x);
                }
            }
            return;
        }
        for (group, twiddles) in self.twiddles.chunks_exact(R - 1).enumerate() {
            for q in 0..stride {
                let mut x = load::<T, S, R>(simd, from, q + stride * group, step);
                butterfly::<T, S, R>(simd, &mut x);
                store.store(simd, q + stride * R * group, x[0]);
                for (j, (x, turn)) in x[1..].iter().zip(twiddles).enumerate() {
                    let turned = x.times(simd, T::splat_v(simd, turn.re), T::splat_v(simd, turn.im));
                    store.store(simd, q + stride * (R * group + j + 1), turned);
                }
            }
        }
    }
}

#[inline(always)]
fn load<T: Sample, S: Simd, const R: usize>(
    simd: S,
    from: &[T::V<S>],
    index: usize,
    step: usize,
) -> [ComplexVector<T, S>; R] {
    let zero = T::splat_v(simd, T::default());
    let mut x = [ComplexVector { re: zero, im: zero }; R];
    for (i, x) in x.iter_mut().enumerate() {
        let at = 2 * (index + i * step);
        if let Some(pair) = from.get(at..at + 2) {
            *x = ComplexVector { re: pair[0], im: pair[1] };
        }
    }
    x
}
