//! Distance to the k-th nearest known example on features: a density that assumes no form (Sun and others, "Out-of-
//! distribution detection with deep nearest neighbors", ICML 2022).

use crate::error::{Error, Result};
use crate::metrics::{Rows, check_width};
use serde::{Deserialize, Serialize};

/// What is done to the features of an example before distances are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureScale {
    /// Nothing.
    AsGiven,
    /// Each example's features are divided by their Euclidean length (zeros stay): only their direction counts.
    UnitLength,
}

/// The known examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredNeighbours")]
pub struct Neighbours {
    known: Rows,
    k: usize,
    scale: FeatureScale,
}

/// What a file holds, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredNeighbours {
    known: Rows,
    k: usize,
    scale: FeatureScale,
}

impl TryFrom<StoredNeighbours> for Neighbours {
    type Error = Error;

    fn try_from(stored: StoredNeighbours) -> Result<Neighbours> {
        let StoredNeighbours { known, k, scale } = stored;
        if k == 0 || k > known.count() {
            return Err(Error::data(
                format!("no distance to neighbour number {k}"),
                format!("there are {} known examples, counted from 1", known.count()),
                "ask for one of them; 50 is usual for some thousands, few for few",
            ));
        }
        Ok(Neighbours { known, k, scale })
    }
}

impl Neighbours {
    /// Keeps the features of known examples, shape (examples, features); neighbour number `k` is counted from 1.
    ///
    /// # Errors
    /// When there are fewer than `k` examples, or `k` is 0.
    pub fn fit(known: &Rows, k: usize, scale: FeatureScale) -> Result<Neighbours> {
        let values = known.iter().flat_map(|row| scaled(row, scale)).collect();
        Neighbours::try_from(StoredNeighbours { known: Rows::known(known.width(), values), k, scale })
    }

    /// The unknown score: the Euclidean distance to the k-th nearest known example. An example that is itself among
    /// them is its own nearest.
    ///
    /// # Errors
    /// When the number of features is another.
    pub fn scores(&self, features: &Rows) -> Result<Vec<f64>> {
        check_width("the distance to neighbours", features.width(), self.known.width())?;
        let score = |row: &[f64]| {
            let row = scaled(row, self.scale);
            let square = |known: &[f64]| known.iter().zip(&row).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let mut distances: Vec<f64> = self.known.iter().map(square).collect();
            distances.select_nth_unstable_by(self.k - 1, f64::total_cmp).1.sqrt()
        };
        Ok(features.iter().map(score).collect())
    }
}

fn scaled(row: &[f64], scale: FeatureScale) -> Vec<f64> {
    let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
    if scale == FeatureScale::AsGiven || length == 0.0 || !length.is_finite() {
        return row.to_vec();
    }
    row.iter().map(|value| value / length).collect()
}
