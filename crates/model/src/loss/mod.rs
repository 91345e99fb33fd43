//! What training makes small, one a file.
//!
//! Every loss is a tensor without axes, in the number type of its inputs; it is computed in double precision together
//! with its gradient, so finite logits of any size give finite numbers. All are means, so that they do not grow with
//! the batch.
//!
//! ```
//! use brinell_model::{CrossEntropy, IGNORED, cross_entropy};
//! use candle_core::{Device, Tensor};
//!
//! let logits = Tensor::new(&[[4.0_f32, 0.0], [0.0, 4.0], [9.0, -9.0]], &Device::Cpu)?;
//! let loss = cross_entropy(&logits, &[0, 1, IGNORED], &CrossEntropy::default())?;
//! assert!((loss.to_scalar::<f32>()? - (1.0 + (-4.0_f32).exp()).ln()).abs() < 1e-6);
//! # Ok::<(), brinell_model::Error>(())
//! ```
//!
//! | file | loss |
//! |---|---|
//! | `cross_entropy.rs` | [`cross_entropy`] of labels, [`soft_cross_entropy`] of shares of classes |
//! | `focal.rs` | [`focal`]: cross entropy that looks away from what is easy |
//! | `binary_cross_entropy.rs` | [`binary_cross_entropy`]: several faults at once |
//! | `smooth_l1.rs`, `huber.rs` | [`smooth_l1`], [`huber`]: sizes |
//! | `supervised_contrastive.rs` | [`supervised_contrastive`]: features of one class together |
//! | `entropy.rs` | [`entropy`]: sure answers on what has no labels |
//! | `mmd.rs`, `jmmd.rs` | [`mmd`], [`jmmd`]: two domains alike, by kernels (`kernel.rs`) |
//! | `coral.rs` | [`coral`]: two domains alike, by covariances |
//! | `dann.rs`, `cdan.rs` | [`dann`], [`cdan`]: two domains alike for an adversary (`discriminator.rs`) |
//! | `input.rs`, `softmax.rs` | what all check; the softmax of a row |

mod binary_cross_entropy;
mod cdan;
mod coral;
mod cross_entropy;
mod dann;
mod discriminator;
mod entropy;
mod focal;
mod huber;
mod input;
mod jmmd;
mod kernel;
mod mmd;
mod smooth_l1;
mod softmax;
mod supervised_contrastive;

pub use binary_cross_entropy::{BinaryCrossEntropy, binary_cross_entropy};
pub use cdan::{Cdan, MultilinearMap, cdan};
pub use coral::{CoralForm, coral};
pub use cross_entropy::{CrossEntropy, cross_entropy, soft_cross_entropy};
pub use dann::{adversarial_strength, dann};
pub use discriminator::{Discriminator, DiscriminatorParams};
pub use entropy::entropy;
pub use focal::{Focal, focal};
pub use huber::huber;
pub use input::IGNORED;
pub use jmmd::{Jmmd, jmmd};
pub use kernel::Kernels;
pub use mmd::{Mmd, mmd};
pub use smooth_l1::smooth_l1;
pub use supervised_contrastive::supervised_contrastive;
