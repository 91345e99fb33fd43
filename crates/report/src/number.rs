//! How numbers are written: decimal point always, never finer than what was measured. A number is the same in every
//! language; the word for one that is not finite is not.

use brinell_signal::{Phrase, phrase};

/// What stands in for a number that is not finite.
pub(crate) fn undefined() -> Phrase {
    phrase!("not defined")
}

/// A finite value as `text` writes it.
fn written(value: f64, text: impl FnOnce(f64) -> String) -> Phrase {
    if value.is_finite() { Phrase::Verbatim(text(value)) } else { undefined() }
}

/// Decimals of a frequency so that it is never given finer than a tenth of the resolution.
pub(crate) fn decimals_for(resolution_hz: f64) -> usize {
    if !(resolution_hz.is_finite() && resolution_hz > 0.0) {
        return 2;
    }
    // The last decimal is worth 10^-d; the largest d with 10^-d >= resolution / 10.
    let decimals = (1.0 - resolution_hz.log10() + 1e-9).floor();
    decimals.clamp(0.0, 6.0) as usize
}

/// A frequency in hertz without its unit, not finer than a tenth of the resolution.
pub(crate) fn hertz(value: f64, resolution_hz: f64) -> Phrase {
    fixed(value, decimals_for(resolution_hz))
}

/// `value` with a fixed number of decimals; no negative zero.
pub(crate) fn fixed(value: f64, decimals: usize) -> Phrase {
    written(value, |value| digits(value, decimals))
}

/// A finite value with a fixed number of decimals; no negative zero.
fn digits(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.starts_with('-') && !text.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        return text[1..].to_owned();
    }
    text
}

/// A level in decibels with one decimal.
pub(crate) fn decibel(value: f64) -> Phrase {
    fixed(value, 1)
}

/// A deviation in percent with its sign and two decimals.
pub(crate) fn deviation(value: f64) -> Phrase {
    written(value, |value| {
        let text = digits(value, 2);
        if value > 0.0 && text != "0.00" { format!("+{text}") } else { text }
    })
}

/// A false-alarm probability: `< 1e-6` below that, two significant digits while small, then two
/// decimals, `> 0.99` at the upper end.
pub(crate) fn p_value(p: f64) -> Phrase {
    written(p, probability)
}

fn probability(p: f64) -> String {
    if p < 1e-6 {
        "< 1e-6".to_owned()
    } else if p < 1e-3 {
        format!("{p:.1e}")
    } else if p < 0.1 {
        let decimals = (1.0 - p.log10().floor()) as usize;
        format!("{p:.decimals$}")
    } else if p > 0.99 {
        "> 0.99".to_owned()
    } else {
        format!("{p:.2}")
    }
}

/// [`p_value`] with its relation sign: `= 0.0012`, `< 1e-6`.
pub(crate) fn p_relation(p: f64) -> Phrase {
    written(p, |p| {
        let text = probability(p);
        if text.starts_with(['<', '>']) { text } else { format!("= {text}") }
    })
}

/// A share between 0 and 1 with two decimals and open ends.
pub(crate) fn share(value: f64) -> Phrase {
    written(value, |value| {
        if value > 0.99 {
            "> 0.99".to_owned()
        } else if value < 0.01 {
            "< 0.01".to_owned()
        } else {
            format!("{value:.2}")
        }
    })
}

/// `1 in 500` for a probability, N rounded down so that nothing is made rarer than it is; `None` when it is not between 0 and 1 or so large that the phrase
/// says nothing.
pub(crate) fn one_in(p: f64) -> Option<Phrase> {
    if !(0.0..=0.5).contains(&p) {
        return None;
    }
    if p < 1e-6 {
        return Some(phrase!("fewer than 1 in 1000000"));
    }
    let n = 1.0 / p;
    // Two significant digits: the null behind it knows no more.
    let unit = 10f64.powf(n.log10().floor() - 1.0).max(1.0);
    Some(phrase!("1 in {n:.0}", n = (n / unit + 1e-9).floor() * unit))
}

/// A number with `digits` significant digits; scientific when very large or very small.
pub(crate) fn significant(value: f64, digits: usize) -> Phrase {
    written(value, |value| {
        if value == 0.0 {
            return "0".to_owned();
        }
        let wanted = digits.max(1);
        let exponent = value.abs().log10().floor() as i32;
        if exponent < -5 || exponent > wanted as i32 + 1 {
            return format!("{value:.*e}", wanted - 1);
        }
        self::digits(value, (wanted as i32 - 1 - exponent).max(0) as usize)
    })
}

