//! The 3×3 convolution beside what the core can multiply and add at most.

use std::hint::black_box;
use std::time::{Duration, Instant};

use brinell_model::ops::{Conv2d, conv2d};
use candle_core::{DType, Device, Tensor, Var};

const BUDGET: Duration = Duration::from_millis(1500);

/// The least seconds of one call: what the core does when nothing disturbs it, as the bound beside it is meant.
fn seconds(budget: Duration, mut work: impl FnMut()) -> f64 {
    let (mut least, end) = (f64::INFINITY, Instant::now() + budget);
    while Instant::now() < end {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed().as_secs_f64());
    }
    least
}

/// Multiply-adds a second of `f32` in vectors, all from registers.
fn most() -> f64 {
    const CHAINS: usize = 16;
    const ROUNDS: usize = 4096;
    struct Chains;
    impl pulp::WithSimd for Chains {
        type Output = f64;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) -> f64 {
            let (factor, offset) = (simd.splat_f32s(black_box(0.999_9)), simd.splat_f32s(black_box(1e-4)));
            let mut chains = [simd.splat_f32s(1.0); CHAINS];
            for _ in 0..ROUNDS {
                for chain in &mut chains {
                    *chain = simd.mul_add_f32s(*chain, factor, offset);
                }
            }
            black_box(chains);
            (CHAINS * ROUNDS * S::F32_LANES) as f64
        }
    }
    let arch = pulp::Arch::new();
    let count = arch.dispatch(Chains);
    count
        / seconds(BUDGET, || {
            black_box(arch.dispatch(Chains));
        })
}

pub(crate) fn table() {
    let most = most();
    println!("\nThe core's bound, measured here: {:.1} G multiply-adds a second.", most / 1e9);
    println!(
        "\n| convolution 3×3, batch 64 | size | ms | share of the bound | at least | |\n|---|---|---|---|---|---|"
    );
    for (from, to, size) in [(32, 64, 32), (64, 128, 16), (48, 12, 64)] {
        let batch = 64;
        let random = |shape: &[usize]| Tensor::rand(-1.0_f32, 1.0, shape, &Device::Cpu).expect("numbers");
        let x = Var::from_tensor(&random(&[batch, from, size, size])).expect("an input");
        let weight = Var::from_tensor(&random(&[to, from, 3, 3])).expect("a weight");
        let conv = Conv2d { padding: [1, 1], ..Conv2d::default() };
        let work = (batch * from * to * size * size * 9) as f64;
        let forward = |x: &Tensor, weight: &Tensor| conv2d(x, weight, None, &conv).expect("a convolution");
        let (still, fixed) = (x.as_detached_tensor(), weight.as_detached_tensor());
        let time = seconds(BUDGET, || drop(forward(&still, &fixed)));
        let gradient = Tensor::ones((batch, to, size, size), DType::F32, &Device::Cpu).expect("ones");
        // A backward pass of the sum of products; what is measured is the pass less the product.
        let backward = |x: &Tensor, weight: &Tensor| {
            let y = forward(x, weight);
            seconds(BUDGET, || drop((&y * &gradient).and_then(|y| y.sum_all()?.backward())))
        };
        let plain = Var::from_tensor(&gradient).expect("ones");
        let product = seconds(BUDGET, || {
            drop((plain.as_tensor() * &gradient).and_then(|y| y.sum_all()?.backward()));
        });
        for (name, time) in [
            ("forward", time),
            ("input gradient", backward(&x, &fixed) - product),
            ("weight gradient", backward(&still, &weight) - product),
        ] {
            let share = work / time / most;
            let outcome = if share >= 0.6 { "met" } else { "missed" };
            println!(
                "| {name}, {from} → {to} | {size}×{size} | {:.2} | {share:.2} | 0.6 | {outcome} |",
                time * 1e3
            );
        }
    }
}
