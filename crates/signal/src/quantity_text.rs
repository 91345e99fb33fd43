//! Quantities as people write them: a number and its unit (`1797rpm`, `12kHz`, `0.3126in`).
//!
//! A number alone is refused, with what it could mean. Units are case-sensitive (`mHz`, `MHz`); a unit
//! that is right but for its case is refused with the right one. The decimal sign is a point.

use crate::units::{Hertz, Millimetres, Seconds};

/// Why a text is no such quantity, and what it may have meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {reason}")]
pub struct UnitError {
    /// The text as given.
    pub text: String,
    /// Why it was refused, as the rest of a sentence that begins with the text.
    pub reason: String,
    /// What it may have meant, each with its value in another unit: `1797rpm (29.95 Hz)`. Empty when
    /// nothing can be proposed.
    pub readings: Vec<String>,
}

/// One unit of a quantity: its name and how much of the base unit it is.
struct Scale {
    name: &'static str,
    factor: f64,
}

/// A quantity: its units, and which of them a bare number may have meant.
struct Kind {
    /// The quantity in words, with article.
    title: &'static str,
    /// What a value that is not above 0 is told; `None` where any finite value is allowed.
    positive: Option<&'static str>,
    /// All units, by exact name.
    scales: &'static [Scale],
    /// Units that a bare number may have meant, each with the unit its value is shown in.
    bare: &'static [(&'static str, &'static str)],
}

const fn scale(name: &'static str, factor: f64) -> Scale {
    Scale { name, factor }
}

/// Base unit: hertz.
const SHAFT_SPEED: Kind = Kind {
    title: "a shaft speed",
    positive: Some("the shaft has to turn"),
    scales: &[
        scale("rpm", 1.0 / 60.0),
        scale("Hz", 1.0),
        scale("rad/s", 0.5 / std::f64::consts::PI),
        scale("mHz", 1e-3),
        scale("kHz", 1e3),
    ],
    bare: &[("rpm", "Hz"), ("Hz", "rpm")],
};

/// Base unit: hertz.
const FREQUENCY: Kind = Kind {
    title: "a frequency",
    positive: Some("a frequency has to be above zero"),
    scales: &[scale("Hz", 1.0), scale("kHz", 1e3), scale("MHz", 1e6), scale("mHz", 1e-3)],
    bare: &[("Hz", "kHz"), ("kHz", "Hz")],
};

/// Base unit: hertz. The edge of a band may lie at 0 or, of a periodic spectrum, below.
const ANY_FREQUENCY: Kind = Kind { positive: None, ..FREQUENCY };

/// Base unit: millimetres.
const LENGTH: Kind = Kind {
    title: "a length",
    positive: Some("a length has to be above zero"),
    scales: &[
        scale("mm", 1.0),
        scale("in", 25.4),
        scale("um", 1e-3),
        scale("µm", 1e-3),
        scale("cm", 10.0),
        scale("m", 1e3),
    ],
    bare: &[("mm", "in"), ("in", "mm")],
};

/// Base unit: degrees.
const ANGLE: Kind = Kind {
    title: "an angle",
    positive: None,
    scales: &[scale("deg", 1.0), scale("rad", 180.0 / std::f64::consts::PI), scale("°", 1.0)],
    bare: &[("deg", "rad"), ("rad", "deg")],
};

/// Base unit: seconds.
const DURATION: Kind = Kind {
    title: "a duration",
    positive: Some("a duration has to be above zero"),
    scales: &[
        scale("s", 1.0),
        scale("ms", 1e-3),
        scale("us", 1e-6),
        scale("µs", 1e-6),
        scale("m", 60.0),
        scale("min", 60.0),
        scale("h", 3600.0),
    ],
    bare: &[("s", "min"), ("ms", "s")],
};

/// Reads a shaft speed: `1797rpm`, `29.95Hz`, `188.2rad/s`.
///
/// # Errors
/// [`UnitError`] for anything but a finite number above 0 with one of the units rpm, Hz, rad/s, mHz, kHz.
pub fn parse_shaft_speed(text: &str) -> Result<Hertz, UnitError> {
    SHAFT_SPEED.parse(text).map(Hertz)
}

/// Reads a frequency or sampling rate: `12kHz`, `12000Hz`.
///
/// # Errors
/// [`UnitError`] for anything but a finite number above 0 with one of the units Hz, kHz, MHz, mHz.
pub fn parse_frequency(text: &str) -> Result<Hertz, UnitError> {
    FREQUENCY.parse(text).map(Hertz)
}

/// Reads a frequency that may be 0 or below, as the edge of a band: `0Hz`.
pub(crate) fn parse_any_frequency(text: &str) -> Result<Hertz, UnitError> {
    ANY_FREQUENCY.parse(text).map(Hertz)
}

