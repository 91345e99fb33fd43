//! The state of a training in one file, from which it goes on with the same bits.
//!
//! Tensors are named `variables/..`, `optimiser/..`, `best/..` where the best epoch is kept, `average/..` where weights are
//! averaged, and `adversary/..`, `adversary-optimiser/..` where an adversary learns too. The rest is TOML in the metadata,
//! because its numbers come back exactly.

use crate::error::{Error, Result};
use crate::rate_schedule::RateInRun;
use crate::run_folder::write_whole;
use crate::training::EpochRow;
use brinell_model::{load_safetensors, save_safetensors};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The key in the metadata.
const KEY: &str = "state";

/// The best epoch so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    pub epoch: usize,
    pub loss: f64,
    pub accuracy: f64,
}

/// How far a training has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The running epoch, from 0.
    pub epoch: usize,
    /// Batches done in it.
    pub batch: usize,
    /// Steps of the optimiser in all.
    pub step: u64,
    /// Sum over examples of this epoch.
    pub loss_sum: f64,
    #[serde(default)]
    pub adaptation_sum: f64,
    #[serde(default)]
    pub size_sum: f64,
    pub right: usize,
    pub seen: usize,
    /// Seconds spent in this epoch.
    pub seconds: f64,
    /// That of the last step.
    pub learning_rate: f64,
    /// Epochs since the best one.
    pub stale: usize,
    pub best: Option<Best>,
    pub rows: Vec<EpochRow>,
}

impl Progress {
    pub(crate) fn next_epoch(&mut self) {
        self.epoch += 1;
        (self.batch, self.right, self.seen) = (0, 0, 0);
        (self.loss_sum, self.adaptation_sum) = (0.0, 0.0);
        (self.size_sum, self.seconds) = (0.0, 0.0);
    }
}

/// Everything that a training needs to go on.
pub(crate) struct State {
    pub variables: BTreeMap<String, Tensor>,
    pub optimiser: BTreeMap<String, Tensor>,
    /// Empty where weights are not averaged.
    pub average: BTreeMap<String, Tensor>,
    /// Empty where the last epoch is kept.
    pub best: BTreeMap<String, Tensor>,
    /// Weights of the adversary and what its optimiser remembers; empty where there is none.
    pub adversary: [BTreeMap<String, Tensor>; 2],
    pub rate: RateInRun,
    pub progress: Progress,
}

#[derive(Serialize, Deserialize)]
struct Header {
    rate: RateInRun,
    progress: Progress,
}

/// Writes the state, whole or not at all.
pub(crate) fn save(path: &Path, state: &State) -> Result<()> {
    let failed =
        |why: String| Error::data(format!("cannot write {}", path.display()), why, "please report this");
    let header = Header { rate: state.rate.clone(), progress: state.progress.clone() };
    let header = toml::to_string(&header).map_err(|error| failed(error.to_string()))?;
    let mut tensors = BTreeMap::new();
    let groups = [
        ("variables", &state.variables),
        ("best", &state.best),
        ("optimiser", &state.optimiser),
        ("average", &state.average),
        ("adversary", &state.adversary[0]),
        ("adversary-optimiser", &state.adversary[1]),
    ];
    for (kind, group) in groups {
        tensors.extend(group.iter().map(|(name, tensor)| (format!("{kind}/{name}"), tensor.clone())));
    }
    let metadata = BTreeMap::from([(KEY.to_owned(), header)]);
    write_whole(path, &save_safetensors(&tensors, &metadata)?)
}

/// Reads the state.
pub(crate) fn load(path: &Path) -> Result<State> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let damaged = |why: String| {
        let help = "remove this file: the run then starts its fold anew";
        Error::data(format!("{} is no state of a training", path.display()), why, help)
    };
    let (mut tensors, metadata) = load_safetensors(&bytes).map_err(|error| damaged(error.to_string()))?;
    let header = metadata.get(KEY).ok_or_else(|| damaged("its metadata are missing".to_owned()))?;
    let header: Header = toml::from_str(header).map_err(|error| damaged(error.to_string()))?;
    let mut take = |kind: &str| -> BTreeMap<String, Tensor> {
        let start = format!("{kind}/");
        let names: Vec<String> = tensors.keys().filter(|name| name.starts_with(&start)).cloned().collect();
        let rest = |name: &str| name[start.len()..].to_owned();
        names.iter().filter_map(|name| Some((rest(name), tensors.remove(name)?))).collect()
    };
    Ok(State {
        variables: take("variables"),
        best: take("best"),
        optimiser: take("optimiser"),
        average: take("average"),
        adversary: [take("adversary"), take("adversary-optimiser")],
        rate: header.rate,
        progress: header.progress,
    })
}
