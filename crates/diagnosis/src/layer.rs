//! One flattened spectrum of a recording at one resolution: the mean over all its cyclic spectra.
//!
//! Each spectrum is divided by its floor, `ln(1 + power / floor)` is taken so that no line rules, and the
//! result is standardised by its own median and quantiles; then the mean over all spectra is taken. A fault
//! shows in many spectra at the same modulation frequency, chance lines do not. Coarser resolutions are
//! there for lines that slip has smeared.

use crate::cyclic_spectra::{CyclicSpectra, CyclicSpectrum};
use crate::rank::ranked;

/// Resolutions, as the number of revolutions that one line stands for; 0 is that of the recording.
const RESOLUTIONS: [f64; 3] = [0.0, 60.0, 20.0];

/// Lines count up to this many deviations, so that no single one makes a comb.
const CAP: f64 = 8.0;

/// Deviations from which a line beside one that is left out belongs to it.
const BESIDE: f64 = 1.5;

/// Below this order neither the floor nor the spread is told: a spectrum falls steeply there.
const LOWEST_ORDER: f64 = 0.15;

/// The flattened mean spectrum at one resolution.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// Distance of the lines in orders of the stated speed.
    pub(crate) spacing: f64,
    /// Deviations above the median.
    level: Vec<f64>,
    /// Lines that belong to something already known: the shaft, or a comb that was found.
    masked: Vec<bool>,
    /// Whether it is the finest one.
    pub(crate) finest: bool,
}

impl Layer {
    /// Order of the last line.
    pub(crate) fn last(&self) -> f64 {
        self.level.len() as f64 * self.spacing
    }

    /// Leaves out all lines within `half` of `order`.
    pub(crate) fn mask(&mut self, order: f64, half: f64) {
        if order + half < 0.0 {
            return;
        }
        let from = ((order - half) / self.spacing).ceil().max(0.0) as usize;
        let to = ((order + half) / self.spacing).floor() as usize;
        for masked in self.masked.iter_mut().take(to.saturating_add(1)).skip(from) {
            *masked = true;
        }
    }

    /// Leaves out the line at `order` as wide as it is: on from `half` while the lines beside it stand out,
    /// `widest` at most.
    pub(crate) fn mask_line(&mut self, order: f64, half: f64, widest: f64) {
        self.mask(order, half);
        for step in [-1i64, 1] {
            let mut away = half + self.spacing;
            while away <= widest {
                let at = ((order + step as f64 * away) / self.spacing).round();
                if at < 0.0 || self.level.get(at as usize).is_none_or(|level| *level < BESIDE) {
                    break;
                }
                self.masked[at as usize] = true;
                away += self.spacing;
            }
        }
    }

    /// The largest of each line and its neighbours, in deviations of all that is not masked; none where
    /// masked.
    pub(crate) fn crests(&self) -> Vec<Option<f64>> {
        let at = |i: usize| self.level[i];
        let crest: Vec<f64> = (0..self.level.len())
            .map(|i| at(i).max(at(i.saturating_sub(1))).max(at((i + 1).min(self.level.len() - 1))))
            .collect();
        let from = (LOWEST_ORDER / self.spacing) as usize;
        let open: Vec<f64> = (from..crest.len()).filter(|&i| !self.masked[i]).map(|i| crest[i]).collect();
        let (middle, spread) = middle_and_spread(&open, 1e-6);
        crest
            .iter()
            .zip(&self.masked)
            .map(|(value, masked)| (!masked).then(|| ((value - middle) / spread).min(CAP)))
            .collect()
    }
}

/// Layers of all resolutions, with the shaft's harmonics left out; `shaft_order` is the shaft's own order
/// in terms of the stated speed, about 1.
pub(crate) fn layers(spectra: &CyclicSpectra, shaft: f64, shaft_order: f64) -> Vec<Layer> {
    let fine = spectra.spacing / shaft;
    let mut layers = Vec::new();
    for revolutions in RESOLUTIONS {
        let width = if revolutions > 0.0 { (1.0 / (revolutions * fine)).round() as usize } else { 1 };
        if revolutions > 0.0 && width < 2 {
            continue;
        }
        layers.push(layer(spectra, fine, width, shaft_order));
    }
    layers
}

