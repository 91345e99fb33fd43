//! What steps find besides the numbers that they pass on.

use serde::Serialize;

use crate::kinematics::FaultKind;
use crate::scratch::Scratch;
use crate::separation::{AutoregressiveFit, MinimumEntropyRun};
use crate::units::Hertz;
use crate::vmd::{Decomposition, SelectedDecomposition, SuccessiveDecomposition};

/// What a step found besides the numbers that it passed on. Behind order tracking every frequency in it is an order,
/// see [`StepFinding::orders`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The modes of a decomposition, and whether it converged.
    Modes(Decomposition),
    /// Modes found one after the other, and why the search ended.
    SuccessiveModes(SuccessiveDecomposition),
    /// The number of modes and `α` that were chosen, all that was tried, and the modes.
    SelectedModes(SelectedDecomposition),
    /// The band where a search's criterion is largest.
    Band(BestBand),
    /// A linear prediction's order and what it left.
    Prediction(AutoregressiveFit),
    /// How a deconvolution by kurtosis went.
    Deconvolution(MinimumEntropyRun),
    /// How well an impulse train was brought out.
    ImpulseTrain(FoundTrain),
    /// Samples were left out at the end, as the program does whose results are asked for with `compat`.
    Shortened {
        /// Samples of the record.
        given: usize,
        /// Samples of each mode.
        kept: usize,
    },
}

/// The band where a search's criterion is largest. The largest of many: by itself no proof that anything is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BestBand {
    /// What was searched for, where it is a fault's comb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultKind>,
    /// Lower edge.
    pub low: Hertz,
    /// Upper edge.
    pub high: Hertz,
    /// The criterion, with its unit where it has one.
    pub criterion: &'static str,
    /// Its value there.
    pub value: f64,
}

/// An impulse train that a deconvolution was to bring out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FoundTrain {
    /// Impulses a second.
    pub frequency: Hertz,
    /// How much of the output lies on the train, 0 to 1.
    pub criterion: f64,
    /// What white noise gives.
    pub chance: f64,
}

/// A [`Finding`] and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepFinding {
    /// Number of the step, from 1.
    pub step: usize,
    /// Its name.
    pub name: &'static str,
    /// Which of the step's inputs, from 0; 0 for steps that look at all of them together.
    pub channel: usize,
    /// Whether frequencies are orders of the shaft, since the step comes behind order tracking.
    pub orders: bool,
    /// What it found.
    pub finding: Finding,
}

/// Findings of one step, while it runs; kept only where they are wanted, since they allocate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    pub(crate) wanted: bool,
    /// The channel that the step is at.
    pub(crate) channel: usize,
    /// Findings with their channels.
    pub(crate) found: Vec<(usize, Finding)>,
}

impl<T> Scratch<T> {
    /// Keeps a finding, should anybody want it.
    pub(crate) fn note(&mut self, finding: impl FnOnce() -> Finding) {
        if self.notes.wanted {
            self.notes.found.push((self.notes.channel, finding()));
        }
    }
}
