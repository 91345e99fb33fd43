//! Changed copies of recorded segments.

use super::{AugmentationOptions, Draw};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::learning_side::LearningSide;
use crate::protocol::Window;
use crate::segment_view::Changed;
use crate::test_noise::{NoiseKind, TestNoise};
use brinell_signal::{Context, Hertz, Scratch, fourier::RealFft, generator};
use rand_chacha::rand_core::Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Samples to either side that the interpolation looks at.
const REACH: isize = 16;

/// One copy of each segment at `places`, in order.
pub(super) fn copies(
    options: &AugmentationOptions,
    experiment: &Experiment,
    side: &LearningSide<'_>,
    places: &[usize],
    (seed, copy): (u64, usize),
) -> Result<Vec<Changed>> {
    let (windows, view) = (side.windows(), &side.view);
    let fft = RealFft::<f64>::new(view.length)?;
    let mut of_signal = BTreeMap::<usize, Vec<Window>>::new();
    for at in places {
        of_signal.entry(windows[*at].signal).or_default().push(windows[*at]);
    }
    let copy = |at: &usize| -> Result<Changed> {
        let window = windows[*at];
        let signal = &view.signals[window.signal];
        let purpose = format!("augmentation/{}/{}/{}/{copy}", signal.file, signal.sensor, window.start);
        let mut draw = Draw(generator(seed, &purpose));
        let noise_seed = draw.0.next_u64();
        let (segment, context) = view.segment(window)?;
        let partners = &of_signal[&window.signal];
        let other = match options.mix > 0.0 {
            true => view.segment(partners[draw.place(partners.len())])?.0,
            false => segment,
        };
        let change = Change { options, fft: &fft, rate: experiment.data.rate };
        let (samples, context) = change.of(segment, context, other, noise_seed, &mut draw)?;
        Ok((window, samples, context))
    };
    places.par_iter().map(copy).collect()
}

struct Change<'a> {
    options: &'a AugmentationOptions,
    fft: &'a RealFft<f64>,
    rate: Hertz,
}

impl Change<'_> {
    fn of<R: Rng>(
        &self,
        segment: &[f32],
        mut context: Context,
        other: &[f32],
        noise_seed: u64,
        draw: &mut Draw<R>,
    ) -> Result<(Vec<f32>, Context)> {
        let options = self.options;
        let mut samples = segment.to_vec();
        if options.mix > 0.0 {
            let share = (options.mix * draw.share()).sqrt() as f32;
            let turn = draw.place(other.len());
            let turned = other.iter().cycle().skip(turn);
            samples.iter_mut().zip(turned).for_each(|(x, y)| *x += share * y);
        }
        if options.slower > 0.0 {
            let step = 1.0 - options.slower * draw.share();
            samples = slower(&samples, step);
            context.shaft = context.shaft.map(|shaft| Hertz(shaft.0 * step));
        }
        if options.shift {
            let turn = draw.place(samples.len());
            samples.rotate_left(turn);
        }
        if options.band_mask > 0.0 {
            let width = options.band_mask * draw.share();
            let from = (1.0 - width) * draw.share();
            samples = self.masked(&samples, from, from + width)?;
        }
        if let Some(noise) = options.noise {
            let half = self.rate.0 / 2.0;
            let drawn = if draw.share() < 0.5 { NoiseKind::White } else { NoiseKind::Pink };
            let kind = noise.kind.unwrap_or(drawn);
            let band_hz = (kind == NoiseKind::Band).then(|| {
                let low = 0.9 * half * draw.share();
                [low, low + (half - low) * draw.between([0.1, 1.0])]
            });
            let snr_db = draw.between(noise.snr_db);
            let noise = TestNoise { kind, snr_db, band_hz, seed: noise_seed };
            samples = noise.added(&samples, self.fft, self.rate, "augmentation")?;
        }
        if options.gain_db > 0.0 {
            let gain = 10_f64.powf(draw.between([-options.gain_db, options.gain_db]) / 20.0) as f32;
            samples.iter_mut().for_each(|x| *x *= gain);
        }
        Ok((samples, context))
    }

    /// Without what lies between two shares of the spectrum; the mean stays.
    fn masked(&self, samples: &[f32], from: f64, to: f64) -> Result<Vec<f32>> {
        let mut scratch = Scratch::new();
        let wide: Vec<f64> = samples.iter().copied().map(f64::from).collect();
        let mut bins = vec![Default::default(); self.fft.bins()];
        self.fft.forward(&wide, &mut bins, &mut scratch)?;
        let place = |share: f64| ((share * bins.len() as f64) as usize).clamp(1, bins.len());
        let (from, to) = (place(from), place(to));
        bins[from..to].fill(Default::default());
        let mut out = wide;
        self.fft.inverse(&bins, &mut out, &mut scratch)?;
        Ok(out.into_iter().map(|x| x as f32).collect())
    }
}

