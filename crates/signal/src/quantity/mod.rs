//! Numbers that describe a whole record.

pub(crate) mod scalars;

pub use scalars::{Scalars, scalars};
