//! Nets, one a file: a configuration with the literature's defaults, and the graph it drafts.
//!
//! The first axis of every input is that of channels, and every net takes any number of them. Nets that end in the mean
//! over positions take inputs of any size; those that flatten or have learned positions are tied to the size they were
//! built for, and say so. Where a published net with known names of its tensors exists (torchvision's, timm's), the names
//! and shapes are the same.
//!
//! | file | net |
//! |---|---|
//! | `cnn.rs`, `se_cnn.rs` | three stages over images, plain and with channel attention |
//! | `wdcnn.rs`, `ticnn.rs`, `rnn_wdcnn.rs`, `udtl_cnn.rs` | over raw samples |
//! | `cnn_bilstm.rs` | over series of features, several outputs |
//! | `resnet.rs`, `epsanet.rs`, `drsn.rs` | residual |
//! | `densenet.rs` | densely connected |
//! | `convnext.rs`, `mobilenet_v3.rs` | depthwise convolutions |
//! | `patch_transformer.rs` | a transformer |
//! | `position.rs` | where attention stands in a block |
//! | `head.rs`, `limits.rs` | the classifying end; which numbers may be asked for |

mod cnn;
mod cnn_bilstm;
mod convnext;
mod densenet;
mod drsn;
mod epsanet;
mod head;
mod limits;
mod mobilenet_v3;
mod patch_transformer;
mod position;
mod resnet;
mod rnn_wdcnn;
mod se_cnn;
mod ticnn;
mod udtl_cnn;
mod wdcnn;

pub use cnn::Cnn;
pub use cnn_bilstm::CnnBilstm;
pub use convnext::ConvNeXt;
pub use densenet::{DenseNet, Stem};
pub use drsn::Drsn;
pub use epsanet::EpsaNet;
pub use mobilenet_v3::{InvertedResidual, MobileNetV3, Size};
pub use patch_transformer::PatchTransformer;
pub use position::Position;
pub use resnet::{ResNet, Residual};
pub use rnn_wdcnn::RnnWdcnn;
pub use se_cnn::SeCnn;
pub use ticnn::Ticnn;
pub use udtl_cnn::UdtlCnn;
pub use wdcnn::Wdcnn;

use crate::error::Result;
use crate::graph::Graph;

/// A net that can be drafted for any input it fits.
pub trait Backbone {
    /// The net for inputs `[C, L]` or `[C, H, W]` and so many classes.
    ///
    /// # Errors
    /// Shapes that cannot be, values out of range; the layer or field is named.
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph>;
}
