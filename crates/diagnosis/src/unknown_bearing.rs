//! What a recording tells of a bearing that is not known: combs between 1.5 and 12 times the shaft's speed.
//!
//! All orders are scanned as for a known bearing ([`crate::scan`]), except those beside harmonics of the shaft and
//! their halves. A comb also scores at simple ratios to its order and at its sidebands: of a comb and its multiple the one
//! whose lines are all there is taken, of others the deepest, since a comb's own lines are the strongest. Chances are
//! those of the best of the **whole** scan. Which bearings explain the combs is told by `bearing_reading.rs`.

use brinell_signal::{Hertz, Phrase, phrase};
use serde::{Deserialize, Serialize};

use crate::bearing_reading::{BearingReading, Found, coincidence, readings};
use crate::comb::{Grid, joined, standing_out};
use crate::cyclic_spectra::{CyclicSpectra, CyclicSpectrum};
use crate::evidence::{SHOWN_HARMONICS, SIGNIFICANCE, SPEED_REACH, depth};
use crate::layer::layers;
use crate::line::{COUNTED, line_at};
use crate::null::{Tail, allowed};
use crate::rest::Rest;
use crate::scan::{STANDS_OUT, sharpened};
use crate::shaft_lines::shaft_order;
use crate::verdict::{HARMONICS_NEEDED, MENTIONED, MODULATION_NEEDED, MODULATION_NOTED};
use crate::{BearingShelf, Error};

/// Orders that are scanned.
pub(crate) const SCANNED: [f64; 2] = [1.5, 12.0];

/// Highest frequency of modulation in orders: four harmonics of the highest order with their sidebands.
const TOP: f64 = 54.0;

/// Most combs that are taken out: what remains of a strong one would else pass for the null.
const MOST: usize = 8;

/// No further comb is taken out where less than this share of the controls would be left: each casts its shadow on many
/// orders, and without controls nothing is beyond chance.
const LEAST_LEFT: f64 = 0.1;

/// Orders this near a multiple of the shaft, or of its half, are not scanned.
const NEAR_SHAFT: f64 = 0.02;
const NEAR_HALF: f64 = 0.01;

/// Orders whose score is this share of the best one's may be the comb of which the best is a shadow, and lines are as deep
/// as others from this share of their depth on.
const AS_GOOD: f64 = 0.75;

/// A comb also scores where its n-th lines are the d-th of another order, n and d up to this.
const SIMPLE: u32 = 5;

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownBearing {
    /// Lowest and highest order that was searched, in multiples of the shaft speed.
    #[serde(default = "scanned")]
    pub scanned: [f64; 2],
    /// Combs beyond chance, the strongest first, which is also told where it is as deep as damage but chance is not
    /// excluded; empty where none stands out.
    pub combs: Vec<UnknownComb>,
    /// Bearings that would explain the first comb, those that explain most of the others first.
    pub readings: Vec<BearingReading>,
    /// Share of all orders at which a second comb would fit a reading as well; `None` where there is one comb only.
    pub coincidence: Option<f64>,
}

/// What reports of before it was written down had searched.
fn scanned() -> [f64; 2] {
    SCANNED
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
    Ok(UnknownBearing {
        scanned: SCANNED,
        readings: readings(&found, shelf),
        coincidence: coincidence(&found),
        combs,
    })
}

/// Impacts fill many harmonics, but of a high order slip and a short ring leave few: beyond chance two do for a comb that is
/// deep enough to be mentioned, unless they may be the shaft's. The strongest one is told also when it is as deep as
/// damage: what slip smears of a strong comb stays in the null and makes the chance too high.
fn is_mentioned(comb: &UnknownComb, is_strongest: bool) -> bool {
    let full = comb.harmonics_found >= HARMONICS_NEEDED;
    let noted = comb.harmonics_found > 1 && comb.modulation >= MODULATION_NOTED && comb.rival.is_none();
    let deep = comb.modulation >= MODULATION_NEEDED && comb.deviations >= MENTIONED;
    comb.p <= SIGNIFICANCE && (full || noted) || is_strongest && deep && full
}

/// A comb of the scan, in orders of the shaft's true speed.
struct Seen {
    order: f64,
    deviations: f64,
    p: f64,
    /// Harmonics that stand out of all spectra together, at the resolution at which most do.
    harmonics: usize,
}

