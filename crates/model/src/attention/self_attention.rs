//! Self-attention between the positions of a map: the heads of Vaswani and others 2017 (arXiv 1706.03762) with the
//! residual of Zhang, Goodfellow, Metaxas, Odena, "Self-Attention Generative Adversarial Networks", ICML 2019
//! (arXiv 1805.08318).

use serde::{Deserialize, Serialize};

use super::dot_product::{attend, few_enough, width_of_heads};
use super::{AttentionKind, pointwise};
use crate::error::Result;
use crate::graph::{Draft, Id};
use crate::variables::Init;

/// `x + γ o(v softmax(qᵀ k / √d)ᵀ)` over all positions, with 1 x 1 convolutions `q`, `k`, `v`, `o` and heads of
/// `d = C / heads` channels. `gamma` `[1]` begins at 0: as if it were not there. The gate `[heads, N, N]` holds in row
/// `i` the weights with which position `i` looks at all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelfAttention {
    /// Heads, a divisor of the channels. 4 unless said.
    pub heads: usize,
    /// One head of `C / heads` channels alone, without residual and `gamma`, as some codes have it.
    pub single: bool,
}

impl Default for SelfAttention {
    fn default() -> Self {
        Self { heads: 4, single: false }
    }
}

impl SelfAttention {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "self-attention",
        title: "self-attention: every position looks at all others, in several heads",
        paper: "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need, NeurIPS 2017, arXiv 1706.03762; residual of Zhang, Goodfellow, Metaxas, Odena: Self-Attention Generative Adversarial Networks, ICML 2019, arXiv 1805.08318",
        parameters: "4 (C² + C) + 1; single: 3 (C d + d) + d C + C with d = C / heads",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let width = width_of_heads(net, "q", x, self.heads)?;
        let (channels, positions) = (net.channels(x), net.positions(x));
        let (heads, inner) = if self.single { (1, width) } else { (self.heads, channels) };
        few_enough(net, "q", x, heads)?;
        let mut shape = net.shape(x).to_vec();
        let mut part = |name: &str| {
            let y = pointwise(net, name, x, inner)?;
            net.reshape(y, &[inner, positions])
        };
        let parts = [part("q")?, part("k")?, part("v")?];
        let (y, weights) = attend(net, parts, heads, 1.0 / (width as f64).sqrt())?;
        net.gate("gate", weights);
        shape[0] = inner;
        let y = net.reshape(y, &shape)?;
        let y = pointwise(net, "o", y, channels)?;
        if self.single {
            return Ok(y);
        }
        let gamma = net.parameter("gamma", &[1], Init::Constant(0.0))?;
        let y = net.mul(y, gamma)?;
        net.add(x, y)
    }
}
