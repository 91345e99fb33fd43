//! The printed table. The figure on unseen bearings and that of a leaky split of the same problem stand side by side: same
//! classes, sensor, noise, segments and adaptation. Where one of the two is missing the table says so, and what adds it.

mod cells;
mod markdown;
mod notes;
mod terminal;

use crate::calibration_options::CalibrationMethod;
use crate::figure::{Figure, Level};
use crate::metrics::Spread;
use crate::protocol::Protocol;
use crate::setting::{Beside, SetPromise};
use crate::summary::{FoldSummary, ProtocolSummary, Summary, UnfinishedProtocol};
use crate::test_noise::TestNoise;
use std::collections::BTreeMap;

/// What stands in place of a figure that was not measured.
pub const NOT_MEASURED: &str = "not measured";

/// What stands in place of a figure whose protocol has no finished run.
pub const NOT_FINISHED: &str = "not finished";

/// Figures of one or more experiments; `Display` is the table for a terminal of 100 columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    rows: Vec<Row>,
}

/// One protocol of one experiment. A leaky one that stands beside an honest one has no row of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The experiment.
    pub experiment: String,
    /// The protocol that the row is named for.
    pub own: Side,
    /// A leaky split of the same problem, whose figures stand beside those of an honest protocol.
    pub leaky: Option<Side>,
    /// Whether the protocol on the other side is in the experiment and has no finished run.
    pub awaits_other: bool,
    /// What stands on the other side, or would.
    pub beside: Beside,
    /// How probabilities were corrected; `None`: they are as the model gives them.
    pub calibration: Option<CalibrationMethod>,
    /// What the sets of classes promise, where there are some.
    pub sets: Option<SetPromise>,
    /// The figures; none where no run is finished.
    pub figures: Vec<Line>,
    /// Why a figure that was asked for is not among them.
    pub unmeasured: Option<(Figure, &'static str)>,
}

/// What a column of figures was measured by.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that it reads.
    pub sensor: String,
    /// Noise on the test part.
    pub noise: Option<TestNoise>,
    /// What the nets were adapted to, and how.
    pub adapted: Option<String>,
    /// Why its figure says nothing about a new bearing.
    pub leak: Option<String>,
    /// Runs that are done, and planned where that is known.
    pub runs: (usize, Option<usize>),
    /// Folds among them.
    pub folds: usize,
    /// Classes, over all folds.
    pub classes: usize,
    /// Test bearings, and those the net had not seen.
    pub bearings: (usize, usize),
    /// Segments and recordings that were scored, over all folds, once each.
    pub scored: (usize, usize),
}

/// One figure of one protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Which one.
    pub figure: Figure,
    /// Over segments.
    pub windows: Pair,
    /// Over recordings.
    pub recordings: Pair,
}

/// A figure on bearings that were not seen, and where the split leaks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pair {
    /// On unseen bearings; `None` when not measured.
    pub honest: Option<Spread>,
    /// With bearings, recordings or windows on both sides; `None` when not measured.
    pub leaky: Option<Spread>,
}

/// The figures of the table where a protocol has them.
const SHOWN: [Figure; 11] = [
    Figure::MacroF1,
    Figure::Accuracy,
    Figure::MacroAuroc,
    Figure::PartAuroc,
    Figure::Ece,
    Figure::UnknownAuroc,
    Figure::FalseAlarms,
    Figure::UnknownFound,
    Figure::SizeAccuracy,
    Figure::SetCoverage,
    Figure::SetSize,
];

impl Table {
    /// The table of some runs.
    pub fn new<'a>(summaries: impl IntoIterator<Item = &'a Summary>) -> Table {
        let mut rows = Vec::new();
        for summary in summaries {
            let alone =
                summary.protocols.iter().filter(|own| own.leak.is_none() || others(summary, own).is_empty());
            rows.extend(alone.map(|own| Row::of(summary, own)));
            rows.extend(summary.unfinished.iter().map(|own| Row::unfinished(summary, own)));
        }
        Table { rows }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// The finished protocols that split the problem of `own` the other way.
fn others<'a>(summary: &'a Summary, own: &ProtocolSummary) -> Vec<&'a ProtocolSummary> {
    let Beside::Protocols { folders } = &own.setting.beside else { return Vec::new() };
    summary.protocols.iter().filter(|other| folders.contains(&other.setting.folder)).collect()
}

