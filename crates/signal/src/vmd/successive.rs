//! Successive variational mode decomposition: one mode at a time, without saying how many there are.
//!
//! With `C` the DCT-II coefficients of the record (see [`Dct`]; the mirrored record of
//! VMD has no others), `ν` in cycles a sample and `u_i` at `ω_i` the modes found so far, mode `L` minimises, over
//! its coefficients `u` and those of what stays unprocessed, `f`, with `R = C - Σ u_i`,
//! ```text
//! α Σ (ν-ω)² u²  +  Σ f² / (α(ν-ω)²)²  +  Σ_i Σ u² / (α(ν-ω_i)²)²  +  Σ (R - u - f)²
//!   bandwidth        residual near ω       overlap with mode i
//! ```
//! For a given centre that is solved bin by bin, with `q = α(ν-ω)²`:
//! ```text
//! u = R / (1 + (q + Σ_i 1/(α(ν-ω_i)²)²)(1 + q²)),      ω = Σ ν u² / Σ u²
//! ```
//! so only the centre is iterated. `α` begins small, so that the mode sees the whole spectrum, and doubles until it
//! has its final value (Nazari & Sakhaei 2020, doi 10.1016/j.sigpro.2020.107610).
//!
//! # Where programs disagree
//! * The paper iterates `u ← (C + q²u + λ/2)/((1 + q²)(1 + 2q + Σ…))` to the limit that is written above in closed
//!   form (`λ = 0`). Its residual term weighs the earlier modes too, so that `C` stands there for `R`; with the
//!   earlier modes taken out, as here, nothing is counted twice and modes and residual sum to the record.
//! * The paper's bandwidth term is `2q`; here it is `q`, so that `α` means what it means in VMD. The filter is steeper
//!   than VMD's: one half at `0.826·rate/sqrt(α)`.
//! * Programs differ in where the bracket of `1 + q²` closes, in how `α` grows (steps of e, or doubling), and in the
//!   stop rule (noise power, power of the last mode, a Bayesian criterion).
//!
//! # Traps
//! A small first `α` pulls the centre to the middle of the whole spectrum: in noise a mode may then come to rest on
//! noise between two tones before it has found the weaker one. [`SuccessiveStart::Peak`] goes to the highest line at
//! once, finds strong tones first and takes 4 passes a tone instead of some 100.

use serde::{Deserialize, Deserializer, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result, check_finite, check_len};
use crate::fourier::dct::Dct;
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;
use crate::vmd::decomposition::{Decomposition, Mode};
use crate::vmd::params::Alpha;

/// Name of the transform in errors.
const SUCCESSIVE: &str = "successive mode decomposition";
/// `q` at which the filter `1/(1 + q(1 + q²))` is one half.
const HALF: f64 = 0.682_327_803_828_019_3;
/// Numbers that are summed side by side.
const LANES: usize = 8;

/// Where a mode's centre begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case")]
pub enum SuccessiveStart {
    /// At the mean frequency of what is left, with `α` growing from this value, doubled each time the centre
    /// rests. The paper's way. From 10 unless said; in a configuration `{ growing = 20.0 }`, or the bare number.
    Growing(#[serde(deserialize_with = "growing")] f64),
    /// At the highest line of what is left (a mean over 5 bins), with the final `α`.
    Peak,
}

bare_words!(SuccessiveStart, number = "growing");

const USUAL_START: f64 = 10.0;

fn growing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a number")]
    enum Start {
        Written(f64),
        Usual(()),
    }
    Start::deserialize(deserializer).map(|start| match start {
        Start::Written(alpha) => alpha,
        Start::Usual(()) => USUAL_START,
    })
}

impl Default for SuccessiveStart {
    fn default() -> Self {
        Self::Growing(USUAL_START)
    }
}

/// Parameters of a successive variational mode decomposition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuccessiveVmdParams {
    /// Most modes, 1 to 1024. 10 unless said.
    pub max_modes: usize,
    /// How narrow they are in the end. `vmdpy`'s 2000 unless said. Other programs go to 20,000, which leaves 4 % of
    /// the power of a tone that 1024 samples cut off to the residual: ten more modes are then found in its skirt.
    pub alpha: Alpha,
    /// Where a mode begins. Growing from 10 unless said.
    pub start: SuccessiveStart,
    /// End when the residual has at most this share of the record's power. 0.01 unless said.
    pub residual_share: f64,
    /// End when a mode has less than this share of the record's power; that mode is not kept. 0, which keeps all,
    /// unless said.
    pub smallest_share: f64,
    /// A centre rests when it moves by no more than this, in cycles a sample. 1e-8 unless said.
    pub centre_tolerance: f64,
    /// Most passes for one mode and one `α`. 500 unless said.
    pub max_sweeps: usize,
}

