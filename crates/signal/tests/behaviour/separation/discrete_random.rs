//! The separation of what repeats from what does not.

use super::{RATE, impacts, kurtosis, narrow, noise, power};
use crate::golden;

use brinell_signal::{Hertz, Scratch, separation::DiscreteRandomParams};
use num_complex::Complex;
use proptest::prelude::*;

#[test]
fn transfer_functions_of_the_separation_equal_the_reference() {
    let cases = golden::cases("drs_transfer");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = case.input(0);
        let params = DiscreteRandomParams {
            window_length: case.integer("Nw"),
            delay: Some(case.integer("delay")),
            ..DiscreteRandomParams::default()
        };
        let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
        let mut transfer = vec![Complex::default(); plan.bins()];
        plan.transfer(&samples, &mut transfer, &mut Scratch::new()).unwrap();
        case.check_complex("H", &transfer);
    }
}

#[test]
fn tones_and_random_impacts_come_apart() {
    let n = 40_000;
    let tones: Vec<f64> = (0..n)
        .map(|i| {
            let turn = std::f64::consts::TAU * 29.95 * i as f64 / RATE.0;
            turn.cos() + 0.7 * (7.0 * turn + 1.0).cos() + 0.5 * (23.0 * turn).sin()
        })
        .collect();
    let rest = impacts(n, 74.0, 0.02, 0.3, 6);
    let samples: Vec<f64> = tones.iter().zip(&rest).map(|(a, b)| a + b).collect();
    let params = DiscreteRandomParams::for_shaft(RATE, Hertz(29.95)).unwrap();
    assert_eq!((params.window_length, params.delay), (4032, None));
    for delay in [None, Some(5000)] {
        let params = DiscreteRandomParams { delay, ..params };
        let plan = params.plan::<f64>(RATE, n).unwrap();
        let (mut deterministic, mut random) = (vec![0.0; n], vec![0.0; n]);
        plan.process(&samples, &mut deterministic, &mut random, &mut Scratch::new()).unwrap();
        let error: Vec<f64> = deterministic.iter().zip(&tones).map(|(a, b)| a - b).collect();
        assert!(power(&error) < 0.06 * power(&rest), "{delay:?} {}", power(&error) / power(&rest));
        let range = |x: &[f64], from: usize| power(&x[from..from + 500]);
        assert!(range(&error, 0) < 0.3 * power(&rest) && range(&error, n - 500) < 0.3 * power(&rest));
        assert!(kurtosis(&random) > 0.9 * kurtosis(&rest) && kurtosis(&samples) < 3.0);
        let single = params.plan::<f32>(RATE, n).unwrap();
        let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
        single.process(&narrow(&samples), &mut a, &mut b, &mut Scratch::new()).unwrap();
        assert!(a.iter().zip(&deterministic).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4));
    }
}

#[test]
fn noise_alone_leaks_into_the_deterministic_part_as_stated() {
    let samples = noise(40_000, 9);
    let params = DiscreteRandomParams { window_length: 1000, ..DiscreteRandomParams::default() };
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let (mut deterministic, mut random) = (vec![0.0; 40_000], vec![0.0; 40_000]);
    plan.process(&samples, &mut deterministic, &mut random, &mut Scratch::new()).unwrap();
    let share = power(&deterministic) / power(&samples) * plan.frames() as f64;
    assert!((0.2..1.2).contains(&share), "{share}");
    let mut transfer = vec![Complex::default(); plan.bins()];
    plan.transfer(&samples, &mut transfer, &mut Scratch::new()).unwrap();
    let chance = transfer.iter().map(|h| h.norm_sqr()).sum::<f64>() / plan.bins() as f64;
    assert!((0.6..1.6).contains(&(chance * plan.frames() as f64)), "{chance}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_two_parts_of_a_separation_sum_to_the_record(
        length in 4usize..40, extra in 0usize..30, seed in 0u64..1000, level in -20i32..20,
    ) {
        let delay = length / 2 + extra;
        let n = 2 * delay + length + seed as usize % 100;
        let samples: Vec<f64> = noise(n, seed).iter().map(|x| x * 10f64.powi(level)).collect();
        let params = DiscreteRandomParams { window_length: length, delay: Some(delay), ..Default::default() };
        let plan = params.plan::<f64>(RATE, n).unwrap();
        let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
        plan.process(&samples, &mut a, &mut b, &mut Scratch::new()).unwrap();
        let largest = samples.iter().fold(0f64, |m, x| m.max(x.abs()));
        for ((a, b), x) in a.iter().zip(&b).zip(&samples) {
            prop_assert!((a + b - x).abs() <= 1e-14 * (a.abs() + largest));
        }
    }
}
