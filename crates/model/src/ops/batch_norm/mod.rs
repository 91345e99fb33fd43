//! Batch normalisation, with the ReLU behind it folded in when asked.
//!
//! | file | idea |
//! |---|---|
//! | `statistics.rs` | mean and variance of every channel |
//! | `joined.rs` | a map whose channels lie in several tensors |
//! | `norm.rs` | the passes over the numbers, forwards and back |

mod joined;
mod norm;
mod statistics;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{Element, Host, by_dtype, planes, stored, tensor, values};
use super::prepared::Prepared;
use crate::error::{Error, Result};

pub(crate) use joined::Joined;
pub(crate) use norm::Norm;
pub use statistics::{ChannelStatistics, channel_statistics};

/// How the statistics came about, which decides the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// They are those of this very input: the gradient passes through them.
    OfThisBatch,
    /// They are constants (running statistics).
    Constant,
}

/// `(x - mean) / sqrt(variance + eps) * gamma + beta` for every channel, then ReLU if `relu`.
///
/// `x` is `[B, C]`, `[B, C, L]` or `[B, C, H, W]`, `gamma` and `beta` `[C]`; PyTorch's convention.
/// The variance is the biased one in training. `f32` and `f64`; gradients for all three.
///
/// # Errors
/// Shapes that do not fit, other number types.
pub fn batch_norm(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    of: &ChannelStatistics,
    statistics: Statistics,
    eps: f64,
    relu: bool,
) -> Result<Tensor> {
    let dims = x.dims();
    let channels = dims.get(1).copied().unwrap_or(0);
    if !(2..=4).contains(&dims.len())
        || gamma.dims() != [channels]
        || beta.dims() != [channels]
        || of.mean.len() != channels
        || of.variance.len() != channels
    {
        return Err(Error::op(
            "batch_norm",
            format!(
                "input {dims:?}, gamma {:?}, beta {:?} and statistics of {} channels do not fit",
                gamma.dims(),
                beta.dims(),
                of.mean.len()
            ),
        ));
    }
    Prepared::three([x, gamma, beta], Norm::new(of, statistics, eps, relu))?.run()
}

impl CustomOp3 for Norm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (batch, channels, plane) = planes(x_layout.dims());
        by_dtype!(x.dtype(), "batch_norm", T => {
            let lines = self.lines::<T>(values(gamma, gamma_layout)?, values(beta, beta_layout)?);
            let x = Joined::new(vec![(values(x, x_layout)?, channels)], batch, plane);
            Ok((stored(self.forward(&x, &lines)), x_layout.shape().clone()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        beta: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (batch, channels, plane) = planes(x.dims());
        by_dtype!(x.dtype(), "batch_norm backward", T => {
            let (hx, hw, hb, hg) = (Host::of(x), Host::of(gamma), Host::of(beta), Host::of(&grad));
            let (vw, vg) = (hw.values::<T>()?, hg.values::<T>()?);
            let joined = Joined::new(vec![(hx.values::<T>()?, channels)], batch, plane);
            let lines = self.lines(vw, hb.values()?);
            let sums = self.sums(&joined, &lines, vg);
            let mut dx = vec![T::ZERO; vg.len()];
            let slopes = self.slopes(vw, &sums, batch * plane);
            self.input_gradient(&joined, 0, (&lines, &slopes), vg, &mut dx, false);
            let (dgamma, dbeta) = self.parameter_gradients::<T>(&sums);
            Ok((
                Some(tensor(dx, x, x.dims())?),
                Some(tensor(dgamma, x, &[channels])?),
                Some(tensor(dbeta, x, &[channels])?),
            ))
        })
    }
}
