//! Changing the sampling rate by a ratio of whole numbers.
//!
//! One polyphase FIR engine serves three filters: [`Resampler`], the one that recordings go through, and
//! [`resample_poly`] and [`decimate_fir`], which are scipy's of the same names with its default filters.
//! All are of zero phase: the filter's delay is taken out, and output sample 0 lies at the time of input
//! sample 0. As plans without allocation: `resample_plan.rs`.

use crate::error::{Error, Result};
use crate::filter::ends::Ends;
use crate::filter::polyphase::Polyphase;
use crate::fourier::window::{Symmetry, Window};
use crate::units::Hertz;

/// Largest factor of a ratio.
const MAX_FACTOR: u64 = 10_000;
/// How far the ratio of whole numbers may lie from the ratio asked for, relative to it.
const MAX_RATIO_ERROR: f64 = 1e-6;
/// Damping of the stop band that the filter is designed for, in dB.
const DAMPING_DB: f64 = 100.0;
/// Share of the band below the lower Nyquist frequency that passes unchanged.
const PASS_SHARE: f64 = 0.9;

/// Resamples recordings from one rate to another.
///
/// A Kaiser-windowed low-pass: the pass band ends at 0.9 of the lower of the two Nyquist frequencies, and
/// from that Nyquist frequency on everything is at least 80 dB down (100 dB by design), so that nothing
/// folds. Ends are extended by odd reflection about the end sample, so that neither a constant nor a
/// slope bends there.
#[derive(Debug, Clone)]
pub struct Resampler {
    from: Hertz,
    to: Hertz,
    pub(crate) filter: Polyphase,
}

impl Resampler {
    /// A resampler between two rates.
    ///
    /// The ratio may be any fraction `up/down` in lowest terms with both at most 10,000; a ratio asked
    /// for is met to within a millionth (far below the tolerance of a recorder's clock).
    ///
    /// # Errors
    /// [`Error::Frequency`] when a rate is not a finite number above 0; [`Error::Resampling`] when no such
    /// fraction comes close enough, naming the nearest rate that can be had.
    pub fn new(from: Hertz, to: Hertz) -> Result<Self> {
        for (what, rate) in [("the rate to resample from", from), ("the rate to resample to", to)] {
            if !rate.is_positive() {
                return Err(Error::Frequency {
                    what,
                    value: rate.0,
                    reason: "it has to be a finite number above 0".into(),
                });
            }
        }
        let ratio = to.0 / from.0;
        let (up, down) = nearest_fraction(ratio);
        let got = up as f64 / down as f64;
        if up == 0 || (got / ratio - 1.0).abs() > MAX_RATIO_ERROR {
            let nearest = Hertz(from.0 * if up == 0 { 1.0 / MAX_FACTOR as f64 } else { got });
            return Err(Error::Resampling {
                from: from.0,
                to: to.0,
                reason: format!(
                    "no ratio of whole numbers up to {MAX_FACTOR} comes within a millionth of {ratio}; the \
                     nearest rate that can be had is {nearest}: declare the recorder's nominal rate"
                ),
            });
        }
        let (up, down) = (up as usize, down as usize);
        let taps = if up == down { vec![1.0] } else { sharp_low_pass(up.max(down)) };
        Ok(Self { from, to, filter: Polyphase::new(up, down, &taps) })
    }

    /// Whether the fraction is the ratio asked for, but for rounding.
    pub(crate) fn is_exact(&self) -> bool {
        let (up, down) = self.factors();
        (up as f64 / down as f64 / (self.to.0 / self.from.0) - 1.0).abs() < 1e-13
    }

    /// Rate of the input.
    #[must_use]
    pub fn from(&self) -> Hertz {
        self.from
    }

    /// Rate of the output as asked for.
    #[must_use]
    pub fn to(&self) -> Hertz {
        self.to
    }

    /// Output samples for each `down` input samples, and `down`, in lowest terms.
    #[must_use]
    pub fn factors(&self) -> (usize, usize) {
        (self.filter.up, self.filter.down)
    }

    /// Number of output samples for `len` input samples: `len * up / down`, rounded up.
    #[must_use]
    pub fn output_len(&self, len: usize) -> usize {
        self.filter.output_len(len)
    }

    /// The resampled samples, in the input's unit; filtered in f64. The same input gives the same bits.
    #[must_use]
    pub fn process(&self, samples: &[f32]) -> Vec<f32> {
        if self.filter.up == self.filter.down {
            return samples.to_vec();
        }
        let mut output = vec![0.0; self.output_len(samples.len())];
        self.filter.apply(samples, Ends::OddReflection, &mut output, &mut Vec::new());
        output
    }
}