/// A number as short as it can be said with at most six decimals: `12000`, `0.01`.
pub(crate) fn trimmed(value: f64) -> Phrase {
    written(value, |value| {
        let text = digits(value, 6);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    })
}

/// A length of time in seconds: `10.11 s`.
pub(crate) fn seconds(value: f64) -> Phrase {
    if !value.is_finite() {
        undefined()
    } else if value.abs() < 0.1 {
        Phrase::Verbatim(format!("{} ms", significant(value * 1e3, 4)))
    } else {
        Phrase::Verbatim(format!("{} s", fixed(value, 2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_is_never_finer_than_a_tenth_of_the_resolution() {
        assert_eq!(hertz(161.7894, 0.0989).to_string(), "161.79");
        assert_eq!(hertz(161.7894, 0.1).to_string(), "161.79");
        assert_eq!(hertz(161.7894, 0.7324).to_string(), "161.8");
        assert_eq!(hertz(161.7894, 12.0).to_string(), "162");
        for resolution in [1e-4, 0.0989, 0.1, 0.35, 1.0, 7.3, 250.0] {
            let step = 10f64.powi(-(decimals_for(resolution) as i32));
            assert!(step >= resolution / 10.0 - 1e-12 || step == 1.0 && resolution >= 10.0, "{resolution}");
        }
        assert_eq!(hertz(f64::NAN, 1.0).to_string(), "not defined");
    }

    #[test]
    fn deviations_carry_a_sign_and_two_decimals() {
        assert_eq!(deviation(-0.2437).to_string(), "-0.24");
        assert_eq!(deviation(0.2437).to_string(), "+0.24");
        assert_eq!(deviation(3.0).to_string(), "+3.00");
        assert_eq!(deviation(0.001).to_string(), "0.00");
        assert_eq!(deviation(-0.001).to_string(), "0.00");
        assert_eq!(deviation(0.0).to_string(), "0.00");
    }

    #[test]
    fn small_probabilities_keep_two_digits_and_ends_stay_open() {
        assert_eq!(p_value(3e-9).to_string(), "< 1e-6");
        assert_eq!(p_value(4.04e-4).to_string(), "4.0e-4");
        assert_eq!(p_value(0.0042).to_string(), "0.0042");
        assert_eq!(p_value(0.042).to_string(), "0.042");
        assert_eq!(p_value(0.42).to_string(), "0.42");
        assert_eq!(p_value(1.0).to_string(), "> 0.99");
        assert_eq!(p_relation(0.42).to_string(), "= 0.42");
        assert_eq!(p_relation(1e-9).to_string(), "< 1e-6");
        assert_eq!(share(0.999).to_string(), "> 0.99");
        assert_eq!(share(0.0).to_string(), "< 0.01");
    }

    #[test]
    fn one_in_n_rounds_to_two_digits() {
        assert_eq!(one_in(0.002).map(|n| n.to_string()).as_deref(), Some("1 in 500"));
        assert_eq!(one_in(1.0 / 1237.0).map(|n| n.to_string()).as_deref(), Some("1 in 1200"));
        assert_eq!(one_in(0.0016).map(|n| n.to_string()).as_deref(), Some("1 in 620"));
        assert_eq!(one_in(0.9), None);
        assert_eq!(one_in(f64::NAN), None);
    }

    #[test]
    fn significant_digits_are_kept_over_the_whole_range() {
        assert_eq!(significant(0.0, 3).to_string(), "0");
        assert_eq!(significant(5.3512, 3).to_string(), "5.35");
        assert_eq!(significant(1234.5, 3).to_string(), "1234");
        assert_eq!(significant(0.00123456, 3).to_string(), "0.00123");
        assert_eq!(significant(1.23456e-7, 3).to_string(), "1.23e-7");
        assert_eq!(significant(-2.5e9, 2).to_string(), "-2.5e9");
        assert_eq!(trimmed(12_000.0).to_string(), "12000");
        assert_eq!(trimmed(0.01).to_string(), "0.01");
        assert_eq!(trimmed(f64::NAN).to_string(), "not defined");
    }
}
