//! All figures of one fold and seed at one level: of its segments, or of its recordings.

use crate::calibration::SetFigures;
use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::metrics::{
    AlarmFigures, LabelF1, MacroAuroc, Metrics, Predictions, Reliability, RiskCoverage, UnknownFigures,
    brier, log_loss,
};
use crate::scores::ScoreTable;
use crate::size_figures::SizeFigures;
use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};

/// The risk at which the share of answers is stated.
pub const STATED_RISK: f64 = 0.05;

/// The probability above which a part is called damaged.
const CALLED: f64 = 0.5;

/// Figures over the examples of known classes, as shares between 0 and 1 where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelFigures {
    /// Count, accuracy, macro-F1, F1, recall and precision of each class, confusion table.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// AUROC of each class against all others; `None` where all or no examples are of it.
    pub auroc: Vec<Option<f64>>,
    /// Mean of them over the faulty classes (over all classes where none is faulty).
    pub macro_auroc: Option<f64>,
    /// How many classes that mean leaves out since their area is undefined.
    pub auroc_undefined: usize,
    /// Calibration error on 15 bins of equal width: of the largest probability, or the mean over the parts where each
    /// has its own label.
    pub ece: f64,
    /// Mean of -ln p of the true class, in nats.
    pub log_loss: f64,
    /// Between 0 and 2.
    pub brier: f64,
    /// Mean risk over the n most confident answers, n from 1 to all.
    pub aurc: f64,
    /// The largest share that can be answered at a risk of at most [`STATED_RISK`].
    pub coverage_at_risk: f64,
    /// Of each part by its own score, where parts have their own labels or scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartFigures>,
    /// How well the sizes of faults are told, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeFigures>,
    /// How well the unknown score tells examples of a class that training was not shown, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownFigures>,
    /// How often the alarm for unknown faults rings, where one was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<AlarmFigures>,
    /// What conformal sets are worth, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<SetFigures>,
}

/// Figures of faulty parts, each by its own score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartFigures {
    /// The parts.
    pub parts: Vec<FaultKind>,
    /// The area of each, and their mean.
    pub auroc: MacroAuroc,
    /// F1 of each when called damaged above 0.5, and their mean.
    pub f1: LabelF1,
    /// Calibration error of each on 15 bins of its score.
    pub ece: Vec<f64>,
}

impl LevelFigures {
    /// Of a table whose rows are the examples; `classes` are those of the table. With `each_part`, or where the table
    /// has scores of parts, the parts are measured too.
    ///
    /// # Errors
    /// [`Error::Data`] when no example is of a known class, a probability is none, or some rows lack what others have.
    pub fn of(scores: &ScoreTable, classes: &[ClassName], each_part: bool) -> Result<LevelFigures> {
        let predictions = scores.predictions()?;
        let every: Vec<u32> = (0..predictions.classes() as u32).collect();
        let holds_fault =
            |class: &u32| classes.get(*class as usize).is_some_and(|one| !one.faults().is_empty());
        let faulty: Vec<u32> = every.iter().copied().filter(holds_fault).collect();
        let over = if faulty.is_empty() { &every } else { &faulty };
        let areas = MacroAuroc::one_vs_rest(&predictions, over)?;
        let risk = RiskCoverage::of(&predictions);
        let parts = match each_part || !scores.parts.is_empty() {
            true => Some(PartFigures::of(scores, classes)?),
            false => None,
        };
        let class_ece = Reliability::of(&predictions).ece;
        Ok(LevelFigures {
            metrics: predictions.metrics(),
            auroc: MacroAuroc::one_vs_rest(&predictions, &every)?.of_label,
            macro_auroc: areas.mean,
            auroc_undefined: areas.undefined,
            ece: parts.as_ref().filter(|_| each_part).map_or(class_ece, PartFigures::mean_ece),
            log_loss: log_loss(&predictions),
            brier: brier(&predictions),
            aurc: risk.aurc,
            coverage_at_risk: risk.coverage_at(STATED_RISK),
            size: SizeFigures::of(scores),
            unknown: scores.unknown_figures()?,
            alarm: scores.alarm_figures()?,
            sets: set_figures(scores, &predictions)?,
            parts,
        })
    }
}

impl PartFigures {
    fn of(scores: &ScoreTable, classes: &[ClassName]) -> Result<PartFigures> {
        let (parts, scores) = scores.part_scores(classes)?;
        Ok(PartFigures {
            parts,
            auroc: scores.auroc(),
            f1: scores.f1(CALLED),
            ece: scores.reliability().iter().map(|part| part.ece).collect(),
        })
    }

