//! Amplitude and Welch spectra: the references' numbers, and what tones and noise have to show.
#![allow(clippy::unwrap_used)]

use crate::golden;

use std::f64::consts::TAU;

use brinell_signal::{
    Hertz, Scratch,
    fourier::{
        AmplitudeSpectrumParams, AutocorrelationParams, AutocorrelationScale, Average, Detrend, MedianWindow,
        PowerScale, RealFft, WelchParams, Window, detrend, median_filter, running_median,
    },
};

fn amplitudes(window: Window, samples: &[f64]) -> Vec<f64> {
    let plan = AmplitudeSpectrumParams { window }.plan(Hertz(1.0), samples.len()).unwrap();
    let mut lines = vec![0.0; plan.spectrum_len()];
    plan.process(samples, &mut lines, &mut Scratch::new()).unwrap();
    lines
}

/// Cubic spline with not-a-knot ends through at least four points, at ascending or any places.
fn spline(x: &[f64], y: &[f64], at: &[f64]) -> Vec<f64> {
    let n = x.len();
    let h: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
    let slope: Vec<f64> = (0..n - 1).map(|i| (y[i + 1] - y[i]) / h[i]).collect();
    // Second derivatives of the inner points; those of the ends follow from their neighbours.
    let (mut below, mut main, mut above, mut right) =
        (vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    for i in 1..n - 1 {
        below[i] = h[i - 1];
        main[i] = 2.0 * (h[i - 1] + h[i]);
        above[i] = h[i];
        right[i] = 6.0 * (slope[i] - slope[i - 1]);
    }
    let (first, last) = (h[0] / h[1], h[n - 2] / h[n - 3]);
    main[1] += below[1] * (1.0 + first);
    above[1] -= below[1] * first;
    main[n - 2] += above[n - 2] * (1.0 + last);
    below[n - 2] -= above[n - 2] * last;
    for i in 2..n - 1 {
        let factor = below[i] / main[i - 1];
        main[i] -= factor * above[i - 1];
        right[i] -= factor * right[i - 1];
    }
    let mut curve = vec![0.0; n];
    for i in (1..n - 1).rev() {
        let next = if i + 2 < n { above[i] * curve[i + 1] } else { 0.0 };
        curve[i] = (right[i] - next) / main[i];
    }
    curve[0] = curve[1] * (1.0 + first) - curve[2] * first;
    curve[n - 1] = curve[n - 2] * (1.0 + last) - curve[n - 3] * last;
    let value = |t: f64| {
        let i = x.partition_point(|p| *p <= t).clamp(1, n - 1) - 1;
        let (a, b) = ((x[i + 1] - t) / h[i], (t - x[i]) / h[i]);
        a * y[i]
            + b * y[i + 1]
            + ((a * a * a - a) * curve[i] + (b * b * b - b) * curve[i + 1]) * h[i] * h[i] / 6.0
    };
    at.iter().map(|t| value(*t)).collect()
}

#[test]
fn the_spectrum_of_an_order_tracked_run_up_equals_the_reference() {
    let case = &golden::cases("amplitude_spectrum")[0];
    let (run, tacho) = (case.input(0), case.input(1));
    let per_turn = case.integer("samples_per_rev");
    let turns: Vec<f64> = (0..tacho.len()).map(|i| i as f64).collect();
    let angles: Vec<f64> = (0..(tacho.len() - 1) * per_turn).map(|i| i as f64 / per_turn as f64).collect();
    let times: Vec<f64> = (0..run.len()).map(|i| i as f64 / case.number("fs")).collect();
    let tracked = spline(&times, &run, &spline(&turns, &tacho, &angles));
    case.check("s", &amplitudes(Window::Rectangular, &tracked));
}

#[test]
fn welch_spectra_equal_scipy() {
    let cases = golden::cases("welch");
    assert_eq!(cases.len(), 8);
    for case in cases {
        let given =
            |name: &str| case.params.get(name).and_then(serde_json::Value::as_u64).map(|v| v as usize);
        let word = |name: &str| case.params.get(name).and_then(|v| v.as_str().map(str::to_owned));
        let params = WelchParams {
            window: match word("window").as_deref() {
                None => Window::Hann,
                Some("flattop") => Window::FlatTop,
                Some("boxcar") => Window::Rectangular,
                Some(other) => panic!("{other}"),
            },
            length: case.integer("nperseg"),
            overlap: given("noverlap"),
            fft_length: given("nfft"),
            detrend: match case.params.get("detrend") {
                None => Detrend::Constant,
                Some(v) if *v == false => Detrend::None,
                Some(_) => Detrend::Linear,
            },
            scale: if word("scaling").is_some() { PowerScale::Spectrum } else { PowerScale::Density },
            average: if word("average").is_some() { Average::Median } else { Average::Mean },
        };
        let input = case.input(0);
        let plan = params.plan::<f64>(Hertz(case.number("fs")), input.len()).unwrap();
        let mut power = vec![0.0; plan.spectrum_len()];
        plan.process(&input, &mut power, &mut Scratch::new()).unwrap();
        case.check("P", &power);
        let lines: Vec<f64> = (0..power.len()).map(|k| k as f64 * plan.resolution().0).collect();
        case.check("f", &lines);
    }
}

#[test]
fn a_tone_on_a_line_shows_its_peak_amplitude_under_every_window() {
    let samples: Vec<f64> = (0..500).map(|n| 2.0 + 3.0 * (TAU * n as f64 / 10.0 + 0.7).cos()).collect();
    for window in [Window::Rectangular, Window::Hann, Window::FlatTop, Window::Kaiser { beta: 8.6 }] {
        let lines = amplitudes(window, &samples);
        assert!((lines[0] - 2.0).abs() < 1e-3, "{window:?}: {}", lines[0]);
        assert!((lines[50] - 3.0).abs() < 1e-3, "{window:?}: {}", lines[50]);
    }
    let nyquist: Vec<f64> = (0..500).map(|n| if n % 2 == 0 { 1.5 } else { -1.5 }).collect();
    assert!((amplitudes(Window::Hann, &nyquist)[250] - 1.5).abs() < 1e-12);
}

#[test]
fn between_two_lines_hann_loses_1_4_db_and_a_flat_top_0_01_db() {
    let samples: Vec<f64> = (0..4000).map(|n| (TAU * 400.5 * n as f64 / 4000.0).cos()).collect();
    let loss = |window| 20.0 * amplitudes(window, &samples)[400].log10();
    assert!((loss(Window::Hann) + 1.42).abs() < 0.01, "{}", loss(Window::Hann));
    assert!(loss(Window::FlatTop).abs() < 0.011, "{}", loss(Window::FlatTop));
}

#[test]
fn the_integral_of_a_power_density_is_the_variance() {
    let samples = golden::input("noise4096");
    let plan = WelchParams::default().plan::<f64>(Hertz(12_000.0), samples.len()).unwrap();
    let mut power = vec![0.0; plan.spectrum_len()];
    plan.process(&samples, &mut power, &mut Scratch::new()).unwrap();
    let integral = power.iter().sum::<f64>() * plan.resolution().0;
    assert!((integral - 1.0).abs() < 0.05, "{integral}");
}

#[test]
fn constants_and_zeros_give_finite_spectra() {
    for value in [0.0_f32, 2.5] {
        let samples = vec![value; 300];
        for detrend in [Detrend::None, Detrend::Constant, Detrend::Linear] {
            for average in [Average::Mean, Average::Median] {
                let params = WelchParams { detrend, average, length: 64, ..WelchParams::default() };
                let plan = params.plan::<f32>(Hertz(1.0), 300).unwrap();
                let mut power = vec![0.0; plan.spectrum_len()];
                plan.process(&samples, &mut power, &mut Scratch::new()).unwrap();
                assert!(power.iter().all(|p| p.is_finite()));
            }
        }
    }
}

#[test]
fn impossible_parameters_are_refused() {
    let welch = WelchParams::default();
    for (params, len) in [
        (WelchParams { length: 0, ..welch.clone() }, 100),
        (WelchParams { overlap: Some(256), ..welch.clone() }, 1000),
        (WelchParams { fft_length: Some(255), ..welch.clone() }, 1000),
        (WelchParams { window: Window::Kaiser { beta: -1.0 }, ..welch.clone() }, 1000),
        (welch.clone(), 0),
    ] {
        assert!(params.plan::<f32>(Hertz(1.0), len).is_err(), "{params:?}");
    }
    assert!(AmplitudeSpectrumParams::default().plan::<f32>(Hertz(1.0), 0).is_err());
    assert!(AmplitudeSpectrumParams::default().plan::<f32>(Hertz(1.0), 1).is_ok());
    assert!(AmplitudeSpectrumParams { window: Window::Bartlett }.plan::<f32>(Hertz(-1.0), 10).is_err());
}

#[test]
fn autocorrelations_equal_the_reference() {
    let cases = golden::cases("autocorrelation_biased");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let n = case.integer("n");
        let samples = &case.input(0)[..n];
        let of = |scale, lags| {
            let plan = AutocorrelationParams { scale, lags }.plan::<f64>(Hertz(2.0), n).unwrap();
            let mut lags = vec![0.0; plan.output_len()];
            plan.process(samples, &mut lags, &mut Scratch::new()).unwrap();
            assert!((plan.time(1).0 - 0.5).abs() < 1e-15);
            lags
        };
        let biased = of(AutocorrelationScale::Biased, None);
        case.check("r", &biased);
        let unbiased = of(AutocorrelationScale::Unbiased, Some(20));
        assert_eq!(unbiased.len(), 20);
        for (k, r) in unbiased.iter().enumerate() {
            assert!((r - biased[k] * n as f64 / (n - k) as f64).abs() < 1e-13);
        }
    }
    let params = AutocorrelationParams::default();
    assert!(params.plan::<f32>(Hertz(1.0), 0).is_err());
    assert!(params.plan::<f32>(Hertz(1.0), usize::MAX).is_err());
    assert!(AutocorrelationParams { lags: Some(11), ..params }.plan::<f32>(Hertz(1.0), 10).is_err());
    assert!(AutocorrelationParams { lags: Some(0), ..params }.plan::<f32>(Hertz(1.0), 10).is_err());
}

