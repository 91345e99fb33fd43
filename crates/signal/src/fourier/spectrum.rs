//! The amplitude spectrum of one record.
//!
//! A tone of peak amplitude `A` on a bin gives a line of `A`: `A_k = 2|X_k| / Σw`, at zero and Nyquist
//! `|X_k| / Σw`, where `Σw` is the sum of the taper (its coherent gain). Between bins a Hann taper shows a
//! tone up to 1.4 dB too small, a flat-top taper up to 0.01 dB.
//!
//! Coherent gains and losses between bins of tapers: Harris 1978 (doi 10.1109/PROC.1978.10837).

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::fourier::window::{Symmetry, Window};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::level::{back, in_range};
use crate::units::Hertz;

/// What an amplitude spectrum is taken with.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AmplitudeSpectrumParams {
    /// Taper, in its periodic form. Hann unless said.
    pub window: Window,
}

impl AmplitudeSpectrumParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0, [`Error::Parameter`] when `len` is
    /// 0 or the taper's parameter lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<AmplitudeSpectrumPlan<T>> {
        Error::check_rate(rate)?;
        self.window.check(len)?;
        let weights = self.window.samples(len, Symmetry::Periodic);
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            let reason = "its weights sum to 0 at this length: take a longer record or another window";
            return Err(Error::parameter(
                "amplitude spectrum",
                "window",
                format!("{:?}", self.window),
                reason,
            ));
        }
        // Scaled so that amplitudes_consuming, which divides by the length, divides by the sum.
        let scale = len as f64 / sum;
        let weights = weights.iter().map(|w| T::narrow(w * scale)).collect();
        Ok(AmplitudeSpectrumPlan { rate, weights, fft: RealFft::new(len)? })
    }
}

/// The amplitude spectrum of records of one length.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, fourier::AmplitudeSpectrumParams};
/// let record: Vec<f64> = (0..100).map(|n| 3.0 * (std::f64::consts::TAU * 0.1 * n as f64).sin()).collect();
/// let plan = AmplitudeSpectrumParams::default().plan(Hertz(100.0), record.len())?;
/// let mut lines = vec![0.0; plan.spectrum_len()];
/// plan.process(&record, &mut lines, &mut Scratch::new())?;
/// assert!((lines[10] - 3.0).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AmplitudeSpectrumPlan<T: Sample> {
    rate: Hertz,
    weights: Vec<T>,
    fft: RealFft<T>,
}

impl<T: Sample> AmplitudeSpectrumPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// Lines of the spectrum: `len/2 + 1`, at `k·rate/len`.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.fft.bins()
    }

    /// Spacing of the lines: `rate/len`.
    #[must_use]
    pub fn resolution(&self) -> Hertz {
        Hertz(self.rate.0 / self.len() as f64)
    }

    /// The spectrum of `input` (`len` samples) in `output` (`spectrum_len` lines): peak amplitudes in the
    /// unit of the input. The mean is not removed.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the amplitude spectrum", self.len(), input.len())?;
        check_len("output of the amplitude spectrum", self.spectrum_len(), output.len())?;
        let Scratch { record, spectrum, fft, scaled, .. } = scratch;
        let record = first(record, self.len());
        let (samples, gain) = in_range(input, scaled);
        for ((y, x), w) in record.iter_mut().zip(samples).zip(&self.weights) {
            *y = *x * *w;
        }
        amplitudes_consuming(&self.fft, record, output, spectrum, fft)?;
        back(output, gain);
        Ok(())
    }
}

/// The first lines, as many as `output` holds, of `2|X|/len`, at zero and (even lengths) Nyquist `|X|/len`;
/// leaves the record without meaning.
pub(crate) fn amplitudes_consuming<T: Sample>(
    plan: &RealFft<T>,
    record: &mut [T],
    output: &mut [T],
    bins: &mut Vec<Complex<T>>,
    fft: &mut Vec<Complex<T>>,
) -> Result<()> {
    let bins = first(bins, plan.bins());
    if let Some(half) = plan.half_length() {
        check_len("input of the amplitude spectrum", plan.len(), record.len())?;
        half.pack(record, bins);
        half.forward(&mut bins[..half.half()], fft);
        half.amplitudes(bins, output);
    } else {
        plan.forward_consuming(record, bins, fft)?;
        let twice = T::narrow(2.0 / plan.len() as f64);
        for (line, bin) in output.iter_mut().zip(bins) {
            *line = bin.norm_sqr().sqrt() * twice;
        }
    }
    halve_ends(plan.len(), output);
    Ok(())
}

/// Zero and Nyquist have no second side.
pub(crate) fn halve_ends<T: Sample>(len: usize, output: &mut [T]) {
    let half = T::narrow(0.5);
    if let Some(line) = output.first_mut() {
        *line = *line * half;
    }
    if len.is_multiple_of(2)
        && let Some(line) = output.get_mut(len / 2)
    {
        *line = *line * half;
    }
}
