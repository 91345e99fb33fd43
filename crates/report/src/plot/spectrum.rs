//! The amplitude spectrum: over the whole band, and its low end with the shaft harmonics.

use super::{largest, log_range, points_within, top_frequency};
use crate::axis::{Axis, Scale};
use crate::decisive;
use crate::figure::{Figure, Ink, Mark, Rail, RailEntry};
use crate::number;
use brinell_diagnosis::Diagnosis;
use brinell_signal::phrase;

/// Shaft harmonics that are marked.
const SHAFT_HARMONICS: u32 = 10;

/// Amplitude spectrum from 0 to its top, with the demodulated band.
pub(crate) fn spectrum(diagnosis: &Diagnosis) -> Option<Figure> {
    let curve = &diagnosis.figures.spectrum;
    let top = top_frequency(curve)?;
    let points = points_within(curve, [0.0, top]);
    let [hz, value] = largest(&points)?;
    let band = diagnosis.figures.envelope_band_hz;
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    if band.iter().all(|v| v.is_finite()) && band[1] > band[0] {
        let strip = Mark::Strip { x: band, ink: Ink::Band, centre: false };
        legend.push((
            strip.clone(),
            phrase!("band of the envelope spectrum, {low:.0} to {high:.0} Hz", low = band[0], high = band[1]),
        ));
        marks.push(strip);
    }
    let y = log_range(&points);
    marks.push(Mark::Line { points, ink: Ink::Trace });
    Some(Figure {
        id: "spectrum".to_owned(),
        title: phrase!("Amplitude spectrum"),
        description: phrase!(
            "Amplitude spectrum from 0 to {top:.0} Hz, logarithmic amplitude. Largest line: {value} at {hz} Hz.",
            top,
            value = number::significant(value, 3),
            hz = number::hertz(hz, curve.resolution_hz)
        ),
        size: [1080.0, 280.0],
        x: Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [0.0, top]).of_frequency(curve.resolution_hz),
        y: Axis::new(phrase!("Amplitude, {unit}", unit = &curve.unit), Scale::Log, y)
            .in_unit(curve.unit.clone()),
        rails: Vec::new(),
        marks,
        legend,
        colour_bar: None,
    })
}

/// Low end of the amplitude spectrum with the shaft harmonics; needs the shaft speed.
pub(crate) fn low_spectrum(diagnosis: &Diagnosis) -> Option<Figure> {
    let curve = &diagnosis.figures.spectrum;
    let shaft = decisive::shaft_hz(diagnosis)?;
    let top = top_frequency(curve)?.min((f64::from(SHAFT_HARMONICS) + 0.6) * shaft);
    let points = points_within(curve, [0.0, top]);
    if points.len() < 3 {
        return None;
    }
    let [hz, value] = largest(&points)?;
    let harmonics: Vec<u32> = (1..=SHAFT_HARMONICS).filter(|k| f64::from(*k) * shaft <= top).collect();
    let mut marks: Vec<Mark> =
        harmonics.iter().map(|k| Mark::Rule { x: f64::from(*k) * shaft, ink: Ink::Shaft }).collect();
    let y = log_range(&points);
    marks.push(Mark::Line { points, ink: Ink::Trace });
    let entries = harmonics
        .iter()
        .map(|k| RailEntry { x: f64::from(*k) * shaft, label: format!("{k}\u{d7}").into(), filled: true })
        .collect();
    Some(Figure {
        id: "low-spectrum".to_owned(),
        title: phrase!("Amplitude spectrum at the shaft harmonics"),
        description: phrase!(
            "Amplitude spectrum from 0 to {top:.0} Hz with the shaft harmonics 1x to {count}x marked. Largest line: {value} at {hz} Hz.",
            top,
            count = harmonics.len(),
            value = number::significant(value, 3),
            hz = number::hertz(hz, curve.resolution_hz)
        ),
        size: [1080.0, 250.0],
        x: Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [0.0, top]).of_frequency(curve.resolution_hz),
        y: Axis::new(phrase!("Amplitude, {unit}", unit = &curve.unit), Scale::Log, y)
            .in_unit(curve.unit.clone()),
        rails: vec![Rail { label: phrase!("shaft"), ink: Ink::Shaft, entries }],
        marks,
        legend: Vec::new(),
        colour_bar: None,
    })
}
