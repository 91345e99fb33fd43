//! A spectrum on a fine grid of any band, and at a single frequency.
//!
//! `X(f) = Σ x[n] e^{-2πi f n/rate}`, unscaled, at frequencies that need not be bins. The grid is computed by the
//! chirp-z transform (Rabiner, Schafer & Rader 1969, doi 10.1109/TAU.1969.1162034): with `kn = (k² + n² -
//! (k-n)²)/2` the sum becomes a convolution with a chirp, done by FFTs, so it costs as much for any band as for
//! the whole spectrum. Equals `scipy.signal.zoom_fft`.
//!
//! Trap: a finer grid shows a line better; it does not part two lines closer than one over the record's duration.
//! Multiply the record by a taper first where side lobes matter.

use std::f64::consts::TAU;

use num_complex::{Complex, Complex64};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{ComplexFft, fast_length};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::level::in_range;
use crate::units::Hertz;

const TRANSFORM: &str = "zoom spectrum";
/// Most frequencies of a grid.
const MOST_BINS: usize = 1 << 26;

/// Parameters of a zoom spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoomParams {
    /// First frequency.
    pub low: Hertz,
    /// End of the band.
    pub high: Hertz,
    /// Number of frequencies. 1024 unless said.
    #[serde(default = "default_bins")]
    pub bins: usize,
    /// Whether the last frequency is `high` itself, or lies one step below it. False unless said.
    #[serde(default)]
    pub endpoint: bool,
}

fn default_bins() -> usize {
    1024
}

impl ZoomParams {
    /// The band from `low` to `high` in 1024 steps.
    #[must_use]
    pub fn band(low: Hertz, high: Hertz) -> Self {
        Self { low, high, bins: default_bins(), endpoint: false }
    }

    /// Whether the band lies within the spectrum of real samples, 0 to half the rate: what lies beyond only repeats
    /// it.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it does not.
    pub fn check_within(&self, rate: Hertz) -> Result<()> {
        let half = rate.0 / 2.0;
        if self.low.0 >= 0.0 && self.high.0 <= half {
            return Ok(());
        }
        let reason = format!("it has to lie within 0 and half the sampling rate, {half} Hz");
        Err(Error::parameter(TRANSFORM, "band", format!("{} to {}", self.low, self.high), &reason))
    }

    /// A plan for `len` samples at `rate`. Frequencies beyond half the rate, or below 0, are those of the
    /// periodic spectrum, see [`check_within`](Self::check_within).
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0,
    /// the band does not rise, is not finite or wider than the rate, or the number of bins is 0 or above 2^26.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<ZoomPlan<T>> {
        Error::check_rate(rate)?;
        let (low, high) = (self.low.0, self.high.0);
        if !(low.is_finite() && high.is_finite() && low < high && high - low <= rate.0 && low.abs() <= rate.0)
        {
            let reason =
                format!("it has to rise, begin within one rate from 0, and be no wider than {} Hz", rate.0);
            return Err(Error::parameter(
                TRANSFORM,
                "band",
                format!("{} to {}", self.low, self.high),
                &reason,
            ));
        }
        if !(1..=MOST_BINS).contains(&self.bins) {
            return Err(Error::parameter(TRANSFORM, "bins", self.bins, "it has to be in 1 to 2^26"));
        }
        if !(1..=1 << 28).contains(&len) {
            return Err(Error::parameter(TRANSFORM, "length", len, "it has to be in 1 to 2^28"));
        }
        let gaps = if self.endpoint { (self.bins - 1).max(1) } else { self.bins };
        let step = (high - low) / gaps as f64;
        let fft = ComplexFft::<T>::new(fast_length(len + self.bins - 1))?;
        // Chirp e^{πi n² step/rate}.
        let chirp = |n: usize| turn(0.5 * step / rate.0, n as f64 * n as f64);
        let modulation = (0..len).map(|n| turn(-low / rate.0, n as f64) * chirp(n).conj());
        let size = fft.len();
        let mut kernel = vec![Complex64::default(); size];
        for (k, value) in kernel[..self.bins].iter_mut().enumerate() {
            *value = chirp(k);
        }
        for n in 1..len {
            kernel[size - n] = chirp(n);
        }
        // In f64 for any type of sample: this is done once.
        ComplexFft::<f64>::new(size)?.forward(&mut kernel, &mut Scratch::new())?;
        Ok(ZoomPlan {
            len,
            low,
            step,
            modulation: modulation.map(narrow).collect(),
            kernel: kernel.iter().map(|value| narrow(value / size as f64)).collect(),
            demodulation: (0..self.bins).map(|k| narrow(chirp(k).conj())).collect(),
            fft,
        })
    }
}

/// `e^{2πi a b}`, with what rounding loses of a large product brought back.
fn turn(a: f64, b: f64) -> Complex64 {
    let product = a * b;
    let lost = a.mul_add(b, -product);
    Complex64::from_polar(1.0, TAU * ((product - product.round()) + lost))
}

fn narrow<T: Sample>(value: Complex64) -> Complex<T> {
    Complex::new(T::narrow(value.re), T::narrow(value.im))
}

