//! Which rows of a fleet are older readings of a point that has a newer one.

use super::{FleetRow, FleetState};
use brinell_diagnosis::day_span;
use std::collections::BTreeMap;

/// Machine, measuring point and channel.
type Point = [Option<String>; 3];

/// When the newest reading of each point began. It grows with the points, not with their readings.
#[derive(Debug, Default)]
pub(super) struct Newest(BTreeMap<Point, f64>);

/// The point of a reading; `None` where neither machine nor point is named, or where there is no reading.
fn point(row: &FleetRow) -> Option<Point> {
    let is_reading = matches!(row.state, FleetState::Diagnosed { .. });
    let named = row.asset.is_some() || row.point.is_some();
    (is_reading && named).then(|| [row.asset.clone(), row.point.clone(), row.channel.clone()])
}

fn span(row: &FleetRow) -> Option<[f64; 2]> {
    day_span(row.measured.as_deref()?)
}

impl Newest {
    /// Takes note of a row.
    pub(super) fn note(&mut self, row: &FleetRow) {
        if let (Some(point), Some([from, _])) = (point(row), span(row)) {
            let known = self.0.entry(point).or_insert(from);
            *known = known.max(from);
        }
    }

    /// Whether a newer reading of the row's point was noted. Readings without a date, and a day against a time of that
    /// day, have no order: none of them is older.
    pub(super) fn after(&self, row: &FleetRow) -> bool {
        let newer = || {
            let newest = self.0.get(&point(row)?)?;
            let [from, to] = span(row)?;
            // A day ends where the next one begins.
            Some(if from == to { *newest > to } else { *newest >= to })
        };
        newer().unwrap_or(false)
    }
}
