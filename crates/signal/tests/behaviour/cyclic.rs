//! Cyclic coherence: the reference's numbers, the fast estimator beside the direct one, and what noise has to show.

use std::f64::consts::TAU;

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::{Error, Hertz, Order, Sample, Scratch, cyclic::*, generator};
use num_complex::{Complex, Complex64};
use rand_distr::{Distribution, StandardNormal};

const RATE: Hertz = Hertz(12_000.0);

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = generator(seed, "noise of a test");
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// White noise whose amplitude is `1 + depth cos 2π alpha t`.
fn modulated(n: usize, alpha: f64, depth: f64, seed: u64) -> Vec<f64> {
    let swing = |i: usize| 1.0 + depth * (TAU * alpha * i as f64 / RATE.0).cos();
    noise(n, seed).iter().enumerate().map(|(i, x)| x * swing(i)).collect()
}

fn map<T: Sample>(plan: &FastSpectralCorrelationPlan<T>, samples: &[T]) -> Vec<Complex<T>> {
    let mut output = vec![Complex::default(); plan.output_len()];
    plan.process(samples, &mut output, &mut Scratch::new()).unwrap();
    output
}

fn direct(alphas: Vec<Hertz>, samples: &[f64]) -> (CyclicCoherencePlan<f64>, Vec<Complex64>, Vec<Complex64>) {
    let params = CyclicCoherenceParams { cyclic_frequencies: alphas, hop: Some(16), ..Default::default() };
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let (mut gamma, mut s) =
        (vec![Complex::default(); plan.output_len()], vec![Complex::default(); plan.output_len()]);
    plan.process(samples, &mut gamma, &mut Scratch::new()).unwrap();
    plan.spectral_correlation(samples, &mut s, &mut Scratch::new()).unwrap();
    (plan, gamma, s)
}

#[test]
fn cyclic_periodograms_equal_the_reference() {
    let cases = golden::cases("cyclic_spectral_coherence");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let samples = case.input(0);
        let alphas = case.params["alphas"].as_array().unwrap();
        let params = CyclicCoherenceParams {
            cyclic_frequencies: alphas.iter().map(|a| Hertz(a.as_f64().unwrap())).collect(),
            length: case.integer("Nw"),
            hop: Some(case.integer("hop")),
            ..CyclicCoherenceParams::default()
        };
        let plan = params.plan::<f64>(Hertz(case.number("fs")), samples.len()).unwrap();
        let mut scratch = Scratch::new();
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.spectral_correlation(&samples, &mut output, &mut scratch).unwrap();
        case.check_complex("S", &output);
        plan.process(&samples, &mut output, &mut scratch).unwrap();
        case.check_complex("coh", &output);
        let mut ees = vec![0.0; plan.rows()];
        let measure = EnhancedMeasure::SquaredMagnitude;
        enhanced_envelope_spectrum(&output, plan.bins(), 0..plan.bins(), measure, &mut ees).unwrap();
        case.check("ees", &ees);
        let single = params.plan::<f32>(Hertz(case.number("fs")), samples.len()).unwrap();
        let narrow: Vec<f32> = samples.iter().map(|x| *x as f32).collect();
        let mut got = vec![Complex::default(); plan.output_len()];
        single.process(&narrow, &mut got, &mut Scratch::new()).unwrap();
        for (a, b) in got.iter().zip(&output) {
            assert!((f64::from(a.re) - b.re).hypot(f64::from(a.im) - b.im) < 1e-5);
        }
    }
}