#[test]
fn trends_equal_scipy() {
    let case = &golden::cases("detrend_linear")[0];
    let mut samples = case.input(0);
    detrend(&mut samples, Detrend::Linear);
    case.check("y", &samples);
    let mut constant = vec![2.5_f32; 7];
    detrend(&mut constant, Detrend::None);
    assert_eq!(constant, [2.5; 7]);
    detrend(&mut constant, Detrend::Constant);
    assert_eq!(constant, [0.0; 7]);
    detrend::<f32>(&mut [], Detrend::Linear);
    let mut one = [3.0];
    detrend(&mut one, Detrend::Linear);
    assert_eq!(one, [0.0]);
}

#[test]
fn medians_equal_the_reference() {
    let mut window = MedianWindow::default();
    let case = &golden::cases("median_filter_local")[0];
    let samples = &case.input(0)[..case.integer("n")];
    let mut output = vec![0.0; samples.len()];
    median_filter(samples, case.integer("k") / 2, &mut output, &mut window).unwrap();
    case.check("y", &output);
    median_filter(samples, samples.len(), &mut output, &mut window).unwrap();
    assert!(output.iter().all(|y| *y == 0.0));
    median_filter::<f64>(&[], 3, &mut [], &mut window).unwrap();

    let case = &golden::cases("local_median")[0];
    let n = case.integer("n");
    let fft = RealFft::new(n).unwrap();
    let mut bins = vec![Default::default(); fft.bins()];
    fft.forward(&case.input(0)[..n], &mut bins, &mut Scratch::new()).unwrap();
    let power: Vec<f64> = bins.iter().map(|bin| bin.norm_sqr()).collect();
    let mut floor = vec![0.0; power.len()];
    running_median(&power, case.integer("half"), &mut floor, &mut window).unwrap();
    case.check("y", &floor);
}

#[test]
fn a_median_filter_counts_zeros_beyond_the_ends() {
    let mut window = MedianWindow::default();
    for len in 1..30_usize {
        let values: Vec<f64> = (0..len).map(|n| ((n * 37 + 11) % 17) as f64 - 6.0).collect();
        for half in 0..20 {
            let mut output = vec![0.0; len];
            median_filter(&values, half, &mut output, &mut window).unwrap();
            for (i, got) in output.iter().enumerate() {
                let at = |n: usize| n.checked_sub(half).and_then(|n| values.get(n)).copied().unwrap_or(0.0);
                let mut around: Vec<f64> = (i..=i + 2 * half).map(at).collect();
                around.sort_by(f64::total_cmp);
                assert_eq!(*got, around[half], "{len} {half} {i}");
            }
        }
    }
}
