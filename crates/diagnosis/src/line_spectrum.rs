//! Squared-envelope line spectra of several bands of one recording, as excess over their local floor.

use brinell_signal::{
    Hertz, Scratch,
    envelope::SquaredEnvelopePlan,
    fourier::{FLOOR_HALF_WIDTH, MedianWindow, RealFft, fast_length_below, running_median},
    separation::whiten,
};
use num_complex::Complex;

use crate::Error;
use crate::comb::{HARMONICS, mask};

/// Bands that are tried, as fractions of the Nyquist frequency: everything, then overlapping parts
/// from low to high, since a resonance can lie anywhere.
const BANDS: [(f64, f64); 6] =
    [(0.02, 0.99), (0.02, 0.25), (0.15, 0.40), (0.30, 0.60), (0.50, 0.80), (0.70, 0.97)];

/// Width of the widest band, as a fraction of the Nyquist frequency: no line lies beyond it.
pub(crate) const WIDEST_BAND: f64 = BANDS[0].1 - BANDS[0].0;

/// Longest stretch that is transformed at once, in revolutions; longer recordings are cut into equal
/// stretches whose power spectra are averaged, because slip smears lines over many fine bins.
const LONGEST_REVOLUTIONS: f64 = 400.0;

/// The squared-envelope spectrum of one band.
pub(crate) struct LineSpectrum {
    /// Band in hertz.
    pub(crate) band: [f64; 2],
    /// Spacing of the lines in hertz.
    pub(crate) spacing: f64,
    /// Lines from 0 Hz: peak amplitude over the mean of the squared envelope (modulation index).
    pub(crate) amplitude: Vec<f64>,
    /// Local floor of `amplitude`.
    pub(crate) floor: Vec<f64>,
    /// `log10(amplitude / floor)`, at most 0 at the harmonics of the shaft.
    pub(crate) excess: Vec<f64>,
}

/// Spectra of all bands, up to the frequency that the highest order needs.
///
/// The recording is first whitened (divided by its smoothed spectrum) so that every part of a band
/// counts alike. Lines at harmonics of the shaft are set to their floor: unbalance and looseness make
/// them on any machine.
pub(crate) fn line_spectra(
    samples: &[f32],
    rate: Hertz,
    shaft: Hertz,
    highest_order: f64,
) -> Result<Vec<LineSpectrum>, Error> {
    let revolutions = samples.len() as f64 / rate.0 * shaft.0;
    let stretches = (revolutions / LONGEST_REVOLUTIONS).ceil().max(1.0) as usize;
    let length = fast_length_below(samples.len() / stretches).unwrap_or(1);
    let spacing = rate.0 / length as f64;
    // Twice the order under test is the highest control; slip and a margin for the floor come on top.
    let top = (2.1 * highest_order * HARMONICS as f64 * shaft.0 / spacing) as usize + 2 * FLOOR_HALF_WIDTH;
    let nyquist = rate.0 / 2.0;

    let whitened: Vec<Vec<f32>> = (0..stretches)
        .map(|i| whiten(&samples[i * length..(i + 1) * length], rate, Hertz(2.0 * shaft.0)))
        .collect::<Result<_, _>>()?;
    let powers = band_powers(&whitened, length)?;

    BANDS
        .iter()
        .enumerate()
        .map(|(b, (low, high))| {
            let band = [low * nyquist, high * nyquist];
            let plan = SquaredEnvelopePlan::<f32>::new(rate, length, Some((Hertz(band[0]), Hertz(band[1]))))?;
            let mut scratch = Scratch::new();
            let mut spectrum = vec![0f32; plan.spectrum_len()];
            let lines = top.min(spectrum.len());
            let mut power = vec![0f64; lines];
            for (stretch, mean) in whitened.iter().zip(&powers) {
                plan.process(stretch, &mut spectrum, &mut scratch)?;
                let mean = mean[b].max(f64::MIN_POSITIVE);
                for (sum, line) in power.iter_mut().zip(&spectrum) {
                    *sum += (f64::from(*line) / mean).powi(2);
                }
            }
            let amplitude: Vec<f64> = power.iter().map(|p| (p / stretches as f64).sqrt()).collect();
            let mut floor = vec![0f64; lines];
            running_median(&amplitude, FLOOR_HALF_WIDTH, &mut floor, &mut MedianWindow::default())?;
            let mut excess: Vec<f64> = amplitude
                .iter()
                .zip(&floor)
                .map(|(a, f)| if *f > 0.0 && *a > 0.0 { (a / f).log10() } else { 0.0 })
                .collect();
            mask_shaft(&mut excess, spacing / shaft.0);
            Ok(LineSpectrum { band, spacing, amplitude, floor, excess })
        })
        .collect()
}

