//! Filters of finite length by the window method, and their runs over records.
//!
//! `h[m] = w[m] Σ_bands (r sinc(r m) - l sinc(l m))`, `m` counted from the middle, `l` and `r` the edges of what
//! passes as fractions of half the rate; scaled so that the gain is exactly 1 in the middle of the first band
//! that passes (at 0 or half the rate where the band reaches there). Equals `scipy.signal.firwin`.
//!
//! The gain at an edge is about 1/2 (-6 dB). The taps are symmetric, so the delay is the same at all
//! frequencies, half the length; with zero phase it is taken out, which neither squares the gain nor doubles
//! the order, in contrast to a recursive filter.

use std::f64::consts::PI;

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::filter::convolve::slide;
use crate::filter::ends::Ends;
use crate::filter::kind::{Edges, FilterKind};
use crate::fourier::fft::{RealFft, fast_length};
use crate::fourier::window::{Symmetry, Window};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

const TRANSFORM: &str = "FIR filter";
/// Most taps of a design.
const MAX_TAPS: usize = 1 << 20;
/// Filters of more taps than this run through FFTs.
const DIRECT_TAPS: usize = 24;

/// Parameters of a filter of finite length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FirParams {
    /// What it lets through. A band unless said.
    pub kind: FilterKind,
    /// Lower edge, for all kinds but a low-pass. None unless said.
    pub low: Option<Hertz>,
    /// Upper edge, for all kinds but a high-pass. None unless said.
    pub high: Option<Hertz>,
    /// Number of taps, 1 to 2^20; odd where the filter is to pass half the rate, or is to have no delay. 101
    /// unless said.
    pub taps: usize,
    /// Taper of the taps, in its symmetric form. Hamming unless said.
    pub window: Window,
    /// The delay taken out. True unless said.
    pub zero_phase: bool,
}

impl Default for FirParams {
    fn default() -> Self {
        Self {
            kind: FilterKind::BandPass,
            low: None,
            high: None,
            taps: 101,
            window: Window::Hamming,
            zero_phase: true,
        }
    }
}

impl FirParams {
    /// The taps, whose delay is `(taps - 1)/2` samples.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when an edge is
    /// missing, does not belong to the kind, does not lie between 0 and half the rate, or the band does not
    /// rise; when the number of taps is out of range, or even for a filter that passes half the rate (whose
    /// gain would be 0 there); when the window's parameter is out of range.
    pub fn design(&self, rate: Hertz) -> Result<Vec<f64>> {
        let edges = self.kind.edges(TRANSFORM, self.low, self.high, rate)?;
        if !(1..=MAX_TAPS).contains(&self.taps) {
            return Err(Error::parameter(TRANSFORM, "taps", self.taps, "it has to be in 1 to 2^20"));
        }
        let (bands, count): ([(f64, f64); 2], usize) = match edges {
            Edges::Low(edge) => ([(0.0, edge), (0.0, 0.0)], 1),
            Edges::High(edge) => ([(edge, 1.0), (0.0, 0.0)], 1),
            Edges::Pass(low, high) => ([(low, high), (0.0, 0.0)], 1),
            Edges::Stop(low, high) => ([(0.0, low), (high, 1.0)], 2),
        };
        if self.taps.is_multiple_of(2) && bands[..count].iter().any(|band| band.1 >= 1.0) {
            let reason = "with an even number of taps the gain at half the rate is 0: take an odd number";
            return Err(Error::parameter(TRANSFORM, "taps", self.taps, reason));
        }
        self.window.check(self.taps)?;
        let mut taps = self.window.samples(self.taps, Symmetry::Symmetric);
        let middle = (self.taps - 1) as f64 / 2.0;
        let (left, right) = bands[0];
        let reference = if left == 0.0 {
            0.0
        } else if right >= 1.0 {
            1.0
        } else {
            (left + right) / 2.0
        };
        let mut gain = 0.0;
        for (index, tap) in taps.iter_mut().enumerate() {
            let m = index as f64 - middle;
            *tap *= bands[..count].iter().map(|(l, r)| r * sinc(r * m) - l * sinc(l * m)).sum::<f64>();
            gain += *tap * (PI * m * reference).cos();
        }
        if !(gain.is_finite() && gain.abs() > 1e-12) {
            let reason = "so few taps cannot pass this band: take more";
            return Err(Error::parameter(TRANSFORM, "taps", self.taps, reason));
        }
        taps.iter_mut().for_each(|tap| *tap /= gain);
        Ok(taps)
    }

    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// Those of [`FirParams::design`] and [`FirPlan::new`].
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FirPlan<T>> {
        FirPlan::new(self.design(rate)?, self.zero_phase, len)
    }
}

