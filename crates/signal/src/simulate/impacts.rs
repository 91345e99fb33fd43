//! The fault part of a simulated record: when the fault strikes, how hard, and how the structure rings.

use std::f64::consts::TAU;

use num_complex::Complex64;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{SimulatedFault, Simulation};
use crate::error::Result;
use crate::generator::generator;
use crate::kinematics::FaultKind;
use crate::units::Hertz;

/// Width (one standard deviation) of a cage's rub, in cage turns.
const RUB_WIDTH: f64 = 0.06;

/// How the bearing's load is spread round it: `q(θ) = [1 - (1 - cos θ)/2ε]^1.5` of the largest, 0 where
/// the bracket is negative (Stribeck's equation).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadZone {
    /// Load distribution factor ε: 0.5 loads half of the circumference (no clearance), less a narrower zone
    /// (clearance), 1 and more all of it (preload).
    pub extent: f64,
}

impl Default for LoadZone {
    /// ε = 0.5.
    fn default() -> Self {
        Self { extent: 0.5 }
    }
}

impl LoadZone {
    /// Load at an angle in radians from the middle of the zone, as a share of the largest; 0 to 1.
    #[must_use]
    pub fn load(&self, angle: f64) -> f64 {
        (1.0 - (1.0 - angle.cos()) / (2.0 * self.extent)).max(0.0).powf(1.5)
    }
}

/// The fault part, and when it strikes.
pub(super) struct FaultPart {
    pub(super) samples: Vec<f64>,
    pub(super) impacts_s: Vec<f64>,
}

/// The fault part of a checked simulation, before noise and gain.
pub(super) fn fault_part(simulation: &Simulation, fault: &SimulatedFault) -> Result<FaultPart> {
    let orders = simulation.geometry.orders();
    let order = fault.kind.order(&orders).0;
    let impacts_s = impact_times(simulation, order);
    let samples = if fault.kind == FaultKind::Cage {
        rubbing(simulation, fault.amplitude, &impacts_s)
    } else {
        // Turns of the damaged spot round the bearing for each turn of the shaft.
        let spot = match fault.kind {
            FaultKind::Inner => 1.0,
            FaultKind::Ball => orders.ftf,
            FaultKind::Outer | FaultKind::Cage => 0.0,
        };
        let strengths: Vec<f64> = impacts_s
            .iter()
            .map(|&time| {
                let angle = fault.angle_deg.to_radians() + TAU * spot * simulation.turns_at(time);
                fault.amplitude * simulation.load_zone.load(angle)
            })
            .collect();
        let mut samples = vec![0.0; simulation.len()];
        add_rings(
            &mut samples,
            simulation.rate,
            simulation.resonance,
            simulation.damping,
            impacts_s.iter().copied().zip(strengths),
        );
        samples
    };
    Ok(FaultPart { samples, impacts_s })
}

/// Times at which a fault of this order strikes within the record: a random walk in its own phase, from a
/// random start.
fn impact_times(simulation: &Simulation, order: f64) -> Vec<f64> {
    let mut random = generator(simulation.seed, "simulation: slip");
    let mut phase: f64 = random.random();
    let mut times = Vec::new();
    loop {
        let time = simulation.time_of(phase / order);
        if time >= simulation.seconds {
            return times;
        }
        times.push(time);
        let step: f64 = StandardNormal.sample(&mut random);
        // Slip is at most 0.1, so a step backwards would take ten standard deviations; it is kept from
        // happening.
        phase += (1.0 + simulation.slip * step).max(0.1);
    }
}

/// Adds a damped ring for each impact (time in seconds, ascending; amplitude): `A e^{-ζωd} sin(ω√(1-ζ²)
/// d)` at every sample `d` seconds after it. Impacts lie anywhere between samples, and rings overlap.
///
/// All rings are the imaginary part of one complex number that turns and shrinks from sample to sample,
/// to which each impact adds its own at the first sample after it: the cost does not grow with the length
/// of a ring.
pub(super) fn add_rings(
    samples: &mut [f64],
    rate: Hertz,
    resonance: Hertz,
    damping: f64,
    impacts: impl IntoIterator<Item = (f64, f64)>,
) {
    let omega = TAU * resonance.0;
    let exponent = Complex64::new(-damping * omega, omega * (1.0 - damping * damping).sqrt());
    let turn = (exponent / rate.0).exp();
    let mut ring = Complex64::ZERO;
    let mut impacts = impacts.into_iter().peekable();
    for (index, sample) in samples.iter_mut().enumerate() {
        let now = index as f64 / rate.0;
        ring *= turn;
        while let Some((time, amplitude)) = impacts.next_if(|&(time, _)| time <= now) {
            ring += amplitude * (exponent * (now - time)).exp();
        }
        *sample += ring.im;
    }
}

