//! Indicators over the readings of the point, with their baseline.

use crate::axis::{Axis, Scale};
use crate::figure::{Figure, Ink, Mark};
use crate::number;
use brinell_diagnosis::{Change, Diagnosis};
use brinell_signal::{Phrase, phrase};

/// Robust sigmas around the baseline that its band spans on either side.
const BAND: f64 = 3.0;

/// One figure for each indicator that has a baseline.
pub(crate) fn trends(diagnosis: &Diagnosis) -> Vec<Figure> {
    let changes = diagnosis.assessed.as_ref().map_or(&[][..], |assessed| &assessed.history.changes);
    changes.iter().enumerate().filter_map(|(i, change)| trend(i, change)).collect()
}

fn trend(number_of: usize, change: &Change) -> Option<Figure> {
    let (places, label) = places(change);
    let values = change.earlier.iter().chain([&change.now]);
    let points: Vec<[f64; 2]> = places
        .iter()
        .zip(values)
        .map(|(x, y)| [*x, *y])
        .filter(|p| p.iter().all(|v| v.is_finite()))
        .collect();
    let (first, last) = (points.first()?[0], points.last()?[0]);
    let (baseline, half) = (change.baseline, BAND * change.sigma);
    if points.len() < 2 || !(baseline.is_finite() && half.is_finite()) {
        return None;
    }
    let all = points.iter().map(|p| p[1]).chain([baseline - half, baseline + half]);
    let low = all.clone().fold(f64::INFINITY, f64::min);
    let high = all.fold(f64::NEG_INFINITY, f64::max);
    let margin = (0.08 * (high - low)).max(1e-9 * high.abs());
    let name = Phrase::named(&change.name);
    let band = Mark::Area {
        points: vec![[first, baseline - half, baseline + half], [last, baseline - half, baseline + half]],
        ink: Ink::Band,
    };
    let middle = Mark::Line { points: vec![[first, baseline], [last, baseline]], ink: Ink::Floor };
    let dots = points.iter().enumerate().map(|(i, at)| Mark::Point {
        at: *at,
        ink: Ink::Trace,
        filled: i + 1 == points.len(),
        note: number::significant(at[1], 3),
    });
    let legend = vec![
        (middle.clone(), phrase!("median of the baseline")),
        (band.clone(), phrase!("3 robust sigmas on either side")),
    ];
    let mut marks = vec![band, middle, Mark::Line { points: points.clone(), ink: Ink::Trace }];
    marks.extend(dots);
    Some(Figure {
        id: format!("trend-{}", number_of + 1),
        title: phrase!("Trend: {name}", name = &name),
        description: phrase!(
            "{name:^} of {n} readings, the last {now}; the median of the baseline is {baseline}.",
            name = &name,
            n = points.len(),
            now = number::significant(change.now, 3),
            baseline = number::significant(baseline, 3)
        ),
        size: [520.0, 200.0],
        // Room for the first and the last marker.
        x: Axis::new(label, Scale::Linear, [first - 0.03 * (last - first), last + 0.03 * (last - first)]),
        y: Axis::new(name, Scale::Linear, [low - margin, high + margin]),
        rails: Vec::new(),
        marks,
        legend,
        colour_bar: None,
    })
}

/// Where readings stand: days before this one where all have a day, else one after the other.
fn places(change: &Change) -> (Vec<f64>, Phrase) {
    let days: Vec<f64> =
        change.days_before.iter().filter_map(|days| days.filter(|d| d.is_finite())).collect();
    let spread = days.iter().any(|d| *d > 0.0);
    if days.len() == change.earlier.len() && spread {
        return (days.iter().map(|d| -d).chain([0.0]).collect(), phrase!("Days from this recording"));
    }
    ((1..=change.earlier.len() + 1).map(|i| i as f64).collect(), phrase!("Number of the reading"))
}
