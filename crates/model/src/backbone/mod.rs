//! Nets, one a file: a configuration with the literature's defaults, and the graph it drafts.

mod cnn;
mod convnext;
mod densenet;
mod head;
mod limits;
mod mobilenet_v3;
mod position;
mod resnet;
mod rnn_wdcnn;
mod se_cnn;
mod ticnn;
mod udtl_cnn;
mod wdcnn;

pub use cnn::Cnn;
pub use convnext::ConvNeXt;
pub use densenet::{DenseNet, Stem};
pub use mobilenet_v3::{InvertedResidual, MobileNetV3, Size};
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
