//! The short-time Fourier transform, with the conventions of `scipy.signal.ShortTimeFFT`.
//!
//! `S[q,p] = Σ_m x[m + p·hop - mid] w[m] e^{-2πi q (m - mid)/F}` with `mid = length/2` (rounded down), `F` the
//! FFT's length, `q = 0..=F/2` the frequency `q·rate/F` and `p` the time `p·hop/rate` of the frame's centre.
//! Samples before and behind the record count as 0. Frames begin so early and end so late that every sample
//! is covered, so the inverse gives the whole record back; or, for images, only frames that lie inside the
//! record are taken, so that no frame is darker for lack of samples.

use crate::counted::counted;
use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex;
use pulp::Arch;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::fourier::frame_fft::{FrameFft, Job, Rows, WIDEST};
use crate::fourier::stft_rows::{ComplexRows, Output, PowerRows};
use crate::fourier::window::{Symmetry, Window};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Seconds};

/// What the numbers of a short-time Fourier transform mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StftScale {
    /// Plain sums over the tapered samples.
    #[default]
    Unscaled,
    /// Divided by `Σw`: a tone of peak amplitude `A` gives `|S| = A/2`.
    Magnitude,
    /// Divided by `sqrt(rate·Σw²)`: `|S|²` is a two-sided power density per hertz.
    Psd,
}

/// Where the phase of a frame is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StftPhase {
    /// The frame's centre.
    #[default]
    Centre,
    /// The frame's first sample, as in a plain FFT of the frame.
    Start,
}

/// Which frames are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StftFrames {
    /// All that touch the record, with zeros outside it. Can be inverted.
    #[default]
    Covering,
    /// Only those that lie inside the record: `1 + (len - length)/hop`, the first at sample 0.
    Inside,
    /// As `scipy.signal.stft` with its defaults: the first frame has its centre at sample 0, the last is the
    /// first that ends at least half a frame behind the record. With [`StftScale::Magnitude`] and
    /// [`StftPhase::Start`] the numbers are SciPy's, too. Cannot be inverted.
    Padded,
}

/// Parameters of a short-time Fourier transform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StftParams {
    /// Taper. Hann unless said.
    pub window: Window,
    /// Form of the taper. Periodic unless said.
    pub symmetry: Symmetry,
    /// Samples in a frame. 256 unless said.
    pub length: usize,
    /// Samples from one frame to the next. 128 unless said.
    pub hop: usize,
    /// Length of the FFT, not below that of the frame, which is filled up with zeros. That of the frame
    /// unless said.
    pub fft_length: Option<usize>,
    /// What the numbers mean. Plain sums unless said.
    pub scale: StftScale,
    /// Where the phase is counted from. The frame's centre unless said.
    pub phase: StftPhase,
    /// Which frames are taken. All that touch the record unless said.
    pub frames: StftFrames,
}

impl Default for StftParams {
    fn default() -> Self {
        Self {
            window: Window::Hann,
            symmetry: Symmetry::Periodic,
            length: 256,
            hop: 128,
            fft_length: None,
            scale: StftScale::Unscaled,
            phase: StftPhase::Centre,
            frames: StftFrames::Covering,
        }
    }
}

impl StftParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0. [`Error::Parameter`] when length or
    /// hop is 0, the FFT is shorter than a frame, the taper's parameter lies outside its range, or the record
    /// is too short: for one whole frame, or, covering, for half a frame.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<StftPlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("short-time Fourier transform", parameter, value, reason))
        };
        if self.hop == 0 {
            return refuse("hop", 0, "frames have to move on by at least 1 sample");
        }
        self.window.check(self.length)?;
        let fft_length = self.fft_length.unwrap_or(self.length);
        if fft_length < self.length {
            return refuse("fft_length", fft_length, "it must not be shorter than a frame");
        }
        let shortest = match self.frames {
            StftFrames::Inside => self.length,
            StftFrames::Covering => self.length - self.length / 2,
            StftFrames::Padded => 1,
        };
        if len < shortest {
            let reason = format!(
                "the record of {held} is too short for frames of this length: at least {shortest} are \
                 needed; take longer segments or a shorter frame",
                held = counted(len, "sample")
            );
            return refuse("length", self.length, &reason);
        }
        if self.hop > len.max(1) {
            return refuse("hop", self.hop, "it must not be longer than the record");
        }
        let mut window = self.window.samples(self.length, self.symmetry);
        let scale = match self.scale {
            StftScale::Unscaled => 1.0,
            StftScale::Magnitude => window.iter().sum::<f64>().abs(),
            StftScale::Psd => (rate.0 * window.iter().map(|w| w * w).sum::<f64>()).sqrt(),
        };
        if scale <= 0.0 || !scale.is_finite() {
            return refuse("length", self.length, "the taper sums to 0 at this length: take longer frames");
        }
        window.iter_mut().for_each(|w| *w /= scale);
        let middle = self.length / 2;
        let (origin, frames) = match self.frames {
            StftFrames::Inside => (0, 1 + (len - self.length) / self.hop),
            StftFrames::Covering => covering(&window, middle, self.hop, len),
            StftFrames::Padded => {
                let behind = (len + 2 * middle).saturating_sub(self.length);
                (-(middle as isize), 1 + behind.div_ceil(self.hop))
            }
        };
        let place = |m| place(self.phase, m, middle, fft_length);
        Ok(StftPlan {
            rate,
            len,
            hop: self.hop,
            middle,
            origin,
            frames,
            params: self.clone(),
            lanes: if frames > 1 {
                FrameFft::new(fft_length, self.hop, &window, place).map(Arc::new)
            } else {
                None
            },
            dual: dual_window(&window, self.hop).map(|dual| dual.into_iter().map(T::narrow).collect()),
            window: window.into_iter().map(T::narrow).collect(),
            fft: RealFft::new(fft_length)?,
        })
    }
}

