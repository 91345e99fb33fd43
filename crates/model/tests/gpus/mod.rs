//! Where the kernels of GPUs are tried: on the processor, thread by thread, and on a GPU where there is one. With
//! `BRINELL_TESTS_ON_GPU` set, on the first GPU alone, which must be there.

use std::sync::OnceLock;

use brinell_gpu::{Device, Error, Order};

pub(crate) fn gpus() -> Vec<Device> {
    static CARD: OnceLock<Result<Device, Error>> = OnceLock::new();
    match (CARD.get_or_init(|| Device::open(0)), std::env::var_os("BRINELL_TESTS_ON_GPU")) {
        (Ok(card), Some(_)) => vec![card.clone()],
        (Err(error), Some(_)) => panic!("{error}"),
        (card, None) => {
            let mut devices = vec![Device::on_host(Order::Forwards)];
            devices.extend(card.iter().cloned());
            devices
        }
    }
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
