//! What holds for figures of any scores.
#![allow(clippy::unwrap_used)]

use brinell_learn::metrics::{
    BearingRatio, Interval, MacroAuroc, Predictions, Probabilities, Reliability, RiskCoverage, Rows,
    RunFigure, auroc, brier, log_loss, vote,
};
use brinell_signal::generator;
use proptest::prelude::*;
use rand::RngExt;

/// Scores on a coarse grid, so that ties are common, with their truth.
fn tied_scores() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    prop::collection::vec((-8..8_i32, any::<bool>()), 1..60)
        .prop_map(|pairs| pairs.into_iter().map(|(score, truth)| (f64::from(score) / 4.0, truth)).unzip())
}

/// Rows of three probabilities from counts, with labels.
fn any_predictions() -> impl Strategy<Value = Predictions> {
    prop::collection::vec(((0..5_u32, 0..5_u32, 1..5_u32), 0..3_u32), 1..50).prop_map(|rows| {
        let values = rows.iter().flat_map(|((a, b, c), _)| {
            let sum = f64::from(a + b + c);
            [f64::from(*a) / sum, f64::from(*b) / sum, f64::from(*c) / sum]
        });
        let probabilities = Probabilities::new(Rows::new(3, values.collect()).unwrap()).unwrap();
        Predictions::new(probabilities, rows.iter().map(|(_, label)| *label).collect()).unwrap()
    })
}

