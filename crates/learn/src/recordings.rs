//! The recordings of an experiment, read, checked against the catalogue and brought to one rate.

use crate::error::{Error, Result};
use crate::experiment::{Experiment, ProtocolOptions};
use crate::protocol::Signal;
use crate::store::StoredSegments;
use brinell_formats::{Dataset, Entry, find_dataset};
use brinell_signal::{Context, Hertz, filter::Resampler};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One channel of one recording in memory.
#[derive(Debug, Clone)]
pub struct AnnotatedSignal {
    /// What is known about the recording.
    pub entry: Entry,
    /// The channel.
    pub sensor: String,
    /// Its samples, at the rate of the [`Recordings`]; empty where only its outline is known, because a run reads what was
    /// prepared of it.
    pub samples: Arc<[f32]>,
    /// How many samples it has.
    pub(crate) length: usize,
}

impl AnnotatedSignal {
    /// A channel of which only the length is known.
    pub(crate) fn outline(entry: &Entry, sensor: &str, length: usize) -> AnnotatedSignal {
        AnnotatedSignal { entry: entry.clone(), sensor: sensor.to_owned(), samples: Arc::default(), length }
    }
}

/// Recordings with their annotations, all at one rate.
#[derive(Debug, Clone)]
pub struct Recordings {
    rate: Hertz,
    signals: Vec<AnnotatedSignal>,
    missing: Vec<String>,
    stored: Option<StoredSegments>,
}

/// The recordings of an experiment in a folder: those at hand, with the channels that are wanted, and those that are not.
pub(crate) struct AtHand<'a> {
    dataset: &'static Dataset,
    folder: &'a Path,
    pub(crate) files: Vec<(&'static Entry, BTreeSet<String>)>,
    missing: Vec<String>,
    rate: Hertz,
}

