//! `[training]` of an experiment: how a net is trained.

use crate::adaptation::Adaptation;
use crate::experiment::Complaints;
use crate::loss::Loss;
use crate::rate_schedule::RateSchedule;
use crate::size_task::FurtherTasks;
use brinell_model::{DeviceChoice, Optimiser, Precision};
use serde::{Deserialize, Serialize};

/// The largest step size that an experiment may ask for: none of the optimisers learns anything beyond.
const LARGEST_RATE: f64 = 10.0;

/// How a net is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingOptions {
    /// At most so many passes over the training part.
    pub epochs: usize,
    /// Examples in a batch.
    pub batch: usize,
    /// Where the net learns and the `vmd` step of the pipeline is done: `cpu`, `cuda:N`, or `auto` for the first GPU where
    /// one can be used. What comes out differs by rounding.
    pub device: DeviceChoice,
    /// What a GPU rounds the numbers of products and convolutions to before it multiplies them while the net learns, its
    /// validation included: `f32`, not at all, or `tf32`, 11 bits. The CPU multiplies in `f32` whatever stands here, and so
    /// does a GPU that judges the test recordings.
    pub precision: Precision,
    /// One run for each.
    pub seeds: Vec<u64>,
    /// Share of the training side that is set apart for validation, where the protocol takes a share.
    pub validation: f64,
    /// Whether rare classes weigh more.
    pub class_weights: ClassWeights,
    /// Whether the optimiser's weight decay also shrinks the scales and offsets of norms, and biases. Shrinking them
    /// does not make a net simpler (He 2019); PyTorch's optimisers do it unless told otherwise, and so does this one.
    pub decay_norms_and_biases: bool,
    /// The share of the past that an average over the weights after every step keeps, from 0 to below 1, such as
    /// 0.99: validation, the best epoch and the model are then those of the average. The average begins at the weights
    /// that the net begins with, so a run should have many times `1 / (1 - weight_average)` steps. Left out: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_average: Option<f64>,
    /// What training makes small.
    pub loss: Loss,
    /// The optimiser, a table with `kind` (`sgd`, `adam`, `adam-w`, `rms-prop`) and its own fields.
    pub optimiser: Optimiser,
    /// How the learning rate changes.
    pub schedule: RateSchedule,
    /// When training ends early, where the best epoch is kept.
    pub early_stop: EarlyStop,
    /// Which epoch's weights are the model. Left out: the last one's where the net is adapted, else the best one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// Whether `state/` stays when a fold is done, so that `--epochs` can add to it: about four times the model's size.
    /// Without it a fold that gets more epochs is trained from its begin.
    pub keep_state: bool,
    /// How the net is adapted to recordings without labels, in protocols that do not say so themselves. Left out: it is
    /// not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<Adaptation>,
    /// What the net learns beside its classes. Left out: nothing.
    #[serde(skip_serializing_if = "FurtherTasks::is_empty")]
    pub also: FurtherTasks,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        TrainingOptions {
            epochs: 50,
            batch: 64,
            device: DeviceChoice::Cpu,
            precision: Precision::F32,
            seeds: vec![0, 1, 2],
            validation: 0.15,
            class_weights: ClassWeights::Equal,
            decay_norms_and_biases: true,
            weight_average: None,
            loss: Loss::default(),
            optimiser: Optimiser::default(),
            schedule: RateSchedule::default(),
            early_stop: EarlyStop::default(),
            keep: None,
            keep_state: false,
            adaptation: None,
            also: FurtherTasks::default(),
        }
    }
}

/// Weights of the classes in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every example weighs the same, unless the loss itself says otherwise.
    Equal,
    /// Every class weighs the same: `examples / (classes x examples of the class)`.
    Balanced,
}

/// Which epoch's weights are the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// That with the smallest loss on the validation part.
    Best,
    /// The last; all epochs are run, whatever `early_stop` says.
    Last,
}

/// Training ends when the validation loss has not improved for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStop {
    /// So many epochs without a new best end the training.
    pub patience: usize,
}

impl Default for EarlyStop {
    fn default() -> Self {
        EarlyStop { patience: 10 }
    }
}

impl TrainingOptions {
    /// Which epoch is kept of a net that is adapted or not.
    pub fn kept(&self, is_adapted: bool) -> Keep {
        self.keep.unwrap_or(if is_adapted { Keep::Last } else { Keep::Best })
    }

    /// What was laid out over all epochs of a run, so that none can be added: the learning rate, or an adaptation.
    pub(crate) fn laid_out<'a>(
        &self,
        mut adaptations: impl Iterator<Item = &'a Adaptation>,
    ) -> Option<String> {
        if self.schedule.is_of_whole_run() {
            return Some("the learning rate of [training.schedule]".to_owned());
        }
        let ramp = adaptations.find(|one| one.weight_and_begin().is_some());
        ramp.map(|one| format!("the strength of {}", one.name()))
    }

    pub(crate) fn check(&self, found: &mut Complaints) {
        found.at_least("training.epochs", "epochs", self.epochs, 1);
        found.at_least("training.batch", "batch", self.batch, 2);
        if self.seeds.is_empty() {
            found.add("training.seeds", "seeds must hold at least one number".into());
        }
        if self.seeds.iter().enumerate().any(|(at, seed)| self.seeds[..at].contains(seed)) {
            found.add("training.seeds", "a seed is there twice".into());
        }
        found.within("training.validation", "validation", self.validation, 0.02..=0.5);
        found.at_least("training.early_stop.patience", "patience", self.early_stop.patience, 1);
        if let Some(share) = self.weight_average.filter(|share| !(0.0..1.0).contains(share)) {
            let message = format!("weight_average must be >= 0 and < 1, found {share}");
            found.add("training.weight_average", message);
        }
        if self.class_weights == ClassWeights::Balanced && self.loss.weights().is_some() {
            let key = self.loss.weights_key();
            let message = format!(
                "the weights of the classes are said twice, here and in [training.loss] {key}; leave one of them out"
            );
            found.add("training.class_weights", message);
        }
        self.also.check(found);
        let rate = self.optimiser.learning_rate();
        if rate > LARGEST_RATE {
            let message = format!("learning_rate must be > 0 and <= {LARGEST_RATE}, found {rate}");
            found.add("training.optimiser.learning_rate", message);
        }
        // What is wrong with the rate itself is told above, once.
        let first = if rate > 0.0 && rate.is_finite() { rate } else { f64::MAX };
        let parts = [
            ("loss", self.loss.check()),
            ("optimiser", self.optimiser.check()),
            ("schedule", self.schedule.check(first)),
        ];
        for (part, checked) in parts {
            if let Err(error) = checked {
                let key = match &error {
                    brinell_model::Error::Config { field, .. } => format!(".{field}"),
                    _ => String::new(),
                };
                found.add(&format!("training.{part}{key}"), error.to_string());
            }
        }
    }
}
