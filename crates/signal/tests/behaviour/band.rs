//! Choosing bands: the reference's numbers, and what bursts, noise and spikes have to show.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use brinell_signal::band::{
    BandMap, BandTree, CombBands, CombGram, CombGramParams, CombScore, CombScoreParams, FastKurtogramParams,
    FftKurtogramParams, InfogramParams, ProtrugramParams, SpectralKurtosisParams,
};
use brinell_signal::envelope::{SquaredEnvelopePlan, squared_envelope_spectrum};
use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::{
    BearingGeometry, Context, FaultKind, Hertz, Millimetres, Order, Rpm, Sample, Scratch, generator,
};
use proptest::prelude::*;
use rand::RngExt;

use crate::allocation::allocations_when_warm;
use crate::golden;

const RATE: Hertz = Hertz(12_000.0);

fn noise(len: usize, seed: u64) -> Vec<f64> {
    let mut random = generator(seed, "band tests");
    // Twelve uniform numbers make a good Gaussian one.
    (0..len).map(|_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0).collect()
}

/// Bursts of 3.2 kHz, 100 a second, in noise.
fn bursts(len: usize, amplitude: f64, seed: u64) -> Vec<f64> {
    let ring = |n: usize| (-((n % 120) as f64) / 15.0).exp() * (TAU * 3200.0 * n as f64 / RATE.0).sin();
    noise(len, seed).iter().enumerate().map(|(n, x)| x + amplitude * ring(n)).collect()
}

fn narrow(samples: &[f64]) -> Vec<f32> {
    samples.iter().map(|x| *x as f32).collect()
}

fn kurtogram<T: Sample>(samples: &[T], levels: u32) -> BandMap {
    let plan = FastKurtogramParams { levels: Some(levels) }.plan(RATE, samples.len()).unwrap();
    let mut map = plan.map();
    plan.process(samples, &mut map, &mut Scratch::new()).unwrap();
    map
}

fn fft_kurtogram<T: Sample>(samples: &[T], levels: u32) -> BandMap {
    let plan = FftKurtogramParams { levels: Some(levels), ..FftKurtogramParams::default() }
        .plan(RATE, samples.len())
        .unwrap();
    let mut map = plan.map();
    plan.process(samples, &mut map, &mut Scratch::new()).unwrap();
    map
}

fn comb_gram<T: Sample>(samples: &[T], bands: CombBands, orders: &[Order]) -> CombGram {
    let plan = CombGramParams { bands, ..CombGramParams::default() }.plan(RATE, samples.len()).unwrap();
    let mut scores = CombGram::default();
    plan.process(samples, Hertz(25.0), orders, &mut scores, &mut Scratch::new()).unwrap();
    scores
}

fn holds((low, high): (Hertz, Hertz), frequency: f64) -> bool {
    low.0 <= frequency && frequency < high.0
}

#[test]
fn spectral_kurtosis_equals_the_reference() {
    let cases = golden::cases("spectral_kurtosis_stft");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let input = case.input(0);
        let params = SpectralKurtosisParams {
            length: case.integer("Nw"),
            hop: case.integer("hop"),
            ..SpectralKurtosisParams::default()
        };
        let plan = params.plan::<f64>(RATE, input.len()).unwrap();
        let mut sk = vec![0.0; plan.output_len()];
        plan.process(&input, &mut sk, &mut Scratch::new()).unwrap();
        case.check("sk", &sk);
        let plan = params.plan::<f32>(RATE, input.len()).unwrap();
        let mut single = vec![0.0; plan.output_len()];
        plan.process(&narrow(&input), &mut single, &mut Scratch::new()).unwrap();
        let wide: Vec<f64> = single.iter().map(|x| f64::from(*x)).collect();
        case.check_looser("sk", &wide, 1e6);
    }
}

