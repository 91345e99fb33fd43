//! The Hilbert spectrum: the energy of modes over time and instantaneous frequency.
//!
//! ```text
//! a_k = u_k + i·H u_k  (analytic signal of mode k)
//! f_k[n] = arg(a_k[n+1] conj a_k[n]) · rate/2π,      e_k[n] = |a_k[n]|²
//! image[row of f, column of n] = Σ of e_k[n] over all k and n that fall into the cell
//! ```
//! (Huang et al. 1998, doi 10.1098/rspa.1998.0193). The frequency comes from the phase step alone: nothing is
//! unwrapped. The last sample, which has no step of its own, takes that of the sample before it. A tone of peak
//! amplitude `A` has `e = A²`, twice its mean square.
//!
//! Traps. The instantaneous frequency means something only for narrow modes: of a sum of two tones it swings beyond
//! both and may be negative. Energy whose frequency falls outside the band is left out. At the ends the analytic
//! signal rings, since the record is taken as one period. A cell without a sample is 0, not interpolated.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

use serde::{Deserialize, Serialize};

use crate::envelope::hilbert::AnalyticPlan;
use crate::error::{Error, Result, check_finite, check_len};
use crate::image::stft_image::LARGEST_SIDE;
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Seconds};

const HILBERT: &str = "Hilbert spectrum";

/// Parameters of a Hilbert spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HilbertSpectrumParams {
    /// Rows: equal bands of frequency, the lowest first. 64 unless said.
    pub rows: usize,
    /// Columns: equal stretches of time. 64 unless said.
    pub columns: usize,
    /// Lowest and highest frequency. 0 to half the rate unless said.
    pub band: Option<[Hertz; 2]>,
}

impl Default for HilbertSpectrumParams {
    fn default() -> Self {
        Self { rows: 64, columns: 64, band: None }
    }
}

impl HilbertSpectrumParams {
    /// A plan for `modes` modes of `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when there are no modes
    /// or samples, or modes times samples exceed 2³⁰, rows or columns are not 1 to 16,384, or the band does not rise
    /// within 0 to half the rate.
    pub fn plan<T: Sample>(&self, rate: Hertz, modes: usize, len: usize) -> Result<HilbertSpectrumPlan<T>> {
        Error::check_rate(rate)?;
        let refuse =
            |parameter, value: String, reason: &str| Err(Error::parameter(HILBERT, parameter, value, reason));
        for (name, side) in [("rows", self.rows), ("columns", self.columns)] {
            if !(1..=LARGEST_SIDE).contains(&side) {
                return refuse(name, side.to_string(), "an image has 1 to 16,384 of them");
            }
        }
        if modes == 0 || modes.saturating_mul(len) > 1 << 30 {
            return refuse(
                "modes",
                modes.to_string(),
                "there has to be one, and modes times samples at most 2^30",
            );
        }
        let nyquist = rate.0 / 2.0;
        let [low, high] = self.band.unwrap_or([Hertz(0.0), Hertz(nyquist)]);
        if !(low.0 >= 0.0 && low.0 < high.0 && high.0 <= nyquist * (1.0 + 1e-12)) {
            let reason = format!("it has to rise and lie within 0 to {nyquist} Hz, half the rate");
            return refuse("band", format!("{low} to {high}"), &reason);
        }
        Ok(HilbertSpectrumPlan {
            rate,
            modes,
            shape: (self.rows, self.columns),
            band: (low.0, high.0),
            analytic: AnalyticPlan::new(len)?,
        })
    }
}

/// The Hilbert spectrum of sets of modes of one shape.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, image::HilbertSpectrumParams};
/// let tone: Vec<f64> = (0..256).map(|n| 3.0 * (std::f64::consts::TAU * n as f64 / 8.0).cos()).collect();
/// let plan = HilbertSpectrumParams { rows: 10, columns: 4, band: None }.plan::<f64>(Hertz(1000.0), 1, 256)?;
/// let mut image = vec![0.0; plan.output_len()];
/// plan.process(&tone, &mut image, &mut Scratch::new())?;
/// // 125 Hz lies in the third row of 50 Hz; 64 samples of 9 in every column.
/// assert!(image[2 * 4..3 * 4].iter().all(|energy| (energy - 64.0 * 9.0).abs() < 1e-9));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct HilbertSpectrumPlan<T: Sample> {
    rate: Hertz,
    modes: usize,
    shape: (usize, usize),
    band: (f64, f64),
    analytic: AnalyticPlan<T>,
}

