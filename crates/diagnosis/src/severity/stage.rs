//! Stage of damage, as a range.
//!
//! The four stages are widely taught; their borders differ between authors, and a single recording cannot tell them
//! apart exactly. 1: only ultrasound. 2: damage rings the structure, its frequency shows in the envelope. 3: its lines
//! stand in the spectrum of velocity itself. 4: noise rises, the lines drown and crest factor and kurtosis fall again,
//! so that low values of these do not mean health.

use brinell_signal::{
    Hertz, Phrase,
    fourier::{FLOOR_HALF_WIDTH, MedianWindow, running_median},
    phrase,
};
use serde::{Deserialize, Serialize};

use crate::whole_spectrum::WholeSpectrum;
use crate::{Diagnosis, Evidence, Verdict};

/// Stage 1 rings above this.
const ULTRASOUND_HZ: f64 = 20_000.0;
/// Usable share of the rate: anti-aliasing filters leave 1/2.56.
const USABLE: f64 = 1.0 / 2.56;
/// A line this much over the local median counts (12 dB).
const LINE_OVER_FLOOR: f64 = 4.0;
/// Harmonics that are looked for in the spectrum itself, and how many have to stand.
const HARMONICS: u32 = 3;
const HARMONICS_NEEDED: usize = 2;
/// Kurtosis from which impacts are still distinct.
const IMPULSIVE: f64 = 4.0;

/// Stage of damage as a range with its reasons.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StageRange {
    /// Lowest and highest stage that fit, 1 to 4; `None` when there is no damage to give a stage to, or it is not
    /// known whether there is.
    pub range: Option<[u8; 2]>,
    /// One sentence each.
    pub reasons: Vec<Phrase>,
    /// What of stage 1 this recording can show.
    pub first_stage: Phrase,
}

impl StageRange {
    /// The range in words: `stage 2 to 3`.
    #[must_use]
    pub fn in_words(&self) -> Phrase {
        match self.range {
            None => Phrase::word("no stage"),
            Some([low, high]) if low == high => phrase!("stage {low}", low),
            Some([low, high]) => phrase!("stage {low} to {high}", low, high),
        }
    }
}

pub(super) fn assess(
    diagnosis: &Diagnosis,
    spectrum: &WholeSpectrum,
    rate: Hertz,
    shaft: Option<Hertz>,
) -> StageRange {
    let usable = USABLE * rate.0;
    let first_stage = if usable < ULTRASOUND_HZ {
        phrase!(
            "Stage 1 is not observable: it rings above 20 kHz, and the usable band ends at {khz:.1} kHz.",
            khz = usable / 1e3
        )
    } else {
        phrase!("The usable band reaches {khz:.1} kHz: stage 1 could show in it.", khz = usable / 1e3)
    };
    let (range, reasons) = match &diagnosis.verdict {
        Verdict::Found { element, .. } => {
            let evidence = diagnosis.evidence.iter().find(|e| e.element == *element);
            let lines = match (evidence, shaft) {
                (Some(evidence), Some(shaft)) => lines_in_spectrum(evidence, spectrum, shaft),
                _ => None,
            };
            found(lines, evidence.map_or(0, |e| e.harmonics_found), kurtosis(diagnosis))
        }
        Verdict::Undecided { candidates, .. } if candidates.is_empty() => {
            (None, vec![Phrase::word("The bearing could not be judged, so no stage can be given.")])
        }
        Verdict::Undecided { .. } => (
            Some([1, 4]),
            vec![Phrase::word("It is not decided whether there is damage; nothing narrows its stage.")],
        ),
        Verdict::NoFaultFound { .. } => (
            None,
            vec![
                Phrase::word("No damage was seen that a stage could be given to."),
                Phrase::word(
                    "Missing lines do not exclude stage 4, in which they drown: a level that has grown would tell.",
                ),
            ],
        ),
    };
    StageRange { range, reasons, first_stage }
}

