//! Tensor ops with gradients of their own, one a file.
//!
//! The tensor library's convolutions, poolings and rectifier have gradients that are wrong or
//! missing in some cases, and its draws cannot be seeded: nets of this crate take these ops instead.
//! Every op: `f32` and `f64`, any strides, the same bits for any number of threads, a
//! gradient that is checked by central differences. Tensors lie on the CPU; nets on a GPU have kernels of
//! their own (`gpu/`).

mod adaptive_largest;
mod adaptive_pool;
mod average_pool;
mod batch_norm;
mod channel_gate;
mod columns;
mod conv1d;
mod conv2d;
mod convolution;
mod direct;
mod dropout;
mod element;
mod elementwise;
mod global_average;
mod known;
mod largest;
mod layer_norm;
mod linear;
mod max_pool;
mod pointwise;
mod prepared;
mod product;
mod recurrent;
mod reverse_gradient;
mod sensors;
mod soft_threshold;
mod softmax;
mod transposed;
mod wide;
mod window;

pub use adaptive_pool::adaptive_pool;
pub use average_pool::{AveragePool, average_pool};
pub use batch_norm::{ChannelStatistics, Statistics, batch_norm, channel_statistics};
pub use channel_gate::channel_gate;
pub use conv1d::{Conv1d, conv1d};
pub use conv2d::{Conv2d, conv2d};
pub use dropout::dropout;
pub use elementwise::{elementwise, leaky, relu, sigmoid};
pub use global_average::global_average;
pub use largest::largest;
pub use layer_norm::{group_norm, layer_norm};
pub use linear::linear;
pub use max_pool::{MaxPool, gated_max_pool, max_pool};
pub use recurrent::recurrent;
pub use reverse_gradient::reverse_gradient;
pub use sensors::sensors;
pub use soft_threshold::soft_threshold;
pub use softmax::{log_softmax, log_sum_exp, softmax};
pub use transposed::conv_transpose1d;
pub use window::Window;

pub(crate) use adaptive_pool::pooling_windows;
pub(crate) use average_pool::{pooling_means, span};
pub(crate) use batch_norm::{Joined, Norm};
pub(crate) use channel_gate::gating;
pub(crate) use convolution::convolving;
pub(crate) use direct::{Forward, MOST_LANES, Packed, Rows};
pub(crate) use dropout::{Mask, dropping};
pub(crate) use element::{Element, Host, by_dtype, change, planes, tensor};
pub(crate) use elementwise::{apply, applying, logistic};
pub(crate) use global_average::averaging;
pub(crate) use known::{in_double, told_for_one, told_for_two};
pub(crate) use largest::taking_largest;
pub(crate) use linear::weighing;
pub(crate) use max_pool::{pooling_gated, pooling_largest};
pub(crate) use prepared::{Needs, Prepared};
pub(crate) use product::{Matrix, Threads, product, transpose};
pub(crate) use soft_threshold::shrinking;
pub(crate) use wide::{add_values, sum_of, wide};
pub(crate) use window::pooled;