/// Where sample `m` of a frame lies in the input of an FFT of `fft_length`.
fn place(phase: StftPhase, m: usize, middle: usize, fft_length: usize) -> usize {
    match phase {
        StftPhase::Start => m,
        StftPhase::Centre if m >= middle => m - middle,
        StftPhase::Centre => m + fft_length - middle,
    }
}

/// First sample of the first frame and number of frames so that every sample lies under some frame, weights
/// of 0 at the taper's ends not counting.
fn covering(window: &[f64], middle: usize, hop: usize, len: usize) -> (isize, usize) {
    let length = window.len();
    let mut before = 0;
    // A frame that starts `ahead` samples before the record is taken while any of its last `ahead` weights,
    // which are no fewer than those that lie on the record, is not 0: SciPy's rule.
    loop {
        let ahead = middle + (before + 1) * hop;
        if ahead >= length || window[length - ahead..].iter().all(|w| *w == 0.0) {
            break;
        }
        before += 1;
    }
    let mut last = len / hop;
    loop {
        let next = ((last + 1) * hop) as isize - middle as isize;
        let reach = (len as isize - next).clamp(0, length as isize) as usize;
        if window[..reach].iter().all(|w| *w == 0.0) {
            break;
        }
        last += 1;
    }
    (-((middle + before * hop) as isize), before + last + 1)
}

/// The canonical dual `w / Σ_p w[m + p·hop]²`, or none where the frames leave a sample uncovered.
fn dual_window(window: &[f64], hop: usize) -> Option<Vec<f64>> {
    let length = window.len();
    let sums: Vec<f64> = (0..length.min(hop))
        .map(|start| (start..length).step_by(hop).map(|m| window[m] * window[m]).sum())
        .collect();
    let largest = sums.iter().copied().fold(0.0, f64::max);
    if hop > length || sums.iter().any(|s| *s <= largest * length as f64 * f64::EPSILON) {
        return None;
    }
    Some(window.iter().enumerate().map(|(m, w)| w / sums[m % hop]).collect())
}

/// The short-time Fourier transform of records of one length.
///
/// A transform is a row-major array of `bins() × frames()`: `S[q,p]` lies at `q·frames() + p`.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, fourier::StftParams};
/// let record: Vec<f64> = (0..1000).map(|n| (n as f64 * 0.1).sin()).collect();
/// let plan = StftParams { length: 64, hop: 16, ..Default::default() }.plan(Hertz(1000.0), 1000)?;
/// let (mut bins, mut back) = (vec![Default::default(); plan.output_len()], vec![0.0; 1000]);
/// let mut scratch = Scratch::new();
/// plan.process(&record, &mut bins, &mut scratch)?;
/// plan.inverse(&bins, &mut back, &mut scratch)?;
/// assert!(record.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-12));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StftPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    hop: usize,
    middle: usize,
    /// First sample of the first frame; negative when it begins before the record.
    origin: isize,
    frames: usize,
    params: StftParams,
    window: Vec<T>,
    dual: Option<Vec<T>>,
    fft: RealFft<T>,
    /// The kernel for many frames at once, where there is one for this length.
    lanes: Option<Arc<FrameFft<T>>>,
}

/// Whether this processor has registers of several numbers that the kernel can use.
fn has_lanes() -> bool {
    !matches!(widest(), Arch::Scalar)
}

