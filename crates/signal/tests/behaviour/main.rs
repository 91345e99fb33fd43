//! What transforms, units and the simulator do, one idea a file. One test program, since each one would be compiled and linked anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../golden/mod.rs"]
mod golden;

mod allocation;
mod band;
mod comb_image;
mod cwt;
mod cyclic;
mod dct;
mod discrete_wavelet;
mod entropy;
mod envelope;
mod extreme_size;
mod fault_combs;
mod fault_features;
mod fft;
mod filter;
mod floor;
mod front_page;
mod hilbert_spectrum;
mod hog;
mod image;
mod integration;
mod kinematics;
mod pipeline;
mod pipeline_findings;
mod pipeline_machine;
mod pipeline_units;
mod quality;
mod quantity;
mod record_ends;
mod resample;
mod rotation;
mod separation;
mod simulate;
mod spectrum;
mod stft;
mod successive_vmd;
mod vmd;
mod window;
mod zoom;
