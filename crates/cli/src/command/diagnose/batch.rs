//! Many recordings: diagnosed by a crew, told and kept in their order. One that fails never stops the others.
//!
//! A recording passes two stages. It is judged on any thread; then, in the order of the batch, it gets its history and its name,
//! and on any thread its pages; then, in the order of the batch, it is told and kept. Between the first and the last of these
//! there are only a few recordings for each thread: memory follows threads, not files.

use super::Plan;
use super::arguments::FailOn;
use super::done_before::{Left, Open, content};
use super::earlier::Earlier;
use super::recording::{JudgedFile, Judgement};
use super::summary::{Judged as Summed, Told, Total};
use crate::crew::{Crew, Ticket};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::manifest::Job;
use crate::output;
use crate::progress::Progress;
use crate::report_folder::{Entry, Key, Pages, ReportFolder, Told as Kept, to_go_on};
use crate::session::Session;
use crate::terminal::{Paint, shown, visible};
use crate::translate;
use crate::verdict_text;
use brinell_diagnosis::{Diagnosis, EarlierReading};
use brinell_formats::{MeasuredChannels, WantedChannels};
use brinell_report::{FleetRow, TableRows};
use brinell_signal::counted;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often a signal and the time limit are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What workers tell.
enum Event {
    /// A recording has come to a worker.
    Begun(usize),
    /// It was judged; with the hash of its file where that is kept.
    Judged(usize, Judgement, Option<String>),
    /// Its pages are written.
    Written(usize, Outcome<Finished>),
}

/// A recording that is ready to be told and kept.
#[derive(Default)]
struct Finished {
    /// A diagnosis, or one for each segment of each channel.
    told: Vec<Told>,
    /// The channels of its file; of one that failed none.
    channels: MeasuredChannels,
    /// What is printed.
    text: String,
    warnings: Vec<String>,
    entry: Option<Entry>,
}

/// A recording that a worker is at, or will be.
struct UnderWay {
    ticket: Ticket,
    begun: Option<Instant>,
}

/// A batch at work.
struct Batch<'a> {
    plan: &'a Arc<Plan>,
    open: Arc<Vec<Open>>,
    crew: Crew,
    events: (Sender<Event>, Receiver<Event>),
    alone: bool,
    paint: Paint,
    json: bool,
    pages: Option<Pages>,
    earlier: Earlier,
    judging: BTreeMap<usize, UnderWay>,
    judged: BTreeMap<usize, (Judgement, Option<String>)>,
    finished: BTreeMap<usize, Finished>,
    /// Recordings that were begun, got their name, and were kept.
    begun: usize,
    named: usize,
    kept: usize,
}

impl Plan {
    /// Diagnoses what is left of a batch; gives whether a signal stopped it.
    pub(super) fn diagnose_all(
        self: &Arc<Self>,
        session: &mut Session,
        left: Left,
        report: &mut Option<ReportFolder>,
        (total, alone): (&mut Total, bool),
        (interrupt, progress): (&Interrupt, &mut Progress),
    ) -> Outcome<bool> {
        let workers = rayon::current_num_threads().min(left.open.len()).max(1);
        let crew =
            Crew::new(workers).map_err(|error| translate::resource("threads cannot be started", &error))?;
        let mut batch = Batch {
            plan: self,
            open: Arc::new(left.open),
            crew,
            events: channel(),
            alone,
            paint: session.paint,
            json: session.json(),
            pages: report.as_ref().map(ReportFolder::pages),
            earlier: left.earlier,
            judging: BTreeMap::new(),
            judged: BTreeMap::new(),
            finished: BTreeMap::new(),
            begun: 0,
            named: 0,
            kept: 0,
        };
        progress.stage("diagnosing", batch.open.len() as u64);
        while batch.kept < batch.open.len() {
            let most = batch.kept + 2 * workers + 1;
            while batch.begun < batch.open.len().min(most) && !interrupt.requested() {
                batch.begin();
            }
            if batch.kept == batch.begun {
                break;
            }
            batch.wait()?;
            batch.name_those_in_turn(report);
            while let Some(finished) = batch.finished.remove(&batch.kept) {
                let job = &batch.open[batch.kept].job;
                progress.at(batch.kept as u64 + 1, &shown(&job.path));
                progress.beside(|| tell(session, &finished, self.talk && !alone))?;
                total.channels.add(&job.path, self.wanted(job.row.as_ref()), &finished.channels);
                total.add_all(job, finished.told);
                if let (Some(report), Some(entry)) = (report.as_mut(), finished.entry) {
                    report.add(entry)?;
                }
                batch.kept += 1;
            }
        }
        progress.end();
        Ok(batch.kept < batch.open.len())
    }

