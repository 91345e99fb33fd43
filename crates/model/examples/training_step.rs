//! Times one training step (forward, backward, Adam) of the nets with 1 and 2 threads, and how
//! long each op of them takes forward and backward.
//!
//! `cargo run --release -p brinell-model --example training_step`
//!
//! Set `CANDLE_NUM_THREADS=1` for a fair reading with 1 thread: the tensor library adds gradients
//! in a thread pool of its own. The C library's allocator gives blocks of 32 MiB and more back at
//! once, and fetching them anew costs more than filling them: a program that trains should use an
//! allocator that keeps freed memory (the effect: run this with
//! `MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592`).
#![allow(clippy::print_stdout)]

use std::time::Instant;

use brinell_model::ops::{
    Conv1d, Conv2d, MaxPool, Statistics, batch_norm, channel_statistics, conv1d, conv2d, gated_max_pool,
    global_average, linear, max_pool,
};
use brinell_model::{
    Adam, AdamParams, Architecture, CrossEntropy, Pass, Result, SeCnn, Variables, Wdcnn, cross_entropy,
};
use candle_core::{DType, Device, Tensor, Var};

const BATCH: usize = 64;

fn numbers(shape: &[usize], key: f32) -> Result<Tensor> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37 + key).sin()).collect();
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Median and least milliseconds of `runs` calls after two that warm up.
fn time(runs: usize, mut call: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    call()?;
    call()?;
    let mut times = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times[0]))
}

fn step(name: &str, architecture: &Architecture, input: &[usize]) -> Result<()> {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let net = architecture.build(input, 10, &mut variables)?;
    let mut shape = vec![BATCH];
    shape.extend_from_slice(input);
    let x = numbers(&shape, 0.0)?;
    let labels: Vec<u32> = (0..BATCH as u32).map(|i| i % 10).collect();
    let mut adam = Adam::new(AdamParams::default())?;
    let mut at = 0;
    let mut parts = [0.0; 3];
    let runs = 15;
    let (median, least) = time(runs, || {
        let start = Instant::now();
        let logits = net.forward(&x, &mut Pass::train(1, at))?;
        let loss = cross_entropy(&logits, &labels, &CrossEntropy::default())?;
        let forward = Instant::now();
        let gradients = loss.backward()?;
        let backward = Instant::now();
        adam.step(&variables, &gradients)?;
        at += 1;
        for (part, (from, to)) in
            parts.iter_mut().zip([(start, forward), (forward, backward), (backward, Instant::now())])
        {
            *part += (to - from).as_secs_f64() * 1e3 / (runs + 2) as f64;
        }
        Ok(())
    })?;
    let (inference, _) = time(runs, || {
        net.forward(&x.detach(), &mut Pass::evaluate())?;
        Ok(())
    })?;
    println!(
        "{name:22} step {median:7.1} ms (least {least:.1}; mean forward {:.1}, backward {:.1}, Adam {:.1}); evaluate {inference:.1} ms",
        parts[0], parts[1], parts[2]
    );
    Ok(())
}

/// Times an op forward and its gradient (both with the library's bookkeeping).
fn op(name: &str, vars: &[&Var], call: impl Fn() -> Result<Tensor>) -> Result<()> {
    let (forward, _) = time(9, || call().map(|_| ()))?;
    let y = call()?;
    let (backward, _) = time(9, || {
        let gradients = y.backward()?;
        assert!(vars.iter().all(|var| gradients.get(var).is_some()));
        Ok(())
    })?;
    println!("  {name:34} forward {forward:6.2} ms   backward {backward:6.2} ms");
    Ok(())
}

