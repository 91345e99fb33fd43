//! Figures agree with scikit-learn, SciPy and NumPy.
#![allow(clippy::unwrap_used)]

use crate::reference::{
    all_near, all_near_or_none, count, flags, labels, near, numbers, optional, predictions, rows, sklearn,
    softmax, torch,
};
use brinell_learn::metrics::{
    BearingRatio, Interval, LabelScores, MacroAuroc, Predictions, Reliability, RiskCoverage, RunFigure,
    UnknownFigures, brier, log_loss,
};
use brinell_learn::{ClassName, Figure, LevelFigures, ScoreRow, ScoreTable, UNKNOWN_CLASS};
use brinell_signal::FaultKind;
use serde_json::Value;

const TOLERANCE: f64 = 1e-12;

#[test]
fn figures_of_classes_equal_scikit_learns() {
    for case in sklearn("classes") {
        let name = case["name"].as_str().unwrap();
        let classes = count(&case["classes"]);
        let ours = predictions(classes, &case["probabilities"], &case["labels"]);
        let same = |what: &str, found: f64| {
            near(&format!("{name}: {what}"), found, case[what].as_f64().unwrap(), TOLERANCE);
        };

        let metrics = ours.metrics();
        same("accuracy", metrics.accuracy);
        same("macro_f1", metrics.macro_f1);
        all_near(name, &metrics.f1, &numbers(&case["f1"]), TOLERANCE);
        all_near_or_none(name, &metrics.precision, &optional(&case["precision"]), TOLERANCE);
        all_near_or_none(name, &metrics.recall, &optional(&case["recall"]), TOLERANCE);
        assert_eq!(serde_json::json!(metrics.confusion), case["confusion"], "{name}");

        let every_class: Vec<u32> = (0..classes as u32).collect();
        let areas = MacroAuroc::one_vs_rest(&ours, &every_class).unwrap();
        let expected = optional(&case["auroc"]);
        all_near_or_none(name, &areas.of_label, &expected, TOLERANCE);
        all_near_or_none(name, &[areas.mean], &[case["macro_auroc"].as_f64()], TOLERANCE);
        assert_eq!(areas.undefined, expected.iter().filter(|area| area.is_none()).count(), "{name}");

        same("log_loss", log_loss(&ours));
        same("brier", brier(&ours));
        same("ece_of_equal_counts", Reliability::of_equal_counts(&ours).ece);
        same_reliability(name, &Reliability::of(&ours), &case["reliability"]);

        let risk = RiskCoverage::of(&ours);
        same("aurc", risk.aurc);
        for (limit, coverage) in case["coverage_at"].as_object().unwrap() {
            let found = risk.coverage_at(limit.parse().unwrap());
            near(&format!("{name}: coverage at {limit}"), found, coverage.as_f64().unwrap(), TOLERANCE);
        }
    }
}

fn same_reliability(name: &str, found: &Reliability, expected: &Value) {
    near(name, found.ece, expected["ece"].as_f64().unwrap(), TOLERANCE);
    near(name, found.mce, expected["mce"].as_f64().unwrap(), TOLERANCE);
    let column = |pick: fn(&brinell_learn::metrics::Bin) -> Option<f64>| {
        found.bins.iter().map(pick).collect::<Vec<Option<f64>>>()
    };
    all_near_or_none(name, &column(|bin| Some(bin.count as f64)), &optional(&expected["counts"]), 0.0);
    all_near_or_none(name, &column(|bin| bin.confidence), &optional(&expected["confidence"]), TOLERANCE);
    all_near_or_none(name, &column(|bin| bin.accuracy), &optional(&expected["accuracy"]), TOLERANCE);
}

#[test]
fn figures_of_labels_that_may_occur_together_equal_scikit_learns() {
    for case in sklearn("labels") {
        let name = case["name"].as_str().unwrap();
        let probabilities = rows(count(&case["labels"]), &case["probabilities"]);
        let ours = LabelScores::new(probabilities, flags(&case["truth"])).unwrap();
        let (areas, f1) = (ours.auroc(), ours.f1(0.5));
        all_near_or_none(name, &areas.of_label, &optional(&case["auroc"]), TOLERANCE);
        near(name, areas.mean.unwrap(), case["macro_auroc"].as_f64().unwrap(), TOLERANCE);
        all_near(name, &f1.of_label, &numbers(&case["f1"]), TOLERANCE);
        near(name, f1.macro_f1, case["macro_f1"].as_f64().unwrap(), TOLERANCE);
        let ece: Vec<f64> = ours.reliability().iter().map(|label| label.ece).collect();
        all_near(name, &ece, &numbers(&case["ece"]), TOLERANCE);
    }
}

#[test]
fn figures_of_unknown_scores_equal_scikit_learns() {
    for case in sklearn("unknown") {
        let name = case["name"].as_str().unwrap();
        let ours = UnknownFigures::measure(&numbers(&case["known"]), &numbers(&case["unknown"])).unwrap();
        near(name, ours.auroc, case["auroc"].as_f64().unwrap(), TOLERANCE);
        near(name, ours.threshold, case["threshold"].as_f64().unwrap(), TOLERANCE);
        near(name, ours.false_positive_rate, case["false_positive_rate"].as_f64().unwrap(), TOLERANCE);
    }
}

