//! The strongest comb, and which lines of a weaker one are really its own.
//!
//! Harmonics of two parts meet (2 x BPFI and 3 x BPFO of a 6205), and sidebands of one fall on the other's. So a weaker comb's
//! lines and depth are told from spectra in which the strongest comb's lines and sidebands are levelled to the floor.

use brinell_signal::{BearingOrders, FaultKind, Phrase, phrase};

use crate::comb::{SIDEBANDS, WIDEST};
use crate::cyclic_spectra::{CyclicSpectra, CyclicSpectrum};
use crate::evidence::SHOWN_HARMONICS;

/// Power over the floor's median from which a bin beside a line belongs to it.
const BESIDE: f64 = 3.0;

/// A comb that leads.
pub(crate) struct Stronger {
    pub(crate) element: FaultKind,
    /// Its order in terms of the shaft.
    order: f64,
    /// What its sidebands lie apart, with its name: the shaft, for rolling elements the cage too.
    units: Vec<(f64, Phrase)>,
    /// The whitened spectra without it, in their order.
    left: Vec<CyclicSpectrum>,
}

impl Stronger {
    /// The comb of `element` at `order` in `spectra`, for a shaft at `shaft` hertz.
    pub(crate) fn new(
        element: FaultKind,
        order: f64,
        orders: &BearingOrders,
        spectra: &CyclicSpectra,
        shaft: f64,
    ) -> Self {
        let mut units = vec![(1.0, Phrase::word("shaft"))];
        if element == FaultKind::Ball {
            units.push((orders.ftf, Phrase::verbatim("FTF")));
        }
        let mut stronger = Self { element, order, units, left: Vec::new() };
        stronger.left =
            spectra.all_whitened().map(|s| stronger.levelled(s, spectra.spacing / shaft)).collect();
        stronger
    }

    /// The whitened spectra without it, in their order.
    pub(crate) fn left(&self) -> &[CyclicSpectrum] {
        &self.left
    }

    /// Its lines up to order `last`: harmonic, sideband, unit, order.
    fn lines(&self, last: f64) -> impl Iterator<Item = (u32, i32, &(f64, Phrase), f64)> {
        let harmonics = ((last + f64::from(SIDEBANDS)) / self.order) as u32;
        (1..=harmonics).flat_map(move |h| {
            self.units.iter().enumerate().flat_map(move |(i, unit)| {
                (-SIDEBANDS..=SIDEBANDS)
                    .filter(move |k| i == 0 || *k != 0)
                    .map(move |k| (h, k, unit, f64::from(h) * self.order + f64::from(k) * unit.0))
            })
        })
    }

    /// A spectrum without it; `spacing` is the distance of the lines in orders.
    fn levelled(&self, spectrum: &CyclicSpectrum, spacing: f64) -> CyclicSpectrum {
        let mut levelled = spectrum.clone();
        for (.., order) in self.lines(spectrum.valid as f64 * spacing).filter(|line| line.3 > 0.0) {
            level(&mut levelled, spectrum, order, spacing);
        }
        levelled
    }

    /// Its line nearest to an order, in words.
    pub(crate) fn nearest(&self, order: f64) -> Phrase {
        let lines = self.lines(order + self.order);
        // A harmonic goes before a sideband, a low sideband before a high one, that lies as near.
        let away = |line: &(u32, i32, &(f64, Phrase), f64)| {
            (line.3 - order).abs() + 1e-3 * order * f64::from(line.1.abs()) / SHOWN_HARMONICS as f64
        };
        let Some((h, k, (_, unit), _)) = lines.min_by(|a, b| away(a).total_cmp(&away(b))) else {
            return Phrase::default();
        };
        let line = self.element.line();
        match k {
            0 => phrase!("shared with {h} x {line}", h, line),
            _ => phrase!(
                "shared with {h} x {line} {sign} {k} x {unit}",
                h,
                line,
                sign = if k < 0 { "-" } else { "+" },
                k = k.abs(),
                unit
            ),
        }
    }
}

/// Brings the line at `order` down to the mean of the noise, as wide as it is in `spectrum`.
fn level(levelled: &mut CyclicSpectrum, spectrum: &CyclicSpectrum, order: f64, spacing: f64) {
    let centre = (order / spacing).round() as usize;
    let half = (1.5f64).max(2e-3 * order / spacing) as usize;
    let widest = (WIDEST * order / spacing) as usize;
    let high =
        |bin: usize| spectrum.power.get(bin).is_some_and(|power| *power > BESIDE * spectrum.floor[bin]);
    let mut quieten = |bin: usize| {
        if let Some(power) = levelled.power.get_mut(bin) {
            *power = spectrum.floor[bin] / std::f64::consts::LN_2;
        }
    };
    (centre.saturating_sub(half)..=centre + half).for_each(&mut quieten);
    // A smeared line is rough: one low bin does not end it.
    (half + 1..=widest)
        .map(|away| centre + away)
        .take_while(|&bin| high(bin) || high(bin + 1))
        .for_each(&mut quieten);
    (half + 1..=widest)
        .map_while(|away| centre.checked_sub(away).filter(|bin| *bin > 0))
        .take_while(|&bin| high(bin) || high(bin - 1))
        .for_each(&mut quieten);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use brinell_signal::{BearingGeometry, Millimetres};

    use super::*;
    use crate::cyclic_spectra::Source;

    fn orders() -> BearingOrders {
        BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap().orders()
    }

    #[test]
    fn lines_are_named_by_the_simplest_of_those_that_lie_there() {
        let none = CyclicSpectra { spacing: 0.1, spectra: Vec::new() };
        let inner = Stronger::new(FaultKind::Inner, 5.415, &orders(), &none, 10.0);
        assert_eq!(inner.nearest(10.75).to_string(), "shared with 2 x BPFI");
        assert_eq!(inner.nearest(9.83).to_string(), "shared with 2 x BPFI - 1 x shaft");
        let ball = Stronger::new(FaultKind::Ball, 4.713, &orders(), &none, 10.0);
        assert_eq!(ball.nearest(5.11).to_string(), "shared with 1 x 2xBSF + 1 x FTF");
    }

    #[test]
    fn its_lines_are_levelled_as_wide_as_they_are_and_all_others_stay() {
        let (shaft, spacing) = (10.0, 0.1);
        let mut power = vec![1.0 / std::f64::consts::LN_2; 4000];
        // A sharp line and, at the third harmonic, one smeared over 1.6 Hz with a gap; another part's at 36 Hz.
        power[540] = 100.0;
        (1612..1628).for_each(|bin| power[bin] = if bin == 1624 { 1.0 } else { 9.0 });
        power[360] = 50.0;
        let spectrum = CyclicSpectrum {
            source: Source::Whitened,
            band: [0.0, 1.0],
            floor: vec![1.0; 4000],
            valid: 4000,
            power,
        };
        let spectra = CyclicSpectra { spacing, spectra: vec![spectrum] };
        let inner = Stronger::new(FaultKind::Inner, 5.4, &orders(), &spectra, shaft);
        let high: Vec<usize> = (0..4000).filter(|&bin| inner.left()[0].power[bin] > 3.0).collect();
        assert_eq!(high, [360]);
    }
}
