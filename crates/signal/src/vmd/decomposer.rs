//! The decomposition of records of one or several channels: scaling, the stop rule, the order of the output.
//!
//! The record is scaled by a power of two, which rounds nothing, so squares neither overflow nor vanish and a
//! record and its double give the same bits; the tolerance is put into the unit that the parameters ask for.

use pulp::{Arch, Simd, WithSimd};

use crate::error::{Error, Result, check_len};
use crate::fourier::dct::Dct;
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::vmd::compat::add_false_nyquist;
use crate::vmd::decomposition::{Decomposition, Mode};
use crate::vmd::iterate::{Outcome, Rules, iterate};
use crate::vmd::memory::{Extent, Views, gather};
use crate::vmd::params::{VMD, VmdParams, VmdScale, VmdSolver};
use crate::vmd::precision::Precision;

/// Everything about a decomposition that does not depend on the record.
#[derive(Debug, Clone)]
pub(crate) struct Decomposer<T: Sample> {
    rate: Hertz,
    /// Samples of a channel as given, and as decomposed.
    input_len: usize,
    channels: usize,
    dct: Dct<T>,
    half_width: Hertz,
    start: Vec<f64>,
    scale: VmdScale,
    compat: bool,
    residual: bool,
    rules: Rules,
}

impl<T: Sample> Decomposer<T> {
    pub(crate) fn new(params: &VmdParams, rate: Hertz, channels: usize, len: usize) -> Result<Self> {
        params.check(rate, channels, len)?;
        let alpha = params.alpha.penalty(rate)?;
        // Largest denominator of a filter.
        let largest = 1.0 + 0.25 * alpha;
        if largest > T::LARGEST {
            let reason = "it is too large for the type of the samples: take f64, or a wider filter";
            return Err(Error::parameter(VMD, "alpha", alpha, reason));
        }
        let decomposed = if params.compat { len - len % 2 } else { len };
        let default_centre_tolerance = match params.solver {
            VmdSolver::Sweep => None,
            VmdSolver::FixedPoint => Some(if T::LINE == 16 { 1e-6 } else { 1e-10 }),
        };
        Ok(Self {
            rate,
            input_len: len,
            channels,
            dct: Dct::new(decomposed)?,
            half_width: params.alpha.half_width(rate)?,
            start: params.start_centres(rate, decomposed),
            scale: params.scale,
            compat: params.compat,
            residual: params.residual,
            rules: Rules {
                arch: widest(),
                channels,
                len: decomposed,
                root_alpha: alpha.sqrt(),
                tau: params.tau,
                dc: params.dc,
                tolerance: params.tolerance,
                centre_tolerance: params.centre_tolerance.or(default_centre_tolerance),
                max_sweeps: params.max_sweeps,
                solver: params.solver,
                keep_previous: params.compat,
            },
        })
    }

    pub(crate) fn set_portable(&mut self) {
        self.rules.arch = Arch::Scalar;
    }

    pub(crate) fn rate(&self) -> Hertz {
        self.rate
    }

    pub(crate) fn input_len(&self) -> usize {
        self.input_len
    }

