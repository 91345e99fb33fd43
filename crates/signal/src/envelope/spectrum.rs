//! The envelope `|x + i·h|` of a record and its spectrum.
//!
//! The squared envelope is usually the better choice (`squared_envelope.rs`): the square root adds harmonics
//! of its own to every modulation.
//!
//! Both spectra side by side, and why the squared one: Randall and Antoni 2011 (doi 10.1016/j.ymssp.2010.07.017).
#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices are vectorised; iterators are not inlined into code for a wider processor"
)]

use pulp::{Simd, WithSimd};

use crate::envelope::hilbert::AnalyticPlan;
use crate::error::{Result, check_len};
use crate::fourier::fft::RealFft;
use crate::fourier::spectrum::amplitudes_consuming;
use crate::instruction_set::widest;
use crate::sample::{Sample, remove_mean};
use crate::scratch::{Scratch, first};
use crate::separation::level::{back, in_range};

/// The envelope of records of one length.
#[derive(Debug, Clone)]
pub struct EnvelopePlan<T: Sample> {
    analytic: AnalyticPlan<T>,
}

impl<T: Sample> EnvelopePlan<T> {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) when `len` is 0.
    pub fn new(len: usize) -> Result<Self> {
        Ok(Self { analytic: AnalyticPlan::new(len)? })
    }

    /// Samples of the record, and of its envelope.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.analytic.len()
    }

    /// The envelope of `input`, in its unit; both `len` samples. A constant's envelope is its magnitude.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        let mut scaled = std::mem::take(&mut scratch.scaled);
        let (samples, gain) = in_range(input, &mut scaled);
        let result = self.of_usual_size(samples, output, scratch);
        back(output, gain);
        scratch.scaled = scaled;
        result
    }

    /// [`process`](Self::process) of samples that sums of squares do not overflow of.
    fn of_usual_size(&self, samples: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        self.analytic.quadrature(samples, output, scratch)?;
        widest().dispatch(Magnitude { input: samples, output });
        Ok(())
    }
}

/// `sqrt(x² + h²)` in the place of `h`, in f64, where the square of no f32 overflows.
struct Magnitude<'a, T> {
    input: &'a [T],
    output: &'a mut [T],
}

impl<T: Sample> WithSimd for Magnitude<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let input = &self.input[..self.output.len()];
        for i in 0..self.output.len() {
            let (x, h) = (input[i].widen(), self.output[i].widen());
            self.output[i] = T::narrow((x * x + h * h).sqrt());
        }
    }
}

/// The envelope spectrum of records of one length: amplitude spectrum of the envelope less its mean.
#[derive(Debug, Clone)]
pub struct EnvelopeSpectrumPlan<T: Sample> {
    envelope: EnvelopePlan<T>,
    fft: RealFft<T>,
}

impl<T: Sample> EnvelopeSpectrumPlan<T> {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) when `len` is 0.
    pub fn new(len: usize) -> Result<Self> {
        let envelope = EnvelopePlan::new(len)?;
        let fft = envelope.analytic.fft().clone();
        Ok(Self { envelope, fft })
    }

    /// Lines of the spectrum: `len/2 + 1`, at `k·rate/len`.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.fft.bins()
    }

    /// The spectrum of `input` (`len` samples) in `output` (`spectrum_len` lines): peak amplitudes in the
    /// unit of the input, `2|E|/len`, at zero and Nyquist `|E|/len`. Line 0 is 0 but for rounding.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("output of the envelope spectrum", self.spectrum_len(), output.len())?;
        let mut values = std::mem::take(&mut scratch.values);
        let mut scaled = std::mem::take(&mut scratch.scaled);
        let envelope = first(&mut values, self.envelope.len());
        let (samples, gain) = in_range(input, &mut scaled);
        let result = self.envelope.of_usual_size(samples, envelope, scratch).and_then(|()| {
            remove_mean(envelope);
            amplitudes_consuming(&self.fft, envelope, output, &mut scratch.spectrum, &mut scratch.fft)
        });
        back(output, gain);
        scratch.scaled = scaled;
        scratch.values = values;
        result
    }
}

/// The envelope of a record of any length, in its unit.
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when `samples` is empty.
pub fn envelope<T: Sample>(samples: &[T]) -> Result<Vec<T>> {
    let mut output = vec![T::default(); samples.len()];
    EnvelopePlan::new(samples.len())?.process(samples, &mut output, &mut Scratch::new())?;
    Ok(output)
}

/// The envelope spectrum of a record of any length, see [`EnvelopeSpectrumPlan::process`].
///
/// # Errors
/// [`Error::Parameter`](crate::Error::Parameter) when `samples` is empty.
pub fn envelope_spectrum<T: Sample>(samples: &[T]) -> Result<Vec<T>> {
    let plan = EnvelopeSpectrumPlan::new(samples.len())?;
    let mut output = vec![T::default(); plan.spectrum_len()];
    plan.process(samples, &mut output, &mut Scratch::new())?;
    Ok(output)
}
