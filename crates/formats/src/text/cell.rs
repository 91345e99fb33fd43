//! Cells of a line: where one ends, which number it holds.

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    Tab,
    Semicolon,
    Comma,
    /// Any run of blanks and tabs.
    Blanks,
}

impl Delimiter {
    pub(super) const ALL: [Self; 4] = [Self::Tab, Self::Semicolon, Self::Comma, Self::Blanks];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tab => "tabs",
            Self::Semicolon => "semicolons",
            Self::Comma => "commas",
            Self::Blanks => "blanks",
        }
    }

    /// The cells of a line, without quotes and the blanks around them.
    pub(super) fn cells(self, line: &str) -> Cells<'_> {
        Cells { rest: Some(line), delimiter: self }
    }
}

/// Walks over the cells of a line.
pub(super) struct Cells<'a> {
    rest: Option<&'a str>,
    delimiter: Delimiter,
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let sign = match self.delimiter {
            Delimiter::Blanks => {
                let rest = self.rest?.trim();
                self.rest = (!rest.is_empty()).then_some(rest);
                None
            }
            Delimiter::Tab => Some('\t'),
            Delimiter::Semicolon => Some(';'),
            Delimiter::Comma => Some(','),
        };
        let rest = self.rest?;
        // A delimiter inside quotes ends no cell.
        let bare = if sign == Some('\t') { rest.trim_start_matches(' ') } else { rest.trim_start() };
        let quoted = bare.strip_prefix('"').and_then(|inside| inside.find('"'));
        let searched = quoted.map_or(0, |length| rest.len() - bare.len() + length + 2);
        let behind = &rest[searched..];
        let end = match sign {
            Some(sign) => behind.find(sign),
            None => behind.find([' ', '\t']),
        };
        let cell = &rest[..searched + end.unwrap_or(behind.len())];
        self.rest = end.map(|end| &behind[end + 1..]);
        let cell = cell.trim();
        Some(cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).map_or(cell, str::trim))
    }
}

/// Words for a value that is missing.
const MISSING: [&str; 5] = ["", "nan", "na", "n/a", "null"];

/// The number of a cell; NaN where the value is missing.
pub(super) fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    if decimal_comma && cell.contains(',') {
        // One comma between digits, and no point beside it.
        let mut parts = cell.split(',');
        let (Some(whole), Some(part), None) = (parts.next(), parts.next(), parts.next()) else { return None };
        if !part.starts_with(|c: char| c.is_ascii_digit()) || cell.contains('.') {
            return None;
        }
        return format!("{whole}.{part}").parse().ok();
    }
    match cell.parse() {
        Ok(number) => Some(number),
        Err(_) => MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word)).then_some(f64::NAN),
    }
}

/// Size of the last digit that a number is written with.
pub(super) fn resolution(cell: &str) -> f64 {
    let (digits, exponent) = cell.split_once(['e', 'E']).unwrap_or((cell, "0"));
    let decimals = digits.split_once(['.', ',']).map_or(0, |(_, decimals)| decimals.len());
    let exponent: i32 = exponent.parse().unwrap_or(0);
    10_f64.powi(exponent.saturating_sub(i32::try_from(decimals).unwrap_or(i32::MAX)))
}

/// Digits that a number is written with, zeros before the first other one left out.
pub(super) fn significant(cell: &str) -> usize {
    let mantissa = cell.split(['e', 'E']).next().unwrap_or(cell);
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    digits.iter().position(|digit| *digit != b'0').map_or(0, |first| digits.len() - first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cells_end_where_they_should() {
        let cells = |delimiter: Delimiter, line| delimiter.cells(line).collect::<Vec<_>>();
        assert_eq!(cells(Delimiter::Comma, r#"1, "a, b" ,,2"#), ["1", "a, b", "", "2"]);
        assert_eq!(cells(Delimiter::Comma, "1,2,"), ["1", "2", ""]);
        assert_eq!(cells(Delimiter::Tab, "\t 1\t\"x\"\t"), ["", "1", "x", ""]);
        assert_eq!(cells(Delimiter::Blanks, "  1 \t 2  \"a b\" "), ["1", "2", "a b"]);
        assert_eq!(cells(Delimiter::Blanks, "   "), [""; 0]);
        assert_eq!(cells(Delimiter::Comma, "\"open, 1"), ["\"open", "1"]);
    }

    #[test]
    fn numbers_are_read_in_both_notations_and_missing_ones_are_nan() {
        assert_eq!(number("-1.5e-3", false), Some(-0.0015));
        assert_eq!(number("-1,5e-3", true), Some(-0.0015));
        for cell in ["", "NaN", "n/a", "NULL"] {
            assert!(number(cell, false).unwrap().is_nan(), "{cell}");
        }
        for (cell, comma) in
            [("1,5", false), ("1,", true), (",", true), ("1,2,3", true), ("1.2,3", true), ("abc", false)]
        {
            assert_eq!(number(cell, comma), None, "{cell}");
        }
    }

    #[test]
    fn a_number_is_as_fine_as_its_last_digit() {
        for (cell, fine) in [("0.125", 1e-3), ("12", 1.0), ("1.5e-3", 1e-4), ("2E+2", 100.0)] {
            assert!((resolution(cell) / fine - 1.0).abs() < 1e-12, "{cell}");
        }
    }
    #[test]
    fn digits_are_counted_from_the_first_that_is_not_zero() {
        for (cell, digits) in [("0.00390625", 6), ("-1.50e-3", 3), ("120", 3), ("0.000", 0), ("0,25", 2)] {
            assert_eq!(significant(cell), digits, "{cell}");
        }
    }
}
