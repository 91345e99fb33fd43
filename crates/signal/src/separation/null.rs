//! How large a criterion gets by chance.
//!
//! A filter that is chosen to maximise something always finds something. So the same search runs on controls
//! that hold no fault of the kind asked for, and the criterion is ranked among theirs:
//! `p = (1 + controls at least as large) / (1 + controls)`, valid for any distribution where the record and
//! its controls can be exchanged. The smallest `p` is `1/(1 + controls)`.
//!
//! The 1 in numerator and denominator: Phipson and Smyth 2010, "Permutation p-values should never be zero" (doi
//! 10.2202/1544-6115.1585). Surrogates of random phases: Theiler et al. 1992 (doi 10.1016/0167-2789(92)90102-S).

use num_complex::Complex64;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fourier::fft::RealFft;
use crate::generator::generator;
use crate::scratch::Scratch;

/// A criterion among what chance gives.
#[derive(Debug, Clone, PartialEq)]
pub struct ChanceLevel {
    /// The criterion of the record; no unit: a kurtosis for MED, 0 to 1 for MOMEDA.
    pub criterion: f64,
    /// The criteria of the controls, smallest first; of the same kind.
    pub controls: Vec<f64>,
    /// Share of controls, the record itself counted among them, that reach the criterion: above 0, at most 1.
    pub p_value: f64,
}

impl ChanceLevel {
    /// Ranks `criterion` among `controls`.
    #[must_use]
    pub fn new(criterion: f64, mut controls: Vec<f64>) -> Self {
        controls.sort_unstable_by(f64::total_cmp);
        let reached = controls.iter().filter(|control| **control >= criterion).count();
        let p_value = (1 + reached) as f64 / (1 + controls.len()) as f64;
        Self { criterion, controls, p_value }
    }

    /// The value that a share (0 to 1) of the controls stays at or below; none without controls.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.controls.len().checked_sub(1)?;
        self.controls.get((share.clamp(0.0, 1.0) * last as f64).round() as usize).copied()
    }
}

/// Records with the spectrum of the one at hand and random phases: stationary noise of the same colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurrogateNull {
    /// How many. 99 unless said, so that the smallest p-value is 0.01; at most 9999.
    pub surrogates: usize,
    /// Seed of the phases. 0 unless said.
    pub seed: u64,
}

impl Default for SurrogateNull {
    fn default() -> Self {
        Self { surrogates: 99, seed: 0 }
    }
}

/// Makes surrogates of one record.
#[derive(Debug)]
pub(crate) struct Surrogates {
    fft: RealFft<f64>,
    spectrum: Vec<Complex64>,
    seed: u64,
}

impl Surrogates {
    pub(crate) fn new(samples: &[f64], seed: u64) -> Result<Self> {
        let fft = RealFft::new(samples.len())?;
        let mut spectrum = vec![Complex64::default(); fft.bins()];
        fft.forward(samples, &mut spectrum, &mut Scratch::new())?;
        Ok(Self { fft, spectrum, seed })
    }

    /// Surrogate number `index`. Its mean, and the Nyquist line of even lengths, stay.
    pub(crate) fn make(&self, index: usize) -> Result<Vec<f64>> {
        let mut random = generator(self.seed, &format!("phases of surrogate {index}"));
        let mut bins = self.spectrum.clone();
        let end = if self.fft.has_nyquist() { bins.len().saturating_sub(1) } else { bins.len() };
        for bin in bins.iter_mut().take(end).skip(1) {
            *bin *= Complex64::cis(random.random_range(0.0..std::f64::consts::TAU));
        }
        let mut samples = vec![0.0; self.fft.len()];
        self.fft.inverse(&bins, &mut samples, &mut Scratch::new())?;
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranks_count_the_record_among_its_controls() {
        let level = ChanceLevel::new(5.0, vec![3.0, 9.0, 1.0]);
        assert_eq!((level.p_value, level.controls.as_slice()), (0.5, &[1.0, 3.0, 9.0][..]));
        assert_eq!(level.quantile(0.5), Some(3.0));
        assert_eq!(ChanceLevel::new(1.0, Vec::new()).p_value, 1.0);
        assert_eq!(ChanceLevel::new(1.0, Vec::new()).quantile(0.5), None);
    }

    #[test]
    fn surrogates_have_the_spectrum_of_their_record_and_other_phases() {
        for n in [1, 2, 63, 64] {
            let record: Vec<f64> = (0..n).map(|i| ((i * i) as f64 * 0.21).sin()).collect();
            let surrogates = Surrogates::new(&record, 3).unwrap();
            let made = surrogates.make(0).unwrap();
            assert_eq!(made, surrogates.make(0).unwrap());
            let again = Surrogates::new(&made, 0).unwrap();
            for (a, b) in again.spectrum.iter().zip(&surrogates.spectrum) {
                assert!((a.norm() - b.norm()).abs() < 1e-10);
            }
            assert!(n < 3 || made.iter().zip(&record).any(|(a, b)| (a - b).abs() > 1e-3));
        }
    }
}
