//! Numbers that describe a whole record.

pub(crate) mod band_bins;
pub(crate) mod envelope_entropy;
pub(crate) mod envelope_peaks;
pub(crate) mod fault_combs;
pub(crate) mod fault_lines;
pub(crate) mod integrate;
pub(crate) mod levels;
pub(crate) mod permutation_entropy;
pub(crate) mod sample_entropy;
pub(crate) mod scalars;
pub(crate) mod teager_kaiser;
pub(crate) mod velocity;

pub use envelope_entropy::{EnvelopeEntropyPlan, envelope_entropy};
pub use envelope_peaks::{EnvelopePeaksParams, EnvelopePeaksPlan};
pub use fault_combs::{FaultCombsParams, FaultCombsPlan, NUMBERS_OF_COMB, NUMBERS_OF_SPECTRUM};
pub use fault_lines::{FaultLinesParams, FaultLinesPlan};
pub use integrate::{IntegrateParams, IntegratePlan, STANDARD_GRAVITY};
pub use levels::{BandLevelsParams, BandLevelsPlan, Overall, OverallParams, OverallPlan};
pub use permutation_entropy::{PermutationEntropyParams, PermutationEntropyPlan, permutation_entropy};
pub use sample_entropy::{SampleEntropyParams, SampleEntropyPlan, sample_entropy};
pub use scalars::{Scalars, scalars};
pub use teager_kaiser::{teager_kaiser, teager_kaiser_into};
pub use velocity::{VelocityRms, VelocityRmsParams, VelocityRmsPlan};
