//! The Hilbert spectrum: where the energy of modes lies in time and frequency, and that none of it is lost.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::envelope::analytic;
use brinell_signal::image::{HilbertSpectrumParams, HilbertSpectrumPlan};
use brinell_signal::{Hertz, Scratch};
use proptest::prelude::*;

#[test]
fn a_chirp_is_a_rising_line() {
    let (rate, n) = (1000.0, 2000);
    // From 100 Hz to 400 Hz in two seconds.
    let chirp: Vec<f64> =
        (0..n).map(|i| i as f64 / rate).map(|t| (TAU * (100.0 * t + 75.0 * t * t)).cos()).collect();
    let plan: HilbertSpectrumPlan<f64> =
        HilbertSpectrumParams { rows: 50, columns: 20, band: None }.plan(Hertz(rate), 1, n).unwrap();
    let mut image = vec![0.0; plan.output_len()];
    plan.process(&chirp, &mut image, &mut Scratch::new()).unwrap();
    for column in 1..19 {
        let brightest =
            (0..50).max_by(|a, b| image[a * 20 + column].total_cmp(&image[b * 20 + column])).unwrap();
        let expected = 100.0 + 150.0 * plan.time(column).0;
        assert!((plan.frequency(brightest).0 - expected).abs() <= 10.0, "{column}");
    }
    let (mut frequency, mut amplitude) = (vec![0.0; n], vec![0.0; n]);
    plan.instantaneous(&chirp, &mut frequency, &mut amplitude, &mut Scratch::new()).unwrap();
    for i in 200..1800 {
        let expected = 100.0 + 150.0 * (i as f64 + 0.5) / rate;
        assert!((frequency[i] - expected).abs() < 2.0 && (amplitude[i] - 1.0).abs() < 0.02);
    }
}

#[test]
fn instantaneous_frequency_is_the_angle_between_neighbours() {
    let record = &golden::input("amfm1000")[..999];
    let a = analytic(record).unwrap();
    let plan: HilbertSpectrumPlan<f64> =
        HilbertSpectrumParams::default().plan(Hertz(12_000.0), 1, 999).unwrap();
    let (mut frequency, mut amplitude) = (vec![0.0; 999], vec![0.0; 999]);
    plan.instantaneous(record, &mut frequency, &mut amplitude, &mut Scratch::new()).unwrap();
    for n in 0..998 {
        let want = (a[n + 1] * a[n].conj()).arg() * 12_000.0 / TAU;
        assert!((frequency[n] - want).abs() < 1e-8, "{n}: {} {want}", frequency[n]);
        assert!((amplitude[n] - a[n].norm()).abs() < 1e-12);
    }
    assert_eq!(frequency[998], frequency[997]);
}

#[test]
fn single_precision_gives_nearly_the_same_marginal_spectrum() {
    let record = golden::input("cwru_ir007_4096");
    let narrow: Vec<f32> = record.iter().map(|x| *x as f32).collect();
    let params = HilbertSpectrumParams { rows: 8, columns: 8, band: None };
    let wide: HilbertSpectrumPlan<f64> = params.plan(Hertz(12_000.0), 1, 4096).unwrap();
    let single: HilbertSpectrumPlan<f32> = params.plan(Hertz(12_000.0), 1, 4096).unwrap();
    let (mut a, mut b) = (vec![0.0; 64], vec![0.0; 64]);
    wide.process(&record, &mut a, &mut Scratch::new()).unwrap();
    single.process(&narrow, &mut b, &mut Scratch::new()).unwrap();
    let (mut rows, mut narrow_rows) = (vec![0.0; 8], vec![0.0; 8]);
    wide.marginal(&a, &mut rows).unwrap();
    single.marginal(&b, &mut narrow_rows).unwrap();
    let total: f64 = rows.iter().sum();
    assert!(rows.iter().zip(&narrow_rows).all(|(a, b)| (a - f64::from(*b)).abs() < 1e-3 * total));
}

