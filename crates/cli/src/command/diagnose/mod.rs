//! `brinell diagnose` and `brinell analyze`: from recordings to verdicts and reports, with a trained model and without.
//!
//! | file | idea |
//! |---|---|
//! | `arguments.rs` | the flags |
//! | `recording.rs` | one recording and its diagnosis |
//! | `schedule.rs` | which are worked on, in which order, and what each result is made from |
//! | `done_before.rs` | what an earlier run has done |
//! | `batch.rs` | many of them, by a crew |
//! | `earlier.rs` | earlier recordings of the same point |
//! | `channel_notes.rs` | what was not diagnosed of files with several channels |
//! | `watch.rs` | files that come and change |
//! | `summary.rs` | what they came to |
//! | `dry_run.rs` | what would be read and written |

mod arguments;
mod batch;
mod channel_notes;
mod done_before;
mod dry_run;
mod earlier;
mod recording;
mod schedule;
mod summary;
mod watch;

pub(crate) use arguments::{Analyze, Diagnose, Paper};

use crate::bearing_choice::chosen;
use crate::device::AskedDevice;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, refused_quantity};
use crate::inputs::{self, Inputs};
use crate::interrupt::Interrupt;
use crate::manifest::{self, Job, Row};
use crate::model_choice::ModelChoice;
use crate::reading::Stated;
use crate::report_folder::{Begin, Pages, ReportFolder, to_go_on};
use crate::session::Session;
use crate::severity_choice::StatedSeverity;
use crate::terminal::shell_path;
use crate::translate::{self, Doing};
use arguments::Recordings;
use brinell_diagnosis::{BearingShelf, CatalogueBearing};
use brinell_formats::{sha256, sha256_file};
use brinell_learn::Trained;
use brinell_report::Forms;
use brinell_signal::{Seconds, counted, parse_duration};
use schedule::Shard;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use summary::Total;
use watch::Watch;

/// The whole plan: everything that can be wrong in the command line is found before the first file.
struct Plan {
    arguments: Recordings,
    /// As typed: `diagnose` or `analyze`.
    command: &'static str,
    /// Whether results go to standard output; a caller that reads them itself says no.
    talk: bool,
    stated: Stated,
    severity: StatedSeverity,
    bearing: Option<CatalogueBearing>,
    shelf: Cow<'static, BearingShelf>,
    model: ModelChoice,
    /// What `--device` has to say where a GPU judges. Results differ by rounding, so no fingerprint holds it: a batch may go on
    /// elsewhere.
    device: Option<String>,
    time_limit: Option<Duration>,
    /// Length of segments, where one is stated.
    segment: Option<Seconds>,
    /// All that results depend on besides a recording, its path and its row.
    fingerprint: String,
}

/// Diagnoses everything that was named.
pub(crate) fn run(arguments: &Diagnose, session: &mut Session) -> Outcome<Exit> {
    let doing = Doing { command: "diagnose", path: Path::new("") };
    let recordings = &arguments.recordings;
    let device = match recordings.dry_run {
        true => AskedDevice::cpu(),
        false => AskedDevice::open(arguments.device, doing)?,
    };
    let model = ModelChoice::of(arguments.model.as_deref(), "diagnose --model")?.on(&device, session)?;
    let on_gpu = model.model().is_some_and(Trained::is_on_gpu);
    let device = device.flag().filter(|_| on_gpu);
    work(recordings, ("diagnose", model, device), session, true)
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
    work(&arguments.recordings, ("analyze", ModelChoice::None, None), session, true)
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
    work(&arguments, ("diagnose", model, None), session, false)
}

