//! The same nets made of the tensor library's own ops, layers and optimiser: what a training step takes without ours.
//! Their gradients are wrong in part (`tests/defects.rs`), so that the time alone is compared, and no bar is set.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{
    AdamW, BatchNorm, Conv1dConfig, Conv2d, Conv2dConfig, Module, ModuleT, Optimizer, ParamsAdamW,
    VarBuilder, VarMap, batch_norm, conv1d, conv2d_no_bias, linear, linear_no_bias,
};

use crate::BUDGET;
use crate::clock::seconds;
use crate::nets::{CLASSES, NETS, Net, numbers};

type Forward = Box<dyn Fn(&Tensor) -> Result<Tensor>>;

fn conv(from: usize, to: usize, kernel: usize, name: &str, vars: &VarBuilder) -> Result<Conv2d> {
    let config = Conv2dConfig { padding: kernel / 2, ..Conv2dConfig::default() };
    conv2d_no_bias(from, to, kernel, config, vars.pp(name))
}

fn norm(channels: usize, name: &str, vars: &VarBuilder) -> Result<BatchNorm> {
    batch_norm(channels, 1e-5, vars.pp(name))
}

fn norm_relu(norm: &BatchNorm, x: &Tensor) -> Result<Tensor> {
    norm.forward_t(x, true)?.relu()
}

fn se_cnn(vars: &VarBuilder) -> Result<Forward> {
    let mut stages = Vec::new();
    for (from, to) in [(1, 32), (32, 64), (64, 128)] {
        let vars = vars.pp(to);
        let fc1 = linear_no_bias(to, to / 16, vars.pp("fc1"))?;
        let fc2 = linear_no_bias(to / 16, to, vars.pp("fc2"))?;
        stages.push((conv(from, to, 3, "conv", &vars)?, norm(to, "norm", &vars)?, fc1, fc2));
    }
    let hidden = linear(128 * 64, 512, vars.pp("hidden"))?;
    let output = linear(512, CLASSES, vars.pp("output"))?;
    Ok(Box::new(move |x| {
        let mut x = x.clone();
        for (conv, norm, fc1, fc2) in &stages {
            x = norm_relu(norm, &conv.forward(&x)?)?;
            let squeezed = fc1.forward(&x.mean((2, 3))?)?.relu()?;
            let gate = candle_nn::ops::sigmoid(&fc2.forward(&squeezed)?)?;
            x = x.broadcast_mul(&gate.unsqueeze(2)?.unsqueeze(3)?)?.max_pool2d(2)?;
        }
        let x = hidden.forward(&x.flatten_from(1)?)?.relu()?;
        output.forward(&candle_nn::ops::dropout(&x, 0.5)?)
    }))
}

fn densenet(vars: &VarBuilder) -> Result<Forward> {
    const GROWTH: usize = 12;
    let first = conv(1, 2 * GROWTH, 3, "conv0", vars)?;
    let (mut channels, mut blocks) = (2 * GROWTH, Vec::new());
    for block in 0..3 {
        let mut layers = Vec::new();
        for layer in 0..6 {
            let vars = vars.pp(block).pp(layer);
            let narrow = (norm(channels, "norm1", &vars)?, conv(channels, 4 * GROWTH, 1, "conv1", &vars)?);
            let wide = (norm(4 * GROWTH, "norm2", &vars)?, conv(4 * GROWTH, GROWTH, 3, "conv2", &vars)?);
            layers.push((narrow, wide));
            channels += GROWTH;
        }
        let vars = vars.pp(block);
        let last = norm(channels, "norm", &vars)?;
        let transition = match block {
            2 => None,
            _ => Some(conv(channels, channels / 2, 1, "conv", &vars)?),
        };
        channels = if transition.is_some() { channels / 2 } else { channels };
        blocks.push((layers, last, transition));
    }
    let output = linear(channels, CLASSES, vars.pp("output"))?;
    Ok(Box::new(move |x| {
        let mut x = first.forward(x)?;
        for (layers, last, transition) in &blocks {
            for ((norm1, conv1), (norm2, conv2)) in layers {
                let y = conv1.forward(&norm_relu(norm1, &x)?)?;
                x = Tensor::cat(&[&x, &conv2.forward(&norm_relu(norm2, &y)?)?], 1)?;
            }
            x = norm_relu(last, &x)?;
            if let Some(transition) = transition {
                x = transition.forward(&x)?.avg_pool2d(2)?;
            }
        }
        output.forward(&x.mean((2, 3))?)
    }))
}

fn wdcnn(vars: &VarBuilder) -> Result<Forward> {
    let mut stages = Vec::new();
    let sizes =
        [(1, 16, 64, 16, 24), (16, 32, 3, 1, 1), (32, 64, 3, 1, 1), (64, 64, 3, 1, 1), (64, 64, 3, 1, 0)];
    for (stage, (from, to, kernel, stride, padding)) in sizes.into_iter().enumerate() {
        let vars = vars.pp(stage);
        let config = Conv1dConfig { stride, padding, ..Conv1dConfig::default() };
        stages.push((conv1d(from, to, kernel, config, vars.pp("conv"))?, norm(to, "norm", &vars)?));
    }
    let hidden = linear(64 * 3, 100, vars.pp("hidden"))?;
    let output = linear(100, CLASSES, vars.pp("output"))?;
    Ok(Box::new(move |x| {
        let mut x = x.clone();
        for (conv, norm) in &stages {
            // The library pools images alone.
            x = norm_relu(norm, &conv.forward(&x)?)?.unsqueeze(2)?.max_pool2d((1, 2))?.squeeze(2)?;
        }
        output.forward(&hidden.forward(&x.flatten_from(1)?)?.relu()?)
    }))
}

/// Forward, backward and one step of Adam.
fn training(net: &Net) -> Result<impl FnMut() + use<>> {
    let map = VarMap::new();
    let vars = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let forward = match net.name {
        "se-cnn" => se_cnn(&vars),
        "densenet" => densenet(&vars),
        _ => wdcnn(&vars),
    }?;
    let mut adam = AdamW::new(map.all_vars(), ParamsAdamW { weight_decay: 0.0, ..ParamsAdamW::default() })?;
    let x = numbers(net.batch, net.input);
    let labels: Vec<u32> = (0..net.batch as u32).map(|i| i % CLASSES as u32).collect();
    let labels = Tensor::from_vec(labels, net.batch, &Device::Cpu)?;
    Ok(move || {
        let loss = forward(&x).and_then(|logits| candle_nn::loss::cross_entropy(&logits, &labels));
        loss.and_then(|loss| adam.backward_step(&loss)).expect("a training step");
    })
}

pub(crate) fn table() {
    println!("\n| training step | ours, ms | candle's own ops, ms | ratio |\n|---|---|---|---|");
    for net in &NETS {
        match training(net) {
            Ok(theirs) => {
                let (ours, theirs) = (seconds(BUDGET, net.training()), seconds(BUDGET, theirs));
                let (title, batch, ratio) = (net.title, net.batch, ours / theirs);
                println!("| {title}, batch {batch} | {:.2} | {:.2} | {ratio:.3} |", ours * 1e3, theirs * 1e3);
            }
            Err(error) => println!("| {} | | {error} | |", net.title),
        }
    }
}
