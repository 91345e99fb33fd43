//! The rows that a fleet page shows out of any number: the worst ones, while all are counted.

use super::newest::Newest;
use super::{FleetOptions, FleetRow, FleetState, Line, STATUSES, page};

/// Rows are passed over twice, so that memory follows the rows that are shown and the points, not the recordings:
/// [`note`](Self::note) each, then [`offer`](Self::offer) each in the same order.
#[derive(Debug)]
pub struct FleetChoice {
    most: usize,
    newest: Newest,
    kept: Vec<Line>,
    offered: usize,
    counts: [usize; STATUSES.len() + 1],
}

/// How many recordings have which status.
pub(super) struct Counts {
    pub(super) all: usize,
    pub(super) older: usize,
    by_status: [usize; STATUSES.len() + 1],
}

impl Counts {
    /// Those that are counted under this class.
    pub(super) fn of(&self, class: &str) -> usize {
        STATUSES.iter().position(|status| status.0 == class).map_or(self.older, |at| self.by_status[at])
    }
}

impl FleetChoice {
    /// A page of up to `most` rows.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, newest: Newest::default(), kept: Vec::new(), offered: 0, counts: Default::default() }
    }

    /// First pass: which reading of a point is its newest.
    pub fn note(&mut self, row: &FleetRow) {
        self.newest.note(row);
    }

    /// Second pass: counts the row, and keeps it while it is among the worst.
    pub fn offer(&mut self, row: FleetRow) {
        let line = Line { older: self.newest.after(&row), row, at: self.offered };
        self.offered += 1;
        let class = line.class();
        let at = STATUSES.iter().position(|status| status.0 == class).unwrap_or(STATUSES.len());
        self.counts[at] += 1;
        self.kept.push(line);
        if self.kept.len() >= self.most.saturating_mul(2).max(64) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.kept.sort_by(Line::compare);
        self.kept.truncate(self.most);
    }

    /// The page.
    #[must_use]
    pub fn html(mut self, options: &FleetOptions) -> String {
        self.cut();
        let older = self.counts[STATUSES.len()];
        page(&self.kept, &Counts { all: self.offered, older, by_status: self.counts }, options)
    }
}

/// The fleet page of rows in memory, all of them: counts per status, then one table, worst first (found, undecided,
/// failed, no fault found; within each by criticality and stage; equal ones in the order given). Only the newest reading
/// of a point is counted and ranked so: older ones follow, newest first. One self-contained HTML file.
pub fn fleet_html(rows: &[FleetRow], options: &FleetOptions) -> String {
    let mut choice = FleetChoice::new(rows.len());
    rows.iter().for_each(|row| choice.note(row));
    rows.iter().for_each(|row| choice.offer(row.clone()));
    choice.html(options)
}

impl FleetRow {
    /// Class of its status: `found`, `undecided`, `failed` or `nofault`.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.status().0
    }

    /// Whether it could not be diagnosed.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self.state, FleetState::Failed { .. })
    }
}