    pub(crate) fn mode_len(&self) -> usize {
        self.dct.len()
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    pub(crate) fn modes(&self) -> usize {
        self.start.len()
    }

    pub(crate) fn start(&self) -> &[f64] {
        &self.start
    }

    /// Modes, and the residual where it is asked for.
    pub(crate) fn rows(&self) -> usize {
        self.modes() + usize::from(self.residual)
    }

    pub(crate) fn output_len(&self) -> usize {
        self.rows() * self.channels * self.mode_len()
    }

    /// `input` is `[channels x input_len]`, `output` `[rows x channels x mode_len]`, row-major.
    pub(crate) fn process(
        &self,
        input: &[T],
        output: &mut [T],
        report: &mut Decomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the mode decomposition", self.channels * self.input_len, input.len())?;
        check_len("output of the mode decomposition", self.output_len(), output.len())?;
        let mut memory = std::mem::take(&mut scratch.vmd);
        let extent = Extent {
            channels: self.channels,
            modes: self.modes(),
            padded: self.mode_len().next_multiple_of(T::LINE),
            previous: self.rules.keep_previous,
        };
        let (mut views, order) = memory.views(extent);
        let result = self
            .load(input, &mut views, scratch)
            .and_then(|unit| iterate(&self.rules, unit, &mut views))
            .and_then(|outcome| self.store(&mut views, order, output, &outcome, report, scratch));
        scratch.vmd = memory;
        result?;
        if self.residual {
            let n = self.mode_len();
            let (modes, residuals) = output.split_at_mut(self.modes() * self.channels * n);
            for (c, residual) in residuals.chunks_exact_mut(n).enumerate() {
                let of_channel = modes.chunks_exact(n).skip(c).step_by(self.channels);
                subtract(&input[c * self.input_len..], of_channel, residual);
            }
        }
        Ok(())
    }

    /// Transforms the channels, and gives the factor from squared changes to the stop rule's unit.
    fn load(&self, input: &[T], views: &mut Views<'_, T>, scratch: &mut Scratch<T>) -> Result<f64> {
        let (n, padded) = (self.mode_len(), views.grid.len());
        let mut largest_exponent = f64::NEG_INFINITY;
        for (c, channel) in input.chunks_exact(self.input_len).enumerate() {
            let samples = &channel[..n];
            let peak = peak(channel);
            if !peak.is_finite() {
                return Err(not_finite(channel, c));
            }
            let exponent = if peak > 0.0 {
                peak.log2().floor().clamp(-T::LARGEST_EXPONENT, T::LARGEST_EXPONENT)
            } else {
                0.0
            };
            let (record, padding) = views.record[c * padded..(c + 1) * padded].split_at_mut(n);
            self.transform(samples, exponent, record, scratch)?;
            padding.fill(T::default());
            let state = &mut views.state;
            state.exponent[c] = exponent;
            state.weight[c] = match self.scale {
                VmdScale::Raw => 1.0,
                VmdScale::UnitRms => {
                    let mean = mean_square(samples, exponent);
                    if mean > 0.0 { 1.0 / mean } else { 0.0 }
                }
            };
            if peak > 0.0 {
                largest_exponent = largest_exponent.max(exponent);
            }
        }
        for (bin, grid) in views.grid.iter_mut().enumerate() {
            *grid = T::narrow(self.rules.root_alpha * bin as f64 / (2 * n) as f64);
        }
        for (lane, value) in views.lane.iter_mut().enumerate() {
            *value = T::narrow(lane as f64);
        }
        views.state.omega.copy_from_slice(&self.start);
        match self.scale {
            VmdScale::UnitRms => Ok(1.0),
            VmdScale::Raw if largest_exponent.is_finite() => {
                // Channels are weighed against the loudest, so that no weight overflows.
                for (weight, exponent) in views.state.weight.iter_mut().zip(&*views.state.exponent) {
                    *weight = (2.0 * (exponent - largest_exponent)).exp2();
                }
                Ok((2.0 * largest_exponent).exp2().clamp(f64::MIN_POSITIVE, f64::MAX))
            }
            VmdScale::Raw => Ok(1.0),
        }
    }

    /// DCT-II of a channel times `2^-exponent`.
    fn transform(
        &self,
        samples: &[T],
        exponent: f64,
        record: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        self.dct.forward_scaled(samples, record, T::narrow((-exponent).exp2()), scratch)
    }

    /// Writes the modes in their order and fills the report.
    fn store(
        &self,
        views: &mut Views<'_, T>,
        order: &mut Vec<usize>,
        output: &mut [T],
        outcome: &Outcome,
        report: &mut Decomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let (n, count, padded) = (self.mode_len(), self.modes(), views.grid.len());
        let state = &views.state;
        let (modes, omega, power) = if self.compat {
            (&*views.previous, &*state.previous_omega, &*state.previous_power)
        } else {
            (&*views.modes, &*state.omega, &*state.power)
        };
        order.clear();
        order.extend(0..count);
        if !self.compat {
            order.sort_unstable_by(|&a, &b| omega[a].total_cmp(&omega[b]).then(a.cmp(&b)));
        }
        let lanes = self.rules.arch.dispatch(LanesOf::<T>(std::marker::PhantomData));
        // The DCT counts the power of coefficient 0 twice; elsewhere power is that of the samples times 2n.
        let run = padded * count;
        let half_first = |first: T, c: usize| 0.5 * first.widen() * first.widen() * state.weight[c];
        let mut whole = 0.0;
        for (c, record) in views.record.chunks_exact(padded).enumerate() {
            let sum: f64 = sum_of_squares(record);
            whole += sum * state.weight[c] - half_first(record[0], c);
        }
        report.modes.clear();
        for (row, &k) in order.iter().enumerate() {
            let mut own = power[k];
            for c in 0..self.channels {
                let of_channel = &modes[c * run..(c + 1) * run];
                own -= half_first(of_channel[k * lanes], c);
                gather(of_channel, count, k, lanes, views.gathered);
                let output = &mut output[(row * self.channels + c) * n..][..n];
                let scale = T::narrow(state.exponent[c].exp2());
                self.dct.inverse_scaled(&views.gathered[..n], output, scale, scratch)?;
                if self.compat {
                    add_false_nyquist(views.gathered[n - 1], scale, output);
                }
            }
            report.modes.push(Mode {
                centre: Hertz(omega[k] * self.rate.0),
                half_width: self.half_width,
                place: k,
                share: if whole > 0.0 { (own / whole).max(0.0) } else { 0.0 },
                empty: power[k] <= 0.0,
            });
        }
        report.converged = outcome.converged;
        report.sweeps = outcome.sweeps;
        report.change = outcome.change;
        report.centre_change = Hertz(outcome.centre_change * self.rate.0);
        Ok(())
    }
}

/// What `modes` leave of `record`, in `residual`, which is as long as a mode.
pub(crate) fn subtract<'a, T: Sample>(
    record: &[T],
    modes: impl Iterator<Item = &'a [T]>,
    residual: &mut [T],
) {
    residual.copy_from_slice(&record[..residual.len()]);
    for mode in modes {
        for (rest, value) in residual.iter_mut().zip(mode) {
            *rest = *rest - *value;
        }
    }
}

