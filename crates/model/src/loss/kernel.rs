//! Gaussian kernels over the distances of two domains' examples.

use serde::{Deserialize, Serialize};

use super::input;
use crate::error::{Error, Result};
use crate::ops::{Matrix, Threads, product};

/// A sum of Gaussian kernels `k(x, y) = Σ_i exp(-|x - y|² / b_i)`, `b_i = b / r^⌊n/2⌋ · r^i` for `i = 0..n` (Long 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kernels {
    /// How many kernels, `n`, at least 1.
    pub count: usize,
    /// Each bandwidth over the one before, `r`, 0.01 to 100.
    pub ratio: f64,
    /// The middle bandwidth `b`, a squared distance, above 0. None: the mean squared distance between any two examples
    /// of the batch, taken as a constant by the gradient.
    pub bandwidth: Option<f64>,
}

impl Default for Kernels {
    fn default() -> Self {
        Self { count: 5, ratio: 2.0, bandwidth: None }
    }
}

impl Kernels {
    /// Most kernels in one sum: beyond it, bandwidths leave the range of numbers.
    const MOST: usize = 64;

    /// Squared distances below this are none: it keeps every quotient finite.
    const LEAST: f64 = 1e-150;

    pub(super) fn check(&self) -> Result<()> {
        if !(1..=Self::MOST).contains(&self.count) {
            return Err(Error::config("count", self.count, format!("1 to {}", Self::MOST)));
        }
        if !(0.01..=100.0).contains(&self.ratio) {
            return Err(Error::config("ratio", self.ratio, "0.01 to 100"));
        }
        self.bandwidth.map_or(Ok(()), |bandwidth| input::positive("bandwidth", bandwidth))
    }

    /// The kernel of every pair, and its slope along the squared distance.
    pub(super) fn of(&self, pairs: &Pairs) -> (Vec<f64>, Vec<f64>) {
        let middle = match (self.bandwidth, pairs.mean_distance()) {
            (Some(bandwidth), _) => bandwidth,
            (None, mean) if mean > 0.0 => mean,
            // All examples are one: any bandwidth gives the same.
            (None, _) => 1.0,
        };
        let least = middle / self.ratio.powi((self.count / 2) as i32);
        let widths: Vec<f64> =
            (0..self.count).map(|i| (least * self.ratio.powi(i as i32)).max(Self::LEAST)).collect();
        let sums = |distance: &f64| {
            widths.iter().fold((0.0, 0.0), |(value, slope), width| {
                let kernel = (-distance / width).exp();
                (value + kernel, slope - kernel / width)
            })
        };
        pairs.distances.iter().map(sums).unzip()
    }
}

/// The squared distances between any two rows, those of the source first.
pub(super) struct Pairs {
    /// About their mean, which no distance sees: it keeps small distances exact.
    points: Vec<f64>,
    count: usize,
    width: usize,
    distances: Vec<f64>,
}

impl Pairs {
    pub(super) fn of(points: &[f64], width: usize) -> Self {
        let count = points.len() / width.max(1);
        let mut mean = vec![0.0; width];
        for row in points.chunks(width) {
            mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count as f64);
        }
        let points: Vec<f64> = points
            .chunks(width)
            .flat_map(|row| row.iter().zip(&mean).map(|(value, mean)| value - mean))
            .collect();
        let rows = Matrix::new(&points, count, width);
        let mut distances = vec![0.0; count * count];
        product(&mut distances, rows, rows.transposed(), false, Threads::One);
        let squares: Vec<f64> = (0..count).map(|i| distances[i * count + i]).collect();
        for i in 0..count {
            for j in 0..count {
                let distance = squares[i] + squares[j] - 2.0 * distances[i * count + j];
                distances[i * count + j] = if i == j { 0.0 } else { distance.max(0.0) };
            }
        }
        Self { points, count, width, distances }
    }

    /// The mean over pairs of two different rows.
    fn mean_distance(&self) -> f64 {
        let pairs = self.count * self.count - self.count;
        self.distances.iter().sum::<f64>() / pairs.max(1) as f64
    }

    /// Slopes along the points, from slopes along the distances that are the same for `(i, j)` and `(j, i)`:
    /// `4 (x_i Σ_j a_ij - Σ_j a_ij x_j)`.
    pub(super) fn slopes(&self, along_distances: &[f64]) -> Vec<f64> {
        let (count, width) = (self.count, self.width);
        let mut slopes = vec![0.0; count * width];
        let weights = Matrix::new(along_distances, count, count);
        product(&mut slopes, weights, Matrix::new(&self.points, count, width), false, Threads::One);
        for (i, (slopes, point)) in slopes.chunks_mut(width).zip(self.points.chunks(width)).enumerate() {
            let sum: f64 = along_distances[i * count..(i + 1) * count].iter().sum();
            slopes.iter_mut().zip(point).for_each(|(slope, x)| *slope = 4.0 * (sum * x - *slope));
        }
        slopes
    }
}

/// What the kernel of every pair is multiplied by, so that the sum is the discrepancy of the two domains: means over
/// pairs within the source and within the target, less twice the mean over pairs of both. Without bias, the pairs of a
/// row with itself stay out.
pub(super) fn coefficients(sources: usize, targets: usize, unbiased: bool) -> Vec<f64> {
    let count = sources + targets;
    let within = |n: usize| 1.0 / (n * (n - usize::from(unbiased))) as f64;
    let of = |i: usize, j: usize| match (i < sources, j < sources) {
        _ if unbiased && i == j => 0.0,
        (true, true) => within(sources),
        (false, false) => within(targets),
        _ => -1.0 / (sources * targets) as f64,
    };
    (0..count).flat_map(|i| (0..count).map(move |j| of(i, j))).collect()
}
