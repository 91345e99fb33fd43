//! A row of the table of recordings.

use super::{column, finite, word};
use crate::condition::Condition;
use crate::declared::Declared;
use brinell_diagnosis::{Diagnosis, Level, Verdict};
use brinell_signal::Origin;
use polars::prelude::Column;
use serde::{Deserialize, Serialize};

/// One recording: what was read, what was found, how bad it is; or why it failed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordingRow {
    record_id: Option<String>,
    path: String,
    /// Of the file's content; `None` where it could not be read.
    pub sha256: Option<String>,
    /// Of all that the result depends on besides the content, as a hash; empty where none was kept.
    pub configuration: String,
    asset: Option<String>,
    point: Option<String>,
    channel: Option<String>,
    measured: Option<String>,
    criticality: Option<String>,
    unit: Option<String>,
    unit_origin: Option<String>,
    rate_hz: Option<f64>,
    samples: Option<u64>,
    duration_s: Option<f64>,
    /// Where a segment begins in its recording.
    from_s: Option<f64>,
    speed_hz: Option<f64>,
    speed_origin: Option<String>,
    bearing: Option<String>,
    status: String,
    element: Option<String>,
    far: Option<f64>,
    quality: Option<String>,
    disagreement: Option<String>,
    velocity_mm_s: Option<f64>,
    zone: Option<String>,
    zone_refusal: Option<String>,
    stage_lo: Option<u32>,
    stage_hi: Option<u32>,
    action: Option<String>,
    due: Option<String>,
    due_days: Option<u32>,
    /// Class names of the model and their scores.
    scores: Vec<(String, Option<f64>)>,
    error_code: Option<String>,
    error: Option<String>,
    /// What can be done about it.
    pub hint: Option<String>,
}

impl RecordingRow {
    pub(super) fn diagnosed(diagnosis: &Diagnosis) -> Self {
        let input = &diagnosis.input;
        let (status, element, far) = match &diagnosis.verdict {
            Verdict::Found { element, p_adjusted, .. } => ("found", Some(*element), finite(*p_adjusted)),
            Verdict::Undecided { .. } => ("undecided", None, None),
            Verdict::NoFaultFound { .. } => ("no_fault_found", None, None),
        };
        let decisive = || crate::decisive::evidence(diagnosis).and_then(|e| finite(e.p_adjusted));
        let quality: Vec<&str> =
            diagnosis.quality.iter().filter(|q| q.level != Level::Ok).map(|q| q.code.as_str()).collect();
        let scores = diagnosis.learned.iter().flat_map(|learned| &learned.scores);
        Self {
            record_id: Some(diagnosis.id.clone()),
            path: input.path.clone(),
            sha256: Some(input.sha256.clone()),
            asset: diagnosis.machine.asset.clone(),
            point: diagnosis.machine.point.clone(),
            channel: Some(input.channel.clone()),
            measured: diagnosis.assessed.as_ref().and_then(|assessed| assessed.measured.clone()),
            unit: Some(input.unit.clone()),
            unit_origin: word(&input.unit_origin),
            rate_hz: finite(input.rate_hz),
            samples: Some(input.samples as u64),
            duration_s: finite(input.duration_s),
            from_s: input.from_s.and_then(finite),
            speed_hz: diagnosis.speed.as_ref().and_then(|s| finite(s.hz)),
            speed_origin: diagnosis.speed.as_ref().and_then(|s| word(&s.origin)),
            bearing: diagnosis.bearing.as_ref().map(|b| b.designation.clone()),
            status: status.to_owned(),
            element: element.as_ref().and_then(word),
            far: far.or_else(decisive),
            quality: Some(quality.join(";")),
            disagreement: diagnosis.disagreement.as_ref().map(|text| text.to_string()),
            scores: scores.map(|score| (score.class.clone(), finite(score.score))).collect(),
            ..Self::in_condition(Condition::of(diagnosis))
        }
    }

