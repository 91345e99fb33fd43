//! Discrete Fourier transforms of any length: `X[k] = Σ x[n] e^{-2πi kn/N}`.
//!
//! Plans over rustfft and realfft, which choose AVX, SSE, NEON or portable code when the plan is made. A real
//! FFT of even length is a complex one of half the length and one vectorised pass (`half_length.rs`).
//! The forward transform is unscaled, the inverse divides by `N`, as in NumPy. Every length is exact: nothing
//! is padded. Lengths with small prime factors are fastest; on an AMD Zen 5 with AVX-512 a real FFT of
//! 480,000 = 2⁸·3·5⁴ samples in `f32` took 0.5 ms, and of 499,979 samples, a prime, 5.8 ms.
//!
//! A real FFT through one of half the length: Cooley, Lewis and Welch 1970 (J. Sound Vib. 12, 315).

use std::fmt;
use std::sync::{Arc, OnceLock};

use num_complex::Complex;
use realfft::{ComplexToReal, FftError, RealFftPlanner, RealToComplex};
use rustfft::FftDirection;

use crate::error::{Error, Result, check_len};
use crate::fourier::directions::Directions;
use crate::fourier::half_length::HalfLength;
use crate::fourier::kept;
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
    form: Form<T>,
}

#[derive(Clone)]
enum Form<T: Sample> {
    Even(HalfLength<T>),
    Odd(Odd<T>),
}

/// Plans of an odd length, each made when it is first wanted.
#[derive(Clone)]
struct Odd<T: Sample> {
    forward: Arc<OnceLock<Arc<dyn RealToComplex<T>>>>,
    inverse: Arc<OnceLock<Arc<dyn ComplexToReal<T>>>>,
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
        let form = if len.is_multiple_of(2) {
            Form::Even(kept::plan(len, || HalfLength::new(len)))
        } else {
            Form::Odd(kept::plan(len, || Odd { forward: Arc::default(), inverse: Arc::default() }))
        };
        Ok(Self { len, form })
    }

    /// Whether a plan for `len` samples can be made.
    pub(crate) fn check(len: usize) -> Result<()> {
        check_plan("real FFT", len)
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
        check_len("output of the real FFT", self.bins(), output.len())?;
        if let Form::Even(half) = &self.form {
            half.pack(input, output);
            half.forward(&mut output[..half.half()], &mut scratch.fft);
            half.unpack_spectrum(output);
            return Ok(());
        }
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

    /// The transform of half the length inside; none for an odd length.
    pub(crate) fn half_length(&self) -> Option<&HalfLength<T>> {
        match &self.form {
            Form::Even(half) => Some(half),
            Form::Odd(_) => None,
        }
    }

    /// [`RealFft::forward`] that leaves `input` without meaning.
    pub(crate) fn forward_consuming(
        &self,
        input: &mut [T],
        output: &mut [Complex<T>],
        fft: &mut Vec<Complex<T>>,
    ) -> Result<()> {
        check_len("input of the real FFT", self.len, input.len())?;
        check_len("output of the real FFT", self.bins(), output.len())?;
        match &self.form {
            Form::Even(half) => {
                half.pack(input, output);
                half.forward(&mut output[..half.half()], fft);
                half.unpack_spectrum(output);
                Ok(())
            }
            Form::Odd(Odd { forward, .. }) => {
                let forward = forward.get_or_init(|| RealFftPlanner::new().plan_fft_forward(self.len));
                let fft = first(fft, forward.get_scratch_len());
                forward.process_with_scratch(input, output, fft).map_err(|e| refused("real FFT", &e))
            }
        }
    }

    /// UNSCALED inverse that leaves `input` without meaning.
    pub(crate) fn inverse_consuming(
        &self,
        input: &mut [Complex<T>],
        output: &mut [T],
        fft: &mut Vec<Complex<T>>,
    ) -> Result<()> {
        check_len("input of the inverse real FFT", self.bins(), input.len())?;
        check_len("output of the inverse real FFT", self.len, output.len())?;
        input[0].im = T::default();
        match &self.form {
            Form::Even(half) => {
                input[half.half()].im = T::default();
                half.pack_spectrum(input);
                half.inverse(&mut input[..half.half()], fft);
                half.unpack(input, output);
                Ok(())
            }
            Form::Odd(Odd { inverse, .. }) => {
                let inverse = inverse.get_or_init(|| RealFftPlanner::new().plan_fft_inverse(self.len));
                let fft = first(fft, inverse.get_scratch_len());
                inverse.process_with_scratch(input, output, fft).map_err(|e| refused("inverse real FFT", &e))
            }
        }
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
    directions: Directions<T>,
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
        Ok(kept::plan(len, || Self { directions: Directions::new(len) }))
    }

    /// Complex samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.directions.len()
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
        self.directions.process(FftDirection::Forward, values, fft);
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
        self.directions.process(FftDirection::Inverse, values, fft);
        Ok(())
    }
}

