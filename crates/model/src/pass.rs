//! One run of a batch through a net.

use crate::generator::Key;

/// Whether a net is learning or judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Statistics of the batch, dropout; running statistics are updated.
    Train,
    /// Running statistics, no dropout; nothing of the net changes.
    Evaluate,
}

/// One run of a batch through a net: the mode and the key of its random draws.
#[derive(Debug, Clone)]
pub struct Pass {
    mode: Mode,
    seed: u64,
    step: u64,
    share: Option<f64>,
}

impl Pass {
    /// A training pass. Its draws depend on seed, step and the layer's name, so the same step
    /// draws the same whatever ran before it.
    pub fn train(seed: u64, step: u64) -> Self {
        Self { mode: Mode::Train, seed, step, share: None }
    }

    /// An evaluating pass.
    pub fn evaluate() -> Self {
        Self { mode: Mode::Evaluate, seed: 0, step: 0, share: None }
    }

    /// The same, with running statistics that take over this share of the batch's in place of each norm's own: with
    /// `1 / n` in the `n`th of several passes they are the mean over the batches, and nothing of what was before.
    pub fn taking_over(self, share: f64) -> Self {
        Self { share: Some(share), ..self }
    }

    /// The share of a batch's statistics that running ones take over, where a norm has `own`.
    pub(crate) fn share(&self, own: f64) -> f64 {
        self.share.unwrap_or(own)
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether this is a training pass.
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Train
    }

    /// The key of the draws of one layer.
    pub fn key(&self, layer: &str) -> Key {
        Key::new(self.seed, self.step, layer)
    }
}
