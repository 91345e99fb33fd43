//! The threshold above which an unknown score raises the alarm, at a stated rate of false alarms.

use crate::calibration::unit::{Unit, rank};
use crate::error::{Error, Result};
use crate::metrics::check_scored;
use serde::{Deserialize, Serialize};

/// A threshold with what it promises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// An example is called unknown when its score is above this.
    pub threshold: f64,
    /// The share of known examples that may raise it.
    pub false_alarm_rate: f64,
    /// What counted as one example; a false alarm rate counted over windows is not guaranteed.
    pub unit: Unit,
    /// How many known examples it was fitted on.
    pub known: usize,
}

impl Alarm {
    /// Of the unknown scores of held-out known examples, one for each `unit`: number `ceil((n + 1)(1 - rate))` of
    /// the n rising scores.
    ///
    /// # Errors
    /// When a score is not finite, the rate is not between 0 and 1, or the examples are too few for it.
    pub fn fit(held_out: &[f64], false_alarm_rate: f64, unit: Unit) -> Result<Alarm> {
        check_scored(held_out, held_out.len())?;
        let Some(at) = rank(held_out.len(), false_alarm_rate)? else {
            return Err(Error::data(
                format!("no alarm with a false alarm rate of {false_alarm_rate}"),
                format!("{} known examples allow none below 1/{}", held_out.len(), held_out.len() + 1),
                "hold out more known examples, or bear more false alarms",
            ));
        };
        let mut rising = held_out.to_vec();
        rising.sort_by(f64::total_cmp);
        Ok(Alarm { threshold: rising[at], false_alarm_rate, unit, known: held_out.len() })
    }

    /// Whether an example with this score is called unknown. A score that is no number is.
    pub fn rings(&self, score: f64) -> bool {
        score.is_nan() || score > self.threshold
    }
}
