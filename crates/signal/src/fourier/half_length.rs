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

use std::fmt;
use std::sync::Arc;

use num_complex::Complex;
use pulp::Arch;
use pulp::bytemuck::{cast_slice, cast_slice_mut};
use rustfft::{Fft, FftPlanner};

use crate::sample::{Sample, remove_mean};
use crate::scratch::first;

/// Bins that are worked on together: so many that the compiler keeps loops over them, which it vectorises.
const BLOCK: usize = 64;

/// Tables for one even length.
#[derive(Clone)]
pub(crate) struct HalfLength<T: Sample> {
    half: usize,
    forward: Arc<dyn Fft<T>>,
    inverse: Arc<dyn Fft<T>>,
    /// Real and imaginary parts of `W` for `k = 0..=M/2`.
    turns: Arc<(Vec<T>, Vec<T>)>,
}

impl<T: Sample> fmt::Debug for HalfLength<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HalfLength").field("half", &self.half).finish_non_exhaustive()
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
    /// From bins that lie in ascending order and mirrored bins that lie in descending order.
    #[inline(always)]
    fn load(low: &[Complex<T>; BLOCK], high: &[Complex<T>; BLOCK]) -> Self {
        let zero = [T::default(); BLOCK];
        let mut pairs = Self { re: zero, im: zero, mirror_re: zero, mirror_im: zero };
        for i in 0..BLOCK {
            pairs.re[i] = low[i].re;
            pairs.im[i] = low[i].im;
        }
        for i in 0..BLOCK {
            pairs.mirror_re[i] = high[BLOCK - 1 - i].re;
            pairs.mirror_im[i] = high[BLOCK - 1 - i].im;
        }
        pairs
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

    /// Replaces every pair `Z[k], Z[M-k]` by what `of(Z[k], Z[M-k], W)` gives.
    #[inline(always)]
    fn replace(
        &mut self,
        turn_re: &[T; BLOCK],
        turn_im: &[T; BLOCK],
        of: impl Fn(Complex<T>, Complex<T>, Complex<T>) -> (Complex<T>, Complex<T>),
    ) {
        for i in 0..BLOCK {
            let (z, mirror) = of(
                Complex::new(self.re[i], self.im[i]),
                Complex::new(self.mirror_re[i], self.mirror_im[i]),
                Complex::new(turn_re[i], turn_im[i]),
            );
            (self.re[i], self.im[i]) = (z.re, z.im);
            (self.mirror_re[i], self.mirror_im[i]) = (mirror.re, mirror.im);
        }
    }
}

/// `(2E - 2iWD, conj(2E + 2iWD))`.
#[inline(always)]
fn real_pair<T: Sample>(z: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>) {
    let (even, odd) = (z + mirror.conj(), z - mirror.conj());
    let turned = Complex::new(w.re * odd.re - w.im * odd.im, w.re * odd.im + w.im * odd.re);
    let (re, im) = (turned.im, turned.re);
    (Complex::new(even.re + re, even.im - im), Complex::new(even.re - re, -(even.im + im)))
}

#[inline(always)]
fn amplitude<T: Sample>(re: T, im: T, scale: T) -> T {
    (re * re + im * im).sqrt() * scale
}

/// From `X[k]`, `X[M-k]` back to `2Z[k]`, `2Z[M-k]`.
#[inline(always)]
fn packed_pair<T: Sample>(x: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>) {
    let (even, odd) = (x + mirror.conj(), x - mirror.conj());
    let turned = Complex::new(w.re * odd.re + w.im * odd.im, w.re * odd.im - w.im * odd.re);
    (
        Complex::new(even.re - turned.im, even.im + turned.re),
        Complex::new(even.re + turned.im, turned.re - even.im),
    )
}

/// `(2W̄E - 2WD, -conj(2W̄E + 2WD))`.
#[inline(always)]
fn quadrature_pair<T: Sample>(z: Complex<T>, mirror: Complex<T>, w: Complex<T>) -> (Complex<T>, Complex<T>) {
    let (even, odd) = (z + mirror.conj(), z - mirror.conj());
    let a = Complex::new(w.re * even.re + w.im * even.im, w.re * even.im - w.im * even.re);
    let b = Complex::new(w.re * odd.re - w.im * odd.im, w.re * odd.im + w.im * odd.re);
    (Complex::new(a.re - b.re, a.im - b.im), Complex::new(-(a.re + b.re), a.im + b.im))
}

impl<T: Sample> HalfLength<T> {
    /// Tables for `len` samples, an even number above 0.
    pub(crate) fn new(len: usize) -> Self {
        let half = len / 2;
        let mut planner = FftPlanner::new();
        let angle = |k: usize| -std::f64::consts::TAU * k as f64 / len as f64;
        let turns = (
            (0..=half / 2).map(|k| T::narrow(angle(k).cos())).collect(),
            (0..=half / 2).map(|k| T::narrow(angle(k).sin())).collect(),
        );
        Self {
            half,
            forward: planner.plan_fft_forward(half),
            inverse: planner.plan_fft_inverse(half),
            turns: Arc::new(turns),
        }
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
        self.forward.process_with_scratch(packed, first(fft, self.forward.get_inplace_scratch_len()));
    }

    /// Inverse FFT of a packed spectrum in place, unscaled.
    pub(crate) fn inverse(&self, packed: &mut [Complex<T>], fft: &mut Vec<Complex<T>>) {
        self.inverse.process_with_scratch(packed, first(fft, self.inverse.get_inplace_scratch_len()));
    }

