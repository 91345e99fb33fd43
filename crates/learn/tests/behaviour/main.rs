//! What experiments, runs and model files do, one idea a file. One test program, since each one would be compiled and linked anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../reference/mod.rs"]
mod reference;
#[path = "../simulated/mod.rs"]
mod simulated;

mod adaptation;
mod calibration_properties;
mod calibration_reference;
mod comb_rule;
mod cwru;
mod experiment_file;
mod figures_of_runs;
mod leakcheck;
mod learners;
mod learners_in_runs;
mod learners_reference;
mod metrics_properties;
mod metrics_reference;
mod model_file;
mod modes_on_gpu;
mod more_epochs;
mod negative_control;
mod on_gpu;
mod options;
mod score_refusals;
mod sealed_folds;
mod sizes;
mod store;
mod training;
mod whole_run;
