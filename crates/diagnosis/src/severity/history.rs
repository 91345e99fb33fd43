//! Change against the baseline, in robust sigmas.
//!
//! The baseline of an indicator is the median of its earlier readings, its sigma 1.4826 times their median absolute
//! deviation: one bad earlier reading moves neither. Fewer than five readings make no baseline.

use brinell_signal::{Phrase, phrase};
use serde::{Deserialize, Serialize};

use super::life::{self, Life, Limit};
use super::reading::{EarlierReading, INDICATORS};
use super::{Severity, day::Day};

/// Fewest earlier readings of an indicator for a baseline.
const FEWEST: usize = 5;
/// Robust sigmas from which an indicator has changed.
pub(super) const CHANGED: f64 = 3.0;
/// The median absolute deviation of a Gaussian is this share of its sigma.
const MAD_TO_SIGMA: f64 = 1.4826;

/// What earlier readings of the point say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Earlier readings of this very point.
    pub readings: usize,
    /// Those of them with a date.
    pub dated: usize,
    /// Change of each indicator that has a baseline.
    pub changes: Vec<Change>,
    /// Remaining life; `None` with the reason in `notes`.
    pub life: Option<Life>,
    /// What could not be told, and why; one sentence each.
    pub notes: Vec<Phrase>,
}

/// One indicator against its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Name of the indicator.
    pub name: String,
    /// Its value in this recording.
    pub now: f64,
    /// Median of the readings of the baseline: the earlier half where all have a day, else all.
    pub baseline: f64,
    /// Robust sigma of the earlier readings; 0 when they are all but equal.
    pub sigma: f64,
    /// `(now - baseline) / sigma`; `None` when sigma is 0.
    pub sigmas: Option<f64>,
    /// Earlier readings behind the baseline.
    pub readings: usize,
    /// Their values, in order of their days; those without a day come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<f64>,
    /// How many days before this recording each was taken; `None` of those without a day, empty where this recording
    /// has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days_before: Vec<Option<f64>>,
}

impl Change {
    /// Whether the indicator lies far above its baseline.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        match self.sigmas {
            Some(sigmas) => sigmas >= CHANGED,
            None => self.now > self.baseline,
        }
    }
}

impl History {
    /// Whether any indicator lies far above its baseline.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        self.changes.iter().any(Change::has_grown)
    }

    /// Whether what counts as failure has come about.
    #[must_use]
    pub fn limit_is_met(&self) -> bool {
        self.life.as_ref().is_some_and(Life::is_over)
    }
}

