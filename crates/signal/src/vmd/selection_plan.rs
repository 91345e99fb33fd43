//! A choice of modes and `α` that is made anew for every record, and the trials that every such choice is made of.

use serde::{Deserialize, Serialize};

use crate::error::{Result, check_len};
use crate::quantity::{EnvelopeEntropyPlan, SampleEntropyParams, scalars};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::vmd::decomposition::Decomposition;
use crate::vmd::params::VmdParams;
use crate::vmd::plan::VmdPlan;
use crate::vmd::selection::{SelectionObjective, SelectionReason, TriedVmd, VmdSelection};

/// What was chosen for one record, all that was tried, and the decomposition by the chosen pair.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SelectedDecomposition {
    /// What was asked of the modes.
    pub by: SelectionObjective,
    /// The chosen row of `tried`.
    pub row: usize,
    /// Why that one.
    pub why: SelectionReason,
    /// Every pair in the order of the grid: all `K` of the first `α`, then those of the next.
    pub tried: Vec<TriedVmd>,
    /// How the decomposition by the chosen pair went.
    pub decomposition: Decomposition,
}

impl SelectedDecomposition {
    /// The chosen pair; none before a record was decomposed.
    #[must_use]
    pub fn chosen(&self) -> Option<&TriedVmd> {
        self.tried.get(self.row)
    }
}

/// A grid of modes and `α` for records of one length, see [`VmdSelection::plan`].
///
/// ```
/// use brinell_signal::{Hertz, Scratch, vmd::{SelectedDecomposition, VmdSelection}};
/// let tone = |n: usize, f: f64| (std::f64::consts::TAU * f * n as f64 / 1000.0).cos();
/// let record: Vec<f64> = (0..500).map(|n| tone(n, 60.0) + 0.7 * tone(n, 210.0)).collect();
/// let plan = VmdSelection { modes: vec![2, 3], ..VmdSelection::default() }.plan(Hertz(1000.0), 500)?;
/// let (mut modes, mut report) = (vec![0.0; plan.output_len()], SelectedDecomposition::default());
/// plan.process(&record, &mut modes, &mut report, &mut Scratch::new())?;
/// assert_eq!((plan.most_modes(), report.tried.len()), (3, 8));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct VmdSelectionPlan<T: Sample> {
    pub(super) selection: VmdSelection,
    pub(super) pairs: Vec<Pair<T>>,
    judge: Judge<T>,
    len: usize,
}

/// One pair of the grid.
#[derive(Debug, Clone)]
pub(super) struct Pair<T: Sample> {
    pub(super) params: VmdParams,
    pub(super) half_width: Hertz,
    pub(super) plan: VmdPlan<T>,
}

impl<T: Sample> VmdSelectionPlan<T> {
    pub(super) fn new(selection: &VmdSelection, rate: Hertz, len: usize) -> Result<Self> {
        selection.check()?;
        let mut pairs = Vec::with_capacity(selection.alphas.len() * selection.modes.len());
        for alpha in &selection.alphas {
            for modes in &selection.modes {
                let params = selection.params(*modes, *alpha);
                let (half_width, plan) = (alpha.half_width(rate)?, params.plan(rate, len)?);
                pairs.push(Pair { params, half_width, plan });
            }
        }
        Ok(Self { selection: selection.clone(), pairs, judge: Judge::new(selection.by, len)?, len })
    }

    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Most modes of the grid: rows of the output.
    #[must_use]
    pub fn most_modes(&self) -> usize {
        self.selection.modes.last().copied().unwrap_or_default()
    }

