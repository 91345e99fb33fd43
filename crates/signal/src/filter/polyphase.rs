//! A change of the rate by a ratio of whole numbers: the engine below the resamplers.
//!
//! Between the samples `up - 1` zeros are put, an FIR filter runs, and of its outputs every `down`-th is kept.
//! Only products with samples that are not 0 are formed, and only for outputs that are kept: the filter is cut
//! into `up` phases, each a short contiguous row of taps.

use crate::filter::convolve::{LANES, dot};
use crate::filter::ends::Ends;
use crate::instruction_set::widest;
use crate::sample::Sample;

/// An FIR filter of odd length at `up` times the input's rate, cut into its `up` phases, of which every
/// `down`-th output is computed. Output 0 lies at the time of input 0.
#[derive(Debug, Clone)]
pub(crate) struct Polyphase {
    pub(crate) up: usize,
    pub(crate) down: usize,
    /// Input samples that a phase reaches to either side of the sample at or before its output.
    reach: usize,
    /// Length of a row: `2 reach + 1` and as many zeros as make it whole lanes.
    width: usize,
    /// `up` rows of taps, in the order of the input.
    phases: Vec<f64>,
}

impl Polyphase {
    /// `taps` is symmetric, of odd length, with a sum of 1.
    pub(crate) fn new(up: usize, down: usize, taps: &[f64]) -> Self {
        let half = taps.len() / 2;
        let reach = half.div_ceil(up);
        let width = (2 * reach + 1).next_multiple_of(LANES);
        let mut phases = vec![0.0; up * width];
        for (phase, row) in phases.chunks_exact_mut(width).enumerate() {
            for (step, value) in row[..=2 * reach].iter_mut().enumerate() {
                // Distance from output to input on the fine grid, shifted so that it cannot be negative.
                let distance = step * up + half;
                let tap = distance.checked_sub(reach * up + phase).and_then(|index| taps.get(index));
                *value = tap.map_or(0.0, |tap| tap * up as f64);
            }
        }
        Self { up, down, reach, width, phases }
    }

    /// Number of outputs for `len` samples: `len · up / down`, rounded up.
    pub(crate) fn output_len(&self, len: usize) -> usize {
        let outputs = (len as u128 * self.up as u128).div_ceil(self.down as u128);
        usize::try_from(outputs).unwrap_or(usize::MAX)
    }

    /// Fills `output`, which has [`output_len`](Self::output_len) values; `wide` is working memory.
    pub(crate) fn apply<S: Sample, T: Sample>(
        &self,
        samples: &[S],
        ends: Ends,
        output: &mut [T],
        wide: &mut Vec<f64>,
    ) {
        let padded = ends.extend(samples, self.reach, self.width - 1 - self.reach, wide);
        widest().dispatch(
            #[inline(always)]
            || self.rows(padded, output),
        );
    }

    #[inline(always)]
    fn rows<T: Sample>(&self, padded: &[f64], output: &mut [T]) {
        let (whole, part) = (self.down / self.up, self.down % self.up);
        let (mut start, mut phase) = (0, 0);
        for y in output {
            let row = &self.phases[phase * self.width..][..self.width];
            *y = T::narrow(dot(row, &padded[start..start + self.width]));
            start += whole;
            phase += part;
            if phase >= self.up {
                phase -= self.up;
                start += 1;
            }
        }
    }
}