pub(super) fn assess(
    now: &EarlierReading,
    all: &[EarlierReading],
    limit: Option<&Limit>,
    severity: &Severity,
) -> History {
    let itself = |then: &EarlierReading| then.sha256.is_some() && then.sha256 == now.sha256;
    let later = |then: &EarlierReading| matches!((then.day, now.day), (Some(then), Some(now)) if then > now);
    let of_point: Vec<&EarlierReading> = all.iter().filter(|then| then.same_point(now)).collect();
    let mut earlier: Vec<&EarlierReading> =
        of_point.iter().copied().filter(|then| !itself(then) && !later(then)).collect();
    earlier.sort_by(|a, b| a.day.partial_cmp(&b.day).unwrap_or(std::cmp::Ordering::Equal));
    let mut history = History {
        readings: earlier.len(),
        dated: earlier.iter().filter(|then| then.day.is_some()).count(),
        ..History::default()
    };
    // Reports that a name would tell apart; the rows of a table were chosen by the user.
    let nameless = if now.is_named() { 0 } else { all.iter().filter(|then| !then.open).count() };
    if nameless > 0 {
        history.notes.push(Phrase::word(
            "This recording names neither machine nor measuring point (--asset, --point): earlier reports of it cannot be \
             told from others and were left out.",
        ));
    }
    let strange = all.len() - of_point.len() - nameless;
    if strange > 0 {
        history.notes.push(phrase!(
            "{n:reading is|readings are} of other points, channels or units: left out.",
            n = strange
        ));
    }
    let out = of_point.len() - earlier.len();
    if out > 0 {
        history.notes.push(phrase!(
            "{n:reading is|readings are} this very recording or later than it: left out.",
            n = out
        ));
    }
    if earlier.len() < FEWEST {
        history.notes.push(match earlier.len() {
            0 => {
                Phrase::word("First measurement of this point as far as is known: no baseline and no trend.")
            }
            n => phrase!(
                "{n:earlier reading|earlier readings} of this point: a baseline takes {least}.",
                n,
                least = FEWEST
            ),
        });
    }
    // Readings of the largest baseline, and how many of them were called faults.
    let (mut baseline, mut faults) = (0, 0);
    for name in INDICATORS {
        let having: Vec<&EarlierReading> =
            earlier.iter().copied().filter(|reading| reading.values.contains_key(name)).collect();
        let then: Vec<f64> = having.iter().map(|reading| reading.values[name]).collect();
        let days: Vec<Option<Day>> = having.iter().map(|reading| reading.day).collect();
        if let (Some(value), true) = (now.values.get(name), then.len() >= FEWEST) {
            // Where the order is known a slow growth must not become its own baseline.
            let first = if days.iter().all(Option::is_some) {
                then.len().div_ceil(2).max(FEWEST)
            } else {
                then.len()
            };
            let before = |today: Day| days.iter().map(|day| day.map(|day| today.0 - day.0)).collect();
            let days_before = now.day.map_or(Vec::new(), before);
            let first = first.min(then.len());
            if first > baseline {
                (baseline, faults) = (first, having[..first].iter().filter(|then| then.fault).count());
            }
            let own = change(name, *value, &then[..first]);
            history.changes.push(Change { days_before, earlier: then, ..own });
        }
    }
    if faults > 0 {
        history.notes.push(phrase!(
            "Of the {n} readings of the baseline {faults:was itself called a fault|were themselves called faults}: it shows no sound bearing, and \
             what has not grown against it may be damaged all the same.",
            faults,
            n = baseline
        ));
    }
    let limit = limit.cloned().or_else(|| {
        let [.., cd] = severity.boundaries_mm_s.filter(|_| severity.zone.is_some())?;
        Some(Limit {
            indicator: "velocity RMS".into(),
            value: cd,
            meaning: Phrase::word("boundary of zones C and D"),
        })
    });
    match limit {
        None => history.notes.push(Phrase::word(
            "No remaining life: it needs a definition of failure (ISO 13381-1), such as --limit \"RMS=0.8\".",
        )),
        Some(limit) => {
            let grown =
                history.changes.iter().any(|change| change.name == limit.indicator && change.has_grown());
            match life::assess(&points(&limit.indicator, now, &earlier), now.day, limit) {
                Ok(life) => history.life = Some(life),
                Err(none) => {
                    let step = (none.is_level && grown).then(|| {
                        Phrase::word(
                            "That it has grown is told by this reading alone against the baseline: a step, which has no slope \
                             to carry on.",
                        )
                    });
                    let why = phrase!("No remaining life: {why}.", why = none.why);
                    history.notes.push(Phrase::sentences([why, step.into()]));
                }
            }
        }
    }
    history
}

/// Days and values of one indicator, this reading included.
fn points(indicator: &str, now: &EarlierReading, earlier: &[&EarlierReading]) -> Vec<(f64, f64)> {
    let all = earlier.iter().copied().chain(std::iter::once(now));
    all.filter_map(|reading| Some((reading.day.map(|Day(day)| day)?, *reading.values.get(indicator)?)))
        .collect()
}

fn change(name: &str, now: f64, then: &[f64]) -> Change {
    let baseline = median(then.to_vec());
    let sigma = MAD_TO_SIGMA * median(then.iter().map(|value| (value - baseline).abs()).collect());
    // Readings that differ by no more than rounding have no scatter to compare with.
    let sigma = if sigma > 1e-9 * baseline.abs() { sigma } else { 0.0 };
    let sigmas = (sigma > 0.0).then(|| (now - baseline) / sigma);
    Change {
        name: name.into(),
        now,
        baseline,
        sigma,
        sigmas,
        readings: then.len(),
        earlier: then.to_vec(),
        days_before: Vec::new(),
    }
}

