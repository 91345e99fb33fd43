//! A trained model: pipeline, net and classes in one file, so that training and diagnosis cannot differ.

use crate::calibration::Calibration;
use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::examples::{Examples, Source, network_shape};
use crate::feature_plan::FeaturePlan;
use crate::judge::{Judge, draft};
use crate::learned_range::LearnedRange;
use crate::metrics::{Probabilities, Rows};
use crate::model::Model;
use crate::scores::foreign;
use crate::size_task::SizeClass;
use brinell_model::Gpu;
use brinell_model::{load_safetensors, save_safetensors};
use brinell_signal::{Context, Hertz, Pipeline, Segments, filter::Resampler};
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The key of our entry in the file's metadata.
const KEY: &str = "brinell";
/// Name and version of that entry.
const SCHEMA: &str = "brinell.model/1";
/// No model comes near these; a header that claims more is refused before memory is taken.
const MOST_CLASSES: usize = 10_000;
const MOST_SAMPLES: usize = 1 << 24;

/// Everything about a model but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFacts {
    /// Always `brinell.model/1`.
    pub schema: String,
    /// Name, e.g. of the experiment.
    pub name: String,
    /// One paragraph for people: what it was trained on and what it is worth.
    pub card: String,
    /// The rate it looks at, in hertz.
    pub rate_hz: f64,
    /// Samples in a segment, at that rate.
    pub segment_length: usize,
    /// Distance of two segments when a recording is judged.
    pub segment_stride: usize,
    /// What is done to a segment.
    pub pipeline: Pipeline,
    /// The net or learner.
    #[serde(rename = "architecture")]
    pub model: Model,
    /// Whether each faulty part has a score of its own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub each_part: bool,
    /// What it tells apart.
    pub classes: Vec<ClassName>,
    /// The sizes of faults that the net tells besides, ascending; empty where it does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeClass>,
    /// SHA-256 over the recordings it was trained on.
    pub data_sha256: String,
    /// Whether its probabilities were calibrated on held-out bearings like those that it is for: of a net that was adapted
    /// they were of its source alone, and this is false.
    pub calibrated: bool,
    /// What was fitted on those bearings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// SHA-256 of every recording that it learned from or was chosen by, ascending.
    #[serde(default)]
    pub learned_from: Vec<String>,
    /// The speeds and rates of those recordings; left out by models that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<LearnedRange>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A trained model, ready to judge recordings.
pub struct Trained {
    facts: ModelFacts,
    plan: FeaturePlan,
    judge: Judge,
    bytes: Vec<u8>,
    sha256: String,
}

impl std::fmt::Debug for Trained {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Trained").field("facts", &self.facts).field("sha256", &self.sha256).finish()
    }
}

/// What a model makes of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The classes.
    pub classes: Vec<ClassName>,
    /// Mean probability of each class over the segments.
    pub mean: Vec<f64>,
    /// Every size that the net tells, with its mean probability over the segments, were the bearing damaged; not
    /// calibrated. Empty where the net does not tell sizes.
    pub sizes: Vec<(SizeClass, f64)>,
    /// Number of segments.
    pub segments: usize,
    /// The probabilities of each segment, in order.
    pub per_segment: Vec<Vec<f64>>,
    /// Mean score of being unlike everything that was learned; `None` where none was fitted.
    pub unknown: Option<f64>,
    /// Whether more than half of the segments are alarmed as a fault that was never learned; `None` where no alarm was
    /// fitted.
    pub alarm: Option<bool>,
    /// The classes that may be the true one, by what held-out bearings promise; `None` where nothing was promised.
    pub set: Option<Vec<u32>>,
}

/// What is made of one segment, after calibration.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SegmentScore {
    /// One probability for each class.
    pub(crate) probabilities: Vec<f64>,
    /// One for each faulty part, where each has its own; else empty.
    pub(crate) parts: Vec<f64>,
    /// One probability for each size, where sizes are told; else empty.
    pub(crate) sizes: Vec<f64>,
    /// How unknown it looks, where a score for that was fitted.
    pub(crate) unknown: Option<f64>,
    /// Whether that raises the alarm, where one was fitted.
    pub(crate) alarm: Option<bool>,
}

