//! Multivariate VMD: several channels whose modes share their centres (Rehman & Aftab 2019, doi
//! 10.1109/TSP.2019.2951223).
//!
//! Each channel is filtered as alone, and a mode's centre is the mean frequency of its power over all
//! channels: `ω_k = Σ_c Σ_j ν |u_kc|² / Σ_c Σ_j |u_kc|²`. Unless raw numbers are asked for, each channel
//! counts as if it had an RMS of 1, or the loudest, or the one in the smaller unit, would decide alone.
//! One channel gives exactly what [`VmdPlan`](crate::vmd::VmdPlan) gives.

use crate::error::Result;
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::vmd::decomposer::Decomposer;
use crate::vmd::decomposition::Decomposition;
use crate::vmd::params::VmdParams;

/// Multivariate VMD of records of one length and number of channels.
#[derive(Debug, Clone)]
pub struct MultivariateVmdPlan<T: Sample> {
    decomposer: Decomposer<T>,
}

impl<T: Sample> MultivariateVmdPlan<T> {
    pub(crate) fn new(params: &VmdParams, rate: Hertz, channels: usize, len: usize) -> Result<Self> {
        Ok(Self { decomposer: Decomposer::new(params, rate, channels, len)? })
    }

    /// The same plan on the portable path, without SIMD instructions.
    #[must_use]
    pub fn portable(mut self) -> Self {
        self.decomposer.set_portable();
        self
    }

    /// Samples of a channel.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.decomposer.input_len()
    }

    /// Sampling rate.
    #[must_use]
    pub fn rate(&self) -> Hertz {
        self.decomposer.rate()
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.decomposer.channels()
    }

    /// Shape of the output: modes (and the residual where [`VmdParams::residual`] asks for it), channels, samples.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.decomposer.rows(), self.decomposer.channels(), self.decomposer.mode_len()]
    }

    /// Samples of all rows of all channels.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.decomposer.output_len()
    }

    /// Decomposes `input` (`channels x len`, row-major) into `output` (the [`shape`](Self::shape),
    /// row-major, each channel in its own unit) and fills `report`. The change of the modes, which ends the
    /// sweeps, is summed over the channels.
    ///
    /// # Errors
    /// As [`VmdPlan::process`](crate::vmd::VmdPlan::process).
    pub fn process(
        &self,
        input: &[T],
        output: &mut [T],
        report: &mut Decomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        self.decomposer.process(input, output, report, scratch)
    }
}
