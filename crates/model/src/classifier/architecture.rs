//! An architecture as a value, read from a configuration or a model file.

use serde::{Deserialize, Serialize};

use crate::backbone::{Backbone, SeCnn, Wdcnn};
use crate::error::Result;
use crate::graph::network::Network;
use crate::graph::{Cost, Graph};
use crate::variables::Variables;

/// A net before it is built. As TOML or JSON: a table with `name` and the backbone's own fields,
/// each with a default from the literature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Architecture {
    /// Image net with channel attention: `se-cnn`.
    SeCnn(SeCnn),
    /// Series net with a wide first kernel: `wdcnn`.
    Wdcnn(Wdcnn),
}

impl Architecture {
    /// The name in configurations.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SeCnn(_) => "se-cnn",
            Self::Wdcnn(_) => "wdcnn",
        }
    }

    fn backbone(&self) -> &dyn Backbone {
        match self {
            Self::SeCnn(net) => net,
            Self::Wdcnn(net) => net,
        }
    }

    /// The net as data, for inputs `[C, H, W]` or `[C, L]`. Nothing is allocated.
    ///
    /// # Errors
    /// Shapes that cannot be, naming the layer; values out of range, naming the field.
    pub fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        self.backbone().draft(input, classes)
    }

    /// Builds the net for inputs `[C, H, W]` or `[C, L]` and adds its tensors to `variables`.
    ///
    /// # Errors
    /// As [`draft`](Self::draft).
    pub fn build(&self, input: &[usize], classes: usize, variables: &mut Variables) -> Result<Network> {
        Network::new(self.draft(input, classes)?, variables)
    }

    /// Parameters and multiply-adds, told from the shapes: nothing is allocated.
    ///
    /// # Errors
    /// As [`draft`](Self::draft).
    pub fn cost(&self, input: &[usize], classes: usize) -> Result<Cost> {
        Ok(self.draft(input, classes)?.cost())
    }
}
