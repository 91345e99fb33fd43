//! What a batch came to, as JSON: each recording's verdict or failure, and the counts.

use crate::failure::{Failure, FailureJson};
use crate::report_folder::Written;
use crate::verdict_text::{element, status};
use brinell_diagnosis::{Diagnosis, Verdict, Zone, deciding};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How one recording of a batch went: its verdict, or its file with the failure.
pub(super) type Told = Result<Judged, (PathBuf, Box<Failure>)>;

/// The summary of a batch.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    pub(super) recordings: Vec<Item<'a>>,
    pub(super) counts: Counts,
    pub(super) report: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) found: usize,
    pub(super) undecided: usize,
    pub(super) no_fault_found: usize,
    pub(super) failed: usize,
}

impl Counts {
    pub(super) fn of(done: &[Told]) -> Self {
        let mut counts = Self::default();
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
        counts
    }
}

/// One recording in the summary: its verdict or its failure.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item<'a> {
    Judged(Box<Judged>),
    Failed { path: String, status: &'static str, error: FailureJson<'a> },
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Judged {
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
    pub(super) fn of(result: &'a Told) -> Self {
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
