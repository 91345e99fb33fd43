//! A net as data: what is inferred from shapes, what is refused, what it costs, and what a run computes.
#![allow(clippy::unwrap_used)]

mod cost;
#[path = "../differences/mod.rs"]
mod differences;
#[path = "../draws/mod.rs"]
mod draws;
#[path = "../gpus/mod.rs"]
mod gpus;
mod on_gpu;
mod ops;
#[path = "../part/mod.rs"]
mod part;
mod refusals;
mod run;

use brinell_model::graph::Conv;
use brinell_model::{Attention, Draft, Graph};

/// A net with what a run can get wrong: a gate before a pooling, a shortcut, statistics, dropout.
pub(crate) fn small_net() -> Graph {
    let mut net = Draft::new(&[2, 8, 6]).unwrap();
    let x = net.input();
    let x = net.conv("stem", x, &Conv::same(4, 3)).unwrap();
    let x = net.norm_relu("norm", x).unwrap();
    let gated = Attention::se(2).draft(&mut net, "attention", x).unwrap();
    let x = net.halve("pool", gated).unwrap();
    let y = net.conv("branch", x, &Conv::same(4, 3).groups(2)).unwrap();
    let y = net.norm_relu("branch_norm", y).unwrap();
    let x = net.add(x, y).unwrap();
    net.set_map(x);
    let features = net.global_mean(x).unwrap();
    net.set_features(features).unwrap();
    let x = net.dropout("dropout", features, 0.3).unwrap();
    let x = net.linear("hidden", x, 6, true).unwrap();
    let x = net.norm_relu("hidden_norm", x).unwrap();
    let logits = net.linear("output", x, 3, true).unwrap();
    net.finish(logits).unwrap()
}
