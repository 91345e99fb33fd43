//! Synchrosqueezing: a wavelet transform whose values are moved to the frequency that each of them really turns at.
//!
//! ```text
//! f̂[s, n] = Im(∂_t W[s, n] / W[s, n]) / 2π          where |W| is above a threshold
//! T[l, n] = 2/C Σ_{s: f̂[s, n] nearest to f_l} W[s, n] Δ(ln f_s),      C = ∫ ψ̂(w)/w dw
//! ```
//! with the exact derivative, `IFFT(X · iw ψ̂)`. A row's width no longer comes from the wavelet, so ridges stand
//! sharp; and the real part of `Σ_l T[l, n]` is the record again, as far as its frequencies lie well inside the
//! rows' and the rows are close (Daubechies, Lu & Wu 2011, doi 10.1016/j.acha.2010.08.002; Thakur et al. 2013, doi
//! 10.1016/j.sigpro.2012.11.029). With 32 rows an octave a chirp of amplitude 1 that
//! stays an octave and a half inside the rows' range comes back to 1e-3.
//!
//! Traps: two tones closer than the wavelet's bandwidth share values and beat; broadband noise is moved too, and
//! looks like short ridges. What turns more than half a row beyond the first or last row is left out.

use crate::counted::counted;
use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Seconds};
use crate::wavelet::analytic_wavelet::AnalyticWavelet;
use crate::wavelet::columns::division;
use crate::wavelet::cwt::check_size;
use crate::wavelet::extension::CwtBoundary;
use crate::wavelet::frequencies::CwtFrequencies;
use crate::wavelet::output::{Whole, Write};
use crate::wavelet::rows::{CwtNormalisation, Rows};

/// Parameters of a synchrosqueezed transform.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynchrosqueezingParams {
    /// The wavelet. Morlet with `w0 = 6` unless said.
    pub wavelet: AnalyticWavelet,
    /// The rows, of the wavelet transform and of the result; falling or rising throughout. 64 from 0.45 down to
    /// 0.005 of the sampling rate in equal ratios unless said; for sharp ridges take more.
    pub frequencies: CwtFrequencies,
    /// What lies beyond the ends of the record. The record itself, periodically, unless said.
    pub boundary: CwtBoundary,
    /// Columns, every `len/columns`-th sample exactly; it has to divide the length. All samples unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<usize>,
    /// Values of the wavelet transform below this share of the record's largest magnitude are left out. 1e-4 in
    /// `f32` and 1e-8 in `f64` unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

impl SynchrosqueezingParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// As [`CwtParams::plan`](super::CwtParams::plan), and [`Error::Parameter`] when there are fewer than two rows,
    /// the frequencies neither rise nor fall throughout, the columns do not divide the length, or the threshold is
    /// not a finite number of at least 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<SynchrosqueezingPlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter("synchrosqueezing", parameter, value, reason))
        };
        let frequencies = self.frequencies.rows(rate)?;
        let columns = self.columns.unwrap_or(len);
        if columns == 0 || !len.is_multiple_of(columns) {
            let reason = format!("it has to divide the record's length: {}", division(len, columns));
            return refuse("columns", columns.to_string(), &reason);
        }
        let threshold = self.threshold.unwrap_or(if T::LINE == 16 { 1e-4 } else { 1e-8 });
        if !(threshold >= 0.0 && threshold.is_finite()) {
            return refuse("threshold", threshold.to_string(), "it has to be a finite number of at least 0");
        }
        let falling = frequencies.windows(2).all(|pair| pair[0].0 > pair[1].0);
        let rising = frequencies.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if frequencies.len() < 2 || !(falling || rising) {
            let reason = "at least two rows are needed, and they have to rise or to fall throughout";
            return refuse("frequencies", counted(frequencies.len(), "row"), reason);
        }
        check_size(frequencies.len(), len)?;
        let logs: Vec<f64> = frequencies.iter().map(|f| f.0.ln()).collect();
        let last = logs.len() - 1;
        let gap = |i: usize| logs[i] - logs[i + 1];
        let halves: Vec<f64> = (0..=logs.len())
            .map(|i| match i {
                0 => logs[0] + 0.5 * gap(0),
                i if i > last => logs[last] - 0.5 * gap(last - 1),
                i => 0.5 * (logs[i - 1] + logs[i]),
            })
            .collect();
        let values = 2.0 / self.wavelet.admissibility();
        let powers = 1.0 / self.wavelet.over_scales(|value| 0.25 * value * value);
        let widths = halves.windows(2).map(|pair| (pair[0] - pair[1]).abs());
        let edges = halves.iter().map(|edge| T::narrow(edge.exp())).collect();
        let (values, powers) = widths.map(|w| (T::narrow(w * values), T::narrow(w * powers))).unzip();
        let place = (self.boundary, len);
        let rows = Rows::new(self.wavelet, CwtNormalisation::L1, frequencies, rate, place, len / columns)?;
        let derivative = rows.derivative_tables();
        let threshold = T::narrow(threshold);
        Ok(SynchrosqueezingPlan {
            rate,
            len,
            columns,
            threshold,
            falling,
            edges,
            values,
            powers,
            derivative,
            rows,
        })
    }
}