impl<T: Sample> HilbertSpectrumPlan<T> {
    /// Samples of each mode.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.analytic.len()
    }

    /// Modes.
    #[must_use]
    pub fn modes(&self) -> usize {
        self.modes
    }

    /// Rows and columns of the image.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Cells of the image: rows × columns.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.shape.0 * self.shape.1
    }

    /// Frequency of the middle of row `row`.
    #[must_use]
    pub fn frequency(&self, row: usize) -> Hertz {
        Hertz(self.band.0 + (row as f64 + 0.5) * (self.band.1 - self.band.0) / self.shape.0 as f64)
    }

    /// Time of the middle of column `column`, counted from the first sample.
    #[must_use]
    pub fn time(&self, column: usize) -> Seconds {
        Seconds((column as f64 + 0.5) * self.len() as f64 / (self.shape.1 as f64 * self.rate.0))
    }

    /// The Hilbert spectrum of `input` (`modes × len`, row-major) in `output` (rows × columns, row-major, the lowest
    /// frequency first): energies in the samples' unit squared, summed in f64.
    ///
    /// A frequency at the upper edge of the band belongs to the last row; energies outside the band are left out.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the Hilbert spectrum", self.modes * self.len(), input.len())?;
        check_len("output of the Hilbert spectrum", self.output_len(), output.len())?;
        check_finite(HILBERT, input)?;
        let mut values = std::mem::take(&mut scratch.values);
        let mut wide = std::mem::take(&mut scratch.wide);
        let quadrature = first(&mut values, self.len());
        let (image, tracks) =
            first(&mut wide, self.output_len() + 2 * self.len()).split_at_mut(self.output_len());
        let (frequency, energy) = tracks.split_at_mut(self.len());
        image.fill(0.0);
        let mut result = Ok(());
        for mode in input.chunks_exact(self.len()) {
            result = result.and_then(|()| self.analytic.quadrature(mode, quadrature, scratch));
            widest().dispatch(|| track(mode, quadrature, self.rate.0, frequency, energy));
            self.accumulate(frequency, energy, image);
        }
        for (pixel, energy) in output.iter_mut().zip(&*image) {
            *pixel = T::narrow(*energy);
        }
        scratch.values = values;
        scratch.wide = wide;
        result
    }

    fn accumulate(&self, frequency: &[f64], energy: &[f64], image: &mut [f64]) {
        let (rows, columns) = self.shape;
        let (low, high) = self.band;
        let per_hertz = rows as f64 / (high - low);
        let n = self.len();
        for column in 0..columns {
            // Samples n with ⌊n·columns/len⌋ = column.
            let (start, end) = ((column * n).div_ceil(columns), ((column + 1) * n).div_ceil(columns));
            for (f, e) in frequency[start..end].iter().zip(&energy[start..end]) {
                if (low..=high).contains(f) {
                    let row = (((f - low) * per_hertz) as usize).min(rows - 1);
                    image[row * columns + column] += e;
                }
            }
        }
    }

    /// The marginal spectrum of an image: the energy of each row over all time, in `output` (rows), summed in f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn marginal(&self, image: &[T], output: &mut [T]) -> Result<()> {
        check_len("image of the marginal spectrum", self.output_len(), image.len())?;
        check_len("output of the marginal spectrum", self.shape.0, output.len())?;
        for (sum, row) in output.iter_mut().zip(image.chunks_exact(self.shape.1)) {
            *sum = T::narrow(row.iter().map(|energy| energy.widen()).sum());
        }
        Ok(())
    }

    /// Instantaneous frequency in hertz and amplitude of one mode (`len` samples each). The last frequency is that
    /// before it; all are 0 for a single sample or zeros. Between -rate/2 and rate/2.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn instantaneous(
        &self,
        mode: &[T],
        frequency: &mut [T],
        amplitude: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let n = self.len();
        check_len("mode of the Hilbert spectrum", n, mode.len())?;
        check_len("instantaneous frequency", n, frequency.len())?;
        check_len("instantaneous amplitude", n, amplitude.len())?;
        check_finite(HILBERT, mode)?;
        let mut values = std::mem::take(&mut scratch.values);
        let quadrature = first(&mut values, n);
        let result = self.analytic.quadrature(mode, quadrature, scratch);
        let (f, e) = first(&mut scratch.wide, 2 * n).split_at_mut(n);
        widest().dispatch(|| track(mode, quadrature, self.rate.0, f, e));
        for (((frequency, amplitude), f), e) in frequency.iter_mut().zip(amplitude).zip(&*f).zip(&*e) {
            (*frequency, *amplitude) = (T::narrow(*f), T::narrow(e.sqrt()));
        }
        scratch.values = values;
        result
    }
}

