//! Steps of optimisers over weights one behind the other, with gradients and memories beside them.
//!
//! Weights begin at multiples of [`CHUNK`] numbers, and those of a chunk belong to one group: `groups` holds a whole number a
//! chunk. The scalars of a step are read when it runs: those of group `i` lie at `step` plus `i` times [`SCALARS`].
#![allow(clippy::too_many_arguments, reason = "an optimiser has as many memories")]

use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};

/// Numbers of one group at least.
pub const CHUNK: usize = THREADS;
/// Places of the scalars of a group.
pub const SCALARS: usize = 16;
/// Most blocks that squares are summed by.
const PARTS: usize = 1024;
/// Numbers of a thread that sums squares, where there are not too many.
const FLIGHT: usize = 8;

/// The scalars of Adam for one group: with `g = scale · gradient + in_gradient · w`,
/// `m = beta1 m + new1 g`, `v = beta2 v + new2 g²`, `w = w · shrink - size · m / (√v / root + eps)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamScalars {
    /// What the gradient is multiplied by.
    pub scale: f32,
    /// Memory of the mean.
    pub beta1: f32,
    /// Memory of the mean square.
    pub beta2: f32,
    /// `1 - beta1`, rounded once.
    pub new1: f32,
    /// `1 - beta2`, rounded once.
    pub new2: f32,
    /// Added to the root.
    pub eps: f32,
    /// `η / (1 - beta1^t)`.
    pub size: f32,
    /// `√(1 - beta2^t)`.
    pub root: f32,
    /// The decay in the gradient, 0 where it is decoupled.
    pub in_gradient: f32,
    /// `1 - η λ` where the decay is decoupled, else 1.
    pub shrink: f32,
}

/// The scalars of gradient descent for one group: with `g = scale · gradient + decay · w`,
/// `b = momentum b + taken g`, `w = w - size (own g + kept b)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdScalars {
    /// What the gradient is multiplied by.
    pub scale: f32,
    /// The decay.
    pub decay: f32,
    /// The step size.
    pub size: f32,
    /// Share of the gradient that the momentum takes up: 1 at the first step, then 1 less the dampening.
    pub taken: f32,
    /// Memory of the momentum.
    pub momentum: f32,
    /// Share of the gradient in the move: 1 with Nesterov's momentum, else 0.
    pub own: f32,
    /// Share of the momentum in the move: the memory with Nesterov's momentum, else 1.
    pub kept: f32,
}

/// The scalars of RMSprop for one group: with `g = scale · gradient + decay · w`,
/// `v = alpha v + new g²`, `u = g / (√v + eps)`, `b = momentum b + u`, `w = w - size b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsPropScalars {
    /// What the gradient is multiplied by.
    pub scale: f32,
    /// The decay.
    pub decay: f32,
    /// The step size.
    pub size: f32,
    /// Memory of the mean square.
    pub alpha: f32,
    /// `1 - alpha`, rounded once.
    pub new: f32,
    /// Added to the root.
    pub eps: f32,
    /// Memory of the momentum.
    pub momentum: f32,
}

fn padded(given: &[f32]) -> [f32; SCALARS] {
    let mut numbers = [0.0; SCALARS];
    numbers[..given.len()].copy_from_slice(given);
    numbers
}

impl AdamScalars {
    /// As they lie for a group.
    pub fn numbers(&self) -> [f32; SCALARS] {
        let Self { scale, beta1, beta2, new1, new2, eps, size, root, in_gradient, shrink } = *self;
        padded(&[scale, beta1, beta2, new1, new2, eps, size, root, in_gradient, shrink])
    }
}

impl SgdScalars {
    /// As they lie for a group.
    pub fn numbers(&self) -> [f32; SCALARS] {
        let Self { scale, decay, size, taken, momentum, own, kept } = *self;
        padded(&[scale, decay, size, taken, momentum, own, kept])
    }
}

impl RmsPropScalars {
    /// As they lie for a group.
    pub fn numbers(&self) -> [f32; SCALARS] {
        let Self { scale, decay, size, alpha, new, eps, momentum } = *self;
        padded(&[scale, decay, size, alpha, new, eps, momentum])
    }
}

fn parts(count: usize) -> usize {
    count.div_ceil(FLIGHT * THREADS).clamp(1, PARTS)
}

/// Numbers of scratch that [`squares`] takes; at an even offset.
pub fn squares_scratch(count: usize) -> usize {
    2 * parts(count)
}

/// The sum of the squares of all gradients, a double in the two places at `out`, whose offset is even: [`double`] reads it.
/// Not finite where a gradient is not.
pub fn squares(count: usize, gradients: At, out: At, scratch: At) -> Vec<Launch> {
    let parts = parts(count);
    vec![
        Launch::blocks(Kernel::Squares, [parts, 1, 1]).at(&[gradients, scratch]).n(&[count]),
        Launch::blocks(Kernel::Total, [1, 1, 1]).at(&[scratch, out]).n(&[parts]),
    ]
}

/// The double that lies in two places.
pub fn double(places: [f32; 2]) -> f64 {
    let [low, high] = places.map(|place| u64::from(place.to_bits()));
    f64::from_bits(high << 32 | low)
}

/// A step of Adam ([`AdamScalars`]); with `largest` the largest mean square so far stands in place of the newest.
pub fn adam(
    count: usize,
    weights: At,
    gradients: At,
    first: At,
    second: At,
    largest: Option<At>,
    groups: At,
    step: At,
) -> Launch {
    let largest = largest.unwrap_or(At::NOWHERE);
    let at = [weights, gradients, first, second, largest, groups, step];
    Launch::over(Kernel::Adam, count).at(&at).n(&[count])
}

/// A step of gradient descent ([`SgdScalars`]), with momentum where it has a place.
pub fn sgd(count: usize, weights: At, gradients: At, momentum: Option<At>, groups: At, step: At) -> Launch {
    let momentum = momentum.unwrap_or(At::NOWHERE);
    Launch::over(Kernel::Sgd, count).at(&[weights, gradients, momentum, groups, step]).n(&[count])
}

/// A step of RMSprop ([`RmsPropScalars`]), with momentum where it has a place; where the mean gradient has one, its square
/// is taken off the mean square before the root.
pub fn rms_prop(
    count: usize,
    weights: At,
    gradients: At,
    second: At,
    mean: Option<At>,
    momentum: Option<At>,
    groups: At,
    step: At,
) -> Launch {
    let [mean, momentum] = [mean, momentum].map(|place| place.unwrap_or(At::NOWHERE));
    let at = [weights, gradients, second, mean, momentum, groups, step];
    Launch::over(Kernel::RmsProp, count).at(&at).n(&[count])
}

/// Averages of weights follow them: `e = d e + (1 - d) w`, with `d` the number at `share`.
pub fn average(count: usize, weights: At, averages: At, share: At) -> Launch {
    Launch::over(Kernel::Average, count).at(&[weights, averages, share]).n(&[count])
}
