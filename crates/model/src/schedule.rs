//! How the learning rate changes while training.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Lowers the learning rate when a metric stops falling: PyTorch's `ReduceLROnPlateau` with mode
/// `min`, relative threshold, no cool-down. Its value is its whole state: store and restore it with
/// serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
    /// Epochs without improvement that are borne.
    pub patience: usize,
    /// What the rate is multiplied by, between 0 and 1.
    pub factor: f64,
    /// An epoch improves when its metric is below `best * (1 - threshold)`.
    pub threshold: f64,
    /// The rate never falls below this.
    pub least: f64,
    rate: f64,
    best: Option<f64>,
    bad: usize,
}

impl Plateau {
    /// Changes of the rate smaller than this are not made.
    const SMALLEST_CHANGE: f64 = 1e-8;

    /// A schedule that begins at `rate`, with threshold 1e-4.
    ///
    /// # Errors
    /// A rate that is not above 0, a factor not between 0 and 1.
    pub fn new(rate: f64, patience: usize, factor: f64) -> Result<Self> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::config("learning_rate", rate, "above 0"));
        }
        if !(factor > 0.0 && factor < 1.0) {
            return Err(Error::config("factor", factor, "between 0 and 1"));
        }
        Ok(Self { patience, factor, threshold: 1e-4, least: 0.0, rate, best: None, bad: 0 })
    }

    /// The rate to use now.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Takes the metric of an epoch; gives the new rate when it changes. A metric that is NaN
    /// counts as no improvement.
    pub fn observe(&mut self, metric: f64) -> Option<f64> {
        let improved = match self.best {
            None => !metric.is_nan(),
            Some(best) => metric < best * (1.0 - self.threshold),
        };
        if improved {
            self.best = Some(metric);
            self.bad = 0;
        } else {
            self.bad += 1;
        }
        if self.bad <= self.patience {
            return None;
        }
        self.bad = 0;
        let next = (self.rate * self.factor).max(self.least);
        if self.rate - next <= Self::SMALLEST_CHANGE {
            return None;
        }
        self.rate = next;
        Some(next)
    }
}