impl Default for SuccessiveVmdParams {
    fn default() -> Self {
        Self {
            max_modes: 10,
            alpha: Alpha::Vmdpy(2000.0),
            start: SuccessiveStart::default(),
            residual_share: 0.01,
            smallest_share: 0.0,
            centre_tolerance: 1e-8,
            max_sweeps: 500,
        }
    }
}

impl SuccessiveVmdParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0 or
    /// above 2²⁸, modes times samples exceed 2³⁰, or a number lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<SuccessiveVmdPlan<T>> {
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter(SUCCESSIVE, parameter, value, reason))
        };
        let alpha = self.alpha.penalty(rate)?;
        if !(1e-12..=1e24).contains(&alpha) {
            return refuse("alpha", alpha.to_string(), "it has to lie within 1e-12 to 1e24");
        }
        if !(1..=1024).contains(&self.max_modes) {
            return refuse("max_modes", self.max_modes.to_string(), "it has to lie within 1 to 1024");
        }
        if self.max_modes.saturating_mul(len) > 1 << 30 {
            return refuse("length", len.to_string(), "modes times samples must not exceed 2^30");
        }
        if let SuccessiveStart::Growing(from) = self.start
            && !(1e-12..=1e24).contains(&from)
        {
            return refuse("start", from.to_string(), "alpha has to begin above 0, such as at 10");
        }
        for (name, share) in
            [("residual_share", self.residual_share), ("smallest_share", self.smallest_share)]
        {
            if !(0.0..=1.0).contains(&share) {
                return refuse(name, share.to_string(), "a share has to lie within 0 to 1");
            }
        }
        if self.centre_tolerance.is_nan() || self.centre_tolerance < 0.0 {
            return refuse("centre_tolerance", self.centre_tolerance.to_string(), "it has to be 0 or above");
        }
        if self.max_sweeps == 0 {
            return refuse("max_sweeps", "0".to_owned(), "at least 1 pass is needed");
        }
        Ok(SuccessiveVmdPlan { rate, alpha, params: *self, dct: Dct::new(len)? })
    }
}

/// Why a successive decomposition ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuccessiveStop {
    /// The residual has no more power than was asked for.
    #[default]
    Residual,
    /// The next mode would have had less power than was asked for.
    SmallMode,
    /// There are as many modes as were allowed.
    MostModes,
}

/// What a successive decomposition reports beside its modes. Made once and filled by every call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SuccessiveDecomposition {
    /// The modes found, by centre, ascending; `place` is the order in which they were found. `converged` says
    /// whether every centre came to rest, `sweeps` counts all passes, `change` is 0.
    pub decomposition: Decomposition,
    /// The residual's share of the record's power; 0 for zeros.
    pub residual_share: f64,
    /// Why it ended.
    pub stop: SuccessiveStop,
}

/// Working memory: the residual, the penalty of the earlier modes, and the modes found.
#[derive(Debug, Clone, Default)]
pub(crate) struct SuccessiveMemory {
    residual: Vec<f64>,
    /// `Σ_i 1/(ν-ω_i)⁴`: over `α²` it is the penalty on overlap.
    overlap: Vec<f64>,
    modes: Vec<f64>,
    order: Vec<usize>,
}

/// Successive variational mode decomposition of records of one length.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, vmd::{SuccessiveDecomposition, SuccessiveVmdParams}};
/// let tone = |n: usize, f: f64| (std::f64::consts::TAU * f * n as f64 / 1000.0).cos();
/// let record: Vec<f64> = (0..1000).map(|n| tone(n, 300.0) + 0.5 * tone(n, 50.0)).collect();
/// let plan = SuccessiveVmdParams::default().plan::<f64>(Hertz(1000.0), 1000)?;
/// let (mut modes, mut report) = (vec![0.0; plan.output_len()], SuccessiveDecomposition::default());
/// plan.process(&record, &mut modes, &mut report, &mut Scratch::new())?;
/// let centres: Vec<Hertz> = report.decomposition.centres().collect();
/// assert_eq!(centres.len(), 2);
/// assert!((centres[0].0 - 50.0).abs() < 1.0 && (centres[1].0 - 300.0).abs() < 1.0);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SuccessiveVmdPlan<T: Sample> {
    rate: Hertz,
    alpha: f64,
    params: SuccessiveVmdParams,
    dct: Dct<T>,
}

