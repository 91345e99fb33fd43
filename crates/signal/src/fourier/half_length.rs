//! The FFT of an even number of real samples as one complex FFT of half the length.
//!
//! `N = 2M` samples are packed as `z[j] = x[2j] + i x[2j+1]`. With `E = (Z[k] + conj Z[M-k])/2`,
//! `D = (Z[k] - conj Z[M-k])/2`, `W = e^{-2πi k/N}`:
//!
//! * the real transform is `X[k] = E - iWD`, `X[M-k] = conj(E + iWD)`;
//! * the packed Hilbert transform is `Z'[k] = W̄E - WD`, `Z'[M-k] = -conj(W̄E + WD)`, `Z'[0] = 0`, so it needs no
//!   real spectrum in between.
//!
//! Each goes through bins `k` and `M - k` together, `k = 0..=M/2`. The loops are plain ones over blocks of
//! [`BLOCK`] bins, compiled for every vector width.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices are vectorised; iterators are not inlined into code for a wider processor"
)]

use std::fmt;
use std::sync::Arc;

use num_complex::Complex;
use pulp::bytemuck::{cast_slice, cast_slice_mut};
use pulp::{Simd, WithSimd};
use rustfft::FftDirection;

use crate::fourier::directions::Directions;
use crate::instruction_set::widest;
use crate::sample::{Sample, remove_mean};

/// Bins that are worked on together: so many that the compiler keeps loops over them, which it vectorises.
const BLOCK: usize = 64;

/// Tables for one even length.
#[derive(Clone)]
pub(crate) struct HalfLength<T: Sample> {
    half: usize,
    complex: Directions<T>,
    /// Real and imaginary parts of `W` for `k = 0..=M/2`.
    turns: Arc<(Vec<T>, Vec<T>)>,
}

impl<T: Sample> fmt::Debug for HalfLength<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HalfLength").field("half", &self.half).finish_non_exhaustive()
    }
}

/// What becomes of bins `k` and `M - k`.
trait PairMap<T>: Copy {
    fn of(self, z: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>);
}

/// `(E - iWD, conj(E + iWD))` times a number.
#[derive(Clone, Copy)]
struct ToReal<T>(T);

impl<T: Sample> PairMap<T> for ToReal<T> {
    #[inline(always)]
    fn of(self, z: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>) {
        let (even_re, even_im) = ((z.re + mirror.re) * self.0, (z.im - mirror.im) * self.0);
        let (odd_re, odd_im) = ((z.re - mirror.re) * self.0, (z.im + mirror.im) * self.0);
        let (re, im) = (w.re * odd_re - w.im * odd_im, w.re * odd_im + w.im * odd_re);
        (Complex::new(even_re + im, even_im - re), Complex::new(even_re - im, -even_im - re))
    }
}

/// From `X[k]`, `X[M-k]` back to `2Z[k]`, `2Z[M-k]`.
#[derive(Clone, Copy)]
struct ToPacked;

impl<T: Sample> PairMap<T> for ToPacked {
    #[inline(always)]
    fn of(self, x: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>) {
        let (even_re, even_im) = (x.re + mirror.re, x.im - mirror.im);
        let (odd_re, odd_im) = (x.re - mirror.re, x.im + mirror.im);
        let (re, im) = (w.re * odd_re + w.im * odd_im, w.re * odd_im - w.im * odd_re);
        (Complex::new(even_re - im, even_im + re), Complex::new(even_re + im, re - even_im))
    }
}

/// `(W̄E - WD, -conj(W̄E + WD))` times a number.
#[derive(Clone, Copy)]
struct ToQuadrature<T>(T);

impl<T: Sample> PairMap<T> for ToQuadrature<T> {
    #[inline(always)]
    fn of(self, z: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>) {
        let (w_re, w_im) = (w.re * self.0, w.im * self.0);
        let (even_re, even_im) = (z.re + mirror.re, z.im - mirror.im);
        let (odd_re, odd_im) = (z.re - mirror.re, z.im + mirror.im);
        let (a_re, a_im) = (w_re * even_re + w_im * even_im, w_re * even_im - w_im * even_re);
        let (b_re, b_im) = (w_re * odd_re - w_im * odd_im, w_re * odd_im + w_im * odd_re);
        (Complex::new(a_re - b_re, a_im - b_im), Complex::new(-a_re - b_re, a_im + b_im))
    }
}

/// Bins `k` and `M - k` of a block as separate real and imaginary parts.
struct Pairs<T> {
    re: [T; BLOCK],
    im: [T; BLOCK],
    mirror_re: [T; BLOCK],
    mirror_im: [T; BLOCK],
}

impl<T: Sample> Pairs<T> {
    #[inline(always)]
    fn new() -> Self {
        let zero = [T::default(); BLOCK];
        Self { re: zero, im: zero, mirror_re: zero, mirror_im: zero }
    }

