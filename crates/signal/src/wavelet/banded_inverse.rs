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

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex;
use pulp::Simd;
use rustfft::{Fft, FftPlanner};

use crate::lanes::aligned;
use crate::sample::Sample;
use crate::scratch::first;
use crate::wavelet::butterfly::ComplexVector;
use crate::wavelet::passes::{Between, Leave, Pass, Store, passes, radices, root};
use crate::wavelet::table::Table;

/// Points of the longest inner transform; its vectors still lie in the second-level cache.
const LONGEST_INNER: usize = 4096;
/// Most blocks of lanes that one band may take.
const MOST_BLOCKS: usize = 64;

/// Working memory of [`BandedInverse`].
#[derive(Debug, Clone, Default)]
pub(crate) struct BandedMemory<T> {
    turned: Vec<T>,
    vectors: Vec<T>,
    stage: Vec<T>,
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
    /// `e^{2πi k·d0/N}` for all blocks but the first and `bins`: `pitch` real parts, then imaginary parts.
    turns: Vec<T>,
    pitch: usize,
    bins: Range<usize>,
    passes: Vec<Pass<T>>,
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
        let block = T::LINE;
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

    /// Leaves the transform of band `index` on the stage of `memory`. Of the band `re` and `im` are the bins, with zeros
    /// up to a multiple of a block.
    #[inline(always)]
    pub(crate) fn transform<S: Simd>(
        &self,
        simd: S,
        index: usize,
        re: &[T],
        im: &[T],
        memory: &mut BandedMemory<T>,
    ) {
        let band = &self.bands[index];
        let BandedMemory { turned, vectors, stage, full, fft } = memory;
        let room = self.len.next_multiple_of(T::LINE);
        let (stage_re, stage_im) = aligned(stage, 2 * room).split_at_mut(room);
        match (band.shape.and_then(|shape| self.shapes.get(shape)), &self.full) {
            (Some(shape), _) => {
                shape.transform::<S>(simd, band, (re, im), (stage_re, stage_im), turned, vectors);
            }
            (None, Some(plan)) => {
                let points = first(full, self.len);
                points.fill(Complex::default());
                for ((k, re), im) in band.bins.clone().zip(re).zip(im) {
                    points[k % self.len] = Complex::new(*re, *im);
                }
                plan.process_with_scratch(points, first(fft, plan.get_inplace_scratch_len()));
                for ((re, im), point) in stage_re.iter_mut().zip(stage_im).zip(points) {
                    (*re, *im) = (point.re, point.im);
                }
            }
            (None, None) => {}
        }
    }

