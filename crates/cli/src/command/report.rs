//! `brinell report`: what can be made of reports that are there already.

use crate::arguments::HELP;
use crate::command::diagnose::Paper;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::output::{check_place, write_file};
use crate::report_language::ReportLanguage;
use crate::session::{Session, Target};
use crate::terminal::shown;
use crate::translate;
use brinell_diagnosis::Diagnosis;
use brinell_report::{
    HtmlOptions, MarkdownOptions, Pdf, PdfOptions, comparison_html, comparison_markdown, comparison_pdf,
    html, markdown, pdf, read_json,
};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell report render report/105-a1f4c09d3b52-DE.json -o 105.pdf --language zh
  brinell report compare report/105-a1f4c09d3b52-DE.json report/130-77d01c5e2f90-DE.json -o change.html
  brinell report compare monday.json friday.json -o change.pdf --paper letter";

/// Write reports again in another form or language, compare two: from the data that diagnose wrote
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Report {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    Render(Render),
    Compare(CompareReports),
}

/// A report in another form or language, from its data
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
struct Render {
    /// Data of the report
    #[arg(value_name = "REPORT.json")]
    report: PathBuf,
    #[command(flatten)]
    target: FileTarget,
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
    #[command(flatten)]
    target: FileTarget,
}

/// The file that is written.
#[derive(Debug, Args)]
struct FileTarget {
    /// File to write: .html, .pdf or .md
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it exists
    #[arg(short, long)]
    force: bool,
    /// English or Chinese
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value = "en")]
    language: ReportLanguage,
    /// Pages of a PDF
    #[arg(long, value_enum, value_name = "PAPER", default_value = "a4")]
    paper: Paper,
    /// Further font (.ttf, .otf) for characters that a PDF's own fonts lack; may be given again
    #[arg(long, value_name = "FILE")]
    font: Vec<PathBuf>,
}

/// The form of a file, by the ending of its name.
#[derive(Debug, Clone, Copy)]
enum Form {
    Page,
    Pdf,
    Markdown,
}

impl FileTarget {
    /// The form, where the file can be written and its ending promises no other one.
    fn form(&self) -> Outcome<Form> {
        let ending = self.output.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let form = match ending.as_deref() {
            Some("pdf") => Form::Pdf,
            Some("md") => Form::Markdown,
            None | Some("html" | "htm") => Form::Page,
            Some(other) => {
                return Err(Failure::new(Code::Usage, format!("a report is not written as .{other}"))
                    .help("-o NAME.html, NAME.pdf or NAME.md"));
            }
        };
        check_place(&self.output, self.force)?;
        Ok(form)
    }

    fn pdf_options(&self) -> Outcome<PdfOptions> {
        self.paper.options(self.language, &self.font)
    }

    /// Bytes of a PDF; what it lacks is told.
    fn pdf(&self, made: brinell_report::Result<Pdf>, session: &mut Session) -> Outcome<Vec<u8>> {
        let pdf = made.map_err(|error| translate::report(&error))?;
        if let Some(warning) = pdf.warning() {
            session.warn(format!("{}: {warning}", shown(&self.output)));
        }
        Ok(pdf.bytes)
    }

    /// Writes the file and says so; `schema` names the result, `what` what it is.
    fn write(&self, bytes: &[u8], (schema, what): (&str, &str), session: &mut Session) -> Outcome<Exit> {
        write_file(&self.output, bytes, self.force)?;
        let data = Written { file: self.output.to_string_lossy().into_owned() };
        let human = format!("{what}: {}\n", shown(&self.output));
        session.result(&Target::default(), schema, true, &data, &human)?;
        Ok(Exit::Done)
    }
}

#[derive(Debug, Serialize)]
struct Written {
    file: String,
}

/// Writes what was asked for.
pub(crate) fn run(arguments: &Report, session: &mut Session) -> Outcome<Exit> {
    match &arguments.work {
        Work::Render(own) => render(own, session),
        Work::Compare(own) => compare(own, session),
    }
}

fn render(arguments: &Render, session: &mut Session) -> Outcome<Exit> {
    let target = &arguments.target;
    let form = target.form()?;
    let report = read(&arguments.report)?;
    let language = target.language.into();
    let bytes = match form {
        Form::Pdf => target.pdf(pdf(&report, &target.pdf_options()?), session)?,
        Form::Markdown => markdown(&report, &MarkdownOptions { language, ..Default::default() }).into_bytes(),
        Form::Page => html(&report, &HtmlOptions { language, ..Default::default() }).into_bytes(),
    };
    target.write(&bytes, ("brinell.report.render/1", "report"), session)
}

fn compare(arguments: &CompareReports, session: &mut Session) -> Outcome<Exit> {
    let target = &arguments.target;
    let form = target.form()?;
    let (first, second) = (read(&arguments.first)?, read(&arguments.second)?);
    let language = target.language.into();
    let bytes = match form {
        Form::Pdf => target.pdf(comparison_pdf(&first, &second, &target.pdf_options()?), session)?,
        Form::Markdown => comparison_markdown(&first, &second, language).into_bytes(),
        Form::Page => comparison_html(&first, &second, language).into_bytes(),
    };
    target.write(&bytes, ("brinell.report.compare/1", "comparison"), session)
}

fn read(path: &Path) -> Outcome<Diagnosis> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    read_json(&text, path).map_err(|error| translate::report(&error))
}
