//! The one-dimensional net of a benchmark of domain adaptation for machines: Zhao, Zhang, Yu, Sun, Wang, Yan, Chen,
//! "Applications of Unsupervised Deep Transfer Learning to Intelligent Fault Diagnosis: A Survey and Comparative Study",
//! IEEE Transactions on Instrumentation and Measurement 70 (2021) 3525828.

use serde::{Deserialize, Serialize};

use super::{Backbone, limits};
use crate::error::Result;
use crate::graph::{Conv, Draft, Gather, Graph, Op};

/// Configuration of the net: four unpadded convolutions with batch norm and ReLU, max pooling behind the second, the
/// largest values of 4 windows behind the last, one hidden layer. Inputs `[C, L]` or `[C, H, W]` of any size that the
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
    /// Windows along each axis whose largest values are judged.
    pub windows: usize,
    /// Units of the hidden layer.
    pub hidden: usize,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
}

impl Default for UdtlCnn {
    fn default() -> Self {
        Self {
            widths: vec![16, 32, 64, 128],
            first_kernel: 15,
            conv_bias: true,
            windows: 4,
            hidden: 256,
            dropout: 0.5,
        }
    }
}

impl Backbone for UdtlCnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::counts("widths", &self.widths)?;
        for (field, value) in
            [("first_kernel", self.first_kernel), ("windows", self.windows), ("hidden", self.hidden)]
        {
            limits::count(field, value)?;
        }
        let mut x = net.input();
        net.within("features", |net| {
            for (i, &channels) in self.widths.iter().enumerate() {
                let kernel = if i == 0 { self.first_kernel } else { 3 };
                let conv = Conv::new(channels, kernel).bias(self.conv_bias);
                x = net.conv(&format!("conv{i}"), x, &conv)?;
                x = net.norm_relu(&format!("norm{i}"), x)?;
                if i == 1 {
                    x = net.halve("pool", x)?;
                }
            }
            net.set_map(x);
            let height = if net.is_image(x) { self.windows } else { 1 };
            let output = [height, self.windows];
            x = net.node("windows", Op::AdaptivePool { gather: Gather::Max, output }, &[x])?;
            Ok(())
        })?;
        let logits = net.within("classifier", |net| {
            let x = net.flatten(x)?;
            let x = net.linear("hidden", x, self.hidden, true)?;
            let x = net.relu(x)?;
            net.set_features(x)?;
            let x = net.dropout("dropout", x, self.dropout)?;
            net.linear("output", x, classes, true)
        })?;
        net.finish(logits)
    }
}
