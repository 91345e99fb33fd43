//! A linear layer's way forward.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::{Kernel, Linear};
use numbers::{GAP, apart, at, close, numbers, run, together, view, wide};

/// Against sums in f64; the kernels it took.
fn check(linear: Linear, bias: bool) -> Vec<Kernel> {
    let Linear { batch, inputs, outputs } = linear;
    let (x, weight, offsets) =
        (numbers(1, batch * inputs), numbers(2, outputs * inputs), numbers(3, outputs));
    let launches =
        linear.forward(view(0, inputs + 2), at(1), bias.then_some(at(2)), view(3, outputs + 3), at(4));
    let buffers = [
        apart(&x, inputs, inputs + 2),
        weight.clone(),
        offsets.clone(),
        apart(&vec![GAP; batch * outputs], outputs, outputs + 3),
        vec![f32::NAN; linear.scratch()],
    ];
    let found = together(&run(&buffers, &launches)[3], outputs, outputs + 3);
    let (x, weight, offsets) = (wide(&x), wide(&weight), wide(&offsets));
    let expected: Vec<f64> = (0..batch * outputs)
        .map(|i| {
            let (row, column) = (i / outputs * inputs, i % outputs);
            let sum: f64 = (0..inputs).map(|k| x[row + k] * weight[column * inputs + k]).sum();
            if bias { sum + offsets[column] } else { sum }
        })
        .collect();
    close(&format!("{linear:?}"), &found, &expected);
    launches.iter().map(|launch| launch.kernel).collect()
}

#[test]
fn linear_layers_are_right_with_and_without_a_bias() {
    for [batch, inputs, outputs] in [[1, 1, 1], [3, 40, 10], [33, 100, 65], [70, 20, 130]] {
        for bias in [false, true] {
            let kernels = check(Linear { batch, inputs, outputs }, bias);
            assert!(!kernels.contains(&Kernel::SumParts));
        }
    }
}

#[test]
fn long_sums_of_few_results_are_split() {
    for bias in [false, true] {
        let kernels = check(Linear { batch: 5, inputs: 2000, outputs: 7 }, bias);
        assert!(kernels.contains(&Kernel::SumParts));
    }
    let wide = Linear { batch: 64, inputs: 8192, outputs: 512 };
    assert!(wide.scratch() >= 8 * 64 * 512);
}
