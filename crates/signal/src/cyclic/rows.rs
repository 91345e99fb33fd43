//! The rows of a fast spectral correlation, one carrier after the other: what the map, the enhanced envelope
//! spectrum and the choice of a band have in common. The definition stands in `fast_spectral_correlation.rs`.

use crate::counted::counted;
use num_complex::{Complex, Complex64};

use crate::cyclic::CyclicMemory;
use crate::cyclic::coherence::{narrow, widen};
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{ComplexFft, RealFft, fast_length};
use crate::fourier::window::{Symmetry, Window};
use crate::instruction_set::widest;
use crate::sample::{Sample, mean};
use crate::scratch::{Scratch, first};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::Hertz;

const NAME: &str = "fast spectral correlation";

/// Bins on either side of a line that a taper spreads it over: its main lobe is that of two Hann windows
/// multiplied.
const LOBE: usize = 2;

/// Frames that are transformed before they are laid out bin by bin.
const BATCH: usize = 16;

/// Largest number of short-time values, 2 GB in `f64`.
const LARGEST: usize = 1 << 27;

/// Parts of a fast spectral correlation that do not depend on what is made of its rows.
#[derive(Debug, Clone)]
pub(crate) struct CarrierRows<T: Sample> {
    pub(crate) rate: Hertz,
    pub(crate) len: usize,
    pub(crate) hop: usize,
    pub(crate) frames: usize,
    /// Cyclic frequencies in a row.
    pub(crate) lines: usize,
    /// First and last bin shift that are summed.
    shifts: (isize, isize),
    /// Sum of the squared taper.
    pub(crate) energy: f64,
    weights: Vec<f64>,
    window: Vec<T>,
    /// What turns a line of the transform over the frames into the spectral correlation times the rate.
    gain: Vec<Complex64>,
    short: RealFft<T>,
    along: ComplexFft<T>,
}

impl<T: Sample> CarrierRows<T> {
    pub(crate) fn new(
        (window, length, highest, hop): (Window, usize, Hertz, Option<usize>),
        rate: Hertz,
        len: usize,
    ) -> Result<Self> {
        Error::check_rate(rate)?;
        let refuse =
            |parameter, value: String, reason: &str| Err(Error::parameter(NAME, parameter, value, reason));
        if length < 16 {
            return refuse("length", length.to_string(), "frames of at least 16 samples are needed");
        }
        if len < length {
            let reason = format!(
                "the record of {held} is shorter: take a longer one or shorter frames",
                held = counted(len, "sample")
            );
            return refuse("length", length.to_string(), &reason);
        }
        if !highest.is_positive() || highest.0 > rate.0 / 2.0 {
            let reason = "it has to lie above 0 and at most at half the rate";
            return refuse("highest", highest.0.to_string(), reason);
        }
        window.check(length)?;
        let reach = (highest.0 * length as f64 / rate.0).ceil();
        let hop = hop.unwrap_or_else(|| ((length as f64 / (reach + 6.0)) as usize).max(1));
        if hop == 0 || hop > length || hop as f64 * highest.0 > rate.0 {
            let most = (rate.0 / highest.0).min(length as f64).floor();
            let reason = format!("it has to be 1 to {most}, or cyclic frequencies up to {highest} alias");
            return refuse("hop", hop.to_string(), &reason);
        }
        let frames = 1 + (len - length) / hop;
        if frames.saturating_mul(length / 2 + 1) > LARGEST {
            let reason = format!(
                "{all} of this length are more than 2^27 values: process pieces of the record, or lower \
                 the highest cyclic frequency",
                all = counted(frames, "frame")
            );
            return refuse("length", length.to_string(), &reason);
        }
        let weights = window.samples(length, Symmetry::Periodic);
        let energy: f64 = weights.iter().map(|w| w * w).sum();
        let along = fast_length(frames);
        let step = rate.0 / (hop * along) as f64;
        let lines = ((highest.0 / step * (1.0 + 1e-12)).floor() as usize + 1).min(along);
        let last = (reach as usize + LOBE).min(length - 1 - LOBE) as isize;
        let mut rows = Self {
            rate,
            len,
            hop,
            frames,
            lines,
            shifts: (-(LOBE as isize), last),
            energy,
            window: weights.iter().map(|w| T::narrow(*w)).collect(),
            weights,
            gain: Vec::new(),
            short: RealFft::new(length)?,
            along: ComplexFft::new(along)?,
        };
        rows.gain = rows.gains();
        if rows.gain.iter().any(|g| !g.is_finite()) {
            return refuse("length", length.to_string(), "the taper is 0 at this length: take longer frames");
        }
        Ok(rows)
    }

    pub(crate) fn bins(&self) -> usize {
        self.short.bins()
    }

