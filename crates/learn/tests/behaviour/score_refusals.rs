//! Bad scores give one clear error and never a panic.
#![allow(clippy::unwrap_used)]

use brinell_learn::Result;
use brinell_learn::calibration::unknown::{Alarm, FeatureScale, Mahalanobis, Neighbours, Shrinkage, energy};
use brinell_learn::calibration::{Conformal, Isotonic, IsotonicClasses, SetRule, Temperature, Unit};
use brinell_learn::metrics::{
    BearingRatio, Interval, LabelScores, MacroAuroc, Predictions, Probabilities, RiskCoverage, Rows,
    RunFigure, UnknownFigures, auroc, vote,
};
use proptest::prelude::*;

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, words: &[&str]) {
    let message = result.unwrap_err().to_string();
    for word in words {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
    assert_eq!(message.lines().count(), 3, "what, why and help: {message}");
}

fn rows(width: usize, values: &[f64]) -> Rows {
    Rows::new(width, values.to_vec()).unwrap()
}

fn predictions(classes: usize, values: &[f64], labels: &[u32]) -> Predictions {
    Predictions::new(Probabilities::new(rows(classes, values)).unwrap(), labels.to_vec()).unwrap()
}

#[test]
fn tables_that_are_empty_ragged_or_not_finite_are_refused() {
    refused(Rows::new(3, vec![]), &["empty table"]);
    refused(Rows::new(0, vec![1.0]), &["rows of 0"]);
    refused(Rows::new(3, vec![1.0; 4]), &["4 numbers in rows of 3 leave 1 over"]);
    refused(Rows::new(2, vec![1.0, 2.0, f64::NAN, 0.0]), &["row 1, column 0 holds NaN"]);
    refused(Rows::new(2, vec![1.0, f64::NEG_INFINITY]), &["row 0, column 1 holds -inf"]);
    assert!(serde_json::from_str::<Rows>("{\"width\":2,\"values\":[1.0]}").is_err());
}

#[test]
fn rows_that_are_no_probabilities_are_refused() {
    refused(Probabilities::new(rows(2, &[0.5, 0.5, 0.6, 0.5])), &["row 1 sum to 1.1", "0.001"]);
    refused(Probabilities::new(rows(2, &[1.5, -0.5])), &["row 0 holds -0.5", "not logits"]);
    assert!(Probabilities::new(rows(2, &[0.5005, 0.5])).is_ok(), "within 0.001");
    refused(LabelScores::new(rows(2, &[0.5, 1.5]), vec![true, false]), &["row 0, label 1 holds 1.5"]);
    refused(LabelScores::new(rows(2, &[0.5, 0.5]), vec![true]), &["2 probabilities and 1 truths"]);
}

#[test]
fn labels_that_are_too_few_or_name_no_class_are_refused() {
    let given = Probabilities::new(rows(2, &[0.5, 0.5, 0.1, 0.9])).unwrap();
    refused(Predictions::new(given.clone(), vec![0]), &["2 examples and 1 labels"]);
    refused(Predictions::new(given, vec![0, 2]), &["example 1 is labelled 2", "2 classes"]);
    let logits = rows(2, &[1.0, 2.0]);
    refused(Temperature::fit(&logits, &[2]), &["labelled 2"]);
    refused(Mahalanobis::fit(&logits, &[1], 1, Shrinkage::None), &["labelled 1"]);
    let one = predictions(2, &[0.5, 0.5], &[0]);
    refused(MacroAuroc::one_vs_rest(&one, &[2]), &["[2]", "2 classes"]);
    refused(MacroAuroc::one_vs_rest(&one, &[]), &["name one class"]);
}

#[test]
fn scores_without_truths_or_without_a_side_are_refused() {
    refused(auroc(&[], &[]), &["at least one"]);
    refused(auroc(&[1.0], &[true, false]), &["1 scores and 2 truths"]);
    refused(auroc(&[1.0, f64::NAN], &[true, false]), &["example 1 is NaN"]);
    refused(RiskCoverage::measure(&[f64::INFINITY], &[true]), &["example 0 is inf"]);
    refused(UnknownFigures::measure(&[1.0], &[]), &["1 known and 0 unknown"]);
    refused(UnknownFigures::measure(&[1.0], &[f64::NAN]), &["NaN"]);
    refused(Isotonic::fit(&[], &[]), &["at least one"]);
    refused(Alarm::fit(&[], 0.1, Unit::Bearing), &["at least one"]);
}

#[test]
fn windows_that_cannot_vote_together_are_refused() {
    let windows = predictions(2, &[0.5, 0.5, 0.1, 0.9], &[0, 1]);
    refused(vote(&["a"], &windows), &["2 windows and 1 names"]);
    refused(vote(&["105.mat DE", "105.mat DE"], &windows), &["105.mat DE", "labelled 0 and some 1"]);
}

#[test]
fn intervals_need_two_splits_with_bearings_on_both_sides() {
    let run = |split, seed, value| RunFigure { split, seed, value };
    let two = [run("a", 0, 0.5), run("b", 0, 0.6)];
    let bearings = BearingRatio { test: 1, train: 2 };
    refused(Interval::over_splits(&[], bearings, 0.95), &["0 split"]);
    refused(Interval::over_splits(&two[..1], bearings, 0.95), &["1 split", "two splits"]);
    refused(
        Interval::over_splits(&two, BearingRatio { test: 1, train: 0 }, 0.95),
        &["1 test and 0 training bearings"],
    );
    for confidence in [0.0, 1.0, 95.0, f64::NAN] {
        refused(Interval::over_splits(&two, bearings, confidence), &["between 0 and 1"]);
    }
    let twice = [run("a", 0, 0.5), run("a", 0, 0.6), run("b", 0, 0.6)];
    refused(Interval::over_splits(&twice, bearings, 0.95), &["two figures of split a, seed 0"]);
    refused(Interval::over_splits(&[run("a", 3, f64::NAN)], bearings, 0.95), &["split a, seed 3 is NaN"]);
    let others = [run("a", 0, 0.5), run("c", 0, 0.6)];
    refused(Interval::paired(&two, &others, bearings, 0.95), &["only one of them", "split b"]);
    refused(Interval::paired(&two[..1], &two, bearings, 0.95), &["split b"]);
}

#[test]
fn calibrations_refuse_what_they_cannot_learn_from() {
    let lonely = predictions(3, &[0.5, 0.5, 0.0, 0.1, 0.9, 0.0], &[0, 1]);
    refused(IsotonicClasses::fit(&lonely), &["class 2 cannot be calibrated", "none of the 2"]);
    refused(Conformal::fit(&lonely, SetRule::Lac, 0.0, Unit::Bearing), &["between 0 and 1"]);
    refused(Alarm::fit(&[1.0; 8], 0.1, Unit::Bearing), &["8 known examples allow none below 1/9"]);
    refused(energy(&rows(2, &[1.0, 2.0]), 0.0), &["temperature 0"]);
    refused(Neighbours::fit(&rows(2, &[1.0, 2.0]), 2, FeatureScale::AsGiven), &["number 2", "1 known"]);
    refused(Neighbours::fit(&rows(2, &[1.0, 2.0]), 0, FeatureScale::AsGiven), &["number 0"]);

    let flat = rows(2, &[1.0, 0.0, 2.0, 0.0, 4.0, 0.0, 5.0, 0.0]);
    refused(Mahalanobis::fit(&flat, &[0, 0, 1, 1], 3, Shrinkage::None), &["class 2", "none of the 4"]);
    refused(Mahalanobis::fit(&flat, &[0, 0, 1, 1], 2, Shrinkage::None), &["no inverse", "shrink more"]);
    refused(Mahalanobis::fit(&flat, &[0, 0, 1, 1], 2, Shrinkage::Share(1.5)), &["shrunk by 1.5"]);
    assert!(Mahalanobis::fit(&flat, &[0, 0, 1, 1], 2, Shrinkage::Share(0.5)).is_ok());
}

#[test]
fn scores_of_another_net_are_refused() {
    let two = predictions(2, &[0.5, 0.5, 0.1, 0.9], &[0, 1]);
    let three = predictions(3, &[0.5, 0.5, 0.0], &[0]);
    let curves = IsotonicClasses::fit(&two).unwrap();
    refused(curves.apply(three.probabilities()), &["fitted on rows of 2 numbers, these have 3"]);
    let sets = Conformal::fit(&two, SetRule::Aps, 0.4, Unit::Bearing).unwrap();
    refused(sets.figures(&three), &["rows of 2 numbers"]);
    let features = rows(2, &[1.0, 0.0, 2.0, 3.0, 4.0, 0.0]);
    let distance = Mahalanobis::fit(&features, &[0; 3], 1, Shrinkage::LedoitWolf).unwrap();
    refused(distance.scores(&rows(3, &[1.0; 3])), &["rows of 2 numbers"]);
    refused(distance.relative_scores(&rows(1, &[1.0])), &["these have 1"]);
    let neighbours = Neighbours::fit(&features, 1, FeatureScale::AsGiven).unwrap();
    refused(neighbours.scores(&rows(3, &[1.0; 3])), &["rows of 2 numbers"]);
}

#[test]
fn damaged_calibrations_are_refused_when_they_are_read() {
    let read = |text: &str| serde_json::from_str::<Temperature>(text).map(|_| ()).map_err(|e| e.to_string());
    assert!(read("{\"temperature\":1.5,\"at_bound\":false}").is_ok());
    for value in ["0.0", "-1.0", "1e300"] {
        let message = read(&format!("{{\"temperature\":{value},\"at_bound\":false}}")).unwrap_err();
        assert!(message.contains("cannot be used"), "{message}");
    }
    for knots in ["[]", "[[1,0.5],[0,0.6]]", "[[0,0.5],[1,0.4]]", "[[0,1.5]]", "[[0,0.5],[0,0.6]]"] {
        assert!(serde_json::from_str::<Isotonic>(knots).is_err(), "{knots}");
    }
    let row = "{\"width\":1,\"values\":[1.0]}";
    for (k, sound) in [(0, false), (1, true), (2, false)] {
        let text = format!("{{\"known\":{row},\"k\":{k},\"scale\":\"as-given\"}}");
        assert_eq!(serde_json::from_str::<Neighbours>(&text).is_ok(), sound, "{text}");
    }
    for (factor, centre, sound) in [("1.0", "0.0", true), ("0.0", "0.0", false), ("1.0", "0.0,1.0", false)] {
        let covariance = format!("{{\"share\":0.0,\"factor\":{{\"width\":1,\"values\":[{factor}]}}}}");
        let text =
            format!("{{\"centre\":[{centre}],\"means\":{row},\"within\":{covariance},\"all\":{covariance}}}");
        assert_eq!(serde_json::from_str::<Mahalanobis>(&text).is_ok(), sound, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_finite_numbers_make_a_fit_panic(
        values in prop::collection::vec(prop_oneof![any::<f64>(), -2.0..2.0_f64, Just(f64::MAX), Just(f64::MIN)], 6..30),
        labels in prop::collection::vec(0..2_u32, 3..15),
    ) {
        let values: Vec<f64> = values.into_iter().map(|v| if v.is_finite() { v } else { 0.0 }).collect();
        let count = labels.len().min(values.len() / 2);
        let (table, labels) = (rows(2, &values[..2 * count]), &labels[..count]);
        let right: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
        let temperature = Temperature::fit(&table, labels).unwrap();
        let probabilities = temperature.apply(&table);
        prop_assert!(Probabilities::new(probabilities.rows().clone()).is_ok());
        let curve = Isotonic::fit(&values[..count], &right).unwrap();
        prop_assert!(values.iter().all(|score| (0.0..=1.0).contains(&curve.at(*score))));
        for shrinkage in [Shrinkage::None, Shrinkage::Share(0.3), Shrinkage::LedoitWolf] {
            if let Ok(fitted) = Mahalanobis::fit(&table, labels, 2, shrinkage) {
                let scores = fitted.relative_scores(&table);
                prop_assert!(scores.is_err() || scores.is_ok_and(|scores| scores.len() == count));
            }
        }
        let near = Neighbours::fit(&table, 1, FeatureScale::UnitLength).unwrap().scores(&table).unwrap();
        prop_assert!(near.iter().all(|distance| *distance >= 0.0));
        prop_assert_eq!(energy(&table, 1e-3).unwrap().len(), count);
    }
}
