//! Up, then far down.

use serde::{Deserialize, Serialize};

use super::eased;
use crate::error::{Error, Result};

/// One cycle (Smith 2018), PyTorch's form with cosines: from `η / start_divisor` up to `η` at time `rise T - 1`, then
/// down to `η / (start_divisor end_divisor)` at `T - 1`, where it stays. Meant to be advanced after every step, not
/// every epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneCycle {
    /// Length of the cycle, `T`; the rise and the fall must both be longer than 0.
    pub total: u64,
    /// Share of the rise, above 0 and below 1.
    pub rise: f64,
    /// The highest rate over the first, at least 1.
    pub start_divisor: f64,
    /// The first rate over the last, at least 1.
    pub end_divisor: f64,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self { total: 100, rise: 0.3, start_divisor: 25.0, end_divisor: 1e4 }
    }
}

impl OneCycle {
    pub(super) fn check(&self) -> Result<()> {
        for (field, divisor) in [("start_divisor", self.start_divisor), ("end_divisor", self.end_divisor)] {
            if !(divisor.is_finite() && divisor >= 1.0) {
                return Err(Error::config(field, divisor, "at least 1 and finite"));
            }
        }
        if !(self.rise > 0.0 && self.rise < 1.0) {
            return Err(Error::config("rise", self.rise, "above 0 and below 1"));
        }
        match self.rise * self.total as f64 > 1.0 {
            true => Ok(()),
            false => Err(Error::config(
                "total",
                self.total,
                format!(
                    "above {}, so that the rise of a share of {} has a length",
                    1.0 / self.rise,
                    self.rise
                ),
            )),
        }
    }

    pub(super) fn at(&self, rate: f64, time: f64) -> f64 {
        let (top, end) = (self.rise * self.total as f64 - 1.0, self.total as f64 - 1.0);
        let first = rate / self.start_divisor;
        match time <= top {
            true => eased(first, rate, time / top),
            false => eased(rate, first / self.end_divisor, ((time - top) / (end - top)).min(1.0)),
        }
    }
}
