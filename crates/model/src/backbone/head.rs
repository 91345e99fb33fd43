//! The classifying end of a net.

use crate::error::{Error, Result};
use crate::graph::{Draft, Graph, Id};
use crate::variables::Init;

/// Flatten, fully connected, (batch norm,) ReLU, dropout, fully connected. It fits one input size only.
pub(super) struct FlatHead {
    /// Units of the hidden layer.
    pub(super) hidden: usize,
    /// Whether a batch norm follows the hidden layer.
    pub(super) norm: bool,
    /// Share of hidden units dropped in training.
    pub(super) dropout: f64,
}

impl FlatHead {
    /// The graph with this head, called `classifier`, behind the map `x`, which is the last map unless another was named.
    pub(super) fn finish(&self, mut net: Draft, x: Id, classes: usize) -> Result<Graph> {
        if classes < 2 {
            return Err(Error::config("classes", classes, "at least 2"));
        }
        if net.map().is_none() {
            net.set_map(x);
        }
        let logits = net.within("classifier", |net| {
            let x = net.flatten(x)?;
            let x = net.linear("hidden", x, self.hidden, true)?;
            let x = if self.norm { net.norm_relu("norm", x)? } else { net.relu(x)? };
            net.set_features(x)?;
            let x = net.dropout("dropout", x, self.dropout)?;
            net.linear("output", x, classes, true)
        })?;
        net.finish(logits)
    }
}

/// Mean over the positions, dropout, fully connected. It fits every input size.
pub(super) struct MeanHead<'a> {
    /// The name of the fully connected layer.
    pub(super) name: &'a str,
    /// Share of features dropped in training.
    pub(super) dropout: f64,
    /// How the bias begins; as PyTorch's unless said.
    pub(super) bias: Option<Init>,
}

impl MeanHead<'_> {
    /// The graph with this head behind the map `x`.
    pub(super) fn finish(&self, mut net: Draft, x: Id, classes: usize) -> Result<Graph> {
        net.set_map(x);
        let x = net.global_mean(x)?;
        net.set_features(x)?;
        let x = net.dropout(&format!("{}.dropout", self.name), x, self.dropout)?;
        let weight = Init::fan_in(net.channels(x));
        let logits = net.linear_from(self.name, x, classes, true, weight, self.bias.unwrap_or(weight))?;
        net.finish(logits)
    }
}