/// Half-width in orders of the stretch that is left out around the shaft's harmonic `k`: the window's
/// resolution, or 0.1 % for what the stated speed may be off.
pub(crate) fn shaft_mask(k: f64, spacing: f64) -> f64 {
    (2.5 * spacing).max(1e-3 * k)
}

fn mask_shaft(excess: &mut [f64], spacing: f64) {
    let orders = excess.len() as f64 * spacing;
    // From about order 250 on the masks would meet; no bearing harmonic in use lies that high.
    for k in 1..=(orders.min(250.0) as usize) {
        mask(excess, spacing, k as f64, shaft_mask(k as f64, spacing));
    }
}

/// Mean of the squared envelope of each stretch in each band, from Parseval's identity.
fn band_powers(stretches: &[Vec<f32>], length: usize) -> Result<Vec<[f64; BANDS.len()]>, Error> {
    let fft = RealFft::<f32>::new(length)?;
    let mut spectrum = vec![Complex::default(); fft.bins()];
    let mut scratch = Scratch::new();
    let nyquist = length as f64 / 2.0;
    stretches
        .iter()
        .map(|samples| {
            fft.forward(samples, &mut spectrum, &mut scratch)?;
            Ok(BANDS.map(|(low, high)| {
                let bins = (low * nyquist).ceil() as usize..(high * nyquist).ceil() as usize;
                let sum: f64 = spectrum[bins].iter().map(|c| f64::from(c.norm_sqr())).sum();
                4.0 * sum / (length as f64).powi(2)
            }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_mean_by_parseval_is_the_spectrums_own_normalisation() {
        // Carrier with 50 % amplitude modulation: the squared envelope (1 + m cos)^2 has mean
        // 1 + m^2/2 and a line 2m, so the modulation index is 2m / (1 + m^2/2) = 0.889 for m = 0.5.
        let rate = 12_000.0;
        let m = 0.5;
        let samples: Vec<f32> = (0..24_000)
            .map(|i| {
                let t = f64::from(i) / rate * std::f64::consts::TAU;
                ((1.0 + m * (100.0 * t).cos()) * (3000.0 * t).cos()) as f32
            })
            .collect();
        let plan =
            SquaredEnvelopePlan::<f32>::new(Hertz(rate), samples.len(), Some((Hertz(1800.0), Hertz(3600.0))))
                .unwrap();
        let mut spectrum = vec![0f32; plan.spectrum_len()];
        plan.process(&samples, &mut spectrum, &mut Scratch::new()).unwrap();
        let mean = band_powers(std::slice::from_ref(&samples), samples.len()).unwrap()[0][3];
        let line = f64::from(spectrum[200]) / mean;
        assert!((line - 2.0 * m / (1.0 + m * m / 2.0)).abs() < 1e-3, "{line}");
    }

    #[test]
    fn long_recordings_are_averaged_to_a_bounded_resolution() {
        let samples: Vec<f32> = (0..600_000u64).map(|i| ((i * 7919 % 1013) as f32).sin()).collect();
        let spectra = line_spectra(&samples, Hertz(10_000.0), Hertz(20.0), 5.4).unwrap();
        assert_eq!(spectra.len(), BANDS.len());
        // 1200 revolutions in three stretches of 400.
        assert!((spectra[0].spacing - 0.05).abs() < 0.001, "{}", spectra[0].spacing);
    }

    #[test]
    fn constant_samples_give_no_excess_and_no_nan() {
        for spectrum in line_spectra(&vec![1.0; 20_000], Hertz(10_000.0), Hertz(25.0), 5.4).unwrap() {
            assert!(spectrum.excess.iter().all(|e| e.is_finite()));
        }
    }
}
