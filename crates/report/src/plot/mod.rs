//! The figures of a report: from a diagnosis to [`Figure`]s. A figure whose data is missing is `None`;
//! the page says so in its place.

mod beside;
mod envelope;
mod image;
mod impacts;
mod kurtogram;
mod spectrum;
mod trend;
mod waterfall;
mod waveform;

pub(crate) use beside::both_envelopes;
pub(crate) use envelope::{deciding, envelope};
pub(crate) use image::image;
pub(crate) use impacts::{autocorrelation, impacts};
pub(crate) use kurtogram::kurtogram;
pub(crate) use spectrum::{low_spectrum, spectrum};
pub(crate) use trend::trends;
pub(crate) use waterfall::waterfall;
pub(crate) use waveform::{peak, waveform};

use crate::figure::Figure;
use brinell_diagnosis::{Curve, Diagnosis};

/// All figures that `diagnosis` has data for, in the order of the report, as data.
pub fn figures(diagnosis: &Diagnosis) -> Vec<Figure> {
    let of_evidence = [
        deciding,
        waveform,
        spectrum,
        low_spectrum,
        kurtogram,
        envelope,
        impacts,
        autocorrelation,
        waterfall,
        image,
    ];
    of_evidence.iter().filter_map(|figure| figure(diagnosis)).chain(trends(diagnosis)).collect()
}

/// Finite points of a curve with a frequency in `range`, in order.
fn points_within(curve: &Curve, range: [f64; 2]) -> Vec<[f64; 2]> {
    curve
        .hz
        .iter()
        .zip(&curve.value)
        .map(|(hz, value)| [f64::from(*hz), f64::from(*value)])
        .filter(|p| p[0].is_finite() && p[1].is_finite() && p[0] >= range[0] && p[0] <= range[1])
        .collect()
}

/// Highest finite frequency of a curve; `None` when it has no point that can be drawn.
fn top_frequency(curve: &Curve) -> Option<f64> {
    points_within(curve, [0.0, f64::MAX]).iter().map(|p| p[0]).reduce(f64::max).filter(|top| *top > 0.0)
}

/// Point with the largest value.
pub(crate) fn largest(points: &[[f64; 2]]) -> Option<[f64; 2]> {
    points.iter().copied().reduce(|best, p| if p[1] > best[1] { p } else { best })
}

/// Largest point of a curve above `from_hz`.
pub(crate) fn largest_above(curve: &Curve, from_hz: f64) -> Option<[f64; 2]> {
    largest(&points_within(curve, [from_hz, f64::MAX]))
}

/// Range of a logarithmic amplitude axis: from the level below which only a few points lie to above
/// the largest, at most six and at least two decades.
fn log_range(points: &[[f64; 2]]) -> [f64; 2] {
    let mut values: Vec<f64> = points.iter().map(|p| p[1]).filter(|v| *v > 0.0).collect();
    values.sort_by(f64::total_cmp);
    let Some(&top) = values.last() else { return [1e-6, 1.0] };
    let low = values[values.len() / 200] * 0.7;
    [low.clamp(top * 1e-6, top * 1e-2), top * 2.0]
}
