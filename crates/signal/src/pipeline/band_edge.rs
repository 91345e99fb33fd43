//! An edge of a band, as a configuration writes it.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::quantity_text::parse_any_frequency;
use crate::units::Hertz;

/// One edge of a band: a share of what a record can hold, or a frequency. In a configuration a bare number is the
/// share, `0.25`; a frequency carries its unit, `"2kHz"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BandEdge {
    /// Fraction of half the sampling rate, from 0 to 1.
    Fraction(f64),
    /// This frequency; behind order tracking this order.
    Frequency(Hertz),
}

impl BandEdge {
    /// The frequency that it means at this sampling rate.
    #[must_use]
    pub fn at(self, rate: Hertz) -> Hertz {
        match self {
            Self::Fraction(fraction) => Hertz(fraction * rate.0 / 2.0),
            Self::Frequency(frequency) => frequency,
        }
    }
}

impl fmt::Display for BandEdge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fraction(fraction) => fraction.fmt(f),
            Self::Frequency(frequency) => write!(f, "{}Hz", frequency.0),
        }
    }
}

impl Serialize for BandEdge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fraction(fraction) => serializer.serialize_f64(*fraction),
            Self::Frequency(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for BandEdge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShareOrText;

        impl Visitor<'_> for ShareOrText {
            type Value = BandEdge;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fraction of half the sampling rate such as 0.25, or a frequency such as 2kHz")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<BandEdge, E> {
                Ok(BandEdge::Fraction(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<BandEdge, E> {
                Ok(BandEdge::Fraction(value as f64))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<BandEdge, E> {
                Ok(BandEdge::Fraction(value as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<BandEdge, E> {
                parse_any_frequency(text).map(BandEdge::Frequency).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(ShareOrText)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_bare_number_is_a_fraction_and_a_frequency_carries_its_unit() {
        let band: [BandEdge; 2] = serde_json::from_str(r#"[0.25, "2.5kHz"]"#).unwrap();
        assert_eq!(band, [BandEdge::Fraction(0.25), BandEdge::Frequency(Hertz(2500.0))]);
        assert_eq!(band.map(|edge| edge.at(Hertz(12_000.0)).0), [1500.0, 2500.0]);
        let written = serde_json::to_string(&band).unwrap();
        assert_eq!(written, r#"[0.25,"2500Hz"]"#);
        assert_eq!(serde_json::from_str::<[BandEdge; 2]>(&written).unwrap(), band);
        assert!(serde_json::from_str::<BandEdge>(r#""2furlongs""#).is_err());
    }
}
