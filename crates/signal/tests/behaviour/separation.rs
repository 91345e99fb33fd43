//! Whitening, cepstra, linear prediction, separation and deconvolution: the reference's numbers, what each has to part,
//! and what none may do with records that hold nothing.

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::{
    Error, Hertz, Sample, Scratch,
    envelope::squared_envelope_spectrum,
    fourier::{CepstralComb, CepstrumLifterParams, RealCepstrumParams, RealFft},
    generator,
    separation::*,
};
use num_complex::Complex;
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

const RATE: Hertz = Hertz(12_000.0);

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = generator(seed, "noise of a test");
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn narrow(samples: &[f64]) -> Vec<f32> {
    samples.iter().map(|x| *x as f32).collect()
}

fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64
}

fn kurtosis(samples: &[f64]) -> f64 {
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let moment = |p| samples.iter().map(|x| (x - mean).powi(p)).sum::<f64>() / samples.len() as f64;
    moment(4) / moment(2).powi(2)
}

/// Impulses every `period` samples (with a jitter) through a resonance, in noise.
fn impacts(n: usize, period: f64, jitter: f64, noise_rms: f64, seed: u64) -> Vec<f64> {
    let mut samples: Vec<f64> = noise(n, seed).iter().map(|x| x * noise_rms).collect();
    let mut random = generator(seed, "jitter of a test");
    let mut place = 5.0;
    while place < n as f64 {
        let start = place as usize;
        for (since, x) in samples[start..].iter_mut().take(200).enumerate() {
            *x += (-(since as f64) / 12.0).exp() * (since as f64 * 1.6).sin();
        }
        let drawn: f64 = StandardNormal.sample(&mut random);
        place += period * (1.0 + jitter * drawn);
    }
    samples
}

