//! How numbers stand in the lines of a text file: which delimiter and which decimal sign, found from its first lines.

use super::cell::{Delimiter, number};
use super::moment::Moment;
use super::survey::Early;
use std::cmp::Reverse;

/// Fewest lines from which a column of words is taken for one: what is shorter is a table and no recording.
pub(super) const FEWEST_BESIDE_WORDS: usize = 16;

/// How numbers stand in the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) decimal_comma: bool,
}

impl Dialect {
    /// All that there are, the one that is least likely to be another one first.
    fn all() -> impl Iterator<Item = Self> {
        let both = |delimiter| [false, true].map(|decimal_comma| Self { delimiter, decimal_comma });
        Delimiter::ALL
            .into_iter()
            .flat_map(both)
            .filter(|own| !(own.decimal_comma && own.delimiter == Delimiter::Comma))
    }

    pub(super) fn number(self, cell: &str) -> Option<f64> {
        number(cell, self.decimal_comma)
    }

    /// Whether a cell holds a number that is not missing.
    pub(super) fn is_stated(self, cell: &str) -> bool {
        self.number(cell).is_some_and(|value| !value.is_nan())
    }

    /// Whether a line has numbers wherever another one has them.
    pub(super) fn fills(self, line: &str, like: &str) -> bool {
        let mut cells = self.delimiter.cells(line);
        self.delimiter
            .cells(like)
            .all(|cell| cells.next().is_some_and(|own| !self.is_stated(cell) || self.is_stated(own)))
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

/// A dialect, the first line of numbers in it, and its columns.
pub(super) type Look = (Dialect, usize, usize);

/// The dialect that finds lines of numbers soonest, and in most lines.
pub(super) fn dialect(early: &[Early]) -> Option<Look> {
    let mut best = None;
    let mut single = None;
    for decimal_comma in [false, true] {
        for dialect in Dialect::all().filter(|own| own.decimal_comma == decimal_comma) {
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

/// The dialect with which most lines hold numbers in the same columns, whatever stands in the others, and how many do.
pub(super) fn beside_words(early: &[Early]) -> Option<(Look, usize)> {
    let mut best: Option<((usize, usize), Look)> = None;
    for dialect in Dialect::all() {
        let cells: Vec<Vec<&str>> =
            early.iter().map(|line| dialect.delimiter.cells(&line.text).collect()).collect();
        // Two lines that stand together and have numbers in the same columns show which those are.
        let Some((start, numbers)) = cells.windows(2).enumerate().find_map(|(i, pair)| {
            let both = pair[0].iter().zip(&pair[1]).enumerate();
            let numbers: Vec<usize> = both
                .filter(|(_, (a, b))| dialect.is_stated(a) && dialect.is_stated(b))
                .map(|(column, _)| column)
                .collect();
            (pair[0].len() > 1 && pair[0].len() == pair[1].len() && !numbers.is_empty())
                .then_some((i, numbers))
        }) else {
            continue;
        };
        let width = cells[start].len();
        let fits = |line: &&Vec<&str>| {
            line.len() == width && numbers.iter().all(|&column| dialect.number(line[column]).is_some())
        };
        let lines = cells[start..].iter().take_while(fits).count();
        let score = (lines, numbers.len());
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, (dialect, start, width)));
        }
    }
    best.map(|((lines, _), look)| (look, lines))
}
