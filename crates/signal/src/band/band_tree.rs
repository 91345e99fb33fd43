//! The tree of bands that kurtograms look at, and one value for each.
//!
//! Level 0 is the whole of `0..rate/2`. Each level halves the bands of the one before it; between level `L`
//! and `L + 1`, from 1 on, stands one whose bands are thirds of level `L - 1`, so that a band which the halving
//! would cut lies whole somewhere. Rows: 0, 1, log2 3 = 1.585, 2, 2.585, 3, ... up to the last level. Row `r`
//! has `2^level` bands of the width `rate / 2^(level+1)`.
//!
//! After Antoni 2007, "Fast computation of the kurtogram for the detection of transient faults" (doi
//! 10.1016/j.ymssp.2005.12.002).

use crate::counted::counted;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::Hertz;

/// Levels beyond which no record reaches.
const DEEPEST: u32 = 24;

/// A tree of bands that halve and third.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandTree {
    rate: Hertz,
    levels: u32,
}

/// One band of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Row of the tree, from 0.
    pub row: usize,
    /// Which band of the row, from 0 Hz upwards.
    pub index: usize,
    /// Level: base-2 logarithm of the number of bands in its row.
    pub level: f64,
    /// Lower edge.
    pub low: Hertz,
    /// Upper edge.
    pub high: Hertz,
}

impl Band {
    /// Middle of the band.
    #[must_use]
    pub fn centre(&self) -> Hertz {
        Hertz(0.5 * (self.low.0 + self.high.0))
    }

    /// Width of the band.
    #[must_use]
    pub fn bandwidth(&self) -> Hertz {
        Hertz(self.high.0 - self.low.0)
    }

    /// Both edges, as [`SquaredEnvelopePlan::new`](crate::envelope::SquaredEnvelopePlan::new) takes them.
    #[must_use]
    pub fn edges(&self) -> (Hertz, Hertz) {
        (self.low, self.high)
    }
}

impl BandTree {
    /// A tree of `levels` levels over half of `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0, [`Error::Parameter`] when `levels`
    /// is not 1 to 24.
    pub fn new(rate: Hertz, levels: u32) -> Result<Self> {
        Error::check_rate(rate)?;
        if !(1..=DEEPEST).contains(&levels) {
            return Err(Error::parameter("tree of bands", "levels", levels, "there have to be 1 to 24"));
        }
        Ok(Self { rate, levels })
    }

    /// The tree of `levels` levels (the most there can be, up to 7, when none) for a record of `len` samples.
    pub(crate) fn of_record(
        transform: &'static str,
        rate: Hertz,
        len: usize,
        levels: Option<u32>,
    ) -> Result<Self> {
        Error::check_rate(rate)?;
        let largest = len.checked_ilog2().unwrap_or(0).saturating_sub(7).min(DEEPEST);
        if largest == 0 {
            let reason = "at least 256 samples are needed for one level, so that a band keeps 128 of them; take \
                          a longer record";
            return Err(Error::parameter(transform, "length", len, reason));
        }
        let levels = levels.unwrap_or(largest.min(7));
        if !(1..=largest).contains(&levels) {
            let reason = format!(
                "a record of {held} has 1 to {largest} levels (base-2 logarithm of the length less 7, so \
                 that the narrowest bands keep 128 samples): take {largest} or fewer, or a longer record",
                held = counted(len, "sample")
            );
            return Err(Error::parameter(transform, "levels", levels, &reason));
        }
        Self::new(rate, levels)
    }

    /// Sampling rate of the record.
    #[must_use]
    pub fn rate(&self) -> Hertz {
        self.rate
    }

    /// The last level.
    #[must_use]
    pub fn levels(&self) -> u32 {
        self.levels
    }

    /// Rows: `2·levels`.
    #[must_use]
    pub fn rows(&self) -> usize {
        2 * self.levels as usize
    }

    /// Columns of the matrix in which every band fills as many as its width asks: `3·2^levels`.
    #[must_use]
    pub fn columns(&self) -> usize {
        3 << self.levels
    }