fn real_cepstrum<T: Sample>(samples: &[T]) -> Vec<T> {
    let plan = RealCepstrumParams::default().plan(RATE, samples.len()).unwrap();
    let mut output = vec![T::default(); samples.len()];
    plan.process(samples, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn prewhiten<T: Sample>(samples: &[T], ends: RecordEnds) -> Vec<T> {
    let plan = CepstrumPrewhitenParams { ends }.plan(RATE, samples.len()).unwrap();
    let mut output = vec![T::default(); plan.output_len()];
    plan.process(samples, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn widen(samples: &[f32]) -> Vec<f64> {
    samples.iter().map(|x| f64::from(*x)).collect()
}

/// Unscaled spectrum, by the crate's own FFT.
fn spectrum(samples: &[f64]) -> Vec<Complex<f64>> {
    let fft = RealFft::new(samples.len()).unwrap();
    let mut bins = vec![Complex::default(); fft.bins()];
    fft.forward(samples, &mut bins, &mut Scratch::new()).unwrap();
    bins
}

/// Bins of `samples` that hold more than rounding. The record `amfm1000` is a sum of tones on bins: 843 of its 1000
/// bins are empty, and what the reference's logarithm and phase show there is the rounding of its own FFT.
fn determined(samples: &[f64]) -> Vec<bool> {
    let bins = spectrum(samples);
    let largest = bins.iter().map(|z| z.norm()).fold(0.0, f64::max);
    bins.iter().map(|z| z.norm() > 1e-6 * largest).collect()
}

#[test]
fn real_cepstra_equal_the_reference() {
    let cases = golden::cases("real_cepstrum");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let samples = case.input(0);
        let known = determined(&samples);
        if known.iter().all(|known| *known) {
            case.check("c", &real_cepstrum(&samples));
            case.check_looser("c", &widen(&real_cepstrum(&narrow(&samples))), 1e5);
            continue;
        }
        assert_eq!(case.id, "rceps_amfm1000");
        // The logarithm of the magnitudes, where there are any.
        let (got, want) = (spectrum(&real_cepstrum(&samples)), spectrum(&case.want("c")));
        for ((got, want), _) in got.iter().zip(&want).zip(&known).filter(|(_, known)| **known) {
            assert!((got.re - want.re).abs() < 1e-8 && got.im.abs() < 1e-8);
        }
    }
}

#[test]
fn cepstrum_prewhitening_equals_the_reference() {
    let cases = golden::cases("cepstrum_prewhiten");
    assert!(cases.len() >= 5);
    for case in cases {
        let samples = case.input(0);
        let white = prewhiten(&samples, RecordEnds::AsIs);
        let known = determined(&samples);
        if known.iter().all(|known| *known) {
            case.check("y", &white);
            case.check("ses", &squared_envelope_spectrum(&white).unwrap());
            continue;
        }
        assert_eq!(case.id, "cpw_amfm1000");
        let (got, want) = (spectrum(&white), spectrum(&case.want("y")));
        for ((got, want), known) in got.iter().zip(&want).zip(&known) {
            assert!((got.norm() - 1.0).abs() < 1e-9);
            assert!(!known || (got - want).norm() < 1e-8);
        }
        case.check("ses", &squared_envelope_spectrum(&case.want("y")).unwrap());
    }
}

#[test]
fn single_precision_prewhitens_as_double_precision_does() {
    let samples = golden::input("simfault4096");
    let wide = prewhiten(&samples, RecordEnds::AsIs);
    for (a, b) in prewhiten(&narrow(&samples), RecordEnds::AsIs).iter().zip(&wide) {
        assert!((f64::from(*a) - b).abs() < 2e-5);
    }
}

#[test]
fn linear_predictions_equal_the_reference() {
    for (function, method) in
        [("ar_yule_walker", AutoregressiveMethod::YuleWalker), ("ar_burg", AutoregressiveMethod::Burg)]
    {
        let cases = golden::cases(function);
        assert_eq!(cases.len(), 2);
        for case in cases {
            let (samples, order) = (case.input(0), case.integer("order"));
            let params = AutoregressiveParams { method, order: AutoregressiveOrder::Fixed(order) };
            let model = autoregressive_model(&samples, &params).unwrap();
            case.check("a", &model.coefficients);
            let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
            let mut residual = vec![0.0; samples.len()];
            let fit = plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
            assert_eq!(fit.order, order);
            case.check("resid", &residual);
            let plan = params.plan::<f32>(RATE, samples.len()).unwrap();
            let mut residual = vec![0.0; samples.len()];
            plan.process(&narrow(&samples), &mut residual, &mut Scratch::new()).unwrap();
            case.check_looser("resid", &widen(&residual), 1e4);
        }
    }
}

#[test]
fn transfer_functions_of_the_separation_equal_the_reference() {
    let cases = golden::cases("drs_transfer");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = case.input(0);
        let params = DiscreteRandomParams {
            window_length: case.integer("Nw"),
            delay: Some(case.integer("delay")),
            ..DiscreteRandomParams::default()
        };
        let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
        let mut transfer = vec![Complex::default(); plan.bins()];
        plan.transfer(&samples, &mut transfer, &mut Scratch::new()).unwrap();
        case.check_complex("H", &transfer);
    }
}

#[test]
fn minimum_entropy_deconvolution_equals_the_reference() {
    let cases = golden::cases("med_wiggins");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = &case.input(0)[..case.integer("n")];
        let params = MinimumEntropyParams {
            filter_length: case.integer("L"),
            iterations: case.integer("iterations"),
            tolerance: 0.0,
        };
        let result = params.plan(RATE, samples.len()).unwrap().deconvolve(samples).unwrap();
        let want = case.want("y");
        let same: f64 = want.iter().zip(&result.output).map(|(a, b)| a * b).sum();
        let signed = |values: &[f64]| values.iter().map(|v| v * same.signum()).collect::<Vec<_>>();
        case.check("f", &signed(&result.filter));
        case.check("y", &signed(&result.output));
        case.check("kurt", &result.kurtosis);
        assert!(result.output.iter().fold(0f64, |a, y| if y.abs() > a.abs() { *y } else { a }) > 0.0);
    }
}

#[test]
fn momeda_equals_the_reference() {
    let cases = golden::cases("momeda");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = &case.input(0)[..case.integer("n")];
        let plan =
            MomedaParams { filter_length: case.integer("L") }.plan::<f64>(RATE, samples.len()).unwrap();
        let frequency = Hertz(RATE.0 / case.number("T"));
        let result = plan.deconvolve(samples, frequency).unwrap();
        case.check("f", &result.filter);
        case.check("y", &result.output);
        case.check("mkurt", &[result.criterion]);
        let mut scanned = [0.0];
        plan.scan(samples, &[frequency], &mut scanned, &mut Scratch::new()).unwrap();
        case.check("mkurt", &scanned);
    }
}

#[test]
fn white_noise_stays_white_under_every_whitening() {
    let samples = noise(16_384, 1);
    let neighbours =
        |x: &[f64]| x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / x.iter().map(|v| v * v).sum::<f64>();
    let white = whiten(&samples, RATE, Hertz(50.0)).unwrap();
    assert!(neighbours(&white).abs() < 0.02 && (kurtosis(&white) - 3.0).abs() < 0.2);
    let white = prewhiten(&samples, CepstrumPrewhitenParams::default().ends);
    assert!(neighbours(&white).abs() < 0.02 && (kurtosis(&white) - 3.0).abs() < 0.3);
    let plan = AutoregressiveParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let mut residual = vec![0.0; samples.len()];
    let fit = plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
    assert!(fit.order <= 12 && (power(&residual) / power(&samples) - 1.0).abs() < 0.01, "{fit:?}");
}

