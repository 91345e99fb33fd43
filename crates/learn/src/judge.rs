//! What judges examples: a net planned for speed, or learners on their numbers.

use crate::class::ClassName;
use crate::error::Result;
use crate::examples::Examples;
use crate::fault_set::FaultSet;
use crate::learner::{Fitted, Learner, Target};
use crate::metrics::Rows;
use crate::model::Model;
use crate::size_task::SIZE_OUTPUT;
use crate::training_options::ClassWeights;
use brinell_model::{Architecture, Gpu, GpuNetwork, Graph, Inference, Network, Pass, Variables};
use brinell_signal::FaultKind;
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Segments that are judged at once.
const CHUNK: usize = 256;
/// What stands before the tensors' names of the learner of all classes, or of one part.
const WHOLE: &str = "learner";

/// What is made of one example.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Judgement {
    /// One probability for each class.
    pub(crate) probabilities: Vec<f64>,
    /// One for each faulty part, in the order of [`parts_of`], where each has a learner of its own; else empty.
    pub(crate) parts: Vec<f64>,
    /// One probability for each size that the net tells besides; else empty.
    pub(crate) sizes: Vec<f64>,
}

/// Something trained that judges.
pub(crate) enum Judge {
    /// A net, and plans of it that nobody is using; as many as have judged at one time. Or the net on a GPU.
    Net {
        network: Box<Network>,
        tells_sizes: bool,
        idle: Mutex<Vec<Inference>>,
        gpu: Option<Box<Mutex<GpuNetwork>>>,
    },
    /// A learner that tells all classes apart, and the parts that are scored by the classes that blame them.
    Whole { fitted: Box<Fitted>, parts: Vec<FaultKind> },
    /// A learner for each part, that tells whether it is damaged.
    Parts(Vec<(FaultKind, Fitted)>),
}

/// The parts that classes name, in the order of [`FaultSet::parts`].
pub(crate) fn parts_of(classes: &[ClassName]) -> Vec<FaultKind> {
    let present: FaultSet = classes.iter().flat_map(|class| class.faults().parts()).collect();
    present.parts().collect()
}

/// A net that tells so many classes, and besides so many sizes; 0: none.
pub(crate) fn draft(
    net: &Architecture,
    shape: &[usize],
    [classes, sizes]: [usize; 2],
) -> Result<Graph, brinell_model::Error> {
    let graph = net.draft(shape, classes)?;
    if sizes == 0 { Ok(graph) } else { graph.with_output(SIZE_OUTPUT, sizes) }
}

/// Builds a net of so many classes and sizes, and its variables.
pub(crate) fn build(
    architecture: &Architecture,
    shape: &[usize],
    counts: [usize; 2],
    seed: u64,
) -> Result<(Network, Variables)> {
    let mut variables = Variables::new(seed, DType::F32, &Device::Cpu);
    let network = Network::new(draft(architecture, shape, counts)?, &mut variables)?;
    Ok((network, variables))
}

/// The net as it is now, planned to judge.
pub(crate) fn planned(network: &Network) -> Result<Inference> {
    Ok(Inference::new(network, CHUNK)?)
}

/// What judges batches: a net planned for the CPU, or one on a GPU.
pub(crate) trait Batches {
    /// The values of every output of the net for so many examples, by name.
    fn outputs(&mut self, inputs: &[f32], batch: usize) -> Result<Vec<(String, Vec<f32>)>>;
}

impl Batches for Inference {
    fn outputs(&mut self, inputs: &[f32], batch: usize) -> Result<Vec<(String, Vec<f32>)>> {
        self.run(inputs, batch)?;
        Ok(Inference::outputs(self).map(|(name, values)| (name.to_owned(), values.to_vec())).collect())
    }
}

impl Batches for GpuNetwork {
    fn outputs(&mut self, inputs: &[f32], batch: usize) -> Result<Vec<(String, Vec<f32>)>> {
        let values = self.judge_all(inputs, batch)?;
        Ok(self.graph().outputs().iter().map(|(name, _)| name.clone()).zip(values).collect())
    }
}

/// One that many ask. Nobody holds it but while it works: what is done in between may hand its thread to another who asks.
impl Batches for &Mutex<GpuNetwork> {
    fn outputs(&mut self, inputs: &[f32], batch: usize) -> Result<Vec<(String, Vec<f32>)>> {
        held(self).outputs(inputs, batch)
    }
}

fn held<T>(own: &Mutex<T>) -> MutexGuard<'_, T> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The probabilities of all classes, example by example.
pub(crate) fn probabilities(judge: &mut impl Batches, examples: &Examples) -> Result<Vec<Vec<f64>>> {
    Ok(judgements(judge, examples, false)?.into_iter().map(|own| own.probabilities).collect())
}