/// `sin(πx)/(πx)`.
fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Memory of the runs through FFTs, which are in f64 for any type of sample.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirMemory {
    samples: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    fft: Vec<Complex<f64>>,
}

/// A filter of finite length for records of one length.
///
/// With zero phase the delay is taken out and either end extended by odd reflection, so that neither a constant
/// nor a slope is bent there. Without, the filter starts at rest as `scipy.signal.lfilter`.
#[derive(Debug, Clone)]
pub struct FirPlan<T> {
    len: usize,
    zero_phase: bool,
    /// In the order of the samples they are multiplied with: reversed.
    taps: Vec<f64>,
    long: Option<Long>,
    of: std::marker::PhantomData<T>,
}

/// A long filter: its transform and the FFT for it.
#[derive(Debug, Clone)]
struct Long {
    fft: RealFft<f64>,
    /// Divided by the FFT's length.
    response: Vec<Complex<f64>>,
}

impl<T: Sample> FirPlan<T> {
    /// A plan that runs any taps over `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0, there is no tap or one that is not finite, or zero phase is asked
    /// of an even number of taps, whose delay is no whole number of samples.
    pub fn new(taps: Vec<f64>, zero_phase: bool, len: usize) -> Result<Self> {
        let refuse =
            |parameter, value: usize, reason| Err(Error::parameter(TRANSFORM, parameter, value, reason));
        if len == 0 {
            return refuse("length", 0, "at least 1 sample is needed");
        }
        if !(1..=MAX_TAPS).contains(&taps.len()) {
            return refuse("taps", taps.len(), "it has to be in 1 to 2^20");
        }
        check_finite(TRANSFORM, &taps)?;
        if zero_phase && taps.len().is_multiple_of(2) {
            return refuse(
                "taps",
                taps.len(),
                "zero phase needs an odd number: the delay is half a sample else",
            );
        }
        let mut taps = taps;
        taps.reverse();
        let long = if taps.len() <= DIRECT_TAPS {
            None
        } else {
            let size = fast_length(len + taps.len() - 1);
            let fft = RealFft::<f64>::new(size)?;
            let mut padded = vec![0.0; size];
            // Turned round once more: the output is then a product of transforms without a conjugate.
            for (index, tap) in taps.iter().rev().enumerate() {
                padded[index] = tap / size as f64;
            }
            let mut response = vec![Complex::default(); fft.bins()];
            fft.forward_consuming(&mut padded, &mut response, &mut Vec::new())?;
            Some(Long { fft, response })
        };
        Ok(Self { len, zero_phase, taps, long, of: std::marker::PhantomData })
    }

    /// Samples of the record, and of the output.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Samples of the output: `len()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.len
    }

    /// The taps.
    pub fn taps(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.taps.iter().rev().copied()
    }

    /// `input` filtered in `output`, both `len` samples, in the input's unit. Runs in f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the FIR filter", self.len, input.len())?;
        check_len("output of the FIR filter", self.len, output.len())?;
        check_finite(TRANSFORM, input)?;
        let reach = self.taps.len() - 1;
        let (ends, before) =
            if self.zero_phase { (Ends::OddReflection, reach / 2) } else { (Ends::Zeros, reach) };
        let padded = ends.extend(input, before, reach - before, &mut scratch.wide);
        let Some(long) = &self.long else {
            slide(padded, &self.taps, output);
            return Ok(());
        };
        // The FFT is as long as the padded record: what wraps round lands on the first `reach` values only.
        let FirMemory { samples, spectrum, fft } = &mut scratch.fir;
        let samples = first(samples, long.fft.len());
        samples[..padded.len()].copy_from_slice(padded);
        samples[padded.len()..].fill(0.0);
        let spectrum = first(spectrum, long.fft.bins());
        long.fft.forward_consuming(samples, spectrum, fft)?;
        for (bin, gain) in spectrum.iter_mut().zip(&long.response) {
            *bin *= gain;
        }
        long.fft.inverse_consuming(spectrum, samples, fft)?;
        for (y, wide) in output.iter_mut().zip(&samples[reach..]) {
            *y = T::narrow(*wide);
        }
        Ok(())
    }
}
