//! Attention modules, one a file: each drafts nodes that weigh a map and keep its shape; and pools, which make a vector
//! of a map.
//!
//! `x` is `[C, L]` or `[C, H, W]`, `C` channels and `N` positions; `σ` is the sigmoid. In a series every `k x k` kernel
//! has `k` taps. Every gate is named, so that [`Network::gates`](crate::Network::gates) gives its values: what a module
//! weighs, which is no explanation of what the net decides.
//!
//! Choices that hold for all of them: hidden layers have `max(1, C / reduction)` units, for a layer of 0 units would be
//! a gate stuck at one half; the first of equal values is the largest; what a 1 x 1 convolution or a small layer
//! begins with is PyTorch's.

mod cbam;
mod coordinate;
mod dot_product;
mod eca;
mod emca;
mod excitation;
mod gct;
mod kind;
mod multi_head;
mod non_local;
mod plane_gate;
mod pool;
mod psa;
mod scalar_gate;
mod se;
mod self_attention;
mod shrinkage;
mod simam;
mod sk;
mod spatial_map;
mod triplet;
mod written;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::graph::{Conv, Cost, Draft, Field, Id};
use crate::variables::Init;

pub use cbam::{Cbam, CbamChannel, CbamProduct, CbamSpatial, CbamVariant};
pub use coordinate::Coordinate;
pub use dot_product::MOST_SCORES;
pub use eca::Eca;
pub use emca::{Emca, Excite};
pub use gct::Gct;
pub use kind::AttentionKind;
pub use multi_head::MultiHeadAttention;
pub use non_local::NonLocal;
pub use pool::{AdaptivePool, Pool, RecurrentAttention};
pub use psa::Psa;
pub use scalar_gate::ScalarGate;
pub use se::SqueezeExcite;
pub use self_attention::SelfAttention;
pub use shrinkage::Shrinkage;
pub use simam::SimAm;
pub use sk::SelectiveKernel;
pub use spatial_map::SpatialMap;
pub use triplet::Triplet;

