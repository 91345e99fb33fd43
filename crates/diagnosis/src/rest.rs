//! What is left of a recording's layers once combs are taken out of them, one after the other.
//!
//! A comb's lines and their sidebands are left out of every layer. What slip leaves beside them still lifts the scores of
//! orders at simple ratios to the comb and at its sidebands: its shadow. Orders in a shadow are no controls.

use crate::comb::{Grid, HARMONICS, SIDEBANDS, curve, mask_comb, scales, totals};
use crate::layer::Layer;

/// Relative half-width of a comb's shadow on orders in simple ratios to it.
const RATIO_SHADOW: f64 = 0.012;

/// Half-width in orders of its shadow on orders at its sidebands.
const SIDE_SHADOW: f64 = 0.02;

/// The layers without the combs found so far.
#[derive(Clone)]
pub(crate) struct Rest {
    pub(crate) grid: Grid,
    pub(crate) layers: Vec<Layer>,
    /// Scores of all orders in each layer.
    pub(crate) curves: Vec<Vec<f64>>,
    /// Orders that are controls.
    pub(crate) free: Vec<bool>,
    /// Orders in the shadow of a comb that was taken out.
    pub(crate) shaded: Vec<bool>,
}

impl Rest {
    /// Nothing is taken out yet; `free` orders of the grid are controls.
    pub(crate) fn new(layers: Vec<Layer>, grid: Grid, free: Vec<bool>) -> Self {
        let curves = curves(&layers, &grid);
        Self { grid, layers, curves, free, shaded: vec![false; grid.count] }
    }

    /// Scores of all orders, each the best of the layers in deviations of the controls.
    pub(crate) fn totals(&self) -> Vec<f64> {
        totals(&self.curves, &self.scales(), self.grid.count)
    }

    /// Location and spread of the controls' scores in each layer.
    pub(crate) fn scales(&self) -> Vec<(f64, f64)> {
        scales(&self.curves, &self.free)
    }

    /// Takes out the comb at `order` of a machine whose shaft turns at order `shaft`.
    pub(crate) fn take_out(&mut self, order: f64, shaft: f64, sidebands: &[f64]) {
        mask_comb(&mut self.layers, order, sidebands);
        shade(&mut self.shaded, &self.grid, order, shaft, sidebands);
        self.free.iter_mut().zip(&self.shaded).for_each(|(free, shaded)| *free &= !shaded);
        self.curves = curves(&self.layers, &self.grid);
    }

    /// How many orders are controls.
    pub(crate) fn controls(&self) -> usize {
        self.free.iter().filter(|free| **free).count()
    }
}

fn curves(layers: &[Layer], grid: &Grid) -> Vec<Vec<f64>> {
    layers.iter().map(|layer| curve(layer, grid)).collect()
}

/// Marks what a comb at `order` throws its shadow on: orders at simple ratios, at its sidebands, and at half of those.
fn shade(shaded: &mut [bool], grid: &Grid, order: f64, shaft: f64, sidebands: &[f64]) {
    let mut close = |shadow: f64, half: f64| {
        for i in grid.within(shadow - half, shadow + half) {
            shaded[i] = true;
        }
    };
    for ratio in [0.5, 2.0 / 3.0, 0.75, 4.0 / 3.0, 1.5, 2.0] {
        close(ratio * order, RATIO_SHADOW * ratio * order);
    }
    for side in sidebands {
        for k in -SIDEBANDS..=SIDEBANDS {
            let line = order + f64::from(k) * side;
            close(line, SIDE_SHADOW.max(4e-3 * line));
            close(line / 2.0, SIDE_SHADOW.max(2e-3 * line));
        }
    }
    // Sidebands at the shaft's speed of the next harmonics fall between those of the first.
    for h in 2..=HARMONICS {
        let reach = (h as f64 * order / shaft).ceil() as i32;
        for k in -reach..=SIDEBANDS {
            let line = h as f64 * order + f64::from(k) * shaft;
            close(line, SIDE_SHADOW.max(4e-3 * line));
        }
    }
}
