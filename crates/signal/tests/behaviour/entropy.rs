//! Entropies and energies: the reference's numbers, plain counting, and what cannot exist.
#![allow(clippy::unwrap_used)]

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::Scratch;
use brinell_signal::quantity::{
    EnvelopeEntropyPlan, PermutationEntropyParams, SampleEntropyParams, envelope_entropy,
    permutation_entropy, sample_entropy, teager_kaiser, teager_kaiser_into,
};
use proptest::prelude::*;

#[test]
fn entropies_equal_the_reference() {
    let cases = golden::cases("entropies");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let record = &case.input(0)[..case.integer("n")];
        let got = [
            sample_entropy(record).unwrap().unwrap(),
            permutation_entropy(record).unwrap().unwrap(),
            envelope_entropy(record).unwrap().unwrap(),
        ];
        for (got, want) in got.iter().zip(case.want("v")) {
            // Each by itself: they differ in size.
            assert!((got - want).abs() <= 1e-12 + 1e-11 * want, "{}: {got} {want}", case.id);
        }
        case.check("v", &got);
        let narrow: Vec<f32> = record.iter().map(|x| *x as f32).collect();
        let got = [
            sample_entropy(&narrow).unwrap().unwrap(),
            permutation_entropy(&narrow).unwrap().unwrap(),
            envelope_entropy(&narrow).unwrap().unwrap(),
        ];
        for (got, want) in got.iter().zip(case.want("v")) {
            assert!((got - want).abs() <= 2e-3 * want, "{} in f32: {got} {want}", case.id);
        }
    }
}

#[test]
fn teager_kaiser_energy_equals_the_reference() {
    let cases = golden::cases("teager_kaiser");
    assert_eq!(cases.len(), 1);
    for case in cases {
        case.check("y", &teager_kaiser(&case.input(0)).unwrap());
    }
}

/// The definition, pair by pair.
fn counted(x: &[f64], m: usize, tolerance: f64) -> Option<f64> {
    let n = x.len();
    let mean = x.iter().sum::<f64>() / n as f64;
    let r = tolerance * (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let (mut b, mut a) = (0_u64, 0_u64);
    for i in 0..n.saturating_sub(m) {
        for j in i + 1..n - m {
            let near = |length: usize| (0..length).all(|k| (x[i + k] - x[j + k]).abs() <= r);
            b += u64::from(near(m));
            a += u64::from(near(m + 1));
        }
    }
    (a > 0).then(|| -(a as f64 / b as f64).ln())
}

#[test]
fn long_records_are_counted_in_wider_ranks() {
    // More stretches than 16 bits can rank; nearly all pairs are too far apart to be looked at.
    let mut state = 1_u64;
    let record: Vec<f64> = (0..70_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64
        })
        .collect();
    let params = SampleEntropyParams { dimension: 1, tolerance: 2e-3 };
    let entropy = params.plan(record.len()).unwrap().process(&record, &mut Scratch::new()).unwrap().unwrap();
    // Uniform: the share of partners within r is 2r/range = 4e-3·sqrt(1/12).
    let expected = -(4e-3 / 12_f64.sqrt()).ln();
    assert!((entropy - expected).abs() < 0.1, "{entropy} {expected}");
}

#[test]
fn entropies_of_records_that_have_none_are_none() {
    for length in [1, 2, 3, 4, 7, 300] {
        for constant in [0.0, 2.5, -0.1, 1e30] {
            let record = vec![constant; length];
            assert_eq!(sample_entropy(&record).unwrap(), None);
            let pattern = permutation_entropy(&record).unwrap();
            assert_eq!(pattern, (length >= 3).then_some(0.0));
            let envelope = envelope_entropy(&record).unwrap();
            assert_eq!(envelope.is_some(), constant != 0.0);
            assert!(envelope.is_none_or(|e| (e - (length as f64).ln()).abs() < 1e-9));
            assert!(teager_kaiser(&record).unwrap().iter().all(|y| *y == 0.0));
            let narrow = vec![constant as f32; length];
            assert_eq!(sample_entropy(&narrow).unwrap(), None);
            assert!(teager_kaiser(&narrow).unwrap().iter().all(|y| *y == 0.0));
            assert!(envelope_entropy(&narrow).unwrap().is_none_or(f64::is_finite));
        }
    }
    assert!(sample_entropy::<f64>(&[]).is_err() && envelope_entropy::<f32>(&[]).is_err());
}

