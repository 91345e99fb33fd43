//! Histograms of oriented gradients: which way an image's edges run, cell by cell.
//!
//! The gradient at a pixel is the difference of its neighbours, along rows and along columns, 0 at the edges; its direction
//! counts modulo 180 degrees. The mean magnitude in each range of directions is the histogram of a cell; cells that are not
//! whole are left out. Blocks of cells, one from every cell on, are each divided by their own norm, so the same cell stands
//! in several blocks, and contrast is taken away locally. Block after block, in it cell after cell, its directions.
//!
//! Dalal and Triggs 2005 (doi 10.1109/CVPR.2005.177), with hard bins as scikit-image's `hog` has them. Made for
//! photographs: of a spectrogram it tells how lines and impacts run, not at which frequency unless its place is kept.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;

/// What keeps the norm of a block above 0.
const LEAST: f64 = 1e-5;
/// What a number of a block is clipped to between two normalisations.
const CLIP: f64 = 0.2;

/// By what a block is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HogNorm {
    /// The sum of its numbers.
    L1,
    /// The same, and then the square root is taken.
    L1Sqrt,
    /// The root of the sum of their squares.
    L2,
    /// The same, clipped to 0.2 and divided again.
    #[default]
    L2Hys,
}

/// Parameters of histograms of oriented gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HogParams {
    /// Ranges of directions in 180 degrees. 9 unless said.
    pub orientations: usize,
    /// Pixels of a cell, rows and columns. 8 by 8 unless said.
    pub cell: [usize; 2],
    /// Cells of a block, rows and columns. 3 by 3 unless said.
    pub block: [usize; 2],
    /// By what a block is divided. `l2-hys` unless said.
    pub norm: HogNorm,
}

impl Default for HogParams {
    fn default() -> Self {
        Self { orientations: 9, cell: [8, 8], block: [3, 3], norm: HogNorm::L2Hys }
    }
}

impl HogParams {
    /// A plan for images of this many rows and columns.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a parameter lies outside its range, or an image holds no whole block.
    pub fn plan(&self, rows: usize, columns: usize) -> Result<HogPlan> {
        const NAME: &str = "hog";
        if !(1..=360).contains(&self.orientations) {
            let reason = "there have to be 1 to 360; 9 is usual";
            return Err(Error::parameter(NAME, "orientations", self.orientations, reason));
        }
        for (parameter, sides) in [("cell", self.cell), ("block", self.block)] {
            if sides.iter().any(|side| !(1..=4096).contains(side)) {
                let reason = "both sides have to be 1 to 4096";
                return Err(Error::parameter(NAME, parameter, format!("{sides:?}"), reason));
            }
        }
        let cells = [rows / self.cell[0], columns / self.cell[1]];
        if cells[0] < self.block[0] || cells[1] < self.block[1] {
            let reason = format!(
                "blocks of {}×{} cells of {}×{} pixels need at least {}×{} pixels: take a larger image, smaller cells or \
                 smaller blocks",
                self.block[0],
                self.block[1],
                self.cell[0],
                self.cell[1],
                self.block[0] * self.cell[0],
                self.block[1] * self.cell[1]
            );
            return Err(Error::parameter(NAME, "image", format!("{rows}×{columns} pixels"), &reason));
        }
        let blocks = [cells[0] - self.block[0] + 1, cells[1] - self.block[1] + 1];
        Ok(HogPlan { params: *self, shape: [rows, columns], cells, blocks })
    }
}

/// Histograms of oriented gradients of images of one size.
#[derive(Debug, Clone)]
pub struct HogPlan {
    params: HogParams,
    shape: [usize; 2],
    cells: [usize; 2],
    blocks: [usize; 2],
}

impl HogPlan {
    /// Numbers: block after block (rows first), in it cell after cell, in it the directions.
    #[must_use]
    pub fn output_len(&self) -> usize {
        let [rows, columns] = self.params.block;
        self.blocks[0] * self.blocks[1] * rows * columns * self.params.orientations
    }

    /// The numbers of `image` (row-major) in `output` ([`output_len`](Self::output_len)): 0 to 1, without unit. `wide` is
    /// working memory.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process<T: Sample>(&self, image: &[T], output: &mut [T], wide: &mut Vec<f64>) -> Result<()> {
        check_len("image of hog", self.shape[0] * self.shape[1], image.len())?;
        check_len("output of hog", self.output_len(), output.len())?;
        let directions = self.params.orientations;
        wide.clear();
        wide.resize(self.cells[0] * self.cells[1] * directions, 0.0);
        self.histograms(image, wide);
        let [rows, columns] = self.params.block;
        let mut blocks = output.chunks_exact_mut(rows * columns * directions);
        for row in 0..self.blocks[0] {
            for column in 0..self.blocks[1] {
                let Some(block) = blocks.next() else { return Ok(()) };
                for (r, part) in block.chunks_exact_mut(columns * directions).enumerate() {
                    let from = ((row + r) * self.cells[1] + column) * directions;
                    let cells = &wide[from..from + columns * directions];
                    part.iter_mut().zip(cells).for_each(|(number, value)| *number = T::narrow(*value));
                }
                self.normalise(block);
            }
        }
        Ok(())
    }

    /// Adds every pixel's magnitude to its cell and direction.
    fn histograms<T: Sample>(&self, image: &[T], histograms: &mut [f64]) {
        let [rows, columns] = self.shape;
        let [high, wide] = self.params.cell;
        let directions = self.params.orientations;
        let share = 1.0 / (high * wide) as f64;
        let at = |row: usize, column: usize| image[row * columns + column].widen();
        for row in 0..self.cells[0] * high {
            for column in 0..self.cells[1] * wide {
                let inside = |place: usize, len: usize| place > 0 && place + 1 < len;
                let down = if inside(row, rows) { at(row + 1, column) - at(row - 1, column) } else { 0.0 };
                let right =
                    if inside(column, columns) { at(row, column + 1) - at(row, column - 1) } else { 0.0 };
                let angle = down.atan2(right).to_degrees().rem_euclid(180.0);
                let direction = ((angle / 180.0 * directions as f64) as usize).min(directions - 1);
                let cell = (row / high) * self.cells[1] + column / wide;
                histograms[cell * directions + direction] += share * down.hypot(right);
            }
        }
    }

    fn normalise<T: Sample>(&self, block: &mut [T]) {
        let divide = |block: &mut [T], by: f64| {
            block.iter_mut().for_each(|number| *number = T::narrow(number.widen() / by));
        };
        // Of the largest, so that no square overflows.
        let length = |block: &[T]| {
            let largest = block.iter().map(|number| number.widen()).fold(LEAST, f64::max);
            let squares = block.iter().map(|number| (number.widen() / largest).powi(2)).sum::<f64>();
            largest * (squares + (LEAST / largest).powi(2)).sqrt()
        };
        match self.params.norm {
            HogNorm::L1 | HogNorm::L1Sqrt => {
                let sum = block.iter().map(|number| number.widen()).sum::<f64>();
                divide(block, sum + LEAST);
                if self.params.norm == HogNorm::L1Sqrt {
                    block.iter_mut().for_each(|number| *number = T::narrow(number.widen().sqrt()));
                }
            }
            HogNorm::L2 => divide(block, length(block)),
            HogNorm::L2Hys => {
                divide(block, length(block));
                block.iter_mut().for_each(|number| *number = T::narrow(number.widen().min(CLIP)));
                divide(block, length(block));
            }
        }
    }
}
