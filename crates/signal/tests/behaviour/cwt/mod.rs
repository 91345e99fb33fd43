//! The continuous wavelet transform: the reference's numbers, and what tones and chirps have to show.

mod peers;
mod synchrosqueezing;

use crate::allocation::allocations_when_warm;
use crate::golden;

use std::f64::consts::TAU;

use brinell_signal::{
    Hertz, Sample, Scratch,
    wavelet::{
        AnalyticWavelet, CwtBoundary, CwtFrequencies, CwtImageParams, CwtNormalisation, CwtParams, CwtPixel,
        FcwtParams, PyWaveletsCwtParams, SsqueezepyCwtParams, SynchrosqueezingParams,
    },
};
use num_complex::{Complex, Complex64};
use proptest::prelude::*;

fn list(case: &golden::Case) -> CwtFrequencies {
    let values = case.params["freqs"].as_array().unwrap().iter().map(|f| Hertz(f.as_f64().unwrap()));
    CwtFrequencies::List { values: values.collect() }
}

fn wide(values: &[Complex<f32>]) -> Vec<Complex64> {
    values.iter().map(|v| Complex64::new(f64::from(v.re), f64::from(v.im))).collect()
}

#[test]
fn transforms_equal_the_reference() {
    for function in ["cwt_morlet", "cwt_morse"] {
        for case in golden::cases(function) {
            let wavelet = if function == "cwt_morlet" {
                AnalyticWavelet::Morlet { w0: case.number("w0") }
            } else {
                AnalyticWavelet::Morse { gamma: case.number("gamma"), beta: case.number("beta") }
            };
            let params = CwtParams { wavelet, frequencies: list(&case), ..CwtParams::default() };
            let input = case.input(0);
            let plan = params.plan::<f64>(Hertz(case.number("fs")), input.len()).unwrap();
            let mut output = vec![Complex::default(); plan.output_len()];
            plan.process(&input, &mut output, &mut Scratch::new()).unwrap();
            case.check_complex("W", &output);
        }
    }
}

#[test]
fn images_equal_the_reference() {
    for case in golden::cases("cwt_morlet_image") {
        let n = case.integer("n");
        let params = CwtImageParams {
            frequencies: CwtFrequencies::geometric(
                Hertz(case.number("fmin")),
                Hertz(case.number("fmax")),
                case.integer("H"),
            ),
            columns: case.integer("W"),
            ..CwtImageParams::default()
        };
        let input = &case.input(0)[..n];
        let plan = params.plan::<f64>(Hertz(case.number("fs")), n).unwrap();
        let mut image = vec![Complex::default(); plan.output_len()];
        plan.process(input, &mut image, &mut Scratch::new()).unwrap();
        case.check_complex("I", &image);
        let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
        let plan = params.plan::<f32>(Hertz(case.number("fs")), n).unwrap();
        let mut image = vec![Complex::default(); plan.output_len()];
        plan.process(&narrow, &mut image, &mut Scratch::new()).unwrap();
        let want = case.want_complex("I");
        let peak = want.iter().map(|v| v.norm()).fold(0.0, f64::max);
        assert!(wide(&image).iter().zip(&want).all(|(a, b)| (a - b).norm() < 1e-6 * peak));
    }
}

fn rows(count: usize) -> CwtFrequencies {
    CwtFrequencies::geometric(Hertz(60.0), Hertz(5500.0), count)
}

fn transform<T: Sample>(params: &CwtParams, samples: &[T]) -> Vec<Complex<T>> {
    let plan = params.plan::<T>(Hertz(12_000.0), samples.len()).unwrap();
    let mut output = vec![Complex::default(); plan.output_len()];
    plan.process(samples, &mut output, &mut Scratch::new()).unwrap();
    output
}

