//! `brinell probe`: what a file holds, and what it does not say.

use crate::arguments::{HELP, ResultFile};
use crate::exit::Exit;
use crate::failure::{Failure, FailureJson, Outcome};
use crate::inputs;
use crate::number_text::unit_text;
use crate::reading::{Reading, Stated};
use crate::session::Session;
use crate::terminal::visible;
use crate::translate::{self, Doing};
use brinell_formats::{ReadRecording, probe_file, read_recording};
use brinell_signal::counted;
use brinell_signal::quality::{QualityLevel, examine};
use brinell_signal::quantity::{OverallParams, scalars};
use brinell_signal::{Hertz, Scratch};
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell probe 105.mat
  brinell probe recordings/ --json
  brinell probe rig3/vib_07.mat --rate 12kHz --speed 1797rpm";

/// What files hold: format, arrays, channels, rate, speed and damage
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Probe {
    /// Files, folders, or @LIST with one path a line
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
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
struct ProbedFile {
    path: String,
    bytes: u64,
    format: String,
    header_text: Option<String>,
    arrays: Vec<Array>,
    recording: Option<Facts>,
    /// Why the file is not yet a recording: what it does not say.
    missing: Option<Missing>,
}

#[derive(Debug, Serialize)]
struct Array {
    name: String,
    shape: Vec<usize>,
    class: String,
    byte: u64,
}

#[derive(Debug, Serialize)]
struct Missing {
    code: &'static str,
    message: String,
    help: Option<String>,
}

#[derive(Debug, Serialize)]
struct Facts {
    sha256: String,
    rate_hz: f64,
    rate_origin: String,
    rate_note: String,
    samples: usize,
    duration_s: f64,
    speed_hz: Option<f64>,
    speed_rpm: Option<f64>,
    speed_origin: Option<String>,
    speed_note: Option<String>,
    dataset: Option<String>,
    label: Option<String>,
    channels: Vec<ChannelFacts>,
}

#[derive(Debug, Serialize)]
struct ChannelFacts {
    name: String,
    variable: String,
    unit: String,
    unit_origin: String,
    position: Option<String>,
    bearing: Option<String>,
    rms: f64,
    peak: f64,
    peak_to_peak: f64,
    crest: Option<f64>,
    kurtosis: Option<f64>,
    /// Of the usual band of overall values; none where the record is too slow or too short for it.
    overall: Option<BandFacts>,
    quality: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct BandFacts {
    low_hz: f64,
    high_hz: f64,
    rms: f64,
    peak: f64,
    peak_to_peak: f64,
}

#[derive(Debug, Serialize)]
struct Check {
    code: String,
    level: &'static str,
    title: String,
    value: String,
    limit: String,
    effect: String,
}

/// Prints what the files hold.
pub(crate) fn run(arguments: &Probe, session: &mut Session) -> Outcome<Exit> {
    let stated = arguments.reading.stated()?;
    let found = inputs::expand(&arguments.inputs)?;
    let mut failures: Vec<Box<Failure>> = found.failures.into_iter().map(|(_, failure)| failure).collect();
    let mut files = Vec::new();
    for path in &found.files {
        match probe(path, &stated) {
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
    session.result(&arguments.result.target(), "brinell.probe/1", exits.is_empty(), &data, &human)?;
    Ok(Exit::of_batch(done, &exits, false))
}

fn probe(path: &Path, stated: &Stated) -> Outcome<ProbedFile> {
    let doing = Doing { command: "probe", path };
    let probed = probe_file(path).map_err(|error| translate::formats(&error, doing))?;
    let (recording, missing) = match read_recording(path, &stated.request()) {
        Ok(read) => (Some(facts(&read)), None),
        Err(error) => {
            let failure = translate::formats(&error, doing);
            if !states_too_little(&error) {
                return Err(failure);
            }
            let message = failure.one_line();
            (None, Some(Missing { code: failure.code.word(), message, help: failure.help }))
        }
    };
    Ok(ProbedFile {
        path: path.to_string_lossy().into_owned(),
        bytes: path.metadata().map(|meta| meta.len()).unwrap_or_default(),
        format: probed.format,
        header_text: probed.text,
        arrays: probed
            .arrays
            .iter()
            .map(|array| Array {
                name: array.name.clone(),
                shape: array.shape.clone(),
                class: array.class.to_string(),
                byte: array.byte_offset,
            })
            .collect(),
        recording,
        missing,
    })
}

/// Whether the file is sound and only leaves something open, which is what a probe is to find out.
fn states_too_little(error: &brinell_formats::Error) -> bool {
    use brinell_formats::Error as E;
    matches!(
        error,
        E::RateUnknown { .. } | E::SeveralRecordings { .. } | E::NoChannel { .. } | E::BadQuantity { .. }
    )
}

fn facts(read: &ReadRecording) -> Facts {
    let recording = &read.recording;
    let (rate, speed) = (recording.rate(), recording.speed());
    let channels = recording.channels().iter().map(|channel| {
        let checks = examine(channel.samples(), rate.value, speed.map(|speed| speed.value));
        let scalars = scalars(channel.samples());
        ChannelFacts {
            name: channel.name().to_owned(),
            variable: channel.variable().to_owned(),
            unit: channel.unit().value.to_string(),
            unit_origin: channel.unit().origin.to_string(),
            position: channel.position().map(str::to_owned),
            bearing: read.bearings.iter().find(|(name, _)| name == channel.name()).map(|(_, b)| b.clone()),
            rms: scalars.rms,
            peak: scalars.peak,
            peak_to_peak: scalars.peak_to_peak,
            crest: scalars.crest,
            kurtosis: scalars.kurtosis,
            overall: overall(channel.samples(), rate.value),
            quality: checks
                .into_iter()
                .map(|check| Check {
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
                })
                .collect(),
        }
    });
    Facts {
        sha256: recording.provenance().sha256.clone(),
        rate_hz: rate.value.0,
        rate_origin: rate.origin.to_string(),
        rate_note: rate.note.to_string(),
        samples: recording.len(),
        duration_s: recording.duration().0,
        speed_hz: speed.map(|speed| speed.value.0),
        speed_rpm: speed.map(|speed| speed.value.to_rpm().0),
        speed_origin: speed.map(|speed| speed.origin.to_string()),
        speed_note: speed.map(|speed| speed.note.to_string()),
        dataset: read.dataset.map(str::to_owned),
        label: read.entry.as_ref().map(|entry| entry.label.clone()),
        channels: channels.collect(),
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

fn human(file: &ProbedFile, session: &Session) -> String {
    let paint = session.paint;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  {}, {} bytes",
        paint.bold(&visible(&file.path)),
        visible(&file.format),
        file.bytes
    );
    if let Some(header) = &file.header_text {
        let _ = writeln!(text, "  header    {}", visible(header.trim()));
    }
    for array in &file.arrays {
        let shape: Vec<String> = array.shape.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "  array     {}  {} {}, byte {}",
            visible(&array.name),
            shape.join(" x "),
            array.class,
            array.byte
        );
    }
    if let Some(missing) = &file.missing {
        let _ = writeln!(text, "  {}   {}", paint.caution("missing"), visible(&missing.message));
        if let Some(help) = &missing.help {
            let _ = writeln!(text, "  {}      {}", paint.accent("help"), visible(help));
        }
    }
    if let Some(facts) = &file.recording {
        recording_lines(&mut text, facts, session);
    }
    text
}

fn recording_lines(text: &mut String, facts: &Facts, session: &Session) {
    let paint = session.paint;
    let noted = |origin: &str, note: &str| {
        if note.is_empty() { origin.to_owned() } else { format!("{origin}: {}", visible(note)) }
    };
    let _ =
        writeln!(text, "  rate      {} Hz ({})", facts.rate_hz, noted(&facts.rate_origin, &facts.rate_note));
    match (facts.speed_hz, facts.speed_rpm) {
        (Some(hz), Some(rpm)) => {
            let origin = facts.speed_origin.as_deref().unwrap_or_default();
            let note = facts.speed_note.as_deref().unwrap_or_default();
            let _ = writeln!(text, "  speed     {rpm:.1} rpm = {hz:.4} Hz ({})", noted(origin, note));
        }
        _ => {
            let _ = writeln!(text, "  speed     {}", paint.caution("unknown: give --speed 1797rpm"));
        }
    }
    let _ = writeln!(text, "  length    {}, {:.3} s", counted(facts.samples, "sample"), facts.duration_s);
    let _ = writeln!(text, "  sha256    {}", facts.sha256);
    if let Some(dataset) = &facts.dataset {
        let label = facts.label.as_deref().unwrap_or("no label");
        let _ = writeln!(text, "  known as  {}, {}", visible(dataset), visible(label));
    }
    for channel in &facts.channels {
        let position = channel.position.as_deref().map(|at| format!(", at {}", visible(at)));
        let bearing = channel.bearing.as_deref().map(|name| format!(", bearing {}", visible(name)));
        let _ = writeln!(
            text,
            "  channel   {} ({}), {}{}{}, RMS {:.4}, peak {:.4}",
            paint.bold(&visible(&channel.name)),
            visible(&channel.variable),
            visible(&unit_text(&channel.unit, &channel.unit_origin)),
            position.unwrap_or_default(),
            bearing.unwrap_or_default(),
            channel.rms,
            channel.peak,
        );
        let ratio = |name: &str, value: Option<f64>| value.map(|value| format!(", {name} {value:.2}"));
        let _ = writeln!(
            text,
            "    values  peak to peak {:.4}{}{}",
            channel.peak_to_peak,
            ratio("crest", channel.crest).unwrap_or_default(),
            ratio("kurtosis", channel.kurtosis).unwrap_or_default(),
        );
        if let Some(band) = &channel.overall {
            let _ = writeln!(
                text,
                "    {} to {} Hz  RMS {:.4}, peak {:.4}, peak to peak {:.4}",
                band.low_hz, band.high_hz, band.rms, band.peak, band.peak_to_peak
            );
        }
        for check in &channel.quality {
            if check.level == "ok" {
                continue;
            }
            let word = if check.level == "bad" { paint.bad("bad") } else { paint.caution("warn") };
            let _ = writeln!(
                text,
                "    {word}  {}: {} (limit {}); {}",
                visible(&check.title),
                visible(&check.value),
                visible(&check.limit),
                visible(&check.effect)
            );
        }
        if channel.quality.iter().all(|check| check.level == "ok") {
            let _ = writeln!(text, "    {}    all {} checks", paint.good("ok"), channel.quality.len());
        }
    }
}
