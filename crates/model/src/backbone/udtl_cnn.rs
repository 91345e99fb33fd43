//! The one-dimensional net of a benchmark of domain adaptation for machines: Zhao, Zhang, Yu, Sun, Wang, Yan, Chen,
//! "Applications of Unsupervised Deep Transfer Learning to Intelligent Fault Diagnosis: A Survey and Comparative Study",
//! IEEE Transactions on Instrumentation and Measurement 70 (2021) 3525828.

use serde::{Deserialize, Serialize};

use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Gather, Graph, Op};

/// Configuration of the net: four unpadded convolutions with batch norm and ReLU, max pooling behind the second, the
/// largest values of 4 windows behind the last, one hidden layer, or two. Inputs `[C, L]` or `[C, H, W]` of any size that the
/// first kernel fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UdtlCnn {
    /// Channels of each convolution.
    pub widths: Vec<usize>,
    /// Taps of the first convolution; the others have 3.
    pub first_kernel: usize,
    /// Whether the convolutions have biases.
    pub conv_bias: bool,
    /// The attention; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` behind the ReLU of each convolution, `after-block` behind the pooling and behind the
    /// last convolution, `in-place` where each convolution of 3 taps, norm and ReLU stood, padded by SK and PSA.
    /// In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Windows along each axis whose largest values are judged, no more than the last map has positions.
    pub windows: usize,
    /// Units of the hidden layer.
    pub hidden: usize,
    /// Units of a second hidden layer, whose values are then the features: the 256 of the benchmark's nets that adapt
    /// to another domain. None: there is no such layer, as in its plain net.
    pub bottleneck: Option<usize>,
    /// Share of hidden units dropped in training, behind each hidden layer.
    pub dropout: f64,
}

impl Default for UdtlCnn {
    fn default() -> Self {
        Self {
            widths: vec![16, 32, 64, 128],
            first_kernel: 15,
            conv_bias: true,
            attention: Attention::None,
            position: None,
            windows: 4,
            hidden: 256,
            bottleneck: None,
            dropout: 0.5,
        }
    }
}

impl Backbone for UdtlCnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::counts("widths", &self.widths)?;
        let counts =
            [("first_kernel", self.first_kernel), ("windows", self.windows), ("hidden", self.hidden)];
        for (field, value) in counts.into_iter().chain(self.bottleneck.map(|width| ("bottleneck", width))) {
            limits::count(field, value)?;
        }
        let placed = Placed::new(&self.attention, self.position, Position::InLayer)?;
        placed.is_among(self.widths.len() - 1, &net, "features.conv0")?;
        let mut x = net.input();
        net.within("features", |net| {
            for (i, &channels) in self.widths.iter().enumerate() {
                let [conv, norm, attention] = ["conv", "norm", "attention"].map(|name| format!("{name}{i}"));
                x = if i == 0 {
                    let wide = Conv::new(channels, self.first_kernel).bias(self.conv_bias);
                    let y = net.conv(&conv, x, &wide)?;
                    net.norm_relu(&norm, y)?
                } else {
                    let narrow = Conv::new(channels, 3).bias(self.conv_bias);
                    placed.conv(net, &conv, Some(&norm), x, &narrow)?
                };
                x = placed.draft(&attention, Position::InLayer, net, x, &[])?;
                if i == 1 {
                    x = net.halve("pool", x)?;
                }
                if i == 1 || i + 1 == self.widths.len() {
                    x = placed.draft(&attention, Position::AfterBlock, net, x, &[])?;
                }
            }
            net.set_map(x);
            let least = net.shape(x)[1..].iter().copied().min().unwrap_or(0);
            if self.windows > least {
                let expected =
                    format!("at most {least}, the positions of the last map along its shortest axis");
                return Err(Error::config(net.full_name("windows"), self.windows, expected));
            }
            let height = if net.is_image(x) { self.windows } else { 1 };
            let output = [height, self.windows];
            x = net.node("windows", Op::AdaptivePool { gather: Gather::Max, output }, &[x])?;
            Ok(())
        })?;
        let logits = net.within("classifier", |net| {
            let x = net.flatten(x)?;
            let mut x = net.linear("hidden", x, self.hidden, true)?;
            x = net.relu(x)?;
            if let Some(width) = self.bottleneck {
                x = net.dropout("hidden_dropout", x, self.dropout)?;
                x = net.linear("bottleneck", x, width, true)?;
                x = net.relu(x)?;
            }
            net.set_features(x)?;
            let x = net.dropout("dropout", x, self.dropout)?;
            net.linear("output", x, classes, true)
        })?;
        net.finish(logits)
    }
}
