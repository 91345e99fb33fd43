//! `brinell probe`: what a file holds, and what it does not say, from its headers alone unless the samples are asked for.

use super::probe_text::human;
use crate::arguments::{HELP, ResultFile};
use crate::exit::Exit;
use crate::failure::{Failure, FailureJson, Outcome};
use crate::inputs;
use crate::reading::{Reading, Stated};
use crate::session::Session;
use crate::translate::{self, Doing};
use brinell_formats::{
    FileProbe, PathFacts, ProbedChannel, ProbedRecording, ReadRecording, Source, probe_recording,
    recording_of,
};
use brinell_signal::quality::{QualityLevel, examine};
use brinell_signal::quantity::{OverallParams, scalars};
use brinell_signal::{Channel, Hertz, Scratch, Unit};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell probe 105.mat
  brinell probe recordings/ --json
  brinell probe rig3/vib_07.mat --rate 12kHz --speed 1797rpm --samples
  brinell probe K001/N15_M07_F10_K001_1.mat --layout paderborn";

/// What files hold: format, arrays, channels, rate, speed, and what is missing
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Probe {
    /// Files, folders, or @LIST with one path a line
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Read the samples as well: RMS, peak, kurtosis, quality and SHA-256
    #[arg(long)]
    samples: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    result: ResultFile,
}

/// All probed files.
#[derive(Debug, Serialize)]
struct Probed<'a> {
    files: Vec<ProbedFile>,
    failed: Vec<FailureJson<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct ProbedFile {
    pub(super) path: String,
    /// On the disk.
    pub(super) bytes: u64,
    /// After unpacking, where the file is packed.
    pub(super) unpacked_bytes: Option<u64>,
    pub(super) format: String,
    pub(super) header_text: Option<String>,
    pub(super) arrays: Vec<Array>,
    pub(super) recording: Option<Facts>,
    /// What the file does not say, and the flag that says it.
    pub(super) missing: Vec<Missing>,
}

