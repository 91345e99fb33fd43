//! Ramps: numbers that only rise, or only fall, are times or counts that were taken for samples.

use super::{QualityFinding, QualityLevel, figure};
use crate::{Phrase, phrase};

/// Fewest samples that tell: fewer may rise by chance.
const FEWEST: usize = 16;

/// Looks whether the samples go one way only over the whole record. One that stands still goes none.
pub(super) fn examine(samples: &[f32]) -> QualityFinding {
    let (first, last) = (samples.first().copied(), samples.last().copied());
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let one_way = samples.len() >= FEWEST
        && (last > first && samples.is_sorted() || last < first && samples.is_sorted_by(|a, b| a >= b));
    let ends = (figure(first.into()), figure(last.into()));
    QualityFinding {
        code: "ramp",
        title: Phrase::word("Ramp"),
        value: match one_way {
            true if last > first => {
                phrase!("it only rises, from {first} to {last}", first = ends.0, last = ends.1)
            }
            true => phrase!("it only falls, from {first} to {last}", first = ends.0, last = ends.1),
            false => Phrase::word("not one way only"),
        },
        limit: Phrase::word("it rises and falls"),
        effect: if one_way {
            Phrase::word(
                "These are times or counts, not vibration: name the channel of the vibration with --channel.",
            )
        } else {
            Phrase::word("The samples are not times or counts.")
        },
        severity: if one_way { QualityLevel::Bad } else { QualityLevel::Ok },
    }
}
