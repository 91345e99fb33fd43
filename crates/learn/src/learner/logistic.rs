//! Logistic regression of one label, by Newton's method.

use super::Standardise;
use crate::error::{Error, Result};
use crate::metrics::Rows;
use serde::{Deserialize, Serialize};

/// Steps after which the search ends in any case; a convex problem of this kind takes ten.
const STEPS: usize = 100;

/// The probability of a label from standardised features: `1 / (1 + exp(-(w·x + b)))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    scale: Standardise,
    weights: Vec<f64>,
    offset: f64,
}

impl Logistic {
    /// Makes `strength · Σ s_i ln(1 + exp(-y_i (w·x_i + b))) + |w|²/2` smallest over standardised features (`y` is 1 or
    /// -1; scikit-learn's `C` is `strength`). `s` is 1, or weighs both sides alike with `balanced`.
    ///
    /// # Errors
    /// [`Error::Data`] for a strength that is not above 0, a label a row, one side without examples.
    pub fn fit(rows: &Rows, labels: &[bool], strength: f64, balanced: bool) -> Result<Logistic> {
        let positive = labels.iter().filter(|label| **label).count();
        let refuse =
            |why: String, help: &str| Err(Error::data("a logistic regression cannot be fitted", why, help));
        if !(strength > 0.0 && strength.is_finite()) {
            return refuse(
                format!("the strength must be above 0, found {strength}"),
                "give a positive number",
            );
        }
        if labels.len() != rows.count() {
            let why = format!("{} rows need as many labels, found {}", rows.count(), labels.len());
            return refuse(why, "give a label for each row");
        }
        if positive == 0 || positive == labels.len() {
            let why = format!("{positive} of {} examples carry the label", labels.len());
            return refuse(why, "give examples with and without it");
        }
        let scale = Standardise::fit(rows);
        let standard: Vec<Vec<f64>> = rows.iter().map(|row| scale.of(row)).collect();
        let share = |label: bool| {
            let count = if label { positive } else { labels.len() - positive };
            if balanced { labels.len() as f64 / (2 * count) as f64 } else { 1.0 }
        };
        let parts = labels.iter().map(|label| strength * share(*label)).collect();
        let problem = Problem { rows: &standard, labels, parts, width: rows.width() };
        let mut solution = problem.solve();
        let offset = solution.pop().unwrap_or(0.0);
        Ok(Logistic { scale, weights: solution, offset })
    }

    /// `w·x + b` of one row of features.
    pub fn score(&self, row: &[f64]) -> f64 {
        dot(&self.weights, &self.scale.of(row)) + self.offset
    }