/// The synchrosqueezed transform of records of one length.
///
/// A result is a row-major array of `rows() × columns()`.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, wavelet::SynchrosqueezingParams};
/// let record: Vec<f64> = (0..1200).map(|n| (std::f64::consts::TAU * n as f64 / 12.0).cos()).collect();
/// let plan = SynchrosqueezingParams::default().plan(Hertz(12_000.0), 1200)?;
/// let mut power = vec![0.0; plan.output_len()];
/// plan.power(&record, &mut power, &mut Scratch::new())?;
/// let lit: Vec<usize> = (0..plan.rows()).filter(|row| power[row * 1200 + 600] > 1e-3).collect();
/// assert_eq!(lit.len(), 1); // the wavelet transform itself lights a dozen rows
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SynchrosqueezingPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    columns: usize,
    threshold: T,
    falling: bool,
    /// In hertz, half-way between rows in the logarithm and half a row beyond the ends.
    edges: Vec<T>,
    /// Weights of the rows' values and of their powers.
    values: Vec<T>,
    powers: Vec<T>,
    derivative: Vec<T>,
    rows: Rows<T>,
}

impl<T: Sample> SynchrosqueezingPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows: frequencies.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len()
    }

    /// Columns: times.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Numbers in a result: `rows() × columns()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.rows() * self.columns
    }

    /// Frequency of row `row`.
    #[must_use]
    pub fn frequency(&self, row: usize) -> Hertz {
        self.rows.frequencies()[row]
    }

    /// Time of column `column`, counted from the record's first sample.
    #[must_use]
    pub fn time(&self, column: usize) -> Seconds {
        Seconds((column * (self.len / self.columns)) as f64 / self.rate.0)
    }

    /// The values `T` of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), in the input's unit:
    /// a cosine of amplitude `A` gives the total `A e^{iωt}` over the rows, the real part of the total is the record.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        self.run(input, output, scratch, &self.values, |value, weight| value * weight)?;
        Ok(())
    }

    /// `|T|` of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn magnitude(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("output of synchrosqueezing", self.output_len(), output.len())?;
        let mut image = std::mem::take(&mut scratch.wavelet.image);
        let values = first(&mut image, self.output_len());
        let result = self.process(input, values, scratch);
        for (place, value) in output.iter_mut().zip(values) {
            *place = value.norm();
        }
        scratch.wavelet.image = image;
        result
    }

    /// The power of `input` (`len` samples), moved likewise, in `output` ([`output_len`](Self::output_len)): the
    /// `|W|²`, scaled so that a cosine of amplitude `A` gives the total `A²` over the rows.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn power(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        let gain =
            self.run(input, output, scratch, &self.powers, |value, weight| value.norm_sqr() * weight)?;
        if gain != T::one() {
            // `run` divides once.
            output.iter_mut().for_each(|value| *value = *value / gain);
        }
        Ok(())
    }

    /// Moves what `of` makes of the values and their rows' weights; gives the gain that it divided by.
    fn run<U>(
        &self,
        input: &[T],
        output: &mut [U],
        scratch: &mut Scratch<T>,
        weights: &[T],
        of: impl Fn(Complex<T>, T) -> U,
    ) -> Result<T>
    where
        U: Copy + Default + std::ops::Add<Output = U> + std::ops::Div<T, Output = U>,
    {
        check_len("input of synchrosqueezing", self.len, input.len())?;
        check_len("output of synchrosqueezing", self.output_len(), output.len())?;
        let memory = &mut scratch.wavelet;
        let (gain, largest) = self.rows.prepare(input, memory)?;
        let least = largest * self.threshold;
        let least = least * least;
        output.fill(U::default());
        let (arch, columns) = (widest(), self.columns);
        let mut room = std::mem::take(&mut memory.first_row);
        let values = first(&mut room, columns);
        for (row, weight) in weights.iter().enumerate() {
            let (re, im) = self.rows.row(arch, row, None, memory);
            arch.dispatch(Write::<T, Whole> { re, im, out: &mut *values });
            let (slope_re, slope_im) = self.rows.row(arch, row, Some(&self.derivative), memory);
            let mut near = row;
            for (n, (value, (re, im))) in values.iter().zip(slope_re.iter().zip(slope_im)).enumerate() {
                let power = value.norm_sqr();
                if power <= least || power == T::default() {
                    continue;
                }
                let f = (*re * value.re + *im * value.im) / power;
                if let Some(to) = self.nearest(f, near) {
                    near = to;
                    let place = &mut output[to * columns + n];
                    *place = *place + of(*value, *weight);
                }
            }
        }
        memory.first_row = room;
        if gain != T::one() {
            output.iter_mut().for_each(|value| *value = *value / gain);
        }
        Ok(gain)
    }

    /// The row nearest to frequency `f`, looked for from row `near` on: along a ridge it is the same or the next.
    #[inline]
    fn nearest(&self, f: T, near: usize) -> Option<usize> {
        // Row `l` reaches from edge `l` to edge `l + 1`.
        let beyond = |edge: T| if self.falling { f < edge } else { f > edge };
        let mut row = near;
        while row < self.rows() && beyond(self.edges[row + 1]) {
            row += 1;
        }
        if row == self.rows() {
            return None;
        }
        while !beyond(self.edges[row]) {
            row = row.checked_sub(1)?;
        }
        Some(row)
    }
}
