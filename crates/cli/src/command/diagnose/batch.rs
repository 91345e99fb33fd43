//! Many recordings, a few for each core at a time: one that fails never stops the others.

use super::Plan;
use super::arguments::FailOn;
use super::earlier::Earlier;
use super::recording::Judgement;
use super::summary::{Counts, Item, Judged as Summed, Summary, Told};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output;
use crate::report_folder::ReportFolder;
use crate::session::{Session, Target};
use crate::terminal::{shown, visible};
use crate::translate;
use crate::verdict_text;
use brinell_diagnosis::Judged;
use brinell_report::Declared;
use brinell_signal::counted;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

impl Plan<'_> {
    pub(super) fn work(
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
        let mut done: Vec<Told> = early.into_iter().map(Err).collect();
        for failed in &done {
            self.tell_failure(session, failed, &Declared::default(), &mut report, alone)?;
        }
        // Diagnosed, and waiting for earlier recordings of the same point that stand behind them in the batch.
        let (mut earlier, mut waiting) = (Earlier::of(self), VecDeque::new());
        let (mut started, mut finished) = (0, 0);
        // A few files for each core at a time: memory follows cores, not files.
        let mut batches = self.jobs.chunks(rayon::current_num_threads().max(1));
        loop {
            let batch = if interrupt.requested() { None } else { batches.next() };
            let judgements: Vec<Judgement> =
                batch.unwrap_or_default().par_iter().map(|job| self.judge_safely(job)).collect();
            for judgement in judgements {
                earlier.note(started, || judgement.as_ref().ok().map(Judged::reading));
                waiting.push_back(judgement);
                started += 1;
            }
            while (batch.is_none() || !waiting.is_empty() && earlier.complete(finished))
                && let Some(judgement) = waiting.pop_front()
            {
                let job = &self.jobs[finished];
                // A report that cannot be written is the failure of its recording, not of the batch.
                let result = judgement.and_then(|judged| {
                    let diagnosis = self.against(judged, &earlier.readings(finished));
                    let written = report.as_mut().map(|report| report.add(&diagnosis)).transpose()?;
                    Ok((diagnosis, written))
                });
                finished += 1;
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
                        Ok(Summed::of(&diagnosis, written.as_ref()))
                    }
                    Err(failure) => Err((job.path.clone(), failure)),
                };
                let declared = self.declared(job);
                progress.beside(|| self.tell_failure(session, &result, &declared, &mut report, alone))?;
                done.push(result);
            }
            let Some(batch) = batch else { break };
            progress.at(started as u64, &batch.last().map(|job| shown(&job.path)).unwrap_or_default());
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
        result: &Told,
        declared: &Declared,
        report: &mut Option<ReportFolder>,
        alone: bool,
    ) -> Outcome<()> {
        let Err((path, failure)) = result else { return Ok(()) };
        if alone {
            return Ok(());
        }
        if let Some(report) = report {
            report.add_failure(path, declared, &in_a_list(path, failure));
        }
        if session.json() || !self.talk {
            return Ok(());
        }
        output::print(&format!("{}  {}\n", session.paint.caution("failed    "), in_a_list(path, failure)))
    }

    fn conclude(&self, session: &Session, done: &[Told], index: Option<&Path>, alone: bool) -> Outcome<Exit> {
        let counts = Counts::of(done);
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
