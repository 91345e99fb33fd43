//! The program as its users meet it: command lines in, streams and exit codes out.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod batch;
mod channels;
mod data;
mod demo;
mod device;
mod diagnose;
mod doctor;
mod errors;
mod explain;
mod freqs;
mod help;
mod import;
mod killed;
mod language;
mod leakcheck;
mod machine_output;
mod manifest;
mod named;
mod place;
mod plant;
mod probe;
mod refusals;
#[path = "../../../learn/tests/simulated/mod.rs"]
mod simulated;
mod streams;
mod train;
mod transform;
mod transform_output;
