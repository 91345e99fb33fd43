//! Universal files, data set 58 (`.uff`, `.unv`): functions at nodal degrees of freedom, as text or binary (58b).
//!
//! Layout of the format: "Universal Dataset Number 58", SDRC: data sets, each between two lines `    -1`, the number of the
//! set in the first line. Data set 58 has eleven records of 80 characters and then its values, as text in columns of 13 or 20
//! characters, or, in 58b, as bytes. Other data sets are passed over and told in the text of the probe.
//!
//! A function is named by its first ID line; where that says nothing, or another function has the name already, by its number
//! among the functions. Values at uneven places have their abscissae in an array of their own, `NAME abscissa`,
//! which is marked as an axis and thus no channel.
//! Bytes of 58b are counted from the number of values: the count in the first line is often wrong.

mod header;
mod lines;

use crate::array::{ArrayHeader, NamedArray, Values};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::runs::Runs;
use crate::scalar::{Kind, Scalar};
use crate::source::Source;
use header::{Coding, Header, RECORDS, number};
use lines::Lines;
use std::collections::{BTreeSet, HashSet};

/// Line that begins and ends a data set.
const MARK: &str = "    -1";
/// Functions in one file.
const MAX_FUNCTIONS: usize = 100_000;
/// Bytes of binary values that are read at once.
const PIECE: usize = 1 << 16;
/// Bytes of values as text that are read also where only their end is wanted.
const READ_WHOLE: u64 = 1 << 16;
/// Lines of longer ones whose ends are looked at.
const TRIED_LINES: u64 = 16;

/// Universal file, data set 58.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uff58;

impl Format for Uff58 {
    fn name(&self) -> &'static str {
        "uff58"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".uff", ".unv"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        let mut lines = head.split(|&b| b == b'\n');
        let mark = lines.next().and_then(|line| std::str::from_utf8(line).ok());
        if !mark.is_some_and(is_mark) {
            return Confidence::No;
        }
        // The number of the data set. Cut before it, the file may still be one, and is no column of numbers.
        match lines.next().map(|line| line.get(..6).and_then(|first| std::str::from_utf8(first).ok())) {
            Some(Some(first)) if first.trim().parse::<u16>().is_ok_and(|number| number > 0) => {
                Confidence::Certain
            }
            Some(Some(_)) => Confidence::No,
            None | Some(None) => Confidence::Possible,
        }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let mut arrays = Vec::new();
        let others = functions(source, &mut |function, lines| {
            for part in function.parts() {
                arrays.push(ArrayHeader {
                    name: part.name,
                    shape: vec![function.header.count, 1],
                    class: function.header.class(),
                    complex: part.complex,
                    byte_offset: function.at,
                    facts: part.facts,
                });
            }
            function.skip(source, lines)
        })?;
        let others: Vec<String> = others.iter().map(u32::to_string).collect();
        let text =
            (!others.is_empty()).then(|| format!("data sets that are not read: {}", others.join(", ")));
        Ok(Probe { format: self.name().to_owned(), arrays, text })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let mut arrays = Vec::new();
        functions(source, &mut |function, lines| {
            let parts: Vec<Part> =
                function.parts().into_iter().filter(|part| selection.wants(&part.name)).collect();
            if parts.is_empty() {
                return function.skip(source, lines);
            }
            let bytes = source.length().saturating_sub(lines.at);
            // No coding takes less than two bytes for a number.
            let every = function.header.per_value();
            let room = function.header.count.min((bytes / 2) as usize / every);
            if function.coding != Coding::Text {
                function.binary_bytes(source, lines.at)?;
            }
            let mut columns: Vec<Vec<f64>> = Vec::new();
            for column in 0..every {
                let wanted = parts.iter().any(|part| part.columns().contains(&column));
                columns.push(if wanted { Vec::with_capacity(room) } else { Vec::new() });
            }
            let mut i = 0;
            function.numbers(source, lines, &mut |value| {
                let column = i % every;
                if columns[column].capacity() > 0 {
                    columns[column].push(value);
                }
                i += 1;
                Ok(())
            })?;
            for part in parts {
                let mut own = part.columns().into_iter().map(|column| std::mem::take(&mut columns[column]));
                let first = own.next().unwrap_or_default();
                let values = match own.next() {
                    Some(imaginary) => {
                        Values::Complex(first.into_iter().zip(imaginary).map(|(re, im)| [re, im]).collect())
                    }
                    None => Values::Real(first),
                };
                arrays.push(NamedArray {
                    name: part.name,
                    shape: vec![function.header.count, 1],
                    class: function.header.class(),
                    values,
                    byte_offset: function.at,
                    facts: part.facts,
                });
            }
            Ok(())
        })?;
        Ok(arrays)
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        functions(source, &mut |function, lines| {
            let part = function.parts().into_iter().find(|part| part.name == name && !part.complex);
            let Some(part) = part else { return function.skip(source, lines) };
            let mut runs = Runs::new(run, each);
            let mut i = 0;
            let every = function.header.per_value();
            function.numbers(source, lines, &mut |value| {
                let own = i % every == part.column;
                i += 1;
                if own { runs.push(value) } else { Ok(()) }
            })?;
            runs.finish()
        })?;
        Ok(())
    }
}

