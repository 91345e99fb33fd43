//! One file a command: its arguments, and what it does.

pub(crate) mod benchmark;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod data;
pub(crate) mod demo;
pub(crate) mod diagnose;
pub(crate) mod doctor;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod fetch;
pub(crate) mod freqs;
mod import;
pub(crate) mod leakcheck;
pub(crate) mod list;
mod list_nets;
mod prepare;
pub(crate) mod probe;
mod probe_text;
pub(crate) mod report;
pub(crate) mod simulate;
pub(crate) mod train;
pub(crate) mod transform;
pub(crate) mod tune;
