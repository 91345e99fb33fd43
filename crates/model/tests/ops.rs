//! Every op against PyTorch's numbers: values, gradients and running statistics, in `f64` and `f32`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod part;
mod reference;

use std::collections::BTreeMap;

use brinell_model::graph::{Conv, Draft, Gather, Id, Norm, RecurrentKind, Unary};
use brinell_model::ops::{
    AveragePool, MaxPool, Window, adaptive_pool, average_pool, conv_transpose1d, elementwise, group_norm,
    largest, layer_norm, leaky, log_softmax, log_sum_exp, max_pool, softmax,
};
use brinell_model::{Pass, Result, Variables};
use candle_core::{DType, Tensor, Var};
use part::Part;
use reference::{Case, Outcome, Reference};
use serde_json::Value;

/// A number for every axis as (height, width): a series has height 1.
fn pair(case: &Case, key: &str, height: usize) -> [usize; 2] {
    let value = &case.about["params"][key];
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    match value {
        Value::Array(list) if list.len() == 2 => [number(&list[0]), number(&list[1])],
        Value::Array(list) => [height, number(&list[0])],
        value if images(case) => [number(value); 2],
        value => [height, number(value)],
    }
}

fn images(case: &Case) -> bool {
    case.input().len() == 3
}

fn window(case: &Case) -> Window {
    let dilation =
        if case.about["params"]["dilation"].is_null() { [1; 2] } else { pair(case, "dilation", 1) };
    Window {
        kernel: pair(case, "kernel", 1),
        stride: pair(case, "stride", 1),
        padding: pair(case, "padding", 0),
        dilation,
    }
}

fn convolution(case: &Case) -> Outcome {
    let Window { kernel, stride, padding, dilation } = window(case);
    let channels = case.stored("p.weight").unwrap().0[0];
    let groups = case.number("groups") as usize;
    let conv =
        Conv { kernel, stride, padding, dilation, groups, bias: case.flag("bias"), ..Conv::new(channels, 1) };
    layer(case, |net, x| net.conv("n", x, &conv))
}

/// A layer called `n` on its own.
fn layer(case: &Case, draft: impl FnOnce(&mut Draft, Id) -> Result<Id>) -> Outcome {
    let part = Part::new(case.dtype, case.input(), draft);
    case.module(&part.variables, |name| format!("n.{name}"), |x, pass| part.forward(x, pass))
}

/// An op on its own with the stored parameters.
fn with_parameters(case: &Case, op: impl Fn(&Tensor, &BTreeMap<&str, &Var>) -> Result<Tensor>) -> Outcome {
    let variables: Variables = case.variables();
    let vars: BTreeMap<&str, &Var> = variables.trainable().collect();
    case.module(&variables, str::to_owned, |x, _: &mut Pass| op(x, &vars))
}

fn recurrent(case: &Case, kind: RecurrentKind, layers: usize, both_ways: bool) -> Outcome {
    let hidden = case.stored("p.rnn.weight_hh_l0").unwrap().0[1];
    // The numbers are of [time, features].
    let part = Part::new(case.dtype, case.input(), |net, x| {
        let mut x = net.permute(x, &[1, 0])?;
        for layer in 0..layers {
            x = net.recurrent(&format!("layer{layer}"), x, kind, hidden, both_ways)?;
        }
        net.permute(x, &[1, 0])
    });
    let name = |stored: &str| {
        let stored = stored.strip_prefix("rnn.").unwrap();
        let layer = if stored.contains("_l1") { 1 } else { 0 };
        format!("layer{layer}.{}", stored.replace("_l1", "_l0"))
    };
    case.module(&part.variables, name, |x, pass| part.forward(x, pass))
}

fn adaptive(case: &Case, gather: Gather) -> Outcome {
    let input = case.input();
    let size = |axis: usize| if images(case) { input[1 + axis] } else { [1, input[1]][axis] };
    let wanted = |value: &Value, axis| value.as_u64().map_or(size(axis), |n| n as usize);
    let output = match &case.about["params"]["out"] {
        Value::Array(list) => [wanted(&list[0], 0), wanted(&list[1], 1)],
        value if images(case) => [wanted(value, 0), wanted(value, 1)],
        value => [1, wanted(value, 1)],
    };
    case.function(|x| adaptive_pool(x, gather, output))
}

