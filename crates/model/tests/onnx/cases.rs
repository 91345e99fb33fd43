//! The nets that are written: every op, every attention and pool, every net of the list.

use brinell_model::graph::{Conv, Gather, Id, Op, RecurrentKind, Unary};
use brinell_model::ops::Window;
use brinell_model::{
    Architecture, Attention, Draft, Graph, Init, Network, Pass, Pool, Result, Variables, zoo,
};
use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};

use crate::draws::numbers;
use crate::part::drafted;

/// A net with a name.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) network: Network,
    pub(crate) variables: Variables,
}

impl Case {
    fn new(name: impl Into<String>, graph: Graph) -> Self {
        let mut variables = Variables::new(3, DType::F32, &Device::Cpu);
        let network = Network::new(graph, &mut variables).unwrap();
        settle(&variables);
        Self { name: name.into(), network, variables }
    }

    /// What a node gives for one sample.
    pub(crate) fn shape(&self, id: Id) -> Vec<usize> {
        let value = self.network.run(&self.batch(3), &[id], &mut Pass::evaluate()).unwrap();
        value[0].dims()[1..].to_vec()
    }

    /// A batch for it, in which the first sensor is missing from the second sample and all from the third.
    pub(crate) fn batch(&self, samples: usize) -> Tensor {
        let graph = self.network.graph();
        let mut x = (numbers(&[&[samples], graph.input()].concat(), 5) * 2.0).unwrap();
        let channels = graph.nodes().iter().find_map(|node| match node.op {
            Op::Sensors { channels, .. } => Some(channels),
            _ => None,
        });
        if let Some(channels) = channels {
            let mut there = vec![1.0; samples * graph.input()[0]];
            there[graph.input()[0]..][..channels].fill(0.0);
            there[2 * graph.input()[0]..3 * graph.input()[0]].fill(0.0);
            let mut shape = vec![samples, graph.input()[0]];
            shape.resize(x.rank(), 1);
            x = x.broadcast_mul(&Tensor::from_vec(there, shape, &Device::Cpu).unwrap()).unwrap();
        }
        x.to_dtype(DType::F32).unwrap()
    }
}

/// Gives what begins as a constant numbers of its own, as training would: nothing is weighed by 0, and no norm is the
/// identity.
fn settle(variables: &Variables) {
    for (key, (name, var)) in variables.named().enumerate() {
        let old = var.as_detached_tensor();
        let values: Vec<f32> = old.flatten_all().unwrap().to_vec1().unwrap();
        if values.iter().all(|value| *value == values[0]) {
            let noise = (numbers(var.dims(), 100 + key as u64) * 0.4).unwrap().to_dtype(DType::F32).unwrap();
            let new = (old + noise).unwrap();
            assert!(!name.ends_with("var") || values[0] == 1.0, "{name}: a variance has to stay positive");
            var.set(&new).unwrap();
        }
    }
}

type Drafting = fn(&mut Draft, Id) -> Result<Id>;

const SLOPED: Window = Window { kernel: [2, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1] };

fn pool(gather: Gather, ceil: bool, count_padding: bool) -> Op {
    Op::Pool { gather, window: SLOPED, ceil, count_padding }
}

fn several(net: &mut Draft, x: Id, functions: &[Unary]) -> Result<Id> {
    let parts = functions.iter().map(|function| net.unary(*function, x)).collect::<Result<Vec<_>>>()?;
    net.concat(0, &parts)
}

