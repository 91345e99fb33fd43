//! Spectral correlation and coherence at given cyclic frequencies, by the averaged cyclic periodogram.
//!
//! ```text
//! X_s = FFT(w x) of the frame from sample s,   Y_s = FFT(w x e^{2πi α n/rate}) of the same, n counted from the record's start
//! S(α, f) = (1/K) Σ_s X_s Y_s* / (rate Σw²),   γ(α, f) = Σ_s X_s Y_s* / sqrt(Σ_s |X_s|² Σ_s |Y_s|²)
//! ```
//! The asymmetric form: the carrier `f` is correlated with `f - α`. The shift is made in time, so every cyclic
//! frequency is met exactly. `|γ| <= 1`. (Antoni 2007, "Cyclic spectral analysis in practice", Mech. Syst. Signal
//! Process. 21, 597.)
//!
//! Traps: a cyclic frequency is resolved to one over the record's duration, so one that is wrong by more sees
//! nothing; noise has `|γ|²` of about one over [`CyclicCoherencePlan::effective_averages`], not 0; frames have to
//! overlap by two thirds or more, or power is lost between them.

use crate::counted::counted;
use num_complex::{Complex, Complex64};
use serde::{Deserialize, Serialize};

use crate::cyclic::CyclicMemory;
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{ComplexFft, RealFft};
use crate::fourier::window::{Symmetry, Window};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::Hertz;

const NAME: &str = "cyclic coherence";

/// Parameters of the averaged cyclic periodogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CyclicCoherenceParams {
    /// The cyclic frequencies, one row each. None unless said; at least one is needed.
    pub cyclic_frequencies: Vec<Hertz>,
    /// Taper, periodic. Hann unless said.
    pub window: Window,
    /// Samples in a frame. 256 unless said.
    pub length: usize,
    /// Samples from one frame to the next. A quarter of a frame unless said.
    pub hop: Option<usize>,
}

impl Default for CyclicCoherenceParams {
    fn default() -> Self {
        Self { cyclic_frequencies: Vec::new(), window: Window::Hann, length: 256, hop: None }
    }
}

impl CyclicCoherenceParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when there is no
    /// cyclic frequency, one is not finite or beyond the rate, the record is shorter than a frame, the hop
    /// is 0 or longer than a frame, or the taper's parameter lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CyclicCoherencePlan<T>> {
        Error::check_rate(rate)?;
        let refuse =
            |parameter, value: String, reason: &str| Err(Error::parameter(NAME, parameter, value, reason));
        if self.cyclic_frequencies.is_empty() {
            return refuse("cyclic_frequencies", "none".into(), "at least one is needed");
        }
        if let Some(wrong) = self.cyclic_frequencies.iter().find(|a| a.0.is_nan() || a.0.abs() > rate.0) {
            return refuse(
                "cyclic_frequencies",
                wrong.0.to_string(),
                "each has to be a number up to the rate",
            );
        }
        self.window.check(self.length)?;
        let hop = self.hop.unwrap_or((self.length / 4).max(1));
        if hop == 0 || hop > self.length {
            return refuse("hop", hop.to_string(), "it has to be at least 1 and at most a frame");
        }
        if len < self.length {
            let reason = format!(
                "the record of {held} is shorter: take a longer one or shorter frames",
                held = counted(len, "sample")
            );
            return refuse("length", self.length.to_string(), &reason);
        }
        let window = self.window.samples(self.length, Symmetry::Periodic);
        let energy: f64 = window.iter().map(|w| w * w).sum();
        if energy <= 0.0 || !energy.is_finite() {
            return refuse(
                "length",
                self.length.to_string(),
                "the taper is 0 at this length: take longer frames",
            );
        }
        let turning = |alpha: Hertz| -> Vec<Complex<T>> {
            let step = std::f64::consts::TAU * alpha.0 / rate.0;
            let turned = |(m, w): (usize, &f64)| Complex64::cis(step * m as f64) * *w;
            window
                .iter()
                .enumerate()
                .map(turned)
                .map(|z| Complex::new(T::narrow(z.re), T::narrow(z.im)))
                .collect()
        };
        Ok(CyclicCoherencePlan {
            rate,
            len,
            hop,
            energy,
            alphas: self.cyclic_frequencies.clone(),
            turning: self.cyclic_frequencies.iter().map(|alpha| turning(*alpha)).collect(),
            window: window.iter().map(|w| T::narrow(*w)).collect(),
            weights: window,
            real: RealFft::new(self.length)?,
            complex: ComplexFft::new(self.length)?,
        })
    }
}

/// Spectral correlation and coherence of records of one length at given cyclic frequencies.
///
/// A map is a row-major array of `rows() × bins()`: cyclic frequency `a` and carrier `k` lie at
/// `a·bins() + k`. One complex FFT a frame and row.
#[derive(Debug, Clone)]
pub struct CyclicCoherencePlan<T: Sample> {
    rate: Hertz,
    len: usize,
    hop: usize,
    energy: f64,
    alphas: Vec<Hertz>,
    /// The taper times `e^{2πi α m/rate}`, for each row.
    turning: Vec<Vec<Complex<T>>>,
    window: Vec<T>,
    weights: Vec<f64>,
    real: RealFft<T>,
    complex: ComplexFft<T>,
}