/// By the definition: the plain transform of the full spectrum.
fn slow(wavelet: AnalyticWavelet, frequencies: &[f64], samples: &[f64]) -> Vec<Complex64> {
    let n = samples.len();
    let turn = |a: usize, b: usize| TAU * (a * b % n) as f64 / n as f64;
    let spectrum: Vec<Complex64> =
        (0..=n / 2).map(|k| (0..n).map(|i| Complex64::cis(-turn(k, i)) * samples[i]).sum()).collect();
    let mut output = Vec::new();
    for f in frequencies {
        let scale = wavelet.peak() * 12_000.0 / (TAU * f);
        let bins: Vec<Complex64> = spectrum
            .iter()
            .enumerate()
            .map(|(k, bin)| bin * wavelet.spectrum(scale * TAU * k as f64 / n as f64) / n as f64)
            .collect();
        output.extend((0..n).map(|i| {
            bins.iter().enumerate().map(|(k, bin)| bin * Complex64::cis(turn(k, i))).sum::<Complex64>()
        }));
    }
    output
}

fn noise(n: usize) -> Vec<f64> {
    let mut state = 1_u64;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
        })
        .collect()
}

#[test]
fn any_length_gives_the_plain_transform_in_both_precisions() {
    let morse = AnalyticWavelet::Morse { gamma: 3.0, beta: 20.0 };
    let narrow = AnalyticWavelet::Morlet { w0: 60.0 };
    let lengths =
        [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 48, 64, 97, 100, 120, 125, 128, 200, 243, 251, 256, 300, 360];
    for (index, n) in lengths.into_iter().enumerate() {
        let wavelet = [AnalyticWavelet::default(), morse, narrow][index % 3];
        let frequencies = [6000.0, 5000.0, 3100.0, 900.0, 411.0, 70.0, 5.0];
        let list = CwtFrequencies::List { values: frequencies.map(Hertz).to_vec() };
        let params = CwtParams { wavelet, frequencies: list, ..CwtParams::default() };
        let samples = noise(n);
        let want = slow(wavelet, &frequencies, &samples);
        for (place, (a, b)) in transform(&params, &samples).iter().zip(&want).enumerate() {
            assert!((a - b).norm() < 1e-13, "length {n}, place {place}: {a} {b}");
        }
        let single: Vec<f32> = samples.iter().map(|x| *x as f32).collect();
        for (place, (a, b)) in wide(&transform(&params, &single)).iter().zip(&want).enumerate() {
            assert!((a - b).norm() < 2e-6, "length {n}, place {place}: {a} {b}");
        }
    }
}

#[test]
fn magnitude_and_power_are_those_of_the_complex_transform() {
    for boundary in [CwtBoundary::Periodic, CwtBoundary::Zero, CwtBoundary::Reflect] {
        let params = CwtParams { frequencies: rows(9), boundary, ..CwtParams::default() };
        let samples = noise(500);
        let plan = params.plan::<f64>(Hertz(12_000.0), 500).unwrap();
        let (mut magnitude, mut power) = (vec![0.0; plan.output_len()], vec![0.0; plan.output_len()]);
        plan.magnitude(&samples, &mut magnitude, &mut Scratch::new()).unwrap();
        plan.power(&samples, &mut power, &mut Scratch::new()).unwrap();
        for ((value, m), p) in transform(&params, &samples).iter().zip(&magnitude).zip(&power) {
            assert!((value.norm() - m).abs() < 1e-14 && (value.norm_sqr() - p).abs() < 1e-14);
        }
    }
}

