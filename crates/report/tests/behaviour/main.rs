//! What a report shows, one idea a file. One test program, since each one would be compiled and linked anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../sample/mod.rs"]
mod sample;

mod any_numbers;
mod browser;
mod chinese;
mod comparison;
mod devtools;
mod files;
mod fleet;
mod json;
mod markdown;
mod movable;
mod page;
mod pdf;
mod tables;
mod unknown_bearing;
