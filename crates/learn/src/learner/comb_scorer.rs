//! A judgement from the combs of faults that holds for bearings which were never seen.
//!
//! Rows are those of the step `fault-combs`, of any number of channels. Two learners judge them. A logistic regression on
//! all numbers says whether anything is damaged, and what. A scorer whose weights all parts share (`conditional_logit.rs`)
//! sees the combs alone, and says which part's comb looks most like that of a damaged part: it cannot learn a bearing by
//! heart. The probability of health is the regression's; those of the parts share the rest by the weighted geometric mean
//! of both.

use super::choice::{Examples, Target};
use super::conditional_logit::Choices;
use super::logistic::{Logistic, LogisticOptions};
use super::newton::{dot, softmax};
use super::part_of_class::{parts_of, place, refused};
use super::standardise::Standardise;
use super::tensors::{Stored, Tensors, numbers};
use crate::error::Result;
use crate::metrics::Rows;
use brinell_signal::quantity::{NUMBERS_OF_COMB, NUMBERS_OF_SPECTRUM};
use serde::{Deserialize, Serialize};

/// Its name in a configuration.
const NAME: &str = "comb-scorer";
/// What is added to shares before they are multiplied, so that neither learner alone can exclude a part.
const DOUBT: f64 = 1e-4;

/// `comb-scorer`: logistic regression on all numbers, and one scorer of combs for all parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CombScorerOptions {
    /// How much the examples count against small weights in the logistic regression, as for `logistic`. 0.001 unless said.
    pub strength: f64,
    /// The same for the shared scorer, where the mean of the losses counts instead of their sum. 1 unless said.
    pub shared_strength: f64,
    /// How much the shared scorer counts beside the regression when parts are told apart. 0.5 unless said.
    pub share: f64,
}

impl Default for CombScorerOptions {
    fn default() -> Self {
        CombScorerOptions { strength: 1e-3, shared_strength: 1.0, share: 0.5 }
    }
}

impl CombScorerOptions {
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        for (key, value, least, most, usual) in [
            ("strength", self.strength, 1e-9, 1e9, 0.001),
            ("shared_strength", self.shared_strength, 1e-9, 1e9, 1.0),
            ("share", self.share, 0.0, 1.0, 0.5),
        ] {
            if !(value >= least && value <= most) {
                let message =
                    format!("{key} must be >= {least:?} and <= {most:?}, found {value}; {usual} is usual");
                found.push((key.to_owned(), message));
            }
        }
    }
}

/// The fitted regression and the shared weights. Classes without examples in training get the probability 0.
#[derive(Debug, Clone, PartialEq)]
pub struct CombScorer {
    regression: Logistic,
    /// Weights of the numbers of a comb, spectrum after spectrum.
    weights: Vec<f64>,
    share: f64,
    /// Number and place of the part of each class that blames one and had examples.
    known: Vec<(usize, usize)>,
}

/// The numbers of the comb of the part at this place, spectrum after spectrum.
fn comb(row: &[f64], place: usize) -> impl Iterator<Item = f64> {
    let of_part = place * NUMBERS_OF_COMB..(place + 1) * NUMBERS_OF_COMB;
    row.chunks_exact(NUMBERS_OF_SPECTRUM).flat_map(move |spectrum| spectrum[of_part.clone()].iter().copied())
}

/// The part of each class of a target.
fn parts_of_target(target: Target<'_>) -> Result<Vec<Option<usize>>> {
    match target {
        Target::Part(part) => Ok(vec![None, Some(place(NAME, part)?)]),
        Target::Classes(classes) => parts_of(NAME, classes),
    }
}

/// Classes that blame a part and are among those with examples.
fn known(parts: &[Option<usize>], present: &[u32]) -> Vec<(usize, usize)> {
    let part = |class: &u32| Some((*class as usize, (*parts.get(*class as usize)?)?));
    present.iter().filter_map(part).collect()
}