    /// Spectrum `X[0..=M]` from `Z[0..M]`, in place.
    pub(crate) fn unpack_spectrum(&self, bins: &mut [Complex<T>]) {
        let half = T::narrow(0.5);
        bins[self.half] = bins[0];
        self.pairs(
            bins,
            #[inline(always)]
            |x, mirror, w| {
                let (x, mirror) = real_pair(x, mirror, w);
                (Complex::new(x.re * half, x.im * half), Complex::new(mirror.re * half, mirror.im * half))
            },
        );
    }

    /// `2Z[0..M]` from the spectrum `X[0..=M]`, in place: its unscaled inverse gives `N` times the record.
    pub(crate) fn pack_spectrum(&self, bins: &mut [Complex<T>]) {
        self.pairs(bins, packed_pair);
    }

    /// `N` times the packed spectrum of the Hilbert transform, from `Z[0..M]` in `bins[0..=M]`, in place, times
    /// `scale/2`.
    pub(crate) fn quadrature(&self, bins: &mut [Complex<T>], scale: T) {
        self.pairs(
            bins,
            #[inline(always)]
            |z, mirror, w| quadrature_pair(z, mirror, Complex::new(w.re * scale, w.im * scale)),
        );
        bins[0] = Complex::default();
    }

    /// `scale·2|X[k]|`, for as many lines as the output holds, from `Z[0..M]` in `bins[0..=M]`.
    pub(crate) fn amplitudes(&self, bins: &mut [Complex<T>], scale: T, output: &mut [T]) {
        let half = self.half;
        bins[half] = bins[0];
        let (turn_re, turn_im) = &*self.turns;
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let lines = output.len().min(half + 1);
                let mut done = 0;
                if lines == half + 1 {
                    let pairs = (half + 1) / 2;
                    let (low, high) = bins.split_at(half + 1 - pairs);
                    let (low_out, high_out) = output.split_at_mut(half + 1 - pairs);
                    let blocks =
                        low.as_chunks::<BLOCK>().0.iter().zip(high.as_rchunks::<BLOCK>().1.iter().rev());
                    let turns = turn_re.as_chunks::<BLOCK>().0.iter().zip(turn_im.as_chunks::<BLOCK>().0);
                    let outputs = low_out
                        .as_chunks_mut::<BLOCK>()
                        .0
                        .iter_mut()
                        .zip(high_out.as_rchunks_mut::<BLOCK>().1.iter_mut().rev());
                    for (((low, high), (re, im)), (low_out, high_out)) in blocks.zip(turns).zip(outputs) {
                        let mut pairs = Pairs::load(low, high);
                        pairs.replace(re, im, real_pair);
                        for i in 0..BLOCK {
                            low_out[i] = amplitude(pairs.re[i], pairs.im[i], scale);
                        }
                        let mut mirrored = [T::default(); BLOCK];
                        for i in 0..BLOCK {
                            mirrored[i] = amplitude(pairs.mirror_re[i], pairs.mirror_im[i], scale);
                        }
                        for i in 0..BLOCK {
                            high_out[BLOCK - 1 - i] = mirrored[i];
                        }
                        done += BLOCK;
                    }
                }
                for k in done..=half / 2 {
                    let w = Complex::new(turn_re[k], turn_im[k]);
                    let (x, mirror) = real_pair(bins[k], bins[half - k], w);
                    if let Some(line) = output.get_mut(half - k) {
                        *line = amplitude(mirror.re, mirror.im, scale);
                    }
                    if let Some(line) = output.get_mut(k) {
                        *line = amplitude(x.re, x.im, scale);
                    }
                }
            },
        );
    }

    /// Replaces bins `k` and `M - k` of `bins[0..=M]` by what `of(Z[k], Z[M-k], W)` gives, for `k = 0..=M/2`.
    #[inline]
    fn pairs(
        &self,
        bins: &mut [Complex<T>],
        of: impl Fn(Complex<T>, Complex<T>, Complex<T>) -> (Complex<T>, Complex<T>),
    ) {
        let half = self.half;
        let (turn_re, turn_im) = &*self.turns;
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let mut done = 0;
                let (low, high) = bins[..=half].split_at_mut(half + 1 - (half + 1) / 2);
                let low = low.as_chunks_mut::<BLOCK>().0.iter_mut();
                let blocks = low.zip(high.as_rchunks_mut::<BLOCK>().1.iter_mut().rev());
                let turns = turn_re.as_chunks::<BLOCK>().0.iter().zip(turn_im.as_chunks::<BLOCK>().0);
                for ((low, high), (re, im)) in blocks.zip(turns) {
                    let mut pairs = Pairs::load(low, high);
                    pairs.replace(re, im, &of);
                    pairs.store(low, high);
                    done += BLOCK;
                }
                for k in done..=half / 2 {
                    let w = Complex::new(turn_re[k], turn_im[k]);
                    let (z, mirror) = of(bins[k], bins[half - k], w);
                    bins[half - k] = mirror;
                    bins[k] = z;
                }
            },
        );
    }
}

/// `x² + h²` of samples and their packed Hilbert transform, in its place, less its mean.
pub(crate) fn squared_magnitude<T: Sample>(input: &[T], packed: &mut [Complex<T>]) {
    let squared: &mut [T] = cast_slice_mut(packed);
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (e, x) in squared.iter_mut().zip(input) {
                *e = *x * *x + *e * *e;
            }
        },
    );
    remove_mean(squared);
}
