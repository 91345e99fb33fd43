//! `brinell transform`: a recording through any chain of transforms, into a picture, an array or a table.

use crate::arguments::HELP;
use crate::bearing_choice::{Dimensions, chosen};
use crate::channel_choice::channel_named;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, refused_quantity, unreadable};
use crate::finding_text;
use crate::number_text::short;
use crate::output::{check_place, write_file};
use crate::plan_help::help_for_plan;
use crate::reading::Reading;
use crate::session::{Session, Target};
use crate::shaft_motion::ShaftMotion;
use crate::step_flags::{StepFlags, is_pair};
use crate::step_text::{left_out, step_line};
use crate::terminal::{shown, visible};
use crate::translate::{self, Doing};
use brinell_formats::{ReadRecording, read_recording};
use brinell_learn::parse_pipeline;
use brinell_report::array::{Array, npy, parquet, png, svg};
use brinell_signal::pipeline::StepFinding;
use brinell_signal::{Channel, Context, Hertz, Pipeline, Unit, counted, parse_duration};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell transform 105.mat --stft length=256,hop=64,scale=log -o stft.png -o stft.npy
  brinell transform 105.mat --duration 0.5s --squared-envelope-spectrum -o lines.svg -o lines.parquet
  brinell transform 105.mat --pipeline configs/cwru-cnn-se.toml --duration 0.1s -o input.npy

A step is a flag with its keys behind it, joined by commas without blanks:
  --filter low=500Hz,high=3kHz   --image scale=decibel   --vmd modes=4,alpha.half-width=250Hz
Lists stand in brackets: band=[0.2,0.5]. brinell list transforms shows all keys with their defaults.";

/// Transform a recording: any chain of steps, written as PNG, SVG, .npy or Parquet
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Transform {
    /// The recording
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// Channel [default: the first one]. May be given several times: steps then work on each, multivariate-vmd on all
    #[arg(long, value_name = "NAME")]
    channel: Vec<String>,
    /// Where to begin [default: at the first sample]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// How much to take [default: to the end]
    #[arg(long, value_name = "TIME", conflicts_with = "samples")]
    duration: Option<String>,
    /// How much to take, in samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    samples: Option<u64>,
    /// Steps from a file: its [[pipeline]] tables, as in an experiment; those of the command line follow
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
    /// Write to this file; its ending says the form: .png .svg .npy .parquet. May be given several times
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// Replace files that exist
    #[arg(short, long)]
    force: bool,
    /// Bearing, for steps that look at its frequencies, e.g. 6205
    #[arg(long, value_name = "NAME")]
    bearing: Option<String>,
    #[command(flatten)]
    steps: StepFlags,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    shaft: ShaftMotion,
}

/// A form of the output, told by a file's ending.
#[derive(Debug, Clone, Copy)]
enum Form {
    Png,
    Svg,
    Npy,
    Parquet,
}

impl Form {
    fn of(path: &Path) -> Outcome<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        Ok(match ending.as_deref() {
            Some("png") => Self::Png,
            Some("svg") => Self::Svg,
            Some("npy") => Self::Npy,
            Some("parquet") => Self::Parquet,
            _ => {
                return Err(Failure::new(
                    Code::Usage,
                    format!("the ending of {} says no form of output", shown(path)),
                )
                .why(".png, .svg, .npy and .parquet are written")
                .help(format!("-o {}", shown(&path.with_extension("svg")))));
            }
        })
    }

    fn encode(self, array: &Array) -> Outcome<Vec<u8>> {
        Ok(match self {
            Self::Png => png(array).map_err(|error| translate::report(&error))?,
            Self::Svg => svg(array).into_bytes(),
            Self::Npy => npy(array),
            Self::Parquet => parquet(array).map_err(|error| translate::report(&error))?,
        })
    }
}

/// What was done.
#[derive(Debug, Serialize)]
struct Transformed {
    path: String,
    channel: String,
    unit: String,
    output_unit: String,
    rate_hz: f64,
    start_s: f64,
    samples: usize,
    steps: Pipeline,
    shape: Vec<usize>,
    axes: Vec<AxisEnds>,
    smallest: f32,
    largest: f32,
    findings: Vec<StepFinding>,
    written: Vec<Written>,
}

