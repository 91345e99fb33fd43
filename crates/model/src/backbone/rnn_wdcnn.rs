//! Two paths over raw samples, one recurrent and one of convolutions: Shenfield, Howarth, "A Novel Deep Learning Model
//! for the Detection and Identification of Rolling Element-Bearing Faults", Sensors 20 (2020) 5112.

use serde::{Deserialize, Serialize};

use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::Result;
use crate::graph::{Conv, Draft, Graph, Id, Op, RecurrentKind};

/// Configuration of the net. Inputs `[C, L]`; both paths tie it to one length.
///
/// As in the authors' program, the recurrent layer reads the map of its path crosswise: one step a channel, each a vector
/// of `L` values, not `L` steps; and the convolutions keep the length, with ReLU before the batch norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RnnWdcnn {
    /// Channels after each stage of the path of convolutions; each halves the length.
    pub widths: Vec<usize>,
    /// The attention of each stage of that path; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` between batch norm and pooling, `after-block` behind the pooling, `in-place` where the
    /// convolution of 3 taps, ReLU and norm of each stage but the first stood. In-layer unless said, SK and PSA in
    /// place.
    pub position: Option<Position>,
    /// Taps of the first convolution of either path.
    pub first_kernel: usize,
    /// Channels of the recurrent path's convolution: the steps that its LSTM makes.
    pub steps: usize,
    /// Units of the LSTM.
    pub cells: usize,
    /// Share of the LSTM's output dropped in training.
    pub recurrent_dropout: f64,
    /// Units of the fully connected layer behind the convolutions.
    pub hidden: usize,
    /// Share of those units dropped in training.
    pub dropout: f64,
}

impl Default for RnnWdcnn {
    fn default() -> Self {
        Self {
            widths: vec![16, 32, 64, 64, 64],
            attention: Attention::None,
            position: None,
            first_kernel: 64,
            steps: 16,
            cells: 16,
            recurrent_dropout: 0.8,
            hidden: 100,
            dropout: 0.5,
        }
    }
}

impl Backbone for RnnWdcnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::series("cnn.conv0", input)?;
        limits::counts("widths", &self.widths)?;
        for (field, value) in [
            ("first_kernel", self.first_kernel),
            ("steps", self.steps),
            ("cells", self.cells),
            ("hidden", self.hidden),
        ] {
            limits::count(field, value)?;
        }
        let placed = Placed::new(&self.attention, self.position, Position::InLayer)?;
        placed.is_among(self.widths.len() - 1, &net, "cnn.conv0")?;
        let remembered = net.within("rnn", |net| {
            let x = keeping(net, "conv", net.input(), self.steps, self.first_kernel)?;
            let x = net.permute(x, &[1, 0])?;
            let x = net.recurrent("lstm", x, RecurrentKind::Lstm, self.cells, false)?;
            let x = net.slice(x, 1, self.steps - 1, 1)?;
            let x = net.flatten(x)?;
            net.dropout("dropout", x, self.recurrent_dropout)
        })?;
        let seen = net.within("cnn", |net| {
            let mut x = net.input();
            for (i, &channels) in self.widths.iter().enumerate() {
                let [conv, attention] = ["conv", "attention"].map(|name| format!("{name}{i}"));
                if i > 0 && placed.is_in_place() {
                    x = placed.conv(net, &conv, None, x, &Conv::same(channels, 3).bias(true))?;
                } else {
                    let kernel = if i == 0 { self.first_kernel } else { 3 };
                    x = keeping(net, &conv, x, channels, kernel)?;
                    x = net.relu(x)?;
                    x = net.norm(&format!("norm{i}"), x)?;
                }
                x = placed.draft(&attention, Position::InLayer, net, x, &[])?;
                x = net.halve(&format!("pool{i}"), x)?;
                x = placed.draft(&attention, Position::AfterBlock, net, x, &[])?;
            }
            net.set_map(x);
            let x = net.flatten(x)?;
            let x = net.linear("hidden", x, self.hidden, true)?;
            let x = net.norm("norm", x)?;
            net.dropout("dropout", x, self.dropout)
        })?;
        let features = net.concat(0, &[remembered, seen])?;
        net.set_features(features)?;
        let logits = net.linear("classifier", features, classes, true)?;
        net.finish(logits)
    }
}

/// A convolution that keeps the length; an even kernel has its odd zero behind.
fn keeping(net: &mut Draft, name: &str, x: Id, channels: usize, kernel: usize) -> Result<Id> {
    let before = (kernel - 1) / 2;
    let behind = kernel - 1 - before;
    if before == behind {
        return net.conv(name, x, &Conv::same(channels, kernel).bias(true));
    }
    let x = net.node(name, Op::Pad { axis: 1, before, behind }, &[x])?;
    net.conv(name, x, &Conv::new(channels, kernel).bias(true))
}
