//! Discrete Fourier transforms of any length: `X[k] = Σ x[n] e^{-2πi kn/N}`.
//!
//! Plans over rustfft and realfft, which choose AVX, SSE, NEON or portable code when the plan is made.
//! The forward transform is unscaled, the inverse divides by `N`, as in NumPy. Every length is exact: nothing
//! is padded. Lengths with small prime factors are fastest; on the machine this was written on a real FFT of
//! 480,000 = 2⁸·3·5⁴ samples in `f32` took 0.5 ms, and of 499,979 samples, a prime, 5.8 ms.

use std::fmt;
use std::sync::Arc;

use num_complex::Complex;
use realfft::{ComplexToReal, FftError, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// Longest transform: its tables and working memory take a few gigabytes.
const LONGEST: usize = 1 << 28;

/// A real FFT of one length and its inverse.
///
/// The spectrum is one-sided: bins `k = 0..=N/2` (rounded down), at `k·rate/N`.
///
/// ```
/// use brinell_signal::{Scratch, fourier::RealFft};
/// let fft = RealFft::<f64>::new(4)?;
/// let (mut bins, mut scratch) = (vec![Default::default(); fft.bins()], Scratch::new());
/// fft.forward(&[1.0, 0.0, -1.0, 0.0], &mut bins, &mut scratch)?;
/// assert_eq!(bins.iter().map(|bin| bin.re).collect::<Vec<_>>(), [0.0, 2.0, 0.0]);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Clone)]
pub struct RealFft<T: Sample> {
    len: usize,
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
}

impl<T: Sample> fmt::Debug for RealFft<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealFft").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<T: Sample> RealFft<T> {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0 or above 2²⁸.
    pub fn new(len: usize) -> Result<Self> {
        check_plan("real FFT", len)?;
        let mut planner = RealFftPlanner::new();
        Ok(Self { len, forward: planner.plan_fft_forward(len), inverse: planner.plan_fft_inverse(len) })
    }

    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bins of the one-sided spectrum: `len/2 + 1`.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.len / 2 + 1
    }

    /// Whether the last bin is the Nyquist frequency, that is, whether the length is even.
    #[must_use]
    pub fn has_nyquist(&self) -> bool {
        self.len.is_multiple_of(2)
    }

    /// Unscaled forward transform of `input` (`len` samples) into `output` (`bins`).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn forward(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the real FFT", self.len, input.len())?;
        let record = first(&mut scratch.record, self.len);
        record.copy_from_slice(input);
        self.forward_consuming(record, output, &mut scratch.fft)
    }

    /// Inverse transform of `input` (`bins`) into `output` (`len` samples), divided by `len`. The imaginary
    /// parts of bin 0 and of the Nyquist bin, which no real signal has, are left out.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn inverse(&self, input: &[Complex<T>], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the inverse real FFT", self.bins(), input.len())?;
        let bins = first(&mut scratch.complex, self.bins());
        let scale = T::narrow(1.0 / self.len as f64);
        for (bin, value) in bins.iter_mut().zip(input) {
            *bin = value * scale;
        }
        self.inverse_consuming(bins, output, &mut scratch.fft)
    }

    /// [`RealFft::forward`] that spares the copy and leaves `input` without meaning.
    pub(crate) fn forward_consuming(
        &self,
        input: &mut [T],
        output: &mut [Complex<T>],
        fft: &mut Vec<Complex<T>>,
    ) -> Result<()> {
        let fft = first(fft, self.forward.get_scratch_len());
        self.forward.process_with_scratch(input, output, fft).map_err(|e| refused("real FFT", &e))
    }

    /// UNSCALED inverse that leaves `input` without meaning.
    pub(crate) fn inverse_consuming(
        &self,
        input: &mut [Complex<T>],
        output: &mut [T],
        fft: &mut Vec<Complex<T>>,
    ) -> Result<()> {
        if let Some(bin) = input.first_mut() {
            bin.im = T::default();
        }
        if let (true, Some(bin)) = (self.has_nyquist(), input.last_mut()) {
            bin.im = T::default();
        }
        let fft = first(fft, self.inverse.get_scratch_len());
        self.inverse.process_with_scratch(input, output, fft).map_err(|e| refused("inverse real FFT", &e))
    }
}

