//! The flags of `brinell diagnose` and `brinell analyze`.

use crate::arguments::HELP;
use crate::bearing_choice::Dimensions;
use crate::failure::{Outcome, unreadable};
use crate::reading::Reading;
use crate::report_folder::{Begin, Which};
use crate::report_language::ReportLanguage;
use crate::severity_choice::SeverityChoice;
use brinell_model::DeviceChoice;
use brinell_report::PdfOptions;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell diagnose 105.mat
  brinell diagnose rig3/vib_07.mat --rate 12kHz --speed 1797rpm --bearing 6205 -o report/ --pdf
  brinell diagnose vib_07.mat --bearing 6205 --speed 1480rpm --power 55kW --group 2 --support rigid --history old/
  brinell diagnose recordings/ --manifest plant.csv -o report/ --fail-on fault";

const EXAMPLES_OF_ANALYZE: &str = "\
Examples:
  brinell analyze 105.mat
  brinell analyze rig3/vib_07.mat --rate 12kHz --speed 1797rpm --bearing 6205 -o report/
  brinell analyze recordings/ --manifest plant.csv -o report/ --fail-on fault";

/// Diagnose recordings: which part of the bearing is damaged, and why
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Diagnose {
    /// Trained model to ask beside the signal, or `none` [default: the one that ships]
    #[arg(long, value_name = "FILE|none")]
    pub(super) model: Option<PathBuf>,
    /// Where a net judges: auto, cpu or cuda:N (brinell doctor)
    #[arg(long, value_name = "DEVICE", default_value = "cpu", hide_short_help = true)]
    pub(super) device: DeviceChoice,
    #[command(flatten)]
    pub(super) recordings: Recordings,
}

/// The same by the signal alone: no trained model is asked
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES_OF_ANALYZE)]
pub(crate) struct Analyze {
    #[arg(long, value_name = "FILE", hide = true)]
    pub(super) model: Option<PathBuf>,
    #[command(flatten)]
    pub(super) recordings: Recordings,
}

// What is diagnosed, and where results go. (A doc comment would become the help of both commands.)
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Recordings {
    /// Files, folders, patterns ('day/**/*.mat'), manifests, @LIST with one path a line
    #[arg(required_unless_present = "manifest", value_name = "PATH")]
    pub(super) inputs: Vec<PathBuf>,
    /// Bearing under the sensor, e.g. 6205 (brinell list bearings)
    #[arg(long, value_name = "NAME")]
    pub(super) bearing: Option<String>,
    /// Channel to read, or `all` [default: the first of the recording]
    ///
    /// `all` gives a result for each channel, but for those whose unit or name says that they are no vibration.
    #[arg(long, value_name = "NAME")]
    pub(super) channel: Option<String>,
    /// Table (CSV or Parquet) with the columns file, asset, point, bearing, channel, speed, rate, unit,
    /// variable, power, group, support, criticality, date, baseline; a cell goes before its flag
    #[arg(long, value_name = "TABLE")]
    pub(super) manifest: Option<PathBuf>,
    /// Write reports into this folder: pages, tables (Parquet), index.html
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) output: Option<PathBuf>,
    /// Which recordings get pages: all (unless said), doubtful (a fault or undecided) or none
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Which::All, hide_possible_values = true, hide_default_value = true, requires = "output", hide_short_help = true)]
    pub(super) pages: Which,
    /// Go on in a folder; what is done with the same content and settings stays
    #[arg(long, requires = "output", conflicts_with = "force")]
    pub(super) resume: bool,
    /// Diagnose one part of the batch, e.g. 2/8, each into a folder of its own
    #[arg(long, value_name = "I/N", hide_short_help = true)]
    pub(super) shard: Option<String>,
    /// Keep looking for new and changed recordings until Ctrl-C
    #[arg(long, requires = "output", conflicts_with = "dry_run")]
    pub(super) watch: bool,
    /// Diagnose long recordings in segments of about this length, e.g. 60s [default: 60s above 250 million samples]
    ///
    /// Each segment is a diagnosis of its own. Memory follows a segment and not the file.
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub(super) segment: Option<String>,
    /// Give a recording up that takes longer, e.g. 2min
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub(super) time_limit: Option<String>,
    /// Write a PDF of each report too, on a4 (unless said) or letter
    #[arg(long, value_enum, value_name = "PAPER", hide_possible_values = true, num_args = 0..=1, default_missing_value = "a4", require_equals = true, requires = "output")]
    pub(super) pdf: Option<Paper>,
    /// Further font (.ttf, .otf) for characters that the PDF's own fonts lack; may be given again
    #[arg(long, value_name = "FILE", requires = "pdf", hide_short_help = true)]
    pub(super) font: Vec<PathBuf>,
    /// Language of the reports: en (unless said) or zh
    #[arg(
        long,
        value_enum,
        value_name = "LANGUAGE",
        default_value = "en",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) language: ReportLanguage,
    /// Write a text in Markdown of each report too
    #[arg(long, requires = "output", hide_short_help = true)]
    pub(super) markdown: bool,
    /// Write into the folder although it holds something
    #[arg(short, long, requires = "output")]
    pub(super) force: bool,
    /// Say what would be read and written, and do nothing
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// What makes the exit code 1: none (unless said) or fault
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = FailOn::None, hide_possible_values = true, hide_default_value = true)]
    pub(super) fail_on: FailOn,
    /// Where nothing is found, say the smallest fault that would have been (12 times the time)
    ///
    /// Simulated impacts are added to the recording, weaker and weaker. Takes about 12 times as long as without.
    #[arg(long, hide_short_help = true)]
    pub(super) smallest_fault: bool,
    /// Teeth of a gear on the shaft: its mesh is noted, so that no bearing is blamed for it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=2000), hide_short_help = true)]
    pub(super) teeth: Option<u32>,
    /// Poles of the induction motor: sidebands of its slip are noted
    #[arg(long, value_name = "N", value_parser = poles, hide_short_help = true)]
    pub(super) poles: Option<u32>,
    #[command(flatten)]
    pub(super) reading: Reading,
    #[command(flatten)]
    pub(super) dimensions: Dimensions,
    #[command(flatten)]
    pub(super) severity: SeverityChoice,
}

impl Recordings {
    /// What becomes of an output folder that holds something.
    pub(super) fn begin(&self) -> Begin {
        match (self.force, self.resume) {
            (true, _) => Begin::Anew,
            (_, true) => Begin::GoOn,
            _ => Begin::Empty,
        }
    }
}

/// A number of poles: even, from 2 to 200.
fn poles(text: &str) -> Result<u32, String> {
    let even = |poles: &u32| (2..=200).contains(poles) && poles.is_multiple_of(2);
    text.parse().ok().filter(even).ok_or_else(|| "a motor has an even number of poles, 2 to 200".to_owned())
}

/// Size of the pages of a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Paper {
    /// 210 by 297 mm.
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// How a PDF of this size is made, in a language and with further fonts.
    pub(crate) fn options(self, language: ReportLanguage, fonts: &[PathBuf]) -> Outcome<PdfOptions> {
        let paper = match self {
            Paper::A4 => brinell_report::Paper::A4,
            Paper::Letter => brinell_report::Paper::Letter,
        };
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| unreadable(path, &error));
        let fonts = fonts.iter().map(read).collect::<Outcome<_>>()?;
        Ok(PdfOptions { paper, fonts, language: language.into(), ..PdfOptions::default() })
    }
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Nothing: findings alone never fail.
    #[default]
    None,
    /// A fault that was found.
    Fault,
}
