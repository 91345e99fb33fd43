//! What a run computes.

use std::collections::BTreeMap;

use brinell_model::graph::{Conv, Id, Op};
use brinell_model::{
    Architecture, Attention, CrossEntropy, Graph, Network, Pass, SeCnn, Variables, cross_entropy,
};
use candle_core::{DType, Device, Tensor};

use crate::draws::numbers;
use crate::part::Part;
use crate::small_net;

fn built(graph: Graph, seed: u64) -> (Network, Variables) {
    let mut variables = Variables::new(seed, DType::F32, &Device::Cpu);
    (Network::new(graph, &mut variables).unwrap(), variables)
}

fn small_batch() -> Tensor {
    numbers(&[5, 2, 8, 6], 1).to_dtype(DType::F32).unwrap()
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    let values: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

fn all_bits(variables: &Variables) -> BTreeMap<String, Vec<u32>> {
    variables.to_tensors().unwrap().iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
}

/// Every node that another one works on or that the net gives.
fn every_node(graph: &Graph) -> Vec<Id> {
    let mut ids: Vec<Id> = graph.nodes().iter().flat_map(|node| node.inputs.clone()).collect();
    ids.extend(graph.outputs().iter().map(|(_, id)| *id));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), graph.nodes().len());
    ids
}

fn the_gated_map(graph: &Graph) -> Id {
    let pool = graph.nodes().iter().find(|node| matches!(node.op, Op::Pool { .. })).unwrap();
    pool.inputs[0]
}

#[test]
fn a_run_computes_no_layer_that_the_wanted_values_do_not_need() {
    let (net, variables) = built(small_net(), 1);
    let graph = net.graph();
    let moved = |run: &dyn Fn(&mut Pass)| -> Vec<String> {
        let before = all_bits(&variables);
        run(&mut Pass::train(1, 0));
        let after = all_bits(&variables);
        let means = after.keys().filter(|name| name.ends_with("running_mean"));
        means.filter(|name| after[*name] != before[*name]).cloned().collect()
    };
    let x = small_batch();
    let first = graph.gates()[0].1;
    assert_eq!(moved(&|pass| drop(net.run(&x, &[first], pass).unwrap())), ["norm.running_mean"]);
    assert_eq!(
        moved(&|pass| drop(net.features(&x, pass).unwrap())),
        ["branch_norm.running_mean", "norm.running_mean"]
    );
    let map = graph.map().unwrap();
    let values = net.run(&x, &[map], &mut Pass::evaluate()).unwrap().swap_remove(0);
    assert_eq!(moved(&|pass| drop(net.behind(map, &values, pass).unwrap())), ["hidden_norm.running_mean"]);
    assert_eq!(moved(&|pass| drop(net.forward(&x, pass).unwrap())).len(), 3);
    assert!(moved(&|pass| assert!(net.run(&x, &[], pass).unwrap().is_empty())).is_empty());
}

#[test]
fn values_dropped_at_their_last_use_change_no_result_and_no_gradient() {
    let every = every_node(&small_net());
    let run = |training: bool, all: bool| {
        let (net, variables) = built(small_net(), 1);
        let mut pass = if training { Pass::train(3, 5) } else { Pass::evaluate() };
        let logits = if all {
            net.run(&small_batch(), &every, &mut pass).unwrap().pop().unwrap()
        } else {
            net.forward(&small_batch(), &mut pass).unwrap()
        };
        let loss = cross_entropy(&logits, &[0, 1, 2, 1, 0], &CrossEntropy::default()).unwrap();
        let gradients = loss.backward().unwrap();
        let gradients: Vec<Vec<u32>> =
            variables.trainable().map(|(_, var)| bits(gradients.get(var).unwrap())).collect();
        (bits(&logits), gradients, all_bits(&variables))
    };
    for training in [false, true] {
        assert_eq!(run(training, false), run(training, true), "training {training}");
    }
    assert_ne!(run(false, false).0, run(true, false).0);
}

#[test]
fn the_net_goes_on_from_the_values_of_any_node_that_all_else_depends_on() {
    let (net, _) = built(small_net(), 1);
    let graph = net.graph();
    let x = small_batch();
    let mut pass = Pass::evaluate();
    let logits = bits(&net.forward(&x, &mut pass).unwrap());
    // the gated map too, which a run does not compute on its own
    let features = graph.features().unwrap();
    for id in [graph.map().unwrap(), features, the_gated_map(graph)] {
        let values = net.run(&x, &[id], &mut pass).unwrap().swap_remove(0);
        assert_eq!(bits(&net.behind(id, &values, &mut pass).unwrap()), logits, "{id:?}");
    }
    let values = net.features(&x, &mut pass).unwrap();
    assert_eq!(values.dims(), [5, 4]);
    assert_eq!(bits(&net.head(&values, &mut pass).unwrap()), logits);
    let wide = net.head(&numbers(&[5, 3], 1), &mut pass).unwrap_err().to_string();
    assert!(wide.contains("[4]"), "{wide}");
    // the gate alone does not make the logits: the map before it does too
    let (_, gate) = graph.gates()[0];
    let values = net.run(&x, &[gate], &mut pass).unwrap().swap_remove(0);
    assert!(net.behind(gate, &values, &mut pass).is_err());
}

