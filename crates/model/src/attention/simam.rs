//! SimAM: Yang, Zhang, Li, Xie, "SimAM: A Simple, Parameter-Free Attention Module for Convolutional Neural Networks",
//! ICML 2021 (PMLR 139).

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use crate::error::{Error, Result};
use crate::graph::{Draft, Id, Unary};

/// `x σ(d / (4 (v + λ)) + 1/2)` with `d = (x - mean)²` and `v = Σ d / (N - 1)` over the `N` positions of a channel: a
/// gate for every value, larger the further it lies from its channel's mean. Nothing is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimAm {
    /// `λ`. 1e-4 unless said.
    pub lambda: f64,
}

impl Default for SimAm {
    fn default() -> Self {
        Self { lambda: 1e-4 }
    }
}

impl SimAm {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "simam",
        title: "SimAM: a gate a value by its distance from the channel's mean",
        paper: "Yang, Zhang, Li, Xie: SimAM: A Simple, Parameter-Free Attention Module for Convolutional Neural Networks, ICML 2021, PMLR 139",
        parameters: "0",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        if !(self.lambda > 0.0 && self.lambda.is_finite()) {
            return Err(Error::config(net.full_name("lambda"), self.lambda, "above 0, such as 1e-4"));
        }
        let positions = net.positions(x);
        if positions < 2 {
            let reason = "one position a channel has no variance: at least 2 are needed; pool less before it";
            return Err(Error::layer(net.full_name("variance"), net.shape(x), reason));
        }
        let mean = net.global_mean(x)?;
        let apart = net.sub(x, mean)?;
        let squares = net.unary(Unary::Square, apart)?;
        let mean = net.global_mean(squares)?;
        let unbiased = positions as f64 / (positions - 1) as f64;
        let scale = net.affine(mean, 4.0 * unbiased, 4.0 * self.lambda)?;
        let inverse = net.unary(Unary::Reciprocal, scale)?;
        let y = net.mul(squares, inverse)?;
        let y = net.affine(y, 1.0, 0.5)?;
        let gate = net.sigmoid(y)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}
