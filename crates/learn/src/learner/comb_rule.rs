//! A judgement from the lines of faults alone, almost without training: what everything that learned has to beat.
//!
//! Rows are those of the step `fault-lines`. How much a part is suspected is the mean over its harmonics in the band where
//! that is largest, in decades above the neighbours. Of several classes the most suspected part's is taken, and the healthy
//! one where none is suspected more than a threshold, which is chosen on the training part for the largest macro-F1: the
//! one thing that is learned. Whether one part is damaged is judged by its suspicion less the mean of all parts, and
//! nothing is learned.

use super::choice::{Examples, Target};
use super::newton::{logistic, softmax};
use super::part_of_class::{parts_of, place, refused};
use super::tensors::{Stored, Tensors, numbers};
use crate::error::Result;
use brinell_signal::quantity::FaultLinesParams;
use serde::{Deserialize, Serialize};

/// Its name in a configuration.
const NAME: &str = "comb-rule";

/// `comb-rule`: the part whose lines stand out most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CombRuleOptions {
    /// Harmonics that the step `fault-lines` looks for. 4 unless said, as there.
    pub harmonics: usize,
}

impl Default for CombRuleOptions {
    fn default() -> Self {
        CombRuleOptions { harmonics: FaultLinesParams::default().harmonics }
    }
}

impl CombRuleOptions {
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        if !(1..=64).contains(&self.harmonics) {
            let harmonics = self.harmonics;
            let message = format!(
                "harmonics must be >= 1 and <= 64, found {harmonics}; say as many as the step fault-lines"
            );
            found.push(("harmonics".to_owned(), message));
        }
    }
}

/// The rule, and its threshold. Probabilities are shares of `10^suspicion`, where the healthy class counts as suspected as
/// much as the threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct CombRule {
    harmonics: usize,
    numbers_of_band: usize,
    judges: Judges,
}

#[derive(Debug, Clone, PartialEq)]
enum Judges {
    /// Whether the part at this place of the parts that rows tell of is damaged.
    Part(usize),
    /// Of each class, the place of its part; none for the healthy class, which `threshold` is for.
    Classes { parts: Vec<Option<usize>>, threshold: f64 },
}

impl CombRule {
    /// The rule with a threshold of 0.
    fn new(options: &CombRuleOptions, width: usize, target: Target<'_>) -> Result<CombRule> {
        let params = FaultLinesParams { harmonics: options.harmonics, ..FaultLinesParams::default() };
        let numbers_of_band = params.numbers_of_band();
        if !width.is_multiple_of(numbers_of_band) {
            let why = format!("rows hold {width} numbers, and a band of fault-lines has {numbers_of_band}");
            return Err(refused(
                NAME,
                why,
                "let fault-lines be the pipeline's last step, with as many harmonics",
            ));
        }
        let judges = match target {
            Target::Part(part) => Judges::Part(place(NAME, part)?),
            Target::Classes(classes) => Judges::Classes { parts: parts_of(NAME, classes)?, threshold: 0.0 },
        };
        Ok(CombRule { harmonics: options.harmonics, numbers_of_band, judges })
    }

    pub(super) fn fit(
        options: &CombRuleOptions,
        examples: &Examples<'_>,
        target: Target<'_>,
    ) -> Result<CombRule> {
        let mut rule = CombRule::new(options, examples.rows.width(), target)?;
        let suspicions: Vec<[f64; 3]> = examples.rows.iter().map(|row| rule.suspicions(row)).collect();
        if let Judges::Classes { parts, threshold } = &mut rule.judges
            && let Some(healthy) = parts.iter().position(Option::is_none)
        {
            *threshold = best_threshold(&suspicions, parts, healthy, examples.labels);
        }
        Ok(rule)
    }

    /// How much each part is suspected, in decades: outer race, inner race, ball.
    pub fn suspicions(&self, row: &[f64]) -> [f64; 3] {
        let of_part = |part: usize| {
            let bands = row.chunks_exact(self.numbers_of_band).map(|band| {
                let lines = &band[part * self.harmonics..(part + 1) * self.harmonics];
                lines.iter().sum::<f64>() / self.harmonics as f64
            });
            bands.fold(f64::NEG_INFINITY, f64::max)
        };
        [0, 1, 2].map(of_part)
    }