#[test]
fn fast_kurtograms_equal_the_reference() {
    let cases = golden::cases("fast_kurtogram");
    assert_eq!(cases.len(), 5);
    for case in cases {
        let levels = case.integer("nlevel") as u32;
        let input = case.input(0);
        let map = kurtogram(&input, levels);
        assert_eq!(case.shape("K"), [map.tree().rows(), map.tree().columns()]);
        case.check("K", map.matrix().as_slice().unwrap());
        let rows: Vec<f64> = (0..map.tree().rows()).map(|row| map.tree().level(row)).collect();
        for (level, want) in rows.iter().zip(case.params["rows"].as_array().unwrap()) {
            assert!((level - want.as_f64().unwrap()).abs() < 1e-3);
        }
        // Single precision.
        case.check_looser("K", kurtogram(&narrow(&input), levels).matrix().as_slice().unwrap(), 1e3);
    }
}

#[test]
fn comb_scores_equal_the_reference() {
    let cases = golden::cases("comb_score");
    assert_eq!(cases.len(), 5);
    for case in cases {
        let input = case.input(0);
        let lines = squared_envelope_spectrum(&input).unwrap();
        let params = CombScoreParams {
            harmonics: case.integer("harmonics"),
            tolerance: case.number("tol"),
            half_width: case.integer("half_window_bins"),
        };
        let resolution = Hertz(case.number("fs") / input.len() as f64);
        let mut score = CombScore::default();
        params.score(&lines, resolution, Hertz(case.number("f0")), &mut score, &mut Scratch::new()).unwrap();
        let z: Vec<f64> = score.harmonics.iter().flat_map(|h| [h.excess, h.lines as f64, h.p]).collect();
        case.check("z", &z);
        case.check("fisher", &[score.fisher_as_written()]);
        // Without the reference's rounding of small p to 0 the sum is smaller, never larger.
        assert!(score.fisher() <= score.fisher_as_written() + 1e-3);
        assert!((0.0..=1.0).contains(&score.fisher_p()));
    }
}

#[test]
fn fishers_sum_has_the_share_that_chi_squared_gives() {
    // P(chi-squared of 4 degrees > 9.488) = 0.05.
    let p = (-9.487_729_036_781_154_f64 / 4.0).exp();
    let harmonic = brinell_signal::band::CombHarmonic { frequency: Hertz(1.0), excess: 1.0, lines: 1, p };
    let score = CombScore { harmonics: vec![harmonic; 2] };
    assert!((score.fisher_p() - 0.05).abs() < 1e-12);
    assert_eq!(CombScore::default().fisher_p(), 1.0);
}

#[test]
fn a_tree_lists_bands_that_fill_half_the_rate_in_every_row() {
    let tree = BandTree::new(RATE, 4).unwrap();
    assert_eq!((tree.rows(), tree.columns(), tree.len()), (8, 48, 52));
    assert_eq!((0..9).map(|row| tree.bands(row)).collect::<Vec<_>>(), [1, 2, 3, 4, 6, 8, 12, 16, 0]);
    assert_eq!(BandTree::new(RATE, 1).unwrap().len(), 3);
    for row in 0..tree.rows() {
        let bands: Vec<_> = (0..tree.bands(row)).map(|i| tree.band(row, i).unwrap()).collect();
        assert_eq!((bands[0].low, bands[bands.len() - 1].high), (Hertz(0.0), Hertz(6000.0)));
        for pair in bands.windows(2) {
            assert_eq!(pair[0].high, pair[1].low);
        }
        // fc = fs (J / (3·2^(levels+1)) + 2^-(level+2)), J the band's first column.
        let level = tree.level(row);
        for band in bands {
            let column = band.index * tree.columns() / tree.bands(row);
            let centre = RATE.0 * (column as f64 / 96.0 + (-(level + 2.0)).exp2());
            assert!((band.centre().0 - centre).abs() < 1e-9);
            assert!((band.bandwidth().0 - RATE.0 * (-(level + 1.0)).exp2()).abs() < 1e-9);
        }
    }
    assert!(tree.band(8, 0).is_none() && tree.band(1, 2).is_none());
    assert!(BandMap::new(tree).row(8).is_empty());
}

