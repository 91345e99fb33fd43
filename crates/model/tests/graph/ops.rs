//! Every op of a graph: the shape that is told, the gradient, and whatever else a draft accepts.

use brinell_model::graph::{Conv, Gather, Id, Op, RecurrentKind, Unary};
use brinell_model::ops::Window;
use brinell_model::{Draft, Graph, Inference, Init, Network, Pass, Result, Variables};
use candle_core::{DType, Device, Tensor, Var};
use proptest::prelude::*;

use crate::differences::{Loss, along_directions, every_entry};
use crate::draws::numbers;
use crate::part::{Part, drafted};

pub(crate) type Drafting = fn(&mut Draft, Id) -> Result<Id>;

const SLOPED: Window = Window { kernel: [2, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1] };

fn pool(gather: Gather, ceil: bool, count_padding: bool) -> Op {
    Op::Pool { gather, window: SLOPED, ceil, count_padding }
}

/// Every op and every rule of broadcasting, each with an input and the shape that it gives there.
pub(crate) fn cases() -> Vec<(&'static str, Vec<usize>, Vec<usize>, Drafting)> {
    let positive: Drafting = |net, x| {
        let x = net.unary(Unary::Square, x)?;
        let x = net.affine(x, 1.0, 0.5)?;
        let x = net.unary(Unary::Sqrt, x)?;
        net.unary(Unary::Reciprocal, x)
    };
    let bends: Drafting = |net, x| {
        let x = net.affine(x, 6.0, 0.1)?;
        let a = net.unary(Unary::HardSigmoid, x)?;
        let b = net.unary(Unary::HardSwish, x)?;
        let c = net.unary(Unary::Abs, x)?;
        let d = net.unary(Unary::Gelu, x)?;
        let e = net.unary(Unary::Tanh, x)?;
        net.concat(0, &[a, b, c, d, e])
    };
    vec![
        ("convolution of a series", vec![4, 11], vec![6, 6], |net, x| {
            net.conv("conv", x, &Conv::new(6, 3).stride(2).padding(1).groups(2).bias(true))
        }),
        ("convolution of an image", vec![2, 5, 7], vec![3, 4, 5], |net, x| {
            let conv = Conv { kernel: [2, 3], dilation: [1, 2], padding: [0, 1], ..Conv::new(3, 1) };
            net.conv("conv", x, &conv)
        }),
        ("convolution with dropped taps", vec![2, 12], vec![3, 9], |net, x| {
            net.conv("conv", x, &Conv { tap_dropout: Some([0.2, 0.5]), ..Conv::new(3, 4) })
        }),
        ("linear on a vector", vec![5], vec![3], |net, x| net.linear("fc", x, 3, true)),
        ("linear on a series", vec![5, 4], vec![3, 4], |net, x| net.linear("fc", x, 3, true)),
        ("linear on an image", vec![5, 2, 3], vec![4, 2, 3], |net, x| net.linear("fc", x, 4, false)),
        ("batch norm", vec![3, 4], vec![3, 4], |net, x| net.norm("norm", x)),
        ("batch norm of a vector", vec![4], vec![4], |net, x| net.norm("norm", x)),
        ("batch norm with ReLU", vec![3, 2, 3], vec![3, 2, 3], |net, x| net.norm_relu("norm", x)),
        ("layer norm", vec![4, 3], vec![4, 3], |net, x| net.layer_norm("norm", x, 1e-6)),
        ("functions that need positive numbers", vec![3, 4], vec![3, 4], positive),
        ("functions with kinks", vec![3, 4], vec![15, 4], bends),
        ("ReLU and sigmoid", vec![3, 4], vec![3, 4], |net, x| {
            let y = net.relu(x)?;
            let z = net.sigmoid(x)?;
            net.add(y, z)
        }),
        ("a parameter for every sample", vec![3, 4], vec![3, 4], |net, x| {
            let places = net.parameter("places", &[3, 4], Init::Normal { deviation: 1.0 })?;
            net.add(x, places)
        }),
        ("one value for all positions", vec![3, 2, 4], vec![3, 2, 4], |net, x| {
            let mean = net.global_mean(x)?;
            let x = net.sub(x, mean)?;
            net.mul(x, mean)
        }),
        ("one value for an axis", vec![3, 2, 4], vec![3, 2, 4], |net, x| {
            let mean = net.along(Gather::Mean, 0, x)?;
            let top = net.along(Gather::Max, 2, x)?;
            let x = net.mul(x, mean)?;
            net.sub(x, top)
        }),
        ("the first of two is stretched", vec![3, 2, 4], vec![3, 2, 4], |net, x| {
            let rows = net.along(Gather::Mean, 1, x)?;
            let columns = net.along(Gather::Max, 2, x)?;
            net.mul(rows, columns)
        }),
        ("largest of windows", vec![2, 5, 6], vec![2, 3, 4], |net, x| {
            net.node("pool", pool(Gather::Max, true, false), &[x])
        }),
        ("mean of windows", vec![2, 5, 6], vec![2, 3, 3], |net, x| {
            net.node("pool", pool(Gather::Mean, false, true), &[x])
        }),
        ("mean of windows, padding left out", vec![2, 5, 6], vec![2, 3, 4], |net, x| {
            net.node("pool", pool(Gather::Mean, true, false), &[x])
        }),
        ("halving a series", vec![2, 7], vec![2, 3], |net, x| net.halve("pool", x)),
        ("so many means", vec![2, 5, 7], vec![2, 3, 2], |net, x| {
            net.node("pool", Op::AdaptivePool { gather: Gather::Mean, output: [3, 2] }, &[x])
        }),
        ("so many largest values", vec![2, 7], vec![2, 3], |net, x| {
            net.node("pool", Op::AdaptivePool { gather: Gather::Max, output: [1, 3] }, &[x])
        }),
        ("mean and largest of a map", vec![3, 2, 4], vec![6], |net, x| {
            let mean = net.global_mean(x)?;
            let top = net.global_max(x)?;
            net.concat(0, &[mean, top])
        }),
        ("slices in another order", vec![2, 5], vec![2, 5], |net, x| {
            let behind = net.slice(x, 1, 3, 2)?;
            let before = net.slice(x, 1, 0, 3)?;
            net.concat(1, &[behind, before])
        }),
        ("zeros around", vec![2, 3, 2], vec![2, 6, 2], |net, x| {
            net.node("pad", Op::Pad { axis: 1, before: 1, behind: 2 }, &[x])
        }),
        ("attention over positions", vec![3, 5], vec![3, 5], |net, x| {
            let turned = net.permute(x, &[1, 0])?;
            let weights = net.matmul(turned, x)?;
            let weights = net.softmax(weights, 0)?;
            net.matmul(x, weights)
        }),
        ("another shape", vec![4, 6], vec![2, 3, 4], |net, x| net.reshape(x, &[2, 3, 4])),
        ("sensors", vec![4, 3], vec![4, 3], |net, x| {
            net.node("sensors", Op::Sensors { channels: 2, dropout: 0.3 }, &[x])
        }),
        ("dropout", vec![3, 4], vec![3, 4], |net, x| net.dropout("dropout", x, 0.4)),
        ("shrinkage by channel", vec![3, 5], vec![3, 5], |net, x| {
            let size = net.unary(Unary::Abs, x)?;
            let threshold = net.global_mean(size)?;
            let threshold = net.affine(threshold, 0.7, 0.0)?;
            net.node("shrink", Op::SoftThreshold, &[x, threshold])
        }),
        ("gated recurrent units", vec![3, 4], vec![2, 4], |net, x| {
            net.recurrent("gru", x, RecurrentKind::Gru, 2, false)
        }),
        ("long short-term memory both ways", vec![3, 4], vec![4, 4], |net, x| {
            net.recurrent("lstm", x, RecurrentKind::Lstm, 2, true)
        }),
    ]
}

