//! The empirical null: how combs score in this very recording at orders where no bearing part turns.
//!
//! A textbook threshold assumes a spectrum of noise; a machine's spectrum is full of lines, and any
//! impulsive record lifts all of them. So the score of an order under test is compared with those of
//! thousands of control orders in the same spectra, away from all kinematic orders, their halves and
//! doubles, and the shaft's harmonics. Neighbouring orders share lines: what is counted are clusters of
//! scores above a level, per unit of the logarithm of the order, and above the level the tail is a generalised
//! Pareto one through mean and variance of their excess (peaks over a threshold, by moments; Hosking and
//! Wallis 1987). Its shape is kept from ending soon, so that the chance is rather stated too high.

use crate::comb::Grid;

/// Share of the control orders that lies below the level from which the tail is told.
const LEVEL: f64 = 0.90;

/// No chance is stated below this: it would rest on the shape alone.
const LEAST_CHANCE: f64 = 1e-9;

/// The shape is kept within these.
const SHAPE: (f64, f64) = (-0.1, 0.3);

/// Orders this near a harmonic of the shaft are no controls: what remains beside its lines lifts them.
const NEAR_SHAFT: f64 = 0.02;

/// Steps of the grid within which scores above the level are one cluster.
const TOGETHER: usize = 4;

/// The tail of the null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tail {
    level: f64,
    /// Clusters above the level for each unit of the logarithm of the order.
    rate: f64,
    /// Scale of a cluster's excess, with its standard error added.
    scale: f64,
    /// Shape: 0 is exponential, below 0 ends, above 0 is heavier.
    shape: f64,
    /// Control orders behind it.
    pub(crate) controls: usize,
}

impl Tail {
    /// The tail of `scores` over the allowed orders of the grid.
    pub(crate) fn new(scores: &[f64], grid: &Grid, allowed: &[bool]) -> Self {
        let own: Vec<usize> = (0..grid.count).filter(|&i| allowed[i] && scores[i].is_finite()).collect();
        let mut sorted: Vec<f64> = own.iter().map(|&i| scores[i]).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let level = sorted.get((LEVEL * sorted.len() as f64) as usize).copied().unwrap_or(f64::INFINITY);
        let length: f64 = own.iter().map(|&i| grid.relative_step(i)).sum();
        let mut peaks: Vec<f64> = Vec::new();
        let mut last: Option<usize> = None;
        for &i in own.iter().filter(|&&i| scores[i] > level) {
            match (last, peaks.last_mut()) {
                (Some(before), Some(peak)) if i - before <= TOGETHER => *peak = peak.max(scores[i]),
                _ => peaks.push(scores[i]),
            }
            last = Some(i);
        }
        let count = peaks.len().max(1) as f64;
        let mean = peaks.iter().map(|peak| peak - level).sum::<f64>() / count;
        let variance = peaks.iter().map(|peak| (peak - level - mean).powi(2)).sum::<f64>() / count;
        let shape = if variance > 0.0 { 0.5 * (1.0 - mean * mean / variance) } else { 0.0 };
        let shape = shape.clamp(SHAPE.0, SHAPE.1);
        let rate = if length > 0.0 { count / length } else { f64::INFINITY };
        let scale = (mean * (1.0 - shape) * (1.0 + 1.0 / count.sqrt())).max(0.05);
        Self { level, rate, scale, shape, controls: own.len() }
    }

    /// Chance that the best score of a window of orders, `width` wide in the logarithm, reaches `score`
    /// without a source.
    pub(crate) fn chance(&self, score: f64, width: f64) -> f64 {
        if self.controls == 0 || !score.is_finite() {
            return 1.0;
        }
        let expected = self.rate * width * self.beyond((score - self.level) / self.scale);
        (-(-expected).exp_m1()).clamp(LEAST_CHANCE, 1.0)
    }

    /// Share of clusters whose excess, in scales, is larger.
    fn beyond(&self, excess: f64) -> f64 {
        if self.shape.abs() < 1e-6 {
            return (-excess).exp();
        }
        (1.0 + self.shape * excess).max(0.0).powf(-1.0 / self.shape)
    }
}

/// Which orders of the grid are controls: away from the kinematic orders, their halves and doubles, and the
/// shaft's harmonics.
pub(crate) fn allowed(grid: &Grid, kinematic: &[f64], tolerances: &[f64], shaft_order: f64) -> Vec<bool> {
    (0..grid.count)
        .map(|i| {
            let order = grid.order(i);
            let coupled = kinematic.iter().zip(tolerances).any(|(own, tolerance)| {
                [0.5, 1.0, 2.0].iter().any(|ratio| (order / (own * ratio) - 1.0).abs() < 1.3 * tolerance)
            });
            let harmonic = (order / shaft_order).round() * shaft_order;
            !coupled && (harmonic < 0.5 || (order - harmonic).abs() >= NEAR_SHAFT.max(2e-3 * order))
        })
        .collect()
}

/// Chance of two independent ones together (Fisher's combination).
pub(crate) fn both(first: f64, second: f64) -> f64 {
    let product = first * second;
    (product * (1.0 - product.ln())).clamp(LEAST_CHANCE, 1.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f64> {
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        (0..count)
            .map(|_| (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos())
            .collect()
    }

    #[test]
    fn controls_keep_away_from_the_bearing_and_the_shaft() {
        let grid = Grid::new(2.0, 9.0, 0.003);
        let kinematic = [5.4152, 3.5848, 4.7135];
        let allowed = allowed(&grid, &kinematic, &[0.015; 3], 1.0);
        assert!(allowed.iter().filter(|a| **a).count() > 2000);
        for order in (0..grid.count).filter(|&i| allowed[i]).map(|i| grid.order(i)) {
            assert!(kinematic.iter().all(|k| (order / k - 1.0).abs() >= 0.015), "{order}");
            assert!((order - order.round()).abs() > 0.003, "{order}");
        }
    }

    #[test]
    fn of_gaussian_scores_the_chance_is_at_least_the_true_one_and_falls_to_its_least() {
        let grid = Grid::new(2.0, 9.0, 0.003);
        let white = noise(grid.count + 8);
        let smooth: Vec<f64> = white.windows(9).map(|w| w.iter().sum::<f64>() / 3.0).collect();
        let tail = Tail::new(&smooth, &grid, &vec![true; grid.count]);
        // A window of 3 % at order 5 holds 100 steps of 0.0015, which nine neighbours share: about a dozen
        // independent values, and P(N > 4) is 3.2e-5.
        let chance = tail.chance(4.0, 0.03);
        assert!((3e-4..0.05).contains(&chance), "{chance}");
        assert!(tail.chance(3.0, 0.03) > 0.01, "{}", tail.chance(3.0, 0.03));
        assert_eq!(tail.chance(40.0, 0.03), LEAST_CHANCE);
        assert_eq!(tail.chance(f64::NEG_INFINITY, 0.03), 1.0);
    }

    #[test]
    fn without_controls_nothing_is_unlikely() {
        let grid = Grid::new(2.0, 9.0, 0.003);
        let tail = Tail::new(&noise(grid.count), &grid, &vec![false; grid.count]);
        assert_eq!(tail.chance(99.0, 0.03), 1.0);
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_keeps_the_order() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        let want = [0.03, 0.06, 0.06, 0.02];
        assert!(adjusted.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{adjusted:?}");
    }
}