/// The samples at `0, step, 2 step...`, `step` at most 1, by a sinc under a raised cosine; beyond the ends as at them.
fn slower(samples: &[f32], step: f64) -> Vec<f32> {
    let last = samples.len() as isize - 1;
    let at = |place: f64| {
        let middle = place.floor() as isize;
        let (mut sum, mut weights) = (0.0, 0.0);
        for near in middle - REACH + 1..=middle + REACH {
            let away = place - near as f64;
            let angle = std::f64::consts::PI * away;
            let sinc = if away.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
            let weight = sinc * (0.5 + 0.5 * (angle / REACH as f64).cos());
            sum += weight * f64::from(samples[near.clamp(0, last) as usize]);
            weights += weight;
        }
        (sum / weights) as f32
    };
    (0..samples.len()).map(|n| at(n as f64 * step)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::augmentation::AddedNoise;
    use std::f64::consts::TAU;

    const LENGTH: usize = 2_048;

    fn tone(cycles: f64) -> Vec<f32> {
        (0..LENGTH).map(|n| (TAU * cycles * n as f64 / LENGTH as f64).sin() as f32).collect()
    }

    fn change(options: &AugmentationOptions, segment: &[f32], seed: u64) -> (Vec<f32>, Context) {
        let fft = RealFft::new(LENGTH).unwrap();
        let change = Change { options, fft: &fft, rate: Hertz(12_000.0) };
        let context = Context { shaft: Some(Hertz(30.0)), ..Context::default() };
        let mut draw = Draw(generator(seed, "test"));
        change.of(segment, context, &tone(3.0), seed, &mut draw).unwrap()
    }

    fn rms(samples: &[f32]) -> f64 {
        (samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    #[test]
    fn a_slower_copy_has_its_tones_where_the_slower_shaft_puts_them() {
        let options = AugmentationOptions { copies: 1, slower: 0.3, ..AugmentationOptions::default() };
        for seed in 0..5 {
            let (samples, context) = change(&options, &tone(200.0), seed);
            let step = context.shaft.unwrap().0 / 30.0;
            assert!((0.7..1.0).contains(&step));
            let expected = tone(200.0 * step);
            let inside = 40..LENGTH - 700;
            let error = inside.map(|n| f64::from(samples[n] - expected[n]).abs()).fold(0.0, f64::max);
            assert!(error < 0.01, "{error}");
        }
    }

    #[test]
    fn each_change_does_what_it_says_and_no_more() {
        let plain = AugmentationOptions { copies: 1, ..AugmentationOptions::default() };
        let segment = tone(100.0);
        assert_eq!(change(&plain, &segment, 1).0, segment);
        let louder = AugmentationOptions { gain_db: 6.0, ..plain.clone() };
        for seed in 0..20 {
            let level = 20.0 * (rms(&change(&louder, &segment, seed).0) / rms(&segment)).log10();
            assert!(level.abs() <= 6.0 + 1e-3, "{level} dB");
        }
        let (turned, _) = change(&AugmentationOptions { shift: true, ..plain.clone() }, &segment, 1);
        let sorted = |samples: &[f32]| {
            let mut all = samples.to_vec();
            all.sort_by(f32::total_cmp);
            all
        };
        assert!(turned != segment && sorted(&turned) == sorted(&segment));
        let noise = AddedNoise { kind: Some(NoiseKind::White), snr_db: [0.0, 0.0] };
        let (noisy, _) = change(&AugmentationOptions { noise: Some(noise), ..plain.clone() }, &segment, 1);
        assert!((rms(&noisy) / rms(&segment) - 2_f64.sqrt()).abs() < 0.1, "as much noise as signal");
        let (mixed, _) = change(&AugmentationOptions { mix: 0.5, ..plain.clone() }, &segment, 1);
        assert!(mixed != segment && rms(&mixed) < rms(&segment) * 1.5_f64.sqrt() + 0.01);
        let masked = AugmentationOptions { band_mask: 0.9, ..plain };
        let gone = (0..30).filter(|seed| rms(&change(&masked, &segment, *seed).0) < 0.1).count();
        assert!((1..30).contains(&gone), "the tone is sometimes in the silenced band: {gone} of 30");
    }
}
