//! Numbers for tests of kernels, and what runs them.
#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs")]

use brinell_gpu::{At, Device, Launch, Target, View};

#[path = "../devices/mod.rs"]
mod devices;

/// The begin of a buffer.
pub(crate) fn at(buffer: u8) -> At {
    At { buffer, offset: 0 }
}

pub(crate) fn view(buffer: u8, pitch: usize) -> View {
    View { at: at(buffer), pitch }
}

pub(crate) fn target(buffer: u8, pitch: usize, add: bool) -> Target {
    Target { view: view(buffer, pitch), add }
}

/// Numbers between -2 and 2 that look like chance.
pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / 8_388_608.0 - 1.0) * 2.0
    };
    (0..8).for_each(|_| {
        next();
    });
    (0..count).map(|_| next()).collect()
}

/// What stands between samples.
pub(crate) const GAP: f32 = 12_345.0;

/// Samples of `count` numbers a pitch apart.
pub(crate) fn apart(values: &[f32], count: usize, pitch: usize) -> Vec<f32> {
    let mut found = Vec::new();
    for sample in values.chunks(count) {
        found.extend_from_slice(sample);
        found.resize(found.len() + pitch - count, GAP);
    }
    found
}

/// The way back; what stands between must not have changed.
pub(crate) fn together(values: &[f32], count: usize, pitch: usize) -> Vec<f64> {
    let mut found = Vec::new();
    for sample in values.chunks(pitch) {
        found.extend(sample[..count].iter().map(|value| f64::from(*value)));
        assert!(sample[count..].iter().all(|value| *value == GAP), "something was written between samples");
    }
    found
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// All buffers after the launches, which are run in both orders and must give the same bits.
pub(crate) fn run(buffers: &[Vec<f32>], launches: &[Launch]) -> Vec<Vec<f32>> {
    let of = |device: Device| {
        let held: Vec<_> = buffers.iter().map(|values| device.zeros(values.len()).unwrap()).collect();
        for (buffer, values) in held.iter().zip(buffers) {
            device.upload(buffer, 0, values).unwrap();
        }
        device.run(launches, &held.iter().collect::<Vec<_>>()).unwrap();
        let found = held.iter().map(|buffer| {
            let mut values = vec![0.0; buffer.len()];
            device.download(buffer, 0, &mut values).unwrap();
            values
        });
        found.collect::<Vec<_>>()
    };
    let [found, other] = devices::two().map(of);
    for (number, (one, two)) in found.iter().zip(&other).enumerate() {
        let same = one.iter().zip(two).all(|(one, two)| one.to_bits() == two.to_bits());
        assert!(same, "buffer {number} depends on the order of threads");
    }
    found
}

/// Agreement to 1e-5 of the largest number expected, or of 1.
pub(crate) fn close(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let near = (found - expected).abs() <= 1e-5 * scale || (found.is_nan() && expected.is_nan());
        assert!(near, "{what}: {found} in place of {expected} at {place}");
    }
}