#[test]
fn gates_are_read_by_name_and_weigh_the_map_before_them() {
    let architecture = Architecture::SeCnn(SeCnn { widths: vec![4, 6, 8], ..SeCnn::default() });
    let (net, _) = built(architecture.draft(&[1, 16, 16], 3).unwrap(), 1);
    let x = numbers(&[2, 1, 16, 16], 1).to_dtype(DType::F32).unwrap();
    let gates = net.gates(&x, &mut Pass::evaluate()).unwrap();
    let names: Vec<&str> = gates.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["features.attention0.gate", "features.attention1.gate", "features.attention2.gate"]);
    for ((_, gate), channels) in gates.iter().zip([4, 6, 8]) {
        assert_eq!(gate.dims(), [2, channels]);
        let values: Vec<f32> = gate.flatten_all().unwrap().to_vec1().unwrap();
        assert!(values.iter().all(|v| *v > 0.0 && *v < 1.0), "{values:?}");
    }
    let gated = the_gated_map(net.graph());
    let [map, gate] = net
        .graph()
        .nodes()
        .iter()
        .find_map(|node| match node.op {
            Op::Mul => <[Id; 2]>::try_from(node.inputs.clone()).ok(),
            _ => None,
        })
        .unwrap();
    let values = net.run(&x, &[map, gate, gated], &mut Pass::evaluate()).unwrap();
    assert_eq!(bits(&values[1]), bits(&gates[0].1));
    let expected = values[0].broadcast_mul(&values[1].reshape((2, 4, 1, 1)).unwrap()).unwrap();
    assert_eq!(bits(&values[2]), bits(&expected));
    let plain = Architecture::SeCnn(SeCnn { attention: Attention::None, ..SeCnn::default() });
    let (plain, _) = built(plain.draft(&[1, 16, 16], 3).unwrap(), 1);
    assert!(plain.gates(&x, &mut Pass::evaluate()).unwrap().is_empty());
}

#[test]
fn one_seed_gives_one_set_of_first_weights_and_one_result_for_any_number_of_threads() {
    let run = |seed: u64, step: u64, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (net, variables) = built(small_net(), seed);
            let first = all_bits(&variables);
            let logits = net.forward(&small_batch(), &mut Pass::train(seed, step)).unwrap();
            (first, bits(&logits))
        })
    };
    let one = run(4, 0, 1);
    assert_eq!(one, run(4, 0, 2));
    assert_eq!(one, run(4, 0, 3));
    // the step draws other units to drop, not other weights
    let later = run(4, 1, 1);
    assert_eq!(later.0, one.0);
    assert_ne!(later.1, one.1);
    assert_ne!(run(5, 0, 1).0, one.0);
}

#[test]
fn taps_are_dropped_in_training_only_and_at_a_rate_drawn_for_each_batch() {
    let conv = Conv { tap_dropout: Some([0.2, 0.7]), ..Conv::new(2, 64) };
    let part = Part::new(DType::F32, &[1, 64], |net, x| net.conv("conv", x, &conv));
    let plain = Part::new(DType::F32, &[1, 64], |net, x| net.conv("conv", x, &Conv::new(2, 64)));
    // one tap is not 0: what is dropped shows
    let dropped = |step: u64| -> Vec<bool> {
        let weight: Vec<f32> = {
            let vars: BTreeMap<&str, _> = part.variables.trainable().collect();
            vars["conv.weight"].flatten_all().unwrap().to_vec1().unwrap()
        };
        let eye = Tensor::eye(64, DType::F32, &Device::Cpu).unwrap().reshape((64, 1, 64)).unwrap();
        let y = part.forward(&eye, &mut Pass::train(1, step)).unwrap().narrow(1, 0, 1).unwrap();
        let y: Vec<f32> = y.flatten_all().unwrap().to_vec1().unwrap();
        y.iter().zip(&weight).map(|(y, w)| *y == 0.0 && *w != 0.0).collect()
    };
    let shares: Vec<usize> = (0..40).map(|step| dropped(step).iter().filter(|d| **d).count()).collect();
    assert!(shares.iter().all(|n| (2..=58).contains(n)), "{shares:?}");
    assert!(shares.iter().min().unwrap() + 12 < *shares.iter().max().unwrap(), "{shares:?}");
    assert_eq!(dropped(3), dropped(3));
    let x = numbers(&[3, 1, 64], 1).to_dtype(DType::F32).unwrap();
    let judged = |part: &Part| bits(&part.forward(&x, &mut Pass::evaluate()).unwrap());
    assert_eq!(judged(&part), judged(&plain));
}
