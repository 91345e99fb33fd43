//! Wavelets without negative frequencies, by their Fourier transforms.
//!
//! ```text
//! Morlet             ψ̂(w) = 2 e^{-(w - w0)²/2}                       w > 0
//! generalised Morse  ψ̂(w) = 2 (w/w_p)^β e^{-w^γ + w_p^γ}             w > 0,  w_p = (β/γ)^{1/γ}
//! ```
//! Both have the peak 2, so that a cosine of amplitude 1 gives a transform of magnitude 1. Torrence & Compo 1998
//! (doi 10.1175/1520-0477(1998)079<0061:APGTWA>2.0.CO;2); Olhede & Walden 2002 (doi 10.1109/TSP.2002.804066);
//! Lilly & Olhede 2009 (doi 10.1109/TSP.2008.2007607).
//!
//! Trap: the Morlet wavelet carries no correction for its mean. At `w0 = 6` the part that is cut off below zero
//! frequency is 1.5e-8 of the peak; for `w0` below 5 it is above 4e-6 and the wavelet is no wavelet strictly.

use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result};

/// A wavelet without negative frequencies. In a configuration `{ morlet = { w0 = 6.0 } }`, or `"morlet"` with the
/// defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AnalyticWavelet {
    /// A Gaussian in frequency.
    Morlet {
        /// Centre in radians: the relative bandwidth (standard deviation over centre) is `1/w0`. 6 is usual; above
        /// 0 and at most 1000. fCWT's default of bandwidth 2 is `4π`.
        #[serde(default = "usual_w0")]
        w0: f64,
    },
    /// Generalised Morse.
    Morse {
        /// Symmetry; 3 is nearest to symmetric in frequency. 3 unless said; above 0 and at most 100.
        #[serde(default = "usual_gamma")]
        gamma: f64,
        /// Decay: with `γ` it gives the relative bandwidth `1/sqrt(βγ)`. 20 unless said elsewhere; above 0 and at
        /// most 10000.
        #[serde(default = "usual_beta")]
        beta: f64,
    },
}

bare_words!(AnalyticWavelet);

fn usual_w0() -> f64 {
    6.0
}
fn usual_gamma() -> f64 {
    3.0
}
fn usual_beta() -> f64 {
    20.0
}

impl Default for AnalyticWavelet {
    /// Morlet with `w0 = 6`.
    fn default() -> Self {
        Self::Morlet { w0: usual_w0() }
    }
}

impl AnalyticWavelet {
    pub(crate) fn check(self) -> Result<()> {
        let check = |parameter, value: f64, largest: f64| {
            if value > 0.0 && value <= largest {
                return Ok(());
            }
            let reason = format!("it has to lie above 0 and at most at {largest}");
            Err(Error::parameter("wavelet", parameter, value, &reason))
        };
        match self {
            Self::Morlet { w0 } => check("w0", w0, 1000.0),
            Self::Morse { gamma, beta } => {
                check("gamma", gamma, 100.0)?;
                check("beta", beta, 10_000.0)
            }
        }
    }

    /// Where the transform is largest, in radians: a row of frequency `f` has the scale `peak·rate/(2πf)`.
    #[must_use]
    pub fn peak(self) -> f64 {
        match self {
            Self::Morlet { w0 } => w0,
            Self::Morse { gamma, beta } => (beta / gamma).powf(1.0 / gamma),
        }
    }

    /// The Fourier transform at `w` radians (dimensionless, scale 1); 0 for `w <= 0`. The peak is 2.
    #[must_use]
    pub fn spectrum(self, w: f64) -> f64 {
        if w <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Morlet { w0 } => 2.0 * (-0.5 * (w - w0) * (w - w0)).exp(),
            Self::Morse { gamma, beta } => {
                let peak = self.peak();
                2.0 * (beta * (w / peak).ln() - w.powf(gamma) + peak.powf(gamma)).exp()
            }
        }
    }

    /// Standard deviation of the envelope in time at scale 1, in samples: 1 for Morlet, about
    /// `sqrt(βγ)/w_p` for Morse.
    #[must_use]
    pub fn duration(self) -> f64 {
        match self {
            Self::Morlet { .. } => 1.0,
            Self::Morse { gamma, beta } => (beta * gamma).sqrt() / self.peak(),
        }
    }

    /// `∫ ψ̂(w)/w dw`, by which the integral of a transform over its scales gives half the analytic signal.
    #[must_use]
    pub fn admissibility(self) -> f64 {
        self.over_scales(|value| value)
    }

    /// `∫ f(ψ̂(w))/w dw`.
    pub(crate) fn over_scales(self, f: impl Fn(f64) -> f64) -> f64 {
        // Trapezoids in ln w: for functions that fall off fast on both sides they converge faster than any power.
        let (steps, reach) = (20_000, 12.0);
        let step = 2.0 * reach / f64::from(steps);
        let at = |i: i32| f(self.spectrum(self.peak() * (-reach + f64::from(i) * step).exp()));
        (0..=steps).map(at).sum::<f64>() * step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_two_and_negative_frequencies_are_absent() {
        for wavelet in [AnalyticWavelet::default(), AnalyticWavelet::Morse { gamma: 3.0, beta: 20.0 }] {
            assert!((wavelet.spectrum(wavelet.peak()) - 2.0).abs() < 1e-14);
            assert!(wavelet.spectrum(wavelet.peak() * 1.01) < 2.0);
            assert!(wavelet.spectrum(wavelet.peak() * 0.99) < 2.0);
            assert!(wavelet.spectrum(0.0) == 0.0 && wavelet.spectrum(-1.0) == 0.0);
        }
    }

    #[test]
    fn the_constant_of_admissibility_equals_the_closed_form_for_morse() {
        // 2 w_p^{-β} e^{w_p^γ} Γ(β/γ)/γ with β/γ = 4: Γ(4) = 6.
        let wavelet = AnalyticWavelet::Morse { gamma: 3.0, beta: 12.0 };
        let peak = wavelet.peak();
        let want = 2.0 * peak.powf(-12.0) * peak.powf(3.0).exp() * 6.0 / 3.0;
        assert!((wavelet.admissibility() / want - 1.0).abs() < 1e-12);
    }
}
