//! Numbers for inputs, the same in every run.

use candle_core::{Device, Tensor};

/// Numbers between -1 and 1 with no two equal in one tensor, from a key.
pub(crate) fn numbers(shape: &[usize], key: u64) -> Tensor {
    let count: usize = shape.iter().product();
    let mut state = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    let values: Vec<f64> = (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}
