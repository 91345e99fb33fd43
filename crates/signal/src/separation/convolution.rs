//! Sums over all places where a filter lies wholly on a record, and what they are transposed.
//!
//! ```text
//! filter:    y[n] = Σ_l f[l] x[n + L-1 - l]        n = 0..N-L
//! correlate: g[l] = Σ_n z[n] x[n + L-1 - l]        l = 0..L-1
//! ```
//! Short filters by direct sums, many outputs at a time; filters of more than [`DIRECT_TAPS`] by FFTs of the
//! record's length, which need no zeros between: what wraps round is never taken.

use num_complex::Complex64;
use pulp::{Simd, WithSimd};

use crate::error::Result;
use crate::fourier::fft::{RealFft, fast_length};
use crate::instruction_set::widest;
use crate::scratch::first;

/// Longest filter that is summed directly. Both forms took as long at 64 coefficients on 2048 samples and at 32 on
/// 16,384 and 120,000.
const DIRECT_TAPS: usize = 48;

/// Working memory of [`ValidConvolution`].
#[derive(Debug, Clone, Default)]
pub(crate) struct ConvolutionMemory {
    record: Vec<f64>,
    /// Spectrum of the record, kept from [`ValidConvolution::prepare`] on.
    spectrum: Vec<Complex64>,
    product: Vec<Complex64>,
    fft: Vec<Complex64>,
}

/// Filters of one length on records of one length.
#[derive(Debug, Clone)]
pub(crate) struct ValidConvolution {
    taps: usize,
    fft: Option<RealFft<f64>>,
}

impl ValidConvolution {
    /// For `len` samples and `taps` coefficients, `1 <= taps <= len`.
    pub(crate) fn new(len: usize, taps: usize) -> Result<Self> {
        let fft = (taps > DIRECT_TAPS).then(|| RealFft::new(fast_length(len))).transpose()?;
        Ok(Self { taps, fft })
    }

    /// Has to be called once for each record before the others.
    pub(crate) fn prepare(&self, x: &[f64], memory: &mut ConvolutionMemory) -> Result<()> {
        let Some(plan) = &self.fft else { return Ok(()) };
        let ConvolutionMemory { record, spectrum, fft, .. } = memory;
        let record = first(record, plan.len());
        record[..x.len()].copy_from_slice(x);
        record[x.len()..].fill(0.0);
        plan.forward_consuming(record, first(spectrum, plan.bins()), fft)
    }

    /// `y` (`N - L + 1` values) from the record that was prepared and the filter.
    pub(crate) fn filter(
        &self,
        x: &[f64],
        f: &[f64],
        y: &mut [f64],
        memory: &mut ConvolutionMemory,
    ) -> Result<()> {
        let Some(plan) = &self.fft else {
            filter_direct(x, f, y);
            return Ok(());
        };
        let ConvolutionMemory { record, spectrum, product, fft } = memory;
        let record = first(record, plan.len());
        record.fill(0.0);
        record[..f.len()].copy_from_slice(f);
        let product = first(product, plan.bins());
        plan.forward_consuming(record, product, fft)?;
        product.iter_mut().zip(&*spectrum).for_each(|(p, x)| *p *= x);
        plan.inverse_consuming(product, record, fft)?;
        let scale = 1.0 / plan.len() as f64;
        y.iter_mut().zip(&record[self.taps - 1..]).for_each(|(y, v)| *y = v * scale);
        Ok(())
    }

    /// `g` (`L` values) from the record that was prepared and `z` (`N - L + 1` values).
    pub(crate) fn correlate(
        &self,
        x: &[f64],
        z: &[f64],
        g: &mut [f64],
        memory: &mut ConvolutionMemory,
    ) -> Result<()> {
        let Some(plan) = &self.fft else {
            correlate_direct(x, z, g);
            return Ok(());
        };
        let ConvolutionMemory { record, spectrum, product, fft } = memory;
        let record = first(record, plan.len());
        record.fill(0.0);
        record[self.taps - 1..][..z.len()].copy_from_slice(z);
        let product = first(product, plan.bins());
        plan.forward_consuming(record, product, fft)?;
        product.iter_mut().zip(&*spectrum).for_each(|(p, x)| *p *= x.conj());
        plan.inverse_consuming(product, record, fft)?;
        let scale = 1.0 / plan.len() as f64;
        g.iter_mut().zip(&*record).for_each(|(g, v)| *g = v * scale);
        Ok(())
    }
}

