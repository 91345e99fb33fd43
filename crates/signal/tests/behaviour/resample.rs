//! Resampling: scipy's numbers, and what the recordings' own resampler does to tones, ends and odd rates.
#![allow(clippy::unwrap_used)]

use crate::{allocation::allocations_when_warm, golden};

use std::f64::consts::TAU;

use brinell_signal::{
    Error, Hertz, Sample, Scratch,
    filter::{ResampleMethod, ResampleParams, ResamplePlan, Resampler, decimate_fir, resample_poly},
};
use proptest::prelude::*;

#[test]
fn resample_poly_equals_scipy() {
    let cases = golden::cases("resample_poly");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let input = &case.input(0)[..case.integer("n")];
        case.check("y", &resample_poly(input, case.integer("up"), case.integer("down")).unwrap());
    }
}

#[test]
fn decimate_fir_equals_scipy() {
    let cases = golden::cases("decimate_fir_zero_phase");
    assert_eq!(cases.len(), 1);
    for case in cases {
        case.check("y", &decimate_fir(&case.input(0), case.integer("q")).unwrap());
    }
}

fn run<T: Sample>(plan: &ResamplePlan<T>, input: &[T]) -> Vec<T> {
    let mut output = vec![T::default(); plan.output_len()];
    plan.process(input, &mut output, &mut Scratch::new()).unwrap();
    output
}

#[test]
fn resampling_by_a_cut_spectrum_equals_scipy() {
    let cases = golden::cases("resample_fft");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let (n, m) = (case.integer("n"), case.integer("m"));
        let params = ResampleParams { to: Hertz(m as f64), method: ResampleMethod::Fourier };
        let input = &case.input(0)[..n];
        let output = run(&params.plan::<f64>(Hertz(n as f64), n).unwrap(), input);
        case.check("y", &output);
        let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
        let narrow = run(&params.plan::<f32>(Hertz(n as f64), n).unwrap(), &narrow);
        case.check_looser("y", &narrow.into_iter().map(f64::from).collect::<Vec<_>>(), 1e5);
    }
}

#[test]
fn plans_equal_scipy_and_the_resampler_of_recordings() {
    for case in golden::cases("resample_poly") {
        let (n, up, down) = (case.integer("n"), case.integer("up"), case.integer("down"));
        let (from, to) = (Hertz(down as f64), Hertz(up as f64));
        let params = ResampleParams { to, method: ResampleMethod::ScipyPoly };
        case.check("y", &run(&params.plan::<f64>(from, n).unwrap(), &case.input(0)[..n]));
        let narrow: Vec<f32> = case.input(0)[..n].iter().map(|x| *x as f32).collect();
        let plan = ResampleParams::to(to).plan::<f32>(from, n).unwrap();
        assert_eq!(run(&plan, &narrow), Resampler::new(from, to).unwrap().process(&narrow));
    }
}

#[test]
fn any_ratio_agrees_with_the_ratio_of_whole_numbers() {
    let input: Vec<f64> = (0..900).map(|n| (n as f64 * 0.11).sin() + 0.3 * (n as f64 * 0.4).cos()).collect();
    for (from, to) in [(48_000.0, 12_000.0), (12_000.0, 44_100.0), (25_600.0, 12_000.0), (1000.0, 1000.0)] {
        let plan = |method| ResampleParams { to: Hertz(to), method }.plan::<f64>(Hertz(from), 900).unwrap();
        let whole = run(&plan(ResampleMethod::Auto), &input);
        let any = run(&plan(ResampleMethod::AnyRatio), &input);
        assert_eq!(whole.len(), any.len());
        // The two differ by what remains of the pass band's ripple, and near 0 by it too.
        for (a, b) in whole.iter().zip(&any) {
            assert!((a - b).abs() < 5e-5, "{from} {to}: {a} {b}");
        }
    }
}

#[test]
fn rates_of_any_ratio_keep_tones_and_damp_what_would_fold() {
    let (from, to) = (48_000.0, 12_000.0 * std::f64::consts::FRAC_PI_3);
    let plan = ResampleParams::to(Hertz(to)).plan::<f32>(Hertz(from), 24_000).unwrap();
    for share in [0.01, 0.5, 0.89] {
        let output = run(&plan, &tone(share * to / 2.0, from, 24_000));
        let want = tone(share * to / 2.0, to, output.len());
        for index in 300..output.len() - 300 {
            assert!((output[index] - want[index]).abs() < 1e-4, "{share} {index}");
        }
    }
    for share in [1.0, 1.3, 2.0, 3.0] {
        let output = run(&plan, &tone(share * to / 2.0 + 1.0, from, 24_000));
        let level = rms(&output[200..output.len() - 200]) / 0.5_f64.sqrt();
        assert!(20.0 * level.log10() <= -80.0, "{share}: {level}");
    }
}

