//! Adam and AdamW.

use brinell_gpu::{AdamScalars, SCALARS};
use serde::{Deserialize, Serialize};

use super::memory::in_pieces;
use super::{Step, memory_share, positive};
use crate::error::Result;
use crate::ops::{Element, wide};

/// How the weights are kept small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// The decay is added to the gradient: Adam.
    #[default]
    InGradient,
    /// The weights shrink by themselves before the step: AdamW (Loshchilov 2019).
    Decoupled,
}

/// Adam (Kingma 2015); the defaults are PyTorch's. With `g` the gradient and `t` the step from 1:
/// `m = β1 m + (1 - β1) g`, `v = β2 v + (1 - β2) g²`, `w -= η / (1 - β1^t) m / (√v / √(1 - β2^t) + ε)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamParams {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Memory of the mean of the gradient, 0 <= beta1 < 1.
    pub beta1: f64,
    /// Memory of the mean of its square, 0 <= beta2 < 1.
    pub beta2: f64,
    /// Added to the root, outside the bias correction; above 0, or a gradient of 0 would be divided by 0.
    pub eps: f64,
    /// How fast weights shrink, 0 or more; groups may multiply it.
    pub weight_decay: f64,
    /// Where the decay enters.
    pub decay: Decay,
    /// Whether the largest mean square so far is taken in place of the newest (Reddi 2018).
    pub amsgrad: bool,
    /// Longest gradient, over all parameters together; longer ones are scaled down.
    pub clip_norm: Option<f64>,
}

impl Default for AdamParams {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            decay: Decay::InGradient,
            amsgrad: false,
            clip_norm: None,
        }
    }
}

/// AdamW (Loshchilov 2019): [`AdamParams`] with weights that shrink by themselves, `w *= 1 - η λ` before the step, and
/// PyTorch's decay of 0.01.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamWParams {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Memory of the mean of the gradient, 0 <= beta1 < 1.
    pub beta1: f64,
    /// Memory of the mean of its square, 0 <= beta2 < 1.
    pub beta2: f64,
    /// As in [`AdamParams`].
    pub eps: f64,
    /// How fast weights shrink, 0 or more; groups may multiply it.
    pub weight_decay: f64,
    /// As in [`AdamParams`].
    pub amsgrad: bool,
    /// Longest gradient, over all parameters together; longer ones are scaled down.
    pub clip_norm: Option<f64>,
}

impl Default for AdamWParams {
    fn default() -> Self {
        let AdamParams { learning_rate, beta1, beta2, eps, amsgrad, clip_norm, .. } = AdamParams::default();
        Self { learning_rate, beta1, beta2, eps, weight_decay: 1e-2, amsgrad, clip_norm }
    }
}

impl AdamWParams {
    pub(super) fn as_adam(&self) -> AdamParams {
        let Self { learning_rate, beta1, beta2, eps, weight_decay, amsgrad, clip_norm } = *self;
        let decay = Decay::Decoupled;
        AdamParams { learning_rate, beta1, beta2, eps, weight_decay, decay, amsgrad, clip_norm }
    }
}

/// The numbers of one step in the parameter's number type.
struct Rates<T> {
    scale: T,
    beta1: T,
    beta2: T,
    new1: T,
    new2: T,
    eps: T,
    size: T,
    root: T,
    in_gradient: T,
    shrink: T,
}

impl AdamParams {
    pub(super) fn check(&self) -> Result<()> {
        memory_share("beta1", self.beta1)?;
        memory_share("beta2", self.beta2)?;
        positive("eps", self.eps)
    }

    pub(super) fn memories(&self) -> Vec<&'static str> {
        match self.amsgrad {
            true => vec!["first", "second", "largest"],
            false => vec!["first", "second"],
        }
    }

    fn rates<T: Element>(&self, step: &Step) -> Rates<T> {
        let (in_gradient, shrink) = match self.decay {
            Decay::InGradient => (step.weight_decay, 1.0),
            Decay::Decoupled => (0.0, 1.0 - step.learning_rate * step.weight_decay),
        };
        Rates {
            scale: T::of(step.scale),
            beta1: T::of(self.beta1),
            beta2: T::of(self.beta2),
            new1: T::of(1.0 - self.beta1),
            new2: T::of(1.0 - self.beta2),
            eps: T::of(self.eps),
            size: T::of(step.learning_rate / (1.0 - self.beta1.powf(step.time))),
            root: T::of((1.0 - self.beta2.powf(step.time)).sqrt()),
            in_gradient: T::of(in_gradient),
            shrink: T::of(shrink),
        }
    }

    /// What a GPU's kernel is told of a step.
    pub(super) fn scalars(&self, step: &Step) -> [f32; SCALARS] {
        let Rates { scale, beta1, beta2, new1, new2, eps, size, root, in_gradient, shrink } =
            self.rates(step);
        AdamScalars { scale, beta1, beta2, new1, new2, eps, size, root, in_gradient, shrink }.numbers()
    }

    pub(super) fn update<T: Element>(
        &self,
        weights: &mut [T],
        gradient: &[T],
        memory: &mut [Vec<T>],
        step: &Step,
    ) {
        let rates = self.rates::<T>(step);
        in_pieces(weights, gradient, memory, |weights, gradient, memory| match memory {
            [first, second] => plain(weights, gradient, first, second, &rates),
            [first, second, largest] => amsgrad(weights, gradient, first, second, largest, &rates),
            _ => {}
        });
    }
}

fn plain<T: Element>(weights: &mut [T], gradient: &[T], first: &mut [T], second: &mut [T], by: &Rates<T>) {
    wide(
        #[inline(always)]
        || {
            for (((w, &g), m), v) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                let g = g * by.scale + by.in_gradient * *w;
                *m = by.beta1 * *m + by.new1 * g;
                *v = by.beta2 * *v + by.new2 * g * g;
                *w = *w * by.shrink - by.size * *m / (v.root() / by.root + by.eps);
            }
        },
    );
}

fn amsgrad<T: Element>(
    weights: &mut [T],
    gradient: &[T],
    first: &mut [T],
    second: &mut [T],
    largest: &mut [T],
    by: &Rates<T>,
) {
    wide(
        #[inline(always)]
        || {
            let memory = first.iter_mut().zip(second).zip(largest);
            for ((w, &g), ((m, v), most)) in weights.iter_mut().zip(gradient).zip(memory) {
                let g = g * by.scale + by.in_gradient * *w;
                *m = by.beta1 * *m + by.new1 * g;
                *v = by.beta2 * *v + by.new2 * g * g;
                *most = if *v > *most { *v } else { *most };
                *w = *w * by.shrink - by.size * *m / (most.root() / by.root + by.eps);
            }
        },
    );
}
