//! The empirical null: how combs score in this very recording at orders where no bearing part turns.
//!
//! A textbook threshold assumes a spectrum of noise; a machine's spectrum is full of lines, and any
//! impulsive record lifts all of them. So each order under test is compared with control orders in
//! the same spectrum: from half to twice the order, evenly spaced on a logarithmic axis, away from
//! all kinematic orders and their simple ratios, and away from the shaft's harmonics.

use crate::comb::TOLERANCE;

/// Control orders that are scored for each order under test.
pub(crate) const CONTROLS: usize = 999;

/// Control orders for `order`: at most [`CONTROLS`], ascending. `kinematic` are all orders of the
/// bearing; `spacing` is the bins' spacing in orders.
pub(crate) fn controls(order: f64, kinematic: &[f64], spacing: f64) -> Vec<f64> {
    let grid = 6 * CONTROLS;
    let allowed: Vec<f64> = (0..grid)
        .map(|i| order * 0.5 * 4f64.powf((i as f64 + 0.5) / grid as f64))
        .filter(|&c| {
            let coupled = kinematic.iter().any(|k| {
                (1..=3).any(|a| {
                    (1..=3).any(|b| (c * f64::from(a) / (k * f64::from(b)) - 1.0).abs() < 2.0 * TOLERANCE)
                })
            });
            let shaft = (c - c.round()).abs() < (2.0 * spacing).max(1e-3 * c) && c.round() >= 1.0;
            !coupled && !shaft
        })
        .collect();
    let take = allowed.len().min(CONTROLS);
    (0..take).map(|i| allowed[i * allowed.len() / take]).collect()
}

/// Location and spread of scores: median, and its distance to the 84th percentile.
pub(crate) fn location_and_spread(scores: &[f64]) -> (f64, f64) {
    let sorted = sorted(scores);
    let median = quantile(&sorted, 0.5);
    // The floor keeps an almost empty spectrum from making every ripple look large.
    (median, (quantile(&sorted, 0.84) - median).max(0.03))
}

/// Chance that an order without a source scores at least `value`, from the controls' scores.
///
/// The larger of two: the share of controls that reach it, `(1 + n) / (1 + M)`, and the tail of a
/// Gumbel distribution laid through the controls' median and 90th percentile. Neighbouring controls
/// share lines, so the share alone is too bold at its lower end; the tail alone trusts a shape.
pub(crate) fn chance(value: f64, controls: &[f64]) -> f64 {
    if controls.is_empty() {
        return 1.0;
    }
    let reached = controls.iter().filter(|&&c| c >= value).count();
    let share = (1 + reached) as f64 / (1 + controls.len()) as f64;
    let sorted = sorted(controls);
    let (location, scale) = gumbel(&sorted);
    let tail = -(-(-(value - location) / scale).exp()).exp_m1();
    share.max(tail).min(1.0)
}

/// The value whose [`chance`] would be `p` by the tail (used to state what would not have been seen).
pub(crate) fn value_at_chance(p: f64, controls: &[f64]) -> f64 {
    let sorted = sorted(controls);
    let (location, scale) = gumbel(&sorted);
    let by_tail = location - scale * (-(-p).ln_1p()).ln();
    by_tail.max(sorted.last().copied().unwrap_or(by_tail))
}

fn gumbel(sorted: &[f64]) -> (f64, f64) {
    let reduced = |p: f64| -(-p.ln()).ln();
    let (middle, high) = (quantile(sorted, 0.5), quantile(sorted, 0.9));
    let scale = ((high - middle) / (reduced(0.9) - reduced(0.5))).max(1e-9);
    (middle - scale * reduced(0.5), scale)
}

/// Holm's step-down correction: adjusted p in the order given.
pub(crate) fn holm(p: &[f64]) -> Vec<f64> {
    let mut rank: Vec<usize> = (0..p.len()).collect();
    rank.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut running = 0f64;
    for (step, &i) in rank.iter().enumerate() {
        running = running.max((p[i] * (p.len() - step) as f64).min(1.0));
        adjusted[i] = running;
    }
    adjusted
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let at = p * (sorted.len() - 1) as f64;
    let low = at.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (at - low as f64) * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_keep_away_from_the_bearing_and_the_shaft() {
        let kinematic = [5.4152, 3.5848, 4.7135, 0.3983];
        for order in kinematic {
            let controls = controls(order, &kinematic, 0.003);
            assert_eq!(controls.len(), CONTROLS);
            for c in controls {
                assert!(c >= 0.5 * order && c <= 2.0 * order);
                assert!(kinematic.iter().all(|k| (c / k - 1.0).abs() >= 2.0 * TOLERANCE));
                assert!(c < 0.9 || (c - c.round()).abs() > 0.004, "{c}");
            }
        }
    }

    #[test]
    fn the_chance_is_never_below_one_in_the_number_of_controls() {
        let scores: Vec<f64> = (0..999).map(|i| f64::from(i) / 999.0).collect();
        assert!(chance(1e9, &scores) >= 1.0 / 1000.0);
        assert!(chance(-1e9, &scores) > 0.99);
        assert_eq!(chance(1.0, &[]), 1.0);
    }

    #[test]
    fn the_stated_value_at_a_chance_has_at_most_that_chance() {
        let scores: Vec<f64> = (1..1000).map(|i| -(-(f64::from(i) / 1000.0).ln()).ln()).collect();
        let value = value_at_chance(0.0025, &scores);
        assert!(chance(value + 1e-9, &scores) <= 0.003, "{}", chance(value, &scores));
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_keeps_the_order() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        let want = [0.03, 0.06, 0.06, 0.02];
        assert!(adjusted.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{adjusted:?}");
    }
}