#[test]
fn every_op_gives_the_shape_that_is_told_from_its_input() {
    for (name, input, expected, draft) in cases() {
        let graph = drafted(&input, draft);
        let map = graph.map().unwrap();
        let users = graph.nodes().iter().find(|node| node.inputs.contains(&map)).unwrap();
        assert_eq!(users.shape, [expected.iter().product::<usize>()], "{name}");
        let part = Part::new(DType::F32, &input, draft);
        let x = numbers(&[&[3], &input[..]].concat(), 1).to_dtype(DType::F32).unwrap();
        for mut pass in [Pass::evaluate(), Pass::train(1, 2)] {
            let y = part.forward(&x, &mut pass).unwrap();
            assert_eq!(y.dims(), [&[3], &expected[..]].concat(), "{name}");
        }
    }
}

#[test]
fn every_op_gives_the_same_in_a_plan_for_inference() {
    for (name, input, _, draft) in cases() {
        let mut variables = Variables::new(3, DType::F32, &Device::Cpu);
        let network = Network::new(drafted(&input, draft), &mut variables).unwrap();
        let x = numbers(&[&[3], network.graph().input()].concat(), 1).to_dtype(DType::F32).unwrap();
        network.forward(&x, &mut Pass::train(1, 2)).unwrap();
        let expected = flat(&network.forward(&x, &mut Pass::evaluate()).unwrap());
        let mut inference = Inference::new(&network, 3).unwrap();
        for (a, b) in inference.run(&flat(&x), 3).unwrap().iter().zip(&expected) {
            assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{name}: {a} is not {b}");
        }
    }
}

