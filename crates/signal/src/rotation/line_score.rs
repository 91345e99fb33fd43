//! How well a comb of lines fits a spectrum, and how often noise would fit as well.
//!
//! A line's power over the floor `u` is exponentially distributed with mean 1 where there is only noise. Its
//! score is `g(u) = clamp(ln u, -1, 4) - 1`: a strong line counts at most 3, however strong it is, and a missing
//! one costs up to 2, so that neither one giant line nor half of a comb wins. The chance that `m` lines of noise
//! reach a total `S` is at most `min_t e^{-tS} M(t)^m`, `M(t) = E e^{t g(u)}` (Chernoff's bound); the number of
//! combs tried multiplies it.

/// Largest score of one line.
pub(crate) const TOP_SCORE: f64 = 3.0;

/// Score of a line of power `u` over the floor.
#[inline]
pub(crate) fn line_score(u: f64) -> f64 {
    if u > 0.0 { u.ln().clamp(-1.0, 4.0) - 1.0 } else { -2.0 }
}

/// `ln M(t)` on a grid of `t`.
#[derive(Debug, Clone)]
pub(crate) struct NoiseBound {
    exponents: Vec<(f64, f64)>,
}

impl NoiseBound {
    pub(crate) fn new() -> Self {
        let (low, high) = ((-1.0_f64).exp(), 4.0_f64.exp());
        let exponents = (0..36).map(|i| 0.2 * 1.18_f64.powi(i)).map(|t| {
            // ∫ u^t e^{-t} e^{-u} du over ln u, by the trapezoidal rule, and the two clamped ends.
            let steps = 1000;
            let width = 5.0 / f64::from(steps);
            let middle: f64 = (0..=steps)
                .map(|k| {
                    let log = -1.0 + width * f64::from(k);
                    let weight = if k == 0 || k == steps { 0.5 } else { 1.0 };
                    weight * width * ((t + 1.0) * log - t - log.exp()).exp()
                })
                .sum();
            let ends = (-2.0 * t).exp() * (1.0 - (-low).exp()) + (3.0 * t - high).exp();
            (t, (middle + ends).ln())
        });
        Self { exponents: exponents.collect() }
    }

    /// Bound on `ln` of the chance that `lines` lines of noise total `score` or more.
    pub(crate) fn log_chance(&self, lines: usize, score: f64) -> f64 {
        self.exponents.iter().map(|(t, m)| lines as f64 * m - t * score).fold(0.0, f64::min)
    }
}
