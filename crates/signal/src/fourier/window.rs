//! Tapers: weights that a segment is multiplied by before a Fourier transform.
//!
//! Definitions, parameters and the two symmetries are those of `scipy.signal.windows`.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result};
use crate::fourier::dpss;

/// A taper. In a configuration `"hann"`, or with a parameter `{ kaiser = { beta = 8.6 } }`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Window {
    /// All ones.
    Rectangular,
    /// Raised cosine, zero at the ends: the usual choice for spectra of machines.
    #[default]
    Hann,
    /// Raised cosine on a step: 0.54 and 0.46.
    Hamming,
    /// Three cosines: 0.42, 0.5, 0.08.
    Blackman,
    /// Four cosines, side lobes below -92 dB.
    BlackmanHarris,
    /// Five cosines with a flat top: reads amplitudes between bins to 0.01 dB, at the price of a broad line.
    FlatTop,
    /// Triangle, zero at the ends.
    Bartlett,
    /// Half a period of a sine.
    Cosine,
    /// Flat in the middle with cosine flanks.
    Tukey {
        /// Share of the length that the two flanks take together, 0 (rectangular) to 1 (Hann). 0.5 unless said.
        #[serde(default = "usual_share")]
        alpha: f64,
    },
    /// Bell.
    Gaussian {
        /// Standard deviation in samples, above 0.
        std: f64,
    },
    /// Kaiser's near-optimal taper.
    Kaiser {
        /// Shape, 0 (rectangular) to 700; 8.6 is close to Blackman.
        beta: f64,
    },
    /// First discrete prolate spheroidal (Slepian) taper, the most concentrated one there is.
    Dpss {
        /// Half bandwidth times length, above 0 and below half the length.
        nw: f64,
    },
}

bare_words!(Window);

fn usual_share() -> f64 {
    0.5
}

/// Whether a taper is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symmetry {
    /// One period of a periodic sequence, without its last sample: for spectra.
    #[default]
    Periodic,
    /// The same read forwards and backwards: for the design of filters.
    Symmetric,
}

impl Window {
    /// Whether this taper can be had with `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0 or the taper's parameter lies outside its range.
    pub fn check(&self, len: usize) -> Result<()> {
        let refuse =
            |parameter, value: f64, reason| Err(Error::parameter("window", parameter, value, reason));
        if len == 0 {
            return Err(Error::parameter("window", "length", len, "at least 1 sample is needed"));
        }
        match *self {
            Self::Tukey { alpha } if !(0.0..=1.0).contains(&alpha) => {
                refuse("tukey alpha", alpha, "it has to be in 0 to 1")
            }
            Self::Gaussian { std } if !(std.is_finite() && std > 0.0) => {
                refuse("gaussian std", std, "it has to be a finite number above 0")
            }
            Self::Kaiser { beta } if !(0.0..=700.0).contains(&beta) => {
                refuse("kaiser beta", beta, "it has to be in 0 to 700")
            }
            Self::Dpss { nw } if !(nw > 0.0 && (nw < len as f64 / 2.0 || len == 1)) => {
                refuse("dpss nw", nw, "it has to be above 0 and below half the length")
            }
            _ => Ok(()),
        }
    }

    /// The `n` weights; the top of the taper is 1, and may lie between two samples. One sample has the
    /// weight 1. A parameter that [`Window::check`] refuses gives weights without meaning, never a panic.
    #[must_use]
    pub fn samples(&self, n: usize, symmetry: Symmetry) -> Vec<f64> {
        if n <= 1 {
            return vec![1.0; n];
        }
        let closed = match symmetry {
            Symmetry::Symmetric => n,
            Symmetry::Periodic => n + 1,
        };
        let mut weights = self.closed(closed);
        weights.truncate(n);
        weights
    }

