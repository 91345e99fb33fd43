//! LabVIEW's `.lvm` files: their header states delimiter, decimal sign, units and step, and a line names the columns.
//!
//! The first segment is read; the line that begins another one is an error.

use super::cell::Delimiter;
use super::dialect::{Dialect, Look};
use super::header::{Column, Role, filled};
use super::survey::Early;
use crate::error::Result;
use crate::source::Source;

/// First words of the files.
const FIRST: &str = "LabVIEW Measurement";
/// Name of the columns in which the places of the values in the next ones stand.
pub(super) const AXIS: &str = "X_Value";
/// Name of the last column: a text, on the first line of each segment if at all.
const REMARK: &str = "Comment";

/// What the header of a LabVIEW file says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabView {
    /// Along the first dimension is time.
    pub(super) over_time: bool,
    /// Units of the channels, in order.
    pub(super) units: Vec<String>,
}

impl LabView {
    pub(super) fn of<'a>(mut lines: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        lines.clone().next()?.starts_with(FIRST).then_some(())?;
        let dimensions = lines.clone().find_map(|line| tagged(line, "X_Dimension"));
        let over_time =
            dimensions.is_some_and(|all| all.iter().filter(|own| !own.is_empty()).all(|own| *own == "Time"));
        let units = lines.find_map(|line| tagged(line, "Y_Unit_Label")).unwrap_or_default();
        Some(Self { over_time, units: units.into_iter().map(str::to_owned).collect() })
    }

    /// Gives the channels their units, and tells which columns are none.
    pub(super) fn settle(&self, columns: &mut [Column]) {
        if let Some(last) = columns.last_mut().filter(|last| last.written == REMARK) {
            last.role = Role::Remark;
        }
        for axis in columns.iter_mut().filter(|column| column.written == AXIS) {
            axis.role = Role::Axis;
        }
        let channels = columns.iter_mut().filter(|column| column.role != Role::Axis);
        for (column, unit) in channels.zip(&self.units) {
            column.unit = column.unit.take().or_else(|| Some(unit.clone()).filter(|unit| !unit.is_empty()));
        }
    }
}

/// What a line says under a tag, one cell for each channel.
fn tagged<'a>(line: &'a str, tag: &str) -> Option<Vec<&'a str>> {
    [Delimiter::Tab, Delimiter::Comma].into_iter().find_map(|delimiter| {
        let mut cells = delimiter.cells(line);
        (cells.next()? == tag).then(|| cells.collect())
    })
}

/// Whether a file begins as LabVIEW's do.
pub(super) fn is_one(early: &[Early]) -> bool {
    early.first().is_some_and(|line| line.text.starts_with(FIRST))
}

/// The dialect that the header states, and the line below the names of the columns.
pub(super) fn look(source: &Source, early: &[Early]) -> Result<Look> {
    let stated = |tag: &str| early.iter().find_map(|line| tagged(&line.text, tag)?.first().copied());
    let delimiter = match stated("Separator") {
        Some("Comma") => Delimiter::Comma,
        _ => Delimiter::Tab,
    };
    let is_head = |line: &Early| delimiter.cells(&line.text).next() == Some(AXIS);
    let Some(head) = early.iter().position(is_head) else {
        let why = format!("it is a LabVIEW file in which no line of names begins with {AXIS}");
        return Err(source.malformed(0, "its text", why));
    };
    let names: Vec<&str> = delimiter.cells(&early[head].text).collect();
    let Some(first) = early.get(head + 1) else {
        return Err(early[head].wrong(source, "no numbers follow the names of the columns".to_owned()));
    };
    let decimal_comma = delimiter != Delimiter::Comma
        && match stated("Decimal_Separator") {
            Some(sign) => sign == ",",
            None => delimiter.cells(&first.text).any(|cell| cell.contains(',')),
        };
    let cells = delimiter.cells(&first.text).count();
    // An empty cell may end the line of names, and each line.
    let named = filled(&names);
    let least = named - usize::from(names[named - 1] == REMARK);
    let ends_empty = delimiter.cells(&first.text).last() == Some("");
    let width = if cells == named + 1 && ends_empty { cells } else { named };
    if !(least..=width).contains(&cells) {
        let why = format!(
            "{cells} columns, the header above names {named}: a line was cut, or the header is wrong"
        );
        return Err(first.wrong(source, why));
    }
    Ok((Dialect { delimiter, decimal_comma }, head + 1, width))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Text;
    use crate::format::{Format, Selection};
    use crate::source::Source;
    use std::path::Path;

    /// Names and values of what is read, or the error.
    fn read(columns: &str, rows: &str) -> Result<Vec<(String, Vec<f64>)>, String> {
        let text = format!(
            "LabVIEW Measurement\t\nSeparator\tTab\nDecimal_Separator\t,\n***End_of_Header***\t\n\nChannels\t1\t\n\
             X_Dimension\tTime\t\nDelta_X\t0,001\t\n***End_of_Header***\t\t\n{columns}\n{rows}"
        );
        let source = Source::from_bytes(Path::new("x.lvm"), text.into_bytes());
        let read = Text.read(&source, Selection::All).map_err(|error| error.to_string())?;
        Ok(read.iter().map(|own| (own.name.clone(), own.as_vector().unwrap_or_default().to_vec())).collect())
    }

    #[test]
    fn the_header_states_delimiter_and_decimal_sign_of_one_channel() {
        let one = Ok(vec![("DE".to_owned(), vec![0.5, -1.25])]);
        for rows in
            ["\t0,5\n\t-1,25\n", "\t0,5\tstart\n\t-1,25\n", "\t0,5\t\n\t-1,25\t\n", "\t0,5\t7\n\t-1,25\t\n"]
        {
            assert_eq!(read("X_Value\tDE\tComment", rows), one, "{rows:?}");
        }
        assert_eq!(read("X_Value\tDE\t", "0,0\t0,5\t\n0,1\t-1,25\t\n"), one);
    }

    #[test]
    fn what_does_not_follow_the_names_and_another_segment_are_errors() {
        let told = |columns: &str, rows: &str| read(columns, rows).unwrap_err();
        assert!(told("X_Value\tDE\tComment", "").contains("no numbers follow"));
        assert!(told("Value\tDE", "\t0,5\n\t0,5\n").contains("begins with X_Value"));
        assert!(told("X_Value\tDE\tFE", "\t0,5\n\t0,5\n").contains("2 columns, the header above names 3"));
        let two = told("X_Value\tDE\tComment", "\t0,5\n\t0,5\nChannels\t1\t\n");
        assert!(two.contains("(line 13, column 1)") && two.contains("`Channels` is no number"), "{two}");
    }
}
