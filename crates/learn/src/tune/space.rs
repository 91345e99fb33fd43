//! What may be varied: keys of an experiment, each with its values.

use crate::error::{Error, Result};
use crate::experiment::{Complaints, Experiment};
use brinell_signal::generator;
use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The keys that are varied, from the outside inwards with dots between (`model.strength`, `training.batch`,
/// `pipeline.0.slip`), each with its values.
pub type Space = BTreeMap<String, Values>;

/// The values of one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One of these.
    List(Vec<Value>),
    /// A number between two.
    Range(Range),
}

/// Numbers between two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The smallest.
    pub from: f64,
    /// The largest.
    pub to: f64,
    /// How they lie.
    #[serde(default)]
    pub scale: RangeScale,
}

/// How the numbers of a range lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RangeScale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly in their logarithm.
    Log,
    /// Evenly, whole numbers only.
    Whole,
}

/// One choice of values.
pub type Choice = BTreeMap<String, Value>;

impl Values {
    /// The value at a share of the way, from 0 to below 1.
    fn at(&self, share: f64) -> Value {
        match self {
            Values::List(values) => {
                values.get((share * values.len() as f64) as usize).cloned().unwrap_or(Value::Null)
            }
            Values::Range(range) => range.at(share),
        }
    }

    /// What stands against them.
    fn wrong(&self) -> Option<String> {
        match self {
            Values::List(values) => {
                values.is_empty().then(|| "an empty list leaves nothing to choose".to_owned())
            }
            Values::Range(Range { from, to, scale }) => {
                let below = *scale == RangeScale::Log && *from <= 0.0;
                if !(from.is_finite() && to.is_finite() && from < to) {
                    Some(format!("from must be below to, found {from} and {to}"))
                } else if below {
                    Some(format!("a range on a log scale begins above 0, found {from}"))
                } else {
                    None
                }
            }
        }
    }
}

impl Range {
    /// The number at a share of the way.
    fn at(&self, share: f64) -> Value {
        let between = |low: f64, high: f64| low + share * (high - low);
        match self.scale {
            RangeScale::Linear => Value::from(between(self.from, self.to)),
            RangeScale::Log => Value::from(between(self.from.ln(), self.to.ln()).exp()),
            RangeScale::Whole => {
                let (low, high) = (self.from.ceil(), self.to.floor());
                Value::from(((low + share * (high - low + 1.0)).floor()).min(high) as i64)
            }
        }
    }
}

/// Every combination of lists, in order; `None` when a key has a range.
pub(super) fn grid(space: &Space) -> Option<Vec<Choice>> {
    let mut all = vec![Choice::new()];
    for (key, values) in space {
        let Values::List(values) = values else { return None };
        let longer = all.iter().flat_map(|choice| {
            values.iter().map(|value| {
                let mut own = choice.clone();
                own.insert(key.clone(), value.clone());
                own
            })
        });
        all = longer.collect();
    }
    Some(all)
}

/// So many choices, drawn from a seed; the same twice is possible and kept once.
pub(super) fn draws(space: &Space, trials: usize, seed: u64) -> Vec<Choice> {
    let mut random = generator(seed, "tune");
    // 53 bits: a share below 1
    let mut share = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let mut all: Vec<Choice> = Vec::new();
    for _ in 0..trials {
        let choice: Choice = space.iter().map(|(key, values)| (key.clone(), values.at(share()))).collect();
        if !all.contains(&choice) {
            all.push(choice);
        }
    }
    all
}

/// The experiment with a choice of values in it.
///
/// # Errors
/// [`Error::Data`] for a key that the experiment does not have, or a value that it refuses.
pub(crate) fn with(experiment: &Experiment, choice: &Choice) -> Result<Experiment> {
    let refuse = |key: &str, why: String| {
        Error::data(
            format!("[tune.space] \"{key}\" cannot be varied"),
            why,
            "name keys as in the file, from the outside inwards: \"model.strength\", \"training.batch\", \"pipeline.0.slip\"",
        )
    };
    let mut whole = serde_json::to_value(experiment).map_err(|error| refuse("", error.to_string()))?;
    for (key, value) in choice {
        let pointer: String = key.split('.').map(|word| format!("/{word}")).collect();
        let (outer, last) = pointer.rsplit_once('/').unwrap_or_default();
        let place = match whole.pointer_mut(outer) {
            Some(Value::Object(table)) => Some(table.entry(last.to_owned()).or_insert(Value::Null)),
            Some(Value::Array(list)) => last.parse::<usize>().ok().and_then(|at| list.get_mut(at)),
            _ => None,
        };
        let Some(place) = place else {
            return Err(refuse(key, "the experiment has no such key".to_owned()));
        };
        *place = value.clone();
        Experiment::deserialize(&whole).map_err(|error| refuse(key, format!("{value}: {error}")))?;
    }
    let changed = Experiment::deserialize(&whole).map_err(|error| refuse("", error.to_string()))?;
    match changed.check().into_iter().next() {
        None => Ok(changed),
        Some((path, why)) => Err(refuse(&path, why)),
    }
}

/// Notes what stands against the space: keys that do not exist or are not to be varied, values that are refused.
pub(super) fn check(space: &Space, experiment: &Experiment, found: &mut Complaints) {
    if space.is_empty() {
        found.add(
            "tune.space",
            "[tune.space] names nothing to vary, such as \"model.strength\" = [0.1, 1.0]".to_owned(),
        );
    }
    for (key, values) in space {
        let section = key.split('.').next().unwrap_or_default();
        let mut wrong = values.wrong();
        if !["model", "training", "pipeline"].contains(&section) {
            wrong = Some(format!("only keys of model, training and pipeline can be varied, found {section}"));
        }
        if key == "training.device" {
            wrong = Some(
                "a run has one device, and figures do not depend on it: say it in [training]".to_owned(),
            );
        }
        let ends = match (values, &wrong) {
            (_, Some(_)) => Vec::new(),
            (Values::List(values), None) => values.clone(),
            (Values::Range(range), None) => vec![range.at(0.0), range.at(1.0 - f64::EPSILON)],
        };
        let plain = Experiment { tune: None, ..experiment.clone() };
        let refused = ends.iter().find_map(|value| {
            with(&plain, &Choice::from([(key.clone(), value.clone())])).err().map(|error| error.to_string())
        });
        if let Some(why) = wrong.or(refused) {
            found.add(&format!("tune.space.{key}"), why);
        }
    }
}