/// Refuses rows that are none of `fault-combs`; how many numbers of combs a part has.
fn check_width(width: usize) -> Result<usize> {
    if width > 0 && width.is_multiple_of(NUMBERS_OF_SPECTRUM) {
        return Ok(width / NUMBERS_OF_SPECTRUM * NUMBERS_OF_COMB);
    }
    let why = format!("rows hold {width} numbers, and a spectrum of fault-combs has {NUMBERS_OF_SPECTRUM}");
    Err(refused(NAME, why, "let fault-combs be the pipeline's last step"))
}

impl CombScorer {
    pub(super) fn fit(
        options: &CombScorerOptions,
        examples: &Examples<'_>,
        target: Target<'_>,
    ) -> Result<CombScorer> {
        let width = check_width(examples.rows.width())?;
        let parts = parts_of_target(target)?;
        let regression = Logistic::fit(&LogisticOptions { strength: options.strength }, examples)?;
        let present = examples.present();
        let known = known(&parts, &present);
        let rows = examples.rows.iter();
        let combs = rows.flat_map(|row| known.iter().flat_map(move |(_, place)| comb(row, *place))).collect();
        let combs = Rows::known(width, combs);
        let scale = Standardise::fit(&combs);
        let standardised = scale.all(&combs);
        let place = |label: &u32| known.iter().position(|(class, _)| *class == *label as usize);
        let chosen: Vec<usize> =
            examples.labels.iter().map(|label| place(label).unwrap_or(known.len())).collect();
        let mut factors = examples.weights();
        let all: f64 = factors.iter().sum();
        factors.iter_mut().for_each(|factor| *factor *= options.shared_strength / all);
        let choices = Choices {
            combs: &standardised,
            width,
            parts: known.len(),
            chosen: &chosen,
            factors: &factors,
            healthy: present.len() > known.len(),
        };
        let mut weights = choices.solve();
        weights.truncate(width);
        // What is taken off every comb alike changes no difference between scores.
        weights.iter_mut().zip(scale.deviations()).for_each(|(weight, deviation)| *weight /= deviation);
        Ok(CombScorer { regression, weights, share: options.share, known })
    }

    /// The probability of each class for one row.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let mut probabilities = self.regression.probabilities(row);
        let of_parts: f64 = self.known.iter().map(|(class, _)| probabilities[*class]).sum();
        let own: Vec<Vec<f64>> = self.known.iter().map(|(_, place)| comb(row, *place).collect()).collect();
        let mut shared: Vec<f64> = own.iter().map(|comb| dot(comb, &self.weights)).collect();
        softmax(&mut shared);
        let equal = 1.0 / self.known.len() as f64;
        let mut both: Vec<f64> = self
            .known
            .iter()
            .zip(&shared)
            .map(|((class, _), shared)| {
                let single = if of_parts > 0.0 { probabilities[*class] / of_parts } else { equal };
                self.share * (shared + DOUBT).ln() + (1.0 - self.share) * (single + DOUBT).ln()
            })
            .collect();
        softmax(&mut both);
        for ((class, _), both) in self.known.iter().zip(both) {
            probabilities[*class] = of_parts * both;
        }
        probabilities
    }

    /// The regression on all numbers, and the weights that all parts share of the numbers of a comb, spectrum after
    /// spectrum.
    pub fn both(&self) -> (&Logistic, &[f64]) {
        (&self.regression, &self.weights)
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        self.regression.write(tensors)?;
        tensors.insert("comb_weights".to_owned(), numbers(&self.weights, &[self.weights.len()])?);
        Ok(())
    }

    pub(super) fn read(
        options: &CombScorerOptions,
        stored: &Stored<'_>,
        width: usize,
        target: Target<'_>,
    ) -> Result<CombScorer> {
        let of_comb = check_width(width)?;
        let parts = parts_of_target(target)?;
        let regression = Logistic::read(stored, width, parts.len())?;
        let known = known(&parts, &stored.present(parts.len())?);
        let weights = stored.numbers("comb_weights", &[of_comb])?;
        Ok(CombScorer { regression, weights, share: options.share, known })
    }
}
