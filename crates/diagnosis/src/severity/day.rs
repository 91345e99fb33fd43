//! Dates as days, so that readings can be put in order and a trend has a time axis.

/// Characters of a date without a time: `2026-11-03`.
pub(super) const DATE_LENGTH: usize = 10;

/// Days since 1970-01-01, with the time of day as a fraction. Zones are not told apart: readings of one point come from
/// one clock.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
pub(super) struct Day(pub(super) f64);

impl Day {
    /// A date of ISO 8601: `2026-11-03`, with or without a time (`T14:05`, `T14:05:30`, also after a blank). What
    /// follows the seconds, a fraction or a zone, is left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_ascii() {
            return None;
        }
        let (date, time) = text.split_at_checked(DATE_LENGTH)?;
        let number = |text: &str| {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                None
            } else {
                text.parse::<i64>().ok()
            }
        };
        let mut parts = date.split('-');
        let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day)
        {
            return None;
        }
        let mut fraction = 0.0;
        if !time.is_empty() {
            let clock = time.strip_prefix(['T', ' '])?;
            let field = |at: usize| clock.get(at..at + 2).and_then(number);
            let (hour, minute) = (field(0)?, field(3)?);
            let second = if clock.as_bytes().get(5) == Some(&b':') { field(6)? } else { 0 };
            if clock.as_bytes().get(2) != Some(&b':') || hour > 23 || minute > 59 || second > 60 {
                return None;
            }
            fraction = (hour * 3600 + minute * 60 + second) as f64 / 86_400.0;
        }
        Some(Self(days_from_epoch(year, month, day) as f64 + fraction))
    }

    /// The date `days` later, without a time: `2026-11-03`; `None` past the year 9999, which has no such form.
    pub(super) fn date_after(self, days: u32) -> Option<String> {
        let (year, month, day) = date_of(self.0.floor() as i64 + i64::from(days));
        (0..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}"))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar; the year begins in March, so that the leap day is its last.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// Year, month and day of a count of days since 1970: the inverse of [`days_from_epoch`].
fn date_of(days: i64) -> (i64, i64, i64) {
    // Cycles of 400 years have 146,097 days; within one, the year follows from leap days every 4, not 100 years.
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    (400 * cycle + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_since_1970() {
        for (text, day) in [
            ("1970-01-01", 0.0),
            ("2000-03-01", 11_017.0),
            ("2024-02-29", 19_782.0),
            ("2026-11-22T12:00:00Z", 20_779.5),
            ("2026-11-22 06:00", 20_779.25),
            ("1969-12-31", -1.0),
        ] {
            assert_eq!(Day::parse(text), Some(Day(day)), "{text}");
        }
    }

    #[test]
    fn a_count_of_days_becomes_the_date_it_came_from() {
        for days in -800_000..800_000 {
            let (year, month, day) = date_of(days);
            assert!((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day));
            assert_eq!(days_from_epoch(year, month, day), days);
        }
        let after = |text, days| Day::parse(text).and_then(|day| day.date_after(days));
        assert_eq!(after("2026-11-03T23:59", 28).as_deref(), Some("2026-12-01"));
        assert_eq!(after("2024-02-28", 1).as_deref(), Some("2024-02-29"));
        assert_eq!(after("9999-12-31", 1), None);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2025-02-29",
            "2026-11-22T25:00",
            "2026-11-2x",
            "22.11.2026",
            "2026-11-22T1",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