fn work(
    arguments: &Recordings,
    (command, model, device): (&'static str, ModelChoice, Option<String>),
    session: &mut Session,
    talk: bool,
) -> Outcome<Exit> {
    let pdf = arguments.pdf.map(|paper| paper.options(arguments.language, &arguments.font)).transpose()?;
    let forms = Forms { pdf, markdown: arguments.markdown, language: arguments.language.into() };
    let shard = arguments.shard.as_deref().map(Shard::parse).transpose()?;
    let mut plan = Plan {
        command,
        talk,
        stated: arguments.reading.stated()?,
        severity: arguments.severity.stated()?,
        bearing: chosen(arguments.bearing.as_deref(), &arguments.dimensions)?,
        shelf: arguments.dimensions.shelf()?,
        model,
        device,
        time_limit: arguments.time_limit.as_deref().map(time_limit).transpose()?,
        segment: arguments.segment.as_deref().map(segment).transpose()?,
        fingerprint: String::new(),
        arguments: arguments.clone(),
    };
    plan.fingerprint = plan.fingerprint_with(&forms);
    let named = plan.named(session, true)?;
    let alone = named.len() == 1 && !arguments.watch && shard.is_none() && !arguments.resume;
    if let (true, Some(failure)) = (alone, named.first().and_then(|job| job.refused.as_ref())) {
        return Err(failure.clone());
    }
    if named.is_empty() && !arguments.watch {
        return Err(inputs::none(&arguments.inputs));
    }
    let mut jobs = plan.scheduled(shard, named);
    if arguments.dry_run {
        let begin = arguments.begin();
        arguments.output.as_deref().map_or(Ok(()), |folder| ReportFolder::check(folder, begin))?;
        return plan.describe(&jobs, session);
    }
    let mut report = plan.open_report(forms)?;
    // One file is over at once: a signal may end the program as it is.
    let interrupt = if alone { Ok(Interrupt::default()) } else { Interrupt::listen() };
    let interrupt = interrupt.map_err(|error| translate::resource("signals cannot be caught", &error))?;
    let (plan, mut total, mut watch) =
        (Arc::new(plan), Total::new(session.json(), arguments.watch), Watch::default());
    let mut first = true;
    loop {
        watch.take(&jobs);
        let mut progress = session.progress();
        let left = plan.left(jobs, report.as_mut(), &mut progress)?;
        // What comes while the program looks on was counted when it was done.
        if std::mem::take(&mut first) {
            total.start_from(left.before);
        }
        let of = total.all() + left.open.len();
        let stopped =
            plan.diagnose_all(session, left, &mut report, (&mut total, alone), (&interrupt, &mut progress));
        drop(progress);
        let stopped = stopped.inspect_err(|_| {
            report.iter().for_each(|report| session.hint(&to_go_on(report.path())));
        })?;
        if alone && let Some(failure) = total.only_failure() {
            return Err(Box::new(failure.clone()));
        }
        let index = report.as_mut().map(ReportFolder::bring_up_to_date).transpose()?;
        if stopped {
            plan.tell_stopped(session, total.all(), of, report.as_ref());
        }
        jobs = if plan.arguments.watch && !stopped {
            watch.tell(session);
            plan.come(&mut watch, shard, session, &interrupt)
        } else {
            Vec::new()
        };
        if jobs.is_empty() {
            let exit = plan.conclude(session, &total, index.as_deref(), alone)?;
            return Ok(if stopped { Exit::Signal(interrupt.exit()) } else { exit });
        }
    }
}

/// The length of segments with its unit.
fn segment(text: &str) -> Outcome<Seconds> {
    parse_duration(text).map_err(|error| refused_quantity("--segment", &error))
}

/// A time limit with its unit.
fn time_limit(text: &str) -> Outcome<Duration> {
    let seconds = parse_duration(text).map_err(|error| refused_quantity("--time-limit", &error))?;
    Duration::try_from_secs_f64(seconds.0).map_err(|_| {
        Failure::new(Code::Quantity, format!("--time-limit {text} is too long")).help("--time-limit 2min")
    })
}

impl Plan {
    /// All that was named: files, what lies in folders and fits patterns, rows of manifests. What is noteworthy of it is told at
    /// the first look.
    fn named(&self, session: &mut Session, first_look: bool) -> Outcome<Vec<Job>> {
        let arguments = &self.arguments;
        let mut warnings = Vec::new();
        let mut read = |path: &Path| -> Outcome<Vec<Row>> {
            let rows = manifest::read(path, &self.shelf)?;
            warnings.extend(manifest::unknown_bearings(&rows));
            Ok(rows)
        };
        let described = arguments.manifest.as_deref().map_or(Ok(Vec::new()), &mut read)?;
        let Inputs { files, failures, skipped, folders, manifests, .. } =
            inputs::expand_with_manifests(&arguments.inputs)?;
        let mut jobs: Vec<Job> = failures.into_iter().map(Job::failing).collect();
        for path in &manifests {
            jobs.extend(manifest::jobs_of_rows(read(path)?));
        }
        let left_out = Some(skipped).filter(|skipped| skipped.number > 0 && !files.is_empty());
        if arguments.inputs.is_empty() {
            jobs.extend(manifest::jobs_of_rows(described));
        } else {
            let of_files = manifest::jobs_of_files(files, &described, folders);
            warnings.extend(manifest::unmatched(&of_files, &described));
            jobs.extend(of_files);
        }
        if first_look {
            warnings.into_iter().for_each(|told| session.warn(told));
            if let Some(left_out) = left_out {
                let number = counted(left_out.number, "file");
                session.hint(&format!("{number} in folders left out: no recordings (-v names them)"));
                session.detail(&format!("left out: {}", left_out.names()));
            }
        }
        Ok(jobs)
    }

    /// Waits for recordings that are new or have changed; none when a signal came.
    fn come(
        &self,
        watch: &mut Watch,
        shard: Option<Shard>,
        session: &mut Session,
        interrupt: &Interrupt,
    ) -> Vec<Job> {
        while watch::pause(interrupt) {
            // A table that is just being written is read at the next look.
            let Ok(jobs) = self.named(session, false) else { continue };
            let jobs = watch.settled(jobs.into_iter().filter(|job| job.refused.is_none()).collect());
            if !jobs.is_empty() {
                return self.scheduled(shard, jobs);
            }
        }
        Vec::new()
    }

    fn open_report(&self, forms: Forms) -> Outcome<Option<ReportFolder>> {
        let arguments = &self.arguments;
        let Some(folder) = &arguments.output else { return Ok(None) };
        let begin = arguments.begin();
        let pages =
            Pages::new(folder.clone(), forms, arguments.pages, begin != Begin::Empty || arguments.watch);
        let classes =
            self.model.model().map(|model| model.classes().iter().map(ToString::to_string).collect());
        ReportFolder::open(folder, pages, classes.unwrap_or_default(), begin).map(Some)
    }

    /// All that results depend on besides a recording, its path and its row.
    fn fingerprint_with(&self, forms: &Forms) -> String {
        let file = |path: Option<&Path>| path.and_then(|path| sha256_file(path).ok());
        let arguments = &self.arguments;
        let flags =
            (&arguments.channel, arguments.smallest_fault, arguments.teeth, arguments.poles, arguments.pages);
        let model = self.model.flag();
        let files = [file(model.as_deref().map(Path::new)), file(arguments.dimensions.bearings.as_deref())];
        let said = (&self.stated, &self.severity, &self.bearing, self.segment);
        let program = (env!("CARGO_PKG_VERSION"), self.command);
        sha256(format!("{program:?} {said:?} {flags:?} {model:?} {files:?} {forms:?}").as_bytes())
    }
}
