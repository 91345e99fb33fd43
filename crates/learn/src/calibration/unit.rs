//! What counts as one example where a promise rests on counting.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is exchangeable with what. A promise "in 95 of 100" counts draws that could have come in any order: windows
/// of one recording could not, as they are nearly copies of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// One example a window: nothing is promised.
    Window,
    /// One example a recording (file and channel): promised for further recordings of the same mix of bearings.
    Recording,
    /// One example a physical bearing: promised for further bearings.
    Bearing,
}

impl Unit {
    /// Whether a coverage or a rate of false alarms is guaranteed when examples of this unit were counted.
    pub fn guarantees(self) -> bool {
        self != Unit::Window
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Window => "window",
            Unit::Recording => "recording",
            Unit::Bearing => "bearing",
        })
    }
}

/// Which of `count` rising scores, counted from 0, a new one exceeds with a chance of at most `rate`: number
/// `ceil((count + 1)(1 - rate))` counted from 1. `None` when there are too few.
///
/// # Errors
/// When the rate is not between 0 and 1.
pub(super) fn rank(count: usize, rate: f64) -> Result<Option<usize>> {
    /// A rate such as 0.3 has no exact binary form: it shall not cost a rank.
    const SLACK: f64 = 1e-9;
    if !(rate > 0.0 && rate < 1.0) {
        return Err(Error::data(
            format!("{rate} is no rate of errors to promise"),
            "it lies between 0 and 1, both left out",
            "write 5 percent as 0.05",
        ));
    }
    let rank = ((count as f64 + 1.0) * (1.0 - rate) - SLACK).ceil().max(1.0) as usize;
    Ok((rank <= count).then(|| rank - 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_rank_is_the_smallest_that_keeps_the_promise() {
        for count in 1..200_u32 {
            for percent in 1..100_u32 {
                let promised = u64::from(count + 1) * u64::from(100 - percent);
                let expected = promised.div_ceil(100) as usize;
                let found = rank(count as usize, f64::from(percent) / 100.0).unwrap();
                assert_eq!(
                    found,
                    (expected <= count as usize).then(|| expected - 1),
                    "{count} at {percent} %"
                );
            }
        }
    }

    #[test]
    fn a_rate_that_is_no_share_is_refused() {
        for rate in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(rank(10, rate).unwrap_err().to_string().contains("between 0 and 1"), "{rate}");
        }
    }
}