/// The shortest even length of at least `len` without a prime factor above 7, which FFTs are fastest at; the
/// largest power of two there is where no such length fits a `usize`.
///
/// ```
/// assert_eq!(brinell_signal::fourier::fast_length(4093), 4096);
/// ```
#[must_use]
pub fn fast_length(len: usize) -> usize {
    const LARGEST: usize = 1 << (usize::BITS - 1);
    if len > LARGEST {
        return LARGEST;
    }
    products(len).filter(|product| *product >= len).min().unwrap_or(LARGEST)
}

/// The longest even length of at most `len` without a prime factor above 7; none below 2.
///
/// ```
/// assert_eq!(brinell_signal::fourier::fast_length_below(4099), Some(4096));
/// assert_eq!(brinell_signal::fourier::fast_length_below(1), None);
/// ```
#[must_use]
pub fn fast_length_below(len: usize) -> Option<usize> {
    products(len).filter(|product| *product <= len).max()
}

/// For every `3^a·5^b·7^c` up to `len` (and 1) its products with a power of two, at least 2, next to `len`.
fn products(len: usize) -> impl Iterator<Item = usize> {
    let most = len.max(1);
    let times = move |start: usize, prime: usize| {
        std::iter::successors(Some(start), move |p| p.checked_mul(prime).filter(|p| *p <= most))
    };
    let odd = times(1, 3).flat_map(move |p| times(p, 5)).flat_map(move |p| times(p, 7));
    odd.flat_map(move |odd| {
        let above = len.div_ceil(odd).max(2).checked_next_power_of_two();
        let below = Some(1 << (len / odd).max(2).ilog2());
        [above, below].into_iter().flatten().filter_map(move |two| odd.checked_mul(two))
    })
}

#[cfg(test)]
mod tests {
    use super::{fast_length, fast_length_below};

    fn is_fast(len: usize) -> bool {
        let mut rest = len;
        for prime in [2, 3, 5, 7] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        len.is_multiple_of(2) && rest == 1
    }

    #[test]
    fn fast_lengths_are_the_nearest_ones() {
        let fast: Vec<usize> = (2..6000).filter(|len| is_fast(*len)).collect();
        for len in 0..5000 {
            assert_eq!(Some(fast_length(len)), fast.iter().copied().find(|f| *f >= len), "{len}");
            assert_eq!(fast_length_below(len), fast.iter().copied().rfind(|f| *f <= len), "{len}");
        }
        assert_eq!(fast_length(usize::MAX), 1 << (usize::BITS - 1));
        assert!(fast_length_below(usize::MAX).is_some_and(|len| len > usize::MAX / 100 * 99));
    }

    #[test]
    fn fast_lengths_are_even_and_have_no_large_prime_factor() {
        for (len, fast) in [(0, 2), (1, 2), (3, 4), (11, 12), (121, 126), (1009, 1024), (120_001, 120_050)] {
            assert_eq!(fast_length(len), fast);
        }
    }
}
