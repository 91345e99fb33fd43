//! Which combs are there: the strongest is taken out first, then the next is looked for in what is left.
//!
//! A strong comb lifts scores at many other orders: through its sidebands, and wherever two harmonics nearly
//! coincide (3 x BPFO and 2 x BPFI of a 6205). So the comb with the highest score over **all** orders is named
//! first. Where it lies within the tolerance of a part's order it is that part's; elsewhere it belongs to
//! something else (another bearing, a gear) and is reported as such. Its lines and their sidebands are left
//! out, and the search goes on until nothing stands out. What is left is the null for all of them.

use crate::comb::{Grid, curve, joined, scales, totals};
use crate::cyclic_spectra::CyclicSpectra;
use crate::layer::{Layer, layers, middle_and_spread};
use crate::null::{self, Tail, allowed};
use crate::rest::Rest;

/// Most combs that are taken out.
const MOST: usize = 6;

/// Deviations from which a comb is taken out.
pub(crate) const STANDS_OUT: f64 = 4.5;

/// Orders that are scanned, as shares of the lowest and the highest order of the races and the elements.
const SCANNED: (f64, f64) = (0.55, 1.7);

/// Where a comb was found and how far it stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comb {
    /// Order in terms of the shaft's true speed.
    pub(crate) order: f64,
    /// Deviations above the scores of control orders.
    pub(crate) deviations: f64,
    /// Chance of that without a source, in a window of the tolerance.
    pub(crate) p: f64,
}

/// What a recording's combs are.
pub(crate) struct Scan {
    /// Inner race, outer race, rolling elements, cage.
    pub(crate) parts: [Comb; 4],
    /// Combs of nothing in this bearing.
    pub(crate) others: Vec<Comb>,
    /// Control orders behind the chances of races and elements.
    pub(crate) controls: usize,
}

/// Orders that combs are looked for at, in terms of the shaft's true speed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked {
    /// Inner race, outer race, rolling elements.
    pub(crate) own: [f64; 3],
    pub(crate) cage: f64,
    /// Relative half-width of the search for slip and speed.
    pub(crate) tolerance: f64,
    /// The same with what each part's order may be off by the bearing's geometry.
    pub(crate) tolerances: [f64; 3],
    /// The shaft's true speed over the stated one.
    pub(crate) shaft_order: f64,
}

/// Scans all orders of `spectra`, whose stated speed is `shaft` hertz.
pub(crate) fn scan(spectra: &CyclicSpectra, shaft: f64, looked: &Looked) -> Scan {
    let ratio = looked.shaft_order;
    let own = looked.own.map(|order| order * ratio);
    let cage = looked.cage * ratio;
    let low = own.iter().copied().fold(f64::INFINITY, f64::min);
    let high = own.iter().copied().fold(0.0, f64::max);
    let fine = spectra.spacing / shaft;
    let grid = Grid::new(SCANNED.0 * low, SCANNED.1 * high, fine);
    let free = allowed(&grid, &own, &looked.tolerances, ratio);
    let whole = layers(spectra, shaft, ratio);
    let mut rest = Rest::new(whole.clone(), grid, free);
    let mut assigned: [Option<(Vec<f64>, f64)>; 3] = [None, None, None];
    let mut others: Vec<(Vec<f64>, f64)> = Vec::new();
    let mut closed = vec![false; grid.count];
    // Within what slip allows a shadow may hide a part's own comb; beyond, it is taken for the shadow that it is.
    let reach = |part: usize, shaded: bool| {
        if shaded { looked.tolerance } else { looked.tolerances[part] }
    };
    let nearest = |order: f64, shaded: bool, assigned: &[Option<(Vec<f64>, f64)>; 3]| {
        let away = |part: usize| (order / own[part] - 1.0).abs();
        (0..3)
            .filter(|&part| assigned[part].is_none() && away(part) <= reach(part, shaded))
            .min_by(|&a, &b| away(a).total_cmp(&away(b)))
    };
    for _ in 0..MOST {
        let total = rest.totals();
        let best = (0..grid.count).filter(|&i| !closed[i]).max_by(|&a, &b| total[a].total_cmp(&total[b]));
        let Some(best) = best.filter(|&i| total[i] >= STANDS_OUT) else { break };
        let values: Vec<f64> = rest.curves.iter().map(|curve| curve[best]).collect();
        let order = grid.order(sharpened(best, &rest));
        if let Some(part) = nearest(order, rest.shaded[best], &assigned) {
            assigned[part] = Some((values, order));
            let sidebands: &[f64] = if part == 2 { &[ratio, cage] } else { &[ratio] };
            rest.take_out(order, ratio, sidebands);
            continue;
        }
        for (i, closed) in closed.iter_mut().enumerate() {
            *closed |= (grid.order(i) / order - 1.0).abs() < 0.01;
        }
        if !is_shadow(order, &own, cage, ratio, looked.tolerance) {
            others.push((values, order));
            rest.take_out(order, ratio, &[ratio]);
        }
    }
    let scale = rest.scales();
    let total = rest.totals();
    let tail = Tail::new(&total, &grid, &rest.free);
    let comb = |values: &[f64], order: f64, tolerance: f64| {
        let deviations = joined(values.iter().copied(), &scale);
        Comb { order: order / ratio, deviations, p: tail.chance(deviations, 2.0 * tolerance) }
    };
    let found = |part: usize| match &assigned[part] {
        Some((values, order)) => comb(values, *order, looked.tolerances[part]),
        None => {
            let inside = |i: &usize| (grid.order(*i) / own[part] - 1.0).abs() <= reach(part, rest.shaded[*i]);
            let best = (0..grid.count).filter(inside).max_by(|&a, &b| total[a].total_cmp(&total[b]));
            best.map_or(Comb { order: looked.own[part], deviations: 0.0, p: 1.0 }, |i| {
                comb(
                    &rest.curves.iter().map(|curve| curve[i]).collect::<Vec<_>>(),
                    grid.order(i),
                    looked.tolerances[part],
                )
            })
        }
    };
    let cage = cage_comb(&whole, cage, looked, fine);
    let mut element = found(2);
    element.p = null::both(element.p, cage.p);
    Scan {
        parts: [found(0), found(1), element, cage],
        others: others.iter().map(|(values, order)| comb(values, *order, looked.tolerance)).collect(),
        controls: tail.controls,
    }
}

