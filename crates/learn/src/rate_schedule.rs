//! How the learning rate changes in a run, as an experiment names it.

use crate::error::{Error, Result};
use brinell_model::{Schedule, Scheduled};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The key that may be left away.
const TOTAL: &str = "total";

/// How the learning rate changes: a table with `kind` and the schedule's own fields.
///
/// | kind | goes on after |
/// |---|---|
/// | `constant`, `plateau`, `step`, `multi-step`, `exponential` | every epoch: `patience`, `every` and `milestones` count epochs |
/// | `cosine`, `one-cycle` | every step of the optimiser, that is every batch: `warm_up` and `total` count steps |
///
/// Where `total` is left out, it is the number of steps of the whole run: epochs times batches in an epoch, whatever
/// the fold. Behind it the rate stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct RateSchedule {
    schedule: Schedule,
    /// Whether the length of the run takes the place of its own.
    whole_run: bool,
}

impl Default for RateSchedule {
    /// Half the rate after three epochs without a better validation loss.
    fn default() -> Self {
        Schedule::Plateau(brinell_model::PlateauParams::default()).into()
    }
}

impl From<Schedule> for RateSchedule {
    fn from(schedule: Schedule) -> Self {
        RateSchedule { schedule, whole_run: false }
    }
}

impl<'de> Deserialize<'de> for RateSchedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Map::deserialize(deserializer)?;
        let whole_run = !table.contains_key(TOTAL);
        let schedule = Schedule::deserialize(Value::Object(table)).map_err(D::Error::custom)?;
        Ok(RateSchedule { whole_run: whole_run && counts_steps(&schedule), schedule })
    }
}

impl Serialize for RateSchedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let mut table = serde_json::to_value(&self.schedule).map_err(S::Error::custom)?;
        if let (true, Value::Object(table)) = (self.whole_run, &mut table) {
            table.remove(TOTAL);
        }
        table.serialize(serializer)
    }
}

fn counts_steps(schedule: &Schedule) -> bool {
    matches!(schedule, Schedule::Cosine(_) | Schedule::OneCycle(_))
}

impl RateSchedule {
    /// Whether it goes on after every step of the optimiser; else after every epoch.
    pub fn counts_steps(&self) -> bool {
        counts_steps(&self.schedule)
    }

    /// Whether it lasts as long as the run, whatever its length.
    pub(crate) fn is_of_whole_run(&self) -> bool {
        self.whole_run
    }

    /// The schedule of a run of so many steps.
    fn of_run(&self, steps: u64) -> Schedule {
        let mut schedule = self.schedule.clone();
        match &mut schedule {
            Schedule::Cosine(cosine) if self.whole_run => cosine.total = steps,
            Schedule::OneCycle(cycle) if self.whole_run => cycle.total = steps,
            _ => {}
        }
        schedule
    }

    /// Refuses fields that are out of range in a run of any length that begins with this rate.
    pub(crate) fn check(&self, rate: f64) -> Result<(), brinell_model::Error> {
        self.of_run(u64::MAX).begin(rate).map(drop)
    }

    /// At the begin of a run of so many steps.
    pub(crate) fn begin(&self, rate: f64, steps: u64) -> Result<RateInRun> {
        let refused = |error: brinell_model::Error| {
            Error::data(
                format!("[training.schedule] does not fit a run of {steps} steps"),
                error.to_string(),
                "train for more epochs, in smaller batches, or with a shorter rise or warm-up",
            )
        };
        let schedule = self.of_run(steps);
        let most = match &schedule {
            Schedule::Cosine(cosine) => Some(cosine.total),
            _ => None,
        };
        Ok(RateInRun { rate: schedule.begin(rate).map_err(refused)?, by_step: self.counts_steps(), most })
    }
}

/// The rate as it changes. Its value is its whole state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RateInRun {
    by_step: bool,
    /// The time behind which the rate stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    most: Option<u64>,
    rate: Scheduled,
}

impl RateInRun {
    /// The rate of the next step.
    pub(crate) fn now(&self) -> f64 {
        self.rate.now()
    }

    /// Goes on after a step of the optimiser.
    pub(crate) fn after_step(&mut self) -> Result<f64> {
        if self.by_step && self.most.is_none_or(|most| self.rate.time() < most) {
            self.rate.advance(None)?;
        }
        Ok(self.now())
    }

