//! What a batch came to: counts, kinds of failure, and, as JSON, each recording's verdict or failure.

use super::channel_notes::ChannelNotes;
use crate::exit::Exit;
use crate::failure::{Code, Failure, FailureJson, Outcome};
use crate::manifest::Job;
use crate::output;
use crate::report_folder::Written;
use crate::session::{Session, Target};
use crate::verdict_text::{element, status};
use brinell_diagnosis::{Diagnosis, Verdict, Zone, deciding};
use brinell_signal::counted;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How one recording of a batch went: its verdict, or its file with the failure.
pub(super) type Told = Result<Judged, (PathBuf, Box<Failure>)>;

/// The summary of a batch, as JSON.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    recordings: Vec<Item<'a>>,
    /// All that were named, those that were done before included.
    counts: Counts,
    done_before: usize,
    report: Option<String>,
}

/// How many recordings came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) found: usize,
    pub(super) undecided: usize,
    pub(super) no_fault_found: usize,
    pub(super) failed: usize,
}

impl Counts {
    /// Counts one by its status, or by the class of its row.
    pub(super) fn add(&mut self, status: &str) {
        *self.of(status) += 1;
    }

    fn of(&mut self, status: &str) -> &mut usize {
        match status {
            "found" => &mut self.found,
            "undecided" => &mut self.undecided,
            "failed" => &mut self.failed,
            _ => &mut self.no_fault_found,
        }
    }

    pub(super) fn all(&self) -> usize {
        self.found + self.undecided + self.no_fault_found + self.failed
    }
}

/// What a batch has come to so far. It keeps single recordings only where they are printed as one object at the end.
pub(super) struct Total {
    counts: Counts,
    before: usize,
    /// Each kind of failure: the first one, and how many there were.
    failures: Vec<(Box<Failure>, usize)>,
    told: Option<Vec<Told>>,
    pub(super) channels: ChannelNotes,
    /// How recordings went that may come again, by their [`Job::name`]; `None` where each comes once.
    latest: Option<BTreeMap<String, Vec<Went>>>,
}