/// The judgements of a net, example by example.
fn judgements(judge: &mut impl Batches, examples: &Examples, tells_sizes: bool) -> Result<Vec<Judgement>> {
    let mut all = Vec::with_capacity(examples.len());
    for from in (0..examples.len()).step_by(CHUNK) {
        let batch = CHUNK.min(examples.len() - from);
        let inputs = examples.values(from..from + batch)?;
        let outputs = judge.outputs(&inputs, batch)?;
        let rows = |wanted: Option<&[f32]>| -> Vec<Vec<f64>> {
            let values = wanted.unwrap_or_default();
            values.chunks_exact((values.len() / batch).max(1)).map(softmax).collect()
        };
        let classes = rows(outputs.first().map(|(_, values)| &values[..]));
        let sizes = outputs.iter().find(|(name, _)| tells_sizes && *name == SIZE_OUTPUT);
        let mut sizes = rows(sizes.map(|(_, values)| &values[..])).into_iter();
        all.extend(classes.into_iter().map(|probabilities| Judgement {
            probabilities,
            parts: Vec::new(),
            sizes: sizes.next().unwrap_or_default(),
        }));
    }
    Ok(all)
}

/// Probabilities from logits, in double precision.
fn softmax(logits: &[f32]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - top).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// The probabilities of classes from those of parts that are damaged independently of each other, scaled to sum 1.
pub(crate) fn of_independent_parts(classes: &[ClassName], parts: &[FaultKind], damaged: &[f64]) -> Vec<f64> {
    let of_class = |class: &ClassName| {
        let faults = class.faults();
        let each =
            parts.iter().zip(damaged).map(|(part, p)| if faults.contains(*part) { *p } else { 1.0 - p });
        each.product::<f64>()
    };
    let products: Vec<f64> = classes.iter().map(of_class).collect();
    let sum: f64 = products.iter().sum();
    match sum > 0.0 {
        true => products.iter().map(|product| product / sum).collect(),
        false => vec![1.0 / classes.len() as f64; classes.len()],
    }
}

impl Judge {
    /// A net of so many classes and sizes with its weights.
    pub(crate) fn net(
        net: &Architecture,
        shape: &[usize],
        counts: [usize; 2],
        weights: &BTreeMap<String, Tensor>,
    ) -> Result<Judge> {
        let (network, variables) = build(net, shape, counts, 0)?;
        variables.load(weights)?;
        let idle = Mutex::new(vec![planned(&network)?]);
        Ok(Judge::Net { network: Box::new(network), tells_sizes: counts[1] > 0, idle, gpu: None })
    }

    /// The same on a GPU, where one is given and it is a net.
    pub(crate) fn on(mut self, device: Option<&Gpu>) -> Result<Judge> {
        if let (Judge::Net { network, gpu, .. }, Some(device)) = (&mut self, device) {
            *gpu = Some(Box::new(Mutex::new(GpuNetwork::new(network, device)?)));
        }
        Ok(self)
    }

    /// Whether a GPU does its work.
    pub(crate) fn is_on_gpu(&self) -> bool {
        matches!(self, Judge::Net { gpu: Some(_), .. })
    }

    /// What a model file holds, for examples of `shape`: with scores of each part, and of so many sizes.
    pub(crate) fn stored(
        model: &Model,
        shape: &[usize],
        classes: &[ClassName],
        (each_part, sizes): (bool, usize),
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<Judge> {
        let learner = match model {
            Model::Net(net) => return Self::net(net, shape, [classes.len(), sizes], tensors),
            Model::Learner(learner) => learner,
        };
        let width = shape.iter().product();
        let of = |prefix: &str, target: Target<'_>| {
            let start = format!("{prefix}.");
            let own = tensors
                .iter()
                .filter_map(|(name, tensor)| Some((name.strip_prefix(&start)?.to_owned(), tensor.clone())));
            Fitted::from_tensors(learner, width, target, &own.collect())
        };
        if !each_part || learner.tells_parts_by_classes() {
            let fitted = Box::new(of(WHOLE, Target::Classes(classes))?);
            return Ok(Judge::Whole { fitted, parts: scored_parts(classes, each_part) });
        }
        let parts =
            parts_of(classes).into_iter().map(|part| Ok((part, of(&prefix_of(part), Target::Part(part))?)));
        Ok(Judge::Parts(parts.collect::<Result<_>>()?))
    }

