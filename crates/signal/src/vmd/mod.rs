//! Variational mode decomposition: a record as a sum of narrow bands whose centres it finds itself.

mod compat;
mod decomposer;
mod decomposition;
mod fixed_point;
mod iterate;
pub(crate) mod lanes;
mod memory;
mod multivariate;
mod params;
mod plan;
mod sweep;

pub(crate) use memory::VmdMemory;

pub use decomposition::{Decomposition, Mode};
pub use multivariate::MultivariateVmdPlan;
pub use params::{Alpha, VmdParams, VmdScale, VmdSolver, VmdStart};
pub use plan::VmdPlan;

pub(crate) mod selection;
pub(crate) mod successive;

pub use selection::{SelectedVmd, SelectionObjective, TriedVmd, VmdSelection};
pub use successive::{
    SuccessiveDecomposition, SuccessiveStart, SuccessiveStop, SuccessiveVmdParams, SuccessiveVmdPlan,
};
