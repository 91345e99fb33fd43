//! Hjorth's parameters: power, mean frequency and bandwidth of a record from its differences.
//!
//! ```text
//! activity = var x,   mobility = sqrt(var x' / var x),   complexity = mobility of x' / mobility of x
//! x'[n] = x[n+1] - x[n],   var = population variance
//! ```
//! (Hjorth 1970, doi 10.1016/0013-4694(70)90143-4). For a tone of `ω` radians a sample the mobility is
//! `2 sin(ω/2)` and the complexity 1; a wider spectrum is more complex. Mobility is per sample: times the rate
//! it is a frequency in radians per second.

use serde::{Deserialize, Serialize};

use crate::sample::Sample;

/// Hjorth's parameters of a stretch of samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hjorth {
    /// Population variance, in the samples' unit squared; infinite where it overflows.
    pub activity: f64,
    /// Deviation of the first difference over that of the samples. `None` for a constant.
    pub mobility: Option<f64>,
    /// Mobility of the first difference over that of the samples. `None` for a constant or a straight line.
    pub complexity: Option<f64>,
}

/// Hjorth's parameters of some samples, summed in f64. A deviation that is no larger than the rounding of the
/// samples counts as 0, so constants and straight lines have no ratios, never NaN; samples that are not finite
/// give no ratios either.
///
/// ```
/// let tone: Vec<f64> = (0..1000).map(|n| (std::f64::consts::TAU * n as f64 / 20.0).sin()).collect();
/// let hjorth = brinell_signal::quantity::hjorth(&tone);
/// assert!(hjorth.mobility.is_some_and(|m| (m - 2.0 * (std::f64::consts::PI / 20.0).sin()).abs() < 1e-3));
/// assert!(hjorth.complexity.is_some_and(|c| (c - 1.0).abs() < 1e-2));
/// ```
#[must_use]
pub fn hjorth<T: Sample>(samples: &[T]) -> Hjorth {
    let x = |n: usize| samples[n].widen();
    let n = samples.len();
    let largest = samples.iter().fold(0.0, |most: f64, v| most.max(v.widen().abs()));
    let rounding = (4.0 * T::epsilon().widen() * largest).powi(2);
    let activity = variance(n, x);
    let first = variance(n.saturating_sub(1), |i| x(i + 1) - x(i));
    let second = variance(n.saturating_sub(2), |i| (x(i + 2) - x(i + 1)) - (x(i + 1) - x(i)));
    let ratio = |top: f64, bottom: f64| {
        let top = if top > rounding { top } else { 0.0 };
        Some((top / bottom).sqrt()).filter(|ratio| bottom > rounding && ratio.is_finite())
    };
    let mobility = ratio(first, activity);
    let complexity = mobility
        .filter(|mobility| *mobility > 0.0)
        .and_then(|mobility| ratio(second, first).map(|next| next / mobility));
    Hjorth { activity, mobility, complexity }
}

/// Population variance of `count` values, in two passes; exactly 0 of none or of equal ones, infinite when it
/// overflows.
fn variance(count: usize, value: impl Fn(usize) -> f64) -> f64 {
    let n = count.max(1) as f64;
    if (1..count).all(|i| value(i) == value(0)) {
        return 0.0;
    }
    let mean = (0..count).map(&value).sum::<f64>() / n;
    let variance = (0..count).map(|i| (value(i) - mean).powi(2)).sum::<f64>() / n;
    if variance.is_nan() { f64::INFINITY } else { variance }
}
