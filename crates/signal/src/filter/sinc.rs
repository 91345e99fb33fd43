//! Values of a record between its samples, low-passed where they are to be sparser than the samples.
//!
//! `y(t) = Σ_j x[j] h(j - t)` with `h` the ideal low-pass under a Kaiser taper: the filter of
//! [`Resampler`](crate::filter::Resampler), for times that need not lie on any grid. `h` is tabulated and read
//! by cubic interpolation, which adds an error under 1e-7 of the signal (-140 dB), below the filter's own
//! -100 dB; the weights of every value sum to exactly 1, so a constant stays one.

use std::f64::consts::PI;

use crate::filter::convolve::{LANES, dot};
use crate::fourier::window::bessel_i0;

/// Damping of the stop band that the filter is designed for, in dB.
const DAMPING_DB: f64 = 100.0;
/// Share of the band below the lower Nyquist frequency that passes unchanged.
const PASS_SHARE: f64 = 0.9;
/// Rows of the table for each sample of the slower of input and output.
const DENSITY: f64 = 128.0;
/// Fewest rows of the table for each sample of the input.
const FEWEST_ROWS: usize = 4;

/// The tabulated filter.
#[derive(Debug, Clone)]
pub(crate) struct SincTable {
    /// Samples before the one at or before the time asked for.
    reach: usize,
    /// Rows for each sample of the input.
    rows: usize,
    width: usize,
    /// Rows for the phases `-1/rows, 0, .., (rows + 1)/rows`.
    table: Vec<f64>,
}

impl SincTable {
    /// A table for outputs `stretch` input samples apart; at most 1 means that nothing is to be low-passed.
    /// `stretch` is finite and small enough that `stretch · 600` numbers are no burden.
    pub(crate) fn new(stretch: f64) -> Self {
        let stretch = stretch.max(1.0);
        let transition = (1.0 - PASS_SHARE) / stretch;
        let cutoff = 1.0 / stretch - transition / 2.0;
        let beta = 0.1102 * (DAMPING_DB - 8.7);
        let half = ((DAMPING_DB - 7.95) / (2.285 * PI * transition) / 2.0).ceil();
        let reach = half as usize + 1;
        let rows = ((DENSITY / stretch).ceil() as usize).max(FEWEST_ROWS);
        let width = (2 * reach + 2).next_multiple_of(LANES);
        let top = bessel_i0(beta);
        let mut table = vec![0.0; (rows + 3) * width];
        for (row, taps) in table.chunks_exact_mut(width).enumerate() {
            let phase = (row as f64 - 1.0) / rows as f64;
            let mut sum = 0.0;
            for (j, tap) in taps[..2 * reach + 2].iter_mut().enumerate() {
                let distance = j as f64 - reach as f64 - phase;
                let x = distance / half;
                if x.abs() < 1.0 {
                    let angle = PI * cutoff * distance;
                    let ideal = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
                    *tap = ideal * bessel_i0(beta * (1.0 - x * x).sqrt()) / top;
                    sum += *tap;
                }
            }
            taps.iter_mut().for_each(|tap| *tap /= sum);
        }
        Self { reach, rows, width, table }
    }

    /// Samples that the record has to be extended by in front.
    pub(crate) fn before(&self) -> usize {
        self.reach
    }

    /// Samples that the record has to be extended by behind, for times up to its last sample.
    pub(crate) fn behind(&self) -> usize {
        self.width
    }

    /// The value at `time`, in samples from the record's first one; `padded` is the record with
    /// [`before`](Self::before) and [`behind`](Self::behind) more. Times outside the record are moved to its
    /// ends.
    #[inline(always)]
    pub(crate) fn value(&self, padded: &[f64], time: f64) -> f64 {
        let last = padded.len() - self.reach - self.width - 1;
        let base = (time.max(0.0) as usize).min(last);
        let place = (time - base as f64).clamp(0.0, 1.0) * self.rows as f64;
        let row = (place as usize).min(self.rows - 1);
        let mu = place - row as f64;
        let weights = [
            -mu * (mu - 1.0) * (mu - 2.0) / 6.0,
            (mu + 1.0) * (mu - 1.0) * (mu - 2.0) / 2.0,
            -(mu + 1.0) * mu * (mu - 2.0) / 2.0,
            (mu + 1.0) * mu * (mu - 1.0) / 6.0,
        ];
        let samples = &padded[base..base + self.width];
        let rows = &self.table[row * self.width..(row + 4) * self.width];
        rows.chunks_exact(self.width).zip(weights).map(|(taps, weight)| weight * dot(taps, samples)).sum()
    }
}
