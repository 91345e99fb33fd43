//! What cannot be is refused while a net is drafted, with the layer named.

use brinell_model::graph::{Conv, Gather, Id, Op, RecurrentKind};
use brinell_model::ops::Window;
use brinell_model::{Attention, Draft, Error, Init, Network, Pass, Result, Variables};
use candle_core::{DType, Device};

use crate::draws::numbers;
use crate::small_net;

/// The message with which `part` is refused behind an input, within a part called `block`.
fn refusal(input: &[usize], part: impl FnOnce(&mut Draft, Id) -> Result<Id>) -> String {
    let mut net = Draft::new(input).unwrap();
    let x = net.input();
    let nodes = net.within("block", |net| part(net, x));
    nodes.err().map(|error| error.to_string()).unwrap_or_default()
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in {text:?}");
    }
}

#[test]
fn a_map_too_small_for_the_poolings_is_refused_with_the_pooling_and_the_input() {
    let text = refusal(&[1, 7, 64], |net, mut x| {
        for i in 0..3 {
            x = net.conv(&format!("conv{i}"), x, &Conv::same(4, 3))?;
            x = net.halve(&format!("pool{i}"), x)?;
        }
        Ok(x)
    });
    says(&text, &["`block.pool2`", "[4, 1, 16]", "[1, 7, 64]", "larger"]);
}

#[test]
fn a_window_of_several_rows_over_a_series_is_refused() {
    for gather in [Gather::Max, Gather::Mean] {
        let window = Window { kernel: [2, 2], stride: [1, 2], padding: [1, 1], dilation: [1, 1] };
        let pool = Op::Pool { gather, window, ceil: false, count_padding: true };
        says(&refusal(&[4, 6], |net, x| net.node("pool", pool, &[x])), &["`block.pool`", "height"]);
    }
}

#[test]
fn convolutions_that_cannot_be_are_refused_with_their_name() {
    let conv = |conv: Conv| refusal(&[4, 6, 5], |net, x| net.conv("conv", x, &conv));
    says(&conv(Conv::new(8, 3).groups(3)), &["`block.conv`", "3 groups", "4 channels in", "8 channels out"]);
    says(&conv(Conv::new(6, 3).groups(4)), &["`block.conv`", "6 channels out"]);
    says(&conv(Conv::new(6, 3).groups(0)), &["`block.conv`", "0 groups"]);
    says(&conv(Conv::new(0, 3)), &["`block.conv`", "no channels"]);
    says(&conv(Conv::new(6, 7)), &["`block.conv`", "window of 7", "[4, 6, 5]"]);
    says(&conv(Conv::new(6, 0)), &["`block.conv"]);
    says(&conv(Conv::new(6, 3).stride(0)), &["`block.conv`", "stride 0"]);
    says(&conv(Conv::same(6, (1 << 40) + 1)), &["`block.conv"]);
    says(&conv(Conv::same(6, usize::MAX)), &["`block.conv"]);
    says(&conv(Conv::new(usize::MAX, 3)), &["`block.conv"]);
    says(&conv(Conv { dilation: [usize::MAX; 2], ..Conv::new(6, 3) }), &["`block.conv`"]);
    for rates in [[0.5, 0.2], [-0.1, 0.2], [0.2, 1.0], [f64::NAN, 0.5]] {
        says(&conv(Conv { tap_dropout: Some(rates), ..Conv::new(6, 3) }), &["block.conv", "dropout"]);
    }
    let on_a_vector = refusal(&[4, 6], |net, x| {
        let x = net.global_mean(x)?;
        net.conv("conv", x, &Conv::new(6, 3))
    });
    says(&on_a_vector, &["`block.conv`", "[4]"]);
}

#[test]
fn layers_without_units_are_refused_with_their_name() {
    says(&refusal(&[4, 6], |net, x| net.linear("hidden", x, 0, true)), &["`block.hidden`", "4 to 0"]);
    says(&refusal(&[4, 6], |net, x| net.linear("hidden", x, usize::MAX, true)), &["`block.hidden.weight`"]);
    let units = |units| refusal(&[4, 6], |net, x| net.recurrent("gru", x, RecurrentKind::Gru, units, false));
    says(&units(0), &["`block.gru."]);
    says(&units(usize::MAX), &["`block.gru."]);
    let gru_of_image = refusal(&[4, 6, 2], |net, x| net.recurrent("gru", x, RecurrentKind::Gru, 3, false));
    says(&gru_of_image, &["`block.gru`", "[4, 6, 2]"]);
    let gate = refusal(&[4, 6], |net, x| Attention::se(0).draft(net, "attention", x));
    says(&gate, &["block.attention.reduction", "at least 1"]);
    says(&refusal(&[4, 6], |net, x| net.dropout("dropout", x, 1.0)), &["block.dropout", "dropout < 1"]);
    says(&refusal(&[4, 6], |net, x| net.dropout("dropout", x, f64::NAN)), &["block.dropout"]);
}

