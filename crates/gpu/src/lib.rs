//! Kernels on NVIDIA GPUs, by the driver alone: its library is looked for when a GPU is asked for, so that a program runs
//! as well on a machine that has none.
//!
//! The kernels are CUDA C (`kernels/*.cu`), made to PTX ahead (`kernels/make-ptx`), which the driver translates for the GPU
//! that is there. The feature `on-host` compiles the same sources for the processor, where tests run them thread by thread.
//!
//! ```
//! use brinell_gpu::{At, Device, View, fill};
//!
//! # fn main() -> Result<(), brinell_gpu::Error> {
//! let device = match Device::open(0) {
//!     Ok(device) => device,
//!     // says why, and what to do
//!     Err(error) => return Ok(println!("{error}")),
//! };
//! let numbers = device.zeros(1000)?;
//! let all = View { at: At { buffer: 0, offset: 0 }, pitch: 1000 };
//! device.run(&[fill(1, 1000, all, 0.5)], &[&numbers])?;
//! let mut found = vec![0.0; 1000];
//! device.download(&numbers, 0, &mut found)?;
//! assert!(found.iter().all(|value| *value == 0.5));
//! # Ok(())
//! # }
//! ```
//!
//! | file | what |
//! |---|---|
//! | `device.rs` | [`Device`], a GPU that is open, and [`Buffer`], numbers on it |
//! | `launch.rs` | [`Launch`], a kernel with what it is given |
//! | `view.rs` | [`View`] and [`Target`], where numbers of a batch lie |
//! | `kernel.rs` | [`Kernel`], all of them by name |
//! | `precision.rs` | [`Precision`], how exactly matrices are multiplied |
//! | `spread.rs` | numbers one by one, a few a thread, and division by a number that is known |
//! | `split.rs` | sizes as kernels take them |
//! | `parts.rs` | sums that several blocks take parts of |
//! | `element.rs` | [`Function`]s of every number |
//! | `broadcast.rs` | [`Broadcast`], two operands joined number by number |
//! | `moves.rs` | numbers moved as they are |
//! | `product.rs` | [`product`] of matrices |
//! | `convolution.rs` | [`Convolution`] |
//! | `linear.rs` | [`Linear`], a linear layer forward |
//! | `norm.rs` | [`BatchNorm`], and sums of channels |
//! | `layer_norm.rs` | [`LayerNorm`], over the channels of every position |
//! | `pool.rs` | [`Pool`] and [`AdaptivePool`], largest values and means of windows |
//! | `axis.rs` | [`Axis`], means, largest values and softmax along an axis |
//! | `soft_threshold.rs` | [`SoftThreshold`], shrinkage towards 0 |
//! | `recurrent.rs` | [`Recurrent`], GRU and LSTM over time |
//! | `draw.rs` | what is left out by chance or missing |
//! | `optimise.rs` | steps of optimisers |
//! | `vmd.rs` | [`Vmd`], variational mode decomposition of many segments |
//! | `cuda.rs`, `driver.rs` | a GPU by the driver; the driver's functions |
//! | `fixed.rs`, `staging.rs` | memory of the CPU that a GPU reaches; slots of it by which numbers go there and come back |
//! | `pinned.rs` | [`Pinned`], numbers made ready for a GPU to fetch |
//! | `host.rs` | the processor in its place |
//! | `error.rs` | [`Error`] |

mod axis;
mod broadcast;
mod convolution;
mod cuda;
mod device;
mod draw;
mod driver;
mod element;
mod error;
mod fixed;
#[cfg(feature = "on-host")]
mod host;
mod kernel;
mod launch;
mod layer_norm;
mod linear;
mod moves;
mod norm;
mod optimise;
mod parts;
mod pinned;
mod pool;
mod precision;
mod product;
mod recurrent;
mod soft_threshold;
mod split;
mod spread;
mod staging;
mod view;
mod vmd;

pub use axis::Axis;
pub use broadcast::{Broadcast, Join};
pub use convolution::Convolution;
pub use device::{Buffer, Device};
pub use draw::{dropout, sensor_factors};
pub use element::{Function, function, function_gradient};
pub use error::{Error, Result};
#[cfg(feature = "on-host")]
pub use host::Order;
pub use kernel::Kernel;
pub use launch::{At, Launch, THREADS};
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use moves::{copy, fill, permute, place, slice};
pub use norm::{BatchNorm, channel_sums, channel_sums_scratch};
pub use optimise::{
    AdamScalars, CHUNK, RmsPropScalars, SCALARS, SgdScalars, adam, average, double, rms_prop, sgd, squares,
    squares_scratch,
};
pub use pinned::Pinned;
pub use pool::{AdaptivePool, Pool};
pub use precision::Precision;
pub use product::{Matrix, product};
pub use recurrent::{Cell, Recurrent};
pub use soft_threshold::SoftThreshold;
pub use view::{Target, View};
pub use vmd::{Vmd, VmdEnd, VmdMode, VmdReport, VmdSolver, VmdStart};
