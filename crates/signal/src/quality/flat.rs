//! Dropouts: stretches in which the value stands still.

use super::{QualityFinding, QualityLevel, figure};
use crate::units::Hertz;
use crate::{Phrase, phrase};

/// Shortest run of equal samples that can be a dropout.
const MIN_RUN: usize = 8;
/// Length from which a run's chance to go on no longer depends on its length.
const STEADY: usize = 3;
/// Fewest runs that have to end for a steady share.
const MIN_ENDS: usize = 30;
/// Runs that chance makes less often than this in a whole record are dropouts.
const CHANCE: f64 = 1e-4;
/// Share of the record in dropouts from which it cannot be used.
const BAD_SHARE: f64 = 0.01;

/// Looks for runs of equal samples longer than the record's own quantisation makes by chance.
pub(super) fn examine(samples: &[f32], rate: Hertz) -> QualityFinding {
    let runs = runs(samples);
    let limit = longest_by_chance(&runs, samples.len());
    let longest = runs.iter().map(|run| run.length).max().unwrap_or(0);
    let flat: Vec<&Run> = runs.iter().filter(|run| run.length > limit).collect();
    let lost: usize = flat.iter().map(|run| run.length).sum();
    let value = match flat.iter().max_by_key(|run| run.length) {
        Some(worst) => phrase!(
            "{n:stretch|stretches}, {lost:sample|samples} in all, the longest of {longest:sample|samples} from {start} s",
            n = flat.len(),
            lost,
            longest = worst.length,
            start = figure(worst.start as f64 / rate.0)
        ),
        None => phrase!("at most {n} equal samples in a row", n = longest),
    };
    let (severity, effect) = if flat.is_empty() {
        (QualityLevel::Ok, Phrase::word("No sample was lost or held."))
    } else if lost as f64 > BAD_SHARE * samples.len() as f64 {
        (
            QualityLevel::Bad,
            Phrase::word(
                "The signal was lost for a good part of the record: check cable and connectors, and record again.",
            ),
        )
    } else {
        (
            QualityLevel::Warn,
            Phrase::word("The signal was lost for moments; the steps at their ends look like impacts."),
        )
    };
    QualityFinding {
        code: "dropouts",
        title: Phrase::word("Dropouts"),
        value,
        limit: phrase!("at most {n} equal samples in a row", n = limit),
        effect,
        severity,
    }
}

/// Equal samples in a row.
struct Run {
    start: usize,
    length: usize,
}

fn runs(samples: &[f32]) -> Vec<Run> {
    let mut start = 0;
    samples
        .chunk_by(|a, b| a == b)
        .map(|chunk| {
            let run = Run { start, length: chunk.len() };
            start += chunk.len();
            run
        })
        .collect()
}

/// The longest run to be expected: with `p` the chance that a run goes on, a record of `n` samples holds
/// about `n p^(k-1)` runs of at least `k`.
fn longest_by_chance(runs: &[Run], count: usize) -> usize {
    // A run that has lasted may well last on (many values lie on one coarse step): its chance is used
    // when known.
    let chance = chance_to_go_on(runs, STEADY).or_else(|| chance_to_go_on(runs, 1)).unwrap_or(0.0);
    let longest = 1.0 + (CHANCE / count as f64).ln() / chance.clamp(1e-9, 0.999).ln();
    (longest.ceil() as usize).max(MIN_RUN)
}

/// Share of the runs of each length from `from` to [`MIN_RUN`] that go on; `None` when few of them end,
/// so that the share would be that of the dropouts.
fn chance_to_go_on(runs: &[Run], from: usize) -> Option<f64> {
    let (mut on, mut over) = (0usize, 0usize);
    for run in runs.iter().filter(|run| run.length >= from) {
        on += run.length.min(MIN_RUN + 1) - from;
        over += usize::from(run.length <= MIN_RUN);
    }
    (over >= MIN_ENDS).then(|| on as f64 / (on + over) as f64)
}