#[test]
fn shapes_that_do_not_go_together_are_refused_with_both_of_them() {
    let with_part = |op: Op, axis: usize, len: usize| {
        refusal(&[4, 6], |net, x| {
            let y = net.slice(x, axis, 0, len)?;
            net.node("both", op, &[x, y])
        })
    };
    for op in [Op::Add, Op::Sub, Op::Mul, Op::Concat(0), Op::MatMul, Op::SoftThreshold] {
        says(&with_part(op, 1, 5), &["`block.both`", "[4, 6]", "[4, 5]"]);
    }
    says(&with_part(Op::Concat(1), 0, 3), &["`block.both`", "[3, 6]"]);
    says(&with_part(Op::Concat(2), 0, 3), &["no axis 2"]);
    let one = |op: Op| refusal(&[4, 6], |net, x| net.node("one", op, &[x]));
    let axes = [
        Op::Along(Gather::Max, 2),
        Op::Softmax(7),
        Op::Slice { axis: 2, start: 0, len: 1 },
        Op::Pad { axis: 2, before: 1, behind: 0 },
        Op::Permute(vec![0, 0]),
        Op::Permute(vec![0]),
        Op::Slice { axis: 1, start: 5, len: 2 },
        Op::Slice { axis: 1, start: usize::MAX, len: 2 },
        Op::Slice { axis: 1, start: 0, len: 0 },
        Op::Pad { axis: 1, before: usize::MAX, behind: 2 },
        Op::Pad { axis: 1, before: 1 << 33, behind: 0 },
        Op::Reshape(vec![5, 5]),
        Op::Reshape(vec![usize::MAX, 3]),
        Op::AdaptivePool { gather: Gather::Mean, output: [1, 0] },
    ];
    for op in axes {
        let name = format!("{op:?}");
        assert!(one(op).contains("`block.one`"), "{name}");
    }
    let window = Window { kernel: [1, 2], stride: [1, 1], padding: [0, 2], dilation: [1, 1] };
    let pool = |gather, window| one(Op::Pool { gather, window, ceil: true, count_padding: false });
    says(&pool(Gather::Max, window), &["`block.one`", "half the kernel"]);
    let window = Window { padding: [0, 0], dilation: [1, 2], ..window };
    says(&pool(Gather::Mean, window), &["`block.one`", "dilated"]);
    for op in [Op::Global(Gather::Mean), Op::AdaptivePool { gather: Gather::Max, output: [1, 1] }] {
        let text = refusal(&[4, 6], |net, x| {
            let x = net.global_mean(x)?;
            net.node("vector", op, &[x])
        });
        says(&text, &["`block.vector`", "[4]"]);
    }
}

