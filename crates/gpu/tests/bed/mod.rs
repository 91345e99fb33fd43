//! What the tests of kernels share: numbers on a device, laid out with gaps between samples, and both orders of threads.

#![allow(dead_code, reason = "not every test needs all of it")]

use brinell_gpu::{At, Buffer, Device, Launch, Target, View};

#[path = "../devices/mod.rs"]
mod devices;

/// What stands between samples, and where results go.
pub(crate) const GAP: f32 = 99.0;

/// A device with buffers.
pub(crate) struct Bed {
    device: Device,
    buffers: Vec<Buffer>,
}

impl Bed {
    /// Numbers in a buffer of their own, not at its begin.
    pub(crate) fn put(&mut self, values: &[f32]) -> At {
        let buffer = self.device.zeros(values.len() + 3).unwrap();
        self.device.upload(&buffer, 3, values).unwrap();
        self.buffers.push(buffer);
        At { buffer: (self.buffers.len() - 1) as u8, offset: 3 }
    }

    /// Room for so many numbers.
    pub(crate) fn room(&mut self, len: usize) -> At {
        self.put(&vec![GAP; len])
    }

    /// Samples with gaps between them.
    pub(crate) fn view(&mut self, values: &[f32], sample: usize) -> View {
        let pitch = sample + 5;
        let mut spread = vec![GAP; values.len() / sample * pitch];
        for (to, from) in spread.chunks_mut(pitch).zip(values.chunks(sample)) {
            to[..sample].copy_from_slice(from);
        }
        View { at: self.put(&spread), pitch }
    }

    /// Room for samples.
    pub(crate) fn open(&mut self, batch: usize, sample: usize) -> View {
        self.view(&vec![GAP; batch * sample], sample)
    }

    /// A target over what is there.
    pub(crate) fn target(&mut self, old: &[f32], sample: usize, add: bool) -> Target {
        Target { view: self.view(old, sample), add }
    }

    pub(crate) fn run(&self, launches: &[Launch]) {
        self.device.run(launches, &self.buffers.iter().collect::<Vec<_>>()).unwrap();
    }

    pub(crate) fn take(&self, at: At, len: usize) -> Vec<f32> {
        let mut found = vec![0.0; len];
        self.device.download(&self.buffers[usize::from(at.buffer)], at.offset, &mut found).unwrap();
        found
    }

    /// The samples of a view; the gaps must be as they were.
    pub(crate) fn samples(&self, view: View, batch: usize, sample: usize) -> Vec<f32> {
        let all = self.take(view.at, batch * view.pitch);
        for rows in all.chunks(view.pitch) {
            assert!(
                rows[sample..].iter().all(|value| *value == GAP),
                "something was written behind a sample"
            );
        }
        all.chunks(view.pitch).flat_map(|rows| rows[..sample].to_vec()).collect()
    }
}

/// What `work` gives with the threads of a block in either order: the same bits.
pub(crate) fn in_both_orders(work: impl Fn(&mut Bed) -> Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let [one, other] = devices::two().map(|device| work(&mut Bed { device, buffers: Vec::new() }));
    let bits = |all: &[Vec<f32>]| -> Vec<Vec<u32>> {
        all.iter().map(|values| values.iter().map(|value| value.to_bits()).collect()).collect()
    };
    assert!(bits(&one) == bits(&other), "the order of threads shows");
    one
}

/// Numbers between -1 and 1 that look like chance.
pub(crate) fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1 << 23) as f32) - 1.0
    };
    (0..len).map(|_| next()).collect()
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// Agreement to 1e-5 of the largest value, or of a tenth: what goes in is about 1; NaN and infinities where they are expected.
pub(crate) fn agree(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale =
        expected.iter().filter(|value| value.is_finite()).fold(0.1, |most, value| value.abs().max(most));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let found = f64::from(*found);
        let same = (found - expected).abs() <= 1e-5 * scale
            || found == *expected
            || (found.is_nan() && expected.is_nan());
        assert!(same, "{what}: {found} in place of {expected} at {i}, scale {scale}");
    }
}

/// What a target holds when `values` went to it.
pub(crate) fn upon(old: &[f32], values: &[f64], add: bool) -> Vec<f64> {
    old.iter().zip(values).map(|(old, value)| if add { f64::from(*old) + value } else { *value }).collect()
}