/// The median of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeMap;

    fn reading(day: Option<&str>, rms: f64) -> EarlierReading {
        EarlierReading {
            day: day.and_then(Day::parse),
            open: true,
            values: BTreeMap::from([("RMS".to_owned(), rms)]),
            ..EarlierReading::default()
        }
    }

    fn against(then: &[f64], now: f64) -> History {
        let all: Vec<EarlierReading> = then.iter().map(|value| reading(None, *value)).collect();
        assess(&reading(None, now), &all, None, &Severity::default())
    }

    #[test]
    fn change_is_told_in_robust_sigmas_that_one_outlier_hardly_moves() {
        let quiet = [1.0, 1.1, 0.9, 1.05, 0.95, 1.0];
        let with_outlier = [1.0, 1.1, 0.9, 1.05, 0.95, 1.0, 9.0];
        for then in [&quiet[..], &with_outlier[..]] {
            let history = against(then, 1.6);
            assert!(history.has_grown() && history.changes[0].sigmas.unwrap() > 5.0, "{history:?}");
            assert!(!against(then, 1.05).has_grown());
        }
    }

    #[test]
    fn a_baseline_of_readings_that_were_called_faults_says_so() {
        let mut all: Vec<EarlierReading> =
            (1..=9).map(|day| reading(Some(&format!("2026-01-0{day}")), 1.0)).collect();
        let now = reading(Some("2026-01-20"), 1.0);
        let told = |all: &[EarlierReading]| {
            let notes = assess(&now, all, None, &Severity::default()).notes;
            notes.iter().map(ToString::to_string).find(|note| note.contains("themselves called faults"))
        };
        assert_eq!(told(&all), None);
        all[8].fault = true;
        assert_eq!(told(&all), None, "the last reading is not of the baseline");
        (all[0].fault, all[3].fault) = (true, true);
        assert!(told(&all).unwrap().starts_with("Of the 5 readings of the baseline 2 were themselves"));
    }

    #[test]
    fn a_step_without_a_rise_is_told_as_what_it_is() {
        let scatter = |day: u32| if day.is_multiple_of(2) { 0.01 } else { -0.01 };
        let mut all: Vec<EarlierReading> =
            (1..=8).map(|day| reading(Some(&format!("2026-01-0{day}")), 1.0 + scatter(day))).collect();
        // One high reading long ago keeps the line level.
        all[0].values.insert("RMS".into(), 1.2);
        let now = reading(Some("2026-01-09"), 1.1);
        let limit = Limit { indicator: "RMS".into(), value: 2.0, meaning: "declared".into() };
        let history = assess(&now, &all, Some(&limit), &Severity::default());
        assert!(history.has_grown());
        let note = history.notes.last().unwrap().to_string();
        assert!(note.contains("rises no more than their scatter") && note.contains("a step"), "{note}");
    }

    #[test]
    fn too_few_readings_make_no_baseline_and_say_so() {
        let history = against(&[1.0, 1.1], 5.0);
        assert!(history.changes.is_empty() && !history.has_grown());
        assert!(history.notes[0].to_string().contains("2 earlier readings"), "{:?}", history.notes);
        assert!(against(&[], 5.0).notes[0].to_string().contains("First measurement"));
    }

    #[test]
    fn equal_readings_have_no_sigma_but_growth_is_seen() {
        let history = against(&[1.0; 6], 1.2);
        assert_eq!(history.changes[0].sigmas, None);
        assert!(history.has_grown() && !against(&[1.0; 6], 1.0).has_grown());
    }

    #[test]
    fn this_recording_and_later_ones_are_no_history() {
        let mut all: Vec<EarlierReading> =
            (1..=6).map(|day| reading(Some(&format!("2026-01-0{day}")), 1.0)).collect();
        all[2].sha256 = Some("a".into());
        let mut now = reading(Some("2026-01-05"), 1.0);
        now.sha256 = Some("a".into());
        assert_eq!(assess(&now, &all, None, &Severity::default()).readings, 4);
    }

    #[test]
    fn readings_tell_how_long_ago_they_were() {
        let mut all: Vec<EarlierReading> =
            (1..=5).map(|day| reading(Some(&format!("2026-01-0{day}")), 1.0)).collect();
        all.push(reading(None, 1.0));
        let days = |today: Option<&str>| {
            let history = assess(&reading(today, 1.0), &all, None, &Severity::default());
            history.changes[0].days_before.clone()
        };
        let wanted = [None, Some(9.0), Some(8.0), Some(7.0), Some(6.0), Some(5.0)];
        assert_eq!(days(Some("2026-01-10")), wanted);
        assert_eq!(days(None), []);
    }
}
