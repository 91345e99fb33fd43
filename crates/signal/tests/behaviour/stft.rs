//! The short-time Fourier transform: SciPy's numbers, and back again.
#![allow(clippy::unwrap_used)]

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::{
    Hertz, Scratch,
    fourier::{RealFft, StftFrames, StftParams, StftPhase, StftPlan, StftScale, Symmetry, Window},
};
use num_complex::{Complex, Complex64};
use proptest::prelude::*;

fn transform(plan: &StftPlan<f64>, samples: &[f64]) -> Vec<Complex64> {
    let mut output = vec![Complex::default(); plan.output_len()];
    plan.process(samples, &mut output, &mut Scratch::new()).unwrap();
    output
}

#[test]
fn transforms_equal_scipy() {
    let cases = golden::cases("short_time_fft");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let (window, symmetry) = if case.text("window").starts_with("gaussian") {
            (Window::Gaussian { std: 8.0 }, Symmetry::Symmetric)
        } else {
            (Window::Hann, Symmetry::Periodic)
        };
        let params = StftParams {
            window,
            symmetry,
            length: case.integer("m_num"),
            hop: case.integer("hop"),
            fft_length: Some(case.integer("mfft")),
            scale: match case.params["scale_to"].as_str() {
                None => StftScale::Unscaled,
                Some("magnitude") => StftScale::Magnitude,
                Some("psd") => StftScale::Psd,
                Some(other) => panic!("{other}"),
            },
            phase: if case.params["phase_shift"].is_null() { StftPhase::Start } else { StftPhase::Centre },
            frames: StftFrames::Covering,
        };
        let n = case.integer("n");
        let plan = params.plan::<f64>(Hertz(case.number("fs")), n).unwrap();
        assert_eq!(case.shape("S"), [plan.bins(), plan.frames()], "{}", case.id);
        case.check_complex("S", &transform(&plan, &case.input(0)[..n]));
        case.check("t", &(0..plan.frames()).map(|p| plan.time(p).0).collect::<Vec<_>>());
        case.check("f", &(0..plan.bins()).map(|q| plan.frequency(q).0).collect::<Vec<_>>());
    }
}

#[test]
fn inverses_of_changed_transforms_equal_scipy() {
    let cases = golden::cases("short_time_ifft");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let n = case.integer("n");
        let params =
            StftParams { length: case.integer("m_num"), hop: case.integer("hop"), ..StftParams::default() };
        let plan = params.plan::<f64>(Hertz(12_000.0), n).unwrap();
        case.check("dual_win", plan.dual_window().unwrap());
        let mut bins = transform(&plan, &case.input(0)[..n]);
        for bin in case.params["zero_bins"].as_array().unwrap() {
            let row = usize::try_from(bin.as_u64().unwrap()).unwrap();
            bins[row * plan.frames()..][..plan.frames()].fill(Complex::default());
        }
        let mut back = vec![0.0; n];
        plan.inverse(&bins, &mut back, &mut Scratch::new()).unwrap();
        case.check("y", &back);
    }
}

#[test]
fn frames_inside_equal_plain_transforms_of_the_frames() {
    let case = &golden::cases("stft_frames")[0];
    let n = case.integer("n");
    let params = StftParams {
        length: case.integer("m"),
        hop: case.integer("hop"),
        phase: StftPhase::Start,
        frames: StftFrames::Inside,
        ..StftParams::default()
    };
    let plan = params.plan::<f64>(Hertz(12_000.0), n).unwrap();
    assert_eq!((plan.bins(), plan.frames()), (129, 15));
    let samples = &case.input(0)[..n];
    let bins = transform(&plan, samples);
    case.check_complex("S", &bins);
    let mut power = vec![0.0; plan.output_len()];
    plan.power(samples, &mut power, &mut Scratch::new()).unwrap();
    assert!(power.iter().zip(&bins).all(|(p, b)| (p - b.norm_sqr()).abs() <= 1e-12 * b.norm_sqr()));
    assert!((plan.time(0).0 - 128.0 / 12_000.0).abs() < 1e-15);
    assert!(plan.inverse(&bins, &mut vec![0.0; n], &mut Scratch::new()).is_err());
}

