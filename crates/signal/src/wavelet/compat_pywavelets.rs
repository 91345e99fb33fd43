//! COMPATIBILITY: the transform that the package PyWavelets computes (`pywt.cwt` of version 1.8), so that old figures
//! can be compared. It is no sampled wavelet transform:
//!
//! ```text
//! Ψ[i] = Δx Σ_{j<=i} ψ(x_j)        on 2^precision points of the wavelet's range, complex ones conjugated
//! h_s[j] = Ψ[floor(j/(sΔx))]       j = 0 .. s·range, turned round
//! W[s] = -sqrt(s) diff(x * h_s)    the middle len values
//! ```
//! The table is read in steps, which adds a noise that grows at small scales; records are taken as zero beyond their
//! ends. Gain for a cosine of amplitude 1: it grows with `sqrt(s)`; for `cmor1.5-1.0` it is `sqrt(s)/2`, 1.72 at
//! scale 12. Its two methods `conv` and `fft` give the same but for rounding; here it is always an FFT.

use std::f64::consts::PI;

use num_complex::{Complex, Complex64};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{ComplexFft, fast_length};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;
use crate::wavelet::cwt::check_size;
use crate::wavelet::extension::LONGEST;

/// PyWavelets' continuous wavelets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PyWaveletsWavelet {
    /// `cmorB-C`: complex Morlet on -8 to 8.
    Cmor {
        /// Bandwidth `B`, above 0.
        bandwidth: f64,
        /// Centre frequency `C`, above 0.
        centre: f64,
    },
    /// `morl`: `cos(5x) e^{-x²/2}` on -8 to 8.
    Morl,
    /// `mexh`: the Mexican hat on -8 to 8.
    Mexh,
    /// `gausP`: the derivative of order `P` of a Gaussian, on -5 to 5.
    Gaus {
        /// Order, 1 to 8.
        order: u32,
    },
    /// `cgauP`: the derivative of order `P` of `e^{-ix} e^{-x²}`, on -5 to 5.
    Cgau {
        /// Order, 1 to 8.
        order: u32,
    },
}

impl PyWaveletsWavelet {
    fn check(self) -> Result<()> {
        let (parameter, value, fine, reason) = match self {
            Self::Cmor { bandwidth, .. } if !(bandwidth > 0.0 && bandwidth < 1e6) => {
                ("bandwidth", bandwidth, false, "it has to lie between 0 and 1e6")
            }
            Self::Cmor { centre, .. } if !(centre > 0.0 && centre < 1e6) => {
                ("centre", centre, false, "it has to lie between 0 and 1e6")
            }
            Self::Gaus { order } | Self::Cgau { order } => {
                ("order", f64::from(order), (1..=8).contains(&order), "orders 1 to 8 exist")
            }
            _ => ("", 0.0, true, ""),
        };
        if fine { Ok(()) } else { Err(Error::parameter("PyWavelets' cwt", parameter, value, reason)) }
    }

    fn is_complex(self) -> bool {
        matches!(self, Self::Cmor { .. } | Self::Cgau { .. })
    }

    /// Half its range, which is symmetric.
    fn reach(self) -> f64 {
        if matches!(self, Self::Gaus { .. } | Self::Cgau { .. }) { 5.0 } else { 8.0 }
    }

    fn at(self, x: f64) -> Complex64 {
        let bell = |width: f64| (-x * x / width).exp();
        match self {
            Self::Cmor { bandwidth, centre } => {
                Complex64::cis(2.0 * PI * centre * x) * (bell(bandwidth) / (PI * bandwidth).sqrt())
            }
            Self::Morl => Complex64::from((5.0 * x).cos() * bell(2.0)),
            Self::Mexh => Complex64::from((1.0 - x * x) * bell(2.0) * 2.0 / (3.0_f64.sqrt() * PI.powf(0.25))),
            Self::Gaus { order } => {
                let sign = if matches!(order % 4, 0 | 1) { 1.0 } else { -1.0 };
                derivative(order, Complex64::default(), x) * (sign * bell(1.0) / norm(order, false))
            }
            Self::Cgau { order } => {
                derivative(order, -Complex64::i(), x) * Complex64::cis(-x) * (bell(1.0) / norm(order, true))
            }
        }
    }

