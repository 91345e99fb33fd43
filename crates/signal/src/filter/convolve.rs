//! Sliding sums of products: the inner loops of the filters of finite length.

use crate::instruction_set::widest;
use crate::sample::Sample;

/// Outputs that are summed side by side.
const BLOCK: usize = 32;

/// `output[n] = Σ_k taps[k] x[n + k]`; `samples` holds at least `output.len() + taps.len() - 1` values. Each
/// output is summed in the order of the taps: the same bits on every machine.
pub(crate) fn slide<T: Sample>(samples: &[f64], taps: &[f64], output: &mut [T]) {
    widest().dispatch(
        #[inline(always)]
        || slide_inner(samples, taps, output),
    );
}

#[inline(always)]
fn slide_inner<T: Sample>(samples: &[f64], taps: &[f64], output: &mut [T]) {
    let mut start = 0;
    for output in output.chunks_mut(BLOCK) {
        let mut sums = [0.0; BLOCK];
        if output.len() == BLOCK {
            for (samples, tap) in samples[start..].windows(BLOCK).zip(taps) {
                for (sum, x) in sums.iter_mut().zip(samples) {
                    *sum += tap * x;
                }
            }
        } else {
            for (k, tap) in taps.iter().enumerate() {
                for (sum, x) in sums.iter_mut().zip(&samples[start + k..][..output.len()]) {
                    *sum += tap * x;
                }
            }
        }
        for (y, sum) in output.iter_mut().zip(sums) {
            *y = T::narrow(sum);
        }
        start += BLOCK;
    }
}

/// Lanes that a sum of products is kept in.
pub(crate) const LANES: usize = 8;

/// Sum of products of two slices whose length is a multiple of [`LANES`], in interleaved partial sums: the
/// same bits on every machine.
#[inline(always)]
pub(crate) fn dot(taps: &[f64], samples: &[f64]) -> f64 {
    let (mut even, mut odd) = ([0.0; LANES], [0.0; LANES]);
    let (taps, _) = taps.as_chunks::<LANES>();
    let (samples, _) = samples.as_chunks::<LANES>();
    let (pairs, tap) = taps.as_chunks::<2>();
    let (sample_pairs, sample) = samples.as_chunks::<2>();
    // Plain loops: closures in here would not be compiled for the vector instructions at hand.
    for (taps, samples) in pairs.iter().zip(sample_pairs) {
        for lane in 0..LANES {
            even[lane] += taps[0][lane] * samples[0][lane];
        }
        for lane in 0..LANES {
            odd[lane] += taps[1][lane] * samples[1][lane];
        }
    }
    if let ([tap], [sample, ..]) = (tap, sample) {
        for lane in 0..LANES {
            even[lane] += tap[lane] * sample[lane];
        }
    }
    let (mut half, mut quarter) = ([0.0; LANES / 2], [0.0; LANES / 4]);
    for lane in 0..LANES / 2 {
        half[lane] = (even[lane] + odd[lane]) + (even[lane + 4] + odd[lane + 4]);
    }
    for lane in 0..LANES / 4 {
        quarter[lane] = half[lane] + half[lane + 2];
    }
    quarter[0] + quarter[1]
}
