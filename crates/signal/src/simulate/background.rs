//! What a simulated machine sounds like without a fault: shaft harmonics, hum, knocks and noise.

use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};
use serde::{Deserialize, Serialize};

use super::Simulation;
use super::impacts::add_rings;
use crate::generator::generator;
use crate::units::Hertz;

/// Knocks at random times (a Poisson process), each ringing a structure of its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knocks {
    /// Mean number in a second.
    pub per_second: f64,
    /// Standard deviation of their amplitude, which is normal about 0.
    pub amplitude: f64,
    /// Natural frequency of what they ring.
    pub resonance: Hertz,
    /// Its damping ratio.
    pub damping: f64,
}

/// Everything but the fault, at the stated levels, and the times of the knocks in seconds. The simulation
/// is checked.
pub(super) fn background(simulation: &Simulation) -> (Vec<f64>, Vec<f64>) {
    let mut samples = noise(simulation);
    add_tones(&mut samples, simulation);
    let knocks = knocks(simulation);
    if let Some(what) = &simulation.knocks {
        add_rings(&mut samples, simulation.rate, what.resonance, what.damping, knocks.iter().copied());
    }
    (samples, knocks.into_iter().map(|(time, _)| time).collect())
}

/// First-order autoregressive Gaussian noise, in its steady state from the first sample on.
fn noise(simulation: &Simulation) -> Vec<f64> {
    let mut random = generator(simulation.seed, "simulation: noise");
    let colour = simulation.noise_colour;
    let fresh = (1.0 - colour * colour).sqrt();
    let mut last: f64 = StandardNormal.sample(&mut random);
    (0..simulation.len())
        .map(|_| {
            let draw: f64 = StandardNormal.sample(&mut random);
            last = colour * last + fresh * draw;
            simulation.noise_rms * last
        })
        .collect()
}

/// Adds the shaft's harmonics, which follow its turns, and the hum, which does not.
fn add_tones(samples: &mut [f64], simulation: &Simulation) {
    let mut random = generator(simulation.seed, "simulation: phases");
    let hum_phase: f64 = random.random();
    let phases: Vec<f64> = simulation.shaft_harmonics.iter().map(|_| random.random()).collect();
    if simulation.shaft_harmonics.is_empty() && simulation.mains.is_none() {
        return;
    }
    for (index, sample) in samples.iter_mut().enumerate() {
        let time = index as f64 / simulation.rate.0;
        let turns = simulation.turns_at(time);
        for (order, (amplitude, phase)) in (1..).zip(simulation.shaft_harmonics.iter().zip(&phases)) {
            *sample += amplitude * (TAU * (f64::from(order) * turns + phase)).cos();
        }
        if let Some((hum, amplitude)) = simulation.mains {
            *sample += amplitude * (TAU * (hum.0 * time + hum_phase)).cos();
        }
    }
}

/// Times and amplitudes of the knocks.
fn knocks(simulation: &Simulation) -> Vec<(f64, f64)> {
    let mut knocks = Vec::new();
    let Some(what) = simulation.knocks.filter(|what| what.per_second > 0.0) else { return knocks };
    let mut random = generator(simulation.seed, "simulation: knocks");
    let mut time = 0.0;
    loop {
        let gap: f64 = Exp1.sample(&mut random);
        time += gap / what.per_second;
        if time >= simulation.seconds {
            return knocks;
        }
        let amplitude: f64 = StandardNormal.sample(&mut random);
        knocks.push((time, what.amplitude * amplitude));
    }
}
