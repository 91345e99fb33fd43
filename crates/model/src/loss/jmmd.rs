//! Two domains alike by features and answers together.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::input;
use super::kernel::{Kernels, Pairs, coefficients};
use super::softmax::{softmax_rows, through_softmax};
use crate::error::{Error, Result};
use crate::ops::told_for_two;

/// Options of [`jmmd`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jmmd {
    /// The kernels over features.
    pub features: Kernels,
    /// The kernels over softmax answers: one with bandwidth 1.68 unless said (Long 2017).
    pub answers: Kernels,
    /// As in [`Mmd`](super::Mmd).
    pub unbiased: bool,
}

impl Default for Jmmd {
    fn default() -> Self {
        let answers = Kernels { count: 1, bandwidth: Some(1.68), ..Kernels::default() };
        Self { features: Kernels::default(), answers, unbiased: false }
    }
}

/// Joint maximum mean discrepancy (Long 2017): [`mmd`](super::mmd) with the product of a kernel over features
/// `[source [S, F], target [T, F]]` and one over softmax answers from logits `[source [S, K], target [T, K]]`. All four
/// take gradients.
///
/// # Errors
/// Shapes that do not fit, a batch of one row in the unbiased form, kernels out of range.
pub fn jmmd(features: [&Tensor; 2], logits: [&Tensor; 2], options: &Jmmd) -> Result<Tensor> {
    const OP: &str = "jmmd";
    let least = 1 + usize::from(options.unbiased);
    let [sources, targets, width] = input::domains(OP, "features", features, least)?;
    let [of_source, of_target, classes] = input::domains(OP, "logits", logits, least)?;
    if [sources, targets] != [of_source, of_target] {
        return Err(Error::op(
            OP,
            format!(
                "features of {sources} source and {targets} target rows, logits of {of_source} and {of_target}: both have to be of the same examples"
            ),
        ));
    }
    options.features.check()?;
    options.answers.check()?;
    let (features, logits) = (Tensor::cat(&features, 0)?, Tensor::cat(&logits, 0)?);
    told_for_two(OP, [&features, &logits], |features, logits| {
        let shares = softmax_rows(logits, classes);
        let (of_features, of_answers) = (Pairs::of(features, width), Pairs::of(&shares, classes));
        let (k, k_slopes) = options.features.of(&of_features);
        let (l, l_slopes) = options.answers.of(&of_answers);
        let factors = coefficients(sources, targets, options.unbiased);
        let thrice = |x: &[f64], y: &[f64]| -> Vec<f64> {
            x.iter().zip(y).zip(&factors).map(|((x, y), factor)| x * y * factor).collect()
        };
        let value = thrice(&k, &l).iter().sum();
        let along_features = of_features.slopes(&thrice(&k_slopes, &l));
        let mut along_logits = of_answers.slopes(&thrice(&k, &l_slopes));
        through_softmax(&shares, &mut along_logits, classes);
        (value, [along_features, along_logits])
    })
}