#[derive(Debug, Serialize)]
struct AxisEnds {
    axis: &'static str,
    first: f64,
    last: f64,
    /// What each position is called, where positions have names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Written {
    path: String,
    bytes: usize,
}

/// Transforms and writes.
pub(crate) fn run(arguments: &Transform, session: &mut Session) -> Outcome<Exit> {
    let forms: Vec<Form> = arguments.output.iter().map(|path| Form::of(path)).collect::<Outcome<_>>()?;
    refuse_keys_as_recording(&arguments.input)?;
    let pipeline = pipeline(arguments)?;
    arguments.shaft.check(&pipeline)?;
    let mut stated = arguments.reading.stated()?;
    stated.channels.clone_from(&arguments.channel);
    let doing = Doing { command: "transform", path: &arguments.input };
    let read = read_recording(&arguments.input, &stated.request())
        .map_err(|error| translate::formats(&error, doing))?;
    let channels = channels(arguments, &read, session)?;
    let channel = channels[0];
    let rate = read.recording.rate().value;
    let part = stretch(arguments, channel.samples().len(), rate)?;
    let segment: Vec<f32> =
        channels.iter().flat_map(|channel| &channel.samples()[part.clone()]).copied().collect();

    let bearing = match chosen(arguments.bearing.as_deref(), &arguments.dimensions)? {
        Some(bearing) => Some(bearing),
        None => {
            let fitted = read.bearings.iter().find(|(name, _)| name.as_str() == channel.name());
            fitted
                .map(|(_, name)| chosen(Some(name), &arguments.dimensions.of_the_shelf()))
                .transpose()?
                .flatten()
        }
    };
    let context = Context {
        shaft: read.recording.speed().map(|speed| speed.value),
        orders: bearing.map(|bearing| bearing.geometry.orders()),
    };
    let motion = arguments.shaft.given(&read.recording, channel, part.clone(), context.shaft)?;
    let unit = common_unit(&channels);
    let pipeline = motion.iter().fold(pipeline, Pipeline::at_speed).in_unit(unit).map_err(|error| {
        Failure::new(Code::Usage, error.to_string()).help("leave `from` out, or give --unit")
    })?;
    let plan = pipeline.plan_channels(rate, channels.len(), part.len()).map_err(|error| {
        Failure::new(Code::Usage, error.to_string())
            .why(format!("the stretch holds {} at {} Hz", counted(part.len(), "sample"), rate.0))
            .help(help_for_plan(&error, &pipeline))
    })?;
    check_outputs(&arguments.output, arguments.force)?;
    let mut values = vec![0.0; plan.output_len()];
    let findings = plan.process_with_findings(&segment, &context, &mut values, &mut plan.scratch());
    let findings = findings.map_err(|error| {
        let failure = translate::signal(&error, doing);
        match in_step(&error) {
            brinell_signal::Error::MissingKinematics { what, .. } if what.contains("speed") => {
                failure.help("--speed 1797rpm, the speed of the shaft in this recording")
            }
            brinell_signal::Error::MissingKinematics { .. } => {
                failure.help("--bearing 6205, or another of brinell list bearings")
            }
            _ => failure,
        }
    })?;

    let ends =
        values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], v| [low.min(*v), high.max(*v)]);
    let axes = plan.output_axes();
    let names: Vec<&str> = channels.iter().map(|channel| channel.name()).collect();
    let output_unit = pipeline.output_unit(&known(unit));
    let of_powers = pipeline.gives_powers();
    let channel_names = plan.channel_names(&names, &findings);
    let mut data = Transformed {
        path: arguments.input.to_string_lossy().into_owned(),
        channel: names.join(", "),
        unit: unit.to_string(),
        output_unit: output_unit.clone(),
        rate_hz: rate.0,
        start_s: part.start as f64 / rate.0,
        samples: part.len(),
        shape: plan.output_shape().to_vec(),
        axes: axes
            .iter()
            .enumerate()
            .map(|(number, axis)| AxisEnds {
                axis: axis.quantity.column(),
                first: axis.values.first().copied().unwrap_or_default(),
                last: axis.values.last().copied().unwrap_or_default(),
                names: if number == 0 { channel_names.clone() } else { Vec::new() },
            })
            .collect(),
        smallest: ends[0],
        largest: ends[1],
        written: Vec::new(),
        steps: pipeline,
        findings,
    };
    for warning in data.findings.iter().filter_map(finding_text::warning) {
        session.warn(warning);
    }
    let array =
        Array::new(title(&data), output_unit, values, axes).map_err(|error| translate::report(&error))?;
    let array = array.with_panel_names(channel_names);
    let array = if of_powers { array.of_powers() } else { array };
    for (path, form) in arguments.output.iter().zip(forms) {
        let file = form.encode(&array)?;
        write_file(path, &file, arguments.force)?;
        data.written.push(Written { path: path.to_string_lossy().into_owned(), bytes: file.len() });
    }
    left_out(&data.steps).iter().for_each(|hint| session.hint(hint));
    let human = human(&data, session);
    session.result(&Target::default(), "brinell.transform/1", true, &data, &human)?;
    Ok(Exit::Done)
}

