//! Checks of a recording's samples before anything is concluded from them.
//!
//! Every check is reported, also those that passed, as sentences for a report. Limits were tried on
//! recordings of a test rig, so that sound ones pass.
//!
//! The checks and their limits are this crate's own.

mod clipping;
mod flat;
mod ramp;
mod spikes;
mod step;
mod top_band;

use serde::{Deserialize, Serialize};

use crate::quantity::scalars::{Scalars, scalars};
use crate::radix_sort::ascending;
use crate::units::Hertz;
use crate::{Phrase, phrase};

/// Mean over standard deviation from which an offset is too large.
const MAX_OFFSET: f64 = 10.0;
/// Quantisation step over standard deviation from which it is heard (its noise is then 23 dB down), and
/// from which the record is made of it.
const MAX_STEP: (f64, f64) = (0.25, 2.0);
/// Shortest record in seconds for what is averaged, and for anything at all.
const MIN_SECONDS: (f64, f64) = (FEWEST_SECONDS, 0.1);

/// Seconds below which a recording is short.
pub const FEWEST_SECONDS: f64 = 1.0;
/// Fewest shaft turns in which fault lines can be told from noise.
const MIN_TURNS: f64 = 20.0;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityLevel {
    /// Within its limit.
    Ok,
    /// Outside its limit; conclusions stand with a caveat.
    Warn,
    /// So bad that no conclusion should be drawn from the record.
    Bad,
}

/// Outcome of one check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityFinding {
    /// Stable name: `damaged`, `length`, `revolutions`, `ramp`, `clipping`, `dropouts`, `offset`,
    /// `quantisation`, `top_band` or `spikes`.
    pub code: &'static str,
    /// Title for people.
    pub title: Phrase,
    /// What was measured, with its unit.
    pub value: Phrase,
    /// The limit.
    pub limit: Phrase,
    /// What this means for the diagnosis.
    pub effect: Phrase,
    /// How serious it is.
    pub severity: QualityLevel,
}

/// Checks the samples of one channel. `shaft` is the shaft speed when it is known; the number of
/// revolutions is checked only then.
///
/// Samples that are not finite, or none at all, give one finding that says so and no other.
#[must_use]
pub fn examine(samples: &[f32], rate: Hertz, shaft: Option<Hertz>) -> Vec<QualityFinding> {
    let damaged = samples.iter().filter(|sample| !sample.is_finite()).count();
    if damaged > 0 || samples.is_empty() || !rate.is_positive() {
        return vec![QualityFinding {
            code: "damaged",
            title: Phrase::word("Damaged samples"),
            value: phrase!(
                "{damaged} of {n:sample|samples} not finite, at a rate of {rate}",
                damaged,
                n = samples.len(),
                rate = rate.to_string()
            ),
            limit: Phrase::word("at least one sample, all finite, at a rate above 0"),
            effect: Phrase::word("Nothing can be computed from this channel."),
            severity: QualityLevel::Bad,
        }];
    }
    let sorted = ascending(samples);
    let Scalars { mean, standard_deviation: deviation, .. } = scalars(samples);
    let step = step::quantisation_step(&sorted);
    let mut findings = vec![length(samples.len(), rate)];
    findings.extend(
        shaft.filter(|shaft| shaft.is_positive()).map(|shaft| revolutions(samples.len(), rate, shaft)),
    );
    findings.push(ramp::examine(samples));
    findings.push(clipping::examine(&sorted, step));
    findings.push(flat::examine(samples, rate));
    findings.push(offset(mean, deviation));
    findings.push(quantisation(step, deviation));
    findings.push(top_band::examine(samples, rate));
    findings.push(spikes::examine(samples, &sorted, rate));
    findings
}

