//! Numbers and units for people.

use brinell_signal::Unit;

/// A number with six significant digits.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        let digits = (5 - value.abs().max(1e-3).log10().floor() as i32).clamp(0, 8) as usize;
        let text = format!("{value:.digits$}");
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
    }
    format!("{value:.4e}")
}

/// The unit of a channel and where it comes from; one that nobody states is said to be so.
pub(crate) fn unit_text(unit: &str, origin: &str) -> String {
    if unit == Unit::Unknown.to_string() {
        "unit not stated".to_owned()
    } else {
        format!("unit {unit} ({origin})")
    }
}