#[test]
fn the_plan_of_whitening_gives_the_numbers_of_the_function() {
    let samples = golden::input("cwru_ir007_4096");
    let wide = whiten(&samples, RATE, Hertz(60.0)).unwrap();
    for (a, b) in whiten(&narrow(&samples), RATE, Hertz(60.0)).unwrap().iter().zip(&wide) {
        assert!((f64::from(*a) - b).abs() < 1e-4);
    }
    // A power of two more changes no bit.
    let larger: Vec<f64> = samples.iter().map(|x| x * 2f64.powi(300)).collect();
    assert_eq!(whiten(&larger, RATE, Hertz(60.0)).unwrap(), wide);
}

#[test]
fn a_record_that_does_not_close_no_longer_gains_an_impulse_at_its_ends() {
    let n = 16_384;
    let random = noise(n, 4);
    let slope: Vec<f64> = random.iter().enumerate().map(|(i, x)| x + 50.0 * i as f64 / n as f64).collect();
    let slow: Vec<f64> = random
        .iter()
        .enumerate()
        .map(|(i, x)| x + 50.0 * (std::f64::consts::TAU * 3.3 * i as f64 / n as f64).sin())
        .collect();
    for samples in [&slope, &slow] {
        let bare = kurtosis(&prewhiten(samples, RecordEnds::AsIs));
        let handled = kurtosis(&prewhiten(samples, CepstrumPrewhitenParams::default().ends));
        assert!(bare > 10.0 && handled < 3.6, "{bare} {handled}");
    }
}

#[test]
fn removing_the_comb_of_a_shaft_removes_its_harmonics_and_keeps_the_noise() {
    // 40 samples a turn, 100 turns: harmonic h stands on line 100 h.
    let n = 4000;
    let tone = |i: usize, h: usize| (std::f64::consts::TAU * (h * i) as f64 / 40.0 + h as f64).cos();
    let samples: Vec<f64> = noise(n, 5)
        .iter()
        .enumerate()
        .map(|(i, x)| x + 3.0 * (1..15).map(|h| tone(i, h)).sum::<f64>())
        .collect();
    let mut params = CepstrumLifterParams::new(Hertz(RATE.0 / 40.0));
    let run = |params: &CepstrumLifterParams| {
        let mut output = vec![0.0; n];
        params.plan(RATE, n).unwrap().process(&samples, &mut output, &mut Scratch::new()).unwrap();
        output
    };
    let line = |x: &[f64], k: usize| {
        let turn = |i: usize| std::f64::consts::TAU * (k * i % n) as f64 / n as f64;
        let sum: Complex<f64> = x.iter().enumerate().map(|(i, x)| Complex::cis(turn(i)) * *x).sum();
        2.0 * sum.norm() / n as f64
    };
    let removed = run(&params);
    assert!(line(&samples, 500) > 2.8 && line(&removed, 500) < 0.3, "{}", line(&removed, 500));
    params.comb = CepstralComb::Keep;
    let kept = run(&params);
    assert!(line(&kept, 500) / line(&kept, 550) > 20.0);
}

#[test]
fn a_comb_that_meets_nothing_changes_nothing() {
    // The cepstrum of an impulse is 0 but at quefrency 0.
    let mut samples = vec![0.0; 200];
    samples[17] = 2.0;
    let params = CepstrumLifterParams::new(Hertz(RATE.0 / 20.0));
    let mut output = vec![0.0f64; 200];
    params.plan(RATE, 200).unwrap().process(&samples, &mut output, &mut Scratch::new()).unwrap();
    assert!(output.iter().zip(&samples).all(|(a, b)| (a - b).abs() < 1e-12));
}

#[test]
fn the_residual_of_an_autoregressive_process_is_what_drove_it() {
    let drive = noise(8192, 2);
    let mut samples = vec![0.0; drive.len()];
    for n in 2..drive.len() {
        samples[n] = 1.6 * samples[n - 1] - 0.9 * samples[n - 2] + drive[n];
    }
    for method in [AutoregressiveMethod::Burg, AutoregressiveMethod::YuleWalker] {
        let params = AutoregressiveParams { method, ..AutoregressiveParams::default() };
        let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
        let mut residual = vec![0.0; samples.len()];
        let fit = plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
        assert!((2..20).contains(&fit.order), "{fit:?}");
        assert!((power(&residual) / power(&drive) - 1.0).abs() < 0.02 && power(&samples) > 8.0);
        assert!((fit.variance - 1.0).abs() < 0.05, "{fit:?}");
        let mut coefficients = vec![0.0; plan.highest_order() + 1];
        assert_eq!(plan.fit(&samples, &mut coefficients, &mut Scratch::new()).unwrap(), fit);
        assert!((coefficients[1] + 1.6).abs() < 0.05 && (coefficients[2] - 0.9).abs() < 0.05);
        assert!(coefficients[fit.order + 1..].iter().all(|a| *a == 0.0));
    }
}