#[test]
fn samples_that_are_not_finite_are_refused_by_place() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut record = vec![1.0; 50];
        record[17] = bad;
        for error in [
            sample_entropy(&record).unwrap_err(),
            permutation_entropy(&record).unwrap_err(),
            envelope_entropy(&record).unwrap_err(),
            teager_kaiser(&record).unwrap_err(),
        ] {
            assert!(error.to_string().contains("index 17"), "{error}");
        }
    }
    assert!(teager_kaiser(&[0.0, 1e200, 0.0]).is_err());
}

#[test]
fn impossible_parameters_of_entropies_are_refused() {
    let sample = |dimension, tolerance| SampleEntropyParams { dimension, tolerance }.plan(100).is_err();
    assert!(sample(0, 0.2) && sample(9, 0.2) && sample(2, 0.0) && sample(2, f64::NAN) && !sample(8, 1.0));
    let pattern = |dimension, delay| {
        PermutationEntropyParams { dimension, delay, ..Default::default() }.plan(100).is_err()
    };
    assert!(pattern(1, 1) && pattern(9, 1) && pattern(3, 0) && !pattern(8, usize::MAX));
    let far = PermutationEntropyParams { delay: usize::MAX, ..Default::default() }.plan(100).unwrap();
    assert_eq!(far.process(&[0.0; 100], &mut Scratch::new()).unwrap(), None);
    assert!(SampleEntropyParams::default().plan(0).is_err());
}

#[test]
fn warm_entropies_allocate_nothing() {
    let record: Vec<f32> = golden::input("noise4096")[..1500].iter().map(|x| *x as f32).collect();
    let mut scratch = Scratch::new();
    let sample = SampleEntropyParams::default().plan(1500).unwrap();
    let pattern = PermutationEntropyParams::default().plan(1500).unwrap();
    let envelope = EnvelopeEntropyPlan::new(1500).unwrap();
    let mut energy = vec![0.0; 1498];
    let allocations = allocations_when_warm(|| {
        sample.process(&record, &mut scratch).unwrap();
        pattern.process(&record, &mut scratch).unwrap();
        envelope.process(&record, &mut scratch).unwrap();
        teager_kaiser_into(&record, &mut energy).unwrap();
    });
    assert_eq!(allocations, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sample_entropy_is_the_plain_count_of_pairs(
        steps in prop::collection::vec(-20_i32..20, 1..400), coarse in any::<bool>(),
        m in 1_usize..9, tolerance in 0.05..1.5_f64, gain in -200_i32..200, offset in -3.0..3.0_f64,
    ) {
        // Coarse levels give many ties; a power of two as gain changes no comparison.
        let record: Vec<f64> = steps
            .iter()
            .enumerate()
            .map(|(n, step)| f64::from(*step) + if coarse { 0.0 } else { (n as f64 * 1.7).sin() + offset })
            .collect();
        let scaled: Vec<f64> = record.iter().map(|x| x * 2.0_f64.powi(gain)).collect();
        let plan = SampleEntropyParams { dimension: m, tolerance }.plan(record.len()).unwrap();
        let got = plan.process(&scaled, &mut Scratch::new()).unwrap();
        prop_assert_eq!(got, counted(&record, m, tolerance).filter(|_| record.iter().any(|x| *x != record[0])));
    }

    #[test]
    fn permutation_entropy_counts_stable_orders(
        steps in prop::collection::vec(-4_i32..4, 1..300), m in 2_usize..9, delay in 1_usize..4,
    ) {
        let record: Vec<f64> = steps.iter().map(|x| f64::from(*x)).collect();
        let mut counts = std::collections::BTreeMap::new();
        let patterns = record.len().saturating_sub((m - 1) * delay);
        for n in 0..patterns {
            let mut order: Vec<usize> = (0..m).collect();
            order.sort_by(|&a, &b| record[n + a * delay].total_cmp(&record[n + b * delay]));
            *counts.entry(order).or_insert(0) += 1;
        }
        let want: f64 = counts.values().map(|c| f64::from(*c) / patterns as f64).map(|p| -p * p.ln()).sum();
        let params = PermutationEntropyParams { dimension: m, delay, normalised: false };
        let got = params.plan(record.len()).unwrap().process(&record, &mut Scratch::new()).unwrap();
        prop_assert_eq!(got.is_some(), patterns > 0);
        prop_assert!(got.is_none_or(|got| (got - want).abs() < 1e-12));
    }

    #[test]
    fn entropies_do_not_change_with_gain(
        samples in prop::collection::vec(-1.0..1.0_f64, 3..200), gain in 1e-30..1e30_f64,
    ) {
        let louder: Vec<f64> = samples.iter().map(|x| x * gain).collect();
        let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            (a, b) => a == b,
        };
        prop_assert!(near(envelope_entropy(&samples).unwrap(), envelope_entropy(&louder).unwrap()));
    }
}
