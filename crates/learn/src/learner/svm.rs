//! Support vector machines: one for each two classes, their probabilities coupled into one for each class.

use super::choice::Examples;
use super::kernel::{Kernel, Likeness};
use super::machine::{Machine, Sides, platt};
use super::newton::logistic;
use super::standardise::Standardise;
use super::tensors::{Stored, Tensors, counts, numbers};
use crate::error::{Error, Result};
use crate::shuffle::shuffled;
use serde::{Deserialize, Serialize};

/// Parts of the examples, each scored by machines that were fitted to the others, for the probabilities.
const FOLDS: usize = 5;
/// No probability of one class against another comes nearer to 0 or 1.
const SUREST: f64 = 1e-7;

/// `svm`: the widest margin between classes, on standardised numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SvmOptions {
    /// `rbf` unless said.
    pub kernel: SvmKernel,
    /// What examples inside the margin cost, scikit-learn's `C`. 1 unless said.
    pub strength: f64,
    /// How fast likeness fades with the squared distance of standardised rows; for `rbf` alone. One over the number of
    /// features unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f64>,
}

/// How alike two rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SvmKernel {
    /// `exp(-gamma |x - y|²)`.
    Rbf,
    /// `x·y`.
    Linear,
}

impl Default for SvmOptions {
    fn default() -> Self {
        SvmOptions { kernel: SvmKernel::Rbf, strength: 1.0, gamma: None }
    }
}

impl SvmOptions {
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        let mut within = |key: &str, value: f64, least: f64, most: f64, usual: &str| {
            if !(value >= least && value <= most) {
                let message = format!("{key} must be >= {least:e} and <= {most:e}, found {value}; {usual}");
                found.push((key.to_owned(), message));
            }
        };
        within("strength", self.strength, 1e-6, 1e6, "1 is usual");
        if let Some(gamma) = self.gamma {
            within("gamma", gamma, 1e-9, 1e6, "leave it out for one over the number of features");
        }
        if self.gamma.is_some() && self.kernel == SvmKernel::Linear {
            let message =
                "gamma must be left out where kernel = \"linear\", which has none; found one".to_owned();
            found.push(("gamma".to_owned(), message));
        }
    }
}

/// Fitted machines, one for each two classes that had examples: (0, 1), (0, 2) and so on; a positive score speaks for the
/// second. Their probabilities are Platt's, from scores of examples that a machine had not seen (in parts drawn by the
/// seed), and are coupled as Wu, Lin and Weng (2004) do.
#[derive(Debug, Clone, PartialEq)]
pub struct Svm {
    kernel: Kernel,
    scale: Standardise,
    /// Numbers of the classes that had examples, ascending.
    present: Vec<u32>,
    classes: usize,
    /// Standardised examples that some machine weighs, row after row.
    vectors: Vec<f64>,
    /// The weight of each of them, machine by machine.
    weights: Vec<f64>,
    /// Three numbers a machine: the score's offset, and slope and offset of its probability.
    lines: Vec<f64>,
}

/// Every two of the classes.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |first| (first + 1..count).map(move |second| (first, second)))
}

impl Svm {
    pub(super) fn fit(options: &SvmOptions, examples: &Examples<'_>, seed: u64) -> Result<Svm> {
        let present = examples.present();
        if present.len() < 2 {
            return Err(Error::data(
                "a support vector machine cannot be fitted",
                format!("all {} examples are of one class", examples.labels.len()),
                "give examples of at least two classes",
            ));
        }
        let scale = Standardise::fit(examples.rows);
        let rows = scale.all(examples.rows);
        let width = examples.rows.width();
        let kernel = Kernel::of(options, width);
        let mut likeness = Likeness::new(kernel, &rows, width);
        let count = likeness.count();
        let example_weights = examples.weights();
        let part = parts(examples.labels, seed);
        let mut all_weights = Vec::new();
        let mut lines = Vec::new();
        for (first, second) in pairs(present.len()) {
            let side = |keep: &dyn Fn(usize) -> bool| {
                let of_pair = |at: &usize| {
                    [present[first], present[second]].contains(&examples.labels[*at]) && keep(*at)
                };
                let members: Vec<usize> = (0..count).filter(of_pair).collect();
                let positive = members.iter().map(|at| examples.labels[*at] == present[second]).collect();
                let bounds = members.iter().map(|at| options.strength * example_weights[*at]).collect();
                Sides { members, positive, bounds }
            };
            let sides = side(&|_| true);
            let machine = Machine::fit(&mut likeness, &sides);
            let mut scores: Vec<f64> = vec![0.0; count];
            for fold in 0..FOLDS {
                let others = side(&|at| part[at] != fold);
                let whole = others.positive.contains(&true) && others.positive.contains(&false);
                // With too few examples to leave some out, the machine that saw all has to do.
                let fitted = whole.then(|| Machine::fit(&mut likeness, &others));
                for at in sides.members.iter().filter(|at| part[**at] == fold) {
                    scores[*at] = match &fitted {
                        Some(fitted) => fitted.score(&mut likeness, &others, *at),
                        None => machine.score(&mut likeness, &sides, *at),
                    };
                }
            }
            let scores: Vec<f64> = sides.members.iter().map(|at| scores[*at]).collect();
            let (slope, offset) = platt(&scores, &sides.positive);
            lines.extend([machine.offset, slope, offset]);
            let mut weights = vec![0.0; count];
            sides.members.iter().zip(&machine.weights).for_each(|(at, weight)| weights[*at] = *weight);
            all_weights.push(weights);
        }
        let kept: Vec<usize> =
            (0..count).filter(|at| all_weights.iter().any(|weights| weights[*at] != 0.0)).collect();
        let vectors = kept.iter().flat_map(|at| likeness.example(*at).to_vec()).collect();
        let weights = all_weights.iter().flat_map(|weights| kept.iter().map(|at| weights[*at])).collect();
        Ok(Svm { kernel, scale, present, classes: examples.classes, vectors, weights, lines })
    }