fn turned(predictions: &Predictions) -> Predictions {
    let rows: Vec<&[f64]> = predictions.probabilities().rows().iter().collect();
    let values = rows.iter().rev().flat_map(|row| row.iter().copied()).collect();
    let probabilities = Probabilities::new(Rows::new(predictions.classes(), values).unwrap()).unwrap();
    Predictions::new(probabilities, predictions.labels().iter().rev().copied().collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_area_under_the_roc_curve_is_the_share_of_pairs_in_order((scores, truth) in tied_scores()) {
        let (mut won, mut pairs) = (0.0, 0.0);
        for (high, _) in scores.iter().zip(&truth).filter(|(_, is)| **is) {
            for (low, _) in scores.iter().zip(&truth).filter(|(_, is)| !**is) {
                pairs += 1.0;
                won += if high > low { 1.0 } else if high == low { 0.5 } else { 0.0 };
            }
        }
        prop_assert_eq!(auroc(&scores, &truth).unwrap(), (pairs > 0.0).then(|| won / pairs));
    }

    #[test]
    fn a_rising_map_of_the_scores_leaves_the_area_as_it_is((scores, truth) in tied_scores()) {
        let area = auroc(&scores, &truth).unwrap();
        for map in [|x: f64| x.exp(), |x: f64| x.powi(3) + 7.0, |x: f64| x.atan() * 1e-3] {
            let mapped: Vec<f64> = scores.iter().map(|score| map(*score)).collect();
            prop_assert_eq!(auroc(&mapped, &truth).unwrap(), area);
        }
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        let other = auroc(&turned, &truth).unwrap();
        prop_assert!(area.zip(other).is_none_or(|(one, other)| (one + other - 1.0).abs() < 1e-12));
    }

    #[test]
    fn figures_stay_in_their_range_and_do_not_depend_on_the_order_of_examples(one in any_predictions()) {
        let other = turned(&one);
        let (areas, others) = (
            MacroAuroc::one_vs_rest(&one, &[0, 1, 2]).unwrap(),
            MacroAuroc::one_vs_rest(&other, &[0, 1, 2]).unwrap(),
        );
        prop_assert_eq!(&areas, &others);
        prop_assert_eq!(areas.undefined + areas.of_label.iter().flatten().count(), 3);
        let figures = |predictions: &Predictions| {
            let reliability = Reliability::of(predictions);
            let risk = RiskCoverage::of(predictions);
            [
                (reliability.ece, 1.0), (reliability.mce, 1.0), (risk.aurc, 1.0), (risk.coverage_at(0.05), 1.0),
                (brier(predictions), 2.0), (log_loss(predictions), 36.1), (predictions.metrics().macro_f1, 1.0),
            ]
        };
        for ((figure, most), (again, _)) in figures(&one).into_iter().zip(figures(&other)) {
            prop_assert!((0.0..=most).contains(&figure), "{}", figure);
            prop_assert!((figure - again).abs() < 1e-12, "{} and {}", figure, again);
        }
        prop_assert!(Reliability::of(&one).ece <= Reliability::of(&one).mce + 1e-15);
    }

    #[test]
    fn the_last_point_of_the_risk_curve_is_the_error_of_all_answers(given in any_predictions()) {
        let risk = RiskCoverage::of(&given);
        let last = risk.curve.last().unwrap();
        prop_assert_eq!(last.coverage, 1.0);
        prop_assert!((last.risk - (1.0 - given.metrics().accuracy)).abs() < 1e-12);
        prop_assert!(risk.curve.windows(2).all(|pair| pair[0].confidence > pair[1].confidence));
        prop_assert_eq!(risk.coverage_at(1.0), 1.0);
    }

    #[test]
    fn groups_of_one_vote_for_themselves_and_one_group_for_the_mean(given in any_predictions()) {
        let names: Vec<usize> = (0..given.count()).collect();
        let (keys, alone) = vote(&names, &given).unwrap();
        prop_assert_eq!(&keys, &names);
        prop_assert_eq!(&alone, &given);
        let one_label = Predictions::new(given.probabilities().clone(), vec![1; given.count()]).unwrap();
        let (_, together) = vote(&vec!["same"; given.count()], &one_label).unwrap();
        for class in 0..3 {
            let column = given.probabilities().rows().iter().map(|row| row[class]).sum::<f64>();
            let mean = column / given.count() as f64;
            prop_assert!((together.probabilities().rows().values()[class] - mean).abs() < 1e-12);
        }
    }
}

#[test]
fn the_calibration_error_of_truths_drawn_by_their_own_probabilities_is_small() {
    let mut draw = generator(7, "calibrated");
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..60_000 {
        let p: f64 = draw.random();
        values.extend([p, 1.0 - p]);
        labels.push(u32::from(draw.random::<f64>() >= p));
    }
    let honest =
        Predictions::new(Probabilities::new(Rows::new(2, values.clone()).unwrap()).unwrap(), labels.clone())
            .unwrap();
    // about eight bins of 7500 draws: the spread of a share is at most 0.006
    assert!(Reliability::of(&honest).ece < 0.01, "{}", Reliability::of(&honest).ece);

    let sure: Vec<f64> = values.iter().map(|p| f64::from(u8::from(*p >= 0.5))).collect();
    let proud = Predictions::new(Probabilities::new(Rows::new(2, sure).unwrap()).unwrap(), labels).unwrap();
    assert!((Reliability::of(&proud).ece - 0.25).abs() < 0.01, "right three times in four, sure each time");
    assert!(brier(&honest) < brier(&proud) && log_loss(&honest) < log_loss(&proud));
}

#[test]
fn a_tie_between_windows_goes_to_the_lowest_class() {
    let rows = Rows::new(3, vec![0.0, 0.25, 0.75, 0.0, 0.75, 0.25]).unwrap();
    let windows = Predictions::new(Probabilities::new(rows).unwrap(), vec![1, 1]).unwrap();
    let (_, recordings) = vote(&["105.mat DE"; 2], &windows).unwrap();
    assert_eq!(recordings.probabilities().guesses(), [1]);
    assert_eq!(recordings.metrics().accuracy, 1.0);
}

#[test]
fn the_interval_of_a_hundred_splits_with_half_as_many_test_bearings_is_1_417_deviations_wide() {
    // half of the splits at 0, half at 1: the sample deviation is 0.5 sqrt(100/99)
    let names: Vec<String> = (0..100).map(|split| format!("{split:03}")).collect();
    let runs: Vec<RunFigure<'_>> = names
        .iter()
        .enumerate()
        .map(|(at, split)| RunFigure { split, seed: 0, value: (at % 2) as f64 })
        .collect();
    let found = Interval::over_splits(&runs, BearingRatio { test: 6, train: 12 }, 0.95).unwrap();
    let deviations = (found.high - found.mean) / (0.5 * (100.0_f64 / 99.0).sqrt());
    assert!((deviations - 1.417).abs() < 5e-4, "{deviations}");
    assert_eq!(found.mean, 0.5);
}

#[test]
fn pairs_tell_models_apart_that_differ_little_in_every_split() {
    // splits differ by far more than the models do
    const SPLITS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let runs = |gain: f64| -> Vec<RunFigure<'_>> {
        let of_split = |(at, split): (usize, &'static str)| {
            let value = 0.5 + 0.02 * at as f64 + gain * (1.0 + 0.1 * (at % 3) as f64);
            [(0, 0.01), (1, -0.01)].map(|(seed, noise)| RunFigure { split, seed, value: value + noise })
        };
        SPLITS.into_iter().enumerate().flat_map(of_split).collect()
    };
    let (plain, better) = (runs(0.0), runs(0.01));
    let bearings = BearingRatio { test: 1, train: 2 };
    let paired = Interval::paired(&better, &plain, bearings, 0.95).unwrap();
    assert!(paired.low > 0.0, "{paired:?}");
    let alone = Interval::over_splits(&better, bearings, 0.95).unwrap();
    let other = Interval::over_splits(&plain, bearings, 0.95).unwrap();
    assert!(alone.low < other.mean, "unpaired they cannot be told apart");
    let turned = Interval::paired(&plain, &better, bearings, 0.95).unwrap();
    assert!((turned.low + paired.high).abs() < 1e-12);
}
