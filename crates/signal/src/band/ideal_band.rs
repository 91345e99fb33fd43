//! The squared envelope of an ideal band: its bins of the record's spectrum moved to base band.
//!
//! The band's one-sided bins, half-open like the band, are transformed back at twice as many points (or a few
//! more, which FFTs are faster at): that is dense enough for the square not to alias, so that means of the
//! squared envelope and of its square are those of the continuous one. Scale: a tone of amplitude `A` has `A²`.

use num_complex::Complex;

use crate::band::end_taper::EndTaper;
use crate::error::{Error, Result};
use crate::fourier::fft::{ComplexFft, RealFft, fast_length};
use crate::fourier::spectrum::amplitudes_consuming;
use crate::sample::{Sample, remove_mean};
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// The run of bins `start..end` of a record's one-sided spectrum, between 0 Hz and half the rate: each counts
/// twice in the two-sided one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InnerBins {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl InnerBins {
    /// Bins of `low <= f < high` of a record of `len` samples, without 0 Hz and Nyquist.
    pub(crate) fn new(rate: Hertz, len: usize, (low, high): (Hertz, Hertz)) -> Self {
        let bin = |f: Hertz| {
            // An edge that is a bin but for rounding is that bin.
            let at = f.0 * len as f64 / rate.0;
            if (at - at.round()).abs() < 1e-6 { at.round() as usize } else { at.ceil() as usize }
        };
        let end = bin(high).min(len.div_ceil(2));
        Self { start: bin(low).max(1).min(end), end }
    }

    pub(crate) fn count(self) -> usize {
        self.end - self.start
    }
}

/// Squared envelopes of all bands with up to so many bins.
#[derive(Debug, Clone)]
pub(crate) struct BaseBand<T: Sample> {
    fft: ComplexFft<T>,
    squared: RealFft<T>,
}

impl<T: Sample> BaseBand<T> {
    pub(crate) fn new(bins: usize) -> Result<Self> {
        let len = fast_length(2 * bins.max(1));
        Ok(Self { fft: ComplexFft::new(len)?, squared: RealFft::new(len)? })
    }

    /// Samples of a squared envelope.
    pub(crate) fn len(&self) -> usize {
        self.fft.len()
    }

    /// The squared envelope of a band of a record of `len` samples with this spectrum, in `output`.
    pub(crate) fn squared_envelope(
        &self,
        spectrum: &[Complex<T>],
        len: usize,
        band: InnerBins,
        output: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let Scratch { complex, fft, .. } = scratch;
        let base = first(complex, self.fft.len());
        base.fill(Default::default());
        let twice = T::narrow(2.0 / len as f64);
        for (value, bin) in base.iter_mut().zip(&spectrum[band.start..band.end]) {
            *value = bin * twice;
        }
        self.fft.inverse_unscaled(base, fft)?;
        for (e, a) in output.iter_mut().zip(base) {
            *e = a.norm_sqr();
        }
        Ok(())
    }

    /// Amplitudes of a squared envelope's lines, from 0 Hz on and as many as `output` holds, one over the record's
    /// duration apart. The mean is removed first; the squared envelope is left without meaning.
    pub(crate) fn lines(&self, squared: &mut [T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        remove_mean(squared);
        let Scratch { complex, fft, .. } = scratch;
        amplitudes_consuming(&self.squared, squared, output, complex, fft)
    }
}

/// The spectrum of `input` times `gain`, less its mean and tapered, in `spectrum`.
///
/// Also gives the power below which a band holds nothing but rounding: 1e-12 (`f32`) or 2.2e-16 of the
/// record's, in the scale of squared envelopes; none when the record is constant but for rounding.
pub(crate) fn spectrum_of<T: Sample>(
    plan: &RealFft<T>,
    input: &[T],
    gain: T,
    taper: &EndTaper,
    spectrum: &mut [Complex<T>],
    scratch: &mut Scratch<T>,
) -> Result<Option<f64>> {
    let Scratch { record, fft, .. } = scratch;
    let record = first(record, input.len());
    for (y, x) in record.iter_mut().zip(input) {
        *y = *x * gain;
    }
    remove_mean(record);
    taper.apply(record);
    let power = 2.0 * record.iter().map(|x| x.widen() * x.widen()).sum::<f64>() / input.len() as f64;
    plan.forward_consuming(record, spectrum, fft)?;
    let epsilon = T::epsilon().widen();
    if power <= 64.0 * epsilon * epsilon {
        return Ok(None);
    }
    Ok(Some(power * if size_of::<T>() == 4 { 1e-12 } else { f64::EPSILON }))
}

/// Refuses a band that does not rise or leaves `0..rate/2`.
pub(crate) fn check_band(
    transform: &'static str,
    parameter: &'static str,
    rate: Hertz,
    (low, high): (Hertz, Hertz),
) -> Result<()> {
    let nyquist = rate.0 / 2.0;
    if low.0 >= 0.0 && low.0 < high.0 && high.0 <= nyquist * (1.0 + 1e-12) {
        return Ok(());
    }
    let reason = format!("it has to rise and lie within 0 to {nyquist} Hz, half the rate");
    Err(Error::parameter(transform, parameter, format!("{low} to {high}"), &reason))
}