/// [`ValidConvolution::filter`] by direct sums. `x` has `y.len() + f.len() - 1` values.
pub(crate) fn filter_direct(x: &[f64], f: &[f64], y: &mut [f64]) {
    widest().dispatch(Filter { x, f, y });
}

/// [`ValidConvolution::correlate`] by direct sums. `x` has `z.len() + g.len() - 1` values.
pub(crate) fn correlate_direct(x: &[f64], z: &[f64], g: &mut [f64]) {
    widest().dispatch(Correlate { x, z, g });
}

struct Filter<'a> {
    x: &'a [f64],
    f: &'a [f64],
    y: &'a mut [f64],
}

impl WithSimd for Filter<'_> {
    type Output = ();

    /// Eight registers of neighbouring outputs at a time; every coefficient is added to all of them.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, f, y } = self;
        let (outputs, taps, block) = (y.len(), f.len(), 8 * S::F64_LANES);
        if outputs < block {
            for (n, y) in y.iter_mut().enumerate() {
                *y = f.iter().zip(x[n..n + taps].iter().rev()).map(|(f, x)| f * x).sum();
            }
            return;
        }
        let mut start = 0;
        loop {
            let mut sums = [simd.splat_f64s(0.0); 8];
            let [a, b, c, d, e, g, h, i] = &mut sums;
            for (l, f) in f.iter().enumerate() {
                let (x, _) = S::as_simd_f64s(&x[start + taps - 1 - l..][..block]);
                let &[xa, xb, xc, xd, xe, xg, xh, xi] = x else { continue };
                let f = simd.splat_f64s(*f);
                *a = simd.mul_add_e_f64s(f, xa, *a);
                *b = simd.mul_add_e_f64s(f, xb, *b);
                *c = simd.mul_add_e_f64s(f, xc, *c);
                *d = simd.mul_add_e_f64s(f, xd, *d);
                *e = simd.mul_add_e_f64s(f, xe, *e);
                *g = simd.mul_add_e_f64s(f, xg, *g);
                *h = simd.mul_add_e_f64s(f, xh, *h);
                *i = simd.mul_add_e_f64s(f, xi, *i);
            }
            let (y, _) = S::as_mut_simd_f64s(&mut y[start..start + block]);
            y.copy_from_slice(&sums);
            if start + block == outputs {
                return;
            }
            // The last block overlaps the one before it: the same sums once more.
            start = (start + block).min(outputs - block);
        }
    }
}

struct Correlate<'a> {
    x: &'a [f64],
    z: &'a [f64],
    g: &'a mut [f64],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    /// Four lags at a time, two registers each, so that `z` is read once for four.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, z, g } = self;
        let (taps, n) = (g.len(), z.len());
        let (whole, rest) = (n - n % (2 * S::F64_LANES), n % (2 * S::F64_LANES));
        let mut fours = g.chunks_exact_mut(4);
        let mut lag = 0;
        for four in &mut fours {
            let rows = [0, 1, 2, 3].map(|i| &x[taps - 1 - lag - i..][..n]);
            let mut sums = [[simd.splat_f64s(0.0); 2]; 4];
            let (z_vectors, _) = S::as_simd_f64s(&z[..whole]);
            let vectors = rows.map(|row| S::as_simd_f64s(&row[..whole]).0);
            for (i, z) in z_vectors.chunks_exact(2).enumerate() {
                for (sums, row) in sums.iter_mut().zip(&vectors) {
                    if let Some(&[a, b]) = row.get(2 * i..2 * i + 2).and_then(|pair| pair.first_chunk()) {
                        sums[0] = simd.mul_add_e_f64s(z[0], a, sums[0]);
                        sums[1] = simd.mul_add_e_f64s(z[1], b, sums[1]);
                    }
                }
            }
            for ((g, sums), row) in four.iter_mut().zip(sums).zip(rows) {
                let tail: f64 = row[n - rest..].iter().zip(&z[n - rest..]).map(|(x, z)| x * z).sum();
                *g = simd.reduce_sum_f64s(simd.add_f64s(sums[0], sums[1])) + tail;
            }
            lag += 4;
        }
        for g in fours.into_remainder() {
            *g = dot(simd, &x[taps - 1 - lag..][..n], z);
            lag += 1;
        }
    }
}

