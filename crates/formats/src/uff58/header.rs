//! The eleven records that describe a function.

use crate::array::ArrayClass;
use crate::facts::{Fact, Facts};
use crate::named_facts::{self, Said, Statement};

/// Records before the values.
pub(super) const RECORDS: usize = 11;

/// How the values of a data set are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Text,
    Binary { big_endian: bool },
}

/// A function as its header describes it.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// First ID line, where it says anything.
    pub(super) title: Option<String>,
    pub(super) double: bool,
    pub(super) complex: bool,
    /// Whether each value stands behind its abscissa.
    pub(super) uneven: bool,
    pub(super) count: usize,
    pub(super) facts: Facts,
}

/// Characters `from..from + width` of a record, without blanks at either end.
fn field(record: &str, from: usize, width: usize) -> &str {
    let start = record.char_indices().nth(from).map_or(record.len(), |(at, _)| at);
    let rest = &record[start..];
    let end = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
    rest[..end].trim()
}

/// A text field in which `NONE` stands for nothing.
fn label(record: &str, from: usize, width: usize) -> Option<String> {
    let text = field(record, from, width);
    (!text.is_empty() && !text.eq_ignore_ascii_case("none")).then(|| text.to_owned())
}

/// A number as Fortran writes it: the exponent may be marked by D.
pub(super) fn number(text: &str) -> Option<f64> {
    let parsed = text.parse();
    let parsed = if parsed.is_err() { text.replace(['D', 'd'], "E").parse() } else { parsed };
    parsed.ok()
}

fn direction(code: i64) -> Option<String> {
    let axis = *["X", "Y", "Z"].get((code.unsigned_abs() as usize).checked_sub(1)? % 3)?;
    let sign = if code < 0 { '-' } else { '+' };
    match code.unsigned_abs() {
        1..=3 => Some(format!("{sign}{axis}")),
        4..=6 => Some(format!("{sign}{axis} rotation")),
        _ => None,
    }
}

impl Header {
    /// Reads the records; the error says which field of which is wrong.
    pub(super) fn read(records: &[String]) -> Result<Self, String> {
        let [title, _, date, _, _, freedom, form, abscissa, ordinate, _, z_axis] = records else {
            return Err(format!("{RECORDS} records expected, {} found", records.len()));
        };
        let whole = |record: &str, from, width, what: &str| {
            let text = field(record, from, width);
            text.parse::<i64>().map_err(|_| format!("{what} expected, `{text}` found"))
        };
        let or_zero = |record: &str, from, width| field(record, from, width).parse::<i64>().unwrap_or(0);
        let real = |record: &str, from| number(field(record, from, 13)).unwrap_or(0.0);
        let (double, complex) = match whole(form, 0, 10, "record 7: type of the ordinate")? {
            2 => (false, false),
            4 => (true, false),
            5 => (false, true),
            6 => (true, true),
            other => {
                return Err(format!("record 7: type of the ordinate 2, 4, 5 or 6 expected, {other} found"));
            }
        };
        let count = whole(form, 10, 10, "record 7: number of values")?;
        let count = usize::try_from(count).map_err(|_| format!("record 7: {count} values"))?;
        let uneven = whole(form, 20, 10, "record 7: spacing of the abscissa")? == 0;
        let mut statements = Vec::new();
        let mut say = |name: &str, said, unit, place: &str| {
            statements.push(Statement { name: name.to_owned(), said, unit, place: place.to_owned() });
        };
        // A spectrum has increments as well, and they are no times.
        let time_response = whole(freedom, 0, 5, "record 6: type of the function")? == 1;
        let along_time = match or_zero(abscissa, 0, 10) {
            17 => true,
            0 | 1 => time_response,
            _ => false,
        };
        let increment = real(form, 43);
        if !uneven && along_time && increment > 0.0 {
            say("dt", Said::Number(increment), label(abscissa, 47, 20), "record 7, abscissa increment");
        }
        if let Some(unit) = label(ordinate, 47, 20) {
            say("unit", Said::Text(unit), None, "record 9, units label");
        }
        let z = real(form, 56);
        if or_zero(z_axis, 0, 10) == 19 && z > 0.0 {
            say("rpm", Said::Number(z), None, "record 7, z-axis value");
        }
        if let Some(date) = label(date, 0, 80).filter(|text| is_date(text)) {
            say("start time", Said::Text(date), None, "ID line 3");
        }
        let mut facts = named_facts::facts([&statements[..]]);
        let (node, towards) = (or_zero(freedom, 41, 10), or_zero(freedom, 51, 4));
        if node > 0 {
            let position = match direction(towards) {
                Some(towards) => format!("node {node}, {towards}"),
                None => format!("node {node}"),
            };
            facts.position = Some(Fact::new(position, "record 6, response"));
        }
        Ok(Self { title: label(title, 0, 80), double, complex, uneven, count, facts })
    }

