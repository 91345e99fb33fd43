//! The spectral correlation or coherence at every cyclic frequency up to a highest one, fast.
//!
//! ```text
//! X(i,k) = Σ_m x[iR+m] w[m] e^{-2πi k (m-mid)/Nw}                  short-time transform, phase of the frames' middle
//! G(i,k) = Σ_p X(i,k-p)         p = -2 .. ceil(α_max/Δf) + 2,  Δf = rate/Nw
//! S(α,k Δf) = e^{-2πi α mid/rate} / (K W(α) rate) · Σ_i X(i,k) G*(i,k) e^{-2πi α iR/rate}
//! W(α) = Σ_p Σ_m w²[m] e^{2πi (α - pΔf)(m-mid)/rate},  held at half its largest magnitude
//! ```
//! Two bins of a short-time transform that lie `p` apart, multiplied, swing with the cyclic frequencies near
//! `pΔf`; the transform over the frames resolves these to one over the record's duration (Antoni, Xin and Hamzaoui
//! 2017, doi 10.1016/j.ymssp.2017.01.011). Phases counted from the frames' middle make the shifts `p` add up before
//! that transform instead of after it, so one FFT a carrier is left of one a carrier and shift; the same numbers
//! (as Borghesani and Antoni 2018, Mech. Syst. Signal Process. 111, 113). `S` is scaled as in
//! [`CyclicCoherenceParams`](crate::cyclic::CyclicCoherenceParams): at `α = 0` it is the two-sided power density.
//!
//! Coherence: the record's mean is removed, every row `X(·,k)` is divided by its root mean power, and the result
//! multiplied by `rate Σw²`.
//!
//! Hop. The products swing with up to 2 + 4 bins beyond the cyclic frequencies that are asked for, and these must
//! not alias onto them, so `R = floor(Nw/(α_max/Δf + 6))`. The rule of the paper, `rate/(2 α_max)` and at most `Nw/4`,
//! gives about the same from ten bins on, and longer hops, with aliased noise, below.
//!
//! Beside the direct estimator on 65,536 samples of noise modulated at 30 to 1235 Hz: 1.4 to 2.0 % off as complex numbers,
//! 0.1 % in height. 16,384 samples in `f32`, 676 cyclic frequencies by 129 carriers, took 0.9 ms on one core of an AMD Zen 5
//! (AVX-512).
//!
//! Traps.
//! * Carriers are resolved to some bins: a coherence that changes faster with `f` is smeared, and unlike the direct
//!   estimator's it can exceed 1, most beside tones and in short records. Largest squared coherences seen, with frames of
//!   256 samples (row 0 is 1 by definition):
//!
//!   | record | row 0 | beyond row 10 |
//!   |---|---|---|
//!   | noise, 512 / 2048 / 32,768 samples | 2.1 / 1.2 / 1.03 | 1.8 / 0.5 / 0.07 |
//!   | noise that swings by 80 %, the same | 2.3 / 1.25 / 1.06 | 2.5 / 0.8 / 0.45 |
//!   | six tones in noise, the same | 2.3 / 2.1 / 2.0 | 1.7 / 1.8 / 1.7 |
//!   | a damaged bearing, 512 / 2048 / 4096 | 2.0 / 1.7 / 1.6 | 1.8 / 1.3 / 1.2 |
//!
//!   Row 0 of the estimator itself is no better a divisor: beside a tone it crosses 0, and quotients exceed 20.
//! * The frames are not tapered over the record, so row 0, the power itself, leaks into the rows after it, falling as
//!   one over their number: leave the first ten out of a search for peaks.
//! * A tone is coherent with every other tone: shaft harmonics fill the map at the differences of their frequencies.
//!   Take them out first ([`DiscreteRandomParams`](crate::separation::DiscreteRandomParams)).
//! * Noise has `|γ|²` of [`FastSpectralCorrelationPlan::chance_level`], not 0.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::cyclic::coherence::narrow;
use crate::cyclic::rows::CarrierRows;
use crate::error::{Result, check_len};
use crate::fourier::window::Window;
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;

/// Parameters of a fast spectral correlation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FastSpectralCorrelationParams {
    /// Taper, periodic. Hann unless said; one with a broader main lobe needs a shorter hop.
    pub window: Window,
    /// Samples in a frame, at least 16: carriers are resolved to about `1.5 rate/length`. 256 unless said.
    pub length: usize,
    /// Highest cyclic frequency. 500 Hz unless said: three harmonics of most faults at motor speeds.
    pub highest: Hertz,
    /// Samples from one frame to the next. As the head of this file says unless said.
    pub hop: Option<usize>,
}

