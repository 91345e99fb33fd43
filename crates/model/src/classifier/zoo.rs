//! Every architecture with its source and its cost.

use std::sync::LazyLock;

use super::Architecture;
use crate::backbone::{SeCnn, Wdcnn};
use crate::graph::Cost;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// The name in configurations.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// The input its cost is told for, `[C, H, W]` or `[C, L]`.
    pub input: &'static [usize],
    /// The number of classes its cost is told for.
    pub classes: usize,
    /// The architecture with its defaults.
    pub architecture: Architecture,
    /// Trained numbers and multiply-adds for that input.
    pub cost: Cost,
}

static ZOO: LazyLock<Vec<ModelInfo>> = LazyLock::new(|| {
    let entry = |title, paper, input: &'static [usize], architecture: Architecture| {
        let classes = 10;
        ModelInfo {
            name: architecture.name(),
            title,
            paper,
            input,
            classes,
            cost: architecture.cost(input, classes).unwrap_or_default(),
            architecture,
        }
    };
    vec![
        entry(
            "image net with squeeze-and-excitation channel attention",
            "Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, arXiv 1709.01507 (the attention)",
            &[1, 64, 64],
            Architecture::SeCnn(SeCnn::default()),
        ),
        entry(
            "series net with a wide first kernel",
            "Zhang, Peng, Li, Chen, Zhang: A New Deep Learning Model for Fault Diagnosis with Good Anti-Noise and Domain Adaptation Ability on Raw Vibration Signals, Sensors 17 (2017) 425",
            &[1, 2048],
            Architecture::Wdcnn(Wdcnn::default()),
        ),
    ]
});

/// Every architecture, in the order of their names.
pub fn zoo() -> &'static [ModelInfo] {
    &ZOO
}
