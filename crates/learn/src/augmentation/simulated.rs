//! Segments of bearings that were never built: other geometries, speeds, resonances and backgrounds.

use super::{Draw, Made, SimulatedBearings};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::learning_side::LearningSide;
use brinell_signal::simulate::{LoadZone, SimulatedFault, Simulation};
use brinell_signal::{BearingGeometry, Context, FaultKind, Hertz, Millimetres, generator};
use rand_chacha::rand_core::Rng;
use rayon::prelude::*;

/// Ranges that catalogues of rolling bearings span: rolling elements, their diameter over the pitch diameter, and
/// contact angle in degrees.
const ELEMENTS: [f64; 2] = [7.0, 20.0];
const DIAMETER_RATIO: [f64; 2] = [0.12, 0.32];
const CONTACT_DEG: [f64; 2] = [0.0, 25.0];
/// Slip from impact to impact, damping, and the resonance as a share of half the rate.
const SLIP: [f64; 2] = [0.002, 0.02];
const DAMPING: [f64; 2] = [0.02, 0.12];
const RESONANCE: [f64; 2] = [0.1, 0.9];
const PITCH_MM: f64 = 50.0;

/// Segments of `options.bearings` simulated bearings of each class of the fold: those with one damaged part, and healthy
/// ones.
pub(super) fn segments(
    options: &SimulatedBearings,
    experiment: &Experiment,
    side: &LearningSide<'_>,
    seed: u64,
) -> Result<Vec<Made>> {
    let rate = experiment.data.rate;
    let parts: Vec<Option<FaultKind>> = side.classes().iter().map(|class| class.element).collect();
    if (1..parts.len()).any(|at| parts[..at].contains(&parts[at])) {
        return Err(Error::data(
            "simulated bearings cannot be learned from here",
            "several classes of this protocol blame the same part, and a simulated fault has no size",
            "leave out [augmentation.simulated], or use a protocol whose classes are parts",
        ));
    }
    let mut wanted = Vec::new();
    for (label, class) in side.classes().iter().enumerate() {
        if class.faults().count() < 2 {
            wanted.extend((0..options.bearings).map(|number| (label as u32, class.element, number)));
        }
    }
    let bearing = |(label, part, number): &(u32, Option<FaultKind>, usize)| -> Result<Vec<Made>> {
        let mut draw = Draw(generator(seed, &format!("simulated bearing/{label}/{number}")));
        let geometry = geometry(&mut draw)?;
        let shaft = Hertz(draw.between(options.speed_hz));
        let length = side.view.length;
        let seconds = (options.segments * length) as f64 / rate.0;
        let mut machine = Simulation::new(rate, seconds, shaft, geometry);
        machine.fault =
            part.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 60.0 * draw.share() - 30.0 });
        machine.snr_db = draw.between(options.snr_db);
        machine.slip = draw.between(SLIP);
        machine.damping = draw.between(DAMPING);
        machine.resonance = Hertz(draw.between(RESONANCE) * rate.0 / 2.0);
        machine.load_zone = LoadZone::default();
        machine.noise_colour = draw.between([-0.5, 0.9]);
        machine.shaft_harmonics = (0..draw.place(6)).map(|_| 0.5 * draw.share()).collect();
        machine.seed = draw.0.next_u64();
        let samples = machine.simulate()?.samples;
        let context = Context { shaft: Some(shaft), orders: Some(geometry.orders()) };
        Ok(samples.chunks_exact(length).map(|segment| (segment.to_vec(), context, *label)).collect())
    };
    let made: Vec<Vec<Made>> = wanted.par_iter().map(bearing).collect::<Result<_>>()?;
    Ok(made.into_iter().flatten().collect())
}

/// A bearing whose elements have room in the pitch circle.
fn geometry<R: Rng>(draw: &mut Draw<R>) -> Result<BearingGeometry> {
    let elements = draw.between(ELEMENTS).round();
    let most = (0.9 * (std::f64::consts::PI / elements).sin()).min(DIAMETER_RATIO[1]);
    let ratio = draw.between([DIAMETER_RATIO[0].min(most), most]);
    let contact = draw.between(CONTACT_DEG);
    Ok(BearingGeometry::new(elements as u32, Millimetres(ratio * PITCH_MM), Millimetres(PITCH_MM), contact)?)
}