/// The status of a result, and the code of a failure.
type Went = (&'static str, Option<Code>);

impl Total {
    /// With `watching` recordings come again, and the last result of each counts.
    pub(super) fn new(json: bool, watching: bool) -> Self {
        Self {
            counts: Counts::default(),
            before: 0,
            failures: Vec::new(),
            told: json.then(Vec::new),
            channels: ChannelNotes::default(),
            latest: watching.then(BTreeMap::new),
        }
    }

    /// Adds what was done before.
    pub(super) fn start_from(&mut self, before: Counts) {
        self.before += before.all();
        self.counts = Counts {
            found: self.counts.found + before.found,
            undecided: self.counts.undecided + before.undecided,
            no_fault_found: self.counts.no_fault_found + before.no_fault_found,
            failed: self.counts.failed + before.failed,
        };
    }

    /// Adds the results of a recording, in place of those that it had.
    pub(super) fn add_all(&mut self, job: &Job, told: Vec<Told>) {
        if let Some(latest) = &mut self.latest {
            let own = |told: &Told| match told {
                Ok(judged) => (judged.status, None),
                Err((_, failure)) => ("failed", Some(failure.code)),
            };
            let before = latest.insert(job.name(), told.iter().map(own).collect());
            for (status, code) in before.into_iter().flatten() {
                *self.counts.of(status) -= 1;
                if let Some((_, number)) = self.failures.iter_mut().find(|(own, _)| Some(own.code) == code) {
                    *number -= 1;
                }
            }
            self.failures.retain(|(_, number)| *number > 0);
        }
        told.into_iter().for_each(|told| self.add(told));
    }

    fn add(&mut self, told: Told) {
        match &told {
            Ok(judged) => self.counts.add(judged.status),
            Err((_, failure)) => {
                self.counts.failed += 1;
                match self.failures.iter_mut().find(|(first, _)| first.code == failure.code) {
                    Some((_, number)) => *number += 1,
                    None => self.failures.push((failure.clone(), 1)),
                }
            }
        }
        if let Some(all) = &mut self.told {
            all.push(told);
        }
    }

    /// Recordings so far.
    pub(super) fn all(&self) -> usize {
        self.counts.all()
    }

    /// The failure that is all there is.
    pub(super) fn only_failure(&self) -> Option<&Failure> {
        self.failures.first().filter(|_| self.all() == 1).map(|(first, _)| &**first)
    }

    /// Failures on standard error: the first of each kind, and how many more there are.
    pub(super) fn report_failures(&self, session: &Session) {
        for (failure, number) in &self.failures {
            session.report(failure);
            if let more @ 1.. = number - 1 {
                let files = if more == 1 { "file" } else { "files" };
                output::say(&format!("  and {more} more {files} like this\n"));
            }
        }
    }

    /// The exit code; with `faults` a finding makes it 1.
    pub(super) fn exit(&self, faults: bool) -> Exit {
        let mut exits: Vec<Exit> = self.failures.iter().map(|(failure, _)| failure.exit).collect();
        if self.counts.failed > 0 && exits.is_empty() {
            // They failed in an earlier run, and still would.
            exits.push(Exit::Input);
        }
        let good = self.counts.all() - self.counts.failed;
        Exit::of_batch(good, &exits, faults && self.counts.found > 0)
    }

    /// The counts in a line.
    pub(super) fn line(&self) -> String {
        let Counts { found, undecided, no_fault_found, failed } = self.counts;
        let before = match self.before {
            0 => String::new(),
            before => format!(" ({before} done before)"),
        };
        format!(
            "{}: {found} with a fault, {undecided} undecided, {no_fault_found} without a finding, {failed} failed{before}\n",
            counted(self.counts.all(), "recording"),
        )
    }

    /// Prints the summary.
    pub(super) fn print_json(&self, session: &Session, index: Option<&Path>) -> Outcome<()> {
        let recordings = self.told.iter().flatten().map(Item::of).collect();
        let report = index.map(|path| path.to_string_lossy().into_owned());
        let data = Summary { recordings, counts: self.counts, done_before: self.before, report };
        session.result(&Target::default(), "brinell.diagnose/1", self.counts.failed == 0, &data, "")
    }
}

/// One recording in the summary: its verdict or its failure.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Judged(Box<Judged>),
    Failed { path: String, status: &'static str, error: FailureJson<'a> },
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Judged {
    path: String,
    channel: String,
    /// Where a segment begins in its recording, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_s: Option<f64>,
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

fn path_text(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.to_string_lossy().into_owned())
}

impl Judged {
    pub(super) fn of(diagnosis: &Diagnosis, written: Option<&Written>) -> Self {
        let evidence = deciding(diagnosis);
        let learned = diagnosis.learned.as_ref();
        let assessed = diagnosis.assessed.as_ref();
        let (Verdict::Found { why, .. } | Verdict::Undecided { why, .. } | Verdict::NoFaultFound { why, .. }) =
            &diagnosis.verdict;
        Self {
            path: diagnosis.input.path.clone(),
            channel: diagnosis.input.channel.clone(),
            from_s: diagnosis.input.from_s,
            status: status(&diagnosis.verdict),
            element: element(&diagnosis.verdict).map(|kind| kind.title()),
            why: why.to_string(),
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
            disagreement: diagnosis.disagreement.as_ref().map(ToString::to_string),
            velocity_rms_mm_s: assessed.and_then(|assessed| assessed.severity.velocity_rms_mm_s),
            zone: assessed.and_then(|assessed| assessed.severity.zone),
            stage: assessed.and_then(|assessed| assessed.stage.range),
            actions: diagnosis.actions.iter().map(|action| action.what.to_string()).collect(),
            caveats: diagnosis.caveats.iter().map(|caveat| caveat.code.clone()).collect(),
            html: written.map(|written| written.html.to_string_lossy().into_owned()),
            json: written.map(|written| written.json.to_string_lossy().into_owned()),
            pdf: written.and_then(|written| path_text(written.pdf.as_deref())),
            markdown: written.and_then(|written| path_text(written.markdown.as_deref())),
        }
    }
}

impl<'a> Item<'a> {
    fn of(result: &'a Told) -> Self {
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