/// The place near the grid's `best` at which the finest layer's score is highest: a coarse layer tells an order to
/// half of its own spacing only, and sharp harmonics would be missed. Where the finest layer shows nothing, slip
/// has smeared the lines, and `best` stays.
pub(crate) fn sharpened(best: usize, rest: &Rest) -> usize {
    let Rest { layers, curves, grid, .. } = rest;
    let Some(finest) = layers.iter().position(|layer| layer.finest) else { return best };
    let coarsest = layers.iter().map(|layer| layer.spacing).fold(0.0, f64::max);
    let reach = coarsest / 2.0;
    let near = |i: &usize| (grid.order(*i) - grid.order(best)).abs() <= reach;
    let curve = &curves[finest];
    let top = (0..grid.count).filter(near).max_by(|&a, &b| curve[a].total_cmp(&curve[b]));
    let (middle, spread) =
        middle_and_spread(&curve.iter().copied().filter(|v| v.is_finite()).collect::<Vec<_>>(), 0.05);
    top.filter(|&i| curve[i] > middle + STANDS_OUT * spread).unwrap_or(best)
}

/// Whether an order is one of a part's by a simple ratio or a sideband, or half a multiple of the shaft's: no
/// source of its own.
fn is_shadow(order: f64, own: &[f64; 3], cage: f64, shaft: f64, tolerance: f64) -> bool {
    let by_ratio = |part: &f64| {
        [0.5, 2.0 / 3.0, 1.0, 1.5, 2.0].iter().any(|r| (order / (part * r) - 1.0).abs() < 1.3 * tolerance)
    };
    let by_sideband = |part: &f64| {
        [-2.0 * shaft, -shaft, shaft, 2.0 * shaft, -cage, cage]
            .iter()
            .any(|side| (order - part - side).abs() < tolerance * part)
    };
    let doubled = 2.0 * order / shaft;
    own.iter().any(|part| by_ratio(part) || by_sideband(part))
        || (doubled - doubled.round()).abs() < 4e-3 * doubled
}

/// The cage's comb, in the finest layer alone, against orders from half to twice its own.
fn cage_comb(layers: &[Layer], cage: f64, looked: &Looked, fine: f64) -> Comb {
    let none = Comb { order: looked.cage, deviations: 0.0, p: 1.0 };
    let Some(layer) = layers.iter().find(|layer| layer.finest) else { return none };
    let grid = Grid::new(0.5 * cage, 2.0 * cage, fine);
    let free = allowed(&grid, &[cage], &[looked.tolerance], looked.shaft_order);
    let curves = vec![curve(layer, &grid)];
    let scale = scales(&curves, &free);
    let total = totals(&curves, &scale, grid.count);
    let inside = |i: &usize| (grid.order(*i) / cage - 1.0).abs() <= looked.tolerance.max(2.0 * fine / cage);
    let best = (0..grid.count).filter(inside).max_by(|&a, &b| total[a].total_cmp(&total[b]));
    best.filter(|&i| total[i].is_finite()).map_or(none, |i| Comb {
        order: grid.order(i) / looked.shaft_order,
        deviations: total[i],
        p: Tail::new(&total, &grid, &free).chance(total[i], 2.0 * looked.tolerance),
    })
}
