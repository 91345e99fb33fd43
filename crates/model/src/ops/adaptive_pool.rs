//! As many windows as are asked for, whatever the size of the map.

use candle_core::Tensor;

use super::adaptive_largest::{taking_windows, window};
use super::global_average;
use super::prepared::Prepared;
use crate::error::{Error, Result};
use crate::graph::Gather;

/// Windows `floor(i·n/o)` to `ceil((i+1)·n/o)` along each axis of `x`, `[B, C, L]` or `[B, C, H, W]`, gathered to their
/// mean or their largest value, as PyTorch's. A series takes `output[1]` windows. The first of equal largest values in
/// row-major order takes the gradient; NaN wins over numbers.
///
/// # Errors
/// No window, an empty map, other number types than `f32` and `f64`.
pub fn adaptive_pool(x: &Tensor, gather: Gather, output: [usize; 2]) -> Result<Tensor> {
    if gather == Gather::Max {
        return pooling_windows(x, output)?.run();
    }
    check(x, output)?;
    if output == [1, 1] {
        let mut shape = vec![x.dims()[0], x.dims()[1]];
        shape.resize(x.rank(), 1);
        return Ok(global_average(x)?.reshape(shape)?);
    }
    // A rectangle's mean is that of its rows' means.
    let axes = if x.rank() == 4 { vec![(3, output[1]), (2, output[0])] } else { vec![(2, output[1])] };
    let mut x = x.clone();
    for (axis, windows) in axes {
        let len = x.dims()[axis];
        if windows == len {
            continue;
        }
        let parts = (0..windows)
            .map(|i| {
                let range = window(i, windows, len);
                Ok(x.narrow(axis, range.start, range.len())?.mean_keepdim(axis)?)
            })
            .collect::<Result<Vec<_>>>()?;
        x = Tensor::cat(&parts, axis)?;
    }
    Ok(x)
}

/// The largest values of windows.
pub(crate) fn pooling_windows(x: &Tensor, output: [usize; 2]) -> Result<Prepared> {
    check(x, output)?;
    taking_windows(x, output)
}

fn check(x: &Tensor, output: [usize; 2]) -> Result<()> {
    let empty = x.dims().iter().skip(2).any(|len| *len == 0);
    if !(3..=4).contains(&x.rank()) || output.contains(&0) || empty {
        return Err(Error::op(
            "adaptive_pool",
            format!(
                "{output:?} windows of {:?}: [B, C, L] or [B, C, H, W] and at least one window",
                x.dims()
            ),
        ));
    }
    Ok(())
}
