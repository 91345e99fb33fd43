//! The figures of a run: every fold and seed, and what they are over all folds (`scores.json`).
//!
//! The file holds `schema`, `experiment`, `model`, under `protocols` one object for each protocol that has a finished
//! fold, and under `unfinished` one for each that has none. Of each the head says what was split how, how many runs are
//! done of how many planned, how many bearings judged, and under `setting` which protocol stands beside it, how it was
//! calibrated and what its sets promise; `windows` and `recordings` hold the same figures at both levels:
//!
//! | key | holds |
//! |---|---|
//! | `figures` | by name ([`Figure`]): `mean` over folds of the mean over seeds, population deviation `over_folds` and `over_seeds`, `lowest_fold`, `highest_fold`, corrected 95 % `interval` where there are two folds or more that differ |
//! | `classes` `parts` | the same for F1, recall, precision and AUROC of each class; AUROC, F1 and calibration error of each part |
//! | `pooled` | over all folds at once: calibration error, reliability bins, risk-coverage curve, confusion table |
//!
//! `results` holds every fold and seed with all its figures. A figure that is not defined is left out or `null`, never 0.
//! The interval is Nadeau and Bengio's, with the ratio of faulty bearings in test and training (`bearings`); over a leaky
//! protocol it says nothing about new bearings either. For plots and tables read the Parquet files that
//! [`write_figure_tables`](crate::write_figure_tables) makes of the same figures.

use crate::calibration::unknown::Alarm;
use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::experiment::{Experiment, ProtocolOptions};
use crate::figure::{Figure, Level};
use crate::judged::JudgedFold;
use crate::level_figures::LevelFigures;
use crate::metrics::{BearingRatio, RunFigure, Spread};
use crate::pooled_figures::{Judged, PooledFigures, union};
use crate::protocol::{Protocol, UNKNOWN_CLASS};
use crate::scores::ScoreTable;
use crate::setting::Setting;
use crate::size_task::SizeClass;
use crate::test_noise::TestNoise;
use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Name and version of `scores.json`; the number rises when a field is removed or changes meaning.
pub const SCORES_SCHEMA: &str = "brinell.scores/2";

/// What is known about a finished fold besides its scores (`fold.json`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Default))]
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
    /// The sizes that the net tells besides; empty where it does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeClass>,
    /// When the unknown score raises the alarm; none: no alarm was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// Segments that the net learned from.
    pub train_segments: usize,
    /// Segments that were made besides: changed copies and simulated bearings.
    #[serde(default)]
    pub made_segments: usize,
    /// Segments that epochs were chosen by.
    pub validation_segments: usize,
    /// How the validation part was taken.
    pub validation_rule: String,
    /// Bearings under the sensor in training and validation.
    pub known_bearings: BTreeSet<String>,
    /// Those of them without a fault.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub known_healthy: BTreeSet<String>,
    /// Epochs that were run; 0 for what is not a net.
    pub epochs: usize,
    /// The one whose weights were kept, from 1.
    pub best_epoch: Option<usize>,
    /// Validation loss of that epoch.
    pub validation_loss: Option<f64>,
    /// Validation accuracy of that epoch.
    pub validation_accuracy: Option<f64>,
    /// SHA-256 over the recordings of training and validation.
    pub data_sha256: String,
    /// The GPU that it was trained and tested on; none: the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
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
    /// Faulty bearings of the test and of training with validation.
    pub faulty_bearings: BearingRatio,
    /// Over segments.
    pub windows: LevelFigures,
    /// Over recordings.
    pub recordings: LevelFigures,
}

impl FoldSummary {
    pub(crate) fn of(facts: FoldFacts, scores: &ScoreTable) -> Result<FoldSummary> {
        let each_part = facts.protocol.labels_each_part();
        let windows = LevelFigures::of(scores, &facts.classes, each_part)?;
        let recordings = LevelFigures::of(&scores.by_recording(), &facts.classes, each_part)?;
        let bearings = |wanted: fn(&ClassName) -> bool| -> BTreeSet<String> {
            let is = |label: u32| facts.classes.get(label as usize).is_some_and(wanted);
            scores.rows.iter().filter(|row| is(row.label)).map(|row| row.bearing.clone()).collect()
        };
        let mut faulty = bearings(|class| !class.faults().is_empty());
        let unknown = scores.rows.iter().filter(|row| row.label == UNKNOWN_CLASS);
        faulty.extend(unknown.map(|row| row.bearing.clone()));
        let healthy = bearings(|class| class.faults().is_empty());
        let learned = facts.known_bearings.difference(&facts.known_healthy);
        let learned = learned.filter(|bearing| !healthy.contains(*bearing)).count();
        let test_bearings: BTreeSet<String> = scores.rows.iter().map(|row| row.bearing.clone()).collect();
        let unseen_bearings = test_bearings.difference(&facts.known_bearings).cloned().collect();
        Ok(FoldSummary {
            test_bearings,
            unseen_bearings,
            faulty_bearings: BearingRatio { test: faulty.len(), train: learned },
            windows,
            recordings,
            facts,
        })
    }

