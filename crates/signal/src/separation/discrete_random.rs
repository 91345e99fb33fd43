//! Discrete-random separation: tones and noise of one record apart.
//!
//! ```text
//! H[k] = Σ_s X_s[k] conj(X_{s-D}[k]) / Σ_s |X_{s-D}[k]|²      X_s: spectrum of the tapered frame from sample s
//! deterministic = overlap-add of IFFT( H X_{s-D} ) and IFFT( conj(H) X_{s+D} ),   random = x - deterministic
//! ```
//! A tone is the same `D` samples later but for its phase, so `H` is 1 in magnitude there; what forgets itself
//! within `D` samples has no common phase, and `|H|²` falls to about 1 over the number of frames. Gears and
//! shafts go to the deterministic part, the impacts of a bearing, whose slip makes them random, stay (Antoni
//! and Randall 2004, doi 10.1016/S0888-3270(03)00013-X). Both neighbours predict a frame, where there are two,
//! which halves the noise that leaks into the deterministic part; at the record's ends the one that is there
//! does.
//!
//! Traps.
//! * The speed has to be steady: over the whole record a line must not move by more than a fraction of
//!   `rate/window_length`, or `|H|` falls and the tone is called random. Resample to the shaft's angle first.
//! * The delay has to exceed the memory of the noise. Below `window_length` the two frames share samples, which
//!   makes even white noise look deterministic; the default is one window.
//! * A bearing that does not slip (a jammed cage, a simulation without jitter) is deterministic.
//! * Few frames leak noise: with `K` of them a share of about `0.5/K` of the noise's power is called
//!   deterministic.

use num_complex::{Complex, Complex64};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{RealFft, fast_length};
use crate::fourier::window::{Symmetry, Window};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::SeparationMemory;
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::Hertz;

const NAME: &str = "discrete-random separation";

/// Revolutions in a window that is chosen from the shaft's speed.
const REVOLUTIONS: f64 = 10.0;

/// Parameters of the separation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscreteRandomParams {
    /// Samples in a frame. 4096 unless said; 8 to 16 revolutions in the literature, see
    /// [`for_shaft`](Self::for_shaft).
    pub window_length: usize,
    /// Samples between a frame and the one that predicts it, at least half a window. One window unless said.
    pub delay: Option<usize>,
    /// Taper, periodic. Hann unless said.
    pub window: Window,
}

impl Default for DiscreteRandomParams {
    fn default() -> Self {
        Self { window_length: 4096, delay: None, window: Window::Hann }
    }
}

impl DiscreteRandomParams {
    /// The window that suits a shaft: ten revolutions, lengthened to what FFTs are fast at, so that the shaft's
    /// harmonics lie ten bins apart; delay of one window, far longer than a resonance rings and, with a slip of
    /// a percent, than the impacts of a bearing stay in step at frequencies of resonances.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate or the shaft's speed is not a finite number above 0, or there is
    /// less than a sample in a revolution.
    pub fn for_shaft(rate: Hertz, shaft: Hertz) -> Result<Self> {
        Error::check_rate(rate)?;
        let length = REVOLUTIONS * rate.0 / shaft.0;
        if !shaft.is_positive() || !(REVOLUTIONS..1e8).contains(&length) {
            let reason = format!("at a rate of {rate} it has to lie well below that and above 0");
            return Err(Error::Frequency { what: "shaft speed", value: shaft.0, reason });
        }
        Ok(Self { window_length: fast_length(length.ceil() as usize), ..Self::default() })
    }

    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a window
    /// has fewer than 4 samples, the delay is shorter than half a window, the taper's parameter lies outside
    /// its range, or the record is shorter than two delays and a window.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<DiscreteRandomPlan<T>> {
        Error::check_rate(rate)?;
        let length = self.window_length;
        let refuse =
            |parameter, value: usize, reason: &str| Err(Error::parameter(NAME, parameter, value, reason));
        if length < 4 {
            return refuse("window_length", length, "at least 4 samples are needed");
        }
        let (delay, hop) = (self.delay.unwrap_or(length), length / 2);
        if delay < hop {
            return refuse("delay", delay, "it has to be at least half a window, and best a whole one");
        }
        let shortest = delay.saturating_mul(2).saturating_add(length);
        if len < shortest {
            let reason = format!(
                "a window of {length} samples and a delay of {delay} need a record of at least {shortest}, it has \
                 {len}: take a longer record or a shorter window"
            );
            return refuse("window_length", length, &reason);
        }
        self.window.check(length)?;
        let weights = self.window.samples(length, Symmetry::Periodic);
        let mut plan = DiscreteRandomPlan {
            len,
            delay,
            hop,
            norm: Vec::new(),
            window: weights.iter().map(|w| T::narrow(*w)).collect(),
            fft: RealFft::new(length)?,
        };
        let mut norm = vec![0.0; len];
        for place in plan.places() {
            let predictors = plan.predictors(place);
            let count = predictors.iter().flatten().count() as f64;
            for (n, sum) in plan.covered(place) {
                norm[sum] += count * weights[n];
            }
        }
        if norm.iter().any(|sum| *sum <= 0.0) {
            let value = format!("{:?}", self.window);
            let reason = "frames half a window apart leave a sample without weight";
            return Err(Error::parameter(NAME, "window", value, reason));
        }
        plan.norm = norm.into_iter().map(|sum| 1.0 / sum).collect();
        Ok(plan)
    }
}

