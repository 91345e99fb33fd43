//! Permutation entropy: how evenly the orders of neighbouring samples occur.
//!
//! ```text
//! pattern of (x[n], x[n+d], ..., x[n+(m-1)d]) = the permutation that sorts it, ties in the order of time
//! H = -Σ p ln p over the m! patterns,   normalised: H / ln m!
//! ```
//! (Bandt & Pompe 2002, doi 10.1103/PhysRevLett.88.174102). 1 for noise, 0 for a monotone record. It knows only
//! which sample is larger, so gain and any rising distortion do not matter.
//!
//! Traps. Ties: they count as rising here; a record of few levels (a coarse converter, a constant) looks more
//! regular than it is. With more than some `m!·10` samples missing, the counts say little. The delay is in
//! samples: at a higher sampling rate the same delay sees smoother patterns.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// Parameters of the permutation entropy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermutationEntropyParams {
    /// Samples `m` in a pattern, 2 to 8. 3 unless said.
    pub dimension: usize,
    /// Samples `d` from one of a pattern to the next, at least 1. 1 unless said.
    pub delay: usize,
    /// Whether the entropy is divided by `ln m!`, its largest value. Yes unless said.
    pub normalised: bool,
}

impl Default for PermutationEntropyParams {
    fn default() -> Self {
        Self { dimension: 3, delay: 1, normalised: true }
    }
}

impl PermutationEntropyParams {
    /// A plan for records of `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0, the dimension not 2 to 8, or the delay 0.
    pub fn plan(&self, len: usize) -> Result<PermutationEntropyPlan> {
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("permutation entropy", parameter, value, reason))
        };
        if !(1..=1 << 28).contains(&len) {
            return refuse("length", len, "a record has 1 to 2^28 samples");
        }
        if !(2..=8).contains(&self.dimension) {
            return refuse("dimension", self.dimension, "it has to be 2 to 8, such as 3");
        }
        if self.delay == 0 {
            return refuse("delay", 0, "it has to be at least 1 sample");
        }
        Ok(PermutationEntropyPlan { len, params: *self })
    }
}

/// The permutation entropy of records of one length.
#[derive(Debug, Clone)]
pub struct PermutationEntropyPlan {
    len: usize,
    params: PermutationEntropyParams,
}

impl PermutationEntropyPlan {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The permutation entropy of `input` (`len` samples): 0 to 1 when normalised, else in nats. `None` when the
    /// record is shorter than one pattern.
    ///
    /// # Errors
    /// [`Error::Length`] when `input` has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process<T: Sample>(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<Option<f64>> {
        check_len("input of the permutation entropy", self.len, input.len())?;
        check_finite("permutation entropy", input)?;
        let PermutationEntropyParams { dimension, delay, normalised } = self.params;
        let span = (dimension - 1).saturating_mul(delay);
        let Some(patterns) = self.len.checked_sub(span).filter(|patterns| *patterns > 0) else {
            return Ok(None);
        };
        let kinds: usize = (2..=dimension).product();
        let counts = first(&mut scratch.counts, kinds);
        counts.fill(0);
        let samples = Samples { input, delay, patterns };
        widest().dispatch(|| match dimension {
            2 => samples.count::<2>(counts),
            3 => samples.count::<3>(counts),
            4 => samples.count::<4>(counts),
            5 => samples.count::<5>(counts),
            6 => samples.count::<6>(counts),
            7 => samples.count::<7>(counts),
            _ => samples.count::<8>(counts),
        });
        let entropy: f64 = counts
            .iter()
            .filter(|count| **count > 0)
            .map(|count| f64::from(*count) / patterns as f64)
            .map(|share| -share * share.ln())
            .sum();
        Ok(Some(if normalised { entropy / (kinds as f64).ln() } else { entropy } + 0.0))
    }
}

struct Samples<'a, T> {
    input: &'a [T],
    delay: usize,
    patterns: usize,
}

impl<T> Samples<'_, T> {
    /// Counts the patterns by the number `Σ_j j!·#{i < j: x_i > x_j}`, which names each permutation once.
    #[inline(always)]
    fn count<const M: usize>(&self, counts: &mut [u32])
    where
        T: Sample,
    {
        const BLOCK: usize = 64;
        let mut start = 0;
        while start < self.patterns {
            let block = BLOCK.min(self.patterns - start);
            let mut codes = [0_u32; BLOCK];
            let mut factorial = 1;
            for j in 1..M {
                factorial *= j as u32;
                let later = &self.input[start + j * self.delay..][..block];
                for i in 0..j {
                    let earlier = &self.input[start + i * self.delay..][..block];
                    for ((code, a), b) in codes.iter_mut().zip(earlier).zip(later) {
                        *code += if a > b { factorial } else { 0 };
                    }
                }
            }
            for code in &codes[..block] {
                counts[*code as usize] += 1;
            }
            start += block;
        }
    }
}

/// The normalised permutation entropy of a record with dimension 3 and delay 1; see
/// [`PermutationEntropyPlan::process`].
///
/// # Errors
/// [`Error::Parameter`] when `samples` is empty or not finite.
///
/// ```
/// let rising: Vec<f32> = (0..100).map(|n| n as f32).collect();
/// assert_eq!(brinell_signal::quantity::permutation_entropy(&rising)?, Some(0.0));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
pub fn permutation_entropy<T: Sample>(samples: &[T]) -> Result<Option<f64>> {
    PermutationEntropyParams::default().plan(samples.len())?.process(samples, &mut Scratch::new())
}