/// Lanes of a vector on the instruction set at hand.
struct LanesOf<T>(std::marker::PhantomData<T>);

impl<T: Precision> WithSimd for LanesOf<T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        T::lanes::<S>()
    }
}

/// Largest magnitude; NaN or infinite when a sample is.
fn peak<T: Sample>(samples: &[T]) -> f64 {
    widest().dispatch(|| {
        let mut peaks = [T::zero(); 16];
        let mut broken = [T::zero(); 16];
        let (chunks, rest) = samples.as_chunks::<16>();
        for chunk in chunks {
            for ((peak, broken), x) in peaks.iter_mut().zip(&mut broken).zip(chunk) {
                let size = x.abs();
                *peak = if size > *peak { size } else { *peak };
                // Times 0 it is 0, or NaN for what is not finite.
                *broken = *broken + *x * T::zero();
            }
        }
        let mut peak = 0.0_f64;
        let mut sum = 0.0;
        for (a, b) in peaks.iter().zip(&broken) {
            peak = peak.max(a.widen());
            sum += b.widen();
        }
        for x in rest {
            peak = peak.max(x.widen().abs());
            sum += (*x * T::zero()).widen();
        }
        peak + sum
    })
}

/// Mean of the squares of `samples` times `2^-exponent`.
fn mean_square<T: Sample>(samples: &[T], exponent: f64) -> f64 {
    let scale = T::narrow((-exponent).exp2());
    widest().dispatch(|| {
        let mut sums = [0.0_f64; 16];
        let (chunks, rest) = samples.as_chunks::<16>();
        for chunk in chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                let x = (*x * scale).widen();
                *sum += x * x;
            }
        }
        let rest: f64 = rest.iter().map(|x| (*x * scale).widen().powi(2)).sum();
        (sums.iter().sum::<f64>() + rest) / samples.len() as f64
    })
}

/// Sum of squares.
fn sum_of_squares<T: Sample>(values: &[T]) -> f64 {
    mean_square(values, 0.0) * values.len() as f64
}

#[cold]
fn not_finite<T: Sample>(channel: &[T], c: usize) -> Error {
    let index = channel.iter().position(|x| !x.is_finite()).unwrap_or_default();
    let reason = format!(
        "sample {index} of channel {c} (counted from 0) has to be a finite number: cut the damaged stretch out"
    );
    Error::parameter(VMD, "input", channel[index].widen(), &reason)
}