/// The separation of records of one length. Two inverse FFTs' worth of work for each half window.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, separation::DiscreteRandomParams};
/// let tone = |n: usize| (0.3 * n as f64).sin();
/// let noise = |n: usize| ((n * n) as f64 * 0.618).sin() * 0.5;
/// let record: Vec<f64> = (0..8192).map(|n| tone(n) + noise(n)).collect();
/// let plan = DiscreteRandomParams { window_length: 256, ..Default::default() }.plan(Hertz(1.0), 8192)?;
/// let (mut deterministic, mut random) = (vec![0.0; 8192], vec![0.0; 8192]);
/// plan.process(&record, &mut deterministic, &mut random, &mut Scratch::new())?;
/// let error: f64 = deterministic.iter().enumerate().map(|(n, y)| (y - tone(n)).powi(2)).sum();
/// assert!(error / 8192.0 < 0.01);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DiscreteRandomPlan<T: Sample> {
    len: usize,
    delay: usize,
    hop: usize,
    /// One over the sum of weights at each sample.
    norm: Vec<f64>,
    window: Vec<T>,
    fft: RealFft<T>,
}

impl<T: Sample> DiscreteRandomPlan<T> {
    /// Samples of the record and of both parts.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bins of the transfer function: `window_length/2 + 1`.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.fft.bins()
    }

    /// Frames that the transfer function is averaged over. By chance its squared magnitude is about 1 over
    /// this.
    #[must_use]
    pub fn frames(&self) -> usize {
        (self.len - self.window.len() - self.delay) / self.hop + 1
    }

    /// The transfer function `H` of `input` (`len` samples) in `output` ([`bins`](Self::bins)): no unit, about
    /// 1 in magnitude on tones; 0 where the record has no power.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn transfer(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("transfer function of the discrete-random separation", self.bins(), output.len())?;
        self.estimate(input, scratch)?;
        for (h, value) in output.iter_mut().zip(&scratch.separation.cross) {
            *h = Complex::new(T::narrow(value.re), T::narrow(value.im));
        }
        Ok(())
    }

    /// Parts `input` into `deterministic` and `random` (all `len` samples), whose sum it is, in its unit.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(
        &self,
        input: &[T],
        deterministic: &mut [T],
        random: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("deterministic part", self.len, deterministic.len())?;
        check_len("random part", self.len, random.len())?;
        let scale = self.estimate(input, scratch)?;
        let Scratch { record, spectrum, complex, wide, separation, fft, .. } = scratch;
        let SeparationMemory { frames, cross, .. } = separation;
        let bins = self.bins();
        let transfer = first(complex, bins);
        for (h, value) in transfer.iter_mut().zip(&*cross) {
            *h = Complex::new(T::narrow(value.re), T::narrow(value.im));
        }
        let sums = first(wide, self.len);
        sums.fill(0.0);
        let product = first(spectrum, bins);
        let aligned = self.aligned();
        for place in self.places() {
            let [before, behind] = self.predictors(place);
            product.fill(Complex::default());
            for (start, conjugate) in [(before, false), (behind, true)] {
                let Some(start) = start else { continue };
                let frame = if aligned {
                    &frames[start / self.hop * bins..][..bins]
                } else {
                    let frame = first(frames, bins);
                    self.frame(input, start, scale, record, (&mut *frame, &mut *fft))?;
                    &*frame
                };
                for ((p, h), x) in product.iter_mut().zip(&*transfer).zip(frame) {
                    let h = if conjugate { h.conj() } else { *h };
                    *p = *p + h * *x;
                }
            }
            let series = first(record, self.window.len());
            self.fft.inverse_consuming(product, series, fft)?;
            for (n, sum) in self.covered(place) {
                sums[sum] += series[n].widen();
            }
        }
        let back = 1.0 / (scale * self.window.len() as f64);
        for (n, x) in input.iter().enumerate() {
            let part = T::narrow(sums[n] * self.norm[n] * back);
            deterministic[n] = part;
            random[n] = *x - part;
        }
        Ok(())
    }

    /// Whether frames and their predictors lie on one grid, so that each is transformed once.
    fn aligned(&self) -> bool {
        self.delay.is_multiple_of(self.hop)
    }

    /// First samples of the frames that are predicted; the first lies half a window before the record.
    fn places(&self) -> impl Iterator<Item = isize> + use<T> {
        let (hop, len) = (self.hop, self.len);
        (0..).map(move |i: usize| (i * hop) as isize - hop as isize).take_while(move |s| *s < len as isize)
    }

    /// First samples of the frames before and behind that predict the one at `place`, where they lie wholly
    /// on the record.
    fn predictors(&self, place: isize) -> [Option<usize>; 2] {
        let inside =
            |start: isize| usize::try_from(start).ok().filter(|start| start + self.window.len() <= self.len);
        let delay = self.delay as isize;
        [inside(place - delay), inside(place + delay)]
    }

    /// Pairs of a place in the frame at `place` and a sample of the record.
    fn covered(&self, place: isize) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let skipped = place.min(0).unsigned_abs();
        let start = place.max(0).unsigned_abs();
        let count = (self.window.len() - skipped).min(self.len.saturating_sub(start));
        (0..count).map(move |i| (skipped + i, start + i))
    }

    /// Spectrum of the tapered frame from sample `start`.
    fn frame(
        &self,
        input: &[T],
        start: usize,
        scale: f64,
        record: &mut Vec<T>,
        (bins, fft): (&mut [Complex<T>], &mut Vec<Complex<T>>),
    ) -> Result<()> {
        let frame = first(record, self.window.len());
        for ((y, x), w) in frame.iter_mut().zip(&input[start..]).zip(&self.window) {
            *y = T::narrow(x.widen() * scale) * *w;
        }
        self.fft.forward_consuming(frame, bins, fft)
    }

    /// Leaves `H` in `separation.cross` and, on one grid, the spectra of all frames in `separation.frames`.
    /// Gives the scale that the record was multiplied by.
    fn estimate(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<f64> {
        check_len("input of the discrete-random separation", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude(NAME, input)?);
        let Scratch { record, separation, fft, .. } = scratch;
        let SeparationMemory { frames, cross, power, .. } = separation;
        let bins = self.bins();
        let (cross, power) = (first(cross, bins), first(power, bins));
        cross.fill(Complex64::default());
        power.fill(0.0);
        let mut add = |now: &[Complex<T>], before: &[Complex<T>]| {
            for (((sum, power), a), b) in cross.iter_mut().zip(power.iter_mut()).zip(now).zip(before) {
                let (a, b) = (wide(*a), wide(*b));
                *sum += b.conj() * a;
                *power += b.norm_sqr();
            }
        };
        if self.aligned() {
            let count = (self.len - self.window.len()) / self.hop + 1;
            let frames = first(frames, count * bins);
            let lag = self.delay / self.hop;
            for index in 0..count {
                let (earlier, rest) = frames.split_at_mut(index * bins);
                let now = &mut rest[..bins];
                self.frame(input, index * self.hop, scale, record, (&mut *now, &mut *fft))?;
                if index >= lag {
                    add(now, &earlier[(index - lag) * bins..][..bins]);
                }
            }
        } else {
            let (now, before) = first(frames, 2 * bins).split_at_mut(bins);
            for index in 0..self.frames() {
                let start = index * self.hop;
                self.frame(input, start, scale, record, (&mut *before, &mut *fft))?;
                self.frame(input, start + self.delay, scale, record, (&mut *now, &mut *fft))?;
                add(now, before);
            }
        }
        for (h, power) in cross.iter_mut().zip(power) {
            *h = if *power > 0.0 { *h / *power } else { Complex64::default() };
        }
        Ok(scale)
    }
}

fn wide<T: Sample>(value: Complex<T>) -> Complex64 {
    Complex64::new(value.re.widen(), value.im.widen())
}