    /// The tensors of a model file; those of a net are kept by whoever trained it.
    pub(crate) fn learner_tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        let named = |prefix: &str, fitted: &Fitted| -> Result<Vec<(String, Tensor)>> {
            let own = fitted.to_tensors()?;
            Ok(own.into_iter().map(|(name, tensor)| (format!("{prefix}.{name}"), tensor)).collect())
        };
        let mut all = BTreeMap::new();
        match self {
            Judge::Net { .. } => {}
            Judge::Whole { fitted, .. } => all.extend(named(WHOLE, fitted)?),
            Judge::Parts(parts) => {
                for (part, fitted) in parts {
                    all.extend(named(&prefix_of(*part), fitted)?);
                }
            }
        }
        Ok(all)
    }

    /// Judges examples. Many may ask at once: on the CPU each takes a plan of the net, or makes one, and hands it
    /// back; no lock is held while it works, because its threads may be those that also ask. On a GPU one waits for the
    /// other's batch.
    pub(crate) fn judge(&self, examples: &Examples, classes: &[ClassName]) -> Result<Vec<Judgement>> {
        match self {
            Judge::Net { gpu: Some(gpu), tells_sizes, .. } => judgements(&mut &**gpu, examples, *tells_sizes),
            Judge::Net { network, tells_sizes, idle, gpu: None } => {
                let taken = held(idle).pop();
                let mut own = taken.map_or_else(|| planned(network), Ok)?;
                let judged = judgements(&mut own, examples, *tells_sizes);
                held(idle).push(own);
                judged
            }
            Judge::Whole { fitted, parts } => {
                let judged = examples.rows().map(|row| {
                    let probabilities = fitted.probabilities(&row?);
                    let blamed = |part: &FaultKind| {
                        let each = classes.iter().zip(&probabilities);
                        each.filter(|(class, _)| class.faults().contains(*part)).map(|(_, p)| p).sum()
                    };
                    let parts = parts.iter().map(blamed).collect();
                    Ok(Judgement { parts, probabilities, sizes: Vec::new() })
                });
                judged.collect()
            }
            Judge::Parts(fitted) => {
                let parts: Vec<FaultKind> = fitted.iter().map(|(part, _)| *part).collect();
                let judged = examples.rows().map(|row| {
                    let row = row?;
                    let damaged: Vec<f64> =
                        fitted.iter().map(|(_, fitted)| fitted.probabilities(&row)[1]).collect();
                    let probabilities = of_independent_parts(classes, &parts, &damaged);
                    Ok(Judgement { probabilities, parts: damaged, sizes: Vec::new() })
                });
                judged.collect()
            }
        }
    }

    /// What the unknown score looks at: the features before a net's head, or a learner's numbers.
    pub(crate) fn features(&self, examples: &Examples) -> Result<Rows> {
        let Judge::Net { network, gpu, .. } = self else {
            return examples.table();
        };
        let (mut width, mut values) = (1, Vec::new());
        let all: Vec<usize> = (0..examples.len()).collect();
        for rows in all.chunks(CHUNK) {
            let features: Vec<f32> = match gpu {
                Some(gpu) => {
                    let inputs = examples.values(rows.iter().copied())?;
                    held(gpu).features(&inputs, rows.len())?
                }
                None => {
                    let (batch, _) = examples.batch(rows)?;
                    network.features(&batch, &mut Pass::evaluate())?.flatten_all()?.to_vec1()?
                }
            };
            width = features.len() / rows.len();
            values.extend(features.into_iter().map(f64::from));
        }
        Rows::new(width, values)
    }
}

/// The parts that a learner of all classes scores.
fn scored_parts(classes: &[ClassName], each_part: bool) -> Vec<FaultKind> {
    if each_part { parts_of(classes) } else { Vec::new() }
}

fn prefix_of(part: FaultKind) -> String {
    format!("{WHOLE}.{}", FaultSet::NONE.with(part))
}