#[test]
fn every_selector_finds_the_band_of_a_train_of_bursts() {
    let samples = bursts(24_000, 8.0, 1);
    let mut scratch = Scratch::new();
    for map in [kurtogram(&samples, 5), fft_kurtogram(&samples, 5)] {
        let best = map.best();
        assert!(holds(best.band.edges(), 3200.0) && best.value > 1.0, "{best:?}");
        assert_eq!(map.ranked()[0], best);
        // Its squared envelope spectrum shows the rhythm.
        let plan = SquaredEnvelopePlan::new(RATE, samples.len(), Some(best.band.edges())).unwrap();
        let mut lines = vec![0.0; plan.spectrum_len()];
        plan.process(&samples, &mut lines, &mut scratch).unwrap();
        let largest = (1..lines.len()).max_by(|a, b| lines[*a].total_cmp(&lines[*b])).unwrap();
        assert!((plan.resolution().0 * largest as f64 - 100.0).abs() < 1.0, "{largest}");
    }

    let plan = InfogramParams { levels: Some(5), ..InfogramParams::default() }
        .plan::<f64>(RATE, samples.len())
        .unwrap();
    let mut maps = plan.maps();
    plan.process(&samples, &mut maps, &mut scratch).unwrap();
    for map in [&maps.time, &maps.frequency, &maps.average] {
        assert!(holds(map.best().band.edges(), 3200.0), "{:?}", map.best());
    }

    let params = ProtrugramParams { bandwidth: Some(Hertz(400.0)), spacing: Some(Hertz(50.0)) };
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let mut values = vec![0.0; plan.output_len()];
    plan.process(&samples, &mut values, &mut scratch).unwrap();
    let best = (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap();
    assert!((plan.centre(best).0 - 3200.0).abs() < 300.0 && values[best] > 20.0, "{:?}", plan.centre(best));

    let params = SpectralKurtosisParams::default();
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let mut values = vec![0.0; plan.output_len()];
    plan.process(&samples, &mut values, &mut scratch).unwrap();
    let best = (1..values.len() - 1).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap();
    assert!((plan.frequency(best).0 - 3200.0).abs() < 400.0, "{:?}", plan.frequency(best));

    for bands in [CombBands::Tree { levels: Some(4) }, CombBands::Uniform { count: 10 }] {
        let scores = comb_gram(&samples, bands, &[Order(4.0), Order(2.83)]);
        assert!(holds(scores.best_band(0).unwrap(), 3200.0), "{:?}", scores.best(0));
        assert!(scores.best(0).unwrap().1 > scores.best(1).unwrap().1 + 0.5);
        assert_eq!(scores.best(2), None);
    }
}

#[test]
fn the_comb_gram_names_the_part_of_a_simulated_bearing_and_its_resonance() {
    let bearing = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap();
    let shaft = Rpm(1797.0).to_hertz();
    for kind in [FaultKind::Outer, FaultKind::Inner] {
        let machine = Simulation {
            fault: Some(SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
            snr_db: -3.0,
            seed: 5,
            ..Simulation::new(RATE, 4.0, shaft, bearing)
        };
        let record = machine.simulate().unwrap().samples;
        let params =
            CombGramParams { bands: CombBands::Tree { levels: Some(4) }, ..CombGramParams::default() };
        let plan = params.plan::<f32>(RATE, record.len()).unwrap();
        let mut scores = CombGram::default();
        let context = Context { shaft: Some(shaft), orders: Some(bearing.orders()) };
        plan.process_faults(&record, &context, &mut scores, &mut Scratch::new()).unwrap();
        let best: Vec<f64> = (0..4).map(|fault| scores.best(fault).unwrap().1).collect();
        let named = (0..4).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap();
        assert_eq!(FaultKind::ALL[named], kind, "{best:?}");
        let band = scores.best_band(named).unwrap();
        assert!(holds(band, machine.resonance.0), "{band:?} {}", machine.resonance);
        let map = scores.map(named).unwrap();
        assert_eq!(map.best().band.edges(), band);
        let without = plan.process_faults(
            &record,
            &Context { shaft: None, orders: None },
            &mut scores,
            &mut Scratch::new(),
        );
        assert!(without.unwrap_err().to_string().contains("shaft speed"));
    }
}

#[test]
fn one_giant_spike_fools_the_kurtogram_but_not_the_comb_gram() {
    let mut samples = bursts(24_000, 4.0, 2);
    let before = kurtogram(&samples, 4).best();
    assert!(holds(before.band.edges(), 3200.0), "{before:?}");
    // Half a millisecond of electrical interference at 5.2 kHz.
    for n in 0..60 {
        let taper = (TAU * n as f64 / 120.0).sin().powi(2);
        samples[10_000 + n] += 400.0 * taper * (TAU * 5200.0 * n as f64 / RATE.0).sin();
    }
    for map in [kurtogram(&samples, 4), fft_kurtogram(&samples, 4)] {
        let fooled = map.best();
        assert!(holds(fooled.band.edges(), 5200.0) && fooled.value > 10.0 * before.value, "{fooled:?}");
    }
    let scores = comb_gram(&samples, CombBands::Tree { levels: Some(4) }, &[Order(4.0)]);
    assert!(holds(scores.best_band(0).unwrap(), 3200.0), "{:?}", scores.best_band(0));
}

#[test]
fn white_noise_is_not_impulsive_anywhere() {
    for seed in 0..3 {
        let samples = noise(16_384, seed);
        for map in [kurtogram(&samples, 4), fft_kurtogram(&samples, 4)] {
            // The narrowest bands have 1024 samples: five standard deviations.
            assert!(map.best().value < 5.0 * (4.0_f64 / 1024.0).sqrt(), "{:?}", map.best());
        }
        let plan = SpectralKurtosisParams::default().plan::<f64>(RATE, samples.len()).unwrap();
        let mut sk = vec![0.0; plan.output_len()];
        plan.process(&samples, &mut sk, &mut Scratch::new()).unwrap();
        for value in &sk[2..sk.len() - 2] {
            assert!(value.abs() < 5.0 * plan.deviation(), "{value}");
        }
        assert!((sk[0] - 1.0).abs() < 1.0 && (sk[sk.len() - 1] - 1.0).abs() < 1.0);
        let plan = InfogramParams { levels: Some(4), ..InfogramParams::default() }
            .plan::<f64>(RATE, samples.len())
            .unwrap();
        let mut maps = plan.maps();
        plan.process(&samples, &mut maps, &mut Scratch::new()).unwrap();
        // 1 - γ for an exponential squared envelope.
        assert!(maps.time.values().iter().all(|value| (value - 0.4228).abs() < 0.12));
        let plan = ProtrugramParams::default().plan::<f64>(RATE, samples.len()).unwrap();
        let mut values = vec![0.0; plan.output_len()];
        plan.process(&samples, &mut values, &mut Scratch::new()).unwrap();
        assert!(values.iter().all(|value| (1.5..8.0).contains(value)), "{values:?}");
        let scores = comb_gram(&samples, CombBands::default(), &[Order(4.0)]);
        assert!(scores.scores.iter().all(|score| *score < 1.0));
    }
}

#[test]
fn a_steady_tone_has_spectral_kurtosis_of_minus_one() {
    let tone: Vec<f64> = (0..4096).map(|n| (TAU * 10.0 * n as f64 / 64.0 + 0.3).sin()).collect();
    let plan = SpectralKurtosisParams::default().plan::<f64>(RATE, 4096).unwrap();
    let mut sk = vec![0.0; plan.output_len()];
    plan.process(&tone, &mut sk, &mut Scratch::new()).unwrap();
    assert!((sk[10] + 1.0).abs() < 1e-9);
    assert_eq!((plan.output_len(), plan.frames()), (33, 127));
}

fn all_selectors<T: Sample>(samples: &[T]) -> Vec<f64> {
    let mut scratch = Scratch::new();
    let mut all = Vec::new();
    all.extend_from_slice(kurtogram(samples, 2).values());
    all.extend_from_slice(fft_kurtogram(samples, 2).values());
    let plan =
        InfogramParams { levels: Some(2), ..InfogramParams::default() }.plan(RATE, samples.len()).unwrap();
    let mut maps = plan.maps();
    plan.process(samples, &mut maps, &mut scratch).unwrap();
    for map in [&maps.time, &maps.frequency, &maps.average] {
        all.extend_from_slice(map.values());
    }
    let plan = ProtrugramParams::default().plan(RATE, samples.len()).unwrap();
    let mut values = vec![T::zero(); plan.output_len()];
    plan.process(samples, &mut values, &mut scratch).unwrap();
    all.extend(values.iter().map(|x| x.widen()));
    let plan = SpectralKurtosisParams::default().plan(RATE, samples.len()).unwrap();
    let mut values = vec![T::zero(); plan.output_len()];
    plan.process(samples, &mut values, &mut scratch).unwrap();
    all.extend(values.iter().map(|x| x.widen()));
    all.extend(comb_gram(samples, CombBands::Uniform { count: 3 }, &[Order(4.0), Order(9.1)]).scores);
    all
}

#[test]
fn zeros_constants_spikes_and_extreme_values_give_finite_numbers() {
    for value in [0.0, 1.0, -0.1, 1e30, 1e-30, 1e-44] {
        let constant = vec![value; 600];
        for x in [all_selectors(&constant), all_selectors(&narrow(&constant))] {
            assert!(x.iter().all(|x| *x == 0.0 || (*x + 2.0).abs() < 3.0), "{value}: {x:?}");
        }
        assert_eq!(kurtogram(&constant, 2).best().value, 0.0);
        assert_eq!(kurtogram(&narrow(&constant), 2).best().value, 0.0);
        assert_eq!(fft_kurtogram(&narrow(&constant), 2).best().value, 0.0);
        let mut spike = vec![0.0; 600];
        spike[300] = value;
        assert!(all_selectors(&spike).iter().all(|x| x.is_finite()));
        assert!(all_selectors(&narrow(&spike)).iter().all(|x| x.is_finite()));
    }
    let large: Vec<f64> = noise(600, 1).iter().map(|x| x * 1e300).collect();
    assert!(all_selectors(&large).iter().all(|x| x.is_finite()));
    let large: Vec<f32> = noise(600, 1).iter().map(|x| (x * 5e37) as f32).collect();
    assert!(all_selectors(&large).iter().all(|x| x.is_finite()));
    let steep: Vec<f64> = (0..600).map(|n| if n < 200 { -f64::MAX } else { f64::MAX }).collect();
    assert!(all_selectors(&steep).iter().all(|x| x.is_finite()));
}

#[test]
fn samples_that_are_no_numbers_are_refused_with_their_place() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for at in [0, 17, 599] {
            let mut samples = noise(600, 4);
            samples[at] = bad;
            let plan = FastKurtogramParams::default().plan::<f64>(RATE, 600).unwrap();
            let error = plan.process(&samples, &mut plan.map(), &mut Scratch::new()).unwrap_err().to_string();
            assert!(error.contains(&format!("number {at}")) && error.contains("finite"), "{error}");
            let plan = FftKurtogramParams::default().plan::<f64>(RATE, 600).unwrap();
            assert!(plan.process(&samples, &mut plan.map(), &mut Scratch::new()).is_err());
            let plan = InfogramParams::default().plan::<f64>(RATE, 600).unwrap();
            assert!(plan.process(&samples, &mut plan.maps(), &mut Scratch::new()).is_err());
            let plan = ProtrugramParams::default().plan::<f64>(RATE, 600).unwrap();
            let mut values = vec![0.0; plan.output_len()];
            assert!(plan.process(&samples, &mut values, &mut Scratch::new()).is_err());
            let plan = SpectralKurtosisParams::default().plan::<f64>(RATE, 600).unwrap();
            let mut values = vec![0.0; plan.output_len()];
            assert!(plan.process(&samples, &mut values, &mut Scratch::new()).is_err());
            let plan = CombGramParams::default().plan::<f64>(RATE, 600).unwrap();
            let mut scores = CombGram::default();
            let result = plan.process(&samples, Hertz(25.0), &[Order(4.0)], &mut scores, &mut Scratch::new());
            assert!(result.is_err());
        }
    }
}