    /// The score of each machine for one row: of every two classes that had examples, in order; positive for the second.
    pub fn scores(&self, row: &[f64]) -> Vec<f64> {
        let row = self.scale.of(row);
        let vectors = self.vectors.chunks_exact(self.scale.width());
        let alike: Vec<f64> = vectors.map(|vector| self.kernel.between(vector, &row)).collect();
        let machines = self.weights.chunks_exact(alike.len().max(1));
        let sums = machines.map(|weights| weights.iter().zip(&alike).map(|(w, k)| w * k).sum::<f64>());
        sums.zip(self.lines.chunks_exact(3)).map(|(sum, line)| sum + line[0]).collect()
    }

    /// The probability of each class for one row.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let scores = self.scores(row);
        let lines = self.lines.chunks_exact(3);
        let second: Vec<f64> =
            scores.iter().zip(lines).map(|(score, line)| logistic(line[1] * score + line[2])).collect();
        let own = if let [p] = second[..] { vec![1.0 - p, p] } else { couple(self.present.len(), &second) };
        let mut all = vec![0.0; self.classes];
        self.present.iter().zip(own).for_each(|(class, p)| all[*class as usize] = p);
        all
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        self.scale.write(tensors)?;
        let (width, machines) = (self.scale.width(), self.lines.len() / 3);
        let vectors = self.vectors.len() / width;
        tensors.insert("present".to_owned(), counts(&self.present, &[self.present.len()])?);
        tensors.insert("vectors".to_owned(), numbers(&self.vectors, &[vectors, width])?);
        tensors.insert("weights".to_owned(), numbers(&self.weights, &[machines, vectors])?);
        tensors.insert("lines".to_owned(), numbers(&self.lines, &[machines, 3])?);
        Ok(())
    }

    pub(super) fn read(
        options: &SvmOptions,
        stored: &Stored<'_>,
        width: usize,
        classes: usize,
    ) -> Result<Svm> {
        let present = stored.present(classes)?;
        let (machines, vectors) = (pairs(present.len()).count(), stored.len("vectors"));
        if vectors == 0 {
            return Err(stored.damaged("`vectors` holds no example"));
        }
        Ok(Svm {
            kernel: Kernel::of(options, width),
            scale: Standardise::read(stored, width)?,
            classes,
            vectors: stored.numbers("vectors", &[vectors, width])?,
            weights: stored.numbers("weights", &[machines, vectors])?,
            lines: stored.numbers("lines", &[machines, 3])?,
            present,
        })
    }
}

/// The part of each example, the same share of every class in each.
fn parts(labels: &[u32], seed: u64) -> Vec<usize> {
    let mut seen = std::collections::BTreeMap::new();
    let mut part = vec![0; labels.len()];
    for at in shuffled(labels.len(), seed, "parts for the probabilities of a support vector machine") {
        let count = seen.entry(labels[at]).or_insert(0_usize);
        part[at] = *count % FOLDS;
        *count += 1;
    }
    part
}

/// Probabilities of all classes from those of every two: `Σ (r_ji p_i - r_ij p_j)²` is smallest, where `r_ij` is the
/// probability of `i` among `i` and `j` (Wu, Lin and Weng 2004, their second way, by turns over the classes).
fn couple(count: usize, second: &[f64]) -> Vec<f64> {
    let mut r = vec![0.0; count * count];
    for ((i, j), p) in pairs(count).zip(second) {
        let p = p.clamp(SUREST, 1.0 - SUREST);
        (r[j * count + i], r[i * count + j]) = (p, 1.0 - p);
    }
    let q = |i: usize, j: usize| match i == j {
        true => (0..count).filter(|k| *k != i).map(|k| r[k * count + i] * r[k * count + i]).sum(),
        false => -r[j * count + i] * r[i * count + j],
    };
    let q: Vec<f64> = (0..count * count).map(|at| q(at / count, at % count)).collect();
    let mut p = vec![1.0 / count as f64; count];
    for _ in 0..1000 {
        let mut moved = 0.0_f64;
        for t in 0..count {
            let row = |t: usize, p: &[f64]| (0..count).map(|j| q[t * count + j] * p[j]).sum::<f64>();
            let mean: f64 = (0..count).map(|i| p[i] * row(i, &p)).sum();
            let step = (mean - row(t, &p)) / q[t * count + t];
            p[t] += step;
            p.iter_mut().for_each(|p| *p /= 1.0 + step);
            moved = moved.max(step.abs());
        }
        if moved < 1e-12 {
            break;
        }
    }
    p.iter_mut().for_each(|p| *p = p.max(0.0));
    let sum: f64 = p.iter().sum();
    p.iter().map(|p| p / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_of_pairs_that_agree_are_coupled_into_those_they_came_from() {
        for all in [vec![0.2, 0.5, 0.3], vec![0.01, 0.02, 0.9, 0.07], vec![0.25; 4]] {
            let second: Vec<f64> = pairs(all.len()).map(|(i, j)| all[j] / (all[i] + all[j])).collect();
            for (found, expected) in couple(all.len(), &second).iter().zip(&all) {
                assert!((found - expected).abs() < 1e-8, "{found} {expected}");
            }
        }
    }
}
