//! Isotonic calibration: the rising curve that comes nearest to the truth in least squares, by pooling adjacent
//! violators (Zadrozny and Elkan, KDD 2002). It bends as the data ask for and so needs many of them; where examples
//! are few use [`super::Temperature`].

use crate::error::{Error, Result};
use crate::metrics::{Predictions, Probabilities, Rows, check_scored, check_width};
use serde::{Deserialize, Serialize};

/// A curve that never falls: straight between its knots, level beyond the first and the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<[f64; 2]>", into = "Vec<[f64; 2]>")]
pub struct Isotonic {
    knots: Vec<[f64; 2]>,
}

impl From<Isotonic> for Vec<[f64; 2]> {
    fn from(curve: Isotonic) -> Self {
        curve.knots
    }
}

impl TryFrom<Vec<[f64; 2]>> for Isotonic {
    type Error = Error;

    fn try_from(knots: Vec<[f64; 2]>) -> Result<Isotonic> {
        let rises = knots.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] <= pair[1][1]);
        let shares = knots.iter().all(|[x, y]| x.is_finite() && (0.0..=1.0).contains(y));
        if knots.is_empty() || !rises || !shares {
            return Err(Error::data(
                "the knots of an isotonic curve cannot be used",
                "they are to rise, with shares between 0 and 1",
                "fit it again on held-out examples",
            ));
        }
        Ok(Isotonic { knots })
    }
}

/// Examples of neighbouring scores that share one value.
struct Block {
    first: f64,
    last: f64,
    hits: u128,
    count: u128,
}

impl Isotonic {
    /// Of scores and whether each was right. Equal scores are pooled first. The pooling compares whole numbers, so
    /// the curve has the same bits in whatever order the examples come.
    ///
    /// # Errors
    /// When there is no score, when one is not finite, or when there are not as many truths.
    pub fn fit(scores: &[f64], right: &[bool]) -> Result<Isotonic> {
        check_scored(scores, right.len())?;
        let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(right.iter().copied()).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut blocks: Vec<Block> = Vec::new();
        for tied in order.chunk_by(|a, b| a.0 == b.0) {
            let hits = tied.iter().filter(|(_, right)| *right).count() as u128;
            let mut block = Block { first: tied[0].0, last: tied[0].0, hits, count: tied.len() as u128 };
            while let Some(before) =
                blocks.pop_if(|before| before.hits * block.count >= block.hits * before.count)
            {
                block.first = before.first;
                block.hits += before.hits;
                block.count += before.count;
            }
            blocks.push(block);
        }
        let mut knots = Vec::with_capacity(2 * blocks.len());
        for block in blocks {
            let share = block.hits as f64 / block.count as f64;
            knots.push([block.first, share]);
            if block.last > block.first {
                knots.push([block.last, share]);
            }
        }
        Ok(Isotonic { knots })
    }

    /// The curve's value, between 0 and 1.
    pub fn at(&self, score: f64) -> f64 {
        let after = self.knots.partition_point(|[x, _]| *x <= score);
        let (Some(left), Some(right)) =
            (after.checked_sub(1).map(|at| self.knots[at]), self.knots.get(after))
        else {
            return self.knots[after.min(self.knots.len() - 1)][1];
        };
        let span = right[0] - left[0];
        // scores so far apart that their difference is beyond the largest number
        let way = if span.is_finite() {
            (score - left[0]) / span
        } else {
            (score / 2.0 - left[0] / 2.0) / (right[0] / 2.0 - left[0] / 2.0)
        };
        (left[1] + way * (right[1] - left[1])).clamp(left[1], right[1])
    }

    /// Scores and the values there, both rising.
    pub fn knots(&self) -> &[[f64; 2]] {
        &self.knots
    }
}

/// One curve for each class against all others, normalised to sum to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IsotonicClasses {
    curves: Vec<Isotonic>,
}

impl IsotonicClasses {
    /// # Errors
    /// When a class has no example: its curve would be 0 everywhere.
    pub fn fit(held_out: &Predictions) -> Result<IsotonicClasses> {
        let curves = (0..held_out.classes()).map(|class| {
            let (scores, right): (Vec<f64>, Vec<bool>) =
                held_out.iter().map(|(row, label)| (row[class], label == class)).unzip();
            if !right.contains(&true) {
                return Err(Error::data(
                    format!("class {class} cannot be calibrated"),
                    format!("none of the {} held-out examples is of it (classes from 0)", right.len()),
                    "hold out examples of every class, or use a temperature",
                ));
            }
            Isotonic::fit(&scores, &right)
        });
        Ok(IsotonicClasses { curves: curves.collect::<Result<_>>()? })
    }

    /// Calibrated probabilities, shape as given. Where all curves are 0 all classes are equally likely.
    ///
    /// # Errors
    /// When the number of classes is another.
    pub fn apply(&self, probabilities: &Probabilities) -> Result<Probabilities> {
        let classes = probabilities.classes();
        check_width("the isotonic calibration", classes, self.curves.len())?;
        let mut values = Vec::with_capacity(probabilities.rows().values().len());
        for row in probabilities.rows().iter() {
            let start = values.len();
            values.extend(row.iter().zip(&self.curves).map(|(p, curve)| curve.at(*p)));
            let sum: f64 = values[start..].iter().sum();
            let own = &mut values[start..];
            own.iter_mut().for_each(|p| *p = if sum > 0.0 { *p / sum } else { 1.0 / classes as f64 });
        }
        Ok(Probabilities::known(Rows::known(classes, values)))
    }

    /// The curve of each class.
    pub fn curves(&self) -> &[Isotonic] {
        &self.curves
    }
}
