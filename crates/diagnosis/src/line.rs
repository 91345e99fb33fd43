//! One line of a comb in one spectrum, sharp or smeared.
//!
//! Elements that slip from one impact to the next make the phase of the impacts wander, so that line `h` of a comb is
//! about `pi h^2 s^2` of the comb's own frequency wide on either side (s: deviation of the time between
//! impacts, relative): many bins of a long recording. So a line's power is summed over the window,
//! from one bin to that width, in which it is least likely to be chance. In noise, the power of one
//! bin over its mean is exponential and the sum over a window is gamma distributed; its cube root is almost
//! Gaussian (Wilson and Hilferty 1931).

use crate::cyclic_spectra::CyclicSpectrum;
use crate::layer::shaft_half_width;

/// Deviations from which a line counts: one bin 12 dB over the median of its neighbours, once in 30,000.
pub(crate) const COUNTED: f64 = 4.0;

/// Deviations from which a line adds to the depth of a comb.
const IN_DEPTH: f64 = 2.5;

/// Half-widths of the windows, in bins; the narrowest is the largest of three bins.
const HALF_WIDTHS: [usize; 6] = [0, 1, 2, 4, 8, 16];

/// A window is at most this share of the line's frequency wide on either side.
const WIDEST: f64 = 0.01;

/// ... and at most this many orders, so that it keeps off its own sidebands.
const WIDEST_ORDERS: f64 = 0.12;

/// The narrowest window that holds this share of what the least likely one holds is taken: beside a sharp line the next bins
/// say nothing.
const HOLDS: f64 = 0.7;

/// Power of a smeared line over that of the noise, at least: below, it is a swelling of the floor.
const LEAST_RATIO: f64 = 1.5;

/// A line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// Its place in bins.
    pub(crate) place: f64,
    /// Its power and that of the floor (median) in the same window.
    power: f64,
    floor: f64,
    /// The largest power of one bin in it.
    top: f64,
    /// How far it is from chance.
    pub(crate) deviations: f64,
    /// Bins that were summed.
    pub(crate) bins: usize,
}

impl Line {
    pub(crate) fn counts(&self) -> bool {
        self.deviations >= COUNTED
    }

    /// Amplitude of its highest bin.
    pub(crate) fn amplitude(&self) -> f64 {
        self.top.sqrt()
    }

    /// Amplitude of the floor, for each bin.
    pub(crate) fn floor(&self) -> f64 {
        (self.floor / self.bins as f64).sqrt()
    }

    /// Level over the floor in decibels, of all its bins.
    pub(crate) fn snr_db(&self) -> f64 {
        if self.floor > 0.0 && self.power > 0.0 { 10.0 * (self.power / self.floor).log10() } else { 0.0 }
    }

    /// The level over the floor from which a line over so many bins counts, in decibels.
    pub(crate) fn threshold_db(&self) -> f64 {
        let n = self.bins as f64;
        10.0 * (ratio_at(COUNTED, n).max(least_ratio(self.bins)) / std::f64::consts::LN_2).log10()
    }

    /// Modulation index that it adds to a comb.
    pub(crate) fn index(&self) -> f64 {
        if self.deviations < IN_DEPTH {
            return 0.0;
        }
        self.excess().sqrt()
    }

    /// Power beyond that of the noise; a single bin is taken as it is.
    fn excess(&self) -> f64 {
        let noise = if self.bins > 1 { self.floor / std::f64::consts::LN_2 } else { 0.0 };
        (self.power - noise).max(0.0)
    }
}

/// The line at `hz` of a spectrum whose lines are `spacing` hertz apart, for a shaft at `shaft` hertz whose own lines
/// are left out of the windows; `None` beyond the spectrum's ends.
pub(crate) fn line_at(spectrum: &CyclicSpectrum, spacing: f64, hz: f64, shaft: f64) -> Option<Line> {
    let centre = (hz / spacing).round() as usize;
    if centre == 0 || centre + 1 >= spectrum.valid {
        return None;
    }
    let widest = (WIDEST * hz).min(WIDEST_ORDERS * shaft) / spacing;
    let fine = spacing / shaft;
    let of_shaft = |bin: usize| {
        let order = bin as f64 * fine;
        let harmonic = order.round();
        harmonic >= 1.0 && (order - harmonic).abs() <= shaft_half_width(harmonic, fine)
    };
    let windows: Vec<Line> = HALF_WIDTHS
        .iter()
        .filter(|&&half| half == 0 || half as f64 <= widest)
        .filter_map(|&half| {
            if half == 0 {
                return Some(sharp(spectrum, centre));
            }
            let (from, to) = (centre.saturating_sub(half).max(1), (centre + half + 1).min(spectrum.valid));
            smeared(spectrum, (from..to).filter(|&bin| !of_shaft(bin)))
        })
        .collect();
    let best = windows.iter().copied().reduce(|a, b| if b.deviations > a.deviations { b } else { a })?;
    let holds = |line: &Line| line.excess() >= HOLDS * best.excess() && line.counts() >= best.counts();
    windows.into_iter().find(holds).or(Some(best))
}