fn found(lines: Option<usize>, harmonics: u32, kurtosis: Option<f64>) -> (Option<[u8; 2]>, Vec<Phrase>) {
    let mut reasons =
        vec![Phrase::word("At least stage 2: the fault's comb stands in the envelope spectrum.")];
    let low = match lines {
        Some(count) if count >= HARMONICS_NEEDED => {
            reasons.push(phrase!(
                "At least stage 3: {count} of the first {looked} harmonics stand 12 dB over the floor of the spectrum itself.",
                count,
                looked = HARMONICS
            ));
            3
        }
        Some(count) => {
            reasons.push(phrase!(
                "Stage 3 is not shown: {count} of the first {looked} harmonics stand 12 dB over the floor of the spectrum itself.",
                count,
                looked = HARMONICS
            ));
            2
        }
        None => {
            reasons.push(Phrase::word(
                "Stage 3 is neither shown nor excluded: the spectrum itself could not be searched.",
            ));
            2
        }
    };
    let distinct = harmonics >= 3 && kurtosis.is_some_and(|k| k >= IMPULSIVE);
    let high = if distinct {
        reasons.push(phrase!(
            "Not stage 4: impacts are distinct (kurtosis {kurtosis:.1}, {harmonics} harmonics of the envelope).",
            kurtosis = kurtosis.unwrap_or_default(),
            harmonics
        ));
        3
    } else {
        reasons.push(Phrase::word(
            "Stage 4 is not excluded: the waveform is hardly impulsive, as when impacts drown in noise.",
        ));
        4
    };
    (Some([low, high]), reasons)
}

fn kurtosis(diagnosis: &Diagnosis) -> Option<f64> {
    diagnosis.indicators.iter().find(|one| one.name == "kurtosis").and_then(|one| one.value)
}

/// How many of the first harmonics stand in the amplitude spectrum, away from those of the shaft. Line over local floor
/// is the same in acceleration and velocity. `None` when the spectrum cannot be computed or searched.
fn lines_in_spectrum(evidence: &Evidence, spectrum: &WholeSpectrum, shaft: Hertz) -> Option<usize> {
    let WholeSpectrum { spacing, lines } = spectrum;
    let spacing = *spacing;
    let fundamental = evidence.found_order.unwrap_or(evidence.expected_order) * shaft.0;
    // No line beyond the highest harmonic is looked at, nor the floor beyond its own window.
    let highest = 1.01 * f64::from(HARMONICS) * fundamental / spacing;
    let searched = lines.len().min(highest.ceil().max(0.0) as usize + FLOOR_HALF_WIDTH + 4);
    let amplitude: Vec<f64> = lines[..searched].iter().map(|v| f64::from(*v)).collect();
    let mut floor = vec![0f64; amplitude.len()];
    running_median(&amplitude, FLOOR_HALF_WIDTH, &mut floor, &mut MedianWindow::default()).ok()?;
    let stands = |harmonic: u32| {
        let centre = f64::from(harmonic) * fundamental / spacing;
        let reach = (0.003 * centre).max(2.0);
        let bins = (centre - reach).floor().max(1.0) as usize..=(centre + reach).ceil() as usize;
        bins.filter(|&bin| bin < amplitude.len()).any(|bin| {
            let turns = bin as f64 * spacing / shaft.0;
            let of_the_shaft = (turns - turns.round()).abs() * shaft.0 <= 2.5 * spacing;
            !of_the_shaft && amplitude[bin] > LINE_OVER_FLOOR * floor[bin] && floor[bin] > 0.0
        })
    };
    Some((1..=HARMONICS).filter(|&harmonic| stands(harmonic)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_the_spectrum_raise_the_lower_end_and_weak_impacts_the_upper_one() {
        for (lines, harmonics, kurtosis, range) in [
            (Some(0), 5, Some(8.0), [2, 3]),
            (Some(1), 5, Some(8.0), [2, 3]),
            (Some(2), 5, Some(8.0), [3, 3]),
            (Some(3), 5, Some(3.0), [3, 4]),
            (Some(0), 5, Some(3.0), [2, 4]),
            (Some(0), 2, Some(8.0), [2, 4]),
            (None, 5, None, [2, 4]),
        ] {
            let (found, reasons) = found(lines, harmonics, kurtosis);
            assert_eq!(found, Some(range), "{lines:?} {harmonics} {kurtosis:?}");
            assert_eq!(reasons.len(), 3);
        }
    }
}
