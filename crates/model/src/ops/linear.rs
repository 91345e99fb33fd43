//! The fully connected layer's product.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::Prepared;
use super::product::{Matrix, Threads, product, transpose};
use crate::error::{Error, Result};

/// `x W^T + b`: `x` `[B, I]`, `weight` `[O, I]`, `bias` `[O]` gives `[B, O]`, as in PyTorch.
///
/// # Errors
/// Shapes that do not fit, number types other than `f32` and `f64`.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    weighing(x, weight, bias, x.track_op())?.run()
}

/// `moves`: whether the gradient of `x` is wanted.
pub(crate) fn weighing(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, moves: bool) -> Result<Prepared> {
    let fits = x.rank() == 2
        && weight.rank() == 2
        && x.dims()[1] == weight.dims()[1]
        && bias.is_none_or(|bias| bias.dims() == [weight.dims()[0]]);
    if !fits {
        return Err(Error::op(
            "linear",
            format!(
                "input {:?}, weight {:?} and bias {:?} do not fit",
                x.dims(),
                weight.dims(),
                bias.map(Tensor::dims)
            ),
        ));
    }
    let op = Linear { moves };
    Ok(match bias {
        Some(bias) => Prepared::three([x, weight, bias], op)?,
        None => Prepared::two(x, weight, op)?,
    })
}

struct Linear {
    /// Whether the gradient of the input is wanted.
    moves: bool,
}

fn forward<T: Element>(
    x: &[T],
    weight: &[T],
    bias: Option<&[T]>,
    [batch, inputs, outputs]: [usize; 3],
) -> (CpuStorage, Shape) {
    // turned, so that the weight is read along its rows and only the small factor is packed
    let mut turned = vec![T::ZERO; batch * outputs];
    product(
        &mut turned,
        Matrix::new(weight, outputs, inputs),
        Matrix::new(x, batch, inputs).transposed(),
        false,
        Threads::All,
    );
    let mut out = vec![T::ZERO; batch * outputs];
    transpose(&turned, outputs, batch, &mut out);
    if let Some(bias) = bias {
        for row in out.chunks_mut(outputs.max(1)) {
            for (y, &b) in row.iter_mut().zip(bias) {
                *y += b;
            }
        }
    }
    (stored(out), Shape::from_dims(&[batch, outputs]))
}

fn backward<T: Element>(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    grad: &Tensor,
    moves: bool,
) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
    let grad = grad.contiguous()?;
    let (hx, hw, hg) = (Host::of(x), Host::of(weight), Host::of(&grad));
    let (vx, vw, vg) = (hx.values::<T>()?, hw.values::<T>()?, hg.values::<T>()?);
    let (batch, inputs) = x.dims2()?;
    let outputs = weight.dims()[0];
    let dy = Matrix::new(vg, batch, outputs);
    let dx = if moves {
        let mut dx = vec![T::ZERO; vx.len()];
        product(&mut dx, dy, Matrix::new(vw, outputs, inputs), false, Threads::All);
        Some(tensor(dx, x, x.dims())?)
    } else {
        None
    };
    let dw = if weight.track_op() {
        let mut dw = vec![T::ZERO; vw.len()];
        product(&mut dw, dy.transposed(), Matrix::new(vx, batch, inputs), false, Threads::All);
        Some(tensor(dw, x, weight.dims())?)
    } else {
        None
    };
    let db = match bias {
        Some(bias) if bias.track_op() => {
            let mut sums = vec![0.0; outputs];
            for row in vg.chunks(outputs.max(1)) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += value.wide();
                }
            }
            let db: Vec<T> = sums.into_iter().map(T::of).collect();
            Some(tensor(db, x, bias.dims())?)
        }
        _ => None,
    };
    Ok((dx, dw, db))
}

fn sizes(x: &Layout, weight: &Layout) -> [usize; 3] {
    [x.dims()[0], x.dims()[1], weight.dims()[0]]
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        weight: &CpuStorage,
        wl: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "linear", T => {
            Ok(forward::<T>(values(x, xl)?, values(weight, wl)?, None, sizes(xl, wl)))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dw, _) =
            by_dtype!(x.dtype(), "linear backward", T => backward::<T>(x, weight, None, grad, self.moves))?;
        Ok((dx, dw))
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear with bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        weight: &CpuStorage,
        wl: &Layout,
        bias: &CpuStorage,
        bl: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "linear", T => {
            let bias = Some(values::<T>(bias, bl)?);
            Ok(forward::<T>(values(x, xl)?, values(weight, wl)?, bias, sizes(xl, wl)))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        by_dtype!(x.dtype(), "linear backward", T => {
            backward::<T>(x, weight, Some(bias), grad, self.moves)
        })
    }
}
