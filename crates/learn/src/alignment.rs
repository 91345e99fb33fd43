//! The part of a training step that looks at the target: its batches, the loss that makes features alike, the adversary.

use crate::adaptation::{Adaptation, Adversary, Domains};
use crate::error::{Error, Result};
use crate::examples::Unlabelled;
use crate::shuffle::shuffled;
use crate::training_options::TrainingOptions;
use brinell_model::graph::{Id, Op};
use brinell_model::{Descent, Group, Network, Pass, Variables, adversarial_strength};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;

/// Tensors by name.
type Tensors = BTreeMap<String, Tensor>;

/// What is to be made alike, and how far the run is.
pub(crate) struct Alignment<'a> {
    adaptation: &'a Adaptation,
    weight: f64,
    target: &'a Unlabelled,
    batch: usize,
    seed: u64,
    /// The first step that looks at the target, and the number of steps of the run.
    steps: [u64; 2],
    features: Id,
    adversary: Option<Learning>,
}

/// An adversary with all that is needed to train it.
struct Learning {
    adversary: Adversary,
    variables: Variables,
    descent: Descent,
}

/// A run, as far as the target is concerned.
pub(crate) struct Run {
    pub seed: u64,
    pub classes: usize,
    pub epochs: usize,
    pub steps_in_epoch: usize,
}

impl<'a> Alignment<'a> {
    /// None where nothing is added to the loss.
    pub(crate) fn new(
        adaptation: &'a Adaptation,
        target: &'a Unlabelled,
        network: &Network,
        options: &TrainingOptions,
        run: &Run,
    ) -> Result<Option<Self>> {
        let Some((weight, begin)) = adaptation.weight_and_begin() else { return Ok(None) };
        let graph = network.graph();
        let features = graph.features().ok_or_else(|| {
            Error::data(
                format!("{} cannot be used with this net", adaptation.name()),
                "it makes features alike, and the net has no layer of features before its classes",
                "choose another net, or leave adaptation out",
            )
        })?;
        let width = graph.nodes().get(features.place()).map_or(0, |node| node.shape.iter().product());
        let mut variables = Variables::new(run.seed, DType::F32, &Device::Cpu);
        let adversary = match adaptation.adversary(width, run.classes, &mut variables)? {
            Some(adversary) => {
                let groups = match options.decay_norms_and_biases {
                    true => Vec::new(),
                    false => vec![Group::undecayed(adversary.discriminator.graph())],
                };
                let descent = Descent::new(options.optimiser.clone())?.with_groups(&groups)?;
                Some(Learning { adversary, variables, descent })
            }
            None => None,
        };
        let steps = [begin, run.epochs].map(|epochs| epochs.saturating_mul(run.steps_in_epoch) as u64);
        let batch = options.batch.min(target.len());
        Ok(Some(Alignment { adaptation, weight, target, batch, seed: run.seed, steps, features, adversary }))
    }

    /// Whether this step looks at the target.
    pub(crate) fn is_on(&self, step: u64) -> bool {
        step >= self.steps[0]
    }

    /// The node whose values are made alike.
    pub(crate) fn features(&self) -> Id {
        self.features
    }

    /// Inputs of the target for a batch of an epoch: a window that goes round through an order of that epoch.
    pub(crate) fn inputs(&self, epoch: usize, batch: usize) -> Result<Tensor> {
        let order = shuffled(self.target.len(), self.seed, &format!("target/epoch-{epoch}"));
        let first = batch * self.batch;
        let rows: Vec<usize> = (first..first + self.batch).map(|at| order[at % order.len()]).collect();
        self.target.batch(&rows)
    }

    /// The loss to be added, and its value without the weight, from features and logits of the first `sources` examples
    /// and the target behind them.
    pub(crate) fn loss(
        &self,
        features: &Tensor,
        logits: &Tensor,
        sources: usize,
        step: u64,
    ) -> Result<Option<(Tensor, f64)>> {
        let [first, last] = self.steps;
        let progress = (step - first) as f64 / (last - first).max(1) as f64;
        let parts = |all: &Tensor| -> Result<[Tensor; 2]> {
            let targets = all.dim(0)?.saturating_sub(sources);
            Ok([all.narrow(0, 0, sources)?, all.narrow(0, sources, targets)?])
        };
        let (features, logits) = (parts(&features.flatten_from(1)?)?, parts(logits)?);
        let domains = Domains { features: features.each_ref(), logits: logits.each_ref() };
        let adversary = self.adversary.as_ref().map(|own| &own.adversary);
        let strength = adversarial_strength(progress);
        let mut pass = Pass::train(self.seed, step);
        let Some(loss) = self.adaptation.loss(&domains, adversary, strength, &mut pass)? else {
            return Ok(None);
        };
        let value = f64::from(loss.to_scalar::<f32>()?);
        Ok(Some(((loss * self.weight)?, value)))
    }

