//! Noise on a test part (P7): `y = x + g n`, segment by segment.
//!
//! `x` is the segment without its mean, `n` a draw of noise, `g = sqrt(P_x / P_n 10^(-SNR / 10))` with the measured
//! powers of that segment and that draw: the ratio holds for every segment, not on average. A draw depends on the
//! seed, the recording, the channel and the place of the segment alone, so all nets meet the same noise. Training,
//! validation and all that is chosen stay without it. A figure under noise means little without the length of the
//! segments: a line in a spectrum gains `10 log10` of it.

use crate::error::Result;
use crate::experiment::Complaints;
use crate::protocol::{Part, Window};
use crate::segment_view::{Changed, SegmentView};
use brinell_signal::{Hertz, Scratch, fourier::RealFft, generator};
use rand_chacha::rand_core::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Noise of one kind at one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestNoise {
    /// Its spectrum.
    pub kind: NoiseKind,
    /// Power of the segment over power of the noise, in decibels.
    pub snr_db: f64,
    /// Lower and upper edge in hertz, of `band` noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band_hz: Option<[f64; 2]>,
    /// Draws it.
    #[serde(default)]
    pub seed: u64,
}

/// The spectrum of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseKind {
    /// Equal power at all frequencies.
    White,
    /// Power falls as 1 / frequency.
    Pink,
    /// Equal power in a band, none outside.
    Band,
}

impl fmt::Display for TestNoise {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.band_hz) {
            (NoiseKind::White, _) => write!(out, "white noise")?,
            (NoiseKind::Pink, _) => write!(out, "pink noise")?,
            (NoiseKind::Band, Some([low, high])) => write!(out, "noise of {low} to {high} Hz")?,
            (NoiseKind::Band, None) => write!(out, "noise of a band")?,
        }
        write!(out, " at {} dB", self.snr_db)
    }
}

impl TestNoise {
    /// Part of a folder's name.
    pub(crate) fn folder_word(&self) -> String {
        let kind = match (self.kind, self.band_hz) {
            (NoiseKind::White, _) => "white".to_owned(),
            (NoiseKind::Pink, _) => "pink".to_owned(),
            (NoiseKind::Band, band) => {
                let [low, high] = band.unwrap_or_default();
                format!("band_{low}_{high}Hz")
            }
        };
        let seed = if self.seed == 0 { String::new() } else { format!("_seed_{}", self.seed) };
        format!("{kind}_{}dB{seed}", self.snr_db)
    }

    pub(crate) fn check(&self, path: &str, rate: Hertz, found: &mut Complaints) {
        found.within(&format!("{path}.snr_db"), "snr_db", self.snr_db, -60.0..=60.0);
        let key = format!("{path}.band_hz");
        match (self.kind, self.band_hz) {
            (NoiseKind::Band, None) => {
                found.add(path, "noise of kind `band` needs its edges: band_hz = [500, 2000]".to_owned());
            }
            (NoiseKind::Band, Some([low, high])) if !(0.0 <= low && low < high && high <= rate.0 / 2.0) => {
                let most = rate.0 / 2.0;
                found.add(
                    &key,
                    format!("band_hz must rise and lie within 0 and {most} Hz, found {low} and {high}"),
                );
            }
            (NoiseKind::White | NoiseKind::Pink, Some(_)) => {
                found.add(&key, "band_hz belongs to noise of kind `band`".to_owned());
            }
            _ => {}
        }
    }

    /// The segments of a part with their noise.
    pub(crate) fn on(&self, part: &Part, view: &SegmentView<'_>, rate: Hertz) -> Result<Vec<Changed>> {
        let fft = RealFft::<f64>::new(view.length)?;
        let noisy = |window: &Window| -> Result<Changed> {
            let (segment, context) = view.segment(*window)?;
            let signal = &view.signals[window.signal];
            let purpose = format!("test noise/{}/{}/{}", signal.file, signal.sensor, window.start);
            Ok((*window, self.added(segment, &fft, rate, &purpose)?, context))
        };
        part.windows.par_iter().map(noisy).collect()
    }

    /// What tells this noise from any other.
    pub(crate) fn way(&self) -> String {
        format!("test noise {:?} {} dB {:?} seed {}", self.kind, self.snr_db, self.band_hz, self.seed)
    }

    pub(crate) fn added(
        &self,
        segment: &[f32],
        fft: &RealFft<f64>,
        rate: Hertz,
        purpose: &str,
    ) -> Result<Vec<f32>> {
        let count = segment.len() as f64;
        let mean = segment.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let noise = self.draw(fft, rate, purpose)?;
        let power = segment.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>();
        let noise_power = noise.iter().map(|n| n * n).sum::<f64>();
        // a segment without power takes none, and neither does one whose draw has none (a band between two bins)
        let gain = if noise_power > 0.0 {
            (power / noise_power * 10_f64.powf(-self.snr_db / 10.0)).sqrt()
        } else {
            0.0
        };
        let sum = segment.iter().zip(&noise).map(|(&x, n)| (f64::from(x) - mean + gain * n) as f32);
        Ok(sum.collect())
    }