fn combs(spectra: &CyclicSpectra, stated: Hertz, ratio: f64) -> Vec<Seen> {
    let fine = spectra.spacing / stated.0;
    let grid = Grid::new(SCANNED[0] * ratio, SCANNED[1] * ratio, fine);
    let free = allowed(&grid, &[], &[], ratio);
    let open: Vec<bool> = (0..grid.count)
        .map(|i| {
            let order = grid.order(i) / ratio;
            let half = order.floor() + 0.5;
            (order - order.round()).abs() >= NEAR_SHAFT && (order - half).abs() >= NEAR_HALF
        })
        .collect();
    let mut rest = Rest::new(layers(spectra, stated.0, ratio), grid, free);
    let least = (LEAST_LEFT * rest.controls() as f64) as usize;
    let mut found: Vec<(Vec<f64>, f64, usize)> = Vec::new();
    for _ in 0..MOST {
        let total = rest.totals();
        let is_open = |i: usize| open[i] && !rest.shaded[i];
        let best = (0..grid.count).filter(|&i| is_open(i)).max_by(|&a, &b| total[a].total_cmp(&total[b]));
        let Some(best) = best.filter(|&i| total[i] >= STANDS_OUT) else { break };
        let source = source(best, &total, &is_open, &grid, ratio, spectra, stated);
        let values: Vec<f64> = rest.curves.iter().map(|curve| curve[source]).collect();
        let order = grid.order(sharpened(source, &rest));
        let harmonics = rest.layers.iter().map(|layer| standing_out(layer, order, SHOWN_HARMONICS, COUNTED));
        found.push((values, order, harmonics.max().unwrap_or_default()));
        let mut without = rest.clone();
        without.take_out(order, ratio, &[ratio]);
        if found.len() > 1 && without.controls() < least {
            break;
        }
        rest = without;
    }
    let scale = rest.scales();
    let tail = Tail::new(&rest.totals(), &grid, &rest.free);
    let width = (SCANNED[1] / SCANNED[0]).ln();
    found
        .iter()
        .map(|(values, order, harmonics)| {
            let deviations = joined(values.iter().copied(), &scale);
            Seen {
                order: order / ratio,
                deviations,
                p: tail.chance(deviations, width),
                harmonics: *harmonics,
            }
        })
        .collect()
}

/// Of the best order and those whose shadow it may be, the one that the lines are of.
fn source(
    best: usize,
    total: &[f64],
    is_open: &dyn Fn(usize) -> bool,
    grid: &Grid,
    ratio: f64,
    spectra: &CyclicSpectra,
    stated: Hertz,
) -> usize {
    let order = grid.order(best);
    let by_ratio = ratios().map(|factor| factor * order);
    let by_side = [-2.0, -1.0, 1.0, 2.0].map(|k| order + k * ratio);
    let rivals = by_ratio.into_iter().chain(by_side).filter_map(|rival| {
        grid.within((1.0 - REACH) * rival, (1.0 + REACH) * rival)
            .filter(|&i| is_open(i))
            .max_by(|&a, &b| total[a].total_cmp(&total[b]))
            .filter(|&i| total[i] >= AS_GOOD * total[best])
    });
    let shaft = Hertz(stated.0 * ratio);
    // At a harmonic of the shaft depth says nothing, unless the best lies at one too.
    let reach = if ratio == 1.0 { SPEED_REACH } else { 0.0 };
    let of_shaft = |i: usize| {
        let order = grid.order(i) / ratio;
        (order - order.round()).abs() <= NEAR_SHAFT.max(reach * order)
    };
    let rivals = rivals.filter(|&i| of_shaft(best) || !of_shaft(i));
    let hz = |i: usize| grid.order(i) * stated.0;
    rivals.fold(best, |source, rival| {
        let (low, high) = if rival < source { (rival, source) } else { (source, rival) };
        let times = hz(high) / hz(low);
        let multiple = times.round();
        let takes = if multiple >= 2.0 && (times / multiple - 1.0).abs() <= 2.0 * REACH {
            (low == rival) == has_lines_of_its_own(hz(low), multiple as usize, spectra, shaft)
        } else {
            modulation(spectra, hz(rival), shaft) > modulation(spectra, hz(source), shaft)
        };
        if takes { rival } else { source }
    })
}

/// Simple ratios, some of them more than once.
fn ratios() -> impl Iterator<Item = f64> {
    (1..=SIMPLE).flat_map(|n| (1..=SIMPLE).map(move |d| f64::from(n) / f64::from(d)))
}

/// Whether the comb at `hz` has lines of its own between those that it shares with the comb of so many times its order, as
/// deep as these on average, in the band where either are deepest. Without them it is the other's shadow.
fn has_lines_of_its_own(hz: f64, multiple: usize, spectra: &CyclicSpectra, shaft: Hertz) -> bool {
    let (mut own, mut shared) = (0.0, 0.0);
    for spectrum in spectra.all_whitened() {
        let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
        for h in 1..=SHOWN_HARMONICS * multiple {
            let Some(line) = line_at(spectrum, spectra.spacing, h as f64 * hz, shaft.0) else { continue };
            let at = usize::from(h % multiple == 0);
            sums[at] += line.index();
            counts[at] += 1.0;
        }
        let mean = |at: usize| sums[at] / f64::max(counts[at], 1.0);
        if mean(0).max(mean(1)) > f64::max(own, shared) {
            (own, shared) = (mean(0), mean(1));
        }
    }
    own >= AS_GOOD * shared
}

/// Modulation index of the comb at `hz` in the whitened band where it is deepest.
fn modulation(spectra: &CyclicSpectra, hz: f64, shaft: Hertz) -> f64 {
    let whitened = spectra.all_whitened();
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
    let whitened = spectra.all_whitened();
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
        harmonics_found: places.len().max(comb.harmonics) as u32,
        rival: shaft_rival(order, reach),
    }
}

/// The shaft's harmonic, or half of one, that the comb is where the speed is off, if that may be.
fn shaft_rival(order: f64, reach: f64) -> Option<Phrase> {
    let harmonic = (2.0 * order).round() / 2.0;
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
