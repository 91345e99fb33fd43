//! Attention, pools, convolutions and norms on their own.

use brinell_model::attention::{AdaptivePool, RecurrentAttention};
use brinell_model::graph::{Conv, Gather, Id, Op, Unary};
use brinell_model::{Attention, Draft, Network, Pool, Result, Variables};
use candle_core::{DType, Device};

use crate::part::drafted;
use crate::{assert_agrees, draws, train};

/// A part as a net, with tensors none of which is 0 or 1 throughout.
fn network(input: &[usize], part: impl FnOnce(&mut Draft, Id) -> Result<Id>) -> Network {
    let mut variables = Variables::new(3, DType::F32, &Device::Cpu);
    let net = Network::new(drafted(input, part), &mut variables).unwrap();
    for (key, (_, var)) in variables.trainable().enumerate() {
        let values = (draws::numbers(var.dims(), 100 + key as u64) * 0.7).unwrap();
        var.set(&values.to_dtype(DType::F32).unwrap()).unwrap();
    }
    train(&net);
    net
}

const MAPS: [&[usize]; 3] = [&[16, 9], &[16, 6, 5], &[16, 8, 16]];

#[test]
fn every_attention_agrees() {
    for kind in Attention::kinds() {
        let attention: Attention = serde_json::from_value(kind.name.into()).unwrap();
        for shape in MAPS {
            let net = network(shape, |net, x| attention.draft(net, "a", x));
            assert_agrees(&format!("{} of {shape:?}", kind.name), &net);
        }
    }
}

#[test]
fn every_pool_agrees() {
    let recurrent = |both_ways| RecurrentAttention { hidden: 5, units: 4, both_ways };
    for pool in [
        Pool::Mean,
        Pool::Max,
        Pool::MeanMax,
        Pool::AdaptiveMean(AdaptivePool { windows: [2, 3] }),
        Pool::AdaptiveMax(AdaptivePool { windows: [2, 3] }),
        Pool::Attention,
        Pool::GruAttention(recurrent(false)),
        Pool::LstmAttention(recurrent(true)),
    ] {
        for shape in MAPS {
            let is_recurrent = matches!(pool, Pool::GruAttention(_) | Pool::LstmAttention(_));
            if is_recurrent && shape.len() > 2 {
                continue;
            }
            let net = network(shape, |net, x| pool.draft(net, "p", x));
            assert_agrees(&format!("{pool:?} of {shape:?}"), &net);
        }
    }
}

#[test]
fn convolutions_of_any_step_padding_dilation_and_groups_agree() {
    for shape in [&[4, 23][..], &[4, 11, 7]] {
        for kernel in 1..5 {
            for stride in 1..4 {
                for padding in [0, 1, 5] {
                    for (dilation, groups) in [(1, 1), (2, 2), (1, 4)] {
                        let conv = Conv { dilation: [dilation; 2], ..Conv::new(8, kernel) };
                        let conv = conv.stride(stride).padding(padding).groups(groups).bias(true);
                        if kernel * dilation > 7 + padding {
                            continue;
                        }
                        let net = network(shape, |net, x| net.conv("c", x, &conv));
                        assert_agrees(&format!("{conv:?} of {shape:?}"), &net);
                    }
                }
            }
        }
    }
}

#[test]
fn values_that_are_read_again_are_not_written_over() {
    let net = network(&[4, 6, 5], |net, x| {
        let a = net.conv("a", x, &Conv::same(4, 3))?;
        let b = net.norm_relu("b", a)?;
        let c = net.relu(a)?;
        let d = net.sigmoid(a)?;
        let all = net.concat(0, &[a, b, a, c])?;
        let e = net.slice(all, 0, 4, 4)?;
        let e = net.unary(Unary::Square, e)?;
        let f = net.conv("f", all, &Conv::same(4, 3))?;
        let g = net.mul(e, d)?;
        let h = net.add(f, g)?;
        let h = net.relu(h)?;
        let all = net.concat(0, &[all, h, e])?;
        net.norm("n", all)
    });
    assert_agrees("a net of many readers", &net);
}

#[test]
fn norms_fold_only_where_nothing_else_reads_what_is_before_them() {
    let net = network(&[4, 6, 5], |net, x| {
        let a = net.conv("a", x, &Conv::same(4, 3))?;
        let b = net.norm("b", a)?;
        let c = net.conv("c", b, &Conv::same(4, 1))?;
        let c = net.norm_relu("d", c)?;
        let c = net.norm("e", c)?;
        net.add(a, c)
    });
    assert_agrees("a sum around norms", &net);
}

#[test]
fn wide_layers_take_the_batch_at_once_wherever_they_stand() {
    let first = network(&[300], |net, x| net.linear("a", x, 70, true));
    assert_agrees("a wide layer on the input", &first);
    let chain = network(&[300], |net, x| {
        let y = net.linear("a", x, 200, true)?;
        let y = net.relu(y)?;
        let z = net.linear("b", y, 200, false)?;
        let z = net.add(y, z)?;
        let z = net.norm_relu("c", z)?;
        net.linear("d", z, 150, true)
    });
    assert_agrees("a chain of wide layers", &chain);
}

#[test]
fn pools_with_padding_and_cut_windows_agree() {
    let window =
        brinell_model::ops::Window { kernel: [2, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1] };
    for gather in [Gather::Max, Gather::Mean] {
        for (ceil, count_padding) in [(false, false), (true, false), (true, true)] {
            let op = Op::Pool { gather, window, ceil, count_padding };
            let net = network(&[3, 7, 8], |net, x| net.node("pool", op.clone(), &[x]));
            assert_agrees(&format!("{op:?}"), &net);
        }
    }
}
