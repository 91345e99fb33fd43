//! How often an answer is right, over how sure it is.

use super::{WIDTH, percent};
use crate::axis::{Axis, Scale};
use crate::figure::{Figure, Ink, Mark};
use crate::standalone::stacked;

/// Bins of rising confidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// Over the picture.
    pub title: String,
    /// What the horizontal axis is, such as `Largest probability`.
    pub confidence: String,
    /// The bins.
    pub bins: Vec<ReliabilityBin>,
}

/// The examples of one range of confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Where it begins and ends, between 0 and 1.
    pub range: [f64; 2],
    /// Examples in it.
    pub count: usize,
    /// Their mean confidence and the share of right ones; `None` when there is none.
    pub mean: Option<(f64, f64)>,
}

/// Two panels: accuracy over confidence beside the diagonal, and below how many examples each bin holds.
pub fn reliability(data: &Reliability) -> String {
    let total: usize = data.bins.iter().map(|bin| bin.count).sum();
    let share = |bin: &ReliabilityBin| bin.count as f64 / total.max(1) as f64 * 100.0;
    let points: Vec<[f64; 2]> = data.bins.iter().filter_map(|bin| bin.mean).map(|(x, y)| [x, y]).collect();
    let gaps = data.bins.iter().filter_map(|bin| {
        let (confidence, right) = bin.mean?;
        let (low, high) = (right.min(confidence), right.max(confidence));
        // a hair inside the bin, so that neighbours stay apart
        let inset = (bin.range[1] - bin.range[0]) * 0.06;
        let sides = [bin.range[0] + inset, bin.range[1] - inset];
        Some(Mark::Area { points: sides.map(|x| [x, low, high]).to_vec(), ink: Ink::Band })
    });
    let points_drawn = data.bins.iter().filter_map(|bin| {
        let (confidence, right) = bin.mean?;
        let note = format!(
            "{} examples, confidence {} %, right {} %",
            bin.count,
            percent(confidence),
            percent(right)
        );
        Some(Mark::Point { at: [confidence, right], ink: Ink::Trace, filled: true, note: note.into() })
    });
    let diagonal = Mark::Line { points: vec![[0.0, 0.0], [1.0, 1.0]], ink: Ink::Floor };
    let line = Mark::Line { points: points.clone(), ink: Ink::Trace };
    let mut marks: Vec<Mark> = gaps.collect();
    marks.push(diagonal.clone());
    marks.push(line.clone());
    marks.extend(points_drawn);
    let words: Vec<String> = data
        .bins
        .iter()
        .filter_map(|bin| bin.mean)
        .map(|(confidence, right)| format!("{} % sure, {} % right", percent(confidence), percent(right)))
        .collect();
    let most = data.bins.iter().map(share).fold(0.0, f64::max);
    let counts = data.bins.iter().filter(|bin| bin.count > 0).map(|bin| {
        let inset = (bin.range[1] - bin.range[0]) * 0.06;
        let sides = [bin.range[0] + inset, bin.range[1] - inset];
        Mark::Area { points: sides.map(|x| [x, 0.0, share(bin)]).to_vec(), ink: Ink::Trace }
    });
    let x = || Axis::new(data.confidence.clone(), Scale::Linear, [0.0, 1.0]);
    stacked(&[
        Figure {
            id: "reliability".to_owned(),
            title: data.title.clone().into(),
            description: format!("{}: {}.", data.title, words.join("; ")).into(),
            size: [WIDTH, 460.0],
            x: x(),
            y: Axis::new("Share of right ones", Scale::Linear, [0.0, 1.0]),
            rails: Vec::new(),
            marks,
            legend: vec![
                (line, "measured".into()),
                (diagonal, "as sure as right".into()),
                (Mark::Strip { x: [0.0, 1.0], ink: Ink::Band, centre: false }, "gap".into()),
            ],
            colour_bar: None,
        },
        Figure {
            id: "counts".to_owned(),
            title: format!("Share of the {total} examples in each bin").into(),
            description: format!("How many of {total} examples lie in each bin of confidence.").into(),
            size: [WIDTH, 190.0],
            x: x(),
            y: Axis::new("% of examples", Scale::Linear, [0.0, (most * 1.08).max(1.0)]),
            rails: Vec::new(),
            marks: counts.collect(),
            legend: Vec::new(),
            colour_bar: None,
        },
    ])
}
