//! Which of the stretches that recordings share lie on two sides of a split, or in two files of a folder.

use super::sides::owned;
use super::stretches::{Spot, Stretch};
use super::{Finding, LeakReport, Place, SplitTable};
use std::collections::{BTreeMap, BTreeSet};

/// Parts that mean a channel, fold by fold.
type Parts<'a> = BTreeMap<Option<&'a str>, BTreeSet<&'a str>>;

/// Stretches between parts that must not share samples.
pub(super) fn check_split(table: &SplitTable, stretches: &[Stretch<'_>], report: &mut LeakReport) {
    for pair in pairs(stretches) {
        let [parts, others] = [pair[0].one, pair[0].other].map(|spot| parts_of(table, spot));
        for (fold, parts) in &parts {
            let Some(others) = others.get(fold) else { continue };
            let mut sides = parts.iter().flat_map(|part| others.iter().map(move |other| (*part, *other)));
            let opposed = sides.clone().find(|(part, other)| table.opposed(part, other));
            if let Some((part, other)) =
                opposed.or_else(|| sides.find(|(part, other)| table.apart(part, other)))
            {
                let parts = vec![part.to_owned(), other.to_owned()];
                report.findings.push(finding(owned(*fold), parts, pair));
            }
        }
    }
}

/// Stretches between any two files.
pub(super) fn check_recordings(stretches: &[Stretch<'_>], report: &mut LeakReport) {
    report.findings.extend(pairs(stretches).map(|pair| finding(None, Vec::new(), pair)));
}

/// The stretches of each pair of channels, the longest first.
fn pairs<'a, 'b>(stretches: &'b [Stretch<'a>]) -> impl Iterator<Item = &'b [Stretch<'a>]> {
    let names = |spot: &Spot<'a>| (spot.recording.name.as_str(), spot.channel.name.as_str());
    stretches.chunk_by(move |a, b| (names(&a.one), names(&a.other)) == (names(&b.one), names(&b.other)))
}

fn parts_of<'a>(table: &'a SplitTable, spot: Spot<'_>) -> Parts<'a> {
    let mut parts = Parts::new();
    for row in table.rows.iter().filter(|row| row.file == spot.recording.name) {
        if !row.channels(spot.recording).any(|channel| channel.variable == spot.channel.variable) {
            continue;
        }
        parts.entry(row.fold.as_deref()).or_default().insert(&row.part);
    }
    parts
}

fn finding(fold: Option<String>, parts: Vec<String>, stretches: &[Stretch<'_>]) -> Finding {
    let longest = stretches[0];
    let place = |spot: Spot<'_>| Place {
        file: spot.recording.name.clone(),
        channel: spot.channel.name.clone(),
        start: spot.start,
        length: longest.length,
    };
    let (one, other) = (place(longest.one), place(longest.other));
    Finding::EqualStretch { fold, parts, one, other, stretches: stretches.len() }
}
