//! Areas under ROC curves: P(a positive scores higher than a negative) + P(they score the same) / 2.

use super::predictions::Predictions;
use super::rows::check_scored;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The area under the ROC curve of scores that are high for positives, by mid-ranks; `None` when there is no
/// positive or no negative. Ranks are counted in whole numbers, so any strictly rising map of the scores gives the
/// same bits.
///
/// # Errors
/// When there is no score, when one is not finite, or when there are not as many truths.
pub fn auroc(scores: &[f64], positive: &[bool]) -> Result<Option<f64>> {
    check_scored(scores, positive.len())?;
    Ok(area(scores, positive))
}

/// As [`auroc`], of scores that were checked.
pub(super) fn area(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let positives = positive.iter().filter(|is| **is).count() as u128;
    let negatives = positive.len() as u128 - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut twice_rank_sum) = (0_u128, 0_u128);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let size = tied.len() as u128;
        let hits = tied.iter().filter(|(_, is)| *is).count() as u128;
        // ranks below + 1 ..= below + size; twice their mean is a whole number
        twice_rank_sum += hits * (2 * below + size + 1);
        below += size;
    }
    let twice_wins = twice_rank_sum - positives * (positives + 1);
    Some(twice_wins as f64 / (2 * positives * negatives) as f64)
}

/// Areas of several labels and their mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MacroAuroc {
    /// One area a label; `None` where the data hold no positive or no negative of it.
    pub of_label: Vec<Option<f64>>,
    /// Plain mean of the areas that are defined; `None` when none is.
    pub mean: Option<f64>,
    /// How many labels the mean leaves out since they are undefined: to be printed beside it.
    pub undefined: usize,
}

impl MacroAuroc {
    pub(super) fn of(of_label: Vec<Option<f64>>) -> MacroAuroc {
        let defined: Vec<f64> = of_label.iter().flatten().copied().collect();
        MacroAuroc {
            mean: (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64),
            undefined: of_label.len() - defined.len(),
            of_label,
        }
    }

    /// The area of each of the `classes` against all others, by that class's own probability, in the order asked
    /// for: name the faults alone to leave the healthy class out of the mean.
    ///
    /// # Errors
    /// When no class is named, or one that does not exist.
    pub fn one_vs_rest(predictions: &Predictions, classes: &[u32]) -> Result<MacroAuroc> {
        let known = predictions.classes();
        if classes.is_empty() || classes.iter().any(|class| *class as usize >= known) {
            return Err(Error::data(
                format!("no mean AUROC of the classes {classes:?}"),
                format!("the scores have {known} classes, counted from 0"),
                "name one class or more of those",
            ));
        }
        let of_label = classes.iter().map(|class| {
            let (scores, positive): (Vec<f64>, Vec<bool>) = predictions
                .iter()
                .map(|(row, label)| (row[*class as usize], label == *class as usize))
                .unzip();
            area(&scores, &positive)
        });
        Ok(MacroAuroc::of(of_label.collect()))
    }
}
