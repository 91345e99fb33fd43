//! `brinell diagnose` and `brinell analyze`: from recordings to verdicts and reports, with a trained model and without.

use crate::arguments::HELP;
use crate::bearing_choice::{Dimensions, chosen};
use crate::exit::Exit;
use crate::failure::{Code, Failure, FailureJson, Outcome, unreadable};
use crate::inputs::{self, Inputs};
use crate::interrupt::Interrupt;
use crate::manifest::{self, Job, Row};
use crate::model_choice::ModelChoice;
use crate::output;
use crate::reading::{Reading, Stated};
use crate::report_folder::{ReportFolder, Written};
use crate::session::{Session, Target};
use crate::severity_choice::{SeverityChoice, StatedSeverity};
use crate::terminal::{shell_path, shell_word, shown, visible};
use crate::translate::{self, Doing};
use crate::verdict_text::{self, element, status};
use brinell_diagnosis::{
    BearingShelf, BearingUse, CatalogueBearing, Diagnosis, Machine, Request, SeverityRequest, Verdict, Zone,
    deciding,
};
use brinell_formats::{ReadRecording, read_recording};
use brinell_report::{Forms, PdfOptions};
use brinell_signal::Origin;
use brinell_signal::counted;
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

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
    model: Option<PathBuf>,
    #[command(flatten)]
    recordings: Recordings,
}

/// The same by the signal alone: no trained model is asked
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES_OF_ANALYZE)]
pub(crate) struct Analyze {
    #[arg(long, value_name = "FILE", hide = true)]
    model: Option<PathBuf>,
    #[command(flatten)]
    recordings: Recordings,
}

// What is diagnosed, and where results go. (A doc comment would become the help of both commands.)
#[derive(Debug, Default, Args)]
struct Recordings {
    /// Files, folders, or @LIST with one path a line
    #[arg(required_unless_present = "manifest", value_name = "FILE|FOLDER")]
    inputs: Vec<PathBuf>,
    /// Bearing under the sensor, e.g. 6205 (brinell list bearings)
    #[arg(long, value_name = "NAME")]
    bearing: Option<String>,
    /// Channel to read [default: the first of the recording]
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Table (CSV) with the columns file, asset, point, bearing, channel, speed, rate, unit, variable;
    /// what a row says holds for its file before the flags
    #[arg(long, value_name = "CSV")]
    manifest: Option<PathBuf>,
    /// Write reports into this folder: HTML and JSON each, index.html, recordings.parquet, peaks.parquet
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Write a PDF of each report too: A4, or Letter
    #[arg(long, value_enum, value_name = "PAPER", num_args = 0..=1, default_missing_value = "a4", require_equals = true, requires = "output")]
    pdf: Option<Paper>,
    /// Further font (.ttf, .otf) for characters that the PDF's own fonts lack; may be given again
    #[arg(long, value_name = "FILE", requires = "pdf", hide_short_help = true)]
    font: Vec<PathBuf>,
    /// Write a text in Markdown of each report too
    #[arg(long, requires = "output")]
    markdown: bool,
    /// Write into the folder although it holds something
    #[arg(short, long, requires = "output")]
    force: bool,
    /// Say what would be read and written, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// What makes the exit code 1
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = FailOn::None)]
    fail_on: FailOn,
    /// Where nothing is found, say the smallest fault that would have been (12 times the time)
    ///
    /// Simulated impacts are added to the recording, weaker and weaker. Takes about 12 times as long as without.
    #[arg(long)]
    smallest_fault: bool,
    /// Teeth of a gear on the shaft: its mesh is noted, so that no bearing is blamed for it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=2000), hide_short_help = true)]
    teeth: Option<u32>,
    /// Poles of the induction motor: sidebands of its slip are noted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=200), hide_short_help = true)]
    poles: Option<u32>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    severity: SeverityChoice,
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
    /// How a PDF of this size is made, with further fonts.
    pub(crate) fn options(self, fonts: &[PathBuf]) -> Outcome<PdfOptions> {
        let paper = match self {
            Paper::A4 => brinell_report::Paper::A4,
            Paper::Letter => brinell_report::Paper::Letter,
        };
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| unreadable(path, &error));
        let fonts = fonts.iter().map(read).collect::<Outcome<_>>()?;
        Ok(PdfOptions { paper, created: None, fonts })
    }
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Nothing: findings alone never fail.
    #[default]
    None,
    /// A fault that was found.
    Fault,
}

