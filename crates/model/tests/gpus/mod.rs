//! Where the kernels of GPUs are tried: on the processor, thread by thread, and on a GPU where there is one.

use brinell_gpu::{Device, Order};

pub(crate) fn gpus() -> Vec<Device> {
    let mut devices = vec![Device::on_host(Order::Forwards)];
    devices.extend(Device::open(0));
    devices
}

/// The larger of two distances; NaN is as far as can be.
pub(crate) fn worse(one: f64, other: f64) -> f64 {
    if one.is_nan() || other.is_nan() { f64::INFINITY } else { one.max(other) }
}

/// How far numbers lie apart, measured by the largest of those that are right.
pub(crate) fn apart(found: &[f64], right: &[f64]) -> f64 {
    assert_eq!(found.len(), right.len());
    let scale = right.iter().fold(1e-3_f64, |most, value| most.max(value.abs()));
    found.iter().zip(right).map(|(a, b)| (a - b).abs() / scale).fold(0.0, worse)
}
