//! What a recording tells of a bearing that is not known: combs between 1.5 and 12 times the shaft's speed.
//!
//! All orders are scanned as for a known bearing ([`crate::scan`]), except those beside harmonics of the shaft and
//! their halves. A comb also scores at half and twice its order and at its sidebands; of these the deepest is taken,
//! since a comb's own lines are the strongest. Chances are those of the best of the **whole** scan. Which bearings
//! explain the combs is told by `bearing_reading.rs`.

use brinell_signal::{Hertz, Phrase, phrase};
use serde::{Deserialize, Serialize};

use crate::bearing_reading::{BearingReading, Found, coincidence, readings};
use crate::comb::{Grid, curve, joined, mask_comb, scales, totals};
use crate::cyclic_spectra::{CyclicSpectra, CyclicSpectrum, Source};
use crate::evidence::{SHOWN_HARMONICS, SIGNIFICANCE, SPEED_REACH, depth};
use crate::layer::{Layer, layers};
use crate::line::line_at;
use crate::null::{Tail, allowed};
use crate::scan::{STANDS_OUT, shade, sharpened};
use crate::shaft_lines::shaft_order;
use crate::verdict::{HARMONICS_NEEDED, MENTIONED, MODULATION_NEEDED};
use crate::{BearingShelf, Error};

/// Orders that are scanned.
pub(crate) const SCANNED: [f64; 2] = [1.5, 12.0];

/// Highest frequency of modulation in orders: four harmonics of the highest order with their sidebands.
const TOP: f64 = 54.0;

/// Most combs that are taken out: what remains of a strong one would else pass for the null.
const MOST: usize = 8;

/// Orders this near a multiple of the shaft, or of its half, are not scanned.
const NEAR_SHAFT: f64 = 0.02;
const NEAR_HALF: f64 = 0.01;

/// Orders whose score is this share of the best one's may be the comb of which the best is a shadow.
const AS_GOOD: f64 = 0.75;

/// Simple ratios at which a comb throws its shadow, and the shadow's relative half-width: slip smears the lines of
/// a strong comb, and what remains beside them scores.
const RATIOS: [f64; 15] =
    [0.2, 0.25, 1.0 / 3.0, 0.5, 2.0 / 3.0, 0.75, 1.0, 1.25, 4.0 / 3.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0];
const SKIRT: f64 = 0.025;

/// Relative half-width in which a shadow's source is looked for.
const REACH: f64 = 0.006;

/// A comb of a bearing that is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownComb {
    /// Its order, in multiples of the shaft speed.
    pub order: f64,
    /// Standard deviation of the order: scatter of its harmonics, resolution, and the speed's doubt.
    pub sd: f64,
    /// Its fundamental in hertz.
    pub hz: f64,
    /// Deviations above the scores of all other orders.
    pub deviations: f64,
    /// Chance that the best order of the whole scan scores as much without a source.
    pub p: f64,
    /// Modulation index, as in [`crate::Evidence::modulation`].
    pub modulation: f64,
    /// Harmonics, of five, that stand out.
    pub harmonics_found: u32,
    /// Another explanation: the shaft itself, where its speed may be that far off.
    pub rival: Option<Phrase>,
}

/// What was found where no bearing was given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UnknownBearing {
    /// Combs beyond chance, the strongest first, which is also told where it is as deep as damage but chance is not
    /// excluded; empty where none stands out.
    pub combs: Vec<UnknownComb>,
    /// Bearings that would explain the first comb, those that explain most of the others first.
    pub readings: Vec<BearingReading>,
    /// Share of all orders at which a second comb would fit a reading as well; `None` where there is one comb only.
    pub coincidence: Option<f64>,
}

/// Looks for combs in `samples`; `doubt` is the relative uncertainty of the stated speed.
pub(crate) fn look(
    samples: &[f32],
    rate: Hertz,
    stated: Hertz,
    doubt: f64,
    shelf: &BearingShelf,
) -> Result<UnknownBearing, Error> {
    let spectra = CyclicSpectra::new(samples, rate, stated, Hertz(TOP * stated.0))?;
    let ratio = shaft_order(&spectra, stated.0, SPEED_REACH.max(doubt));
    let shaft = Hertz(stated.0 * ratio);
    let doubt = if ratio == 1.0 { doubt } else { 0.0 };
    let reach = if ratio == 1.0 { SPEED_REACH.max(doubt) } else { 0.0 };
    let combs: Vec<UnknownComb> = combs(&spectra, stated, ratio)
        .iter()
        .enumerate()
        .map(|(place, comb)| (place, told(comb, &spectra, shaft, doubt, reach)))
        .filter(|(place, comb)| is_mentioned(comb, *place == 0))
        .map(|(_, comb)| comb)
        .collect();
    let found: Vec<Found> = combs.iter().map(|comb| Found { order: comb.order, sd: comb.sd }).collect();
    Ok(UnknownBearing { readings: readings(&found, shelf), coincidence: coincidence(&found), combs })
}