/// Whether a line is the mark, perhaps followed by blanks.
fn is_mark(line: &str) -> bool {
    line.trim_end() == MARK
}

/// One data set 58 whose header was read.
struct Function {
    /// Byte of its first line.
    at: u64,
    name: String,
    coding: Coding,
    header: Header,
}

/// An array of a function.
struct Part {
    name: String,
    /// Place of its numbers among those of each value.
    column: usize,
    complex: bool,
    facts: Option<Box<Facts>>,
}

impl Part {
    fn columns(&self) -> Vec<usize> {
        if self.complex { vec![self.column, self.column + 1] } else { vec![self.column] }
    }
}

/// Calls `each` for every function, with the lines standing at its values; it has to leave them behind the values. Returns the
/// numbers of the data sets that are not read.
fn functions(
    source: &Source,
    each: &mut dyn FnMut(&Function, &mut Lines<'_>) -> Result<()>,
) -> Result<BTreeSet<u32>> {
    let path = source.name();
    let mut others = BTreeSet::new();
    let mut names: HashSet<String> = HashSet::new();
    let mut lines = Lines::new(source, 0);
    let mut found = 0;
    loop {
        let at = lines.at;
        let wrong = |offset, why: &str| Error::Malformed {
            path: path.clone(),
            variable: None,
            offset,
            element: format!("data set at byte {at}"),
            why: why.to_owned(),
        };
        let Some(line) = lines.next()? else { break };
        if line.trim().is_empty() {
            continue;
        }
        if !is_mark(&line) {
            return Err(wrong(at, "a line `    -1` expected before a data set"));
        }
        let first_at = lines.at;
        let first = lines.next()?.ok_or_else(|| cut(source, at, None))?;
        let set: u32 = first
            .get(..6)
            .and_then(|number| number.trim().parse().ok())
            .ok_or_else(|| wrong(first_at, "the number of a data set expected in six columns"))?;
        if set != 58 {
            others.insert(set);
            loop {
                let line = lines.next()?.ok_or_else(|| cut(source, at, None))?;
                if is_mark(&line) {
                    break;
                }
            }
            continue;
        }
        found += 1;
        if found > MAX_FUNCTIONS {
            return Err(wrong(at, "the file holds more than 100000 functions"));
        }
        let coding = coding(&first).map_err(|why| wrong(first_at, why))?;
        let mut records = Vec::with_capacity(RECORDS);
        while records.len() < RECORDS {
            records.push(lines.next()?.ok_or_else(|| cut(source, at, None))?);
        }
        let header = Header::read(&records).map_err(|why| wrong(first_at, &why))?;
        let name = match &header.title {
            Some(title) if !names.contains(title) => title.clone(),
            Some(title) => format!("{title} (function {found})"),
            None => format!("function {found}"),
        };
        names.insert(name.clone());
        let function = Function { at, name, coding, header };
        each(&function, &mut lines)?;
        let end_at = lines.at;
        let mut end = lines.next()?.ok_or_else(|| cut(source, at, Some(&function.name)))?;
        // Some programs end binary values with a line feed.
        if end.is_empty() {
            end = lines.next()?.ok_or_else(|| cut(source, at, Some(&function.name)))?;
        }
        if !is_mark(&end) {
            if lines.at >= source.length() && MARK.starts_with(&end) {
                return Err(cut(source, at, Some(&function.name)));
            }
            let why = format!("a line `    -1` expected behind {} values", function.header.count);
            return Err(function.wrong(&path, end_at, &why));
        }
    }
    Ok(others)
}

/// Text, or bytes as the first line of a 58b tells: order in six columns, then the kind of floats.
fn coding(first: &str) -> std::result::Result<Coding, &'static str> {
    let mut rest = first.chars().skip(6);
    match rest.next() {
        Some('b' | 'B') => {}
        _ => return Ok(Coding::Text),
    }
    let rest: String = rest.collect();
    let mut fields = rest.split_whitespace();
    let big_endian = match fields.next() {
        Some("1") => false,
        Some("2") => true,
        _ => return Err("a byte order of 1 or 2 expected"),
    };
    match fields.next() {
        Some("2") => Ok(Coding::Binary { big_endian }),
        _ => Err("IEEE 754 floats (kind 2) expected: those of DEC and IBM are not read"),
    }
}

