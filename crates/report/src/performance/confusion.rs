//! Which class is taken for which.

use super::{WIDTH, percent};
use crate::axis::Axis;
use crate::colormap::png_address;
use crate::figure::{Figure, Mark};
use crate::standalone::stacked;

/// Most pixels across; where names would need more, some columns go without.
const WIDEST: f64 = 1600.0;

/// Counts of true and predicted classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    /// Over the picture.
    pub title: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// `counts[true class][predicted class]`.
    pub counts: Vec<Vec<u64>>,
}

/// The table as a picture: a row for each true class, the first at the top, the colour being the share of its examples;
/// each cell with that share in percent and, where there is room, the count. Empty rows are dark.
pub fn confusion(data: &Confusion) -> String {
    let classes = data.classes.len();
    let row_sum = |row: &[u64]| row.iter().sum::<u64>().max(1) as f64;
    let cell = |row: usize, column: usize| {
        data.counts.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
    };
    let (mut shades, mut marks, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..classes {
        let sum = row_sum(data.counts.get(row).map_or(&[], Vec::as_slice));
        for column in 0..classes {
            let count = cell(row, column);
            let share = count as f64 / sum;
            shades.push((share * 255.0).round() as u8);
            // viridis is lighter than mid grey from here on
            let on_dark = share < 0.6;
            let at = [column as f64 + 0.5, (classes - row) as f64 - 0.5];
            if classes <= 6 {
                let text = format!("{} % ({count})", percent(share));
                marks.push(Mark::Label { at, text: text.into(), on_dark });
            } else if count > 0 {
                marks.push(Mark::Label { at, text: percent(share).into(), on_dark });
            }
            if count > 0 {
                words.push(format!("{} as {} {count}", data.classes[row], data.classes[column]));
            }
        }
    }
    // as wide as the longest name, so that every class is named under its column
    let longest = data.classes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let cell_width = (7.0 * longest as f64 + 16.0).max(70.0);
    let picture =
        png_address(classes, classes, &shades).map(|address| Mark::Picture { address, cells: None });
    let names = data.classes.clone();
    let upwards: Vec<String> = names.iter().rev().cloned().collect();
    stacked(&[Figure {
        id: "confusion".to_owned(),
        title: data.title.clone().into(),
        description: format!("{}: {}.", data.title, words.join(", ")).into(),
        size: [WIDTH.max(200.0 + cell_width * classes as f64).min(WIDEST), 130.0 + 44.0 * classes as f64],
        x: Axis::of_cells("Predicted", names),
        y: Axis::of_cells("True", upwards),
        rails: Vec::new(),
        marks: picture.into_iter().chain(marks).collect(),
        legend: Vec::new(),
        colour_bar: Some(([0.0, 100.0], "% of true class".into())),
    }])
}
