//! Fourier transforms: NumPy's numbers, and the identities they have to keep.
#![allow(clippy::unwrap_used)]

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::{
    Error, Hertz, Scratch,
    fourier::{
        AmplitudeSpectrumParams, AutocorrelationParams, Average, ComplexFft, MedianWindow, RealFft,
        WelchParams, median_filter, running_median,
    },
};
use num_complex::{Complex, Complex64};
use proptest::prelude::*;

fn real_forward(samples: &[f64]) -> Vec<Complex64> {
    let fft = RealFft::new(samples.len()).unwrap();
    let mut bins = vec![Complex::default(); fft.bins()];
    fft.forward(samples, &mut bins, &mut Scratch::new()).unwrap();
    bins
}

fn complex_forward(values: &[Complex64]) -> Vec<Complex64> {
    let mut bins = values.to_vec();
    ComplexFft::new(values.len()).unwrap().forward(&mut bins, &mut Scratch::new()).unwrap();
    bins
}

#[test]
fn complex_transforms_equal_scipy_and_come_back() {
    let cases = golden::cases("fft");
    assert_eq!(cases.len(), 16);
    let mut scratch = Scratch::new();
    for case in cases {
        let input = case.complex_input(0)[..case.integer("n")].to_vec();
        let mut values = complex_forward(&input);
        case.check_complex("y", &values);
        ComplexFft::new(values.len()).unwrap().inverse(&mut values, &mut scratch).unwrap();
        assert!(values.iter().zip(&input).all(|(a, b)| (a - b).norm() < 1e-13), "{}", case.id);
    }
}

#[test]
fn real_transforms_equal_scipy() {
    let cases = golden::cases("rfft");
    assert_eq!(cases.len(), 9);
    for case in cases {
        case.check_complex("y", &real_forward(&case.input(0)[..case.integer("n")]));
    }
}

#[test]
fn inverse_real_transforms_equal_scipy() {
    let cases = golden::cases("irfft");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let n = case.integer("n");
        let bins = real_forward(&case.input(0)[..n]);
        let mut back = vec![0.0; n];
        RealFft::new(n).unwrap().inverse(&bins, &mut back, &mut Scratch::new()).unwrap();
        case.check("y", &back);
    }
}

#[test]
fn single_precision_is_within_1e_5_of_the_norm() {
    for n in [16, 255, 1009, 4096] {
        let samples: Vec<f64> =
            golden::input("noise4096")[..n].iter().map(|x| f64::from(*x as f32)).collect();
        let narrow: Vec<f32> = samples.iter().map(|x| *x as f32).collect();
        let fft = RealFft::<f32>::new(n).unwrap();
        let mut bins = vec![Complex::default(); fft.bins()];
        fft.forward(&narrow, &mut bins, &mut Scratch::new()).unwrap();
        let want = real_forward(&samples);
        let norm = want.iter().map(Complex::norm_sqr).sum::<f64>().sqrt();
        for (got, want) in bins.iter().zip(&want) {
            let off = f64::hypot(f64::from(got.re) - want.re, f64::from(got.im) - want.im);
            assert!(off < 1e-5 * norm, "length {n}: {off:e} of {norm}");
        }
    }
}

#[test]
fn wrong_lengths_are_errors_that_say_both_lengths() {
    assert!(RealFft::<f32>::new(0).is_err() && ComplexFft::<f64>::new(0).is_err());
    assert!(RealFft::<f32>::new(usize::MAX).is_err());
    let fft = RealFft::<f64>::new(8).unwrap();
    let mut bins = vec![Complex::default(); 5];
    let error = fft.forward(&[0.0; 7], &mut bins, &mut Scratch::new()).unwrap_err();
    assert!(matches!(error, Error::Length { expected: 8, got: 7, .. }), "{error}");
    let error = fft.forward(&[0.0; 8], &mut bins[..4], &mut Scratch::new()).unwrap_err();
    assert!(matches!(error, Error::Length { expected: 5, got: 4, .. }), "{error}");
    let error = fft.inverse(&bins, &mut [0.0; 9], &mut Scratch::new()).unwrap_err();
    assert!(matches!(error, Error::Length { expected: 8, got: 9, .. }), "{error}");
}

