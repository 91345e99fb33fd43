//! Envelopes and their spectra: the reference's numbers, and what modulation has to show.
#![allow(clippy::unwrap_used)]

use crate::allocation::allocations_when_warm;
use crate::golden;

use std::f64::consts::TAU;

use brinell_signal::{
    Error, Hertz, Scratch,
    envelope::{
        AnalyticPlan, EnvelopePlan, EnvelopeSpectrumPlan, SquaredEnvelopePlan, analytic,
        band_squared_envelope, envelope, envelope_spectrum, squared_envelope_spectrum,
    },
};
use proptest::prelude::*;

fn band_spectrum(samples: &[f64], rate: f64, low: f64, high: f64) -> Vec<f64> {
    let plan = SquaredEnvelopePlan::new(Hertz(rate), samples.len(), Some((Hertz(low), Hertz(high)))).unwrap();
    let mut lines = vec![0.0; plan.spectrum_len()];
    plan.process(samples, &mut lines, &mut Scratch::new()).unwrap();
    lines
}

#[test]
fn analytic_signals_equal_scipy() {
    let cases = golden::cases("analytic");
    assert_eq!(cases.len(), 4);
    for case in cases {
        case.check_complex("a", &analytic(&case.input(0)).unwrap());
    }
}

#[test]
fn envelope_spectra_equal_the_reference() {
    let cases = golden::cases("envelope_spectrum");
    assert_eq!(cases.len(), 14);
    for case in cases {
        let input = case.input(0);
        let squared = case.params["squared"] == true;
        let lines = if squared { squared_envelope_spectrum(&input) } else { envelope_spectrum(&input) };
        case.check("s", &lines.unwrap());
    }
}

#[test]
fn squared_envelopes_of_a_band_and_their_spectra_equal_the_reference() {
    let cases = golden::cases("band_squared_envelope");
    assert_eq!(cases.len(), 5);
    for case in cases {
        let input = case.input(0);
        let (rate, low, high) = (case.number("fs"), case.number("f1"), case.number("f2"));
        let squared = band_squared_envelope(&input, Hertz(rate), Hertz(low), Hertz(high)).unwrap();
        case.check("env2", &squared);
        // The plan gives the lines that can have power; the reference has to be empty beyond them.
        let mut lines = band_spectrum(&input, rate, low, high);
        assert_eq!(lines.len(), 512);
        lines.resize(input.len() / 2 + 1, 0.0);
        case.check("ses", &lines);
    }
}

#[test]
fn single_precision_agrees_with_double_precision() {
    let samples = golden::input("cwru_ir007_4096");
    let narrow: Vec<f32> = samples.iter().map(|x| *x as f32).collect();
    let wide = squared_envelope_spectrum(&samples).unwrap();
    let largest = wide.iter().copied().fold(0.0, f64::max);
    for (a, b) in squared_envelope_spectrum(&narrow).unwrap().iter().zip(&wide) {
        assert!((f64::from(*a) - b).abs() < 1e-5 * largest);
    }
}

#[test]
fn both_forms_have_lines_one_over_the_duration_apart() {
    for len in [1000, 999, 997] {
        for band in [None, Some((Hertz(100.0), Hertz(400.0)))] {
            let plan = SquaredEnvelopePlan::<f32>::new(Hertz(1000.0), len, band).unwrap();
            assert!((plan.resolution().0 - 1000.0 / len as f64).abs() < 1e-12);
        }
    }
}

#[test]
fn constants_and_zeros_have_empty_spectra_and_no_nan() {
    for value in [0.0_f64, 2.5, -1e-3] {
        for len in [1, 2, 3, 64, 127] {
            let samples = vec![value; len];
            for spectrum in [envelope_spectrum(&samples), squared_envelope_spectrum(&samples)] {
                assert!(spectrum.unwrap().iter().all(|line| line.abs() < 1e-12));
            }
            assert!(envelope(&samples).unwrap().iter().all(|e| (e - value.abs()).abs() < 1e-12));
        }
    }
}

#[test]
fn impossible_bands_are_refused_and_say_why() {
    let refused = |low, high, len| {
        let band = Some((Hertz(low), Hertz(high)));
        SquaredEnvelopePlan::<f32>::new(Hertz(1000.0), len, band).map(|_| ()).unwrap_err().to_string()
    };
    assert!(refused(300.0, 200.0, 1000).contains("rise"));
    assert!(refused(300.0, 501.0, 1000).contains("500"));
    assert!(refused(-1.0, 100.0, 1000).contains("rise"));
    assert!(refused(f64::NAN, 100.0, 1000).contains("rise"));
    assert!(refused(100.0, 110.0, 100).contains("fewer than two bins"));
    assert!(SquaredEnvelopePlan::<f32>::new(Hertz(0.0), 100, None).is_err());
    assert!(SquaredEnvelopePlan::<f32>::new(Hertz(1.0), 0, None).is_err());
    let plan = SquaredEnvelopePlan::<f32>::new(Hertz(1.0), 10, None).unwrap();
    let error = plan.process(&[0.0; 9], &mut [0.0; 6], &mut Scratch::new()).unwrap_err();
    assert!(matches!(error, Error::Length { expected: 10, got: 9, .. }), "{error}");
    let error = plan.process(&[0.0; 10], &mut [0.0; 7], &mut Scratch::new()).unwrap_err();
    assert!(matches!(error, Error::Length { expected: 6, got: 7, .. }), "{error}");
}

