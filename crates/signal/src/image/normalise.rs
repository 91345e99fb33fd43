//! Normalising images: each by itself, or all by what was fitted once over training images.
//!
//! By itself an image loses its level: a loud machine and a quiet one look alike. A fitted normalisation keeps
//! it, and treats every image the same; it belongs to the model that was trained with it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;

/// How an image is normalised by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// `(x - mean)/std`, with the population's standard deviation.
    #[default]
    ZScore,
    /// `(x - smallest)/(largest - smallest)`: 0 to 1. One bright pixel darkens all others.
    MinMax,
}

impl Normalisation {
    /// Normalises one image in place. An image whose values are all equal, or differ by rounding only (by
    /// less than 1e-6 of the mean's magnitude, or 1e-30), becomes zeros. Values have to be finite.
    pub fn apply<T: Sample>(self, values: &mut [T]) {
        let (centre, width) = match self {
            Self::ZScore => {
                let moments = Moments::of(values);
                (moments.mean, moments.std())
            }
            Self::MinMax => {
                let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                    (low.min(v.widen()), high.max(v.widen()))
                });
                (low, high - low)
            }
        };
        normalise(values, centre, width, Moments::of(values).mean);
    }
}

/// `(x - centre)/width`; zeros where the width is nothing beside the mean.
fn normalise<T: Sample>(values: &mut [T], centre: f64, width: f64, mean: f64) {
    if width <= smallest_width(mean) {
        values.fill(T::default());
        return;
    }
    for value in values {
        *value = T::narrow((value.widen() - centre) / width);
    }
}

/// The width at and below which values count as equal.
fn smallest_width(mean: f64) -> f64 {
    (1e-6 * mean.abs()).max(1e-30)
}

/// What is fitted over the training images.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Statistic {
    /// Mean and standard deviation: `(x - mean)/std`.
    #[default]
    Moments,
    /// Two percentiles, interpolated linearly: `(x - low)/(high - low)`, not clipped. Few values far out do
    /// not count.
    Percentiles {
        /// The percentile that becomes 0, from 0 on, such as 1.
        low: f64,
        /// The percentile that becomes 1, above `low`, up to 100, such as 99.
        high: f64,
    },
}

/// Over what a statistic is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All pixels of all images.
    #[default]
    Image,
    /// Each row of its own, over all images: each frequency is normalised to its own level.
    Row,
}

/// What is fitted, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FittedNormalisationParams {
    /// Mean and standard deviation unless said.
    pub statistic: Statistic,
    /// All pixels unless said.
    pub scope: Scope,
}

impl FittedNormalisationParams {
    /// Fits over row-major images of `shape` (rows, columns). The result has the same bits for any number of
    /// threads: sums run within an image, then over the images in their order. Percentiles need a copy of the
    /// values they are taken over, one row or all of the image.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no image, no row or no column, a value is not finite, or the
    /// percentiles do not rise within 0 to 100; [`Error::Length`] when an image has another size.
    pub fn fit<T: Sample>(&self, shape: (usize, usize), images: &[&[T]]) -> Result<FittedNormalisation> {
        let (rows, columns) = shape;
        if let Statistic::Percentiles { low, high } = self.statistic
            && !(low >= 0.0 && low < high && high <= 100.0)
        {
            let reason = "they have to rise within 0 to 100, such as 1 and 99";
            return Err(refuse("percentiles", format!("{low} and {high}"), reason));
        }
        let Some(pixels) = rows.checked_mul(columns).filter(|pixels| *pixels > 0 && !images.is_empty())
        else {
            let reason = "at least one image of at least one pixel is needed";
            return Err(refuse("images", format!("{} of {rows} x {columns}", images.len()), reason));
        };
        for (index, image) in images.iter().enumerate() {
            check_len("image to fit a normalisation to", pixels, image.len())?;
            if let Some(at) = image.iter().position(|v| !v.is_finite()) {
                let reason = "it is not finite: leave the image out";
                return Err(refuse(
                    "images",
                    format!("pixel {at} of image {index} (counted from 0)"),
                    reason,
                ));
            }
        }
        let (groups, size) = match self.scope {
            Scope::Image => (1, pixels),
            Scope::Row => (rows, columns),
        };
        let pairs: Vec<(f64, f64)> = match self.statistic {
            Statistic::Moments => {
                let each: Vec<Vec<Moments>> = images
                    .par_iter()
                    .map(|image| image.chunks_exact(size).map(Moments::of).collect())
                    .collect();
                (0..groups)
                    .map(|group| each.iter().fold(Moments::default(), |all, image| all.with(image[group])))
                    .map(|moments| (moments.mean, moments.width(moments.std())))
                    .collect()
            }
            Statistic::Percentiles { low, high } => (0..groups)
                .into_par_iter()
                .map(|group| {
                    let part = |image: &&[T]| image[group * size..][..size].to_vec();
                    let mut values: Vec<T> = images.iter().flat_map(part).collect();
                    let mean = Moments::of(&values).mean;
                    let low = percentile(&mut values, low);
                    let width = percentile(&mut values, high) - low;
                    (low, if width <= smallest_width(mean) { 0.0 } else { width })
                })
                .collect(),
        };
        let (centres, widths) = pairs.into_iter().unzip();
        FittedNormalisation::try_from(Stored { shape: [rows, columns], scope: self.scope, centres, widths })
    }
}

