//! What a text file of columns looks like: dialect, header, what each column holds, found from its first lines.

use super::cell::Delimiter;
use super::dialect::{Dialect, FEWEST_BESIDE_WORDS, Look, beside_words, dialect};
use super::header::{Column, Header, Role, filled, is_key_and_value};
use super::labview;
use super::lines::{LONGEST, Line, Lines, comment};
use super::moment::Moment;
use super::preamble::{Preamble, is_statement};
use super::rows::shown;
use super::time_column::{Time, time};
use crate::error::{Error, Result};
use crate::recognise::recognise;
use crate::source::Source;

pub(super) const MOST_COLUMNS: usize = 1024;

/// What was found.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) dialect: Dialect,
    /// All columns, those of time as well.
    pub(super) columns: Vec<Column>,
    /// An empty cell ends each line.
    pub(super) trailing: bool,
    pub(super) time: Option<Time>,
    /// What the lines above say.
    pub(super) preamble: Preamble,
    /// Number of the first line of numbers, and its byte.
    pub(super) line: u64,
    pub(super) offset: u64,
    /// What of the header was not taken, in words.
    note: Option<String>,
}

/// A comment with the number of its line.
type Comment = (u64, String);

/// A line of the beginning.
pub(super) struct Early {
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) text: String,
    /// The file ends before the line does.
    open: bool,
}

impl Early {
    pub(super) fn wrong(&self, source: &Source, why: String) -> Error {
        source.malformed(self.offset, &format!("line {}", self.number), why)
    }
}

impl Survey {
    pub(super) fn of(source: &Source) -> Result<Self> {
        let (early, comments) = beginning(source)?;
        // A last line without an end may have been cut, so it decides nothing where there are others.
        let open = early.last().is_some_and(|last| last.open);
        let whole = if open && early.len() > 1 { &early[..early.len() - 1] } else { &early };
        let labview = labview::is_one(&early);
        let (dialect, start, width) = match labview {
            true => labview::look(source, &early)?,
            false => look(source, &early, whole)?,
        };
        let rows = &early[start..];
        let first = &rows[0];
        if width > MOST_COLUMNS {
            return Err(source.beyond("the number of columns", width as u64, MOST_COLUMNS as u64));
        }
        let said = early[..start].iter().map(|line| (line.number, &*line.text));
        let mut said: Vec<(u64, &str)> =
            said.chain(comments.iter().map(|(number, text)| (*number, &**text))).collect();
        said.retain(|(number, _)| *number < first.number);
        said.sort_by_key(|(number, _)| *number);
        let preamble = Preamble::of(said.into_iter(), dialect.decimal_comma);
        // No line that states a fact names the columns, nor does one above it.
        let names = |text: &str| {
            let cells: Vec<&str> = dialect.delimiter.cells(text).collect();
            !(is_statement(text) || width > 1 && is_key_and_value(&cells))
        };
        let above = &early[..start];
        let heads = match labview {
            true => &above[above.len().saturating_sub(1)..],
            false => &above[above.iter().rposition(|line| !names(&line.text)).map_or(0, |last| last + 1)..],
        };
        let head = heads.last();
        let heads: Vec<Vec<&str>> =
            heads.iter().map(|line| dialect.delimiter.cells(&line.text).collect()).collect();
        let comments: Vec<&Comment> = comments.iter().filter(|(number, _)| *number < first.number).collect();
        if open && rows.len() == 1 && (start > 0 || !comments.is_empty()) {
            return Err(
                first.wrong(source, "the only line of numbers has no end: the copy was cut".to_owned())
            );
        }
        let ends_empty = |row: &Early| dialect.delimiter.cells(&row.text).last() == Some("");
        let trailing = width > 1
            && dialect.delimiter != Delimiter::Blanks
            && heads.last().is_none_or(|head| filled(head) < width)
            && rows.iter().all(ends_empty);
        let count = if trailing { width - 1 } else { width };
        let named = comments.last().filter(|(_, text)| start == 0 && names(text));
        let header = match (heads.last(), named.map(|(_, text)| text)) {
            (Some(_), _) => Header::of(&heads, count),
            // Such as numpy.savetxt writes: names behind a comment's mark.
            (None, Some(text)) => {
                let cells = [dialect.delimiter, Delimiter::Comma, Delimiter::Blanks]
                    .map(|delimiter| delimiter.cells(text).collect::<Vec<_>>());
                let fitting = cells.into_iter().find(|cells| cells.len() == count);
                fitting.map_or_else(Header::default, |cells| Header::of(&[cells], count))
            }
            (None, None) => Header::default(),
        };
        let more = header.more;
        if more > width {
            let why = format!(
                "{width} columns, the header above names {more}: a line was cut, or the header is wrong"
            );
            return Err(first.wrong(source, why));
        }
        let mut note = None;
        if let Some(head) = head.filter(|_| header.names.is_empty() && more > 1) {
            if dialect.delimiter == Delimiter::Comma && width == 2 * more && are_split(whole, start) {
                let why = format!(
                    "{more} headings stand over {width} cells, as commas are decimal signs here and stand between the cells \
                     as well: save it with semicolons between the cells, or with points as decimal signs"
                );
                return Err(head.wrong(source, why));
            }
            note =
                Some(format!("line {} has {more} cells above {count} columns and names none", head.number));
        }
        let mut columns = header.columns(count);
        for (i, column) in columns.iter_mut().enumerate() {
            column.role = role(dialect, rows, i);
        }
        if let Some(labview) = &preamble.labview {
            labview.settle(&mut columns);
        }
        let time = time(dialect, &columns, rows, preamble.labview.as_ref());
        let (line, offset) = (first.number, first.offset);
        Ok(Self { dialect, columns, trailing, time, preamble, line, offset, note })
    }