    /// Samples of all rows.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.most_modes() * self.len
    }

    /// Tries every pair of the grid on `input` (`len` samples), decomposes it by the chosen one into `output`
    /// (`most_modes x len`, row-major, in the unit of the input; rows behind the chosen modes are zeros), and fills
    /// `report`. Where the objective exists for no pair, the first of the grid is taken and `report` says so.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when a slice has another length;
    /// [`Error::Parameter`](crate::Error::Parameter) when a sample is NaN or infinite, or a step of the dual ascent
    /// is so large that it runs out of bounds.
    pub fn process(
        &self,
        input: &[T],
        output: &mut [T],
        report: &mut SelectedDecomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the choice of a mode decomposition", self.len, input.len())?;
        check_len("output of the choice of a mode decomposition", self.output_len(), output.len())?;
        report.by = self.selection.by;
        report.tried.clear();
        for pair in &self.pairs {
            let modes = &mut output[..pair.plan.output_len()];
            let trial = self.trial(pair, input, modes, &mut report.decomposition, scratch)?;
            report.tried.push(self.selection.row(pair, &[trial]));
        }
        (report.row, report.why) =
            self.selection.choose(&report.tried).unwrap_or((0, SelectionReason::NoValue));
        let Some(chosen) = self.pairs.get(report.row) else { return Ok(()) };
        let (modes, unused) = output.split_at_mut(chosen.plan.output_len());
        unused.fill(T::default());
        chosen.plan.process(input, modes, &mut report.decomposition, scratch)
    }

    /// Decomposes by one pair and judges the modes.
    pub(super) fn trial(
        &self,
        pair: &Pair<T>,
        input: &[T],
        modes: &mut [T],
        report: &mut Decomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<Trial> {
        pair.plan.process(input, modes, report, scratch)?;
        let whole: f64 = input.iter().map(|x| x.widen() * x.widen()).sum();
        Ok(Trial {
            objective: self.judge.value(modes, self.len, scratch)?,
            sweeps: report.sweeps,
            converged: report.converged,
            closest: report.closest_centres(),
            residual_share: if whole > 0.0 { residual_energy(input, modes) / whole } else { 0.0 },
        })
    }
}

/// What one pair did on one record.
pub(super) struct Trial {
    pub(super) objective: Option<f64>,
    pub(super) sweeps: usize,
    pub(super) converged: bool,
    pub(super) closest: Option<Hertz>,
    pub(super) residual_share: f64,
}

/// Sum of the squares of what the modes leave.
fn residual_energy<T: Sample>(input: &[T], modes: &[T]) -> f64 {
    let left = input.iter().enumerate().map(|(n, x)| {
        let of_modes = modes[n..].iter().step_by(input.len());
        of_modes.fold(*x, |left, mode| left - *mode).widen()
    });
    left.map(|left| left * left).sum()
}

/// Judges the modes of one record.
#[derive(Debug, Clone)]
enum Judge<T: Sample> {
    Envelope(EnvelopeEntropyPlan<T>),
    Kurtosis,
    Sample(crate::quantity::SampleEntropyPlan),
    Other,
}

impl<T: Sample> Judge<T> {
    fn new(objective: SelectionObjective, len: usize) -> Result<Self> {
        Ok(match objective {
            SelectionObjective::EnvelopeEntropy => Self::Envelope(EnvelopeEntropyPlan::new(len)?),
            SelectionObjective::Kurtosis => Self::Kurtosis,
            SelectionObjective::SampleEntropy => Self::Sample(SampleEntropyParams::default().plan(len)?),
            _ => Self::Other,
        })
    }

    fn value(&self, modes: &[T], len: usize, scratch: &mut Scratch<T>) -> Result<Option<f64>> {
        let (mut sum, mut count, mut least, mut most) = (0.0, 0, f64::INFINITY, f64::NEG_INFINITY);
        for mode in modes.chunks_exact(len) {
            let value = match self {
                Self::Envelope(plan) => plan.process(mode, scratch)?,
                Self::Sample(plan) => plan.process(mode, scratch)?,
                Self::Kurtosis => {
                    let values = &mut scratch.wide;
                    values.clear();
                    values.extend(mode.iter().map(|x| x.widen()));
                    scalars(values).kurtosis
                }
                Self::Other => None,
            };
            if let Some(value) = value {
                (sum, count) = (sum + value, count + 1);
                (least, most) = (least.min(value), most.max(value));
            }
        }
        Ok(match self {
            _ if count == 0 => None,
            Self::Sample(_) => Some(sum / f64::from(count)),
            Self::Kurtosis => Some(most),
            _ => Some(least),
        })
    }
}
