//! The shaft's true speed from its own lines, near the stated one.
//!
//! Harmonics of the shaft have to be left out of every spectrum, and a speed that is stated half a per cent
//! wrong leaves them all in. So the speed within one per cent at which the first harmonics stand out most,
//! over all spectra, takes its place where it stands out clearly.

use crate::cyclic_spectra::CyclicSpectra;
use crate::layer::middle_and_spread;

/// Harmonics of the shaft that are summed.
const HARMONICS: usize = 12;

/// Deviations from which the lines are believed.
const CLEAR: f64 = 4.0;

/// The shaft's true speed over the stated one, 1 where its lines do not tell.
pub(crate) fn shaft_order(spectra: &CyclicSpectra, shaft: f64, reach: f64) -> f64 {
    let fine = spectra.spacing / shaft;
    let lines = spectra.spectra.first().map_or(0, |spectrum| spectrum.power.len());
    let mut level = vec![0.0; lines];
    for spectrum in &spectra.spectra {
        for (k, level) in level.iter_mut().enumerate().take(spectrum.valid) {
            if spectrum.floor[k] > 0.0 {
                *level += (spectrum.power[k] / spectrum.floor[k]).ln_1p();
            }
        }
    }
    let steps = 2 * (reach * HARMONICS as f64 / fine).ceil() as i64;
    let score = |step: i64| {
        let order = 1.0 + reach * step as f64 / steps as f64;
        let sum: f64 =
            (1..=HARMONICS).filter_map(|h| level.get((h as f64 * order / fine).round() as usize)).sum();
        (order, sum)
    };
    let tried: Vec<(f64, f64)> = (-steps..=steps).map(score).collect();
    // Of equal scores the one nearest to what was stated wins.
    let best = tried
        .iter()
        .copied()
        .max_by(|a, b| a.1.total_cmp(&b.1).then((b.0 - 1.0).abs().total_cmp(&(a.0 - 1.0).abs())));
    let mut scores: Vec<f64> = tried.iter().map(|(_, score)| *score).collect();
    let (middle, spread) = middle_and_spread(&mut scores, 1e-9);
    best.filter(|(_, score)| *score > middle + CLEAR * spread).map_or(1.0, |(order, _)| order)
}
