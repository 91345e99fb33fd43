//! The kurtogram: how much each band rings in bursts, over a tree of bands.

use crate::axis::{Axis, Scale};
use crate::colormap::png_address;
use crate::figure::{Cells, Figure, Ink, Mark, Rail, RailEntry};
use crate::number;
use brinell_diagnosis::{Diagnosis, Kurtogram, KurtogramBand};
use brinell_signal::{Phrase, phrase};

/// Most columns of the picture.
const COLUMNS: usize = 960;
/// Share of the largest value from which its colour is light.
const LIGHT: f64 = 0.6;

/// The kurtogram with its best band, the runner-up, and the band that was demodulated.
pub(crate) fn kurtogram(diagnosis: &Diagnosis) -> Option<Figure> {
    let kurtogram = diagnosis.figures.kurtogram.as_ref()?;
    let rows = &kurtogram.rows;
    if rows.is_empty() || rows.len() > 64 || rows.iter().any(|row| row.is_empty() || row.len() > COLUMNS) {
        return None;
    }
    let top = Some(kurtogram.top_hz).filter(|top| top.is_finite() && *top > 0.0)?;
    let largest = rows.iter().flatten().map(|v| f64::from(*v)).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let largest = if largest > 0.0 { largest } else { 1.0 };
    let columns = columns(kurtogram);
    let level = |row: &[f32], column: usize| {
        let value = f64::from(row[column * row.len() / columns]);
        (255.0 * (value / largest).clamp(0.0, 1.0)).round() as u8
    };
    let picture: Vec<u8> =
        rows.iter().flat_map(|row| (0..columns).map(move |column| level(row, column))).collect();
    let cells = Cells {
        levels: picture.chunks(columns).rev().flatten().copied().collect(),
        rows: rows.len(),
        ends: [0.0, largest],
        unit: phrase!("kurtosis"),
    };
    let address = png_address(rows.len(), columns, &picture)?;
    let mut marks = vec![Mark::Picture { address, cells: Some(cells) }];
    marks.extend(label(kurtogram, &kurtogram.best, "1", largest));
    marks.extend(kurtogram.second.as_ref().and_then(|band| label(kurtogram, band, "2", largest)));
    let names =
        rows.iter().rev().map(|row| number::significant(top / row.len() as f64, 3)).collect::<Vec<_>>();
    let narrowest = rows.iter().map(Vec::len).max().unwrap_or(1);
    Some(Figure {
        id: "kurtogram".to_owned(),
        title: phrase!("Kurtogram"),
        description: describe(kurtogram),
        size: [1080.0, 96.0 + 21.0 * rows.len() as f64],
        x: Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [0.0, top])
            .of_frequency(top / narrowest as f64),
        y: Axis::of_cells(phrase!("Band width, Hz"), names),
        rails: shown_band(diagnosis),
        marks,
        legend: Vec::new(),
        colour_bar: Some(([0.0, largest], phrase!("Kurtosis"))),
    })
}

/// Columns in which every band of every row fills whole ones, as far as there is room.
fn columns(kurtogram: &Kurtogram) -> usize {
    let divisor = |mut a: usize, mut b: usize| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    kurtogram.rows.iter().fold(1, |all, row| {
        let common = all / divisor(all, row.len()) * row.len();
        if common <= COLUMNS { common } else { COLUMNS }
    })
}

/// A number in the middle of a band.
fn label(kurtogram: &Kurtogram, band: &KurtogramBand, text: &str, largest: f64) -> Option<Mark> {
    let row = kurtogram.rows.len().checked_sub(band.row.checked_add(1)?)?;
    let [low, high] = band.band_hz;
    Some(Mark::Label {
        at: [(low + high) / 2.0, row as f64 + 0.5],
        text: text.into(),
        on_dark: band.value < LIGHT * largest,
    })
}

/// The edges of the band of the envelope spectrum, over the picture.
fn shown_band(diagnosis: &Diagnosis) -> Vec<Rail> {
    let entry = |x: f64, label: Phrase| RailEntry { x, label, filled: true };
    let [low, high] = diagnosis.figures.envelope_band_hz;
    let entries = vec![entry(low, phrase!("from")), entry(high, phrase!("to"))];
    vec![Rail { label: phrase!("used"), ink: Ink::Shaft, entries }]
}

fn describe(kurtogram: &Kurtogram) -> Phrase {
    let words = |band: &KurtogramBand| {
        let [low, high] = band.band_hz.map(|hz| number::fixed(hz, 0));
        phrase!("{low} to {high} Hz with {value}", low, high, value = number::significant(band.value, 3))
    };
    let (widths, best) = (kurtogram.rows.len(), words(&kurtogram.best));
    match &kurtogram.second {
        Some(second) => phrase!(
            "Kurtosis of the envelope in bands of {widths} widths. The largest is {best}, then {second}.",
            widths,
            best,
            second = words(second)
        ),
        None => {
            phrase!(
                "Kurtosis of the envelope in bands of {widths} widths. The largest is {best}.",
                widths,
                best
            )
        }
    }
}
