//! The smallest fault that would have been seen in this very recording.
//!
//! "No fault found" is worth as much as the fault that would have been found. So simulated impacts of a damaged part
//! (the model of [`brinell_signal::simulate`]) are added to the recording's own samples, weaker and weaker, and the same
//! evidence and rules are asked each time. A search by halves over steps of [`STEP_DB`] needs [`RUNS`] runs a part.

use brinell_signal::{
    FaultKind, Hertz, Joint, Phrase, Scratch, Unit,
    fourier::AmplitudeSpectrumParams,
    phrase,
    simulate::{SimulatedFault, Simulation},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::evidence::assess;
use crate::verdict::by_evidence;
use crate::{CatalogueBearing, Error, Verdict};

/// Distance of the levels that are tried, in decibels.
const STEP_DB: f64 = 1.5;

/// Weakest level that is tried: power of the fault over that of the recording, in decibels.
const WEAKEST_DB: f64 = -36.0;

/// Halvings of the levels; `2^RUNS - 1` levels are told apart from "none".
const RUNS: u32 = 5;

/// Levels.
const LEVELS: u32 = (1 << RUNS) - 1;

/// Octaves below the Nyquist frequency among which the strongest is looked for.
const OCTAVES: u32 = 4;

/// Resonance as a share of the Nyquist frequency where no octave is clear of the impacts' own harmonics.
const OTHERWISE: f64 = 0.3;

/// An octave counts from this multiple of the rate of the inner race's impacts on: below, nothing rings out.
const CLEAR_OF_IMPACTS: f64 = 4.0;

/// Seed of the impacts' slip.
const SEED: u64 = 1;

/// The weakest simulated fault of one part that is still found when it is added to this recording.
///
/// One train of impacts with one pattern of slip; its levels are tried by halves, as if every stronger fault were
/// found too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmallestFault {
    /// The part.
    pub element: FaultKind,
    /// Largest magnitude of the impacts alone, in the unit of the samples; `None` where no level was found.
    pub impact_peak: Option<f64>,
    /// Power of the impacts over that of the recording without its mean, in decibels; `None` as above.
    pub power_db: Option<f64>,
    /// Strongest level that was tried, in the same decibels.
    pub strongest_tried_db: f64,
    /// Frequency at which the impacts ring: the middle of the octave that carries most of the recording's power, else
    /// 0.3 of the Nyquist frequency.
    pub resonance_hz: f64,
}

impl SmallestFault {
    /// Part and level in words, for samples in `unit`.
    #[must_use]
    pub fn in_words(&self, unit: &str) -> Phrase {
        let side = |db: f64| {
            if db < 0.0 {
                phrase!("{db:.1} dB below the recording", db = db.abs())
            } else {
                phrase!("{db:.1} dB above the recording", db = db.abs())
            }
        };
        let part = Phrase::word(self.element.title());
        match (self.impact_peak, self.power_db) {
            (Some(peak), Some(db)) => {
                let digits = (2 - peak.abs().max(1e-12).log10().floor() as i32).clamp(0, 12) as usize;
                let peak = format!("{peak:.digits$}");
                if unit == Unit::Unknown.to_string() {
                    phrase!(
                        "{part}: impacts of {peak} peak in the file's unit, which is not stated ({level})",
                        part,
                        peak,
                        level = side(db)
                    )
                } else {
                    phrase!(
                        "{part}: impacts of {peak} {unit} peak ({level})",
                        part,
                        peak,
                        unit,
                        level = side(db)
                    )
                }
            }
            _ => phrase!("{part}: none up to {level}", part, level = side(self.strongest_tried_db)),
        }
    }
}

/// The recording, and what is known of it.
pub(crate) struct Healthy<'a> {
    pub(crate) samples: &'a [f32],
    pub(crate) rate: Hertz,
    /// Speed as stated, and as the shaft's own lines tell it.
    pub(crate) stated: Hertz,
    pub(crate) shaft: Hertz,
    /// Relative uncertainty of the stated speed.
    pub(crate) doubt: f64,
    pub(crate) bearing: &'a CatalogueBearing,
}

