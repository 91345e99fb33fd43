//! A comb in a line spectrum: equally spaced harmonics with one common slip.
//!
//! The spectrum is given as *excess*: `log10(line / local floor)`, so that neither gain, unit nor the
//! colour of the background matters. The score of an order is the mean excess of its first
//! [`HARMONICS`] harmonics, maximised over one slip that all of them share: real lines lie up to
//! 1-2 % off the kinematic order, and all harmonics of one source lie off by the same factor.

/// Harmonics that are summed. Impacts are short against their period, so a damaged race fills them all;
/// slow modulations, which every sound bearing has, fill one or two.
pub(crate) const HARMONICS: usize = 5;

/// Excess is capped here (30 dB), so that no single line makes a comb.
const CAP: f64 = 1.5;

/// The highest score there is, in dB.
pub(crate) const HIGHEST_SCORE_DB: f64 = 20.0 * CAP;

/// A line counts as found from 12 dB over its floor. In a spectrum of Gaussian noise the largest of
/// the three bins looked at reaches that once in about 20,000 lines.
pub(crate) const COUNTED: f64 = 0.6;

/// Relative half-width of the slip that is allowed, on either side.
pub(crate) const TOLERANCE: f64 = 0.015;

/// A spectrum prepared for scoring combs.
pub(crate) struct CombField {
    /// Largest excess among a bin and its two neighbours, capped.
    crest: Vec<f64>,
    /// Spacing of the bins in shaft orders.
    spacing: f64,
}

/// Where a comb fits best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fit {
    /// Mean excess over the harmonics.
    pub(crate) score: f64,
    /// Common slip, relative.
    pub(crate) slip: f64,
}

impl CombField {
    /// Prepares `excess`, whose bins lie `spacing` shaft orders apart.
    pub(crate) fn new(excess: &[f64], spacing: f64) -> Self {
        let at = |i: usize| excess.get(i).copied().unwrap_or(0.0);
        let crest = (0..excess.len())
            .map(|i| {
                let before = if i == 0 { 0.0 } else { at(i - 1) };
                at(i).max(before).max(at(i + 1)).min(CAP)
            })
            .collect();
        Self { crest, spacing }
    }

    /// Best fit of a comb at `order` over all slips within [`TOLERANCE`]. Harmonics beyond the end of
    /// the spectrum add nothing.
    pub(crate) fn fit(&self, order: f64) -> Fit {
        // Steps so fine that the highest harmonic moves by at most two bins, which the crest covers.
        let reach = TOLERANCE * order * HARMONICS as f64 / self.spacing;
        let half = (reach / 2.0).ceil().max(1.0) as i64;
        let mut best = Fit { score: f64::NEG_INFINITY, slip: 0.0 };
        for step in -half..=half {
            let slip = TOLERANCE * step as f64 / half as f64;
            let bin = order * (1.0 + slip) / self.spacing;
            let sum: f64 = (1..=HARMONICS)
                .map(|h| self.crest.get((bin * h as f64).round() as usize).copied().unwrap_or(0.0))
                .sum();
            let score = sum / HARMONICS as f64;
            // Of equal scores the smallest slip wins, so that the result does not lean to one side.
            if score > best.score || (score == best.score && slip.abs() < best.slip.abs()) {
                best = Fit { score, slip };
            }
        }
        best
    }
}

/// Sets lines to their floor (excess at most 0) around `order`.
pub(crate) fn mask(excess: &mut [f64], spacing: f64, order: f64, half_width: f64) {
    if order + half_width < 0.0 {
        return;
    }
    let from = ((order - half_width) / spacing).ceil().max(0.0) as usize;
    let to = ((order + half_width) / spacing).floor().max(0.0) as usize;
    for value in excess.iter_mut().take(to.saturating_add(1)).skip(from) {
        *value = value.min(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum(lines: &[(f64, f64)], spacing: f64) -> Vec<f64> {
        let mut excess = vec![0.0; 4000];
        for (order, value) in lines {
            excess[(order / spacing).round() as usize] = *value;
        }
        excess
    }

    #[test]
    fn a_full_comb_with_slip_is_found_with_its_slip() {
        let spacing = 0.01;
        let order = 5.415 * 1.004;
        let lines: Vec<_> = (1..=5).map(|h| (h as f64 * order, 1.0)).collect();
        let fit = CombField::new(&spectrum(&lines, spacing), spacing).fit(5.415);
        assert!((fit.score - 1.0).abs() < 1e-12, "{fit:?}");
        assert!((fit.slip - 0.004).abs() < 0.001, "{fit:?}");
    }

    #[test]
    fn harmonics_that_slip_differently_do_not_add_up() {
        let spacing = 0.01;
        let slips = [0.012, -0.012, 0.010, -0.010, 0.014];
        let lines: Vec<_> =
            slips.iter().enumerate().map(|(i, s)| ((i + 1) as f64 * 5.415 * (1.0 + s), 1.0)).collect();
        let fit = CombField::new(&spectrum(&lines, spacing), spacing).fit(5.415);
        assert!(fit.score < 0.7, "{fit:?}");
    }

    #[test]
    fn one_huge_line_is_capped() {
        let spacing = 0.01;
        let fit = CombField::new(&spectrum(&[(5.415, 9.0)], spacing), spacing).fit(5.415);
        assert!((fit.score - CAP / 5.0).abs() < 1e-12);
    }

    #[test]
    fn masking_removes_only_the_lines_around_an_order() {
        let mut excess = spectrum(&[(1.0, 1.0), (1.5, 1.0)], 0.01);
        mask(&mut excess, 0.01, 1.0, 0.03);
        assert_eq!((excess[100], excess[150]), (0.0, 1.0));
        mask(&mut excess, 0.01, -5.0, 0.03);
        mask(&mut excess, 0.01, 1e9, 0.03);
        assert_eq!(excess[150], 1.0);
    }
}
