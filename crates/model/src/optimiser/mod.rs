//! How gradients move the weights, with state that can be stored.
//!
//! ```
//! use brinell_model::{Descent, Group, Init, Optimiser, Variables};
//! use candle_core::{DType, Device};
//!
//! let optimiser: Optimiser = serde_json::from_str(r#"{"kind": "adam-w", "learning_rate": 0.01}"#).unwrap();
//! let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
//! let weight = variables.parameter("weight", &[2], Init::Constant(1.0))?;
//! let mut descent = Descent::new(optimiser.clone())?;
//! for _ in 0..3 {
//!     let loss = weight.sqr()?.sum_all()?;
//!     descent.step(&variables, &loss.backward()?)?;
//! }
//! assert!(weight.to_vec1::<f64>()?[0] < 0.98);
//! // what is stored after three steps goes on as if nothing had happened
//! let mut resumed = Descent::new(optimiser)?;
//! resumed.restore(&variables, &descent.state(&variables)?)?;
//! assert_eq!(resumed.steps(), 3);
//! # Ok::<(), brinell_model::Error>(())
//! ```
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | [`Optimiser`], any of them as a value |
//! | `descent.rs` | [`Descent`], an optimiser at work: groups, clipping, steps, state |
//! | `adam.rs`, `sgd.rs`, `rms_prop.rs` | the rules |
//! | `group.rs` | [`Group`], parameters that move otherwise |
//! | `clip.rs` | [`global_norm`], [`clip_factor`] |
//! | `memory.rs` | what a rule remembers of one parameter |
//! | `average.rs` | [`WeightAverage`], weights averaged over steps |

mod adam;
mod average;
mod clip;
mod descent;
mod group;
mod memory;
mod rms_prop;
mod sgd;

use brinell_gpu::SCALARS;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::ops::Element;

pub use adam::{AdamParams, AdamWParams, Decay};
pub use average::WeightAverage;
pub use clip::{clip_factor, global_norm};
pub use descent::{Adam, Descent, RmsProp, Sgd};
pub use group::Group;
pub use rms_prop::RmsPropParams;
pub use sgd::SgdParams;

/// An optimiser before its first step. As TOML or JSON: a table with `kind` and the optimiser's own fields, each with
/// PyTorch's default (the step size of SGD and RMSprop included).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimiser {
    /// Gradient descent, with momentum where asked: `sgd`.
    Sgd(SgdParams),
    /// `adam`.
    Adam(AdamParams),
    /// Adam whose weights shrink by themselves: `adam-w`.
    AdamW(AdamWParams),
    /// `rms-prop`.
    RmsProp(RmsPropParams),
}

impl Default for Optimiser {
    fn default() -> Self {
        Self::Adam(AdamParams::default())
    }
}

impl From<SgdParams> for Optimiser {
    fn from(params: SgdParams) -> Self {
        Self::Sgd(params)
    }
}

impl From<AdamParams> for Optimiser {
    fn from(params: AdamParams) -> Self {
        Self::Adam(params)
    }
}

impl From<AdamWParams> for Optimiser {
    fn from(params: AdamWParams) -> Self {
        Self::AdamW(params)
    }
}

impl From<RmsPropParams> for Optimiser {
    fn from(params: RmsPropParams) -> Self {
        Self::RmsProp(params)
    }
}

/// The numbers of one step of one parameter.
pub(crate) struct Step {
    /// Steps taken with this one.
    time: f64,
    /// The step size, that of its group.
    learning_rate: f64,
    /// The decay, that of its group.
    weight_decay: f64,
    /// What the gradient is multiplied by before all else.
    scale: f64,
    /// Whether nothing is remembered of this parameter yet.
    first: bool,
}

impl Optimiser {
    /// The step size that it begins with.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Sgd(params) => params.learning_rate,
            Self::Adam(params) => params.learning_rate,
            Self::AdamW(params) => params.learning_rate,
            Self::RmsProp(params) => params.learning_rate,
        }
    }

    /// How fast weights shrink, before groups.
    pub fn weight_decay(&self) -> f64 {
        match self {
            Self::Sgd(params) => params.weight_decay,
            Self::Adam(params) => params.weight_decay,
            Self::AdamW(params) => params.weight_decay,
            Self::RmsProp(params) => params.weight_decay,
        }
    }

    /// Longest gradient, over all parameters together.
    pub fn clip_norm(&self) -> Option<f64> {
        match self {
            Self::Sgd(params) => params.clip_norm,
            Self::Adam(params) => params.clip_norm,
            Self::AdamW(params) => params.clip_norm,
            Self::RmsProp(params) => params.clip_norm,
        }
    }

    /// Whether every field is in its range.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(&self) -> Result<()> {
        positive("learning_rate", self.learning_rate())?;
        not_negative("weight_decay", self.weight_decay())?;
        self.clip_norm().map_or(Ok(()), |norm| positive("clip_norm", norm))?;
        match self {
            Self::Sgd(params) => params.check(),
            Self::Adam(params) => params.check(),
            Self::AdamW(params) => params.as_adam().check(),
            Self::RmsProp(params) => params.check(),
        }
    }

    /// What is remembered of every parameter, by name.
    pub(crate) fn memories(&self) -> Vec<&'static str> {
        match self {
            Self::Sgd(params) => params.memories(),
            Self::Adam(params) => params.memories(),
            Self::AdamW(params) => params.as_adam().memories(),
            Self::RmsProp(params) => params.memories(),
        }
    }

    /// What a GPU's kernel is told of a step.
    pub(crate) fn scalars(&self, step: &Step) -> [f32; SCALARS] {
        match self {
            Self::Sgd(params) => params.scalars(step),
            Self::Adam(params) => params.scalars(step),
            Self::AdamW(params) => params.as_adam().scalars(step),
            Self::RmsProp(params) => params.scalars(step),
        }
    }

    fn update<T: Element>(&self, weights: &mut [T], gradient: &[T], memory: &mut [Vec<T>], step: &Step) {
        match self {
            Self::Sgd(params) => params.update(weights, gradient, memory, step),
            Self::Adam(params) => params.update(weights, gradient, memory, step),
            Self::AdamW(params) => params.as_adam().update(weights, gradient, memory, step),
            Self::RmsProp(params) => params.update(weights, gradient, memory, step),
        }
    }
}

fn positive(field: &str, value: f64) -> Result<()> {
    match value.is_finite() && value > 0.0 {
        true => Ok(()),
        false => Err(Error::config(field, value, "above 0 and finite")),
    }
}

fn not_negative(field: &str, value: f64) -> Result<()> {
    match value.is_finite() && value >= 0.0 {
        true => Ok(()),
        false => Err(Error::config(field, value, "0 or more and finite")),
    }
}

/// The share of the past that a mean keeps.
fn memory_share(field: &str, value: f64) -> Result<()> {
    match (0.0..1.0).contains(&value) {
        true => Ok(()),
        false => Err(Error::config(field, value, "0 or more and below 1")),
    }
}
