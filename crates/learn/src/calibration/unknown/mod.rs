//! Faults that were never learned: scores that are high where an example is like nothing known, and the alarm.
//!
//! Scores on the net's answers (`confidence`) cost nothing and fail where the net is wrongly sure; scores on its
//! features ask how far an example lies from everything learned. Which is best depends on the net: judge them on a
//! fault that was left out ([`crate::metrics::UnknownFigures`]).
//!
//! | file | idea |
//! |---|---|
//! | `confidence` | 1 - max p, entropy, energy, largest logit |
//! | `mahalanobis` | distance to the nearest class in units of the spread within classes |
//! | `covariance` | a covariance with shrinkage, and lengths measured by it |
//! | `neighbours` | distance to the k-th nearest known example |
//! | `alarm` | a threshold at a stated rate of false alarms |

mod alarm;
mod confidence;
mod covariance;
mod mahalanobis;
mod neighbours;

pub use alarm::Alarm;
pub use confidence::{energy, entropy, largest_logit, least_confidence};
pub use covariance::Shrinkage;
pub use mahalanobis::Mahalanobis;
pub use neighbours::{FeatureScale, Neighbours};
