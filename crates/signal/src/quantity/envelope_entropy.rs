//! Envelope entropy: how evenly a record's envelope is spread over time.
//!
//! ```text
//! p[n] = a[n] / Σ a,   a = |x + i·h| the envelope,   E = -Σ p ln p
//! ```
//! `ln N` when the envelope is constant (a tone), low when all of it stands in a few impacts; so the smallest
//! over modes or bands points at impacts. The usual objective for choosing parameters of a decomposition (Tang &
//! Wang 2015, in Chinese; no DOI).
//!
//! Traps. It grows with `ln N`: compare records of one length, or subtract `ln N`. One knock gives as low a value
//! as a damaged bearing: it does not know whether impacts repeat. The record is taken as one period, and its
//! mean belongs to it: remove it first.

use crate::envelope::hilbert::AnalyticPlan;
use crate::error::{Result, check_finite, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// The envelope entropy of records of one length.
#[derive(Debug, Clone)]
pub struct EnvelopeEntropyPlan<T: Sample> {
    analytic: AnalyticPlan<T>,
}

impl<T: Sample> EnvelopeEntropyPlan<T> {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) when `len` is 0 or above 2²⁸.
    pub fn new(len: usize) -> Result<Self> {
        Ok(Self { analytic: AnalyticPlan::new(len)? })
    }

    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.analytic.len()
    }

    /// The envelope entropy of `input` (`len` samples) in nats, 0 to `ln len`. `None` for zeros.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when `input` has another length;
    /// [`Error::Parameter`](crate::Error::Parameter) when a sample is not finite, or so large that its transform is
    /// not.
    pub fn process(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<Option<f64>> {
        check_len("input of the envelope entropy", self.len(), input.len())?;
        check_finite("envelope entropy", input)?;
        let mut values = std::mem::take(&mut scratch.values);
        let quadrature = first(&mut values, self.len());
        let result = self.analytic.quadrature(input, quadrature, scratch);
        let result = result.and_then(|()| check_finite("envelope entropy (quadrature)", quadrature));
        let entropy = spread(input, quadrature, first(&mut scratch.wide, self.len()));
        scratch.values = values;
        result.map(|()| entropy)
    }
}

/// Entropy of the shares of `|x + i·h|`.
fn spread<T: Sample>(real: &[T], quadrature: &[T], envelope: &mut [f64]) -> Option<f64> {
    let largest = real.iter().chain(quadrature).fold(0.0, |most: f64, x| most.max(x.widen().abs()));
    if largest <= 0.0 {
        return None;
    }
    // Relative to the largest, so that no square overflows.
    let scale = (1.0 / largest).min(f64::MAX);
    widest().dispatch(|| {
        for ((a, x), h) in envelope.iter_mut().zip(real).zip(quadrature) {
            let (x, h) = (x.widen() * scale, h.widen() * scale);
            *a = (x * x + h * h).sqrt();
        }
    });
    let total: f64 = envelope.iter().sum();
    // -Σ p ln p = ln S - Σ a ln a / S, with a relative to its mean.
    let mean = total / envelope.len() as f64;
    let sum: f64 = envelope.iter().map(|a| a / mean).filter(|a| *a > 0.0).map(|a| a * a.ln()).sum();
    let n = envelope.len() as f64;
    Some((n.ln() - sum / n).max(0.0))
}

/// The envelope entropy of a record of any length; see [`EnvelopeEntropyPlan::process`].
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when `samples` is empty or not finite.
///
/// ```
/// let tone: Vec<f64> = (0..64).map(|n| (std::f64::consts::TAU * n as f64 / 8.0).cos()).collect();
/// let entropy = brinell_signal::quantity::envelope_entropy(&tone)?.unwrap();
/// assert!((entropy - 64_f64.ln()).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
pub fn envelope_entropy<T: Sample>(samples: &[T]) -> Result<Option<f64>> {
    EnvelopeEntropyPlan::new(samples.len())?.process(samples, &mut Scratch::new())
}
