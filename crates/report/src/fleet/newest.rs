//! Which rows of a fleet are older readings of a point that has a newer one.

use super::{FleetRow, FleetState};
use brinell_diagnosis::day_span;
use std::collections::BTreeMap;

/// Machine, measuring point and channel.
type Point<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// The point of a reading; `None` where neither machine nor point is named, or where there is no reading.
fn point(row: &FleetRow) -> Option<Point<'_>> {
    let is_reading = matches!(row.state, FleetState::Diagnosed { .. });
    let named = row.asset.is_some() || row.point.is_some();
    (is_reading && named).then_some((row.asset.as_deref(), row.point.as_deref(), row.channel.as_deref()))
}

/// For each row whether a newer reading of its point is among them. Readings without a date, and a day against a time
/// of that day, have no order: none of them is older.
pub(super) fn older(rows: &[FleetRow]) -> Vec<bool> {
    let span = |row: &FleetRow| day_span(row.measured.as_deref()?);
    let mut newest: BTreeMap<Point<'_>, f64> = BTreeMap::new();
    for row in rows {
        if let (Some(point), Some([from, _])) = (point(row), span(row)) {
            let known = newest.entry(point).or_insert(from);
            *known = known.max(from);
        }
    }
    let has_newer = |row: &FleetRow| {
        let newest = newest.get(&point(row)?)?;
        let [from, to] = span(row)?;
        // A day ends where the next one begins.
        Some(if from == to { *newest > to } else { *newest >= to })
    };
    rows.iter().map(|row| has_newer(row).unwrap_or(false)).collect()
}
