//! Every module against PyTorch's results, gradients and running statistics, in `f64` and `f32`, evaluating and
//! training.

use brinell_model::attention::{
    Cbam, CbamProduct, CbamVariant, Coordinate, Eca, Emca, Excite, Gct, MultiHeadAttention, NonLocal, Psa,
    RecurrentAttention, ScalarGate, SelectiveKernel, SelfAttention, Shrinkage, SimAm, SpatialMap,
    SqueezeExcite, Triplet,
};
use brinell_model::graph::Id;
use brinell_model::ops::soft_threshold;
use brinell_model::{Attention, Draft, Pass, Pool, Result};
use candle_core::{Tensor, Var};

use crate::network;
use crate::part::Part;
use crate::reference::{Case, Outcome, Reference};

/// The module of a case that keeps the shape of its map.
fn module(case: &Case<'_>) -> Option<Attention> {
    let whole = |key: &str| case.number(key) as usize;
    let groups = || Some(case.axes("groups", 4).try_into().unwrap());
    Some(match case.name.as_str() {
        "se_r4" | "se_bias_r4" | "se_1d" | "se_hidden_floor" => {
            Attention::Se(SqueezeExcite { reduction: whole("r"), bias: case.flag("bias") })
        }
        "cbam_official" | "cbam_1d" => Attention::Cbam(Cbam { reduction: whole("r"), ..Cbam::default() }),
        "cbam_plain" => {
            Attention::Cbam(Cbam { reduction: whole("r"), variant: CbamVariant::Plain, ..Cbam::default() })
        }
        "cbam_multiplicative" => Attention::CbamProduct(CbamProduct { reduction: whole("r") }),
        "eca_k3" | "eca_1d" => Attention::Eca(Eca::default()),
        "eca_k5" => Attention::Eca(Eca { kernel: Some(whole("k")) }),
        "triplet" => Attention::Triplet(Triplet::default()),
        "triplet_nospatial" => Attention::Triplet(Triplet { spatial: false, ..Triplet::default() }),
        "coord" => Attention::Coordinate(Coordinate { reduction: whole("r"), least: whole("min_hidden") }),
        "psa" => Attention::Psa(Psa { groups: groups(), ..Psa::default() }),
        "psa_official_order" => Attention::Psa(Psa { groups: groups(), reversed: true, ..Psa::default() }),
        "simam" => Attention::Simam(SimAm { lambda: case.number("lam") }),
        "gct" => Attention::Gct(Gct::default()),
        "sk" => Attention::Sk(SelectiveKernel { least: whole("min_hidden"), ..SelectiveKernel::default() }),
        "nonlocal" => Attention::NonLocal(NonLocal::default()),
        "self_attention_h4" => {
            Attention::SelfAttention(SelfAttention { heads: whole("heads"), single: false })
        }
        "self_attention_seed_h4" => {
            Attention::SelfAttention(SelfAttention { heads: whole("heads"), single: true })
        }
        "spatial_map" => Attention::SpatialMap(SpatialMap::default()),
        "scalar_gate" => {
            let hidden = case.stored("p.conv.weight").unwrap().0[0];
            Attention::ScalarGate(ScalarGate { hidden: Some(hidden), per_channel: false })
        }
        "shrink_cw" => Attention::Shrinkage(Shrinkage::default()),
        "shrink_cs" => Attention::Shrinkage(Shrinkage { shared: true, ..Shrinkage::default() }),
        _ => return None,
    })
}

/// Our name for a stored tensor.
fn ours(case: &str, stored: &str) -> String {
    let moved: &[(&str, &str)] = match case {
        "cbam_official" | "cbam_plain" | "cbam_1d" => {
            &[("fc", "channel.fc"), ("sp.conv", "spatial.conv"), ("sp.bn", "spatial.norm")]
        }
        "coord" => &[("bn", "norm"), ("ch.", "rows."), ("cw.", "columns.")],
        "gct" => &[("a", "alpha"), ("g", "gamma"), ("b", "beta")],
        "sk" => &[
            ("b.0.0", "branch0.conv"),
            ("b.0.1", "branch0.norm"),
            ("b.1.0", "branch1.conv"),
            ("b.1.1", "branch1.norm"),
            ("bn", "norm"),
            ("sel.", "select."),
        ],
        "nonlocal" => &[("t.", "theta."), ("p.", "phi."), ("bn", "norm")],
        "shrink_cw" | "shrink_cs" => &[("bn", "norm")],
        "triplet" | "triplet_nospatial" => {
            return stored.replace(".sp.conv", ".conv").replace(".sp.bn", ".norm");
        }
        _ => &[],
    };
    let found = moved.iter().find_map(|(from, to)| Some(format!("{to}{}", stored.strip_prefix(from)?)));
    found.unwrap_or_else(|| stored.to_owned())
}

fn holds(
    case: &Case<'_>,
    input: &[usize],
    part: impl FnOnce(&mut Draft, Id) -> Result<Id>,
    seen: impl Fn(&Tensor) -> candle_core::Result<Tensor>,
) -> Outcome {
    let part = Part::new(case.dtype, input, part);
    case.module(&part.variables, |stored| ours(&case.name, stored), |x, pass| part.forward(&seen(x)?, pass))
}

