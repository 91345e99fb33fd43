//! The synchrosqueezed transform: sharp on chirps, and its rows sum to the record.

use super::{noise, rows, transform};

use std::f64::consts::TAU;

use brinell_signal::{
    Hertz, Scratch,
    wavelet::{CwtBoundary, CwtFrequencies, CwtParams, SynchrosqueezingParams},
};
use num_complex::Complex;

/// A chirp from 500 to 3500 Hz over `n` samples, and its frequency.
fn chirp(n: usize) -> (Vec<f64>, impl Fn(usize) -> f64) {
    let slope = 3000.0 / n as f64;
    let samples = (0..n)
        .map(|i| {
            let t = i as f64;
            (TAU * (500.0 * t + 0.5 * slope * t * t) / 12_000.0).cos()
        })
        .collect();
    (samples, move |i| 500.0 + slope * i as f64)
}

#[test]
fn synchrosqueezing_draws_a_chirp_on_its_ridge() {
    let n = 4096;
    let (samples, frequency) = chirp(n);
    let params = SynchrosqueezingParams {
        frequencies: CwtFrequencies::geometric(Hertz(200.0), Hertz(5000.0), 160),
        ..SynchrosqueezingParams::default()
    };
    let plan = params.plan::<f64>(Hertz(12_000.0), n).unwrap();
    let mut power = vec![0.0; plan.output_len()];
    plan.power(&samples, &mut power, &mut Scratch::new()).unwrap();
    let full = CwtParams { frequencies: params.frequencies.clone(), ..CwtParams::default() };
    let full = transform(&full, &samples);
    let (mut near, mut all, mut blurred, mut blurred_all) = (0.0, 0.0, 0.0, 0.0);
    for column in 400..n - 400 {
        for row in 0..plan.rows() {
            let on_ridge = (plan.frequency(row).0 / frequency(column)).ln().abs() < 0.05;
            let squeezed = power[row * n + column];
            let plain = full[row * n + column].norm_sqr();
            all += squeezed;
            blurred_all += plain;
            if on_ridge {
                near += squeezed;
                blurred += plain;
            }
        }
    }
    assert!(near / all > 0.99, "{}", near / all);
    assert!(blurred / blurred_all < 0.5, "{}", blurred / blurred_all);
    // An amplitude of 1 has power 1 in each column.
    let mean = all / (n - 800) as f64;
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
}

#[test]
fn the_rows_of_a_synchrosqueezed_transform_sum_to_the_record() {
    let n = 4096;
    let (samples, _) = chirp(n);
    for (frequencies, boundary) in [
        (CwtFrequencies::geometric(Hertz(100.0), Hertz(6000.0), 190), CwtBoundary::Periodic),
        (CwtFrequencies::geometric(Hertz(100.0), Hertz(6000.0), 190), CwtBoundary::Reflect),
    ] {
        let params = SynchrosqueezingParams { frequencies, boundary, ..SynchrosqueezingParams::default() };
        let plan = params.plan::<f64>(Hertz(12_000.0), n).unwrap();
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.process(&samples, &mut output, &mut Scratch::new()).unwrap();
        for column in 400..n / 2 {
            let sum: f64 = (0..plan.rows()).map(|row| output[row * n + column].re).sum();
            assert!((sum - samples[column]).abs() < 1e-3, "{column}: {sum} {}", samples[column]);
        }
    }
}

#[test]
fn synchrosqueezing_at_few_columns_is_the_full_one_at_those_samples() {
    let samples = noise(1024);
    let params = SynchrosqueezingParams { frequencies: rows(40), ..SynchrosqueezingParams::default() };
    let full = params.plan::<f64>(Hertz(12_000.0), 1024).unwrap();
    let few =
        SynchrosqueezingParams { columns: Some(64), ..params }.plan::<f64>(Hertz(12_000.0), 1024).unwrap();
    let (mut a, mut b) = (vec![0.0; full.output_len()], vec![0.0; few.output_len()]);
    full.power(&samples, &mut a, &mut Scratch::new()).unwrap();
    few.power(&samples, &mut b, &mut Scratch::new()).unwrap();
    // A frequency on the edge between two rows may fall to either: totals of columns are compared.
    for column in 0..64 {
        let of = |values: &[f64], columns: usize, at: usize| -> f64 {
            (0..40).map(|row| values[row * columns + at]).sum()
        };
        assert!((of(&a, 1024, column * 16) - of(&b, 64, column)).abs() < 1e-9);
    }
}