/// Instantaneous frequency and squared amplitude of `x + i·h`.
#[inline(always)]
fn track<T: Sample>(x: &[T], h: &[T], rate: f64, frequency: &mut [f64], energy: &mut [f64]) {
    let n = x.len();
    for ((e, x), h) in energy.iter_mut().zip(x).zip(h) {
        *e = x.widen() * x.widen() + h.widen() * h.widen();
    }
    // Angles do not know the scale; this one keeps products within range.
    let largest = x.iter().chain(h).fold(0.0, |most: f64, v| most.max(v.widen().abs()));
    let scale = if largest > 0.0 { (1.0 / largest).min(f64::MAX) } else { 1.0 };
    let per_radian = rate / TAU;
    let steps = x.windows(2).zip(h.windows(2));
    for (f, (x, h)) in frequency.iter_mut().zip(steps) {
        let (x0, x1) = (x[0].widen() * scale, x[1].widen() * scale);
        let (h0, h1) = (h[0].widen() * scale, h[1].widen() * scale);
        *f = angle(h1 * x0 - x1 * h0, x1 * x0 + h1 * h0) * per_radian;
    }
    frequency[n - 1] = if n > 1 { frequency[n - 2] } else { 0.0 };
}

/// `atan2(y, x)` without branches, to 3e-16: the Chebyshev series of the arctangent on `|t| <= tan π/8`,
/// `2 Σ (-1)^n q^(2n+1)/(2n+1) T_(2n+1)(t/tan π/8)` with `q = tan π/16`, up to degree 21, in powers of `t`. 0 for (0, 0).
#[inline(always)]
fn angle(y: f64, x: f64) -> f64 {
    const SERIES: [f64; 11] = [
        0.999_999_999_999_999_6,
        -0.333_333_333_333_141_1,
        0.199_999_999_970_603_5,
        -0.142_857_140_778_116_55,
        0.111_111_029_187_818_41,
        -0.090_907_110_559_317_41,
        0.076_892_140_631_474_92,
        -0.066_346_653_758_053_53,
        0.056_626_310_004_955_69,
        -0.042_815_597_215_545_68,
        0.020_398_466_384_482_44,
    ];
    let (wide, high) = (x.abs(), y.abs());
    let (small, large) = if high > wide { (wide, high) } else { (high, wide) };
    let beyond = small > 0.414_213_562_373_095_03 * large;
    let (top, bottom) = if beyond { (small - large, small + large) } else { (small, large) };
    let t = if bottom > 0.0 { top / bottom } else { 0.0 };
    let square = t * t;
    let mut sum = SERIES[10];
    for c in SERIES[..10].iter().rev() {
        sum = sum * square + c;
    }
    let octant = if beyond { FRAC_PI_4 } else { 0.0 } + sum * t;
    let quadrant = if high > wide { FRAC_PI_2 - octant } else { octant };
    let half = if x < 0.0 { PI - quadrant } else { quadrant };
    half.copysign(y)
}

#[cfg(test)]
mod tests {
    use super::angle;

    #[test]
    fn angles_equal_the_arctangent_of_the_library() {
        for i in -400..=400_i32 {
            for j in -40..=40_i32 {
                let (y, x) = (f64::from(i) / 97.0, f64::from(j) / 31.0);
                assert!((angle(y, x) - y.atan2(x)).abs() < 1e-15, "{y} {x}: {} {}", angle(y, x), y.atan2(x));
            }
        }
        assert_eq!(angle(0.0, 0.0), 0.0);
        assert!(angle(1e-300, 1e-300) > 0.78 && angle(0.0, -1.0) > 3.1);
    }
}