/// Impacts fill many harmonics. A comb is told when it is beyond chance, and the strongest one also when it is as deep
/// as damage: what slip smears of a strong comb stays in the null and makes the chance too high.
fn is_mentioned(comb: &UnknownComb, is_strongest: bool) -> bool {
    let deep = comb.modulation >= MODULATION_NEEDED && comb.deviations >= MENTIONED;
    comb.harmonics_found >= HARMONICS_NEEDED && (comb.p <= SIGNIFICANCE || is_strongest && deep)
}

/// A comb of the scan, in orders of the shaft's true speed.
struct Seen {
    order: f64,
    deviations: f64,
    p: f64,
}

fn combs(spectra: &CyclicSpectra, stated: Hertz, ratio: f64) -> Vec<Seen> {
    let fine = spectra.spacing / stated.0;
    let grid = Grid::new(SCANNED[0] * ratio, SCANNED[1] * ratio, fine);
    let mut free = allowed(&grid, &[], &[], ratio);
    let mut open: Vec<bool> = (0..grid.count)
        .map(|i| {
            let order = grid.order(i) / ratio;
            let half = order.floor() + 0.5;
            (order - order.round()).abs() >= NEAR_SHAFT && (order - half).abs() >= NEAR_HALF
        })
        .collect();
    let mut layers = layers(spectra, stated.0, ratio);
    let mut curves: Vec<Vec<f64>> = layers.iter().map(|layer| curve(layer, &grid)).collect();
    let mut found: Vec<(Vec<f64>, f64)> = Vec::new();
    for _ in 0..MOST {
        let total = totals(&curves, &scales(&curves, &free), grid.count);
        let best = (0..grid.count).filter(|&i| open[i]).max_by(|&a, &b| total[a].total_cmp(&total[b]));
        let Some(best) = best.filter(|&i| total[i] >= STANDS_OUT) else { break };
        let source = source(best, &total, &open, &grid, ratio, spectra, stated);
        let values: Vec<f64> = curves.iter().map(|curve| curve[source]).collect();
        let order = grid.order(sharpened(source, &curves, &layers, &grid));
        found.push((values, order));
        leave_out(&mut layers, &mut free, &grid, order, ratio);
        close(&mut open, &grid, order, ratio);
        curves = layers.iter().map(|layer| curve(layer, &grid)).collect();
    }
    let scale = scales(&curves, &free);
    let tail = Tail::new(&totals(&curves, &scale, grid.count), &grid, &free);
    let width = (SCANNED[1] / SCANNED[0]).ln();
    found
        .iter()
        .map(|(values, order)| {
            let deviations = joined(values.iter().copied(), &scale);
            Seen { order: order / ratio, deviations, p: tail.chance(deviations, width) }
        })
        .collect()
}

fn leave_out(layers: &mut [Layer], free: &mut [bool], grid: &Grid, order: f64, shaft: f64) {
    mask_comb(layers, order, &[shaft]);
    let mut shaded = vec![false; grid.count];
    shade(&mut shaded, grid, order, shaft, &[shaft]);
    free.iter_mut().zip(shaded).for_each(|(free, shaded)| *free &= !shaded);
    for shadow in RATIOS.iter().map(|ratio| ratio * order) {
        for i in grid.within((1.0 - SKIRT) * shadow, (1.0 + SKIRT) * shadow) {
            free[i] = false;
        }
    }
}

/// No comb is named where one that was found throws its shadow.
fn close(open: &mut [bool], grid: &Grid, order: f64, shaft: f64) {
    let ratios = RATIOS.iter().map(|ratio| ratio * order);
    let sides = (-3..=3).filter(|k| *k != 0).map(|k| order + f64::from(k) * shaft);
    for shadow in ratios.chain(sides) {
        for i in grid.within((1.0 - SKIRT) * shadow, (1.0 + SKIRT) * shadow) {
            open[i] = false;
        }
    }
}

