//! Selective prediction: the share of mistakes among the most confident answers, when the others are left open.

use super::predictions::Predictions;
use super::rows::check_scored;
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// What answering at a confidence and above costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// The lowest confidence that is answered.
    pub confidence: f64,
    /// The share of all examples that is answered.
    pub coverage: f64,
    /// The share of mistakes among those.
    pub risk: f64,
}

/// The curve and the area under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskCoverage {
    /// One point for each confidence that occurs, the highest first: equal confidences are answered together, since
    /// no threshold tells them apart.
    pub curve: Vec<RiskPoint>,
    /// Mean risk over the n most confident, n from 1 to all. Among equal confidences it is the mean over all their
    /// orders, so that the order of the examples does not matter.
    pub aurc: f64,
}

impl RiskCoverage {
    /// By the largest probability.
    pub fn of(predictions: &Predictions) -> RiskCoverage {
        curve(&predictions.probabilities().confidences(), &predictions.right())
    }

    /// By any score that is high where an answer can be relied on.
    ///
    /// # Errors
    /// When there is no score, when one is not finite, or when there are not as many answers.
    pub fn measure(confidence: &[f64], right: &[bool]) -> Result<RiskCoverage> {
        check_scored(confidence, right.len())?;
        Ok(curve(confidence, right))
    }

    /// The largest share that can be answered by a threshold with at most this risk; 0 when there is none.
    pub fn coverage_at(&self, risk: f64) -> f64 {
        self.curve.iter().rev().find(|point| point.risk <= risk).map_or(0.0, |point| point.coverage)
    }
}

fn curve(confidence: &[f64], right: &[bool]) -> RiskCoverage {
    let mut order: Vec<(f64, bool)> = confidence.iter().copied().zip(right.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = order.len() as f64;
    let (mut answered, mut wrong, mut risks) = (0_usize, 0_usize, 0.0);
    let mut curve = Vec::new();
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let mistakes = tied.iter().filter(|(_, right)| !right).count();
        let share = mistakes as f64 / tied.len() as f64;
        for within in 1..=tied.len() {
            risks += (wrong as f64 + share * within as f64) / (answered + within) as f64;
        }
        answered += tied.len();
        wrong += mistakes;
        curve.push(RiskPoint {
            confidence: tied[0].0,
            coverage: answered as f64 / count,
            risk: wrong as f64 / answered as f64,
        });
    }
    RiskCoverage { curve, aurc: risks / count }
}
