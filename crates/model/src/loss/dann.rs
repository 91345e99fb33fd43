//! Two domains alike for an adversary.

use candle_core::Tensor;

use super::binary_cross_entropy::sum_of_terms;
use super::discriminator::Discriminator;
use super::input;
use crate::error::Result;
use crate::ops::{reverse_gradient, told_for_one};
use crate::pass::Pass;

/// How strong the adversary's gradient is after a share `progress` of the training, 0 to 1: `2 / (1 + e^{-10 p}) - 1`,
/// from 0 to almost 1 (Ganin 2016). Values outside are taken as 0 or 1.
pub fn adversarial_strength(progress: f64) -> f64 {
    2.0 / (1.0 + (-10.0 * progress.clamp(0.0, 1.0)).exp()) - 1.0
}

/// Domain-adversarial loss between features of a source `[S, F]` and a target `[T, F]` (Ganin 2016): the binary cross
/// entropy of `discriminator`, for which the source is 1, each domain counting one half. It learns to tell the domains
/// apart; to the features the gradient goes with the factor `-strength`, so they learn to be alike. With a strength of 0 the adversary alone learns.
///
/// ```
/// use brinell_model::{Discriminator, DiscriminatorParams, Pass, Variables, adversarial_strength, dann};
/// use candle_core::{DType, Device, Tensor};
///
/// let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
/// let params = DiscriminatorParams { hidden: vec![8], dropout: 0.0 };
/// let adversary = Discriminator::new(&params, "domain", 3, &mut variables)?;
/// let source = Tensor::zeros((4, 3), DType::F32, &Device::Cpu)?;
/// let target = Tensor::ones((2, 3), DType::F32, &Device::Cpu)?;
/// let strength = adversarial_strength(0.1);
/// let loss = dann(&source, &target, &adversary, strength, &mut Pass::train(1, 0))?;
/// assert!(loss.to_scalar::<f32>()? > 0.0);
/// # Ok::<(), brinell_model::Error>(())
/// ```
///
/// # Errors
/// Shapes that do not fit each other or the discriminator, a strength below 0.
pub fn dann(
    source: &Tensor,
    target: &Tensor,
    discriminator: &Discriminator,
    strength: f64,
    pass: &mut Pass,
) -> Result<Tensor> {
    const OP: &str = "dann";
    let [sources, targets, _] = input::domains(OP, "features", [source, target], 1)?;
    let both = reverse_gradient(&Tensor::cat(&[source, target], 0)?, strength)?;
    let logits = discriminator.forward(&both, pass)?;
    told_apart(OP, &logits, sources, &vec![1.0; sources + targets])
}

/// The binary cross entropy of logits `[B, 1]` of which the first `sources` are 1 and the others 0, with one weight a
/// row that is scaled so that each domain counts one half.
pub(super) fn told_apart(
    op: &'static str,
    logits: &Tensor,
    sources: usize,
    weights: &[f64],
) -> Result<Tensor> {
    let (of_source, of_target) = weights.split_at(sources);
    let sums: [f64; 2] = [of_source.iter().sum(), of_target.iter().sum()];
    told_for_one(op, logits, |z| {
        sum_of_terms(z.iter().zip(weights).enumerate().map(|(row, (z, weight))| {
            let source = row < sources;
            (*z, f64::from(source), 1.0, 0.5 * weight / sums[usize::from(!source)])
        }))
    })
}
