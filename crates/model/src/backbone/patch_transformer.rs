//! A transformer over patches: Dosovitskiy, Beyer, Kolesnikov et al., "An Image is Worth 16x16 Words: Transformers for
//! Image Recognition at Scale", ICLR 2021 (arXiv 2010.11929), over series or images.

use serde::{Deserialize, Serialize};

use super::{Backbone, limits};
use crate::attention::MultiHeadAttention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Graph, Id, Unary};
use crate::variables::Init;

/// How weights and positions begin.
const WEIGHT: Init = Init::Truncated { deviation: 0.02 };
/// How biases and the class token begin.
const ZERO: Init = Init::Constant(0.0);

/// Configuration of the net: patches side by side, a class token, learned positions, layers with their norms in front, a
/// norm and the head over the class token. Inputs `[C, L]` or `[C, H, W]`; the learned positions tie it to one size, which
/// the patches have to divide.
///
/// Tensors are named as torchvision's (`encoder.layers.encoder_layer_0.self_attention.in_proj_weight` …).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatchTransformer {
    /// Values of a patch along each axis.
    pub patch: usize,
    /// Width of a token.
    pub width: usize,
    /// Heads of the attention, which divide the width.
    pub heads: usize,
    /// Layers.
    pub layers: usize,
    /// Hidden units of a layer, as a multiple of the width.
    pub ratio: usize,
    /// Share of values dropped in training behind the positions, the attention and the hidden layers.
    pub dropout: f64,
    /// Added to the variance by the layer norms: 1e-5, PyTorch's; torchvision's transformers have 1e-6.
    pub norm_eps: f64,
}

impl Default for PatchTransformer {
    fn default() -> Self {
        Self { patch: 32, width: 64, heads: 4, layers: 4, ratio: 4, dropout: 0.0, norm_eps: 1e-5 }
    }
}

impl PatchTransformer {
    /// The tokens `[width, 1 + patches]` with their positions.
    fn tokens(&self, net: &mut Draft) -> Result<Id> {
        let input = net.shape(net.input()).to_vec();
        if input[1..].iter().any(|n| !n.is_multiple_of(self.patch)) {
            let reason =
                format!("patches of {} do not divide it; take a size or a patch that fits", self.patch);
            return Err(Error::layer("conv_proj", &input, reason));
        }
        let fan = input[1..].iter().fold(input[0], |fan, _| fan.saturating_mul(self.patch));
        let deviation = (1.0 / fan.max(1) as f64).sqrt();
        let patches = Conv::new(self.width, self.patch).stride(self.patch);
        let patches = patches.init(Init::Truncated { deviation }).bias_init(ZERO);
        let x = net.conv("conv_proj", net.input(), &patches)?;
        let count = net.positions(x);
        let x = net.reshape(x, &[self.width, count])?;
        let token = net.parameter("class_token", &[1, 1, self.width], ZERO)?;
        let token = net.reshape(token, &[self.width, 1])?;
        let x = net.concat(1, &[token, x])?;
        let place = net.parameter("encoder.pos_embedding", &[1, count + 1, self.width], WEIGHT)?;
        let place = net.reshape(place, &[count + 1, self.width])?;
        let place = net.permute(place, &[1, 0])?;
        let x = net.add(x, place)?;
        net.dropout("encoder.dropout", x, self.dropout)
    }

    fn layer(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let y = net.layer_norm("ln_1", x, self.norm_eps)?;
        let y = MultiHeadAttention { heads: self.heads }.draft(net, "self_attention", y)?;
        let y = net.dropout("dropout", y, self.dropout)?;
        let x = net.add(x, y)?;
        let y = net.layer_norm("ln_2", x, self.norm_eps)?;
        let y = net.linear_from("mlp.0", y, self.ratio * self.width, true, WEIGHT, ZERO)?;
        let y = net.unary(Unary::Gelu, y)?;
        let y = net.dropout("mlp.2", y, self.dropout)?;
        let y = net.linear_from("mlp.3", y, self.width, true, WEIGHT, ZERO)?;
        let y = net.dropout("mlp.4", y, self.dropout)?;
        net.add(x, y)
    }
}

impl Backbone for PatchTransformer {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        for (field, value) in
            [("patch", self.patch), ("width", self.width), ("heads", self.heads), ("ratio", self.ratio)]
        {
            limits::count(field, value)?;
        }
        limits::depths("layers", &[self.layers])?;
        if !(self.norm_eps > 0.0 && self.norm_eps < 1.0) {
            return Err(Error::config("norm_eps", self.norm_eps, "0 < norm_eps < 1"));
        }
        let mut x = self.tokens(&mut net)?;
        for layer in 0..self.layers {
            let name = format!("encoder.layers.encoder_layer_{layer}");
            x = net.within(&name, |net| self.layer(net, x))?;
        }
        let x = net.slice(x, 1, 0, 1)?;
        let x = net.flatten(x)?;
        let x = net.layer_norm("encoder.ln", x, self.norm_eps)?;
        net.set_features(x)?;
        let logits = net.linear_from("heads.head", x, classes, true, WEIGHT, ZERO)?;
        net.finish(logits)
    }
}
