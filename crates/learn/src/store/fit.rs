//! Whether a store is that of an experiment: data set, rate, recordings by hash, what the pipeline was told of them, and
//! every segment of every fold.

use super::way::{StoredWay, steps_text, way_key};
use super::{Store, unfit};
use crate::error::Result;
use crate::experiment::{Experiment, ProtocolOptions};
use crate::feature_cache::Origin;
use crate::recordings::{AnnotatedSignal, Recordings, context_of, named, wanted_channels};
use brinell_formats::Entry;
use brinell_signal::{Hertz, Pipeline};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What was prepared of the recordings of a run.
#[derive(Debug, Clone)]
pub(crate) struct StoredSegments {
    store: Arc<Store>,
    /// The row in the store's table of each signal of the run.
    rows: Vec<usize>,
    /// Whether the run has the samples too, so that what the store lacks can be computed.
    samples: bool,
}

/// Whether a run looks at samples though its segments are prepared: it changes some of them, or tries pipelines.
fn needs_samples(experiment: &Experiment, protocols: &[&ProtocolOptions]) -> bool {
    let copies = experiment.augmentation.as_ref().is_some_and(|own| own.copies > 0);
    let noise = protocols.iter().any(|own| own.noise.is_some());
    let tuned =
        experiment.tune.as_ref().is_some_and(|own| own.space.keys().any(|key| key.starts_with("pipeline")));
    copies || noise || tuned
}

/// The recordings of an experiment: outlined by its store, if it names one, and read from a folder where the store does not
/// suffice.
pub(crate) fn recordings_with_store(
    experiment: &Experiment,
    protocols: &[&ProtocolOptions],
    folder: &Path,
) -> Result<Recordings> {
    let Some(store) = own_store(experiment)? else { return Recordings::read(experiment, protocols, folder) };
    let samples = needs_samples(experiment, protocols);
    let recordings = match samples {
        true => Recordings::read(experiment, protocols, folder)?,
        false => outlines(&store, experiment, protocols)?,
    };
    attach(store, experiment, recordings, samples)
}

/// Recordings that are in memory, with what was prepared of them, if the experiment names a store.
pub(crate) fn held_with_store(experiment: &Experiment, recordings: &Recordings) -> Result<Recordings> {
    match own_store(experiment)? {
        Some(store) => attach(store, experiment, recordings.clone(), true),
        None => Ok(recordings.clone()),
    }
}

/// The store that an experiment names, if it is of the same data at the same rate.
fn own_store(experiment: &Experiment) -> Result<Option<Store>> {
    let Some(path) = &experiment.data.store else { return Ok(None) };
    let store = Store::open(path)?;
    let own = &experiment.data;
    if store.dataset != own.dataset {
        return Err(unfit(
            path,
            format!("it holds data set {}, the experiment asks for {}", store.dataset, own.dataset),
        ));
    }
    if store.rate != own.rate {
        return Err(unfit(
            path,
            format!("it was made at {}, the experiment asks for {}", store.rate, own.rate),
        ));
    }
    Ok(Some(store))
}

/// Recordings that were prepared, each found in the store.
fn attach(
    store: Store,
    experiment: &Experiment,
    recordings: Recordings,
    samples: bool,
) -> Result<Recordings> {
    let mut rows = Vec::new();
    for signal in recordings.signals() {
        rows.push(store.row_of(signal, experiment)?);
    }
    Ok(recordings.with_store(StoredSegments { store: Arc::new(store), rows, samples }))
}

/// What the store tells of the recordings that the experiment wants. Annotations are those of the catalogue, where there is
/// one: no feature depends on a label.
fn outlines(store: &Store, experiment: &Experiment, protocols: &[&ProtocolOptions]) -> Result<Recordings> {
    let catalogue = brinell_formats::dataset(&experiment.data.dataset);
    let entries: Vec<&Entry> = match catalogue {
        Some(dataset) => experiment.data.select(dataset.catalogue.entries.iter()),
        None => {
            let mut seen = BTreeSet::new();
            let all = store.recordings.iter().map(|own| &own.entry);
            experiment.data.select(all.filter(|entry| seen.insert(entry.file.clone())))
        }
    };
    let wanted = wanted_channels(&entries, protocols, store.rate);
    let (mut signals, mut missing, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let Some(channels) = wanted.get(&entry.file) else { continue };
        for channel in channels {
            let found =
                store.recordings.iter().find(|own| own.entry.file == entry.file && own.channel == *channel);
            match found {
                Some(own) => signals.push(AnnotatedSignal::outline(entry, channel, own.samples)),
                None if store.missing.contains(&named(entry)) => missing.push(named(entry)),
                None => lacking.push(format!("{} at {channel}", named(entry))),
            }
        }
    }
    missing.dedup();
    match lacking.first() {
        Some(first) => {
            let more =
                if lacking.len() > 1 { format!(" and {} more", lacking.len() - 1) } else { String::new() };
            Err(unfit(
                &store.path,
                format!("it lacks recordings that the experiment asks for: {first}{more}"),
            ))
        }
        None => Ok(Recordings::outlined(store.rate, signals, missing)),
    }
}