#[test]
fn records_too_short_for_the_levels_are_refused_and_the_most_is_named() {
    let refused = |levels, len| {
        FastKurtogramParams { levels }.plan::<f32>(RATE, len).map(|_| ()).unwrap_err().to_string()
    };
    assert!(refused(Some(5), 2048).contains("1 to 4 levels"), "{}", refused(Some(5), 2048));
    assert!(refused(Some(0), 4095).contains("1 to 4 levels"));
    assert!(refused(Some(u32::MAX), 1 << 20).contains("1 to 13 levels"));
    for len in [0, 1, 2, 3, 255] {
        assert!(refused(None, len).contains("at least 256"));
        assert!(FftKurtogramParams::default().plan::<f64>(RATE, len).is_err());
        assert!(InfogramParams::default().plan::<f64>(RATE, len).is_err());
        assert!(CombGramParams::default().plan::<f64>(RATE, len).is_err());
        if len < 144 {
            assert!(ProtrugramParams::default().plan::<f64>(RATE, len).is_err());
        }
        if len < 64 {
            assert!(SpectralKurtosisParams::default().plan::<f64>(RATE, len).is_err());
        }
    }
    assert!(FastKurtogramParams::default().plan::<f64>(Hertz(0.0), 2048).is_err());
    assert_eq!(FastKurtogramParams::default().plan::<f64>(RATE, 256).unwrap().tree().levels(), 1);
    assert_eq!(FastKurtogramParams::default().plan::<f64>(RATE, 1 << 18).unwrap().tree().levels(), 7);
    let plan = FastKurtogramParams::default().plan::<f64>(RATE, 300).unwrap();
    assert!(plan.process(&[0.0; 299], &mut plan.map(), &mut Scratch::new()).is_err());
}

