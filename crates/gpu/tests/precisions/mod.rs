//! Where a test of products runs its work, and what numbers are multiplied there.

use brinell_gpu::{Device, Precision};

#[path = "../devices/mod.rs"]
mod devices;

/// Both ways to multiply matrices.
pub(crate) const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::Tf32];

/// The same two, which multiply in this precision.
pub(crate) fn two_in(precision: Precision) -> [Device; 2] {
    devices::two().map(|device| device.in_precision(precision))
}

/// What is multiplied in place of a number: the nearest one of 11 bits, of two the larger.
pub(crate) fn rounded(value: f32, precision: Precision) -> f32 {
    match precision {
        Precision::F32 => value,
        Precision::Tf32 => f32::from_bits((value.to_bits() + (1 << 12)) >> 13 << 13),
    }
}
