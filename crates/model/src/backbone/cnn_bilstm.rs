//! Convolution, channel attention, a recurrent layer both ways with attention over time, and several outputs: for series
//! of many features, with further quantities to be told beside the class.
//!
//! The parts: Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018 (arXiv 1709.01507); Schuster, Paliwal,
//! "Bidirectional Recurrent Neural Networks", IEEE Transactions on Signal Processing 45 (1997) 2673; Bahdanau, Cho, Bengio,
//! "Neural Machine Translation by Jointly Learning to Align and Translate", ICLR 2015 (arXiv 1409.0473).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::{Attention, Pool, RecurrentAttention};
use crate::error::Result;
use crate::graph::{Conv, Draft, Graph};

/// Configuration of the net. Inputs `[F, T]`, `F` features at `T` times; any length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CnnBilstm {
    /// Channels of the convolution.
    pub channels: usize,
    /// Taps of the convolution, odd.
    pub kernel: usize,
    /// The attention over the channels.
    pub attention: Attention,
    /// Where it stands: behind the ReLU of the convolution (`in-layer` and `after-block`, which are the same here),
    /// or where the convolution stood, with a batch norm (`in-place`). In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// What makes a vector of the series.
    pub pool: Pool,
    /// Share of that vector dropped in training.
    pub dropout: f64,
    /// Values of each output beside the class, by name, such as `severity = 1`: each is a fully connected layer
    /// `heads.NAME`, and an output of the graph behind the logits, in the order of the names.
    pub outputs: BTreeMap<String, usize>,
}

impl Default for CnnBilstm {
    fn default() -> Self {
        Self {
            channels: 64,
            kernel: 3,
            attention: Attention::se(16),
            position: None,
            pool: Pool::LstmAttention(RecurrentAttention { hidden: 64, units: 8, both_ways: true }),
            dropout: 0.0,
            outputs: BTreeMap::new(),
        }
    }
}

impl Backbone for CnnBilstm {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::series("conv", input)?;
        limits::count("channels", self.channels)?;
        let placed = Placed::new(&self.attention, self.position, Position::InLayer)?;
        let conv = Conv::same(self.channels, limits::kernel("kernel", self.kernel, input)?).bias(true);
        let x = net.input();
        let mut x = placed.conv(&mut net, "conv", None, x, &conv)?;
        if !placed.is_in_place() {
            x = net.relu(x)?;
        }
        for position in [Position::InLayer, Position::AfterBlock] {
            x = placed.draft("attention", position, &mut net, x, &[])?;
        }
        net.set_map(x);
        let x = self.pool.draft(&mut net, "pool", x)?;
        net.set_features(x)?;
        let x = net.dropout("dropout", x, self.dropout)?;
        let logits = net.linear("heads.class", x, classes, true)?;
        for (name, &values) in &self.outputs {
            let field = format!("outputs.{name}");
            let output = net.linear(&format!("heads.{name}"), x, limits::count(&field, values)?, true)?;
            net.output(name, output);
        }
        net.finish(logits)
    }
}
