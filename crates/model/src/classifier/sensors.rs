//! Any net behind a mask of its sensors.

use serde::{Deserialize, Serialize};

use super::Architecture;
use crate::backbone::Backbone;
use crate::error::{Error, Result};
use crate::graph::{Graph, Op};

/// A net whose samples may lack some of their sensors: `name = "sensors"`, the net itself as a table under `net`.
///
/// Sensors lie side by side along the first axis of the input, each with the same number of channels. A sensor that
/// is missing from a sample is given as zeros, written after all normalisation; a sensor that works never gives zeros
/// only. The others of the sample are enlarged by the number of sensors over that of those present, so that the sums
/// over channels in the first layer keep their scale, whatever its weights for the missing one; no other sample of the
/// batch is touched. With `dropout` the net also learns from samples that lack sensors. The tensors are those of the
/// net, so that a net trained without the mask can be put behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensors {
    /// The net.
    pub net: Box<Architecture>,
    /// Channels of each sensor.
    #[serde(default = "one")]
    pub channels: usize,
    /// The probability with which a sensor is taken away from a sample in training.
    #[serde(default)]
    pub dropout: f64,
}

fn one() -> usize {
    1
}

impl Backbone for Sensors {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        if matches!(*self.net, Architecture::Sensors(_)) {
            return Err(Error::config("net", "sensors", "a net that is not behind a mask itself"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(Error::config("dropout", self.dropout, "0 <= dropout < 1"));
        }
        let op = Op::Sensors { channels: self.channels, dropout: self.dropout };
        self.net.draft(input, classes)?.with_entry("sensors", op)
    }
}
