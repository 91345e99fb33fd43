//! The shaft's true speed from its own lines, near the stated one.
//!
//! Harmonics of the shaft have to be left out of every spectrum, and a speed that is stated half a per cent
//! wrong leaves them all in. So the speed within one per cent at which the first harmonics stand out most,
//! over all spectra, takes its place where it stands out clearly, and not by the multiples of one harmonic alone: those
//! may be a comb of the bearing that lies near it.

use crate::cyclic_spectra::CyclicSpectra;
use crate::layer::{compressed, middle_and_spread};

/// Harmonics of the shaft that are summed.
const HARMONICS: usize = 12;

/// Deviations from which the lines are believed.
const CLEAR: f64 = 4.0;

/// Without the multiples of any of these what is left has to stand out by so many deviations.
const FAMILIES: [usize; 5] = [2, 3, 5, 7, 11];
const STILL_CLEAR: f64 = 2.0;

/// The shaft's true speed over the stated one, 1 where its lines do not tell.
pub(crate) fn shaft_order(spectra: &CyclicSpectra, shaft: f64, reach: f64) -> f64 {
    let fine = spectra.spacing / shaft;
    let lines = spectra.spectra.first().map_or(0, |spectrum| spectrum.power.len());
    let mut level = vec![0.0; lines];
    for spectrum in &spectra.spectra {
        for (k, level) in level.iter_mut().enumerate().take(spectrum.valid) {
            if spectrum.floor[k] > 0.0 {
                *level += compressed(spectrum.power[k] / spectrum.floor[k]);
            }
        }
    }
    let steps = 2 * (reach * HARMONICS as f64 / fine).ceil() as i64;
    let orders: Vec<f64> = (-steps..=steps).map(|step| 1.0 + reach * step as f64 / steps as f64).collect();
    let sums = |counts: &dyn Fn(usize) -> bool| -> Vec<f64> {
        let line = |order: f64, h: usize| level.get((h as f64 * order / fine).round() as usize);
        let sum = |order: &f64| (1..=HARMONICS).filter(|h| counts(*h)).filter_map(|h| line(*order, h)).sum();
        orders.iter().map(sum).collect()
    };
    let stands_out = |at: usize, sums: &[f64], least: f64| {
        let (middle, spread) = middle_and_spread(sums, 1e-9);
        sums[at] > middle + least * spread
    };
    let all = sums(&|_| true);
    // Of equal scores the one nearest to what was stated wins.
    let nearer = |a: usize, b: usize| (orders[b] - 1.0).abs().total_cmp(&(orders[a] - 1.0).abs());
    (0..orders.len())
        .max_by(|&a, &b| all[a].total_cmp(&all[b]).then(nearer(a, b)))
        .filter(|&best| stands_out(best, &all, CLEAR))
        .filter(|&best| FAMILIES.iter().all(|of| stands_out(best, &sums(&|h| h % of != 0), STILL_CLEAR)))
        .map_or(1.0, |best| orders[best])
}
