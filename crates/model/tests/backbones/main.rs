//! Every backbone: PyTorch's numbers, published counts, torchvision's names, refusals, sensors.
#![allow(clippy::unwrap_used, clippy::panic)]

mod counts;
mod golden;
mod names;
mod parity;
#[path = "../reference/mod.rs"]
mod reference;
mod refusals;
mod sensors;
mod whole;