    /// Moves the adversary, where there is one, by the step size of the net.
    pub(crate) fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        if let Some(own) = &mut self.adversary {
            own.descent.set_learning_rate(learning_rate)?;
            own.descent.step(&own.variables, gradients)?;
        }
        Ok(())
    }

    /// The adversary's weights and what its optimiser remembers; empty where there is none.
    pub(crate) fn state(&self) -> Result<[Tensors; 2]> {
        match &self.adversary {
            Some(own) => Ok([own.variables.to_tensors()?, own.descent.state(&own.variables)?]),
            None => Ok(Default::default()),
        }
    }

    /// Takes up what [`state`](Self::state) gave.
    pub(crate) fn restore(&mut self, [variables, optimiser]: &[Tensors; 2]) -> Result<()> {
        if let Some(own) = &mut self.adversary {
            own.variables.load(variables)?;
            own.descent.restore(&own.variables, optimiser)?;
        }
        Ok(())
    }
}

/// Replaces the running statistics of every batch norm by those of the target: the mean over its batches, with all else
/// as in training (AdaBN, Li 2017).
///
/// # Errors
/// [`Error::Data`] when the net has no batch norm.
pub(crate) fn take_statistics(network: &Network, target: &Unlabelled, batch: usize, seed: u64) -> Result<()> {
    refuse_without_norms(network.graph())?;
    let order = shuffled(target.len(), seed, "adabn");
    let batches = (order.len() / batch.max(1)).max(1);
    for at in 0..batches {
        let rows = &order[at * order.len() / batches..(at + 1) * order.len() / batches];
        let mut pass = Pass::train(seed, at as u64).taking_over(1.0 / (at + 1) as f64);
        network.forward(&target.batch(rows)?, &mut pass)?;
    }
    Ok(())
}

/// Refuses a net that keeps no statistics which could be those of the target.
pub(crate) fn refuse_without_norms(graph: &brinell_model::Graph) -> Result<()> {
    if graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNorm { .. })) {
        return Ok(());
    }
    Err(Error::data(
        "adabn cannot be used with this net",
        "it takes the statistics of batch norms from the target, and the net has none",
        "choose a net with batch norms, or another kind of adaptation",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::examples::Examples;
    use crate::judge::build;
    use brinell_model::Architecture;

    #[test]
    fn a_net_with_the_statistics_of_the_target_judges_it_as_its_own_batches_do() {
        let table = "name = \"se-cnn\"\nwidths = [4, 8]\nhidden = 8\ndropout = 0.0";
        let net = Architecture::of_table(toml::Deserializer::parse(table).unwrap()).unwrap();
        let (network, _) = build(&net, &[1, 16, 16], [3, 0], 1).unwrap();
        // far from the statistics that a net begins with
        let values =
            (0..40 * 256).map(|n| (n as f32 * 1.7).sin() * 3.0 + 5.0 + (n / 256) as f32 * 0.1).collect();
        let all = Examples::in_memory(&[1, 16, 16], values, vec![0; 40]);
        let rows: Vec<usize> = (0..40).collect();
        let inputs = all.unlabelled().batch(&rows).unwrap();
        let logits = |mut pass: Pass| network.forward(&inputs, &mut pass).unwrap().to_vec2::<f32>().unwrap();
        let apart = |x: &[Vec<f32>], y: &[Vec<f32>]| {
            let pairs = x.iter().flatten().zip(y.iter().flatten());
            pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
        };
        let before = logits(Pass::evaluate());
        take_statistics(&network, all.unlabelled(), 40, 0).unwrap();
        let after = logits(Pass::evaluate());
        let own = logits(Pass::train(0, 0));
        assert!(apart(&after, &own) < 0.02 * apart(&before, &own), "{after:?} {own:?}");
        // in several batches it is nearly the same: the mean over the batches, whatever came before
        take_statistics(&network, all.unlabelled(), 8, 0).unwrap();
        assert!(apart(&logits(Pass::evaluate()), &own) < 0.3 * apart(&before, &own));
    }
}