    /// Goes on after an epoch with this loss on the validation part.
    pub(crate) fn after_epoch(&mut self, loss: f64) -> Result<f64> {
        if !self.by_step {
            self.rate.advance(Some(loss))?;
        }
        Ok(self.now())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn schedule(text: &str) -> RateSchedule {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn every_kind_is_read_again_as_it_was_written() {
        for kind in ["constant", "plateau", "cosine", "step", "multi-step", "exponential", "one-cycle"] {
            let read = schedule(&format!("kind = \"{kind}\""));
            assert_eq!(schedule(&toml::to_string(&read).unwrap()), read, "{kind}");
            read.check(1.0).unwrap();
        }
        let given = schedule("kind = \"one-cycle\"\ntotal = 70\nrise = 0.25");
        assert_ne!(given, schedule("kind = \"one-cycle\"\nrise = 0.25"));
        assert_eq!(schedule(&toml::to_string(&given).unwrap()), given);
    }

    #[test]
    fn a_cycle_without_a_length_lasts_as_long_as_the_run_and_goes_on_by_steps() {
        let mut rate = schedule("kind = \"one-cycle\"").begin(0.5, 40).unwrap();
        let first = rate.now();
        let mut rates = vec![first];
        for _ in 1..40 {
            let before = rate.now();
            assert_eq!(rate.after_epoch(1.0).unwrap(), before, "an epoch changes nothing");
            rates.push(rate.after_step().unwrap());
        }
        assert!((first - 0.5 / 25.0).abs() < 1e-12, "{first}");
        let highest = rates.iter().copied().fold(0.0, f64::max);
        assert!(highest > 0.49 && highest <= 0.5, "{highest}");
        assert!((rates[39] - first / 1e4).abs() < 1e-12, "{}", rates[39]);
    }

    #[test]
    fn a_cosine_that_is_over_does_not_rise_again() {
        let mut rate =
            schedule("kind = \"cosine\"\nwarm_up = 2\ntotal = 6\nleast = 0.01").begin(0.1, 20).unwrap();
        assert!((rate.now() - 0.05).abs() < 1e-12);
        let rates: Vec<f64> = (0..20).map(|_| rate.after_step().unwrap()).collect();
        assert!((rates[1] - 0.1).abs() < 1e-12, "{rates:?}");
        assert!(rates[5..].iter().all(|rate| (rate - 0.01).abs() < 1e-12), "{rates:?}");
    }

    #[test]
    fn schedules_of_epochs_look_at_epochs_only() {
        let mut rate = schedule("kind = \"step\"\nevery = 2\nfactor = 0.5").begin(1.0, 100).unwrap();
        assert_eq!(rate.after_step().unwrap(), 1.0);
        assert_eq!([rate.after_epoch(1.0).unwrap(), rate.after_epoch(1.0).unwrap()], [1.0, 0.5]);
        let mut plateau = schedule("kind = \"plateau\"\npatience = 0").begin(1.0, 100).unwrap();
        assert_eq!([plateau.after_epoch(1.0).unwrap(), plateau.after_epoch(1.0).unwrap()], [1.0, 0.5]);
    }

    #[test]
    fn a_least_rate_that_is_not_below_the_first_is_refused_by_its_field() {
        for kind in ["cosine", "plateau"] {
            let rate = schedule(&format!("kind = \"{kind}\"\nleast = 0.01"));
            rate.check(0.1).unwrap();
            for first in [0.01, 0.001] {
                let said = rate.check(first).unwrap_err().to_string();
                assert!(said.contains("`least`") && said.contains(&first.to_string()), "{said}");
            }
        }
    }

    #[test]
    fn a_run_too_short_for_its_schedule_is_refused_with_its_steps() {
        let said = schedule("kind = \"one-cycle\"").begin(0.1, 3).unwrap_err().to_string();
        assert!(said.contains("a run of 3 steps"), "{said}");
        let said = schedule("kind = \"cosine\"\nwarm_up = 10").begin(0.1, 10).unwrap_err().to_string();
        assert!(said.contains("the warm-up, which is 10"), "{said}");
    }
}
