//! An experiment into a store: its recordings are read a few at a time, cut as its folds need it, seen through its
//! pipelines, and written in order. The bytes do not depend on the number of threads.

use super::growing::{GrowingFile, GrowingRows};
use super::recording_table::{self, StoredRecording, column, text_column};
use super::{PROGRAM, SCHEMA};
use crate::error::{Error, Result};
use crate::examples::Source;
use crate::experiment::{Experiment, ProtocolOptions};
use crate::feature_cache::Origin;
use crate::feature_plan::{FeaturePlan, ModesOn};
use crate::final_model::final_job;
use crate::job::Job;
use crate::plan::jobs;
use crate::recordings::{AnnotatedSignal, AtHand, Recordings, context_of};
use crate::run::check;
use crate::run_folder::RunFolder;
use brinell_model::{Gpu, Hardware};
use brinell_signal::Pipeline;
use hdf5_writer::{AttributeBuilder, Hdf5Builder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How to prepare a store.
#[derive(Debug, Clone, Default)]
pub struct PrepareOptions {
    /// Where the recordings lie.
    pub data_folder: PathBuf,
    /// The file.
    pub store: PathBuf,
    /// Set it to end; nothing is left then.
    pub stop: Option<Arc<AtomicBool>>,
    /// A device that is open: a GPU does the `vmd` step of pipelines. Left out: the CPU.
    pub device: Option<Hardware>,
}

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedStore {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Channels of recordings.
    pub channels: usize,
    /// What was prepared each way.
    pub ways: Vec<PreparedWay>,
    /// Recordings that were wanted and not at hand.
    pub missing: Vec<String>,
}

/// What was prepared one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedWay {
    /// Samples in a segment.
    pub length: usize,
    /// Segments.
    pub segments: usize,
    /// The shape of what was made of one.
    pub shape: Vec<usize>,
    /// Where modes were made; none where no GPU was asked for, or no step makes modes.
    pub modes_on: Option<ModesOn>,
}

/// One way of preparing, and the segments that folds look at: place of the recording and first sample.
struct WantedWay {
    pipeline: Pipeline,
    length: usize,
    plan: FeaturePlan,
    segments: BTreeSet<Origin>,
}

/// Prepares what an experiment looks at from the recordings of a data folder. `told` hears how many channels are done, and
/// of how many.
///
/// # Errors
/// As [`train`](crate::train) before it trains; [`Error::Stopped`] when it was stopped; [`Error::Io`] when the file cannot be
/// written. The file is there whole or not at all.
pub fn prepare_store(
    experiment: &Experiment,
    options: &PrepareOptions,
    told: &mut dyn FnMut(usize, usize),
) -> Result<PreparedStore> {
    check(experiment)?;
    let protocols: Vec<&ProtocolOptions> = experiment.protocols.iter().collect();
    let at_hand = AtHand::find(experiment, &protocols, &options.data_folder)?;
    let outline = Recordings::outline(&at_hand)?;
    let mut preparing =
        Preparing::begin(experiment, &outline, options, |signal| at_hand.path_of(&signal.entry))?;
    for files in at_hand.files.chunks(rayon::current_num_threads()) {
        for signal in at_hand.read(files)? {
            preparing.add(&signal)?;
            told(preparing.done, outline.signals().len());
        }
    }
    preparing.finish()
}

/// The same of recordings that are in memory.
///
/// # Errors
/// As [`prepare_store`].
pub fn prepare_store_of(
    experiment: &Experiment,
    recordings: &Recordings,
    options: &PrepareOptions,
) -> Result<PreparedStore> {
    check(experiment)?;
    let mut preparing = Preparing::begin(experiment, recordings, options, |_| None)?;
    for signal in recordings.signals() {
        preparing.add(signal)?;
    }
    preparing.finish()
}

/// The ways of an experiment, of its baselines and of its final model.
fn wanted_ways(
    experiment: &Experiment,
    recordings: &Recordings,
    gpu: Option<&Gpu>,
) -> Result<Vec<WantedWay>> {
    let nowhere = RunFolder::at(Path::new(""));
    let mut ways = Vec::new();
    let derived = experiment.baselines.iter().map(|own| experiment.of_baseline(own));
    for experiment in std::iter::once(experiment.clone()).chain(derived) {
        let protocols: Vec<&ProtocolOptions> = experiment.protocols.iter().collect();
        let mut all = jobs(&experiment, recordings, &protocols, &nowhere)?;
        if let Some(own) = &experiment.final_model {
            all.push(final_job(own, &experiment, recordings, &nowhere));
        }
        for job in &all {
            add_job(&mut ways, job, &experiment, gpu)?;
        }
    }
    Ok(ways)
}

/// Adds the segments of one fold.
fn add_job(ways: &mut Vec<WantedWay>, job: &Job, experiment: &Experiment, gpu: Option<&Gpu>) -> Result<()> {
    let (pipeline, rate, length) = (&experiment.pipeline, experiment.data.rate, job.cut.length);
    let same = |own: &WantedWay| own.length == length && own.pipeline == *pipeline;
    let at = match ways.iter().position(same) {
        Some(at) => at,
        None => {
            let plan = FeaturePlan::new(pipeline, rate, length, gpu)?;
            let pipeline = pipeline.clone();
            ways.push(WantedWay { pipeline, length, plan, segments: BTreeSet::new() });
            ways.len() - 1
        }
    };
    ways[at].segments.extend(job.origins());
    Ok(())
}

/// A store that is being made.
struct Preparing<'a> {
    experiment: &'a Experiment,
    outline: &'a Recordings,
    options: &'a PrepareOptions,
    ways: Vec<WantedWay>,
    file: GrowingFile,
    done: usize,
}