impl Row {
    fn of(summary: &Summary, own: &ProtocolSummary) -> Row {
        // a leaky protocol has a row only where no honest one is finished
        let other = others(summary, own).first().copied();
        let pair = |figure: Figure, level: Level| {
            let measured = shown(own, level, figure);
            match own.leak {
                Some(_) => Pair { honest: None, leaky: measured },
                None => Pair { honest: measured, leaky: other.and_then(|other| shown(other, level, figure)) },
            }
        };
        let there = |figure: &Figure| own.windows.figures.contains_key(figure);
        let awaited = matches!(own.setting.beside, Beside::Protocols { .. }) && other.is_none();
        Row {
            experiment: summary.experiment.clone(),
            own: Side::of(own),
            leaky: other.map(Side::of),
            awaits_other: awaited,
            beside: own.setting.beside.clone(),
            calibration: own.setting.calibration,
            sets: own.setting.sets.filter(|_| there(&Figure::SetCoverage)),
            unmeasured: size_unmeasured(own),
            figures: SHOWN
                .into_iter()
                .filter(there)
                .map(|figure| Line {
                    figure,
                    windows: pair(figure, Level::Windows),
                    recordings: pair(figure, Level::Recordings),
                })
                .collect(),
        }
    }

    fn unfinished(summary: &Summary, own: &UnfinishedProtocol) -> Row {
        Row {
            experiment: summary.experiment.clone(),
            own: Side {
                protocol: own.protocol,
                sensor: own.sensor.clone(),
                noise: own.noise,
                adapted: own.adapted.clone(),
                leak: own.leak.clone(),
                runs: (own.runs, own.runs_planned),
                folds: 0,
                classes: 0,
                bearings: (0, 0),
                scored: (0, 0),
            },
            leaky: None,
            awaits_other: false,
            beside: own.setting.beside.clone(),
            calibration: own.setting.calibration,
            sets: None,
            figures: Vec::new(),
            unmeasured: None,
        }
    }

    /// Whether a run of it is finished.
    fn is_measured(&self) -> bool {
        self.own.runs.0 > 0
    }

    /// What stands in place of a figure of the other side.
    fn absent(&self) -> &'static str {
        if self.awaits_other { NOT_FINISHED } else { NOT_MEASURED }
    }
}

impl Side {
    fn of(own: &ProtocolSummary) -> Side {
        Side {
            protocol: own.protocol,
            sensor: own.sensor.clone(),
            noise: own.noise,
            adapted: own.adapted.clone(),
            leak: own.leak.clone(),
            runs: (own.runs, Some(own.runs_planned)),
            folds: own.folds,
            classes: own.windows.pooled.classes.len(),
            bearings: (own.test_bearings, own.unseen_bearings),
            scored: (scored(own, Level::Windows), scored(own, Level::Recordings)),
        }
    }

    /// The protocol, the channel, and what was done to test and nets.
    fn name(&self) -> String {
        let noise = self.noise.map_or(String::new(), |noise| format!(", {noise}"));
        let adapted = self.adapted.as_ref().map_or(String::new(), |adapted| format!(", {adapted}"));
        format!("{} at {}{noise}{adapted}", self.protocol, self.sensor)
    }

    fn name_with_leak(&self) -> String {
        let leak = self.leak.as_ref().map_or(String::new(), |leak| format!(" ({leak})"));
        format!("{}{leak}", self.name())
    }

    fn runs_text(&self) -> String {
        match self.runs {
            (done, Some(planned)) if done < planned => format!("{done} of {planned}, {NOT_FINISHED}"),
            (done, _) => done.to_string(),
        }
    }

    fn bearings_text(&self) -> String {
        format!("{} ({} unseen)", self.bearings.0, self.bearings.1)
    }

    fn scored_text(&self) -> String {
        format!("{} segments of {} recordings", self.scored.0, self.scored.1)
    }
}

/// How many examples were scored, known and unknown ones, over all folds, by one seed of each.
fn scored(own: &ProtocolSummary, level: Level) -> usize {
    let count = |result: &FoldSummary| {
        let level = result.level(level);
        level.metrics.count + level.unknown.map_or(0, |unknown| unknown.unknown)
    };
    let folds: BTreeMap<&str, usize> =
        own.results.iter().map(|result| (result.facts.fold.as_str(), count(result))).collect();
    folds.values().sum()
}

/// Why the telling of sizes has no figure, where sizes are told.
fn size_unmeasured(own: &ProtocolSummary) -> Option<(Figure, &'static str)> {
    let told = own.results.iter().any(|result| result.windows.size.is_some());
    let measured = own.windows.figures.contains_key(&Figure::SizeAccuracy);
    let why = "no test recording has a size that was in training";
    (told && !measured).then_some((Figure::SizeAccuracy, why))
}

/// A figure as the table states it: the calibration error over all folds at once, others over folds.
fn shown(own: &ProtocolSummary, level: Level, figure: Figure) -> Option<Spread> {
    let level = own.level(level);
    let spread = level.figures.get(&figure).copied()?;
    if figure != Figure::Ece {
        return Some(spread);
    }
    let (mean, over_seeds) = (level.pooled.ece, level.pooled.ece_over_seeds);
    Some(Spread { mean, over_folds: 0.0, over_seeds, lowest_fold: mean, highest_fold: mean, interval: None })
}

#[cfg(test)]
mod tests;