    /// Normal white noise, shaped in its spectrum.
    fn draw(&self, fft: &RealFft<f64>, rate: Hertz, purpose: &str) -> Result<Vec<f64>> {
        let mut random = generator(self.seed, purpose);
        // uniform in (0, 1]
        let mut uniform = || ((random.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        let mut noise: Vec<f64> = Vec::with_capacity(fft.len() + 1);
        while noise.len() < fft.len() {
            // Box and Muller
            let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), std::f64::consts::TAU * uniform());
            noise.extend([radius * angle.cos(), radius * angle.sin()]);
        }
        noise.truncate(fft.len());
        if self.kind == NoiseKind::White {
            return Ok(noise);
        }
        let mut scratch = Scratch::new();
        let mut bins = vec![Default::default(); fft.bins()];
        fft.forward(&noise, &mut bins, &mut scratch)?;
        for (at, bin) in bins.iter_mut().enumerate() {
            let frequency = at as f64 * rate.0 / fft.len() as f64;
            *bin *= match (self.kind, self.band_hz) {
                (NoiseKind::Band, Some([low, high])) => f64::from(frequency >= low && frequency <= high),
                _ if at == 0 => 0.0,
                _ => 1.0 / (at as f64).sqrt(),
            };
        }
        fft.inverse(&bins, &mut noise, &mut scratch)?;
        Ok(noise)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LENGTH: usize = 4_096;
    const RATE: Hertz = Hertz(12_000.0);

    fn segment() -> Vec<f32> {
        (0..LENGTH).map(|n| 0.7 + 2.0 * (n as f32 * 0.1).sin()).collect()
    }

    fn noise_of(kind: NoiseKind, snr_db: f64, purpose: &str) -> Vec<f64> {
        let band_hz = (kind == NoiseKind::Band).then_some([1_000.0, 2_000.0]);
        let noise = TestNoise { kind, snr_db, band_hz, seed: 0 };
        let fft = RealFft::new(LENGTH).unwrap();
        let clean = segment();
        let mean = clean.iter().map(|&x| f64::from(x)).sum::<f64>() / LENGTH as f64;
        let noisy = noise.added(&clean, &fft, RATE, purpose).unwrap();
        noisy.iter().zip(&clean).map(|(y, x)| f64::from(*y) - (f64::from(*x) - mean)).collect()
    }

    fn power(values: &[f64]) -> f64 {
        values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64
    }

    /// Power of the bins between two frequencies.
    fn power_between(values: &[f64], low: f64, high: f64) -> f64 {
        let fft = RealFft::new(LENGTH).unwrap();
        let mut bins = vec![Default::default(); fft.bins()];
        fft.forward(values, &mut bins, &mut Scratch::new()).unwrap();
        let frequency = |at: usize| at as f64 * RATE.0 / LENGTH as f64;
        let inside = bins.iter().enumerate().filter(|(at, _)| (low..high).contains(&frequency(*at)));
        inside.map(|(_, bin)| bin.norm_sqr()).sum()
    }

    #[test]
    fn every_segment_has_the_asked_ratio_and_no_mean() {
        for kind in [NoiseKind::White, NoiseKind::Pink, NoiseKind::Band] {
            for snr_db in [10.0, 0.0, -8.0] {
                let ratio = 10.0 * (2.0 / power(&noise_of(kind, snr_db, "a"))).log10();
                assert!((ratio - snr_db).abs() < 0.05, "{kind:?}: {ratio} dB instead of {snr_db}");
            }
        }
    }

    #[test]
    fn pink_noise_falls_and_band_noise_ends() {
        let white = noise_of(NoiseKind::White, 0.0, "a");
        let octaves = power_between(&white, 2_000.0, 4_000.0) / power_between(&white, 500.0, 1_000.0);
        assert!((3.0..5.0).contains(&octaves), "four times the bins, four times the power: {octaves}");
        let pink = noise_of(NoiseKind::Pink, 0.0, "a");
        let octaves = power_between(&pink, 2_000.0, 4_000.0) / power_between(&pink, 500.0, 1_000.0);
        assert!((0.75..1.33).contains(&octaves), "equal power an octave: {octaves}");
        let band = noise_of(NoiseKind::Band, 0.0, "a");
        let inside = power_between(&band, 1_000.0, 2_000.1);
        assert!(inside > 0.999 * power_between(&band, 0.0, 6_000.1));
    }

    #[test]
    fn noise_depends_on_the_place_of_the_segment_alone() {
        assert_eq!(noise_of(NoiseKind::White, 0.0, "a"), noise_of(NoiseKind::White, 0.0, "a"));
        assert_ne!(noise_of(NoiseKind::White, 0.0, "a"), noise_of(NoiseKind::White, 0.0, "b"));
    }
}