    /// Its figures at one level.
    pub fn level(&self, level: Level) -> &LevelFigures {
        match level {
            Level::Windows => &self.windows,
            Level::Recordings => &self.recordings,
        }
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
    /// What its experiment says of it.
    #[serde(default)]
    pub setting: Setting,
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
    /// Faulty bearings of a fold's test and training, that intervals count by; over all folds where they differ.
    pub bearings: BearingRatio,
    /// Over segments.
    pub windows: LevelSummary,
    /// Over recordings.
    pub recordings: LevelSummary,
    /// Every run, in the order of the experiment.
    pub results: Vec<FoldSummary>,
}

/// Figures at one level over folds and seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelSummary {
    /// Those that some fold has, each over the folds that have it.
    pub figures: BTreeMap<Figure, Spread>,
    /// Of each class that some fold has.
    pub classes: Vec<ClassSpread>,
    /// Of each part, where parts have their own labels or scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartSpread>,
    /// Over all folds at once.
    pub pooled: PooledFigures,
}

/// Figures of one class over the folds where they are defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSpread {
    /// Name of the class.
    pub class: String,
    /// F1.
    pub f1: Option<Spread>,
    /// Share of its examples that were found.
    pub recall: Option<Spread>,
    /// Share of right ones among its predictions.
    pub precision: Option<Spread>,
    /// AUROC against all other classes.
    pub auroc: Option<Spread>,
}

/// Figures of one part over the folds where they are defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartSpread {
    /// The part.
    pub part: FaultKind,
    /// AUROC of its score.
    pub auroc: Option<Spread>,
    /// F1 when called damaged above 0.5.
    pub f1: Option<Spread>,
    /// Calibration error.
    pub ece: Option<Spread>,
}

/// A protocol of which no fold is finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnfinishedProtocol {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that is read.
    pub sensor: String,
    /// Noise on the test part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<TestNoise>,
    /// What the nets are adapted to, and how; none: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<String>,
    /// Why its figure will say nothing about a new bearing; `None` when it will.
    pub leak: Option<String>,
    /// Runs that are done: none.
    pub runs: usize,
    /// Runs that the experiment asks for; `None` where none was begun, so that the recordings were not split.
    pub runs_planned: Option<usize>,
    /// What its experiment says of it.
    pub setting: Setting,
}

impl UnfinishedProtocol {
    pub(crate) fn of(experiment: &Experiment, own: &ProtocolOptions, runs_planned: Option<usize>) -> Self {
        UnfinishedProtocol {
            protocol: own.name,
            sensor: own.sensor.clone(),
            noise: own.noise,
            adapted: experiment.adaptation_of(own).map(|adaptation| adaptation.declared(own.name)),
            leak: own.name.is_leaky().map(str::to_owned),
            runs: 0,
            runs_planned,
            setting: Setting::of(experiment, own),
        }
    }
}

impl ProtocolSummary {
    /// `None` when there is no fold.
    ///
    /// # Errors
    /// As [`LevelFigures::of`].
    pub(crate) fn of(folds: &[&JudgedFold], setting: Setting) -> Result<Option<ProtocolSummary>> {
        let results = folds.iter().map(|fold| FoldSummary::of(fold.facts.clone(), &fold.scores));
        let results = results.collect::<Result<Vec<FoldSummary>>>()?;
        let Some(first) = results.first().map(|result| result.facts.clone()) else { return Ok(None) };
        let by_recording: Vec<ScoreTable> = folds.iter().map(|fold| fold.scores.by_recording()).collect();
        let bearings = bearings_of_a_fold(&results);
        let level = |level: Level| -> Result<LevelSummary> {
            let judged = folds.iter().zip(&by_recording).map(|(fold, recordings)| Judged {
                seed: fold.facts.seed,
                classes: &fold.facts.classes,
                scores: if level == Level::Windows { &fold.scores } else { recordings },
            });
            LevelSummary::of(&results, level, &judged.collect::<Vec<_>>(), bearings)
        };
        let count = |set: fn(&FoldSummary) -> &BTreeSet<String>| {
            results.iter().flat_map(|result| set(result).iter()).collect::<BTreeSet<_>>().len()
        };
        Ok(Some(ProtocolSummary {
            protocol: first.protocol,
            sensor: first.sensor,
            noise: first.noise,
            adapted: first.adapted,
            leak: first.protocol.is_leaky().map(str::to_owned),
            setting,
            runs: results.len(),
            runs_planned: first.runs_planned,
            folds: results.iter().map(|result| &result.facts.fold).collect::<BTreeSet<_>>().len(),
            test_bearings: count(|result| &result.test_bearings),
            unseen_bearings: count(|result| &result.unseen_bearings),
            bearings,
            windows: level(Level::Windows)?,
            recordings: level(Level::Recordings)?,
            results,
        }))
    }

