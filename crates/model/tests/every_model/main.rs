//! Every net of the list with every attention that it can carry, in each place it can stand: what has to hold for all
//! of them alike.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod bits;
#[path = "../draws/mod.rs"]
mod draws;
#[path = "../gpus/mod.rs"]
mod gpus;
mod judging;
mod learning;
mod nets;
mod on_gpu;
