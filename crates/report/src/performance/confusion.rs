//! Which class is taken for which.

use super::{WIDTH, percent};
use crate::axis::Axis;
use crate::colormap::png_address;
use crate::figure::{Figure, Mark};
use crate::standalone::stacked;

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
            let at = [column as f64 + 0.5, (classes - row) as f64 - 0.5];
            if classes <= 6 {
                let text = format!("{} % ({count})", percent(share));
                marks.push(Mark::Label { at, text });
            } else if count > 0 {
                marks.push(Mark::Label { at, text: percent(share) });
            }
            if count > 0 {
                words.push(format!("{} as {} {count}", data.classes[row], data.classes[column]));
            }
        }
    }
    let picture = png_address(classes, classes, &shades).map(|address| Mark::Picture { address });
    let names = data.classes.clone();
    let upwards: Vec<String> = names.iter().rev().cloned().collect();
    stacked(&[Figure {
        id: "confusion".to_owned(),
        title: data.title.clone(),
        description: format!("{}: {}.", data.title, words.join(", ")),
        size: [WIDTH.max(150.0 + 70.0 * classes as f64), 130.0 + 44.0 * classes as f64],
        x: Axis::of_cells("Predicted", names),
        y: Axis::of_cells("True", upwards),
        rails: Vec::new(),
        marks: picture.into_iter().chain(marks).collect(),
        legend: Vec::new(),
        colour_bar: Some(([0.0, 100.0], "% of true class".to_owned())),
    }])
}