#[test]
fn impossible_bands_combs_and_frames_are_refused_and_say_why() {
    let comb = |params: CombGramParams| params.plan::<f32>(RATE, 4096).map(|_| ()).unwrap_err().to_string();
    let of = |bands| CombGramParams { bands, ..CombGramParams::default() };
    assert!(comb(of(CombBands::List(vec![]))).contains("at least one"));
    assert!(comb(of(CombBands::List(vec![(Hertz(9.0), Hertz(3.0))]))).contains("rise"));
    assert!(comb(of(CombBands::List(vec![(Hertz(9.0), Hertz(f64::NAN))]))).contains("rise"));
    assert!(comb(of(CombBands::List(vec![(Hertz(9.0), Hertz(10.0))]))).contains("fewer than 4 bins"));
    assert!(comb(of(CombBands::Uniform { count: 0 })).contains("1 to 4096"));
    assert!(comb(of(CombBands::Uniform { count: usize::MAX })).contains("1 to 4096"));
    assert!(comb(CombGramParams { harmonics: 0, ..CombGramParams::default() }).contains("harmonics"));
    assert!(comb(CombGramParams { tolerance: f64::NAN, ..CombGramParams::default() }).contains("tolerance"));
    let protrugram = |bandwidth: f64, step: f64| {
        let params = ProtrugramParams { bandwidth: Some(Hertz(bandwidth)), spacing: Some(Hertz(step)) };
        params.plan::<f32>(RATE, 4096).map(|_| ()).unwrap_err().to_string()
    };
    assert!(protrugram(10.0, 100.0).contains("at least 9 bins"));
    assert!(protrugram(7000.0, 100.0).contains("6000"));
    assert!(protrugram(500.0, 0.0).contains("spacing"));
    assert!(protrugram(500.0, f64::NAN).contains("spacing"));
    let frames = |length, hop| {
        let params = SpectralKurtosisParams { length, hop, ..SpectralKurtosisParams::default() };
        params.plan::<f32>(RATE, 100).map(|_| ()).unwrap_err().to_string()
    };
    assert!(frames(101, 1).contains("longer than the record"));
    assert!(frames(64, 0).contains("hop") && frames(0, 1).contains("length"));
    let plan = CombGramParams::default().plan::<f32>(RATE, 4096).unwrap();
    let mut scores = CombGram::default();
    for (shaft, order) in [(0.0, 1.0), (25.0, -1.0), (25.0, f64::NAN)] {
        let orders = [Order(order)];
        let result = plan.process(&[1.0; 4096], Hertz(shaft), &orders, &mut scores, &mut Scratch::new());
        assert!(result.is_err());
    }
}