#[cold]
fn refuse(parameter: &'static str, value: impl ToString, reason: &str) -> Error {
    Error::parameter("normalisation", parameter, value, reason)
}

/// A normalisation fitted once over training images, see [`FittedNormalisationParams::fit`]: to be stored with
/// the model and applied to every image it sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct FittedNormalisation {
    shape: (usize, usize),
    scope: Scope,
    centres: Vec<f64>,
    widths: Vec<f64>,
}

/// As it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    shape: [usize; 2],
    scope: Scope,
    centres: Vec<f64>,
    widths: Vec<f64>,
}

impl From<FittedNormalisation> for Stored {
    fn from(fitted: FittedNormalisation) -> Self {
        let FittedNormalisation { shape, scope, centres, widths } = fitted;
        Self { shape: [shape.0, shape.1], scope, centres, widths }
    }
}

impl TryFrom<Stored> for FittedNormalisation {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let Stored { shape: [rows, columns], scope, centres, widths } = stored;
        let groups = if scope == Scope::Row { rows } else { 1 };
        if columns == 0 || groups == 0 || rows.checked_mul(columns).is_none() {
            return Err(refuse("shape", format!("{rows} x {columns}"), "an image has rows and columns"));
        }
        check_len("centres of the normalisation", groups, centres.len())?;
        check_len("widths of the normalisation", groups, widths.len())?;
        if let Some(centre) = centres.iter().find(|centre| !centre.is_finite()) {
            return Err(refuse("centres", centre, "it has to be a finite number"));
        }
        if let Some(width) = widths.iter().find(|width| !(width.is_finite() && **width >= 0.0)) {
            return Err(refuse("widths", width, "it has to be a finite number, 0 or above"));
        }
        Ok(Self { shape: (rows, columns), scope, centres, widths })
    }
}

impl FittedNormalisation {
    /// Rows and columns of the images it was fitted to.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// What becomes 0, for the image or for each row: the mean, or the lower percentile.
    #[must_use]
    pub fn centres(&self) -> &[f64] {
        &self.centres
    }

    /// What becomes 1 above that, for the image or for each row; 0 where all training values were equal.
    #[must_use]
    pub fn widths(&self) -> &[f64] {
        &self.widths
    }

    /// Normalises one row-major image of `shape` (rows, columns) in place. Where all training values were equal
    /// the result is 0.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the shape is another than the fitted one, [`Error::Length`] when the image has
    /// another size.
    pub fn apply<T: Sample>(&self, shape: (usize, usize), image: &mut [T]) -> Result<()> {
        if shape != self.shape {
            let reason = format!(
                "it was fitted to images of {} x {}: make images of that size, or fit anew",
                self.shape.0, self.shape.1
            );
            return Err(refuse("shape", format!("{} x {}", shape.0, shape.1), &reason));
        }
        check_len("image to normalise", shape.0 * shape.1, image.len())?;
        let size = image.len() / self.centres.len();
        for ((part, centre), width) in image.chunks_exact_mut(size).zip(&self.centres).zip(&self.widths) {
            normalise(part, *centre, *width, 0.0);
        }
        Ok(())
    }
}

/// Number, mean and sum of squared deviations; two can be joined without loss (Chan, Golub & LeVeque 1983,
/// doi 10.1080/00031305.1983.10483115).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of<T: Sample>(values: &[T]) -> Self {
        let mean = crate::sample::mean(values);
        let squares = values.iter().map(|v| (v.widen() - mean).powi(2)).sum();
        Self { count: values.len() as f64, mean, squares }
    }

    fn with(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count <= 0.0 {
            return self;
        }
        let step = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + step * (other.count / count),
            squares: self.squares + other.squares + step * step * (self.count * other.count / count),
        }
    }

    fn std(self) -> f64 {
        (self.squares / self.count.max(1.0)).sqrt()
    }

    /// 0 for a width that is nothing beside the mean.
    fn width(self, width: f64) -> f64 {
        if width <= smallest_width(self.mean) { 0.0 } else { width }
    }
}

/// The percentile of at least one finite value, linear between the two nearest; changes their order.
fn percentile<T: Sample>(values: &mut [T], percent: f64) -> f64 {
    let place = percent / 100.0 * (values.len() - 1) as f64;
    let below = (place.floor() as usize).min(values.len() - 1);
    let order = |a: &T, b: &T| a.widen().total_cmp(&b.widen());
    let (_, low, above) = values.select_nth_unstable_by(below, order);
    let low = low.widen();
    let high = above.iter().map(|v| v.widen()).fold(f64::INFINITY, f64::min);
    if high.is_finite() { low + (place - below as f64) * (high - low) } else { low }
}
