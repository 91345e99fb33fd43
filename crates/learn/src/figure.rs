//! The figures that are taken over folds and seeds, by name.

use crate::level_figures::LevelFigures;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What counts as one example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One segment.
    Windows,
    /// All segments of one file and channel: their scores are averaged.
    Recordings,
}

impl Level {
    /// Both.
    pub const ALL: [Level; 2] = [Level::Windows, Level::Recordings];

    /// The word for it in tables.
    pub fn name(self) -> &'static str {
        match self {
            Level::Windows => "windows",
            Level::Recordings => "recordings",
        }
    }
}

/// One figure of a fold and seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Share of right answers.
    Accuracy,
    /// Plain mean of the F1 of all classes.
    MacroF1,
    /// Mean AUROC of the faulty classes, each against all others.
    MacroAuroc,
    /// Mean AUROC of the parts, each by its own score.
    PartAuroc,
    /// Mean F1 of the parts, called damaged above 0.5.
    PartF1,
    /// Calibration error on 15 bins: of the largest probability, or the mean over the parts where each has its own label.
    Ece,
    /// Mean of -ln p of the true class, in nats.
    LogLoss,
    /// Mean squared distance of the probabilities from the truth, summed over classes.
    Brier,
    /// Mean risk over all shares of most confident answers.
    Aurc,
    /// The largest share that can be answered at a risk of at most 5 %.
    CoverageAtRisk,
    /// AUROC of the unknown score, unknown as positive.
    UnknownAuroc,
    /// Share of known examples called unknown where 95 % of the unknown ones are found.
    UnknownFalsePositives,
    /// Share of known examples for which the alarm for unknown faults rings.
    FalseAlarms,
    /// Share of unknown examples for which it rings.
    UnknownFound,
    /// Share of rightly told sizes of faults, of those that were in training.
    SizeAccuracy,
    /// Share of conformal sets that hold the true class.
    SetCoverage,
    /// Mean number of classes in a conformal set.
    SetSize,
}

impl Figure {
    /// All of them, in the order of tables.
    pub const ALL: [Figure; 17] = [
        Figure::Accuracy,
        Figure::MacroF1,
        Figure::MacroAuroc,
        Figure::PartAuroc,
        Figure::PartF1,
        Figure::Ece,
        Figure::LogLoss,
        Figure::Brier,
        Figure::Aurc,
        Figure::CoverageAtRisk,
        Figure::UnknownAuroc,
        Figure::UnknownFalsePositives,
        Figure::FalseAlarms,
        Figure::UnknownFound,
        Figure::SizeAccuracy,
        Figure::SetCoverage,
        Figure::SetSize,
    ];

    /// The name in files and columns.
    pub fn name(self) -> &'static str {
        match self {
            Figure::Accuracy => "accuracy",
            Figure::MacroF1 => "macro_f1",
            Figure::MacroAuroc => "macro_auroc",
            Figure::PartAuroc => "part_auroc",
            Figure::PartF1 => "part_f1",
            Figure::Ece => "ece",
            Figure::LogLoss => "log_loss",
            Figure::Brier => "brier",
            Figure::Aurc => "aurc",
            Figure::CoverageAtRisk => "coverage_at_risk",
            Figure::UnknownAuroc => "unknown_auroc",
            Figure::UnknownFalsePositives => "unknown_false_positives",
            Figure::FalseAlarms => "false_alarms",
            Figure::UnknownFound => "unknown_found",
            Figure::SizeAccuracy => "size_accuracy",
            Figure::SetCoverage => "set_coverage",
            Figure::SetSize => "set_size",
        }
    }

    /// The name for people, at most 15 characters.
    pub fn title(self) -> &'static str {
        match self {
            Figure::Accuracy => "accuracy",
            Figure::MacroF1 => "macro-F1",
            Figure::MacroAuroc => "macro AUROC",
            Figure::PartAuroc => "AUROC of parts",
            Figure::PartF1 => "F1 of parts",
            Figure::Ece => "ECE",
            Figure::LogLoss => "log loss",
            Figure::Brier => "Brier score",
            Figure::Aurc => "AURC",
            Figure::CoverageAtRisk => "answered at 5 %",
            Figure::UnknownAuroc => "unknown AUROC",
            Figure::UnknownFalsePositives => "unknown FPR",
            Figure::FalseAlarms => "false alarms",
            Figure::UnknownFound => "unknown found",
            Figure::SizeAccuracy => "size accuracy",
            Figure::SetCoverage => "set coverage",
            Figure::SetSize => "set size",
        }
    }

    /// Whether more is better; `None` where neither is.
    pub fn more_is_better(self) -> Option<bool> {
        match self {
            Figure::Ece
            | Figure::LogLoss
            | Figure::Brier
            | Figure::Aurc
            | Figure::UnknownFalsePositives
            | Figure::FalseAlarms => Some(false),
            Figure::SetCoverage | Figure::SetSize => None,
            _ => Some(true),
        }
    }

    /// Its value; `None` where the data or the learner do not give it.
    pub fn of(self, level: &LevelFigures) -> Option<f64> {
        match self {
            Figure::Accuracy => Some(level.metrics.accuracy),
            Figure::MacroF1 => Some(level.metrics.macro_f1),
            Figure::MacroAuroc => level.macro_auroc,
            Figure::PartAuroc => level.parts.as_ref()?.auroc.mean,
            Figure::PartF1 => Some(level.parts.as_ref()?.f1.macro_f1),
            Figure::Ece => Some(level.ece),
            Figure::LogLoss => Some(level.log_loss),
            Figure::Brier => Some(level.brier),
            Figure::Aurc => Some(level.aurc),
            Figure::CoverageAtRisk => Some(level.coverage_at_risk),
            Figure::UnknownAuroc => Some(level.unknown?.auroc),
            Figure::UnknownFalsePositives => Some(level.unknown?.false_positive_rate),
            Figure::FalseAlarms => level.alarm?.false_alarm_rate,
            Figure::UnknownFound => level.alarm?.found,
            Figure::SizeAccuracy => level.size?.accuracy,
            Figure::SetCoverage => Some(level.sets.as_ref()?.coverage),
            Figure::SetSize => Some(level.sets.as_ref()?.size),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.title())
    }
}
