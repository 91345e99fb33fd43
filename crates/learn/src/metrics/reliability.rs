//! How far confidence is from accuracy: calibration errors with the table that a reliability diagram draws.

use super::predictions::Predictions;
use serde::{Deserialize, Serialize};

/// Number of bins.
pub const BINS: usize = 15;

/// The examples of one range of confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Examples in it.
    pub count: usize,
    /// Their mean confidence; `None` when there is none.
    pub confidence: Option<f64>,
    /// The share of right ones among them; `None` when there is none.
    pub accuracy: Option<f64>,
}

/// Calibration errors and the table they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Ranges of rising confidence.
    pub bins: Vec<Bin>,
    /// Mean of |accuracy - confidence| over the bins, each with the share of its examples as weight.
    pub ece: f64,
    /// The largest |accuracy - confidence| of a bin.
    pub mce: f64,
}

impl Reliability {
    /// 15 bins of equal width on the largest probability: bin `min(floor(15 p), 14)`. Pool the predictions of all
    /// folds first.
    pub fn of(predictions: &Predictions) -> Reliability {
        Reliability::equal_width(&predictions.probabilities().confidences(), &predictions.right())
    }

    /// 15 bins of nearly equal count, in order of the largest probability: the first bins get one more where the
    /// count cannot be divided. Equal confidences stay in the order given.
    pub fn of_equal_counts(predictions: &Predictions) -> Reliability {
        let (confidence, right) = (predictions.probabilities().confidences(), predictions.right());
        let mut order: Vec<(f64, bool)> = confidence.into_iter().zip(right).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (size, larger) = (order.len() / BINS, order.len() % BINS);
        let mut rest = order.as_slice();
        let bins = (0..BINS).filter_map(|bin| {
            let (own, others) = rest.split_at(size + usize::from(bin < larger));
            rest = others;
            Some(Bin::new(own.first()?.0, own.last()?.0, own))
        });
        Reliability::over(bins.collect())
    }

    /// Of scores that were checked to lie between 0 and (nearly) 1.
    pub(super) fn equal_width(confidence: &[f64], right: &[bool]) -> Reliability {
        let mut members = vec![Vec::new(); BINS];
        for (&confidence, &right) in confidence.iter().zip(right) {
            let bin = ((BINS as f64 * confidence).floor() as usize).min(BINS - 1);
            members[bin].push((confidence, right));
        }
        let edge = |at: usize| at as f64 / BINS as f64;
        let bins = members.iter().enumerate().map(|(at, own)| Bin::new(edge(at), edge(at + 1), own));
        Reliability::over(bins.collect())
    }

    fn over(bins: Vec<Bin>) -> Reliability {
        let count: usize = bins.iter().map(|bin| bin.count).sum();
        let gaps = || bins.iter().map(|bin| (bin.gap(), bin.count));
        Reliability {
            ece: gaps().map(|(gap, own)| own as f64 / count.max(1) as f64 * gap).sum(),
            mce: gaps().map(|(gap, _)| gap).fold(0.0, f64::max),
            bins,
        }
    }
}

impl Bin {
    fn new(from: f64, to: f64, members: &[(f64, bool)]) -> Bin {
        let count = members.len();
        let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
        Bin {
            from,
            to,
            count,
            confidence: mean(members.iter().map(|(confidence, _)| confidence).sum()),
            accuracy: mean(members.iter().filter(|(_, right)| *right).count() as f64),
        }
    }

    /// |accuracy - confidence|, 0 when it is empty.
    fn gap(&self) -> f64 {
        self.accuracy.zip(self.confidence).map_or(0.0, |(accuracy, confidence)| (accuracy - confidence).abs())
    }
}
