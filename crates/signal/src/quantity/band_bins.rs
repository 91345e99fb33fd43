//! Which bins of a real FFT belong to a band.

use crate::counted::counted;
use crate::error::{Error, Result};
use crate::units::Hertz;

/// A run of one-sided bins, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BandBins {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl BandBins {
    /// Bins of `low <= f <= high`, without zero frequency.
    pub(crate) fn closed(
        transform: &'static str,
        rate: Hertz,
        len: usize,
        low: Hertz,
        high: Hertz,
    ) -> Result<Self> {
        check(transform, rate, len, low, high)?;
        // f_k computed as it is stated, so that a bin on an edge is in.
        let frequency = |k: usize| k as f64 * rate.0 / len as f64;
        let mut start = ((low.0 * len as f64 / rate.0) as usize).saturating_sub(1);
        while start < len / 2 + 1 && (start == 0 || frequency(start) < low.0) {
            start += 1;
        }
        let mut end = (((high.0 * len as f64 / rate.0) as usize) + 2).min(len / 2 + 1);
        while end > 0 && frequency(end - 1) > high.0 {
            end -= 1;
        }
        Self { start, end }.unless_empty(transform, rate, len, low, high)
    }

    /// Bins of `low <= f < high`, and the one at half the rate where `high` reaches there: bands that follow
    /// upon each other share no bin and leave none out.
    pub(crate) fn half_open(
        transform: &'static str,
        rate: Hertz,
        len: usize,
        low: Hertz,
        high: Hertz,
    ) -> Result<Self> {
        check(transform, rate, len, low, high)?;
        let bin = |f: Hertz| {
            if f.0 >= rate.0 / 2.0 {
                len / 2 + 1
            } else {
                ((f.0 * len as f64 / rate.0).ceil() as usize).min(len / 2 + 1)
            }
        };
        Self { start: bin(low), end: bin(high) }.unless_empty(transform, rate, len, low, high)
    }

    fn unless_empty(
        self,
        transform: &'static str,
        rate: Hertz,
        len: usize,
        low: Hertz,
        high: Hertz,
    ) -> Result<Self> {
        if self.start < self.end {
            return Ok(self);
        }
        let reason = format!(
            "it holds no bin of a record of {held}, whose bins lie {} Hz apart: widen the band or take a \
             longer record",
            rate.0 / len as f64,
            held = counted(len, "sample")
        );
        Err(Error::parameter(transform, "band", format!("{low} to {high}"), &reason))
    }

    /// Mean square that these bins of an unscaled spectrum of `len` samples hold (Parseval).
    pub(crate) fn mean_square<T: crate::sample::Sample>(
        self,
        spectrum: &[num_complex::Complex<T>],
        len: usize,
    ) -> f64 {
        let mut sum = 0.0;
        for (k, bin) in spectrum[self.start..self.end].iter().enumerate() {
            let k = k + self.start;
            let once = k == 0 || (len.is_multiple_of(2) && k == len / 2);
            let (re, im) = (bin.re.widen(), bin.im.widen());
            sum += (re * re + im * im) * if once { 1.0 } else { 2.0 };
        }
        sum / (len as f64 * len as f64)
    }
}

fn check(transform: &'static str, rate: Hertz, len: usize, low: Hertz, high: Hertz) -> Result<()> {
    Error::check_rate(rate)?;
    if len == 0 {
        return Err(Error::parameter(transform, "length", len, "at least 1 sample is needed"));
    }
    let nyquist = rate.0 / 2.0;
    if low.0 >= 0.0 && low.0 < high.0 && high.0 <= nyquist * (1.0 + 1e-12) {
        return Ok(());
    }
    let reason = format!("it has to rise and lie within 0 to {nyquist} Hz, half the rate");
    Err(Error::parameter(transform, "band", format!("{low} to {high}"), &reason))
}
