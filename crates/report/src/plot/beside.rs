//! The squared-envelope spectra of two diagnoses on the same axes.

use super::{log_range, points_within, top_frequency};
use crate::axis::{Axis, Scale};
use crate::decisive;
use crate::figure::{Figure, Ink, Mark};
use crate::number;
use brinell_diagnosis::Diagnosis;
use brinell_signal::{Phrase, phrase};

/// Harmonics of the slower of the two combs that are shown.
const HARMONICS: f64 = 6.35;

/// Both envelope spectra, over orders where the two speeds are known and differ; `None` unless each has one.
pub(crate) fn both_envelopes(first: &Diagnosis, second: &Diagnosis) -> Option<Figure> {
    let both = [first, second];
    let speeds = decisive::speeds_that_differ(both);
    // What one step of the axis is of each, in hertz.
    let units = speeds.unwrap_or([1.0; 2]);
    let curves = both.map(|diagnosis| &diagnosis.figures.envelope_spectrum);
    let reach = both
        .into_iter()
        .zip(units)
        .filter_map(|(d, unit)| Some(decisive::expected_hz(d, decisive::evidence(d)?)? / unit))
        .reduce(f64::max)
        .map(|place| place * HARMONICS);
    let whole = (top_frequency(curves[0])? / units[0]).max(top_frequency(curves[1])? / units[1]);
    let top = whole.min(reach.unwrap_or(f64::MAX));
    let points = [0, 1].map(|at| {
        let mut points = points_within(curves[at], [0.0, top * units[at]]);
        points.iter_mut().for_each(|point| point[0] /= units[at]);
        points
    });
    if points.iter().any(Vec::is_empty) {
        return None;
    }
    let [low, high] = log_range(&points.concat());
    let [first_points, second_points] = points;
    let band = |diagnosis: &Diagnosis| {
        let [low, high] = diagnosis.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
        phrase!("band {low} to {high} Hz", low, high)
    };
    let line = |points, ink, name: &str, of: &Diagnosis| {
        let name = phrase!("{name}, {band}", name, band = band(of));
        (Mark::Line { points, ink }, name)
    };
    let lines: [(Mark, Phrase); 2] =
        [line(second_points, Ink::Second, "B", second), line(first_points, Ink::Trace, "A", first)];
    Some(Figure {
        id: "both-envelopes".to_owned(),
        title: phrase!("Squared-envelope spectra of both reports"),
        description: if speeds.is_some() {
            phrase!(
                "Squared-envelope spectra from 0 to {top:.1}\u{d7} shaft on the same axes: A of the {first}, B of the {second}.",
                top,
                first = band(first),
                second = band(second)
            )
        } else {
            phrase!(
                "Squared-envelope spectra from 0 to {top:.0} Hz on the same axes: A of the {first}, B of the {second}.",
                top,
                first = band(first),
                second = band(second)
            )
        },
        size: [1080.0, 420.0],
        x: if speeds.is_some() {
            Axis::new(phrase!("Order, \u{d7} shaft"), Scale::Linear, [0.0, top])
        } else {
            Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [0.0, top])
                .of_frequency(curves[0].resolution_hz)
        },
        y: Axis::new(phrase!("Squared envelope, as in the reports"), Scale::Log, [low, high])
            .in_unit(phrase!("as in the reports")),
        rails: Vec::new(),
        marks: lines.iter().map(|(mark, _)| mark.clone()).collect(),
        legend: lines.into_iter().rev().collect(),
        colour_bar: None,
    })
}