fn cut(source: &Source, at: u64, name: Option<&str>) -> Error {
    let left = source.length().saturating_sub(at);
    Error::Truncated {
        path: source.name(),
        variable: name.map(str::to_owned),
        offset: source.length(),
        element: format!("data set at byte {at}, which does not end"),
        declared: left + MARK.len() as u64,
        left,
    }
}

impl Function {
    fn wrong(&self, path: &str, offset: u64, why: &str) -> Error {
        Error::Malformed {
            path: path.to_owned(),
            variable: Some(self.name.clone()),
            offset,
            element: format!("data set at byte {}", self.at),
            why: why.to_owned(),
        }
    }

    fn parts(&self) -> Vec<Part> {
        let abscissa = usize::from(self.header.uneven);
        let mut parts = vec![Part {
            name: self.name.clone(),
            column: abscissa,
            complex: self.header.complex,
            facts: self.header.facts.clone().boxed(),
        }];
        if self.header.uneven {
            parts.push(Part {
                name: format!("{} abscissa", self.name),
                column: 0,
                complex: false,
                facts: Facts { axis: true, ..Facts::default() }.boxed(),
            });
        }
        parts
    }

    /// Bytes of binary values; they are in the file.
    fn binary_bytes(&self, source: &Source, at: u64) -> Result<u64> {
        let width = if self.header.double { 8 } else { 4 };
        let bytes = self.header.numbers().and_then(|numbers| numbers.checked_mul(width));
        let left = source.length().saturating_sub(at);
        match bytes {
            Some(bytes) if bytes as u64 <= left => Ok(bytes as u64),
            _ => Err(Error::Truncated {
                path: source.name(),
                variable: Some(self.name.clone()),
                offset: source.length(),
                element: format!("values at byte {at}"),
                declared: bytes.map_or(u64::MAX, |bytes| bytes as u64),
                left,
            }),
        }
    }

    /// Leaves the lines behind the values.
    fn skip(&self, source: &Source, lines: &mut Lines<'_>) -> Result<()> {
        let start = lines.at;
        if let Coding::Binary { .. } = self.coding {
            lines.jump(start + self.binary_bytes(source, start)?);
            return Ok(());
        }
        match self.end_of_equal_lines(source, lines)? {
            Some(end) => lines.jump(end),
            None => {
                lines.jump(start);
                self.numbers(source, lines, &mut |_| Ok(()))?;
            }
        }
        Ok(())
    }

    /// Where the values end if their lines are all as long as the first, as they mostly are; none where some are not, or where
    /// the values are so few that reading them costs nothing.
    fn end_of_equal_lines(&self, source: &Source, lines: &mut Lines<'_>) -> Result<Option<u64>> {
        let start = lines.at;
        let per_line = self.header.widths().len();
        let Some(numbers) = self.header.numbers() else { return Ok(None) };
        let (whole, rest) = ((numbers / per_line) as u64, numbers % per_line);
        lines.next()?;
        let length = lines.at - start;
        let Some(bytes) = whole.checked_mul(length).filter(|&bytes| bytes > READ_WHOLE) else {
            return Ok(None);
        };
        let Some(end) = start.checked_add(bytes).filter(|&end| end < source.length()) else {
            return Ok(None);
        };
        for line in 1..=TRIED_LINES {
            let behind = start + whole * line / TRIED_LINES * length;
            if source.at(behind - 1, 1)?.first() != Some(&b'\n') {
                return Ok(None);
            }
        }
        lines.jump(end);
        if rest > 0 {
            lines.next()?;
        }
        let behind = lines.at;
        Ok(lines.next()?.is_some_and(|line| is_mark(&line)).then_some(behind))
    }

    /// Every stored number in turn; the lines stand behind them afterwards.
    fn numbers(
        &self,
        source: &Source,
        lines: &mut Lines<'_>,
        give: &mut dyn FnMut(f64) -> Result<()>,
    ) -> Result<()> {
        let path = source.name();
        if let Coding::Binary { big_endian } = self.coding {
            let mut at = lines.at;
            let end = at + self.binary_bytes(source, at)?;
            let kind = if self.header.double { Kind::F64 } else { Kind::F32 };
            let float = Scalar { kind, big: big_endian };
            while at < end {
                let bytes = source.at(at, (PIECE as u64).min(end - at) as usize)?;
                for raw in bytes.chunks_exact(kind.size()) {
                    give(float.first(raw).unwrap_or(f64::NAN))?;
                }
                at += bytes.len() as u64;
            }
            lines.jump(end);
            return Ok(());
        }
        let numbers = self.header.numbers();
        let numbers =
            numbers.ok_or_else(|| self.wrong(&path, self.at, "more values than any file can hold"))?;
        let mut given = 0;
        while given < numbers {
            let at = lines.at;
            let line = lines.next()?.ok_or_else(|| cut(source, self.at, Some(&self.name)))?;
            if is_mark(&line) {
                let why = format!("{numbers} numbers are declared, the data set ends after {given}");
                return Err(self.wrong(&path, at, &why));
            }
            let found = line_numbers(&line, self.header.widths());
            let found = found.filter(|found| !found.is_empty() && found.len() <= numbers - given);
            let found = found.ok_or_else(|| {
                let whole = lines.at < source.length();
                let why = format!("up to {} numbers expected, `{}` found", numbers - given, short(&line));
                if whole { self.wrong(&path, at, &why) } else { cut(source, self.at, Some(&self.name)) }
            })?;
            given += found.len();
            found.into_iter().try_for_each(&mut *give)?;
        }
        Ok(())
    }
}

