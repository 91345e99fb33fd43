//! The analytic signal `a = x + i·h`, `h` the Hilbert transform of `x`.
//!
//! In the frequency domain `H = -i·X` for positive frequencies and 0 at zero and Nyquist, so `a` holds `x` as
//! it is and no negative frequency. The record is taken as one period: a step from its end to its start
//! rings at both ends.
//!
//! The discrete analytic signal of Marple 1999 (doi 10.1109/78.782222), as in `scipy.signal.hilbert`.

use num_complex::Complex;

use crate::error::{Result, check_len};
use crate::fourier::fft::RealFft;
use crate::fourier::half_length::HalfLength;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// Hilbert transform and analytic signal of records of one length: two real FFTs. An even length goes through
/// no real spectrum in between (see `half_length.rs`).
#[derive(Debug, Clone)]
pub struct AnalyticPlan<T: Sample> {
    fft: RealFft<T>,
}

impl<T: Sample> AnalyticPlan<T> {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) when `len` is 0.
    pub fn new(len: usize) -> Result<Self> {
        Ok(Self { fft: RealFft::new(len)? })
    }

    /// The real FFT inside, whose tables others can share.
    pub(crate) fn fft(&self) -> &RealFft<T> {
        &self.fft
    }

    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// The Hilbert transform of `input` in `output`, both `len` samples: a cosine becomes a sine.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length.
    pub fn quadrature(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the Hilbert transform", self.len(), input.len())?;
        check_len("output of the Hilbert transform", self.len(), output.len())?;
        let Scratch { record, spectrum, fft, .. } = scratch;
        if let Some(half) = self.fft.half_length() {
            let packed = first(spectrum, self.fft.bins());
            packed_quadrature(half, input, packed, fft);
            half.unpack(packed, output);
            return Ok(());
        }
        let record = first(record, self.len());
        record.copy_from_slice(input);
        let spectrum = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, spectrum, fft)?;
        let scale = T::narrow(1.0 / self.len() as f64);
        for bin in spectrum.iter_mut() {
            *bin = Complex::new(bin.im * scale, -bin.re * scale);
        }
        spectrum[0] = Complex::default();
        self.fft.inverse_consuming(spectrum, output, fft)
    }

    /// The analytic signal of `input`, both `len` samples.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("output of the analytic signal", self.len(), output.len())?;
        let mut values = std::mem::take(&mut scratch.values);
        let result = self.quadrature(input, first(&mut values, self.len()), scratch);
        for ((a, x), h) in output.iter_mut().zip(input).zip(&values) {
            *a = Complex::new(*x, *h);
        }
        scratch.values = values;
        result
    }
}

/// The packed Hilbert transform of samples, in all of `packed` but its last number.
pub(crate) fn packed_quadrature<T: Sample>(
    half: &HalfLength<T>,
    input: &[T],
    packed: &mut [Complex<T>],
    fft: &mut Vec<Complex<T>>,
) {
    half.pack(input, packed);
    half.forward(&mut packed[..half.half()], fft);
    half.quadrature(packed);
    half.inverse(&mut packed[..half.half()], fft);
}

/// The analytic signal of a record of any length.
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when `samples` is empty.
///
/// ```
/// let cosine: Vec<f64> = (0..8).map(|n| (std::f64::consts::TAU * n as f64 / 8.0).cos()).collect();
/// let analytic = brinell_signal::envelope::analytic(&cosine)?;
/// assert!(analytic.iter().all(|a| (a.norm() - 1.0).abs() < 1e-15));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
pub fn analytic<T: Sample>(samples: &[T]) -> Result<Vec<Complex<T>>> {
    let mut output = vec![Complex::default(); samples.len()];
    AnalyticPlan::new(samples.len())?.process(samples, &mut output, &mut Scratch::new())?;
    Ok(output)
}
