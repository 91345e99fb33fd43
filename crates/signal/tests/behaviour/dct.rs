//! The cosine transform: the reference's numbers, and its inverse.

use std::f64::consts::PI;

use brinell_signal::{Error, Sample, Scratch, fourier::Dct};
use proptest::prelude::*;

use crate::allocation::allocations_when_warm;
use crate::golden;

fn forward<T: Sample>(samples: &[T]) -> Vec<T> {
    let mut bins = vec![T::default(); samples.len()];
    Dct::new(samples.len()).unwrap().forward(samples, &mut bins, &mut Scratch::new()).unwrap();
    bins
}

fn inverse<T: Sample>(bins: &[T]) -> Vec<T> {
    let mut samples = vec![T::default(); bins.len()];
    Dct::new(bins.len()).unwrap().inverse(bins, &mut samples, &mut Scratch::new()).unwrap();
    samples
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|x| *x as f32).collect()
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

#[test]
fn cosine_transforms_equal_scipy() {
    for (name, transform, narrow_transform) in [
        ("dct2", forward::<f64> as fn(&[f64]) -> Vec<f64>, forward::<f32> as fn(&[f32]) -> Vec<f32>),
        ("idct2", inverse::<f64>, inverse::<f32>),
    ] {
        let cases = golden::cases(name);
        assert!(cases.len() >= 5);
        for case in cases {
            let input = &case.input(0)[..case.integer("n")];
            case.check("y", &transform(input));
            case.check_looser("y", &widen(&narrow_transform(&narrow(input))), 1e7);
        }
    }
}

#[test]
fn every_small_length_is_the_sum_of_cosines() {
    for n in 1..=40 {
        let samples: Vec<f64> = (0..n).map(|j| ((j * j + 3) as f64).sin()).collect();
        for (k, bin) in forward(&samples).iter().enumerate() {
            let angle = |j: usize| PI * (k * (2 * j + 1)) as f64 / (2 * n) as f64;
            let sum: f64 = samples.iter().enumerate().map(|(j, x)| 2.0 * x * angle(j).cos()).sum();
            assert!((bin - sum).abs() < 1e-13 * n as f64, "{n} {k}");
        }
    }
}

#[test]
fn cosine_transforms_refuse_no_samples_and_other_lengths() {
    assert!(matches!(Dct::<f32>::new(0), Err(Error::Parameter { .. })));
    let dct = Dct::<f32>::new(5).unwrap();
    let (mut scratch, mut five, mut four) = (Scratch::new(), [0.0; 5], [0.0; 4]);
    assert!(matches!(dct.forward(&[0.0; 4], &mut five, &mut scratch), Err(Error::Length { .. })));
    assert!(matches!(dct.forward(&[0.0; 5], &mut four, &mut scratch), Err(Error::Length { .. })));
    assert!(matches!(dct.inverse(&[0.0; 4], &mut five, &mut scratch), Err(Error::Length { .. })));
    assert!(matches!(dct.inverse(&[0.0; 5], &mut four, &mut scratch), Err(Error::Length { .. })));
}

#[test]
fn cosine_transforms_allocate_nothing_when_warm() {
    for n in [256, 255] {
        let dct = Dct::<f32>::new(n).unwrap();
        let (samples, mut bins, mut back) = (vec![1.0; n], vec![0.0; n], vec![0.0; n]);
        let mut scratch = Scratch::new();
        let count = allocations_when_warm(|| {
            dct.forward(&samples, &mut bins, &mut scratch).unwrap();
            dct.inverse(&bins, &mut back, &mut scratch).unwrap();
        });
        assert_eq!(count, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_inverse_cosine_transform_gives_the_record_back(
        samples in proptest::collection::vec(-10.0..10.0_f64, 1..300),
    ) {
        let back = inverse(&forward(&samples));
        prop_assert!(samples.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn energy_is_the_same_in_samples_and_cosines(
        samples in proptest::collection::vec(-10.0..10.0_f64, 1..600),
    ) {
        // Unscaled: every coefficient counts 1/(2N), the first one half of that.
        let share = |k: usize| if k == 0 { 0.5 } else { 1.0 } / (2 * samples.len()) as f64;
        let energy = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
        let here = energy(&samples);
        let there: f64 = forward(&samples).iter().enumerate().map(|(k, x)| share(k) * x * x).sum();
        prop_assert!((there - here).abs() <= 1e-13 * here);
        let there: f64 = forward(&narrow(&samples)).iter().enumerate().map(|(k, x)| share(k) * f64::from(x * x)).sum();
        prop_assert!((there - here).abs() <= 1e-5 * here);
    }
}