    /// The symmetric taper of `n >= 2` samples.
    fn closed(&self, n: usize) -> Vec<f64> {
        let last = (n - 1) as f64;
        let weights = |weight: &dyn Fn(f64) -> f64| (0..n).map(|i| weight(i as f64)).collect();
        match *self {
            Self::Rectangular => vec![1.0; n],
            Self::Hann => cosines(n, &[0.5, 0.5]),
            Self::Hamming => cosines(n, &[0.54, 0.46]),
            Self::Blackman => cosines(n, &[0.42, 0.5, 0.08]),
            Self::BlackmanHarris => cosines(n, &[0.358_75, 0.488_29, 0.141_28, 0.011_68]),
            Self::FlatTop => {
                cosines(n, &[0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368])
            }
            Self::Bartlett => weights(&|i| 1.0 - (2.0 * i / last - 1.0).abs()),
            Self::Cosine => weights(&|i| (PI / n as f64 * (i + 0.5)).sin()),
            Self::Tukey { alpha } if alpha <= 0.0 => vec![1.0; n],
            Self::Tukey { alpha } => {
                let flank = (alpha * last / 2.0).floor();
                weights(&|i| {
                    let from_end = i.min(last - i);
                    if from_end <= flank {
                        0.5 * (1.0 + (PI * (2.0 * from_end / alpha / last - 1.0)).cos())
                    } else {
                        1.0
                    }
                })
            }
            Self::Gaussian { std } => weights(&|i| {
                let z = (i - last / 2.0) / std;
                (-0.5 * z * z).exp()
            }),
            Self::Kaiser { beta } => {
                let top = bessel_i0(beta);
                weights(&|i| {
                    let x = 2.0 * i / last - 1.0;
                    bessel_i0(beta * (1.0 - x * x).max(0.0).sqrt()) / top
                })
            }
            Self::Dpss { nw } => dpss::first_taper(n, nw),
        }
    }
}

/// `Σ_k a_k cos(kφ)` with `φ` from -π to π; the second half is the first one's mirror image.
fn cosines(n: usize, terms: &[f64]) -> Vec<f64> {
    let weight = |i: usize| {
        let phase = PI * (2.0 * i as f64 / (n - 1) as f64 - 1.0);
        terms.iter().enumerate().map(|(k, a)| a * (k as f64 * phase).cos()).sum()
    };
    let mut weights: Vec<f64> = (0..n.div_ceil(2)).map(weight).collect();
    weights.extend_from_within(..n / 2);
    weights[n.div_ceil(2)..].reverse();
    weights
}

/// Modified Bessel function of the first kind and order 0, by its power series `Σ ((x/2)^k / k!)²`. All terms
/// are positive, so nothing cancels; it is finite up to x = 700.
pub(crate) fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while k < 2000.0 {
        term *= quarter / (k * k);
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
        k += 1.0;
    }
    sum
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bessel_i0_agrees_with_tables() {
        // Abramowitz & Stegun, table 9.8.
        assert!((bessel_i0(1.0) - 1.266_065_877_752_008_4).abs() < 1e-15);
        assert!((bessel_i0(10.0) / 2_815.716_628_466_254 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn parameters_outside_their_range_are_refused_and_never_panic() {
        for window in [
            Window::Tukey { alpha: -0.1 },
            Window::Tukey { alpha: f64::NAN },
            Window::Gaussian { std: 0.0 },
            Window::Kaiser { beta: 1e9 },
            Window::Dpss { nw: 8.0 },
            Window::Dpss { nw: f64::NAN },
        ] {
            assert!(window.check(16).is_err(), "{window:?}");
            assert_eq!(window.samples(16, Symmetry::Periodic).len(), 16);
        }
        assert!(Window::Hann.check(0).is_err());
    }

    #[test]
    fn one_sample_weighs_one_and_none_is_an_empty_taper() {
        for window in [Window::Hann, Window::Dpss { nw: 0.3 }, Window::Kaiser { beta: 5.0 }] {
            assert_eq!(window.samples(1, Symmetry::Symmetric), [1.0]);
            assert!(window.samples(0, Symmetry::Periodic).is_empty());
        }
    }

    #[test]
    fn windows_are_written_as_words_and_read_back() {
        for (window, text) in [
            (Window::BlackmanHarris, r#""blackman-harris""#),
            (Window::Kaiser { beta: 5.0 }, r#"{"kaiser":{"beta":5.0}}"#),
        ] {
            assert_eq!(serde_json::to_string(&window).unwrap(), text);
            assert_eq!(serde_json::from_str::<Window>(text).unwrap(), window);
        }
        assert!(serde_json::from_str::<Window>(r#"{"kaiser":{"beta":5.0,"x":1}}"#).is_err());
    }
}
