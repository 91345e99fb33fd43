//! One level of a discrete wavelet transform: a record into its lower and upper half band, and back.
//!
//! With the scaling filter `h` and the wavelet filter `g` of `L` taps, and the record `x` extended beyond its ends,
//! ```text
//! low[k] = Σ_n h[n] x[2k + n - o],    high[k] = Σ_n g[n] x[2k + n - o]
//! x[n]   = Σ_k h[n + o - 2k] low[k] + g[n + o - 2k] high[k]
//! ```
//! and `o = L - 2` for the symmetric extension, `L/2 - 1` for the periodic one. Even and odd samples are parted
//! first, so that both directions are the same plain correlation of two streams with pairs of taps.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::first;
use crate::wavelet::daubechies::OrthogonalWavelet;

/// How a record goes on beyond its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Mirrored at both ends, the end samples twice: no step at the ends, and slightly more coefficients than
    /// samples, `(N + L - 1)/2` a half band.
    #[default]
    Symmetric,
    /// As one period: as many coefficients as samples, `N/2` a half band rounded up, and energy kept exactly for
    /// even lengths. An odd record has its last sample twice.
    Periodization,
}

/// Filters and boundary of one level.
#[derive(Debug, Clone)]
pub(crate) struct FilterBank<T> {
    boundary: Boundary,
    taps: usize,
    /// Pairs of taps for (even, odd) samples: those of `low`, then those of `high`.
    analysis: Vec<[T; 4]>,
    /// Pairs of taps for (low, high): those of even outputs, then those of odd ones.
    synthesis: Vec<[T; 4]>,
}

/// Working memory of filter banks.
#[derive(Debug, Clone, Default)]
pub(crate) struct FilterBankMemory<T> {
    extended: Vec<T>,
    streams: [Vec<T>; 2],
    phases: [Vec<T>; 2],
    /// Two levels of a transform.
    pub(crate) levels: [Vec<T>; 2],
}

impl<T: Sample> FilterBank<T> {
    pub(crate) fn new(wavelet: OrthogonalWavelet, boundary: Boundary) -> Result<Self> {
        let (h, g) = (wavelet.scaling_filter()?, wavelet.wavelet_filter()?);
        let pairs = h.len() / 2;
        let analysis = |i: usize| [h[2 * i], h[2 * i + 1], g[2 * i], g[2 * i + 1]].map(T::narrow);
        let synthesis = |i: usize| {
            let m = pairs - 1 - i;
            [h[2 * m], g[2 * m], h[2 * m + 1], g[2 * m + 1]].map(T::narrow)
        };
        Ok(Self {
            boundary,
            taps: h.len(),
            analysis: (0..pairs).map(analysis).collect(),
            synthesis: (0..pairs).map(synthesis).collect(),
        })
    }

    /// Coefficients of each half band of `len` samples.
    pub(crate) fn halved(&self, len: usize) -> usize {
        match self.boundary {
            Boundary::Symmetric => (len + self.taps - 1) / 2,
            Boundary::Periodization => len.div_ceil(2),
        }
    }

    /// Samples before the record that the first coefficient needs.
    fn offset(&self) -> usize {
        match self.boundary {
            Boundary::Symmetric => self.taps - 2,
            Boundary::Periodization => self.taps / 2 - 1,
        }
    }

    /// The half bands of `input`, each of [`halved`](Self::halved) coefficients.
    pub(crate) fn split(&self, input: &[T], low: &mut [T], high: &mut [T], memory: &mut FilterBankMemory<T>) {
        let (offset, pairs) = (self.offset(), low.len() + self.taps / 2 - 1);
        let extended = first(&mut memory.extended, 2 * pairs);
        self.extend(input, offset, extended);
        let [even, odd] = &mut memory.streams;
        let (even, odd) = (first(even, pairs), first(odd, pairs));
        for ((even, odd), pair) in even.iter_mut().zip(odd.iter_mut()).zip(extended.as_chunks::<2>().0) {
            [*even, *odd] = *pair;
        }
        widest().dispatch(|| correlate(&self.analysis, even, odd, low, high));
    }

