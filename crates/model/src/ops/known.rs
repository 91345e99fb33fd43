//! A number that is told together with its slopes: the frame of all losses.
//!
//! A loss is computed on the host in double precision, whatever the number type of its inputs, and its slopes along
//! with it; only the results are rounded.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{Element, by_dtype, stored, tensor};
use crate::error::Result;

/// The values of a tensor, row after row, in double precision and free of the graph.
pub(crate) fn in_double(x: &Tensor) -> Result<Vec<f64>> {
    Ok(x.detach().to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
}

/// The number without axes that `tell` makes of the values of `x`, with the slopes that it tells along with it.
pub(crate) fn told_for_one(
    name: &'static str,
    x: &Tensor,
    tell: impl FnOnce(&[f64]) -> (f64, Vec<f64>),
) -> Result<Tensor> {
    let (value, slopes) = tell(&in_double(x)?);
    Ok(x.apply_op1(Known { name, value, slopes: [slopes, Vec::new()] })?)
}

/// The same of two tensors.
pub(crate) fn told_for_two(
    name: &'static str,
    [x, y]: [&Tensor; 2],
    tell: impl FnOnce(&[f64], &[f64]) -> (f64, [Vec<f64>; 2]),
) -> Result<Tensor> {
    let (value, slopes) = tell(&in_double(x)?, &in_double(y)?);
    Ok(x.apply_op2(y, Known { name, value, slopes })?)
}

struct Known {
    name: &'static str,
    value: f64,
    slopes: [Vec<f64>; 2],
}

impl Known {
    fn forward(&self, dtype: DType) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(dtype, self.name, T => Ok((stored(vec![T::of(self.value)]), Shape::from(()))))
    }

    fn gradient(&self, input: usize, x: &Tensor, grad: &Tensor) -> TensorResult<Tensor> {
        by_dtype!(x.dtype(), self.name, T => {
            let grad = grad.to_scalar::<T>()?.wide();
            tensor(self.slopes[input].iter().map(|slope| T::of(grad * slope)).collect(), x, x.dims())
        })
    }
}

impl CustomOp1 for Known {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(&self, x: &CpuStorage, _: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        self.forward(x.dtype())
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        self.gradient(0, x, grad).map(Some)
    }
}

impl CustomOp2 for Known {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        self.forward(x.dtype())
    }

    fn bwd(
        &self,
        x: &Tensor,
        y: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        Ok((Some(self.gradient(0, x, grad)?), Some(self.gradient(1, y, grad)?)))
    }
}