impl Default for FastSpectralCorrelationParams {
    fn default() -> Self {
        Self { window: Window::Hann, length: 256, highest: Hertz(500.0), hop: None }
    }
}

impl FastSpectralCorrelationParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`](crate::Error::Frequency) when the rate is not a finite number above 0;
    /// [`Error::Parameter`](crate::Error::Parameter) when frames are shorter than 16 samples or longer than the
    /// record, the highest cyclic frequency lies outside 0 to half the rate, the hop aliases it, the taper's
    /// parameter lies outside its range, or the short-time transform has more than 2²⁷ values.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FastSpectralCorrelationPlan<T>> {
        Ok(FastSpectralCorrelationPlan { rows: self.rows(rate, len)? })
    }

    pub(crate) fn rows<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CarrierRows<T>> {
        CarrierRows::new((self.window, self.length, self.highest, self.hop), rate, len)
    }
}

/// Spectral correlation and coherence of records of one length.
///
/// A map is a row-major array of `lines() × bins()`: cyclic frequency `j` and carrier `k` lie at `j·bins() + k`.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, cyclic::FastSpectralCorrelationParams};
/// // Noise whose power swings 100 times a second.
/// let mut state = 1_u64;
/// let mut noise = || {
///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
///     (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
/// };
/// let swing = |n: usize| 1.0 + (std::f64::consts::TAU * 100.0 * n as f64 / 8000.0).cos();
/// let record: Vec<f64> = (0..8192).map(|n| swing(n) * noise()).collect();
/// let params = FastSpectralCorrelationParams { highest: Hertz(150.0), ..Default::default() };
/// let plan = params.plan(Hertz(8000.0), record.len())?;
/// let mut map = vec![Default::default(); plan.output_len()];
/// plan.process(&record, &mut map, &mut Scratch::new())?;
/// let mean = |j: usize| map[j * plan.bins()..][..plan.bins()].iter().map(|z| z.norm_sqr()).sum::<f64>();
/// let strongest = (10..plan.lines()).max_by(|a, b| mean(*a).total_cmp(&mean(*b))).unwrap();
/// assert!((plan.cyclic_frequency(strongest).0 - 100.0).abs() <= plan.cyclic_step().0);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FastSpectralCorrelationPlan<T: Sample> {
    rows: CarrierRows<T>,
}

impl<T: Sample> FastSpectralCorrelationPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.rows.len
    }

    /// Cyclic frequencies.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.rows.lines
    }

    /// Carriers: `length/2 + 1`.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.rows.bins()
    }

    /// Numbers in a map: `lines() × bins()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.lines() * self.bins()
    }

    /// Samples from one frame to the next.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.rows.hop
    }

    /// Cyclic frequency of row `line`.
    #[must_use]
    pub fn cyclic_frequency(&self, line: usize) -> Hertz {
        self.rows.cyclic_frequency(line)
    }

    /// Spacing of the cyclic frequencies: about one over the record's duration.
    #[must_use]
    pub fn cyclic_step(&self) -> Hertz {
        self.rows.cyclic_step()
    }

    /// Carrier of column `bin`.
    #[must_use]
    pub fn frequency(&self, bin: usize) -> Hertz {
        self.rows.frequency(bin)
    }

    /// The expectation of `|γ|²` at cyclic frequency `alpha` in noise in which nothing repeats.
    #[must_use]
    pub fn chance_level(&self, alpha: Hertz) -> f64 {
        self.rows.chance(alpha)
    }

    /// The coherence of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)): no unit, about 1 in
    /// row 0; 0 where there is no power.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length;
    /// [`Error::Parameter`](crate::Error::Parameter) when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        self.map(input, true, output, scratch)
    }

    /// The spectral correlation of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)): the
    /// square of its unit per hertz, two-sided.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn spectral_correlation(
        &self,
        input: &[T],
        output: &mut [Complex<T>],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        self.map(input, false, output, scratch)
    }

    fn map(
        &self,
        input: &[T],
        coherence: bool,
        output: &mut [Complex<T>],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("output of the fast spectral correlation", self.output_len(), output.len())?;
        let bins = self.bins();
        self.rows.process(input, coherence, scratch, |k, row| {
            for (line, value) in row.iter().enumerate() {
                output[line * bins + k] = narrow(*value);
            }
        })
    }
}