/// The spectrum of records of one length on a fine grid.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, fourier::ZoomParams};
/// let record: Vec<f64> = (0..1000).map(|n| (std::f64::consts::TAU * 0.10004 * n as f64).cos()).collect();
/// let plan = ZoomParams::band(Hertz(99.0), Hertz(101.0)).plan(Hertz(1000.0), 1000)?;
/// let mut bins = vec![Default::default(); plan.output_len()];
/// plan.process(&record, &mut bins, &mut Scratch::new())?;
/// let top = (0..bins.len()).max_by(|&a, &b| bins[a].norm().total_cmp(&bins[b].norm())).unwrap();
/// assert!((plan.frequency(top).0 - 100.04).abs() < 0.01);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ZoomPlan<T: Sample> {
    len: usize,
    low: f64,
    step: f64,
    modulation: Vec<Complex<T>>,
    kernel: Vec<Complex<T>>,
    demodulation: Vec<Complex<T>>,
    fft: ComplexFft<T>,
}

impl<T: Sample> ZoomPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Frequencies of the grid.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.demodulation.len()
    }

    /// Frequency of a bin.
    #[must_use]
    pub fn frequency(&self, bin: usize) -> Hertz {
        Hertz(self.low + bin as f64 * self.step)
    }

    /// The unscaled spectrum of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), in the
    /// input's unit times samples; a tone of amplitude `A` gives `A·len/2`.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the zoom spectrum", self.len, input.len())?;
        check_len("output of the zoom spectrum", self.output_len(), output.len())?;
        let mut values = std::mem::take(&mut scratch.complex);
        let mut scaled = std::mem::take(&mut scratch.scaled);
        let (samples, gain) = in_range(input, &mut scaled);
        let result = self.convolve(samples, first(&mut values, self.fft.len()), scratch);
        for ((y, value), chirp) in output.iter_mut().zip(&values).zip(&self.demodulation) {
            *y = value * chirp;
        }
        if let Some(gain) = gain {
            for y in output {
                *y = Complex::new(T::narrow(y.re.widen() * gain), T::narrow(y.im.widen() * gain));
            }
        }
        scratch.scaled = scaled;
        scratch.complex = values;
        result
    }

    fn convolve(&self, input: &[T], values: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        values[self.len..].fill(Complex::default());
        for ((value, x), chirp) in values.iter_mut().zip(input).zip(&self.modulation) {
            *value = chirp * *x;
        }
        self.fft.forward(values, scratch)?;
        for (value, gain) in values.iter_mut().zip(&self.kernel) {
            *value = *value * gain;
        }
        self.fft.inverse_unscaled(values, &mut scratch.fft)
    }
}

/// Samples whose phases a single line turns by from a table.
const BLOCK: usize = 64;

/// The spectrum at a single frequency, which need not be a bin: what Goertzel's recursion gives, by a sum that
/// loses no accuracy at low frequencies or over long records. In f64.
///
/// ```
/// use brinell_signal::{Hertz, fourier::SingleLine};
/// let line = SingleLine::new(Hertz(0.0), Hertz(100.0))?;
/// assert_eq!(line.process(&[1.0_f32, 2.0, 3.0]).re, 6.0);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SingleLine {
    /// Turns a sample.
    turns: f64,
    phases: [Complex64; BLOCK],
}

impl SingleLine {
    /// A plan for one frequency of samples at `rate`, for records of any length.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0 or the frequency is not finite.
    pub fn new(frequency: Hertz, rate: Hertz) -> Result<Self> {
        Error::check_rate(rate)?;
        let turns = frequency.0 / rate.0;
        if !turns.is_finite() {
            let reason = "it has to be a finite number".to_owned();
            return Err(Error::Frequency { what: "frequency of the line", value: frequency.0, reason });
        }
        Ok(Self { turns, phases: std::array::from_fn(|n| turn(-turns, n as f64)) })
    }

    /// `Σ x[n] e^{-2πi f n/rate}`; 0 of no samples.
    #[must_use]
    pub fn process<T: Sample>(&self, input: &[T]) -> Complex64 {
        let mut sum = Complex64::default();
        for (block, samples) in input.chunks(BLOCK).enumerate() {
            let part: Complex64 = samples.iter().zip(&self.phases).map(|(x, phase)| phase * x.widen()).sum();
            sum += part * turn(-self.turns, (block * BLOCK) as f64);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_within_half_the_rate_passes_and_one_beyond_is_refused_with_the_limit() {
        let check = |low, high| ZoomParams::band(Hertz(low), Hertz(high)).check_within(Hertz(1000.0));
        assert_eq!(check(0.0, 500.0), Ok(()));
        for (low, high) in [(-1.0, 100.0), (100.0, 500.5), (600.0, 700.0), (f64::NAN, 100.0), (0.0, f64::NAN)]
        {
            let refused = check(low, high).is_err_and(|error| error.to_string().contains("500 Hz"));
            assert!(refused, "{low} to {high}");
        }
    }
}