/// Refuses outputs that cannot be written, before any work.
fn check_outputs(outputs: &[PathBuf], force: bool) -> Outcome<()> {
    let mut seen = BTreeSet::new();
    for path in outputs {
        check_place(path, force)?;
        if !seen.insert(std::path::absolute(path).unwrap_or_else(|_| path.clone())) {
            return Err(Failure::new(Code::Usage, format!("-o {} stands there twice", shown(path)))
                .why("the second file would replace the first")
                .help("leave one out, or give it another name or ending"));
        }
    }
    Ok(())
}

/// Refuses a key of a step that stands where the recording is expected.
fn refuse_keys_as_recording(input: &Path) -> Outcome<()> {
    if input.exists() || !input.to_str().is_some_and(is_pair) {
        return Ok(());
    }
    Err(Failure::new(Code::Usage, format!("`{}` stands where the recording is expected", shown(input)))
        .why("there is no such file; it looks like a key of a step")
        .help(
            "no blanks before or after the commas between a step's keys; the recording goes before the steps",
        ))
}

/// What a step said.
fn in_step(error: &brinell_signal::Error) -> &brinell_signal::Error {
    match error {
        brinell_signal::Error::Step { cause, .. } => cause,
        error => error,
    }
}

/// The steps of the file, then those of the command line.
fn pipeline(arguments: &Transform) -> Outcome<Pipeline> {
    let mut steps = Vec::new();
    if let Some(path) = &arguments.pipeline {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        let pipeline = parse_pipeline(&text, &path.to_string_lossy()).map_err(|error| {
            translate::config(&error).help("brinell list transforms shows every step with its keys")
        })?;
        steps.extend(pipeline.steps().iter().cloned());
    }
    steps.extend(arguments.steps.steps()?);
    Ok(Pipeline::new(steps))
}

/// The channels that were asked for, the first one where none was.
fn channels<'a>(
    arguments: &Transform,
    read: &'a ReadRecording,
    session: &Session,
) -> Outcome<Vec<&'a Channel>> {
    let names: Vec<&str> = read.recording.channels().iter().map(Channel::name).collect();
    if arguments.channel.is_empty() {
        if names.len() > 1 {
            session.hint(&format!("channel {} of {}; --channel takes another", names[0], names.join(", ")));
        }
        return Ok(vec![&read.recording.channels()[0]]);
    }
    let find = |asked: &String| {
        channel_named(&read.recording, asked, "--channel").map_err(|failure| failure.file(&arguments.input))
    };
    arguments.channel.iter().map(find).collect()
}

