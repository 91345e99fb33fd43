//! Attention over the states of a recurrent layer: Bahdanau, Cho, Bengio 2015 (arXiv 1409.0473); as a pool Yang, Yang,
//! Dyer, He, Smola, Hovy, "Hierarchical Attention Networks for Document Classification", NAACL 2016.

use serde::{Deserialize, Serialize};

use super::weighed_sum;
use crate::error::{Error, Result};
use crate::graph::{Draft, Id, RecurrentKind, Unary};

/// `Σ a_t h_t` with the states `h` of a layer over time and `a` the softmax over time of `v tanh(W h_t + b)`.
///
/// Layers `rnn`, `w`, `v`: with `F` features, `H` hidden and `A` units a GRU has `3 H (F + H + 2) + H A + 2 A`
/// parameters, an LSTM `4 H (…)`. Codes that take the softmax over the batch weigh samples against one another; here a
/// sample's weights `[1, T]`, the gate, sum to 1 over its own time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecurrentAttention {
    /// Units of the recurrent layer. 64 unless said.
    pub hidden: usize,
    /// Units of the score. 64 unless said.
    pub units: usize,
    /// Whether the layer runs both ways.
    pub both_ways: bool,
}

impl Default for RecurrentAttention {
    fn default() -> Self {
        Self { hidden: 64, units: 64, both_ways: false }
    }
}

impl RecurrentAttention {
    pub(super) fn draft(&self, net: &mut Draft, x: Id, kind: RecurrentKind) -> Result<Id> {
        for (field, value) in [("hidden", self.hidden), ("units", self.units)] {
            if !(1..=1 << 20).contains(&value) {
                return Err(Error::config(net.full_name(field), value, "between 1 and 2^20"));
            }
        }
        if net.is_image(x) {
            let reason = "a recurrent layer takes series [channels, time]; pool one axis of the image away, or take the pool `attention`";
            return Err(Error::layer(net.full_name("rnn"), net.shape(x), reason));
        }
        let states = net.recurrent("rnn", x, kind, self.hidden, self.both_ways)?;
        let y = net.linear("w", states, self.units, true)?;
        let y = net.unary(Unary::Tanh, y)?;
        let scores = net.linear("v", y, 1, false)?;
        let seen = net.shape(scores).to_vec();
        weighed_sum(net, states, scores, &seen)
    }
}