/// Fits a learner: of all classes, or one of each part.
pub(crate) fn fit_learner(
    learner: &Learner,
    examples: &Examples,
    classes: &[ClassName],
    each_part: bool,
    weights: ClassWeights,
    seed: u64,
) -> Result<Judge> {
    let rows = examples.table()?;
    if !each_part || learner.tells_parts_by_classes() {
        let fitted =
            Box::new(learner.fit(&rows, examples.labels(), Target::Classes(classes), weights, seed)?);
        return Ok(Judge::Whole { fitted, parts: scored_parts(classes, each_part) });
    }
    let parts = parts_of(classes).into_iter().map(|part| {
        let damaged = |label: &u32| u32::from(classes[*label as usize].faults().contains(part));
        let labels: Vec<u32> = examples.labels().iter().map(damaged).collect();
        Ok((part, learner.fit(&rows, &labels, Target::Part(part), weights, seed)?))
    });
    Ok(Judge::Parts(parts.collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn judging_gives_what_the_net_itself_gives_in_evaluation() {
        for table in [
            "name = \"se-cnn\"\nwidths = [8, 16]\nhidden = 16",
            "name = \"densenet\"\nblocks = [2, 2]\nattention = \"cbam\"",
            "name = \"resnet\"\nwidth = 8\nblocks = [1, 1]",
        ] {
            let architecture = Architecture::of_table(toml::Deserializer::parse(table).unwrap()).unwrap();
            let shape = [1, 16, 16];
            let (network, _) = build(&architecture, &shape, [4, 0], 3).unwrap();
            // running statistics that are not those that a net begins with
            let noise = |n: usize| (n as f32 * 1.7).sin() * 2.0 + (n as f32 * 0.013).cos();
            let values: Vec<f32> = (0..300 * 256).map(noise).collect();
            let batch = Tensor::from_slice(&values[..64 * 256], (64, 1, 16, 16), &Device::Cpu).unwrap();
            for step in 0..5 {
                network.forward(&batch, &mut Pass::train(1, step)).unwrap();
            }
            let examples = Examples::in_memory(&shape, values.clone(), vec![0; 300]);
            let planned = probabilities(&mut planned(&network).unwrap(), &examples).unwrap();
            let all = Tensor::from_vec(values, (300, 1, 16, 16), &Device::Cpu).unwrap();
            let logits = network.forward(&all, &mut Pass::evaluate()).unwrap().to_vec2::<f32>().unwrap();
            assert_eq!(planned.len(), 300);
            for (planned, logits) in planned.iter().zip(&logits) {
                for (one, other) in planned.iter().zip(softmax(logits)) {
                    assert!((one - other).abs() < 1e-5, "{table}: {one} and {other}");
                }
            }
        }
    }

    #[test]
    fn learners_of_each_part_score_their_part_and_together_the_classes() {
        let classes = [None, Some(FaultKind::Inner), Some(FaultKind::Outer)]
            .map(|part| ClassName::of_faults(part.into(), None));
        let labels: Vec<u32> = (0..60).map(|at| at % 3).collect();
        let value = |at: u32, of: u32| if at % 3 == of { 1.0 } else { 0.0 } + 0.01 * (at as f32).sin();
        let features = (0..60).flat_map(|at| [value(at, 1), value(at, 2)]).collect();
        let examples = Examples::in_memory(&[2], features, labels.clone());
        let learner = Learner::all().into_iter().find(|one| one.name() == "logistic").unwrap();
        let judge = fit_learner(&learner, &examples, &classes, true, ClassWeights::Equal, 0).unwrap();
        let tensors = judge.learner_tensors().unwrap();
        let again = Judge::stored(&Model::Learner(learner), &[2], &classes, (true, 0), &tensors).unwrap();
        let judged = judge.judge(&examples, &classes).unwrap();
        assert_eq!(judged, again.judge(&examples, &classes).unwrap());
        for (one, label) in judged.iter().zip(&labels) {
            assert_eq!(crate::metrics::arg_max(&one.probabilities) as u32, *label);
            assert!((one.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let damaged = [one.parts[0] > 0.5, one.parts[1] > 0.5];
            assert_eq!(damaged, [*label == 1, *label == 2], "inner, outer");
        }
    }

    #[test]
    fn a_learner_of_combs_is_fitted_once_and_scores_each_part_by_the_classes_that_blame_it() {
        let classes = [None, Some(FaultKind::Inner), Some(FaultKind::Outer)]
            .map(|part| ClassName::of_faults(part.into(), None));
        let width = brinell_signal::quantity::NUMBERS_OF_SPECTRUM;
        let features = (0..40 * width).map(|at| ((at * at) as f32 * 0.37).sin()).collect();
        let examples = Examples::in_memory(&[width], features, (0..40).map(|at| at % 3).collect());
        let learner = Learner::all().into_iter().find(Learner::tells_parts_by_classes).unwrap();
        let judge = fit_learner(&learner, &examples, &classes, true, ClassWeights::Balanced, 0).unwrap();
        let tensors = judge.learner_tensors().unwrap();
        let again = Judge::stored(&Model::Learner(learner), &[width], &classes, (true, 0), &tensors).unwrap();
        let judged = judge.judge(&examples, &classes).unwrap();
        assert_eq!(judged, again.judge(&examples, &classes).unwrap());
        for one in &judged {
            assert_eq!(one.parts, one.probabilities[1..], "inner, outer");
        }
    }
}
