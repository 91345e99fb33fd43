//! Two domains alike by the means of their kernels.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::input;
use super::kernel::{Kernels, Pairs, coefficients};
use crate::error::Result;
use crate::ops::told_for_one;

/// Options of [`mmd`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mmd {
    /// The kernels; several of them make it MK-MMD.
    pub kernels: Kernels,
    /// Whether the pairs of a row with itself stay out. The biased form is above 0 even between equal domains and is
    /// what is trained with; the unbiased one is 0 on average there, may fall below 0, and is what is reported.
    pub unbiased: bool,
}

/// Maximum mean discrepancy between features of a source `[S, F]` and a target `[T, F]`:
/// `mean k(s, s') + mean k(t, t') - 2 mean k(s, t)` (Gretton 2012; with several kernels Long 2015). The batches may
/// differ in size. Both take gradients.
///
/// # Errors
/// Shapes that do not fit, a batch of one row in the unbiased form, kernels out of range.
pub fn mmd(source: &Tensor, target: &Tensor, options: &Mmd) -> Result<Tensor> {
    const OP: &str = "mmd";
    let least = 1 + usize::from(options.unbiased);
    let [sources, targets, width] = input::domains(OP, "features", [source, target], least)?;
    options.kernels.check()?;
    let both = Tensor::cat(&[source, target], 0)?;
    told_for_one(OP, &both, |points| {
        let pairs = Pairs::of(points, width);
        let (kernels, slopes) = options.kernels.of(&pairs);
        let shares = coefficients(sources, targets, options.unbiased);
        let value = kernels.iter().zip(&shares).map(|(kernel, share)| kernel * share).sum();
        let along: Vec<f64> = slopes.iter().zip(&shares).map(|(slope, share)| slope * share).collect();
        (value, pairs.slopes(&along))
    })
}