/// Numbers of one line: between blanks, or in their columns where they touch.
fn line_numbers(line: &str, widths: &[usize]) -> Option<Vec<f64>> {
    let apart: Option<Vec<f64>> = line.split_whitespace().map(number).collect();
    if apart.as_ref().is_some_and(|numbers| numbers.len() <= widths.len()) {
        return apart;
    }
    let mut numbers = Vec::new();
    let mut rest = line.trim_end();
    for &width in widths {
        if rest.is_empty() {
            break;
        }
        let (column, behind) = rest.split_at_checked(width.min(rest.len()))?;
        numbers.push(number(column.trim())?);
        rest = behind;
    }
    rest.is_empty().then_some(numbers)
}

fn short(line: &str) -> String {
    line.trim().chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_that_touch_are_told_apart_by_their_columns() {
        let touching = "-1.00000E+000-2.50000E-001 3.00000D+00";
        assert_eq!(line_numbers(touching, &[13; 6]).unwrap(), [-1.0, -0.25, 3.0]);
        assert_eq!(line_numbers(" 1.0  2.0 ", &[20; 4]).unwrap(), [1.0, 2.0]);
        assert_eq!(line_numbers("one two", &[20; 4]), None);
        assert_eq!(line_numbers("1 2 3 4 5", &[20; 4]), None);
        assert_eq!(line_numbers("größe-größe-1", &[3; 6]), None);
    }

    /// A function of values as text, single precision, at even places.
    fn text_function(name: &str, count: usize, line: impl Fn(usize) -> String) -> String {
        let mut text = format!("{MARK}\n    58\n{name}\n");
        text += &"NONE\n".repeat(4);
        text += "    1         0    0         0       NONE         1   3       NONE         0   0\n";
        text += &format!("         2{count:10}         1  0.00000E+00  3.90625E-05  0.00000E+00\n");
        text += "        17    0    0    0 Time                 s\n";
        text += &"        12    0    0    0 Acceleration         m/s^2\n".repeat(3);
        for first in (0..count).step_by(6) {
            let numbers = (first..count.min(first + 6)).map(|i| format!("{:13.5E}", i as f64));
            text += &numbers.collect::<String>();
            text += &line(first / 6);
        }
        text + MARK + "\n"
    }

    #[test]
    fn functions_of_many_values_are_listed_whether_their_lines_are_equally_long_or_not() {
        let count = 60_001;
        for odd in [None, Some(0), Some(7), Some(9_999)] {
            let end = |line| if Some(line) == odd { "   \n" } else { "\n" }.to_owned();
            let text = text_function("long", count, end) + &text_function("last", 7, |_| "\n".to_owned());
            let source = Source::from_bytes(std::path::Path::new("x.uff"), text.into_bytes());
            let listed = Uff58.probe(&source).unwrap().arrays;
            let named = |name: &str| listed.iter().find(|array| array.name == name).unwrap().shape.clone();
            assert_eq!((named("long"), named("last")), (vec![count, 1], vec![7, 1]), "{odd:?}");
            let mut last = f64::NAN;
            Uff58
                .stream(&source, "long", 1000, &mut |run| {
                    last = run[run.len() - 1];
                    Ok(())
                })
                .unwrap();
            assert_eq!(last, 60_000.0);
        }
    }

    #[test]
    fn the_first_line_of_a_binary_set_tells_its_order() {
        assert_eq!(coding("    58"), Ok(Coding::Text));
        assert_eq!(
            coding("    58b     1     2          11         160"),
            Ok(Coding::Binary { big_endian: false })
        );
        assert_eq!(
            coding("    58b     2     2          11         160"),
            Ok(Coding::Binary { big_endian: true })
        );
        assert!(coding("    58b     1     1          11         160").is_err());
        assert!(coding("    58b     7     2").is_err());
    }
}