/// The registry: a variant for every module.
macro_rules! attention {
    ($($(#[$doc:meta])* $variant:ident($module:ident);)*) => {
        /// Which attention a backbone carries. In a configuration: a table with `kind` and the module's own fields, or
        /// the name of the kind alone, such as `attention = "eca"`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields, remote = "Self")]
        pub enum Attention {
            /// No attention.
            None,
            $($(#[$doc])* $variant($module),)*
        }

        impl Attention {
            /// Every kind but that of no attention, with its source.
            pub fn kinds() -> &'static [AttentionKind] {
                &[$($module::KIND),*]
            }

            /// The name in configurations.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::None => "none",
                    $(Self::$variant(_) => $module::KIND.name,)*
                }
            }

            fn module(&self, net: &mut Draft, x: Id) -> Result<Id> {
                match self {
                    Self::None => Ok(x),
                    $(Self::$variant(module) => module.draft(net, x),)*
                }
            }
        }
    };
}

attention! {
    /// Squeeze and excitation.
    Se(SqueezeExcite);
    /// Convolutional block attention: a channel gate, then a spatial one.
    Cbam(Cbam);
    /// The channel gate of CBAM alone.
    CbamChannel(CbamChannel);
    /// The spatial gate of CBAM alone.
    CbamSpatial(CbamSpatial);
    /// A channel gate by the product of the gates of means and maxima.
    CbamProduct(CbamProduct);
    /// Efficient channel attention.
    Eca(Eca);
    /// Triplet attention.
    Triplet(Triplet);
    /// Coordinate attention.
    Coordinate(Coordinate);
    /// Gated channel transformation.
    Gct(Gct);
    /// SimAM, without parameters.
    Simam(SimAm);
    /// Selective kernels, in place of a convolution.
    Sk(SelectiveKernel);
    /// Pyramid squeeze attention, in place of a convolution.
    Psa(Psa);
    /// Efficient multiscale channel attention, which also looks at earlier stages.
    Emca(Emca);
    /// Self-attention between positions.
    SelfAttention(SelfAttention);
    /// A non-local block.
    NonLocal(NonLocal);
    /// A gate for every value by a pointwise convolution.
    SpatialMap(SpatialMap);
    /// One gate a sample.
    ScalarGate(ScalarGate);
    /// Soft thresholds of deep residual shrinkage nets.
    Shrinkage(Shrinkage);
}

written::kind_or_name!(Attention);

impl Attention {
    /// Squeeze and excitation without biases.
    pub fn se(reduction: usize) -> Self {
        Self::Se(SqueezeExcite { reduction, bias: false })
    }

    fn is_bare(&self) -> bool {
        *self == Self::None
    }

    /// The weighed map of `x`, `[C, L]` or `[C, H, W]`, by a module whose layers are named `name.…`.
    ///
    /// # Errors
    /// Parameters out of range, a map that the module cannot take; the layer is named.
    pub fn draft(&self, net: &mut Draft, name: &str, x: Id) -> Result<Id> {
        self.draft_after(net, name, x, &[])
    }

    /// The same with the maps `[C', …]` (or vectors `[C']`) of earlier stages, first stage first. Only EMCA looks at
    /// them.
    ///
    /// # Errors
    /// As [`draft`](Self::draft).
    pub fn draft_after(&self, net: &mut Draft, name: &str, x: Id, earlier: &[Id]) -> Result<Id> {
        net.within(name, |net| {
            if !(2..=3).contains(&net.shape(x).len()) {
                let reason = "attention takes maps [channels, length] or [channels, height, width]";
                return Err(Error::layer(net.full_name(""), net.shape(x), reason));
            }
            match self {
                Self::Emca(module) => module.draft_after(net, x, earlier),
                other => other.module(net, x),
            }
        })
    }

    /// What the module costs over a map `[C, L]` or `[C, H, W]`, and what one value of what it gives sees of that: its
    /// gates do not count.
    ///
    /// # Errors
    /// As [`draft`](Self::draft).
    pub fn cost(&self, input: &[usize]) -> Result<(Cost, Field)> {
        let mut net = Draft::new(input)?;
        let x = net.input();
        let y = self.draft(&mut net, "attention", x)?;
        net.set_map(y);
        let mean = net.global_mean(y)?;
        let graph = net.finish_with("mean", mean)?;
        Ok((graph.cost(), graph.receptive_field()))
    }

    /// Whether the module stands in place of a convolution rather than behind one.
    pub fn replaces_conv(&self) -> bool {
        matches!(self, Self::Sk(_) | Self::Psa(_))
    }

    /// What stands in place of a convolution of 3 taps with its batch norm and ReLU, with attention: `[C, …]` to
    /// `[channels, …]` with the convolution's step.
    ///
    /// | kind | layers |
    /// |---|---|
    /// | SK | `name.attention`, of the convolution only channels and step; its branches have norm and ReLU of their own |
    /// | PSA | `name.attention`, of the convolution only channels and step; `name.norm` with ReLU |
    /// | any other | `name.conv`, the convolution; `name.norm` with ReLU; `name.attention` |
    ///
    /// A block that wants the module elsewhere, such as before the sum of a residual branch, drafts its own
    /// convolution and calls [`draft`](Self::draft).
    ///
    /// # Errors
    /// As [`draft`](Self::draft); a step of 0; windows that do not fit.
    pub fn conv(&self, net: &mut Draft, name: &str, x: Id, conv: &Conv) -> Result<Id> {
        let (channels, stride) = (conv.channels, conv.stride[1]);
        net.within(name, |net| match self {
            Self::Sk(module) => net.within("attention", |net| module.conv(net, x, channels, stride)),
            Self::Psa(module) => {
                let y = net.within("attention", |net| module.conv(net, x, channels, stride))?;
                net.norm_relu("norm", y)
            }
            other => {
                let y = net.conv("conv", x, conv)?;
                let y = net.norm_relu("norm", y)?;
                other.draft(net, "attention", y)
            }
        })
    }
}

/// The most taps of a centred kernel over so many values that a configuration may ask for: each tap sees a value at
/// some place. The few that are common are taken over any map, however small.
pub(crate) fn seen_taps(values: usize) -> usize {
    const COMMON: usize = 9;
    values.saturating_mul(2).saturating_sub(1).max(COMMON)
}

/// `kernel`, if it is odd and not out of all proportion to what it slides over: at most so many values along an axis.
fn odd(net: &Draft, field: &str, kernel: usize, values: usize) -> Result<usize> {
    let refused = |expected: String| Err(Error::config(net.full_name(field), kernel, expected));
    match seen_taps(values) {
        _ if kernel.is_multiple_of(2) => refused("an odd number of taps, or the map would shift".to_owned()),
        most if kernel > most => refused(format!(
            "at most {most}: further taps see nothing of the {values} values that it slides over"
        )),
        _ => Ok(kernel),
    }
}

/// The longest axis of positions of a map.
fn longest(net: &Draft, x: Id) -> usize {
    net.shape(x).iter().skip(1).copied().max().unwrap_or(0)
}

/// A 1 x 1 convolution with a bias.
fn pointwise(net: &mut Draft, name: &str, x: Id, channels: usize) -> Result<Id> {
    let init = Init::fan_in(net.channels(x));
    net.conv(name, x, &Conv::new(channels, 1).bias(true).init(init))
}