/// The samples of `all` that were asked for.
fn stretch(arguments: &Transform, all: usize, rate: Hertz) -> Outcome<Range<usize>> {
    let count = |flag: &str, text: &str| -> Outcome<usize> {
        let time = parse_duration(text).map_err(|error| refused_quantity(flag, &error))?;
        Ok((time.0 * rate.0).round() as usize)
    };
    let first = arguments.start.as_deref().map_or(Ok(0), |text| count("--start", text))?;
    let wanted = match (&arguments.duration, arguments.samples) {
        (Some(text), _) => Some(count("--duration", text)?),
        (None, samples) => samples.map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
    };
    let left = all.saturating_sub(first);
    let len = wanted.unwrap_or(left);
    if len == 0 || len > left {
        let seconds = |n: usize| n as f64 / rate.0;
        return Err(Failure::new(
            Code::DataInvalid,
            "the recording does not hold the stretch that was asked for",
        )
        .why(format!(
            "it has {} ({:.4} s); {} from sample {} ({:.4} s) on were asked for",
            counted(all, "sample"),
            seconds(all),
            if wanted.is_some() {
                format!("{} ({:.4} s)", counted(len, "sample"), seconds(len))
            } else {
                "all".into()
            },
            first,
            seconds(first)
        ))
        .help("an earlier --start, a shorter --duration")
        .file(&arguments.input));
    }
    Ok(first..first + len)
}

/// The unit that all channels have, unknown where they differ.
fn common_unit(channels: &[&Channel]) -> Unit {
    let unit = channels[0].unit().value;
    if channels.iter().all(|channel| channel.unit().value == unit) { unit } else { Unit::Unknown }
}

/// The unit; nothing where it is not known.
fn known(unit: Unit) -> String {
    match unit {
        Unit::Unknown => String::new(),
        unit => unit.to_string(),
    }
}

fn title(data: &Transformed) -> String {
    let steps: Vec<&str> = data.steps.steps().iter().map(|step| step.name()).collect();
    let name = Path::new(&data.path).file_name().map(|name| name.to_string_lossy().into_owned());
    format!(
        "{} {}: {}",
        name.unwrap_or_default(),
        data.channel,
        if steps.is_empty() { "samples".into() } else { steps.join(", ") }
    )
}

/// Names in a line, of many only the first and the last.
fn few(names: &[String]) -> String {
    match names {
        [first, second, .., last] if names.len() > 8 => format!("{first}; {second}; ...; {last}"),
        names => names.join("; "),
    }
}

fn human(data: &Transformed, session: &Session) -> String {
    let paint = session.paint;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  channel {}, {} from {:.4} s on at {} Hz",
        paint.bold(&visible(&data.path)),
        visible(&data.channel),
        counted(data.samples, "sample"),
        data.start_s,
        data.rate_hz
    );
    for step in data.steps.steps() {
        let _ = writeln!(text, "  step      {}", visible(&step_line(step)));
    }
    for finding in &data.findings {
        let sentences = finding_text::sentences(finding);
        for (index, sentence) in sentences.iter().enumerate() {
            let label = if index == 0 { "found" } else { "" };
            let _ = writeln!(text, "  {label:<8}  {sentence}");
        }
    }
    for (axis, len) in data.axes.iter().zip(&data.shape) {
        let places = if axis.names.is_empty() {
            format!("from {} to {}", short(axis.first), short(axis.last))
        } else {
            visible(&few(&axis.names))
        };
        let _ = writeln!(text, "  axis      {}: {len}, {places}", axis.axis);
    }
    let _ = writeln!(
        text,
        "  values    {} to {}{}",
        short(f64::from(data.smallest)),
        short(f64::from(data.largest)),
        if data.output_unit.is_empty() {
            String::new()
        } else {
            format!(" ({})", visible(&data.output_unit))
        }
    );
    for file in &data.written {
        let _ = writeln!(text, "  wrote     {}, {} bytes", shown(Path::new(&file.path)), file.bytes);
    }
    if data.written.is_empty() {
        let _ = writeln!(
            text,
            "  {}      -o picture.svg, .png, .npy or .parquet writes it",
            paint.accent("help")
        );
    }
    text
}
