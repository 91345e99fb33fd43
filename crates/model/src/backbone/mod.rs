//! Nets, one a file: a configuration with the literature's defaults, and the graph it drafts.

mod head;
mod se_cnn;
mod wdcnn;

pub use se_cnn::SeCnn;
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
