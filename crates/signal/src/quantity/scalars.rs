//! Scalar quantities of a stretch of samples.

use serde::{Deserialize, Serialize};

/// Scalars of one stretch of samples, in the samples' unit or dimensionless.
///
/// Moments are population moments (divided by the number of samples) summed in f64. Ratios that do not
/// exist for the samples are `None`, never NaN: all of them for no samples or zeros, kurtosis and
/// skewness for a constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scalars {
    /// Mean, in the unit of the samples.
    pub mean: f64,
    /// Root mean square, the mean included, in the unit of the samples.
    pub rms: f64,
    /// Standard deviation, the mean removed, in the unit of the samples.
    pub standard_deviation: f64,
    /// Largest absolute value, the mean included, in the unit of the samples.
    pub peak: f64,
    /// Largest minus smallest value, in the unit of the samples. All further scalars are ratios.
    pub peak_to_peak: f64,
    /// Fourth central moment over the squared variance; 3 for Gaussian noise (Pearson's, not the excess).
    pub kurtosis: Option<f64>,
    /// Third central moment over the standard deviation cubed; 0 for a symmetric distribution.
    pub skewness: Option<f64>,
    /// Peak over RMS.
    pub crest: Option<f64>,
    /// RMS over the mean absolute value.
    pub shape: Option<f64>,
    /// Peak over the mean absolute value.
    pub impulse: Option<f64>,
    /// Peak over the squared mean of the square roots of the absolute values.
    pub clearance: Option<f64>,
    /// Hjorth's mobility: standard deviation of the differences between neighbours over that of the samples
    /// (1970, doi 10.1016/0013-4694(70)90143-4); about `2π` times mean frequency over rate.
    pub mobility: Option<f64>,
    /// Hjorth's complexity: mobility of the differences over that of the samples; 1 for a sine, more for a
    /// broad spectrum.
    pub complexity: Option<f64>,
}

/// The scalars of some samples. No samples give zeros and no ratios.
#[must_use]
pub fn scalars<T: Copy + Into<f64>>(samples: &[T]) -> Scalars {
    let values = || samples.iter().map(|&sample| sample.into());
    let count = samples.len().max(1) as f64;
    let (mut sum, mut squares, mut absolute, mut roots, mut peak) = (0.0, 0.0, 0.0, 0.0, 0.0_f64);
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values() {
        let size = value.abs();
        sum += value;
        squares += value * value;
        absolute += size;
        roots += size.sqrt();
        peak = peak.max(size);
        lowest = lowest.min(value);
        highest = highest.max(value);
    }
    let mean = sum / count;
    let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
    for value in values() {
        let deviation = value - mean;
        let square = deviation * deviation;
        second += square;
        third += square * deviation;
        fourth += square * square;
    }
    let varies = highest > lowest;
    let variance = if varies { second / count } else { 0.0 };
    let rms = (squares / count).sqrt();
    let ratio = |top: f64, bottom: f64| Some(top / bottom).filter(|ratio| bottom > 0.0 && ratio.is_finite());
    let first = deviation_of::<T, 1>(samples);
    let mobility = ratio(first, variance.sqrt());
    Scalars {
        mean,
        rms,
        standard_deviation: variance.sqrt(),
        peak,
        peak_to_peak: if varies { highest - lowest } else { 0.0 },
        kurtosis: ratio(fourth / count, variance * variance),
        skewness: ratio(third / count, variance * variance.sqrt()),
        crest: ratio(peak, rms),
        shape: ratio(rms, absolute / count),
        impulse: ratio(peak, absolute / count),
        clearance: ratio(peak, (roots / count).powi(2)),
        mobility,
        complexity: mobility
            .and_then(|_| ratio(deviation_of::<T, 2>(samples), first))
            .zip(mobility)
            .and_then(|(of_first, mobility)| ratio(of_first, mobility)),
    }
}

/// Standard deviation of the differences of order `D`, 1 or 2, in two passes; exactly 0 where they do not vary.
fn deviation_of<T: Copy + Into<f64>, const D: usize>(samples: &[T]) -> f64 {
    let differences = || {
        samples.windows(D + 1).map(|x| {
            let step = |i: usize| x[i + 1].into() - x[i].into();
            if D == 1 { step(0) } else { step(1) - step(0) }
        })
    };
    let count = samples.len().saturating_sub(D).max(1) as f64;
    let (mut sum, mut lowest, mut highest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
    for difference in differences() {
        sum += difference;
        lowest = lowest.min(difference);
        highest = highest.max(difference);
    }
    if highest <= lowest {
        return 0.0;
    }
    let mean = sum / count;
    (differences().map(|difference| (difference - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ratios_that_do_not_exist_are_none() {
        let nothing = scalars::<f32>(&[]);
        assert_eq!((nothing.mean, nothing.rms, nothing.crest, nothing.kurtosis), (0.0, 0.0, None, None));
        let zeros = scalars(&[0.0_f32; 8]);
        assert_eq!((zeros.crest, zeros.shape, zeros.impulse, zeros.clearance), (None, None, None, None));
        let constant = scalars(&[0.1_f32; 1001]);
        assert_eq!((constant.kurtosis, constant.skewness, constant.standard_deviation), (None, None, 0.0));
        assert!(constant.crest.is_some_and(|crest| (crest - 1.0).abs() < 1e-12));
    }

    proptest! {
        #[test]
        fn dimensionless_scalars_do_not_change_with_gain(
            samples in prop::collection::vec(-1.0..1.0_f64, 8..200), gain in 1e-3..1e3_f64,
        ) {
            let louder: Vec<f64> = samples.iter().map(|sample| sample * gain).collect();
            let (before, after) = (scalars(&samples), scalars(&louder));
            let pairs = [
                (before.kurtosis, after.kurtosis), (before.crest, after.crest), (before.shape, after.shape),
                (before.impulse, after.impulse), (before.clearance, after.clearance),
            ];
            for (before, after) in pairs {
                let (before, after) = (before.unwrap_or(0.0), after.unwrap_or(0.0));
                prop_assert!((before - after).abs() <= 1e-9 * before.abs());
            }
        }

        #[test]
        fn no_scalar_is_ever_nan(bits in prop::collection::vec(any::<u32>(), 0..50)) {
            let samples: Vec<f32> = bits.into_iter().map(f32::from_bits).filter(|x| x.is_finite()).collect();
            let s = scalars(&samples);
            for value in [s.mean, s.rms, s.standard_deviation, s.peak, s.peak_to_peak] {
                prop_assert!(value.is_finite());
            }
            let ratios =
                [s.kurtosis, s.skewness, s.crest, s.shape, s.impulse, s.clearance, s.mobility, s.complexity];
            for value in ratios.into_iter().flatten() {
                prop_assert!(value.is_finite());
            }
        }
    }
}
