//! `[[baseline]]` of an experiment: other models beside which its own has to show what it is worth, under the same
//! protocols, folds and seeds. Each is a run of its own in `baselines/`.

use crate::experiment::{Complaints, Experiment};
use crate::model::Model;
use crate::size_task::FurtherTasks;
use brinell_signal::Pipeline;
use serde::{Deserialize, Serialize};

/// Another model for the same protocols.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Short name, fit for a folder; stands in the table.
    pub name: String,
    /// What it sees of a segment.
    #[serde(default)]
    pub pipeline: Pipeline,
    /// What learns.
    pub model: Model,
}

impl Experiment {
    /// The experiment that a baseline is: data, segments, protocols and seeds of this one, its own pipeline and model, and
    /// nothing that is chosen or made besides.
    pub fn of_baseline(&self, own: &Baseline) -> Experiment {
        let mut training = self.training.clone();
        training.adaptation = None;
        training.also = FurtherTasks::default();
        let mut protocols = self.protocols.clone();
        for protocol in &mut protocols {
            protocol.adaptation = None;
        }
        Experiment {
            name: own.name.clone(),
            title: format!("baseline of {}", self.name),
            pipeline: own.pipeline.clone(),
            model: own.model.clone(),
            training,
            protocols,
            calibration: None,
            augmentation: None,
            tune: None,
            final_model: None,
            baselines: Vec::new(),
            data: self.data.clone(),
            segments: self.segments,
        }
    }

    pub(crate) fn check_baselines(&self, found: &mut Complaints) {
        for (at, own) in self.baselines.iter().enumerate() {
            let path = format!("baseline.{at}");
            if own.name == self.name || self.baselines[..at].iter().any(|before| before.name == own.name) {
                found.add(&format!("{path}.name"), format!("two models are named `{}`", own.name));
            }
            for (key, message) in self.of_baseline(own).check() {
                let section = key.split('.').next().unwrap_or_default();
                if ["name", "pipeline", "model"].contains(&section) {
                    found.add(&format!("{path}.{key}"), message);
                }
            }
        }
    }
}
