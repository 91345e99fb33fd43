//! Gradient descent with momentum.

use brinell_gpu::{SCALARS, SgdScalars};
use serde::{Deserialize, Serialize};

use super::memory::in_pieces;
use super::{Step, memory_share};
use crate::error::{Error, Result};
use crate::ops::{Element, wide};

/// Stochastic gradient descent; the defaults are PyTorch's. With momentum `μ` and the decayed gradient `g`:
/// `b = μ b + (1 - damping) g` (at the first step `b = g`), `w -= η b`, or `w -= η (g + μ b)` with Nesterov's momentum
/// (Sutskever 2013).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdParams {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Memory of earlier steps, 0 <= momentum < 1.
    pub momentum: f64,
    /// Share of the gradient that the momentum does not take up, 0 to 1.
    pub dampening: f64,
    /// Whether the step looks ahead; needs momentum and no dampening.
    pub nesterov: bool,
    /// How fast weights shrink, 0 or more, added to the gradient; groups may multiply it.
    pub weight_decay: f64,
    /// Longest gradient, over all parameters together; longer ones are scaled down.
    pub clip_norm: Option<f64>,
}

impl Default for SgdParams {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            clip_norm: None,
        }
    }
}

impl SgdParams {
    pub(super) fn check(&self) -> Result<()> {
        memory_share("momentum", self.momentum)?;
        if !(0.0..=1.0).contains(&self.dampening) {
            return Err(Error::config("dampening", self.dampening, "0 to 1"));
        }
        match self.nesterov && (self.momentum == 0.0 || self.dampening != 0.0) {
            true => Err(Error::config("nesterov", true, "false, unless momentum is above 0 and dampening 0")),
            false => Ok(()),
        }
    }

    pub(super) fn memories(&self) -> Vec<&'static str> {
        if self.momentum > 0.0 { vec!["momentum"] } else { Vec::new() }
    }

    /// Shares of the gradient that the momentum takes up, and of the gradient itself and of the momentum in the move.
    fn shares(&self, step: &Step) -> [f64; 3] {
        // Nothing is remembered at the first step, and all of the gradient is taken up.
        let taken = if step.first { 1.0 } else { 1.0 - self.dampening };
        let (own, kept) = if self.nesterov { (1.0, self.momentum) } else { (0.0, 1.0) };
        [taken, own, kept]
    }

    /// What a GPU's kernel is told of a step.
    pub(super) fn scalars(&self, step: &Step) -> [f32; SCALARS] {
        let [taken, own, kept] = self.shares(step).map(|share| share as f32);
        let [scale, decay] = [step.scale as f32, step.weight_decay as f32];
        let (size, momentum) = (step.learning_rate as f32, self.momentum as f32);
        SgdScalars { scale, decay, size, taken, momentum, own, kept }.numbers()
    }

    pub(super) fn update<T: Element>(
        &self,
        weights: &mut [T],
        gradient: &[T],
        memory: &mut [Vec<T>],
        step: &Step,
    ) {
        let [scale, decay, size] = [step.scale, step.weight_decay, step.learning_rate].map(T::of);
        let momentum = T::of(self.momentum);
        let [taken, own, kept] = self.shares(step).map(T::of);
        in_pieces(weights, gradient, memory, |weights, gradient, memory| {
            wide(
                #[inline(always)]
                || match memory {
                    [momenta] => {
                        for ((w, &g), b) in weights.iter_mut().zip(gradient).zip(momenta.iter_mut()) {
                            let g = g * scale + decay * *w;
                            *b = momentum * *b + taken * g;
                            *w -= size * (own * g + kept * *b);
                        }
                    }
                    _ => {
                        for (w, &g) in weights.iter_mut().zip(gradient) {
                            *w -= size * (g * scale + decay * *w);
                        }
                    }
                },
            );
        });
    }
}