/// The smallest fault of inner race, outer race and rolling elements; a part whose impacts cannot be simulated at this
/// rate has no entry.
pub(crate) fn smallest_faults(healthy: &Healthy) -> Result<Vec<SmallestFault>, Error> {
    let resonance = resonance(healthy)?;
    let power = mean_square(healthy.samples);
    if power <= 0.0 {
        return Ok(Vec::new());
    }
    let parts = [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball];
    let found: Vec<Option<SmallestFault>> =
        parts.par_iter().map(|kind| smallest(healthy, *kind, resonance, power)).collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

fn smallest(
    healthy: &Healthy,
    element: FaultKind,
    resonance: Hertz,
    power: f64,
) -> Result<Option<SmallestFault>, Error> {
    let seconds = healthy.samples.len() as f64 / healthy.rate.0;
    let mut simulation = Simulation::new(healthy.rate, seconds, healthy.shaft, healthy.bearing.geometry);
    simulation.fault = Some(SimulatedFault { kind: element, amplitude: 1.0, angle_deg: 0.0 });
    simulation.noise_rms = 0.0;
    simulation.resonance = resonance;
    simulation.seed = SEED;
    let Ok(simulated) = simulation.simulate() else { return Ok(None) };
    let impacts = simulated.samples;
    let own = mean_square_about(&impacts, 0.0);
    if impacts.len() != healthy.samples.len() || own <= 0.0 {
        return Ok(None);
    }
    let orders = healthy.bearing.geometry.orders();
    let scale = |db: f64| (10f64.powf(db / 10.0) * power / own).sqrt();
    let is_found = |db: f64| -> Result<bool, Error> {
        let scale = scale(db);
        let pairs = healthy.samples.iter().zip(&impacts);
        let with_fault: Vec<f32> =
            pairs.map(|(x, impact)| (f64::from(*x) + scale * f64::from(*impact)) as f32).collect();
        let assessment = assess(
            &with_fault,
            healthy.rate,
            healthy.stated,
            &orders,
            healthy.doubt,
            healthy.bearing.spreads(),
        )?;
        let verdict = by_evidence(&assessment.evidence, &[], Phrase::default());
        Ok(matches!(verdict, Verdict::Found { element: named, .. } if named == element))
    };
    let (mut low, mut high) = (0, LEVELS);
    while low < high {
        let middle = (low + high) / 2;
        if is_found(level_db(middle))? { high = middle } else { low = middle + 1 }
    }
    let power_db = (low < LEVELS).then(|| level_db(low));
    let largest = impacts.iter().fold(0.0, |a: f64, x| a.max(f64::from(x.abs())));
    Ok(Some(SmallestFault {
        element,
        impact_peak: power_db.map(|db| scale(db) * largest),
        power_db,
        strongest_tried_db: level_db(LEVELS - 1),
        resonance_hz: resonance.0,
    }))
}

fn level_db(level: u32) -> f64 {
    WEAKEST_DB + STEP_DB * f64::from(level)
}

/// Middle of the octave that carries most of the recording's power, where the structure rings already.
fn resonance(healthy: &Healthy) -> Result<Hertz, Error> {
    let nyquist = healthy.rate.0 / 2.0;
    let plan = AmplitudeSpectrumParams::default().plan::<f32>(healthy.rate, healthy.samples.len())?;
    let mut lines = vec![0f32; plan.spectrum_len()];
    plan.process(healthy.samples, &mut lines, &mut Scratch::new())?;
    let spacing = plan.resolution().0;
    let impacts = FaultKind::Inner.order(&healthy.bearing.geometry.orders()).at(healthy.shaft).0;
    let octaves = (0..OCTAVES).map(|octave| nyquist / f64::from(1u32 << octave));
    let strongest = octaves
        .filter(|top| top / 2.0 >= CLEAR_OF_IMPACTS * impacts)
        .map(|top| {
            let within = |hz: f64| ((hz / spacing) as usize).min(lines.len());
            let power =
                lines[within(top / 2.0)..within(top)].iter().map(|a| f64::from(*a).powi(2)).sum::<f64>();
            (power, 0.75 * top)
        })
        .reduce(|a, b| if b.0 > a.0 { b } else { a });
    Ok(Hertz(strongest.map_or(OTHERWISE * nyquist, |(_, middle)| middle)))
}

/// Mean square about the mean.
fn mean_square(samples: &[f32]) -> f64 {
    let mean = samples.iter().map(|x| f64::from(*x)).sum::<f64>() / samples.len().max(1) as f64;
    mean_square_about(samples, mean)
}

fn mean_square_about(samples: &[f32], centre: f64) -> f64 {
    samples.iter().map(|x| (f64::from(*x) - centre).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

/// What was found, as sentences that end what would not have been seen; empty where nothing was asked.
pub(crate) fn in_words(faults: &[SmallestFault], unit: &str) -> Phrase {
    let Some(first) = faults.first() else { return Phrase::default() };
    phrase!(
        "Of simulated faults in this very recording, ringing at {khz:.1} kHz, these were the weakest found: {faults}. One \
         pattern of slip was tried for each, at steps of {step} dB.",
        khz = first.resonance_hz / 1000.0,
        faults = Phrase::list(Joint::Semicolon, faults.iter().map(|fault| fault.in_words(unit))),
        step = STEP_DB
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::bearing;

    fn noise(count: usize) -> Vec<f32> {
        let geometry = bearing("6205").unwrap().geometry;
        let mut machine = Simulation::new(Hertz(12_000.0), count as f64 / 12_000.0, Hertz(29.95), geometry);
        machine.seed = 5;
        machine.simulate().unwrap().samples
    }

    fn asked(samples: &[f32], shaft: f64) -> Vec<SmallestFault> {
        let (rate, shaft) = (Hertz(12_000.0), Hertz(shaft));
        let bearing = bearing("6205").unwrap();
        smallest_faults(&Healthy { samples, rate, stated: shaft, shaft, doubt: 0.0, bearing: &bearing })
            .unwrap()
    }

    #[test]
    fn twice_the_noise_hides_twice_the_impact_and_the_level_in_decibels_stays() {
        let quiet = noise(36_000);
        let loud: Vec<f32> = quiet.iter().map(|x| 2.0 * x).collect();
        let (one, two) = (asked(&quiet, 29.95), asked(&loud, 29.95));
        assert_eq!(one.len(), 3);
        for (one, two) in one.iter().zip(&two) {
            assert_eq!(one.power_db, two.power_db);
            if let (Some(one), Some(two)) = (one.impact_peak, two.impact_peak) {
                assert!((two / one - 2.0).abs() < 1e-6, "{one} {two}");
            }
        }
        let outer = &one[1];
        assert_eq!(outer.element, FaultKind::Outer);
        assert!(outer.power_db.is_some_and(|db| (-30.0..0.0).contains(&db)), "{outer:?}");
    }

    #[test]
    fn silence_and_impacts_too_dense_for_the_rate_have_no_smallest_fault() {
        assert!(asked(&[0.0; 4096], 29.95).is_empty());
        assert!(asked(&noise(4096), 900.0).is_empty());
    }

    #[test]
    fn words_name_part_peak_and_level_or_say_that_none_was_found() {
        let fault = |power_db: Option<f64>| SmallestFault {
            element: FaultKind::Outer,
            impact_peak: power_db.map(|_| 0.1234),
            power_db,
            strongest_tried_db: 9.0,
            resonance_hz: 4500.0,
        };
        let text = in_words(&[fault(Some(-15.0))], "g").to_string();
        assert!(text.contains("outer race: impacts of 0.123 g peak") && text.contains("4.5 kHz"), "{text}");
        assert!(text.contains("15.0 dB below"), "{text}");
        assert!(in_words(&[fault(None)], "g").to_string().contains("none up to 9.0 dB above"));
        assert!(in_words(&[], "g").is_empty());
    }
}
