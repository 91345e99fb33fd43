//! The continuous wavelet transform as an image of few columns, exactly, without the full transform.
//!
//! Column `j` is sample `jD` of the full transform, `D = len/columns`: the spectrum of a row is folded and one short
//! inverse FFT taken (see `rows.rs`). This is point sampling of the complex transform, not a mean over the pixel: a
//! short impact between two columns shows only as far as the wavelet is long, which at high frequencies may be not at
//! all. [`CwtPixel::MeanPower`] folds at several points a pixel and takes the mean of their powers instead.

use crate::counted::counted;
use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::{Hertz, Seconds};
use crate::wavelet::analytic_wavelet::AnalyticWavelet;
use crate::wavelet::columns::{division, nearest_divisors};
use crate::wavelet::cwt::check_size;
use crate::wavelet::extension::CwtBoundary;
use crate::wavelet::frequencies::CwtFrequencies;
use crate::wavelet::output::{Magnitude, Output, Power, Whole};
use crate::wavelet::rows::{CwtNormalisation, Rows};

/// What a pixel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CwtPixel {
    /// The transform at the pixel's first sample.
    #[default]
    Point,
    /// The mean power of `points` equally spaced values, the first at the pixel's first sample. As many points as a
    /// pixel has samples give the mean over the pixel exactly.
    MeanPower {
        /// Values in a pixel; it divides the samples of a pixel. 2 to 4 are usual.
        points: usize,
    },
}

bare_words!(CwtPixel);

/// Parameters of an image of a continuous wavelet transform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CwtImageParams {
    /// The wavelet. Morlet with `w0 = 6` unless said.
    pub wavelet: AnalyticWavelet,
    /// The rows. 64 from 0.45 down to 0.005 of the sampling rate in equal ratios unless said.
    pub frequencies: CwtFrequencies,
    /// How rows compare. L1 unless said: a cosine of amplitude 1 gives 1.
    pub normalisation: CwtNormalisation,
    /// What lies beyond the ends of the record. The record itself, periodically, unless said; then the columns have to
    /// divide its length. With zeros or a mirrored record any number of columns will do: the record goes on by that
    /// rule up to the next multiple.
    pub boundary: CwtBoundary,
    /// Columns. 64 unless said.
    pub columns: usize,
    /// What a pixel shows. The transform at its first sample unless said.
    pub pixel: CwtPixel,
}

impl Default for CwtImageParams {
    fn default() -> Self {
        Self {
            wavelet: AnalyticWavelet::default(),
            frequencies: CwtFrequencies::default(),
            normalisation: CwtNormalisation::default(),
            boundary: CwtBoundary::default(),
            columns: 64,
            pixel: CwtPixel::default(),
        }
    }
}

impl CwtImageParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// As [`CwtParams::plan`](super::CwtParams::plan), and [`Error::Parameter`] when there is no column, when columns
    /// do not divide a periodic record, or points do not divide a pixel.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CwtImagePlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("image of the continuous wavelet transform", parameter, value, reason))
        };
        let frequencies = self.frequencies.rows(rate)?;
        if self.columns == 0 {
            return refuse("columns", 0, "at least 1 is needed");
        }
        if self.columns > len.max(1) {
            let reason = format!(
                "the record has {held} only: take fewer columns or a longer record",
                held = counted(len, "sample")
            );
            return refuse("columns", self.columns, &reason);
        }
        if self.boundary == CwtBoundary::Periodic && !len.is_multiple_of(self.columns) {
            let reason = format!(
                "it has to divide the record's length: {}, or set the boundary to zero or reflect",
                division(len, self.columns)
            );
            return refuse("columns", self.columns, &reason);
        }
        let pixel = len.div_ceil(self.columns);
        let points = match self.pixel {
            CwtPixel::Point => 1,
            CwtPixel::MeanPower { points } => points,
        };
        if points == 0 || !pixel.is_multiple_of(points) {
            let near = nearest_divisors(pixel, points);
            let reason = format!("it has to divide the {} of a pixel: take {near}", counted(pixel, "sample"));
            return refuse("points", points, &reason);
        }
        check_size(frequencies.len(), len)?;
        let step = pixel / points;
        let place = (self.boundary, len);
        let rows = Rows::new(self.wavelet, self.normalisation, frequencies, rate, place, step)?;
        Ok(CwtImagePlan { rate, len, columns: self.columns, pixel, points, kind: self.pixel, rows })
    }
}

