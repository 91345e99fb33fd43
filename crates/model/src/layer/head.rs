//! The classifying end of a net whose maps are flattened: it fits one input size only.

use candle_core::Tensor;

use super::{BatchNorm, Linear};
use crate::error::{Error, Result};
use crate::network::Pass;
use crate::ops::{dropout, relu};
use crate::variables::Variables;

/// Flatten, fully connected, (batch norm,) ReLU, dropout, fully connected.
pub struct Head {
    name: String,
    input: Vec<usize>,
    hidden: Linear,
    norm: Option<BatchNorm>,
    dropout: f64,
    output: Linear,
}

/// What a [`Head`] is made of besides its sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HeadShape {
    pub(crate) hidden: usize,
    pub(crate) norm: bool,
    pub(crate) dropout: f64,
    pub(crate) classes: usize,
}

impl Head {
    /// A head under `name` for maps of the shape `input`, without the batch axis.
    ///
    /// # Errors
    /// Zero sizes, a dropout outside 0 <= rate < 1.
    pub(crate) fn new(
        name: &str,
        input: &[usize],
        shape: HeadShape,
        variables: &mut Variables,
    ) -> Result<Self> {
        if !(0.0..1.0).contains(&shape.dropout) {
            return Err(Error::config("dropout", shape.dropout, "0 <= dropout < 1"));
        }
        if shape.classes < 2 {
            return Err(Error::config("classes", shape.classes, "at least 2"));
        }
        let flat = input.iter().product();
        let norm = format!("{name}.norm");
        Ok(Self {
            name: name.to_owned(),
            input: input.to_vec(),
            hidden: Linear::new(&format!("{name}.hidden"), flat, shape.hidden, true, variables)?,
            norm: if shape.norm { Some(BatchNorm::new(&norm, shape.hidden, variables)?) } else { None },
            dropout: shape.dropout,
            output: Linear::new(&format!("{name}.output"), shape.hidden, shape.classes, true, variables)?,
        })
    }

    /// Maps `[B, ...]` to logits `[B, K]`.
    ///
    /// # Errors
    /// Maps of another size than the head was built for.
    pub fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        if x.dims().get(1..) != Some(&self.input[..]) {
            return Err(Error::layer(
                format!("{}.hidden", self.name),
                x.dims(),
                format!(
                    "it was built for maps of shape {:?} after the batch axis; give the net the input size it was built for",
                    self.input
                ),
            ));
        }
        let x = self.hidden.forward(&x.flatten_from(1)?)?;
        let x = match &self.norm {
            Some(norm) => norm.forward(&x, true, pass)?,
            None => relu(&x)?,
        };
        let x = if pass.is_training() {
            dropout(&x, self.dropout, pass.key(&format!("{}.dropout", self.name)))?
        } else {
            x
        };
        self.output.forward(&x)
    }

    pub(crate) fn parameters(flat: usize, shape: &HeadShape) -> u64 {
        Linear::parameters(flat, shape.hidden, true)
            + if shape.norm { 2 * shape.hidden as u64 } else { 0 }
            + Linear::parameters(shape.hidden, shape.classes, true)
    }

    pub(crate) fn multiply_adds(flat: usize, shape: &HeadShape) -> u64 {
        (flat * shape.hidden + shape.hidden * shape.classes) as u64
    }
}