#[test]
fn a_cosine_of_amplitude_one_has_magnitude_one_in_its_row() {
    for wavelet in [AnalyticWavelet::default(), AnalyticWavelet::Morse { gamma: 3.0, beta: 20.0 }] {
        let frequencies = [3000.0, 1000.0, 250.0];
        for (row, f) in frequencies.into_iter().enumerate() {
            let samples: Vec<f64> = (0..1200).map(|n| (TAU * f * n as f64 / 12_000.0 + 0.3).cos()).collect();
            let list = CwtFrequencies::List { values: frequencies.map(Hertz).to_vec() };
            let params = CwtParams { wavelet, frequencies: list, ..CwtParams::default() };
            let of_row = |values: &[Complex64]| -> Vec<f64> {
                values[row * 1200..][..1200].iter().map(|v| v.norm()).collect()
            };
            assert!(of_row(&transform(&params, &samples)).iter().all(|m| (m - 1.0).abs() < 1e-12));
            let params = CwtParams { normalisation: CwtNormalisation::L2, ..params };
            let root = (wavelet.peak() * 12_000.0 / (TAU * f)).sqrt();
            assert!(of_row(&transform(&params, &samples)).iter().all(|m| (m / root - 1.0).abs() < 1e-12));
        }
    }
}

#[test]
fn zeros_beyond_the_ends_give_the_transform_of_a_longer_record_of_zeros() {
    let samples = noise(300);
    let mut long = samples.clone();
    long.resize(4096, 0.0);
    let params = CwtParams {
        frequencies: CwtFrequencies::geometric(Hertz(400.0), Hertz(2500.0), 6),
        boundary: CwtBoundary::Zero,
        ..CwtParams::default()
    };
    let got = transform(&params, &samples);
    let want = transform(&CwtParams { boundary: CwtBoundary::Periodic, ..params }, &long);
    for row in 0..6 {
        for n in 0..300 {
            let (a, b) = (got[row * 300 + n], want[row * 4096 + n]);
            assert!((a - b).norm() < 1e-7, "row {row}, sample {n}: {a} {b}");
        }
    }
}

#[test]
fn columns_that_do_not_divide_a_periodic_record_are_refused_and_an_extension_takes_them() {
    // Wavelets that reach half the rate are cut off there and ring on for long.
    let frequencies = CwtFrequencies::geometric(Hertz(60.0), Hertz(2500.0), 8);
    let params =
        CwtImageParams { frequencies: frequencies.clone(), columns: 60, ..CwtImageParams::default() };
    let error = params.plan::<f32>(Hertz(12_000.0), 1000).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("divide") && error.contains("1000"), "{error}");
    for boundary in [CwtBoundary::Zero, CwtBoundary::Reflect] {
        let params = CwtImageParams { boundary, ..params.clone() };
        let plan = params.plan::<f64>(Hertz(12_000.0), 1000).unwrap();
        let mut image = vec![Complex::default(); plan.output_len()];
        plan.process(&noise(1000), &mut image, &mut Scratch::new()).unwrap();
        let full = CwtParams { frequencies: frequencies.clone(), boundary, ..CwtParams::default() };
        let full = transform(&full, &noise(1000));
        // Seventeen samples a pixel; the last columns lie beyond the record's end.
        for row in 0..8 {
            for column in 0..58 {
                assert!((image[row * 60 + column] - full[row * 1000 + column * 17]).norm() < 2e-7);
            }
        }
    }
}

#[test]
fn the_mean_power_of_a_pixel_is_the_mean_of_the_full_transform() {
    let samples = noise(768);
    let full = CwtParams { frequencies: rows(7), ..CwtParams::default() };
    let full = transform(&full, &samples);
    for points in [1, 2, 4, 12] {
        let pixel = CwtPixel::MeanPower { points };
        let params = CwtImageParams { frequencies: rows(7), columns: 64, pixel, ..CwtImageParams::default() };
        let plan = params.plan::<f64>(Hertz(12_000.0), 768).unwrap();
        let (mut power, mut magnitude) = (vec![0.0; plan.output_len()], vec![0.0; plan.output_len()]);
        plan.power(&samples, &mut power, &mut Scratch::new()).unwrap();
        plan.magnitude(&samples, &mut magnitude, &mut Scratch::new()).unwrap();
        for (place, power) in power.iter().enumerate() {
            let (row, column) = (place / 64, place % 64);
            let first = row * 768 + column * 12;
            let mean =
                (0..points).map(|p| full[first + p * 12 / points].norm_sqr()).sum::<f64>() / points as f64;
            assert!((power - mean).abs() < 1e-13 && (magnitude[place] - mean.sqrt()).abs() < 1e-12);
        }
        let mut complex = vec![Complex::default(); plan.output_len()];
        assert!(points == 1 || plan.process(&samples, &mut complex, &mut Scratch::new()).is_err());
    }
    let pixel = CwtPixel::MeanPower { points: 5 };
    let params = CwtImageParams { pixel, ..CwtImageParams::default() };
    assert!(params.plan::<f64>(Hertz(12_000.0), 768).is_err());
}

