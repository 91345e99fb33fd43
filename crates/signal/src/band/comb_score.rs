//! The textbook score of a comb: how far the harmonics of one fault stand over the floor of a spectrum.
//!
//! Lines `s` of a squared-envelope spectrum, power `s²`, floor the running median of the power over
//! `2·half_width + 1` lines. For harmonic `h` of the fault `f`, `q_h` is the largest power over floor among the
//! `m_h` lines within `±tolerance·h·f`. Were the power exponential, as in Gaussian noise, `P(power/median > q)`
//! would be `2^-q`, so `p_h = 1 - (1 - 2^-q_h)^m_h`, and Fisher's `-2 Σ ln p_h` would follow `χ²` with `2H`
//! degrees of freedom.
//!
//! **The null is wrong on real machines.** Measured on a healthy bearing of a test rig (16,384 samples at 48 kHz,
//! 800 random fault frequencies, H = 5, tolerance 2 %), `p_h < 0.001` came up in 5.6 % of trials and Fisher
//! `< 0.001` in 17 %: shaft harmonics stand in every envelope spectrum, and any impulsive record lifts lines
//! everywhere. Do not call a fault by these p-values. Score control orders of the same spectrum with the same rule
//! and take the share that does as well.
//!
//! Harmonics of a fault in the squared-envelope spectrum: Randall and Antoni 2011 (doi 10.1016/j.ymssp.2010.07.017).
//! The sum of logarithms is Fisher's (Statistical Methods for Research Workers, 4th edition, 1932); a harmonic's p-value
//! is this crate's own.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fourier::floor::{FLOOR_HALF_WIDTH, running_median};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// Parameters of a comb's score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CombScoreParams {
    /// Harmonics. 5 unless said.
    pub harmonics: usize,
    /// Half-width of the search, relative to the harmonic's frequency. 0.02 unless said: bearings slip.
    pub tolerance: f64,
    /// Half-width of the floor's window in lines. 40 unless said.
    pub half_width: usize,
}

impl Default for CombScoreParams {
    fn default() -> Self {
        Self { harmonics: 5, tolerance: 0.02, half_width: FLOOR_HALF_WIDTH }
    }
}

/// One harmonic of a comb.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CombHarmonic {
    /// Where it is expected.
    pub frequency: Hertz,
    /// Largest power over floor within the tolerance; a ratio.
    pub excess: f64,
    /// Lines searched.
    pub lines: usize,
    /// `1 - (1 - 2^-excess)^lines`, without loss where it is small. Not to be believed, see the file's head.
    pub p: f64,
}

/// The score of a comb: its harmonics within the spectrum.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CombScore {
    /// The harmonics, the first one first. Those beyond the spectrum are left out.
    pub harmonics: Vec<CombHarmonic>,
}

impl CombScore {
    /// Fisher's `-2 Σ ln p`.
    #[must_use]
    pub fn fisher(&self) -> f64 {
        -2.0 * self.harmonics.iter().map(|h| h.p.max(f64::MIN_POSITIVE).ln()).sum::<f64>()
    }

    /// Fisher's sum as the formula gives it when computed as written in double precision: a `p` below about
    /// 1e-16 rounds to 0 and counts as 1e-300. For comparison with such programs only.
    #[must_use]
    pub fn fisher_as_written(&self) -> f64 {
        let p = |h: &CombHarmonic| 1.0 - (1.0 - 2.0_f64.powf(-h.excess)).powf(h.lines as f64);
        -2.0 * self.harmonics.iter().map(|h| p(h).max(1e-300).ln()).sum::<f64>()
    }

