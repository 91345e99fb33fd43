//! The mean over all positions of each channel.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, by_dtype, planes, stored, values};
use super::prepared::{Needs, Prepared};
use super::wide::sum;
use crate::error::{Error, Result};

/// `[B, C, L]` or `[B, C, H, W]` to `[B, C]`: the mean over all positions, summed in double
/// precision.
///
/// # Errors
/// Planes without values, other numbers of axes or number types.
pub fn global_average(x: &Tensor) -> Result<Tensor> {
    averaging(x)?.run()
}

pub(crate) fn averaging(x: &Tensor) -> Result<Prepared> {
    let (_, _, plane) = planes(x.dims());
    if !(3..=4).contains(&x.rank()) || plane == 0 {
        return Err(Error::op(
            "global_average",
            format!("input {:?} must be [B, C, L] or [B, C, H, W] with values", x.dims()),
        ));
    }
    Ok(Prepared::one(x, GlobalAverage)?.needing(Needs::Shape))
}

struct GlobalAverage;

fn averages<T: Element>(x: &[T], dims: &[usize]) -> (CpuStorage, Shape) {
    let (batch, channels, plane) = planes(dims);
    let out: Vec<T> = x.par_chunks(plane).with_min_len(8).map(|x| T::of(sum(x) / plane as f64)).collect();
    (stored(out), Shape::from_dims(&[batch, channels]))
}

impl CustomOp1 for GlobalAverage {
    fn name(&self) -> &'static str {
        "global_average"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "global_average", T => {
            Ok(averages::<T>(values(x, layout)?, layout.dims()))
        })
    }

    /// A view: every position of a plane shares one value.
    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        let (batch, channels, plane) = planes(x.dims());
        let mut dims = vec![1; x.rank()];
        dims[0] = batch;
        dims[1] = channels;
        let share = (grad / plane as f64)?.reshape(dims)?;
        share.broadcast_as(x.dims()).map(Some)
    }
}