    /// What a batch came to, on both streams.
    pub(super) fn conclude(
        &self,
        session: &Session,
        total: &Total,
        index: Option<&Path>,
        alone: bool,
    ) -> Outcome<Exit> {
        total.report_failures(session);
        let exit = total.exit(self.arguments.fail_on == FailOn::Fault);
        if !self.talk {
            return Ok(exit);
        }
        if session.json() {
            total.print_json(session, index)?;
        } else if !alone {
            output::print(&total.line())?;
        }
        total.channels.tell(session);
        match index {
            Some(index) => session.hint(&format!("report: {}", shown(index))),
            None if !session.json() => session.detail("no report was written: add -o report/"),
            None => {}
        }
        Ok(exit)
    }

    /// Says that a batch was stopped, and how to go on.
    pub(super) fn tell_stopped(
        &self,
        session: &mut Session,
        done: usize,
        of: usize,
        report: Option<&ReportFolder>,
    ) {
        session.warn(format!("stopped after {done} of {}", counted(of, "file")));
        if let Some(report) = report {
            session.hint(&to_go_on(report.path()));
        }
    }
}

/// Prints what is to be said of a recording. A failed one of a single file is told at the end.
fn tell(session: &mut Session, finished: &Finished, failures: bool) -> Outcome<()> {
    for warning in &finished.warnings {
        session.warn(warning.clone());
    }
    if finished.told.iter().any(Result::is_ok) || failures { output::print(&finished.text) } else { Ok(()) }
}

