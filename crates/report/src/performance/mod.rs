//! What a model is worth, as pictures: from plain numbers to an SVG file. The same numbers give the same bytes.
//!
//! | file | idea |
//! |---|---|
//! | `confusion.rs` | which class is taken for which |
//! | `reliability.rs` | how often an answer is right, over how sure it is |
//! | `risk_coverage.rs` | how often an answer is wrong, over the share that is answered |
//! | `spread.rs` | a figure of every fold and seed |

mod confusion;
mod reliability;
mod risk_coverage;
mod spread;
#[cfg(test)]
mod tests;

pub use confusion::{Confusion, confusion};
pub use reliability::{Reliability, ReliabilityBin, reliability};
pub use risk_coverage::{RiskCoverage, risk_coverage};
pub use spread::{FoldValues, Spread, spread};

/// Width of these figures in pixels.
const WIDTH: f64 = 640.0;

/// A share in percent, without decimals.
fn percent(share: f64) -> String {
    crate::number::fixed(share * 100.0, 0).to_string()
}