#[test]
fn impacts_stand_out_of_the_residual() {
    let samples: Vec<f64> = impacts(8192, 150.0, 0.01, 0.02, 3)
        .iter()
        .enumerate()
        .map(|(n, x)| x + 2.0 * (n as f64 * 0.05).sin())
        .collect();
    let plan = AutoregressiveParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let mut residual = vec![0.0; samples.len()];
    plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
    assert!(kurtosis(&samples) < 3.0 && kurtosis(&residual[200..]) > 10.0);
}

#[test]
fn tones_and_random_impacts_come_apart() {
    let n = 40_000;
    let tones: Vec<f64> = (0..n)
        .map(|i| {
            let turn = std::f64::consts::TAU * 29.95 * i as f64 / RATE.0;
            turn.cos() + 0.7 * (7.0 * turn + 1.0).cos() + 0.5 * (23.0 * turn).sin()
        })
        .collect();
    let rest = impacts(n, 74.0, 0.02, 0.3, 6);
    let samples: Vec<f64> = tones.iter().zip(&rest).map(|(a, b)| a + b).collect();
    let params = DiscreteRandomParams::for_shaft(RATE, Hertz(29.95)).unwrap();
    assert_eq!((params.window_length, params.delay), (4032, None));
    for delay in [None, Some(5000)] {
        let params = DiscreteRandomParams { delay, ..params };
        let plan = params.plan::<f64>(RATE, n).unwrap();
        let (mut deterministic, mut random) = (vec![0.0; n], vec![0.0; n]);
        plan.process(&samples, &mut deterministic, &mut random, &mut Scratch::new()).unwrap();
        let error: Vec<f64> = deterministic.iter().zip(&tones).map(|(a, b)| a - b).collect();
        assert!(power(&error) < 0.06 * power(&rest), "{delay:?} {}", power(&error) / power(&rest));
        let range = |x: &[f64], from: usize| power(&x[from..from + 500]);
        assert!(range(&error, 0) < 0.3 * power(&rest) && range(&error, n - 500) < 0.3 * power(&rest));
        assert!(kurtosis(&random) > 0.9 * kurtosis(&rest) && kurtosis(&samples) < 3.0);
        let single = params.plan::<f32>(RATE, n).unwrap();
        let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
        single.process(&narrow(&samples), &mut a, &mut b, &mut Scratch::new()).unwrap();
        assert!(a.iter().zip(&deterministic).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4));
    }
}

#[test]
fn noise_alone_leaks_into_the_deterministic_part_as_stated() {
    let samples = noise(40_000, 9);
    let params = DiscreteRandomParams { window_length: 1000, ..DiscreteRandomParams::default() };
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let (mut deterministic, mut random) = (vec![0.0; 40_000], vec![0.0; 40_000]);
    plan.process(&samples, &mut deterministic, &mut random, &mut Scratch::new()).unwrap();
    let share = power(&deterministic) / power(&samples) * plan.frames() as f64;
    assert!((0.2..1.2).contains(&share), "{share}");
    let mut transfer = vec![Complex::default(); plan.bins()];
    plan.transfer(&samples, &mut transfer, &mut Scratch::new()).unwrap();
    let chance = transfer.iter().map(|h| h.norm_sqr()).sum::<f64>() / plan.bins() as f64;
    assert!((0.6..1.6).contains(&(chance * plan.frames() as f64)), "{chance}");
}

#[test]
fn minimum_entropy_sharpens_ringing_impacts() {
    let samples = impacts(2048, 150.0, 0.0, 0.1, 4);
    let plan = MinimumEntropyParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let result = plan.deconvolve(&samples).unwrap();
    assert!(result.run.kurtosis > 2.0 * kurtosis(&samples), "{:?} {}", result.run, kurtosis(&samples));
    assert!((kurtosis(&result.output) - result.run.kurtosis).abs() < 1e-9);
    assert!((result.filter.iter().map(|f| f * f).sum::<f64>() - 1.0).abs() < 1e-12);
    let null = plan.null(&samples, &SurrogateNull { surrogates: 39, seed: 1 }).unwrap();
    assert!((null.p_value - 0.025).abs() < 1e-12, "{null:?}");
    assert_eq!(null.criterion, result.run.kurtosis);
}

#[test]
fn minimum_entropy_finds_impulses_in_noise_and_its_null_says_that_it_is_chance() {
    let mut found = Vec::new();
    for seed in 0..6 {
        let samples = noise(2048, 100 + seed);
        let plan = MinimumEntropyParams::default().plan::<f64>(RATE, samples.len()).unwrap();
        let null = plan.null(&samples, &SurrogateNull { surrogates: 39, seed }).unwrap();
        assert!(null.criterion > 3.2);
        found.push(null.p_value);
    }
    assert!(found.iter().filter(|p| **p <= 0.05).count() <= 1, "{found:?}");
    assert!(found.iter().sum::<f64>() / 6.0 > 0.2, "{found:?}");
}

