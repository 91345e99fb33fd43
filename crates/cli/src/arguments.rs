//! What can be typed: the program's name, the flags that every command knows, and the commands.
//! The arguments of one command stand beside its work, in `command/`.

use crate::command::{
    benchmark::BenchmarkArguments,
    compare::Compare,
    completions::Completions,
    data::Data,
    demo::Demo,
    diagnose::{Analyze, Diagnose},
    doctor::Doctor,
    evaluate::Evaluate,
    explain::Explain,
    freqs::Freqs,
    list::List,
    probe::Probe,
    report::Report,
    train::Train,
    transform::Transform,
    tune::Tune,
};
use crate::terminal::When;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// About, usage, examples, arguments: the order of every help page.
pub(crate) const HELP: &str =
    "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}{all-args}{after-help}";

const EXAMPLES: &str = "\
Examples:
  brinell demo -o demo/                                a plant, a net and a report, without data
  brinell diagnose 105.mat --bearing 6205 -o report/   which part is damaged, and why
  brinell freqs 6205 --speed 1797rpm                   where its faults show in a spectrum";

/// Diagnoses rolling bearings from raw vibration recordings.
#[derive(Debug, Parser)]
#[command(
    name = "brinell",
    version,
    help_template = HELP,
    before_help = EXAMPLES,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 1 the answer is bad (--fail-on, a mismatch), 2 usage, 3 input data,\n\
                  4 disk or memory, 5 network, 6 some files failed, 70 a bug, 130 Ctrl-C, 143 SIGTERM."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command knows, before or after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global flags")]
pub(crate) struct Globals {
    /// Say more on standard error
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    /// Say nothing on standard error but errors; results are still printed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Form of the result on standard output
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human, global = true)]
    pub(crate) format: Format,
    /// Same as --format json: one JSON object, also on failure
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colour [default: on a terminal, as NO_COLOR, CLICOLOR_FORCE and TERM say]
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto, hide_default_value = true, global = true, hide_short_help = true)]
    pub(crate) color: When,
    /// Progress on standard error: a bar on a terminal, else a line every 30 s (always: every second)
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto, global = true, hide_short_help = true)]
    pub(crate) progress: When,
    /// Threads to use [default: all cores]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096), global = true, hide_short_help = true)]
    pub(crate) threads: Option<u16>,
}

impl Globals {
    /// The form of the result.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// Form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    Human,
    /// One JSON object.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Diagnose(Diagnose),
    #[command(alias = "analyse")]
    Analyze(Analyze),
    Explain(Explain),
    Report(Report),
    Probe(Probe),
    Transform(Transform),
    Freqs(Freqs),
    Data(Data),
    Train(Train),
    Tune(Tune),
    Evaluate(Evaluate),
    Compare(Compare),
    Benchmark(BenchmarkArguments),
    List(List),
    Doctor(Doctor),
    Completions(Completions),
}

/// Sends a result to a file.
#[derive(Debug, Clone, Args)]
pub(crate) struct ResultFile {
    /// Write the result to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(short, long, requires = "output")]
    pub(crate) force: bool,
}

impl ResultFile {
    /// Where the result goes; `-` is standard output.
    pub(crate) fn target(&self) -> crate::session::Target<'_> {
        let file = self.output.as_deref().filter(|path| path.as_os_str() != "-");
        crate::session::Target { file, force: self.force }
    }
}

/// Where data sets lie.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataFolder {
    /// Folder of the data sets [default: $BRINELL_DATA, else brinell/ in the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
}
