//! What transforms, units and the simulator do, one idea a file. One test program, since each one would be compiled and linked anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../golden/mod.rs"]
mod golden;

mod comb_image;
mod envelope;
mod fft;
mod floor;
mod kinematics;
mod pipeline;
mod quality;
mod quantity;
mod resample;
mod simulate;
mod spectrum;
mod stft;
mod window;
