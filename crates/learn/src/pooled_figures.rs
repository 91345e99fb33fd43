//! Figures that are taken over all folds at once: how reliable probabilities are, and what is confused with what.

use crate::class::ClassName;
use crate::error::Result;
use crate::level_figures::STATED_RISK;
use crate::metrics::{Metrics, Reliability, RiskCoverage};
use crate::scores::ScoreTable;
use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most points of a stored curve.
const MOST_POINTS: usize = 200;

/// Figures over the examples of all folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PooledFigures {
    /// The classes of all folds.
    pub classes: Vec<String>,
    /// Over all folds and seeds: count, accuracy, F1, recall and precision of each class, confusion table.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Calibration error over all folds at once, mean over seeds: of the largest probability, or the mean over the parts
    /// where each has its own label.
    pub ece: f64,
    /// Population standard deviation of it over seeds.
    pub ece_over_seeds: f64,
    /// Bins of the largest probability, over all folds and seeds.
    pub reliability: Reliability,
    /// Risk over coverage by the largest probability, over all folds and seeds; of a curve with more than 200 points,
    /// 200 evenly chosen ones are kept.
    pub risk_coverage: RiskCoverage,
    /// The largest share that can be answered at a risk of at most 5 %, over all folds and seeds.
    pub coverage_at_risk: f64,
    /// Bins of each part's score, where parts have their own labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReliability>,
}

/// How reliable the score of one part is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartReliability {
    /// The part.
    pub part: FaultKind,
    /// Bins of its score, "right" where it is damaged.
    pub reliability: Reliability,
}

/// The scores of one fold and seed.
pub(crate) struct Judged<'a> {
    pub(crate) seed: u64,
    pub(crate) classes: &'a [ClassName],
    pub(crate) scores: &'a ScoreTable,
}

impl PooledFigures {
    pub(crate) fn of(folds: &[Judged<'_>], each_part: bool) -> Result<PooledFigures> {
        let classes = union(folds.iter().map(|fold| fold.classes));
        let all = pool(folds.iter(), &classes);
        let predictions = all.predictions()?;
        let mut curve = RiskCoverage::of(&predictions);
        let coverage_at_risk = curve.coverage_at(STATED_RISK);
        curve.curve = evenly(curve.curve, MOST_POINTS);
        let reliability = Reliability::of(&predictions);
        let mut seeds = BTreeMap::<u64, Vec<&Judged<'_>>>::new();
        for fold in folds {
            seeds.entry(fold.seed).or_default().push(fold);
        }
        let mut errors = Vec::new();
        for folds in seeds.values() {
            let pooled = pool(folds.iter().copied(), &classes);
            errors.push(match each_part {
                true => mean(&part_errors(&pooled, &classes)?),
                false => Reliability::of(&pooled.predictions()?).ece,
            });
        }
        let ece = mean(&errors);
        let spread = mean(&errors.iter().map(|error| (error - ece).powi(2)).collect::<Vec<f64>>()).sqrt();
        let parts = if each_part { part_reliability(&all, &classes)? } else { Vec::new() };
        Ok(PooledFigures {
            classes: all.classes.clone(),
            metrics: predictions.metrics(),
            ece,
            ece_over_seeds: spread,
            reliability,
            risk_coverage: curve,
            coverage_at_risk,
            parts,
        })
    }
}

fn part_reliability(scores: &ScoreTable, classes: &[ClassName]) -> Result<Vec<PartReliability>> {
    let (parts, scores) = scores.part_scores(classes)?;
    let tables = parts.into_iter().zip(scores.reliability());
    Ok(tables.map(|(part, reliability)| PartReliability { part, reliability }).collect())
}

fn part_errors(scores: &ScoreTable, classes: &[ClassName]) -> Result<Vec<f64>> {
    Ok(part_reliability(scores, classes)?.iter().map(|part| part.reliability.ece).collect())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn evenly<T: Clone>(points: Vec<T>, most: usize) -> Vec<T> {
    if points.len() <= most {
        return points;
    }
    (0..most).map(|at| points[at * (points.len() - 1) / (most - 1)].clone()).collect()
}

/// The classes of all folds, in an order that every fold's own order agrees with where there is one: a new class stands
/// behind the one that it follows.
pub(crate) fn union<'a>(folds: impl Iterator<Item = &'a [ClassName]>) -> Vec<ClassName> {
    let mut all: Vec<ClassName> = Vec::new();
    for classes in folds {
        let mut next = 0;
        for class in classes {
            match all.iter().position(|known| known.name == class.name) {
                Some(at) => next = at + 1,
                None => {
                    all.insert(next, class.clone());
                    next += 1;
                }
            }
        }
    }
    all
}

/// The rows of several folds as those of one table over `classes`; a class that a fold lacks has the probability 0 there.
/// Parts have their own scores where all folds have the same parts.
fn pool<'a>(folds: impl Iterator<Item = &'a Judged<'a>> + Clone, classes: &[ClassName]) -> ScoreTable {
    let parts = folds.clone().next().map_or_else(Vec::new, |fold| fold.scores.parts.clone());
    let own = folds.clone().all(|fold| fold.scores.parts == parts);
    let mut table = ScoreTable {
        classes: classes.iter().map(|class| class.name.clone()).collect(),
        parts: if own { parts } else { Vec::new() },
        sizes: Vec::new(),
        rows: Vec::new(),
    };
    for fold in folds {
        table.rows.extend(fold.scores.over(&table.classes).rows);
    }
    table
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scores::ScoreRow;