#[test]
fn an_op_on_too_few_or_too_many_nodes_or_on_those_of_another_graph_is_refused() {
    let mut other = Draft::new(&[4, 6]).unwrap();
    let mut far = other.input();
    for _ in 0..9 {
        far = other.relu(far).unwrap();
    }
    let weight = other.slot("weight", &[4, 4], Init::Constant(0.0)).unwrap();
    let on = |op: Op, count: usize| refusal(&[4, 6], |net, x| net.node("op", op, &vec![x; count]));
    for op in [Op::Add, Op::Mul, Op::MatMul, Op::SoftThreshold] {
        says(&on(op.clone(), 1), &["`block.op`", "1 nodes"]);
        says(&on(op, 3), &["`block.op`", "3 nodes"]);
    }
    says(&on(Op::Concat(0), 0), &["`block.op`", "0 nodes"]);
    says(&on(Op::Softmax(0), 2), &["`block.op`", "2 nodes"]);
    says(&on(Op::Linear { weight, bias: None }, 1), &["`block.op`", "another graph"]);
    says(&refusal(&[4, 6], |net, x| net.add(x, far)), &["`block`", "another graph"]);
    says(&refusal(&[4, 6], |net, _| net.norm("norm", far)), &["block.norm"]);
    // weights of another rank than the op's
    let linear = refusal(&[4, 6], |net, x| {
        let weight = net.slot("weight", &[4], Init::Constant(0.0))?;
        net.node("op", Op::Linear { weight, bias: None }, &[x])
    });
    says(&linear, &["`block.op`", "[4]"]);
    let mut net = Draft::new(&[4, 6]).unwrap();
    let logits = net.global_mean(net.input()).unwrap();
    assert!(net.clone().finish(far).is_err());
    net.set_map(far);
    says(&net.finish(logits).unwrap_err().to_string(), &["another graph"]);

    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let small = Draft::new(&[4, 6])
        .and_then(|mut net| {
            let logits = net.global_mean(net.input())?;
            net.finish(logits)
        })
        .and_then(|graph| Network::new(graph, &mut variables))
        .unwrap();
    let x = numbers(&[2, 4, 6], 1);
    says(&small.run(&x, &[far], &mut Pass::evaluate()).unwrap_err().to_string(), &["another graph"]);
    says(&small.behind(far, &x, &mut Pass::evaluate()).unwrap_err().to_string(), &["another graph"]);
}

#[test]
fn inputs_and_ends_that_cannot_be_are_refused() {
    for input in [&[4][..], &[1, 2, 3, 4], &[0, 4], &[1, 4, 0], &[1 << 20, 1 << 20], &[2, usize::MAX]] {
        says(&Draft::new(input).unwrap_err().to_string(), &["`input`"]);
    }
    let ended = |classes: usize| {
        let mut net = Draft::new(&[4, 6]).unwrap();
        let x = net.global_mean(net.input()).unwrap();
        let x = net.slice(x, 0, 0, classes).unwrap();
        net.finish(x).unwrap_err().to_string()
    };
    says(&ended(1), &["classes", "at least 2"]);
    let mut net = Draft::new(&[4, 6]).unwrap();
    let map = net.input();
    says(&net.clone().finish(map).unwrap_err().to_string(), &["`logits`", "[4, 6]"]);
    says(&net.set_features(map).unwrap_err().to_string(), &["`features`", "[4, 6]"]);
    let vast = refusal(&[1, 1 << 20], |net, x| net.conv("conv", x, &Conv::new(1 << 12, 1)));
    says(&vast, &["`block.conv`", "2^31"]);
}

#[test]
fn a_name_is_given_once() {
    let duplicate = |part: fn(&mut Draft, Id) -> Result<Id>| {
        let mut net = Draft::new(&[4, 6]).unwrap();
        let x = net.input();
        let finished = part(&mut net, x).and_then(|x| {
            let logits = net.global_mean(x)?;
            net.finish(logits)
        });
        match finished {
            Err(Error::Duplicate { name }) => name,
            other => panic!("{other:?}"),
        }
    };
    let convolutions = duplicate(|net, x| {
        let x = net.conv("conv", x, &Conv::new(4, 1))?;
        net.conv("conv", x, &Conv::new(4, 1))
    });
    assert_eq!(convolutions, "conv.weight");
    // equal names would drop the same units
    let dropouts = duplicate(|net, x| {
        let x = net.within("head", |net| net.dropout("dropout", x, 0.5))?;
        net.within("head", |net| net.dropout("dropout", x, 0.5))
    });
    assert_eq!(dropouts, "head.dropout");
    let gates = duplicate(|net, x| {
        net.gate("gate", x);
        net.gate("gate", x);
        Ok(x)
    });
    assert_eq!(gates, "gate");
    let outputs = duplicate(|net, x| {
        net.output("class", x);
        Ok(x)
    });
    assert_eq!(outputs, "class");
}

#[test]
fn a_net_refuses_a_batch_of_another_shape_by_the_name_of_its_first_layer() {
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let net = Network::new(small_net(), &mut variables).unwrap();
    for shape in [&[2, 2, 8, 7][..], &[2, 8, 6], &[2, 2, 8], &[5]] {
        let error = net.forward(&numbers(shape, 1), &mut Pass::evaluate()).unwrap_err();
        says(&error.to_string(), &["`stem`", "[2, 8, 6]"]);
    }
    assert!(Network::new(small_net(), &mut variables).is_err(), "the names were taken already");
}
