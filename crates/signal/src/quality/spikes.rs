//! Electrical spikes: single samples far out with nothing round them. An impact on a machine rings on.

use super::{QualityFinding, QualityLevel, figure};
use crate::units::Hertz;
use crate::{Phrase, phrase};

/// Distance from the median, in robust standard deviations, from which a sample can be a spike.
const FAR: f64 = 10.0;
/// Samples to either side that have to be quiet.
const ROUND: usize = 4;
/// Quiet means below this share of the spike.
const QUIET: f64 = 0.2;
/// Spikes in a thousand samples from which the record cannot be used.
const BAD_PER_THOUSAND: f64 = 1.0;

/// Looks for spikes. `sorted` holds the same samples, ascending.
pub(super) fn examine(samples: &[f32], sorted: &[f32], rate: Hertz) -> QualityFinding {
    let median = f64::from(sorted[sorted.len() / 2]);
    let away: Vec<f64> = samples.iter().map(|&sample| (f64::from(sample) - median).abs()).collect();
    let mut ranked = away.clone();
    let middle = ranked.len() / 2;
    let spread = *ranked.select_nth_unstable_by(middle, f64::total_cmp).1 / 0.674_489_75;
    let spikes: Vec<usize> = (0..away.len())
        .filter(|&index| {
            let size = away[index];
            size > FAR * spread && spread > 0.0 && {
                let before = &away[index.saturating_sub(ROUND)..index];
                let after = &away[index + 1..(index + 1 + ROUND).min(away.len())];
                before.iter().chain(after).all(|&neighbour| neighbour < QUIET * size)
            }
        })
        .collect();
    let worst = spikes.iter().copied().max_by(|&a, &b| away[a].total_cmp(&away[b]));
    let value = match worst {
        Some(worst) => phrase!(
            "{n:spike|spikes}, the largest {largest} at {time} s",
            n = spikes.len(),
            largest = figure(f64::from(samples[worst])),
            time = figure(worst as f64 / rate.0)
        ),
        None => Phrase::word("none"),
    };
    let (severity, effect) = if spikes.is_empty() {
        (QualityLevel::Ok, Phrase::word("No single samples stand out."))
    } else if spikes.len() as f64 * 1000.0 > BAD_PER_THOUSAND * samples.len() as f64 {
        (
            QualityLevel::Bad,
            Phrase::word(
                "Electrical spikes fill the record: check cable, ground and supply, and record again.",
            ),
        )
    } else {
        (
            QualityLevel::Warn,
            Phrase::word(
                "Single samples stand out without any ringing: peak, crest factor and kurtosis show them, not the bearing.",
            ),
        )
    };
    QualityFinding {
        code: "spikes",
        title: Phrase::word("Electrical spikes"),
        value,
        limit: phrase!("none beyond {far} standard deviations with quiet on both sides", far = FAR),
        effect,
        severity,
    }
}
