//! Records as large or as small as `f32` can hold them: what is of first order in the samples still fits.
#![allow(clippy::unwrap_used)]

use brinell_signal::envelope::{EnvelopePlan, EnvelopeSpectrumPlan};
use brinell_signal::fourier::{AmplitudeSpectrumParams, ZoomParams};
use brinell_signal::quantity::{BandLevelsParams, OverallParams};
use brinell_signal::{Hertz, Scratch};
use num_complex::Complex32;
use proptest::prelude::*;

const RATE: Hertz = Hertz(1000.0);

type Transform = fn(&[f32]) -> Vec<f32>;

fn envelope(x: &[f32]) -> Vec<f32> {
    let mut output = vec![0.0; x.len()];
    EnvelopePlan::new(x.len()).unwrap().process(x, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn envelope_spectrum(x: &[f32]) -> Vec<f32> {
    let plan = EnvelopeSpectrumPlan::new(x.len()).unwrap();
    let mut output = vec![0.0; plan.spectrum_len()];
    plan.process(x, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn amplitude_spectrum(x: &[f32]) -> Vec<f32> {
    let plan = AmplitudeSpectrumParams::default().plan(RATE, x.len()).unwrap();
    let mut output = vec![0.0; plan.spectrum_len()];
    plan.process(x, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn band_levels(x: &[f32]) -> Vec<f32> {
    let plan = BandLevelsParams::equal(RATE, 5).plan(RATE, x.len()).unwrap();
    let mut output = vec![0.0; plan.output_len()];
    plan.process(x, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn overall(x: &[f32]) -> Vec<f32> {
    let params = OverallParams { low: Hertz(10.0), high: Hertz(400.0) };
    let values = params.plan(RATE, x.len()).unwrap().process(x, &mut Scratch::new()).unwrap();
    [values.rms, values.peak, values.peak_to_peak].map(|value| value as f32).to_vec()
}

fn zoom(x: &[f32]) -> Vec<f32> {
    let plan = ZoomParams::band(Hertz(50.0), Hertz(150.0)).plan(RATE, x.len()).unwrap();
    let mut output = vec![Complex32::default(); plan.output_len()];
    plan.process(x, &mut output, &mut Scratch::new()).unwrap();
    output.iter().flat_map(|z| [z.re, z.im]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn transforms_of_first_order_scale_with_their_record(
        x in prop::collection::vec(-1.0..1.0_f32, 128..600), exponent in 40..113_i32, small in any::<bool>(),
    ) {
        let size = 2_f32.powi(if small { -exponent.min(100) } else { exponent });
        let scaled: Vec<f32> = x.iter().map(|x| x * size).collect();
        let transforms: [(&str, Transform); 6] = [
            ("envelope", envelope), ("envelope spectrum", envelope_spectrum),
            ("amplitude spectrum", amplitude_spectrum), ("band levels", band_levels), ("overall", overall),
            ("zoom", zoom),
        ];
        for (name, transform) in transforms {
            let (usual, extreme) = (transform(&x), transform(&scaled));
            let largest = usual.iter().fold(0.0, |most: f32, y| most.max(y.abs()));
            for (a, b) in usual.iter().zip(&extreme) {
                prop_assert!((a - b / size).abs() <= 4e-6 * largest, "{name} at {size:e}: {a} {b}");
            }
        }
    }
}

#[test]
fn the_largest_samples_have_an_envelope_and_spectra() {
    let tone: Vec<f32> = (0..1000).map(|n| 1e38 * (std::f32::consts::TAU * 0.1 * n as f32).cos()).collect();
    assert!(envelope(&tone).iter().all(|e| (e / 1e38 - 1.0).abs() < 1e-4));
    assert!((amplitude_spectrum(&tone)[100] / 1e38 - 1.0).abs() < 1e-4);
    assert!(envelope_spectrum(&tone).iter().all(|line| line.is_finite()));
    assert!((band_levels(&tone)[1] / 1e38 - 0.5_f32.sqrt()).abs() < 1e-4);
}