    /// Its table: points, spacing.
    fn table(self, precision: u32) -> (Vec<Complex64>, f64) {
        let count = 1_usize << precision;
        let reach = self.reach();
        let ideal = 2.0 * reach / (count - 1) as f64;
        let x = |i: usize| if i + 1 == count { reach } else { i as f64 * ideal - reach };
        ((0..count).map(|i| self.at(x(i))).collect(), x(1) - x(0))
    }
}

/// The polynomial `p_n` of the derivative of order `n` of `e^{cx - x²}` at `x`: `p_{n+1} = p_n' + (c - 2x) p_n`.
fn derivative(order: u32, c: Complex64, x: f64) -> Complex64 {
    let mut polynomial = vec![Complex64::from(1.0)];
    for _ in 0..order {
        let mut next = vec![Complex64::default(); polynomial.len() + 1];
        for (i, p) in polynomial.iter().enumerate() {
            next[i] += c * p;
            next[i + 1] -= 2.0 * p;
            if i > 0 {
                next[i - 1] += p * i as f64;
            }
        }
        polynomial = next;
    }
    polynomial.iter().rev().fold(Complex64::default(), |sum, p| sum * x + p)
}

/// L2 norm of these derivatives: the root of `sqrt(π/2)` times the moment of order `2n` of a Gaussian of variance 1
/// about 0 (real) or about 1 (complex).
fn norm(order: u32, complex: bool) -> f64 {
    // E (Z + 1)^m from E (Z + 1)^{m-1} and E (Z + 1)^{m-2}; E Z^m likewise.
    let centre = if complex { 1.0 } else { 0.0 };
    let (mut before, mut moment) = (1.0, centre);
    for m in 1..2 * order {
        (before, moment) = (moment, centre * moment + f64::from(m) * before);
    }
    ((PI / 2.0).sqrt() * moment).sqrt()
}

/// Parameters of PyWavelets' transform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PyWaveletsCwtParams {
    /// The wavelet. `cmor1.5-1.0` unless said.
    pub wavelet: PyWaveletsWavelet,
    /// Scales, in the order of the rows. To be given.
    pub scales: Vec<f64>,
    /// The table has `2^precision` points. 12 unless said; 4 to 16.
    pub precision: u32,
}

impl Default for PyWaveletsCwtParams {
    fn default() -> Self {
        let wavelet = PyWaveletsWavelet::Cmor { bandwidth: 1.5, centre: 1.0 };
        Self { wavelet, scales: Vec::new(), precision: 12 }
    }
}

impl PyWaveletsCwtParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when there is no scale
    /// or more than 65,536, one is not a finite number above 0 or so small that no sample is left of the wavelet, the
    /// filters' spectra would hold more than 2²⁸ numbers, or another parameter lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<PyWaveletsCwtPlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter("PyWavelets' cwt", parameter, value, reason))
        };
        self.wavelet.check()?;
        if !(4..=16).contains(&self.precision) {
            return refuse("precision", self.precision.to_string(), "it has to be 4 to 16");
        }
        if self.scales.is_empty() || self.scales.len() > 1 << 16 {
            return refuse("scales", self.scales.len().to_string(), "1 to 65536 are needed");
        }
        let range = 2.0 * self.wavelet.reach();
        let room = ((1_usize << 28) / self.scales.len()) as f64;
        if let Some(wrong) = self
            .scales
            .iter()
            .find(|s| !(s.is_finite() && *s * range > 1.0 && *s * range + len as f64 <= room))
        {
            let reason = "it has to be a finite number so large that a sample is left of the wavelet, and so small that \
                          the filters' spectra take less than 2^28 numbers";
            return refuse("scale", wrong.to_string(), reason);
        }
        if !(1..=LONGEST).contains(&len) {
            return refuse("length", len.to_string(), "1 to 2^26 samples are transformed at once");
        }
        check_size(self.scales.len(), len)?;
        let (table, spacing) = self.wavelet.table(self.precision);
        let centre = central_frequency(&table, range)?;
        let mut integral = Vec::with_capacity(table.len());
        let mut sum = Complex64::default();
        for value in &table {
            sum += value;
            let value = sum * spacing;
            integral.push(if self.wavelet.is_complex() { value.conj() } else { value });
        }
        let filters: Vec<Vec<Complex64>> =
            self.scales.iter().map(|s| filter(&integral, *s, range, spacing)).collect();
        let longest = filters.iter().map(Vec::len).max().unwrap_or(1);
        let fft = ComplexFft::<T>::new(fast_length(len + longest))?;
        let points = fft.len();
        let wide = ComplexFft::<f64>::new(points)?;
        let mut scratch = Scratch::new();
        let mut spectra = Vec::with_capacity(points * filters.len());
        for (filter, scale) in filters.iter().zip(&self.scales) {
            // The difference of the full convolution is one with the filter's difference; its middle begins here.
            let shift = 1 + (filter.len() - 2) / 2;
            let mut values = vec![Complex64::default(); points];
            for (i, value) in filter.iter().enumerate() {
                values[(i + points - shift) % points] -= value * scale.sqrt();
                values[(i + 1 + points - shift) % points] += value * scale.sqrt();
            }
            wide.forward(&mut values, &mut scratch)?;
            spectra.extend(values.iter().map(|v| {
                let v = v / points as f64;
                Complex::new(T::narrow(v.re), T::narrow(v.im))
            }));
        }
        let frequencies = self.scales.iter().map(|s| Hertz(centre / s * rate.0)).collect();
        Ok(PyWaveletsCwtPlan { len, real: !self.wavelet.is_complex(), frequencies, spectra, fft })
    }
}