/// `scipy.signal.resample_poly(samples, up, down)` with its defaults: Kaiser window of shape 5.0,
/// half-length `10 max(up, down)`, zeros beyond the ends. Only about 60 dB of damping, and half amplitude
/// at the Nyquist frequency: for recordings use [`Resampler`].
///
/// # Errors
/// [`Error::Resampling`] when a factor is 0 or, in lowest terms, above 10,000.
pub fn resample_poly(samples: &[f64], up: usize, down: usize) -> Result<Vec<f64>> {
    let divisor = greatest_common_divisor(up, down);
    let (up, down) = (up / divisor.max(1), down / divisor.max(1));
    check_factors(up, down)?;
    if up == down {
        return Ok(samples.to_vec());
    }
    Ok(with_zeros(&scipy_polyphase(up, down), samples))
}

/// The filter of `scipy.signal.resample_poly`; the factors are in lowest terms.
pub(crate) fn scipy_polyphase(up: usize, down: usize) -> Polyphase {
    let most = up.max(down);
    let taps = low_pass(10 * most, 1.0 / most as f64, Window::Kaiser { beta: 5.0 });
    Polyphase::new(up, down, &taps)
}

fn with_zeros(filter: &Polyphase, samples: &[f64]) -> Vec<f64> {
    let mut output = vec![0.0; filter.output_len(samples.len())];
    filter.apply(samples, Ends::Zeros, &mut output, &mut Vec::new());
    output
}

/// `scipy.signal.decimate(samples, factor, ftype="fir")`, zero phase: Hamming window, `20 factor + 1`
/// taps, zeros beyond the ends.
///
/// # Errors
/// [`Error::Resampling`] when the factor is 0 or above 10,000.
pub fn decimate_fir(samples: &[f64], factor: usize) -> Result<Vec<f64>> {
    check_factors(1, factor)?;
    if factor == 1 {
        return Ok(samples.to_vec());
    }
    let taps = low_pass(10 * factor, 1.0 / factor as f64, Window::Hamming);
    Ok(with_zeros(&Polyphase::new(1, factor, &taps), samples))
}

pub(crate) fn check_factors(up: usize, down: usize) -> Result<()> {
    let allowed = 1..=MAX_FACTOR as usize;
    if allowed.contains(&up) && allowed.contains(&down) {
        return Ok(());
    }
    Err(Error::Resampling {
        from: down as f64,
        to: up as f64,
        reason: format!("both factors of the ratio, in lowest terms, have to be in 1 to {MAX_FACTOR}"),
    })
}

/// The filter of [`Resampler`], for the larger of the two factors: Kaiser's design formulae.
pub(crate) fn sharp_low_pass(factor: usize) -> Vec<f64> {
    let stop = 1.0 / factor as f64;
    let transition = (1.0 - PASS_SHARE) * stop;
    let beta = 0.1102 * (DAMPING_DB - 8.7);
    let half = ((DAMPING_DB - 7.95) / (2.285 * std::f64::consts::PI * transition) / 2.0).ceil();
    low_pass(half as usize, stop - transition / 2.0, Window::Kaiser { beta })
}

/// Windowed ideal low-pass of `2 half + 1` taps with a sum of 1; `cutoff` as a fraction of the Nyquist
/// frequency.
fn low_pass(half: usize, cutoff: f64, window: Window) -> Vec<f64> {
    let mut taps = window.samples(2 * half + 1, Symmetry::Symmetric);
    for (index, tap) in taps.iter_mut().enumerate() {
        let angle = std::f64::consts::PI * cutoff * (index as f64 - half as f64);
        *tap *= if index == half { cutoff } else { cutoff * angle.sin() / angle };
    }
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// The fraction nearest to a number above 0 whose terms are at most [`MAX_FACTOR`], in lowest terms, by its
/// continued fraction and the last semiconvergent.
fn nearest_fraction(number: f64) -> (u64, u64) {
    let (mut before, mut last) = ((0_u64, 1_u64), (1_u64, 0_u64));
    let mut rest = number;
    for _ in 0..64 {
        let whole = rest.floor();
        // The largest multiple of the last convergent that keeps both terms in bounds.
        let room = |term: u64, before: u64| (MAX_FACTOR - before).checked_div(term).unwrap_or(u64::MAX);
        let most = room(last.0, before.0).min(room(last.1, before.1));
        let bounded = if whole >= most as f64 { most } else { whole as u64 };
        let next = (before.0 + bounded * last.0, before.1 + bounded * last.1);
        if whole > most as f64 {
            let error = |(up, down): (u64, u64)| {
                if down == 0 { f64::INFINITY } else { (up as f64 / down as f64 - number).abs() }
            };
            let best = if error(next) < error(last) { next } else { last };
            return if best.1 == 0 { (MAX_FACTOR, 1) } else { best };
        }
        (before, last) = (last, next);
        let left = rest - whole;
        let error = (last.0 as f64 / last.1 as f64 / number - 1.0).abs();
        if left <= 0.0 || error < 1e-14 {
            break;
        }
        rest = 1.0 / left;
    }
    last
}

pub(crate) fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