    /// The probability of each class for one row.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let suspicions = self.suspicions(row);
        let powers = std::f64::consts::LN_10;
        match &self.judges {
            Judges::Part(part) => {
                let own = logistic(powers * (suspicions[*part] - suspicions.iter().sum::<f64>() / 3.0));
                vec![1.0 - own, own]
            }
            Judges::Classes { parts, threshold } => {
                let score = |part: &Option<usize>| powers * part.map_or(*threshold, |part| suspicions[part]);
                let mut scores: Vec<f64> = parts.iter().map(score).collect();
                softmax(&mut scores);
                scores
            }
        }
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        if let Judges::Classes { threshold, .. } = &self.judges {
            tensors.insert("threshold".to_owned(), numbers(&[*threshold], &[1])?);
        }
        Ok(())
    }

    pub(super) fn read(
        options: &CombRuleOptions,
        stored: &Stored<'_>,
        width: usize,
        target: Target<'_>,
    ) -> Result<CombRule> {
        let mut rule = CombRule::new(options, width, target)?;
        if let Judges::Classes { threshold, .. } = &mut rule.judges {
            *threshold = stored.numbers("threshold", &[1])?[0];
        }
        Ok(rule)
    }
}

/// The threshold with the largest macro-F1 of the examples, the lowest of several: half way between two suspicions.
fn best_threshold(suspicions: &[[f64; 3]], parts: &[Option<usize>], healthy: usize, labels: &[u32]) -> f64 {
    let most_suspected = |row: &[f64; 3]| {
        let known = parts.iter().enumerate().filter_map(|(class, part)| part.map(|part| (row[part], class)));
        known.fold((f64::NEG_INFINITY, healthy), |best, found| if found.0 > best.0 { found } else { best })
    };
    let guesses: Vec<(f64, usize)> = suspicions.iter().map(most_suspected).collect();
    let (mut right, mut guessed, mut are) =
        (vec![0_u32; parts.len()], vec![0_u32; parts.len()], vec![0_u32; parts.len()]);
    for ((_, guess), label) in guesses.iter().zip(labels) {
        guessed[*guess] += 1;
        are[*label as usize] += 1;
        right[*guess] += u32::from(*guess == *label as usize);
    }
    let mut order: Vec<usize> = (0..guesses.len()).collect();
    order.sort_by(|a, b| guesses[*a].0.total_cmp(&guesses[*b].0));
    let f1 = |right: &[u32], guessed: &[u32]| -> f64 {
        let each = right.iter().zip(guessed).zip(&are);
        each.map(|((right, guessed), are)| f64::from(2 * right) / f64::from((guessed + are).max(1))).sum()
    };
    let lowest = order.first().map_or(0.0, |at| guesses[*at].0);
    let (mut best, mut threshold) = (f1(&right, &guessed), lowest - 1.0);
    // One example after the other falls below the threshold.
    for (at, example) in order.iter().enumerate() {
        let (suspicion, guess) = guesses[*example];
        let label = labels[*example] as usize;
        guessed[guess] -= 1;
        guessed[healthy] += 1;
        right[guess] -= u32::from(guess == label);
        right[healthy] += u32::from(healthy == label);
        let next = order.get(at + 1).map_or(suspicion + 1.0, |next| guesses[*next].0);
        let now = f1(&right, &guessed);
        if next > suspicion && now > best {
            (best, threshold) = (now, 0.5 * suspicion + 0.5 * next);
        }
    }
    threshold
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_threshold_is_where_the_macro_f1_of_the_examples_is_largest() {
        let parts = [None, Some(1), Some(0)];
        let suspicions: Vec<[f64; 3]> =
            (0..60).map(|i| [0.0, 0.7, 1.9].map(|phase| 1.0 + (f64::from(i) * 1.7 + phase).sin())).collect();
        let label = |(at, row): (usize, &[f64; 3])| match (row[0].max(row[1]) > 1.6) ^ (at % 9 == 0) {
            false => 0,
            true => u32::from(row[0] > row[1]) + 1,
        };
        let labels: Vec<u32> = suspicions.iter().enumerate().map(label).collect();
        let f1 = |threshold: f64| {
            let guess = |row: &[f64; 3]| {
                if row[0].max(row[1]) < threshold { 0 } else { u32::from(row[0] > row[1]) + 1 }
            };
            let guesses: Vec<u32> = suspicions.iter().map(guess).collect();
            let of = |class: u32| {
                let pairs = || guesses.iter().zip(&labels);
                let both = pairs().filter(|(g, l)| **g == class && **l == class).count() as f64;
                let either =
                    pairs().map(|(g, l)| usize::from(*g == class) + usize::from(*l == class)).sum::<usize>();
                2.0 * both / either.max(1) as f64
            };
            (0..3).map(of).sum::<f64>()
        };
        let found = best_threshold(&suspicions, &parts, 0, &labels);
        let tried = (0..400).map(|i| f64::from(i) * 0.005).map(f1).fold(0.0, f64::max);
        assert!(f1(found) >= tried - 1e-12, "{found}: {} {tried}", f1(found));
    }
}
