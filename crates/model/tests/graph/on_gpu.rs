//! Graphs on a GPU: every op, and whatever a draft accepts, give the values and gradients of the CPU.

use std::collections::BTreeSet;

use brinell_model::graph::{Id, OpKind};
use brinell_model::{Draft, Error, Gpu, GpuNetwork, Graph, Init, Network, Pass, Variables};
use candle_core::{DType, Device, Tensor};
use proptest::prelude::*;

use crate::draws::numbers;
use crate::gpus::{apart, gpus, worse};
use crate::ops::{cases, grown};
use crate::part::drafted;

/// What single precision may be away from double, by the largest number of a tensor.
const NEAR: f64 = 1e-4;

fn wide(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// Values of the outputs and gradients of all that is trained, one behind the other.
type Told = (Vec<f64>, Vec<f64>);

/// A number that depends on all outputs.
fn weighed<'a>(outputs: impl Iterator<Item = &'a Tensor>) -> (Vec<f64>, Tensor) {
    let all: Vec<Tensor> = outputs.map(|x| x.flatten_all().unwrap()).collect();
    let all = Tensor::cat(&all, 0).unwrap();
    let weights = numbers(all.dims(), 77).to_dtype(all.dtype()).unwrap();
    (wide(&all), (&all * weights).unwrap().sum_all().unwrap())
}

fn net(graph: &Graph, dtype: DType) -> (Network, Variables) {
    let mut variables = Variables::new(3, dtype, &Device::Cpu);
    (Network::new(graph.clone(), &mut variables).unwrap(), variables)
}

fn on_cpu(graph: &Graph, dtype: DType, x: &Tensor, wanted: &[Id], pass: &Pass) -> Told {
    let (network, variables) = net(graph, dtype);
    let trace = network.trace(&x.to_dtype(dtype).unwrap(), wanted, &mut pass.clone()).unwrap();
    let (values, loss) = weighed(trace.outputs());
    let gradients = trace.backward(&loss).unwrap();
    let zeros = |var: &Tensor| vec![0.0; var.elem_count()];
    let all = variables.trainable().map(|(_, var)| gradients.get(var).map_or_else(|| zeros(var), wide));
    (values, all.flatten().collect())
}

/// Nothing where some trained tensor is not looked at, or where there are more axes than kernels know.
fn on_gpu(graph: &Graph, x: &Tensor, wanted: &[Id], pass: &Pass, device: &Gpu) -> Option<Told> {
    let (network, _) = net(graph, DType::F32);
    let mut gpu = GpuNetwork::new(&network, device).unwrap();
    let trace = match gpu.trace(&x.to_dtype(DType::F32).unwrap(), wanted, pass) {
        Ok(trace) => trace,
        Err(Error::Layer { reason, .. }) if reason.contains("more than four axes") => return None,
        Err(error) => panic!("{error}"),
    };
    let (values, loss) = weighed(trace.outputs());
    match gpu.backward(&trace, &loss) {
        Ok(_) => Some((values, gpu.gradients().unwrap().values().flat_map(wide).collect())),
        Err(Error::NoGradient { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn on_a_gpu_every_op_gives_the_values_and_gradients_of_the_cpu() {
    let mut tried = BTreeSet::new();
    for device in gpus() {
        for (name, input, _, part) in cases() {
            let behind = |net: &mut Draft, x| {
                // Something that is trained stands before it, so that its own gradient shows.
                let own = net.parameter("before", &input, Init::Normal { deviation: 1.0 })?;
                let x = net.add(x, own)?;
                part(net, x)
            };
            let graph = drafted(&input, behind);
            tried.extend(graph.nodes().iter().map(|node| node.op.kind()));
            let whole = graph.input().to_vec();
            let x = numbers(&[&[3], &whole[..]].concat(), 5);
            let wanted = [graph.map().unwrap()];
            let pass = Pass::train(1, 2);
            let (values, gradients) = on_cpu(&graph, DType::F64, &x, &wanted, &pass);
            let (found, slopes) = on_gpu(&graph, &x, &wanted, &pass, &device).unwrap();
            assert!(apart(&found, &values) <= NEAR, "{name}");
            assert!(apart(&slopes, &gradients) <= NEAR, "{name}: gradients");
        }
    }
    let missing: Vec<&str> =
        OpKind::ALL.iter().filter(|kind| !tried.contains(kind)).map(|kind| kind.name()).collect();
    assert!(missing.is_empty(), "not tried: {missing:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_a_draft_accepts_runs_on_a_gpu_as_on_the_cpu(
        image in any::<bool>(),
        steps in prop::collection::vec(prop::array::uniform3(0_usize..1000), 1..14),
    ) {
        let input: &[usize] = if image { &[3, 4, 5] } else { &[4, 6] };
        let (graph, made) = grown(input, &steps, true);
        let x = numbers(&[&[3], input].concat(), 1);
        // Some in between are looked at too, and the end.
        let logits = graph.outputs()[0].1;
        let mut wanted: Vec<Id> = made.iter().copied().step_by(3).collect();
        wanted.push(logits);
        wanted.dedup();
        let pass = Pass::train(1, 1);
        let [right, single] = [DType::F64, DType::F32].map(|dtype| on_cpu(&graph, dtype, &x, &wanted, &pass));
        // Where single precision has no digits left on the CPU either, nothing can be compared.
        let own = worse(apart(&single.0, &right.0), apart(&single.1, &right.1));
        prop_assume!(own <= 1e-5);
        for device in gpus() {
            // Some are refused.
            if let Some(found) = on_gpu(&graph, &x, &wanted, &pass, &device) {
                prop_assert!(apart(&found.0, &right.0) <= NEAR, "values of {:?}", graph.nodes());
                prop_assert!(apart(&found.1, &right.1) <= NEAR, "gradients of {:?}", graph.nodes());
            }
        }
    }
}
