//! How often an answer is wrong, over the share that is answered.

use super::{WIDTH, percent};
use crate::axis::{Axis, Scale};
use crate::figure::{Figure, Ink, Mark};
use crate::number::fixed;
use crate::standalone::stacked;
use brinell_signal::Phrase;

/// A risk-coverage curve.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskCoverage {
    /// Over the picture.
    pub title: String,
    /// Share that is answered and share of mistakes among it, both between 0 and 1, in rising order of the first.
    pub points: Vec<[f64; 2]>,
    /// The risk that is drawn as a limit.
    pub limit: f64,
    /// The largest share that can be answered within it.
    pub coverage: f64,
}

/// The curve in percent, with the limit and the share that can be answered within it.
pub fn risk_coverage(data: &RiskCoverage) -> String {
    let points: Vec<[f64; 2]> = data.points.iter().map(|[x, y]| [x * 100.0, y * 100.0]).collect();
    let most = points.iter().map(|point| point[1]).fold(data.limit * 200.0, f64::max);
    let line = Mark::Line { points, ink: Ink::Trace };
    let limit = data.limit * 100.0;
    let limit_line = Mark::Line { points: vec![[0.0, limit], [100.0, limit]], ink: Ink::Threshold };
    let mut marks = vec![limit_line.clone(), line.clone()];
    let mut legend = vec![(line, "risk".into()), (limit_line, format!("risk {} %", fixed(limit, 0)).into())];
    if data.coverage > 0.0 {
        let at = [data.coverage * 100.0, limit];
        let note = Phrase::verbatim(format!("{} % can be answered", fixed(at[0], 1)));
        let point = Mark::Point { at, ink: Ink::Trace, filled: false, note: note.clone() };
        marks.push(point.clone());
        legend.push((point, note));
    }
    stacked(&[Figure {
        id: "risk-coverage".to_owned(),
        title: data.title.clone().into(),
        description: format!(
            "{}: at a risk of {} % at most {} % of the examples can be answered.",
            data.title,
            fixed(limit, 0),
            percent(data.coverage)
        )
        .into(),
        size: [WIDTH, 380.0],
        x: Axis::new("Answered, % of examples", Scale::Linear, [0.0, 100.0]),
        y: Axis::new("Risk, % of answers", Scale::Linear, [0.0, (most * 1.05).min(100.0)]),
        rails: Vec::new(),
        marks,
        legend,
        colour_bar: None,
    }])
}
