//! Convolutional block attention: Woo, Park, Lee, Kweon, "CBAM: Convolutional Block Attention Module", ECCV 2018
//! (arXiv 1807.06521); its two parts alone; and a channel gate by a product.

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use super::excitation::Excitation;
use super::plane_gate::PlaneGate;
use crate::error::Result;
use crate::graph::{Draft, Id};

const PAPER: &str =
    "Woo, Park, Lee, Kweon: CBAM: Convolutional Block Attention Module, ECCV 2018, arXiv 1807.06521";

/// Which of the codes in use is followed. Weights of one do not fit the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CbamVariant {
    /// The authors': biases in the small layers, a batch norm (momentum 0.01) in the spatial gate, the plane of maxima
    /// before that of means.
    #[default]
    Authors,
    /// As many copies have it: no biases, no batch norm, the plane of means first.
    Plain,
}

impl CbamVariant {
    fn bias(self) -> bool {
        self == Self::Authors
    }

    fn plane_gate(self, kernel: usize) -> PlaneGate {
        PlaneGate { kernel, norm: self == Self::Authors, max_first: self == Self::Authors }
    }
}

/// The channel gate, then the spatial gate, each as below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cbam {
    /// Channels over hidden units. 16 unless said.
    pub reduction: usize,
    /// Taps of the spatial gate's convolution, odd. 7 unless said; 3 for maps below 7 x 7, where a wider one sees
    /// mostly padding.
    pub kernel: usize,
    /// Which code is followed; the authors' unless said.
    pub variant: CbamVariant,
}

impl Default for Cbam {
    fn default() -> Self {
        Self { reduction: 16, kernel: 7, variant: CbamVariant::Authors }
    }
}

impl Cbam {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "cbam",
        title: "convolutional block attention: a gate a channel, then a gate a position",
        paper: PAPER,
        parameters: "2 C h + h + C + 2 k² + 2 (series: 2 k + 2) with h = max(1, C / reduction); plain: 2 C h + 2 k²",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let Self { reduction, kernel, variant } = *self;
        let x = net.within("channel", |net| CbamChannel { reduction, variant }.draft(net, x))?;
        net.within("spatial", |net| CbamSpatial { kernel, variant }.draft(net, x))
    }
}

/// `x σ(m(mean over positions) + m(max over positions))` with one `m = fc2 relu fc1` for both: a gate `[C]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CbamChannel {
    /// Channels over hidden units. 16 unless said.
    pub reduction: usize,
    /// Which code is followed; the authors' unless said.
    pub variant: CbamVariant,
}

impl Default for CbamChannel {
    fn default() -> Self {
        Self { reduction: 16, variant: CbamVariant::Authors }
    }
}

impl CbamChannel {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "cbam-channel",
        title: "the channel gate of CBAM alone, from means and maxima",
        paper: PAPER,
        parameters: "2 C h + h + C with h = max(1, C / reduction); plain: 2 C h",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let layers = Excitation::new(net, net.channels(x), self.reduction, self.variant.bias())?;
        let (mean, max) = (net.global_mean(x)?, net.global_max(x)?);
        let (mean, max) = (layers.of(net, mean)?, layers.of(net, max)?);
        let sum = net.add(mean, max)?;
        let gate = net.sigmoid(sum)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}

/// `x σ(norm(conv([max, mean] over channels)))`: a gate `[1, L]` or `[1, H, W]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CbamSpatial {
    /// Taps of the convolution, odd. 7 unless said.
    pub kernel: usize,
    /// Which code is followed; the authors' unless said.
    pub variant: CbamVariant,
}

impl Default for CbamSpatial {
    fn default() -> Self {
        Self { kernel: 7, variant: CbamVariant::Authors }
    }
}

impl CbamSpatial {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "cbam-spatial",
        title: "the spatial gate of CBAM alone: a gate a position from means and maxima over channels",
        paper: PAPER,
        parameters: "2 k² + 2 (series: 2 k + 2); plain: 2 k² (series: 2 k)",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let gate = self.variant.plane_gate(self.kernel).draft(net, x, 0)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}

/// `x σ(m(mean)) σ(m(max))`: codes that call a channel gate alone CBAM multiply two gates where the paper adds before
/// one sigmoid. The gate begins near 1/4 instead of 1/2. No biases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CbamProduct {
    /// Channels over hidden units. 16 unless said.
    pub reduction: usize,
}

impl Default for CbamProduct {
    fn default() -> Self {
        Self { reduction: 16 }
    }
}

impl CbamProduct {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "cbam-product",
        title: "a channel gate by the product of two, of means and of maxima",
        paper: "no paper of its own; after Woo, Park, Lee, Kweon: CBAM, ECCV 2018, arXiv 1807.06521",
        parameters: "2 C h with h = max(1, C / reduction)",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let layers = Excitation::new(net, net.channels(x), self.reduction, false)?;
        let (mean, max) = (net.global_mean(x)?, net.global_max(x)?);
        let (mean, max) = (layers.gate(net, mean)?, layers.gate(net, max)?);
        let gate = net.mul(mean, max)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}
