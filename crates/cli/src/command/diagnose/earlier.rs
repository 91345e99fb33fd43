//! Earlier recordings of the same point in one batch: the history of the later ones.
//!
//! Machine, point and date are known before a file is read, so who waits for whom is known as well, and no result
//! depends on which of them was diagnosed first.

use super::Plan;
use brinell_diagnosis::{EarlierReading, day_span};
use std::collections::BTreeMap;

/// Name of the machine and of the measuring point.
type Point = (Option<String>, Option<String>);

/// A dated recording of a named point.
struct Dated {
    day: f64,
    /// Whether it was diagnosed, or failed.
    done: bool,
    reading: Option<EarlierReading>,
}

/// The dated recordings of each named point, by their place in the batch.
pub(super) struct Earlier {
    points: BTreeMap<Point, BTreeMap<usize, Dated>>,
    /// The point of each recording; `None` where that has no name or no date.
    of: Vec<Option<Point>>,
}

impl Earlier {
    /// What is known of a batch before it is read.
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let mut points: BTreeMap<Point, BTreeMap<usize, Dated>> = BTreeMap::new();
        let dated = |(at, job): (usize, &crate::manifest::Job)| {
            let machine = plan.machine_of(job.row.as_ref());
            let point = (machine.asset, machine.point);
            let [day, _] = day_span(&plan.measured_of(job.row.as_ref())?)?;
            if point == (None, None) {
                return None;
            }
            let dated = Dated { day, done: false, reading: None };
            points.entry(point.clone()).or_default().insert(at, dated);
            Some(point)
        };
        let of = plan.jobs.iter().enumerate().map(dated).collect();
        Self { points, of }
    }

    /// Notes that a recording is done; `reading` is `None` where it failed.
    pub(super) fn note(&mut self, at: usize, reading: impl FnOnce() -> Option<EarlierReading>) {
        let dated = self.of[at].as_ref().and_then(|point| self.points.get_mut(point)?.get_mut(&at));
        if let Some(dated) = dated {
            (dated.done, dated.reading) = (true, reading());
        }
    }

    /// Whether all earlier recordings of the same point are done.
    pub(super) fn complete(&self, at: usize) -> bool {
        self.before(at).all(|dated| dated.done)
    }

    /// The earlier readings of the same point, in the order of the batch.
    pub(super) fn readings(&self, at: usize) -> Vec<&EarlierReading> {
        self.before(at).filter_map(|dated| dated.reading.as_ref()).collect()
    }

    /// Those of one moment are no history of each other.
    fn before(&self, at: usize) -> impl Iterator<Item = &Dated> {
        let point = self.of[at].as_ref().and_then(|point| self.points.get(point));
        let day = point.and_then(|point| point.get(&at)).map_or(f64::NEG_INFINITY, |own| own.day);
        point.into_iter().flat_map(BTreeMap::values).filter(move |dated| dated.day < day)
    }
}