/// How one mode came out.
struct Found {
    centre: f64,
    move_of_centre: f64,
    sweeps: usize,
    rests: bool,
}

impl<T: Sample> SuccessiveVmdPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.dct.len()
    }

    /// Most modes.
    #[must_use]
    pub fn max_modes(&self) -> usize {
        self.params.max_modes
    }

    /// Samples of all modes: `max_modes × len`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.params.max_modes * self.len()
    }

    /// Decomposes `input` (`len` samples) into `output` (`max_modes × len`, row-major, in the unit of the input): the
    /// modes found, by centre, then zeros; and fills `report`. The iteration runs in f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(
        &self,
        input: &[T],
        output: &mut [T],
        report: &mut SuccessiveDecomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the successive mode decomposition", self.len(), input.len())?;
        check_len("output of the successive mode decomposition", self.output_len(), output.len())?;
        check_finite(SUCCESSIVE, input)?;
        let mut memory = std::mem::take(&mut scratch.successive);
        let mut values = std::mem::take(&mut scratch.values);
        let result =
            self.decompose(input, output, report, scratch, &mut memory, first(&mut values, self.len()));
        scratch.successive = memory;
        scratch.values = values;
        result
    }

    /// What the modes leave of the record, `input - Σ modes`, in `residual` (`len` samples).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn residual(&self, input: &[T], modes: &[T], residual: &mut [T]) -> Result<()> {
        check_len("input of the residual", self.len(), input.len())?;
        check_len("modes of the residual", self.output_len(), modes.len())?;
        check_len("output of the residual", self.len(), residual.len())?;
        residual.copy_from_slice(input);
        for mode in modes.chunks_exact(self.len()) {
            for (rest, sample) in residual.iter_mut().zip(mode) {
                *rest = *rest - *sample;
            }
        }
        Ok(())
    }

    fn decompose(
        &self,
        input: &[T],
        output: &mut [T],
        report: &mut SuccessiveDecomposition,
        scratch: &mut Scratch<T>,
        memory: &mut SuccessiveMemory,
        coefficients: &mut [T],
    ) -> Result<()> {
        let n = self.len();
        let peak = input.iter().fold(0.0, |peak: f64, x| peak.max(x.widen().abs()));
        // A power of two rounds nothing and keeps squares within range.
        let farthest = if size_of::<T>() == 4 { 120.0 } else { 1000.0 };
        let exponent = if peak > 0.0 { peak.log2().floor().clamp(-farthest, farthest) } else { 0.0 };
        self.dct.forward_scaled(input, coefficients, T::narrow((-exponent).exp2()), scratch)?;
        let residual = first(&mut memory.residual, n);
        for (rest, c) in residual.iter_mut().zip(&*coefficients) {
            *rest = c.widen();
        }
        let overlap = first(&mut memory.overlap, n);
        overlap.fill(0.0);
        let total = power(residual);

        let shape = &mut report.decomposition;
        shape.modes.clear();
        shape.modes.reserve(self.params.max_modes);
        (shape.converged, shape.sweeps, shape.change, shape.centre_change) = (true, 0, 0.0, Hertz(0.0));
        report.residual_share = if total > 0.0 { 1.0 } else { 0.0 };
        report.stop = loop {
            if report.residual_share <= self.params.residual_share || total <= 0.0 {
                break SuccessiveStop::Residual;
            }
            let place = shape.modes.len();
            if place == self.params.max_modes {
                break SuccessiveStop::MostModes;
            }
            let mode = &mut first(&mut memory.modes, (place + 1) * n)[place * n..];
            let Some(found) = self.next_mode(residual, overlap, mode) else {
                break SuccessiveStop::SmallMode;
            };
            let share = power(mode) / total;
            shape.sweeps += found.sweeps;
            shape.converged &= found.rests;
            if share < self.params.smallest_share {
                break SuccessiveStop::SmallMode;
            }
            shape.centre_change = Hertz(shape.centre_change.0.max(found.move_of_centre * self.rate.0));
            let step = 0.5 / n as f64;
            for (j, ((rest, u), overlap)) in
                residual.iter_mut().zip(&*mode).zip(overlap.iter_mut()).enumerate()
            {
                *rest -= u;
                *overlap += (j as f64 * step - found.centre).powi(4).max(1e-30).recip();
            }
            report.residual_share = power(residual) / total;
            shape.modes.push(Mode {
                centre: Hertz(found.centre * self.rate.0),
                half_width: Hertz(self.rate.0 * (HALF / self.alpha).sqrt()),
                place,
                share,
                empty: false,
            });
        };
        shape.modes.sort_by(|a, b| a.centre.0.total_cmp(&b.centre.0).then(a.place.cmp(&b.place)));
        memory.order.clear();
        memory.order.extend(shape.modes.iter().map(|mode| mode.place));
        let (found, rest) = output.split_at_mut(memory.order.len() * n);
        rest.fill(T::default());
        for (row, place) in found.chunks_exact_mut(n).zip(&memory.order) {
            for (c, u) in coefficients.iter_mut().zip(&memory.modes[place * n..]) {
                *c = T::narrow(*u);
            }
            self.dct.inverse_scaled(coefficients, row, T::narrow(exponent.exp2()), scratch)?;
        }
        Ok(())
    }

    /// The next mode of `residual` in `mode`; none when nothing is left for it.
    fn next_mode(&self, residual: &[f64], overlap: &[f64], mode: &mut [f64]) -> Option<Found> {
        let (mut alpha, mut centre) = match self.params.start {
            SuccessiveStart::Growing(from) => (from.min(self.alpha), mean_frequency(residual)?),
            SuccessiveStart::Peak => (self.alpha, highest_line(residual, overlap, self.alpha)?),
        };
        let mut found = Found { centre, move_of_centre: 0.0, sweeps: 0, rests: true };
        loop {
            let mut rests = false;
            for _ in 0..self.params.max_sweeps {
                let sums = widest().dispatch(|| pass(residual, overlap, alpha, centre, mode));
                if sums[0] <= 0.0 || !sums[0].is_finite() {
                    return None;
                }
                let next = (sums[1] / sums[0]).clamp(0.0, 0.5);
                found.move_of_centre = (next - centre).abs();
                found.sweeps += 1;
                centre = next;
                if found.move_of_centre <= self.params.centre_tolerance {
                    rests = true;
                    break;
                }
            }
            if alpha >= self.alpha {
                return Some(Found { centre, rests, ..found });
            }
            alpha = (2.0 * alpha).min(self.alpha);
        }
    }
}

