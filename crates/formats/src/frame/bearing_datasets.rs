//! The table that the Python package bearing-datasets writes beside its signals: `metadata.parquet`, one row for each signal,
//! above the folder `signals` that holds the file.

use super::{Parquet, Table as _, numbers};
use crate::facts::{Fact, Facts};
use crate::source::Source;
use polars::prelude::{DataFrame, DataType};
use std::collections::BTreeMap;

const FILE: &str = "metadata.parquet";
const FOLDER: &str = "signals";
const ID: &str = "signal_id";
/// Columns of numbers that are used: sampling rate in hertz, samples, speed in revolutions per minute.
const NUMBERS: [&str; 3] = ["fs", "n_samples", "speed_rpm"];
const TEXTS: [&str; 2] = ["unit", "sensor_location"];

/// What the table says of each signal.
pub(super) struct Sibling {
    rows: BTreeMap<String, (Facts, Option<usize>)>,
}

impl Sibling {
    /// The table above a file of signals whose rows are named by `id`; `None` where there is none that can be read.
    pub(super) fn of(source: &Source, id: Option<&str>) -> Option<Self> {
        let folder = source.path().parent()?;
        if id != Some(ID) || folder.file_name()? != FOLDER {
            return None;
        }
        let table = Source::open(&folder.parent()?.join(FILE)).ok()?;
        let (schema, count, _) = Parquet.schema(&table).ok()?;
        let there = |name: &&str| schema.contains(name);
        let columns: Vec<&str> = [ID].into_iter().chain(NUMBERS).chain(TEXTS).filter(there).collect();
        let frame = Parquet.rows(&table, &columns, 0, count).ok()?;
        let ids = texts(&frame, ID)?;
        let number = |name: &str| numbers(&table, frame.column(name).ok()?).ok();
        let [rate, samples, speed] = NUMBERS.map(number);
        let [unit, position] = TEXTS.map(|name| texts(&frame, name));
        let at = |column: &Option<Vec<f64>>, row: usize| {
            column.as_ref().map(|values| values[row]).filter(|value| value.is_finite())
        };
        let said = |column: &Option<Vec<Option<String>>>, row: usize| {
            let text = column.as_ref()?[row].clone()?;
            (!["none", "unknown"].contains(&text.as_str())).then_some(text)
        };
        let place = |column: &str| format!("{FILE}, column `{column}`");
        let rows = ids.into_iter().enumerate().filter_map(|(row, id)| {
            let facts = Facts {
                rate: at(&rate, row).map(|hertz| Fact::new(hertz, place("fs"))),
                speed: at(&speed, row).map(|rpm| Fact::new(rpm / 60.0, place("speed_rpm"))),
                unit: said(&unit, row).map(|text| Fact::new(text, place("unit"))),
                position: said(&position, row).map(|text| Fact::new(text, place("sensor_location"))),
                ..Facts::default()
            };
            Some((id?, (facts, at(&samples, row).map(|count| count as usize))))
        });
        Some(Self { rows: rows.collect() })
    }

    pub(super) fn facts(&self, signal: &str) -> Option<Box<Facts>> {
        self.rows.get(signal)?.0.clone().boxed()
    }

    /// How many samples a signal has.
    pub(super) fn samples(&self, signal: &str) -> Option<usize> {
        self.rows.get(signal)?.1
    }
}

fn texts(frame: &DataFrame, name: &str) -> Option<Vec<Option<String>>> {
    let column = frame.column(name).ok()?.cast(&DataType::String).ok()?;
    Some(column.str().ok()?.iter().map(|text| text.map(str::to_owned)).collect())
}
