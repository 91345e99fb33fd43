//! Two runs side by side: the differences of their figures, fold by fold.
//!
//! A difference is one fold's mean over seeds of the first run minus that of the second. It is shown when the corrected
//! 95 % interval of its mean over folds leaves out 0. Both runs have to be judged by the same segments.

use crate::calibration_options::CalibrationMethod;
use crate::error::{Error, Result};
use crate::experiment::ProtocolOptions;
use crate::figure::{Figure, Level};
use crate::judged::{JudgedFold, in_order, some_folds};
use crate::metrics::{BearingRatio, CONFIDENCE, Interval, ROUNDING, RunFigure, all_equal};
use crate::protocol::Protocol;
use crate::run_folder::RunFolder;
use crate::scores::ScoreRow;
use crate::setting::Setting;
use crate::summary::ProtocolSummary;
use crate::test_noise::TestNoise;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The figures that are compared, where both runs have them.
const COMPARED: [Figure; 6] = [
    Figure::MacroF1,
    Figure::Accuracy,
    Figure::MacroAuroc,
    Figure::PartAuroc,
    Figure::Ece,
    Figure::UnknownAuroc,
];

/// Most recordings that a refusal names.
const NAMED: usize = 3;

/// Two runs, protocol by protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Experiment of the first run.
    pub first: String,
    /// Experiment of the second run.
    pub second: String,
    /// The protocols that both have, in the order of the first.
    pub protocols: Vec<ProtocolComparison>,
}

/// Two runs under one protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProtocolComparison {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that was read.
    pub sensor: String,
    /// Noise on the test part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<TestNoise>,
    /// Why its figures say nothing about a new bearing.
    pub leak: Option<String>,
    /// Number of folds.
    pub folds: usize,
    /// Number of runs of each, seeds and folds counted.
    pub runs: (usize, usize),
    /// Faulty bearings of a fold's test and training, that intervals count by.
    pub bearings: BearingRatio,
    /// How the probabilities of each were calibrated; `None`: they are as the model gives them.
    pub calibration: (Option<CalibrationMethod>, Option<CalibrationMethod>),
    /// Calibration errors over all folds at once, as `evaluate` states them.
    pub pooled_ece: Vec<PooledEce>,
    /// The figures, fold by fold.
    pub figures: Vec<PairedFigure>,
}

/// The calibration error of both runs over all folds at once, mean over seeds. It is one figure over the folds, so it has
/// no interval; [`PairedFigure`] holds the mean of each fold's own, which is larger where folds are small.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PooledEce {
    /// Of what.
    pub level: Level,
    /// Of the first run.
    pub first: f64,
    /// Of the second run.
    pub second: f64,
    /// First minus second.
    pub difference: f64,
}

/// One figure of both runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedFigure {
    /// Of what.
    pub level: Level,
    /// Which one.
    pub figure: Figure,
    /// Mean over folds of the first run.
    pub first: f64,
    /// Mean over folds of the second run.
    pub second: f64,
    /// Mean over folds of first minus second.
    pub difference: f64,
    /// Its corrected 95 % interval; `None` for one fold, or where it is the same in all folds.
    pub interval: Option<[f64; 2]>,
    /// Folds where both have the figure.
    pub folds: usize,
    /// Folds where the first is better (a lower calibration error is better).
    pub first_better: usize,
    /// Folds where the second is better.
    pub second_better: usize,
    /// Whether the interval leaves out 0; without an interval nothing is shown.
    pub shown: bool,
}

