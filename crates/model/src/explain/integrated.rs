//! Integrated gradients.

use candle_core::{Tensor, Var};

use super::{logits_of, numbers};
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::pass::Pass;

/// Points that go through the net at once.
const AT_ONCE: usize = 16;

/// How much each value of one input adds to a logit.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// A number for each value, in the input's shape without the batch axis.
    pub values: Tensor,
    /// The logit for the input less that for the baseline.
    pub difference: f64,
    /// Their sum less that difference: 0 where the path was cut finely enough.
    pub missing: f64,
}

/// `(x - x0)` times the mean slope of the class's logit at `steps` points in the middle of equal parts of the way from the
/// baseline `x0` to `x`. One input at a time, `[C, L]` or `[C, H, W]`; a baseline of zeros unless given. Sundararajan,
/// Taly, Yan 2017 (arXiv 1703.01365).
///
/// # Errors
/// No steps, a baseline of another shape, a class that the net does not know; as
/// [`Network::forward`](crate::Network::forward).
pub fn integrated_gradients(
    net: &Network,
    x: &Tensor,
    class: u32,
    baseline: Option<&Tensor>,
    steps: usize,
) -> Result<Attribution> {
    if steps == 0 {
        return Err(Error::config("steps", 0, "at least 1"));
    }
    let (x, start) = (x.detach(), baseline.map_or_else(|| x.zeros_like(), |x| Ok(x.detach()))?);
    if start.dims() != x.dims() {
        let reason = format!("a baseline {:?} does not fit an input {:?}", start.dims(), x.dims());
        return Err(Error::op("integrated gradients", reason));
    }
    let way = (&x - &start)?;
    let mut slopes = x.zeros_like()?;
    let parts: Vec<f64> = (0..steps).map(|step| (step as f64 + 0.5) / steps as f64).collect();
    for parts in parts.chunks(AT_ONCE) {
        let points: Vec<Tensor> =
            parts.iter().map(|part| Ok((&start + (&way * *part)?)?)).collect::<Result<_>>()?;
        let points = Var::from_tensor(&Tensor::stack(&points, 0)?)?;
        let logits = net.forward(&points, &mut Pass::evaluate())?;
        let gradients = logits_of(&logits, &vec![class; parts.len()])?.sum_all()?.backward()?;
        if let Some(gradient) = gradients.get(&points) {
            slopes = (slopes + gradient.sum(0)?)?;
        }
    }
    let values = (way * (slopes / steps as f64)?)?.detach();
    let ends = net.forward(&Tensor::stack(&[&x, &start], 0)?, &mut Pass::evaluate())?;
    let ends = numbers(&logits_of(&ends, &[class; 2])?)?;
    let difference = ends[0] - ends[1];
    let missing = numbers(&values)?.iter().sum::<f64>() - difference;
    Ok(Attribution { values, difference, missing })
}