#[test]
fn there_and_back_gives_the_record_again_within_the_band() {
    let input: Vec<f64> = (0..3000).map(|n| (n as f64 * 0.21).sin() + (n as f64 * 1.9).cos()).collect();
    for (to, method) in [
        (44_100.0, ResampleMethod::Auto),
        (12_000.0 * std::f64::consts::SQRT_2, ResampleMethod::Auto),
        (36_000.0, ResampleMethod::Fourier),
    ] {
        let (from, to) = (Hertz(12_000.0), Hertz(to));
        let there = run(&ResampleParams { to, method }.plan::<f64>(from, 3000).unwrap(), &input);
        let back = run(&ResampleParams { to: from, method }.plan::<f64>(to, there.len()).unwrap(), &there);
        for n in 300..2700 {
            assert!((back[n] - input[n]).abs() < 1e-4, "{to} {n}: {} {}", back[n], input[n]);
        }
    }
}

#[test]
fn tiny_constant_and_huge_records_are_resampled() {
    for method in [ResampleMethod::Auto, ResampleMethod::AnyRatio, ResampleMethod::Fourier] {
        for len in [1, 2, 3, 17] {
            let plan = ResampleParams { to: Hertz(1700.0), method }.plan::<f32>(Hertz(1000.0), len).unwrap();
            assert!(run(&plan, &vec![2.5; len]).iter().all(|y| (y - 2.5).abs() < 1e-4), "{method:?} {len}");
            assert!(run(&plan, &vec![0.0; len]).iter().all(|y| *y == 0.0));
            assert!(run(&plan, &vec![1e30; len]).iter().all(|y| y.is_finite()));
        }
    }
    let plan = |to, method, len| {
        ResampleParams { to: Hertz(to), method }.plan::<f32>(Hertz(1000.0), len).map(|_| ())
    };
    assert!(plan(1000.0, ResampleMethod::Auto, 0).is_err());
    assert!(plan(1e300, ResampleMethod::Auto, 5).is_err());
    assert!(plan(1000.0 / 3333.3, ResampleMethod::AnyRatio, 5).is_err());
    assert!(plan(f64::NAN, ResampleMethod::Fourier, 5).is_err());
    let plan = ResampleParams::to(Hertz(500.0)).plan::<f64>(Hertz(1000.0), 3).unwrap();
    assert!(plan.process(&[0.0, f64::NAN, 0.0], &mut [0.0; 2], &mut Scratch::new()).is_err());
}

#[test]
fn a_warm_resampler_allocates_nothing() {
    let mut scratch = Scratch::<f32>::new();
    for method in
        [ResampleMethod::Auto, ResampleMethod::AnyRatio, ResampleMethod::Fourier, ResampleMethod::ScipyPoly]
    {
        let plan = ResampleParams { to: Hertz(5.0), method }.plan::<f32>(Hertz(12.0), 500).unwrap();
        let (input, mut output) = (vec![1.0; 500], vec![0.0; plan.output_len()]);
        assert_eq!(allocations_when_warm(|| plan.process(&input, &mut output, &mut scratch).unwrap()), 0);
    }
}

