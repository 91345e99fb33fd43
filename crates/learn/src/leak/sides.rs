//! Bearings, recordings and samples on both sides, from the table and what catalogues know of its recordings.

use super::part_name::{Side, is_fold};
use super::{Finding, LeakReport, Note, RecordingFacts, SplitRow, SplitTable};
use brinell_signal::counted;
use std::collections::{BTreeMap, BTreeSet};

type Fold = Option<String>;

/// Something that must stay on one side: the fold, and its name.
type Group<'a> = (Option<&'a str>, &'a str);

pub(super) fn check(
    table: &SplitTable,
    recordings: &BTreeMap<&str, &RecordingFacts>,
    report: &mut LeakReport,
) {
    check_parts(table, report);
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
    let mut shared = BTreeMap::<Option<&str>, Vec<String>>::new();
    for ((fold, bearing), parts) in bearings {
        note_validation(fold, bearing, &parts, &mut shared);
        if table.has_sides(&parts) {
            let (fold, bearing, parts) = (owned(fold), bearing.to_owned(), listed(&parts));
            report.findings.push(Finding::BearingOnBothSides { fold, bearing, parts });
        }
    }
    for ((fold, file), parts) in files {
        if table.has_sides(&parts) {
            let (fold, file, parts) = (owned(fold), file.to_owned(), listed(&parts));
            report.findings.push(Finding::RecordingOnBothSides { fold, file, parts });
        }
    }
    report.notes.extend(shared.into_iter().map(|(fold, bearings)| {
        let fold = owned(fold);
        Note::ValidationKnowsBearings { fold, bearings }
    }));
    if let Some(first) = without_bearing.first() {
        let why = format!(
            "the column `bearing` is missing or empty, and the bearing of {} is in no catalogue \
             (the first is {first}): name the physical bearing of each",
            counted(without_bearing.len(), "recording")
        );
        report.skip("a bearing on both sides", why);
    }
    check_samples(table, report);
}

/// Bearings that are known to validation from training are no leak of the test, and good to know.
fn note_validation<'a>(
    fold: Option<&'a str>,
    bearing: &str,
    parts: &BTreeSet<&str>,
    shared: &mut BTreeMap<Option<&'a str>, Vec<String>>,
) {
    let sides: BTreeSet<Side> = parts.iter().map(|part| Side::of(part)).collect();
    if sides.contains(&Side::Training) && sides.contains(&Side::Validation) {
        shared.entry(fold).or_default().push(bearing.to_owned());
    }
}

/// Folds with one side only, and parts whose names do not say their side.
fn check_parts(table: &SplitTable, report: &mut LeakReport) {
    let parts = table.parts();
    report.folds = parts.len();
    for (fold, parts) in &parts {
        let names = parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" and ");
        let sides: BTreeSet<Side> = parts.iter().map(|part| Side::of(part)).collect();
        let of = fold.map_or("the table".to_owned(), |fold| format!("fold {fold}"));
        if table.has_sides(parts) {
            if sides.contains(&Side::Validation) && !sides.contains(&Side::Training) {
                report.without_training += 1;
                let why = format!("{of} has only {names}: no part is named for training");
                report.skip("training against the test", why);
            }
            continue;
        }
        report.one_sided += 1;
        let lacks = if sides.iter().any(|side| side.is_learned()) {
            "no part is tested on"
        } else if sides.contains(&Side::Test) {
            "no part is learned from"
        } else {
            "there is no second part"
        };
        report.skip("anything of a test", format!("{of} has only {names}: {lacks}"));
    }
    let all: BTreeSet<&str> = parts.into_values().flatten().collect();
    let beside_training = table.names_training();
    let unsaid = |part: &&str| Side::of(part) == Side::Other && (beside_training || !is_fold(part));
    let unsaid: Vec<String> = all.into_iter().filter(unsaid).map(str::to_owned).collect();
    if !unsaid.is_empty() {
        report.notes.push(Note::PartsByPosition { parts: unsaid, beside_training });
    }
}

fn check_samples(table: &SplitTable, report: &mut LeakReport) {
    let without = table.rows.iter().filter(|row| row.segment.is_none()).count();
    if without > 0 {
        let why = format!(
            "{} without a segment: the columns `start` and `length` are missing or empty",
            counted(without, "row")
        );
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

pub(super) fn owned(text: Option<&str>) -> Fold {
    text.map(str::to_owned)
}

fn listed(parts: &BTreeSet<&str>) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