impl<T: Sample> StftPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Frequencies: `F/2 + 1`.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.fft.bins()
    }

    /// Frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Numbers in a transform: `bins() × frames()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.bins() * self.frames
    }

    /// Frequency of row `bin`.
    #[must_use]
    pub fn frequency(&self, bin: usize) -> Hertz {
        Hertz(bin as f64 * self.rate.0 / self.fft.len() as f64)
    }

    /// Time of the centre of column `frame`, counted from the record's first sample.
    #[must_use]
    pub fn time(&self, frame: usize) -> Seconds {
        let centre = self.origin + (frame * self.hop + self.middle) as isize;
        Seconds(centre as f64 / self.rate.0)
    }

    /// The window that the inverse overlays frames with; none where the frames do not cover every sample.
    #[must_use]
    pub fn dual_window(&self) -> Option<&[T]> {
        self.dual.as_deref()
    }

    /// The transform of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        let rows = ComplexRows { output, frames: self.frames };
        self.frames_into(input, rows, scratch, |rows, at, bin| rows.output[at] = bin)
    }

    /// The power `|S|²` of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)). In `f32`
    /// it is infinite where `|S|` is above 1.8e19.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn power(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        let rows = PowerRows::<T, false> { output, frames: self.frames };
        self.frames_into(input, rows, scratch, |rows, at, bin| rows.output[at] = bin.norm_sqr())
    }

    /// The magnitude `|S|` of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)): the
    /// square root of [`power`](Self::power).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn magnitude(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        let rows = PowerRows::<T, true> { output, frames: self.frames };
        self.frames_into(input, rows, scratch, |rows, at, bin| rows.output[at] = bin.norm_sqr().sqrt())
    }

    fn frames_into<R: Rows<T> + Output>(
        &self,
        input: &[T],
        rows: R,
        scratch: &mut Scratch<T>,
        put: impl Fn(&mut R, usize, Complex<T>),
    ) -> Result<()> {
        check_len("input of the short-time Fourier transform", self.len, input.len())?;
        check_len("output of the short-time Fourier transform", self.output_len(), rows.len())?;
        match &self.lanes {
            Some(plan) if has_lanes() => {
                let (origin, frames, memory) = (self.origin, self.frames, &mut scratch.lanes);
                widest().dispatch(Job { plan, input, origin, frames, rows, memory });
                Ok(())
            }
            _ => self.frame_by_frame(input, rows, scratch, put),
        }
    }

    /// Transforms one frame after the other; a few at a time are written out together, row by row.
    fn frame_by_frame<R>(
        &self,
        input: &[T],
        mut rows: R,
        scratch: &mut Scratch<T>,
        put: impl Fn(&mut R, usize, Complex<T>),
    ) -> Result<()> {
        let Scratch { record, spectrum, fft, .. } = scratch;
        let slice = first(record, self.fft.len());
        let bins = first(spectrum, self.bins() * WIDEST.min(self.frames));
        for from in (0..self.frames).step_by(WIDEST) {
            let count = WIDEST.min(self.frames - from);
            for (p, bins) in bins.chunks_exact_mut(self.bins()).take(count).enumerate() {
                let start = self.origin + ((from + p) * self.hop) as isize;
                slice.fill(T::default());
                let (covered, samples) = self.covered(start);
                let tapered = input[samples].iter().zip(&self.window[covered.clone()]);
                for (m, (x, w)) in covered.zip(tapered) {
                    slice[self.place(m)] = *x * *w;
                }
                self.fft.forward_consuming(slice, bins, fft)?;
            }
            for q in 0..self.bins() {
                for p in 0..count {
                    put(&mut rows, q * self.frames + from + p, bins[p * self.bins() + q]);
                }
            }
        }
        Ok(())
    }

    /// What of a frame that begins at `start` lies on the record, and which samples those are.
    fn covered(&self, start: isize) -> (Range<usize>, Range<usize>) {
        let end = (start + self.window.len() as isize).clamp(0, self.len as isize);
        let begin = start.clamp(0, end);
        let within = |n: isize| (n - start) as usize;
        (within(begin)..within(end), begin as usize..end as usize)
    }

    /// Where sample `m` of a frame lies in the FFT's input.
    fn place(&self, m: usize) -> usize {
        place(self.params.phase, m, self.middle, self.fft.len())
    }

    /// The record whose transform is `input` in `output` (`len` samples): the inverse FFT of every frame,
    /// overlaid with the canonical dual window. A transform that was changed gives the record nearest to it
    /// in the sense of least squares.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when the frames do not cover
    /// every sample (frames inside only, or a hop too large for the taper).
    pub fn inverse(&self, input: &[Complex<T>], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the inverse short-time Fourier transform", self.output_len(), input.len())?;
        check_len("output of the inverse short-time Fourier transform", self.len, output.len())?;
        let (StftFrames::Covering, Some(dual)) = (self.params.frames, &self.dual) else {
            let reason = "the frames do not cover every sample: take covering frames and a smaller hop";
            return Err(Error::parameter("inverse short-time Fourier transform", "hop", self.hop, reason));
        };
        let Scratch { record, spectrum, fft, .. } = scratch;
        let slice = first(record, self.fft.len());
        let bins = first(spectrum, self.bins());
        let scale = T::narrow(1.0 / self.fft.len() as f64);
        output.fill(T::default());
        for p in 0..self.frames {
            let start = self.origin + (p * self.hop) as isize;
            for (q, bin) in bins.iter_mut().enumerate() {
                *bin = input[q * self.frames + p] * scale;
            }
            self.fft.inverse_consuming(bins, slice, fft)?;
            let (covered, samples) = self.covered(start);
            let overlaid = output[samples].iter_mut().zip(&dual[covered.clone()]);
            for (m, (x, w)) in covered.zip(overlaid) {
                *x = *x + slice[self.place(m)] * *w;
            }
        }
        Ok(())
    }
}