/// One mode for a given centre: its power and its power's first moment.
#[inline(always)]
fn pass(residual: &[f64], overlap: &[f64], alpha: f64, centre: f64, mode: &mut [f64]) -> [f64; 2] {
    let step = 0.5 / residual.len() as f64;
    let penalty = 1.0 / (alpha * alpha);
    let (mut powers, mut moments) = ([0.0; LANES], [0.0; LANES]);
    let bin = |j: usize, r: f64, s: f64| {
        let nu = j as f64 * step;
        let q = alpha * (nu - centre) * (nu - centre);
        let u = r / (1.0 + (q + penalty * s) * (1.0 + q * q));
        (u, nu)
    };
    let (blocks, tail) = residual.as_chunks::<LANES>();
    for (b, r) in blocks.iter().enumerate() {
        let at = b * LANES;
        let (s, to) = (&overlap[at..at + LANES], &mut mode[at..at + LANES]);
        for lane in 0..LANES {
            let (u, nu) = bin(at + lane, r[lane], s[lane]);
            to[lane] = u;
            powers[lane] += u * u;
            moments[lane] += nu * (u * u);
        }
    }
    let at = blocks.len() * LANES;
    for (lane, r) in tail.iter().enumerate() {
        let (u, nu) = bin(at + lane, *r, overlap[at + lane]);
        mode[at + lane] = u;
        powers[lane] += u * u;
        moments[lane] += nu * (u * u);
    }
    [powers.iter().sum(), moments.iter().sum()]
}

/// Sum of squares.
fn power(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

/// Mean of the frequency over the power, in cycles a sample; none without power.
fn mean_frequency(values: &[f64]) -> Option<f64> {
    let step = 0.5 / values.len() as f64;
    let moment: f64 = values.iter().enumerate().map(|(j, v)| j as f64 * step * v * v).sum();
    Some(moment / power(values)).filter(|mean| mean.is_finite())
}

/// The bin where the power over 5 bins is highest, the earlier modes' neighbourhoods left out.
fn highest_line(values: &[f64], overlap: &[f64], alpha: f64) -> Option<f64> {
    let line = |j: usize| {
        let v = values[j] / (1.0 + overlap[j] / (alpha * alpha));
        v * v
    };
    let n = values.len();
    let mut best = (0.0, None);
    for j in 0..n {
        let around: f64 = (j.saturating_sub(2)..(j + 3).min(n)).map(line).sum();
        if around > best.0 {
            best = (around, Some(0.5 * j as f64 / n as f64));
        }
    }
    best.1
}