#[test]
fn momeda_tells_the_period_of_a_train_from_control_periods() {
    let samples = impacts(2048, 74.0, 0.0, 0.4, 8);
    let plan = MomedaParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let right = plan.null(&samples, Hertz(RATE.0 / 74.0), &MomedaNull::default()).unwrap();
    assert!((right.p_value - 0.005).abs() < 1e-9, "{} {:?}", right.criterion, right.quantile(1.0));
    // Not a multiple nor a simple fraction of the train's frequency.
    let wrong = plan.null(&samples, Hertz(RATE.0 / 61.0), &MomedaNull::default()).unwrap();
    assert!(wrong.p_value > 0.05, "{}", wrong.p_value);
}

#[test]
fn momeda_finds_something_at_any_period_of_noise_as_large_as_stated() {
    let mut p_values = Vec::new();
    for seed in 0..8 {
        let samples = noise(2048, 200 + seed);
        let plan = MomedaParams::default().plan::<f64>(RATE, samples.len()).unwrap();
        let frequencies: Vec<Hertz> = (60..100).map(|period| Hertz(RATE.0 / f64::from(period))).collect();
        let mut criteria = vec![0.0; frequencies.len()];
        plan.scan(&samples, &frequencies, &mut criteria, &mut Scratch::new()).unwrap();
        let mean = criteria.iter().sum::<f64>() / criteria.len() as f64;
        assert!((mean - plan.chance_criterion()).abs() < 0.03, "{mean} {}", plan.chance_criterion());
        let null = MomedaNull { controls: 99, seed, ..MomedaNull::default() };
        p_values.push(plan.null(&samples, Hertz(162.0), &null).unwrap().p_value);
    }
    assert!(p_values.iter().filter(|p| **p <= 0.05).count() <= 2, "{p_values:?}");
    assert!((0.15..0.85).contains(&(p_values.iter().sum::<f64>() / 8.0)), "{p_values:?}");
}

#[test]
fn nulls_have_the_same_bits_for_any_number_of_threads() {
    let samples = impacts(1024, 74.0, 0.01, 0.4, 8);
    let momeda = MomedaParams { filter_length: 80 }.plan::<f64>(RATE, 1024).unwrap();
    let entropy = MinimumEntropyParams::default().plan::<f64>(RATE, 1024).unwrap();
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let surrogates = SurrogateNull { surrogates: 9, seed: 3 };
            let controls = MomedaNull { controls: 19, ..MomedaNull::default() };
            (
                entropy.null(&samples, &surrogates).unwrap(),
                momeda.null(&samples, Hertz(162.0), &controls).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn the_criterion_without_an_output_is_that_of_the_output() {
    let samples = impacts(3000, 120.0, 0.0, 0.3, 2);
    let plan = MomedaParams { filter_length: 300 }.plan::<f64>(RATE, 3000).unwrap();
    let result = plan.deconvolve(&samples, Hertz(100.0)).unwrap();
    let train: f64 = result.output.iter().step_by(120).sum();
    let pulses = result.output.len().div_ceil(120) as f64;
    let norm = result.output.iter().map(|y| y * y).sum::<f64>().sqrt();
    assert!((train / pulses.sqrt() / norm - result.criterion).abs() < 1e-9);
}

/// Everything here on one record: refused, or finite.
fn all_on(samples: &[f64]) {
    let n = samples.len();
    fn sane<T>(what: &str, samples: &[f64], outcome: Result<Vec<T>, Error>, finite: impl Fn(&T) -> bool) {
        if let Ok(values) = outcome {
            assert!(
                values.iter().all(finite),
                "{what} of {} samples from {:?}",
                samples.len(),
                samples.first()
            );
        }
    }
    let mut scratch = Scratch::<f64>::new();
    let mut output = vec![0.0; n];
    let one = |what, result: Result<(), Error>, output: &[f64]| {
        sane(what, samples, result.map(|()| output.to_vec()), |x: &f64| x.is_finite());
    };
    let result = WhitenParams::default()
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
    one("whiten", result, &output);
    let result = RealCepstrumParams::default()
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
    one("cepstrum", result, &output);
    let result = CepstrumLifterParams::new(Hertz(2000.0))
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
    one("lifter", result, &output);
    for ends in [
        RecordEnds::AsIs,
        RecordEnds::Difference,
        RecordEnds::Taper { share: 0.5 },
        RecordEnds::Drop { share: 0.49 },
    ] {
        let result = CepstrumPrewhitenParams { ends }
            .plan(RATE, n)
            .and_then(|plan| plan.process(samples, &mut output[..plan.output_len()], &mut scratch));
        one("prewhiten", result, &output);
    }
    for method in [AutoregressiveMethod::Burg, AutoregressiveMethod::YuleWalker] {
        for order in [AutoregressiveOrder::Fixed(3), AutoregressiveOrder::default()] {
            let result = AutoregressiveParams { method, order }
                .plan(RATE, n)
                .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
            one("prediction", result.map(|_| ()), &output);
        }
    }
    let mut random = vec![0.0; n];
    let result = DiscreteRandomParams { window_length: 16, ..DiscreteRandomParams::default() }
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut random, &mut scratch));
    one("separation", result, &output);
    for filter_length in [1, 2, 30] {
        let result = MinimumEntropyParams { filter_length, ..MinimumEntropyParams::default() }
            .plan::<f64>(RATE, n)
            .and_then(|plan| plan.deconvolve(samples));
        sane("minimum entropy", samples, result.map(|r| [r.output, r.filter, r.kurtosis].concat()), |x| {
            x.is_finite()
        });
        let result = MomedaParams { filter_length }
            .plan::<f64>(RATE, n)
            .and_then(|plan| plan.deconvolve(samples, Hertz(1500.0)));
        sane("momeda", samples, result.map(|r| [r.output, vec![r.criterion]].concat()), |x| x.is_finite());
    }
}