impl SegmentScore {
    /// The unknown score, or 1 - max p where there is none.
    pub(crate) fn foreign(&self) -> f64 {
        foreign(self.unknown, &self.probabilities)
    }
}

impl Trained {
    /// Puts a model together from its facts and weights.
    ///
    /// # Errors
    /// [`Error::Signal`] or [`Error::Model`] when they do not fit each other.
    pub fn new(facts: ModelFacts, weights: &BTreeMap<String, Tensor>) -> Result<Trained> {
        let header = serde_json::to_string(&facts).map_err(|error| {
            Error::data("the model's facts cannot be written", error.to_string(), "use finite numbers")
        })?;
        let bytes = save_safetensors(weights, &BTreeMap::from([(KEY.to_owned(), header)]))?;
        Self::from_bytes(&bytes, &facts.name)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::NotAModel`] when it is no model of this program, damaged, or inconsistent.
    pub fn load(path: &Path) -> Result<Trained> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        Self::from_bytes(&bytes, &path.display().to_string())
    }

    /// Reads a model from memory; `name` stands for it in messages.
    ///
    /// # Errors
    /// [`Error::NotAModel`] when the bytes are no model of this program, damaged, or inconsistent.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Trained> {
        let refuse =
            |why: String, help: &str| Error::NotAModel { name: name.to_owned(), why, help: help.to_owned() };
        let train = "use a model.safetensors that `brinell train` wrote";
        let (weights, metadata) = load_safetensors(bytes)
            .map_err(|error| refuse(format!("it is no whole safetensors file: {error}"), train))?;
        let header = metadata.get(KEY).ok_or_else(|| {
            refuse(
                "it has no `brinell` metadata: it holds weights, but not what they are for".to_owned(),
                train,
            )
        })?;
        let facts: ModelFacts = serde_json::from_str(header)
            .map_err(|error| refuse(format!("its `brinell` metadata cannot be read: {error}"), train))?;
        facts.check().map_err(|why| refuse(why, "use the version of brinell that wrote it"))?;
        let damaged =
            "its metadata and weights do not belong together; take the file anew from its run folder";
        let plan = FeaturePlan::new(&facts.pipeline, Hertz(facts.rate_hz), facts.segment_length, None)
            .map_err(|error| refuse(format!("its pipeline cannot be run: {error}"), damaged))?;
        let shape = network_shape(plan.whole().output_shape());
        if let Model::Net(net) = &facts.model {
            // told from the shapes, before memory is taken for a net that the file cannot fill
            let drafted = draft(net, &shape, [facts.classes.len(), facts.sizes.len()]);
            let cost = drafted.map(|graph| graph.cost());
            let cost = cost.map_err(|error| refuse(format!("its net cannot be built: {error}"), damaged))?;
            if cost.parameters.saturating_mul(4) > bytes.len() as u64 {
                let why =
                    format!("its net has {} parameters, the file {} bytes", cost.parameters, bytes.len());
                return Err(refuse(why, damaged));
            }
        }
        for (name, tensor) in &weights {
            let sum = tensor.to_dtype(DType::F64)?.abs()?.sum_all()?.to_scalar::<f64>()?;
            if !sum.is_finite() {
                return Err(refuse(format!("`{name}` holds NaN or infinite weights"), damaged));
            }
        }
        let scored = (facts.each_part, facts.sizes.len());
        let judge = Judge::stored(&facts.model, &shape, &facts.classes, scored, &weights)
            .map_err(|error| refuse(format!("its weights do not fit: {error}"), damaged))?;
        let sha256 = hexadecimal(&Sha256::digest(bytes));
        Ok(Trained { facts, plan, judge, bytes: bytes.to_vec(), sha256 })
    }

    /// The same, judging on a GPU where one is given and it is a net.
    ///
    /// # Errors
    /// Memory of the GPU.
    pub fn on(self, device: Option<&Gpu>) -> Result<Trained> {
        Ok(Trained { judge: self.judge.on(device)?, ..self })
    }

    /// Whether a GPU judges: it was given one, and is a net.
    pub fn is_on_gpu(&self) -> bool {
        self.judge.is_on_gpu()
    }

    /// The same model with another card.
    pub(crate) fn with_card(&self, card: String) -> Result<Trained> {
        let (weights, _) = load_safetensors(&self.bytes)?;
        Trained::new(ModelFacts { card, ..self.facts.clone() }, &weights)
    }

    /// Writes the model; an existing file is replaced in one step.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        crate::run_folder::write_whole(path, &self.bytes)
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Everything about the model but its weights.
    pub fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.facts.name
    }

    /// SHA-256 of the file, hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether a recording, by its SHA-256, was among those that it learned from: then its scores on it say nothing.
    pub fn learned_from(&self, sha256: &str) -> bool {
        self.facts.learned_from.iter().any(|own| own == sha256)
    }

    /// What it was trained on and what it is worth.
    pub fn card(&self) -> &str {
        &self.facts.card
    }

    /// Whether its probabilities were calibrated on bearings that training had not seen and that are like those that it
    /// is for. When not, they are
    /// shares of belief to be compared with each other, not frequencies of being right.
    pub fn calibrated(&self) -> bool {
        self.facts.calibrated
    }

    /// The classes it tells apart.
    pub fn classes(&self) -> &[ClassName] {
        &self.facts.classes
    }

    /// The rate it looks at; faster recordings are brought to it.
    pub fn rate(&self) -> Hertz {
        Hertz(self.facts.rate_hz)
    }

    /// Whether it needs shaft speed and fault orders in the [`Context`].
    pub fn needs_kinematics(&self) -> bool {
        self.plan.whole().needs_kinematics()
    }

    /// Judges a recording: every whole segment, and their mean.
    ///
    /// # Errors
    /// [`Error::CannotScore`] when the recording is slower than the model's rate, shorter than a segment, or
    /// lacks the shaft speed or orders the pipeline needs.
    pub fn score(&self, samples: &[f32], rate: Hertz, context: &Context) -> Result<Scores> {
        let judged = self.scores_of(&self.examples(samples, rate, context)?)?;
        let unknown: Option<Vec<f64>> = judged.iter().map(|one| one.unknown).collect();
        let of_size = |(at, size): (usize, &SizeClass)| {
            let sum: f64 = judged.iter().filter_map(|one| one.sizes.get(at)).sum();
            (size.clone(), sum / judged.len() as f64)
        };
        let sizes = self.facts.sizes.iter().enumerate().map(of_size).collect();
        let alarms: Option<Vec<bool>> = judged.iter().map(|one| one.alarm).collect();
        let per_segment: Vec<Vec<f64>> = judged.into_iter().map(|one| one.probabilities).collect();
        let count = per_segment.len() as f64;
        let mut mean = vec![0.0; self.facts.classes.len()];
        for row in &per_segment {
            for (sum, probability) in mean.iter_mut().zip(row) {
                *sum += probability / count;
            }
        }
        Ok(Scores {
            classes: self.facts.classes.clone(),
            set: self.set_of(&mean)?,
            mean,
            sizes,
            segments: per_segment.len(),
            per_segment,
            unknown: unknown.map(|scores| scores.iter().sum::<f64>() / count),
            alarm: alarms.map(|rung| most(&rung)),
        })
    }

    /// The whole segments of a recording, seen through the pipeline.
    pub(crate) fn examples(&self, samples: &[f32], rate: Hertz, context: &Context) -> Result<Examples> {
        let refuse =
            |why: String, help: String| Error::CannotScore { model: self.facts.name.clone(), why, help };
        let trained = self.rate();
        if !(rate.0.is_finite() && rate.0 >= trained.0) {
            return Err(refuse(
                format!(
                    "it was trained at {trained} and the recording was sampled at {rate}: what lies above half \
                     of that rate was never measured and cannot be made up"
                ),
                format!("record at {trained} or faster, or train a model at a lower [data] rate"),
            ));
        }
        if self.needs_kinematics() && (context.shaft.is_none() || context.orders.is_none()) {
            return Err(refuse(
                "its pipeline looks at the bearing's fault frequencies, and shaft speed or bearing is not known"
                    .to_owned(),
                "give --speed and --bearing".to_owned(),
            ));
        }
        let resampled;
        let samples = if rate == trained {
            samples
        } else {
            resampled = Resampler::new(rate, trained)?.process(samples);
            &resampled[..]
        };
        let cut = Segments::new(self.facts.segment_length, self.facts.segment_stride)?;
        let segments: Vec<Source<'_>> =
            cut.ranges(samples.len()).map(|range| (&samples[range], *context)).collect();
        if segments.is_empty() {
            let needed = cut.length as f64 / trained.0;
            return Err(refuse(
                format!(
                    "it looks at {needed:.3} s at a time ({} samples at {trained}), and the recording lasts \
                     {:.3} s",
                    cut.length,
                    samples.len() as f64 / trained.0
                ),
                format!("record at least {needed:.3} s"),
            ));
        }
        let labels = vec![0; segments.len()];
        Examples::of_segments(&self.plan, &segments, labels)
    }

    /// What each number that it looks at is, where its pipeline ends in named ones.
    pub(crate) fn number_names(&self) -> &[String] {
        self.plan.whole().number_names().unwrap_or_default()
    }

    /// The classes that may be the true one of what has these mean probabilities; `None` where no set is promised.
    pub(crate) fn set_of(&self, mean: &[f64]) -> Result<Option<Vec<u32>>> {
        let Some(sets) = self.facts.calibration.as_ref().and_then(|fitted| fitted.sets.as_ref()) else {
            return Ok(None);
        };
        let one = Probabilities::new(Rows::new(mean.len(), mean.to_vec())?)?;
        Ok(sets.sets(&one)?.into_iter().next())
    }

    /// Judges segments that were seen through its pipeline.
    pub(crate) fn scores_of(&self, examples: &Examples) -> Result<Vec<SegmentScore>> {
        let judged = self.judge.judge(examples, &self.facts.classes)?;
        let Some(calibration) = &self.facts.calibration else {
            let plain = |one: crate::judge::Judgement| SegmentScore {
                probabilities: one.probabilities,
                parts: one.parts,
                sizes: one.sizes,
                unknown: None,
                alarm: None,
            };
            return Ok(judged.into_iter().map(plain).collect());
        };
        calibration.apply(judged, &self.facts.classes, || self.judge.features(examples))
    }
}

impl ModelFacts {
    /// The schema of files that this version writes.
    pub fn schema() -> String {
        SCHEMA.to_owned()
    }

    fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!("it is of kind `{}`, this version reads `{SCHEMA}`", self.schema));
        }
        if !(self.rate_hz.is_finite() && self.rate_hz > 0.0) {
            return Err(format!("its rate is {} Hz", self.rate_hz));
        }
        if self.segment_length == 0 || self.segment_stride == 0 {
            return Err("its segments have no length or stride".to_owned());
        }
        if self.segment_length > MOST_SAMPLES {
            return Err(format!("its segments have {} samples", self.segment_length));
        }
        if self.classes.len() < 2 || self.classes.len() > MOST_CLASSES {
            return Err(format!("it tells {} classes apart", self.classes.len()));
        }
        let mut sizes: Vec<&str> = self.sizes.iter().map(|size| size.name.as_str()).collect();
        sizes.sort_unstable();
        if let Some(pair) = sizes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("two of its sizes are named `{}`", pair[0]));
        }
        if sizes.len() > MOST_CLASSES {
            return Err(format!("it tells {} sizes apart", sizes.len()));
        }
        let mut names: Vec<&str> = self.classes.iter().map(|class| class.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("two of its classes are named `{}`", pair[0])),
            None => Ok(()),
        }
    }
}

/// Whether more than half are true.
pub(crate) fn most(all: &[bool]) -> bool {
    2 * all.iter().filter(|one| **one).count() > all.len()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