/// The summary of a batch.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    recordings: Vec<Item<'a>>,
    counts: Counts,
    report: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    found: usize,
    undecided: usize,
    no_fault_found: usize,
    failed: usize,
}

/// One recording in the summary: its verdict or its failure.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Judged(Box<Judged>),
    Failed { path: String, status: &'static str, error: FailureJson<'a> },
}

#[derive(Debug, Clone, Serialize)]
struct Judged {
    path: String,
    channel: String,
    status: &'static str,
    element: Option<&'static str>,
    why: String,
    expected_order: Option<f64>,
    found_order: Option<f64>,
    deviation_percent: Option<f64>,
    p_adjusted: Option<f64>,
    scores: BTreeMap<String, f64>,
    scores_calibrated: Option<bool>,
    disagreement: Option<String>,
    velocity_rms_mm_s: Option<f64>,
    zone: Option<Zone>,
    stage: Option<[u8; 2]>,
    actions: Vec<String>,
    caveats: Vec<String>,
    html: Option<String>,
    json: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pdf: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

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

/// How one file went.
type Judgement = Result<Diagnosis, Box<Failure>>;

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
    let pdf = arguments.pdf.map(|paper| paper.options(&arguments.font)).transpose()?;
    let forms = Forms { pdf, markdown: arguments.markdown };
    let Inputs { files, failures, skipped } = inputs::expand(&arguments.inputs)?;
    let jobs = if arguments.inputs.is_empty() {
        manifest::jobs_of_rows(rows)
    } else {
        manifest::jobs_of_files(files, &rows)
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
        return plan.describe(session);
    }
    let report = match &arguments.output {
        Some(folder) => Some(ReportFolder::open(folder, forms, arguments.force)?),
        None => None,
    };
    plan.work(session, failures, report, alone)
}

