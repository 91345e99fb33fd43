//! The discrete cosine transform of type II and its inverse: `X[k] = 2 Σ x[j] cos(πk(2j + 1)/(2N))`.
//!
//! It is the Fourier transform of a record continued by its mirror image, so it has no jump at the ends where
//! a plain FFT sees one. Conventions of `scipy.fft.dct(x, 2)` and `idct(x, 2)`: the forward transform is
//! unscaled, the inverse (a type III with bin 0 halved) is divided by `2N`. Bin `k` stands at `k·rate/(2N)`.
//!
//! One real FFT of the same length does it (Makhoul 1980, doi 10.1109/TASSP.1980.1163351): the even samples
//! ascending, then the odd ones descending, and a turn of phase by `πk/(2N)`. Any length from 1 works; even
//! ones are about twice as fast as odd ones.

use num_complex::Complex;

use crate::error::{Result, check_len};
use crate::fourier::fft::RealFft;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// DCT-II of one length and its inverse.
///
/// ```
/// use brinell_signal::{Scratch, fourier::Dct};
/// let dct = Dct::<f64>::new(3)?;
/// let (mut bins, mut back, mut scratch) = ([0.0; 3], [0.0; 3], Scratch::new());
/// dct.forward(&[1.0, 1.0, 1.0], &mut bins, &mut scratch)?;
/// assert!((bins[0] - 6.0).abs() < 1e-15 && bins[1].abs() < 1e-15 && bins[2].abs() < 1e-15);
/// dct.inverse(&bins, &mut back, &mut scratch)?;
/// assert!(back.iter().all(|x| (x - 1.0).abs() < 1e-15));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dct<T: Sample> {
    fft: RealFft<T>,
    /// `e^{-iπk/(2N)}` for `k = 0..=N/2`.
    turn: Vec<Complex<T>>,
}

impl<T: Sample> Dct<T> {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) when `len` is 0 or above 2²⁸.
    pub fn new(len: usize) -> Result<Self> {
        let fft = RealFft::new(len)?;
        let turn = (0..fft.bins())
            .map(|k| {
                let (sin, cos) = (std::f64::consts::PI * k as f64 / (2.0 * len as f64)).sin_cos();
                Complex::new(T::narrow(cos), T::narrow(-sin))
            })
            .collect();
        Ok(Self { fft, turn })
    }

    /// Samples of the record, and coefficients.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// DCT-II, unscaled, of `input` (`len` samples) into `output` (`len` coefficients).
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length.
    pub fn forward(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        self.forward_scaled(input, output, T::one(), scratch)
    }

    /// Inverse of [`Dct::forward`] of `input` (`len` coefficients) into `output` (`len` samples).
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length.
    pub fn inverse(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        self.inverse_scaled(input, output, T::one(), scratch)
    }

    /// [`Dct::forward`] of the input times `scale`.
    pub(crate) fn forward_scaled(
        &self,
        input: &[T],
        output: &mut [T],
        scale: T,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let n = self.len();
        check_len("input of the cosine transform", n, input.len())?;
        check_len("output of the cosine transform", n, output.len())?;
        let Scratch { record, spectrum, fft, .. } = scratch;
        let (record, spectrum) = (first(record, n), first(spectrum, self.fft.bins()));
        let (ascending, descending) = record.split_at_mut(n.div_ceil(2));
        let (pairs, last) = input.as_chunks::<2>();
        for ((even, odd), pair) in ascending.iter_mut().zip(descending.iter_mut().rev()).zip(pairs) {
            *even = pair[0] * scale;
            *odd = pair[1] * scale;
        }
        if let (Some(value), Some(last)) = (ascending.last_mut(), last.first()) {
            *value = *last * scale;
        }
        self.fft.forward_consuming(record, spectrum, fft)?;
        let two = T::one() + T::one();
        output[0] = spectrum[0].re * two;
        let (low, high) = output[1..].split_at_mut(n / 2);
        for ((low, bin), turn) in low.iter_mut().zip(&spectrum[1..]).zip(&self.turn[1..]) {
            *low = (bin.re * turn.re - bin.im * turn.im) * two;
        }
        for ((high, bin), turn) in high.iter_mut().rev().zip(&spectrum[1..]).zip(&self.turn[1..]) {
            *high = -(bin.re * turn.im + bin.im * turn.re) * two;
        }
        Ok(())
    }

    /// [`Dct::inverse`] times `scale`.
    pub(crate) fn inverse_scaled(
        &self,
        input: &[T],
        output: &mut [T],
        scale: T,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let n = self.len();
        check_len("input of the inverse cosine transform", n, input.len())?;
        check_len("output of the inverse cosine transform", n, output.len())?;
        let Scratch { record, spectrum, fft, .. } = scratch;
        let (record, spectrum) = (first(record, n), first(spectrum, self.fft.bins()));
        let scale = scale * T::narrow(0.5 / n as f64);
        spectrum[0] = Complex::new(input[0] * scale, T::zero());
        let mirrored = input[1..].iter().rev();
        for (((bin, turn), low), high) in
            spectrum[1..].iter_mut().zip(&self.turn[1..]).zip(&input[1..]).zip(mirrored)
        {
            let (low, high) = (*low * scale, *high * scale);
            *bin = Complex::new(low * turn.re - high * turn.im, -(high * turn.re + low * turn.im));
        }
        self.fft.inverse_consuming(spectrum, record, fft)?;
        let (ascending, descending) = record.split_at(n.div_ceil(2));
        let (pairs, last) = output.as_chunks_mut::<2>();
        for ((even, odd), pair) in ascending.iter().zip(descending.iter().rev()).zip(pairs) {
            *pair = [*even, *odd];
        }
        if let (Some(value), Some(last)) = (ascending.last(), last.first_mut()) {
            *last = *value;
        }
        Ok(())
    }
}
