//! The engine of the one- and two-dimensional convolutions: by products of matrices (`products.rs`), or in `f32` with
//! stride 1 by a shorter way (`direct/`).

mod products;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, CustomOp3, DType, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use self::products::{Scratch, Sizes, forward_block, input_gradient, weight_gradient};
use super::columns::Extent;
use super::direct::{Direct, turned_round};
use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::Prepared;
use super::wide::sum;
use super::window::{Window, spatial};
use crate::error::{Error, Result};

/// Columns that one product should have at least, when the batch offers them.
const COLUMNS: usize = 512;
/// Blocks wanted at least, so that there is work for several threads.
const BLOCKS: usize = 8;
/// One convolution: what is done, and every size derived from the shapes.
#[derive(Debug, Clone, Copy)]
struct Convolution {
    window: Window,
    groups: usize,
    /// Whether the gradient of the input is wanted.
    moves: bool,
}

/// `x` convolved with `weight`; see [`super::conv2d`] and [`super::conv1d`]. The kernel of `window` is told by the
/// weight; `moves`: whether the gradient of `x` is wanted.
pub(crate) fn convolving(
    op: &'static str,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    (window, groups): (Window, usize),
    moves: bool,
) -> Result<Prepared> {
    let convolution = Convolution { window, groups, moves };
    convolution.sizes(x.dims(), weight.dims()).map_err(|reason| Error::op(op, reason))?;
    if let Some(bias) = bias
        && bias.dims() != [weight.dims()[0]]
    {
        return Err(Error::op(
            op,
            format!("the bias has shape {:?}, expected [{}]", bias.dims(), weight.dims()[0]),
        ));
    }
    Ok(match bias {
        Some(bias) => Prepared::three([x, weight, bias], convolution)?,
        None => Prepared::two(x, weight, convolution)?,
    })
}

impl Convolution {
    fn sizes(&self, x: &[usize], weight: &[usize]) -> std::result::Result<Sizes, String> {
        let (Some(input), Some(kernel)) = (spatial(x), spatial(weight)) else {
            return Err(format!("input {x:?} and weight {weight:?} must both have 3 axes or both 4"));
        };
        if x.len() != weight.len() {
            return Err(format!("input {x:?} and weight {weight:?} must both have 3 axes or both 4"));
        }
        let window = Window { kernel, ..self.window };
        let output = window.positions(input)?;
        let groups = self.groups;
        if groups == 0 || !x[1].is_multiple_of(groups) || !weight[0].is_multiple_of(groups) {
            return Err(format!(
                "{groups} groups must divide {} input and {} output channels",
                x[1], weight[0]
            ));
        }
        if weight[1] != x[1] / groups {
            return Err(format!(
                "the weight takes {} channels a group, the input has {} in {groups} groups",
                weight[1], x[1]
            ));
        }
        let extent = Extent { input, output };
        let wanted = COLUMNS.div_ceil(extent.output_len().max(1));
        Ok(Sizes {
            batch: x[0],
            channels: [x[1], weight[0]],
            extent,
            groups,
            depth: weight[1] * window.taps(),
            block: wanted.min(x[0].div_ceil(BLOCKS)).max(1),
        })
    }

    fn plan(&self, x: &[usize], weight: &[usize]) -> TensorResult<(Sizes, Window)> {
        let sizes = self.sizes(x, weight).map_err(candle_core::Error::msg)?;
        let kernel = spatial(weight).unwrap_or([1, 1]);
        Ok((sizes, Window { kernel, ..self.window }))
    }

    fn forward<T: Element>(
        &self,
        x: &[T],
        x_dims: &[usize],
        weight: &[T],
        weight_dims: &[usize],
        bias: Option<&[T]>,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (sizes, window) = self.plan(x_dims, weight_dims)?;
        let mut out = vec![T::ZERO; sizes.batch * sizes.image_out()];
        if !out.is_empty() {
            out.par_chunks_mut(sizes.block * sizes.image_out())
                .zip(x.par_chunks(sizes.block * sizes.image_in()))
                .for_each_init(
                    || Scratch::new(&sizes),
                    |scratch, (out, x)| {
                        forward_block(&sizes, &window, x, weight, bias, out, scratch);
                    },
                );
        }
        Ok((stored(out), Shape::from_dims(&output_dims(x_dims, sizes.channels[1], sizes.extent.output))))
    }

