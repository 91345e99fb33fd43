//! Variational mode decomposition: a record as a sum of narrow bands whose centres it finds itself
//! (Dragomiretskiy & Zosso 2014, doi 10.1109/TSP.2013.2288675).
//!
//! The record `x` is continued by its mirror image, so that it has no jump at its ends. Its modes `u_k` and their
//! centres `ω_k` minimise `Σ_k α Σ_ν (ν - ω_k)² |u_k|² + Σ_ν |x - Σ u_k|²` over the spectrum. Sweeps do it one
//! mode after the other, with the multiplier `Λ` of the exact sum where `τ > 0`:
//! ```text
//! u_k = (x - Σ_{i≠k} u_i - Λ/2) / (1 + α(ν - ω_k)²),   ω_k = Σ ν |u_k|² / Σ |u_k|²,   Λ += τ(Σ u_k - x)
//! ```
//! The mirrored record's spectrum is the DCT-II of the record turned in phase, and every step uses real factors
//! and squared magnitudes only. So all of this runs on `len` real coefficients: the same centres, changes and
//! sweeps as on the `2 len` complex ones, at any length, odd ones too. For `τ = 0` the modes are known in
//! closed form for given centres, and [`VmdSolver::FixedPoint`] iterates over the centres alone.
//!
//! ```
//! use brinell_signal::{Hertz, Scratch, vmd::{Alpha, Decomposition, VmdParams}};
//! let record: Vec<f32> = (0..512).map(|n| (0.3 * n as f32).sin() + (1.9 * n as f32).sin()).collect();
//! let params = VmdParams { modes: 2, alpha: Alpha::HalfWidth(Hertz(250.0)), ..VmdParams::default() };
//! let plan = params.plan(Hertz(12_000.0), record.len())?;
//! let (mut modes, mut residual) = (vec![0.0; plan.output_len()], vec![0.0; record.len()]);
//! let mut report = Decomposition::new();
//! plan.process(&record, &mut modes, &mut report, &mut Scratch::new())?;
//! plan.residual(&record, &modes, &mut residual)?;
//! assert!(report.converged && (report.modes[1].centre.0 - 3629.0).abs() < 5.0);
//! assert!((modes[100] + modes[512 + 100] + residual[100] - record[100]).abs() < 1e-6);
//! # Ok::<(), brinell_signal::Error>(())
//! ```
//!
//! # Traps
//! * The published stop rule is absolute: a record 10⁵ times smaller is given back as modes of zeros. Here the
//!   tolerance is relative to the record's RMS; [`VmdScale::Raw`] is the published one.
//! * `α` means another width in hertz at every sampling rate, and programs write it differently: see [`Alpha`].
//! * `τ = 0` leaves a residual, which [`VmdPlan::residual`] gives, or [`VmdParams::residual`] as a last row. It is
//!   part of the record.
//! * Modes are not found in order. Here they are sorted, with the permutation in [`Mode::place`].
//! * Too many modes split one band: [`Decomposition::closest_centres`] falls below [`Mode::half_width`].
//! * A mode for which nothing is left has no centre. Here it keeps the one it had and is flagged; elsewhere NaN.
//! * `vmdpy` 0.2 drops the last sample of an odd record, returns the sweep before the last, and adds a false
//!   line at half the rate (up to 4 % of a short broadband record): [`VmdParams::compat`] reproduces it.

mod compat;
mod decomposer;
mod decomposition;
mod fixed_point;
mod iterate;
mod memory;
mod multivariate;
mod params;
mod plan;
pub(crate) mod precision;
mod sweep;

pub(crate) use memory::VmdMemory;

pub use decomposition::{Decomposition, Mode};
pub use multivariate::MultivariateVmdPlan;
pub use params::{Alpha, VmdParams, VmdScale, VmdSolver, VmdStart};
pub use plan::VmdPlan;

pub(crate) mod selection;
pub(crate) mod selection_plan;
pub(crate) mod successive;

pub use selection::{SelectedVmd, SelectionObjective, SelectionReason, TriedVmd, VmdSelection};
pub use selection_plan::{SelectedDecomposition, VmdSelectionPlan};
pub use successive::{
    SuccessiveDecomposition, SuccessiveStart, SuccessiveStop, SuccessiveVmdParams, SuccessiveVmdPlan,
};