impl Store {
    /// The row of a signal of a run, which has to be the one that was prepared.
    fn row_of(&self, signal: &AnnotatedSignal, experiment: &Experiment) -> Result<usize> {
        let file = &signal.entry.file;
        let same = |own: &super::StoredRecording| own.entry.file == *file && own.channel == signal.sensor;
        let Some(row) = self.recordings.iter().position(same) else {
            return Err(unfit(&self.path, format!("it lacks recording {file} at {}", signal.sensor)));
        };
        let own = &self.recordings[row];
        let different = if own.entry.sha256 != signal.entry.sha256 {
            Some(format!("its SHA-256 was {}, and is {}", own.entry.sha256, signal.entry.sha256))
        } else if own.samples != signal.length {
            Some(format!("it had {} samples, and has {}", own.samples, signal.length))
        } else {
            super::recording_table::told_otherwise(&own.context, &context_of(experiment, signal))
        };
        match different {
            Some(what) => Err(unfit(&self.path, format!("it was made of another recording {file}: {what}"))),
            None => Ok(row),
        }
    }

    /// What stands against a way that is not here, in words.
    fn lacks_way(&self, pipeline: &Pipeline, length: usize) -> Result<String> {
        let lengths: BTreeSet<usize> = self.ways.iter().map(|own| own.length).collect();
        if !lengths.contains(&length) {
            let found: Vec<String> = lengths.iter().map(ToString::to_string).collect();
            let found = found.join(" and of ");
            return Ok(format!("it holds segments of {found} samples, the experiment asks for {length}"));
        }
        let wanted = steps_text(pipeline)?;
        let found: Vec<&str> =
            self.ways.iter().filter(|own| own.length == length).map(|own| own.steps.as_str()).collect();
        Ok(format!("it was made by another pipeline: {}, the experiment's is {wanted}", found.join(" and ")))
    }
}

impl StoredSegments {
    /// Whether the run has the samples too.
    pub(crate) fn has_samples(&self) -> bool {
        self.samples
    }

    /// The features of segments and their rows there. `None` where the store lacks them and they can be computed.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store) where they cannot, with what differs.
    pub(crate) fn find(
        &self,
        pipeline: &Pipeline,
        rate: Hertz,
        length: usize,
        segments: &[Origin],
    ) -> Result<Option<(Arc<StoredWay>, Vec<usize>)>> {
        match self.look(pipeline, rate, length, segments) {
            Err(_) if self.samples => Ok(None),
            looked => looked.map(Some),
        }
    }

    /// The same; what is not there is an error in any case.
    pub(crate) fn look(
        &self,
        pipeline: &Pipeline,
        rate: Hertz,
        length: usize,
        segments: &[Origin],
    ) -> Result<(Arc<StoredWay>, Vec<usize>)> {
        let key = way_key(pipeline, rate, length)?;
        let store = &self.store;
        let Some(way) = store.ways.iter().find(|own| own.key == key) else {
            return Err(unfit(&store.path, store.lacks_way(pipeline, length)?));
        };
        let mut rows = Vec::with_capacity(segments.len());
        for (place, start) in segments {
            let recording = self.rows[*place];
            let Some(row) = way.row((recording, *start)) else {
                let file = &store.recordings[recording].entry.file;
                let why = format!(
                    "it was cut otherwise: the experiment asks for {length} samples of recording {file} from {start} on"
                );
                return Err(unfit(&store.path, why));
            };
            rows.push(row);
        }
        Ok((Arc::clone(way), rows))
    }
}