impl<T: Sample> CyclicCoherencePlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Cyclic frequencies.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.alphas.len()
    }

    /// Carriers: `length/2 + 1`.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.real.bins()
    }

    /// Numbers in a map: `rows() × bins()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.rows() * self.bins()
    }

    /// Cyclic frequency of row `row`.
    #[must_use]
    pub fn cyclic_frequency(&self, row: usize) -> Hertz {
        self.alphas[row]
    }

    /// Carrier of column `bin`.
    #[must_use]
    pub fn frequency(&self, bin: usize) -> Hertz {
        Hertz(bin as f64 * self.rate.0 / self.real.len() as f64)
    }

    /// Frames that are averaged.
    #[must_use]
    pub fn frames(&self) -> usize {
        1 + (self.len - self.real.len()) / self.hop
    }

    /// How many independent frames the overlapping ones are worth, for white noise: one over this is the
    /// expectation of `|γ|²` where nothing repeats.
    #[must_use]
    pub fn effective_averages(&self) -> f64 {
        let (w, frames) = (&self.weights, self.frames());
        let mut sum = 1.0;
        for d in 1..frames.min(w.len().div_ceil(self.hop)) {
            let overlap: f64 = w.iter().zip(&w[d * self.hop..]).map(|(a, b)| a * b).sum();
            sum += 2.0 * (1.0 - d as f64 / frames as f64) * (overlap / self.energy).powi(2);
        }
        frames as f64 / sum
    }

    /// The coherence of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)): no unit, at most 1
    /// in magnitude; 0 where there is no power.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("output of the cyclic coherence", self.output_len(), output.len())?;
        self.accumulate(input, scratch)?;
        let bins = self.bins();
        let CyclicMemory { sums, power, .. } = &scratch.cyclic;
        let (plain, shifted) = power.split_at(bins);
        for (a, row) in output.chunks_exact_mut(bins).enumerate() {
            for (k, value) in row.iter_mut().enumerate() {
                let both = (plain[k] * shifted[a * bins + k]).sqrt();
                let gamma = if both > 0.0 { sums[a * bins + k] / both } else { Complex64::default() };
                *value = narrow(gamma);
            }
        }
        Ok(())
    }

    /// The spectral correlation of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)): the
    /// square of its unit per hertz, two-sided; at `α = 0` the power density.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn spectral_correlation(
        &self,
        input: &[T],
        output: &mut [Complex<T>],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("output of the spectral correlation", self.output_len(), output.len())?;
        let scale = self.accumulate(input, scratch)?;
        let unit = 1.0 / (self.frames() as f64 * self.energy * self.rate.0);
        for (value, sum) in output.iter_mut().zip(&scratch.cyclic.sums) {
            *value = narrow(*sum * unit / scale / scale);
        }
        Ok(())
    }

    /// Leaves `Σ X Y*` in `sums`, `Σ|X|²` and then `Σ|Y|²` row by row in `power`; gives the scale of the record.
    fn accumulate(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<f64> {
        check_len("input of the cyclic coherence", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude(NAME, input)?);
        let bins = self.bins();
        let Scratch { record, spectrum, complex, cyclic, fft, .. } = scratch;
        let CyclicMemory { sums, power, .. } = cyclic;
        let (sums, power) = (first(sums, self.output_len()), first(power, bins + self.output_len()));
        sums.fill(Complex64::default());
        power.fill(0.0);
        let (plain, shifted) = power.split_at_mut(bins);
        for index in 0..self.frames() {
            let start = index * self.hop;
            let frame = &input[start..start + self.window.len()];
            let tapered = first(record, self.window.len());
            for ((y, x), w) in tapered.iter_mut().zip(frame).zip(&self.window) {
                *y = T::narrow(x.widen() * scale) * *w;
            }
            let x = first(spectrum, bins);
            self.real.forward_consuming(tapered, x, fft)?;
            for (power, x) in plain.iter_mut().zip(&*x) {
                *power += widen(*x).norm_sqr();
            }
            for (a, (alpha, turning)) in self.alphas.iter().zip(&self.turning).enumerate() {
                let y = first(complex, self.window.len());
                for ((y, x), w) in y.iter_mut().zip(frame).zip(turning) {
                    *y = *w * T::narrow(x.widen() * scale);
                }
                self.complex.forward_in_place(y, fft)?;
                // Turns the frame's own phase into that of the record's start; whole turns are left out first.
                let turns = (alpha.0 / self.rate.0 * start as f64).fract();
                let phase = Complex64::cis(-std::f64::consts::TAU * turns);
                let row = a * bins..(a + 1) * bins;
                for (((sum, power), x), y) in
                    sums[row.clone()].iter_mut().zip(&mut shifted[row]).zip(&*x).zip(&*y)
                {
                    let y = widen(*y);
                    *sum += widen(*x) * y.conj() * phase;
                    *power += y.norm_sqr();
                }
            }
        }
        Ok(scale)
    }
}

pub(crate) fn widen<T: Sample>(value: Complex<T>) -> Complex64 {
    Complex64::new(value.re.widen(), value.im.widen())
}

pub(crate) fn narrow<T: Sample>(value: Complex64) -> Complex<T> {
    Complex::new(T::narrow(value.re), T::narrow(value.im))
}
