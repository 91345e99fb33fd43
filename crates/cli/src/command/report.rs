//! `brinell report`: what can be made of reports that are there already.

use crate::arguments::HELP;
use crate::command::diagnose::Paper;
use crate::exit::Exit;
use crate::failure::{Outcome, unreadable};
use crate::output::{check_place, write_file};
use crate::session::{Session, Target};
use crate::terminal::shown;
use crate::translate;
use brinell_diagnosis::Diagnosis;
use brinell_report::{Language, comparison_html, comparison_markdown, comparison_pdf, read_json};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell report compare report/105-a1f4c09d3b52-DE.json report/130-77d01c5e2f90-DE.json -o change.html
  brinell report compare monday.json friday.json -o change.pdf --paper letter
  brinell report compare monday.json friday.json -o change.md";

/// Compare reports that diagnose wrote
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Report {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    Compare(CompareReports),
}

/// Two reports side by side, differences first, with both envelope spectra in one figure
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
struct CompareReports {
    /// Data of the first report
    #[arg(value_name = "A.json")]
    first: PathBuf,
    /// Data of the second report
    #[arg(value_name = "B.json")]
    second: PathBuf,
    /// File to write; .pdf and .md give those forms, any other name a page
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it exists
    #[arg(short, long)]
    force: bool,
    /// Pages of a PDF
    #[arg(long, value_enum, value_name = "PAPER", default_value = "a4")]
    paper: Paper,
}

#[derive(Debug, Serialize)]
struct Written {
    file: String,
}

/// Writes what was asked for.
pub(crate) fn run(arguments: &Report, session: &mut Session) -> Outcome<Exit> {
    match &arguments.work {
        Work::Compare(own) => compare(own, session),
    }
}

fn compare(arguments: &CompareReports, session: &mut Session) -> Outcome<Exit> {
    let path = &arguments.output;
    check_place(path, arguments.force)?;
    let (first, second) = (read(&arguments.first)?, read(&arguments.second)?);
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let bytes = match ending.as_deref() {
        Some("pdf") => {
            let pdf = comparison_pdf(&first, &second, &arguments.paper.options(&[])?)
                .map_err(|error| translate::report(&error))?;
            if let Some(warning) = pdf.warning() {
                session.warn(format!("{}: {warning}", shown(path)));
            }
            pdf.bytes
        }
        Some("md") => comparison_markdown(&first, &second, Language::English).into_bytes(),
        _ => comparison_html(&first, &second, Language::English).into_bytes(),
    };
    write_file(path, &bytes, arguments.force)?;
    let data = Written { file: path.to_string_lossy().into_owned() };
    let human = format!("comparison: {}\n", shown(path));
    session.result(&Target::default(), "brinell.report.compare/1", true, &data, &human)?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Outcome<Diagnosis> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    read_json(&text, path).map_err(|error| translate::report(&error))
}
