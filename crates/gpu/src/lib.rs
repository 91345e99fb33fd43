//! Kernels on NVIDIA GPUs, by the driver alone: its library is looked for when a GPU is asked for, so that a program runs
//! as well on a machine that has none.
//!
//! The kernels are CUDA C (`kernels/*.cu`), made to PTX ahead (`kernels/make-ptx`), which the driver translates for the GPU
//! that is there. The feature `on-host` compiles the same sources for the processor, where tests run them thread by thread.
//!
//! ```
//! use brinell_gpu::{At, Device, Kernel, Launch};
//!
//! # fn main() -> Result<(), brinell_gpu::Error> {
//! let device = match Device::open(0) {
//!     Ok(device) => device,
//!     // says why, and what to do
//!     Err(error) => return Ok(println!("{error}")),
//! };
//! let numbers = device.zeros(1000)?;
//! let all = At { buffer: 0, offset: 0 };
//! device.run(&[Launch::over(Kernel::Fill, 1000).at(&[all]).n(&[1000]).f(&[0.5])], &[&numbers])?;
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
//! | `spread.rs` | numbers one by one, a few a thread |
//! | `element.rs` | [`element`], functions of every number |
//! | `broadcast.rs` | [`broadcast`], two operands joined number by number |
//! | `moves.rs` | [`moves`], numbers moved as they are |
//! | `norm.rs` | [`norm`], batch norm and sums of channels |
//! | `draw.rs` | [`draw`], what is left out by chance or missing |
//! | `loss.rs` | [`loss`], losses of classes |
//! | `optimise.rs` | [`optimise`], steps of optimisers |
//! | `vmd.rs` | [`Vmd`], variational mode decomposition of many segments |
//! | `cuda.rs` | the driver |
//! | `host.rs` | the processor in its place |
//! | `error.rs` | [`Error`] |

pub mod broadcast;
mod cuda;
mod device;
pub mod draw;
pub mod element;
mod error;
#[cfg(feature = "on-host")]
mod host;
mod kernel;
mod launch;
pub mod loss;
pub mod moves;
pub mod norm;
pub mod optimise;
mod spread;
mod view;
mod vmd;

pub use device::{Buffer, Device};
pub use error::{Error, Result};
#[cfg(feature = "on-host")]
pub use host::Order;
pub use kernel::Kernel;
pub use launch::{At, Launch, THREADS};
pub use view::{Target, View};
pub use vmd::{Vmd, VmdEnd, VmdMode, VmdReport, VmdSolver, VmdStart};