impl<'a> Preparing<'a> {
    fn begin(
        experiment: &'a Experiment,
        outline: &'a Recordings,
        options: &'a PrepareOptions,
        path_of: impl Fn(&AnnotatedSignal) -> Option<PathBuf>,
    ) -> Result<Self> {
        let gpu = options.device.as_ref().and_then(Hardware::gpu);
        let ways = wanted_ways(experiment, outline, gpu)?;
        let path = &options.store;
        let failed = |error: hdf5_writer::Error| super::growing::unwritable(path, error.to_string());
        let row = |signal: &AnnotatedSignal| {
            StoredRecording::new(signal, path_of(signal).as_deref(), context_of(experiment, signal))
        };
        let rows: Vec<StoredRecording> = outline.signals().iter().map(row).collect();
        let text = |name: &str, value: &str| AttributeBuilder::fixed_string(name, value);
        let mut small = Hdf5Builder::new()
            .attribute(text("schema", SCHEMA))
            .attribute(text("program", PROGRAM))
            .attribute(text("dataset", &experiment.data.dataset))
            .attribute(AttributeBuilder::scalar("rate_hz", experiment.data.rate.0).map_err(failed)?)
            .dataset(text_column("experiment", &[experiment.to_toml()?], path)?);
        if !outline.missing().is_empty() {
            small = small.dataset(text_column("missing", outline.missing(), path)?);
        }
        small = recording_table::write(small, &rows, path)?;
        let mut sets = Vec::new();
        for (at, way) in ways.iter().enumerate() {
            let group = format!("ways/{at}");
            let segments: Vec<u64> =
                way.segments.iter().flat_map(|(place, start)| [*place as u64, *start as u64]).collect();
            small = small.dataset(column(&format!("{group}/segments"), &segments, 2, path)?);
            for one in [
                text("pipeline", &pipeline_toml(&way.pipeline)?),
                text("steps", &super::way::steps_text(&way.pipeline)?),
                AttributeBuilder::scalar("segment_length", way.length as u64).map_err(failed)?,
            ] {
                small = small.group_attribute(group.clone(), one);
            }
            if let Some(ModesOn::Gpu(name)) = way.plan.modes_on() {
                small = small.group_attribute(group.clone(), text("modes_on", name));
            }
            let mut shape = vec![way.segments.len() as u64];
            shape.extend(way.plan.whole().output_shape().iter().map(|length| *length as u64));
            let axes: Vec<String> =
                way.plan.whole().output_axes().iter().map(|axis| axis.quantity.label().to_owned()).collect();
            let axes = format!("segment; {}", axes.join("; "));
            sets.push(GrowingRows { name: format!("{group}/features"), shape, axes });
        }
        let file = GrowingFile::begin(path, small, &sets)?;
        Ok(Preparing { experiment, outline, options, ways, file, done: 0 })
    }

    /// The next signal of the outline, with its samples.
    fn add(&mut self, signal: &AnnotatedSignal) -> Result<()> {
        let outlined = &self.outline.signals()[self.done];
        if outlined.length != signal.length {
            return Err(Error::data(
                format!("recording {} is not as catalogued", signal.entry.file),
                format!(
                    "it should have {} samples at {} and has {}",
                    outlined.length,
                    self.outline.rate(),
                    signal.length
                ),
                "correct `samples` in the catalogue",
            ));
        }
        let context = context_of(self.experiment, signal);
        for (number, way) in self.ways.iter().enumerate() {
            let own: Vec<usize> =
                way.segments.range((self.done, 0)..(self.done + 1, 0)).map(|(_, start)| *start).collect();
            for starts in own.chunks(way.plan.at_once()) {
                if self.options.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                    return Err(Error::Stopped { what: self.options.store.clone() });
                }
                let segment =
                    |start: &usize| -> Source<'_> { (&signal.samples[*start..start + way.length], context) };
                let values = way.plan.process_many(&starts.iter().map(segment).collect::<Vec<_>>())?;
                if let Some(at) = values.iter().position(|value| value.is_nan()) {
                    let start = starts[at / way.plan.whole().output_len().max(1)];
                    return Err(Error::data(
                        format!("recording {} cannot be prepared", signal.entry.file),
                        format!("the pipeline made no number of its samples {start}..+{}", way.length),
                        "look at these samples, or leave the recording out with [data] records",
                    ));
                }
                self.file.append(number, &values)?;
            }
        }
        self.done += 1;
        Ok(())
    }

    fn finish(self) -> Result<PreparedStore> {
        let path = self.options.store.clone();
        self.file.finish()?;
        let bytes = path.metadata().map_err(Error::io("read", &path))?.len();
        let prepared = |way: &WantedWay| PreparedWay {
            length: way.length,
            segments: way.segments.len(),
            shape: way.plan.whole().output_shape().to_vec(),
            modes_on: way.plan.modes_on().cloned(),
        };
        Ok(PreparedStore {
            path,
            bytes,
            channels: self.done,
            ways: self.ways.iter().map(prepared).collect(),
            missing: self.outline.missing().to_vec(),
        })
    }
}

/// The steps as they stand in an experiment.
fn pipeline_toml(pipeline: &Pipeline) -> Result<String> {
    #[derive(serde::Serialize)]
    struct Steps<'a> {
        pipeline: &'a Pipeline,
    }
    toml::to_string(&Steps { pipeline }).map_err(|error| {
        Error::data("a pipeline cannot be written", error.to_string(), "use smaller numbers")
    })
}