    /// The record whose half bands are `low` and `high`.
    pub(crate) fn join(&self, low: &[T], high: &[T], output: &mut [T], memory: &mut FilterBankMemory<T>) {
        let (offset, half) = (self.offset(), self.taps / 2 - 1);
        let start = offset / 2;
        let count = (output.len() - 1 + offset) / 2 + 1 - start;
        let [lows, highs] = &mut memory.streams;
        let (lows, highs) = (first(lows, count + half), first(highs, count + half));
        for (stream, band) in [(&mut *lows, low), (&mut *highs, high)] {
            // As one period; the symmetric form never reaches beyond its coefficients.
            let period = band.len();
            let mut at = (start + period * half.div_ceil(period) - half) % period;
            let mut rest = stream;
            while !rest.is_empty() {
                let run = (period - at).min(rest.len());
                let (now, later) = rest.split_at_mut(run);
                now.copy_from_slice(&band[at..at + run]);
                (rest, at) = (later, 0);
            }
        }
        let [even, odd] = &mut memory.phases;
        let (even, odd) = (first(even, count), first(odd, count));
        widest().dispatch(|| correlate(&self.synthesis, lows, highs, even, odd));
        // The first sample may be an odd one.
        let (mut output, mut from) = (output, 0);
        if offset % 2 == 1 {
            output[0] = odd[0];
            (output, from) = (&mut output[1..], 1);
        }
        let (pairs, last) = output.as_chunks_mut::<2>();
        for ((pair, even), odd) in pairs.iter_mut().zip(&even[from..]).zip(&odd[from..]) {
            *pair = [*even, *odd];
        }
        if let [last] = last {
            *last = even[from + pairs.len()];
        }
    }

    /// `extended[t] = x[t - offset]`, with `x` going on beyond its ends.
    fn extend(&self, input: &[T], offset: usize, extended: &mut [T]) {
        let n = input.len();
        let outside = |t: usize| {
            // A multiple of either period, so that nothing is negative.
            match self.boundary {
                Boundary::Symmetric => {
                    let place = (t + 2 * n * offset.div_ceil(2 * n) - offset) % (2 * n);
                    input[place.min(2 * n - 1 - place)]
                }
                Boundary::Periodization => {
                    let period = n.next_multiple_of(2);
                    let place = (t + period * offset.div_ceil(period) - offset) % period;
                    input[place.min(n - 1)]
                }
            }
        };
        let end = (offset + n).min(extended.len());
        for t in (0..offset.min(extended.len())).chain(end..extended.len()) {
            extended[t] = outside(t);
        }
        if offset < end {
            extended[offset..end].copy_from_slice(&input[..end - offset]);
        }
    }
}

/// `a[k] = Σ_i t[i][0] p[k+i] + t[i][1] q[k+i]`, `b[k]` the same with the other two taps.
#[inline(always)]
fn correlate<T: Sample>(taps: &[[T; 4]], p: &[T], q: &[T], a: &mut [T], b: &mut [T]) {
    const BLOCK: usize = 32;
    let count = a.len();
    let mut start = 0;
    while start + BLOCK <= count {
        let mut sums = [[T::default(); BLOCK]; 2];
        for (i, taps) in taps.iter().enumerate() {
            let (p, q) = (&p[start + i..][..BLOCK], &q[start + i..][..BLOCK]);
            for lane in 0..BLOCK {
                sums[0][lane] = sums[0][lane] + taps[0] * p[lane] + taps[1] * q[lane];
                sums[1][lane] = sums[1][lane] + taps[2] * p[lane] + taps[3] * q[lane];
            }
        }
        a[start..start + BLOCK].copy_from_slice(&sums[0]);
        b[start..start + BLOCK].copy_from_slice(&sums[1]);
        start += BLOCK;
    }
    for k in start..count {
        let mut sums = [T::default(); 2];
        for (i, taps) in taps.iter().enumerate() {
            sums[0] = sums[0] + taps[0] * p[k + i] + taps[1] * q[k + i];
            sums[1] = sums[1] + taps[2] * p[k + i] + taps[3] * q[k + i];
        }
        [a[k], b[k]] = sums;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Both half bands on the widest registers and on the portable path.
    fn widest_and_portable<T: Sample>(taps: &[[f64; 4]], samples: &[f64]) -> [Vec<T>; 2] {
        let taps: Vec<[T; 4]> = taps.iter().map(|taps| taps.map(T::narrow)).collect();
        let p: Vec<T> = samples.iter().map(|x| T::narrow(*x)).collect();
        let q: Vec<T> = samples.iter().rev().map(|x| T::narrow(1.0 - *x)).collect();
        let count = samples.len() + 1 - taps.len();
        [true, false].map(|widest| {
            let mut bands = vec![T::default(); 2 * count];
            let (a, b) = bands.split_at_mut(count);
            if widest {
                pulp::Arch::new().dispatch(|| correlate(&taps, &p, &q, a, b));
            } else {
                correlate(&taps, &p, &q, a, b);
            }
            bands
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn half_bands_have_the_same_bits_on_every_width(
            samples in prop::collection::vec(-1.0..1.0_f64, 1..600),
            taps in prop::collection::vec(prop::array::uniform4(-1.0..1.0_f64), 1..20),
        ) {
            // Nothing is fused and every sum has its own lane.
            let taps = &taps[..taps.len().min(samples.len())];
            let [widest, portable] = widest_and_portable::<f64>(taps, &samples);
            prop_assert_eq!(widest, portable);
            let [widest, portable] = widest_and_portable::<f32>(taps, &samples);
            prop_assert_eq!(widest, portable);
        }
    }
}