    fn fold(classes: &[ClassName], rows: &[(u32, &[f64])]) -> ScoreTable {
        let row = |(label, probabilities): &(u32, &[f64])| ScoreRow {
            label: *label,
            probabilities: probabilities.to_vec(),
            set: Some(vec![*label]),
            ..ScoreRow::default()
        };
        ScoreTable {
            classes: classes.iter().map(|class| class.name.clone()).collect(),
            rows: rows.iter().map(row).collect(),
            ..ScoreTable::default()
        }
    }

    fn classes(parts: &[FaultKind]) -> Vec<ClassName> {
        std::iter::once(ClassName::normal()).chain(parts.iter().map(|part| ClassName::of(*part))).collect()
    }

    #[test]
    fn folds_with_other_classes_are_pooled_by_the_names_of_their_classes() {
        use FaultKind::{Ball, Inner, Outer};
        let (first, second, third) =
            (classes(&[Inner, Outer]), classes(&[Inner, Ball]), classes(&[Ball, Outer]));
        let all = union([&first[..], &second, &third].into_iter());
        let names: Vec<&str> = all.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names, ["normal", "inner", "ball", "outer"]);
        let tables = [
            fold(&first, &[(2, &[0.0, 0.25, 0.75])]),
            fold(&second, &[(2, &[0.25, 0.75, 0.0]), (0, &[1.0, 0.0, 0.0])]),
        ];
        let judged: Vec<Judged<'_>> = [&first, &second]
            .into_iter()
            .zip(&tables)
            .map(|(classes, scores)| Judged { seed: 0, classes, scores })
            .collect();
        let found = PooledFigures::of(&judged, false).unwrap();
        assert_eq!(found.classes, ["normal", "inner", "ball", "outer"]);
        assert_eq!(found.metrics.confusion, [[1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]);
    }

    #[test]
    fn the_pooled_calibration_error_is_taken_over_folds_and_averaged_over_seeds() {
        let own = classes(&[FaultKind::Inner]);
        // confidence 0.75 in both folds, right in one of two: 0.25 over both folds, 0.25 and 0.75 in each alone
        let (right, wrong) = (fold(&own, &[(0, &[0.75, 0.25])]), fold(&own, &[(1, &[0.75, 0.25])]));
        let judge = |seed: u64, scores| Judged { seed, classes: &own, scores };
        let one = PooledFigures::of(&[judge(1, &right), judge(1, &wrong)], false).unwrap();
        assert_eq!((one.ece, one.ece_over_seeds), (0.25, 0.0));
        // two seeds, one always right and one always wrong: pooled over seeds their errors would cancel
        let two = [judge(1, &right), judge(1, &right), judge(2, &wrong), judge(2, &wrong)];
        let two = PooledFigures::of(&two, false).unwrap();
        assert_eq!((two.ece, two.ece_over_seeds, two.reliability.ece), (0.5, 0.25, 0.25));
    }

    #[test]
    fn a_long_curve_keeps_its_ends() {
        assert_eq!(evenly((0..1000).collect(), 3), [0, 499, 999]);
        assert_eq!(evenly(vec![1, 2], 3), [1, 2]);
    }
}