/// Images of the continuous wavelet transform of records of one length.
///
/// An image is a row-major array of `rows() × columns()`, row 0 the highest frequency unless the frequencies were
/// listed otherwise. An image of 64 × 64 from 2048 samples in `f32` took 5.8 µs on one core of an AMD Zen 5 with AVX-512, of which the FFT of the record was a quarter; with the mean power of 4 points 22 µs.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, wavelet::CwtImageParams};
/// let record: Vec<f32> = (0..2048).map(|n| (n as f32 * 0.3).sin()).collect();
/// let plan = CwtImageParams::default().plan(Hertz(12_000.0), 2048)?;
/// let mut image = vec![0.0; plan.output_len()];
/// plan.magnitude(&record, &mut image, &mut Scratch::new())?;
/// assert_eq!((plan.rows(), plan.columns()), (64, 64));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CwtImagePlan<T: Sample> {
    rate: Hertz,
    len: usize,
    columns: usize,
    pixel: usize,
    points: usize,
    kind: CwtPixel,
    rows: Rows<T>,
}

impl<T: Sample> CwtImagePlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows: frequencies.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.frequencies().len()
    }

    /// Columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Pixels: `rows() × columns()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.rows() * self.columns
    }

    /// Frequency of row `row`.
    #[must_use]
    pub fn frequency(&self, row: usize) -> Hertz {
        self.rows.frequencies()[row]
    }

    /// Time of the first sample of column `column`, counted from the record's first sample.
    #[must_use]
    pub fn time(&self, column: usize) -> Seconds {
        Seconds((column * self.pixel) as f64 / self.rate.0)
    }

    /// The complex transform of `input` (`len` samples) at the columns' first samples in `output`
    /// ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite, or for
    /// pixels of mean power, which have no phase.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        if self.kind != CwtPixel::Point {
            let reason = "a mean of powers has no phase: ask for power or magnitude";
            let name = "image of the continuous wavelet transform";
            return Err(Error::parameter(name, "pixel", "mean power", reason));
        }
        self.run::<Whole>(input, output, scratch)
    }

    /// `|W|` at the columns' first samples, or the square root of the mean power, in `output`
    /// ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn magnitude(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        if self.kind == CwtPixel::Point {
            return self.run::<Magnitude>(input, output, scratch);
        }
        self.check(input, output.len())?;
        let (gain, _) = self.rows.prepare(input, &mut scratch.wavelet)?;
        self.rows.run_pooled(output, self.columns, self.points, T::one(), &mut scratch.wavelet);
        for value in output {
            *value = num_traits::Float::sqrt(*value) / gain;
        }
        Ok(())
    }

    /// `|W|²` at the columns' first samples, or the mean power of the pixel, in `output`
    /// ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn power(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        if self.kind == CwtPixel::Point {
            return self.run::<Power>(input, output, scratch);
        }
        self.check(input, output.len())?;
        let (gain, _) = self.rows.prepare(input, &mut scratch.wavelet)?;
        self.rows.run_pooled(output, self.columns, self.points, gain, &mut scratch.wavelet);
        Ok(())
    }

    fn check(&self, input: &[T], output: usize) -> Result<()> {
        check_len("input of the image of the continuous wavelet transform", self.len, input.len())?;
        check_len("image of the continuous wavelet transform", self.output_len(), output)
    }

    fn run<O: Output<T>>(&self, input: &[T], output: &mut [O::Item], scratch: &mut Scratch<T>) -> Result<()> {
        self.check(input, output.len())?;
        let (gain, _) = self.rows.prepare(input, &mut scratch.wavelet)?;
        self.rows.run::<O>(output, self.columns, gain, &mut scratch.wavelet);
        Ok(())
    }
}