#[test]
fn zeros_constants_and_tiny_records_give_no_nan() {
    for n in [1, 2, 3, 4, 64, 127] {
        for value in [0.0_f64, 2.5, -1e-3] {
            for boundary in [CwtBoundary::Periodic, CwtBoundary::Zero, CwtBoundary::Reflect] {
                let samples = vec![value; n];
                let params = CwtParams { frequencies: rows(5), boundary, ..CwtParams::default() };
                let values = transform(&params, &samples);
                assert!(values.iter().all(|v| v.re.is_finite() && v.im.is_finite()));
                // The Morlet wavelet without correction has 1.5e-8 of its peak left at 0 Hz.
                let flat = boundary != CwtBoundary::Zero;
                assert!(!flat || values.iter().all(|v| v.norm() < 1e-12), "{n} {value} {boundary:?}");
                let squeezed =
                    SynchrosqueezingParams { frequencies: rows(5), boundary, ..Default::default() };
                let plan = squeezed.plan::<f64>(Hertz(12_000.0), n).unwrap();
                let mut power = vec![0.0; plan.output_len()];
                plan.power(&samples, &mut power, &mut Scratch::new()).unwrap();
                assert!(power.iter().all(|p| p.is_finite()));
            }
        }
    }
}

#[test]
fn huge_and_minute_values_keep_their_shape() {
    let samples: Vec<f32> = noise(256).iter().map(|x| *x as f32).collect();
    let params = CwtParams { frequencies: rows(6), ..CwtParams::default() };
    let image = CwtImageParams { frequencies: rows(6), columns: 32, ..CwtImageParams::default() };
    let plan = params.plan::<f32>(Hertz(12_000.0), 256).unwrap();
    let image = image.plan::<f32>(Hertz(12_000.0), 256).unwrap();
    let mut scratch = Scratch::new();
    let mut both = |samples: &[f32]| {
        let (mut a, mut b) = (vec![0.0; plan.output_len()], vec![0.0; image.output_len()]);
        plan.magnitude(samples, &mut a, &mut scratch).unwrap();
        image.magnitude(samples, &mut b, &mut scratch).unwrap();
        a.extend(b);
        a
    };
    let want = both(&samples);
    for size in [1e30_f32, 1e37, 1e-30, 1e-36] {
        let scaled: Vec<f32> = samples.iter().map(|x| x * size).collect();
        for (got, want) in both(&scaled).iter().zip(&want) {
            assert!((got / size - want).abs() < 1e-4, "{size}: {got} {want}");
        }
    }
}

#[test]
fn samples_that_are_not_finite_are_refused_by_their_place() {
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut samples = noise(100);
        samples[37] = wrong;
        let params = CwtParams { frequencies: rows(3), ..CwtParams::default() };
        let plan = params.plan::<f64>(Hertz(12_000.0), 100).unwrap();
        let mut output = vec![0.0; plan.output_len()];
        let error = plan.power(&samples, &mut output, &mut Scratch::new()).unwrap_err().to_string();
        assert!(error.contains("37"), "{error}");
    }
}

