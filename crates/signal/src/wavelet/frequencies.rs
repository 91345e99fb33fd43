//! Which frequencies the rows of a wavelet transform stand for.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::Hertz;

/// Most rows of a transform.
const MOST_ROWS: usize = 1 << 16;

/// Frequencies of the rows. Spaced ones run from high to low: row 0 is the highest, as a picture hangs. In a
/// configuration `{ spacing = "geometric", lowest = 60.0, highest = 5500.0, count = 64 }`, where what is not written
/// has its default; or `"linear"` alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "spacing", rename_all = "kebab-case")]
pub enum CwtFrequencies {
    /// Equal ratios (logarithmic), both ends included, from high to low.
    Geometric {
        /// The last row. A two-hundredth of the sampling rate unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        lowest: Option<Hertz>,
        /// Row 0. 0.45 of the sampling rate unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        highest: Option<Hertz>,
        /// Rows. 64 unless said.
        count: usize,
    },
    /// Equal differences, both ends included, from high to low.
    Linear {
        /// The last row. A two-hundredth of the sampling rate unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        lowest: Option<Hertz>,
        /// Row 0. 0.45 of the sampling rate unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        highest: Option<Hertz>,
        /// Rows. 64 unless said.
        count: usize,
    },
    /// As listed, in the order given.
    List {
        /// The frequencies.
        values: Vec<Hertz>,
    },
}

fn default_count() -> usize {
    64
}

/// The kinds of [`CwtFrequencies`].
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Spacing {
    Geometric,
    Linear,
    List,
}

/// [`CwtFrequencies`] as they are written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    spacing: Option<Spacing>,
    lowest: Option<Hertz>,
    highest: Option<Hertz>,
    count: Option<usize>,
    values: Option<Vec<Hertz>>,
}

impl Written {
    fn meant<E: serde::de::Error>(self) -> std::result::Result<CwtFrequencies, E> {
        let Self { spacing, lowest, highest, count, values } = self;
        let spaced = lowest.is_some() || highest.is_some() || count.is_some();
        let spacing = match (spacing, &values) {
            (Some(spacing), _) => spacing,
            (None, Some(_)) => Spacing::List,
            (None, None) => Spacing::Geometric,
        };
        let count = count.unwrap_or_else(default_count);
        match (spacing, values) {
            (Spacing::List, Some(values)) if !spaced => Ok(CwtFrequencies::List { values }),
            (Spacing::List, None) => Err(E::missing_field("values")),
            (Spacing::Geometric, None) => Ok(CwtFrequencies::Geometric { lowest, highest, count }),
            (Spacing::Linear, None) => Ok(CwtFrequencies::Linear { lowest, highest, count }),
            (_, Some(_)) => Err(E::custom(
                "`values` lists all frequencies: it goes without `lowest`, `highest` and `count`",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for CwtFrequencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = CwtFrequencies;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`geometric`, `linear`, or a table of spacing, lowest, highest, count or values")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> std::result::Result<CwtFrequencies, E> {
                let spacing = Spacing::deserialize(name.into_deserializer())?;
                Written { spacing: Some(spacing), ..Written::default() }.meant()
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<CwtFrequencies, A::Error> {
                Written::deserialize(MapAccessDeserializer::new(map))?.meant()
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

impl Default for CwtFrequencies {
    fn default() -> Self {
        Self::Geometric { lowest: None, highest: None, count: default_count() }
    }
}

impl CwtFrequencies {
    /// `count` frequencies of equal ratios from `highest` (row 0) to `lowest`.
    #[must_use]
    pub fn geometric(lowest: Hertz, highest: Hertz, count: usize) -> Self {
        Self::Geometric { lowest: Some(lowest), highest: Some(highest), count }
    }

    /// The frequencies of the rows at a sampling rate.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no row or more than 65,536, when a frequency is not above 0 and at most
    /// half the rate, or when the lowest is above the highest.
    pub fn rows(&self, rate: Hertz) -> Result<Vec<Hertz>> {
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter("continuous wavelet transform", parameter, value, reason))
        };
        let rows = match self {
            Self::List { values } => values.clone(),
            Self::Geometric { lowest, highest, count } | Self::Linear { lowest, highest, count } => {
                let (low, high) =
                    (lowest.map_or(rate.0 / 200.0, |f| f.0), highest.map_or(rate.0 * 0.45, |f| f.0));
                if *count > MOST_ROWS {
                    return refuse("count", count.to_string(), "at most 65536 rows are made");
                }
                if low > high {
                    return refuse("lowest", Hertz(low).to_string(), "it must not be above the highest");
                }
                let steps = count.saturating_sub(1).max(1) as f64;
                let geometric = matches!(self, Self::Geometric { .. });
                let row = |i: usize| match (i, geometric) {
                    (0, _) => high,
                    (i, _) if i + 1 == *count => low,
                    (i, true) => (high.ln() + (low.ln() - high.ln()) * i as f64 / steps).exp(),
                    (i, false) => high + (low - high) * i as f64 / steps,
                };
                (0..*count).map(|i| Hertz(row(i))).collect()
            }
        };
        if rows.is_empty() || rows.len() > MOST_ROWS {
            return refuse("frequencies", rows.len().to_string(), "1 to 65536 rows are needed");
        }
        if let Some(wrong) = rows.iter().find(|f| !(f.is_positive() && f.0 <= rate.0 / 2.0)) {
            let reason = format!("it has to lie above 0 and at most at half the rate, {} Hz", rate.0 / 2.0);
            return refuse("frequency", wrong.to_string(), &reason);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_written_has_its_default() {
        let read = |written| serde_json::from_value::<CwtFrequencies>(written).unwrap();
        assert_eq!(read(json!("geometric")), CwtFrequencies::default());
        assert_eq!(read(json!({})), CwtFrequencies::default());
        let linear = CwtFrequencies::Linear { lowest: None, highest: Some(Hertz(3000.0)), count: 64 };
        assert_eq!(read(json!({"spacing": "linear", "highest": "3kHz"})), linear);
        let list = CwtFrequencies::List { values: vec![Hertz(50.0), Hertz(60.0)] };
        assert_eq!(read(json!({"values": [50, 60]})), list);
        for frequencies in [CwtFrequencies::default(), linear, list] {
            assert_eq!(read(serde_json::to_value(&frequencies).unwrap()), frequencies);
        }
    }

    #[test]
    fn keys_that_do_not_go_together_are_refused() {
        let refused = |written| serde_json::from_value::<CwtFrequencies>(written).unwrap_err().to_string();
        assert!(refused(json!("list")).contains("missing field `values`"));
        assert!(refused(json!({"values": [50], "count": 3})).contains("goes without"));
        assert!(refused(json!({"spacing": "linear", "values": [50]})).contains("goes without"));
        assert!(refused(json!({"cuont": 3})).contains("unknown field `cuont`"));
        assert!(refused(json!("log")).contains("expected one of `geometric`"));
    }
}