    /// From bins that lie in ascending order and mirrored bins that lie in descending order.
    #[inline(always)]
    fn load(&mut self, low: &[Complex<T>; BLOCK], high: &[Complex<T>; BLOCK]) {
        for i in 0..BLOCK {
            self.re[i] = low[i].re;
            self.im[i] = low[i].im;
        }
        for i in 0..BLOCK {
            self.mirror_re[i] = high[BLOCK - 1 - i].re;
            self.mirror_im[i] = high[BLOCK - 1 - i].im;
        }
    }

    #[inline(always)]
    fn store(&self, low: &mut [Complex<T>; BLOCK], high: &mut [Complex<T>; BLOCK]) {
        for i in 0..BLOCK {
            low[i] = Complex::new(self.re[i], self.im[i]);
        }
        for i in 0..BLOCK {
            high[BLOCK - 1 - i] = Complex::new(self.mirror_re[i], self.mirror_im[i]);
        }
    }

    #[inline(always)]
    fn replace(&mut self, turn_re: &[T; BLOCK], turn_im: &[T; BLOCK], map: impl PairMap<T>) {
        for i in 0..BLOCK {
            let (z, mirror) = map.of(
                Complex::new(self.re[i], self.im[i]),
                Complex::new(self.mirror_re[i], self.mirror_im[i]),
                Complex::new(turn_re[i], turn_im[i]),
            );
            self.re[i] = z.re;
            self.im[i] = z.im;
            self.mirror_re[i] = mirror.re;
            self.mirror_im[i] = mirror.im;
        }
    }
}

/// Replaces bins `k` and `M - k` of `bins[0..=M]` by what the map says, for `k = 0..=M/2`.
struct InPlace<'a, T, M> {
    bins: &'a mut [Complex<T>],
    turns: &'a (Vec<T>, Vec<T>),
    map: M,
}

impl<T: Sample, M: PairMap<T>> WithSimd for InPlace<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let half = self.bins.len() - 1;
        let (turn_re, turn_im) = self.turns;
        let (low, high) = self.bins.split_at_mut(half + 1 - half.div_ceil(2));
        let (low, high) = (low.as_chunks_mut::<BLOCK>().0, high.as_rchunks_mut::<BLOCK>().1);
        let (blocks_re, blocks_im) = (turn_re.as_chunks::<BLOCK>().0, turn_im.as_chunks::<BLOCK>().0);
        let blocks = high.len();
        let mut pairs = Pairs::new();
        for b in 0..blocks {
            let (low, high) = (&mut low[b], &mut high[blocks - 1 - b]);
            pairs.load(low, high);
            pairs.replace(&blocks_re[b], &blocks_im[b], self.map);
            pairs.store(low, high);
        }
        for k in blocks * BLOCK..=half / 2 {
            let w = Complex::new(turn_re[k], turn_im[k]);
            let (z, mirror) = self.map.of(self.bins[k], self.bins[half - k], w);
            self.bins[half - k] = mirror;
            self.bins[k] = z;
        }
    }
}

/// Magnitudes of what the map makes of bins `k` and `M - k` of `bins[0..=M]`.
struct Magnitudes<'a, T, M> {
    bins: &'a [Complex<T>],
    turns: &'a (Vec<T>, Vec<T>),
    map: M,
    output: &'a mut [T],
}

impl<T: Sample, M: PairMap<T>> WithSimd for Magnitudes<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let half = self.bins.len() - 1;
        let (turn_re, turn_im) = self.turns;
        let middle = half + 1 - half.div_ceil(2);
        let mut blocks = 0;
        if self.output.len() == half + 1 {
            let (low, high) = self.bins.split_at(middle);
            let (low, high) = (low.as_chunks::<BLOCK>().0, high.as_rchunks::<BLOCK>().1);
            let (low_out, high_out) = self.output.split_at_mut(middle);
            let (low_out, high_out) =
                (low_out.as_chunks_mut::<BLOCK>().0, high_out.as_rchunks_mut::<BLOCK>().1);
            let (blocks_re, blocks_im) = (turn_re.as_chunks::<BLOCK>().0, turn_im.as_chunks::<BLOCK>().0);
            blocks = high.len();
            let mut pairs = Pairs::new();
            for b in 0..blocks {
                pairs.load(&low[b], &high[blocks - 1 - b]);
                pairs.replace(&blocks_re[b], &blocks_im[b], self.map);
                let (low_out, high_out) = (&mut low_out[b], &mut high_out[blocks - 1 - b]);
                for i in 0..BLOCK {
                    low_out[i] = magnitude(pairs.re[i], pairs.im[i]);
                }
                for i in 0..BLOCK {
                    high_out[BLOCK - 1 - i] = magnitude(pairs.mirror_re[i], pairs.mirror_im[i]);
                }
            }
        }
        for k in blocks * BLOCK..=half / 2 {
            let w = Complex::new(turn_re[k], turn_im[k]);
            let (x, mirror) = self.map.of(self.bins[k], self.bins[half - k], w);
            if let Some(line) = self.output.get_mut(half - k) {
                *line = magnitude(mirror.re, mirror.im);
            }
            if let Some(line) = self.output.get_mut(k) {
                *line = magnitude(x.re, x.im);
            }
        }
    }
}

