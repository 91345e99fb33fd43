//! The lines of numbers of a text file: their cells, what is wrong in a line, and which columns hold no number at all.

use super::cell::Delimiter;
use super::header::Role;
use super::lines::{Line, Lines};
use super::survey::Survey;
use crate::error::{Error, Result};
use crate::source::Source;

/// Hands over each number with its column. Cells of columns that hold words are NaN.
pub(super) fn each_row(
    source: &Source,
    survey: &Survey,
    each: &mut dyn FnMut(usize, f64) -> Result<()>,
) -> Result<()> {
    let mut lines = Lines::new(source)?;
    while let Some(line) = lines.next()? {
        if line.number < survey.line || !line.counts() {
            continue;
        }
        each_cell(source, survey, line, &line.text(), &mut |column, cell| match cell {
            Cell::Number(value) => each(column, value),
            Cell::Idle(text) => each(column, survey.dialect.number(text).unwrap_or(f64::NAN)),
        })?;
    }
    Ok(())
}

enum Cell<'a> {
    Number(f64),
    /// Of a column without a number in the first lines.
    Idle(&'a str),
}

/// Hands over the cells of a line that may be samples; moments and remarks are none.
fn each_cell(
    source: &Source,
    survey: &Survey,
    line: Line<'_>,
    text: &str,
    each: &mut dyn FnMut(usize, Cell<'_>) -> Result<()>,
) -> Result<()> {
    let (least, most) = survey.cells();
    let ragged = || ragged(source, survey, line, survey.dialect.delimiter.cells(text).count());
    let mut found = 0;
    for cell in survey.dialect.delimiter.cells(text) {
        found += 1;
        let Some(column) = survey.columns.get(found - 1) else {
            // The empty cell behind a last delimiter.
            if found <= most && cell.is_empty() {
                continue;
            }
            return Err(ragged());
        };
        match column.role {
            Role::Remark => {}
            Role::Moment(moment) if moment.fits(cell) => {}
            Role::Moment(moment) => {
                return Err(wrong(source, line.offset, line.number, found, cell, moment.name()));
            }
            Role::Idle => each(found - 1, Cell::Idle(cell))?,
            Role::Number | Role::Axis => {
                let value = survey.dialect.number(cell);
                let value =
                    value.ok_or_else(|| wrong(source, line.offset, line.number, found, cell, "number"))?;
                each(found - 1, Cell::Number(value))?;
            }
        }
    }
    if found < least { Err(ragged()) } else { Ok(()) }
}

/// At most so much of a cell as a message needs.
pub(super) fn shown(cell: &str) -> String {
    cell.chars().take(40).collect::<String>().escape_debug().to_string()
}

fn wrong(source: &Source, offset: u64, line: u64, column: usize, cell: &str, what: &str) -> Error {
    let why = format!("`{}` is no {what}; where the line holds no sample, delete it", shown(cell));
    source.malformed(offset, &format!("line {line}, column {column}"), why)
}

fn ragged(source: &Source, survey: &Survey, line: Line<'_>, found: usize) -> Error {
    let why = format!(
        "{} columns expected as in line {}, {found} found; where the line holds no sample, delete it",
        survey.columns.len(),
        survey.line
    );
    source.malformed(line.offset, &format!("line {}", line.number), why)
}

/// Looks over the lines before any is read: a line that is none of numbers is found here, what idle columns hold as well.
pub(super) struct Check {
    /// By column.
    idle: Vec<Option<Idle>>,
    /// Whether a byte can stand in a line of numbers and moments.
    plain: [bool; 256],
}

/// What a column without a number in the first lines holds in all of them.
#[derive(Default)]
struct Idle {
    numbers: bool,
    /// `nan` and the like.
    missing: bool,
    /// The first word: byte and number of its line, and the word.
    words: Option<(u64, u64, String)>,
}

impl Check {
    pub(super) fn new(survey: &Survey) -> Self {
        let idle = survey.columns.iter().map(|column| (column.role == Role::Idle).then(Idle::default));
        let mut plain = [false; 256];
        let moments = survey.columns.iter().any(|column| matches!(column.role, Role::Moment(_)));
        let more: &[u8] = if moments { b":/TZ" } else { b"" };
        for &byte in b"0123456789+-.,;eE \t".iter().chain(more) {
            plain[usize::from(byte)] = true;
        }
        Self { idle: idle.collect(), plain }
    }

    /// Takes the next line. `suspect`: something else in it could not be read.
    pub(super) fn add(
        &mut self,
        source: &Source,
        survey: &Survey,
        line: Line<'_>,
        suspect: bool,
    ) -> Result<()> {
        if !suspect && self.idle.iter().all(Option::is_none) && self.is_plain(survey, line.bytes) {
            return Ok(());
        }
        each_cell(source, survey, line, &line.text(), &mut |column, cell| {
            let (Some(Some(own)), Cell::Idle(cell)) = (self.idle.get_mut(column), cell) else {
                return Ok(());
            };
            match survey.dialect.number(cell) {
                Some(value) => {
                    own.numbers |= !value.is_nan();
                    own.missing |= value.is_nan() && !cell.is_empty();
                }
                None => _ = own.words.get_or_insert_with(|| (line.offset, line.number, cell.to_owned())),
            }
            Ok(())
        })
    }

    /// Whether nothing but signs of numbers stand in a line, in as many cells as there have to be.
    fn is_plain(&self, survey: &Survey, line: &[u8]) -> bool {
        let mut cells = 1;
        let mut blank = true;
        for &byte in line {
            if !self.plain[usize::from(byte)] {
                return false;
            }
            match survey.dialect.delimiter {
                Delimiter::Tab => cells += usize::from(byte == b'\t'),
                Delimiter::Semicolon => cells += usize::from(byte == b';'),
                Delimiter::Comma => cells += usize::from(byte == b','),
                Delimiter::Blanks => {
                    let is_blank = matches!(byte, b' ' | b'\t');
                    cells += usize::from(blank && !is_blank);
                    blank = is_blank;
                }
            }
        }
        let cells = if survey.dialect.delimiter == Delimiter::Blanks { cells - 1 } else { cells };
        let (least, most) = survey.cells();
        (least..=most).contains(&cells)
    }

    /// Columns that are no channels, each with the reason.
    pub(super) fn finish(self, source: &Source) -> Result<Vec<(usize, &'static str)>> {
        let mut left_out = Vec::new();
        for (column, idle) in self.idle.into_iter().enumerate() {
            let Some(Idle { numbers, missing, words }) = idle else { continue };
            match words {
                Some((offset, line, cell)) if numbers => {
                    return Err(wrong(source, offset, line, column + 1, &cell, "number"));
                }
                Some(_) => left_out.push((column, "holds words")),
                None if !numbers && !missing => left_out.push((column, "is empty")),
                None => {}
            }
        }
        Ok(left_out)
    }
}
