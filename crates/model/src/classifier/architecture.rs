//! An architecture as a value, read from a configuration or a model file.

use serde::{Deserialize, Serialize};

use super::Sensors;
use crate::backbone::{
    Backbone, Cnn, CnnBilstm, ConvNeXt, DenseNet, Drsn, EpsaNet, MobileNetV3, PatchTransformer, ResNet,
    RnnWdcnn, SeCnn, Ticnn, UdtlCnn, Wdcnn,
};
use crate::error::Result;
use crate::graph::network::Network;
use crate::graph::{Cost, Graph};
use crate::variables::Variables;

/// The enum with its names in configurations: one line a net.
macro_rules! architectures {
    ($($(#[$doc:meta])* $name:literal $variant:ident),* $(,)?) => {
        /// A net before it is built. As TOML or JSON: a table with `name` and the backbone's own fields,
        /// each with a default from the literature.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name", deny_unknown_fields)]
        pub enum Architecture {
            $($(#[$doc])* #[serde(rename = $name)] $variant($variant),)*
        }

        impl Architecture {
            /// The name in configurations.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            fn backbone(&self) -> &dyn Backbone {
                match self {
                    $(Self::$variant(net) => net,)*
                }
            }
        }
    };
}

architectures! {
    /// Plain image net: `cnn`.
    "cnn" Cnn,
    /// Series net of features with several outputs: `cnn-bilstm`.
    "cnn-bilstm" CnnBilstm,
    /// Depthwise convolutions in the manner of transformers: `convnext`.
    "convnext" ConvNeXt,
    /// Densely connected net: `densenet`.
    "densenet" DenseNet,
    /// Residual net that shrinks small values: `drsn`.
    "drsn" Drsn,
    /// Residual net with pyramid squeeze attention: `epsanet`.
    "epsanet" EpsaNet,
    /// Small fast net: `mobilenet-v3`.
    "mobilenet-v3" MobileNetV3,
    /// Transformer over patches: `patch-transformer`.
    "patch-transformer" PatchTransformer,
    /// Residual net: `resnet`.
    "resnet" ResNet,
    /// Series net of two paths, one recurrent: `rnn-wdcnn`.
    "rnn-wdcnn" RnnWdcnn,
    /// Image net with channel attention: `se-cnn`.
    "se-cnn" SeCnn,
    /// Any net behind a mask of its sensors: `sensors`.
    "sensors" Sensors,
    /// Series net trained with interference: `ticnn`.
    "ticnn" Ticnn,
    /// A benchmark's series net: `udtl-cnn`.
    "udtl-cnn" UdtlCnn,
    /// Series net with a wide first kernel: `wdcnn`.
    "wdcnn" Wdcnn,
}

impl Architecture {
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
