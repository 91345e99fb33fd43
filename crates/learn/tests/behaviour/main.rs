//! What experiments, runs and model files do, one idea a file. One test program, since each one would be compiled and linked anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../simulated/mod.rs"]
mod simulated;

mod cwru;
mod experiment_file;
mod model_file;
mod options;
mod training;
