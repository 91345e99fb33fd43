//! A fully connected layer.

use candle_core::{Tensor, Var};

use crate::error::{Error, Result};
use crate::ops;
use crate::variables::{Init, Variables};

/// `x W^T + b`: parameters `NAME.weight` `[O, I]` and, if wanted, `NAME.bias` `[O]`.
pub struct Linear {
    weight: Var,
    bias: Option<Var>,
}

impl Linear {
    /// A layer from `inputs` to `outputs` values, PyTorch's default initialisation.
    ///
    /// # Errors
    /// Zero sizes; a name that is taken.
    pub fn new(
        name: &str,
        inputs: usize,
        outputs: usize,
        bias: bool,
        variables: &mut Variables,
    ) -> Result<Self> {
        if inputs == 0 || outputs == 0 {
            return Err(Error::layer(
                name,
                &[inputs],
                format!("a layer from {inputs} to {outputs} values is empty; both must be at least 1"),
            ));
        }
        let init = Init::fan_in(inputs);
        let weight = variables.parameter(&format!("{name}.weight"), &[outputs, inputs], init)?;
        let bias =
            if bias { Some(variables.parameter(&format!("{name}.bias"), &[outputs], init)?) } else { None };
        Ok(Self { weight, bias })
    }

    /// `[B, I]` to `[B, O]`.
    ///
    /// # Errors
    /// An input of another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::linear(x, &self.weight, self.bias.as_ref().map(Var::as_tensor))
    }

    pub(crate) fn parameters(inputs: usize, outputs: usize, bias: bool) -> u64 {
        (outputs * (inputs + usize::from(bias))) as u64
    }
}
