//! Gates that can be read out.

use brinell_model::attention::MultiHeadAttention;
use brinell_model::{Pass, Pool};
use candle_core::{DType, Tensor};

use crate::{batch, every_kind, every_pool, network, stir};

fn values(x: &Tensor) -> Vec<f64> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

fn sums_to_one(x: &Tensor, axis: usize) -> bool {
    values(&x.sum(axis).unwrap()).iter().all(|sum| (sum - 1.0).abs() < 1e-12)
}

#[test]
fn every_kind_names_gates_that_lie_between_0_and_1() {
    for attention in every_kind() {
        for shape in [&[16, 6][..], &[16, 4, 5]] {
            let (net, variables) = network(DType::F64, shape, |net, x| attention.draft(net, "a", x));
            stir(&variables);
            let gates = net.gates(&batch(3, shape, DType::F64), &mut Pass::evaluate()).unwrap();
            assert!(!gates.is_empty(), "{attention:?}");
            // That of the gated channel transformation is 1 + tanh.
            let most = if attention.name() == "gct" { 2.0 } else { 1.0 };
            for (name, gate) in gates {
                assert!(name.starts_with("a."), "{name}");
                let gate = values(&gate);
                assert!(gate.iter().all(|g| (0.0..=most).contains(g)), "{name} of {attention:?}");
                let [low, high] =
                    [gate.iter().copied().fold(f64::MAX, f64::min), gate.iter().copied().fold(0.0, f64::max)];
                assert!(low < high, "{name} of {attention:?} is {low} everywhere");
            }
        }
    }
}

#[test]
fn weights_over_branches_and_positions_sum_to_one() {
    for attention in every_kind() {
        let axis = match attention.name() {
            "sk" | "psa" => 1,
            "self-attention" | "non-local" => 3,
            _ => continue,
        };
        let (net, variables) = network(DType::F64, &[16, 4, 3], |net, x| attention.draft(net, "a", x));
        stir(&variables);
        let gates = net.gates(&batch(2, &[16, 4, 3], DType::F64), &mut Pass::evaluate()).unwrap();
        assert!(sums_to_one(&gates[0].1, axis), "{attention:?}");
    }
}

#[test]
fn attention_over_time_sums_to_one_over_the_time_of_a_sample() {
    let mut weighed = 0;
    for pool in every_pool() {
        let (net, variables) = network(DType::F64, &[4, 7], |net, x| pool.draft(net, "p", x));
        stir(&variables);
        let gates = net.gates(&batch(3, &[4, 7], DType::F64), &mut Pass::evaluate()).unwrap();
        for (_, gate) in gates {
            assert_eq!(gate.dims(), [3, 1, 7]);
            assert!(sums_to_one(&gate, 2), "{pool:?}");
            weighed += 1;
        }
    }
    assert_eq!(weighed, 3);
}

#[test]
fn the_gate_of_an_attention_pool_is_a_map() {
    let (net, _) = network(DType::F64, &[4, 5, 6], |net, x| Pool::Attention.draft(net, "p", x));
    let gates = net.gates(&batch(3, &[4, 5, 6], DType::F64), &mut Pass::evaluate()).unwrap();
    assert_eq!(gates[0].0, "p.gate");
    assert_eq!(gates[0].1.dims(), [3, 1, 5, 6]);
}

#[test]
fn steps_of_a_sequence_look_at_one_another_in_every_head() {
    let module = MultiHeadAttention { heads: 3 };
    let (net, _) = network(DType::F64, &[6, 5], |net, x| module.draft(net, "attention", x));
    let gates = net.gates(&batch(2, &[6, 5], DType::F64), &mut Pass::evaluate()).unwrap();
    assert_eq!(gates[0].1.dims(), [2, 3, 5, 5]);
    assert!(sums_to_one(&gates[0].1, 3));
}
