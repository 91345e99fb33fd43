//! What an experiment says of one of its protocols, to stand beside the figures: which protocol splits the same problem the
//! other way, how probabilities were calibrated, and what sets of classes promise.

use crate::calibration::Unit;
use crate::calibration_options::CalibrationMethod;
use crate::experiment::{Experiment, ProtocolOptions};
use crate::protocol::{Counterparts, sensors};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One protocol of an experiment, beside its figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Name of its folder in `folds/` and `figures/`.
    pub folder: String,
    /// What stands on the other side: a leaky figure beside an honest one, and the other way round.
    pub beside: Beside,
    /// How probabilities were corrected on held-out bearings; `None`: they are as the model gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationMethod>,
    /// What its sets of classes promise; `None`: it has no sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<SetPromise>,
}

/// What splits the same problem the other way: with the same classes, sensor, noise, segments and adaptation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Beside {
    /// Protocols of the same experiment.
    Protocols {
        /// Their folders.
        folders: Vec<String>,
    },
    /// The experiment has none.
    Missing {
        /// What adds one to it, in TOML.
        add: String,
        /// The recordings that it needs.
        needs: String,
    },
    /// There is none.
    Nothing {
        /// Why.
        why: String,
    },
}

impl Default for Beside {
    fn default() -> Self {
        Beside::Nothing { why: String::new() }
    }
}

/// What sets of classes were fitted for. There is one for each recording, from the mean of its segments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SetPromise {
    /// The share of sets that shall hold the true class.
    pub coverage: f64,
    /// What counted as one case when they were fitted: what further cases the share is for.
    pub unit: Unit,
    /// Whether the share is guaranteed for further cases of that unit; never for windows.
    pub guaranteed: bool,
}

impl Setting {
    /// Of a protocol of an experiment.
    pub fn of(experiment: &Experiment, own: &ProtocolOptions) -> Setting {
        let adapted = experiment.adaptation_of(own).is_some();
        let fitted = experiment.calibration.as_ref();
        Setting {
            folder: experiment.folder_of(own),
            beside: beside(experiment, own),
            calibration: fitted
                .map(|fitted| fitted.method)
                .filter(|method| *method != CalibrationMethod::None),
            sets: fitted.filter(|_| !adapted).map(|fitted| SetPromise {
                coverage: 1.0 - fitted.miss_rate,
                unit: fitted.unit,
                guaranteed: fitted.unit.guarantees(),
            }),
        }
    }
}

impl Experiment {
    /// What tells a protocol from the same one as it is: noise on its test, and how nets are adapted.
    pub fn condition_of(&self, protocol: &ProtocolOptions) -> String {
        let noise = protocol.noise.map(|noise| noise.to_string());
        let adapted =
            self.adaptation_of(protocol).map(|adaptation| format!("adapted by {}", adaptation.name()));
        noise.into_iter().chain(adapted).collect::<Vec<String>>().join(", ")
    }
}

fn beside(experiment: &Experiment, own: &ProtocolOptions) -> Beside {
    let counterparts = match own.name.counterparts() {
        Counterparts::These(counterparts) => counterparts,
        Counterparts::None(why) => return Beside::Nothing { why: why.to_owned() },
    };
    let read = |own: &ProtocolOptions| sensors(&own.sensor).map(str::to_owned).collect::<BTreeSet<_>>();
    let cut = |own: &ProtocolOptions| {
        let cut = experiment.segments_of(own);
        (cut.length, cut.stride, cut.most)
    };
    let same = |other: &&ProtocolOptions| {
        counterparts.contains(&other.name)
            && read(other) == read(own)
            && other.noise == own.noise
            && cut(other) == cut(own)
            && experiment.adaptation_of(other) == experiment.adaptation_of(own)
    };
    let folders: Vec<String> =
        experiment.protocols.iter().filter(same).map(|other| experiment.folder_of(other)).collect();
    match counterparts.first() {
        Some(name) if folders.is_empty() => addition(
            experiment,
            ProtocolOptions { name: *name, folds: None, validation: None, ..own.clone() },
        ),
        _ => Beside::Protocols { folders },
    }
}

/// The lines that add a protocol; why they would not, where the experiment would be refused with them.
fn addition(experiment: &Experiment, added: ProtocolOptions) -> Beside {
    let mut with = experiment.clone();
    with.protocols.push(added.clone());
    match with.check().into_iter().next() {
        Some((_, message)) => Beside::Nothing { why: format!("{} cannot be added: {message}", added.name) },
        None => Beside::Missing { add: protocol_lines(&added), needs: added.name.needs().to_owned() },
    }
}

/// A `[[protocol]]` of an experiment as a user writes it.
pub(crate) fn protocol_lines(own: &ProtocolOptions) -> String {
    let mut lines = format!("[[protocol]]\nname = \"{}\"\nsensor = \"{}\"\n", own.name, own.sensor);
    let table = toml::Table::try_from(own).unwrap_or_default();
    for (key, value) in table.iter().filter(|(key, _)| !["name", "sensor"].contains(&key.as_str())) {
        lines.push_str(&format!("{key} = {value}\n"));
    }
    lines
}
