//! Verdicts, on simulated machines and on original recordings. One test program, since each one would be compiled and linked anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod cwru;
mod default_model;
mod severity;
mod simulated;
mod trials;
