//! What a GPU can do at most, and how long a net takes at least by that.

use brinell_model::Cost;

/// A GPU's peaks as its maker states them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peaks {
    /// Operations a second in `f32`, outside the tensor cores.
    pub(crate) flops: Option<f64>,
    /// Bytes a second from and to its memory.
    pub(crate) bandwidth: Option<f64>,
}

/// By a part of the name that the driver gives: TFLOP/s and TB/s.
const KNOWN: [(&str, f64, f64); 3] =
    [("H200", 67.0, 4.8), ("H100 80GB HBM3", 67.0, 3.35), ("A100-SXM4-80GB", 19.5, 2.04)];

impl Peaks {
    pub(crate) fn of(name: &str) -> Self {
        let known = KNOWN.iter().find(|(part, ..)| name.contains(part));
        Self { flops: known.map(|known| known.1 * 1e12), bandwidth: known.map(|known| known.2 * 1e12) }
    }
}

/// Passes over the net: a step goes through it once and back with two products for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Training,
    Inference,
}

impl Kind {
    /// Least seconds by arithmetic.
    pub(crate) fn arithmetic(self, cost: &Cost, batch: usize, peaks: &Peaks) -> Option<f64> {
        let passes = if self == Self::Training { 3.0 } else { 1.0 };
        Some(2.0 * cost.multiply_adds as f64 * passes * batch as f64 / peaks.flops?)
    }

    /// Seconds to write and read every value between the layers once, and in a step every gradient of one.
    pub(crate) fn memory(self, cost: &Cost, batch: usize, peaks: &Peaks) -> Option<f64> {
        let times = if self == Self::Training { 4.0 } else { 2.0 };
        Some(cost.activation_bytes as f64 * times * batch as f64 / peaks.bandwidth?)
    }
}
