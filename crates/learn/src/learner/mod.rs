//! Learners on features, beside which a net has to show what it is worth.
//!
//! | file | idea |
//! |---|---|
//! | `standardise.rs` | features with mean 0 and deviation 1 over the training part |
//! | `logistic.rs` | logistic regression of one label |

mod logistic;
mod standardise;

pub use logistic::Logistic;
pub use standardise::Standardise;
