//! Calibrations, sets of classes and unknown scores agree with scikit-learn, SciPy and PyTorch.
#![allow(clippy::unwrap_used)]

use crate::reference::{
    all_near, count, flags, labels, near, numbers, predictions, rows, sklearn, softmax, torch,
};
use brinell_learn::calibration::unknown::{
    FeatureScale, Mahalanobis, Neighbours, Shrinkage, energy, entropy, largest_logit, least_confidence,
};
use brinell_learn::calibration::{Conformal, Isotonic, IsotonicClasses, SetRule, Temperature, Unit};
use brinell_learn::metrics::{Predictions, Probabilities, Reliability, Rows, log_loss};

const TOLERANCE: f64 = 1e-12;

#[test]
fn the_temperature_is_where_scipy_finds_the_slope_of_the_loss_to_be_zero() {
    for case in sklearn("temperature") {
        let logits = rows(count(&case["classes"]), &case["logits"]);
        let truth = labels(&case["labels"]);
        let ours = Temperature::fit(&logits, &truth).unwrap();
        assert!(!ours.at_bound());
        near("temperature", ours.value(), case["temperature"].as_f64().unwrap(), TOLERANCE);
        let after = Predictions::new(ours.apply(&logits), truth).unwrap();
        near("log loss", log_loss(&after), case["log_loss"].as_f64().unwrap(), TOLERANCE);
    }
}

#[test]
fn the_temperature_equals_pytorchs_to_the_digits_of_its_search() {
    let case = torch("calibration");
    let (logits, truth) = (rows(4, &case["logits"]), labels(&case["target"]));
    let ours = Temperature::fit(&logits, &truth).unwrap();
    near("temperature", ours.value(), numbers(&case["T"])[0], 1e-6);
    let after = Predictions::new(ours.apply(&logits), truth).unwrap();
    near("log loss", log_loss(&after), numbers(&case["nll_after"])[0], 1e-12);
    near("calibration error", Reliability::of(&after).ece, numbers(&case["ece_after"])[0], 1e-6);
}

#[test]
fn isotonic_curves_equal_scikit_learns() {
    for case in sklearn("isotonic") {
        let name = case["name"].as_str().unwrap();
        let curve = Isotonic::fit(&numbers(&case["scores"]), &flags(&case["right"])).unwrap();
        let ours: Vec<f64> = numbers(&case["grid"]).iter().map(|score| curve.at(*score)).collect();
        all_near(name, &ours, &numbers(&case["values"]), TOLERANCE);
    }
    let case = torch("isotonic");
    let right: Vec<bool> = numbers(&case["y"]).iter().map(|y| *y == 1.0).collect();
    let curve = Isotonic::fit(&numbers(&case["x"]), &right).unwrap();
    let ours: Vec<f64> = numbers(&case["grid"]).iter().map(|score| curve.at(*score)).collect();
    all_near("the confidences of a net", &ours, &numbers(&case["fit"]), TOLERANCE);
}

#[test]
fn isotonic_probabilities_equal_those_of_scikit_learns_calibrated_classifier() {
    for case in sklearn("isotonic_classes") {
        let classes = count(&case["classes"]);
        let fitted = IsotonicClasses::fit(&predictions(classes, &case["fit"], &case["labels"])).unwrap();
        let given = Probabilities::new(rows(classes, &case["apply"])).unwrap();
        let ours = fitted.apply(&given).unwrap();
        all_near(&format!("{classes} classes"), ours.rows().values(), &numbers(&case["values"]), TOLERANCE);
    }
}

#[test]
fn sets_of_classes_equal_the_reference() {
    let case = torch("conformal");
    let (logits, truth) = (rows(4, &case["logits"]), labels(&case["target"]));
    let (fit, test) = logits.values().split_at(400);
    let half = |values: &[f64]| softmax(&Rows::new(4, values.to_vec()).unwrap());
    let held_out = Predictions::new(half(fit), truth[..100].to_vec()).unwrap();
    for (rule, name) in [(SetRule::Lac, "lac"), (SetRule::Aps, "aps")] {
        let ours = Conformal::fit(&held_out, rule, 0.35, Unit::Recording).unwrap();
        near(name, ours.threshold.unwrap(), numbers(&case[format!("{name}.q")])[0], TOLERANCE);
        let table: Vec<f64> = ours
            .sets(&half(test))
            .unwrap()
            .iter()
            .flat_map(|set| (0..4).map(|class| f64::from(u8::from(set.contains(&class)))).collect::<Vec<_>>())
            .collect();
        all_near(name, &table, &numbers(&case[format!("{name}.sets")]), 0.0);
    }
}

#[test]
fn entropy_equals_scipys() {
    for case in sklearn("classes") {
        let given = Probabilities::new(rows(count(&case["classes"]), &case["probabilities"])).unwrap();
        all_near(case["name"].as_str().unwrap(), &entropy(&given), &numbers(&case["entropy"]), TOLERANCE);
    }
}

#[test]
fn unknown_scores_equal_pytorchs() {
    const TOLERANCE: f64 = 1e-11;
    let case = torch("ood_scores");
    let logits = rows(4, &case["z"]);
    all_near("energy", &energy(&logits, 1.0).unwrap(), &numbers(&case["energy"]), TOLERANCE);
    all_near("msp", &least_confidence(&softmax(&logits)), &numbers(&case["msp"]), TOLERANCE);
    all_near("maxlogit", &largest_logit(&logits), &numbers(&case["maxlogit"]), TOLERANCE);

    let (known, test) = (rows(5, &case["fit"]), rows(5, &case["test"]));
    let fitted = Mahalanobis::fit(&known, &labels(&case["fit_y"]), 3, Shrinkage::None).unwrap();
    let distances = fitted.distances(&test).unwrap();
    all_near("distances", distances.values(), &numbers(&case["mahalanobis2"]), TOLERANCE);
    all_near("nearest", &fitted.scores(&test).unwrap(), &numbers(&case["mahalanobis2_min"]), TOLERANCE);
    all_near("relative", &fitted.relative_scores(&test).unwrap(), &numbers(&case["relative"]), TOLERANCE);
}

#[test]
fn distances_on_features_equal_scikit_learns() {
    for case in sklearn("distances") {
        let (width, classes) = (count(&case["features"]), count(&case["classes"]));
        let (known, test) = (rows(width, &case["known"]), rows(width, &case["test"]));
        let fitted =
            Mahalanobis::fit(&known, &labels(&case["labels"]), classes, Shrinkage::LedoitWolf).unwrap();
        near("share", fitted.shrunk(), case["share"].as_f64().unwrap(), TOLERANCE);
        let distances = fitted.distances(&test).unwrap();
        all_near("distances", distances.values(), &numbers(&case["distances"]), 1e-11);
        all_near("relative", &fitted.relative_scores(&test).unwrap(), &numbers(&case["relative"]), 1e-11);

        for (scale, expected) in
            [(FeatureScale::AsGiven, "neighbours"), (FeatureScale::UnitLength, "neighbours_by_direction")]
        {
            // the reference holds the first five neighbours of each example, in order
            let all = rows(5, &case[expected]);
            for k in 1..=5 {
                let ours = Neighbours::fit(&known, k, scale).unwrap().scores(&test).unwrap();
                let theirs: Vec<f64> = all.iter().map(|row| row[k - 1]).collect();
                all_near(&format!("{expected}, {k}"), &ours, &theirs, TOLERANCE);
            }
        }
    }
}
