//! What a training run tells whoever watches it.

use crate::feature_plan::ModesOn;
use crate::protocol::Protocol;
use crate::training::EpochRow;
use crate::tune::Choice;

/// One of the runs that an experiment consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The experiment, or the baseline of one.
    pub experiment: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that is read; empty where none is named.
    pub sensor: String,
    /// What the protocol adds: noise on its test, and how nets are adapted; empty where nothing is.
    pub condition: String,
    /// The fold.
    pub fold: String,
    /// The seed.
    pub seed: u64,
    /// Its number among the runs, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.experiment, self.protocol)?;
        if !self.sensor.is_empty() {
            write!(out, " at {}", self.sensor)?;
        }
        if !self.condition.is_empty() {
            write!(out, ", {}", self.condition)?;
        }
        write!(out, ", {}, seed {}", self.fold, self.seed)
    }
}

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The device that nets learn on is open.
    DeviceOpened {
        /// What it is.
        name: &'a str,
        /// Why it is not the GPU that was looked for.
        why: Option<&'a str>,
    },
    /// The recordings were read.
    DataRead {
        /// Number of recordings at hand.
        found: usize,
        /// The recordings that the experiment wants and that are not at hand.
        missing: &'a [String],
    },
    /// A run on a GPU whose pipeline makes modes says where that happens. Pipelines that `[tune]` tries go by the same rules
    /// and are not told one by one.
    ModesPlanned {
        /// Samples of the segments.
        length: usize,
        /// Where, and why not on the GPU.
        on: &'a ModesOn,
    },
    /// A run begins.
    FoldStarted {
        /// Which.
        place: &'a Place,
        /// Training segments.
        train: usize,
        /// Validation segments.
        validation: usize,
        /// The epoch it goes on with, from 1; above 1 after a resume; 0 for what is not a net.
        epoch: usize,
        /// Epochs at most; 0 for what is not a net.
        epochs: usize,
    },
    /// A run was finished before and is not repeated.
    FoldSkipped {
        /// Which.
        place: &'a Place,
    },
    /// One step of the optimiser is done.
    BatchDone {
        /// Which run.
        place: &'a Place,
        /// Epoch, from 1.
        epoch: usize,
        /// Epochs at most.
        epochs: usize,
        /// Batches done in this epoch.
        batch: usize,
        /// Batches in an epoch.
        batches: usize,
        /// Mean loss of this epoch so far.
        loss: f64,
        /// Examples a second, since the run began or was resumed.
        examples_per_second: f64,
        /// Seconds to the end of the run if no early stop comes.
        seconds_left: f64,
    },
    /// An epoch is done and saved.
    EpochDone {
        /// Which run.
        place: &'a Place,
        /// Epochs at most.
        epochs: usize,
        /// Its row of `epochs.csv`.
        row: &'a EpochRow,
        /// Whether it is the best one so far.
        best: bool,
    },
    /// A choice of options was tried on bearings held out inside the training side.
    TrialDone {
        /// Which run.
        place: &'a Place,
        /// The values.
        choice: &'a Choice,
        /// What it was worth there; larger is better.
        figure: f64,
    },
    /// A run is done, its model and scores are written.
    FoldDone {
        /// Which.
        place: &'a Place,
        /// Test segments.
        test: usize,
        /// Share of test segments that were named rightly.
        accuracy: f64,
        /// Macro-F1 over test segments.
        macro_f1: f64,
        /// Why the figure says nothing about a new bearing, if so.
        leak: Option<&'static str>,
    },
}

/// Somebody who watches.
pub trait Observer: Send {
    /// Called with one event at a time, on the thread that trains. Those of one run come in order; where several are
    /// trained side by side, their events are mixed.
    fn event(&mut self, event: &Event<'_>);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn event(&mut self, _: &Event<'_>) {}
}

impl<F: FnMut(&Event<'_>) + Send> Observer for F {
    fn event(&mut self, event: &Event<'_>) {
        self(event);
    }
}