#[test]
fn the_fast_estimator_agrees_with_the_direct_one_on_modulated_noise() {
    let n = 65_536;
    for (alpha, highest) in [(100.0, 150.0), (163.3, 500.0), (1234.5, 1500.0)] {
        let samples = modulated(n, alpha, 0.8, 1);
        let params = FastSpectralCorrelationParams { highest: Hertz(highest), ..Default::default() };
        let plan = params.plan::<f64>(RATE, n).unwrap();
        let fast = map(&plan, &samples);
        let bins = plan.bins();
        let mean =
            |line: usize| fast[line * bins..][..bins].iter().map(|z| z.norm_sqr()).sum::<f64>() / bins as f64;
        let peak = (10..plan.lines()).max_by(|a, b| mean(*a).total_cmp(&mean(*b))).unwrap();
        let found = plan.cyclic_frequency(peak);
        assert!((found.0 - alpha).abs() <= plan.cyclic_step().0, "{found} {alpha}");
        // Both at the same cyclic frequency: as complex numbers, carrier by carrier.
        let (_, gamma, s) = direct(vec![found], &samples);
        let mut correlation = vec![Complex::default(); plan.output_len()];
        plan.spectral_correlation(&samples, &mut correlation, &mut Scratch::new()).unwrap();
        let inside = 4..bins - 4;
        let compare = |a: &[Complex64], b: &[Complex64]| {
            let difference: f64 = inside.clone().map(|k| (a[k] - b[k]).norm_sqr()).sum();
            (difference / inside.clone().map(|k| b[k].norm_sqr()).sum::<f64>()).sqrt()
        };
        let (off_gamma, off_s) =
            (compare(&fast[peak * bins..], &gamma), compare(&correlation[peak * bins..], &s));
        assert!(off_gamma < 0.05 && off_s < 0.05, "{alpha}: {off_gamma} {off_s}");
        let height = |x: &[Complex64]| inside.clone().map(|k| x[k].norm_sqr()).sum::<f64>();
        let ratio = height(&fast[peak * bins..]) / height(&gamma);
        assert!((0.98..1.02).contains(&ratio), "{ratio}");
        // The amplitude's square is 1.32 + 1.6 cos + ..: half the swing over the mean is 0.606.
        let phase: Complex64 =
            fast[peak * bins..][inside.clone()].iter().sum::<Complex64>() / inside.len() as f64;
        assert!((phase.norm() - 0.8 / 1.32).abs() < 0.06, "{phase}");
    }
}

#[test]
fn the_row_of_no_cyclic_frequency_is_the_power_density() {
    let samples = modulated(32_768, 100.0, 0.5, 3);
    let plan = FastSpectralCorrelationParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let mut s = vec![Complex::default(); plan.output_len()];
    plan.spectral_correlation(&samples, &mut s, &mut Scratch::new()).unwrap();
    // White of variance 1 + 0.5²/2, two-sided.
    let mean = s[4..plan.bins() - 4].iter().map(|z| z.re).sum::<f64>() / (plan.bins() - 8) as f64;
    assert!((mean * RATE.0 / 1.125 - 1.0).abs() < 0.05, "{}", mean * RATE.0);
}

#[test]
fn noise_has_the_coherence_of_chance() {
    let n = 32_768;
    let (mut direct_sum, mut fast_sum, mut chance) = (0.0, 0.0, 0.0);
    let mut averages = 0.0;
    for seed in 0..6 {
        let samples = noise(n, 50 + seed);
        let alphas = (0..8).map(|i| Hertz(211.7 + 30.1 * f64::from(i))).collect();
        let (plan, gamma, _) = direct(alphas, &samples);
        averages = plan.effective_averages();
        let inner = |row: &[Complex64]| row[20..120].iter().map(|z| z.norm_sqr()).sum::<f64>() / 100.0;
        direct_sum += gamma.chunks_exact(plan.bins()).map(inner).sum::<f64>() / 48.0;
        let plan = FastSpectralCorrelationParams::default().plan::<f64>(RATE, n).unwrap();
        let fast = map(&plan, &samples);
        let rows = 600..1200;
        fast_sum += rows.clone().map(|j| inner(&fast[j * plan.bins()..])).sum::<f64>() / 600.0 / 6.0;
        chance += plan.chance_level(plan.cyclic_frequency(900)) / 6.0;
    }
    assert!((direct_sum * averages - 1.0).abs() < 0.15, "{direct_sum} {averages}");
    assert!((fast_sum / chance - 1.0).abs() < 0.15, "{fast_sum} {chance}");
}

#[test]
fn direct_coherence_never_exceeds_one() {
    let tones: Vec<f64> = (0..4096).map(|i| (0.3 * i as f64).sin() + (0.35 * i as f64).cos()).collect();
    let between = Hertz(0.05 * RATE.0 / TAU);
    for samples in [tones, modulated(4096, 95.5, 1.0, 2)] {
        let (_, gamma, _) = direct(vec![Hertz(0.0), between, Hertz(-95.5)], &samples);
        assert!(gamma.iter().all(|z| z.norm() <= 1.0 + 1e-12));
        assert!(gamma[..129].iter().all(|z| (z.re - 1.0).abs() < 1e-9));
    }
}

