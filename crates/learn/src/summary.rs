//! The figures of a run: every fold and seed, and their mean and spread (`scores.json`).

use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::metrics::{MacroAuroc, Metrics, Spread, UnknownFigures};
use crate::protocol::Protocol;
use crate::scores::ScoreTable;
use crate::test_noise::TestNoise;
use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// Name and version of `scores.json`; the number rises when a field is removed or changes meaning.
pub const SCORES_SCHEMA: &str = "brinell.scores/1";

/// What is known about a finished fold besides its scores (`fold.json`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldFacts {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that was read.
    pub sensor: String,
    /// Noise on the test part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<TestNoise>,
    /// What the net was adapted to, and how; none: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<String>,
    /// The fold.
    pub fold: String,
    /// The seed.
    pub seed: u64,
    /// Number of this run among those of the protocol, from 1.
    pub run: usize,
    /// Runs (folds times seeds) that the protocol has in this experiment.
    pub runs_planned: usize,
    /// The classes.
    pub classes: Vec<ClassName>,
    /// Segments that the net learned from.
    pub train_segments: usize,
    /// Segments that epochs were chosen by.
    pub validation_segments: usize,
    /// How the validation part was taken.
    pub validation_rule: String,
    /// Bearings under the sensor in training and validation.
    pub known_bearings: BTreeSet<String>,
    /// Epochs that were run.
    pub epochs: usize,
    /// The one whose weights were kept, from 1.
    pub best_epoch: usize,
    /// Validation loss of that epoch.
    pub validation_loss: f64,
    /// Validation accuracy of that epoch.
    pub validation_accuracy: f64,
    /// SHA-256 over the recordings of training and validation.
    pub data_sha256: String,
}

/// Figures of one fold and seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldSummary {
    /// How it was trained.
    pub facts: FoldFacts,
    /// Bearings under the sensor in the test.
    pub test_bearings: BTreeSet<String>,
    /// Those of them that training had not seen.
    pub unseen_bearings: BTreeSet<String>,
    /// Over segments.
    pub windows: Metrics,
    /// Over recordings.
    pub recordings: Metrics,
    /// AUROC of each part over segments, where each part has its own label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartFigures>,
    /// How well 1 - max p tells segments of a class that the net was not shown, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownFigures>,
}

/// Areas of faulty parts, each by its own score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartFigures {
    /// The parts.
    pub parts: Vec<FaultKind>,
    /// The area of each, and their mean.
    pub auroc: MacroAuroc,
}

impl FoldSummary {
    pub(crate) fn of(facts: FoldFacts, scores: &ScoreTable) -> Result<FoldSummary> {
        let test_bearings: BTreeSet<String> = scores.rows.iter().map(|row| row.bearing.clone()).collect();
        let unseen_bearings = test_bearings.difference(&facts.known_bearings).cloned().collect();
        let parts = match facts.protocol.labels_each_part() {
            true => {
                let (parts, scores) = scores.part_scores(&facts.classes)?;
                Some(PartFigures { parts, auroc: scores.auroc() })
            }
            false => None,
        };
        Ok(FoldSummary {
            facts,
            test_bearings,
            unseen_bearings,
            windows: scores.window_metrics(),
            recordings: scores.recording_metrics(),
            parts,
            unknown: scores.unknown_figures()?,
        })
    }
}

/// Figures of one protocol over its folds and seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProtocolSummary {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that was read.
    pub sensor: String,
    /// Noise on the test part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<TestNoise>,
    /// What the nets were adapted to, and how; none: they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<String>,
    /// Why its figure says nothing about a new bearing; `None` when it does.
    pub leak: Option<String>,
    /// Runs that are done; fewer than planned mean that the figures are not final.
    pub runs: usize,
    /// Runs that the experiment asks for.
    pub runs_planned: usize,
    /// Number of folds among the runs.
    pub folds: usize,
    /// Bearings under the sensor in any test.
    pub test_bearings: usize,
    /// Those of them that the net judging them had not seen.
    pub unseen_bearings: usize,
    /// Accuracy over segments.
    pub window_accuracy: Spread,
    /// Macro-F1 over segments.
    pub window_macro_f1: Spread,
    /// Accuracy over recordings.
    pub recording_accuracy: Spread,
    /// Macro-F1 over recordings.
    pub recording_macro_f1: Spread,
    /// Mean AUROC of the parts over segments, where each part has its own label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_auroc: Option<Spread>,
    /// AUROC of 1 - max p for segments of a class that the net was not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_auroc: Option<Spread>,
    /// Every run, in the order of the experiment.
    pub results: Vec<FoldSummary>,
}

impl ProtocolSummary {
    /// `None` when there is no result.
    pub(crate) fn of(results: Vec<FoldSummary>) -> Option<ProtocolSummary> {
        let first = &results.first()?.facts;
        let (protocol, sensor) = (first.protocol, first.sensor.clone());
        let noise = first.noise;
        let spread_of = |figure: fn(&FoldSummary) -> Option<f64>| {
            let values: Vec<(&str, u64, f64)> = results
                .iter()
                .filter_map(|result| Some((result.facts.fold.as_str(), result.facts.seed, figure(result)?)))
                .collect();
            Spread::of(&values)
        };
        let union = |set: fn(&FoldSummary) -> &BTreeSet<String>| {
            results.iter().flat_map(|result| set(result).iter()).collect::<BTreeSet<_>>().len()
        };
        Some(ProtocolSummary {
            protocol,
            sensor,
            noise,
            adapted: first.adapted.clone(),
            leak: protocol.is_leaky().map(str::to_owned),
            runs: results.len(),
            runs_planned: first.runs_planned,
            folds: results.iter().map(|result| &result.facts.fold).collect::<BTreeSet<_>>().len(),
            test_bearings: union(|result| &result.test_bearings),
            unseen_bearings: union(|result| &result.unseen_bearings),
            window_accuracy: spread_of(|result| Some(result.windows.accuracy))?,
            window_macro_f1: spread_of(|result| Some(result.windows.macro_f1))?,
            recording_accuracy: spread_of(|result| Some(result.recordings.accuracy))?,
            recording_macro_f1: spread_of(|result| Some(result.recordings.macro_f1))?,
            part_auroc: spread_of(|result| result.parts.as_ref()?.auroc.mean),
            unknown_auroc: spread_of(|result| Some(result.unknown?.auroc)),
            results,
        })
    }
}

/// All figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Always [`SCORES_SCHEMA`].
    pub schema: String,
    /// Name of the experiment.
    pub experiment: String,
    /// Name of the net.
    pub model: String,
    /// The protocols with at least one finished run, in the order of the experiment.
    pub protocols: Vec<ProtocolSummary>,
}

impl Summary {
    /// Reads `scores.json` of a run folder. Numbers may differ from those written by one unit in the last
    /// place.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Data`].
    pub fn read(run_folder: &Path) -> Result<Summary> {
        let path = run_folder.join("scores.json");
        let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
        read_json(&text, &path)
    }
}

pub(crate) fn read_json<T: serde::de::DeserializeOwned>(text: &[u8], path: &Path) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| {
        Error::data(
            format!("{} cannot be read", path.display()),
            error.to_string(),
            "the run folder was changed, or written by another version; train anew",
        )
    })
}

pub(crate) fn write_json<T: Serialize>(value: &T, path: &Path) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        Error::data(format!("{} cannot be written", path.display()), error.to_string(), "please report this")
    })?;
    text.push(b'\n');
    crate::run_folder::write_whole(path, &text)
}
