//! Two domains alike for an adversary that also sees the answers.

use candle_core::{Tensor, Var};
use serde::{Deserialize, Serialize};

use super::dann::told_apart;
use super::discriminator::Discriminator;
use super::entropy::entropies;
use super::input;
use super::softmax::softmax_rows;
use crate::error::{Error, Result};
use crate::ops::{in_double, linear, reverse_gradient};
use crate::pass::Pass;
use crate::variables::{Init, Variables};

/// Options of [`cdan`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cdan {
    /// What the gradient to the features is multiplied by, with its sign turned, 0 or more; see
    /// [`adversarial_strength`](super::adversarial_strength).
    pub strength: f64,
    /// Whether rows with sure answers count more (CDAN+E): weight `1 + e^{-H}`, `H` the entropy of the answer.
    pub entropy_weights: bool,
}

impl Default for Cdan {
    fn default() -> Self {
        Self { strength: 1.0, entropy_weights: true }
    }
}

/// How features `[F]` and answers `[K]` become the one vector that the adversary sees.
#[derive(Debug, Clone)]
pub struct MultilinearMap {
    features: usize,
    classes: usize,
    random: Option<[Var; 2]>,
}

impl MultilinearMap {
    /// The widest product that is taken as it is.
    pub const MOST: usize = 4096;
    /// The width of the random projection in its place.
    pub const RANDOM: usize = 1024;

    /// The outer product, answers times features, class after class, where it has at most 4096 values; else
    /// `(R_f f) ⊙ (R_p p) / √1024` with two fixed matrices of standard normal draws, kept among `variables` as
    /// `NAME.features` `[1024, F]` and `NAME.answers` `[1024, K]` (Long 2018).
    ///
    /// # Errors
    /// A width of 0, a name that is taken.
    pub fn new(name: &str, features: usize, classes: usize, variables: &mut Variables) -> Result<Self> {
        if features == 0 || classes == 0 {
            return Err(Error::op(
                "cdan",
                format!("{features} features and {classes} classes: neither may be 0"),
            ));
        }
        let random = match features.checked_mul(classes) {
            Some(width) if width <= Self::MOST => None,
            _ => {
                let mut draw = |part: &str, width: usize| {
                    variables.buffer(
                        &format!("{name}.{part}"),
                        &[Self::RANDOM, width],
                        Init::Normal { deviation: 1.0 },
                    )
                };
                Some([draw("features", features)?, draw("answers", classes)?])
            }
        };
        Ok(Self { features, classes, random })
    }

    /// The width of the vector: what the [`Discriminator`] has to take.
    pub fn width(&self) -> usize {
        if self.random.is_some() { Self::RANDOM } else { self.features * self.classes }
    }

    /// The vectors `[B, W]` of features `[B, F]` and answers `[B, K]`, softmax shares without gradient.
    fn forward(&self, features: &Tensor, answers: &Tensor) -> Result<Tensor> {
        Ok(match &self.random {
            None => answers.unsqueeze(2)?.broadcast_mul(&features.unsqueeze(1)?)?.flatten_from(1)?,
            Some([of_features, of_answers]) => {
                let features = linear(features, &of_features.as_detached_tensor(), None)?;
                let answers = linear(answers, &of_answers.as_detached_tensor(), None)?;
                ((features * answers)? / (Self::RANDOM as f64).sqrt())?
            }
        })
    }
}

/// Conditional domain-adversarial loss (Long 2018): as [`dann`](super::dann), with an adversary that sees the product of
/// features `[source [S, F], target [T, F]]` and softmax answers from logits `[source [S, K], target [T, K]]`, so that
/// classes are aligned with their like. With `entropy_weights`, weights are scaled to a sum of one half within each
/// domain; weights and answers are taken as constants by the gradient, so logits take none.
///
/// # Errors
/// Shapes that do not fit each other, the map or the discriminator; a strength below 0.
pub fn cdan(
    features: [&Tensor; 2],
    logits: [&Tensor; 2],
    map: &MultilinearMap,
    discriminator: &Discriminator,
    options: &Cdan,
    pass: &mut Pass,
) -> Result<Tensor> {
    const OP: &str = "cdan";
    let [sources, targets, width] = input::domains(OP, "features", features, 1)?;
    let [of_source, of_target, classes] = input::domains(OP, "logits", logits, 1)?;
    if [sources, targets, width, classes] != [of_source, of_target, map.features, map.classes] {
        return Err(Error::op(
            OP,
            format!(
                "features {:?} and {:?}, logits {:?} and {:?}: expected one row an example in both, {} features and {} classes",
                features[0].dims(),
                features[1].dims(),
                logits[0].dims(),
                logits[1].dims(),
                map.features,
                map.classes
            ),
        ));
    }
    let features = Tensor::cat(&features, 0)?;
    let shares = softmax_rows(&in_double(&Tensor::cat(&logits, 0)?)?, classes);
    let weights = match options.entropy_weights {
        true => entropies(&shares, classes).into_iter().map(|entropy| 1.0 + (-entropy).exp()).collect(),
        false => vec![1.0; sources + targets],
    };
    let answers = Tensor::from_vec(shares, (sources + targets, classes), features.device())?;
    let joined = map.forward(&features, &answers.to_dtype(features.dtype())?)?;
    let judged = discriminator.forward(&reverse_gradient(&joined, options.strength)?, pass)?;
    told_apart(OP, &judged, sources, &weights)
}
