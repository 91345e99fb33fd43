//! Which frequencies the rows of a wavelet transform stand for.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::Hertz;

/// Most rows of a transform.
const MOST_ROWS: usize = 1 << 16;

/// Frequencies of the rows. Spaced ones run from high to low: row 0 is the highest, as a picture hangs. In a
/// configuration `{ spacing = "geometric", lowest = 60.0, highest = 5500.0, count = 64 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "spacing", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CwtFrequencies {
    /// Equal ratios (logarithmic), both ends included, from high to low.
    Geometric {
        /// The last row. A two-hundredth of the sampling rate unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lowest: Option<Hertz>,
        /// Row 0. 0.45 of the sampling rate unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        highest: Option<Hertz>,
        /// Rows. 64 unless said.
        #[serde(default = "default_count")]
        count: usize,
    },
    /// Equal differences, both ends included, from high to low.
    Linear {
        /// The last row. A two-hundredth of the sampling rate unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lowest: Option<Hertz>,
        /// Row 0. 0.45 of the sampling rate unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        highest: Option<Hertz>,
        /// Rows. 64 unless said.
        #[serde(default = "default_count")]
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