fn ops_of_images(size: usize) -> Result<()> {
    println!("ops of SE-CNN, 1x{size}x{size}, batch {BATCH}");
    let mut inputs = 1;
    let mut n = size;
    for channels in [32, 64, 128] {
        let x = numbers(&[BATCH, inputs, n, n], 0.1)?;
        let input = Var::from_tensor(&x)?;
        let weight = Var::from_tensor(&numbers(&[channels, inputs, 3, 3], 0.2)?)?;
        let parameters = Conv2d { padding: [1, 1], ..Conv2d::default() };
        if inputs == 1 {
            op(&format!("conv {inputs}->{channels} at {n}"), &[&weight], || {
                conv2d(&x, &weight, None, &parameters)
            })?;
        } else {
            op(&format!("conv {inputs}->{channels} at {n}"), &[&input, &weight], || {
                conv2d(&input, &weight, None, &parameters)
            })?;
        }
        let map = Var::from_tensor(&numbers(&[BATCH, channels, n, n], 0.3)?)?;
        let gamma = Var::from_tensor(&numbers(&[channels], 0.4)?)?;
        let beta = Var::from_tensor(&numbers(&[channels], 0.5)?)?;
        op(&format!("batch norm + ReLU {channels} at {n}"), &[&map, &gamma, &beta], || {
            let of = channel_statistics(&map)?;
            batch_norm(&map, &gamma, &beta, &of, Statistics::OfThisBatch, 1e-5, true)
        })?;
        let gate = Var::from_tensor(&numbers(&[BATCH, channels], 0.6)?)?;
        let pool = MaxPool::image([2, 2], [2, 2], [0, 0]);
        op(&format!("average {channels} at {n}"), &[&map], || global_average(&map))?;
        op(&format!("gate + max pool {channels} at {n}"), &[&map, &gate], || {
            gated_max_pool(&map, &gate, &pool)
        })?;
        inputs = channels;
        n /= 2;
    }
    let flat = inputs * n * n;
    let x = Var::from_tensor(&numbers(&[BATCH, flat], 0.1)?)?;
    let weight = Var::from_tensor(&numbers(&[512, flat], 0.2)?)?;
    let bias = Var::from_tensor(&numbers(&[512], 0.2)?)?;
    op(&format!("linear {flat}->512"), &[&x, &weight, &bias], || linear(&x, &weight, Some(&bias)))
}

fn ops_of_series() -> Result<()> {
    println!("ops of WDCNN, 2048 samples, batch {BATCH}");
    let mut inputs = 1;
    let mut length = 2048;
    for (i, channels) in [16, 32, 64, 64, 64].into_iter().enumerate() {
        let (kernel, stride, padding) = match i {
            0 => (64, 16, 24),
            4 => (3, 1, 0),
            _ => (3, 1, 1),
        };
        let x = Var::from_tensor(&numbers(&[BATCH, inputs, length], 0.1)?)?;
        let weight = Var::from_tensor(&numbers(&[channels, inputs, kernel], 0.2)?)?;
        let parameters = Conv1d { stride, padding, ..Conv1d::default() };
        op(&format!("conv {inputs}->{channels} at {length}"), &[&x, &weight], || {
            conv1d(&x, &weight, None, &parameters)
        })?;
        length = (length + 2 * padding - kernel) / stride + 1;
        let map = Var::from_tensor(&numbers(&[BATCH, channels, length], 0.3)?)?;
        let gamma = Var::from_tensor(&numbers(&[channels], 0.4)?)?;
        op(&format!("batch norm + ReLU {channels} at {length}"), &[&map, &gamma], || {
            let of = channel_statistics(&map)?;
            batch_norm(&map, &gamma, &gamma, &of, Statistics::OfThisBatch, 1e-5, true)
        })?;
        let pool = MaxPool::series(2, 2, 0);
        op(&format!("max pool {channels} at {length}"), &[&map], || max_pool(&map, &pool))?;
        inputs = channels;
        length /= 2;
    }
    Ok(())
}

fn measure() -> Result<()> {
    let se_cnn = Architecture::SeCnn(SeCnn::default());
    let wdcnn = Architecture::Wdcnn(Wdcnn::default());
    step("SE-CNN 1x32x32", &se_cnn, &[1, 32, 32])?;
    step("SE-CNN 1x64x64", &se_cnn, &[1, 64, 64])?;
    step("SE-CNN 4x8x32", &se_cnn, &[4, 8, 32])?;
    step("WDCNN 2048", &wdcnn, &[1, 2048])?;
    ops_of_images(64)?;
    ops_of_series()
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    for threads in [1, 2] {
        println!("{threads} thread(s)");
        rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(measure)?;
    }
    Ok(())
}
