//! Spectral whitening: a flat spectrum, so that every frequency counts alike.

use num_complex::Complex;

use crate::error::{Error, Result};
use crate::fourier::fft::RealFft;
use crate::scratch::Scratch;
use crate::units::Hertz;

/// Divides the spectrum of `samples` by its own smoothed magnitude and returns the series, scaled to
/// unit RMS.
///
/// The magnitude is the square root of the power averaged over a sliding band of width `bandwidth`
/// (at least nine bins). Lines narrower than that stay; resonances and the colour of the background
/// go. The phase is kept, so impacts stay where they are. The mean is removed. A band without any
/// power stays empty: the magnitude is floored at 1e-6 of its largest value.
///
/// The transform is periodic: the step from the last sample to the first is part of the signal. Cost:
/// two real FFTs of the length, which should have no large prime factors.
///
/// Source: pre-whitening as in Sawalhi and Randall 2007 (doi 10.1016/j.ymssp.2006.12.002), by a local
/// average in place of an autoregressive model.
///
/// # Errors
/// Empty input, or a rate or bandwidth that is not a positive number.
pub fn whiten(samples: &[f32], rate: Hertz, bandwidth: Hertz) -> Result<Vec<f32>> {
    Error::check_rate(rate)?;
    if !bandwidth.is_positive() {
        let reason = "it has to be a finite number of hertz above 0";
        return Err(Error::parameter("whitening", "bandwidth", bandwidth.0, reason));
    }
    let n = samples.len();
    let fft = RealFft::<f32>::new(n)?;
    let mut scratch = Scratch::new();
    let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64;
    let mut series: Vec<f32> = samples.iter().map(|&x| (f64::from(x) - mean) as f32).collect();
    let mut spectrum = vec![Complex::<f32>::default(); fft.bins()];
    fft.forward(&series, &mut spectrum, &mut scratch)?;

    let mut cumulated = Vec::with_capacity(spectrum.len() + 1);
    cumulated.push(0f64);
    let mut sum = 0f64;
    for bin in &spectrum {
        sum += f64::from(bin.norm_sqr());
        cumulated.push(sum);
    }
    let half = ((bandwidth.0 * n as f64 / rate.0 / 2.0) as usize).max(4);
    let local: Vec<f64> = (0..spectrum.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(half), (i + half + 1).min(spectrum.len()));
            (cumulated[to] - cumulated[from]) / (to - from) as f64
        })
        .collect();
    let floor = 1e-12 * local.iter().copied().fold(0.0, f64::max);
    for (bin, power) in spectrum.iter_mut().zip(&local) {
        let power = power.max(floor);
        *bin = if power > 0.0 { *bin * (1.0 / power.sqrt()) as f32 } else { *bin * 0.0 };
    }
    spectrum[0] = Complex::default();
    fft.inverse(&spectrum, &mut series, &mut scratch)?;

    let power = series.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n as f64;
    if power > 0.0 {
        let scale = (1.0 / power.sqrt()) as f32;
        series.iter_mut().for_each(|x| *x *= scale);
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn coloured_noise_becomes_flat_with_unit_rms() {
        // A first-order recursion gives the low end about 25 dB more power than the high end.
        let mut state = 0x1234_5678_u64;
        let mut last = 0.0;
        let samples: Vec<f32> = (0..16_384)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                last = 0.9 * last + ((state >> 33) as f64 / f64::from(1u32 << 31) - 0.5);
                last as f32
            })
            .collect();
        let white = whiten(&samples, Hertz(1000.0), Hertz(20.0)).unwrap();
        let power = |x: &[f32]| x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / x.len() as f64;
        assert!((power(&white) - 1.0).abs() < 1e-4);
        // The difference of neighbours has power 2 (1 - r); r is the correlation at lag one.
        let difference: Vec<f32> = white.windows(2).map(|w| w[1] - w[0]).collect();
        let correlation = 1.0 - power(&difference) / 2.0;
        assert!(correlation.abs() < 0.05, "{correlation}");
    }

    #[test]
    fn constants_and_single_samples_become_zeros() {
        for n in [1, 2, 3, 64] {
            let white = whiten(&vec![2.5; n], Hertz(10.0), Hertz(1.0)).unwrap();
            assert!(white.iter().all(|x| *x == 0.0), "{n}: {white:?}");
        }
    }

    #[test]
    fn unusable_arguments_are_refused() {
        assert!(whiten(&[], Hertz(1.0), Hertz(1.0)).is_err());
        assert!(whiten(&[1.0], Hertz(0.0), Hertz(1.0)).is_err());
        assert!(whiten(&[1.0], Hertz(1.0), Hertz(f64::NAN)).is_err());
    }
}