#[test]
fn every_op_has_the_gradient_that_differences_tell() {
    for (case, (name, input, _, draft)) in cases().into_iter().enumerate() {
        let part = Part::new(DType::F64, &input, draft);
        let x = Var::from_tensor(&numbers(&[&[3], &input[..]].concat(), 1)).unwrap();
        let mut vars: Vec<&Var> = part.variables.trainable().map(|(_, var)| var).collect();
        vars.push(&x);
        for training in [false, true] {
            every_entry(name, &vars, Loss::of_case(case + 1), || {
                let mut pass = if training { Pass::train(1, 2) } else { Pass::evaluate() };
                part.forward(&x, &mut pass).unwrap()
            });
        }
    }
}

#[test]
fn a_whole_net_has_the_gradient_that_differences_tell() {
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let net = Network::new(crate::small_net(), &mut variables).unwrap();
    let x = Var::from_tensor(&numbers(&[4, 2, 8, 6], 1)).unwrap();
    let mut vars: Vec<&Var> = variables.trainable().map(|(_, var)| var).collect();
    vars.push(&x);
    along_directions("small net", &vars, Loss::Weighed, || net.forward(&x, &mut Pass::train(1, 2)).unwrap());
}

/// One more node on nodes that are there, as three numbers choose.
fn grow(net: &mut Draft, made: &[Id], [kind, a, b]: [usize; 3]) -> Result<Id> {
    let x = made[a % made.len()];
    let y = made[b % made.len()];
    let name = format!("n{}", made.len());
    let small = [a % 4, b % 3, (a + b) % 3];
    let rank = net.shape(x).len();
    let gather = [Gather::Mean, Gather::Max][b % 2];
    let window = match rank {
        2 => Window {
            kernel: [1, 1 + b % 3],
            stride: [1, 2],
            padding: [0, 1],
            dilation: [1, 1 + small[2] / 2],
        },
        _ => Window {
            kernel: [small[0], 1 + b % 3],
            stride: [1 + a % 3, 2],
            padding: [small[1], 1],
            dilation: [1 + small[2] / 2; 2],
        },
    };
    match kind % 24 {
        0 => {
            let groups = 1 + a % 2;
            let conv = Conv { kernel: [small[0], 1 + b % 2], ..Conv::new(b % 5, 1) };
            net.conv(&name, x, &conv.stride(1 + small[1]).padding(small[2]).groups(groups).bias(b % 2 == 0))
        }
        1 => net.linear(&name, x, b % 5, a % 2 == 0),
        2 => net.norm(&name, x),
        3 => net.layer_norm(&name, x, 1e-5),
        4 => net.relu(x),
        5 => net.add(x, y),
        6 => net.sub(x, y),
        7 => net.mul(x, y),
        8 => net.node(&name, Op::Pool { gather, window, ceil: a % 2 == 0, count_padding: b % 3 == 0 }, &[x]),
        9 => net.node(&name, Op::AdaptivePool { gather, output: [small[0], 1 + small[1]] }, &[x]),
        10 => net.node(&name, Op::Global(gather), &[x]),
        11 => net.along(gather, small[1], x),
        12 => net.concat(small[1], &[x, y]),
        13 => net.slice(x, small[1], small[2], small[0]),
        14 => net.node(&name, Op::Pad { axis: small[2], before: small[0], behind: small[1] }, &[x]),
        15 => net.permute(x, &(0..rank).rev().collect::<Vec<_>>()),
        16 => {
            let mut shape = net.shape(x).to_vec();
            shape.push(1);
            shape.rotate_right(b % 2);
            net.reshape(x, &shape)
        }
        17 => net.softmax(x, small[1]),
        18 => net.matmul(x, y),
        19 => net.dropout(&name, x, 0.5),
        20 => net.node(&name, Op::SoftThreshold, &[x, y]),
        21 => net.recurrent(&name, x, [RecurrentKind::Gru, RecurrentKind::Lstm][b % 2], small[0], a % 2 == 0),
        22 => net.flatten(x),
        _ => net.parameter(&name, &[1 + small[0], 1 + small[1]], Init::Constant(0.5)),
    }
}