/// Lengths that a plan is made for.
fn check_plan(transform: &'static str, len: usize) -> Result<()> {
    match len {
        0 => Err(Error::parameter(transform, "length", len, "at least 1 sample is needed")),
        1..=LONGEST => Ok(()),
        _ => Err(Error::parameter(transform, "length", len, "at most 2^28 samples are transformed at once")),
    }
}

/// realfft's complaint in our words.
#[cold]
fn refused(transform: &'static str, error: &FftError) -> Error {
    match *error {
        FftError::InputBuffer(expected, got)
        | FftError::OutputBuffer(expected, got)
        | FftError::ScratchBuffer(expected, got) => Error::Length { what: transform, expected, got },
        FftError::InputValues(..) => {
            Error::parameter(transform, "spectrum", "bin 0 or Nyquist", "its imaginary part has to be 0")
        }
    }
}

/// A complex FFT of one length and its inverse, in place.
///
/// Bins `k = 0..N` in the usual order: zero, positive, then negative frequencies.
#[derive(Clone)]
pub struct ComplexFft<T: Sample> {
    forward: Arc<dyn Fft<T>>,
    inverse: Arc<dyn Fft<T>>,
}

impl<T: Sample> fmt::Debug for ComplexFft<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComplexFft").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T: Sample> ComplexFft<T> {
    /// A plan for `len` complex samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0 or above 2²⁸.
    pub fn new(len: usize) -> Result<Self> {
        check_plan("complex FFT", len)?;
        let mut planner = FftPlanner::new();
        Ok(Self { forward: planner.plan_fft_forward(len), inverse: planner.plan_fft_inverse(len) })
    }

    /// Complex samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.forward.len()
    }

    /// Unscaled forward transform in place.
    ///
    /// # Errors
    /// [`Error::Length`] when `values` has another length than the plan.
    pub fn forward(&self, values: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        self.forward_in_place(values, &mut scratch.fft)
    }

    /// [`ComplexFft::forward`] that borrows only the memory it needs.
    pub(crate) fn forward_in_place(
        &self,
        values: &mut [Complex<T>],
        fft: &mut Vec<Complex<T>>,
    ) -> Result<()> {
        check_len("values of the complex FFT", self.len(), values.len())?;
        let fft = first(fft, self.forward.get_inplace_scratch_len());
        self.forward.process_with_scratch(values, fft);
        Ok(())
    }

    /// Inverse transform in place, divided by the length.
    ///
    /// # Errors
    /// [`Error::Length`] when `values` has another length than the plan.
    pub fn inverse(&self, values: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        self.inverse_unscaled(values, &mut scratch.fft)?;
        let scale = T::narrow(1.0 / self.len() as f64);
        for value in values {
            *value = *value * scale;
        }
        Ok(())
    }

    /// [`ComplexFft::inverse`] without the division.
    pub(crate) fn inverse_unscaled(
        &self,
        values: &mut [Complex<T>],
        fft: &mut Vec<Complex<T>>,
    ) -> Result<()> {
        check_len("values of the inverse complex FFT", self.len(), values.len())?;
        let fft = first(fft, self.inverse.get_inplace_scratch_len());
        self.inverse.process_with_scratch(values, fft);
        Ok(())
    }
}

/// The shortest even length of at least `len` without a prime factor above 7, which FFTs are fastest at.
pub(crate) fn fast_length(len: usize) -> usize {
    let mut candidate = len.max(2).next_multiple_of(2);
    loop {
        let mut rest = candidate;
        for prime in [2, 3, 5, 7] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        if rest == 1 {
            return candidate;
        }
        candidate += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::fast_length;

    #[test]
    fn fast_lengths_are_even_and_have_no_large_prime_factor() {
        for (len, fast) in [(0, 2), (1, 2), (3, 4), (11, 12), (121, 126), (1009, 1024), (120_001, 120_050)] {
            assert_eq!(fast_length(len), fast);
        }
    }
}
