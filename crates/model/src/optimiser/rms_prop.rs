//! RMSprop.

use brinell_gpu::{RmsPropScalars, SCALARS};
use serde::{Deserialize, Serialize};

use super::memory::in_pieces;
use super::{Step, memory_share, positive};
use crate::error::Result;
use crate::ops::{Element, wide};

/// RMSprop (Tieleman and Hinton 2012); the defaults are PyTorch's. With the decayed gradient `g`:
/// `v = α v + (1 - α) g²`, `u = g / (√v + ε)`, and `w -= η u`, or with momentum `b = μ b + u`, `w -= η b`. Centred, the
/// square of the mean gradient is taken off `v` before the root (Graves 2013).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsPropParams {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Memory of the mean square, 0 <= alpha < 1.
    pub alpha: f64,
    /// Added to the root; above 0, or a gradient of 0 would be divided by 0.
    pub eps: f64,
    /// Memory of earlier steps, 0 <= momentum < 1.
    pub momentum: f64,
    /// Whether the variance of the gradient is taken in place of its mean square.
    pub centered: bool,
    /// How fast weights shrink, 0 or more, added to the gradient; groups may multiply it.
    pub weight_decay: f64,
    /// Longest gradient, over all parameters together; longer ones are scaled down.
    pub clip_norm: Option<f64>,
}

impl Default for RmsPropParams {
    fn default() -> Self {
        Self {
            learning_rate: 1e-2,
            alpha: 0.99,
            eps: 1e-8,
            momentum: 0.0,
            centered: false,
            weight_decay: 0.0,
            clip_norm: None,
        }
    }
}

impl RmsPropParams {
    pub(super) fn check(&self) -> Result<()> {
        memory_share("alpha", self.alpha)?;
        memory_share("momentum", self.momentum)?;
        positive("eps", self.eps)
    }

    pub(super) fn memories(&self) -> Vec<&'static str> {
        let mean = self.centered.then_some("mean");
        let momentum = (self.momentum > 0.0).then_some("momentum");
        ["second"].into_iter().chain(mean).chain(momentum).collect()
    }

    /// What a GPU's kernel is told of a step.
    pub(super) fn scalars(&self, step: &Step) -> [f32; SCALARS] {
        let [scale, decay, size] = [step.scale, step.weight_decay, step.learning_rate].map(|own| own as f32);
        let [alpha, new] = [self.alpha, 1.0 - self.alpha].map(|share| share as f32);
        let (eps, momentum) = (self.eps as f32, self.momentum as f32);
        RmsPropScalars { scale, decay, size, alpha, new, eps, momentum }.numbers()
    }

    pub(super) fn update<T: Element>(
        &self,
        weights: &mut [T],
        gradient: &[T],
        memory: &mut [Vec<T>],
        step: &Step,
    ) {
        let [scale, decay, size] = [step.scale, step.weight_decay, step.learning_rate].map(T::of);
        let [alpha, new, eps, kept] = [self.alpha, 1.0 - self.alpha, self.eps, self.momentum].map(T::of);
        in_pieces(weights, gradient, memory, |weights, gradient, memory| {
            let Some((second, memory)) = memory.split_first_mut() else {
                return;
            };
            let (mut means, mut momenta) = match memory {
                [means, momenta] => (Some(means), Some(momenta)),
                [means] if self.centered => (Some(means), None),
                [momenta] => (None, Some(momenta)),
                _ => (None, None),
            };
            wide(
                #[inline(always)]
                || {
                    for (i, ((w, &g), v)) in
                        weights.iter_mut().zip(gradient).zip(second.iter_mut()).enumerate()
                    {
                        let g = g * scale + decay * *w;
                        *v = alpha * *v + new * g * g;
                        let mut square = *v;
                        if let Some(mean) = means.as_mut().and_then(|means| means.get_mut(i)) {
                            *mean = alpha * *mean + new * g;
                            // Rounding alone can bring a variance below 0.
                            square -= *mean * *mean;
                            square = if square > T::ZERO { square } else { T::ZERO };
                        }
                        let mut step = g / (square.root() + eps);
                        if let Some(momentum) = momenta.as_mut().and_then(|momenta| momenta.get_mut(i)) {
                            *momentum = kept * *momentum + step;
                            step = *momentum;
                        }
                        *w -= size * step;
                    }
                },
            );
        });
    }
}