#[test]
fn warm_plans_allocate_nothing() {
    fn check<T: Sample>(samples: &[T]) {
        let len = samples.len();
        let mut scratch = Scratch::new();
        let plan = FastKurtogramParams::default().plan::<T>(RATE, len).unwrap();
        let mut map = plan.map();
        assert_eq!(allocations_when_warm(|| plan.process(samples, &mut map, &mut scratch).unwrap()), 0);
        let plan = FftKurtogramParams::default().plan::<T>(RATE, len).unwrap();
        let mut map = plan.map();
        assert_eq!(allocations_when_warm(|| plan.process(samples, &mut map, &mut scratch).unwrap()), 0);
        let plan = InfogramParams::default().plan::<T>(RATE, len).unwrap();
        let mut maps = plan.maps();
        assert_eq!(allocations_when_warm(|| plan.process(samples, &mut maps, &mut scratch).unwrap()), 0);
        let plan = ProtrugramParams::default().plan::<T>(RATE, len).unwrap();
        let mut values = vec![T::zero(); plan.output_len()];
        assert_eq!(allocations_when_warm(|| plan.process(samples, &mut values, &mut scratch).unwrap()), 0);
        let plan = SpectralKurtosisParams::default().plan::<T>(RATE, len).unwrap();
        let mut values = vec![T::zero(); plan.output_len()];
        assert_eq!(allocations_when_warm(|| plan.process(samples, &mut values, &mut scratch).unwrap()), 0);
        let plan = CombGramParams::default().plan::<T>(RATE, len).unwrap();
        let (mut scores, orders) = (CombGram::default(), [Order(4.0), Order(5.4)]);
        let mut work = || plan.process(samples, Hertz(25.0), &orders, &mut scores, &mut scratch).unwrap();
        assert_eq!(allocations_when_warm(&mut work), 0);
        let mut score = CombScore::default();
        let mut work = || {
            let params = CombScoreParams::default();
            params.score(samples, Hertz(1.0), Hertz(30.0), &mut score, &mut scratch).unwrap();
        };
        assert_eq!(allocations_when_warm(&mut work), 0);
    }
    let samples = bursts(5000, 3.0, 1);
    check(&samples);
    check(&narrow(&samples));
}

