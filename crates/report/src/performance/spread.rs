//! A figure of every fold and seed.

use super::WIDTH;
use crate::axis::{Axis, Scale};
use crate::figure::{Figure, Ink, Mark};
use crate::number::fixed;
use crate::standalone::stacked;

/// Most folds that are drawn by name; more are drawn by rank.
const MOST_NAMED: usize = 24;

/// Values of all folds.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Over the picture.
    pub title: String,
    /// What the values are, with their unit.
    pub label: String,
    /// The folds.
    pub folds: Vec<FoldValues>,
    /// Mean over folds of the mean over seeds.
    pub mean: f64,
    /// Ends of the interval of that mean.
    pub interval: Option<[f64; 2]>,
}

/// One fold: its name and one value for each seed.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldValues {
    /// Name of the fold.
    pub fold: String,
    /// One value for each seed.
    pub values: Vec<f64>,
}

/// A column for each fold with a point for each seed, the mean as a line and its interval as an area; of more than 24
/// folds the columns are in order of their means.
pub fn spread(data: &Spread) -> String {
    let mean = |fold: &FoldValues| fold.values.iter().sum::<f64>() / fold.values.len().max(1) as f64;
    let named = data.folds.len() <= MOST_NAMED;
    let mut folds: Vec<&FoldValues> = data.folds.iter().collect();
    if !named {
        folds.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    }
    let count = folds.len() as f64;
    let across = |y: f64, ink: Ink| Mark::Line { points: vec![[0.0, y], [count, y]], ink };
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    if let Some([low, high]) = data.interval {
        marks.push(Mark::Area { points: vec![[0.0, low, high], [count, low, high]], ink: Ink::Band });
        let sample = Mark::Strip { x: [0.0, 1.0], ink: Ink::Band, centre: false };
        legend.push((sample, format!("95 % interval, {} to {}", fixed(low, 1), fixed(high, 1)).into()));
    }
    let line = across(data.mean, Ink::Floor);
    marks.push(line.clone());
    legend.insert(0, (line, format!("mean, {}", fixed(data.mean, 2)).into()));
    for (at, fold) in folds.iter().enumerate() {
        let x = at as f64 + 0.5;
        let own = mean(fold);
        marks.push(Mark::Line { points: vec![[x - 0.3, own], [x + 0.3, own]], ink: Ink::Trace });
        for value in &fold.values {
            let note = format!("{}: {}", fold.fold, fixed(*value, 2));
            marks.push(Mark::Point { at: [x, *value], ink: Ink::Trace, filled: false, note: note.into() });
        }
    }
    let values = || data.folds.iter().flat_map(|fold| fold.values.iter().copied());
    let (low, high) = (values().fold(data.mean, f64::min), values().fold(data.mean, f64::max));
    let margin = ((high - low) * 0.08).max(0.5);
    let words: Vec<String> =
        folds.iter().map(|fold| format!("{} {}", fold.fold, fixed(mean(fold), 2))).collect();
    let x = match named {
        true => Axis::of_cells("Fold", folds.iter().map(|fold| fold.fold.clone()).collect()),
        false => Axis::new("Folds, the lowest first", Scale::Linear, [0.0, count]),
    };
    stacked(&[Figure {
        id: "folds".to_owned(),
        title: data.title.clone().into(),
        description: format!("{}: mean {}; {}.", data.title, fixed(data.mean, 2), words.join(", ")).into(),
        size: [WIDTH.max(if named { 110.0 + 60.0 * count } else { 900.0 }), 360.0],
        x,
        y: Axis::new(data.label.clone(), Scale::Linear, [low - margin, high + margin]),
        rails: Vec::new(),
        marks,
        legend,
        colour_bar: None,
    }])
}