/// The graph that steps grow, and its nodes that give what was made, the first one first.
/// With `trained` something is added to the input that gradients go to.
pub(crate) fn grown(input: &[usize], steps: &[[usize; 3]], trained: bool) -> (Graph, Vec<Id>) {
    let mut net = Draft::new(input).unwrap();
    let mut made = vec![net.input()];
    if trained {
        let own = net.parameter("before", input, Init::Normal { deviation: 1.0 }).unwrap();
        made = vec![net.add(made[0], own).unwrap()];
    }
    for step in steps {
        let mut tried = net.clone();
        if let Ok(id) = grow(&mut tried, &made, *step) {
            // no more than a small test can compute
            if tried.shape(id).iter().product::<usize>() < 5000 {
                made.push(id);
                net = tried;
            }
        }
    }
    let all = net.flatten(made[made.len() - 1]).unwrap();
    let both = net.concat(0, &[all, all]).unwrap();
    (net.finish(both).unwrap(), made)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_a_draft_accepts_runs_and_gives_the_shapes_that_it_told(
        image in any::<bool>(),
        steps in prop::collection::vec(prop::array::uniform3(0_usize..1000), 1..14),
    ) {
        let input: &[usize] = if image { &[3, 4, 5] } else { &[4, 6] };
        let (graph, made) = grown(input, &steps, false);
        let shapes: Vec<Vec<usize>> = made.iter().map(|id| graph.nodes()[id.place()].shape.clone()).collect();
        prop_assert!(graph.cost().activation_bytes > 0);
        let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
        let network = Network::new(graph, &mut variables).unwrap();
        let x = numbers(&[&[2], input].concat(), 1).to_dtype(DType::F32).unwrap();
        for mut pass in [Pass::evaluate(), Pass::train(1, 1)] {
            let values = network.run(&x, &made, &mut pass).unwrap();
            for (value, shape) in values.iter().zip(&shapes) {
                prop_assert_eq!(value.dims(), [&[2], &shape[..]].concat());
            }
            let logits = network.forward(&x, &mut pass).unwrap();
            logits.sum_all().unwrap().backward().unwrap();
        }
        // As told by a plan for inference; a layer norm of equal values makes much of how they were rounded.
        let layer_norm = |op: &Op| matches!(op, Op::LayerNorm { .. });
        let values = network.run(&x, &made, &mut Pass::evaluate()).unwrap();
        let largest = values.iter().flat_map(flat).fold(1.0_f32, |a, b| if b.is_finite() { a.max(b.abs()) } else { f32::INFINITY });
        if largest.is_finite() && !network.graph().nodes().iter().any(|node| layer_norm(&node.op)) {
            let expected = flat(&network.forward(&x, &mut Pass::evaluate()).unwrap());
            let mut inference = Inference::new(&network, 2).unwrap();
            for (a, b) in inference.run(&flat(&x), 2).unwrap().iter().zip(&expected) {
                prop_assert!((a - b).abs() <= 1e-4 * largest, "{a} is not {b}");
            }
        }
    }
}

fn flat(x: &Tensor) -> Vec<f32> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn a_series_and_an_image_of_height_one_give_the_same_numbers() {
    let part = |shape: &[usize]| {
        Part::new(DType::F64, shape, |net, x| {
            let conv = Conv { kernel: [1, 3], ..Conv::new(4, 3) };
            let x = net.conv("conv", x, &conv)?;
            let x = net.norm_relu("norm", x)?;
            let window = [[1, 2], [1, 2]];
            let window = Window { kernel: window[0], stride: window[1], padding: [0, 1], dilation: [1, 1] };
            let pool = Op::Pool { gather: Gather::Mean, window, ceil: true, count_padding: false };
            net.node("pool", pool, &[x])
        })
    };
    let x = numbers(&[2, 3, 11], 1);
    let values = |shape: &[usize]| -> Vec<f64> {
        let part = part(&shape[1..]);
        // a weight [4, 3, 3] and one [4, 3, 1, 3] of one name begin alike but for their spread
        let ones = part.variables.to_tensors().unwrap().into_iter().map(|(name, tensor)| {
            let key = name.len() as u64;
            let values = numbers(&[tensor.elem_count()], key).abs().unwrap();
            (name, values.reshape(tensor.dims()).unwrap())
        });
        part.variables.load(&ones.collect()).unwrap();
        let y = part.forward(&x.reshape(shape).unwrap(), &mut Pass::evaluate()).unwrap();
        y.flatten_all().unwrap().to_vec1().unwrap()
    };
    assert_eq!(values(&[2, 3, 11]), values(&[2, 3, 1, 11]));
}
