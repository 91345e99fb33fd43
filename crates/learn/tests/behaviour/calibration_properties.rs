//! What holds for calibrations of any scores.
#![allow(clippy::unwrap_used)]

use brinell_learn::calibration::unknown::{
    Alarm, FeatureScale, Mahalanobis, Neighbours, Shrinkage, energy, entropy, largest_logit, least_confidence,
};
use brinell_learn::calibration::{Conformal, Isotonic, IsotonicClasses, SetRule, Temperature, Unit};
use brinell_learn::metrics::{Predictions, Probabilities, Rows, UnknownFigures, log_loss};
use brinell_signal::generator;
use proptest::prelude::*;
use rand::RngExt;

/// Logits of three classes with labels that follow them more or less.
fn any_logits() -> impl Strategy<Value = (Rows, Vec<u32>)> {
    prop::collection::vec((prop::array::uniform3(-30.0..30.0_f64), 0..3_u32), 1..60).prop_map(|rows| {
        let labels = rows.iter().map(|(_, label)| *label).collect();
        (Rows::new(3, rows.iter().flat_map(|(row, _)| *row).collect()).unwrap(), labels)
    })
}

fn scores_with_truth() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    prop::collection::vec((0..20_u32, any::<bool>()), 1..80)
        .prop_map(|pairs| pairs.into_iter().map(|(score, truth)| (f64::from(score) / 20.0, truth)).unzip())
}

/// Draws of three probabilities whose truth follows them, as a calibrated net of middling worth gives them.
fn drawn(count: usize, seed: u64, name: &str) -> Predictions {
    let mut draw = generator(seed, name);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let raw: [f64; 3] = std::array::from_fn(|_| draw.random::<f64>().powi(3) + 1e-3);
        let sum: f64 = raw.iter().sum();
        values.extend(raw.map(|value| value / sum));
        let at = draw.random::<f64>() * sum;
        labels.push(if at < raw[0] {
            0
        } else if at < raw[0] + raw[1] {
            1
        } else {
            2
        });
    }
    Predictions::new(Probabilities::new(Rows::new(3, values).unwrap()).unwrap(), labels).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_temperature_keeps_the_ranking_of_classes((logits, labels) in any_logits()) {
        let fitted = Temperature::fit(&logits, &labels).unwrap();
        let after = fitted.apply(&logits);
        for (z, p) in logits.iter().zip(after.rows().iter()) {
            for a in 0..3 {
                for b in 0..3 {
                    prop_assert!(z[a] <= z[b] || p[a] >= p[b]);
                }
            }
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn no_other_temperature_has_a_smaller_loss((logits, labels) in any_logits(), factor in 0.2..5.0_f64) {
        let fitted = Temperature::fit(&logits, &labels).unwrap();
        let other = (fitted.value() * factor).clamp(0.01, 100.0);
        let text = format!("{{\"temperature\":{other:?},\"at_bound\":false}}");
        let other: Temperature = serde_json::from_str(&text).unwrap();
        let loss = |temperature: &Temperature| -> f64 {
            // not `log_loss`, which takes no probability as less than 2^-52
            let rows = logits.iter().zip(&labels);
            rows.map(|(row, label)| {
                let inverse = 1.0 / temperature.value();
                let largest = row.iter().copied().fold(f64::MIN, f64::max);
                let sum: f64 = row.iter().map(|z| ((z - largest) * inverse).exp()).sum();
                sum.ln() - (row[*label as usize] - largest) * inverse
            }).sum()
        };
        prop_assert!(loss(&fitted) <= loss(&other) * (1.0 + 1e-12) + 1e-12);
    }

    #[test]
    fn an_isotonic_curve_never_falls_and_keeps_the_mean((scores, right) in scores_with_truth()) {
        let curve = Isotonic::fit(&scores, &right).unwrap();
        let grid: Vec<f64> = (-10..110).map(|at| curve.at(f64::from(at) / 100.0)).collect();
        prop_assert!(grid.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", grid);
        prop_assert!(grid.iter().all(|value| (0.0..=1.0).contains(value)));
        let fitted: f64 = scores.iter().map(|score| curve.at(*score)).sum();
        let truth = right.iter().filter(|right| **right).count() as f64;
        prop_assert!((fitted - truth).abs() < 1e-9, "{} and {}", fitted, truth);
    }

    #[test]
    fn fitted_calibrations_survive_being_written((logits, labels) in any_logits(), k in 1..4_usize) {
        let temperature = Temperature::fit(&logits, &labels).unwrap();
        again(&temperature);
        let held_out = Predictions::new(temperature.apply(&logits), labels.clone()).unwrap();
        for unit in [Unit::Window, Unit::Recording, Unit::Bearing] {
            again(&Conformal::fit(&held_out, SetRule::Aps, 0.2, unit).unwrap());
        }
        if let Ok(curves) = IsotonicClasses::fit(&held_out) {
            again(&curves);
        }
        if let Ok(distance) = Mahalanobis::fit(&logits, &labels, 3, Shrinkage::Share(0.1)) {
            again(&distance);
        }
        if let Ok(neighbours) = Neighbours::fit(&logits, k, FeatureScale::UnitLength) {
            again(&neighbours);
        }
    }

    #[test]
    fn the_known_examples_themselves_alarm_no_more_often_than_stated(
        scores in prop::collection::vec(-1e3..1e3_f64, 1..100), percent in 1..99_u32,
    ) {
        let rate = f64::from(percent) / 100.0;
        match Alarm::fit(&scores, rate, Unit::Recording) {
            Ok(alarm) => {
                let rung = scores.iter().filter(|score| alarm.rings(**score)).count();
                prop_assert!(rung as f64 <= rate * (scores.len() + 1) as f64 + 1e-9);
            }
            Err(error) => {
                prop_assert!((scores.len() + 1) as f64 * rate < 1.0 + 1e-9, "{}", error);
            }
        }
    }
}

#[track_caller]
fn again<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(fitted: &T) {
    let text = serde_json::to_string(fitted).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), fitted);
}

