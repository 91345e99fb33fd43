//! Pools: what makes a vector of a map, in front of the layers that judge.

mod adaptive;
mod attention;
mod recurrent;

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use super::written::kind_or_name;
use crate::error::{Error, Result};
use crate::graph::{Cost, Draft, Gather, Id, RecurrentKind};

pub use adaptive::AdaptivePool;
pub use recurrent::RecurrentAttention;

/// How a map becomes a vector. In a configuration: a table with `kind` and its fields, or the name of the kind alone,
/// such as `pool = "mean"`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields, remote = "Self")]
pub enum Pool {
    /// The mean over all positions, `[C]`.
    #[default]
    Mean,
    /// The largest value over all positions, `[C]`.
    Max,
    /// Means, then largest values, `[2 C]`.
    MeanMax,
    /// Means of a given number of windows, as one vector.
    AdaptiveMean(AdaptivePool),
    /// Largest values of a given number of windows, as one vector.
    AdaptiveMax(AdaptivePool),
    /// A mean weighed by one score a position, `[C]`.
    Attention,
    /// The states of a GRU, weighed by a score a step: `[H]`, `[2 H]` both ways.
    GruAttention(RecurrentAttention),
    /// The states of an LSTM, weighed by a score a step: `[H]`, `[2 H]` both ways.
    LstmAttention(RecurrentAttention),
}

kind_or_name!(Pool);

const NONE: &str = "none";
const BAHDANAU: &str = "Bahdanau, Cho, Bengio: Neural Machine Translation by Jointly Learning to Align and Translate, ICLR 2015, arXiv 1409.0473";
const YANG: &str = "Yang, Yang, Dyer, He, Smola, Hovy: Hierarchical Attention Networks for Document Classification, NAACL 2016";

const fn pool(
    name: &'static str,
    title: &'static str,
    paper: &'static str,
    parameters: &'static str,
) -> AttentionKind {
    AttentionKind { name, title, paper, parameters, series: true, images: true }
}

const KINDS: [AttentionKind; 8] = [
    pool("mean", "the mean over all positions", NONE, "0"),
    pool("max", "the largest value over all positions", NONE, "0"),
    pool("mean-max", "means, then largest values, over all positions", NONE, "0"),
    pool("adaptive-mean", "means of a given number of windows", NONE, "0"),
    pool("adaptive-max", "largest values of a given number of windows", NONE, "0"),
    pool("attention", "a mean weighed by one score a position", BAHDANAU, "C + 1"),
    AttentionKind {
        images: false,
        ..pool(
            "gru-attention",
            "the states of a GRU, weighed by a score a step",
            YANG,
            "3 H (C + H + 2) + H A + 2 A with H hidden and A units; both ways nearly twice as many",
        )
    },
    AttentionKind {
        images: false,
        ..pool(
            "lstm-attention",
            "the states of an LSTM, weighed by a score a step",
            YANG,
            "4 H (C + H + 2) + H A + 2 A with H hidden and A units; both ways nearly twice as many",
        )
    },
];

impl Pool {
    /// Every kind with its source.
    pub fn kinds() -> &'static [AttentionKind] {
        &KINDS
    }

    /// What the pool costs over a map `[C, L]` or `[C, H, W]`.
    ///
    /// # Errors
    /// As [`draft`](Self::draft).
    pub fn cost(&self, input: &[usize]) -> Result<Cost> {
        let mut net = Draft::new(input)?;
        let x = net.input();
        let y = self.draft(&mut net, "pool", x)?;
        Ok(net.finish_with("pool", y)?.cost())
    }

    fn is_bare(&self) -> bool {
        matches!(self, Self::Mean | Self::Max | Self::MeanMax | Self::Attention)
    }

    /// The vector of `x`, `[C, L]` or `[C, H, W]`, by layers named `name.…`. No sample looks at another.
    ///
    /// # Errors
    /// Parameters out of range, a map that the pool cannot take; the layer is named.
    pub fn draft(&self, net: &mut Draft, name: &str, x: Id) -> Result<Id> {
        net.within(name, |net| {
            if !(2..=3).contains(&net.shape(x).len()) {
                let reason = "a pool takes maps [channels, length] or [channels, height, width]";
                return Err(Error::layer(net.full_name(""), net.shape(x), reason));
            }
            match self {
                Self::Mean => net.global_mean(x),
                Self::Max => net.global_max(x),
                Self::MeanMax => {
                    let parts = [net.global_mean(x)?, net.global_max(x)?];
                    net.concat(0, &parts)
                }
                Self::AdaptiveMean(pool) => pool.draft(net, x, Gather::Mean),
                Self::AdaptiveMax(pool) => pool.draft(net, x, Gather::Max),
                Self::Attention => attention::draft(net, x),
                Self::GruAttention(pool) => pool.draft(net, x, RecurrentKind::Gru),
                Self::LstmAttention(pool) => pool.draft(net, x, RecurrentKind::Lstm),
            }
        })
    }
}

/// `Σ a_t h_t` for `h` `[C, N]` and scores `[1, N]`, with `a` the softmax of the scores over the positions of a sample.
/// The weights are named as a gate of the shape `seen`.
fn weighed_sum(net: &mut Draft, h: Id, scores: Id, seen: &[usize]) -> Result<Id> {
    let weights = net.softmax(scores, 1)?;
    let gate = net.reshape(weights, seen)?;
    net.gate("gate", gate);
    let column = net.permute(weights, &[1, 0])?;
    let sum = net.matmul(h, column)?;
    net.flatten(sum)
}