#[test]
fn intervals_over_splits_equal_scipys_quantiles() {
    for case in sklearn("intervals") {
        let runs = |model: &str| -> Vec<(String, u64, f64)> {
            let splits = case[model].as_array().unwrap().iter().enumerate();
            splits
                .flat_map(|(split, seeds)| {
                    let seeds = numbers(seeds).into_iter().enumerate();
                    seeds.map(move |(seed, value)| (format!("{split}"), seed as u64, value))
                })
                .collect()
        };
        let (first, second) = (runs("first"), runs("second"));
        let bearings = BearingRatio { test: count(&case["test"]), train: count(&case["train"]) };
        let confidence = case["confidence"].as_f64().unwrap();
        let one = Interval::over_splits(&figures(&first), bearings, confidence).unwrap();
        let pair = Interval::paired(&figures(&first), &figures(&second), bearings, confidence).unwrap();
        for (ours, mean, half_width) in
            [(one, "mean", "half_width"), (pair, "difference", "difference_half_width")]
        {
            near(mean, ours.mean, case[mean].as_f64().unwrap(), TOLERANCE);
            near(half_width, (ours.high - ours.low) / 2.0, case[half_width].as_f64().unwrap(), TOLERANCE);
            near(mean, f64::midpoint(ours.low, ours.high), ours.mean, TOLERANCE);
        }
    }
}

fn figures(runs: &[(String, u64, f64)]) -> Vec<RunFigure<'_>> {
    runs.iter().map(|(split, seed, value)| RunFigure { split, seed: *seed, value: *value }).collect()
}

#[test]
fn figures_of_logits_equal_pytorchs() {
    let case = torch("calibration");
    let logits = rows(4, &case["logits"]);
    let ours = Predictions::new(softmax(&logits), labels(&case["target"])).unwrap();
    let reliability = Reliability::of(&ours);
    let by_count = Reliability::of_equal_counts(&ours).ece;
    for (what, found) in [
        ("nll_before", log_loss(&ours)),
        ("brier", brier(&ours)),
        ("ece", reliability.ece),
        ("mce", reliability.mce),
        ("adaptive_ece", by_count),
    ] {
        near(what, found, numbers(&case[what])[0], TOLERANCE);
    }
}

#[test]
fn figures_of_tables_by_segment_and_by_recording_equal_scikit_learns() {
    for case in sklearn("tables") {
        let name = case["name"].as_str().unwrap();
        let (table, classes) = table(&case);
        for (level, table) in [("windows", table.clone()), ("recordings", table.by_recording())] {
            let expected = &case[level];
            let of = LevelFigures::of(&table, &classes, false).unwrap();
            let of_parts = LevelFigures::of(&table, &classes, true).unwrap();
            let same = |what: &str, found: Option<f64>| {
                let place = format!("{name}, {level}: {what}");
                near(&place, found.unwrap(), expected[what].as_f64().unwrap(), TOLERANCE);
            };
            for figure in [
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
            ] {
                same(figure.name(), figure.of(&of));
            }
            same("part_ece", Figure::Ece.of(&of_parts));
            assert_eq!(of.metrics.count, count(&expected["count"]), "{name}, {level}");
            assert_eq!(of.auroc_undefined, count(&expected["undefined"]), "{name}, {level}");
            if level == "windows" {
                for figure in [Figure::SetCoverage, Figure::SetSize] {
                    near(name, figure.of(&of).unwrap(), case[figure.name()].as_f64().unwrap(), TOLERANCE);
                }
            }
        }
    }
}

/// The rows of a case, recordings by number.
fn table(case: &Value) -> (ScoreTable, Vec<ClassName>) {
    let width = count(&case["classes"]);
    let faults = [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer];
    let classes: Vec<ClassName> =
        std::iter::once(ClassName::normal()).chain(faults.map(ClassName::of)).take(width).collect();
    let (probabilities, parts) = (rows(width, &case["probabilities"]), rows(width - 1, &case["parts"]));
    let (sets, unknown, foreign) = (flags(&case["sets"]), flags(&case["unknown"]), numbers(&case["foreign"]));
    let (recordings, labels) = (labels(&case["recording"]), labels(&case["labels"]));
    let scores = probabilities.iter().zip(parts.iter()).enumerate();
    let row = |(at, (probabilities, parts)): (usize, (&[f64], &[f64]))| ScoreRow {
        file: format!("{:02}", recordings[at]),
        label: if unknown[at] { UNKNOWN_CLASS } else { labels[at] },
        probabilities: probabilities.to_vec(),
        parts: parts.to_vec(),
        unknown: Some(foreign[at]),
        set: Some((0..width as u32).filter(|class| sets[at * width + *class as usize]).collect()),
        ..ScoreRow::default()
    };
    let table = ScoreTable {
        classes: classes.iter().map(|class| class.name.clone()).collect(),
        parts: faults[..width - 1].to_vec(),
        rows: scores.map(row).collect(),
        ..ScoreTable::default()
    };
    (table, classes)
}
