//! The amplitude spectrum of a whole recording, from which lines, their floors and a figure are told.

use brinell_signal::{
    Hertz, Scratch,
    fourier::{AmplitudeSpectrumParams, fast_length_below},
};

use crate::Error;

/// Amplitudes (peak) of the lines from 0 Hz: Hann window, no averaging, mean removed.
pub(crate) struct WholeSpectrum {
    /// Distance of the lines in hertz.
    pub(crate) spacing: f64,
    pub(crate) lines: Vec<f32>,
}

impl WholeSpectrum {
    /// The spectrum of `samples` up to the longest length that is quickly transformed: the few samples behind it, less than
    /// one in fifty from 10,000 on, are left out.
    pub(crate) fn of(samples: &[f32], rate: Hertz) -> Result<Self, Error> {
        let length = fast_length_below(samples.len()).unwrap_or(samples.len());
        let samples = &samples[..length];
        let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / samples.len() as f64;
        let centred: Vec<f32> = samples.iter().map(|&x| (f64::from(x) - mean) as f32).collect();
        let plan = AmplitudeSpectrumParams::default().plan::<f32>(rate, samples.len())?;
        let mut lines = vec![0f32; plan.spectrum_len()];
        plan.process(&centred, &mut lines, &mut Scratch::new())?;
        Ok(Self { spacing: plan.resolution().0, lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_samples_are_left_out_and_the_amplitude_of_a_line_is_its_peak() {
        let worst = (10_000..200_000).map(|n| 1.0 - fast_length_below(n).unwrap_or(0) as f64 / n as f64);
        assert!(worst.fold(0.0, f64::max) < 0.02);
        let samples: Vec<f32> = (0..10_007u16)
            .map(|n| 5.0 + 2.0 * (f32::from(n) * std::f32::consts::TAU / 100.0).sin())
            .collect();
        let spectrum = WholeSpectrum::of(&samples, Hertz(1_000.0)).unwrap_or_else(|error| panic!("{error}"));
        let at = (10.0 / spectrum.spacing).round() as usize;
        assert!((spectrum.lines[at] - 2.0).abs() < 0.35, "{}", spectrum.lines[at]);
        assert!(spectrum.lines[at + 200] < 1e-3);
    }
}