#[test]
fn sets_hold_the_true_class_as_often_as_promised_on_exchangeable_draws() {
    // many small fits, since the promise is one on average over them
    for (rule, miss_rate, examples) in
        [(SetRule::Lac, 0.1, 19), (SetRule::Lac, 0.3, 50), (SetRule::Aps, 0.1, 19), (SetRule::Aps, 0.2, 33)]
    {
        let (mut covered, mut tested) = (0.0, 0.0);
        for round in 0..400 {
            let held_out = drawn(examples, round, "held out");
            let test = drawn(50, round, "test");
            let sets = Conformal::fit(&held_out, rule, miss_rate, Unit::Bearing).unwrap();
            let found = sets.figures(&test).unwrap();
            assert!(found.guaranteed && sets.promise() == Some(1.0 - miss_rate));
            covered += found.coverage * 50.0;
            tested += 50.0;
        }
        let coverage = covered / tested;
        // the threshold's own spread over 400 rounds is at most 0.09 / 20
        assert!(coverage > 1.0 - miss_rate - 0.015, "{rule:?} at {miss_rate}: {coverage}");
        assert!(
            coverage < 1.0 - miss_rate + 1.0 / f64::from(examples as u32) + 0.015 || rule == SetRule::Aps
        );
    }
}

#[test]
fn sets_of_too_few_examples_hold_every_class_and_windows_promise_nothing() {
    let held_out = drawn(8, 1, "few");
    let sets = Conformal::fit(&held_out, SetRule::Lac, 0.1, Unit::Window).unwrap();
    assert_eq!((sets.threshold, sets.promise()), (None, None));
    let found = sets.figures(&drawn(20, 2, "test")).unwrap();
    assert_eq!((found.coverage, found.size, found.empty, found.guaranteed), (1.0, 3.0, 0, false));
    let text = serde_json::to_string(&sets).unwrap();
    assert!(text.contains("\"unit\":\"window\"") && text.contains("\"examples\":8"), "{text}");
}

#[test]
fn figures_of_sets_stand_by_class_and_a_class_without_examples_has_none() {
    let rows = Rows::new(3, [[0.9, 0.1, 0.0], [0.5, 0.4, 0.1], [0.2, 0.2, 0.6], [0.34, 0.33, 0.33]].concat());
    let test = Predictions::new(Probabilities::new(rows.unwrap()).unwrap(), vec![0, 1, 1, 0]).unwrap();
    let sets = Conformal {
        rule: SetRule::Lac,
        miss_rate: 0.1,
        unit: Unit::Recording,
        examples: 20,
        classes: 3,
        threshold: Some(0.6),
    };
    assert_eq!(sets.sets(test.probabilities()).unwrap(), [vec![0], vec![0, 1], vec![2], vec![]]);
    let found = sets.figures(&test).unwrap();
    assert_eq!((found.coverage, found.size, found.empty), (0.5, 1.0, 1));
    assert_eq!(found.coverage_of_class, [Some(0.5), Some(0.5), None]);
    assert_eq!(found.size_of_class, [Some(0.5), Some(1.5), None]);
}

