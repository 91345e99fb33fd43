//! `brinell explain`: what of a recording a trained model's opinion rests on. The recording is named by its file or by a
//! report of it.

use crate::arguments::{HELP, ResultFile};
use crate::bearing_choice::{Dimensions, chosen};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::model_choice::ModelChoice;
use crate::reading::Reading;
use crate::reported;
use crate::session::Session;
use crate::terminal::{shell_path, visible};
use crate::translate::{self, Doing};
use brinell_diagnosis::{BearingShelf, BearingUse, Explanation, explain};
use brinell_formats::{ReadRecording, WantedChannels, read_channels};
use brinell_signal::{Origin, counted};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell explain rig3/vib_07.mat --rate 12kHz --speed 1797rpm --bearing 6205
  brinell explain 105.mat --model runs/cwru/folds/leave-one-size-out/size-0.007-in/seed-0/model.safetensors
  brinell explain 105.mat --channel FE --json
  brinell explain a1f4c09d3b52-DE --reports report/";

/// How many lines in single spectra are printed.
const PLACES: usize = 6;

/// Explain what a trained model says: bands in Hz, lines with their orders, and the share at fault lines
#[derive(Debug, Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    after_help = "A share tells what the model's score falls by when a band is silenced, or when a line stands out no more than\n\
                  lines of no part. It says what this model looked at; it proves nothing about the bearing."
)]
pub(crate) struct Explain {
    /// The recording, a report's JSON file, or a report's identifier
    #[arg(value_name = "FILE|REPORT")]
    what: PathBuf,
    /// Where a report is looked for by its identifier
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    reports: PathBuf,
    /// Trained model to explain [default: the one that ships]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Bearing under the sensor, e.g. 6205 (brinell list bearings)
    #[arg(long, value_name = "NAME")]
    bearing: Option<String>,
    /// Channel to read [default: the first of the recording]
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    result: ResultFile,
}

/// Reads, asks, prints.
pub(crate) fn run(arguments: &Explain, session: &mut Session) -> Outcome<Exit> {
    let report = reported::report(&arguments.what, &arguments.reports)?;
    let file = report.as_ref().map_or_else(|| Ok(arguments.what.clone()), reported::recording)?;
    let doing = Doing { command: "explain", path: &file };
    let choice = ModelChoice::of(arguments.model.as_deref(), "explain --model")?;
    let Some(model) = choice.model() else {
        return Err(Failure::new(Code::Usage, "without a model there is nothing to explain")
            .help(format!("brinell analyze {}", shell_path(&file))));
    };
    let declared = chosen(arguments.bearing.as_deref(), &arguments.dimensions)?;
    let mut stated = arguments.reading.stated()?;
    stated.rate = stated.rate.or_else(|| report.as_ref().and_then(reported::declared_rate));
    stated.speed = stated.speed.or_else(|| report.as_ref().and_then(reported::declared_speed));
    let channel =
        arguments.channel.as_deref().or_else(|| report.as_ref().map(|own| own.input.channel.as_str()));
    stated.channels = channel.map(str::to_owned).into_iter().collect();
    let wanted = channel.map_or(WantedChannels::First, WantedChannels::Named);
    let read =
        read_channels(&file, &stated.request(), wanted).map_err(|error| translate::formats(&error, doing))?;
    if let Some(report) = &report {
        reported::check_unchanged(report, &file, &read.recording.provenance().sha256)?;
    }
    let bearing = match declared {
        Some(bearing) => Some(BearingUse { bearing, origin: Origin::Declared }),
        None => match report.as_ref().and_then(reported::bearing) {
            Some(reported) => Some(reported),
            None => by_layout(&read, channel, &*arguments.dimensions.shelf()?),
        },
    };
    let told = explain(&read.recording, channel, bearing.as_ref(), model)
        .map_err(|error| translate::diagnosis(&error, doing))?;
    let human = text(&told, &visible(&file.to_string_lossy()));
    session.result(&arguments.result.target(), "brinell.explain/1", true, &told, &human)?;
    Ok(Exit::Done)
}

/// The bearing that the layout of a data set names under a channel.
fn by_layout(read: &ReadRecording, channel: Option<&str>, shelf: &BearingShelf) -> Option<BearingUse> {
    let name = channel.or_else(|| read.recording.channels().first().map(|own| own.name()));
    let (_, designation) = read.bearings.iter().find(|(channel, _)| Some(channel.as_str()) == name)?;
    Some(BearingUse { bearing: shelf.bearing(designation).ok()?, origin: Origin::Nominal })
}

fn text(told: &Explanation, file: &str) -> String {
    let mut text = String::new();
    let segments = counted(told.segments, "segment");
    let _ = writeln!(
        text,
        "{file}  the model {} says {} (score {:.2}, {segments})",
        visible(&told.model),
        visible(&told.class),
        told.score
    );
    if told.learned_from_this {
        text.push_str(
            "  It learned from this very recording, so that its score says nothing about the bearing.\n",
        );
    }
    text.push_str("\n  bands of the signal          share   loss when silenced\n");
    for band in told.bands.iter().filter(|band| band.share >= 0.01) {
        let name = format!("{:.0} to {:.0} Hz", band.hz[0], band.hz[1]);
        let _ = writeln!(text, "    {name:<24}  {:>5}   {:+.2}", percent(band.share), band.loss);
    }
    if !told.lines.is_empty() {
        text.push_str("\n  lines                        share   loss without      order         Hz\n");
        for line in told.lines.iter().filter(|line| line.share >= 0.01) {
            let place = line
                .order
                .zip(line.hz)
                .map_or(String::new(), |(order, hz)| format!("{:>15}  {hz:>9.2}", format!("{order:.3}x")));
            let _ = writeln!(
                text,
                "    {:<24}  {:>5}   {:+.2}    {place}",
                visible(&line.line),
                percent(line.share),
                line.loss
            );
        }
        text.push_str("\n  where they weigh most\n");
        for place in told.places.iter().take(PLACES).filter(|place| place.loss > 0.0) {
            let _ = writeln!(
                text,
                "    {} in {}: {:+.2}",
                visible(&place.line),
                visible(&place.spectrum),
                place.loss
            );
        }
    }
    if let (Some(share), Some(element)) = (told.share_at_fault_lines, told.element) {
        let _ = writeln!(
            text,
            "\n  {} of what speaks for it lies at the lines of the {} ({})",
            percent(share),
            element.title(),
            element.line()
        );
    }
    text
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
