//! A comb in the layers: equally spaced harmonics at one order.
//!
//! The score of an order is the sum of the crests at its first [`HARMONICS`] harmonics, over the root of how
//! many of them are there. All harmonics of a source, in all spectra, slip by one factor: real lines lie up
//! to 1-2 % off the kinematic order.

use crate::layer::{Layer, middle_and_spread};

/// Harmonics that are summed. Impacts are short against their period, so a damaged race fills them all;
/// slow modulations, which every sound bearing has, fill one or two.
pub(crate) const HARMONICS: usize = 4;

/// Relative half-width of the slip that is allowed, on either side.
pub(crate) const TOLERANCE: f64 = 0.015;

/// Harmonics that must not be masked for an order to be scored.
const LEAST_HARMONICS: usize = 2;

/// Sidebands on either side that are left out with a comb.
pub(crate) const SIDEBANDS: i32 = 6;

/// How far a line that slip has smeared is left out on either side, as a share of its order.
pub(crate) const WIDEST: f64 = 0.008;

/// Evenly spaced orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    from: f64,
    step: f64,
    pub(crate) count: usize,
}

impl Grid {
    /// Orders `from..to`, so fine that the highest harmonic moves by two lines of `fine` at most.
    pub(crate) fn new(from: f64, to: f64, fine: f64) -> Self {
        let step = 2.0 * fine / HARMONICS as f64;
        Self { from, step, count: ((to - from) / step).max(0.0) as usize + 1 }
    }

    pub(crate) fn order(&self, index: usize) -> f64 {
        self.from + self.step * index as f64
    }

    /// Places of the orders from `low` to `high`.
    pub(crate) fn within(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        let from = ((low - self.from) / self.step).ceil().max(0.0) as usize;
        let to = ((high - self.from) / self.step).floor();
        if to < 0.0 { 0..0 } else { from..(to as usize + 1).min(self.count) }
    }

    /// Relative distance of neighbours.
    pub(crate) fn relative_step(&self, index: usize) -> f64 {
        self.step / self.order(index)
    }
}

/// Scores of all orders of the grid in a layer; negative infinity where too much is masked.
pub(crate) fn curve(layer: &Layer, grid: &Grid) -> Vec<f64> {
    let crests = layer.crests();
    (0..grid.count)
        .map(|i| {
            let order = grid.order(i);
            let (mut sum, mut count) = (0.0, 0);
            for h in 1..=HARMONICS {
                let line = (order * h as f64 / layer.spacing).round() as usize;
                if let Some(Some(crest)) = crests.get(line) {
                    sum += crest;
                    count += 1;
                }
            }
            if count < LEAST_HARMONICS {
                return f64::NEG_INFINITY;
            }
            sum / ((count * HARMONICS) as f64).sqrt()
        })
        .collect()
}

/// How many of the first `harmonics` of the comb at `order` lie at least `least` deviations high in a layer.
pub(crate) fn standing_out(layer: &Layer, order: f64, harmonics: usize, least: f64) -> usize {
    let crests = layer.crests();
    let crest = |h: usize| crests.get((order * h as f64 / layer.spacing).round() as usize).copied().flatten();
    (1..=harmonics).filter(|h| crest(*h).is_some_and(|crest| crest >= least)).count()
}

/// Location and spread of each curve over the allowed orders; an endless spread where too few are left.
pub(crate) fn scales(curves: &[Vec<f64>], allowed: &[bool]) -> Vec<(f64, f64)> {
    curves
        .iter()
        .map(|curve| {
            let own: Vec<f64> =
                curve.iter().zip(allowed).filter(|(v, a)| **a && v.is_finite()).map(|(v, _)| *v).collect();
            // The floor keeps an almost empty spectrum from making every ripple look large.
            if own.len() < 20 { (0.0, f64::INFINITY) } else { middle_and_spread(&own, 0.05) }
        })
        .collect()
}

/// The best of the layers, each in its own deviations.
pub(crate) fn joined(values: impl Iterator<Item = f64>, scales: &[(f64, f64)]) -> f64 {
    values
        .zip(scales)
        .filter(|(value, (_, spread))| value.is_finite() && spread.is_finite())
        .map(|(value, (location, spread))| (value - location) / spread)
        .fold(f64::NEG_INFINITY, f64::max)
}

/// [`joined`] at every order.
pub(crate) fn totals(curves: &[Vec<f64>], scales: &[(f64, f64)], count: usize) -> Vec<f64> {
    (0..count).map(|i| joined(curves.iter().map(|c| c[i]), scales)).collect()
}

/// Leaves a comb out of all layers: its harmonics and their sidebands at each of `sidebands`.
pub(crate) fn mask_comb(layers: &mut [Layer], order: f64, sidebands: &[f64]) {
    for layer in layers {
        let last = layer.last();
        let spacing = layer.spacing;
        let mut harmonic = order;
        while harmonic < last + f64::from(SIDEBANDS) {
            for sideband in sidebands {
                for k in -SIDEBANDS..=SIDEBANDS {
                    let line = harmonic + f64::from(k) * sideband;
                    if line > 0.0 {
                        let half = (1.5 * spacing).max(2e-3 * line);
                        layer.mask_line(line, half, WIDEST * line);
                    }
                }
            }
            harmonic += order;
        }
    }
}
