//! Where a model has learned: the speeds and rates of its recordings, and of the machines that were simulated for it.

use crate::experiment::Experiment;
use brinell_formats::Entry;
use serde::{Deserialize, Serialize};

/// How far outside a range a value may lie and still count as inside: speeds are rarely known better.
const MARGIN: f64 = 0.1;

/// Shaft speeds and sampling rates that a model learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedRange {
    /// Lowest and highest shaft speed of the recordings, in revolutions a second; left out where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_speed_hz: Option<[f64; 2]>,
    /// The same of simulated machines; left out where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated_speed_hz: Option<[f64; 2]>,
    /// Sampling rates of the recordings before they were brought to the model's, ascending.
    pub recorded_rates_hz: Vec<f64>,
}

/// How a speed lies to what was learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Recordings were made at such speeds.
    Recorded,
    /// Only simulated machines turned so fast or slow.
    SimulatedOnly,
    /// Nothing that was learned from did.
    Outside,
}

impl LearnedRange {
    /// Of recordings and of what the experiment simulates.
    pub(crate) fn of<'a>(
        recordings: impl Iterator<Item = &'a Entry>,
        experiment: &Experiment,
    ) -> LearnedRange {
        let (mut speeds, mut rates): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for entry in recordings {
            speeds.extend(entry.speed.as_ref().map(|speed| speed.value.0));
            rates.push(entry.rate.0);
        }
        speeds.sort_by(f64::total_cmp);
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        let simulated = experiment.augmentation.as_ref().and_then(|own| own.simulated.as_ref());
        LearnedRange {
            recorded_speed_hz: speeds.first().zip(speeds.last()).map(|(low, high)| [*low, *high]),
            simulated_speed_hz: simulated.map(|own| own.speed_hz),
            recorded_rates_hz: rates,
        }
    }

    /// Whether a shaft speed, in revolutions a second, was learned from; `None` where no speed is known of anything.
    pub fn covers_speed(&self, hz: f64) -> Option<Coverage> {
        let inside = |range: Option<[f64; 2]>| {
            range.is_some_and(|[low, high]| hz >= low * (1.0 - MARGIN) && hz <= high * (1.0 + MARGIN))
        };
        self.recorded_speed_hz.or(self.simulated_speed_hz)?;
        Some(if inside(self.recorded_speed_hz) {
            Coverage::Recorded
        } else if inside(self.simulated_speed_hz) {
            Coverage::SimulatedOnly
        } else {
            Coverage::Outside
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_covered_by_recordings_by_simulation_alone_or_by_nothing() {
        let range = LearnedRange {
            recorded_speed_hz: Some([28.0, 30.0]),
            simulated_speed_hz: Some([10.0, 60.0]),
            recorded_rates_hz: vec![12_000.0],
        };
        for (hz, coverage) in [
            (29.0, Coverage::Recorded),
            (32.9, Coverage::Recorded),
            (33.1, Coverage::SimulatedOnly),
            (9.1, Coverage::SimulatedOnly),
            (8.9, Coverage::Outside),
            (70.0, Coverage::Outside),
        ] {
            assert_eq!(range.covers_speed(hz), Some(coverage), "{hz}");
        }
        let unknown = LearnedRange { recorded_speed_hz: None, simulated_speed_hz: None, ..range };
        assert_eq!(unknown.covers_speed(29.0), None);
    }
}