impl<'a> AtHand<'a> {
    /// Looks for what the protocols of an experiment need.
    pub(crate) fn find(
        experiment: &Experiment,
        protocols: &[&ProtocolOptions],
        folder: &'a Path,
    ) -> Result<AtHand<'a>> {
        let dataset = find_dataset(&experiment.data.dataset)?;
        let entries = experiment.data.select(dataset.catalogue.entries.iter());
        let rate = experiment.data.rate;
        let wanted = wanted_channels(&entries, protocols, rate);
        let needed = entries.iter().filter_map(|entry| Some((*entry, wanted.get(&entry.file)?.clone())));
        let here = |entry: &Entry| dataset.path_of(entry, folder).is_some();
        let (files, absent): (Vec<_>, Vec<_>) = needed.partition(|(entry, _)| here(entry));
        let missing: Vec<String> = absent.iter().map(|(entry, _)| named(entry)).collect();
        if files.is_empty() {
            return Err(Error::data(
                format!("no recording of {} is in {}", dataset.name, folder.display()),
                format!("{} recordings are wanted, none was found", missing.len()),
                format!("brinell data fetch {}, or name the folder with --data-dir", dataset.name),
            ));
        }
        Ok(AtHand { dataset, folder, files, missing, rate })
    }

    /// Reads some of the files, side by side.
    pub(crate) fn read(&self, files: &[(&'static Entry, BTreeSet<String>)]) -> Result<Vec<AnnotatedSignal>> {
        let one = |(entry, sensors): &(&'static Entry, BTreeSet<String>)| {
            read_signals(self.dataset, entry, self.folder, sensors, self.rate)
        };
        let read: Vec<Result<Vec<AnnotatedSignal>>> = files.par_iter().map(one).collect();
        let mut signals = Vec::new();
        for file in read {
            signals.extend(file?);
        }
        Ok(signals)
    }

    /// Where a recording lies.
    pub(crate) fn path_of(&self, entry: &Entry) -> Option<PathBuf> {
        self.dataset.path_of(entry, self.folder)
    }
}

/// A recording in messages.
pub(crate) fn named(entry: &Entry) -> String {
    format!("{} ({})", entry.file, entry.label)
}

/// The channels of each file that the protocols read.
pub(crate) fn wanted_channels(
    entries: &[&Entry],
    protocols: &[&ProtocolOptions],
    rate: Hertz,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut wanted = BTreeMap::<String, BTreeSet<String>>::new();
    for protocol in protocols {
        for signal in protocol.name.signals(entries, &protocol.sensor, rate) {
            wanted.entry(signal.file).or_default().insert(signal.sensor);
        }
    }
    wanted
}

impl Recordings {
    /// Reads what the protocols of an experiment need from a data folder, each file checked against its
    /// SHA-256 in the catalogue. Recordings that are not there are listed by [`Recordings::missing`].
    ///
    /// # Errors
    /// [`Error::Formats`] when the data set is not known, or a file is damaged or not the catalogued one;
    /// [`Error::Data`] when nothing is there, or a recording is slower than the experiment's rate.
    pub fn read(
        experiment: &Experiment,
        protocols: &[&ProtocolOptions],
        folder: &Path,
    ) -> Result<Recordings> {
        let at_hand = AtHand::find(experiment, protocols, folder)?;
        let signals = at_hand.read(&at_hand.files)?;
        Ok(Recordings { rate: at_hand.rate, signals, missing: at_hand.missing, stored: None })
    }

    /// What is known of the recordings at hand without their samples. A file is read only where the catalogue does not
    /// say how long it is.
    pub(crate) fn outline(at_hand: &AtHand<'_>) -> Result<Recordings> {
        let mut signals = Vec::new();
        for file in &at_hand.files {
            let (entry, sensors) = file;
            match entry.samples {
                Some(samples) => signals.extend(sensors.iter().map(|sensor| {
                    let length = length_at(samples, entry, at_hand.rate);
                    AnnotatedSignal::outline(entry, sensor, length)
                })),
                None => {
                    let read = at_hand.read(std::slice::from_ref(file))?;
                    let outlined =
                        |one: &AnnotatedSignal| AnnotatedSignal::outline(entry, &one.sensor, one.length);
                    signals.extend(read.iter().map(outlined));
                }
            }
        }
        let missing = at_hand.missing.clone();
        Ok(Recordings { rate: at_hand.rate, signals, missing, stored: None })
    }

    /// The recordings that a store was prepared from, without their samples.
    pub(crate) fn outlined(rate: Hertz, signals: Vec<AnnotatedSignal>, missing: Vec<String>) -> Recordings {
        Recordings { rate, signals, missing, stored: None }
    }

    /// The same, with what was prepared of them.
    pub(crate) fn with_store(self, stored: StoredSegments) -> Recordings {
        Recordings { stored: Some(stored), ..self }
    }

    /// What was prepared of them, if a run reads it.
    pub(crate) fn stored(&self) -> Option<&StoredSegments> {
        self.stored.as_ref()
    }

    /// Recordings that are in memory already, e.g. simulated ones: annotations, channel, samples at the rate of
    /// the entry.
    ///
    /// # Errors
    /// [`Error::Data`] when one was recorded slower than `rate`, [`Error::Signal`] when it cannot be resampled.
    pub fn in_memory(rate: Hertz, signals: Vec<(Entry, String, Vec<f32>)>) -> Result<Recordings> {
        let bring = |(entry, sensor, samples): (Entry, String, Vec<f32>)| {
            let samples = at_rate(&samples, &entry, rate)?;
            Ok(AnnotatedSignal { length: samples.len(), entry, sensor, samples })
        };
        let signals = signals.into_iter().map(bring).collect::<Result<_>>()?;
        Ok(Recordings { rate, signals, missing: Vec::new(), stored: None })
    }

    /// The rate of all signals.
    pub fn rate(&self) -> Hertz {
        self.rate
    }

    /// The signals.
    pub fn signals(&self) -> &[AnnotatedSignal] {
        &self.signals
    }

    /// Wanted recordings that are not at hand, as `file (label)`, in the order of the catalogue.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// How many recordings are at hand.
    pub fn count(&self) -> usize {
        self.signals.iter().map(|signal| &signal.entry.file).collect::<BTreeSet<_>>().len()
    }

    /// The signals that a protocol uses, in the order of the catalogue, with their place in
    /// [`Recordings::signals`] and their true lengths. Which of several positions is preferred depends on the
    /// catalogue, not on what is at hand.
    pub(crate) fn for_protocol(
        &self,
        experiment: &Experiment,
        protocol: &ProtocolOptions,
    ) -> (Vec<Signal>, Vec<usize>) {
        let own: Vec<&Entry> = self.signals.iter().map(|signal| &signal.entry).collect();
        let catalogue = brinell_formats::dataset(&experiment.data.dataset);
        let entries = match catalogue {
            Some(dataset) => experiment.data.select(dataset.catalogue.entries.iter()),
            None => {
                let mut seen = BTreeSet::new();
                experiment.data.select(own.into_iter().filter(|entry| seen.insert(entry.file.clone())))
            }
        };
        let mut chosen = (Vec::new(), Vec::new());
        for mut signal in protocol.name.signals(&entries, &protocol.sensor, self.rate) {
            let place = self
                .signals
                .iter()
                .position(|one| one.entry.file == signal.file && one.sensor == signal.sensor);
            if let Some(place) = place {
                signal.length = self.signals[place].length;
                chosen.0.push(signal);
                chosen.1.push(place);
            }
        }
        chosen
    }

    /// What a pipeline may know about a signal.
    pub(crate) fn context(&self, experiment: &Experiment, place: usize) -> Context {
        context_of(experiment, &self.signals[place])
    }
}

/// What a pipeline may know about a signal.
pub(crate) fn context_of(experiment: &Experiment, signal: &AnnotatedSignal) -> Context {
    let orders = experiment.data.sensors.get(&signal.sensor).map(|sensor| sensor.orders);
    Context { shaft: signal.entry.speed.as_ref().map(|speed| speed.value), orders }
}

fn read_signals(
    dataset: &Dataset,
    entry: &Entry,
    folder: &Path,
    sensors: &BTreeSet<String>,
    rate: Hertz,
) -> Result<Vec<AnnotatedSignal>> {
    let read = dataset.read(folder, &entry.file)?;
    let mut signals = Vec::new();
    for sensor in sensors {
        let channel = read.recording.channel(sensor).ok_or_else(|| {
            Error::data(
                format!("recording {} has no channel {sensor}", entry.file),
                "the catalogue promises one",
                "this is a mistake of the catalogue or its layout; please report it",
            )
        })?;
        let samples = at_rate(channel.samples(), entry, rate)?;
        let length = samples.len();
        signals.push(AnnotatedSignal { entry: entry.clone(), sensor: sensor.clone(), samples, length });
    }
    Ok(signals)
}

/// How many samples a recording has at another rate.
fn length_at(samples: u64, entry: &Entry, rate: Hertz) -> usize {
    (samples as f64 * rate.0 / entry.rate.0).ceil() as usize
}

/// The samples at another rate: low-passed and decimated when they were recorded faster.
fn at_rate(samples: &[f32], entry: &Entry, rate: Hertz) -> Result<Arc<[f32]>> {
    if entry.rate == rate {
        return Ok(samples.into());
    }
    if entry.rate.0 < rate.0 {
        return Err(Error::data(
            format!("recording {} cannot be used at {rate}", entry.file),
            format!("it was recorded at {}: what lies above half of that was never measured", entry.rate),
            "lower [data] rate, or leave it out with [data] records",
        ));
    }
    Ok(Resampler::new(entry.rate, rate)?.process(samples).into())
}