    /// What lies on the stage: real and imaginary parts, up to a multiple of a block.
    pub(crate) fn staged<'a>(&self, memory: &'a mut BandedMemory<T>) -> (&'a [T], &'a [T]) {
        let room = self.len.next_multiple_of(T::LINE);
        let (re, im) = aligned(&mut memory.stage, 2 * room).split_at(room);
        (re, im)
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

/// `x·(cos + i sin)`, all real and imaginary parts apart, as far as whole vectors of `x` reach.
#[inline(always)]
fn turn<T: Sample, S: Simd>(simd: S, x: (&[T], &[T]), turn: (&[T], &[T]), out: (&mut [T], &mut [T])) {
    let (re, im) = (T::vectors::<S>(x.0), T::vectors::<S>(x.1));
    let (cos, sin) = (T::vectors::<S>(turn.0), T::vectors::<S>(turn.1));
    let (out_re, out_im) = (T::vectors_mut::<S>(out.0), T::vectors_mut::<S>(out.1));
    let count = re.len();
    let (im, cos, sin) = (&im[..count], &cos[..count], &sin[..count]);
    let (out_re, out_im) = (&mut out_re[..count], &mut out_im[..count]);
    for i in 0..count {
        let turned = ComplexVector::<T, S> { re: re[i], im: im[i] }.times(simd, cos[i], sin[i]);
        out_re[i] = turned.re;
        out_im[i] = turned.im;
    }
}

impl<T: Sample> Shape<T> {
    fn new(len: usize, points: usize, bins: Range<usize>) -> Self {
        let block = T::LINE;
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
        let pitch = bins.len() + block;
        for d0 in blocks.iter().skip(1) {
            for part in 0..2 {
                turns.extend(bins.clone().map(|k| {
                    let (cos, sin) = root(k % len * d0, len);
                    T::narrow(if part == 0 { cos } else { sin })
                }));
                turns.resize(turns.len() + block, T::default());
            }
        }
        let tilt = lanes(points, len);
        let comb = lanes(bins.end.div_ceil(points), stride);
        Self { points, stride, blocks, tilt, comb, turns, pitch, bins, passes: passes(points) }
    }

    #[inline(always)]
    fn transform<S: Simd>(
        &self,
        simd: S,
        band: &Band,
        (re, im): (&[T], &[T]),
        (out_re, out_im): (&mut [T], &mut [T]),
        turned: &mut Vec<T>,
        vectors: &mut Vec<T>,
    ) {
        let offset = band.bins.start - self.bins.start;
        let (turned_re, turned_im) = aligned(turned, 2 * re.len()).split_at_mut(re.len());
        let lanes = T::lanes::<S>();
        let room = 2 * self.points * lanes;
        for (b, d0) in self.blocks.iter().enumerate() {
            let (re, im) = if b == 0 {
                (re, im)
            } else {
                let turns = &self.turns[(b - 1) * 2 * self.pitch..][..2 * self.pitch];
                let (cos, sin) = turns.split_at(self.pitch);
                let (cos, sin) = (&cos[offset..], &sin[offset..]);
                turn::<T, S>(simd, (re, im), (cos, sin), (turned_re, turned_im));
                (&*turned_re, &*turned_im)
            };
            for part in 0..T::LINE / lanes {
                let (from, to) = aligned(vectors, 2 * room).split_at_mut(room);
                let (mut from, mut to) = (T::vectors_mut::<S>(from), T::vectors_mut::<S>(to));
                for run in &band.runs {
                    self.gather(simd, run, part, re, im, from);
                }
                let start = d0 + part * lanes;
                let mut leave = Leave { re: &mut *out_re, im: &mut *out_im, start, stride: self.stride };
                let Some((last, before)) = self.passes.split_last() else {
                    leave.store(simd, 0, ComplexVector { re: from[0], im: from[1] });
                    continue;
                };
                for pass in before {
                    pass.run::<S, _>(simd, from, &mut Between { to: &mut *to });
                    std::mem::swap(&mut from, &mut to);
                }
                last.run::<S, _>(simd, from, &mut leave);
            }
        }
    }

    /// The inputs of the inner transform for one run of points.
    #[inline(always)]
    fn gather<S: Simd>(&self, simd: S, run: &Run, part: usize, re: &[T], im: &[T], to: &mut [T::Vector<S>]) {
        let parts = T::LINE / T::lanes::<S>();
        let comb = T::vectors::<S>(self.comb.get());
        let tilt = T::vectors::<S>(self.tilt.get());
        let points = self.points;
        let mut q = run.points.start;
        let mut k = run.first;
        // Four at a time share the loads of the comb.
        while q + 4 <= run.points.end {
            let [mut s0, mut s1, mut s2, mut s3] = if run.m.start == 0 && run.m.end > 0 {
                let (re, im) = (&re[k..k + 4], &im[k..k + 4]);
                [
                    ComplexVector::splat(simd, re[0], im[0]),
                    ComplexVector::splat(simd, re[1], im[1]),
                    ComplexVector::splat(simd, re[2], im[2]),
                    ComplexVector::splat(simd, re[3], im[3]),
                ]
            } else {
                [ComplexVector::splat(simd, T::default(), T::default()); 4]
            };
            let mut at = k;
            for m in run.m.clone() {
                if m > 0 {
                    let turn = ComplexVector {
                        re: comb[2 * m * parts + part],
                        im: comb[(2 * m + 1) * parts + part],
                    };
                    let (re, im) = (&re[at..at + 4], &im[at..at + 4]);
                    s0 = s0.plus_product(simd, turn, re[0], im[0]);
                    s1 = s1.plus_product(simd, turn, re[1], im[1]);
                    s2 = s2.plus_product(simd, turn, re[2], im[2]);
                    s3 = s3.plus_product(simd, turn, re[3], im[3]);
                }
                at += points;
            }
            let tilt = &tilt[2 * q * parts..2 * (q + 4) * parts];
            let to = &mut to[2 * q..2 * (q + 4)];
            let s0 = s0.times(simd, tilt[part], tilt[parts + part]);
            (to[0], to[1]) = (s0.re, s0.im);
            let s1 = s1.times(simd, tilt[2 * parts + part], tilt[3 * parts + part]);
            (to[2], to[3]) = (s1.re, s1.im);
            let s2 = s2.times(simd, tilt[4 * parts + part], tilt[5 * parts + part]);
            (to[4], to[5]) = (s2.re, s2.im);
            let s3 = s3.times(simd, tilt[6 * parts + part], tilt[7 * parts + part]);
            (to[6], to[7]) = (s3.re, s3.im);
            q += 4;
            k += 4;
        }
        while q < run.points.end {
            let mut sum = ComplexVector::splat(simd, T::default(), T::default());
            let mut at = k;
            for m in run.m.clone() {
                let turn =
                    ComplexVector { re: comb[2 * m * parts + part], im: comb[(2 * m + 1) * parts + part] };
                sum = sum.plus_product(simd, turn, re[at], im[at]);
                at += points;
            }
            let sum = sum.times(simd, tilt[2 * q * parts + part], tilt[(2 * q + 1) * parts + part]);
            (to[2 * q], to[2 * q + 1]) = (sum.re, sum.im);
            q += 1;
            k += 1;
        }
    }
}
