//! An experiment: one TOML file that says which recordings, cut how, seen through which pipeline, learned
//! by which net, measured by which protocols.

use crate::adaptation::{Adaptation, check_sense};
use crate::augmentation::AugmentationOptions;
use crate::baseline::Baseline;
use crate::calibration_options::CalibrationOptions;
use crate::config_text::{ConfigText, unknown_word};
use crate::error::{Error, Result};
use crate::final_model::FinalOptions;
use crate::model::Model;
use crate::net_check;
use crate::option_mistake::written;
use crate::protocol::{Protocol, sensors};
use crate::select::DataOptions;
use crate::test_noise::TestNoise;
use crate::training_options::{Keep, TrainingOptions};
use crate::tune::{self, TuneOptions};
use brinell_signal::{Pipeline, Seconds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// Why adabn and held-out bearings of the source do not go together.
const NOT_BY_SOURCE: &str = "adabn judges with the statistics of the target, so that bearings held out of the source tell \
                             nothing of how sure the net may be: leave this out, or choose another adaptation";
/// Why more than a temperature is not told by bearings of the source.
const ONLY_A_TEMPERATURE: &str = "of nets that are adapted, bearings held out of the source tell a temperature at most: set \
                                  method = \"temperature\" or \"none\", or leave the adaptation out";
/// Why adaptation and the choice by held-out bearings do not go together.
const NOT_ADAPTED: &str = "what bearings held out of training tell is of nets that are not adapted to them: leave this out, \
                           or the adaptation";
/// Fewest samples in a segment.
const SHORTEST: usize = 16;

/// One experiment. Every field can be changed in code after loading; [`Experiment::check`] looks again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Short name, made of letters, digits, `-`, `_` and `.`: names runs and models.
    pub name: String,
    /// What it is about, for people.
    #[serde(default)]
    pub title: String,
    /// Which recordings.
    pub data: DataOptions,
    /// How they are cut, unless a protocol says otherwise.
    pub segments: SegmentOptions,
    /// How the net is trained.
    pub training: TrainingOptions,
    /// What learns: a net, by the name of an architecture or of a published setting of one, or a learner on numbers.
    pub model: Model,
    /// What is made of training segments besides. Left out: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<AugmentationOptions>,
    /// What is fitted on bearings that are held out inside the training side. Left out: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationOptions>,
    /// What every fold chooses for itself by its held-out bearings. Left out: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tune: Option<TuneOptions>,
    /// One model from all recordings, made after the protocols have measured. Left out: none.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub final_model: Option<FinalOptions>,
    /// What is done to a segment before the net sees it.
    pub pipeline: Pipeline,
    /// Other models that are measured in the same way.
    #[serde(default, rename = "baseline", skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
    /// How it is measured; each protocol is run with all its folds and all seeds.
    #[serde(rename = "protocol")]
    pub protocols: Vec<ProtocolOptions>,
}

/// How a recording is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentOptions {
    /// Samples in a segment, at the experiment's rate.
    pub length: usize,
    /// Distance of the starts of two segments in validation and test, in samples.
    pub stride: usize,
    /// The same in training; smaller than `length` to show a net overlapping segments. Segments of
    /// different parts never overlap. Left out: `stride`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_stride: Option<usize>,
    /// Use only the stretch that the first so many segments at `stride` cover. Left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
}

/// One protocol of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolOptions {
    /// Which one.
    pub name: Protocol,
    /// The channel that is read; the label belongs to the bearing under this sensor. The protocols that read both
    /// ends take both, joined by `+`: `DE+FE`.
    pub sensor: String,
    /// Only these folds; left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<Vec<String>>,
    /// Another number of epochs than `[training]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// What is set apart for validation, in protocols with unseen bearings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ValidationUnit>,
    /// Another cut than `[segments]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentOptions>,
    /// Noise that is added to the test part; training and validation stay as recorded. Left out: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<TestNoise>,
    /// Another adaptation than `[training]` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<Adaptation>,
}

