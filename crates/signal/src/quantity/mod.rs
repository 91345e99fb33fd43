//! Numbers that describe a whole record.

pub(crate) mod band_bins;
pub(crate) mod integrate;
pub(crate) mod levels;
pub(crate) mod scalars;
pub(crate) mod velocity;

pub use integrate::{IntegrateParams, IntegratePlan, STANDARD_GRAVITY};
pub use levels::{BandLevelsParams, BandLevelsPlan, Overall, OverallParams, OverallPlan};
pub use scalars::{Scalars, scalars};
pub use velocity::{VelocityRms, VelocityRmsParams, VelocityRmsPlan};