impl Plan<'_> {
    /// What would be read and written.
    fn describe(&self, session: &Session) -> Outcome<Exit> {
        #[derive(Serialize)]
        struct Planned {
            dry_run: bool,
            read: Vec<String>,
            write: Vec<String>,
        }
        let refused: Vec<&Failure> = self.jobs.iter().filter_map(refusal).collect();
        let good = self.jobs.iter().filter(|job| refusal(job).is_none());
        let read: Vec<String> = good.map(|job| job.path.to_string_lossy().into_owned()).collect();
        let mut write = Vec::new();
        if let Some(folder) = &self.arguments.output {
            let count = read.len();
            write.push(format!("{} (one page for each of {count})", folder.join("*.html").display()));
            let endings =
                [(true, "json"), (self.arguments.pdf.is_some(), "pdf"), (self.arguments.markdown, "md")];
            for (_, ending) in endings.into_iter().filter(|(wanted, _)| *wanted) {
                let files = folder.join(format!("*.{ending}"));
                write.push(format!("{} (one for each of {count})", files.display()));
            }
            for name in crate::report_folder::TOGETHER {
                write.push(folder.join(name).display().to_string());
            }
        }
        let mut human = String::new();
        for (word, paths) in [("would read ", &read), ("would write", &write)] {
            for path in paths {
                human.push_str(&format!("{word}  {}\n", visible(path)));
            }
        }
        report_grouped(session, &refused);
        let exits: Vec<Exit> = refused.iter().map(|failure| failure.exit).collect();
        let exit = Exit::of_batch(read.len(), &exits, false);
        let data = Planned { dry_run: true, read, write };
        session.result(&Target::default(), "brinell.diagnose.plan/1", refused.is_empty(), &data, &human)?;
        Ok(exit)
    }

    fn work(
        &self,
        session: &mut Session,
        early: Vec<(PathBuf, Box<Failure>)>,
        mut report: Option<ReportFolder>,
        alone: bool,
    ) -> Outcome<Exit> {
        // One file is over at once: a signal may end the program as it is.
        let interrupt = if alone { Ok(Interrupt::default()) } else { Interrupt::listen() };
        let interrupt = interrupt.map_err(|error| translate::resource("signals cannot be caught", &error))?;
        let mut progress = session.progress();
        progress.stage("diagnosing", self.jobs.len() as u64);
        let mut done: Vec<Result<Judged, (PathBuf, Box<Failure>)>> = early.into_iter().map(Err).collect();
        for failed in &done {
            self.tell_failure(session, failed, &mut report, alone)?;
        }
        let mut finished = 0;
        // A few files for each core at a time: memory follows cores, not files.
        for batch in self.jobs.chunks(rayon::current_num_threads().max(1)) {
            if interrupt.requested() {
                break;
            }
            let judgements: Vec<Judgement> = batch.par_iter().map(|job| self.judge_safely(job)).collect();
            for (job, judgement) in batch.iter().zip(judgements) {
                finished += 1;
                // A report that cannot be written is the failure of its recording, not of the batch.
                let result = judgement.and_then(|diagnosis| {
                    let written = report.as_mut().map(|report| report.add(&diagnosis)).transpose()?;
                    Ok((diagnosis, written))
                });
                let result = match result {
                    Ok((diagnosis, written)) => {
                        for warning in written.iter().flat_map(|written| &written.warnings) {
                            let text = format!("{}: {warning}", shown(&job.path));
                            progress.beside(|| session.warn(text));
                        }
                        if self.talk && !session.json() {
                            let text = if alone {
                                verdict_text::block(&diagnosis, session.paint)
                            } else {
                                verdict_text::line(&diagnosis, session.paint) + "\n"
                            };
                            progress.beside(|| output::print(&text))?;
                        }
                        Ok(Judged::of(&diagnosis, written.as_ref()))
                    }
                    Err(failure) => Err((job.path.clone(), failure)),
                };
                progress.beside(|| self.tell_failure(session, &result, &mut report, alone))?;
                done.push(result);
            }
            progress.at(finished as u64, &batch.last().map(|job| shown(&job.path)).unwrap_or_default());
        }
        progress.end();
        if alone && let Some(Err((_, failure))) = done.first() {
            return Err(failure.clone());
        }
        let stopped = interrupt.requested() && finished < self.jobs.len();
        if stopped {
            session.warn(format!("stopped after {finished} of {}", counted(self.jobs.len(), "file")));
        }
        let index = report.map(ReportFolder::close).transpose()?;
        let exit = self.conclude(session, &done, index.as_deref(), alone)?;
        Ok(if stopped { Exit::Signal(interrupt.exit()) } else { exit })
    }

    /// A failed file of a batch: a line in the list, and a row of the report.
    fn tell_failure(
        &self,
        session: &Session,
        result: &Result<Judged, (PathBuf, Box<Failure>)>,
        report: &mut Option<ReportFolder>,
        alone: bool,
    ) -> Outcome<()> {
        let Err((path, failure)) = result else { return Ok(()) };
        if alone {
            return Ok(());
        }
        if let Some(report) = report {
            report.add_failure(path, &in_a_list(path, failure));
        }
        if session.json() || !self.talk {
            return Ok(());
        }
        output::print(&format!("{}  {}\n", session.paint.caution("failed    "), in_a_list(path, failure)))
    }

    fn conclude(
        &self,
        session: &Session,
        done: &[Result<Judged, (PathBuf, Box<Failure>)>],
        index: Option<&Path>,
        alone: bool,
    ) -> Outcome<Exit> {
        let mut counts = Counts::default();
        for result in done {
            match result {
                Err(_) => counts.failed += 1,
                Ok(judged) => match judged.status {
                    "found" => counts.found += 1,
                    "undecided" => counts.undecided += 1,
                    _ => counts.no_fault_found += 1,
                },
            }
        }
        let failures: Vec<&Failure> =
            done.iter().filter_map(|result| result.as_ref().err()).map(|(_, failure)| &**failure).collect();
        report_grouped(session, &failures);
        let good = done.len() - counts.failed;
        let exits: Vec<Exit> = failures.iter().map(|failure| failure.exit).collect();
        let bad = self.arguments.fail_on == FailOn::Fault && counts.found > 0;
        let exit = Exit::of_batch(good, &exits, bad);
        if !self.talk {
            return Ok(exit);
        }
        let human = if alone {
            String::new()
        } else {
            format!(
                "{}: {} with a fault, {} undecided, {} without a finding, {} failed\n",
                counted(done.len(), "recording"),
                counts.found,
                counts.undecided,
                counts.no_fault_found,
                counts.failed
            )
        };
        if session.json() {
            let recordings = done.iter().map(Item::of).collect();
            let report = index.map(|path| path.to_string_lossy().into_owned());
            let data = Summary { recordings, counts, report };
            session.result(&Target::default(), "brinell.diagnose/1", failures.is_empty(), &data, "")?;
        } else {
            output::print(&human)?;
        }
        match index {
            Some(index) => session.hint(&format!("report: {}", shown(index))),
            None if !session.json() => session.detail("no report was written: add -o report/"),
            None => {}
        }
        Ok(exit)
    }

    /// A bug that one file brings out does not stop the others.
    fn judge_safely(&self, job: &Job) -> Judgement {
        let path = &job.path;
        catch_unwind(AssertUnwindSafe(|| self.judge(job))).unwrap_or_else(|_| {
            Err(Failure::new(Code::Internal, format!("{} brought out a bug in brinell", shown(path)))
                .help("please report it, with the file if it may be shared")
                .file(path))
        })
    }

    fn judge(&self, job: &Job) -> Judgement {
        if let Some(failure) = refusal(job) {
            return Err(Box::new(failure.clone()));
        }
        let (path, row) = (job.path.as_path(), job.row.as_ref());
        let doing = Doing { command: self.command, path };
        let stated = Stated {
            rate: row.and_then(|row| row.rate).or(self.stated.rate),
            speed: row.and_then(|row| row.speed).or(self.stated.speed),
            unit: row.and_then(|row| row.unit).or(self.stated.unit),
            variable: row.and_then(|row| row.variable.clone()).or_else(|| self.stated.variable.clone()),
            layout: self.stated.layout.clone(),
        };
        let read =
            read_recording(path, &stated.request()).map_err(|error| translate::formats(&error, doing))?;
        let channel = row.and_then(|row| row.channel.as_deref()).or(self.arguments.channel.as_deref());
        let bearing = self.bearing_under(&read, row, channel);
        let request = Request {
            channel,
            machine: Machine {
                asset: row.and_then(|row| row.asset.clone()),
                point: row.and_then(|row| row.point.clone()),
                ..self.severity.machine.clone()
            },
            severity: SeverityRequest {
                measured: self.severity.measured.clone(),
                history: &self.severity.history,
                limit: self.severity.limit.clone(),
                policy: self.severity.policy.as_ref(),
            },
            reproduce: self.reproduce(path, &stated, channel, bearing.as_ref()),
            bearing,
            model: self.model.model(),
            smallest_fault: self.arguments.smallest_fault,
            teeth: self.arguments.teeth,
            poles: self.arguments.poles,
        };
        brinell_diagnosis::diagnose(&read.recording, &request)
            .map_err(|error| translate::diagnosis(&error, doing))
    }

    /// The bearing under the sensor: the manifest's, the command line's, or the layout's.
    fn bearing_under(
        &self,
        read: &ReadRecording,
        row: Option<&Row>,
        channel: Option<&str>,
    ) -> Option<BearingUse> {
        let declared = row.and_then(|row| row.bearing.clone()).or_else(|| self.bearing.clone());
        if let Some(bearing) = declared {
            return Some(BearingUse { bearing, origin: Origin::Declared });
        }
        let name = channel.or_else(|| read.recording.channels().first().map(|channel| channel.name()));
        let known = read.bearings.iter().find(|(channel, _)| Some(channel.as_str()) == name);
        // A layout may name a bearing that the catalogue lacks: then its geometry is not known.
        known
            .and_then(|(_, designation)| self.shelf.bearing(designation).ok())
            .map(|bearing| BearingUse { bearing, origin: Origin::Nominal })
    }

    /// The command line that repeats the diagnosis of one file.
    fn reproduce(
        &self,
        path: &Path,
        stated: &Stated,
        channel: Option<&str>,
        bearing: Option<&BearingUse>,
    ) -> String {
        let mut words = vec![format!("brinell {}", self.command), shell_path(path)];
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("{name} {}", shell_word(&value))));
        };
        flag("--rate", stated.rate.map(|rate| format!("{}Hz", rate.0)));
        flag("--speed", stated.speed.map(|speed| format!("{}Hz", speed.0)));
        flag("--unit", stated.unit.map(|unit| unit.to_string()));
        flag("--variable", stated.variable.clone());
        let layout = self.arguments.reading.layout.as_ref();
        flag("--layout", layout.map(|path| path.to_string_lossy().into_owned()));
        flag("--channel", channel.map(str::to_owned));
        if let Some(used) = bearing.filter(|used| used.origin == Origin::Declared) {
            if self.dimensions_used(&used.bearing) {
                let geometry = &used.bearing.geometry;
                flag("--rolling-elements", Some(geometry.rolling_elements.to_string()));
                flag("--ball-diameter", Some(format!("{}mm", geometry.ball_diameter.0)));
                flag("--pitch-diameter", Some(format!("{}mm", geometry.pitch_diameter.0)));
                flag("--contact-angle", Some(format!("{}deg", geometry.contact_angle_deg)));
            } else {
                flag("--bearing", Some(used.bearing.designation.clone()));
                let own = self.arguments.dimensions.bearings.as_ref();
                flag("--bearings", own.map(|path| path.to_string_lossy().into_owned()));
            }
        }
        words.extend(self.arguments.severity.again(&self.severity.machine));
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("{name} {}", shell_word(&value))));
        };
        flag("--teeth", self.arguments.teeth.map(|teeth| teeth.to_string()));
        flag("--poles", self.arguments.poles.map(|poles| poles.to_string()));
        flag("--model", self.model.flag().filter(|_| self.command == "diagnose"));
        words.extend(self.arguments.smallest_fault.then(|| "--smallest-fault".to_owned()));
        words.join(" ")
    }

    fn dimensions_used(&self, used: &CatalogueBearing) -> bool {
        self.arguments.dimensions.rolling_elements.is_some() && self.bearing.as_ref() == Some(used)
    }
}

