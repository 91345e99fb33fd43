//! Clipping: peaks cut off at the rail of the input.

use super::{QualityFinding, QualityLevel, figure};
use crate::{Joint, Phrase, phrase};

/// Fewest equal extremes that count as a rail.
const MIN_EQUAL: usize = 3;
/// Share of the samples in the outermost [`LEVELS`] levels that have to lie in the very last one.
const MIN_SHARE: f64 = 0.7;
/// Levels at the end of the range that are looked at.
const LEVELS: f64 = 8.0;
/// Samples beyond this share of the extreme say how often values repeat by chance.
const NEAR: f64 = 0.8;
/// Share of clipped samples from which the record cannot be used.
const BAD_SHARE: f64 = 0.01;

/// One end of the range: its value, and how many samples lie there.
struct Extreme {
    value: f64,
    equal: usize,
    /// Samples in the outermost levels, those at the extreme included.
    outermost: usize,
    /// How often a value near this end occurs on average.
    repeats: f64,
}

/// Looks for a rail: three or more samples at one extreme (or at both, when they are mirror images) while
/// hardly any lie in the levels just inside it. A smooth distribution has its extreme once or twice, and
/// more samples inside; a signal that repeats exactly has every other value as often.
pub(super) fn examine(sorted: &[f32], step: Option<f64>) -> QualityFinding {
    let ends = [extreme(sorted.iter().rev(), step), extreme(sorted.iter(), step)];
    let width = level_width(&ends[0], step).max(level_width(&ends[1], step));
    let mirrored = (ends[0].value + ends[1].value).abs() <= 1.5 * width;
    let clipped: Vec<&Extreme> = if mirrored {
        let both = Extreme {
            value: ends[0].value,
            equal: ends[0].equal + ends[1].equal,
            outermost: ends[0].outermost + ends[1].outermost,
            repeats: ends[0].repeats.max(ends[1].repeats),
        };
        if is_rail(&both) { ends.iter().collect() } else { Vec::new() }
    } else {
        ends.iter().filter(|end| is_rail(end)).collect()
    };
    let count: usize = clipped.iter().map(|end| end.equal).sum();
    let varies = sorted.first() < sorted.last();
    let value = if count == 0 || !varies {
        phrase!(
            "largest {largest}, smallest {smallest}",
            largest = figure(ends[0].value),
            smallest = figure(ends[1].value)
        )
    } else if mirrored {
        phrase!("{n:sample|samples} at ±{rail}", n = count, rail = figure(ends[0].value.abs()))
    } else {
        let parts = clipped
            .iter()
            .map(|end| phrase!("{n:sample|samples} at {rail}", n = end.equal, rail = figure(end.value)));
        Phrase::list(Joint::Comma, parts)
    };
    let (severity, effect) = if count == 0 || !varies {
        (QualityLevel::Ok, Phrase::word("Peaks are whole."))
    } else if count as f64 > BAD_SHARE * sorted.len() as f64 {
        (
            QualityLevel::Bad,
            Phrase::word(
                "So many peaks are cut off that the spectrum is full of their distortion: choose a larger input range.",
            ),
        )
    } else {
        (
            QualityLevel::Warn,
            Phrase::word(
                "Peaks are cut off: peak, crest factor and kurtosis read too low; choose a larger input range.",
            ),
        )
    };
    QualityFinding {
        code: "clipping",
        title: Phrase::word("Clipping"),
        value,
        limit: phrase!("fewer than {n} samples at a rail", n = MIN_EQUAL),
        effect,
        severity,
    }
}

fn is_rail(end: &Extreme) -> bool {
    end.equal >= MIN_EQUAL
        && end.equal as f64 >= MIN_SHARE * end.outermost as f64
        && end.equal as f64 > 2.0 * end.repeats
}

/// Width of one level: the step, or the rounding of single precision at the extreme.
fn level_width(end: &Extreme, step: Option<f64>) -> f64 {
    step.unwrap_or(end.value.abs() * f64::from(f32::EPSILON))
}

/// The end of the range that the samples come from, outermost first.
fn extreme<'a>(samples: impl ExactSizeIterator<Item = &'a f32> + Clone, step: Option<f64>) -> Extreme {
    let total = samples.len();
    let mut inwards = samples.clone().map(|&sample| f64::from(sample));
    let value = inwards.next().unwrap_or(0.0);
    let mut end = Extreme { value, equal: 1, outermost: 1, repeats: 0.0 };
    let reach = LEVELS * level_width(&end, step);
    let (mut near, mut distinct, mut last) = (0usize, 0usize, value);
    for sample in inwards {
        let inside_levels = (sample - value).abs() < reach;
        let inside_near = sample * value > 0.0 && sample.abs() >= NEAR * value.abs();
        if !inside_levels && !inside_near {
            break;
        }
        end.equal += usize::from(sample == value);
        end.outermost += usize::from(inside_levels);
        if sample != value && inside_near {
            near += 1;
            distinct += usize::from(sample != last);
        }
        last = sample;
    }
    end.repeats = if distinct > 0 {
        near as f64 / distinct as f64
    } else {
        let mut all = samples;
        let mut last = all.next();
        let distinct = 1 + all
            .filter(|&sample| {
                let new = last != Some(sample);
                last = Some(sample);
                new
            })
            .count();
        total as f64 / distinct as f64
    };
    end
}