#[derive(Debug, Serialize)]
pub(super) struct Array {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) class: String,
    pub(super) byte: u64,
    /// Of a single number.
    pub(super) value: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Missing {
    pub(super) what: &'static str,
    /// The word of the error that reading meets; none where reading goes on without it.
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Facts {
    /// None where it was not computed: no catalogued recording has this size.
    pub(super) sha256: Option<String>,
    pub(super) rate_hz: Option<f64>,
    pub(super) rate_origin: Option<String>,
    pub(super) rate_note: Option<String>,
    pub(super) samples: usize,
    pub(super) duration_s: Option<f64>,
    pub(super) speed_hz: Option<f64>,
    pub(super) speed_rpm: Option<f64>,
    pub(super) speed_origin: Option<String>,
    pub(super) speed_note: Option<String>,
    pub(super) start: Option<String>,
    pub(super) dataset: Option<String>,
    pub(super) label: Option<String>,
    pub(super) layout: Option<String>,
    /// What the path says, by the layout.
    pub(super) by_path: Option<ByPath>,
    pub(super) channels: Vec<ChannelFacts>,
}

#[derive(Debug, Serialize)]
pub(super) struct ByPath {
    pub(super) fault: Option<String>,
    pub(super) size_mm: Option<f64>,
    pub(super) position: Option<String>,
    pub(super) load: Option<String>,
    pub(super) bearing: Option<String>,
    pub(super) bearing_id: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChannelFacts {
    pub(super) name: String,
    pub(super) variable: String,
    pub(super) unit: String,
    pub(super) unit_origin: String,
    pub(super) unit_note: String,
    pub(super) position: Option<String>,
    pub(super) bearing: Option<String>,
    /// Why `diagnose --channel all` leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) no_vibration: Option<String>,
    /// Where the samples were read.
    #[serde(flatten)]
    pub(super) samples: Option<SampleFacts>,
}

#[derive(Debug, Serialize)]
pub(super) struct SampleFacts {
    pub(super) rms: f64,
    pub(super) peak: f64,
    pub(super) peak_to_peak: f64,
    pub(super) crest: Option<f64>,
    pub(super) kurtosis: Option<f64>,
    /// Of the usual band of overall values; none where the record is too slow or too short for it.
    pub(super) overall: Option<BandFacts>,
    pub(super) quality: Vec<Check>,
}

#[derive(Debug, Serialize)]
pub(super) struct BandFacts {
    pub(super) low_hz: f64,
    pub(super) high_hz: f64,
    pub(super) rms: f64,
    pub(super) peak: f64,
    pub(super) peak_to_peak: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) code: String,
    pub(super) level: &'static str,
    pub(super) title: String,
    pub(super) value: String,
    pub(super) limit: String,
    pub(super) effect: String,
}

/// Prints what the files hold.
pub(crate) fn run(arguments: &Probe, session: &mut Session) -> Outcome<Exit> {
    let stated = arguments.reading.stated()?;
    let found = inputs::expand(&arguments.inputs)?;
    let mut failures: Vec<Box<Failure>> = found.failures.into_iter().map(|(_, failure)| failure).collect();
    let mut files = Vec::new();
    for path in &found.files {
        match probe(path, &stated, arguments.samples) {
            Ok(file) => files.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    if files.is_empty() && failures.len() == 1 {
        return Err(failures.remove(0));
    }
    for failure in &failures {
        session.report(failure);
    }
    let human = files.iter().map(|file| human(file, session)).collect::<Vec<_>>().join("\n");
    let exits: Vec<Exit> = failures.iter().map(|failure| failure.exit).collect();
    let done = files.len();
    let data = Probed { files, failed: failures.iter().map(|failure| failure.to_json()).collect() };
    session.result(&arguments.result.target(), "brinell.probe/2", exits.is_empty(), &data, &human)?;
    Ok(Exit::of_batch(done, &exits, false))
}

fn probe(path: &Path, stated: &Stated, samples: bool) -> Outcome<ProbedFile> {
    let doing = Doing { command: "probe", path };
    let failed = |error: brinell_formats::Error| translate::formats(&error, doing);
    let source = Source::open(path).map_err(failed)?;
    let probed = probe_recording(&source, &stated.request()).map_err(failed)?;
    let mut missing = Vec::new();
    let mut recording = match &probed.recording {
        Ok(recording) => {
            lacks(recording, doing, &mut missing)?;
            Some(facts(&probed, recording))
        }
        Err(error) => {
            missing.push(lacking("recording", error, doing)?);
            None
        }
    };
    let whole = recording.as_mut().filter(|facts| samples && facts.rate_hz.is_some());
    if let Some(facts) = whole {
        let read = source.load().and_then(|source| recording_of(&source, &stated.request()));
        match read {
            Ok(read) => facts.add(&read),
            Err(error) => missing.push(lacking("recording", &error, doing)?),
        }
    }
    Ok(ProbedFile {
        path: path.to_string_lossy().into_owned(),
        bytes: probed.packed.unwrap_or(probed.bytes),
        unpacked_bytes: probed.packed.map(|_| probed.bytes),
        format: probed.format,
        header_text: probed.text,
        arrays: probed
            .arrays
            .into_iter()
            .map(|array| Array {
                name: array.name,
                shape: array.shape,
                class: array.class.to_string(),
                byte: array.byte_offset,
                value: array.value,
            })
            .collect(),
        recording,
        missing,
    })
}

/// What the file leaves open: rate, speed, unit.
fn lacks(recording: &ProbedRecording, doing: Doing<'_>, missing: &mut Vec<Missing>) -> Outcome<()> {
    if let Err(error) = &recording.rate {
        missing.push(lacking("sampling rate", error, doing)?);
    }
    let say = |what, flag: &str| Missing {
        what,
        code: None,
        message: format!("the {what} is unknown"),
        help: Some(doing.again(flag)),
    };
    match &recording.speed {
        Ok(None) => missing.push(say("shaft speed", "--speed 1797rpm")),
        Ok(Some(_)) => {}
        Err(error) => missing.push(lacking("shaft speed", error, doing)?),
    }
    if recording.channels.iter().any(|channel| channel.unit.value == Unit::Unknown) {
        missing.push(say("unit", "--unit g"));
    }
    Ok(())
}

/// An error that only says what the file leaves open; any other is a failure.
fn lacking(what: &'static str, error: &brinell_formats::Error, doing: Doing<'_>) -> Outcome<Missing> {
    let failure = translate::formats(error, doing);
    if !states_too_little(error) {
        return Err(failure);
    }
    Ok(Missing { what, code: Some(failure.code.word()), message: failure.one_line(), help: failure.help })
}

/// Whether the file is sound and only leaves something open, which is what a probe is to find out.
fn states_too_little(error: &brinell_formats::Error) -> bool {
    use brinell_formats::Error as E;
    matches!(
        error,
        E::RateUnknown { .. } | E::SeveralRecordings { .. } | E::NoChannel { .. } | E::BadQuantity { .. }
    )
}

fn facts(probed: &FileProbe, recording: &ProbedRecording) -> Facts {
    let rate = recording.rate.as_ref().ok();
    let speed = recording.speed.as_ref().ok().and_then(Option::as_ref);
    Facts {
        sha256: probed.sha256.clone(),
        rate_hz: rate.map(|rate| rate.value.0),
        rate_origin: rate.map(|rate| rate.origin.to_string()),
        rate_note: rate.map(|rate| rate.note.to_string()),
        samples: recording.samples,
        duration_s: recording.duration().map(|seconds| seconds.0),
        speed_hz: speed.map(|speed| speed.value.0),
        speed_rpm: speed.map(|speed| speed.value.to_rpm().0),
        speed_origin: speed.map(|speed| speed.origin.to_string()),
        speed_note: speed.map(|speed| speed.note.to_string()),
        start: recording.start.clone(),
        dataset: recording.dataset.map(str::to_owned),
        label: recording.entry.as_ref().map(|entry| entry.label.clone()),
        layout: recording.layout.clone(),
        by_path: recording.path.as_ref().map(ByPath::from),
        channels: recording.channels.iter().map(ChannelFacts::from).collect(),
    }
}

impl From<&PathFacts> for ByPath {
    fn from(path: &PathFacts) -> Self {
        Self {
            fault: path.fault.clone(),
            size_mm: path.size_mm,
            position: path.position.clone(),
            load: path.load.clone(),
            bearing: path.bearing.clone(),
            bearing_id: path.bearing_id.clone(),
        }
    }
}

impl From<&ProbedChannel> for ChannelFacts {
    fn from(channel: &ProbedChannel) -> Self {
        Self {
            name: channel.name.clone(),
            variable: channel.variable.clone(),
            unit: channel.unit.value.to_string(),
            unit_origin: channel.unit.origin.to_string(),
            unit_note: channel.unit.note.to_string(),
            position: channel.position.clone(),
            bearing: channel.bearing.clone(),
            no_vibration: channel.no_vibration.clone(),
            samples: None,
        }
    }
}

impl Facts {
    /// What the samples tell.
    fn add(&mut self, read: &ReadRecording) {
        let recording = &read.recording;
        self.sha256 = Some(recording.provenance().sha256.clone());
        let speed = recording.speed().map(|speed| speed.value);
        for (facts, channel) in self.channels.iter_mut().zip(recording.channels()) {
            facts.samples = Some(sample_facts(channel, recording.rate().value, speed));
        }
    }
}

fn sample_facts(channel: &Channel, rate: Hertz, speed: Option<Hertz>) -> SampleFacts {
    let scalars = scalars(channel.samples());
    let checks = examine(channel.samples(), rate, speed).into_iter().map(|check| Check {
        code: check.code.to_owned(),
        level: match check.severity {
            QualityLevel::Ok => "ok",
            QualityLevel::Warn => "warn",
            QualityLevel::Bad => "bad",
        },
        title: check.title.to_string(),
        value: check.value.to_string(),
        limit: check.limit.to_string(),
        effect: check.effect.to_string(),
    });
    SampleFacts {
        rms: scalars.rms,
        peak: scalars.peak,
        peak_to_peak: scalars.peak_to_peak,
        crest: scalars.crest,
        kurtosis: scalars.kurtosis,
        overall: overall(channel.samples(), rate),
        quality: checks.collect(),
    }
}

/// The overall values of the usual band.
fn overall(samples: &[f32], rate: Hertz) -> Option<BandFacts> {
    let params = OverallParams::default();
    let plan = params.plan::<f32>(rate, samples.len()).ok()?;
    let values = plan.process(samples, &mut Scratch::new()).ok()?;
    Some(BandFacts {
        low_hz: params.low.0,
        high_hz: params.high.0,
        rms: values.rms,
        peak: values.peak,
        peak_to_peak: values.peak_to_peak,
    })
}
