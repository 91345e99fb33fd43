//! Single impacts, for their figure: the envelope of the deciding band over a few periods of the deciding comb, and the
//! autocorrelation of its square over the whole recording. The verdict does not rest on it.

use brinell_signal::fourier::{AutocorrelationParams, fast_length_below};
use brinell_signal::{FaultKind, Hertz, Scratch, envelope::band_squared_envelope};
use serde::{Deserialize, Serialize};

use crate::Evidence;

/// Periods in the stretch that is shown.
const PERIODS: f64 = 12.0;
/// Most points of a curve; longer ones show the largest of equal slices.
const POINTS: usize = 1200;
/// Cells of a period into which a stretch is folded.
const CELLS: usize = 32;
/// Fewest samples in a period that show an impact.
const FEWEST: f64 = 8.0;
/// Turns of the shaft and periods of the comb that the autocorrelation reaches over, whichever is longer.
const TURNS: f64 = 3.0;
const LAGS: f64 = 4.0;
/// How far from a whole period the autocorrelation's peak may lie, as a share of the lag and at most of the period:
/// impacts slip.
const SLIP: f64 = 0.02;
const MOST_SLIP: f64 = 0.1;
/// Periods after which a repetition is looked for: after many, a wrong period fits as well.
const REPEATS: u32 = 3;

/// The envelope over a few periods of a comb.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Impacts {
    /// Part whose comb it is.
    pub element: FaultKind,
    /// Band of the envelope, in hertz.
    pub band_hz: [f64; 2],
    /// Period of the comb in seconds.
    pub period_s: f64,
    /// Time of the first point in seconds.
    pub start_s: f64,
    /// Distance of two points in seconds.
    pub step_s: f64,
    /// The envelope, in the unit of the channel; the largest value in each step.
    pub envelope: Vec<f32>,
    /// Where impacts one period apart fit best: the first of them, in seconds.
    pub first_s: f64,
    /// Autocorrelation of the squared envelope without its mean, 1 at lag 0; the largest value in each step.
    pub autocorrelation: Vec<f32>,
    /// Distance of two of its points in seconds.
    pub lag_step_s: f64,
    /// Its largest value near one, two or three periods: near 1 where impacts of one size repeat exactly. (Impacts that pass
    /// a load zone repeat best after several.)
    pub repetition: f64,
}

/// The impacts of a comb in its band; `None` where the recording does not hold them or samples them too coarsely.
pub(crate) fn impacts(
    samples: &[f32],
    rate: Hertz,
    shaft: Hertz,
    band: [f64; 2],
    evidence: &Evidence,
) -> Option<Impacts> {
    // A length with large prime factors would take many times as long; up to a fiftieth of the end is left out for it.
    let samples = &samples[..fast_length_below(samples.len())?];
    let hz = evidence.found_order.unwrap_or(evidence.expected_order) * shaft.0;
    let period = rate.0 / hz;
    let stretch = (PERIODS * period).round() as usize;
    if !(hz > 0.0 && period >= FEWEST && stretch <= samples.len()) {
        return None;
    }
    let power = band_squared_envelope(samples, rate, Hertz(band[0]), Hertz(band[1])).ok()?;
    let hop = (stretch / 2).max(1);
    let starts = (0..=(samples.len() - stretch) / hop).map(|i| i * hop);
    let best = |a: Folded, b: Folded| if b.contrast > a.contrast { b } else { a };
    let clearest = starts.map(|start| fold(&power[start..start + stretch], period, start)).reduce(best)?;
    let envelope: Vec<f32> =
        power[clearest.start..clearest.start + stretch].iter().map(|value| value.sqrt()).collect();
    let (envelope, step) = largest_of_slices(&envelope);
    let lags = ((TURNS * rate.0 / shaft.0).max(LAGS * period) as usize).min(samples.len());
    let correlation = autocorrelation(&power, rate, lags)?;
    let repetition = (1..=REPEATS)
        .map(|k| f64::from(k) * period)
        .take_while(|lag| *lag < correlation.len() as f64)
        .flat_map(|lag| {
            let slip = (SLIP * lag).min(MOST_SLIP * period);
            let near = |place: f64| (place.round() as usize).min(correlation.len() - 1);
            correlation[near(lag - slip)..=near(lag + slip)].iter().copied()
        })
        .reduce(f32::max)?;
    let (autocorrelation, lag_step) = largest_of_slices(&correlation);
    Some(Impacts {
        element: evidence.element,
        band_hz: band,
        period_s: 1.0 / hz,
        start_s: clearest.start as f64 / rate.0,
        step_s: step / rate.0,
        envelope,
        first_s: (clearest.start as f64 + clearest.phase) / rate.0,
        autocorrelation,
        lag_step_s: lag_step / rate.0,
        repetition: f64::from(repetition),
    })
}

