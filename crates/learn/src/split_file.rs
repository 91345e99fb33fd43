//! `split.csv`: which segments of which recordings are in which part, and by which rule.

use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::protocol::{Fold, Signal};
use crate::run_folder::write_whole;
use std::path::Path;

const HEAD: [&str; 10] =
    ["part", "recording", "sensor", "bearing", "class", "first", "stride", "count", "length", "rule"];

/// Writes the file: a row for each run of segments with one distance.
pub(crate) fn write(
    path: &Path,
    fold: &Fold,
    signals: &[Signal],
    classes: &[ClassName],
    length: usize,
) -> Result<()> {
    let failed = |error: csv::Error| Error::io("write", path)(std::io::Error::other(error));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEAD).map_err(failed)?;
    for (name, part) in [("train", &fold.train), ("validation", &fold.validation), ("test", &fold.test)] {
        for (at, stride, count) in part.stretches() {
            let window = part.windows[at];
            let signal = &signals[window.signal];
            let numbers = [window.start, stride, count, length].map(|number| number.to_string());
            let words = [name, &signal.file, &signal.sensor, &signal.bearing];
            let class = classes[part.labels[at] as usize].name.as_str();
            let numbers = numbers.iter().map(String::as_str);
            let row = words.into_iter().chain([class]).chain(numbers).chain([part.rule.as_str()]);
            table.write_record(row).map_err(failed)?;
        }
    }
    let bytes = table.into_inner().map_err(|error| Error::io("write", path)(error.into_error()))?;
    write_whole(path, &bytes)
}
