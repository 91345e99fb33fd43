//! Batch normalisation with its parameters and running statistics.

use candle_core::{DType, Tensor, Var};

use crate::error::{Error, Result};
use crate::network::Pass;
use crate::ops::{ChannelStatistics, Statistics, batch_norm, channel_statistics};
use crate::variables::{Init, Variables};

/// A batch norm: parameters `NAME.weight`, `NAME.bias`, buffers `NAME.running_mean`,
/// `NAME.running_var` (unbiased). PyTorch's conventions: `eps` 1e-5, momentum 0.1.
pub struct BatchNorm {
    name: String,
    gamma: Var,
    beta: Var,
    mean: Var,
    variance: Var,
    eps: f64,
    momentum: f64,
}

impl BatchNorm {
    /// A layer for `channels` channels: gamma 1, beta 0, running mean 0 and variance 1.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn new(name: &str, channels: usize, variables: &mut Variables) -> Result<Self> {
        let shape = [channels];
        let one = Init::Constant(1.0);
        Ok(Self {
            name: name.to_owned(),
            gamma: variables.parameter(&format!("{name}.weight"), &shape, one)?,
            beta: variables.parameter(&format!("{name}.bias"), &shape, Init::Constant(0.0))?,
            mean: variables.buffer(&format!("{name}.running_mean"), &shape, 0.0)?,
            variance: variables.buffer(&format!("{name}.running_var"), &shape, 1.0)?,
            eps: 1e-5,
            momentum: 0.1,
        })
    }

    /// The same with another `eps` and momentum.
    #[must_use]
    pub fn with(self, eps: f64, momentum: f64) -> Self {
        Self { eps, momentum, ..self }
    }

    /// Normalises `[B, C, ...]`, then rectifies if `relu`. A training pass uses the batch's own
    /// statistics and moves the running ones towards them; an evaluating pass changes nothing.
    ///
    /// # Errors
    /// In training, fewer than two values a channel.
    pub fn forward(&self, x: &Tensor, relu: bool, pass: &Pass) -> Result<Tensor> {
        let (of, statistics) = if pass.is_training() {
            let of = channel_statistics(x)
                .map_err(|error| Error::layer(&self.name, x.dims(), error.to_string()))?;
            self.follow(&of)?;
            (of, Statistics::OfThisBatch)
        } else {
            let of = ChannelStatistics {
                mean: numbers(&self.mean)?,
                variance: numbers(&self.variance)?,
                count: 0,
            };
            (of, Statistics::Constant)
        };
        batch_norm(x, &self.gamma, &self.beta, &of, statistics, self.eps, relu)
    }

    fn follow(&self, of: &ChannelStatistics) -> Result<()> {
        let blend = |running: &Var, batch: Vec<f64>| -> Result<()> {
            let values: Vec<f64> = numbers(running)?
                .into_iter()
                .zip(batch)
                .map(|(old, new)| (1.0 - self.momentum) * old + self.momentum * new)
                .collect();
            let values = Tensor::from_vec(values, running.dims(), running.device())?;
            running.set(&values.to_dtype(running.dtype())?)?;
            Ok(())
        };
        blend(&self.mean, of.mean.clone())?;
        blend(&self.variance, of.unbiased_variance().collect())
    }
}

fn numbers(var: &Var) -> Result<Vec<f64>> {
    Ok(var.as_detached_tensor().to_dtype(DType::F64)?.to_vec1()?)
}
