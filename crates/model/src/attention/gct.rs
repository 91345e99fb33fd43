//! Gated channel transformation: Yang, Zhu, Wu, Yang, "Gated Channel Transformation for Visual Recognition", CVPR 2020
//! (arXiv 1909.11519).

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use crate::error::{Error, Result};
use crate::graph::{Draft, Gather, Id, Unary};
use crate::variables::Init;

/// `x (1 + tanh(γ n + β))` with `e = α √(Σ x² + ε)` over positions and `n = e / √(mean e² + ε)` over channels: a gate
/// `[C]` between 0 and 2. Parameters `alpha`, `gamma`, `beta` `[C]`, which begin at 1, 0, 0: as if it were not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gct {
    /// `ε`. 1e-5 unless said.
    pub eps: f64,
}

impl Default for Gct {
    fn default() -> Self {
        Self { eps: 1e-5 }
    }
}

impl Gct {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "gct",
        title: "gated channel transformation: channels compete by their energy",
        paper: "Yang, Zhu, Wu, Yang: Gated Channel Transformation for Visual Recognition, CVPR 2020, arXiv 1909.11519",
        parameters: "3 C",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            return Err(Error::config(net.full_name("eps"), self.eps, "above 0, such as 1e-5"));
        }
        let shape = [net.channels(x)];
        let alpha = net.parameter("alpha", &shape, Init::Constant(1.0))?;
        let gamma = net.parameter("gamma", &shape, Init::Constant(0.0))?;
        let beta = net.parameter("beta", &shape, Init::Constant(0.0))?;
        let squares = net.unary(Unary::Square, x)?;
        let mean = net.global_mean(squares)?;
        let energy = net.affine(mean, net.positions(x) as f64, self.eps)?;
        let norm = net.unary(Unary::Sqrt, energy)?;
        let e = net.mul(alpha, norm)?;
        let squares = net.unary(Unary::Square, e)?;
        let mean = net.along(Gather::Mean, 0, squares)?;
        let mean = net.affine(mean, 1.0, self.eps)?;
        let root = net.unary(Unary::Sqrt, mean)?;
        let inverse = net.unary(Unary::Reciprocal, root)?;
        let n = net.mul(e, inverse)?;
        let y = net.mul(gamma, n)?;
        let y = net.add(y, beta)?;
        let y = net.unary(Unary::Tanh, y)?;
        let gate = net.affine(y, 1.0, 1.0)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}