fn length(count: usize, rate: Hertz) -> QualityFinding {
    let seconds = count as f64 / rate.0;
    let (severity, effect) = if seconds < MIN_SECONDS.1 {
        (QualityLevel::Bad, Phrase::word("The record is too short for any spectrum of a bearing."))
    } else if seconds < MIN_SECONDS.0 {
        (
            QualityLevel::Warn,
            Phrase::word(
                "Lines lie further apart than usual bearing frequencies can be told, and averages are unsteady.",
            ),
        )
    } else {
        (QualityLevel::Ok, Phrase::word("The record is long enough for spectra and averages."))
    };
    QualityFinding {
        code: "length",
        title: Phrase::word("Length"),
        value: phrase!("{seconds} s, {n:sample|samples}", seconds = figure(seconds), n = count),
        limit: phrase!("at least {seconds} s", seconds = MIN_SECONDS.0),
        effect,
        severity,
    }
}

fn revolutions(count: usize, rate: Hertz, shaft: Hertz) -> QualityFinding {
    let turns = count as f64 / rate.0 * shaft.0;
    let enough = turns >= MIN_TURNS;
    QualityFinding {
        code: "revolutions",
        title: Phrase::word("Shaft revolutions"),
        value: phrase!("{turns} revolutions", turns = figure(turns)),
        limit: phrase!("at least {turns}", turns = MIN_TURNS),
        effect: if enough {
            Phrase::word("Fault frequencies repeat often enough to be told from noise.")
        } else {
            Phrase::word(
                "Fault frequencies repeat too seldom to be told from noise and from each other: record longer.",
            )
        },
        severity: if enough { QualityLevel::Ok } else { QualityLevel::Bad },
    }
}

fn offset(mean: f64, deviation: f64) -> QualityFinding {
    let large = mean.abs() > MAX_OFFSET * deviation && mean != 0.0;
    QualityFinding {
        code: "offset",
        title: Phrase::word("Constant offset"),
        value: if deviation > 0.0 {
            phrase!(
                "mean {mean}, {ratio} standard deviations",
                mean = figure(mean),
                ratio = figure(mean.abs() / deviation)
            )
        } else {
            phrase!("mean {mean}, nothing else", mean = figure(mean))
        },
        limit: phrase!("at most {ratio} standard deviations", ratio = MAX_OFFSET),
        effect: if large {
            Phrase::word(
                "The sensor or its supply drives the input off centre: little range is left for the vibration.",
            )
        } else {
            Phrase::word("The mean is removed before anything is computed.")
        },
        severity: if large { QualityLevel::Warn } else { QualityLevel::Ok },
    }
}

fn quantisation(step: Option<f64>, deviation: f64) -> QualityFinding {
    let ratio = step.map(|step| step / deviation).filter(|ratio| ratio.is_finite());
    let (severity, effect) = match ratio {
        Some(ratio) if ratio > MAX_STEP.1 => (
            QualityLevel::Bad,
            Phrase::word("The vibration hardly moves the converter: the record is made of its steps."),
        ),
        Some(ratio) if ratio > MAX_STEP.0 => (
            QualityLevel::Warn,
            Phrase::word("The converter's steps are heard as noise: choose a smaller input range."),
        ),
        _ => (QualityLevel::Ok, Phrase::word("The converter's steps are too fine to be heard.")),
    };
    QualityFinding {
        code: "quantisation",
        title: Phrase::word("Quantisation"),
        value: match (step, ratio) {
            (Some(step), Some(ratio)) => {
                phrase!(
                    "step {step}, {ratio} standard deviations",
                    step = figure(step),
                    ratio = figure(ratio)
                )
            }
            _ => Phrase::word("no step found"),
        },
        limit: phrase!("at most {ratio} standard deviations", ratio = MAX_STEP.0),
        effect,
        severity,
    }
}

/// A number for people: four significant digits, no trailing zeros.
fn figure(value: f64) -> String {
    let rounded = format!("{value:.3e}").parse::<f64>().unwrap_or(value);
    let size = rounded.abs();
    if rounded == 0.0 || (1e-4..1e7).contains(&size) { rounded.to_string() } else { format!("{rounded:e}") }
}