/// Of the best order and those whose shadow it may be, the one that modulates most deeply.
fn source(
    best: usize,
    total: &[f64],
    open: &[bool],
    grid: &Grid,
    ratio: f64,
    spectra: &CyclicSpectra,
    stated: Hertz,
) -> usize {
    let order = grid.order(best);
    let by_ratio = [1.0 / 3.0, 0.5, 2.0 / 3.0, 1.5, 2.0, 3.0].map(|factor| factor * order);
    let by_side = [-2.0, -1.0, 1.0, 2.0].map(|k| order + k * ratio);
    let rivals = by_ratio.into_iter().chain(by_side).filter_map(|rival| {
        grid.within((1.0 - REACH) * rival, (1.0 + REACH) * rival)
            .filter(|&i| open[i])
            .max_by(|&a, &b| total[a].total_cmp(&total[b]))
            .filter(|&i| total[i] >= AS_GOOD * total[best])
    });
    let shaft = Hertz(stated.0 * ratio);
    // At a harmonic of the shaft depth says nothing.
    let reach = if ratio == 1.0 { SPEED_REACH } else { 0.0 };
    let rivals = rivals.filter(|&i| {
        let order = grid.order(i) / ratio;
        (order - order.round()).abs() > NEAR_SHAFT.max(reach * order)
    });
    std::iter::once(best)
        .chain(rivals)
        .map(|i| (modulation(spectra, grid.order(i) * stated.0, shaft), i))
        .reduce(|a, b| if b.0 > a.0 { b } else { a })
        .map_or(best, |(_, i)| i)
}

/// Modulation index of the comb at `hz` in the whitened band where it is deepest.
fn modulation(spectra: &CyclicSpectra, hz: f64, shaft: Hertz) -> f64 {
    let whitened = spectra.spectra.iter().filter(|s| s.source == Source::Whitened);
    whitened.map(|s| depth(hz, s, spectra.spacing, shaft)).fold(0.0, f64::max)
}

/// Harmonics that count: their number and their place in orders.
fn places(hz: f64, spectrum: &CyclicSpectrum, spacing: f64, shaft: Hertz) -> Vec<(f64, f64)> {
    (1..=SHOWN_HARMONICS)
        .filter_map(|h| {
            let line = line_at(spectrum, spacing, h as f64 * hz, shaft.0).filter(|line| line.counts())?;
            Some((h as f64, line.place * spacing / shaft.0))
        })
        .collect()
}

/// A comb with its order by least squares through the harmonics that count, in the band where most of them do.
fn told(comb: &Seen, spectra: &CyclicSpectra, shaft: Hertz, doubt: f64, reach: f64) -> UnknownComb {
    let hz = comb.order * shaft.0;
    let whitened = spectra.spectra.iter().filter(|s| s.source == Source::Whitened);
    let places = whitened
        .map(|spectrum| places(hz, spectrum, spectra.spacing, shaft))
        .reduce(|a, b| if b.len() > a.len() { b } else { a })
        .unwrap_or_default();
    let squares: f64 = places.iter().map(|(h, _)| h * h).sum();
    let fitted = places.iter().map(|(h, place)| h * place).sum::<f64>() / squares.max(1.0);
    // Lines of something else may lie where harmonics are looked for.
    let order = if (fitted / comb.order - 1.0).abs() < REACH { fitted } else { comb.order };
    let rest: f64 = places.iter().map(|(h, place)| (place - h * order).powi(2)).sum();
    let scatter = rest / (places.len() as f64 - 1.0).max(1.0) / squares.max(1.0);
    let resolution = spectra.spacing / shaft.0;
    let sd = (scatter + resolution.powi(2) / 12.0 + (doubt * order).powi(2)).sqrt();
    UnknownComb {
        order,
        sd,
        hz: order * shaft.0,
        deviations: comb.deviations,
        p: comb.p,
        modulation: modulation(spectra, hz, shaft),
        harmonics_found: places.len() as u32,
        rival: shaft_rival(order, reach),
    }
}

/// The shaft's harmonic that the comb is where the speed is off, if that may be.
fn shaft_rival(order: f64, reach: f64) -> Option<Phrase> {
    let harmonic = order.round();
    let off = harmonic / order - 1.0;
    (harmonic >= 1.0 && off.abs() <= reach).then(|| {
        let (k, percent) = (harmonic, 100.0 * off.abs());
        if off > 0.0 {
            phrase!("it is {k} x shaft if the shaft turns {percent:.2} % slower", k, percent)
        } else {
            phrase!("it is {k} x shaft if the shaft turns {percent:.2} % faster", k, percent)
        }
    })
}
