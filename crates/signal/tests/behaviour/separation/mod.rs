//! Whitening, cepstra, linear prediction, separation and deconvolution: the reference's numbers, what each has to part,
//! and what none may do with records that hold nothing. Here are the records that their tests share.

mod autoregressive;
mod cepstrum;
mod discrete_random;
mod every_method;
mod minimum_entropy;
mod momeda;
mod whiten;

use brinell_signal::{
    Hertz, Sample, Scratch,
    fourier::RealCepstrumParams,
    generator,
    separation::{CepstrumPrewhitenParams, RecordEnds},
};
use rand_distr::{Distribution, StandardNormal};

const RATE: Hertz = Hertz(12_000.0);

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = generator(seed, "noise of a test");
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn narrow(samples: &[f64]) -> Vec<f32> {
    samples.iter().map(|x| *x as f32).collect()
}

fn widen(samples: &[f32]) -> Vec<f64> {
    samples.iter().map(|x| f64::from(*x)).collect()
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
