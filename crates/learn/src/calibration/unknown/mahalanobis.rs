//! Mahalanobis distance on features: how many standard deviations an example is from the nearest class.
//!
//! Classes share one covariance, that of the examples about their class's mean (Lee and others, NeurIPS 2018). The
//! relative form takes off the distance to all known examples as one cloud (Ren and others 2021): features that
//! spread widely whatever the class then no longer count.

use super::covariance::{Covariance, Shrinkage};
use crate::error::{Error, Result};
use crate::metrics::{Rows, check_labels, check_width};
use serde::{Deserialize, Serialize};

/// Fitted means and covariances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredMahalanobis")]
pub struct Mahalanobis {
    centre: Vec<f64>,
    /// Each class's mean about the centre, whitened by `within`.
    means: Rows,
    within: Covariance,
    all: Covariance,
}

/// What a file holds, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredMahalanobis {
    centre: Vec<f64>,
    means: Rows,
    within: Covariance,
    all: Covariance,
}

impl TryFrom<StoredMahalanobis> for Mahalanobis {
    type Error = Error;

    fn try_from(stored: StoredMahalanobis) -> Result<Mahalanobis> {
        let StoredMahalanobis { centre, means, within, all } = stored;
        let width = centre.len();
        let fits = [means.width(), within.width(), all.width()] == [width; 3];
        if !fits || !within.is_sound() || !all.is_sound() {
            return Err(Error::data(
                "the Mahalanobis distance of this file cannot be used",
                format!("its parts do not fit {width} features"),
                "fit it again on known examples",
            ));
        }
        Ok(Mahalanobis { centre, means, within, all })
    }
}

impl Mahalanobis {
    /// Of the features of known examples, shape (examples, features), and their classes.
    ///
    /// # Errors
    /// When there is not one label a row, a label is no class, a class has no example, or a covariance has no
    /// inverse (as with fewer examples than features and no shrinkage).
    pub fn fit(features: &Rows, labels: &[u32], classes: usize, shrinkage: Shrinkage) -> Result<Mahalanobis> {
        check_labels(labels, features.count(), classes)?;
        let width = features.width();
        let mut counts = vec![0_usize; classes];
        labels.iter().for_each(|label| counts[*label as usize] += 1);
        if let Some(class) = counts.iter().position(|count| *count == 0) {
            return Err(Error::data(
                format!("no distance to class {class}"),
                format!("none of the {} known examples is of it (classes from 0)", labels.len()),
                "give examples of every class",
            ));
        }
        let centre = mean(features.iter(), width, features.count());
        let centred = features.iter().flat_map(|row| row.iter().zip(&centre).map(|(v, m)| v - m));
        let centred = Rows::new(width, centred.collect())?;
        let mut means = Vec::with_capacity(classes * width);
        for (class, count) in counts.iter().enumerate() {
            let own = centred.iter().zip(labels).filter(|(_, label)| **label as usize == class);
            means.extend(mean(own.map(|(row, _)| row), width, *count));
        }
        let about_class = centred.iter().zip(labels).flat_map(|(row, label)| {
            row.iter().zip(&means[*label as usize * width..]).map(|(value, mean)| value - mean)
        });
        let within = Covariance::fit(&Rows::new(width, about_class.collect())?, shrinkage)?;
        let all = Covariance::fit(&centred, shrinkage)?;
        means.chunks_exact_mut(width).for_each(|class| within.whiten(class));
        Ok(Mahalanobis { centre, means: Rows::new(width, means)?, within, all })
    }

    /// How far the covariance within classes was shrunk, from 0 to 1.
    pub fn shrunk(&self) -> f64 {
        self.within.share
    }

    /// Square distances to every class, shape (examples, classes).
    ///
    /// # Errors
    /// When the number of features is another, or a distance is beyond the largest number.
    pub fn distances(&self, features: &Rows) -> Result<Rows> {
        let mut distances = Vec::with_capacity(features.count() * self.means.count());
        self.each(features, |row| {
            self.within.whiten(row);
            distances.extend(
                self.means.iter().map(|mean| {
                    mean.iter().zip(&*row).map(|(mean, value)| (value - mean).powi(2)).sum::<f64>()
                }),
            );
        })?;
        Rows::new(self.means.count(), distances)
    }

    /// The unknown score: the square distance to the nearest class.
    ///
    /// # Errors
    /// As [`Mahalanobis::distances`].
    pub fn scores(&self, features: &Rows) -> Result<Vec<f64>> {
        let distances = self.distances(features)?;
        Ok(distances.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).collect())
    }

    /// The relative unknown score: [`Mahalanobis::scores`] less the square distance to all known examples as one
    /// cloud. May be negative.
    ///
    /// # Errors
    /// As [`Mahalanobis::distances`].
    pub fn relative_scores(&self, features: &Rows) -> Result<Vec<f64>> {
        let mut scores = self.scores(features)?;
        let mut rest = scores.iter_mut();
        self.each(features, |row| {
            self.all.whiten(row);
            if let Some(score) = rest.next() {
                *score -= row.iter().map(|value| value * value).sum::<f64>();
            }
        })?;
        Ok(scores)
    }

    /// Hands out each row about the centre.
    fn each(&self, features: &Rows, mut look: impl FnMut(&mut [f64])) -> Result<()> {
        check_width("the Mahalanobis distance", features.width(), self.centre.len())?;
        let mut row = vec![0.0; self.centre.len()];
        for given in features.iter() {
            row.iter_mut().zip(given).zip(&self.centre).for_each(|((own, value), mean)| *own = value - mean);
            look(&mut row);
        }
        Ok(())
    }
}

fn mean<'a>(rows: impl Iterator<Item = &'a [f64]>, width: usize, count: usize) -> Vec<f64> {
    let mut sum = vec![0.0; width];
    for row in rows {
        sum.iter_mut().zip(row).for_each(|(total, value)| *total += value);
    }
    sum.iter_mut().for_each(|total| *total /= count as f64);
    sum
}