/// Compares the stored scores of two runs, under one protocol or under all that both have.
///
/// # Errors
/// [`Error::Data`] when they have no protocol in common, or when a fold is judged by other segments in one than in the
/// other; as [`stored_summary`](crate::stored_summary).
pub fn compare(first: &Path, second: &Path, only: Option<Protocol>) -> Result<Comparison> {
    let open = |root: &Path| {
        let (folder, experiment) = RunFolder::open(root)?;
        let folds = some_folds(&folder, &experiment)?;
        Ok::<_, Error>((experiment, folds))
    };
    let ((first, of_first), (second, of_second)) = (open(first)?, open(second)?);
    let mut protocols = Vec::new();
    for own in first.protocols.iter().filter(|own| only.is_none_or(|only| only == own.name)) {
        let (one, other) = (in_order(&first, &of_first, own), in_order(&second, &of_second, own));
        if !one.is_empty() && !other.is_empty() {
            same_tests(own, &one, &other)?;
            let settings = (Setting::of(&first, own), Setting::of(&second, own));
            protocols.extend(ProtocolComparison::of((&one, &other), settings)?);
        }
    }
    if protocols.is_empty() {
        return Err(Error::data(
            format!("{} and {} cannot be compared", first.name, second.name),
            format!(
                "finished under {} the first, under {} the second: {}",
                names(&of_first),
                names(&of_second),
                only.map_or_else(|| "none in common".to_owned(), |only| format!("not both under {only}"))
            ),
            "train both under one protocol, at the same sensor and with the same noise",
        ));
    }
    Ok(Comparison { first: first.name, second: second.name, protocols })
}

