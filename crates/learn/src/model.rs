//! What learns: a net, or a learner on the numbers of a segment.

use crate::learner::Learner;
use brinell_model::Architecture;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::sync::OnceLock;

/// `[model]` of an experiment, chosen by its `name`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Model {
    /// A net: an architecture, or a published setting of one.
    Net(Architecture),
    /// A learner that takes what the pipeline gives as a row of numbers.
    Learner(Learner),
}

impl Model {
    /// Its name in experiments.
    pub fn name(&self) -> &str {
        match self {
            Model::Net(net) => net.name(),
            Model::Learner(learner) => learner.name(),
        }
    }

    /// The net, if it is one.
    pub fn net(&self) -> Option<&Architecture> {
        match self {
            Model::Net(net) => Some(net),
            Model::Learner(_) => None,
        }
    }

    /// All names: nets, their published settings, learners.
    pub fn names() -> &'static [&'static str] {
        static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
        NAMES.get_or_init(|| {
            Architecture::names().iter().copied().chain(learner_names().iter().copied()).collect()
        })
    }
}

fn learner_names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| Learner::all().iter().map(Learner::name).collect())
}

impl From<Architecture> for Model {
    fn from(net: Architecture) -> Model {
        Model::Net(net)
    }
}

impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Value::deserialize(deserializer)?;
        match table.get("name").and_then(Value::as_str) {
            Some(name) if learner_names().contains(&name) => {
                Learner::deserialize(&table).map(Model::Learner).map_err(D::Error::custom)
            }
            Some(name) if !Self::names().contains(&name) => {
                Err(D::Error::unknown_variant(name, Self::names()))
            }
            _ => Architecture::of_table(&table).map(Model::Net).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_model_is_a_net_or_a_learner_by_its_name_and_comes_back_from_what_is_written() {
        for table in ["name = \"wdcnn\"", "name = \"resnet-18\"", "name = \"logistic\"", "name = \"forest\""]
        {
            let model = Model::deserialize(toml::Deserializer::parse(table).unwrap()).unwrap();
            assert_eq!(model.net().is_some(), !table.contains("logistic") && !table.contains("forest"));
            let written = serde_json::to_value(&model).unwrap();
            assert_eq!(Model::deserialize(&written).unwrap(), model);
        }
        let error = Model::deserialize(toml::Deserializer::parse("name = \"x\"").unwrap()).unwrap_err();
        assert!(
            error.to_string().contains("`se-cnn`") && error.to_string().contains("`logistic`"),
            "{error}"
        );
    }
}