impl Batch<'_> {
    /// Hands the next recording to the crew.
    fn begin(&mut self) {
        let at = self.begun;
        let (plan, open, tell) = (Arc::clone(self.plan), Arc::clone(&self.open), self.events.0.clone());
        let hashed = self.pages.is_some();
        let ticket = self.crew.give(false, move || {
            // Nobody listens where the batch was stopped by an error: then nothing is to be told.
            drop(tell.send(Event::Begun(at)));
            let job = &open[at].job;
            let judgement = plan.judge_safely(job);
            let content = if hashed { content(&job.path) } else { None };
            drop(tell.send(Event::Judged(at, judgement, content)));
        });
        self.judging.insert(at, UnderWay { ticket, begun: None });
        self.begun += 1;
    }

    /// Waits for workers, and gives up recordings that take too long.
    fn wait(&mut self) -> Outcome<()> {
        match self.events.1.recv_timeout(LOOK) {
            Ok(Event::Begun(at)) => {
                if let Some(under_way) = self.judging.get_mut(&at) {
                    under_way.begun = Some(Instant::now());
                }
            }
            // One that was given up is told already.
            Ok(Event::Judged(at, judgement, content)) => {
                if self.judging.remove(&at).is_some() {
                    self.judged.insert(at, (judgement, content));
                }
            }
            Ok(Event::Written(at, finished)) => {
                self.finished.insert(at, finished?);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        let Some(limit) = self.plan.time_limit else { return Ok(()) };
        let late = |under_way: &UnderWay| under_way.begun.is_some_and(|begun| begun.elapsed() > limit);
        let late: Vec<usize> = self.judging.iter().filter(|(_, own)| late(own)).map(|(at, _)| *at).collect();
        for at in late {
            let Some(under_way) = self.judging.remove(&at) else { continue };
            let replaced = self.crew.give_up(&under_way.ticket);
            replaced.map_err(|error| translate::resource("a thread cannot be started", &error))?;
            let path = &self.open[at].job.path;
            let failure = Failure::new(Code::TimeLimit, format!("{} takes too long", shown(path)))
                .why(format!("it was not done after the {} s of --time-limit", limit.as_secs_f64()))
                .help("a higher --time-limit, or see why it is slow: its size, or the disk it lies on")
                .file(path);
            self.judged.insert(at, (Err(failure), None));
        }
        Ok(())
    }

    /// Gives those that are next in turn their history and their name, and hands them to the crew for their pages.
    fn name_those_in_turn(&mut self, report: &mut Option<ReportFolder>) {
        while let Some((judgement, content)) = self.judged.remove(&self.named) {
            let at = self.named;
            self.named += 1;
            let Open { job, configuration, .. } = &self.open[at];
            let key = Key { configuration: configuration.clone(), content };
            let JudgedFile { judged, unusable, channels } = match judgement {
                Ok(judged) => judged,
                Err(failure) => {
                    let finished = self.teller(at).failed(key, failure);
                    self.finished.insert(at, finished);
                    continue;
                }
            };
            let dated = self.plan.dated(job);
            let readings: Vec<Option<EarlierReading>> =
                judged.iter().map(|judged| dated.is_some().then(|| judged.reading())).collect();
            let named = judged.into_iter().map(|judged| {
                let mut diagnosis = self.plan.against(judged, job, &self.earlier.readings(self.plan, job));
                if let Some(report) = report {
                    report.name(&mut diagnosis);
                }
                diagnosis
            });
            let named: Vec<(Diagnosis, Option<EarlierReading>)> = named.zip(readings).collect();
            for reading in named.iter().filter_map(|(_, reading)| reading.as_ref()) {
                if let Some((point, day)) = &dated {
                    self.earlier.note(point.clone(), *day, reading.clone());
                }
            }
            let (teller, tell) = (self.teller(at), self.events.0.clone());
            let finish = move || teller.finish(named, unusable, channels, key);
            self.crew.give(true, move || drop(tell.send(Event::Written(at, finish()))));
        }
    }

    fn teller(&self, at: usize) -> Teller {
        Teller {
            plan: Arc::clone(self.plan),
            open: Arc::clone(&self.open),
            at,
            pages: self.pages.clone(),
            text: (self.plan.talk && !self.json).then_some((self.alone, self.paint)),
        }
    }
}

/// Writes the pages of a recording and words what is told and kept of it.
struct Teller {
    plan: Arc<Plan>,
    open: Arc<Vec<Open>>,
    at: usize,
    pages: Option<Pages>,
    /// Whether it is printed: as the only one or in a list, and how.
    text: Option<(bool, Paint)>,
}

impl Teller {
    /// Fails where the disk is full: then nothing more can be written of any recording.
    fn finish(
        self,
        named: Vec<(Diagnosis, Option<EarlierReading>)>,
        unusable: Vec<(String, Box<Failure>)>,
        channels: MeasuredChannels,
        key: Key,
    ) -> Outcome<Finished> {
        let Job { path, row, .. } = &self.open[self.at].job;
        let channel_asked = self.plan.wanted(row.as_ref()) != WantedChannels::First;
        let mut finished = Finished { channels, ..Finished::default() };
        let mut results = Vec::new();
        for (diagnosis, reading) in &named {
            let written = match self.pages.as_ref().map(|pages| pages.write(diagnosis)).transpose() {
                Ok(written) => written.flatten(),
                Err(failure) if failure.code == Code::Resource => return Err(failure),
                Err(failure) => return Ok(self.failed(key, failure)),
            };
            finished.text += &match self.text {
                Some((true, paint)) if named.len() == 1 => verdict_text::block(diagnosis, paint),
                Some((_, paint)) => verdict_text::line(diagnosis, channel_asked, paint) + "\n",
                None => String::new(),
            };
            let page = written.as_ref().and_then(|written| written.html.file_name());
            let page = page.map(|name| name.to_string_lossy().into_owned());
            let warnings = written.iter().flat_map(|written| &written.warnings);
            finished.warnings.extend(warnings.map(|warning| format!("{}: {warning}", shown(path))));
            finished.told.push(Ok(Summed::of(diagnosis, written.as_ref())));
            if self.pages.is_some() {
                let mut tables = TableRows::diagnosed(diagnosis);
                tables.recording.configuration.clone_from(&key.configuration);
                results.push(Kept {
                    id: Some(diagnosis.id.clone()),
                    row: FleetRow::diagnosed(diagnosis, page.as_deref()),
                    reading: reading.clone(),
                    tables: Some(tables),
                });
            }
        }
        for (channel, failure) in unusable {
            let (text, kept) = self.failed_row(&key, Some(channel), &failure);
            finished.text += &text;
            results.extend(kept);
            finished.told.push(Err((path.clone(), failure)));
        }
        let path = self.open[self.at].place.clone();
        finished.entry = self.pages.is_some().then_some(Entry { key, path, again: false, results });
        Ok(finished)
    }

    fn failed(&self, key: Key, failure: Box<Failure>) -> Finished {
        let Open { job, place, .. } = &self.open[self.at];
        let (text, kept) = self.failed_row(&key, None, &failure);
        let again =
            [Code::TimeLimit, Code::Resource, Code::OutputUnwritable, Code::Internal].contains(&failure.code);
        let entry = kept.map(|kept| Entry { again, key, path: place.clone(), results: vec![kept] });
        Finished { told: vec![Err((job.path.clone(), failure))], text, entry, ..Finished::default() }
    }

    /// What is printed and kept of a recording, or of one channel of it, that was not diagnosed.
    fn failed_row(&self, key: &Key, channel: Option<String>, failure: &Failure) -> (String, Option<Kept>) {
        let job = &self.open[self.at].job;
        let reason = in_a_list(&job.path, failure);
        let text = self.text.map(|(_, paint)| format!("{}  {reason}\n", paint.caution("failed    ")));
        let kept = self.pages.is_some().then(|| {
            let mut declared = self.plan.declared(job);
            declared.channel = channel.or(declared.channel);
            let name = visible(&job.path.to_string_lossy());
            let mut tables = TableRows::failed(name.clone(), &declared, failure.code.word(), reason.clone());
            tables.recording.sha256.clone_from(&key.content);
            tables.recording.configuration.clone_from(&key.configuration);
            // That of a manifest's row stands in its reason.
            let hint = failure.help.clone().filter(|_| failure.code != Code::ManifestInvalid);
            tables.recording.hint.clone_from(&hint);
            let row = FleetRow { hint, ..FleetRow::failed(name, &declared, reason) };
            Kept { id: None, row, reading: None, tables: Some(tables) }
        });
        (text.unwrap_or_default(), kept)
    }
}

/// A failure as one line: that of a manifest's row names its line, its file and what would be right.
fn in_a_list(path: &Path, failure: &Failure) -> String {
    match &failure.place {
        Some(place) if failure.code == Code::ManifestInvalid => {
            let cells: Vec<&str> = failure.details.iter().map(|line| line.trim()).collect();
            let cells = if cells.is_empty() { String::new() } else { format!(": {}", cells.join("; ")) };
            format!("{} ({}): {}{cells}", visible(place), shown(path), failure.with_help())
        }
        _ => failure.one_line(),
    }
}