fn ops() -> Vec<(&'static str, Vec<usize>, Drafting)> {
    vec![
        ("convolution of a series", vec![4, 11], |net, x| {
            net.conv("conv", x, &Conv::new(6, 3).stride(2).padding(1).groups(2).bias(true))
        }),
        ("convolution of an image", vec![2, 5, 7], |net, x| {
            let conv =
                Conv { kernel: [2, 3], dilation: [1, 2], padding: [0, 1], stride: [2, 1], ..Conv::new(3, 1) };
            net.conv("conv", x, &conv)
        }),
        ("convolution of every channel alone", vec![6, 9], |net, x| {
            net.conv("conv", x, &Conv { tap_dropout: Some([0.2, 0.5]), ..Conv::same(6, 5).groups(6) })
        }),
        ("linear on a vector", vec![5], |net, x| net.linear("fc", x, 3, true)),
        ("linear on a vector without bias", vec![5], |net, x| net.linear("fc", x, 3, false)),
        ("linear on a series", vec![5, 4], |net, x| net.linear("fc", x, 3, true)),
        ("linear on an image", vec![5, 2, 3], |net, x| net.linear("fc", x, 4, false)),
        ("linear on three axes of positions", vec![5, 2, 6], |net, x| {
            let x = net.reshape(x, &[5, 2, 2, 3])?;
            net.linear("fc", x, 4, true)
        }),
        ("batch norm", vec![3, 4], |net, x| net.norm("norm", x)),
        ("batch norm of a vector", vec![4], |net, x| net.norm("norm", x)),
        ("batch norm with ReLU", vec![3, 2, 3], |net, x| net.norm_relu("norm", x)),
        ("layer norm of a vector", vec![6], |net, x| net.layer_norm("norm", x, 1e-6)),
        ("layer norm of a series", vec![4, 3], |net, x| net.layer_norm("norm", x, 1e-6)),
        ("layer norm of an image", vec![4, 3, 5], |net, x| net.layer_norm("norm", x, 1e-6)),
        ("functions of positive numbers", vec![3, 4], |net, x| {
            let x = net.unary(Unary::Square, x)?;
            let x = net.affine(x, 1.5, 0.5)?;
            several(net, x, &[Unary::Sqrt, Unary::Reciprocal])
        }),
        ("functions of any number", vec![3, 40], |net, x| {
            let x = net.affine(x, 4.0, 0.1)?;
            let functions = [
                Unary::Relu,
                Unary::Sigmoid,
                Unary::Tanh,
                Unary::Gelu,
                Unary::HardSigmoid,
                Unary::HardSwish,
                Unary::GeluTanh,
                Unary::Silu,
                Unary::Relu6,
                Unary::Softplus,
                Unary::LogSigmoid,
                Unary::Elu,
                Unary::LeakyRelu { slope: 0.2 },
                Unary::Abs,
            ];
            several(net, x, &functions)
        }),
        ("parameters for every sample", vec![3, 4], |net, x| {
            let places = net.parameter("places", &[3, 4], Init::Normal { deviation: 1.0 })?;
            let token = net.parameter("token", &[3, 1], Init::Normal { deviation: 1.0 })?;
            let x = net.add(x, places)?;
            net.concat(1, &[token, x])
        }),
        ("one value for all positions", vec![3, 2, 4], |net, x| {
            let mean = net.global_mean(x)?;
            let x = net.sub(x, mean)?;
            let x = net.add(x, mean)?;
            net.mul(x, mean)
        }),
        ("one value for an axis", vec![3, 2, 4], |net, x| {
            let mean = net.along(Gather::Mean, 0, x)?;
            let top = net.along(Gather::Max, 2, x)?;
            let x = net.mul(x, mean)?;
            net.sub(x, top)
        }),
        ("the first of two is stretched", vec![3, 2, 4], |net, x| {
            let rows = net.along(Gather::Mean, 1, x)?;
            let columns = net.along(Gather::Max, 2, x)?;
            net.mul(rows, columns)
        }),
        ("largest of windows", vec![2, 5, 6], |net, x| net.node("p", pool(Gather::Max, false, false), &[x])),
        ("largest of windows up to the end", vec![2, 5, 6], |net, x| {
            net.node("p", pool(Gather::Max, true, false), &[x])
        }),
        ("largest of spread windows up to the end", vec![2, 6, 10], |net, x| {
            let window = Window { kernel: [2, 2], stride: [2, 4], padding: [0, 1], dilation: [1, 5] };
            net.node("p", Op::Pool { gather: Gather::Max, window, ceil: true, count_padding: false }, &[x])
        }),
        ("mean of windows", vec![2, 5, 6], |net, x| net.node("p", pool(Gather::Mean, false, true), &[x])),
        ("mean of windows up to the end", vec![2, 5, 6], |net, x| {
            net.node("p", pool(Gather::Mean, true, true), &[x])
        }),
        ("mean of windows, padding left out", vec![2, 5, 6], |net, x| {
            net.node("p", pool(Gather::Mean, true, false), &[x])
        }),
        ("halving a series", vec![2, 7], |net, x| net.halve("p", x)),
        ("so many means", vec![2, 5, 7], |net, x| {
            net.node("p", Op::AdaptivePool { gather: Gather::Mean, output: [3, 2] }, &[x])
        }),
        ("so many means of one size", vec![2, 6, 8], |net, x| {
            net.node("p", Op::AdaptivePool { gather: Gather::Mean, output: [3, 2] }, &[x])
        }),
        ("so many largest values", vec![2, 7], |net, x| {
            net.node("p", Op::AdaptivePool { gather: Gather::Max, output: [1, 3] }, &[x])
        }),
        ("more windows than places", vec![2, 3], |net, x| {
            net.node("p", Op::AdaptivePool { gather: Gather::Max, output: [1, 5] }, &[x])
        }),
        ("mean and largest of a map", vec![3, 2, 4], |net, x| {
            let mean = net.global_mean(x)?;
            let top = net.global_max(x)?;
            net.concat(0, &[mean, top])
        }),
        ("slices in another order", vec![2, 5], |net, x| {
            let behind = net.slice(x, 1, 3, 2)?;
            let before = net.slice(x, 1, 0, 3)?;
            net.concat(1, &[behind, before])
        }),
        ("zeros around", vec![2, 3, 2], |net, x| {
            net.node("pad", Op::Pad { axis: 1, before: 1, behind: 2 }, &[x])
        }),
        ("attention over positions", vec![3, 5], |net, x| {
            let turned = net.permute(x, &[1, 0])?;
            let weights = net.matmul(turned, x)?;
            let weights = net.softmax(weights, 0)?;
            net.matmul(x, weights)
        }),
        ("products of four axes", vec![4, 6], |net, x| {
            let x = net.reshape(x, &[2, 2, 2, 3])?;
            let turned = net.permute(x, &[0, 1, 3, 2])?;
            let weights = net.matmul(turned, x)?;
            net.softmax(weights, 3)
        }),
        ("dropout", vec![3, 4], |net, x| net.dropout("dropout", x, 0.4)),
        ("shrinkage by channel", vec![3, 5, 2], |net, x| {
            let size = net.unary(Unary::Abs, x)?;
            let threshold = net.global_mean(size)?;
            let threshold = net.affine(threshold, 0.7, 0.0)?;
            net.node("shrink", Op::SoftThreshold, &[x, threshold])
        }),
        ("shrinkage by sample", vec![3, 5], |net, x| {
            let size = net.unary(Unary::Abs, x)?;
            let threshold = net.global_mean(size)?;
            let threshold = net.along(Gather::Max, 0, threshold)?;
            net.node("shrink", Op::SoftThreshold, &[x, threshold])
        }),
        ("thresholds below 0", vec![3, 5], |net, x| {
            let mean = net.global_mean(x)?;
            let size = net.unary(Unary::Abs, mean)?;
            let threshold = net.affine(size, -1.0, -0.3)?;
            net.node("shrink", Op::SoftThreshold, &[x, threshold])
        }),
        ("sensors", vec![6, 5], |net, x| {
            net.node("sensors", Op::Sensors { channels: 2, dropout: 0.3 }, &[x])
        }),
        ("sensors in images", vec![3, 2, 4], |net, x| {
            net.node("sensors", Op::Sensors { channels: 1, dropout: 0.0 }, &[x])
        }),
        ("gated recurrent units", vec![3, 7], |net, x| net.recurrent("gru", x, RecurrentKind::Gru, 4, false)),
        ("gated recurrent units both ways", vec![3, 7], |net, x| {
            net.recurrent("gru", x, RecurrentKind::Gru, 4, true)
        }),
        ("long short-term memory", vec![3, 7], |net, x| {
            net.recurrent("lstm", x, RecurrentKind::Lstm, 4, false)
        }),
        ("long short-term memory both ways", vec![3, 7], |net, x| {
            net.recurrent("lstm", x, RecurrentKind::Lstm, 4, true)
        }),
    ]
}