#[test]
fn padded_frames_equal_the_older_function_of_scipy() {
    let case = &golden::cases("stft_legacy")[0];
    let (length, overlap) = (case.integer("nperseg"), case.integer("noverlap"));
    let params = StftParams {
        length,
        hop: length - overlap,
        scale: StftScale::Magnitude,
        phase: StftPhase::Start,
        frames: StftFrames::Padded,
        ..StftParams::default()
    };
    let input = case.input(0);
    let plan = params.plan::<f64>(Hertz(12_000.0), input.len()).unwrap();
    assert_eq!(case.shape("Z"), [plan.bins(), plan.frames()]);
    case.check_complex("Z", &transform(&plan, &input));
    case.check("t", &(0..plan.frames()).map(|p| plan.time(p).0).collect::<Vec<_>>());
    // SciPy adds zeros until whole frames fill the padded record.
    for (len, frames) in [(64, 2), (65, 3), (1023, 17), (1025, 18)] {
        assert_eq!(params.plan::<f64>(Hertz(1.0), len).unwrap().frames(), frames, "{len}");
    }
}

#[test]
fn magnitude_is_the_root_of_power_and_single_precision_agrees() {
    let samples = &golden::input("noise4096")[..1000];
    let narrow: Vec<f32> = samples.iter().map(|x| *x as f32).collect();
    for (length, frames) in [
        (256, StftFrames::Inside),
        (64, StftFrames::Covering),
        (100, StftFrames::Covering),
        (1000, StftFrames::Inside),
    ] {
        let params = StftParams { length, hop: length / 4, frames, ..StftParams::default() };
        let plan = params.plan::<f64>(Hertz(1.0), 1000).unwrap();
        let bins = transform(&plan, samples);
        let mut magnitude = vec![0.0; plan.output_len()];
        plan.magnitude(samples, &mut magnitude, &mut Scratch::new()).unwrap();
        assert!(magnitude.iter().zip(&bins).all(|(m, b)| (m - b.norm()).abs() <= 1e-12 * (1.0 + b.norm())));
        let plan = params.plan::<f32>(Hertz(1.0), 1000).unwrap();
        let (mut single, mut complex) =
            (vec![0.0; plan.output_len()], vec![Complex::default(); plan.output_len()]);
        plan.magnitude(&narrow, &mut single, &mut Scratch::new()).unwrap();
        plan.process(&narrow, &mut complex, &mut Scratch::new()).unwrap();
        let largest = magnitude.iter().copied().fold(0.0, f64::max);
        assert!(magnitude.iter().zip(&single).all(|(a, b)| (a - f64::from(*b)).abs() < 2e-6 * largest));
        let near = |a: &Complex64, b: &Complex<f32>| (a - Complex64::new(b.re.into(), b.im.into())).norm();
        assert!(bins.iter().zip(&complex).all(|(a, b)| near(a, b) < 2e-6 * largest));
    }
}

#[test]
fn frames_of_every_fast_length_equal_plain_transforms() {
    let samples = golden::input("noise4096");
    let mut scratch = Scratch::new();
    for length in [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] {
        for (hop, phase, more) in [
            (1, StftPhase::Centre, 0),
            (length / 3 + 1, StftPhase::Start, length),
            (length + 3, StftPhase::Centre, 0),
        ] {
            let params = StftParams {
                length,
                hop,
                phase,
                fft_length: Some(length + more),
                frames: StftFrames::Inside,
                window: Window::Hamming,
                ..StftParams::default()
            };
            let record = &samples[..(length + 18 * hop).min(4096)];
            let plan = params.plan::<f64>(Hertz(1.0), record.len()).unwrap();
            let mut bins = vec![Complex::default(); plan.output_len()];
            plan.process(record, &mut bins, &mut scratch).unwrap();
            let weights = Window::Hamming.samples(length, Symmetry::Periodic);
            let fft = RealFft::new(length + more).unwrap();
            for p in [0, plan.frames() / 2, plan.frames() - 1] {
                let mut frame = vec![0.0; length + more];
                for (m, w) in weights.iter().enumerate() {
                    frame[m] = w * record[p * hop + m];
                }
                if phase == StftPhase::Centre {
                    frame.rotate_left(length / 2);
                }
                let mut want = vec![Complex::default(); fft.bins()];
                fft.forward(&frame, &mut want, &mut scratch).unwrap();
                for (q, want) in want.iter().enumerate() {
                    let got = bins[q * plan.frames() + p];
                    assert!(
                        (got - want).norm() < 1e-12 * length as f64,
                        "{length} {hop} {p} {q}: {got} {want}"
                    );
                }
            }
        }
    }
}

