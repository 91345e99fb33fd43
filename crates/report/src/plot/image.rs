//! The time-frequency image with its axes and colour bar.

use crate::axis::{Axis, Scale};
use crate::colormap::png_address;
use crate::figure::{Cells, Figure, Mark};
use crate::number;
use brinell_diagnosis::Diagnosis;
use brinell_signal::phrase;

/// The time-frequency image.
pub(crate) fn image(diagnosis: &Diagnosis) -> Option<Figure> {
    let image = &diagnosis.figures.image;
    if image.rows.checked_mul(image.columns) != Some(image.values.len()) || image.values.is_empty() {
        return None;
    }
    // The data has low frequencies first, a picture has its top row first.
    let flipped: Vec<u8> = image.values.chunks(image.columns).rev().flatten().copied().collect();
    let address = png_address(image.rows, image.columns, &flipped)?;
    let floor =
        if image.floor_db.is_finite() && image.floor_db != 0.0 { -image.floor_db.abs() } else { -1.0 };
    let cells = Cells {
        levels: image.values.clone(),
        rows: image.rows,
        ends: [floor, 0.0],
        unit: phrase!("dB re maximum"),
    };
    let step = image.duration_s / image.columns as f64;
    Some(Figure {
        id: "image".to_owned(),
        title: phrase!("Time-frequency image"),
        description: phrase!(
            "Power over time (0 to {s} s) and frequency (0 to {hz} Hz), in decibels below the maximum.",
            s = number::fixed(image.duration_s, 2),
            hz = number::fixed(image.top_hz, 0)
        ),
        size: [1080.0, 320.0],
        x: Axis::new(phrase!("Time, s"), Scale::Linear, [0.0, image.duration_s]).of_time(step),
        y: Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [0.0, image.top_hz]),
        rails: Vec::new(),
        marks: vec![Mark::Picture { address, cells: Some(cells) }],
        legend: Vec::new(),
        colour_bar: Some(([floor, 0.0], phrase!("dB re maximum"))),
    })
}