    fn mean_ece(&self) -> f64 {
        self.ece.iter().sum::<f64>() / self.ece.len() as f64
    }
}

/// Sets of windows are promised nothing: those of one recording are not exchangeable.
fn set_figures(scores: &ScoreTable, predictions: &Predictions) -> Result<Option<SetFigures>> {
    let sets: Vec<&[u32]> = scores.known().filter_map(|row| row.set.as_deref()).collect();
    if sets.is_empty() {
        return Ok(None);
    }
    if sets.len() != predictions.count() {
        return Err(Error::data(
            "the conformal sets cannot be measured",
            format!("{} of {} segments have one", sets.len(), predictions.count()),
            "give every segment a set, or none",
        ));
    }
    Ok(Some(SetFigures::measure(&sets, predictions.labels(), predictions.classes(), false)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::figure::Figure;
    use crate::protocol::UNKNOWN_CLASS;
    use crate::scores::ScoreRow;

    fn classes() -> Vec<ClassName> {
        vec![ClassName::normal(), ClassName::of(FaultKind::Inner), ClassName::of(FaultKind::Ball)]
    }

    fn table(rows: &[(u32, [f64; 3])]) -> ScoreTable {
        let row = |(at, (label, probabilities)): (usize, &(u32, [f64; 3]))| ScoreRow {
            file: format!("{}", at / 2),
            label: *label,
            probabilities: probabilities.to_vec(),
            ..ScoreRow::default()
        };
        let names = classes().iter().map(|class| class.name.clone()).collect();
        let rows = rows.iter().enumerate().map(row).collect();
        ScoreTable { classes: names, rows, ..ScoreTable::default() }
    }

    #[test]
    fn the_mean_area_is_over_faulty_classes_and_says_how_many_it_leaves_out() {
        // inner is told apart wholly; of ball there is no example; normal would be 0.75
        let rows =
            [(0, [0.5, 0.25, 0.25]), (0, [0.25, 0.25, 0.5]), (1, [0.25, 0.5, 0.25]), (1, [0.0, 1.0, 0.0])];
        let found = LevelFigures::of(&table(&rows), &classes(), false).unwrap();
        assert_eq!((found.macro_auroc, found.auroc_undefined), (Some(1.0), 1));
        assert_eq!(found.auroc, [Some(0.875), Some(1.0), None]);
        assert_eq!((Figure::Accuracy.of(&found), Figure::PartAuroc.of(&found)), (Some(0.75), None));
        assert_eq!(found.sets, None);
    }

    #[test]
    fn where_each_part_has_its_label_the_calibration_error_is_the_mean_over_parts() {
        let rows = [(0, [0.5, 0.5, 0.0]), (1, [0.0, 1.0, 0.0]), (2, [0.0, 0.0, 1.0])];
        let found = LevelFigures::of(&table(&rows), &classes(), true).unwrap();
        // inner: 0.5 absent, 1 present, 0 absent: errors 0.5/3; ball is told exactly
        assert_eq!(found.parts.as_ref().unwrap().ece, [0.5 / 3.0, 0.0]);
        assert!((found.ece - 0.25 / 3.0).abs() < 1e-15, "{}", found.ece);
        let of_classes = LevelFigures::of(&table(&rows), &classes(), false).unwrap().ece;
        assert!((of_classes - 0.5 / 3.0).abs() < 1e-15, "right with confidence 0.5");
    }

    #[test]
    fn sets_and_unknown_scores_are_measured_where_all_rows_have_them() {
        let rows = [(0, [0.5, 0.25, 0.25]), (1, [0.5, 0.5, 0.0]), (UNKNOWN_CLASS, [0.4, 0.3, 0.3])];
        let mut scores = table(&rows);
        scores.rows[0].set = Some(vec![1, 2]);
        let error = LevelFigures::of(&scores, &classes(), false).unwrap_err().to_string();
        assert!(error.contains("1 of 2 segments"), "{error}");
        scores.rows[1].set = Some(vec![0, 1, 2]);
        let found = LevelFigures::of(&scores, &classes(), false).unwrap();
        let sets = found.sets.as_ref().unwrap();
        assert_eq!((sets.coverage, sets.size, sets.empty, sets.guaranteed), (0.5, 2.5, 0, false));
        assert_eq!(sets.coverage_of_class, [Some(0.0), Some(1.0), None]);
        assert_eq!(Figure::UnknownAuroc.of(&found), Some(1.0));
        assert_eq!(found.metrics.count, 2);
    }
}