#[test]
fn fast_coherence_exceeds_one_by_no_more_than_its_documentation_says() {
    let tones = |n: usize, seed: u64| -> Vec<f64> {
        let mut samples = noise(n, seed);
        for (i, x) in samples.iter_mut().enumerate() {
            for (turns, height) in [(0.0101, 3.0), (0.0447, 8.0), (0.0989, 5.0), (0.161, 9.0), (0.3707, 2.0)]
            {
                *x += height * (TAU * turns * i as f64 + height).cos();
            }
        }
        samples
    };
    for seed in 0..4 {
        let bearing = golden::input("cwru_ir007_4096");
        // Samples, and the largest squared coherence of row 0 and beyond row 10.
        let cases = [
            (noise(2048, seed), 1.4, 0.8),
            (noise(32_768, seed), 1.1, 0.15),
            (modulated(2048, 100.0, 0.8, seed), 1.5, 1.1),
            (tones(512, seed), 2.6, 2.5),
            (tones(2048, seed), 2.4, 2.1),
            (tones(32_768, seed), 2.4, 2.1),
            (bearing[..2048].to_vec(), 1.8, 1.4),
            (bearing, 1.8, 1.4),
        ];
        for (samples, at_zero, beyond) in cases {
            let plan = FastSpectralCorrelationParams::default().plan::<f64>(RATE, samples.len()).unwrap();
            let gamma = map(&plan, &samples);
            let most = |part: &[Complex64]| part.iter().map(Complex::norm_sqr).fold(0.0, f64::max);
            let (first, rest) = (most(&gamma[..plan.bins()]), most(&gamma[10 * plan.bins()..]));
            assert!(first < at_zero && rest < beyond, "{} samples: {first} {rest}", samples.len());
        }
    }
}

#[test]
fn a_constant_repeats_nothing_whatever_its_size() {
    fn scores<T: Sample>(value: f64, n: usize) -> Vec<f64> {
        let plan = IesfogramParams::default().plan::<T>(RATE, n).unwrap();
        let (mut scores, mut spectrum) =
            (vec![f64::NAN; plan.bands().len()], vec![T::default(); plan.spectrum_len()]);
        let samples = vec![T::narrow(value); n];
        let orders = (&[Order(3.6)][..], Hertz(30.0));
        plan.process(&samples, orders, &mut scores, &mut spectrum, &mut Scratch::new()).unwrap();
        scores
    }
    for value in [0.0, 2.5, -0.1, 1e-30, 1e30] {
        for n in [1000, 4096] {
            assert!(
                scores::<f32>(value, n).iter().chain(&scores::<f64>(value, n)).all(|s| *s == 0.0),
                "{value}"
            );
        }
    }
}

#[test]
fn an_offset_changes_no_coherence() {
    let samples = modulated(4096, 100.0, 0.8, 2);
    let raised: Vec<f64> = samples.iter().map(|x| x + 50.0).collect();
    let plan = FastSpectralCorrelationParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    for (a, b) in map(&plan, &samples).iter().zip(&map(&plan, &raised)) {
        assert!((a - b).norm() < 1e-10);
    }
}

#[test]
fn single_precision_maps_agree_with_double_precision() {
    let samples = golden::input("cwru_ir007_4096");
    let narrow: Vec<f32> = samples.iter().map(|x| *x as f32).collect();
    let params = FastSpectralCorrelationParams::default();
    let wide = map(&params.plan::<f64>(RATE, samples.len()).unwrap(), &samples);
    for (a, b) in map(&params.plan::<f32>(RATE, samples.len()).unwrap(), &narrow).iter().zip(&wide) {
        assert!((f64::from(a.re) - b.re).hypot(f64::from(a.im) - b.im) < 1e-3, "{a} {b}");
    }
}

#[test]
fn the_enhanced_envelope_spectrum_is_the_mean_of_its_map() {
    let samples = modulated(8192, 120.0, 0.7, 5);
    let params = EnhancedEnvelopeParams {
        band: Some((Hertz(1000.0), Hertz(3000.0))),
        ..EnhancedEnvelopeParams::default()
    };
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let whole = params.coherence.plan::<f64>(RATE, samples.len()).unwrap();
    let coherence = map(&whole, &samples);
    let carriers: Vec<usize> =
        (0..whole.bins()).filter(|k| (1000.0..=3000.0).contains(&whole.frequency(*k).0)).collect();
    let range = carriers[0]..carriers[carriers.len() - 1] + 1;
    let (mut got, mut want) = (vec![0.0; plan.spectrum_len()], vec![0.0; plan.spectrum_len()]);
    plan.process(&samples, &mut got, &mut Scratch::new()).unwrap();
    let measure = EnhancedMeasure::SquaredMagnitude;
    enhanced_envelope_spectrum(&coherence, whole.bins(), range, measure, &mut want).unwrap();
    for (a, b) in got.iter().zip(&want) {
        assert!((a - b).abs() < 1e-12);
    }
    let top = (5..got.len()).max_by(|a, b| got[*a].total_cmp(&got[*b])).unwrap();
    assert!((plan.cyclic_frequency(top).0 - 120.0).abs() < 1.6);
}