    /// Share of `χ²` with two degrees of freedom a harmonic above [`fisher`](Self::fisher); 1 without harmonics. Not
    /// to be believed, see the file's head.
    #[must_use]
    pub fn fisher_p(&self) -> f64 {
        let half = 0.5 * self.fisher();
        // e^{-x} Σ_{i<H} x^i/i!, each term by logarithms so that none overflows.
        let (mut log, mut sum) = (0.0, 0.0);
        for i in 0..self.harmonics.len() {
            if i > 0 {
                log += (half / i as f64).ln();
            }
            sum += (log - half).exp();
        }
        if self.harmonics.is_empty() { 1.0 } else { sum.min(1.0) }
    }

    /// Mean over the harmonics of the decades that lines (amplitudes) stand over their floor.
    #[must_use]
    pub fn mean_decades(&self) -> f64 {
        let decades = self.harmonics.iter().map(|h| 0.5 * h.excess.max(f64::MIN_POSITIVE).log10());
        decades.sum::<f64>() / self.harmonics.len().max(1) as f64
    }
}

impl CombScoreParams {
    pub(crate) fn check(&self, transform: &'static str) -> Result<()> {
        if !(1..=1024).contains(&self.harmonics) {
            return Err(Error::parameter(
                transform,
                "harmonics",
                self.harmonics,
                "there have to be 1 to 1024",
            ));
        }
        if !(0.0..0.5).contains(&self.tolerance) {
            let reason = "it is relative to the harmonic's frequency and has to be in 0 to under 0.5";
            return Err(Error::parameter(transform, "tolerance", self.tolerance, reason));
        }
        Ok(())
    }

    /// Lines searched for harmonic `h`: first and last. The nearest line belongs to them always.
    pub(crate) fn range(&self, h: usize, fault: Hertz, resolution: Hertz) -> (usize, usize) {
        let at = h as f64 * fault.0;
        let nearest = (at / resolution.0).round_ties_even() as usize;
        let low = (at * (1.0 - self.tolerance) / resolution.0).ceil() as usize;
        let high = (at * (1.0 + self.tolerance) / resolution.0).floor() as usize;
        (low.min(nearest), high.max(nearest))
    }

    /// Scores the comb of `fault` in `lines`, amplitudes of a squared-envelope spectrum that lie `resolution`
    /// apart from 0 Hz on, in `output`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the fault or the resolution is not a finite number above 0;
    /// [`Error::Parameter`] when a parameter lies outside its range or there are no lines.
    pub fn score<T: Sample>(
        &self,
        lines: &[T],
        resolution: Hertz,
        fault: Hertz,
        output: &mut CombScore,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        self.check("comb score")?;
        for (what, value) in [("fault frequency", fault), ("spacing of the lines", resolution)] {
            if !value.is_positive() {
                let reason = "it has to be a finite number above 0".to_owned();
                return Err(Error::Frequency { what, value: value.0, reason });
            }
        }
        if lines.is_empty() {
            return Err(Error::parameter("comb score", "lines", 0, "a spectrum has at least one line"));
        }
        let Scratch { wide, median, .. } = scratch;
        let (power, floor) = first(wide, 2 * lines.len()).split_at_mut(lines.len());
        for (power, line) in power.iter_mut().zip(lines) {
            *power = line.widen() * line.widen();
        }
        running_median(power, self.half_width, floor, median)?;
        output.harmonics.clear();
        for h in 1..=self.harmonics {
            let (low, high) = self.range(h, fault, resolution);
            if low >= lines.len() {
                break;
            }
            let within = low..(high.saturating_add(1)).min(lines.len());
            let excess = power[within.clone()].iter().zip(&floor[within]).map(|(power, floor)| {
                // Where there is no power at all, a line is as high as its floor.
                if power == floor { 1.0 } else { (power / floor.max(f64::MIN_POSITIVE)).min(f64::MAX) }
            });
            let excess = excess.fold(0.0, f64::max);
            let count = high - low + 1;
            let p = -(count as f64 * (-(-excess).exp2()).ln_1p()).exp_m1();
            output.harmonics.push(CombHarmonic {
                frequency: Hertz(h as f64 * fault.0),
                excess,
                lines: count,
                p,
            });
        }
        Ok(())
    }
}
