//! Fitted learners agree with scikit-learn's on the same rows.

use crate::reference::{all_near, count, labels, learners, numbers, rows};
use brinell_learn::learner::{Fitted, Learner, Target};
use brinell_learn::{ClassName, ClassWeights, FaultSet};
use brinell_signal::FaultKind;
use serde_json::{Value, json};

/// So many classes, the healthy one first.
pub(crate) fn classes(count: usize) -> Vec<ClassName> {
    let sized = |size: usize| ClassName::sized(FaultKind::Inner, &size.to_string());
    std::iter::once(ClassName::of_faults(FaultSet::NONE, None)).chain((1..count).map(sized)).collect()
}

/// The learner of these options, fitted to the rows of a case.
fn fitted(case: &Value, options: Value) -> Fitted {
    let learner: Learner = serde_json::from_value(options).unwrap();
    let balanced = case["balanced"].as_bool().unwrap();
    let weights = if balanced { ClassWeights::Balanced } else { ClassWeights::Equal };
    let classes = classes(count(&case["classes"]));
    let rows = rows(count(&case["width"]), &case["rows"]);
    learner.fit(&rows, &labels(&case["labels"]), Target::Classes(&classes), weights, 0).unwrap()
}

fn probabilities(case: &Value, fitted: &Fitted) -> Vec<f64> {
    let test = rows(count(&case["width"]), &case["test"]);
    test.iter().flat_map(|row| fitted.probabilities(row)).collect()
}

#[test]
fn logistic_regressions_of_two_and_more_classes_equal_scikit_learns() {
    for case in learners("logistic") {
        let fitted = fitted(&case, json!({ "name": "logistic", "strength": case["strength"] }));
        let (weights, offsets) = fitted.as_logistic().unwrap().weights();
        all_near("weights", weights, &numbers(&case["weights"]), 1e-7);
        all_near("offsets", offsets, &numbers(&case["offsets"]), 1e-7);
        all_near("probabilities", &probabilities(&case, &fitted), &numbers(&case["probabilities"]), 1e-8);
    }
}

#[test]
fn a_tree_without_any_draw_equals_scikit_learns_before_and_after_pruning() {
    for case in learners("trees") {
        let found = probabilities(&case, &fitted(&case, case["options"].clone()));
        all_near(&case["options"].to_string(), &found, &numbers(&case["probabilities"]), 1e-12);
    }
}

#[test]
fn forests_say_on_average_what_scikit_learns_say() {
    for case in learners("forests") {
        let found = probabilities(&case, &fitted(&case, case["options"].clone()));
        let expected = numbers(&case["probabilities"]);
        // A thousand trees against three thousand others: the deviation of a difference is 0.01 or less.
        all_near(&case["options"].to_string(), &found, &expected, 0.05);
        let off = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
        let mean = off.sum::<f64>() / found.len() as f64;
        assert!(mean < 0.012, "{}: {mean}", case["options"]);
    }
}

#[test]
fn scores_of_support_vector_machines_equal_scikit_learns() {
    for case in learners("svm") {
        let fitted = fitted(&case, case["options"].clone());
        let test = rows(count(&case["width"]), &case["test"]);
        let scores: Vec<f64> = test.iter().flat_map(|row| fitted.as_svm().unwrap().scores(row)).collect();
        all_near(&case["options"].to_string(), &scores, &numbers(&case["scores"]), 1e-3);
    }
}

#[test]
fn the_comb_scorer_equals_scikit_learns_regression_beside_scipys_conditional_logit() {
    for case in learners("comb_scorer") {
        let classes: Vec<ClassName> = std::iter::once(ClassName::normal())
            .chain([FaultKind::Outer, FaultKind::Inner, FaultKind::Ball].map(ClassName::of))
            .take(count(&case["classes"]))
            .collect();
        let learner: Learner = serde_json::from_value(case["options"].clone()).unwrap();
        let (rows, labels) = (rows(count(&case["width"]), &case["rows"]), labels(&case["labels"]));
        let fitted =
            learner.fit(&rows, &labels, Target::Classes(&classes), ClassWeights::Balanced, 0).unwrap();
        all_near("probabilities", &probabilities(&case, &fitted), &numbers(&case["probabilities"]), 1e-6);
    }
}