/// A cage that rubs once a turn: broadband excitation of the resonance, of that RMS at the loudest,
/// swelling and fading round each of the given times.
fn rubbing(simulation: &Simulation, amplitude: f64, middles: &[f64]) -> Vec<f64> {
    let mut random = generator(simulation.seed, "simulation: rub");
    let rate = simulation.rate.0;
    let omega = TAU * simulation.resonance.0 / rate;
    let radius = (-simulation.damping * omega).exp();
    let angle = omega * (1.0 - simulation.damping * simulation.damping).sqrt();
    // Two-pole resonator y[n] = 2 r cos φ y[n-1] - r² y[n-2] + g x[n]; its output has this variance for g
    // = 1.
    let (first, second) = (2.0 * radius * angle.cos(), radius * radius);
    let variance = (1.0 + second) / ((1.0 - second) * ((1.0 + second).powi(2) - first * first));
    let gain = amplitude / variance.sqrt();
    let cage = simulation.geometry.orders().ftf;
    let turns = |time: f64| simulation.turns_at(time) * cage;
    let (mut before, mut last) = (0.0, 0.0);
    let mut nearest = 0;
    (0..simulation.len())
        .map(|index| {
            let time = index as f64 / rate;
            while nearest + 1 < middles.len()
                && (middles[nearest + 1] - time).abs() < (middles[nearest] - time).abs()
            {
                nearest += 1;
            }
            let swell = middles.get(nearest).map_or(0.0, |&middle| {
                let away = (turns(time) - turns(middle)) / RUB_WIDTH;
                (-0.5 * away * away).exp()
            });
            let noise: f64 = StandardNormal.sample(&mut random);
            let next = first * last - second * before + gain * swell * noise;
            (before, last) = (last, next);
            next
        })
        .collect()
}

#[cfg(test)]
#[path = "../../tests/golden/mod.rs"]
mod golden;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::simulate::power;

    #[test]
    fn rings_at_the_reference_impact_times_give_the_reference_waveform() {
        let cases = golden::cases("ring_train");
        for case in &cases {
            let (times, modulation) = (case.input(0), case.number("mod"));
            let impacts =
                times.iter().map(|&time| (time, 1.0 + modulation * (TAU * case.number("fr") * time).cos()));
            let mut samples = vec![0.0; case.integer("n")];
            let (rate, resonance) = (Hertz(case.number("fs")), Hertz(case.number("fres")));
            add_rings(&mut samples, rate, resonance, case.number("zeta"), impacts);
            case.check("x", &samples);

            // The whole reference record is this plus noise of the same power (0 dB).
            let noise: Vec<f64> =
                golden::input("simfault4096").iter().zip(&samples).map(|(all, ring)| all - ring).collect();
            let ratio = power(&noise) / power(&samples);
            assert!((ratio - 1.0).abs() < 0.1, "noise over fault power {ratio}");
        }
    }

    #[test]
    fn the_load_is_full_in_the_middle_and_gone_outside_the_zone() {
        let half = LoadZone::default();
        assert_eq!(half.load(0.0), 1.0);
        assert!(half.load(std::f64::consts::FRAC_PI_2) < 1e-12);
        assert_eq!(half.load(std::f64::consts::PI), 0.0);
        assert!(LoadZone { extent: 2.0 }.load(std::f64::consts::PI) > 0.3);
    }

    #[test]
    fn slip_is_a_random_walk_so_the_spread_of_impact_times_grows() {
        let geometry =
            crate::BearingGeometry::new(9, crate::Millimetres(7.94), crate::Millimetres(39.04), 0.0).unwrap();
        let order = geometry.orders().bpfi;
        let period = 1.0 / (order * 30.0);
        let late = |seed, index: usize| {
            let simulation = Simulation {
                seed,
                slip: 0.02,
                ..Simulation::new(Hertz(12_000.0), 1.0, Hertz(30.0), geometry)
            };
            let times = impact_times(&simulation, order);
            (times[index] - times[0]) / period - index as f64
        };
        let spread = |index| {
            let all: Vec<f64> = (0..400).map(|seed| late(seed, index)).collect();
            power(&all).sqrt()
        };
        // Standard deviation σ√k after k impacts; the estimate from 400 is good to 3.5 %.
        for (index, want) in [(4, 0.04), (100, 0.2)] {
            let got = spread(index);
            assert!((got / want - 1.0).abs() < 0.15, "after {index} impacts: {got}, expected {want}");
        }
    }

    #[test]
    fn drift_moves_impacts_with_the_shafts_turns() {
        let geometry =
            crate::BearingGeometry::new(9, crate::Millimetres(7.94), crate::Millimetres(39.04), 0.0).unwrap();
        for drift in [-0.5, 0.0, 1.0] {
            let simulation =
                Simulation { drift, ..Simulation::new(Hertz(12_000.0), 2.0, Hertz(30.0), geometry) };
            for turns in [0.0, 1.0, 12.5, 40.0] {
                let time = simulation.time_of(turns);
                assert!((simulation.turns_at(time) - turns).abs() < 1e-9);
            }
            let slope = (simulation.turns_at(2.0) - simulation.turns_at(2.0 - 1e-6)) / 1e-6;
            assert!((slope - 30.0 * (1.0 + drift)).abs() < 1e-3, "speed at the end {slope}");
        }
    }
}
