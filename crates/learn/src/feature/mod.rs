//! Numbers that describe a segment, for learners other than nets and for rules.
//!
//! | file | idea |
//! |---|---|
//! | `comb.rs` | how far the lines of each part stand out of the squared envelope spectrum, band by band |
//! | `rule.rs` | a judgement from these lines alone, without any training |

mod comb;
mod rule;

pub use comb::{CombFeatures, CombOptions};
pub use rule::comb_rule;