    pub(super) fn failed(path: String, declared: &Declared, code: &str, reason: String) -> Self {
        let machine = &declared.machine;
        let said = |stated: bool| stated.then(|| word(&Origin::Declared)).flatten();
        Self {
            path,
            asset: machine.asset.clone(),
            point: machine.point.clone(),
            channel: declared.channel.clone(),
            measured: declared.measured.clone(),
            bearing: declared.bearing.clone(),
            unit: declared.unit.clone(),
            unit_origin: said(declared.unit.is_some()),
            rate_hz: declared.rate_hz.and_then(finite),
            speed_hz: declared.speed_hz.and_then(finite),
            speed_origin: said(declared.speed_hz.is_some()),
            status: "failed".to_owned(),
            error_code: Some(code.to_owned()),
            error: Some(reason),
            ..Self::in_condition(Condition::declared(machine))
        }
    }

    fn in_condition(condition: Condition) -> Self {
        let action = condition.action.as_ref();
        Self {
            criticality: condition.criticality.map(|level| level.to_string()),
            velocity_mm_s: condition.velocity_mm_s,
            zone: condition.zone.map(|zone| zone.to_string()),
            zone_refusal: condition.reasons.map(|reasons| reasons.to_string()),
            stage_lo: condition.stage.map(|[low, _]| u32::from(low)),
            stage_hi: condition.stage.map(|[_, high]| u32::from(high)),
            action: action.map(|action| action.what.to_string()),
            due: action.and_then(|action| action.dates.as_ref()).map(|[_, to]| to.clone()),
            due_days: action.and_then(|action| action.by_days).map(|[_, to]| to),
            ..Self::default()
        }
    }

    /// The score of a class; a model that names a class twice keeps its first one.
    fn score(&self, class: &str) -> Option<f64> {
        self.scores.iter().find(|(name, _)| name == class).and_then(|(_, score)| *score)
    }
}

/// The columns of these rows.
pub(super) fn columns(rows: &[&RecordingRow], classes: &[String]) -> Vec<Column> {
    let mut columns = vec![
        column("record_id", rows, |row| row.record_id.as_deref()),
        column("path", rows, |row| row.path.as_str()),
        column("sha256", rows, |row| row.sha256.as_deref()),
        column("configuration", rows, |row| row.configuration.as_str()),
        column("asset", rows, |row| row.asset.as_deref()),
        column("point", rows, |row| row.point.as_deref()),
        column("channel", rows, |row| row.channel.as_deref()),
        column("measured", rows, |row| row.measured.as_deref()),
        column("criticality", rows, |row| row.criticality.as_deref()),
        column("unit", rows, |row| row.unit.as_deref()),
        column("unit_origin", rows, |row| row.unit_origin.as_deref()),
        column("rate_hz", rows, |row| row.rate_hz),
        column("samples", rows, |row| row.samples),
        column("duration_s", rows, |row| row.duration_s),
        column("from_s", rows, |row| row.from_s),
        column("speed_hz", rows, |row| row.speed_hz),
        column("speed_origin", rows, |row| row.speed_origin.as_deref()),
        column("bearing", rows, |row| row.bearing.as_deref()),
        column("status", rows, |row| row.status.as_str()),
        column("element", rows, |row| row.element.as_deref()),
        column("far", rows, |row| row.far),
        column("quality", rows, |row| row.quality.as_deref()),
        column("disagreement", rows, |row| row.disagreement.as_deref()),
        column("velocity_mm_s", rows, |row| row.velocity_mm_s),
        column("zone", rows, |row| row.zone.as_deref()),
        column("zone_refusal", rows, |row| row.zone_refusal.as_deref()),
        column("stage_lo", rows, |row| row.stage_lo),
        column("stage_hi", rows, |row| row.stage_hi),
        column("action", rows, |row| row.action.as_deref()),
        column("due", rows, |row| row.due.as_deref()),
        column("due_days", rows, |row| row.due_days),
    ];
    let mut classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    for (class, _) in rows.iter().flat_map(|row| &row.scores) {
        if !classes.contains(&class.as_str()) {
            classes.push(class);
        }
    }
    // Class names come from a model file; the prefix keeps them apart from all other columns.
    columns.extend(classes.iter().map(|class| column(&format!("p_{class}"), rows, |row| row.score(class))));
    columns.push(column("error_code", rows, |row| row.error_code.as_deref()));
    columns.push(column("error", rows, |row| row.error.as_deref()));
    columns.push(column("hint", rows, |row| row.hint.as_deref()));
    columns
}
