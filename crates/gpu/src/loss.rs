//! Losses of classes.

use crate::kernel::Kernel;
use crate::launch::{At, Launch};
use crate::view::{Target, View};

/// Mean cross entropy of logits `[rows, classes]` against one class a row:
/// `Σ_i Σ_k w_k t_ik (-log p_ik) / Σ_i w_{y_i}` with `p` the softmax and `t = 1 - ε` at the row's class plus `ε / classes`
/// everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossEntropy {
    /// Rows.
    pub rows: usize,
    /// Logits of a row.
    pub classes: usize,
    /// Share of the target spread evenly over all classes.
    pub smoothing: f32,
}

impl CrossEntropy {
    /// The loss and the number of rows whose largest logit (the first of equal ones) is that of their class, two numbers at
    /// `found`; and the gradient of the logits where it is asked for. `labels` are whole numbers, -1 for rows that count
    /// nowhere; `weights` a factor a class, 1 each where there are none ([`At::NOWHERE`]). The weights of the rows' classes
    /// sum to more than 0.
    pub fn launch(
        &self,
        logits: View,
        labels: At,
        weights: At,
        found: At,
        gradient: Option<Target>,
    ) -> Launch {
        let nowhere = Target { view: View { at: At::NOWHERE, pitch: 0 }, add: false };
        let Target { view, add } = gradient.unwrap_or(nowhere);
        Launch::blocks(Kernel::CrossEntropy, [1, 1, 1])
            .at(&[logits.at, labels, weights, found, view.at])
            .n(&[self.rows, self.classes, logits.pitch, view.pitch, usize::from(add)])
            .f(&[1.0 - self.smoothing, self.smoothing / self.classes as f32])
    }
}