#[test]
fn tiny_huge_and_empty_records_give_no_nan() {
    for len in [1, 2, 3, 40, 300] {
        for frames in [StftFrames::Covering, StftFrames::Inside, StftFrames::Padded] {
            for (length, hop) in [(1, 1), (2, 1), (3, 2), (32, 8), (64, 16)] {
                let params =
                    StftParams { length, hop, frames, window: Window::Hamming, ..StftParams::default() };
                let Ok(plan) = params.plan::<f32>(Hertz(1.0), len) else { continue };
                let mut output = vec![0.0; plan.output_len()];
                for value in [0.0, 2.5, 1e30] {
                    plan.magnitude(&vec![value; len], &mut output, &mut Scratch::new()).unwrap();
                    assert!(output.iter().all(|v| !v.is_nan()), "{len} {params:?} {value}");
                }
            }
        }
    }
}

#[test]
fn nothing_is_allocated_when_warm() {
    let samples = vec![0.5_f32; 2048];
    for length in [256, 200] {
        let params = StftParams { length, ..StftParams::default() };
        let plan = params.plan::<f32>(Hertz(1.0), 2048).unwrap();
        let mut scratch = Scratch::new();
        let (mut bins, mut values) =
            (vec![Complex::default(); plan.output_len()], vec![0.0; plan.output_len()]);
        let mut back = vec![0.0; 2048];
        let counted = allocations_when_warm(|| {
            plan.process(&samples, &mut bins, &mut scratch).unwrap();
            plan.power(&samples, &mut values, &mut scratch).unwrap();
            plan.magnitude(&samples, &mut values, &mut scratch).unwrap();
            plan.inverse(&bins, &mut back, &mut scratch).unwrap();
        });
        assert_eq!(counted, 0);
    }
}

#[test]
fn a_tone_shows_half_its_amplitude_when_scaled_to_magnitude() {
    let samples: Vec<f64> =
        (0..2048).map(|n| 3.0 * (std::f64::consts::TAU * n as f64 / 16.0).cos()).collect();
    let params =
        StftParams { scale: StftScale::Magnitude, frames: StftFrames::Inside, ..StftParams::default() };
    let plan = params.plan::<f64>(Hertz(1.0), 2048).unwrap();
    let bins = transform(&plan, &samples);
    for p in 0..plan.frames() {
        assert!((bins[16 * plan.frames() + p].norm() - 1.5).abs() < 1e-12);
    }
}

#[test]
fn impossible_parameters_are_refused_and_say_why() {
    let plan =
        |params: StftParams, len| params.plan::<f32>(Hertz(1.0), len).map(|_| ()).unwrap_err().to_string();
    let inside = StftParams { frames: StftFrames::Inside, ..StftParams::default() };
    assert!(plan(inside.clone(), 255).contains("at least 256"), "{}", plan(inside, 255));
    assert!(plan(StftParams { hop: 0, ..StftParams::default() }, 1000).contains("hop"));
    assert!(plan(StftParams { hop: usize::MAX, ..StftParams::default() }, 1000).contains("hop"));
    assert!(plan(StftParams { length: 0, ..StftParams::default() }, 1000).contains("length"));
    assert!(plan(StftParams { fft_length: Some(10), ..StftParams::default() }, 1000).contains("fft_length"));
    assert!(StftParams::default().plan::<f32>(Hertz(f64::NAN), 1000).is_err());
    assert!(plan(StftParams { length: usize::MAX, ..StftParams::default() }, 1000).contains("length"));
}

