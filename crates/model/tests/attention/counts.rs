//! Parameter counts, told from the graph alone.

use brinell_model::attention::{
    Cbam, CbamVariant, Coordinate, Eca, Gct, NonLocal, Psa, RecurrentAttention, ScalarGate, SelectiveKernel,
    SelfAttention, Shrinkage, SpatialMap, SqueezeExcite, Triplet,
};
use brinell_model::graph::Id;
use brinell_model::{Attention, Draft, Pool, Result};
use serde_json::Value;

use crate::part::drafted;

fn counted(input: &[usize], part: impl FnOnce(&mut Draft, Id) -> Result<Id>) -> u64 {
    drafted(input, part).cost().parameters
}

fn of_module(attention: Attention, channels: usize) -> u64 {
    // Shrinkage of the published counts is over series; its count has no taps in it.
    counted(&[channels, 8, 8], |net, x| attention.draft(net, "a", x))
}

/// The count of a published name, if it is one of attention.
fn told(name: &str) -> Option<u64> {
    let recurrent = || RecurrentAttention { hidden: 64, units: 64, both_ways: false };
    let series = |pool: Pool| Some(counted(&[64, 12], |net, x| pool.draft(net, "p", x)));
    match name {
        "triplet" => return Some(of_module(Attention::Triplet(Triplet::default()), 16)),
        "triplet_nospatial" => {
            let triplet = Triplet { spatial: false, ..Triplet::default() };
            return Some(of_module(Attention::Triplet(triplet), 16));
        }
        "psa_64" => return Some(of_module(Attention::Psa(Psa::default()), 64)),
        "attention_pool_C64" => return series(Pool::Attention),
        "gru_attention_F64_H64_A64" => return series(Pool::GruAttention(recurrent())),
        "lstm_attention_F64_H64_A64" => return series(Pool::LstmAttention(recurrent())),
        _ => {}
    }
    let (kind, rest) = name.split_once("_C")?;
    let (channels, variant) = rest.split_once('_').unwrap_or((rest, ""));
    let channels: usize = channels.parse().ok()?;
    let attention = match (kind, variant) {
        ("se", "r16") => Attention::se(16),
        ("se", "r16_bias") => Attention::Se(SqueezeExcite { reduction: 16, bias: true }),
        ("cbam", "r16_official") => Attention::Cbam(Cbam::default()),
        ("cbam", "r16_plain") => Attention::Cbam(Cbam { variant: CbamVariant::Plain, ..Cbam::default() }),
        ("eca", "k") => Attention::Eca(Eca::default()),
        ("coord", "r32") => Attention::Coordinate(Coordinate::default()),
        ("gct", "") => Attention::Gct(Gct::default()),
        ("self_attention", "") => Attention::SelfAttention(SelfAttention::default()),
        ("seed_self_attention", "h4") => Attention::SelfAttention(SelfAttention { heads: 4, single: true }),
        ("spatial_map", "") => Attention::SpatialMap(SpatialMap::default()),
        ("nonlocal", "") => Attention::NonLocal(NonLocal::default()),
        ("shrink_cw", "") => Attention::Shrinkage(Shrinkage::default()),
        ("shrink_cs", "") => Attention::Shrinkage(Shrinkage { shared: true, ..Shrinkage::default() }),
        ("sk", "") => Attention::Sk(SelectiveKernel::default()),
        ("scalar_gate", "") => Attention::ScalarGate(ScalarGate::default()),
        ("emca_eca", "2prev") => {
            return Some(counted(&[channels, 6, 6], |net, x| {
                let earlier = net.slice(x, 0, 0, channels / 2)?;
                let emca: Attention = serde_json::from_value("emca".into()).unwrap();
                emca.draft_after(net, "a", x, &[earlier, earlier])
            }));
        }
        _ => return None,
    };
    Some(of_module(attention, channels))
}

#[test]
fn counts_are_those_of_the_published_codes() {
    let manifest = include_str!("../reference/manifest.json");
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    let mut known = 0;
    for (name, count) in manifest["parameter_counts"].as_object().unwrap() {
        if let Some(told) = told(name) {
            assert_eq!(told, count.as_u64().unwrap(), "{name}");
            known += 1;
        }
    }
    assert_eq!(known, 5 * 16 + 6, "sixteen kinds for five widths, and six more");
}

#[test]
fn a_hidden_layer_has_at_least_one_unit_however_large_the_reduction() {
    for (kind, field) in [("se", "reduction"), ("cbam", "reduction"), ("cbam-product", "reduction")] {
        let attention: Attention =
            serde_json::from_value(serde_json::json!({"kind": kind, field: 1000})).unwrap();
        let graph = drafted(&[6, 9], |net, x| attention.draft(net, "a", x));
        let hidden: Vec<_> = graph.slots().iter().filter(|slot| slot.name.ends_with("fc1.weight")).collect();
        assert_eq!(hidden.len(), 1, "{kind}");
        assert_eq!(hidden[0].shape, [1, 6], "{kind}");
    }
}

#[test]
fn eca_takes_more_taps_for_more_channels() {
    let taps = |channels| counted(&[channels, 4], |net, x| Attention::Eca(Eca::default()).draft(net, "a", x));
    let told = [1, 64, 96, 127, 128, 1024, 2047, 2048].map(taps);
    assert_eq!(told, [3, 3, 3, 3, 5, 5, 5, 7]);
}

#[test]
fn kernels_of_a_series_have_one_axis() {
    let count = |attention: Attention| counted(&[16, 20], |net, x| attention.draft(net, "a", x));
    assert_eq!(count(Attention::Triplet(Triplet::default())), 2 * (2 * 7 + 2));
    assert_eq!(count(Attention::Cbam(Cbam::default())), 2 * 16 + 1 + 16 + 2 * 7 + 2);
    assert_eq!(count(Attention::ScalarGate(ScalarGate::default())), 3 * 16 * 16 + 16 + 16 + 1);
}
