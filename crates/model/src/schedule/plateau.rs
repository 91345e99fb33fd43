//! Lower when a metric stops falling.

use serde::{Deserialize, Serialize};

use super::{below, lowering};
use crate::error::{Error, Result};

/// A [`Plateau`] before it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlateauParams {
    /// Epochs without improvement that are borne.
    pub patience: usize,
    /// What the rate is multiplied by, between 0 and 1.
    pub factor: f64,
    /// An epoch improves when its metric is below `best * (1 - threshold)`; 0 <= threshold < 1.
    pub threshold: f64,
    /// The rate never falls below this; 0 or more and below the rate that it begins with.
    pub least: f64,
}

impl Default for PlateauParams {
    fn default() -> Self {
        Self { patience: 3, factor: 0.5, threshold: 1e-4, least: 0.0 }
    }
}

impl PlateauParams {
    pub(super) fn check(&self, rate: f64) -> Result<()> {
        lowering("factor", self.factor)?;
        below("least", self.least, rate)?;
        match (0.0..1.0).contains(&self.threshold) {
            true => Ok(()),
            false => Err(Error::config("threshold", self.threshold, "0 or more and below 1")),
        }
    }

    pub(super) fn begin(&self, rate: f64) -> Result<Plateau> {
        let Self { patience, factor, threshold, least } = *self;
        Ok(Plateau { threshold, least, ..Plateau::new(rate, patience, factor)? })
    }
}

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
        lowering("factor", factor)?;
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