    /// Columns that may hold samples, by their place in a line.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (usize, &Column)> {
        let time = self.time.map(|time| time.column);
        let of_samples = |column: &Column| matches!(column.role, Role::Number | Role::Idle);
        self.columns.iter().enumerate().filter(move |(i, own)| Some(*i) != time && of_samples(own))
    }

    /// Fewest and most cells of a line; beyond the columns only an empty one.
    pub(super) fn cells(&self) -> (usize, usize) {
        let count = self.columns.len();
        let remark = self.columns.last().is_some_and(|last| last.role == Role::Remark);
        (count - usize::from(remark), count + usize::from(self.trailing))
    }

    /// What was found, in words.
    pub(super) fn describe(&self) -> String {
        let apart = match self.columns.len() {
            1 => "one column".to_owned(),
            many => format!("{many} columns between {}", self.dialect.delimiter.name()),
        };
        let sign = if self.dialect.decimal_comma { "comma" } else { "point" };
        let mut text = format!("{apart}, decimal {sign}, numbers from line {}", self.line);
        if let Some(note) = &self.note {
            text.push_str("; ");
            text.push_str(note);
        }
        text
    }
}

/// What a column holds by the first lines.
fn role(dialect: Dialect, rows: &[Early], column: usize) -> Role {
    let mut cells = rows.iter().filter_map(|row| dialect.delimiter.cells(&row.text).nth(column)).peekable();
    let first = cells.peek().filter(|cell| dialect.number(cell).is_none());
    match first.and_then(|cell| Moment::of(cell)) {
        Some(moment) => Role::Moment(moment),
        None if cells.any(|cell| dialect.is_stated(cell)) => Role::Number,
        None => Role::Idle,
    }
}

/// The dialect of a file that does not state it, and where its numbers begin.
fn look(source: &Source, early: &[Early], whole: &[Early]) -> Result<Look> {
    if let Some((dialect, start, width)) = dialect(whole).or_else(|| dialect(early)) {
        let first = &early[start].text;
        // A preamble beside the numbers: taking its lines for a header would lose their samples.
        if let [.., before, last] = &early[..start]
            && dialect.fills(&last.text, first)
            && dialect.fills(&before.text, first)
        {
            let why =
                "it has numbers where the lines below have theirs, and text beside them: delete the text";
            return Err(last.wrong(source, why.to_owned()));
        }
        // One such line is a sample with a remark where the lines below have none.
        let remarked = start.checked_sub(1).filter(|&above| {
            let line = &early[above].text;
            let cells: Vec<&str> = dialect.delimiter.cells(line).collect();
            let idle = |(i, cell): (usize, &&str)| {
                dialect.number(cell).is_some() || role(dialect, &early[start..], i) == Role::Idle
            };
            cells.len() == width && dialect.fills(line, first) && cells.iter().enumerate().all(idle)
        });
        return Ok((dialect, remarked.unwrap_or(start), width));
    }
    let Some((look, lines)) = beside_words(whole) else {
        let head = source.at(0, crate::format::HEAD)?;
        return Err(recognise(&source.name(), &head).unwrap_or_else(|| {
            source.malformed(0, "its text", format!("no line of numbers in the first {LONGEST} bytes"))
        }));
    };
    let (dialect, start, _) = look;
    if lines >= FEWEST_BESIDE_WORDS {
        return Ok(look);
    }
    let line = &early[start];
    let mut cells = dialect.delimiter.cells(&line.text).zip(1..);
    let (cell, column) = cells.find(|(cell, _)| dialect.number(cell).is_none()).unwrap_or_default();
    let why = format!(
        "column {column} holds `{}`, which is no number, and {lines} such lines are too few for a column of words: delete the \
         column",
        shown(cell)
    );
    Err(line.wrong(source, why))
}

/// Whether the cells of all lines come in pairs that may be the two sides of a decimal comma.
fn are_split(early: &[Early], start: usize) -> bool {
    let digits = |cell: &str| !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    let whole = |cell: &str| digits(cell.strip_prefix(['-', '+']).unwrap_or(cell));
    early[start..].iter().all(|row| {
        Delimiter::Comma.cells(&row.text).enumerate().all(|(i, cell)| match i % 2 {
            0 => whole(cell),
            _ => digits(cell),
        })
    })
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
