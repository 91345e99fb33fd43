//! Deconvolution to a train of impulses, and what it finds in noise.

use super::{RATE, impacts, noise};
use crate::golden;

use brinell_signal::{
    Hertz, Scratch,
    separation::{MomedaNull, MomedaParams},
};

#[test]
fn momeda_equals_the_reference() {
    let cases = golden::cases("momeda");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = &case.input(0)[..case.integer("n")];
        let plan =
            MomedaParams { filter_length: case.integer("L") }.plan::<f64>(RATE, samples.len()).unwrap();
        let frequency = Hertz(RATE.0 / case.number("T"));
        let result = plan.deconvolve(samples, frequency).unwrap();
        case.check("f", &result.filter);
        case.check("y", &result.output);
        case.check("mkurt", &[result.criterion]);
        let mut scanned = [0.0];
        plan.scan(samples, &[frequency], &mut scanned, &mut Scratch::new()).unwrap();
        case.check("mkurt", &scanned);
    }
}

#[test]
fn momeda_tells_the_period_of_a_train_from_control_periods() {
    let samples = impacts(2048, 74.0, 0.0, 0.4, 8);
    let plan = MomedaParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let right = plan.null(&samples, Hertz(RATE.0 / 74.0), &MomedaNull::default()).unwrap();
    assert!((right.p_value - 0.005).abs() < 1e-9, "{} {:?}", right.criterion, right.quantile(1.0));
    // Not a multiple nor a simple fraction of the train's frequency.
    let wrong = plan.null(&samples, Hertz(RATE.0 / 61.0), &MomedaNull::default()).unwrap();
    assert!(wrong.p_value > 0.05, "{}", wrong.p_value);
}

#[test]
fn momeda_finds_something_at_any_period_of_noise_as_large_as_stated() {
    let mut p_values = Vec::new();
    for seed in 0..8 {
        let samples = noise(2048, 200 + seed);
        let plan = MomedaParams::default().plan::<f64>(RATE, samples.len()).unwrap();
        let frequencies: Vec<Hertz> = (60..100).map(|period| Hertz(RATE.0 / f64::from(period))).collect();
        let mut criteria = vec![0.0; frequencies.len()];
        plan.scan(&samples, &frequencies, &mut criteria, &mut Scratch::new()).unwrap();
        let mean = criteria.iter().sum::<f64>() / criteria.len() as f64;
        assert!((mean - plan.chance_criterion()).abs() < 0.03, "{mean} {}", plan.chance_criterion());
        let null = MomedaNull { controls: 99, seed, ..MomedaNull::default() };
        p_values.push(plan.null(&samples, Hertz(162.0), &null).unwrap().p_value);
    }
    assert!(p_values.iter().filter(|p| **p <= 0.05).count() <= 2, "{p_values:?}");
    assert!((0.15..0.85).contains(&(p_values.iter().sum::<f64>() / 8.0)), "{p_values:?}");
}

#[test]
fn the_criterion_without_an_output_is_that_of_the_output() {
    let samples = impacts(3000, 120.0, 0.0, 0.3, 2);
    let plan = MomedaParams { filter_length: 300 }.plan::<f64>(RATE, 3000).unwrap();
    let result = plan.deconvolve(&samples, Hertz(100.0)).unwrap();
    let train: f64 = result.output.iter().step_by(120).sum();
    let pulses = result.output.len().div_ceil(120) as f64;
    let norm = result.output.iter().map(|y| y * y).sum::<f64>().sqrt();
    assert!((train / pulses.sqrt() / norm - result.criterion).abs() < 1e-9);
}
