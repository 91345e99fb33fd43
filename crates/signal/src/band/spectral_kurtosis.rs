//! Spectral kurtosis over a short-time Fourier transform: how impulsive each frequency is.
//!
//! `SK(f) = <|X(f)|⁴> / <|X(f)|²>² - 2` over frames that lie inside the record (Antoni 2006,
//! doi 10.1016/j.ymssp.2004.09.001; Antoni & Randall 2006, doi 10.1016/j.ymssp.2004.09.002). Stationary
//! Gaussian noise has 0, a steady tone -1, bursts more than 0, and a frame that alone holds all power `frames - 2`.
//!
//! Traps. At 0 Hz and at Nyquist the transform is real, so that noise has 1 there, not 0; with a Hann taper the
//! bins next to them lean the same way. Of `M` independent frames the ratio is `2M/(M+1)` on average for noise, so
//! `SK` is `-2/(M+1)` and not 0, and its variance is about `4/M`; frames that overlap by half under a Hann taper
//! count nearly in full. A frame longer than the time between impacts holds several of them and shows little;
//! one shorter than their ringing shows little as well: try several lengths, or a kurtogram.

use crate::counted::counted;
use serde::{Deserialize, Serialize};

use crate::band::{gain, peak};
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::fourier::window::{Symmetry, Window};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// Parameters of the spectral kurtosis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpectralKurtosisParams {
    /// Taper of the frames, in its periodic form. Hann unless said.
    pub window: Window,
    /// Samples in a frame. 64 unless said.
    pub length: usize,
    /// Samples from one frame to the next. 32 unless said.
    pub hop: usize,
}

impl Default for SpectralKurtosisParams {
    fn default() -> Self {
        Self { window: Window::Hann, length: 64, hop: 32 }
    }
}

impl SpectralKurtosisParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when length or
    /// hop is 0, the taper's parameter lies outside its range, or the record is shorter than one frame.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<SpectralKurtosisPlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("spectral kurtosis", parameter, value, reason))
        };
        if self.hop == 0 {
            return refuse("hop", 0, "frames have to move on by at least 1 sample");
        }
        if self.length > len {
            let reason = format!(
                "a frame must not be longer than the record, which has {held}",
                held = counted(len, "sample")
            );
            return refuse("length", self.length, &reason);
        }
        self.window.check(self.length)?;
        let weights = self.window.samples(self.length, Symmetry::Periodic);
        Ok(SpectralKurtosisPlan {
            rate,
            len,
            hop: self.hop,
            frames: 1 + (len - self.length) / self.hop,
            weights: weights.into_iter().map(T::narrow).collect(),
            fft: RealFft::new(self.length)?,
        })
    }
}

/// The spectral kurtosis of records of one length.
#[derive(Debug, Clone)]
pub struct SpectralKurtosisPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    hop: usize,
    frames: usize,
    weights: Vec<T>,
    fft: RealFft<T>,
}

impl<T: Sample> SpectralKurtosisPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Frequencies: half the frame's length (rounded down) and one.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.fft.bins()
    }

    /// Frames that are averaged.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Frequency of output `bin`.
    #[must_use]
    pub fn frequency(&self, bin: usize) -> Hertz {
        Hertz(bin as f64 * self.rate.0 / self.fft.len() as f64)
    }

    /// Standard deviation of the estimate for Gaussian noise, if frames were independent: `2/sqrt(frames)`.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        2.0 / (self.frames as f64).sqrt()
    }

    /// The spectral kurtosis of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), without
    /// unit; 0 where there is no power.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length, [`Error::Parameter`] when a sample is NaN or infinite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the spectral kurtosis", self.len, input.len())?;
        check_len("output of the spectral kurtosis", self.output_len(), output.len())?;
        let gain = gain(peak("spectral kurtosis", input)?);
        let Some(gain) = gain else {
            output.fill(T::zero());
            return Ok(());
        };
        let Scratch { record, spectrum, fft, wide, .. } = scratch;
        let frame = first(record, self.fft.len());
        let bins = first(spectrum, self.fft.bins());
        let sums = first(wide, 2 * self.fft.bins());
        sums.fill(0.0);
        for start in (0..self.frames).map(|p| p * self.hop) {
            for ((y, x), w) in frame.iter_mut().zip(&input[start..]).zip(&self.weights) {
                *y = *x * gain * *w;
            }
            self.fft.forward_consuming(frame, bins, fft)?;
            for (sums, bin) in sums.chunks_exact_mut(2).zip(&*bins) {
                let power = bin.norm_sqr().widen();
                sums[0] += power;
                sums[1] += power * power;
            }
        }
        for (value, sums) in output.iter_mut().zip(sums.chunks_exact(2)) {
            let ratio = sums[1] * self.frames as f64 / (sums[0] * sums[0]);
            *value = T::narrow(if ratio.is_finite() { ratio - 2.0 } else { 0.0 });
        }
        Ok(())
    }
}
