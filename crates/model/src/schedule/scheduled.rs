//! A schedule at work.

use serde::{Deserialize, Serialize};

use super::{Plateau, Schedule};
use crate::error::{Error, Result};

/// A schedule at work. Its value is its whole state: store and restore it with serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    schedule: Schedule,
    rate: f64,
    time: u64,
    plateau: Option<Plateau>,
}

impl Scheduled {
    pub(super) fn new(schedule: Schedule, rate: f64) -> Result<Self> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::config("learning_rate", rate, "above 0 and finite"));
        }
        schedule.check(rate)?;
        let plateau = match &schedule {
            Schedule::Plateau(params) => Some(params.begin(rate)?),
            _ => None,
        };
        Ok(Self { schedule, rate, time: 0, plateau })
    }

    /// The rate to use now.
    pub fn now(&self) -> f64 {
        let plateau = self.plateau.as_ref().map_or(self.rate, Plateau::rate);
        self.schedule.at(self.rate, self.time).unwrap_or(plateau)
    }

    /// Times that have passed.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Goes on by one epoch or step; gives the rate to use from now on. `metric` is what is to fall, such as the loss
    /// on the validation part; only a plateau looks at it.
    ///
    /// # Errors
    /// A plateau without a metric. Nothing has changed then.
    pub fn advance(&mut self, metric: Option<f64>) -> Result<f64> {
        if let Some(plateau) = &mut self.plateau {
            let Some(metric) = metric else {
                return Err(Error::config(
                    "metric",
                    "none",
                    "a metric after every epoch for the schedule `plateau`",
                ));
            };
            plateau.observe(metric);
        }
        self.time = self.time.saturating_add(1);
        Ok(self.now())
    }
}
