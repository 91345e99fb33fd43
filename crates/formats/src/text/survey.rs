//! What a text file of columns looks like: delimiter, decimal sign, header, units, time, found from its first lines.

use super::cell::{Delimiter, number};
use super::lines::{LONGEST, Line, Lines, comment};
use super::moment::Moment;
use super::preamble::{Preamble, states_rate};
use super::time_column::{LABVIEW_AXIS, Time, labview_columns, seconds, time};
use crate::error::Result;
use crate::recognise::recognise;
use crate::source::Source;
use crate::unit_text::scaled_unit;
use std::cmp::Reverse;

pub(super) const MOST_COLUMNS: usize = 1024;

/// How numbers stand in the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) decimal_comma: bool,
}

impl Dialect {
    pub(super) fn number(self, cell: &str) -> Option<f64> {
        number(cell, self.decimal_comma)
    }

    /// Cells of a line in which only numbers, missing ones and moments stand.
    fn columns(self, line: &str) -> Option<usize> {
        let (mut count, mut numbers) = (0, 0);
        for cell in self.delimiter.cells(line) {
            count += 1;
            match self.number(cell) {
                Some(value) => numbers += usize::from(!value.is_nan()),
                None => _ = Moment::of(cell)?,
            }
        }
        (numbers > 0).then_some(count)
    }
}

/// A column as its header names it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The header's own words.
    pub(super) written: String,
    pub(super) unit: Option<String>,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) dialect: Dialect,
    /// All columns, those of time as well.
    pub(super) columns: Vec<Column>,
    /// Columns that hold moments and no numbers.
    pub(super) moments: Vec<(usize, Moment)>,
    /// Columns of numbers that are the places of others, as LabVIEW writes one beside each channel.
    pub(super) axes: Vec<usize>,
    /// An empty cell ends each line.
    pub(super) trailing: bool,
    pub(super) time: Option<Time>,
    /// What the lines above say.
    pub(super) preamble: Preamble,
    /// Number of the first line of numbers, and its byte.
    pub(super) line: u64,
    pub(super) offset: u64,
}

/// A comment with the number of its line.
type Comment = (u64, String);

/// A line of the beginning.
pub(super) struct Early {
    number: u64,
    offset: u64,
    pub(super) text: String,
    /// The file ends before the line does.
    open: bool,
}

impl Survey {
    pub(super) fn of(source: &Source) -> Result<Self> {
        let (early, comments) = beginning(source)?;
        // A last line without an end may have been cut, so it decides nothing where there are others.
        let open = early.last().is_some_and(|last| last.open);
        let whole = if open && early.len() > 1 { &early[..early.len() - 1] } else { &early };
        let Some((dialect, start, columns)) = dialect(whole).or_else(|| dialect(&early)) else {
            let head = source.at(0, crate::format::HEAD)?;
            return Err(recognise(&source.name(), &head).unwrap_or_else(|| {
                source.malformed(0, "its text", format!("no line of numbers in the first {LONGEST} bytes"))
            }));
        };
        let rows = &early[start..];
        let first = &rows[0];
        if columns > MOST_COLUMNS {
            return Err(source.beyond("the number of columns", columns as u64, MOST_COLUMNS as u64));
        }
        let said = early[..start].iter().map(|line| (line.number, &*line.text));
        let mut said: Vec<(u64, &str)> =
            said.chain(comments.iter().map(|(number, text)| (*number, &**text))).collect();
        said.retain(|(number, _)| *number < first.number);
        said.sort_by_key(|(number, _)| *number);
        let preamble = Preamble::of(said.into_iter());
        let labview = preamble.labview.as_ref();
        // Where the line above the numbers states a rate, no line names the columns.
        let names = |text: &str| !states_rate(text, labview);
        let heads =
            if early[..start].last().is_none_or(|line| names(&line.text)) { &early[..start] } else { &[] };
        let mut heads: Vec<Vec<&str>> =
            heads.iter().map(|line| dialect.delimiter.cells(&line.text).collect()).collect();
        if labview.is_some() {
            let head = heads.last_mut().filter(|head| head.first() == Some(&LABVIEW_AXIS));
            let Some(head) = head else {
                let why = "no numbers follow the names of the columns: a comment may stand there";
                return Err(source.malformed(first.offset, &format!("line {}", first.number), why));
            };
            // The column of comments is left out where there are none.
            if head.len() == columns + 1 {
                head.pop_if(|last| *last == "Comment");
            }
        }
        let comments: Vec<&Comment> = comments.iter().filter(|(number, _)| *number < first.number).collect();
        let named = comments.last().filter(|(_, text)| names(text)).filter(|_| start == 0);
        let header = match (heads.last(), named.map(|(_, text)| text)) {
            (Some(_), _) => Header::of(&heads, columns),
            // Such as numpy.savetxt writes: names behind a comment's mark.
            (None, Some(text)) => {
                let cells = [dialect.delimiter, Delimiter::Comma, Delimiter::Blanks]
                    .map(|delimiter| delimiter.cells(text).collect::<Vec<_>>());
                let fitting = cells.into_iter().find(|cells| cells.len() == columns);
                fitting.map_or_else(Header::default, |cells| Header::of(&[cells], columns))
            }
            (None, None) => Header::default(),
        };
        let more = header.more;
        if open && rows.len() == 1 && (start > 0 || !comments.is_empty()) {
            let why = "the only line of numbers has no end: the copy was cut";
            return Err(source.malformed(first.offset, &format!("line {}", first.number), why));
        }
        if more > columns {
            let why = format!(
                "{columns} columns, the header above names {more}: a line was cut, or the header is wrong"
            );
            return Err(source.malformed(first.offset, &format!("line {}", first.number), why));
        }
        let ends_empty = |row: &Early| dialect.delimiter.cells(&row.text).last() == Some("");
        let trailing = columns > 1
            && dialect.delimiter != Delimiter::Blanks
            && header.names.get(columns - 1).is_none_or(String::is_empty)
            && rows.iter().all(ends_empty);
        let columns = if trailing { columns - 1 } else { columns };
        let mut columns = header.columns(columns);
        let cells = dialect.delimiter.cells(&first.text).enumerate();
        let moments: Vec<(usize, Moment)> = cells
            .filter(|(_, cell)| dialect.number(cell).is_none())
            .filter_map(|(i, cell)| Some((i, Moment::of(cell)?)))
            .collect();
        let axes = labview.map_or_else(Vec::new, |labview| labview_columns(&mut columns, labview));
        let time = time(dialect, &columns, &moments, rows, labview);
        Ok(Self {
            dialect,
            columns,
            moments,
            axes,
            trailing,
            time,
            preamble,
            line: first.number,
            offset: first.offset,
        })
    }

