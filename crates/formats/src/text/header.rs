//! The header of a text file's columns: their names and units, and what each of them holds.

use super::moment::Moment;
use super::time_column::seconds;
use crate::unit_text::scaled_unit;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Number,
    /// No number in the first lines: it is empty or holds words, and what follows says which.
    Idle,
    /// Moments and no numbers.
    Moment(Moment),
    /// The places of the next column's numbers, as LabVIEW writes them.
    Axis,
    /// LabVIEW's comments, which a line may lack.
    Remark,
}

/// A column as its header names it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The header's own words.
    pub(super) written: String,
    pub(super) unit: Option<String>,
    pub(super) role: Role,
}

#[derive(Default)]
pub(super) struct Header {
    pub(super) names: Vec<String>,
    units: Vec<String>,
    /// Cells of the line above the numbers.
    pub(super) more: usize,
}

impl Header {
    /// From the lines above the numbers: names, perhaps with a line of units below.
    pub(super) fn of(lines: &[Vec<&str>], columns: usize) -> Self {
        let fits = |line: &&Vec<&str>| filled(line) <= columns && line.len() >= columns;
        let own = |line: &Vec<&str>| line.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let Some((last, before)) = lines.split_last() else { return Self::default() };
        let more = filled(last);
        if !fits(&last) {
            return Self { more, ..Self::default() };
        }
        let is_unit = |cell: &&&str| {
            let bracketed = cell.len() > 2 && matches!(cell.as_bytes()[0], b'[' | b'(');
            bracketed || scaled_unit(cell).is_some() || seconds(cell).is_some()
        };
        let mut units = last.iter().filter(|cell| !cell.is_empty()).peekable();
        let are_units = units.peek().is_some() && units.all(|cell| is_unit(&cell));
        match before.last().filter(fits) {
            Some(names) if are_units => Self { names: own(names), units: own(last), more },
            _ => Self { names: own(last), units: Vec::new(), more },
        }
    }

    pub(super) fn columns(&self, count: usize) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::with_capacity(count);
        for i in 0..count {
            let written = self.names.get(i).cloned().unwrap_or_default();
            let (name, unit) = name_and_unit(&written);
            let below = self.units.get(i).map(|unit| bare_unit(unit)).filter(|unit| !unit.is_empty());
            let mut name = if name.is_empty() { format!("column {}", i + 1) } else { name.to_owned() };
            if columns.iter().any(|column| column.name == name) {
                name = format!("{name} (column {})", i + 1);
            }
            let unit = unit.or(below).map(str::to_owned);
            columns.push(Column { name, written, unit, role: Role::Number });
        }
        columns
    }
}

/// Cells of a line up to the last that is not empty.
pub(super) fn filled(line: &[&str]) -> usize {
    line.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1)
}

/// Whether a line is a name and what is said under it (`Logger: VibBox;SN 123`, `# unit: g` between blanks) and no header of
/// columns.
pub(super) fn is_key_and_value(cells: &[&str]) -> bool {
    const SIGNS: [char; 3] = [':', '=', '：'];
    let Some((first, others)) = cells.split_first() else { return false };
    if first.ends_with(SIGNS) {
        return !others.iter().any(|cell| cell.ends_with(SIGNS));
    }
    let ends_a_name = first.split_once(SIGNS).is_some_and(|(_, value)| value.starts_with(' '));
    ends_a_name && !others.iter().any(|cell| cell.contains(SIGNS))
}

pub(super) fn bare_unit(text: &str) -> &str {
    text.trim().trim_matches(|c| "[]()".contains(c)).trim()
}

/// `acc [m/s^2]` as name and unit; in round brackets only where a unit is known, in square ones any.
fn name_and_unit(text: &str) -> (&str, Option<&str>) {
    for (open, close) in [('[', ']'), ('(', ')')] {
        let split = text.trim().strip_suffix(close).and_then(|text| text.rsplit_once(open));
        if let Some((name, unit)) = split {
            let unit = unit.trim();
            let known = scaled_unit(unit).is_some() || seconds(unit).is_some();
            if !name.trim().is_empty() && !unit.is_empty() && (open == '[' || known) {
                return (name.trim(), Some(unit));
            }
        }
    }
    (text.trim(), None)
}
