//! Quantities as types, so that a bare number never means a frequency.
//!
//! How a person writes them (`1797rpm`, `12kHz`) is read in `quantity_text.rs`.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

use crate::quantity_text::parse_any_frequency;

/// A frequency, sampling rate or shaft speed in cycles per second. In a configuration a number of hertz, or a text
/// with its unit such as `"3kHz"`; written as a number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Hertz(pub f64);

/// A shaft speed in revolutions per minute.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rpm(pub f64);

/// A frequency as a multiple of the shaft speed (dimensionless).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order(pub f64);

/// A time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub f64);

/// A length in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millimetres(pub f64);

impl<'de> Deserialize<'de> for Hertz {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;

        impl Visitor<'_> for NumberOrText {
            type Value = Hertz;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of hertz or a text such as \"3kHz\"")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Hertz, E> {
                Ok(Hertz(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Hertz, E> {
                Ok(Hertz(value as f64))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Hertz, E> {
                Ok(Hertz(value as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Hertz, E> {
                parse_any_frequency(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(NumberOrText)
    }
}

impl Rpm {
    /// The same speed in revolutions per second: value / 60.
    #[must_use]
    pub fn to_hertz(self) -> Hertz {
        Hertz(self.0 / 60.0)
    }
}

impl Hertz {
    /// The same speed in revolutions per minute: value × 60.
    #[must_use]
    pub fn to_rpm(self) -> Rpm {
        Rpm(self.0 * 60.0)
    }

    /// This frequency as a multiple of the shaft speed. A shaft of 0 Hz gives an infinite or NaN order:
    /// speeds of a recording are never 0, see [`Recording`](crate::Recording).
    #[must_use]
    pub fn order_of(self, shaft: Hertz) -> Order {
        Order(self.0 / shaft.0)
    }

    /// Whether this can be a rate or a speed: finite and above 0.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.0.is_finite() && self.0 > 0.0
    }
}

impl Order {
    /// The frequency of this order on a shaft of that speed.
    #[must_use]
    pub fn at(self, shaft: Hertz) -> Hertz {
        Hertz(self.0 * shaft.0)
    }
}

macro_rules! display {
    ($($quantity:ident $text:literal),*) => {$(
        impl fmt::Display for $quantity {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)?;
                f.write_str($text)
            }
        }
    )*};
}

display!(Hertz " Hz", Rpm " rpm", Order "×", Seconds " s", Millimetres " mm");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn revolutions_per_minute_and_hertz_convert_back(rpm in 1e-3..1e6_f64) {
            let back = Rpm(rpm).to_hertz().to_rpm().0;
            prop_assert!((back - rpm).abs() <= 1e-15 * rpm * 4.0);
        }

        #[test]
        fn orders_and_hertz_convert_back(order in 1e-3..1e3_f64, shaft in 1e-3..1e4_f64) {
            let back = Order(order).at(Hertz(shaft)).order_of(Hertz(shaft)).0;
            prop_assert!((back - order).abs() <= 1e-15 * order * 4.0);
        }
    }

    #[test]
    fn a_precision_asked_of_a_quantity_is_kept() {
        assert_eq!(format!("{:.2}", Hertz(29.953)), "29.95 Hz");
        assert_eq!(Rpm(1797.0).to_string(), "1797 rpm");
    }

    #[test]
    fn a_frequency_in_a_configuration_is_a_number_or_carries_its_unit() {
        let read = |text: &str| serde_json::from_str::<Hertz>(text).map_err(|error| error.to_string());
        assert_eq!(read("2500"), Ok(Hertz(2500.0)));
        assert_eq!(read("-2.5"), Ok(Hertz(-2.5)));
        assert_eq!(read("\"2.5kHz\""), Ok(Hertz(2500.0)));
        assert_eq!(read("\"0Hz\""), Ok(Hertz(0.0)));
        assert!(read("\"3khz\"").is_err_and(|message| message.contains("none of Hz, kHz")));
        assert!(read("\"3000\"").is_err_and(|message| message.contains("has no unit")));
        assert!(read("true").is_err_and(|message| message.contains("a number of hertz or a text")));
        assert_eq!(serde_json::to_string(&Hertz(2500.0)).unwrap_or_default(), "2500.0");
    }

    #[test]
    fn only_finite_frequencies_above_zero_are_positive() {
        assert!(Hertz(0.1).is_positive());
        for refused in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(!Hertz(refused).is_positive());
        }
    }
}
