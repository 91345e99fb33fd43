//! What the checks of one or more splits came to: each thing once, with the splits in which it was met.

use super::Finding;
use super::report::{LeakReport, Note, Unchecked, Unreadable, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// A table or folder that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The path of a split in its run; `None` of a table or folder by itself.
    pub path: Option<String>,
    /// Splits of the run with the same bytes: other seeds, baselines.
    pub same_as: Vec<String>,
    /// What it came to.
    pub report: LeakReport,
}

/// Something, and the splits of a run in which it was met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Met<T> {
    /// What it is.
    #[serde(flatten)]
    pub what: T,
    /// Paths in the run; none where a table or folder was checked by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<String>,
}

/// A split of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitVerdict {
    /// Its path in the run.
    pub path: String,
    /// Splits with the same bytes.
    pub same_as: Vec<String>,
    /// What it came to.
    pub verdict: Verdict,
}

/// What all of them came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakSummary {
    /// Found where one found something, clean where all are, unchecked where all are; else partial.
    pub verdict: Verdict,
    /// Whether nothing was found in all that was given.
    pub clean: bool,
    /// The splits of a run; none where a table or folder was checked by itself.
    pub splits: Vec<SplitVerdict>,
    /// Recordings whose content was looked at.
    pub recordings: usize,
    /// Segments, as many as the tables state.
    pub segments: u64,
    /// Folds of the tables.
    pub folds: usize,
    /// What was found, kind by kind.
    pub findings: Vec<Met<Finding>>,
    /// What is good to know.
    pub notes: Vec<Met<Note>>,
    /// What could not be checked.
    pub unchecked: Vec<Met<Unchecked>>,
    /// Recordings that were not found.
    pub missing: Vec<String>,
    /// Recordings that cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// Where recordings were looked for.
    pub looked_in: Vec<String>,
}

impl LeakSummary {
    /// Puts checks together, of which `recordings` were read, and looked for in these folders.
    pub fn of(checked: Vec<Checked>, recordings: usize, looked_in: Vec<String>) -> LeakSummary {
        let mut summary = LeakSummary {
            verdict: together(&checked),
            clean: false,
            splits: Vec::new(),
            recordings,
            segments: 0,
            folds: 0,
            findings: Vec::new(),
            notes: Vec::new(),
            unchecked: Vec::new(),
            missing: Vec::new(),
            unreadable: Vec::new(),
            looked_in,
        };
        summary.clean = summary.verdict == Verdict::Clean;
        let mut places = Places::default();
        for Checked { path, same_as, report } in checked {
            let verdict = report.verdict();
            summary.segments += report.segments;
            summary.folds += report.folds;
            summary.missing.extend(report.missing);
            summary.unreadable.extend(report.unreadable);
            let path = path.as_deref();
            places.findings.add(report.findings, path, &mut summary.findings);
            places.notes.add(report.notes, path, &mut summary.notes);
            places.unchecked.add(report.unchecked, path, &mut summary.unchecked);
            summary.splits.extend(path.map(|path| SplitVerdict { path: path.to_owned(), same_as, verdict }));
        }
        summary.missing.sort();
        summary.missing.dedup();
        summary.unreadable.sort_by(|a, b| a.file.cmp(&b.file));
        summary.unreadable.dedup();
        summary
    }
}

fn together(checked: &[Checked]) -> Verdict {
    let verdicts: Vec<Verdict> = checked.iter().map(|one| one.report.verdict()).collect();
    let all = |verdict| !verdicts.is_empty() && verdicts.iter().all(|one| *one == verdict);
    match () {
        () if verdicts.contains(&Verdict::Found) => Verdict::Found,
        () if all(Verdict::Clean) => Verdict::Clean,
        () if verdicts.is_empty() || all(Verdict::Unchecked) => Verdict::Unchecked,
        () => Verdict::Partial,
    }
}

/// Where each thing stands in its list already.
#[derive(Default)]
struct Places {
    findings: Known,
    notes: Known,
    unchecked: Known,
}

#[derive(Default)]
struct Known(BTreeMap<String, usize>);

impl Known {
    fn add<T: Serialize>(&mut self, things: Vec<T>, path: Option<&str>, to: &mut Vec<Met<T>>) {
        for what in things {
            // its JSON is all of it
            let key = serde_json::to_string(&what).unwrap_or_default();
            let place = *self.0.entry(key).or_insert(to.len());
            if place == to.len() {
                to.push(Met { what, splits: Vec::new() });
            }
            to[place].splits.extend(path.map(str::to_owned));
        }
    }
}
