//! Cells that hold no number but a moment: date and time in one cell, or in two beside each other.

/// What such a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Date and time after ISO 8601.
    Stamp,
    /// Date and time with day, month and year in any order, as spreadsheets write them.
    Dated,
    /// A date alone, in any order of day, month and year.
    Date,
    /// A time of day alone.
    Clock,
}

impl Moment {
    pub(super) fn of(cell: &str) -> Option<Self> {
        if stamp(cell).is_some() {
            Some(Self::Stamp)
        } else if dated(cell).is_some() {
            Some(Self::Dated)
        } else if is_date(cell) {
            Some(Self::Date)
        } else {
            clock(cell).map(|_| Self::Clock)
        }
    }

    /// Whether a cell holds such a one. Among dates with times a few may look like ISO 8601.
    pub(super) fn fits(self, cell: &str) -> bool {
        match self {
            Self::Dated => dated(cell).is_some(),
            _ => Self::of(cell) == Some(self),
        }
    }

    /// In words, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stamp | Self::Dated => "time stamp",
            Self::Date => "date",
            Self::Clock => "time of day",
        }
    }
}

/// Seconds of a day.
pub(super) const DAY: f64 = 86_400.0;

/// Whether three numbers of one sign between them make a date: `2024-03-01`, `01.03.2024`, `3/1/2024`. Which of them is the day
/// is not asked for.
fn is_date(cell: &str) -> bool {
    ['-', '/', '.'].into_iter().any(|sign| {
        let parts: Vec<&str> = cell.split(sign).collect();
        let [first, middle, last] = parts[..] else { return false };
        let number = |text: &str, most: usize| -> Option<u32> {
            let whole = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            whole.then(|| text.parse().ok()).flatten()
        };
        let of_month = |text| number(text, 2).is_some_and(|n| (1..=31).contains(&n));
        let year = |text: &str| matches!(text.len(), 2 | 4) && number(text, 4).is_some();
        of_month(middle)
            && ((first.len() == 4 && year(first) && of_month(last)) || (of_month(first) && year(last)))
    })
}

/// A time of day, such as `12:00:00.5`, `9:05:01,25` or `1:00:00 PM`: seconds since midnight, and its resolution.
pub(super) fn clock(cell: &str) -> Option<(f64, f64)> {
    let half = cell.len().checked_sub(2).and_then(|at| cell.split_at_checked(at));
    let (bare, afternoon) = match half {
        Some((bare, sign)) if sign.eq_ignore_ascii_case("am") => (bare.trim_end(), Some(false)),
        Some((bare, sign)) if sign.eq_ignore_ascii_case("pm") => (bare.trim_end(), Some(true)),
        _ => (cell, None),
    };
    let mut parts = bare.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let whole = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        whole.then(|| text.parse().ok()).flatten()
    };
    let (whole, fraction) = second.split_once(['.', ',']).unwrap_or((second, ""));
    let (hour, minute, whole) = (number(hour, 1..=2)?, number(minute, 2..=2)?, number(whole, 2..=2)?);
    let hour = match afternoon {
        Some(afternoon) if (1..=12).contains(&hour) => hour % 12 + if afternoon { 12 } else { 0 },
        Some(_) => return None,
        None => hour,
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || whole > 60 {
        return None;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    let digits = i32::try_from(fraction.len()).ok()?;
    Some((f64::from((hour * 60 + minute) * 60 + whole) + part, 10_f64.powi(-digits)))
}

/// A date with a time of day, such as `11/03/2026 08:15:00.5 AM` or `03.11.2026 08:15:00,500`.
pub(super) struct Dated<'a> {
    /// As it is written: which number is the day is not asked for.
    pub(super) date: &'a str,
    /// Seconds since midnight.
    pub(super) at: f64,
    /// Resolution in seconds.
    pub(super) fine: f64,
}

pub(super) fn dated(cell: &str) -> Option<Dated<'_>> {
    let (date, time) = cell.split_once([' ', 'T'])?;
    let (at, fine) = clock(time.trim_start())?;
    is_date(date).then_some(Dated { date, at, fine })
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
    fn dates_and_times_of_day_are_told_from_numbers_and_from_each_other() {
        for cell in ["2024-03-01", "01.03.2024", "3/1/2024", "2024/3/1", "01.03.24"] {
            assert_eq!(Moment::of(cell), Some(Moment::Date), "{cell}");
        }
        for cell in ["1.5", "1.2.3", "2024-13-45", "10.0.0.1", "2024-03", "a-b-c", "", "1-2-345"] {
            assert_eq!(Moment::of(cell), None, "{cell}");
        }
        assert_eq!(Moment::of("2024-03-01 12:00:00"), Some(Moment::Stamp));
        assert_eq!(Moment::of("9:05:01"), Some(Moment::Clock));
    }

    #[test]
    fn dates_with_times_are_read_in_any_order_of_day_and_month() {
        for cell in ["11/03/2026 08:15:00.25", "11/03/2026 08:15:00.25 AM", "03.11.2026 08:15:00,25"] {
            let Dated { date, at, fine } = dated(cell).unwrap();
            assert_eq!((at, date.len()), (29_700.25, 10), "{cell}");
            assert!((fine - 0.01).abs() < 1e-12, "{cell}");
            assert_eq!(Moment::of(cell), Some(Moment::Dated), "{cell}");
        }
        for wrong in ["11/03/2026", "08:15:00", "11/03/2026 08:15", "x 08:15:00", "11/03/2026 "] {
            assert!(dated(wrong).is_none(), "{wrong}");
        }
        assert!(Moment::Dated.fits("2026-11-03 10:00:00") && Moment::Dated.fits("2026-11-03 9:59:59"));
    }

    #[test]
    fn a_time_of_day_is_seconds_since_midnight() {
        assert_eq!(clock("00:00:00"), Some((0.0, 1.0)));
        let (at, fine) = clock("9:05:01,25").unwrap();
        assert!(at == 32_701.25 && (fine - 0.01).abs() < 1e-12);
        assert_eq!(clock("1:00:00 PM").unwrap().0, 46_800.0);
        assert_eq!(clock("12:30:00am").unwrap().0, 1800.0);
        for wrong in
            ["24:00:00", "12:60:00", "1:2:3", "12:00", "12:00:00.x", "13:00:00 PM", "é", "12:00:00:00"]
        {
            assert_eq!(clock(wrong), None, "{wrong}");
        }
    }
}
