//! Bearings, recordings and samples on both sides, from the table and what catalogues know of its recordings.

use super::{Finding, LeakReport, RecordingFacts, SplitRow, SplitTable};
use std::collections::{BTreeMap, BTreeSet};

type Fold = Option<String>;

/// Something that must stay on one side: the fold, and its name.
type Group<'a> = (Option<&'a str>, &'a str);

pub(super) fn check(
    table: &SplitTable,
    recordings: &BTreeMap<&str, &RecordingFacts>,
    report: &mut LeakReport,
) {
    let mut without_bearing = BTreeSet::new();
    let mut bearings = BTreeMap::<Group<'_>, BTreeSet<&str>>::new();
    let mut files = BTreeMap::<Group<'_>, BTreeSet<&str>>::new();
    for row in &table.rows {
        let fold = row.fold.as_deref();
        files.entry((fold, &row.file)).or_default().insert(&row.part);
        let catalogued = || recordings.get(row.file.as_str()).and_then(|known| known.entry.as_ref());
        match row.bearing.as_deref().or_else(|| catalogued().map(|entry| entry.bearing_id.as_str())) {
            Some(bearing) => {
                bearings.entry((fold, bearing)).or_default().insert(&row.part);
            }
            None => {
                without_bearing.insert(row.file.as_str());
            }
        }
    }
    for ((fold, bearing), parts) in bearings {
        if both(table, &parts) {
            let (fold, bearing, parts) = (owned(fold), bearing.to_owned(), listed(&parts));
            report.findings.push(Finding::BearingOnBothSides { fold, bearing, parts });
        }
    }
    for ((fold, file), parts) in files {
        if both(table, &parts) {
            let (fold, file, parts) = (owned(fold), file.to_owned(), listed(&parts));
            report.findings.push(Finding::RecordingOnBothSides { fold, file, parts });
        }
    }
    if let Some(first) = without_bearing.first() {
        let why = format!(
            "the column `bearing` is missing or empty, and the bearing of {} recordings is in no catalogue \
             (the first is {first}): name the physical bearing of each",
            without_bearing.len()
        );
        report.skip("a bearing on both sides", why);
    }
    check_samples(table, report);
}

fn check_samples(table: &SplitTable, report: &mut LeakReport) {
    let without = table.rows.iter().filter(|row| row.segment.is_none()).count();
    if without > 0 {
        let why =
            format!("{without} rows name no segment: the columns `start` and `length` are missing or empty");
        report.skip("samples on both sides", why);
    }
    // rows without a sensor mean all channels of the file
    let mut channels = BTreeMap::<(Option<&str>, &str, Option<&str>), Vec<&SplitRow>>::new();
    for row in table.rows.iter().filter(|row| row.segment.is_some()) {
        channels.entry((row.fold.as_deref(), &row.file, row.sensor.as_deref())).or_default().push(row);
    }
    for ((fold, file, sensor), rows) in channels {
        if let Some((parts, first, segments)) = overlaps(table, &rows) {
            let (fold, file, sensor) = (owned(fold), file.to_owned(), owned(sensor));
            report.findings.push(Finding::SamplesOnBothSides { fold, file, sensor, parts, first, segments });
        }
    }
}

/// Segments that share samples with an earlier one of a part that they must not: the parts, the first, how many.
fn overlaps(table: &SplitTable, rows: &[&SplitRow]) -> Option<(Vec<String>, u64, u64)> {
    let parts: BTreeSet<&str> = rows.iter().map(|row| row.part.as_str()).collect();
    if parts.len() < 2 {
        return None;
    }
    let mut segments: Vec<(u64, u64, &str)> = Vec::new();
    for row in rows {
        let Some((starts, length)) = row.starts() else { continue };
        segments.extend(starts.map(|start| (start, start.saturating_add(length), row.part.as_str())));
    }
    segments.sort_unstable();
    let mut ends = BTreeMap::<&str, u64>::new();
    let (mut involved, mut first, mut count) = (BTreeSet::new(), None, 0);
    for (start, end, part) in segments {
        let clash = ends.iter().find(|(other, end)| **end > start && table.apart(other, part));
        if let Some((other, _)) = clash {
            involved.extend([*other, part]);
            first.get_or_insert(start);
            count += 1;
        }
        let last = ends.entry(part).or_insert(end);
        *last = end.max(*last);
    }
    Some((listed(&involved), first?, count))
}

/// Whether two of these parts are two sides.
fn both(table: &SplitTable, parts: &BTreeSet<&str>) -> bool {
    parts.iter().any(|one| parts.iter().any(|other| table.opposed(one, other)))
}

pub(super) fn owned(text: Option<&str>) -> Fold {
    text.map(str::to_owned)
}

fn listed(parts: &BTreeSet<&str>) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
