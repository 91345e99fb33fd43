//! A net on an NVIDIA GPU.
//!
//! For each size of batch a [`Plan`](plan::Plan) is made once: every value has its place in one buffer, and the way
//! through the net and back is a list of launches over places. The kernels and the driver are `brinell-gpu`'s; nothing is
//! computed elsewhere in between. Losses are told on the CPU from the few numbers that a net gives.
//!
//! | file | idea |
//! |---|---|
//! | `network.rs` | [`GpuNetwork`]: a net's tensors on a GPU, and batches through it |
//! | `training.rs` | [`GpuTraining`]: the steps of an optimiser there |
//! | `plan.rs` | a batch of one size as launches |
//! | `planner.rs`, `forward.rs`, `layers.rs`, `backward.rs` | how a plan is written; layers with tensors of their own |
//! | `arena.rs` | which stretches of memory are in use |
//! | `joined.rs` | maps side by side that are never copied |
//! | `weights.rs` | where tensors lie |
//! | `draws.rs` | what a run is told anew each time |

mod arena;
mod backward;
mod draws;
mod forward;
mod joined;
mod layers;
mod network;
mod plan;
mod planner;
mod training;
mod weights;

pub use network::{GpuNetwork, GpuTrace};
pub use training::GpuTraining;

/// The buffers of a run by their numbers: all tensors of the net, gradients, working memory, what a run is told.
const STATE: u8 = 0;
const GRADIENTS: u8 = 1;
const ARENA: u8 = 2;
const STEP: u8 = 3;