#[test]
fn one_scratch_serves_plans_of_many_lengths_in_any_order() {
    let samples = golden::input("noise4096");
    let mut scratch = Scratch::new();
    for (len, band) in [(1000, true), (31, false), (4096, true), (997, false), (64, true), (4095, false)] {
        let band = band.then_some((Hertz(2000.0), Hertz(4000.0)));
        let plan = SquaredEnvelopePlan::new(Hertz(12_000.0), len, band).unwrap();
        let (mut shared, mut own) = (vec![0.0; plan.spectrum_len()], vec![0.0; plan.spectrum_len()]);
        plan.process(&samples[..len], &mut shared, &mut scratch).unwrap();
        plan.process(&samples[..len], &mut own, &mut Scratch::new()).unwrap();
        assert_eq!(shared, own);
    }
}

#[test]
fn nothing_is_allocated_when_warm_and_huge_or_tiny_records_give_no_nan() {
    for len in [1, 2, 3, 4, 5, 255, 256, 1022] {
        for value in [0.0_f32, 1.0, 1e30] {
            let samples: Vec<f32> = (0..len).map(|n| if n % 3 == 0 { value } else { -value }).collect();
            let mut scratch = Scratch::new();
            let full = SquaredEnvelopePlan::new(Hertz(1.0), len, None).unwrap();
            let band = SquaredEnvelopePlan::new(Hertz(1.0), len, Some((Hertz(0.1), Hertz(0.3)))).ok();
            let (plan, spectrum) = (EnvelopePlan::new(len).unwrap(), EnvelopeSpectrumPlan::new(len).unwrap());
            let analytic = AnalyticPlan::new(len).unwrap();
            let (mut lines, mut values) = (vec![0.0; len / 2 + 1], vec![0.0; len]);
            let mut complex = vec![Default::default(); len];
            let counted = allocations_when_warm(|| {
                full.process(&samples, &mut lines, &mut scratch).unwrap();
                if let Some(band) = &band {
                    band.process(&samples, &mut lines[..band.spectrum_len()], &mut scratch).unwrap();
                }
                spectrum.process(&samples, &mut lines, &mut scratch).unwrap();
                plan.process(&samples, &mut values, &mut scratch).unwrap();
                analytic.quadrature(&samples, &mut values, &mut scratch).unwrap();
                analytic.process(&samples, &mut complex, &mut scratch).unwrap();
            });
            assert_eq!(counted, 0, "{len}");
            plan.process(&samples, &mut values, &mut scratch).unwrap();
            assert!(values.iter().all(|v| v.is_finite()), "{len} {value}");
            spectrum.process(&samples, &mut lines, &mut scratch).unwrap();
            assert!(lines.iter().all(|v| !v.is_nan()), "{len} {value}");
            full.process(&samples, &mut lines, &mut scratch).unwrap();
            assert!(value > 1e18 || lines.iter().all(|v| v.is_finite()), "{len} {value}");
        }
    }
}

proptest! {
    #[test]
    fn modulation_gives_lines_of_2m_and_half_m_squared(
        len in 200usize..900, carrier in 0.2..0.3_f64, rate in 0.01..0.08_f64, m in 0.05..1.0_f64, phase in 0.0..TAU,
    ) {
        let carrier = (carrier * len as f64).round();
        let modulation = (rate * len as f64).round().max(1.0);
        let turn = |n: usize, k: f64| TAU * k * n as f64 / len as f64;
        let samples: Vec<f64> = (0..len)
            .map(|n| (1.0 + m * turn(n, modulation).cos()) * (turn(n, carrier) + phase).cos())
            .collect();
        let k = modulation as usize;
        let mut want = vec![0.0; len / 2 + 1];
        want[k] = 2.0 * m;
        want[2 * k] = m * m / 2.0;
        let full = squared_envelope_spectrum(&samples).unwrap();
        let band = band_spectrum(&samples, 1.0, 0.1, 0.4);
        for (line, want) in want.iter().enumerate() {
            prop_assert!((full[line] - want).abs() < 1e-10, "line {}: {} {}", line, full[line], want);
            if line < band.len() {
                prop_assert!((band[line] - want).abs() < 1e-10, "band line {}: {} {}", line, band[line], want);
            }
        }
    }

    #[test]
    fn the_envelope_spectrum_does_not_know_where_the_record_begins(
        samples in prop::collection::vec(-1.0..1.0_f64, 4..300), by in 0usize..300,
    ) {
        let mut turned = samples.clone();
        turned.rotate_left(by % samples.len());
        let (a, b) = (squared_envelope_spectrum(&samples).unwrap(), squared_envelope_spectrum(&turned).unwrap());
        prop_assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn the_full_band_equals_the_magnitude_of_the_analytic_signal(
        samples in prop::collection::vec(-1.0..1.0_f64, 1..300),
    ) {
        for ((e, a), x) in envelope(&samples).unwrap().iter().zip(analytic(&samples).unwrap()).zip(&samples) {
            prop_assert!((e - a.norm()).abs() < 1e-12);
            prop_assert!((a.re - x).abs() < 1e-15 && *e >= x.abs() - 1e-15);
        }
    }
}