#[test]
fn zeros_constants_tones_and_records_of_any_length_and_level_give_finite_numbers_or_reasons() {
    for n in [1, 2, 3, 7, 64, 127] {
        for value in [0.0, 2.5, -1e-3, 1e30, 1e-300] {
            all_on(&vec![value; n]);
            all_on(&(0..n).map(|i| value * (i as f64 * 0.7).sin()).collect::<Vec<_>>());
            all_on(&(0..n).map(|i| if i == n / 2 { value } else { 0.0 }).collect::<Vec<_>>());
        }
        all_on(&noise(n, 1).iter().map(|x| x * 1e150).collect::<Vec<_>>());
    }
    let zeros = vec![0.0; 64];
    assert_eq!(whiten(&zeros, RATE, Hertz(50.0)).unwrap(), zeros);
    assert_eq!(real_cepstrum(&zeros), zeros);
    assert_eq!(prewhiten(&zeros, RecordEnds::AsIs), zeros);
    let result =
        MomedaParams { filter_length: 8 }.plan(RATE, 64).unwrap().deconvolve(&zeros, Hertz(900.0)).unwrap();
    assert!(result.criterion == 0.0 && result.output.iter().all(|y: &f64| *y == 0.0));
}

#[test]
fn samples_that_are_no_numbers_are_refused_by_place() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut samples = noise(256, 1);
        samples[77] = bad;
        let mut scratch = Scratch::new();
        let (mut a, mut b) = (vec![0.0; 256], vec![0.0; 256]);
        let errors = [
            whiten(&samples, RATE, Hertz(500.0)).map(|_| ()),
            RealCepstrumParams::default().plan(RATE, 256).unwrap().process(&samples, &mut a, &mut scratch),
            CepstrumLifterParams::new(Hertz(500.0)).plan(RATE, 256).unwrap().process(
                &samples,
                &mut a,
                &mut scratch,
            ),
            CepstrumPrewhitenParams::default().plan(RATE, 256).unwrap().process(
                &samples,
                &mut a,
                &mut scratch,
            ),
            AutoregressiveParams::default()
                .plan(RATE, 256)
                .unwrap()
                .process(&samples, &mut a, &mut scratch)
                .map(|_| ()),
            DiscreteRandomParams { window_length: 32, ..DiscreteRandomParams::default() }
                .plan(RATE, 256)
                .unwrap()
                .process(&samples, &mut a, &mut b, &mut scratch),
            MinimumEntropyParams::default().plan(RATE, 256).unwrap().deconvolve(&samples).map(|_| ()),
            MomedaParams::default().plan(RATE, 256).unwrap().deconvolve(&samples, Hertz(300.0)).map(|_| ()),
        ];
        for error in errors {
            let text = error.unwrap_err().to_string();
            assert!(text.contains("sample 77"), "{text}");
        }
    }
}

