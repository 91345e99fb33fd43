//! Ops together with their parameters, under names.

mod conv;
mod head;
mod linear;
mod norm;

pub use conv::{Conv, ConvShape};
pub use head::Head;
pub(crate) use head::HeadShape;
pub use linear::Linear;
pub use norm::BatchNorm;