    /// Columns that hold samples, by their place in a line.
    pub(super) fn channels(&self) -> impl Iterator<Item = (usize, &Column)> {
        let time = self.time.map(|time| time.column);
        let is_moment = |i| self.moments.iter().any(|(column, _)| *column == i);
        self.columns
            .iter()
            .enumerate()
            .filter(move |(i, _)| Some(*i) != time && !is_moment(*i) && !self.axes.contains(i))
    }

    /// What was found, in words.
    pub(super) fn describe(&self) -> String {
        let apart = match self.columns.len() {
            1 => "one column".to_owned(),
            many => format!("{many} columns between {}", self.dialect.delimiter.name()),
        };
        let sign = if self.dialect.decimal_comma { "comma" } else { "point" };
        format!("{apart}, decimal {sign}, numbers from line {}", self.line)
    }
}

/// Lines of the beginning in which numbers may stand, and the comments between them with the numbers of their lines.
fn beginning(source: &Source) -> Result<(Vec<Early>, Vec<Comment>)> {
    let (mut early, mut comments) = (Vec::new(), Vec::new());
    let mut lines = Lines::new(source)?;
    while let Some(line) = lines.next()? {
        let Line { number, offset, end, .. } = line;
        if number > 1 && end > LONGEST as u64 {
            break;
        }
        let text = line.text();
        if line.counts() {
            let open = line.is_open;
            early.push(Early { number, offset, text: text.into_owned(), open });
        } else if let Some(text) = comment(&text) {
            comments.push((number, text.to_owned()));
        }
    }
    Ok((early, comments))
}

/// The dialect that finds lines of numbers soonest, and in most lines; the first of them, and its columns.
fn dialect(early: &[Early]) -> Option<(Dialect, usize, usize)> {
    let mut best = None;
    let mut single = None;
    for decimal_comma in [false, true] {
        for delimiter in Delimiter::ALL {
            if decimal_comma && delimiter == Delimiter::Comma {
                continue;
            }
            let dialect = Dialect { delimiter, decimal_comma };
            let columns: Vec<Option<usize>> = early.iter().map(|line| dialect.columns(&line.text)).collect();
            let pair = columns.windows(2).find(|pair| pair[0].is_some() && pair[0] == pair[1]);
            let first = || columns.iter().flatten().next().copied();
            let Some(width) = pair.map_or_else(first, |pair| pair[0]) else { continue };
            let start = columns.iter().position(|&n| n == Some(width))?;
            let lines = columns.iter().filter(|&&n| n == Some(width)).count();
            let found = (dialect, start, width);
            if decimal_comma && width == 1 {
                single.get_or_insert(found);
                continue;
            }
            let score = (pair.is_some(), Reverse(start), lines, width);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, found));
            }
        }
    }
    match (best, single) {
        // `0,5` is one number or two: the header decides, or what two whole numbers cannot be.
        (Some((_, (Dialect { delimiter: Delimiter::Comma, .. }, _, 2))), Some(alone)) => {
            let one = match alone.1.checked_sub(1) {
                Some(above) => !early[above].text.contains(','),
                None => early.iter().any(|row| is_decimal(&row.text)),
            };
            if one { Some(alone) } else { best.map(|(_, found)| found) }
        }
        (best, single) => best.map(|(_, found)| found).or(single),
    }
}

/// Whether `12,05` or `-0,5` cannot be two whole numbers.
fn is_decimal(text: &str) -> bool {
    let text = text.trim().trim_matches('"');
    text.split_once(',').is_some_and(|(whole, part)| {
        whole == "-0" || (part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[derive(Default)]
struct Header {
    names: Vec<String>,
    units: Vec<String>,
    /// Cells of the line above the numbers.
    more: usize,
}

impl Header {
    /// From the lines above the numbers: names, perhaps with a line of units below.
    fn of(lines: &[Vec<&str>], columns: usize) -> Self {
        let filled =
            |line: &Vec<&str>| line.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
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

    fn columns(&self, count: usize) -> Vec<Column> {
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
            columns.push(Column { name, written, unit });
        }
        columns
    }
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