/// Reads a length: `7.94mm`, `0.3126in`.
///
/// # Errors
/// [`UnitError`] for anything but a finite number above 0 with one of the units mm, in, um, µm, cm, m.
pub fn parse_length(text: &str) -> Result<Millimetres, UnitError> {
    LENGTH.parse(text).map(Millimetres)
}

/// Reads an angle, in degrees: `15deg`, `15°`, `0.26rad`.
///
/// # Errors
/// [`UnitError`] for anything but a finite number (negative and zero are allowed) with a unit.
pub fn parse_angle(text: &str) -> Result<f64, UnitError> {
    ANGLE.parse(text)
}

/// Reads a duration: `0.5s`, `90ms`, `5m` (minutes).
///
/// # Errors
/// [`UnitError`] for anything but a finite number above 0 with one of the units s, ms, us, µs, m, min, h.
pub fn parse_duration(text: &str) -> Result<Seconds, UnitError> {
    DURATION.parse(text).map(Seconds)
}

impl Kind {
    /// The value in the base unit.
    fn parse(&self, text: &str) -> Result<f64, UnitError> {
        let refuse = |reason: String, readings| Err(UnitError { text: text.to_owned(), reason, readings });
        let (number, unit) = split(text.trim());
        if number.is_empty() {
            let word = unit.trim_start_matches(['+', '-']).to_ascii_lowercase();
            let reason = if word.starts_with("nan") || word.starts_with("inf") {
                "is not a finite number".to_owned()
            } else {
                format!("is not {}: write a number and a unit, such as {}", self.title, self.example())
            };
            return refuse(reason, Vec::new());
        }
        if let Some(rest) = unit.strip_prefix(',') {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, unit) = rest.split_at(end);
            let reason = format!(
                "has a comma in its number: the decimal sign is a point, write {number}.{digits}{unit} (or \
                 {number}{digits}{unit} if the comma groups digits)"
            );
            return refuse(reason, Vec::new());
        }
        if unit.is_empty() {
            let readings = self.bare.iter().map(|&(unit, shown)| self.reading(number, unit, shown)).collect();
            return refuse("has no unit".to_owned(), readings);
        }
        // The micro sign has two code points that look the same; either is meant.
        let unit = &unit.replace('\u{3bc}', "\u{b5}");
        let Some(scale) = self.scales.iter().find(|scale| scale.name == unit) else {
            let readings: Vec<String> = self
                .scales
                .iter()
                .filter(|scale| scale.name.eq_ignore_ascii_case(unit))
                .map(|scale| self.reading(number, scale.name, self.shown_beside(scale.name)))
                .collect();
            let names: Vec<&str> = self.scales.iter().map(|scale| scale.name).collect();
            let reason = format!(
                "has the unit `{unit}`, which is none of {} (upper and lower case differ)",
                names.join(", ")
            );
            return refuse(reason, readings);
        };
        let value = number.parse::<f64>().unwrap_or(f64::NAN) * scale.factor;
        if !value.is_finite() {
            return refuse("is too large to be a finite number".to_owned(), Vec::new());
        }
        match self.positive {
            Some(reason) if value <= 0.0 => refuse(format!("is refused: {reason}"), Vec::new()),
            _ => Ok(value),
        }
    }

    /// A text that would be accepted.
    fn example(&self) -> String {
        format!("{}{}", if self.positive.is_some() { "12.5" } else { "15" }, self.scales[0].name)
    }

    /// The unit in which the value of another unit is shown.
    fn shown_beside(&self, unit: &str) -> &'static str {
        let base = self.scales[0].name;
        if unit == base { self.scales[1].name } else { base }
    }

    /// `1797rpm (29.95 Hz)`.
    fn reading(&self, number: &str, unit: &str, shown: &str) -> String {
        let factor = |name| {
            let scale = self.scales.iter().find(|scale| scale.name == name);
            scale.map_or(f64::NAN, |scale| scale.factor)
        };
        let value = number.parse::<f64>().unwrap_or(f64::NAN) * factor(unit) / factor(shown);
        format!("{number}{unit} ({} {shown})", six_digits(value))
    }
}

/// The longest start that is a decimal number (sign, digits, point, digits, exponent), and what follows it
/// after blanks. The number is empty when there is no digit.
fn split(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut end = digits(sign);
    let mut any = end > sign;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        any |= fraction > end + 1;
        if any {
            end = fraction;
        }
    }
    if !any {
        return ("", text);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(sign).is_some_and(u8::is_ascii_digit) {
            end = digits(sign);
        }
    }
    (&text[..end], text[end..].trim_start())
}