#[test]
fn the_iesfogram_finds_the_band_that_carries_the_train_and_its_order() {
    // Noise around 3 to 3.75 kHz swings with order 3.6; a strong steady tone and broad noise lie elsewhere.
    let n = 32_768;
    let shaft = Hertz(30.0);
    let carrier = noise(n, 1);
    let mut state = [0.0; 2];
    let samples: Vec<f64> = noise(n, 2)
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let t = i as f64 / RATE.0;
            // A resonance at 3375 Hz.
            let angle = TAU * 3375.0 / RATE.0;
            let next = 2.0 * 0.97 * angle.cos() * state[0] - 0.97 * 0.97 * state[1] + carrier[i];
            state = [next, state[0]];
            let swing = 1.0 + (TAU * 3.6 * shaft.0 * t).cos();
            x + 0.3 * swing * next + 4.0 * (TAU * 700.0 * t).cos()
        })
        .collect();
    let plan = IesfogramParams::default().plan::<f64>(RATE, n).unwrap();
    let orders = [Order(5.4), Order(3.6), Order(4.7)];
    let mut scores = vec![0.0; plan.bands().len() * 3];
    let mut spectrum = vec![0.0; plan.spectrum_len()];
    let mut run =
        || plan.process(&samples, (&orders, shaft), &mut scores, &mut spectrum, &mut Scratch::new()).unwrap();
    let chosen = run();
    let again = run();
    assert_eq!(chosen, again);
    let band = plan.bands()[chosen.band];
    assert_eq!(chosen.order, 1);
    assert!(band.low.0 < 3600.0 && band.high.0 > 3150.0 && band.parts >= 3, "{band:?} {chosen:?}");
    assert_eq!(scores[chosen.band * 3 + 1], chosen.score);
    let top = (20..spectrum.len()).max_by(|a, b| spectrum[*a].total_cmp(&spectrum[*b])).unwrap();
    assert!((plan.cyclic_frequency(top).0 - 108.0).abs() < 1.0);
}

fn all_on<T: Sample>(samples: &[T]) {
    let n = samples.len();
    let mut scratch = Scratch::<T>::new();
    let finite = |values: &[Complex<T>]| values.iter().all(|z| z.re.is_finite() && z.im.is_finite());
    let params = CyclicCoherenceParams {
        cyclic_frequencies: vec![Hertz(100.0), Hertz(0.0)],
        length: 16,
        ..CyclicCoherenceParams::default()
    };
    if let Ok(plan) = params.plan::<T>(RATE, n) {
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.process(samples, &mut output, &mut scratch).unwrap();
        assert!(finite(&output));
        plan.spectral_correlation(samples, &mut output, &mut scratch).unwrap();
        assert!(output.iter().all(|z| !z.re.is_nan() && !z.im.is_nan()));
    }
    let coherence = FastSpectralCorrelationParams { length: 16, ..Default::default() };
    if let Ok(plan) = coherence.plan::<T>(RATE, n) {
        assert!(finite(&map(&plan, samples)));
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.spectral_correlation(samples, &mut output, &mut scratch).unwrap();
        assert!(output.iter().all(|z| !z.re.is_nan() && !z.im.is_nan()));
        let plan = IesfogramParams { coherence, ..Default::default() }.plan::<T>(RATE, n).unwrap();
        let mut scores = vec![0.0; plan.bands().len()];
        let mut spectrum = vec![T::default(); plan.spectrum_len()];
        let last = plan.cyclic_frequency(plan.spectrum_len() - 1);
        let shaft = Hertz(last.0.max(1.0));
        let result = plan.process(samples, (&[Order(1.0)], shaft), &mut scores, &mut spectrum, &mut scratch);
        assert!(
            result.is_err() || spectrum.iter().all(|x| x.is_finite()) && scores.iter().all(|x| x.is_finite())
        );
    }
}

#[test]
fn zeros_constants_and_records_of_any_length_and_level_give_no_nan() {
    for n in [1, 2, 3, 16, 17, 100, 1000] {
        for value in [0.0, 2.5, 1e30, 1e-40] {
            all_on(&vec![value; n]);
            all_on(&vec![value as f32; n]);
            let tone = |i: usize| value * (i as f64 * 0.7).sin();
            all_on(&(0..n).map(tone).collect::<Vec<_>>());
            all_on(&(0..n).map(|i| tone(i) as f32).collect::<Vec<_>>());
        }
    }
}

