//! Segments with their classes: one part of a fold.

use super::Signal;
use crate::experiment::SegmentOptions;
use std::collections::BTreeSet;

/// The label of a test segment whose class the net was not shown: it has no place in the list of classes.
pub const UNKNOWN_CLASS: u32 = u32::MAX;

/// One segment: which signal, and its first sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Position in the list of signals.
    pub signal: usize,
    /// First sample.
    pub start: usize,
}

/// Segments with their classes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// How the part was chosen, for the record.
    pub rule: String,
    /// The segments.
    pub windows: Vec<Window>,
    /// The class of each: its place in [`Fold::classes`](super::Fold), or [`UNKNOWN_CLASS`] in a test.
    pub labels: Vec<u32>,
}

impl Part {
    pub(super) fn new(rule: impl Into<String>) -> Part {
        Part { rule: rule.into(), ..Part::default() }
    }

    /// Adds the segments of `length` that lie whole in `from..to`, `stride` apart.
    pub(super) fn cut(
        &mut self,
        signal: usize,
        label: u32,
        from: usize,
        to: usize,
        length: usize,
        stride: usize,
    ) {
        let mut start = from;
        while start + length <= to {
            self.push(Window { signal, start }, label);
            start += stride;
        }
    }

    /// Adds the training segments among the first `samples` that touch only cells of a grid which belong to training; the
    /// gaps between cells belong to none. Cell `n` begins at `n * grid`.
    pub(super) fn cut_within(
        &mut self,
        signal: usize,
        label: u32,
        training: &[bool],
        grid: usize,
        samples: usize,
        cut: &SegmentOptions,
    ) {
        let mut start = 0;
        while start + cut.length <= samples {
            let mut touched = start / grid..=(start + cut.length - 1) / grid;
            if touched.all(|cell| training.get(cell).is_none_or(|training| *training)) {
                self.push(Window { signal, start }, label);
            }
            start += cut.training_stride();
        }
    }

    pub(super) fn push(&mut self, window: Window, label: u32) {
        self.windows.push(window);
        self.labels.push(label);
    }

    /// Runs of windows of one signal and class with one distance: position of the first, distance, number.
    pub(crate) fn stretches(&self) -> Vec<(usize, usize, usize)> {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for (at, window) in self.windows.iter().enumerate() {
            if let Some((first, stride, count)) = found.last_mut() {
                let before = self.windows[at - 1];
                let same = before.signal == window.signal && self.labels[*first] == self.labels[at];
                let step = window.start.wrapping_sub(before.start);
                if same && window.start > before.start && (*count == 1 || step == *stride) {
                    (*stride, *count) = (step, *count + 1);
                    continue;
                }
            }
            found.push((at, 0, 1));
        }
        found
    }

    /// The bearings under the sensor in this part.
    pub fn bearings<'a>(&self, signals: &'a [Signal]) -> BTreeSet<&'a str> {
        self.of(signals, |signal| &signal.bearing)
    }

    /// The faulty bearings mounted in the recordings of this part.
    pub fn mounted<'a>(&self, signals: &'a [Signal]) -> BTreeSet<&'a str> {
        self.of(signals, |signal| &signal.mounted)
    }

    /// The recordings of this part.
    pub fn files<'a>(&self, signals: &'a [Signal]) -> BTreeSet<&'a str> {
        self.of(signals, |signal| &signal.file)
    }

    fn of<'a>(&self, signals: &'a [Signal], what: impl Fn(&'a Signal) -> &'a str) -> BTreeSet<&'a str> {
        self.windows.iter().filter_map(|window| Some(what(signals.get(window.signal)?))).collect()
    }
}
