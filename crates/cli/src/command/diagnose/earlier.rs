//! Earlier recordings of the same point: those of this batch, and those that are done in the report folder.

use super::Plan;
use super::schedule::Point;
use crate::manifest::Job;
use brinell_diagnosis::EarlierReading;
use std::collections::BTreeMap;

/// Readings of each named point with their days.
#[derive(Default)]
pub(super) struct Earlier(BTreeMap<Point, Vec<(f64, EarlierReading)>>);

impl Earlier {
    /// Takes note of a reading that is done.
    pub(super) fn note(&mut self, point: Point, day: f64, reading: EarlierReading) {
        self.0.entry(point).or_default().push((day, reading));
    }

    /// The earlier readings of a recording's point. Those of one moment are no history of each other.
    pub(super) fn readings(&self, plan: &Plan, job: &Job) -> Vec<&EarlierReading> {
        let Some((point, day)) = plan.dated(job) else { return Vec::new() };
        let readings = self.0.get(&point).into_iter().flatten();
        readings.filter(|(then, _)| *then < day).map(|(_, reading)| reading).collect()
    }
}
