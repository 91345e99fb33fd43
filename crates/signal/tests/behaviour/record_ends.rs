//! Records that do not close: the jump from the last sample to the first must not be taken for an impact.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use brinell_signal::band::{BandMap, FftKurtogramParams, Infogram, InfogramParams};
use brinell_signal::{Hertz, Scratch, generator};
use rand_distr::{Distribution, StandardNormal};

const RATE: Hertz = Hertz(12_000.0);
const LEN: usize = 24_000;

fn noise(seed: u64) -> Vec<f64> {
    let mut random = generator(seed, "ends of records");
    (0..LEN).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// A tone of 300.3 periods, half a period more than closes smoothly, in noise 80 dB below it.
fn open_tone(seed: u64) -> Vec<f64> {
    let tone = |n: usize| 10.0 * (TAU * 300.3 * n as f64 / LEN as f64).cos();
    noise(seed).iter().enumerate().map(|(n, x)| 1e-3 * x + tone(n)).collect()
}

/// Bursts of 3.2 kHz, 100 a second.
fn with_bursts(samples: &[f64], amplitude: f64) -> Vec<f64> {
    let ring = |n: usize| (-((n % 120) as f64) / 15.0).exp() * (TAU * 3200.0 * n as f64 / RATE.0).sin();
    samples.iter().enumerate().map(|(n, x)| x + amplitude * ring(n)).collect()
}

fn kurtogram(samples: &[f64], taper: f64) -> BandMap {
    let plan = FftKurtogramParams { levels: Some(4), taper }.plan::<f64>(RATE, samples.len()).unwrap();
    let mut map = plan.map();
    plan.process(samples, &mut map, &mut Scratch::new()).unwrap();
    map
}

fn infogram(samples: &[f64], taper: f64) -> Infogram {
    let plan = InfogramParams { levels: Some(4), taper }.plan::<f64>(RATE, samples.len()).unwrap();
    let mut maps = plan.maps();
    plan.process(samples, &mut maps, &mut Scratch::new()).unwrap();
    maps
}

const USUAL: f64 = 0.05;

#[test]
fn no_band_stands_out_of_a_tone_that_does_not_close() {
    for seed in 0..3 {
        let samples = open_tone(seed);
        let (usual, period) = (kurtogram(&samples, USUAL).best(), kurtogram(&samples, 0.0).best());
        assert!(usual.value < 0.5, "{usual:?}");
        assert!(period.value > 100.0, "{period:?}");
        let (usual, period) = (infogram(&samples, USUAL), infogram(&samples, 0.0));
        // Gaussian noise has 0.42, a tone 0.
        assert!(usual.time.best().value < 0.6, "{:?}", usual.time.best());
        assert!(period.time.best().value > 2.0, "{:?}", period.time.best());
    }
}

#[test]
fn a_resonance_beside_a_tone_that_does_not_close_is_found() {
    for seed in 0..3 {
        let samples = with_bursts(&open_tone(seed), 0.008);
        let found = |map: &BandMap| {
            let (low, high) = map.best().band.edges();
            assert!(low.0 <= 3200.0 && 3200.0 < high.0 && high.0 - low.0 < 4000.0, "{:?}", map.best());
        };
        found(&kurtogram(&samples, USUAL));
        let maps = infogram(&samples, USUAL);
        [&maps.time, &maps.frequency, &maps.average].into_iter().for_each(found);
        // Without a taper the jump wins.
        assert!(kurtogram(&samples, 0.0).best().value > 10.0 * kurtogram(&samples, USUAL).best().value);
    }
}

#[test]
fn gaussian_noise_keeps_its_values_whatever_the_taper() {
    for taper in [0.0, USUAL, 0.2, 0.4] {
        let samples = noise(7);
        // The narrowest bands have 1500 points, a fifth of them at the longest taper: five standard deviations.
        assert!(kurtogram(&samples, taper).best().value < 5.0 * (4.0_f64 / 300.0).sqrt());
        let maps = infogram(&samples, taper);
        let mean = |map: &BandMap| map.values().iter().sum::<f64>() / map.values().len() as f64;
        assert!((mean(&maps.time) - 0.4228).abs() < 0.05, "{taper} {}", mean(&maps.time));
        // More than that: the lines fall towards the band's width.
        let untapered = mean(&infogram(&samples, 0.0).frequency);
        assert!((mean(&maps.frequency) - untapered).abs() < 0.05, "{taper} {}", mean(&maps.frequency));
    }
}

#[test]
fn a_taper_that_leaves_too_little_is_refused() {
    for taper in [-0.01, 0.5, f64::NAN] {
        let params = FftKurtogramParams { taper, ..FftKurtogramParams::default() };
        assert!(params.plan::<f32>(RATE, 4096).unwrap_err().to_string().contains("taper"));
        let params = InfogramParams { taper, ..InfogramParams::default() };
        assert!(params.plan::<f32>(RATE, 4096).unwrap_err().to_string().contains("taper"));
    }
    let read: FftKurtogramParams = serde_json::from_str(r#"{"taper":0}"#).unwrap();
    assert_eq!((read.taper, FftKurtogramParams::default().taper), (0.0, USUAL));
}