fn tone(frequency: f64, rate: f64, count: usize) -> Vec<f32> {
    (0..count).map(|index| (TAU * frequency * index as f64 / rate + 0.4).cos() as f32).collect()
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn tones_beyond_the_new_band_are_eighty_decibels_down() {
    for (from, to) in [(48_000.0, 12_000.0), (25_600.0, 12_000.0), (44_100.0, 12_000.0)] {
        let resampler = Resampler::new(Hertz(from), Hertz(to)).unwrap();
        let mut worst = f64::NEG_INFINITY;
        for step in 0..60 {
            let frequency = to / 2.0 + (from / 2.0 - to / 2.0) * f64::from(step) / 60.0 + 0.1;
            let output = resampler.process(&tone(frequency, from, 24_000));
            // Clear of the ends, where the tone is cut off and reflected.
            let inner = &output[200..output.len() - 200];
            worst = worst.max(20.0 * (rms(inner) / 0.5_f64.sqrt()).log10());
        }
        assert!(worst <= -80.0, "{from} to {to} Hz: a tone beyond the band is only {worst:.1} dB down");
    }
}

#[test]
fn tones_inside_the_band_pass_unchanged_and_in_phase() {
    for (from, to) in
        [(48_000.0, 12_000.0), (25_600.0, 12_000.0), (12_000.0, 48_000.0), (97_656.25, 12_000.0)]
    {
        let resampler = Resampler::new(Hertz(from), Hertz(to)).unwrap();
        let nyquist = f64::min(from, to) / 2.0;
        for share in [0.001, 0.1, 0.4, 0.7, 0.89] {
            let output = resampler.process(&tone(share * nyquist, from, 24_000));
            let want = tone(share * nyquist, to, output.len());
            for index in 400..output.len() - 400 {
                let error = (output[index] - want[index]).abs();
                assert!(
                    error < 1e-4,
                    "{from} to {to} Hz, {share} of the band, sample {index}: off by {error}"
                );
            }
        }
    }
}

#[test]
fn constants_and_slopes_stay_straight_up_to_the_ends() {
    let resampler = Resampler::new(Hertz(48_000.0), Hertz(12_000.0)).unwrap();
    let slope: Vec<f32> = (0..2000).map(|index| 3.0 + 0.001 * index as f32).collect();
    for (index, value) in resampler.process(&slope).iter().enumerate() {
        let want = 3.0 + 0.004 * index as f32;
        assert!((value - want).abs() < 1e-4, "sample {index}: {value}, expected {want}");
    }
    assert!(resampler.process(&[2.5; 3]).iter().all(|value| (value - 2.5).abs() < 1e-5));
    assert!(resampler.process(&[]).is_empty());
}

#[test]
fn a_rate_changed_to_itself_changes_nothing() {
    let resampler = Resampler::new(Hertz(12_000.0), Hertz(12_000.0)).unwrap();
    assert_eq!(resampler.process(&[1.0, -2.0, 3.5]), [1.0, -2.0, 3.5]);
}

#[test]
fn fractions_are_found_in_lowest_terms() {
    for (from, to, factors) in [
        (48_000.0, 12_000.0, (1, 4)),
        (25_600.0, 12_000.0, (15, 32)),
        (44_100.0, 12_000.0, (40, 147)),
        (97_656.25, 12_000.0, (384, 3125)),
        (65_536.0, 12_000.0, (375, 2048)),
        (12_000.0, 48_000.0, (4, 1)),
        (12_000.001, 12_000.0, (1, 1)),
    ] {
        assert_eq!(Resampler::new(Hertz(from), Hertz(to)).unwrap().factors(), factors, "{from} {to}");
    }
}

#[test]
fn rates_that_cannot_be_had_are_refused_with_the_nearest_one() {
    let refused = |from, to| Resampler::new(Hertz(from), Hertz(to)).unwrap_err();
    let error = refused(48_001.0, 12_000.0);
    assert!(matches!(error, Error::Resampling { .. }));
    assert!(error.to_string().contains("nearest rate that can be had is 12000.25 Hz"), "{error}");
    assert!(matches!(refused(1e9, 1.0), Error::Resampling { .. }));
    assert!(matches!(refused(1.0, 1e9), Error::Resampling { .. }));
    assert!(matches!(
        refused(f64::MIN_POSITIVE, f64::MAX),
        Error::Resampling { .. } | Error::Frequency { .. }
    ));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(rate, 12_000.0), Error::Frequency { .. }));
        assert!(matches!(refused(12_000.0, rate), Error::Frequency { .. }));
    }
    assert!(resample_poly(&[1.0], 0, 1).is_err());
    assert!(resample_poly(&[1.0], 1, 10_007).is_err());
    assert!(decimate_fir(&[1.0], 0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_number_of_samples_is_the_stated_one(up in 1usize..40, down in 1usize..40, len in 0usize..300) {
        let resampler = Resampler::new(Hertz(down as f64), Hertz(up as f64)).unwrap();
        let output = resampler.process(&vec![1.0; len]);
        prop_assert_eq!(output.len(), (len * up).div_ceil(down));
        prop_assert_eq!(output.len(), resampler.output_len(len));
        prop_assert_eq!(resample_poly(&vec![1.0; len], up, down).unwrap().len(), output.len());
    }

    #[test]
    fn no_pair_of_rates_panics(from in any::<f64>(), to in any::<f64>()) {
        if let Ok(resampler) = Resampler::new(Hertz(from), Hertz(to)) {
            prop_assert!(resampler.factors().0 >= 1);
        }
    }
}