#[test]
fn nothing_is_allocated_when_warm() {
    for len in [1, 2, 3, 4, 130, 131, 1024] {
        let (real, complex) = (RealFft::<f32>::new(len).unwrap(), ComplexFft::<f32>::new(len).unwrap());
        let correlation = AutocorrelationParams::default().plan::<f32>(Hertz(1.0), len).unwrap();
        let amplitude = AmplitudeSpectrumParams::default().plan::<f32>(Hertz(1.0), len).unwrap();
        let welch = WelchParams { length: 60, average: Average::Median, ..WelchParams::default() };
        let welch = welch.plan::<f32>(Hertz(1.0), len).unwrap();
        let (mut samples, mut lags) = (vec![1.0; len], vec![0.0; len]);
        let (mut bins, mut values) = (vec![Complex::default(); real.bins()], vec![Complex::default(); len]);
        let (mut lines, mut power) = (vec![0.0; real.bins()], vec![0.0; welch.spectrum_len()]);
        let (mut scratch, mut window) = (Scratch::new(), MedianWindow::default());
        let counted = allocations_when_warm(|| {
            real.forward(&samples, &mut bins, &mut scratch).unwrap();
            real.inverse(&bins, &mut samples, &mut scratch).unwrap();
            complex.forward(&mut values, &mut scratch).unwrap();
            complex.inverse(&mut values, &mut scratch).unwrap();
            correlation.process(&samples, &mut lags, &mut scratch).unwrap();
            amplitude.process(&samples, &mut lines, &mut scratch).unwrap();
            welch.process(&samples, &mut power, &mut scratch).unwrap();
            running_median(&samples, 7, &mut lags, &mut window).unwrap();
            median_filter(&samples, 7, &mut lags, &mut window).unwrap();
        });
        assert_eq!(counted, 0, "{len}");
    }
}

fn records() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-10.0..10.0_f64, 1..300)
}

proptest! {
    #[test]
    fn energy_is_the_same_in_time_and_frequency(samples in records()) {
        let n = samples.len();
        let doubled = |k: usize| if k == 0 || 2 * k == n { 1.0 } else { 2.0 };
        let bins = real_forward(&samples);
        let there: f64 = bins.iter().enumerate().map(|(k, b)| doubled(k) * b.norm_sqr()).sum::<f64>() / n as f64;
        let here: f64 = samples.iter().map(|x| x * x).sum();
        prop_assert!((there - here).abs() <= 1e-12 * (1.0 + here));
    }

    #[test]
    fn transforms_are_linear(samples in records(), a in -3.0..3.0_f64) {
        let other: Vec<f64> = samples.iter().rev().map(|x| x * x - 5.0).collect();
        let sum: Vec<f64> = samples.iter().zip(&other).map(|(x, y)| a * x + y).collect();
        let (x, y, sum) = (real_forward(&samples), real_forward(&other), real_forward(&sum));
        for k in 0..sum.len() {
            prop_assert!((x[k] * a + y[k] - sum[k]).norm() < 1e-9);
        }
    }

    #[test]
    fn a_rotation_in_time_is_a_turn_of_phase(samples in records(), by in 0usize..300) {
        let n = samples.len();
        let mut turned = samples.clone();
        turned.rotate_left(by % n);
        let (x, y) = (real_forward(&samples), real_forward(&turned));
        for k in 0..x.len() {
            let phase = std::f64::consts::TAU * ((k * (by % n)) % n) as f64 / n as f64;
            prop_assert!((x[k] * Complex64::from_polar(1.0, phase) - y[k]).norm() < 1e-9);
        }
    }

    #[test]
    fn the_real_transform_is_half_of_the_complex_one(samples in records()) {
        let values: Vec<_> = samples.iter().map(|x| Complex64::from(*x)).collect();
        for (a, b) in real_forward(&samples).iter().zip(complex_forward(&values)) {
            prop_assert!((a - b).norm() < 1e-9);
        }
    }

    #[test]
    fn the_inverse_gives_the_record_back(samples in records()) {
        let mut back = vec![0.0; samples.len()];
        let bins = real_forward(&samples);
        RealFft::new(samples.len()).unwrap().inverse(&bins, &mut back, &mut Scratch::new()).unwrap();
        prop_assert!(samples.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-11));
    }
}
