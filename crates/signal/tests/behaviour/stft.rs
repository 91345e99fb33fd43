//! The short-time Fourier transform: SciPy's numbers, and back again.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::{
    Hertz, Scratch,
    fourier::{StftFrames, StftParams, StftPhase, StftPlan, StftScale, Symmetry, Window},
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
}
