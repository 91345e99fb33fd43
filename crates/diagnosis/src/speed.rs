//! How far a shaft speed may be trusted, and one from the signal where none is known.

use brinell_signal::rotation::ShaftSpeedParams;
use brinell_signal::{Hertz, Known, Origin, Scratch, phrase};

/// Harmonics that have to stand out before a speed is read from the signal: a single line may be anything.
const LEAST_HARMONICS: usize = 3;

/// Relative uncertainty of a speed by where it comes from, on top of what slip asks for: a nameplate does not
/// know the load, by which an induction motor's speed changes by a per cent or two.
pub(crate) fn doubt(speed: Option<&Known<Hertz>>) -> f64 {
    match speed.map(|speed| speed.origin) {
        None | Some(Origin::File | Origin::Declared | Origin::Measured) => 0.0,
        Some(Origin::Estimated) => 0.002,
        Some(Origin::Nominal) => 0.01,
        Some(Origin::Assumed) => 0.02,
    }
}

/// The shaft's speed from its own lines, where they are clear.
pub(crate) fn estimated(samples: &[f32], rate: Hertz) -> Option<Known<Hertz>> {
    let defaults = ShaftSpeedParams::default();
    let lowest = defaults.low.0.max(8.5 * rate.0 / samples.len() as f64);
    let params = ShaftSpeedParams { low: Hertz(lowest), ..defaults };
    let plan = params.plan::<f32>(rate, samples.len()).ok()?;
    let speed = plan.process(samples, &mut Scratch::new()).ok()?;
    let found = speed.clear().filter(|found| found.harmonics >= LEAST_HARMONICS)?;
    let note = phrase!(
        "comb of {n} harmonics in the spectrum, {hz:.3} +- {sd:.3} Hz; a comb cannot tell this shaft from another",
        n = found.harmonics,
        hz = found.speed.0,
        sd = found.uncertainty.0
    );
    Some(Known::new(found.speed, Origin::Estimated, note))
}