/// A number for people: six significant digits, no trailing zeros, powers of ten for the very large or
/// small.
fn six_digits(value: f64) -> String {
    let rounded = format!("{value:.5e}").parse::<f64>().unwrap_or(value);
    let size = rounded.abs();
    if rounded == 0.0 || (1e-4..1e9).contains(&size) { rounded.to_string() } else { format!("{rounded:e}") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bare_number_is_refused_with_what_it_could_mean() {
        let error = parse_shaft_speed("1797").unwrap_err();
        assert_eq!(error.to_string(), "`1797` has no unit");
        assert_eq!(error.readings, ["1797rpm (29.95 Hz)", "1797Hz (107820 rpm)"]);
        assert_eq!(parse_frequency("12000").unwrap_err().readings[0], "12000Hz (12 kHz)");
        assert_eq!(
            parse_length("7.94").unwrap_err().readings,
            ["7.94mm (0.312598 in)", "7.94in (201.676 mm)"]
        );
        assert_eq!(parse_angle("15").unwrap_err().readings[0], "15deg (0.261799 rad)");
        assert_eq!(parse_duration("90").unwrap_err().readings[0], "90s (1.5 min)");
    }

    #[test]
    fn units_are_converted() {
        let close = |got: f64, want: f64| assert!((got - want).abs() <= 1e-12 * want, "{got} {want}");
        close(parse_shaft_speed("1797rpm").unwrap().0, 29.95);
        close(parse_shaft_speed("29.95Hz").unwrap().0, 29.95);
        close(parse_shaft_speed("188.2 rad/s").unwrap().0, 188.2 / std::f64::consts::TAU);
        close(parse_frequency("12kHz").unwrap().0, 12_000.0);
        close(parse_frequency("1.2e4Hz").unwrap().0, 12_000.0);
        close(parse_frequency("3mHz").unwrap().0, 0.003);
        close(parse_frequency("3MHz").unwrap().0, 3e6);
        close(parse_length("0.3126in").unwrap().0, 7.94004);
        close(parse_length("7.94mm").unwrap().0, 7.94);
        close(parse_length("50μm").unwrap().0, 0.05);
        close(parse_angle("0.26rad").unwrap(), 0.26_f64.to_degrees());
        close(parse_duration("90ms").unwrap().0, 0.09);
        close(parse_duration("5m").unwrap().0, 300.0);
        assert_eq!(parse_angle("-15deg"), Ok(-15.0));
    }

    #[test]
    fn a_decimal_comma_is_refused_with_the_point() {
        let message = parse_shaft_speed("1797,5rpm").unwrap_err().to_string();
        assert!(message.contains("write 1797.5rpm"), "{message}");
    }

    #[test]
    fn values_that_cannot_be_are_refused_with_the_reason() {
        for text in ["0rpm", "-5Hz", "0Hz", "-0rpm", "1e-400rpm"] {
            let message = parse_shaft_speed(text).unwrap_err().to_string();
            assert_eq!(message, format!("`{text}` is refused: the shaft has to turn"));
        }
        for text in ["NaN", "nanrpm", "inf", "-infHz", "1e999rpm"] {
            let message = parse_shaft_speed(text).unwrap_err().to_string();
            assert!(message.contains("finite number"), "{message}");
        }
        for text in ["", "rpm", ".", "-", "fast", "e5rpm"] {
            assert!(parse_shaft_speed(text).unwrap_err().reason.contains("such as 12.5rpm"));
        }
    }

    #[test]
    fn a_unit_in_the_wrong_case_is_refused_with_the_right_one() {
        assert_eq!(parse_frequency("3Mhz").unwrap_err().readings, ["3MHz (3000000 Hz)", "3mHz (0.003 Hz)"]);
        assert_eq!(parse_shaft_speed("1797RPM").unwrap_err().readings, ["1797rpm (29.95 Hz)"]);
        assert!(parse_frequency("3furlong").unwrap_err().reason.contains("none of Hz, kHz, MHz, mHz"));
        assert!(parse_shaft_speed("30MHz").unwrap_err().readings[0].starts_with("30mHz"));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in ".{0,24}") {
            let _ = parse_shaft_speed(&text);
            let _ = parse_frequency(&text);
            let _ = parse_length(&text);
            let _ = parse_angle(&text);
            let _ = parse_duration(&text);
        }

        #[test]
        fn text_that_looks_like_a_quantity_is_finite_or_refused(
            text in "[+-]?[0-9]{0,4}[.,]?[0-9]{0,4}(e[+-]?[0-9]{1,3})?( )?(rpm|Hz|kHz|mHz|rad/s|RPM|,|µ|)",
        ) {
            if let Ok(speed) = parse_shaft_speed(&text) {
                prop_assert!(speed.is_positive());
            }
        }

        #[test]
        fn a_written_speed_reads_back(rpm in 1e-3..1e6_f64) {
            let read = parse_shaft_speed(&format!("{rpm}rpm")).unwrap().to_rpm().0;
            prop_assert!((read - rpm).abs() <= 4e-16 * rpm * 2.0);
        }
    }
}
