//! The adversary that tells two domains apart.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::graph::{Draft, Graph};
use crate::pass::Pass;
use crate::variables::Variables;

/// A [`Discriminator`] before it is built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscriminatorParams {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Dropout behind each of them, 0 <= rate < 1.
    pub dropout: f64,
}

impl Default for DiscriminatorParams {
    fn default() -> Self {
        Self { hidden: vec![1024, 1024], dropout: 0.5 }
    }
}

impl DiscriminatorParams {
    /// The adversary as data, for vectors `[F]`: layers `NAME.0`, `NAME.1`, … with ReLU and dropout between them, and
    /// one output, the logit of "this is the source".
    ///
    /// # Errors
    /// Widths of 0, a rate out of range.
    pub fn draft(&self, name: &str, features: usize) -> Result<Graph> {
        let mut net = Draft::new(&[features, 1])?;
        let mut x = net.flatten(net.input())?;
        let logit = net.within(name, |net| {
            for (place, width) in self.hidden.iter().enumerate() {
                x = net.linear(&place.to_string(), x, *width, true)?;
                x = net.relu(x)?;
                x = net.dropout(&format!("dropout{place}"), x, self.dropout)?;
            }
            net.linear(&self.hidden.len().to_string(), x, 1, true)
        })?;
        net.finish_with("domain", logit)
    }
}

/// A small dense net from a vector to one logit, above 0 for the source (Ganin 2016). It is trained along with the net
/// that it judges, by the same optimiser: its tensors lie among the same [`Variables`], under its name.
#[derive(Debug, Clone)]
pub struct Discriminator {
    network: Network,
}

impl Discriminator {
    /// Builds an adversary for vectors of `features` values.
    ///
    /// # Errors
    /// As [`DiscriminatorParams::draft`]; a name that is taken.
    pub fn new(
        params: &DiscriminatorParams,
        name: &str,
        features: usize,
        variables: &mut Variables,
    ) -> Result<Self> {
        Ok(Self { network: Network::new(params.draft(name, features)?, variables)? })
    }

    /// The adversary as data.
    pub fn graph(&self) -> &Graph {
        self.network.graph()
    }

    /// The width of the vectors that it takes.
    pub fn features(&self) -> usize {
        self.network.graph().input()[0]
    }

    /// Logits `[B, 1]` of "this is the source" for vectors `[B, F]`.
    ///
    /// # Errors
    /// Vectors of another width.
    pub fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        if x.rank() != 2 || x.dims()[1] != self.features() {
            return Err(Error::op(
                "discriminator",
                format!("vectors of shape {:?}, expected [batch, {}]", x.dims(), self.features()),
            ));
        }
        self.network.forward(&x.unsqueeze(2)?, pass)
    }
}