    pub(crate) fn length(&self) -> usize {
        self.short.len()
    }

    pub(crate) fn cyclic_frequency(&self, line: usize) -> Hertz {
        Hertz(line as f64 * self.cyclic_step().0)
    }

    pub(crate) fn cyclic_step(&self) -> Hertz {
        Hertz(self.rate.0 / (self.hop * self.along.len()) as f64)
    }

    pub(crate) fn frequency(&self, bin: usize) -> Hertz {
        Hertz(bin as f64 * self.rate.0 / self.length() as f64)
    }

    /// `D[m] = Σ_p e^{-2πi p (m-mid)/Nw}` over the shifts that are summed.
    fn kernel(&self) -> Vec<Complex64> {
        let (length, middle) = (self.length() as isize, (self.length() / 2) as isize);
        let phase = |turns: isize| {
            Complex64::cis(-std::f64::consts::TAU * turns.rem_euclid(length) as f64 / length as f64)
        };
        (0..length).map(|m| (self.shifts.0..=self.shifts.1).map(|p| phase(p * (m - middle))).sum()).collect()
    }

    /// `e^{-2πi α mid/rate} / (K W(α))`, `W(α) = Σ_p Σ_m w² e^{2πi (α - pΔf)(m-mid)/rate}`, held at half its largest
    /// magnitude.
    fn gains(&self) -> Vec<Complex64> {
        let middle = (self.length() / 2) as f64;
        let kernel: Vec<Complex64> =
            self.kernel().iter().zip(&self.weights).map(|(d, w)| d * (w * w)).collect();
        let turn = |alpha: Hertz| std::f64::consts::TAU * alpha.0 / self.rate.0;
        let sums: Vec<Complex64> = (0..self.lines)
            .map(|line| {
                let angle = turn(self.cyclic_frequency(line));
                let step = Complex64::cis(angle);
                let mut phase = Complex64::cis(-angle * middle);
                let mut sum = Complex64::default();
                for k in &kernel {
                    sum += k * phase;
                    phase *= step;
                }
                sum
            })
            .collect();
        let half = 0.5 * sums.iter().map(|s| s.norm()).fold(0.0, f64::max);
        sums.iter()
            .enumerate()
            .map(|(line, sum)| {
                let held = if sum.norm() < half { Complex64::from(half) } else { *sum };
                let turns = (self.cyclic_frequency(line).0 / self.rate.0 * middle).fract();
                Complex64::cis(-std::f64::consts::TAU * turns) / (held * self.frames as f64)
            })
            .collect()
    }

    /// What `|γ|²` is about at a cyclic frequency where nothing repeats.
    pub(crate) fn chance(&self, alpha: Hertz) -> f64 {
        let (w, kernel, frames) = (&self.weights, self.kernel(), self.frames as f64);
        let line = (alpha.0 / self.cyclic_step().0).round().clamp(0.0, (self.lines - 1) as f64) as usize;
        let term = |d: usize| {
            let lag = d * self.hop;
            let (mut plain, mut summed) = (0.0, Complex64::default());
            for m in 0..w.len() - lag {
                plain += w[m] * w[m + lag];
                summed += kernel[m] * kernel[m + lag].conj() * (w[m] * w[m + lag]);
            }
            let turn = std::f64::consts::TAU * alpha.0 * lag as f64 / self.rate.0;
            (1.0 - d as f64 / frames) * plain * (summed.conj() * Complex64::cis(turn)).re
        };
        let overlapping = self.frames.min(w.len().div_ceil(self.hop));
        let sum = term(0) + 2.0 * (1..overlapping).map(term).sum::<f64>();
        sum * self.gain[line].norm_sqr() * frames
    }