/// Earlier stages are further inputs: the net takes all of them in one series and parts them itself.
fn emca(case: &Case<'_>, module: &Attention) -> Outcome {
    let shape = case.input().to_vec();
    let stages: Vec<Var> =
        ["x", "x1", "x2"].iter().map(|key| Var::from_tensor(&case.tensor(key)).unwrap()).collect();
    let widths: Vec<usize> = stages.iter().map(|stage| stage.dims()[1..].iter().product()).collect();
    let all = widths.iter().sum();
    let part = Part::new(case.dtype, &[1, all], |net, x| {
        let mut start = 0;
        let mut ids = Vec::new();
        for &width in &widths {
            let part = net.slice(x, 1, start, width)?;
            ids.push(net.flatten(part)?);
            start += width;
        }
        let map = net.reshape(ids[0], &shape)?;
        module.draft_after(net, "", map, &ids[1..])
    });
    let parameters: Vec<&str> =
        case.keys("in").into_iter().filter_map(|key| key.strip_prefix("p.")).collect();
    let tensors = parameters.iter().map(|name| ((*name).to_owned(), case.tensor(&format!("p.{name}"))));
    part.variables.load(&tensors.collect())?;
    let flat = stages.iter().map(|stage| stage.flatten_from(1)).collect::<candle_core::Result<Vec<_>>>()?;
    let y = part.forward(&Tensor::cat(&flat, 1)?.unsqueeze(1)?, &mut Pass::evaluate())?;
    case.compare("eval.y", &y);
    let gradients = (y * case.tensor("up"))?.sum_all()?.backward()?;
    for (key, stage) in ["x", "x1", "x2"].iter().zip(&stages) {
        case.compare(&format!("eval.g.{key}"), gradients.get(stage).unwrap());
    }
    for (name, var) in part.variables.trainable() {
        case.compare(&format!("eval.g.{name}"), gradients.get(var).unwrap());
    }
    Ok(())
}

/// Steps first in PyTorch, features first here.
fn recurrent(case: &Case<'_>, pool: impl Fn(RecurrentAttention) -> Pool) -> Outcome {
    let pool = pool(RecurrentAttention {
        hidden: case.stored("p.rnn.weight_hh_l0").unwrap().0[1],
        units: case.stored("p.w.bias").unwrap().0[0],
        both_ways: case.stored("p.rnn.bias_hh_l0_reverse").is_some(),
    });
    let [steps, features] = *case.input() else { return Err("a series is needed".into()) };
    holds(case, &[features, steps], |net, x| pool.draft(net, "", x), |x| x.transpose(1, 2)?.contiguous())
}

fn multi_head(case: &Case<'_>) -> Outcome {
    let [steps, width] = *case.input() else { return Err("a sequence is needed".into()) };
    let module = MultiHeadAttention { heads: case.number("heads") as usize };
    let (net, variables) = network(case.dtype, &[width, steps], |net, x| module.draft(net, "", x));
    let parameters = case.keys("in").into_iter().filter_map(|key| key.strip_prefix("p."));
    let tensors = parameters.map(|name| (name.to_owned(), case.tensor(&format!("p.{name}"))));
    variables.load(&tensors.collect())?;
    let x = case.tensor("x").transpose(1, 2)?.contiguous()?;
    let (map, gate) = (net.graph().map().unwrap(), net.graph().gates()[0].1);
    let values = net.run(&x, &[map, gate], &mut Pass::evaluate())?;
    case.compare("y", &values[0].transpose(1, 2)?);
    case.compare("w_mean_over_heads", &values[1].mean(1)?);
    Ok(())
}

fn threshold_edge(case: &Case<'_>) -> Outcome {
    let x = Var::from_tensor(&case.tensor("x"))?;
    let tau = Var::from_tensor(&Tensor::full(case.number("tau"), (1, 1), x.device())?.to_dtype(case.dtype)?)?;
    let y = soft_threshold(&x.reshape((1, 1, ()))?, &tau)?;
    case.compare("y", &y);
    let gradients = y.sum_all()?.backward()?;
    case.compare("g.x", gradients.get(&x).unwrap());
    case.compare("g.tau", gradients.get(&tau).unwrap());
    Ok(())
}

#[test]
fn modules_and_pools_give_pytorchs_numbers() {
    Reference::read("attention").every(|case| match case.name.as_str() {
        "emca_eca" => emca(case, &Attention::Emca(Emca::default())),
        "emca_se" => {
            let reduction = case.number("r") as usize;
            emca(case, &Attention::Emca(Emca { excite: Excite::Se, reduction, kernel: None }))
        }
        "attention_pool" => {
            holds(case, case.input(), |net, x| Pool::Attention.draft(net, "", x), |x| Ok(x.clone()))
        }
        "gru_attention" => recurrent(case, Pool::GruAttention),
        "lstm_attention" | "bilstm_attention" => recurrent(case, Pool::LstmAttention),
        "mha" => multi_head(case),
        "soft_threshold_edge" => threshold_edge(case),
        name => match module(case) {
            Some(module) => holds(case, case.input(), |net, x| module.draft(net, "", x), |x| Ok(x.clone())),
            None => Err(format!("{name} is not known here").into()),
        },
    });
}