#[test]
fn impossible_parameters_say_what_to_do() {
    let says = |error: Option<Error>, word: &str| {
        let text = error.expect("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    says(CyclicCoherenceParams::default().plan::<f32>(RATE, 1000).err(), "at least one");
    let one = CyclicCoherenceParams { cyclic_frequencies: vec![Hertz(10.0)], ..Default::default() };
    says(one.plan::<f32>(RATE, 255).err(), "longer");
    says(CyclicCoherenceParams { hop: Some(0), ..one.clone() }.plan::<f32>(RATE, 1000).err(), "hop");
    let wild = CyclicCoherenceParams { cyclic_frequencies: vec![Hertz(f64::NAN)], ..one };
    says(wild.plan::<f32>(RATE, 1000).err(), "number");
    let fast = FastSpectralCorrelationParams::default();
    says(fast.plan::<f32>(Hertz(0.0), 1000).err(), "rate");
    says(fast.plan::<f32>(RATE, 100).err(), "longer");
    let over = FastSpectralCorrelationParams { highest: Hertz(6001.0), ..fast };
    says(over.plan::<f32>(RATE, 1000).err(), "half the rate");
    says(FastSpectralCorrelationParams { hop: Some(25), ..fast }.plan::<f32>(RATE, 1000).err(), "alias");
    says(FastSpectralCorrelationParams { length: 8, ..fast }.plan::<f32>(RATE, 1000).err(), "16");
    let huge = FastSpectralCorrelationParams { length: 4096, hop: Some(1), ..fast };
    says(huge.plan::<f32>(RATE, 1 << 20).err(), "pieces");
    let band = EnhancedEnvelopeParams { band: Some((Hertz(1.0), Hertz(2.0))), ..Default::default() };
    says(band.plan::<f32>(RATE, 1000).err(), "no carrier");
    let plan = IesfogramParams::default().plan::<f32>(RATE, 1000).unwrap();
    let (mut scores, mut spectrum) = (vec![0.0; plan.bands().len()], vec![0.0; plan.spectrum_len()]);
    let mut run = |orders: &[Order], shaft| {
        plan.process(&[0.0; 1000], (orders, shaft), &mut scores, &mut spectrum, &mut Scratch::new()).err()
    };
    says(run(&[], Hertz(30.0)), "at least one");
    says(run(&[Order(3.0)], Hertz(0.0)), "shaft");
    says(run(&[Order(30.0)], Hertz(30.0)), "outside");
    let mut samples = vec![0.0f32; 1000];
    samples[3] = f32::NAN;
    let plan = fast.plan::<f32>(RATE, 1000).unwrap();
    let mut output = vec![Complex::default(); plan.output_len()];
    says(plan.process(&samples, &mut output, &mut Scratch::new()).err(), "sample 3");
}

fn allocates_nothing<T: Sample>() {
    let samples: Vec<T> = modulated(4096, 100.0, 0.5, 1).into_iter().map(T::narrow).collect();
    let alphas = vec![Hertz(100.0), Hertz(200.0)];
    let one = CyclicCoherenceParams { cyclic_frequencies: alphas, ..Default::default() };
    let one = one.plan::<T>(RATE, 4096).unwrap();
    let fast = FastSpectralCorrelationParams::default().plan::<T>(RATE, 4096).unwrap();
    let enhanced = EnhancedEnvelopeParams::default().plan::<T>(RATE, 4096).unwrap();
    let bands = IesfogramParams::default().plan::<T>(RATE, 4096).unwrap();
    let mut scratch = Scratch::<T>::new();
    let mut few = vec![Complex::default(); one.output_len()];
    let mut many = vec![Complex::default(); fast.output_len()];
    let mut lines = vec![T::default(); enhanced.spectrum_len()];
    let mut scores = vec![0.0; bands.bands().len()];
    let count = allocations_when_warm(|| {
        one.process(&samples, &mut few, &mut scratch).unwrap();
        one.spectral_correlation(&samples, &mut few, &mut scratch).unwrap();
        fast.process(&samples, &mut many, &mut scratch).unwrap();
        fast.spectral_correlation(&samples, &mut many, &mut scratch).unwrap();
        enhanced.process(&samples, &mut lines, &mut scratch).unwrap();
        bands
            .process(&samples, (&[Order(3.6)], Hertz(29.95)), &mut scores, &mut lines, &mut scratch)
            .unwrap();
    });
    assert_eq!(count, 0);
}

#[test]
fn no_cyclic_estimator_allocates_when_warm() {
    allocates_nothing::<f64>();
    allocates_nothing::<f32>();
}