/// Why the row of a recording cannot be used, if it cannot.
fn refusal(job: &Job) -> Option<&Failure> {
    job.row.as_ref().and_then(|row| row.refused.as_deref())
}

/// A failure as one line: that of a manifest's row names its line and its file.
fn in_a_list(path: &Path, failure: &Failure) -> String {
    match &failure.place {
        Some(place) if failure.code == Code::ManifestInvalid => {
            format!("{} ({}): {}", visible(place), shown(path), failure.one_line())
        }
        _ => failure.one_line(),
    }
}

/// Failures of a batch on standard error: the first of each kind, and how many more there are.
fn report_grouped(session: &Session, failures: &[&Failure]) {
    let mut seen: Vec<Code> = Vec::new();
    for failure in failures {
        if seen.contains(&failure.code) {
            continue;
        }
        seen.push(failure.code);
        session.report(failure);
        let more = failures.iter().filter(|other| other.code == failure.code).count() - 1;
        if more > 0 {
            output::say(&format!(
                "  and {more} more {} like this\n",
                if more == 1 { "file" } else { "files" }
            ));
        }
    }
}

fn path_text(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.to_string_lossy().into_owned())
}

impl Judged {
    fn of(diagnosis: &Diagnosis, written: Option<&Written>) -> Self {
        let evidence = deciding(diagnosis);
        let learned = diagnosis.learned.as_ref();
        let assessed = diagnosis.assessed.as_ref();
        let (Verdict::Found { why, .. } | Verdict::Undecided { why, .. } | Verdict::NoFaultFound { why, .. }) =
            &diagnosis.verdict;
        Self {
            path: diagnosis.input.path.clone(),
            channel: diagnosis.input.channel.clone(),
            status: status(&diagnosis.verdict),
            element: element(&diagnosis.verdict).map(|kind| kind.title()),
            why: why.clone(),
            expected_order: evidence.map(|evidence| evidence.expected_order),
            found_order: evidence.and_then(|evidence| evidence.found_order),
            deviation_percent: evidence.and_then(|evidence| evidence.deviation_percent),
            p_adjusted: evidence.map(|evidence| evidence.p_adjusted),
            scores: learned
                .map(|learned| {
                    learned.scores.iter().map(|score| (score.class.clone(), score.score)).collect()
                })
                .unwrap_or_default(),
            scores_calibrated: learned.map(|learned| learned.calibrated),
            disagreement: diagnosis.disagreement.clone(),
            velocity_rms_mm_s: assessed.and_then(|assessed| assessed.severity.velocity_rms_mm_s),
            zone: assessed.and_then(|assessed| assessed.severity.zone),
            stage: assessed.and_then(|assessed| assessed.stage.range),
            actions: diagnosis.actions.iter().map(|action| action.what.clone()).collect(),
            caveats: diagnosis.caveats.iter().map(|caveat| caveat.code.clone()).collect(),
            html: written.map(|written| written.html.to_string_lossy().into_owned()),
            json: written.map(|written| written.json.to_string_lossy().into_owned()),
            pdf: written.and_then(|written| path_text(written.pdf.as_deref())),
            markdown: written.and_then(|written| path_text(written.markdown.as_deref())),
        }
    }
}

impl<'a> Item<'a> {
    fn of(result: &'a Result<Judged, (PathBuf, Box<Failure>)>) -> Self {
        match result {
            Ok(judged) => Item::Judged(Box::new(judged.clone())),
            Err((path, failure)) => Item::Failed {
                path: path.to_string_lossy().into_owned(),
                status: "failed",
                error: failure.to_json(),
            },
        }
    }
}