    pub(super) fn class(&self) -> ArrayClass {
        if self.double { ArrayClass::Double } else { ArrayClass::Single }
    }

    /// Stored numbers for each value.
    pub(super) fn per_value(&self) -> usize {
        1 + usize::from(self.complex) + usize::from(self.uneven)
    }

    /// Stored numbers; none where no memory could hold them.
    pub(super) fn numbers(&self) -> Option<usize> {
        self.count.checked_mul(self.per_value())
    }

    /// Characters of each number in a line of text.
    pub(super) fn widths(&self) -> &'static [usize] {
        match (self.double, self.uneven, self.complex) {
            (false, ..) => &[13; 6],
            (true, false, _) => &[20; 4],
            (true, true, false) => &[13, 20, 13, 20],
            (true, true, true) => &[13, 20, 20],
        }
    }
}

/// Whether a text begins like `29-FEB-24`.
fn is_date(text: &str) -> bool {
    let mut parts = text.split_whitespace().next().unwrap_or_default().split('-');
    let digits = |part: Option<&str>, most: usize| {
        part.is_some_and(|p| !p.is_empty() && p.len() <= most && p.bytes().all(|b| b.is_ascii_digit()))
    };
    digits(parts.next(), 2)
        && parts
            .next()
            .is_some_and(|month| month.len() == 3 && month.bytes().all(|b| b.is_ascii_alphabetic()))
        && digits(parts.next(), 4)
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn records(form: &str, abscissa: &str) -> Vec<String> {
        let none = "         0    0    0    0 NONE                 NONE";
        let freedom = "    1         0    0         0       NONE        12  -3       NONE         0   0";
        let ordinate = "        12    0    0    0 Acceleration         m/s^2";
        let z = "        19    0    0    0 Speed                rpm";
        ["pump", "NONE", "29-FEB-24 12:34:56", "NONE", "NONE", freedom, form, abscissa, ordinate, none, z]
            .map(str::to_owned)
            .to_vec()
    }

    const FORM: &str = "         2       100         1  0.00000E+00  3.90625D-05  1.80000E+03";

    #[test]
    fn facts_stand_in_their_columns() {
        let seconds = "        17    0    0    0 Time                 s";
        let header = Header::read(&records(FORM, seconds)).unwrap();
        let facts = header.facts;
        assert_eq!(facts.rate.unwrap().value, 25_600.0);
        assert_eq!(facts.unit.unwrap().value, "m/s^2");
        assert_eq!(facts.speed.unwrap().value, 30.0);
        assert_eq!(facts.start.unwrap().value, "29-FEB-24 12:34:56");
        assert_eq!(facts.position.unwrap().value, "node 12, -Z");
        assert_eq!((header.count, header.double, header.uneven), (100, false, false));
    }

    #[test]
    fn an_axis_of_frequencies_gives_no_rate_and_milliseconds_count_as_such() {
        let hertz = "        18    0    0    0 Frequency            Hz";
        assert_eq!(Header::read(&records(FORM, hertz)).unwrap().facts.rate, None);
        let milli = "        17    0    0    0 Time                 ms";
        assert_eq!(Header::read(&records(FORM, milli)).unwrap().facts.rate.unwrap().value, 25_600_000.0);
    }

    #[test]
    fn a_field_that_is_none_is_told_with_its_record() {
        let time = "        17    0    0    0 Time                 s";
        let why = Header::read(&records("         3       100         1", time)).unwrap_err();
        assert!(why.contains("record 7") && why.contains('3'), "{why}");
        let why = Header::read(&records("         2       -10         1", time)).unwrap_err();
        assert!(why.contains("-10 values"), "{why}");
        assert!(Header::read(&[]).is_err());
    }
}