proptest! {
    #[test]
    fn the_inverse_gives_any_record_back(
        samples in prop::collection::vec(-1.0..1.0_f64, 40..400),
        length in 4usize..64, part in 2usize..5, more in 0usize..20, centre in any::<bool>(),
    ) {
        let params = StftParams {
            length,
            hop: (length / part).max(1),
            fft_length: Some(length + more),
            phase: if centre { StftPhase::Centre } else { StftPhase::Start },
            scale: StftScale::Psd,
            ..StftParams::default()
        };
        let plan = params.plan::<f64>(Hertz(100.0), samples.len()).unwrap();
        let bins = transform(&plan, &samples);
        let mut back = vec![0.0; samples.len()];
        plan.inverse(&bins, &mut back, &mut Scratch::new()).unwrap();
        for (a, b) in samples.iter().zip(&back) {
            prop_assert!((a - b).abs() < 1e-10);
        }
    }

    #[test]
    fn transforms_are_linear_and_move_with_the_record(
        samples in prop::collection::vec(-1.0..1.0_f64, 400), a in -3.0..3.0_f64, by in 1usize..5, long in any::<bool>(),
    ) {
        let length = if long { 64 } else { 50 };
        let params = StftParams { length, hop: 16, frames: StftFrames::Inside, ..StftParams::default() };
        let plan = params.plan::<f64>(Hertz(1.0), 300).unwrap();
        let (x, y) = (&samples[..300], &samples[100..]);
        let sum: Vec<f64> = x.iter().zip(y).map(|(x, y)| a * x + y).collect();
        let (of_x, of_y, of_sum) = (transform(&plan, x), transform(&plan, y), transform(&plan, &sum));
        for k in 0..of_x.len() {
            prop_assert!((of_x[k] * a + of_y[k] - of_sum[k]).norm() < 1e-12);
        }
        // A record that begins `by` frames later shows the same frames `by` columns earlier.
        let later = transform(&plan, &samples[16 * by..][..300]);
        for q in 0..plan.bins() {
            for p in by..plan.frames() {
                let (one, other) = (of_x[q * plan.frames() + p], later[q * plan.frames() + p - by]);
                prop_assert!((one - other).norm() < 1e-12);
            }
        }
    }

    #[test]
    fn frames_hold_the_energy_of_the_record_times_the_sum_of_the_squared_tapers_over_each_sample(
        samples in prop::collection::vec(-1.0..1.0_f64, 60..600),
        quarter in 1usize..20, parts in 3usize..7, more in 0usize..20, centre in any::<bool>(),
    ) {
        // Squared Hann windows at a third of their length or less sum to 3/8 of the windows that overlap.
        let length = quarter * parts;
        let params = StftParams {
            length,
            hop: quarter,
            fft_length: Some(length + more),
            phase: if centre { StftPhase::Centre } else { StftPhase::Start },
            ..StftParams::default()
        };
        let energy: f64 = samples.iter().map(|x| x * x).sum();
        for (scale, unit) in [
            (StftScale::Unscaled, 1.0),
            (StftScale::Psd, 1.0 / (100.0 * 0.375 * length as f64)),
            (StftScale::Magnitude, 1.0 / (0.5 * length as f64).powi(2)),
        ] {
            let plan = StftParams { scale, ..params.clone() }.plan::<f64>(Hertz(100.0), samples.len()).unwrap();
            let bins = transform(&plan, &samples);
            let doubled = |q: usize| if q == 0 || 2 * q == length + more { 1.0 } else { 2.0 };
            let frames: f64 =
                bins.chunks_exact(plan.frames()).enumerate().map(|(q, row)| {
                    doubled(q) * row.iter().map(|bin| bin.norm_sqr()).sum::<f64>()
                }).sum();
            let want = unit * energy * 0.375 * parts as f64 * (length + more) as f64;
            prop_assert!((frames - want).abs() <= 1e-12 * want, "{frames} {want}");
        }
    }
}