/// Every kind of attention with its defaults.
fn attentions() -> impl Iterator<Item = Attention> {
    Attention::kinds().iter().map(|kind| serde_json::from_value(kind.name.into()).unwrap())
}

fn pools() -> Vec<Pool> {
    let windows = json!([2, 3]);
    let recurrent = |kind, both_ways| json!({"kind": kind, "hidden": 5, "units": 4, "both_ways": both_ways});
    let pools = [
        json!("mean"),
        json!("max"),
        json!("mean-max"),
        json!({"kind": "adaptive-mean", "windows": windows}),
        json!({"kind": "adaptive-max", "windows": windows}),
        json!("attention"),
        recurrent("gru-attention", false),
        recurrent("lstm-attention", true),
    ];
    pools.into_iter().map(|pool| serde_json::from_value(pool).unwrap()).collect()
}

/// A net of the list, made small where it is large.
fn listed() -> Vec<Case> {
    let small = |name: &str| match name {
        "densenet-100" => json!({"growth": 4, "blocks": [3, 3, 3]}),
        "densenet-121" => json!({"growth": 4, "blocks": [3, 4, 5, 3]}),
        "epsanet-50" => json!({"width": 16}),
        "resnet" | "resnet-se" => json!({"width": 8}),
        _ => json!({}),
    };
    zoo()
        .iter()
        .map(|model| {
            let mut net = serde_json::to_value(&model.architecture).unwrap();
            let fields = net.as_object_mut().unwrap();
            fields.extend(small(model.name).as_object().unwrap().clone());
            let most = if model.input.len() == 3 { 64 } else { 2048 };
            let input: Vec<usize> = model.input.iter().map(|len| (*len).min(most)).collect();
            Case::new(model.name, architecture(net).draft(&input, model.classes).unwrap())
        })
        .collect()
}