#[inline(always)]
fn magnitude<T: Sample>(re: T, im: T) -> T {
    (re * re + im * im).sqrt()
}

/// `x² + e²` in the place of `e`.
struct SumOfSquares<'a, T> {
    input: &'a [T],
    squared: &'a mut [T],
}

impl<T: Sample> WithSimd for SumOfSquares<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let input = &self.input[..self.squared.len()];
        for i in 0..self.squared.len() {
            self.squared[i] = input[i] * input[i] + self.squared[i] * self.squared[i];
        }
    }
}

/// Real and imaginary parts of `e^{-πi k/M}` for `k = 0..=M/2`: up to a quarter of a turn. What lies beyond an eighth is
/// mirrored at it.
fn turns<T: Sample>(half: usize) -> (Vec<T>, Vec<T>) {
    let last = half / 2;
    let told = if half.is_multiple_of(2) { last / 2 } else { last };
    let (mut re, mut im) = (vec![T::default(); last + 1], vec![T::default(); last + 1]);
    for k in 0..=told {
        let (sin, cos) = (std::f64::consts::PI * k as f64 / half as f64).sin_cos();
        (re[k], im[k]) = (T::narrow(cos), T::narrow(-sin));
        if told < last {
            (re[last - k], im[last - k]) = (T::narrow(sin), T::narrow(-cos));
        }
    }
    (re, im)
}

impl<T: Sample> HalfLength<T> {
    /// Tables for `len` samples, an even number above 0.
    pub(crate) fn new(len: usize) -> Self {
        let half = len / 2;
        Self { half, complex: Directions::new(half), turns: Arc::new(turns(half)) }
    }

    /// Complex numbers of the packed record.
    pub(crate) fn half(&self) -> usize {
        self.half
    }

    /// Packs samples.
    pub(crate) fn pack(&self, input: &[T], packed: &mut [Complex<T>]) {
        packed[..self.half].copy_from_slice(cast_slice(input));
    }

    /// Samples of a packed record.
    pub(crate) fn unpack(&self, packed: &[Complex<T>], output: &mut [T]) {
        output.copy_from_slice(cast_slice(&packed[..self.half]));
    }

    /// FFT of a packed record in place, unscaled.
    pub(crate) fn forward(&self, packed: &mut [Complex<T>], fft: &mut Vec<Complex<T>>) {
        self.complex.process(FftDirection::Forward, packed, fft);
    }

    /// Inverse FFT of a packed spectrum in place, unscaled.
    pub(crate) fn inverse(&self, packed: &mut [Complex<T>], fft: &mut Vec<Complex<T>>) {
        self.complex.process(FftDirection::Inverse, packed, fft);
    }

    /// Spectrum `X[0..=M]` from `Z[0..M]`, in place.
    pub(crate) fn unpack_spectrum(&self, bins: &mut [Complex<T>]) {
        bins[self.half] = bins[0];
        self.in_place(bins, ToReal(T::narrow(0.5)));
    }

    /// `2Z[0..M]` from the spectrum `X[0..=M]`, in place: its unscaled inverse gives `N` times the record.
    pub(crate) fn pack_spectrum(&self, bins: &mut [Complex<T>]) {
        self.in_place(bins, ToPacked);
    }

    /// Packed spectrum of the Hilbert transform from `Z[0..M]` in `bins[0..=M]`, in place, divided by `M` for the
    /// unscaled inverse.
    pub(crate) fn quadrature(&self, bins: &mut [Complex<T>]) {
        self.in_place(bins, ToQuadrature(T::narrow(0.5 / self.half as f64)));
        bins[0] = Complex::default();
    }

    /// `2|X[k]|/N`, for as many lines as the output holds, from `Z[0..M]` in `bins[0..=M]`.
    pub(crate) fn amplitudes(&self, bins: &mut [Complex<T>], output: &mut [T]) {
        bins[self.half] = bins[0];
        let (bins, turns, map) =
            (&bins[..=self.half], &*self.turns, ToReal(T::narrow(0.5 / self.half as f64)));
        widest().dispatch(Magnitudes { bins, turns, map, output });
    }

    fn in_place(&self, bins: &mut [Complex<T>], map: impl PairMap<T>) {
        widest().dispatch(InPlace { bins: &mut bins[..=self.half], turns: &self.turns, map });
    }
}

/// `x² + h²` of samples and their packed Hilbert transform, in its place, less its mean.
pub(crate) fn squared_magnitude<T: Sample>(input: &[T], packed: &mut [Complex<T>]) {
    let squared: &mut [T] = cast_slice_mut(packed);
    widest().dispatch(SumOfSquares { input, squared });
    remove_mean(squared);
}
