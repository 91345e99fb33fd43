//! The real cepstrum, prewhitening by it, and the removal of a comb from it.

use super::{RATE, kurtosis, narrow, noise, prewhiten, real_cepstrum, widen};
use crate::golden;

use brinell_signal::{
    Hertz, Scratch,
    envelope::squared_envelope_spectrum,
    fourier::{CepstralComb, CepstrumLifterParams},
    generator,
    separation::{CepstrumPrewhitenParams, RecordEnds},
};
use num_complex::Complex;
use proptest::prelude::*;
use rand::RngExt;

#[test]
fn real_cepstra_equal_the_reference() {
    let cases = golden::cases("real_cepstrum");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let samples = case.input(0);
        case.check("c", &real_cepstrum(&samples));
        case.check_looser("c", &widen(&real_cepstrum(&narrow(&samples))), 1e5);
    }
}

#[test]
fn cepstrum_prewhitening_equals_the_reference() {
    let cases = golden::cases("cepstrum_prewhiten");
    assert!(cases.len() >= 5);
    for case in cases {
        let white = prewhiten(&case.input(0), RecordEnds::AsIs);
        case.check("y", &white);
        case.check("ses", &squared_envelope_spectrum(&white).unwrap());
    }
}

#[test]
fn single_precision_prewhitens_as_double_precision_does() {
    let samples = golden::input("simfault4096");
    let wide = prewhiten(&samples, RecordEnds::AsIs);
    for (a, b) in prewhiten(&narrow(&samples), RecordEnds::AsIs).iter().zip(&wide) {
        assert!((f64::from(*a) - b).abs() < 2e-5);
    }
}

#[test]
fn a_record_that_does_not_close_no_longer_gains_an_impulse_at_its_ends() {
    let n = 16_384;
    let random = noise(n, 4);
    let slope: Vec<f64> = random.iter().enumerate().map(|(i, x)| x + 50.0 * i as f64 / n as f64).collect();
    let slow: Vec<f64> = random
        .iter()
        .enumerate()
        .map(|(i, x)| x + 50.0 * (std::f64::consts::TAU * 3.3 * i as f64 / n as f64).sin())
        .collect();
    for samples in [&slope, &slow] {
        let bare = kurtosis(&prewhiten(samples, RecordEnds::AsIs));
        let handled = kurtosis(&prewhiten(samples, CepstrumPrewhitenParams::default().ends));
        assert!(bare > 10.0 && handled < 3.6, "{bare} {handled}");
    }
}

#[test]
fn removing_the_comb_of_a_shaft_removes_its_harmonics_and_keeps_the_noise() {
    // 40 samples a turn, 100 turns: harmonic h stands on line 100 h.
    let n = 4000;
    let tone = |i: usize, h: usize| (std::f64::consts::TAU * (h * i) as f64 / 40.0 + h as f64).cos();
    let samples: Vec<f64> = noise(n, 5)
        .iter()
        .enumerate()
        .map(|(i, x)| x + 3.0 * (1..15).map(|h| tone(i, h)).sum::<f64>())
        .collect();
    let mut params = CepstrumLifterParams::new(Hertz(RATE.0 / 40.0));
    let run = |params: &CepstrumLifterParams| {
        let mut output = vec![0.0; n];
        params.plan(RATE, n).unwrap().process(&samples, &mut output, &mut Scratch::new()).unwrap();
        output
    };
    let line = |x: &[f64], k: usize| {
        let turn = |i: usize| std::f64::consts::TAU * (k * i % n) as f64 / n as f64;
        let sum: Complex<f64> = x.iter().enumerate().map(|(i, x)| Complex::cis(turn(i)) * *x).sum();
        2.0 * sum.norm() / n as f64
    };
    let removed = run(&params);
    assert!(line(&samples, 500) > 2.8 && line(&removed, 500) < 0.3, "{}", line(&removed, 500));
    params.comb = CepstralComb::Keep;
    let kept = run(&params);
    assert!(line(&kept, 500) / line(&kept, 550) > 20.0);
}

#[test]
fn a_comb_that_meets_nothing_changes_nothing() {
    // The cepstrum of an impulse is 0 but at quefrency 0.
    let mut samples = vec![0.0; 200];
    samples[17] = 2.0;
    let params = CepstrumLifterParams::new(Hertz(RATE.0 / 20.0));
    let mut output = vec![0.0f64; 200];
    params.plan(RATE, 200).unwrap().process(&samples, &mut output, &mut Scratch::new()).unwrap();
    assert!(output.iter().zip(&samples).all(|(a, b)| (a - b).abs() < 1e-12));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_bin_of_a_prewhitened_record_has_the_same_magnitude(
        samples in prop::collection::vec(-1.0..1.0f64, 3..200),
    ) {
        let n = samples.len();
        let white = prewhiten(&samples, RecordEnds::AsIs);
        prop_assert!((white.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-9);
        // A second time changes nothing.
        for (a, b) in prewhiten(&white, RecordEnds::AsIs).iter().zip(&white) {
            prop_assert!((a - b).abs() < 1e-9, "{n}");
        }
    }

    #[test]
    fn a_cepstrum_is_even_and_adds_when_records_are_convolved(seed in 0u64..1000, n in 4usize..90) {
        let mut random = generator(seed, "records");
        let mut draw = || (0..n).map(|_| random.random_range(-1.0..1.0)).collect::<Vec<f64>>();
        let (x, y) = (draw(), draw());
        let both: Vec<f64> = (0..n).map(|i| (0..n).map(|j| x[j] * y[(n + i - j) % n]).sum()).collect();
        let (a, b, c) = (real_cepstrum(&x), real_cepstrum(&y), real_cepstrum(&both));
        for i in 0..n {
            prop_assert!((a[i] + b[i] - c[i]).abs() < 1e-6);
            prop_assert!((a[i] - a[(n - i) % n]).abs() < 1e-12);
        }
    }
}
