//! Class activation maps by gradients.

use candle_core::{Tensor, Var};

use super::logits_of;
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::pass::Pass;

/// Grad-CAM of the net's last map: `relu(Σ_c a_c A_c)` with `a_c` the mean slope of the class's logit over the positions
/// of channel `c`. `[B, L]` or `[B, H, W]`. Selvaraju et al. 2017 (arXiv 1610.02391).
///
/// # Errors
/// A net without a map; one class for each row is needed, each one that the net knows; as
/// [`Network::forward`](crate::Network::forward).
pub fn grad_cam(net: &Network, x: &Tensor, classes: &[u32]) -> Result<Tensor> {
    let (map, slopes) = map_and_slopes(net, x, classes)?;
    let weights = over_positions(&slopes)?.affine(1.0 / positions(&map) as f64, 0.0)?;
    weighed(&map, &weights)
}

/// Grad-CAM++: the slopes that raise the logit are weighed by `g²/(2g² + Σ A g³)` first, 0 where that is 0/0. Chattopadhay
/// et al. 2018 (arXiv 1710.11063).
///
/// # Errors
/// As [`grad_cam`].
pub fn grad_cam_plus_plus(net: &Network, x: &Tensor, classes: &[u32]) -> Result<Tensor> {
    let (map, slopes) = map_and_slopes(net, x, classes)?;
    let squares = slopes.sqr()?;
    let cubes = over_positions(&((&squares * &slopes)? * &map)?)?;
    let below = squares.affine(2.0, 0.0)?.broadcast_add(&cubes)?;
    let nothing = below.eq(0.0)?;
    let share = nothing
        .where_cond(&squares.zeros_like()?, &(squares / nothing.where_cond(&below.ones_like()?, &below)?)?)?;
    let weights = over_positions(&(share * slopes.maximum(0.0)?)?)?;
    weighed(&map, &weights)
}

/// The last map for a batch and the slopes of the classes' logits with respect to it.
fn map_and_slopes(net: &Network, x: &Tensor, classes: &[u32]) -> Result<(Tensor, Tensor)> {
    let Some(node) = net.graph().map() else {
        let reason = "it has no map with positions, so there is no class activation map of it";
        return Err(Error::layer("net", net.graph().input(), reason));
    };
    let mut pass = Pass::evaluate();
    let map = Var::from_tensor(&net.run(&x.detach(), &[node], &mut pass)?.swap_remove(0).detach())?;
    let logits = net.behind(node, &map, &mut pass)?;
    let gradients = logits_of(&logits, classes)?.sum_all()?.backward()?;
    let map = map.into_inner();
    let slopes = match gradients.get(&map) {
        Some(slopes) => slopes.clone(),
        None => map.zeros_like()?,
    };
    Ok((map.detach(), slopes.contiguous()?))
}

fn positions(map: &Tensor) -> usize {
    map.dims()[2..].iter().product()
}

/// Sums over the positions, which stay as axes of 1.
fn over_positions(x: &Tensor) -> Result<Tensor> {
    let axes: Vec<usize> = (2..x.rank()).collect();
    Ok(x.sum_keepdim(axes)?)
}

/// `relu(Σ_c w_c A_c)`.
fn weighed(map: &Tensor, weights: &Tensor) -> Result<Tensor> {
    Ok(map.broadcast_mul(weights)?.sum(1)?.maximum(0.0)?)
}