#[test]
fn impossible_parameters_say_what_to_do() {
    let says = |error: Option<Error>, word: &str| {
        let text = error.expect("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    says(WhitenParams { bandwidth: Hertz(0.0) }.plan::<f32>(RATE, 10).err(), "bandwidth");
    says(RealCepstrumParams { floor: 0.0 }.plan::<f32>(RATE, 10).err(), "floor");
    says(CepstrumLifterParams::new(Hertz(10.0)).plan::<f32>(RATE, 100).err(), "longer record");
    says(CepstrumLifterParams::new(Hertz(5000.0)).plan::<f32>(RATE, 100).err(), "nothing between");
    for ends in [RecordEnds::Taper { share: 0.6 }, RecordEnds::Drop { share: 0.5 }] {
        says(CepstrumPrewhitenParams { ends }.plan::<f32>(RATE, 10).err(), "share");
    }
    let fixed =
        |order| AutoregressiveParams { order: AutoregressiveOrder::Fixed(order), ..Default::default() };
    says(fixed(10).plan::<f32>(RATE, 10).err(), "up to 9");
    says(fixed(5000).plan::<f32>(RATE, 10_000).err(), "4096");
    says(DiscreteRandomParams::default().plan::<f32>(RATE, 12_000).err(), "at least 12288");
    let short = DiscreteRandomParams { delay: Some(100), ..Default::default() };
    says(short.plan::<f32>(RATE, 100_000).err(), "half a window");
    let endless = DiscreteRandomParams { window_length: usize::MAX, ..Default::default() };
    says(endless.plan::<f32>(RATE, 100_000).err(), "longer record");
    says(DiscreteRandomParams::for_shaft(RATE, Hertz(0.0)).err(), "shaft");
    let long = MinimumEntropyParams { filter_length: 2000, ..Default::default() };
    says(long.plan::<f32>(RATE, 100_000).err(), "1024");
    says(MomedaParams::default().plan::<f32>(RATE, 99).err(), "shorter");
    let plan = MomedaParams::default().plan::<f32>(RATE, 500).unwrap();
    for frequency in [0.0, f64::NAN, 20.0, 7000.0] {
        says(plan.deconvolve(&[1.0; 500], Hertz(frequency)).err(), "half the rate");
    }
    let none = SurrogateNull { surrogates: 0, seed: 0 };
    let plan = MinimumEntropyParams::default().plan::<f32>(RATE, 500).unwrap();
    says(plan.null(&[1.0; 500], &none).err(), "surrogates");
}

fn allocates_nothing<T: Sample>() {
    let n = 2048;
    let samples: Vec<T> = impacts(n, 74.0, 0.01, 0.3, 1).into_iter().map(T::narrow).collect();
    let mut scratch = Scratch::<T>::new();
    let (mut output, mut second) = (vec![T::default(); n], vec![T::default(); n]);
    let white = WhitenParams::default().plan::<T>(RATE, n).unwrap();
    let cepstrum = RealCepstrumParams::default().plan::<T>(RATE, n).unwrap();
    let lifter = CepstrumLifterParams::new(Hertz(162.0)).plan::<T>(RATE, n).unwrap();
    let prewhiten = CepstrumPrewhitenParams::default().plan::<T>(RATE, n).unwrap();
    let burg = AutoregressiveParams::default().plan::<T>(RATE, n).unwrap();
    let walker = AutoregressiveParams { method: AutoregressiveMethod::YuleWalker, ..Default::default() }
        .plan::<T>(RATE, n)
        .unwrap();
    let separations = [None, Some(300)].map(|delay| {
        DiscreteRandomParams { window_length: 256, delay, ..Default::default() }.plan::<T>(RATE, n).unwrap()
    });
    let entropies = [30, 300].map(|filter_length| {
        MinimumEntropyParams { filter_length, ..Default::default() }.plan::<T>(RATE, n).unwrap()
    });
    let momeda = MomedaParams::default().plan::<T>(RATE, n).unwrap();
    let mut transfer = vec![Complex::default(); 129];
    let mut criteria = [0.0; 2];
    let count = allocations_when_warm(|| {
        white.process(&samples, &mut output, &mut scratch).unwrap();
        cepstrum.process(&samples, &mut output, &mut scratch).unwrap();
        lifter.process(&samples, &mut output, &mut scratch).unwrap();
        prewhiten.process(&samples, &mut output, &mut scratch).unwrap();
        burg.process(&samples, &mut output, &mut scratch).unwrap();
        walker.process(&samples, &mut output, &mut scratch).unwrap();
        for plan in &separations {
            plan.transfer(&samples, &mut transfer, &mut scratch).unwrap();
            plan.process(&samples, &mut output, &mut second, &mut scratch).unwrap();
        }
        for plan in &entropies {
            plan.process(&samples, &mut output[..plan.output_len()], &mut scratch).unwrap();
        }
        momeda.process(&samples, Hertz(162.0), &mut output[..momeda.output_len()], &mut scratch).unwrap();
        momeda.scan(&samples, &[Hertz(150.0), Hertz(170.0)], &mut criteria, &mut scratch).unwrap();
    });
    assert_eq!(count, 0);
}

#[test]
fn no_separation_allocates_when_warm() {
    allocates_nothing::<f64>();
    allocates_nothing::<f32>();
}

#[test]
fn parameters_are_written_and_read_back_and_refuse_what_they_do_not_know() {
    let params = CepstrumPrewhitenParams { ends: RecordEnds::Taper { share: 0.05 } };
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(text, r#"{"ends":{"taper":{"share":0.05}}}"#);
    assert_eq!(serde_json::from_str::<CepstrumPrewhitenParams>(&text).unwrap(), params);
    let order: AutoregressiveParams = serde_json::from_str(r#"{"order":{"fixed":20}}"#).unwrap();
    assert_eq!(order.order, AutoregressiveOrder::Fixed(20));
    assert!(serde_json::from_str::<MomedaParams>(r#"{"period":3}"#).is_err());
    assert!(serde_json::from_str::<CepstrumLifterParams>("{}").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_two_parts_of_a_separation_sum_to_the_record(
        length in 4usize..40, extra in 0usize..30, seed in 0u64..1000, level in -20i32..20,
    ) {
        let delay = length / 2 + extra;
        let n = 2 * delay + length + seed as usize % 100;
        let samples: Vec<f64> = noise(n, seed).iter().map(|x| x * 10f64.powi(level)).collect();
        let params = DiscreteRandomParams { window_length: length, delay: Some(delay), ..Default::default() };
        let plan = params.plan::<f64>(RATE, n).unwrap();
        let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
        plan.process(&samples, &mut a, &mut b, &mut Scratch::new()).unwrap();
        let largest = samples.iter().fold(0f64, |m, x| m.max(x.abs()));
        for ((a, b), x) in a.iter().zip(&b).zip(&samples) {
            prop_assert!((a + b - x).abs() <= 1e-14 * (a.abs() + largest));
        }
    }

    #[test]
    fn every_bin_of_a_prewhitened_record_has_the_same_magnitude(
        samples in prop::collection::vec(-1.0..1.0f64, 3..200),
    ) {
        let n = samples.len();
        let white = prewhiten(&samples, RecordEnds::AsIs);
        prop_assert!((white.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-9);
        // A second time changes nothing.
        for (a, b) in prewhiten(&white, RecordEnds::AsIs).iter().zip(&white) {
            prop_assert!((a - b).abs() < 1e-9, "{n}");
        }
    }

    #[test]
    fn models_and_deconvolutions_do_not_depend_on_the_unit(seed in 0u64..1000, exponent in -60i32..60) {
        let samples = noise(300, seed);
        let scaled: Vec<f64> = samples.iter().map(|x| x * 2f64.powi(exponent)).collect();
        let params = AutoregressiveParams::default();
        let (a, b) = (autoregressive_model(&samples, &params).unwrap(), autoregressive_model(&scaled, &params).unwrap());
        prop_assert_eq!(a.coefficients, b.coefficients);
        let plan = MinimumEntropyParams::default().plan::<f64>(RATE, 300).unwrap();
        prop_assert_eq!(plan.deconvolve(&samples).unwrap().filter, plan.deconvolve(&scaled).unwrap().filter);
        let plan = MomedaParams::default().plan::<f64>(RATE, 300).unwrap();
        let run = |x: &[f64]| plan.deconvolve(x, Hertz(333.0)).unwrap();
        prop_assert_eq!(run(&samples).output, run(&scaled).output);
    }

    #[test]
    fn the_residual_is_linear_once_the_model_stands(seed in 0u64..1000) {
        // Twice the record has twice the residual.
        let samples = noise(200, seed);
        let twice: Vec<f64> = samples.iter().map(|x| -2.0 * x).collect();
        let plan = AutoregressiveParams::default().plan::<f64>(RATE, 200).unwrap();
        let (mut a, mut b) = (vec![0.0; 200], vec![0.0; 200]);
        plan.process(&samples, &mut a, &mut Scratch::new()).unwrap();
        plan.process(&twice, &mut b, &mut Scratch::new()).unwrap();
        for (a, b) in a.iter().zip(&b) {
            prop_assert!((b + 2.0 * a).abs() < 1e-12);
        }
    }

    #[test]
    fn a_cepstrum_is_even_and_adds_when_records_are_convolved(seed in 0u64..1000, n in 4usize..90) {
        let mut random = generator(seed, "records");
        let mut draw = || (0..n).map(|_| random.random_range(-1.0..1.0)).collect::<Vec<f64>>();
        let (x, y) = (draw(), draw());
        let both: Vec<f64> = (0..n).map(|i| (0..n).map(|j| x[j] * y[(n + i - j) % n]).sum()).collect();
        let (a, b, c) = (real_cepstrum(&x), real_cepstrum(&y), real_cepstrum(&both));
        for i in 0..n {
            prop_assert!((a[i] + b[i] - c[i]).abs() < 1e-6);
            prop_assert!((a[i] - a[(n - i) % n]).abs() < 1e-12);
        }
    }
}
