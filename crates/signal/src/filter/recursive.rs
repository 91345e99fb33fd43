//! Butterworth filters as a plan over records of one length.
//!
//! With zero phase the record runs through the filter forwards and backwards (Gustafsson 1996, doi
//! 10.1109/78.492552): no delay and a symmetric response, at the price that **the gain is squared and the
//! order doubled**: -6 dB instead of -3 dB at the edges. Either end is extended by odd reflection, as in
//! `scipy.signal.sosfiltfilt`, and each pass starts from the steady state of its first sample, so that neither
//! a constant nor a slope is bent there. It needs the whole record: it is not for a stream.
//!
//! Without zero phase the filter starts at rest, as `scipy.signal.sosfilt`: an offset of the record is a step,
//! which rings at its start.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::filter::ends::Ends;
use crate::filter::kind::FilterKind;
use crate::filter::sections::{Sections, SectionsState};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;

/// Parameters of a Butterworth filter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilterParams {
    /// What it lets through. A band unless said.
    pub kind: FilterKind,
    /// Lower edge, for all kinds but a low-pass. None unless said.
    pub low: Option<Hertz>,
    /// Upper edge, for all kinds but a high-pass. None unless said.
    pub high: Option<Hertz>,
    /// Order of the design, 1 to 24; band filters have twice as many poles. 4 unless said.
    pub order: usize,
    /// Forwards and backwards: no delay, the gain squared. True unless said.
    pub zero_phase: bool,
}

impl Default for FilterParams {
    fn default() -> Self {
        Self { kind: FilterKind::BandPass, low: None, high: None, order: 4, zero_phase: true }
    }
}

impl FilterParams {
    /// A low-pass of order 4 and zero phase.
    #[must_use]
    pub fn low_pass(high: Hertz) -> Self {
        Self { kind: FilterKind::LowPass, high: Some(high), ..Self::default() }
    }

    /// A high-pass of order 4 and zero phase.
    #[must_use]
    pub fn high_pass(low: Hertz) -> Self {
        Self { kind: FilterKind::HighPass, low: Some(low), ..Self::default() }
    }

    /// A band-pass of order 4 and zero phase.
    #[must_use]
    pub fn band_pass(low: Hertz, high: Hertz) -> Self {
        Self { low: Some(low), high: Some(high), ..Self::default() }
    }

    /// A plan for `len` samples at `rate`. Any length from 1 can be had; with zero phase a record shorter than
    /// the padding (27 samples for a band-pass of order 4) is reflected as far as it goes.
    ///
    /// # Errors
    /// Those of [`Sections::butterworth`]; [`Error::Parameter`] when `len` is 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FilterPlan<T>> {
        let sections = Sections::butterworth(self.kind, self.low, self.high, self.order, rate)?;
        FilterPlan::new(sections, self.zero_phase, len)
    }
}

/// A recursive filter for records of one length; see the notes of [`FilterParams`] on zero phase.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, filter::FilterParams};
/// let record: Vec<f32> = (0..2048).map(|n| (n as f32 * 0.2).sin() + 5.0).collect();
/// let plan = FilterParams::high_pass(Hertz(100.0)).plan(Hertz(12_000.0), record.len())?;
/// let mut output = vec![0.0; record.len()];
/// plan.process(&record, &mut output, &mut Scratch::new())?;
/// assert!((output[1000] - (200.0_f32).sin()).abs() < 0.01);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FilterPlan<T> {
    len: usize,
    sections: Sections,
    zero_phase: Option<Padding>,
    of: std::marker::PhantomData<T>,
}

/// What a zero-phase run needs.
#[derive(Debug, Clone)]
struct Padding {
    samples: usize,
    steady: SectionsState,
}

impl<T: Sample> FilterPlan<T> {
    /// A plan that runs any cascade over `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0.
    pub fn new(sections: Sections, zero_phase: bool, len: usize) -> Result<Self> {
        if len == 0 {
            return Err(Error::parameter("filter", "length", len, "at least 1 sample is needed"));
        }
        let zero_phase = zero_phase
            .then(|| Padding { samples: sections.padding().min(len - 1), steady: sections.steady_state() });
        Ok(Self { len, sections, zero_phase, of: std::marker::PhantomData })
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

    /// The cascade.
    #[must_use]
    pub fn sections(&self) -> &Sections {
        &self.sections
    }

    /// Samples that either end is extended by; 0 without zero phase.
    #[must_use]
    pub fn padding(&self) -> usize {
        self.zero_phase.as_ref().map_or(0, |padding| padding.samples)
    }

    /// `input` filtered in `output`, both `len` samples, in the input's unit. Runs in f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite,
    /// since one such sample would spoil all that follow.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the filter", self.len, input.len())?;
        check_len("output of the filter", self.len, output.len())?;
        check_finite("filter", input)?;
        let Some(padding) = &self.zero_phase else {
            return self.sections.filter(input, output, &mut SectionsState::default());
        };
        let pad = padding.samples;
        let wide = Ends::OddReflection.extend(input, pad, pad, &mut scratch.wide);
        self.sections.both_ways(wide, &padding.steady);
        for (y, wide) in output.iter_mut().zip(&wide[pad..]) {
            *y = T::narrow(*wide);
        }
        Ok(())
    }
}
