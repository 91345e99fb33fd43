//! Cells of a line: where one ends, which number it holds, which time.

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

/// A time stamp after ISO 8601, such as `2024-03-01T12:00:00.5+01:00`: nanoseconds since 1970, and its resolution in seconds.
pub(super) fn stamp(cell: &str) -> Option<(i64, f64)> {
    let (date, time) = cell.split_at_checked(10)?;
    let time = time.strip_prefix(['T', ' '])?;
    let numbers = |text: &str, sign: char, lengths: [usize; 3]| -> Option<[i64; 3]> {
        let mut out = [0; 3];
        let mut parts = text.split(sign);
        for (value, length) in out.iter_mut().zip(lengths) {
            let part = parts.next()?;
            if part.len() != length || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *value = part.parse().ok()?;
        }
        parts.next().is_none().then_some(out)
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, behind) = time.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, zone) = match behind.strip_prefix(['.', ',']) {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.split_at(digits)
        }
        None => ("", behind),
    };
    let mut nanoseconds = 0_i64;
    for place in 0..9 {
        let digit = fraction.as_bytes().get(place).map_or(0, |digit| i64::from(digit - b'0'));
        nanoseconds = nanoseconds * 10 + digit;
    }
    let east = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let (sign, rest) = zone.split_at_checked(1)?;
            let sign = match sign {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let digits: String = rest.chars().filter(|&c| c != ':').collect();
            let (hours, minutes) = digits.split_at_checked(2)?;
            let minutes = if minutes.is_empty() { 0 } else { minutes.parse::<i64>().ok()? };
            sign * (hours.parse::<i64>().ok()? * 60 + minutes)
        }
    };
    // Days since 1970 of the proleptic Gregorian calendar, years that begin in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 719_469;
    let seconds = ((days * 24 + hour) * 60 + minute - east) * 60 + second;
    let all = seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
    Some((all, 10_f64.powi(-(fraction.len().min(9) as i32))))
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
    fn stamps_are_counted_from_1970_with_their_zone() {
        assert_eq!(stamp("1970-01-01T00:00:00"), Some((0, 1.0)));
        assert_eq!(stamp("2024-02-29 12:00:00.25Z").unwrap().0, 1_709_208_000_250_000_000);
        assert_eq!(stamp("2024-02-29T13:00:00.25+01:00"), stamp("2024-02-29T12:00:00.25"));
        assert_eq!(stamp("2024-02-29T07:30:00-0430").unwrap().0, 1_709_208_000_000_000_000);
        for wrong in
            ["2024-02-29", "2024-13-01T00:00:00", "2024-1-01T00:00:00", "2024-01-01T00:00:00x", "ä024-01-01T"]
        {
            assert_eq!(stamp(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_number_is_as_fine_as_its_last_digit() {
        for (cell, fine) in [("0.125", 1e-3), ("12", 1.0), ("1.5e-3", 1e-4), ("2E+2", 100.0)] {
            assert!((resolution(cell) / fine - 1.0).abs() < 1e-12, "{cell}");
        }
    }
}