/// A stretch whose periods were laid over each other.
struct Folded {
    start: usize,
    /// Largest cell over the mean of all.
    contrast: f64,
    /// Place of the largest cell in the period, in samples.
    phase: f64,
}

fn fold(power: &[f32], period: f64, start: usize) -> Folded {
    let (mut sums, mut counts) = ([0f64; CELLS], [0f64; CELLS]);
    for (i, value) in power.iter().enumerate() {
        let cell = ((i as f64 / period).fract() * CELLS as f64) as usize % CELLS;
        sums[cell] += f64::from(*value);
        counts[cell] += 1.0;
    }
    let mean = power.iter().map(|value| f64::from(*value)).sum::<f64>() / power.len().max(1) as f64;
    let level = |cell: usize| if counts[cell] > 0.0 { sums[cell] / counts[cell] } else { 0.0 };
    let largest = (0..CELLS).reduce(|a, b| if level(b) > level(a) { b } else { a }).unwrap_or(0);
    let contrast = if mean > 0.0 { level(largest) / mean } else { 0.0 };
    Folded { start, contrast, phase: (largest as f64 + 0.5) / CELLS as f64 * period }
}

/// Autocorrelation without the mean, 1 at lag 0; `None` of what does not vary.
fn autocorrelation(power: &[f32], rate: Hertz, lags: usize) -> Option<Vec<f32>> {
    let mean = power.iter().map(|value| f64::from(*value)).sum::<f64>() / power.len() as f64;
    let centred: Vec<f32> = power.iter().map(|value| (f64::from(*value) - mean) as f32).collect();
    let params = AutocorrelationParams { lags: Some(lags), ..AutocorrelationParams::default() };
    let plan = params.plan::<f32>(rate, centred.len()).ok()?;
    let mut out = vec![0f32; plan.output_len()];
    plan.process(&centred, &mut out, &mut Scratch::new()).ok()?;
    let whole = out.first().copied().filter(|whole| *whole > 0.0)?;
    out.iter_mut().for_each(|value| *value /= whole);
    Some(out)
}

/// The largest value of each of at most [`POINTS`] equal slices, and the length of one.
fn largest_of_slices(values: &[f32]) -> (Vec<f32>, f64) {
    let slices = values.len().clamp(1, POINTS);
    let slice = |i: usize| &values[i * values.len() / slices..(i + 1) * values.len() / slices];
    let largest = (0..slices).map(|i| slice(i).iter().copied().fold(f32::MIN, f32::max)).collect();
    (largest, values.len() as f64 / slices as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verdict::tests::entry;

    const RATE: f64 = 20_000.0;

    /// Decaying bursts at 3 kHz, `hz` a second, the first at 0.01 s.
    fn bursts(hz: f64) -> Vec<f32> {
        (0..40_000)
            .map(|i| {
                let since = (f64::from(i) / RATE - 0.01).rem_euclid(1.0 / hz);
                ((-900.0 * since).exp() * (std::f64::consts::TAU * 3000.0 * since).sin()) as f32
            })
            .collect()
    }

    fn of(samples: &[f32], order: f64) -> Option<Impacts> {
        let evidence = Evidence { found_order: Some(order), ..entry(FaultKind::Outer, 0.001, 5, 2.0) };
        impacts(samples, Hertz(RATE), Hertz(25.0), [2000.0, 4000.0], &evidence)
    }

    #[test]
    fn marks_lie_on_the_impacts_and_repetition_is_nearly_whole() {
        let shown = of(&bursts(90.0), 90.0 / 25.0).unwrap();
        let period = 1.0 / 90.0;
        assert!((shown.period_s - period).abs() < 1e-9);
        let off = (shown.first_s - 0.01).rem_euclid(period);
        assert!(off.min(period - off) < 0.08 * period, "{off}");
        assert!(shown.repetition > 0.9, "{}", shown.repetition);
        let length = shown.envelope.len() as f64 * shown.step_s;
        assert!((length - 12.0 * period).abs() < 1e-3, "{length}");
        assert_eq!(shown.autocorrelation[0], 1.0);
    }

    #[test]
    fn a_period_that_is_not_there_does_not_repeat() {
        let shown = of(&bursts(90.0), 2.9).unwrap();
        assert!(shown.repetition < 0.2, "{}", shown.repetition);
    }

    #[test]
    fn what_is_too_short_too_coarse_or_silent_has_none() {
        assert_eq!(of(&bursts(90.0)[..1000], 3.6), None);
        assert_eq!(of(&bursts(90.0), 200.0), None);
        assert_eq!(of(&[0.0; 40_000], 3.6), None);
        assert_eq!(of(&[], 3.6), None);
        assert_eq!(of(&bursts(90.0), f64::NAN), None);
    }
}