    /// The probability of the label for one row of features.
    pub fn probability(&self, row: &[f64]) -> f64 {
        logistic(self.score(row))
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn logistic(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

struct Problem<'a> {
    rows: &'a [Vec<f64>],
    labels: &'a [bool],
    /// The factor of each example.
    parts: Vec<f64>,
    width: usize,
}

impl Problem<'_> {
    /// `w·x + b`; the offset stands last.
    fn score(&self, at: usize, solution: &[f64]) -> f64 {
        dot(&self.rows[at], solution) + solution[self.width]
    }

    fn value(&self, solution: &[f64]) -> f64 {
        let penalty = 0.5 * dot(&solution[..self.width], &solution[..self.width]);
        let examples = self.parts.iter().enumerate().map(|(at, part)| {
            let margin = if self.labels[at] { self.score(at, solution) } else { -self.score(at, solution) };
            part * ((-margin).max(0.0) + (-margin.abs()).exp().ln_1p())
        });
        penalty + examples.sum::<f64>()
    }

    fn solve(&self) -> Vec<f64> {
        let size = self.width + 1;
        let mut solution = vec![0.0; size];
        let mut value = self.value(&solution);
        for _ in 0..STEPS {
            let (gradient, mut curvature) = self.slopes(&solution);
            let most = gradient.iter().fold(0.0_f64, |most, slope| most.max(slope.abs()));
            if most <= 1e-10 * (1.0 + value.abs()) {
                break;
            }
            let step = solve_symmetric(&mut curvature, &gradient);
            // Half the step until it helps.
            let mut size = 1.0;
            let better = loop {
                let tried: Vec<f64> = solution.iter().zip(&step).map(|(at, step)| at - size * step).collect();
                let there = self.value(&tried);
                if there < value {
                    break Some((tried, there));
                }
                size *= 0.5;
                if size < 1e-12 {
                    break None;
                }
            };
            match better {
                Some((tried, there)) => (solution, value) = (tried, there),
                None => break,
            }
        }
        solution
    }

    /// Gradient, and the lower triangle of the curvature row after row.
    fn slopes(&self, solution: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let size = self.width + 1;
        let mut gradient = solution.to_vec();
        gradient[self.width] = 0.0;
        let mut curvature = vec![0.0; size * size];
        (0..self.width).for_each(|at| curvature[at * size + at] = 1.0);
        let mut row = vec![1.0; size];
        for (at, part) in self.parts.iter().enumerate() {
            row[..self.width].copy_from_slice(&self.rows[at]);
            let probability = logistic(self.score(at, solution));
            let miss = probability - if self.labels[at] { 1.0 } else { 0.0 };
            let bend = part * probability * (1.0 - probability);
            for i in 0..size {
                gradient[i] += part * miss * row[i];
                let factor = bend * row[i];
                for (value, other) in curvature[i * size..=i * size + i].iter_mut().zip(&row) {
                    *value += factor * other;
                }
            }
        }
        (gradient, curvature)
    }
}

/// The solution of a positive definite system whose lower triangle is given, by Cholesky's factors in its place. A pivot
/// that rounding took to 0 is held a little above.
fn solve_symmetric(matrix: &mut [f64], right: &[f64]) -> Vec<f64> {
    let size = right.len();
    for i in 0..size {
        for j in 0..=i {
            let product = dot(&matrix[i * size..i * size + j], &matrix[j * size..j * size + j]);
            let rest = matrix[i * size + j] - product;
            matrix[i * size + j] =
                if i == j { rest.max(f64::EPSILON).sqrt() } else { rest / matrix[j * size + j] };
        }
    }
    let mut solution = right.to_vec();
    for i in 0..size {
        let product = dot(&matrix[i * size..i * size + i], &solution[..i]);
        solution[i] = (solution[i] - product) / matrix[i * size + i];
    }
    for i in (0..size).rev() {
        let product: f64 = (i + 1..size).map(|j| matrix[j * size + i] * solution[j]).sum();
        solution[i] = (solution[i] - product) / matrix[i * size + i];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Rows, Vec<bool>) {
        let x = |i: usize, j: usize| ((i * 7 + j * 13) as f64 * 0.61).sin() + 0.1 * (i % (j + 2)) as f64;
        let values = (0..40).flat_map(|i| (0..3).map(move |j| x(i, j))).collect();
        let labels = (0..40).map(|i| x(i, 0) - 0.5 * x(i, 2) + 0.3 * x(i, 1).cos() > 0.2).collect();
        (Rows::new(3, values).unwrap(), labels)
    }

    #[test]
    fn no_small_step_from_the_solution_makes_the_sum_smaller() {
        let (rows, labels) = rows();
        for (strength, balanced) in [(1e-3, false), (1.0, false), (50.0, true)] {
            let fitted = Logistic::fit(&rows, &labels, strength, balanced).unwrap();
            let standard: Vec<Vec<f64>> = rows.iter().map(|row| fitted.scale.of(row)).collect();
            let positive = labels.iter().filter(|label| **label).count() as f64;
            let parts = labels
                .iter()
                .map(|label| {
                    let count = if *label { positive } else { 40.0 - positive };
                    strength * if balanced { 40.0 / (2.0 * count) } else { 1.0 }
                })
                .collect();
            let problem = Problem { rows: &standard, labels: &labels, parts, width: 3 };
            let solution: Vec<f64> = fitted.weights.iter().copied().chain([fitted.offset]).collect();
            let here = problem.value(&solution);
            for at in 0..4 {
                for step in [1e-4, -1e-4] {
                    let mut moved = solution.clone();
                    moved[at] += step;
                    assert!(problem.value(&moved) > here, "{strength} {at} {step}");
                }
            }
        }
    }

    #[test]
    fn labels_all_alike_and_a_strength_of_0_are_refused() {
        let (rows, labels) = rows();
        let refusal = |labels: &[bool], strength| {
            Logistic::fit(&rows, labels, strength, false).unwrap_err().to_string()
        };
        assert!(refusal(&[true; 40], 1.0).contains("40 of 40"));
        assert!(refusal(&labels, 0.0).contains("above 0"));
        assert!(refusal(&labels[1..], 1.0).contains("as many labels"));
    }
}