/// What a protocol with unseen bearings sets apart from its training side for validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidationUnit {
    /// The recordings at the highest load of every training bearing: known bearings, another recording.
    #[default]
    Load,
    /// One training size of every group of bearings: unknown bearings, at the price of half the training data.
    Size,
}

impl ProtocolOptions {
    /// A protocol with its defaults, read at one sensor.
    pub fn new(name: Protocol, sensor: &str) -> Self {
        let sensor = sensor.to_owned();
        ProtocolOptions {
            name,
            sensor,
            folds: None,
            epochs: None,
            validation: None,
            segments: None,
            noise: None,
            adaptation: None,
        }
    }
}

impl SegmentOptions {
    /// Distance of two training segments.
    pub fn training_stride(&self) -> usize {
        self.training_stride.unwrap_or(self.stride)
    }
}

impl Experiment {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Config`] with every mistake that was found, its place and a hint.
    pub fn load(path: &Path) -> Result<Experiment> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads and checks a text; `name` stands for it in messages.
    ///
    /// # Errors
    /// [`Error::Config`] with every mistake that was found.
    pub fn parse(text: &str, name: &str) -> Result<Experiment> {
        let mut source = ConfigText::parse(text, name)?;
        let sound_steps = source.check_steps();
        let net = |value: &Value| written(Model::deserialize(value));
        let sound_net = source.check_options("model", &net, "name = \"cnn\"");
        source.check_options("augmentation", &|value| written(AugmentationOptions::deserialize(value)), "");
        source.check_options("calibration", &|value| written(CalibrationOptions::deserialize(value)), "");
        source.check_options("training", &|value| written(TrainingOptions::deserialize(value)), "");
        let sound_tune = source.check_options("tune", &tune::without_space, "");
        let experiment = source.read::<Experiment>();
        for (path, message) in experiment.as_ref().map(Experiment::check).unwrap_or_default() {
            // What is wrong with a pipeline without its faulty steps, or with a net without its wrong keys, says
            // nothing about the one that was meant.
            let told = match path.as_str() {
                "pipeline" => sound_steps,
                "model" => sound_steps && sound_net,
                path if path.starts_with("model.") => sound_net,
                path if path.starts_with("tune.") => sound_tune,
                _ => true,
            };
            if told {
                source.complain(&path, message);
            }
        }
        source.finish()?;
        experiment.ok_or_else(|| {
            Error::data(
                format!("{name} could not be read"),
                "no reason was given",
                "compare it with a file in configs/",
            )
        })
    }

    /// The experiment as TOML, every default written out.
    ///
    /// # Errors
    /// [`Error::Data`] when a value cannot be written as TOML (an integer above 2^63 - 1).
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| {
            Error::data("the experiment cannot be written as TOML", error.to_string(), "use smaller numbers")
        })
    }

    /// The cut that `protocol` uses.
    pub fn segments_of(&self, protocol: &ProtocolOptions) -> SegmentOptions {
        protocol.segments.unwrap_or(self.segments)
    }

    /// How nets are adapted under `protocol`, if they are.
    pub fn adaptation_of<'a>(&'a self, protocol: &'a ProtocolOptions) -> Option<&'a Adaptation> {
        protocol.adaptation.as_ref().or(self.training.adaptation.as_ref())
    }

    /// The name of a protocol's folder: its name, with the sensor when two entries share it, its noise and adaptation.
    pub fn folder_of(&self, protocol: &ProtocolOptions) -> String {
        let shared = self.protocols.iter().filter(|other| other.name == protocol.name).count() > 1;
        let mut name = protocol.name.to_string();
        if shared {
            name = format!("{name}-{}", protocol.sensor.to_lowercase());
        }
        if let Some(noise) = &protocol.noise {
            name = format!("{name}-{}", noise.folder_word());
        }
        match self.adaptation_of(protocol) {
            Some(adaptation) => format!("{name}-{}", adaptation.name()),
            None => name,
        }
    }

    /// Every value that is out of range: the path of its key and what is wrong. Empty when all is well.
    pub fn check(&self) -> Vec<(String, String)> {
        let mut found = Complaints::default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(plain) {
            found.add(
                "name",
                "name must be made of letters, digits, `-`, `_`, `.`, not start with `.`".into(),
            );
        }
        self.data.check(&mut found);
        check_segments(&self.segments, "segments", &mut found);
        self.training.check(&mut found);
        if let Some(augmentation) = &self.augmentation {
            augmentation.check(&mut found);
        }
        if let Some(calibration) = &self.calibration {
            calibration.check(&mut found);
        }
        if let Some(tune) = &self.tune {
            tune.check(self, &mut found);
        }
        if let Some(own) = &self.final_model {
            own.check(self, &mut found);
        }
        self.check_baselines(&mut found);
        if self.protocols.is_empty() {
            found.add("protocol", "at least one [[protocol]] is needed".into());
        }
        let mut inputs = Vec::new();
        for (at, protocol) in self.protocols.iter().enumerate() {
            self.check_protocol(at, protocol, &mut inputs, &mut found);
        }
        if self.training.also.size.is_some() && self.model.net().is_none() {
            let message = "only a net learns the size of a fault beside its class; choose a net, or leave also.size out";
            found.add("training.also.size", message.to_owned());
        }
        for (shape, whose) in inputs {
            match &self.model {
                Model::Net(net) => net_check::check(net, &shape, &whose, &mut found),
                Model::Learner(learner) => {
                    let wrong = learner.check().into_iter();
                    wrong.for_each(|(key, message)| found.add(&format!("model.{key}"), message));
                }
            }
        }
        found.0
    }

    /// Looks at one protocol; `inputs` takes the shape that its examples have for the net, and its name.
    fn check_protocol(
        &self,
        at: usize,
        protocol: &ProtocolOptions,
        inputs: &mut Vec<(Vec<usize>, String)>,
        found: &mut Complaints,
    ) {
        let path = |key: &str| format!("protocol.{at}.{key}");
        let before = &self.protocols[..at];
        let same = |other: &&ProtocolOptions| {
            let word = |own| self.adaptation_of(own).map(Adaptation::name);
            other.name == protocol.name
                && other.sensor == protocol.sensor
                && other.noise == protocol.noise
                && word(other) == word(protocol)
        };
        if before.iter().any(|other| same(&other)) {
            found.add(&path("name"), format!("{} at {} is there twice", protocol.name, protocol.sensor));
        }
        if protocol.validation.is_some() && !protocol.name.takes_validation_unit() {
            let takers: Vec<&str> = Protocol::ALL
                .into_iter()
                .filter(|one| one.takes_validation_unit())
                .map(Protocol::name)
                .collect();
            let message = format!("validation belongs to {}, not to {}", takers.join(", "), protocol.name);
            found.add(&path("validation"), message);
        }
        found.at_least(&path("epochs"), "epochs", protocol.epochs.unwrap_or(1), 1);
        if let Some(noise) = &protocol.noise {
            noise.check(&path("noise"), self.data.rate, found);
        }
        if let Some(adaptation) = self.adaptation_of(protocol) {
            let own = path("adaptation");
            let place = if protocol.adaptation.is_some() { own.as_str() } else { "training.adaptation" };
            adaptation.check(place, protocol.epochs.unwrap_or(self.training.epochs), found);
            if let Some(message) = check_sense(adaptation, protocol.name, protocol.noise.is_some()) {
                found.add(place, message);
            }
            let adapts_norms = matches!(adaptation, Adaptation::AdaBn(_));
            let method = self.calibration.as_ref().map(|own| own.method);
            let apart = [
                (
                    "model",
                    self.model.net().is_none(),
                    "only a net can be adapted; choose one, or leave the adaptation out",
                ),
                ("calibration", self.calibration.is_some() && adapts_norms, NOT_BY_SOURCE),
                ("calibration.method", method.is_some_and(|own| !own.suits_adapted()), ONLY_A_TEMPERATURE),
                ("tune", self.tune.is_some(), NOT_ADAPTED),
            ];
            for (key, _, message) in apart.into_iter().filter(|(_, wrong, _)| *wrong) {
                found.add(key, message.to_owned());
            }
            if self.training.keep == Some(Keep::Best) {
                let message = format!(
                    "keep must be \"last\" with {}, or left out: the validation part is not of the target, and says nothing \
                     of how well a net is adapted to it",
                    adaptation.name()
                );
                found.add("training.keep", message);
            }
        }
        let known = self.data.known_sensors();
        for sensor in sensors(&protocol.sensor) {
            if !known.is_empty() && !known.iter().any(|one| one == sensor) {
                found.add(&path("sensor"), unknown_word("sensor", sensor, &known));
            }
        }
        if protocol.name.reads_both_ends() && sensors(&protocol.sensor).count() < 2 {
            let message = format!("{} reads both ends: name both sensors, such as `DE+FE`", protocol.name);
            found.add(&path("sensor"), message);
        }
        let segments = self.segments_of(protocol);
        if let Some(own) = &protocol.segments {
            check_segments(own, &path("segments"), found);
        }
        let dealt = matches!(protocol.name, Protocol::RandomWindow | Protocol::LoadToLoad);
        if dealt && segments.stride < segments.length {
            let place =
                if protocol.segments.is_some() { path("segments.stride") } else { "segments.stride".into() };
            found.add(
                &place,
                format!(
                    "stride must be >= length ({}) for {}, found {}: overlapping windows would share samples between \
                     the parts that they are dealt to",
                    segments.length, protocol.name, segments.stride
                ),
            );
        }
        if segments.length < SHORTEST {
            return; // complained about already
        }
        match self.pipeline.plan(self.data.rate, segments.length) {
            Err(error) => found.add("pipeline", format!("for {}: {error}", protocol.name)),
            Ok(plan) => {
                let without_orders =
                    sensors(&protocol.sensor).filter(|sensor| !self.data.sensors.contains_key(*sensor));
                for sensor in without_orders.filter(|_| plan.needs_kinematics()) {
                    let message = format!(
                        "the pipeline needs the fault orders of the bearing under {sensor}: give \
                         [data.sensors.{sensor}.orders] bpfi, bpfo, bsf, ftf"
                    );
                    found.add("pipeline", message);
                }
                let shape = crate::examples::network_shape(plan.output_shape());
                match inputs.iter_mut().find(|(other, _)| *other == shape) {
                    Some((_, names)) => *names = format!("{names}, {}", protocol.name),
                    None => inputs.push((shape, protocol.name.to_string())),
                }
            }
        }
    }

    /// Length of a segment in time, for messages.
    pub fn segment_duration(&self, segments: &SegmentOptions) -> Seconds {
        Seconds(segments.length as f64 / self.data.rate.0)
    }
}

fn check_segments(segments: &SegmentOptions, path: &str, found: &mut Complaints) {
    found.at_least(&format!("{path}.length"), "length", segments.length, SHORTEST);
    found.at_least(&format!("{path}.stride"), "stride", segments.stride, 1);
    found.at_least(
        &format!("{path}.training_stride"),
        "training_stride",
        segments.training_stride.unwrap_or(1),
        1,
    );
    found.at_least(&format!("{path}.most"), "most", segments.most.unwrap_or(1), 1);
}

/// Values out of range, in the order they were met.
#[derive(Default)]
pub(crate) struct Complaints(Vec<(String, String)>);

impl Complaints {
    pub(crate) fn add(&mut self, path: &str, message: String) {
        let complaint = (path.to_owned(), message);
        if !self.0.contains(&complaint) {
            self.0.push(complaint);
        }
    }

    pub(crate) fn at_least(&mut self, path: &str, key: &str, value: usize, least: usize) {
        if value < least {
            self.add(path, format!("{key} must be >= {least}, found {value}"));
        }
    }

    pub(crate) fn within(&mut self, path: &str, key: &str, value: f64, range: std::ops::RangeInclusive<f64>) {
        if !range.contains(&value) {
            let (low, high) = (range.start(), range.end());
            self.add(path, format!("{key} must be >= {low} and <= {high}, found {value}"));
        }
    }
}