fn names(folds: &[JudgedFold]) -> String {
    let name = |fold: &JudgedFold| format!("{} at {}", fold.facts.protocol, fold.facts.sensor);
    folds.iter().map(name).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

/// One segment that judges: recording, channel, first sample, class.
type Segment = (String, String, u64, String);

/// The segments that judge each fold, once for each different choice among the seeds.
fn tests(folds: &[&JudgedFold]) -> BTreeMap<String, BTreeSet<BTreeSet<Segment>>> {
    let mut tests = BTreeMap::<String, BTreeSet<BTreeSet<Segment>>>::new();
    for fold in folds {
        let segment = |row: &ScoreRow| {
            let class = fold.scores.classes.get(row.label as usize);
            (row.file.clone(), row.sensor.clone(), row.start, class.cloned().unwrap_or_default())
        };
        let own = fold.scores.rows.iter().map(segment).collect();
        tests.entry(fold.facts.fold.clone()).or_default().insert(own);
    }
    tests
}

/// Refuses runs that were judged by different segments.
fn same_tests(protocol: &ProtocolOptions, first: &[&JudgedFold], second: &[&JudgedFold]) -> Result<()> {
    let (first, second) = (tests(first), tests(second));
    let refuse = |fold: &str, why: String, help: &str| {
        let what = format!(
            "the runs cannot be compared under {} at {}, fold {fold}",
            protocol.name, protocol.sensor
        );
        Err(Error::data(what, why, help))
    };
    for fold in first.keys().chain(second.keys()) {
        let (one, other) = match (first.get(fold), second.get(fold)) {
            (Some(one), Some(other)) if one == other => continue,
            (Some(one), Some(other)) => (one, other),
            (one, _) => {
                let (has, lacks) = if one.is_some() { ("first", "second") } else { ("second", "first") };
                let why = format!("the {has} run has finished it, the {lacks} has not");
                return refuse(
                    fold,
                    why,
                    "finish it (brinell train --resume RUN), or compare runs that plan the same folds",
                );
            }
        };
        let flat = |tests: &BTreeSet<BTreeSet<Segment>>| -> BTreeSet<Segment> {
            tests.iter().flatten().cloned().collect()
        };
        let (one, other) = (flat(one), flat(other));
        let help = "judge both by the same recordings, cut in the same way, with the same seeds where parts are drawn";
        let recordings = |own: &BTreeSet<Segment>, others: &BTreeSet<Segment>| {
            let names = |set: &BTreeSet<Segment>| -> BTreeSet<String> {
                set.iter().map(|(file, sensor, ..)| format!("{file} at {sensor}")).collect()
            };
            let more: Vec<String> = names(own).difference(&names(others)).cloned().collect();
            (!more.is_empty()).then(|| listed(&more))
        };
        let why = match (recordings(&one, &other), recordings(&other, &one)) {
            (Some(more), Some(less)) => {
                format!("only the first is judged by {more}, only the second by {less}")
            }
            (Some(more), None) => format!("only the first is judged by {more}"),
            (None, Some(less)) => format!("only the second is judged by {less}"),
            (None, None) => {
                let cut: BTreeSet<String> = one
                    .symmetric_difference(&other)
                    .map(|(file, sensor, ..)| format!("{file} at {sensor}"))
                    .collect();
                let cut: Vec<String> = cut.into_iter().collect();
                match cut.is_empty() {
                    true => "its seeds drew other test parts".to_owned(),
                    false => format!("other segments, or other classes, of {}", listed(&cut)),
                }
            }
        };
        return refuse(fold, why, help);
    }
    Ok(())
}

/// A few names, and how many more there are.
fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<String>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

impl ProtocolComparison {
    fn of(
        (first, second): (&[&JudgedFold], &[&JudgedFold]),
        (of_first, of_second): (Setting, Setting),
    ) -> Result<Option<ProtocolComparison>> {
        let calibration = (of_first.calibration, of_second.calibration);
        let both = (ProtocolSummary::of(first, of_first)?, ProtocolSummary::of(second, of_second)?);
        let (Some(one), Some(other)) = both else { return Ok(None) };
        let pooled_ece = Level::ALL.into_iter().map(|level| {
            let [first, second] = [&one, &other].map(|own| own.level(level).pooled.ece);
            PooledEce { level, first, second, difference: first - second }
        });
        let pooled_ece = pooled_ece.collect();
        let mut figures = Vec::new();
        for figure in COMPARED {
            for level in Level::ALL {
                figures.extend(PairedFigure::of(&one, &other, level, figure)?);
            }
        }
        Ok(Some(ProtocolComparison {
            protocol: one.protocol,
            sensor: one.sensor,
            noise: one.noise,
            leak: one.leak,
            folds: one.folds,
            runs: (one.runs, other.runs),
            bearings: one.bearings,
            calibration,
            pooled_ece,
            figures,
        }))
    }
}

impl PairedFigure {
    /// Over the folds where both have the figure; `None` where there is none.
    fn of(
        one: &ProtocolSummary,
        other: &ProtocolSummary,
        level: Level,
        figure: Figure,
    ) -> Result<Option<PairedFigure>> {
        let own = |summary: &ProtocolSummary| -> BTreeMap<String, Vec<(u64, f64)>> {
            let mut folds = BTreeMap::<String, Vec<(u64, f64)>>::new();
            for result in &summary.results {
                if let Some(value) = figure.of(result.level(level)) {
                    folds.entry(result.facts.fold.clone()).or_default().push((result.facts.seed, value));
                }
            }
            folds
        };
        let (mut first, mut second) = (own(one), own(other));
        first.retain(|fold, _| second.contains_key(fold));
        second.retain(|fold, _| first.contains_key(fold));
        let mean =
            |seeds: &[(u64, f64)]| seeds.iter().map(|(_, value)| value).sum::<f64>() / seeds.len() as f64;
        let means: Vec<(f64, f64)> =
            first.values().zip(second.values()).map(|(one, other)| (mean(one), mean(other))).collect();
        if means.is_empty() {
            return Ok(None);
        }
        let folds = means.len() as f64;
        let average = |pick: fn(&(f64, f64)) -> f64| means.iter().map(pick).sum::<f64>() / folds;
        let differences: Vec<f64> = means.iter().map(|(one, other)| one - other).collect();
        let interval = match means.len() {
            1 => None,
            _ if all_equal(&differences) => None,
            _ if one.bearings.test == 0 || one.bearings.train == 0 => None,
            _ => Some(Interval::paired(&runs(&first), &runs(&second), one.bearings, CONFIDENCE)?),
        };
        let higher = |first: bool| {
            let by = |(one, other): &&(f64, f64)| if first { one - other } else { other - one } > ROUNDING;
            means.iter().filter(by).count()
        };
        let difference = average(|(one, other)| one - other);
        let leaves_out_zero = interval.is_some_and(|interval| interval.low > 0.0 || interval.high < 0.0);
        let more = figure.more_is_better() != Some(false);
        Ok(Some(PairedFigure {
            level,
            figure,
            first: average(|(one, _)| *one),
            second: average(|(_, other)| *other),
            difference,
            interval: interval.map(|interval| [interval.low, interval.high]),
            folds: means.len(),
            first_better: higher(more),
            second_better: higher(!more),
            shown: leaves_out_zero && difference.abs() > ROUNDING,
        }))
    }
}

fn runs(folds: &BTreeMap<String, Vec<(u64, f64)>>) -> Vec<RunFigure<'_>> {
    folds
        .iter()
        .flat_map(|(split, seeds)| {
            seeds.iter().map(move |(seed, value)| RunFigure { split, seed: *seed, value: *value })
        })
        .collect()
}