    /// Its figures at one level.
    pub fn level(&self, level: Level) -> &LevelSummary {
        match level {
            Level::Windows => &self.windows,
            Level::Recordings => &self.recordings,
        }
    }
}

impl LevelSummary {
    fn of(
        results: &[FoldSummary],
        level: Level,
        judged: &[Judged<'_>],
        bearings: BearingRatio,
    ) -> Result<LevelSummary> {
        let spread = |figure: &dyn Fn(&FoldSummary) -> Option<f64>| -> Option<Spread> {
            let run = |result| Some(run_figure(result, figure(result)?));
            Spread::of(&results.iter().filter_map(run).collect::<Vec<_>>(), Some(bearings))
        };
        let figures = Figure::ALL
            .into_iter()
            .filter_map(|figure| Some((figure, spread(&|result| figure.of(result.level(level)))?)));
        let classes = union(results.iter().map(|result| result.facts.classes.as_slice()));
        let each_part = results.iter().any(|result| result.facts.protocol.labels_each_part());
        let of_class = |name: &str, pick: &dyn Fn(&LevelFigures, usize) -> Option<f64>| {
            spread(&|result| {
                let at = result.facts.classes.iter().position(|class| class.name == name)?;
                pick(result.level(level), at)
            })
        };
        let of_part = |part: FaultKind, pick: &dyn Fn(&crate::PartFigures, usize) -> Option<f64>| {
            spread(&|result| {
                let own = result.level(level).parts.as_ref()?;
                pick(own, own.parts.iter().position(|one| *one == part)?)
            })
        };
        let parts = FaultKind::ALL.into_iter().map(|part| PartSpread {
            part,
            auroc: of_part(part, &|own, at| own.auroc.of_label.get(at).copied().flatten()),
            f1: of_part(part, &|own, at| own.f1.of_label.get(at).copied()),
            ece: of_part(part, &|own, at| own.ece.get(at).copied()),
        });
        Ok(LevelSummary {
            figures: figures.collect(),
            classes: classes
                .iter()
                .map(|class| ClassSpread {
                    class: class.name.clone(),
                    f1: of_class(&class.name, &|own, at| own.metrics.f1.get(at).copied()),
                    recall: of_class(&class.name, &|own, at| own.metrics.recall.get(at).copied().flatten()),
                    precision: of_class(&class.name, &|own, at| {
                        own.metrics.precision.get(at).copied().flatten()
                    }),
                    auroc: of_class(&class.name, &|own, at| own.auroc.get(at).copied().flatten()),
                })
                .collect(),
            parts: parts.filter(|part| part.f1.is_some()).collect(),
            pooled: PooledFigures::of(judged, each_part)?,
        })
    }

    /// The mean of a figure; `None` where no fold has it.
    pub fn mean(&self, figure: Figure) -> Option<f64> {
        self.figures.get(&figure).map(|spread| spread.mean)
    }
}

/// One figure of a fold and seed, for means over folds.
pub(crate) fn run_figure(result: &FoldSummary, value: f64) -> RunFigure<'_> {
    RunFigure { split: &result.facts.fold, seed: result.facts.seed, value }
}

/// Faulty bearings on the two sides of a fold; the sums over all where folds differ.
fn bearings_of_a_fold(results: &[FoldSummary]) -> BearingRatio {
    let sides: BTreeSet<(usize, usize)> =
        results.iter().map(|one| (one.faulty_bearings.test, one.faulty_bearings.train)).collect();
    match sides.first() {
        Some((test, train)) if sides.len() == 1 => BearingRatio { test: *test, train: *train },
        _ => BearingRatio {
            test: results.iter().map(|one| one.faulty_bearings.test).sum(),
            train: results.iter().map(|one| one.faulty_bearings.train).sum(),
        },
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
    /// Those without, in the same order.
    #[serde(default)]
    pub unfinished: Vec<UnfinishedProtocol>,
}

impl Summary {
    /// Reads `scores.json` of a run folder. Numbers may differ from those written by one unit in the last
    /// place.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Data`] when it is none of this version; the figures can be computed anew from the scores
    /// of the folds ([`stored_summary`](crate::stored_summary)).
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
    crate::run_folder::write_whole(path, &json_bytes(value, path)?)
}

/// A value as it stands in a file; `path` names it in messages.
pub(crate) fn json_bytes<T: Serialize>(value: &T, path: &Path) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        Error::data(format!("{} cannot be written", path.display()), error.to_string(), "please report this")
    })?;
    text.push(b'\n');
    Ok(text)
}
