//! What training makes small, as an experiment names it.

use crate::class::ClassName;
use crate::error::{Error, Result};
use brinell_model::{CrossEntropy, Focal, cross_entropy, focal};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// The loss of training: a table with `kind` and the loss's own fields. Weights of classes, where a loss takes them,
/// stand in the order of the classes: `normal` first where it is learned, then by size, part by part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// `cross-entropy`, with `label_smoothing` and `class_weights`.
    CrossEntropy(CrossEntropy),
    /// `focal`: looks away from what is easy, by `gamma`; its weights of classes are `alpha`.
    Focal(Focal),
}

impl Default for Loss {
    fn default() -> Self {
        Loss::CrossEntropy(CrossEntropy::default())
    }
}

impl Loss {
    /// The factor of each class; none: 1 each.
    pub fn weights(&self) -> Option<&[f64]> {
        match self {
            Loss::CrossEntropy(options) => options.class_weights.as_deref(),
            Loss::Focal(options) => options.alpha.as_deref(),
        }
    }

    /// The field that holds them.
    pub(crate) fn weights_key(&self) -> &'static str {
        match self {
            Loss::CrossEntropy(_) => "class_weights",
            Loss::Focal(_) => "alpha",
        }
    }

    pub(crate) fn with_weights(mut self, weights: Vec<f64>) -> Self {
        match &mut self {
            Loss::CrossEntropy(options) => options.class_weights = Some(weights),
            Loss::Focal(options) => options.alpha = Some(weights),
        }
        self
    }

    /// The loss of logits `[B, K]` against one class a row, without axes.
    pub(crate) fn of(&self, logits: &Tensor, labels: &[u32]) -> Result<Tensor, brinell_model::Error> {
        match self {
            Loss::CrossEntropy(options) => cross_entropy(logits, labels, options),
            Loss::Focal(options) => focal(logits, labels, options),
        }
    }

    /// Refuses fields out of range, as the loss itself does: it is asked about a batch in which every class is once. Labels
    /// that are smoothed until nothing of them is left are refused too.
    pub(crate) fn check(&self) -> Result<(), brinell_model::Error> {
        if let Loss::CrossEntropy(options) = self
            && options.label_smoothing >= 1.0
        {
            return Err(brinell_model::Error::Config {
                field: "label_smoothing".to_owned(),
                value: options.label_smoothing.to_string(),
                expected: "0 or more and below 1, or nothing of the labels is left".to_owned(),
            });
        }
        let classes = self.weights().map_or(2, |weights| weights.len().max(1));
        let labels: Vec<u32> = (0..classes).map(|class| u32::try_from(class).unwrap_or(0)).collect();
        let logits = Tensor::from_vec(vec![0.0_f32; classes * classes], (classes, classes), &Device::Cpu)?;
        self.of(&logits, &labels).map(drop)
    }

    /// Refuses weights that are not one for each class.
    pub(crate) fn fits(&self, classes: &[ClassName]) -> Result<()> {
        match self.weights() {
            Some(weights) if weights.len() != classes.len() => {
                let names: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
                Err(Error::data(
                    format!("[training.loss] {} does not fit the classes", self.weights_key()),
                    format!("it holds {} weights, and there are {} classes", weights.len(), classes.len()),
                    format!("give one for each, in this order: {}", names.join(", ")),
                ))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn loss(text: &str) -> Loss {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn fields_out_of_range_are_named() {
        for (text, field) in [
            ("kind = \"cross-entropy\"\nlabel_smoothing = 1.5", "label_smoothing"),
            ("kind = \"cross-entropy\"\nlabel_smoothing = 1", "label_smoothing"),
            ("kind = \"cross-entropy\"\nclass_weights = [1.0, -1.0, 1.0]", "class_weights"),
            ("kind = \"cross-entropy\"\nclass_weights = []", "class_weights"),
            ("kind = \"cross-entropy\"\nclass_weights = [0.0, 0.0]", "class_weights"),
            ("kind = \"focal\"\ngamma = -1.0", "gamma"),
            ("kind = \"focal\"\nalpha = [-1.0]", "alpha"),
        ] {
            match loss(text).check() {
                Err(brinell_model::Error::Config { field: found, .. }) => assert_eq!(found, field, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        loss("kind = \"cross-entropy\"\nlabel_smoothing = 0.1\nclass_weights = [1, 0, 2]").check().unwrap();
        loss("kind = \"focal\"\ngamma = 0").check().unwrap();
    }

    #[test]
    fn weights_of_other_classes_are_refused_with_the_order_of_the_classes() {
        let classes = ["normal", "inner", "ball"]
            .map(|name| ClassName { name: name.to_owned(), ..ClassName::normal() });
        let given = loss("kind = \"focal\"\nalpha = [1, 2]");
        let said = given.fits(&classes).unwrap_err().to_string();
        assert!(said.contains("[training.loss] alpha") && said.contains("normal, inner, ball"), "{said}");
        given.fits(&classes[..2]).unwrap();
        Loss::default().fits(&classes).unwrap();
    }
}