    /// The shorter way, where it can be gone.
    fn direct(&self, x: &[usize], weight: &[usize], dtype: DType) -> TensorResult<Option<Direct>> {
        let (sizes, window) = self.plan(x, weight)?;
        // One column a position: a product says it all.
        if dtype != DType::F32 || !Direct::fits(&window) || window.is_identity() {
            return Ok(None);
        }
        let Sizes { batch, channels, groups, extent: Extent { input, output }, .. } = sizes;
        Ok(Some(Direct { batch, channels, groups, window, input, output }))
    }

    fn compute(
        &self,
        (x, x_layout): (&CpuStorage, &Layout),
        (weight, weight_layout): (&CpuStorage, &Layout),
        bias: Option<(&CpuStorage, &Layout)>,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (x_dims, weight_dims) = (x_layout.dims(), weight_layout.dims());
        if let Some(direct) = self.direct(x_dims, weight_dims, x.dtype())? {
            let bias = bias.map(|(bias, layout)| values(bias, layout)).transpose()?;
            let out = direct.forward(values(x, x_layout)?, values(weight, weight_layout)?, bias, false);
            return Ok((
                stored(out),
                Shape::from_dims(&output_dims(x_dims, direct.channels[1], direct.output)),
            ));
        }
        by_dtype!(x.dtype(), "convolution", T => {
            let bias = bias.map(|(bias, layout)| values(bias, layout)).transpose()?;
            self.forward::<T>(values(x, x_layout)?, x_dims, values(weight, weight_layout)?, weight_dims, bias)
        })
    }

    /// Gradients with respect to the input (when wanted), the weight and the bias.
    fn backward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        if let Some(direct) = self.direct(x.dims(), weight.dims(), x.dtype())? {
            return direct_backward(&direct, (x, self.moves), weight, bias, &grad);
        }
        by_dtype!(x.dtype(), "convolution backward", T => {
            let (sizes, window) = self.plan(x.dims(), weight.dims())?;
            let (hx, hw, hg) = (Host::of(x), Host::of(weight), Host::of(&grad));
            let (vx, vw, vg) = (hx.values::<T>()?, hw.values::<T>()?, hg.values::<T>()?);
            let dx = match self.moves {
                true => Some(tensor(input_gradient(&sizes, &window, vw, vg), x, x.dims())?),
                false => None,
            };
            let dw = match weight.track_op() {
                true => Some(tensor(weight_gradient(&sizes, &window, vx, vg), x, weight.dims())?),
                false => None,
            };
            let db = match bias {
                Some(bias) if bias.track_op() => {
                    let positions = sizes.extent.output_len();
                    Some(tensor(bias_gradient(positions, sizes.channels[1], vg), x, bias.dims())?)
                }
                _ => None,
            };
            Ok((dx, dw, db))
        })
    }
}

fn output_dims(x: &[usize], channels: usize, [h, w]: [usize; 2]) -> Vec<usize> {
    match x.len() {
        4 => vec![x[0], channels, h, w],
        _ => vec![x[0], channels, w],
    }
}

/// Gradients by the shorter way.
fn direct_backward(
    direct: &Direct,
    (x, moves): (&Tensor, bool),
    weight: &Tensor,
    bias: Option<&Tensor>,
    grad: &Tensor,
) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
    let (hx, hw, hg) = (Host::of(x), Host::of(weight), Host::of(grad));
    let (vx, vw, vg) = (hx.values::<f32>()?, hw.values::<f32>()?, hg.values::<f32>()?);
    let dx = if moves {
        let turned = turned_round(vw, direct.groups, direct.channels, direct.window.taps());
        Some(tensor(direct.backwards().forward(vg, &turned, None, false), x, x.dims())?)
    } else {
        None
    };
    let dw = match weight.track_op() {
        true => Some(tensor(direct.weight_gradient(vx, vg), x, weight.dims())?),
        false => None,
    };
    let db = match bias {
        Some(bias) if bias.track_op() => {
            let positions = direct.output[0] * direct.output[1];
            Some(tensor(bias_gradient(positions, direct.channels[1], vg), x, bias.dims())?)
        }
        _ => None,
    };
    Ok((dx, dw, db))
}

fn bias_gradient<T: Element>(positions: usize, channels: usize, grad: &[T]) -> Vec<T> {
    let sums: Vec<f64> = grad.par_chunks(positions.max(1)).map(|plane| sum(plane)).collect();
    (0..channels).map(|c| T::of(sums.iter().skip(c).step_by(channels).sum())).collect()
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        self.compute((x, x_layout), (weight, weight_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dw, _) = self.backward(x, weight, None, grad)?;
        Ok((dx, dw))
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution with bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        self.compute((x, x_layout), (weight, weight_layout), Some((bias, bias_layout)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        self.backward(x, weight, Some(bias), grad)
    }
}