#[test]
fn a_net_that_is_right_on_all_held_out_examples_has_no_temperature_of_its_own() {
    let right = Rows::new(2, vec![1.0, 0.0, 0.0, 1.0]).unwrap();
    let fitted = Temperature::fit(&right, &[0, 1]).unwrap();
    assert!(fitted.at_bound() && fitted.value() < 1.0);
    let wrong = Temperature::fit(&right, &[1, 0]).unwrap();
    assert!(wrong.at_bound() && wrong.value() > 1.0);
    let level = Temperature::fit(&Rows::new(2, vec![3.0; 6]).unwrap(), &[0, 1, 1]).unwrap();
    assert_eq!((level.value(), level.at_bound()), (1.0, false));
}

#[test]
fn an_isotonic_curve_is_straight_between_the_nearest_and_the_farthest_scores() {
    for (low, middle, high) in
        [(0.0, f64::from_bits(1), f64::from_bits(2)), (f64::MIN, 0.0, f64::MAX), (-1.0, 0.0, 1.0)]
    {
        let curve = Isotonic::fit(&[low, high], &[false, true]).unwrap();
        assert_eq!([low, middle, high].map(|score| curve.at(score)), [0.0, 0.5, 1.0]);
    }
}

#[test]
fn isotonic_calibration_mends_a_net_that_is_too_sure_of_itself() {
    let honest = drawn(4000, 3, "honest");
    let sharpened: Vec<f64> = honest
        .probabilities()
        .rows()
        .iter()
        .flat_map(|row| {
            let sum: f64 = row.iter().map(|p| p.powi(4)).sum();
            row.iter().map(move |p| p.powi(4) / sum)
        })
        .collect();
    let proud = Predictions::new(
        Probabilities::new(Rows::new(3, sharpened).unwrap()).unwrap(),
        honest.labels().to_vec(),
    )
    .unwrap();
    let mended = IsotonicClasses::fit(&proud).unwrap().apply(proud.probabilities()).unwrap();
    let mended = Predictions::new(mended, honest.labels().to_vec()).unwrap();
    assert!(log_loss(&mended) < log_loss(&proud) - 0.1);
}

#[test]
fn far_features_and_hesitant_answers_are_found_to_be_unknown() {
    let mut draw = generator(11, "features");
    let mut cloud = |count: usize, centre: [f64; 2]| -> Vec<f64> {
        (0..count)
            .flat_map(|_| centre.map(|c| c + (0..12).map(|_| draw.random::<f64>()).sum::<f64>() - 6.0))
            .collect()
    };
    let known = Rows::new(2, [cloud(60, [0.0, 0.0]), cloud(60, [9.0, 0.0])].concat()).unwrap();
    let labels = [vec![0; 60], vec![1; 60]].concat();
    let held_out = Rows::new(2, [cloud(40, [0.0, 0.0]), cloud(40, [9.0, 0.0])].concat()).unwrap();
    let strange = Rows::new(2, cloud(40, [4.5, 9.0])).unwrap();
    let distance = Mahalanobis::fit(&known, &labels, 2, Shrinkage::LedoitWolf).unwrap();
    let neighbours = Neighbours::fit(&known, 5, FeatureScale::AsGiven).unwrap();
    for (calm, alarmed) in [
        (distance.scores(&held_out).unwrap(), distance.scores(&strange).unwrap()),
        (neighbours.scores(&held_out).unwrap(), neighbours.scores(&strange).unwrap()),
    ] {
        let found = UnknownFigures::measure(&calm, &alarmed).unwrap();
        assert!(found.auroc > 0.99 && found.false_positive_rate < 0.05, "{found:?}");
        let alarm = Alarm::fit(&calm, 0.05, Unit::Recording).unwrap();
        assert!(alarmed.iter().filter(|score| alarm.rings(**score)).count() >= 36);
        assert!(alarm.rings(f64::NAN) && !alarm.rings(alarm.threshold));
    }

    let answers = Rows::new(3, [[8.0, 0.0, 0.0], [0.1, 0.0, 0.0]].concat()).unwrap();
    let probabilities = Temperature::fit(&Rows::new(3, vec![1.0; 3]).unwrap(), &[0]).unwrap().apply(&answers);
    for scores in [
        least_confidence(&probabilities),
        entropy(&probabilities),
        energy(&answers, 1.0).unwrap(),
        largest_logit(&answers),
    ] {
        assert!(scores[1] > scores[0], "{scores:?}");
    }
}
