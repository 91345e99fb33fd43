//! `[augmentation]`: more to learn from than was recorded. Only training parts grow; what was made from a segment stays on
//! the side of its bearing.
//!
//! | file | idea |
//! |---|---|
//! | `changed.rs` | changed copies of recorded segments |
//! | `simulated.rs` | segments of simulated bearings with other geometries |

mod changed;
mod simulated;

use crate::error::Result;
use crate::examples::{Examples, Source};
use crate::experiment::{Complaints, Experiment};
use crate::learning_side::LearningSide;
use crate::test_noise::NoiseKind;
use brinell_signal::Context;
use serde::{Deserialize, Serialize};

/// How training parts grow. Everything is drawn anew for every copy, from the run's seed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentationOptions {
    /// Changed copies of every training segment.
    pub copies: usize,
    /// Copies are played slower by up to this share, and the pipeline is told the slower shaft.
    pub slower: f64,
    /// Noise is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<AddedNoise>,
    /// Copies are louder or softer by up to so many decibels.
    pub gain_db: f64,
    /// Copies begin elsewhere: their samples are turned round in a circle.
    pub shift: bool,
    /// Another segment of the same recording is added, with up to this share of the power.
    pub mix: f64,
    /// A band of up to this share of the spectrum is silenced.
    pub band_mask: f64,
    /// Bearings that were never built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated: Option<SimulatedBearings>,
}

/// Noise on copies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedNoise {
    /// Its spectrum; a band is drawn for each copy. Left out: white or pink, drawn for each copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<NoiseKind>,
    /// Power of the segment over power of the noise lies between these, in decibels.
    pub snr_db: [f64; 2],
}

/// Bearings with drawn geometries, speeds, resonances and backgrounds: what a fault does to a signal, without the
/// accidents of one rig. The pipeline is told their speed and fault orders.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatedBearings {
    /// How many of each class.
    pub bearings: usize,
    /// Segments of each.
    pub segments: usize,
    /// Revolutions a second lie between these.
    pub speed_hz: [f64; 2],
    /// Power of the fault over that of all else lies between these, in decibels.
    pub snr_db: [f64; 2],
}

impl Default for SimulatedBearings {
    fn default() -> Self {
        SimulatedBearings { bearings: 20, segments: 2, speed_hz: [10.0, 60.0], snr_db: [-20.0, 0.0] }
    }
}

/// A segment that was made, what the pipeline may know of it, and its class.
pub(crate) type Made = (Vec<f32>, Context, u32);

impl AugmentationOptions {
    /// What is learned from besides the segments at `places` of `side`; `None` when nothing is.
    pub(crate) fn examples(
        &self,
        experiment: &Experiment,
        side: &LearningSide<'_>,
        places: &[usize],
        seed: u64,
    ) -> Result<Option<Examples>> {
        let mut made: Option<Examples> = None;
        let mut add = |examples: Examples| {
            made = Some(made.take().map_or_else(|| examples.clone(), |before| before.with(&examples)));
        };
        let (labels, sizes) = (side.labels(), side.sizes());
        for copy in 0..self.copies {
            let changed = changed::copies(self, experiment, side, places, (seed, copy))?;
            // what is mixed in depends on the fold, so those copies are never the same again
            let whose = if self.mix > 0.0 { format!("{places:?}") } else { String::new() };
            let way = format!("copy {copy} of seed {seed} by {self:?} {whose}");
            let (pipeline, rate) = (&experiment.pipeline, experiment.data.rate);
            let inputs = side.view.features_of_changed(pipeline, rate, &way, &changed)?;
            let of = |values: &[u32]| places.iter().map(|at| values[*at]).collect();
            add(Examples::new(inputs, of(&labels)).with_sizes(of(&sizes)));
        }
        if let Some(options) = &self.simulated {
            let segments = simulated::segments(options, experiment, side, seed)?;
            let plan = side.view.plan(&experiment.pipeline, experiment.data.rate)?;
            let sources: Vec<Source<'_>> =
                segments.iter().map(|(samples, context, _)| (&samples[..], *context)).collect();
            let labels = segments.iter().map(|(.., label)| *label).collect();
            add(Examples::of_segments(&plan, &sources, labels)?);
        }
        Ok(made)
    }

    pub(crate) fn check(&self, found: &mut Complaints) {
        let path = |key: &str| format!("augmentation.{key}");
        found.within(&path("slower"), "slower", self.slower, 0.0..=0.5);
        found.within(&path("gain_db"), "gain_db", self.gain_db, 0.0..=60.0);
        found.within(&path("mix"), "mix", self.mix, 0.0..=1.0);
        found.within(&path("band_mask"), "band_mask", self.band_mask, 0.0..=0.9);
        let mut rising = |key: &str, [low, high]: [f64; 2], least: f64, most: f64| {
            if !(least <= low && low <= high && high <= most) {
                let name = key.rsplit('.').next().unwrap_or(key);
                let message =
                    format!("{name} must rise and lie within {least} and {most}, found {low} and {high}");
                found.add(&path(key), message);
            }
        };
        if let Some(noise) = &self.noise {
            rising("noise.snr_db", noise.snr_db, -60.0, 60.0);
        }
        if let Some(own) = &self.simulated {
            rising("simulated.snr_db", own.snr_db, -60.0, 60.0);
            rising("simulated.speed_hz", own.speed_hz, 0.5, 500.0);
            found.at_least(&path("simulated.bearings"), "bearings", own.bearings, 1);
            found.at_least(&path("simulated.segments"), "segments", own.segments, 1);
        }
        let changes = self.slower > 0.0
            || self.noise.is_some()
            || self.gain_db > 0.0
            || self.shift
            || self.mix > 0.0
            || self.band_mask > 0.0;
        if changes != (self.copies > 0) {
            let message = match changes {
                true => "copies = 0, so none of the changes is made; say copies = 1 or more",
                false => {
                    "copies would be the segments themselves; say how they change: slower, noise, gain_db, shift, mix, band_mask"
                }
            };
            found.add(&path("copies"), message.to_owned());
        }
    }
}

/// Draws numbers.
pub(crate) struct Draw<R>(pub(crate) R);

impl<R: rand_chacha::rand_core::Rng> Draw<R> {
    /// From 0 to below 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to `high`.
    pub(crate) fn between(&mut self, [low, high]: [f64; 2]) -> f64 {
        low + (high - low) * self.share()
    }

    /// One of so many places.
    pub(crate) fn place(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count.saturating_sub(1))
    }
}