#[test]
fn impossible_parameters_are_refused_and_say_why() {
    let refused =
        |params: CwtParams, len| params.plan::<f32>(Hertz(1000.0), len).map(|_| ()).unwrap_err().to_string();
    let with = |frequencies| CwtParams { frequencies, ..CwtParams::default() };
    let geometric = CwtFrequencies::geometric;
    assert!(refused(with(geometric(Hertz(10.0), Hertz(501.0), 4)), 100).contains("500"));
    assert!(refused(with(geometric(Hertz(0.0), Hertz(400.0), 4)), 100).contains("above 0"));
    assert!(refused(with(geometric(Hertz(300.0), Hertz(200.0), 4)), 100).contains("highest"));
    assert!(refused(with(geometric(Hertz(100.0), Hertz(200.0), 0)), 100).contains("rows"));
    assert!(refused(with(geometric(Hertz(100.0), Hertz(200.0), usize::MAX)), 100).contains("65536"));
    assert!(refused(with(CwtFrequencies::List { values: vec![Hertz(f64::NAN)] }), 100).contains("above 0"));
    assert!(refused(CwtParams::default(), 0).contains("at least 1"));
    assert!(refused(CwtParams::default(), usize::MAX).contains("2^"));
    let wavelet = AnalyticWavelet::Morlet { w0: -1.0 };
    assert!(refused(CwtParams { wavelet, ..CwtParams::default() }, 100).contains("w0"));
    let one = SynchrosqueezingParams { frequencies: rows(1), ..Default::default() };
    assert!(one.plan::<f32>(Hertz(12_000.0), 100).is_err());
    let image = CwtImageParams { columns: 0, ..CwtImageParams::default() };
    assert!(image.plan::<f32>(Hertz(12_000.0), 100).is_err());
    assert!(PyWaveletsCwtParams::default().plan::<f32>(Hertz(1.0), 100).is_err());
    let tiny = PyWaveletsCwtParams { scales: vec![1e-9], ..Default::default() };
    assert!(tiny.plan::<f32>(Hertz(1.0), 100).is_err());
    assert!(SsqueezepyCwtParams::default().plan::<f32>(100).is_err());
    assert!(FcwtParams::default().plan::<f32>(Hertz(100.0), 100).is_err());
}

