//! Attention modules, one a file: each weighs a map and keeps its shape.

mod se;

pub use se::SqueezeExcite;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::network::Pass;
use crate::ops::{MaxPool, max_pool};
use crate::variables::Variables;

/// A module that weighs a map `[B, C, L]` or `[B, C, H, W]`.
pub trait Attend: Send + Sync {
    /// The weighed map, of the same shape.
    ///
    /// # Errors
    /// A map of other channels.
    fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor>;

    /// The weighed map after max pooling. Modules whose gate is one factor a channel do both in
    /// one pass, with the same bits.
    ///
    /// # Errors
    /// As [`Attend::forward`] and [`max_pool`].
    fn forward_max_pool(&self, x: &Tensor, pool: &MaxPool, pass: &mut Pass) -> Result<Tensor> {
        max_pool(&self.forward(x, pass)?, pool)
    }
}

/// Which attention a backbone carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Attention {
    /// No attention.
    None,
    /// Squeeze and excitation (Hu 2018): a gate a channel from the mean of every channel.
    Se {
        /// Channels over hidden units; the hidden layer has at least one unit.
        #[serde(default = "default_reduction")]
        reduction: usize,
        /// Whether the two small layers have biases; the paper's have none.
        #[serde(default)]
        bias: bool,
    },
}

fn default_reduction() -> usize {
    16
}

impl Attention {
    /// Squeeze and excitation without biases.
    pub fn se(reduction: usize) -> Self {
        Self::Se { reduction, bias: false }
    }

    /// Builds the module under `name` for maps of `channels` channels; none for [`Attention::None`].
    ///
    /// # Errors
    /// Parameters out of range; a name that is taken.
    pub fn build(
        &self,
        name: &str,
        channels: usize,
        variables: &mut Variables,
    ) -> Result<Option<Box<dyn Attend>>> {
        Ok(match *self {
            Self::None => None,
            Self::Se { reduction, bias } => {
                Some(Box::new(SqueezeExcite::new(name, channels, reduction, bias, variables)?))
            }
        })
    }

    /// Parameters of the module for maps of `channels` channels.
    pub fn parameters(&self, channels: usize) -> u64 {
        match *self {
            Self::None => 0,
            Self::Se { reduction, bias } => SqueezeExcite::parameters(channels, reduction, bias),
        }
    }

    /// Multiply-adds of the module for one map of `channels` channels with `positions` values each.
    pub fn multiply_adds(&self, channels: usize, positions: usize) -> u64 {
        match *self {
            Self::None => 0,
            Self::Se { reduction, .. } => {
                SqueezeExcite::parameters(channels, reduction, false) + (channels * positions) as u64
            }
        }
    }
}