fn sharp(spectrum: &CyclicSpectrum, centre: usize) -> Line {
    let power = &spectrum.power;
    let top = (centre - 1..=centre + 1).fold(centre, |a, b| if power[b] > power[a] { b } else { a });
    let a = |k: usize| power[k].sqrt();
    let shift = if top == 0 || top + 1 >= power.len() {
        0.0
    } else {
        let curvature = a(top - 1) - 2.0 * a(top) + a(top + 1);
        if curvature < 0.0 { (0.5 * (a(top - 1) - a(top + 1)) / curvature).clamp(-0.5, 0.5) } else { 0.0 }
    };
    line(top as f64 + shift, power[top], spectrum.floor[top], power[top], 1)
}

fn smeared(spectrum: &CyclicSpectrum, bins: impl Iterator<Item = usize>) -> Option<Line> {
    let (mut power, mut floor, mut top, mut count, mut moment, mut weight) = (0.0, 0.0, 0f64, 0, 0.0, 0.0);
    for bin in bins {
        power += spectrum.power[bin];
        floor += spectrum.floor[bin];
        top = top.max(spectrum.power[bin]);
        count += 1;
        let excess = (spectrum.power[bin] - spectrum.floor[bin]).max(0.0);
        moment += excess * bin as f64;
        weight += excess;
    }
    (count > 1 && weight > 0.0).then(|| line(moment / weight, power, floor, top, count))
}

fn line(place: f64, power: f64, floor: f64, top: f64, bins: usize) -> Line {
    let ratio = if floor > 0.0 { std::f64::consts::LN_2 * power / floor } else { 0.0 };
    let n = bins as f64;
    let deviations =
        if ratio < least_ratio(bins) { 0.0 } else { 3.0 * n.sqrt() * (ratio.cbrt() - 1.0 + 1.0 / (9.0 * n)) };
    Line { place, power, floor, top, deviations, bins }
}

fn least_ratio(bins: usize) -> f64 {
    if bins > 1 { LEAST_RATIO } else { 0.0 }
}

/// Power over the mean of the noise at which a sum over `n` bins is so many deviations from chance.
fn ratio_at(deviations: f64, n: f64) -> f64 {
    (1.0 - 1.0 / (9.0 * n) + deviations / (3.0 * n.sqrt())).powi(3)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cyclic_spectra::Source;

    /// A floor of 1 (mean 1 / ln 2) with `power` at these bins.
    fn spectrum(at: &[(usize, f64)]) -> CyclicSpectrum {
        let mut power = vec![1.0 / std::f64::consts::LN_2; 4000];
        at.iter().for_each(|&(bin, value)| power[bin] = value);
        CyclicSpectrum {
            source: Source::Whitened,
            band: [0.0, 1.0],
            floor: vec![1.0; 4000],
            valid: power.len(),
            power,
        }
    }

    #[test]
    fn a_sharp_line_counts_from_twelve_decibels_and_keeps_its_place() {
        let line = |power: f64| line_at(&spectrum(&[(1035, power)]), 0.01, 10.35, 10.0).unwrap();
        assert!(line(17.0).counts() && !line(15.0).counts());
        assert_eq!((line(100.0).bins, line(100.0).place), (1, 1035.0));
        assert!(
            (line(100.0).snr_db() - 20.0).abs() < 1e-9 && (line(100.0).threshold_db() - 12.0).abs() < 0.2
        );
        assert_eq!(line(100.0).index(), 10.0);
    }

    #[test]
    fn a_smeared_line_counts_though_none_of_its_bins_does() {
        let bins: Vec<(usize, f64)> = (1027..1044).map(|bin| (bin, 6.0)).collect();
        let line = line_at(&spectrum(&bins), 0.01, 10.35, 10.0).unwrap();
        assert!(line.counts() && line.bins >= 9, "{line:?}");
        assert!((line.place - 1035.0).abs() < 0.5);
        assert!(line.threshold_db() < 8.0);
    }

    #[test]
    fn a_flat_floor_and_the_lines_of_the_shaft_are_no_lines() {
        assert!(!line_at(&spectrum(&[]), 0.01, 10.35, 10.0).unwrap().counts());
        let near: Vec<(usize, f64)> = (1000..=1001).map(|bin| (bin, 900.0)).collect();
        assert!(!line_at(&spectrum(&near), 0.01, 10.08, 10.0).unwrap().counts());
        assert_eq!(line_at(&spectrum(&[]), 0.01, 0.001, 10.0), None);
        assert_eq!(line_at(&spectrum(&[]), 0.01, 40.0, 10.0), None);
    }
}