#[test]
fn parameters_are_read_as_they_are_written() {
    let text = r#"{"wavelet": {"morse": {"gamma": 3.0, "beta": 20.0}}, "columns": 32,
        "frequencies": {"spacing": "geometric", "lowest": 60.0, "highest": 5500.0, "count": 16},
        "boundary": "reflect", "pixel": {"mean-power": {"points": 2}}}"#;
    let params: CwtImageParams = serde_json::from_str(text).unwrap();
    assert_eq!(params.columns, 32);
    assert_eq!(params.pixel, CwtPixel::MeanPower { points: 2 });
    let written = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<CwtImageParams>(&written).unwrap(), params);
    assert!(serde_json::from_str::<CwtParams>(r#"{"colour": 1}"#).is_err());
    assert_eq!(serde_json::from_str::<CwtParams>("{}").unwrap(), CwtParams::default());
}

#[test]
fn no_transform_allocates_once_its_scratch_is_warm() {
    fn check<T: Sample>() {
        let samples: Vec<T> = noise(512).into_iter().map(T::narrow).collect();
        let rate = Hertz(12_000.0);
        let mut scratch = Scratch::new();
        let mut complex = vec![Complex::default(); 8 * 512];
        let mut real = vec![T::default(); 8 * 512];
        for boundary in [CwtBoundary::Periodic, CwtBoundary::Zero, CwtBoundary::Reflect] {
            let full = CwtParams { frequencies: rows(8), boundary, ..CwtParams::default() };
            let full = full.plan::<T>(rate, 512).unwrap();
            let image = CwtImageParams { frequencies: rows(8), boundary, ..CwtImageParams::default() };
            let mean = CwtImageParams { pixel: CwtPixel::MeanPower { points: 2 }, ..image.clone() };
            let (image, mean) = (image.plan::<T>(rate, 512).unwrap(), mean.plan::<T>(rate, 512).unwrap());
            let squeezed = SynchrosqueezingParams { frequencies: rows(8), boundary, ..Default::default() };
            let squeezed = squeezed.plan::<T>(rate, 512).unwrap();
            let count = allocations_when_warm(|| {
                full.process(&samples, &mut complex, &mut scratch).unwrap();
                full.magnitude(&samples, &mut real, &mut scratch).unwrap();
                full.power(&samples, &mut real, &mut scratch).unwrap();
                image.process(&samples, &mut complex[..512], &mut scratch).unwrap();
                image.power(&samples, &mut real[..512], &mut scratch).unwrap();
                mean.magnitude(&samples, &mut real[..512], &mut scratch).unwrap();
                squeezed.process(&samples, &mut complex, &mut scratch).unwrap();
                squeezed.magnitude(&samples, &mut real, &mut scratch).unwrap();
                squeezed.power(&samples, &mut real, &mut scratch).unwrap();
            });
            assert_eq!(count, 0, "{boundary:?}");
        }
        let theirs = FcwtParams { count: 8, ..FcwtParams::default() }.plan::<T>(rate, 512).unwrap();
        let scales = vec![2.0, 4.0, 8.0, 16.0];
        let squeezepy = SsqueezepyCwtParams { scales: scales.clone(), ..Default::default() };
        let squeezepy = squeezepy.plan::<T>(512).unwrap();
        let stepped = PyWaveletsCwtParams { scales, ..Default::default() }.plan::<T>(rate, 512).unwrap();
        let count = allocations_when_warm(|| {
            theirs.process(&samples, &mut complex, &mut scratch).unwrap();
            squeezepy.process(&samples, &mut complex[..4 * 512], &mut scratch).unwrap();
            stepped.process(&samples, &mut complex[..4 * 512], &mut scratch).unwrap();
        });
        assert_eq!(count, 0);
    }
    check::<f32>();
    check::<f64>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_image_is_the_full_transform_at_its_columns(
        columns in 1usize..80, pixel in 1usize..12, w0 in 4.0..30.0_f64, count in 1usize..6,
    ) {
        let n = columns * pixel;
        let samples = noise(n);
        let wavelet = AnalyticWavelet::Morlet { w0 };
        let frequencies = CwtFrequencies::geometric(Hertz(90.0), Hertz(5900.0), count);
        let params = CwtImageParams { wavelet, frequencies: frequencies.clone(), columns, ..CwtImageParams::default() };
        let plan = params.plan::<f64>(Hertz(12_000.0), n).unwrap();
        let mut image = vec![Complex::default(); plan.output_len()];
        plan.process(&samples, &mut image, &mut Scratch::new()).unwrap();
        let full = transform(&CwtParams { wavelet, frequencies, ..CwtParams::default() }, &samples);
        let peak = full.iter().map(|value| value.norm()).fold(0.0, f64::max);
        for row in 0..count {
            for column in 0..columns {
                let apart = (image[row * columns + column] - full[row * n + column * pixel]).norm();
                prop_assert!(apart <= 1e-10 * peak);
            }
        }
    }

    #[test]
    fn the_transform_is_linear_and_turns_with_the_record(n in 1usize..300, by in 0usize..300, factor in -3.0..3.0_f64) {
        let params = CwtParams { frequencies: rows(5), ..CwtParams::default() };
        let (a, b) = (noise(n), (0..n).map(|i| (i as f64 * 0.7).sin()).collect::<Vec<_>>());
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + factor * b).collect();
        let (wa, wb, ws) = (transform(&params, &a), transform(&params, &b), transform(&params, &sum));
        for ((a, b), s) in wa.iter().zip(&wb).zip(&ws) {
            prop_assert!((a + b * factor - s).norm() < 1e-12);
        }
        let mut turned = a.clone();
        turned.rotate_left(by % n);
        let wt = transform(&params, &turned);
        for row in 0..5 {
            for i in 0..n {
                prop_assert!((wt[row * n + i] - wa[row * n + (i + by) % n]).norm() < 1e-12);
            }
        }
    }
}
