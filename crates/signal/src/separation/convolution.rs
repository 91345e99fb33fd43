//! Sums over all places where a filter lies wholly on a record, and what they are transposed.
//!
//! ```text
//! filter:    y[n] = Σ_l f[l] x[n + L-1 - l]        n = 0..N-L
//! correlate: g[l] = Σ_n z[n] x[n + L-1 - l]        l = 0..L-1
//! ```
//! Short filters by direct sums, many outputs at a time; filters of more than [`DIRECT_TAPS`] by FFTs of the
//! record's length, which need no zeros between: what wraps round is never taken.

use num_complex::Complex64;

use crate::error::Result;
use crate::fourier::fft::{RealFft, fast_length};
use crate::scratch::first;

/// Longest filter that is summed directly.
const DIRECT_TAPS: usize = 256;

/// Outputs, or parts of a sum, that are kept in registers.
const BLOCK: usize = 32;

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
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let (outputs, taps) = (y.len(), f.len());
            if outputs < BLOCK {
                for (n, y) in y.iter_mut().enumerate() {
                    *y = f.iter().zip(x[n..n + taps].iter().rev()).map(|(f, x)| f * x).sum();
                }
                return;
            }
            let mut start = 0;
            loop {
                let mut sums = [0.0; BLOCK];
                for (l, f) in f.iter().enumerate() {
                    if let Some(x) = x[start + taps - 1 - l..].first_chunk::<BLOCK>() {
                        for (s, x) in sums.iter_mut().zip(x) {
                            *s += f * x;
                        }
                    }
                }
                y[start..start + BLOCK].copy_from_slice(&sums);
                if start + BLOCK == outputs {
                    return;
                }
                // The last block overlaps the one before it: the same sums once more.
                start = (start + BLOCK).min(outputs - BLOCK);
            }
        },
    );
}

/// [`ValidConvolution::correlate`] by direct sums. `x` has `z.len() + g.len() - 1` values.
fn correlate_direct(x: &[f64], z: &[f64], g: &mut [f64]) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            let taps = g.len();
            for (l, g) in g.iter_mut().enumerate() {
                *g = dot(&x[taps - 1 - l..][..z.len()], z);
            }
        },
    );
}

/// Sum of products, in as many partial sums as a wide register holds. Fast inside of a dispatch.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<BLOCK>(), b.as_chunks::<BLOCK>());
    let mut sums = [0.0; BLOCK];
    for (a, b) in a.iter().zip(b) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    fold(&sums) + rest
}

/// Sum of the partial sums, halves onto halves.
#[inline(always)]
pub(crate) fn fold(sums: &[f64; BLOCK]) -> f64 {
    let mut sums = *sums;
    let mut width = BLOCK / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
}
