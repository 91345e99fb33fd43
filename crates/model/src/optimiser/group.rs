//! Parameters that move otherwise than the rest.

use std::collections::BTreeSet;

use super::not_negative;
use crate::error::Result;
use crate::graph::Graph;

/// Some parameters by name, and what their step size and decay are multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The names.
    pub parameters: BTreeSet<String>,
    /// Factor of the step size, 0 or more; 0 keeps the parameters as they are.
    pub rate: f64,
    /// Factor of the weight decay, 0 or more.
    pub decay: f64,
}

impl Group {
    /// All trained tensors of a net but the weights of its products ([`Graph::weights`]), without decay: biases,
    /// scales and offsets of norms, positions. Shrinking them does not make a net simpler (He 2019).
    pub fn undecayed(graph: &Graph) -> Self {
        let weights = graph.weights();
        let slots = graph.slots().iter().filter(|slot| slot.trained && !weights.contains(slot.name.as_str()));
        Self { parameters: slots.map(|slot| slot.name.clone()).collect(), rate: 1.0, decay: 0.0 }
    }

    pub(super) fn check(&self) -> Result<()> {
        not_negative("rate", self.rate)?;
        not_negative("decay", self.decay)
    }
}