fn activation(case: &Case) -> Outcome {
    let function = match case.about["function"].as_str().unwrap() {
        "relu" => Unary::Relu,
        "sigmoid" => Unary::Sigmoid,
        "tanh" => Unary::Tanh,
        "silu" => Unary::Silu,
        "gelu" => Unary::Gelu,
        "gelu_tanh" => Unary::GeluTanh,
        "hardsigmoid" => Unary::HardSigmoid,
        "hardswish" => Unary::HardSwish,
        "relu6" => Unary::Relu6,
        "softplus" => Unary::Softplus,
        "leaky_relu_001" => Unary::LeakyRelu { slope: 0.01 },
        "elu" => Unary::Elu,
        "abs" => Unary::Abs,
        "logsigmoid" => Unary::LogSigmoid,
        other => panic!("{other} is not known here"),
    };
    // PyTorch's slope of this one is 1/6 rounded to single precision whatever the number type; ours is not.
    let slack = if function == Unary::HardSigmoid { 1e-8 } else { 0.0 };
    let case = &Case { name: case.name.clone(), tolerance: case.tolerance.max(slack), ..*case };
    case.function(|x| elementwise(x, function))
}

/// Two conventions exist for the slope of equal largest values. Ours gives it to the first; here the other one is held
/// against ours: the same values, the same sum of slopes, another split.
fn shared_ties(case: &Case) -> Outcome {
    let x = Var::from_tensor(&case.tensor("x"))?;
    let y = largest(&x, 1)?.squeeze(1)?;
    case.compare("y", &y);
    let gradients = (y * case.tensor("up"))?.sum_all()?.backward()?;
    let (ours, shared) = (gradients.get(&x).unwrap(), case.tensor("g.x"));
    let difference = |a: &Tensor, b: &Tensor| -> Result<f64> {
        Ok((a - b)?.abs()?.max_all()?.to_dtype(DType::F64)?.to_scalar()?)
    };
    assert!(difference(&ours.sum(1)?, &shared.sum(1)?)? <= case.tolerance);
    assert!(difference(ours, &shared)? > 0.1, "the case holds ties");
    Ok(())
}

#[test]
fn every_op_agrees_with_pytorch() {
    Reference::read("ops").every(|case| {
        let name = case.name.as_str();
        let kind = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        match kind {
            "conv2d" | "conv1d" => convolution(case),
            "convt1d" => {
                let [stride, padding] = ["stride", "padding"].map(|key| case.number(key) as usize);
                with_parameters(case, |x, p| {
                    conv_transpose1d(x, p["weight"], Some(p["bias"].as_tensor()), stride, padding)
                })
            }
            "max_pool2d" | "max_pool1d" => {
                let pool = MaxPool { window: window(case), ceil: case.flag("ceil_mode") };
                case.function(|x| max_pool(x, &pool))
            }
            "avg_pool2d" | "avg_pool1d" => {
                let (ceil, count_padding) = (case.flag("ceil_mode"), case.flag("count_include_pad"));
                let pool = AveragePool { window: window(case), ceil, count_padding };
                case.function(|x| average_pool(x, &pool))
            }
            "adaptive_avg_pool2d" | "adaptive_avg_pool1d" => adaptive(case, Gather::Mean),
            "adaptive_max_pool2d" | "adaptive_max_pool1d" => adaptive(case, Gather::Max),
            "amax_ties" => shared_ties(case),
            "max_dim_ties" => case.function(|x| Ok(largest(x, 1)?.squeeze(1)?)),
            "softmax_large" => case.function(|x| softmax(x, 1)),
            "softmax_dim" => case.function(|x| softmax(x, 2)),
            "log_softmax_large" => case.function(|x| log_softmax(x, 1)),
            "logsumexp" => case.function(|x| Ok(log_sum_exp(x, 1)?.squeeze(1)?)),
            "concat_slice" => {
                case.function(|x| Ok(Tensor::cat(&[x.clone(), (x * 2.0)?], 1)?.narrow(1, 1, 4)?))
            }
            "layernorm" => with_parameters(case, |x, p| {
                // The numbers are normalised over their last axis; ours is the second.
                let x = x.transpose(1, 2)?.contiguous()?;
                Ok(layer_norm(&x, p["weight"], p["bias"], case.number("eps"))?.transpose(1, 2)?)
            }),
            "groupnorm" => with_parameters(case, |x, p| {
                group_norm(x, case.number("num_groups") as usize, p["weight"], p["bias"], case.number("eps"))
            }),
            "linear" => layer(case, |net, x| net.linear("n", x, 3, true)),
            "prelu" => with_parameters(case, |x, p| leaky(x, &p["weight"].reshape((1, 3, 1))?)),
            "gru" if name == "gru2" => recurrent(case, RecurrentKind::Gru, 2, false),
            "gru" => recurrent(case, RecurrentKind::Gru, 1, false),
            "lstm" => recurrent(case, RecurrentKind::Lstm, 1, false),
            "bilstm" => recurrent(case, RecurrentKind::Lstm, 1, true),
            _ if name.starts_with("bn") => {
                let norm =
                    Norm { eps: case.number("eps"), momentum: case.number("momentum"), ..Norm::default() };
                layer(case, |net, x| net.norm_with("n", x, norm))
            }
            _ if name.starts_with("act_") => activation(case),
            _ => panic!("{name} is not known here"),
        }
    });
}