    /// Bands in a row. 0 for a row that is not there.
    #[must_use]
    pub fn bands(&self, row: usize) -> usize {
        match row {
            0 => 1,
            _ if row >= self.rows() => 0,
            _ if row % 2 == 1 => 1 << row.div_ceil(2),
            _ => 3 << (row / 2 - 1),
        }
    }

    /// Level of a row: 0, 1, 1.585, 2, 2.585, ...
    #[must_use]
    pub fn level(&self, row: usize) -> f64 {
        (self.bands(row) as f64).log2()
    }

    /// Bands in all rows.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a tree is never empty")]
    pub fn len(&self) -> usize {
        self.offset(self.rows())
    }

    /// Where a row begins in a list of all bands, row by row.
    #[must_use]
    pub fn offset(&self, row: usize) -> usize {
        (0..row).map(|row| self.bands(row)).sum()
    }

    /// Band `index` of row `row`; none when it is not there.
    #[must_use]
    pub fn band(&self, row: usize, index: usize) -> Option<Band> {
        let bands = self.bands(row);
        let edge = |i: usize| Hertz(self.rate.0 * i as f64 / (2 * bands) as f64);
        (index < bands).then(|| Band {
            row,
            index,
            level: self.level(row),
            low: edge(index),
            high: edge(index + 1),
        })
    }

    /// All bands, row by row from 0 Hz upwards.
    pub fn iter(self) -> impl Iterator<Item = Band> {
        (0..self.rows())
            .flat_map(move |row| (0..self.bands(row)).filter_map(move |index| self.band(row, index)))
    }
}

/// A value for every band of a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandMap {
    tree: BandTree,
    values: Vec<f64>,
}

/// A band with its value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandCell {
    /// The band.
    pub band: Band,
    /// Its value.
    pub value: f64,
}

impl BandMap {
    /// A map of zeros, to be filled by a plan.
    #[must_use]
    pub fn new(tree: BandTree) -> Self {
        Self { tree, values: vec![0.0; tree.len()] }
    }

    /// The tree of bands.
    #[must_use]
    pub fn tree(&self) -> BandTree {
        self.tree
    }

    /// All values, row by row; a row begins at [`BandTree::offset`].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Makes the map one of this tree, should it be another's.
    pub(crate) fn of(&mut self, tree: BandTree) -> &mut [f64] {
        self.tree = tree;
        self.values.resize(tree.len(), 0.0);
        &mut self.values
    }

    /// Values of one row, from 0 Hz upwards. Empty for a row that is not there.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        if row >= self.tree.rows() {
            return &[];
        }
        &self.values[self.tree.offset(row)..][..self.tree.bands(row)]
    }

    /// The band with the largest value; of equal ones the widest, then the lowest.
    #[must_use]
    pub fn best(&self) -> BandCell {
        let mut cells = self.cells();
        // A tree always has its level 0.
        let whole = BandCell {
            band: Band { row: 0, index: 0, level: 0.0, low: Hertz(0.0), high: Hertz(self.tree.rate.0 / 2.0) },
            value: 0.0,
        };
        let first = cells.next().unwrap_or(whole);
        cells.fold(first, |best, cell| if cell.value > best.value { cell } else { best })
    }

    /// All bands with their values, row by row.
    pub fn cells(&self) -> impl Iterator<Item = BandCell> + '_ {
        self.tree.iter().zip(&self.values).map(|(band, value)| BandCell { band, value: *value })
    }

    /// All bands, the largest value first; of equal ones the widest, then the lowest.
    #[must_use]
    pub fn ranked(&self) -> Vec<BandCell> {
        let mut cells: Vec<_> = self.cells().collect();
        cells.sort_by(|a, b| b.value.total_cmp(&a.value));
        cells
    }

    /// The map as the field draws it: [`rows`](BandTree::rows) × [`columns`](BandTree::columns), each value
    /// repeated over the columns that its band fills.
    #[must_use]
    pub fn matrix(&self) -> Array2<f64> {
        let columns = self.tree.columns();
        Array2::from_shape_fn((self.tree.rows(), columns), |(row, column)| {
            let values = self.row(row);
            values[column * values.len() / columns]
        })
    }
}