fn architecture(net: Value) -> Architecture {
    serde_json::from_value(net).unwrap()
}

/// All nets.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = listed();
    cases.extend(ops().into_iter().map(|(name, input, draft)| Case::new(name, drafted(&input, draft))));
    for input in [&[16, 12][..], &[16, 6, 8]] {
        for attention in attentions() {
            let graph = drafted(input, |net, x| {
                let x = net.conv("stem", x, &Conv::same(16, 3))?;
                attention.conv(net, "block", x, &Conv::same(16, 3))
            });
            cases.push(Case::new(format!("{} {input:?}", attention.name()), graph));
        }
        // A recurrent pool takes series.
        let takes_images = |pool: &Pool| !matches!(pool, Pool::GruAttention(_) | Pool::LstmAttention(_));
        for pool in pools().into_iter().filter(|pool| input.len() == 2 || takes_images(pool)) {
            let graph = drafted(input, |net, x| pool.draft(net, "pool", x));
            cases.push(Case::new(format!("{pool:?} {input:?}"), graph));
        }
    }
    for attention in attentions() {
        for net in [
            json!({"name": "resnet", "width": 16, "blocks": [1, 2], "attention": attention}),
            json!({"name": "densenet", "growth": 4, "blocks": [2, 2], "attention": attention}),
        ] {
            let graph = architecture(net.clone()).draft(&[2, 24, 20], 4).unwrap();
            cases.push(Case::new(format!("{} {}", net["name"], attention.name()), graph));
        }
    }
    for pool in pools() {
        let net = json!({"name": "cnn-bilstm", "pool": pool, "outputs": {"severity": 1, "load": 3}});
        let graph = architecture(net).draft(&[3, 24], 4).unwrap();
        cases.push(Case::new(format!("cnn-bilstm {pool:?}"), graph));
    }
    let net = json!({"name": "sensors", "channels": 2, "net": {"name": "wdcnn", "widths": [4, 4]}});
    cases.push(Case::new("sensors wdcnn", architecture(net).draft(&[6, 512], 4).unwrap()));
    cases
}
