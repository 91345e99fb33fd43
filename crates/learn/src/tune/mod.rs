//! Choosing options on bearings that are held out inside the training side of a fold: no choice can depend on a test.
//!
//! | file | idea |
//! |---|---|
//! | `space.rs` | what may be varied: keys of the experiment, each with its values |
//! | `search.rs` | which choices are tried, and which is taken |

mod search;
mod space;

pub(crate) use search::search;
pub use search::{Trial, TuneFigure, TuneMethod};
pub use space::{Choice, Range, RangeScale, Space, Values};

use crate::experiment::{Complaints, Experiment};
use crate::option_mistake::written;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `[tune]` of an experiment: every fold chooses for itself, before it learns, by its own held-out bearings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuneOptions {
    /// What is varied.
    #[serde(default)]
    pub space: Space,
    /// How choices are made.
    #[serde(default)]
    pub method: TuneMethod,
    /// The figure on held-out bearings that counts. Left out: macro AUROC of parts where each has its own label, else
    /// macro-F1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<TuneFigure>,
    /// Draws the choices.
    #[serde(default)]
    pub seed: u64,
}

/// Reads `[tune]` but for its space, whose keys are those of the experiment itself.
pub(crate) fn without_space(value: &Value) -> Result<Value, String> {
    let mut value = value.clone();
    if let Some(table) = value.as_object_mut() {
        table.insert("space".to_owned(), Value::Object(serde_json::Map::new()));
    }
    written(TuneOptions::deserialize(&value))
}

impl TuneOptions {
    pub(crate) fn check(&self, experiment: &Experiment, found: &mut Complaints) {
        space::check(&self.space, experiment, found);
        match self.method {
            TuneMethod::Grid if space::grid(&self.space).is_none() => found.add(
                "tune.method",
                "a grid needs a list of values for every key; use method = { kind = \"random\", trials = 20 } with ranges"
                    .to_owned(),
            ),
            TuneMethod::Grid => {}
            TuneMethod::Random { trials } => found.at_least("tune.method.trials", "trials", trials, 1),
            TuneMethod::Halving { trials, keep } => {
                found.at_least("tune.method.trials", "trials", trials, 2);
                if !(keep > 0.0 && keep < 1.0) {
                    found.add("tune.method.keep", format!("keep must be above 0 and below 1, found {keep}"));
                }
            }
        }
    }
}
