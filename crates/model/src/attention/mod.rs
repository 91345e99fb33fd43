//! Attention modules, one a file: each drafts nodes that weigh a map and keep its shape.

mod se;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::graph::{Draft, Id};

pub use se::SqueezeExcite;

/// Which attention a backbone carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Attention {
    /// No attention.
    None,
    /// Squeeze and excitation.
    Se(SqueezeExcite),
}

impl Attention {
    /// Squeeze and excitation without biases.
    pub fn se(reduction: usize) -> Self {
        Self::Se(SqueezeExcite { reduction, bias: false })
    }

    /// The weighed map of `x`, `[C, L]` or `[C, H, W]`, by a module whose layers are named `name.…`.
    ///
    /// # Errors
    /// Parameters out of range, a map that the module cannot take; the layer is named.
    pub fn draft(&self, net: &mut Draft, name: &str, x: Id) -> Result<Id> {
        net.within(name, |net| match self {
            Self::None => Ok(x),
            Self::Se(module) => module.draft(net, x),
        })
    }
}
