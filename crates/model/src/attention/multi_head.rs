//! Multi-head attention over a sequence, as in transformers: Vaswani and others, "Attention Is All You Need", NeurIPS
//! 2017 (arXiv 1706.03762).

use serde::{Deserialize, Serialize};

use super::dot_product::{attend, few_enough, width_of_heads};
use crate::error::Result;
use crate::graph::{Draft, Id, Op};
use crate::variables::Init;

/// Self-attention of a sequence `[E, T]` of `T` vectors of width `E`, as PyTorch's `MultiheadAttention`: no residual, no
/// norm, no dropout. The gate `[heads, T, T]` holds in row `i` the weights with which `i` looks at all others.
///
/// Parameters `in_proj_weight` `[3 E, E]` (queries, keys, values), `in_proj_bias`, `out_proj.weight` `[E, E]`,
/// `out_proj.bias`: `4 E² + 4 E`. They begin as PyTorch's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiHeadAttention {
    /// Heads of width `E / heads`. 4 unless said.
    pub heads: usize,
}

impl Default for MultiHeadAttention {
    fn default() -> Self {
        Self { heads: 4 }
    }
}

impl MultiHeadAttention {
    /// What it makes of `x` `[E, T]`, `[E, T]` again, by layers named `name.…`.
    ///
    /// # Errors
    /// Heads that do not divide `E`; more than [`MOST_SCORES`](super::MOST_SCORES) pairs, with the length that would do.
    pub fn draft(&self, net: &mut Draft, name: &str, x: Id) -> Result<Id> {
        net.within(name, |net| {
            let width_of_one = width_of_heads(net, "in_proj", x, self.heads)?;
            few_enough(net, "in_proj", x, self.heads)?;
            let width = net.channels(x);
            let rows = width.saturating_mul(3);
            let bound = (6.0 / (width as f64 + rows as f64)).sqrt();
            let weight = net.slot("in_proj_weight", &[rows, width], Init::Uniform { bound })?;
            let bias = net.slot("in_proj_bias", &[rows], Init::Constant(0.0))?;
            let all = net.node("in_proj", Op::Linear { weight, bias: Some(bias) }, &[x])?;
            let mut part = |i: usize| net.slice(all, 0, i * width, width);
            let parts = [part(0)?, part(1)?, part(2)?];
            let scale = 1.0 / (width_of_one as f64).sqrt();
            let (y, weights) = attend(net, parts, self.heads, scale)?;
            net.gate("gate", weights);
            net.linear_from("out_proj", y, width, true, Init::fan_in(width), Init::Constant(0.0))
        })
    }
}