fn layer(spectra: &CyclicSpectra, fine: f64, width: usize, shaft_order: f64) -> Layer {
    let hop = (width / 2).max(1);
    let spacing = fine * hop as f64;
    let (mut level, mut counts) = (Vec::new(), Vec::new());
    let lines = spectra.spectra.iter().map(|spectrum| spectrum.power.len()).max().unwrap_or(0);
    let of_shaft = lines_of_shaft(lines, fine, shaft_order);
    for spectrum in &spectra.spectra {
        let flat = flattened(spectrum, width, spacing, &of_shaft);
        let valid = (spectrum.valid / hop).min(flat.len());
        if level.len() < flat.len() {
            level.resize(flat.len(), 0.0);
            counts.resize(flat.len(), 0.0);
        }
        for i in 0..valid {
            level[i] += flat[i];
            counts[i] += 1.0;
        }
    }
    let valid = counts.iter().rposition(|c| *c > 0.0).map_or(0, |i| i + 1);
    level.truncate(valid.max(1));
    for (value, count) in level.iter_mut().zip(&counts) {
        *value /= f64::max(*count, 1.0);
    }
    standardise(&mut level, (LOWEST_ORDER / spacing) as usize, valid, 20.0);
    let masked = vec![false; level.len()];
    let mut layer = Layer { spacing, level, masked, finest: width == 1 };
    let mut k = 1.0;
    while k * shaft_order < layer.last() {
        let coarse = if width > 1 { 1.05 * width as f64 * fine } else { 0.0 };
        layer.mask(k * shaft_order, shaft_half_width(k, fine).max(coarse));
        k += 1.0;
    }
    layer
}

/// Half-width in orders of what is left out round the shaft's harmonic `k`: two lines and a half, or 0.1 %
/// for a speed that wanders.
pub(crate) fn shaft_half_width(k: f64, fine: f64) -> f64 {
    (2.5 * fine).max(1e-3 * k)
}

/// Which lines belong to a harmonic of the shaft.
fn lines_of_shaft(lines: usize, fine: f64, shaft_order: f64) -> Vec<bool> {
    let of_shaft = |k: usize| {
        let order = k as f64 * fine / shaft_order;
        let harmonic = order.round();
        harmonic >= 1.0 && (order - harmonic).abs() <= shaft_half_width(harmonic, fine)
    };
    (0..lines).map(of_shaft).collect()
}

/// `ln(1 + power / floor)`, averaged over `width` lines, in deviations.
fn flattened(s: &CyclicSpectrum, width: usize, spacing: f64, of_shaft: &[bool]) -> Vec<f64> {
    let lines = s.power.len();
    let ratio = |k: usize| {
        let ratio = if s.floor[k] > 0.0 { s.power[k] / s.floor[k] } else { 1.0 };
        if of_shaft[k] { ratio.min(1.0) } else { ratio }
    };
    let mut flat: Vec<f64> = if width <= 1 {
        (0..lines).map(|k| compressed(ratio(k))).collect()
    } else {
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for k in 0..lines {
            sum += ratio(k);
            sums.push(sum);
        }
        let hop = (width / 2).max(1);
        (0..lines / hop)
            .map(|i| {
                let centre = i * hop;
                let (from, to) = (centre.saturating_sub(width / 2), (centre + width.div_ceil(2)).min(lines));
                compressed((sums[to] - sums[from]) / (to - from) as f64)
            })
            .collect()
    };
    let valid = (s.valid / (width / 2).max(1)).min(flat.len());
    standardise(&mut flat, (LOWEST_ORDER / spacing).max(1.0) as usize, valid, CAP);
    flat
}

/// `ln(1 + ratio)`, by the logarithm of single precision: a fifth of the time, and 1e-7 off, where levels scatter by 1.
pub(crate) fn compressed(ratio: f64) -> f64 {
    f64::from(((1.0 + ratio) as f32).ln())
}

/// Deviations from the median, in half the distance of the 16th and 84th percentiles, of `from..to`.
fn standardise(values: &mut [f64], from: usize, to: usize, cap: f64) {
    let body = values.get(from..to).unwrap_or_default();
    if body.len() < 8 {
        values.fill(0.0);
        return;
    }
    let (middle, spread) = middle_and_spread(body, 1e-6);
    for value in values {
        *value = ((*value - middle) / spread).clamp(-3.0, cap);
    }
}

/// Median, and half the distance of the 16th and 84th percentiles, at least `least`.
pub(crate) fn middle_and_spread(values: &[f64], least: f64) -> (f64, f64) {
    let Some(last) = values.len().checked_sub(1) else { return (0.0, 1.0) };
    let at = |p: f64| (last as f64 * p) as usize;
    let [low, middle, high] = ranked(values, [at(0.16), at(0.5), at(0.84)]);
    (middle, ((high - low) / 2.0).max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_and_spread_of_a_straight_line_are_its_median_and_a_third() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(middle_and_spread(&values, 0.0), (50.0, 34.0));
        assert_eq!(middle_and_spread(&[], 0.0), (0.0, 1.0));
    }

    #[test]
    fn a_masked_line_is_left_out_and_all_others_stay() {
        let level: Vec<f64> = (0..400).map(|i| f64::from(i * 37 % 11)).collect();
        let mut layer = Layer { spacing: 0.01, masked: vec![false; 400], level, finest: true };
        layer.mask(1.0, 0.025);
        layer.mask(-3.0, 0.1);
        layer.mask(1e6, 0.1);
        let crests = layer.crests();
        assert!((98..=102).all(|i| crests[i].is_none()));
        assert_eq!(crests.iter().filter(|c| c.is_none()).count(), 5);
    }
}
