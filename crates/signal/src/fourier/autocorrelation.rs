//! Autocorrelation `r[k] = Σ_n x[n] x[n+k]` of a record, by FFT.
//!
//! The record is filled up with zeros to at least its length and the lags, so nothing wraps. *Biased* divides
//! by the record's length `N`: its spectrum is nowhere negative, and distant lags, of which few products are
//! there, are small. *Unbiased* divides lag `k` by its `N - k` products: right on average, noisy far out.
//! The mean is part of the record: remove it first where an autocovariance is wanted.
//!
//! Both divisors: Oppenheim and Schafer, Discrete-Time Signal Processing; the numbers equal those of
//! `numpy.correlate` divided by them.

use serde::{Deserialize, Serialize};

use num_complex::Complex;

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{RealFft, fast_length};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Seconds};

/// What a lag's sum is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AutocorrelationScale {
    /// The record's length.
    #[default]
    Biased,
    /// The number of products, the record's length less the lag.
    Unbiased,
}

/// Parameters of an autocorrelation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutocorrelationParams {
    /// What a lag's sum is divided by. The record's length unless said.
    pub scale: AutocorrelationScale,
    /// Number of lags, from lag 0 on, at most the record's length. All unless said.
    pub lags: Option<usize>,
}

impl AutocorrelationParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0, [`Error::Parameter`] when `len` is 0 or
    /// too long for the FFT, or the number of lags is 0 or above `len`.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<AutocorrelationPlan<T>> {
        Error::check_rate(rate)?;
        let lags = self.lags.unwrap_or(len);
        if len == 0 {
            return Err(Error::parameter("autocorrelation", "record", len, "at least 1 sample is needed"));
        }
        if !(1..=len).contains(&lags) {
            let reason = format!("there are 1 to {len} of them, the length of the record");
            return Err(Error::parameter("autocorrelation", "lags", lags, &reason));
        }
        // Refused here, before a length is looked for that might not be there.
        RealFft::<T>::check(len)?;
        let fft = RealFft::new(fast_length(len + lags - 1))?;
        Ok(AutocorrelationPlan { rate, len, lags, scale: self.scale, fft })
    }
}

/// The autocorrelation of records of one length.
#[derive(Debug, Clone)]
pub struct AutocorrelationPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    lags: usize,
    scale: AutocorrelationScale,
    fft: RealFft<T>,
}

impl<T: Sample> AutocorrelationPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Lags, the first 0.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.lags
    }

    /// Lag number `lag` in seconds.
    #[must_use]
    pub fn time(&self, lag: usize) -> Seconds {
        Seconds(lag as f64 / self.rate.0)
    }

    /// The autocorrelation of `input` (`len` samples) in `output` ([`output_len`](Self::output_len) lags), in
    /// the square of the input's unit. Lag 0 is the mean square.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the autocorrelation", self.len, input.len())?;
        check_len("output of the autocorrelation", self.lags, output.len())?;
        let Scratch { record, spectrum, fft, .. } = scratch;
        let record = first(record, self.fft.len());
        record[..self.len].copy_from_slice(input);
        record[self.len..].fill(T::default());
        let bins = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, bins, fft)?;
        for bin in bins.iter_mut() {
            *bin = Complex::new(bin.norm_sqr(), T::default());
        }
        self.fft.inverse_consuming(bins, record, fft)?;
        for (lag, (r, sum)) in output.iter_mut().zip(record).enumerate() {
            let products = match self.scale {
                AutocorrelationScale::Biased => self.len,
                AutocorrelationScale::Unbiased => self.len - lag,
            };
            *r = *sum * T::narrow(1.0 / (self.fft.len() as f64 * products as f64));
        }
        Ok(())
    }
}
