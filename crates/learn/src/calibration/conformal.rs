//! Split conformal prediction: a set of classes for each example, that holds the true class with a promised chance
//! whatever the net is worth.
//!
//! The promise is `1 - miss rate` on average over exchangeable examples (Vovk and others 2005; LAC: Sadinle and
//! others, JASA 114, 2019; APS: Romano and others, NeurIPS 2020, here without randomisation). It is void for windows
//! of recordings: see [`Unit`].

use super::unit::{Unit, rank};
use crate::error::Result;
use crate::metrics::{Predictions, Probabilities, check_width};
use serde::{Deserialize, Serialize};

/// How a class is judged strange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetRule {
    /// `1 - p` of the class: the smallest sets on average. A set may be empty: no class is likely enough, to be
    /// reported as unknown.
    Lac,
    /// The mass of all classes down to this one, most likely first (ties: the lower class first). Never empty; sets
    /// grow where the net hesitates.
    Aps,
}

/// A fitted rule for sets of classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conformal {
    /// How a class is judged.
    pub rule: SetRule,
    /// The share of examples whose set may miss the true class.
    pub miss_rate: f64,
    /// What counted as one example.
    pub unit: Unit,
    /// How many examples it was fitted on.
    pub examples: usize,
    /// Number of classes.
    pub classes: usize,
    /// The largest strangeness a class of the set has; `None` when the examples are too few for the promise, and
    /// every set holds all classes.
    pub threshold: Option<f64>,
}

/// What sets are worth on labelled examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetFigures {
    /// The share of sets that hold the true class.
    pub coverage: f64,
    /// Mean number of classes in a set.
    pub size: f64,
    /// Number of empty sets.
    pub empty: usize,
    /// Coverage among the examples of each class; `None` when it has none.
    pub coverage_of_class: Vec<Option<f64>>,
    /// Mean size among the examples of each class; `None` when it has none.
    pub size_of_class: Vec<Option<f64>>,
    /// Whether the coverage was promised for examples of the unit that the rule was fitted on.
    pub guaranteed: bool,
}

impl Conformal {
    /// Fits the threshold on held-out examples, one row for each `unit`: number `ceil((n + 1)(1 - miss rate))` of
    /// the n rising strangenesses of the true classes.
    ///
    /// # Errors
    /// When the miss rate is not between 0 and 1.
    pub fn fit(held_out: &Predictions, rule: SetRule, miss_rate: f64, unit: Unit) -> Result<Conformal> {
        let at = rank(held_out.count(), miss_rate)?;
        let mut strangeness: Vec<f64> = held_out
            .iter()
            .map(|(row, label)| match rule {
                SetRule::Lac => 1.0 - row[label],
                SetRule::Aps => {
                    ranked(row).find(|(class, ..)| *class == label).map_or(f64::INFINITY, |(.., mass)| mass)
                }
            })
            .collect();
        strangeness.sort_by(f64::total_cmp);
        Ok(Conformal {
            rule,
            miss_rate,
            unit,
            examples: held_out.count(),
            classes: held_out.classes(),
            threshold: at.map(|at| strangeness[at]),
        })
    }

    /// The coverage that is promised for further examples of the unit; `None` where none is.
    pub fn promise(&self) -> Option<f64> {
        self.unit.guarantees().then_some(1.0 - self.miss_rate)
    }

    /// The set of each row, classes in rising order.
    ///
    /// # Errors
    /// When the number of classes is another.
    pub fn sets(&self, probabilities: &Probabilities) -> Result<Vec<Vec<u32>>> {
        check_width("the sets of classes", probabilities.classes(), self.classes)?;
        Ok(probabilities.rows().iter().map(|row| self.set(row)).collect())
    }

    fn set(&self, row: &[f64]) -> Vec<u32> {
        let Some(threshold) = self.threshold else { return (0..row.len() as u32).collect() };
        match self.rule {
            SetRule::Lac => (0..row.len())
                .filter(|class| 1.0 - row[*class] <= threshold)
                .map(|class| class as u32)
                .collect(),
            SetRule::Aps => {
                let near = ranked(row).filter(|(_, before, _)| *before < threshold);
                let mut set: Vec<u32> = near.map(|(class, ..)| class as u32).collect();
                set.sort_unstable();
                set
            }
        }
    }

    /// What the sets are worth on examples of the same unit that the rule was not fitted on.
    ///
    /// # Errors
    /// When the number of classes is another.
    pub fn figures(&self, test: &Predictions) -> Result<SetFigures> {
        let sets = self.sets(test.probabilities())?;
        let sets: Vec<&[u32]> = sets.iter().map(Vec::as_slice).collect();
        Ok(SetFigures::measure(&sets, test.labels(), self.classes, self.unit.guarantees()))
    }
}

impl SetFigures {
    /// Of sets with the true class of each, all below `classes`; at least one.
    pub(crate) fn measure(sets: &[&[u32]], labels: &[u32], classes: usize, guaranteed: bool) -> SetFigures {
        let (mut counts, mut covered, mut sizes) =
            (vec![0_usize; classes], vec![0_usize; classes], vec![0_usize; classes]);
        for (set, label) in sets.iter().zip(labels) {
            let class = *label as usize;
            counts[class] += 1;
            covered[class] += usize::from(set.contains(label));
            sizes[class] += set.len();
        }
        let share = |parts: &[usize]| parts.iter().sum::<usize>() as f64 / sets.len() as f64;
        let by_class = |parts: &[usize]| {
            let shares = parts.iter().zip(&counts);
            shares.map(|(part, count)| (*count > 0).then(|| *part as f64 / *count as f64)).collect()
        };
        SetFigures {
            coverage: share(&covered),
            size: share(&sizes),
            empty: sets.iter().filter(|set| set.is_empty()).count(),
            coverage_of_class: by_class(&covered),
            size_of_class: by_class(&sizes),
            guaranteed,
        }
    }
}

/// The classes from the most to the least likely, each with the mass before it and with its own added.
fn ranked(row: &[f64]) -> impl Iterator<Item = (usize, f64, f64)> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
    order.into_iter().scan(0.0, |mass, class| {
        let before = *mass;
        *mass += row[class];
        Some((class, before, *mass))
    })
}
