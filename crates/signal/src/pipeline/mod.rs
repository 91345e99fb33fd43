//! From a segment to what a net is fed with: a list of steps, as plain data.
//!
//! A [`Pipeline`] is read from a configuration and stored inside a trained model, so that training and
//! diagnosis cannot differ. It is checked as a whole against rate and length before anything runs. A step that
//! works on one series works on each channel where there are several, such as the modes of a decomposition.
//!
//! | file | idea |
//! |---|---|
//! | `step.rs` | what can be written in a configuration |
//! | `band_edge.rs` | an edge of a band, as a fraction or a frequency |
//! | `flow.rs` | what runs from one step to the next: shape and axes |
//! | `planning/` | a step planned for what comes before it |
//! | `powers.rs` | whether an output is powers |
//! | `split.rs` | what channels were taken apart into, and their names |
//! | `unit.rs` | what the numbers of an output are |
//! | `finding.rs` | what a step finds besides its numbers |
//! | `plan.rs` | the planned pipeline, and running it |
//! | `around_vmd.rs` | a pipeline taken apart at its mode decomposition |

mod around_vmd;
mod band_edge;
pub(crate) mod finding;
mod flow;
mod plan;
mod planning;
mod powers;
mod split;
mod step;
mod unit;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::rotation::GivenSpeed;
use crate::units::Hertz;
use flow::{Base, Flow};
use plan::PlannedStep;

pub use around_vmd::AroundVmd;
pub use band_edge::BandEdge;
pub use finding::{BestBand, Finding, FoundTrain, StepFinding};
pub use flow::{Axis, Quantity};
pub use plan::{Context, PipelinePlan, PipelineScratch};
pub use step::{ImageNormalisation, ImpulseTrain, Step};

/// A list of steps. An empty one passes segments on as they are.
///
/// ```
/// use brinell_signal::{Context, Hertz, Pipeline};
/// let pipeline: Pipeline = serde_json::from_str(r#"[
///     { "step": "stft", "length": 64, "hop": 32, "scale": "log", "rows": 16, "columns": 16 },
///     { "step": "standardise-image" }
/// ]"#)?;
/// let plan = pipeline.plan(Hertz(12_000.0), 1024)?;
/// assert_eq!(plan.output_shape(), [1, 16, 16]);
/// let segment: Vec<f32> = (0..1024).map(|n| (n as f32 * 0.3).sin()).collect();
/// let mut image = vec![0.0; plan.output_len()];
/// plan.process(&segment, &Context::default(), &mut image, &mut plan.scratch())?;
/// assert!(image.iter().sum::<f32>().abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pipeline {
    steps: Vec<Step>,
}

impl Pipeline {
    /// A pipeline of these steps, in this order.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The same steps for a shaft that turns as `speed` says: an order tracking that says no speed follows it.
    #[must_use]
    pub fn at_speed(mut self, given: &GivenSpeed) -> Self {
        for step in &mut self.steps {
            if let Step::OrderTracking { speed: speed @ None, .. } = step {
                *speed = Some(given.clone());
            }
        }
        self
    }

    /// Checks all steps against segments of `len` samples at `rate`, and plans them.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0, [`Error::Parameter`] when `len` is 0,
    /// [`Error::Step`] when a step cannot be done: it says which, counted from 1, and why.
    pub fn plan(&self, rate: Hertz, len: usize) -> Result<PipelinePlan> {
        self.plan_channels(rate, 1, len)
    }

    /// The same for segments of `channels` channels of `len` samples each, such as several sensors, one channel after
    /// the other. Most steps work on each channel alone, multivariate VMD on all together.
    ///
    /// # Errors
    /// As [`plan`](Self::plan); [`Error::Parameter`] when there is no channel or there are more than 2^30 samples.
    pub fn plan_channels(&self, rate: Hertz, channels: usize, len: usize) -> Result<PipelinePlan> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value, reason| Err(Error::parameter("pipeline", parameter, value, reason));
        if len == 0 {
            return refuse("segment", len, "at least 1 sample is needed");
        }
        if channels == 0 {
            return refuse("channels", channels, "at least 1 is needed");
        }
        let Some(input_len) = channels.checked_mul(len).filter(|all| *all <= 1 << 30 || channels == 1) else {
            return refuse("channels", channels, "they hold more than 2^30 samples: take shorter segments");
        };
        let mut flow = Flow::samples(channels, len, rate);
        let (mut steps, mut largest) = (Vec::with_capacity(self.steps.len()), input_len);
        for (index, step) in self.steps.iter().enumerate() {
            let (number, name) = (index + 1, step.name());
            let orders = flow.base == Base::Angle;
            let planned = step.plan(&flow).map_err(|cause| Error::in_step(number, name, cause))?;
            flow = planned.output.counted_as(number, orders);
            largest = largest.max(flow.len());
            let (work, needs_kinematics) = (planned.work, planned.needs_kinematics);
            steps.push(PlannedStep { number, name, work, needs_kinematics, orders, output_len: flow.len() });
        }
        Ok(PipelinePlan { rate, input_len, steps, shape: flow.shape(), output: flow, largest })
    }
}
