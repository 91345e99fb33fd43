//! `split.csv`: which segments of which recordings are in which part, and by which rule.
//!
//! A row is a run of `count` segments of `length` samples, the first at `start`, each `stride` after the one before.
//! Samples are counted at `rate_hz`. `bearing` is the faulty bearing that was mounted in the recording, whichever
//! sensor is read: it must not be in the test and in another part. [`crate::leak`] reads the file.

use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::protocol::{Fold, Signal};
use crate::run_folder::write_whole;
use brinell_signal::Hertz;
use std::path::Path;

/// The columns.
const HEAD: [&str; 12] = [
    "file", "sensor", "start", "length", "stride", "count", "class", "part", "bearing", "fold", "rate_hz",
    "rule",
];

/// What stands for the class that the net was not shown.
pub(crate) const UNKNOWN: &str = "unknown";

/// Writes the file. `length` is that of a segment, at `rate`.
pub(crate) fn write(path: &Path, fold: &Fold, signals: &[Signal], length: usize, rate: Hertz) -> Result<()> {
    let failed = |error: csv::Error| Error::io("write", path)(std::io::Error::other(error));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEAD).map_err(failed)?;
    for (name, part) in [("train", &fold.train), ("validation", &fold.validation), ("test", &fold.test)] {
        for (at, stride, count) in part.stretches() {
            let window = part.windows[at];
            let signal = &signals[window.signal];
            let [start, length, stride, count] =
                [window.start, length, stride, count].map(|number| number.to_string());
            let class = class_name(&fold.classes, part.labels[at]);
            let rate = rate.0.to_string();
            let words: [&str; HEAD.len()] = [
                &signal.file,
                &signal.sensor,
                &start,
                &length,
                &stride,
                &count,
                class,
                name,
                &signal.mounted,
                &fold.name,
                &rate,
                &part.rule,
            ];
            table.write_record(words).map_err(failed)?;
        }
    }
    let bytes = table.into_inner().map_err(|error| Error::io("write", path)(error.into_error()))?;
    write_whole(path, &bytes)
}

/// The name of a label.
pub(crate) fn class_name(classes: &[ClassName], label: u32) -> &str {
    classes.get(label as usize).map_or(UNKNOWN, |class| &class.name)
}
