//! Units of amplitudes in words. A channel whose unit nobody states has `?` in the data, which says nothing to a reader.

use brinell_signal::{Phrase, Unit, phrase};

/// A unit as the data hold it.
pub(crate) fn in_words(unit: &str) -> Phrase {
    if is_stated(unit) { Phrase::verbatim(unit) } else { phrase!("unit not stated") }
}

/// A unit and where it comes from; that nobody states one needs no origin.
pub(crate) fn with_origin(unit: &str, origin: Phrase) -> Phrase {
    if is_stated(unit) { phrase!("{unit} ({origin})", unit, origin) } else { in_words(unit) }
}

/// A number with its unit.
pub(crate) fn amplitude(number: Phrase, unit: &str) -> Phrase {
    if is_stated(unit) {
        phrase!("{number} {unit}", number, unit)
    } else {
        phrase!("{number} (unit not stated)", number)
    }
}

fn is_stated(unit: &str) -> bool {
    unit != Unit::Unknown.to_string()
}
