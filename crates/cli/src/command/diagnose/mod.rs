//! `brinell diagnose` and `brinell analyze`: from recordings to verdicts and reports, with a trained model and without.
//!
//! | file | idea |
//! |---|---|
//! | `arguments.rs` | the flags |
//! | `recording.rs` | one recording and its diagnosis |
//! | `batch.rs` | many of them |
//! | `earlier.rs` | earlier recordings of the same point among them |
//! | `summary.rs` | what they came to, as JSON |
//! | `dry_run.rs` | what would be read and written |

mod arguments;
mod batch;
mod dry_run;
mod earlier;
mod recording;
mod summary;

pub(crate) use arguments::{Analyze, Diagnose, Paper};

use crate::bearing_choice::chosen;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::inputs::{self, Inputs};
use crate::manifest::{self, Job};
use crate::model_choice::ModelChoice;
use crate::reading::Stated;
use crate::report_folder::ReportFolder;
use crate::session::Session;
use crate::severity_choice::StatedSeverity;
use crate::terminal::shell_path;
use arguments::Recordings;
use brinell_diagnosis::{BearingShelf, CatalogueBearing};
use brinell_report::Forms;
use brinell_signal::counted;
use std::borrow::Cow;
use std::path::Path;

/// The whole plan: everything that can be wrong in the command line is found before the first file.
struct Plan<'a> {
    arguments: &'a Recordings,
    /// As typed: `diagnose` or `analyze`.
    command: &'static str,
    /// Whether results go to standard output; a caller that reads them itself says no.
    talk: bool,
    stated: Stated,
    severity: StatedSeverity,
    bearing: Option<CatalogueBearing>,
    shelf: Cow<'static, BearingShelf>,
    model: ModelChoice,
    jobs: Vec<Job>,
}

/// Diagnoses everything that was named.
pub(crate) fn run(arguments: &Diagnose, session: &mut Session) -> Outcome<Exit> {
    let model = ModelChoice::of(arguments.model.as_deref(), "diagnose --model")?;
    work(&arguments.recordings, ("diagnose", model), session, true)
}

/// Diagnoses everything that was named by the signal alone.
pub(crate) fn run_without_model(arguments: &Analyze, session: &mut Session) -> Outcome<Exit> {
    if let Some(model) = &arguments.model {
        return Err(Failure::new(
            Code::Usage,
            "brinell analyze rests on the signal alone and asks no model, so it takes no --model",
        )
        .help(format!("brinell diagnose FILE --model {}", shell_path(model))));
    }
    work(&arguments.recordings, ("analyze", ModelChoice::None), session, true)
}

/// Diagnoses the recordings of a manifest and writes their reports, silently: the results are in the folder.
pub(crate) fn into_folder(
    manifest: &Path,
    model: &Path,
    output: &Path,
    session: &mut Session,
) -> Outcome<Exit> {
    let arguments = Recordings {
        manifest: Some(manifest.to_owned()),
        output: Some(output.to_owned()),
        force: true,
        ..Recordings::default()
    };
    let model = ModelChoice::of(Some(model), "diagnose --model")?;
    work(&arguments, ("diagnose", model), session, false)
}

fn work(
    arguments: &Recordings,
    (command, model): (&'static str, ModelChoice),
    session: &mut Session,
    talk: bool,
) -> Outcome<Exit> {
    let stated = arguments.reading.stated()?;
    let severity = arguments.severity.stated()?;
    let bearing = chosen(arguments.bearing.as_deref(), &arguments.dimensions)?;
    let shelf = arguments.dimensions.shelf()?;
    let rows = match &arguments.manifest {
        Some(path) => manifest::read(path, &shelf)?,
        None => Vec::new(),
    };
    let pdf = arguments.pdf.map(|paper| paper.options(arguments.language, &arguments.font)).transpose()?;
    let forms = Forms { pdf, markdown: arguments.markdown, language: arguments.language.into() };
    let Inputs { files, failures, skipped, folders } = inputs::expand(&arguments.inputs)?;
    let jobs = if arguments.inputs.is_empty() {
        manifest::jobs_of_rows(rows)
    } else {
        let jobs = manifest::jobs_of_files(files, &rows, folders);
        if let Some(told) = manifest::unmatched(&jobs, &rows) {
            session.warn(told);
        }
        jobs
    };
    if skipped > 0 {
        session.detail(&format!("{} in folders left out: no recordings", counted(skipped, "file")));
    }
    let plan = Plan { arguments, command, talk, stated, severity, bearing, shelf, model, jobs };
    let alone = plan.jobs.len() + failures.len() == 1;
    if let (true, Some((_, failure))) = (alone, failures.first()) {
        return Err(failure.clone());
    }
    if plan.jobs.is_empty() && failures.is_empty() {
        return Err(inputs::none(&arguments.inputs));
    }
    if arguments.dry_run {
        arguments.output.as_deref().map_or(Ok(()), |folder| ReportFolder::check(folder, arguments.force))?;
        return plan.describe(&failures, session);
    }
    let report = match &arguments.output {
        Some(folder) => Some(ReportFolder::open(folder, forms, arguments.force)?),
        None => None,
    };
    plan.work(session, failures, report, alone)
}
