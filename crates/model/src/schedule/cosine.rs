//! Half a cosine.

use serde::{Deserialize, Serialize};

use super::{below, eased};
use crate::error::{Error, Result};

/// Straight up to the rate `η` within the warm-up, `η (t + 1) / W` at time `t < W` (Goyal 2017), then
/// `least + (η - least) (1 + cos(π (t - W) / (T - W))) / 2` (Loshchilov 2017). Behind the end, as in PyTorch, the cosine
/// goes on and the rate rises again: let a run end there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CosineDecay {
    /// Length of the warm-up, `W`, below `total`.
    pub warm_up: u64,
    /// The time at which the rate is least, `T`, warm-up included.
    pub total: u64,
    /// The least rate, 0 or more and below the rate `η`.
    pub least: f64,
}

impl Default for CosineDecay {
    fn default() -> Self {
        Self { warm_up: 0, total: 100, least: 0.0 }
    }
}

impl CosineDecay {
    pub(super) fn check(&self, rate: f64) -> Result<()> {
        below("least", self.least, rate)?;
        match self.warm_up < self.total {
            true => Ok(()),
            false => Err(Error::config(
                "total",
                self.total,
                format!("above the warm-up, which is {}", self.warm_up),
            )),
        }
    }

    pub(super) fn at(&self, rate: f64, time: f64) -> f64 {
        let (warm_up, total) = (self.warm_up as f64, self.total as f64);
        if time < warm_up {
            return rate * (time + 1.0) / warm_up;
        }
        eased(rate, self.least, (time - warm_up) / (total - warm_up))
    }
}