/// Sum of products of two slices of one length.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (S::as_simd_f64s(a), S::as_simd_f64s(b));
    let mut sums = [simd.splat_f64s(0.0); 8];
    let (mut eights_a, mut eights_b) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in (&mut eights_a).zip(&mut eights_b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum = simd.mul_add_e_f64s(*a, *b, *sum);
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(eights_a.remainder()).zip(eights_b.remainder()) {
        *sum = simd.mul_add_e_f64s(*a, *b, *sum);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    fold(simd, sums) + rest
}

/// Sum of all lanes.
#[inline(always)]
pub(crate) fn fold<S: Simd>(simd: S, sums: [S::f64s; 8]) -> f64 {
    let [a, b, c, d, e, f, g, h] = sums;
    let pair = |a, b| simd.add_f64s(a, b);
    simd.reduce_sum_f64s(pair(pair(pair(a, b), pair(c, d)), pair(pair(e, f), pair(g, h))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn wave(n: usize, seed: f64) -> Vec<f64> {
        (0..n).map(|i| ((i as f64 + seed) * 1.7).sin() + ((i * i) as f64 * 0.3).cos()).collect()
    }

    #[test]
    fn direct_sums_and_transforms_agree_with_plain_loops() {
        for (len, taps) in [(1, 1), (5, 5), (40, 3), (100, 69), (600, 257), (700, 700), (1000, 300)] {
            let (x, f) = (wave(len, 0.3), wave(taps, 0.7));
            let z = wave(len - taps + 1, 0.1);
            let plan = ValidConvolution::new(len, taps).unwrap();
            let mut memory = ConvolutionMemory::default();
            plan.prepare(&x, &mut memory).unwrap();
            let (mut y, mut g) = (vec![0.0; z.len()], vec![0.0; taps]);
            plan.filter(&x, &f, &mut y, &mut memory).unwrap();
            plan.correlate(&x, &z, &mut g, &mut memory).unwrap();
            for n in 0..y.len() {
                let plain: f64 = (0..taps).map(|l| f[l] * x[n + taps - 1 - l]).sum();
                assert!((y[n] - plain).abs() < 1e-10, "{len} {taps} {n}: {} {plain}", y[n]);
            }
            for l in 0..taps {
                let plain: f64 = (0..z.len()).map(|n| z[n] * x[n + taps - 1 - l]).sum();
                assert!((g[l] - plain).abs() < 1e-10, "{len} {taps} {l}: {} {plain}", g[l]);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn wide_registers_and_the_portable_path_agree(
            x in prop::collection::vec(-1.0..1.0_f64, 1..600), share in 0.0..1.0_f64,
        ) {
            let taps = 1 + (share * (x.len() - 1) as f64) as usize;
            let n = x.len() + 1 - taps;
            let (f, z) = (wave(taps, 0.7), wave(n, 0.1));
            let (mut wide, mut plain) = (vec![0.0; n], vec![0.0; n]);
            filter_direct(&x, &f, &mut wide);
            Filter { x: &x, f: &f, y: &mut plain }.with_simd(pulp::Scalar);
            prop_assert!(wide.iter().zip(&plain).all(|(a, b)| (a - b).abs() <= 1e-15 * taps as f64));
            let (mut wide, mut plain) = (vec![0.0; taps], vec![0.0; taps]);
            correlate_direct(&x, &z, &mut wide);
            Correlate { x: &x, z: &z, g: &mut plain }.with_simd(pulp::Scalar);
            prop_assert!(wide.iter().zip(&plain).all(|(a, b)| (a - b).abs() <= 1e-15 * n as f64));
        }
    }
}