    /// Calls `take(bin, row)` for every carrier in turn, with the lines from cyclic frequency 0 on: coherence,
    /// or, in the square of the input's unit, spectral correlation per hertz.
    pub(crate) fn process(
        &self,
        input: &[T],
        coherence: bool,
        scratch: &mut Scratch<T>,
        mut take: impl FnMut(usize, &[Complex64]),
    ) -> Result<()> {
        check_len("input of the fast spectral correlation", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude(NAME, input)?);
        // A mean is a line at 0 Hz, which leaks into the carriers beside it and repeats with nothing.
        let level = if coherence { mean(input) } else { 0.0 };
        self.short_time(input, (level, scale), scratch)?;
        let Scratch { cyclic, fft, .. } = scratch;
        let CyclicMemory { frames, row, sums, power, .. } = cyclic;
        let (bins, count) = (self.bins(), self.frames);
        let frames = first(frames, bins * count);
        if coherence {
            // The mean is a sum of that many samples, and what it is taken of is rounded to `T`.
            let relative = self.len as f64 * f64::EPSILON + 16.0 * T::epsilon().widen();
            let rounding = relative * level.abs() * scale * self.weights.iter().sum::<f64>();
            whiten_rows(frames, power, count, rounding);
        }
        let unit = if coherence { self.energy } else { 1.0 / (self.rate.0 * scale * scale) };
        let (sums, lines) = first(sums, count + self.lines).split_at_mut(count);
        sums.fill(Complex64::default());
        let frames = &*frames;
        for q in -self.shifts.1..=-self.shifts.0 {
            self.add(frames, q, 1.0, sums);
        }
        for k in 0..bins {
            let z = first(row, self.along.len());
            for ((z, x), g) in z.iter_mut().zip(&frames[k * count..][..count]).zip(&*sums) {
                *z = *x * narrow::<T>(g.conj());
            }
            z[count..].fill(Complex::default());
            self.along.forward_in_place(z, fft)?;
            for ((line, z), gain) in lines.iter_mut().zip(&*z).zip(&self.gain) {
                *line = widen(*z) * gain * unit;
            }
            take(k, lines);
            self.add(frames, k as isize + 1 - self.shifts.0, 1.0, sums);
            self.add(frames, k as isize - self.shifts.1, -1.0, sums);
        }
        Ok(())
    }

    /// Adds the row of bin `q`, counted from -length to length, times `sign` to `sums`.
    fn add(&self, frames: &[Complex<T>], q: isize, sign: f64, sums: &mut [Complex64]) {
        let length = self.length();
        let bin = q.rem_euclid(length as isize).unsigned_abs();
        let (bin, mirrored) = if bin < self.bins() { (bin, 1.0) } else { (length - bin, -1.0) };
        let row = &frames[bin * self.frames..][..self.frames];
        widest().dispatch(
            #[inline(always)]
            || {
                for (sum, x) in sums.iter_mut().zip(row) {
                    sum.re += sign * x.re.widen();
                    sum.im += sign * mirrored * x.im.widen();
                }
            },
        );
    }

    /// Short-time spectra of the samples less `level`, times `scale`, bin by bin, phases counted from the frames' middle, in `cyclic.frames`, and their mean
    /// powers in `cyclic.power`.
    fn short_time(&self, input: &[T], (level, scale): (f64, f64), scratch: &mut Scratch<T>) -> Result<()> {
        let Scratch { record, spectrum, cyclic, fft, .. } = scratch;
        let CyclicMemory { frames, power, .. } = cyclic;
        let (bins, count, length) = (self.bins(), self.frames, self.length());
        let frames = first(frames, bins * count);
        let power = first(power, bins);
        power.fill(0.0);
        let (early, late) = self.window.split_at(length / 2);
        for begin in (0..count).step_by(BATCH) {
            let batch = BATCH.min(count - begin);
            let spectra = first(spectrum, BATCH * bins);
            for (p, bins) in spectra.chunks_exact_mut(bins).take(batch).enumerate() {
                let samples = &input[(begin + p) * self.hop..][..length];
                let (before, behind) = samples.split_at(length / 2);
                let frame = first(record, length);
                let (from_middle, from_start) = frame.split_at_mut(length - length / 2);
                for ((y, x), w) in from_middle.iter_mut().zip(behind).zip(late) {
                    *y = T::narrow((x.widen() - level) * scale) * *w;
                }
                for ((y, x), w) in from_start.iter_mut().zip(before).zip(early) {
                    *y = T::narrow((x.widen() - level) * scale) * *w;
                }
                self.short.forward_consuming(frame, bins, fft)?;
            }
            for k in 0..bins {
                let row = &mut frames[k * count + begin..][..batch];
                for (p, value) in row.iter_mut().enumerate() {
                    *value = spectra[p * bins + k];
                    power[k] += widen(*value).norm_sqr();
                }
            }
        }
        power.iter_mut().for_each(|power| *power /= count as f64);
        Ok(())
    }
}

/// Divides every row by its root mean power; rows that hold nothing but rounding, of the largest of them or no more
/// than `rounding`, become 0.
fn whiten_rows<T: Sample>(frames: &mut [Complex<T>], power: &[f64], count: usize, rounding: f64) {
    let bins = frames.len() / count.max(1);
    let largest = power[..bins].iter().copied().fold(0.0, f64::max);
    let nothing = (largest * (16.0 * T::epsilon().widen()).powi(2)).max(rounding * rounding);
    for (row, power) in frames.chunks_exact_mut(count).zip(power) {
        let gain = if *power > nothing { T::narrow(1.0 / power.sqrt()) } else { T::zero() };
        row.iter_mut().for_each(|value| *value = *value * gain);
    }
}
