//! Squared-envelope spectra over time, with the combs that decide.

use crate::axis::{Axis, Scale};
use crate::colormap::png_address;
use crate::decisive;
use crate::figure::{Cells, Figure, Ink, Mark, Rail, RailEntry};
use crate::number;
use crate::palette::kind_line;
use brinell_diagnosis::Diagnosis;
use brinell_signal::phrase;

/// Harmonics that are marked.
const HARMONICS: u32 = 6;

/// Envelope spectra, time upwards.
pub(crate) fn waterfall(diagnosis: &Diagnosis) -> Option<Figure> {
    let shown = diagnosis.figures.waterfall.as_ref()?;
    if shown.rows.checked_mul(shown.columns) != Some(shown.values.len()) || shown.values.is_empty() {
        return None;
    }
    let positive = |value: f64| Some(value).filter(|v| v.is_finite() && *v > 0.0);
    let (top, duration) = (positive(shown.top_hz)?, positive(shown.duration_s)?);
    let floor = -positive(shown.floor_db)?;
    // A cell is drawn around its line, and the first line is 0 Hz.
    let half = positive(shown.part_s).map_or(0.0, |part| 0.5 / part);
    let picture: Vec<u8> = shown.values.chunks(shown.columns).rev().flatten().copied().collect();
    let address = png_address(shown.rows, shown.columns, &picture)?;
    let cells = Cells {
        levels: shown.values.clone(),
        rows: shown.rows,
        ends: [floor, 0.0],
        unit: phrase!("dB re maximum"),
    };
    Some(Figure {
        id: "waterfall".to_owned(),
        title: phrase!("Envelope spectrum over time"),
        description: phrase!(
            "Squared-envelope spectra from 0 to {hz} Hz of {parts} parts of the recording, one above the other over {s} s, in decibels below the maximum.",
            hz = number::fixed(top, 0),
            parts = shown.rows,
            s = number::fixed(duration, 2)
        ),
        size: [1080.0, 330.0],
        x: Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [-half, top - half])
            .of_frequency(top / shown.columns as f64),
        y: Axis::new(phrase!("Time, s"), Scale::Linear, [0.0, duration])
            .of_time(duration / shown.rows as f64),
        rails: rails(diagnosis, top),
        marks: vec![Mark::Picture { address, cells: Some(cells) }],
        legend: Vec::new(),
        colour_bar: Some(([floor, 0.0], phrase!("dB re maximum"))),
    })
}

/// Where the combs that decide are expected.
fn rails(diagnosis: &Diagnosis, top: f64) -> Vec<Rail> {
    let kinds = decisive::kinds(diagnosis);
    let shown = diagnosis.evidence.iter().filter(|evidence| kinds.contains(&evidence.element));
    shown
        .filter_map(|evidence| {
            let hz = decisive::expected_hz(diagnosis, evidence).filter(|hz| *hz > 0.0)?;
            let places = (1..=HARMONICS).map(|k| (k, hz * f64::from(k))).filter(|(_, x)| *x <= top);
            let entry = |(k, x): (u32, f64)| RailEntry { x, label: k.to_string().into(), filled: false };
            Some(Rail {
                label: kind_line(evidence.element).into(),
                ink: Ink::Kind(evidence.element),
                entries: places.map(entry).collect(),
            })
        })
        .collect()
}
