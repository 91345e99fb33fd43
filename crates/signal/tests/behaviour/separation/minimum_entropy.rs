//! Deconvolution to the highest kurtosis, and what it finds in noise.

use super::{RATE, impacts, kurtosis, noise};
use crate::golden;

use brinell_signal::separation::{MinimumEntropyParams, SurrogateNull};

#[test]
fn minimum_entropy_deconvolution_equals_the_reference() {
    let cases = golden::cases("med_wiggins");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = &case.input(0)[..case.integer("n")];
        let params = MinimumEntropyParams {
            filter_length: case.integer("L"),
            iterations: case.integer("iterations"),
            tolerance: 0.0,
        };
        let result = params.plan(RATE, samples.len()).unwrap().deconvolve(samples).unwrap();
        let want = case.want("y");
        let same: f64 = want.iter().zip(&result.output).map(|(a, b)| a * b).sum();
        let signed = |values: &[f64]| values.iter().map(|v| v * same.signum()).collect::<Vec<_>>();
        case.check("f", &signed(&result.filter));
        case.check("y", &signed(&result.output));
        case.check("kurt", &result.kurtosis);
        assert!(result.output.iter().fold(0f64, |a, y| if y.abs() > a.abs() { *y } else { a }) > 0.0);
    }
}

#[test]
fn minimum_entropy_sharpens_ringing_impacts() {
    let samples = impacts(2048, 150.0, 0.0, 0.1, 4);
    let plan = MinimumEntropyParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let result = plan.deconvolve(&samples).unwrap();
    assert!(result.run.kurtosis > 2.0 * kurtosis(&samples), "{:?} {}", result.run, kurtosis(&samples));
    assert!((kurtosis(&result.output) - result.run.kurtosis).abs() < 1e-9);
    assert!((result.filter.iter().map(|f| f * f).sum::<f64>() - 1.0).abs() < 1e-12);
    let null = plan.null(&samples, &SurrogateNull { surrogates: 39, seed: 1 }).unwrap();
    assert!((null.p_value - 0.025).abs() < 1e-12, "{null:?}");
    assert_eq!(null.criterion, result.run.kurtosis);
}

#[test]
fn minimum_entropy_finds_impulses_in_noise_and_its_null_says_that_it_is_chance() {
    let mut found = Vec::new();
    for seed in 0..6 {
        let samples = noise(2048, 100 + seed);
        let plan = MinimumEntropyParams::default().plan::<f64>(RATE, samples.len()).unwrap();
        let null = plan.null(&samples, &SurrogateNull { surrogates: 39, seed }).unwrap();
        assert!(null.criterion > 3.2);
        found.push(null.p_value);
    }
    assert!(found.iter().filter(|p| **p <= 0.05).count() <= 1, "{found:?}");
    assert!(found.iter().sum::<f64>() / 6.0 > 0.2, "{found:?}");
}
