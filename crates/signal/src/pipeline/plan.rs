//! A pipeline planned for segments of one length at one rate, and run.

use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;

use super::finding::StepFinding;
use super::flow::{Axis, Flow};
use crate::error::{Error, Result, check_finite, check_len};
use crate::kinematics::BearingOrders;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// What a segment's machine is known by. Steps that need it say so when it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Context {
    /// Speed of the shaft.
    pub shaft: Option<Hertz>,
    /// Fault orders of the bearing.
    pub orders: Option<BearingOrders>,
}

impl Context {
    /// The shaft's speed and the bearing's orders.
    ///
    /// # Errors
    /// [`Error::MissingKinematics`] when one of them is not known; [`Error::Frequency`] when the speed is not a
    /// finite number above 0.
    pub fn kinematics(&self) -> Result<(Hertz, BearingOrders)> {
        let missing = |what, remedy| Err(Error::MissingKinematics { what, remedy });
        let Some(shaft) = self.shaft else {
            return missing("the shaft speed", "give it, such as 1797rpm");
        };
        let Some(orders) = self.orders else {
            return missing(
                "the bearing's fault orders",
                "name the bearing, such as 6205-2RS, or give its number of rolling elements and its diameters",
            );
        };
        if shaft.is_positive() {
            return Ok((shaft, orders));
        }
        let reason = "it has to be a finite number above 0".to_owned();
        Err(Error::Frequency { what: "shaft speed", value: shaft.0, reason })
    }
}

/// The work of one step: what comes in, the machine, what goes out.
pub(crate) type Work =
    Arc<dyn Fn(&[f32], &Context, &mut [f32], &mut Scratch<f32>) -> Result<()> + Send + Sync>;

/// One step, planned.
#[derive(Clone)]
pub(crate) struct PlannedStep {
    pub(crate) number: usize,
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) needs_kinematics: bool,
    /// Whether what comes in is counted over the shaft's angle.
    pub(crate) orders: bool,
    pub(crate) output_len: usize,
}

impl fmt::Debug for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, name, output_len, .. } = self;
        f.debug_struct("PlannedStep")
            .field("number", number)
            .field("name", name)
            .field("output_len", output_len)
            .finish_non_exhaustive()
    }
}

/// A [`Pipeline`](super::Pipeline) planned for segments of one length at one rate.
#[derive(Debug, Clone)]
pub struct PipelinePlan {
    pub(crate) rate: Hertz,
    pub(crate) input_len: usize,
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) shape: Vec<usize>,
    pub(crate) output: Flow,
    pub(crate) largest: usize,
}

/// Working memory of a [`PipelinePlan`], one per thread.
#[derive(Debug, Clone, Default)]
pub struct PipelineScratch {
    front: Vec<f32>,
    back: Vec<f32>,
    transform: Scratch<f32>,
}

impl PipelinePlan {
    /// Shape of the output: `[length]` of one series, `[channels, length]` of several,
    /// `[channels, rows, columns]` of an image, row-major.
    #[must_use]
    pub fn output_shape(&self) -> &[usize] {
        &self.shape
    }

    /// What stands along each axis of the output.
    #[must_use]
    pub fn output_axes(&self) -> Vec<Axis> {
        self.output.all_axes()
    }

    /// What each number of a channel of the output is, such as `1xBPFO in 500-6000 Hz`, where the last steps say so.
    #[must_use]
    pub fn number_names(&self) -> Option<&[String]> {
        self.output.names.as_deref()
    }

    /// Numbers of the output: the product of its shape.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output.len()
    }

    /// Samples of a segment, of all its channels together.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.input_len
    }

    /// Rate of the segments.
    #[must_use]
    pub fn rate(&self) -> Hertz {
        self.rate
    }

    /// Whether segments need the shaft's speed and the bearing's orders in their [`Context`].
    #[must_use]
    pub fn needs_kinematics(&self) -> bool {
        self.steps.iter().any(|step| step.needs_kinematics)
    }

    /// Working memory; it grows on the first call and stays as it is from then on.
    #[must_use]
    pub fn scratch(&self) -> PipelineScratch {
        let buffer = || Vec::with_capacity(self.largest);
        PipelineScratch { front: buffer(), back: buffer(), ..PipelineScratch::default() }
    }

    /// Runs all steps on one segment (`input_len` samples, one channel after the other) into `output` (`output_len`). Allocates nothing
    /// once `scratch` has served this plan.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is NaN or infinite;
    /// [`Error::Step`] with [`Error::MissingKinematics`]
    /// when a step needs what the context lacks; [`Error::Overflow`] when the output is not finite.
    pub fn process(
        &self,
        segment: &[f32],
        context: &Context,
        output: &mut [f32],
        scratch: &mut PipelineScratch,
    ) -> Result<()> {
        scratch.transform.notes.wanted = false;
        self.run(segment, context, output, scratch, |_, _| ())
    }

    /// The same, and what the steps found besides the numbers that they passed on: the centres of modes and whether
    /// their search converged, the best band of a kurtogram. Allocates what it returns.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn process_with_findings(
        &self,
        segment: &[f32],
        context: &Context,
        output: &mut [f32],
        scratch: &mut PipelineScratch,
    ) -> Result<Vec<StepFinding>> {
        scratch.transform.notes.wanted = true;
        let mut findings = Vec::new();
        self.run(segment, context, output, scratch, |step, scratch| {
            let found = scratch.notes.found.drain(..);
            findings.extend(found.map(|(channel, finding)| StepFinding {
                step: step.number,
                name: step.name,
                channel,
                orders: step.orders,
                finding,
            }));
        })?;
        Ok(findings)
    }

    fn run(
        &self,
        segment: &[f32],
        context: &Context,
        output: &mut [f32],
        scratch: &mut PipelineScratch,
        mut after: impl FnMut(&PlannedStep, &mut Scratch<f32>),
    ) -> Result<()> {
        check_len("segment of the pipeline", self.input_len, segment.len())?;
        check_len("output of the pipeline", self.output_len(), output.len())?;
        check_finite("pipeline", segment)?;
        let PipelineScratch { front, back, transform } = scratch;
        first(front, self.largest)[..segment.len()].copy_from_slice(segment);
        let mut len = segment.len();
        transform.notes.found.clear();
        for step in &self.steps {
            transform.notes.channel = 0;
            let out = &mut first(back, self.largest)[..step.output_len];
            (step.work)(&front[..len], context, out, transform)
                .map_err(|cause| Error::in_step(step.number, step.name, cause))?;
            after(step, transform);
            std::mem::swap(front, back);
            len = step.output_len;
        }
        output.copy_from_slice(&front[..len]);
        match output.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(index) => Err(Error::Overflow { index, value: output[index].to_string() }),
        }
    }

    /// Runs all steps on many segments, each with its own context, on all threads of rayon's pool. The outputs
    /// stand one after the other in the order of the segments, with the same bits for any number of threads.
    ///
    /// # Errors
    /// [`Error::Segment`] with the error of the first segment that has one.
    pub fn process_many(&self, segments: &[(&[f32], Context)]) -> Result<Vec<f32>> {
        let width = self.output_len();
        let mut output = vec![0.0; width * segments.len()];
        let results: Vec<Result<()>> = output
            .par_chunks_exact_mut(width)
            .zip(segments.par_iter())
            .map_init(
                || self.scratch(),
                |scratch, (out, (segment, context))| self.process(segment, context, out, scratch),
            )
            .collect();
        for (index, result) in results.into_iter().enumerate() {
            result.map_err(|cause| Error::Segment { index, cause: Box::new(cause) })?;
        }
        Ok(output)
    }
}