/// The integrated wavelet in steps, turned round.
fn filter(integral: &[Complex64], scale: f64, range: f64, spacing: f64) -> Vec<Complex64> {
    let count = (scale * range + 1.0).ceil() as usize;
    let places = (0..count).map(|i| (i as f64 / (scale * spacing)) as usize);
    let mut values: Vec<Complex64> = places.filter_map(|i| integral.get(i).copied()).collect();
    values.reverse();
    values
}

/// Where the wavelet's discrete spectrum is largest, in cycles per unit of `x`.
fn central_frequency(table: &[Complex64], range: f64) -> Result<f64> {
    let mut bins = table.to_vec();
    ComplexFft::new(bins.len())?.forward(&mut bins, &mut Scratch::new())?;
    // The first of equals counts; rounding must not decide between the two sides of a real wavelet's spectrum.
    let mut top = 1;
    for (k, bin) in bins.iter().enumerate().skip(1) {
        if bin.norm() > bins[top].norm() * (1.0 + 1e-12) {
            top = k;
        }
    }
    let index = if top + 1 > bins.len() / 2 { bins.len() - top + 1 } else { top + 1 };
    Ok((index - 1) as f64 / range)
}

/// PyWavelets' transform of records of one length: a row-major array of `rows() × len()`, one row a scale.
#[derive(Debug, Clone)]
pub struct PyWaveletsCwtPlan<T: Sample> {
    len: usize,
    real: bool,
    frequencies: Vec<Hertz>,
    spectra: Vec<Complex<T>>,
    fft: ComplexFft<T>,
}

impl<T: Sample> PyWaveletsCwtPlan<T> {
    /// Samples of the record, and values in a row.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows: scales.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.frequencies.len()
    }

    /// Numbers in a transform: `rows() × len()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.rows() * self.len
    }

    /// Frequency of row `row`, as PyWavelets states it: the wavelet's central frequency, found on the grid of a
    /// discrete spectrum, over the scale.
    #[must_use]
    pub fn frequency(&self, row: usize) -> Hertz {
        self.frequencies[row]
    }

    /// The transform of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)). Real wavelets give
    /// imaginary parts of 0.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of PyWavelets' transform", self.len, input.len())?;
        check_len("output of PyWavelets' transform", self.output_len(), output.len())?;
        if let Some(index) = input.iter().position(|x| !x.is_finite()) {
            let reason =
                "every sample has to be a finite number; cut the damaged stretch out before transforming";
            return Err(Error::parameter("PyWavelets' cwt", "sample", index, reason));
        }
        let points = self.fft.len();
        let Scratch { spectrum, complex, fft, .. } = scratch;
        let (record, row) = (first(spectrum, points), first(complex, points));
        record.fill(Complex::default());
        for (place, x) in record.iter_mut().zip(input) {
            *place = Complex::new(*x, T::default());
        }
        self.fft.forward_in_place(record, fft)?;
        let rows = output.chunks_exact_mut(self.len).zip(self.spectra.chunks_exact(points));
        for (out, filter) in rows {
            for ((value, bin), weight) in row.iter_mut().zip(&*record).zip(filter) {
                *value = *bin * *weight;
            }
            self.fft.inverse_unscaled(row, fft)?;
            for (place, value) in out.iter_mut().zip(&*row) {
                *place = if self.real { Complex::new(value.re, T::default()) } else { *value };
            }
        }
        Ok(())
    }
}