#[test]
fn harmonics_beyond_the_spectrum_are_left_out() {
    let lines = vec![1.0_f64; 100];
    let mut score = CombScore::default();
    let params = CombScoreParams::default();
    params.score(&lines, Hertz(1.0), Hertz(30.0), &mut score, &mut Scratch::new()).unwrap();
    assert_eq!(score.harmonics.len(), 3);
    assert!(score.harmonics.iter().all(|h| h.excess == 1.0) && score.mean_decades() == 0.0);
    params.score(&lines, Hertz(1.0), Hertz(1e300), &mut score, &mut Scratch::new()).unwrap();
    assert!(score.harmonics.is_empty());
    assert!(params.score(&lines, Hertz(1.0), Hertz(0.0), &mut score, &mut Scratch::new()).is_err());
    assert!(params.score(&[0.0_f64; 0], Hertz(1.0), Hertz(1.0), &mut score, &mut Scratch::new()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn neither_gain_nor_sign_nor_offset_matters(
        seed in 0u64..1000, gain in -40.0..40.0_f64, negative in any::<bool>(), offset in -3.0..3.0_f64, len in 512usize..3000,
    ) {
        let samples = bursts(len, 3.0, seed);
        let factor = gain.exp2() * if negative { -1.0 } else { 1.0 };
        let scaled: Vec<f64> = samples.iter().map(|x| factor * x).collect();
        for (a, b) in all_selectors(&samples).iter().zip(all_selectors(&scaled)) {
            prop_assert!((a - b).abs() < 1e-7 * (1.0 + a.abs()), "{} {}", a, b);
        }
        let moved: Vec<f64> = samples.iter().map(|x| x + offset).collect();
        for (a, b) in kurtogram(&samples, 2).values().iter().zip(kurtogram(&moved, 2).values()) {
            prop_assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }

    #[test]
    fn both_precisions_agree(seed in 0u64..1000, len in 256usize..5000) {
        let samples = bursts(len, 5.0, seed);
        let wide = kurtogram(&samples, 1);
        for (a, b) in wide.values().iter().zip(kurtogram(&narrow(&samples), 1).values()) {
            prop_assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }

    #[test]
    fn the_map_of_any_length_equals_plain_convolution(seed in 0u64..1000, len in 512usize..1500) {
        let samples = bursts(len, 5.0, seed);
        let got = kurtogram(&samples, 2);
        for (a, b) in got.values().iter().zip(plain_kurtogram(&samples)) {
            prop_assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }
}

/// Two levels by convolution as it is written, in the order of the tree: level 0, 1, 1.585, 2.
fn plain_kurtogram(samples: &[f64]) -> Vec<f64> {
    use num_complex::Complex64;
    fn taps(count: usize, cutoff: f64, turn: f64) -> Vec<Complex64> {
        let last = (count - 1) as f64;
        let plain: Vec<f64> = (0..count)
            .map(|k| {
                let x = std::f64::consts::PI * (k as f64 - last / 2.0);
                let sinc = if x == 0.0 { cutoff } else { (cutoff * x).sin() / x };
                sinc * (0.54 - 0.46 * (TAU * k as f64 / last).cos())
            })
            .collect();
        let sum: f64 = plain.iter().sum();
        plain
            .iter()
            .enumerate()
            .map(|(k, tap)| tap / sum * Complex64::cis(std::f64::consts::PI * turn * k as f64))
            .collect()
    }
    fn filter(taps: &[Complex64], z: &[Complex64], first: usize, step: usize) -> Vec<Complex64> {
        let at =
            |n: usize| taps.iter().enumerate().filter(|(k, _)| *k <= n).map(|(k, tap)| tap * z[n - k]).sum();
        (first..z.len()).step_by(step).map(at).collect()
    }
    fn kurtosis(z: &[Complex64], gaussian: f64) -> f64 {
        let mean: Complex64 = z.iter().sum::<Complex64>() / z.len() as f64;
        let power: Vec<f64> = z.iter().map(|z| (z - mean).norm_sqr()).collect();
        let second = power.iter().sum::<f64>() / z.len() as f64;
        let fourth = power.iter().map(|p| p * p).sum::<f64>() / z.len() as f64;
        (fourth / (second * second) - gaussian).max(0.0)
    }
    fn halves(z: &[Complex64]) -> [Vec<Complex64>; 2] {
        let low = filter(&taps(17, 0.4, 0.25), z, 1, 2);
        let mut high = filter(&taps(17, 0.4, 0.75)[1..], z, 1, 2);
        for value in high.iter_mut().step_by(2) {
            *value = -*value;
        }
        [low, high]
    }
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let z: Vec<Complex64> = samples.iter().map(|x| Complex64::from(x - mean)).collect();
    let [low, high] = halves(&z);
    let mut values = vec![kurtosis(&z, 3.0), kurtosis(&low[16..], 2.0), kurtosis(&high[15..], 2.0)];
    for j in 0..3 {
        let part = filter(&taps(25, 0.8 / 3.0, f64::from(2 * j + 1) / 6.0), &z, 2, 3);
        values.push(kurtosis(&part[16..], 2.0));
    }
    for z in [low, high] {
        let [low, high] = halves(&z);
        values.extend([kurtosis(&low[16..], 2.0), kurtosis(&high[15..], 2.0)]);
    }
    values
}