#[test]
fn impossible_hilbert_spectra_are_refused() {
    let plan = |params: HilbertSpectrumParams, modes, len| {
        params.plan::<f64>(Hertz(1000.0), modes, len).map(|_| ()).map_err(|e| e.to_string())
    };
    let ok = HilbertSpectrumParams::default();
    assert!(plan(ok, 1, 1).is_ok());
    assert!(plan(ok, 0, 10).unwrap_err().contains("modes"));
    assert!(plan(ok, 1, 0).unwrap_err().contains("length"));
    assert!(plan(HilbertSpectrumParams { rows: 0, ..ok }, 1, 10).unwrap_err().contains("rows"));
    assert!(plan(HilbertSpectrumParams { columns: 20_000, ..ok }, 1, 10).unwrap_err().contains("columns"));
    for band in [[300.0, 200.0], [-1.0, 2.0], [0.0, 501.0], [f64::NAN, 1.0]] {
        let band = Some(band.map(Hertz));
        assert!(plan(HilbertSpectrumParams { band, ..ok }, 1, 10).unwrap_err().contains("band"));
    }
    let plan: HilbertSpectrumPlan<f64> = ok.plan(Hertz(1000.0), 1, 4).unwrap();
    let mut image = vec![0.0; plan.output_len()];
    assert!(plan.process(&[0.0, f64::NAN, 0.0, 0.0], &mut image, &mut Scratch::new()).is_err());
    assert!(plan.process(&[0.0; 5], &mut image, &mut Scratch::new()).is_err());
}

#[test]
fn warm_hilbert_spectra_allocate_nothing() {
    let record: Vec<f32> = golden::input("noise4096").iter().map(|x| *x as f32).collect();
    let plan: HilbertSpectrumPlan<f32> =
        HilbertSpectrumParams::default().plan(Hertz(12_000.0), 4, 1024).unwrap();
    let (mut image, mut scratch) = (vec![0.0; plan.output_len()], Scratch::new());
    assert_eq!(allocations_when_warm(|| plan.process(&record, &mut image, &mut scratch).unwrap()), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_image_holds_the_energy_of_all_modes_within_the_band(
        samples in prop::collection::vec(-1.0..1.0_f64, 1..300), modes in 1_usize..4,
        rows in 1_usize..40, columns in 1_usize..40, low in 0.0..0.9_f64, width in 0.05..1.0_f64,
    ) {
        let len = samples.len();
        let input: Vec<f64> = (0..modes).flat_map(|k| samples.iter().map(move |x| x / (k + 1) as f64)).collect();
        let band = [Hertz(50.0 * low), Hertz(50.0 * (low + width).min(1.0))];
        let plan = HilbertSpectrumParams { rows, columns, band: Some(band) }
            .plan::<f64>(Hertz(100.0), modes, len)
            .unwrap();
        let mut image = vec![0.0; plan.output_len()];
        plan.process(&input, &mut image, &mut Scratch::new()).unwrap();
        let mut want = 0.0;
        for mode in input.chunks_exact(len) {
            let a = analytic(mode).unwrap();
            for n in 0..len {
                let step = n.min(len.saturating_sub(2));
                let f = if len > 1 { (a[step + 1] * a[step].conj()).arg() * 100.0 / TAU } else { 0.0 };
                if (band[0].0..=band[1].0).contains(&f) {
                    want += a[n].norm_sqr();
                }
            }
        }
        let total: f64 = image.iter().sum();
        prop_assert!((total - want).abs() <= 1e-9 * (1.0 + want), "{total} {want}");
        let mut marginal = vec![0.0; rows];
        plan.marginal(&image, &mut marginal).unwrap();
        prop_assert!((marginal.iter().sum::<f64>() - total).abs() <= 1e-9 * (1.0 + total));
    }

    #[test]
    fn zeros_and_constants_and_huge_values_give_no_nan(
        len in 1_usize..40, value in prop::sample::select(vec![0.0, 2.5, -1e30, 1e-300, 1e150]),
        alternating in any::<bool>(),
    ) {
        let record: Vec<f64> =
            (0..len).map(|n| if alternating && n % 2 == 1 { -value } else { value }).collect();
        let plan = HilbertSpectrumParams::default().plan::<f64>(Hertz(1.0), 1, len).unwrap();
        let mut image = vec![0.0; plan.output_len()];
        plan.process(&record, &mut image, &mut Scratch::new()).unwrap();
        prop_assert!(image.iter().all(|e| e.is_finite()));
        let (mut f, mut a) = (vec![0.0; len], vec![0.0; len]);
        plan.instantaneous(&record, &mut f, &mut a, &mut Scratch::new()).unwrap();
        prop_assert!(f.iter().chain(&a).all(|v| v.is_finite()));
    }
}
