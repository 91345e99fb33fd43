//! What every module and pool has in common: shapes, gradients, independence of samples, and that it leaves the rest of
//! a net alone.

use std::collections::BTreeMap;

use brinell_model::attention::Emca;
use brinell_model::graph::Conv;
use brinell_model::{Attention, Pass, Pool};
use candle_core::{DType, Tensor, Var};

use crate::differences::{Loss, along_directions};
use crate::draws::numbers;
use crate::part::{Part, drafted};
use crate::{batch, every_kind, every_pool, stir};

const MAPS: [&[usize]; 5] = [&[16, 9], &[16, 2], &[16, 6, 5], &[16, 1, 7], &[16, 7, 1]];

fn rows(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn every_kind_takes_the_maps_it_lists_and_keeps_their_shape() {
    for attention in every_kind() {
        let kind = Attention::kinds().iter().find(|kind| kind.name == attention.name()).unwrap();
        assert!(kind.series && kind.images, "{kind:?}");
        for shape in MAPS {
            let part = Part::new(DType::F32, shape, |net, x| attention.draft(net, "a", x));
            let x = batch(3, shape, DType::F32);
            for mut pass in [Pass::evaluate(), Pass::train(1, 2)] {
                let y = part.forward(&x, &mut pass).unwrap();
                assert_eq!(y.dims(), x.dims(), "{attention:?}");
                assert!(rows(&y).iter().all(|y| y.is_finite()), "{attention:?} {shape:?}");
            }
        }
    }
}

#[test]
fn zeros_give_finite_values_and_gradients() {
    for attention in every_kind() {
        let part = Part::new(DType::F32, &[16, 4, 4], |net, x| attention.draft(net, "a", x));
        let x = Var::zeros((2, 16, 4, 4), DType::F32, part.variables.device()).unwrap();
        let y = part.forward(&x, &mut Pass::train(1, 2)).unwrap();
        let gradients = y.sum_all().unwrap().backward().unwrap();
        let finite = |tensor: &Tensor| rows(tensor).iter().all(|value| value.is_finite());
        assert!(finite(&y) && finite(gradients.get(&x).unwrap()), "{attention:?}");
        for (name, var) in part.variables.trainable() {
            assert!(finite(gradients.get(var).unwrap()), "{attention:?} {name}");
        }
    }
}

#[test]
fn gradients_agree_with_central_differences_for_series_and_images() {
    for (case, attention) in every_kind().into_iter().enumerate() {
        for shape in [&[16, 5][..], &[16, 3, 4]] {
            let part = Part::new(DType::F64, shape, |net, x| attention.draft(net, "a", x));
            stir(&part.variables);
            let x = Var::from_tensor(&batch(3, shape, DType::F64)).unwrap();
            let mut vars = vec![&x];
            vars.extend(part.variables.trainable().map(|(_, var)| var));
            along_directions(&format!("{attention:?} {shape:?}"), &vars, Loss::of_case(case), || {
                part.forward(&x, &mut Pass::train(1, 2)).unwrap()
            });
        }
    }
}

#[test]
fn gradients_of_pools_agree_with_central_differences() {
    for pool in every_pool() {
        let part = Part::new(DType::F64, &[4, 7], |net, x| pool.draft(net, "p", x));
        stir(&part.variables);
        let x = Var::from_tensor(&batch(3, &[4, 7], DType::F64)).unwrap();
        let mut vars = vec![&x];
        vars.extend(part.variables.trainable().map(|(_, var)| var));
        along_directions(&format!("{pool:?}"), &vars, Loss::Weighed, || {
            part.forward(&x, &mut Pass::train(1, 2)).unwrap()
        });
    }
}

/// A sample's result alone is its row in a batch of 4.
fn does_not_mix_samples(what: &str, part: &Part, shape: &[usize]) {
    stir(&part.variables);
    let x = batch(4, shape, DType::F64);
    let together = part.forward(&x, &mut Pass::evaluate()).unwrap();
    for i in 0..4 {
        let alone = part.forward(&x.narrow(0, i, 1).unwrap(), &mut Pass::evaluate()).unwrap();
        let row = together.narrow(0, i, 1).unwrap();
        for (a, b) in rows(&alone).iter().zip(rows(&row)) {
            assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{what}: {a} alone, {b} among others");
        }
    }
}

#[test]
fn a_batch_of_one_is_the_row_of_a_batch_of_four() {
    for attention in every_kind() {
        let part = Part::new(DType::F64, &[16, 3, 5], |net, x| attention.draft(net, "a", x));
        does_not_mix_samples(attention.name(), &part, &[16, 3, 5]);
    }
    for pool in every_pool() {
        let part = Part::new(DType::F64, &[6, 8], |net, x| pool.draft(net, "p", x));
        does_not_mix_samples(&format!("{pool:?}"), &part, &[6, 8]);
    }
}

#[test]
fn pools_give_vectors_of_the_told_width() {
    let series = [6, 6, 12, 18, 18, 6, 5, 10];
    let images = [6, 6, 12, 36, 36, 6];
    for (pool, width) in every_pool().iter().zip(series) {
        let graph = drafted(&[6, 8], |net, x| pool.draft(net, "p", x));
        assert_eq!(graph.nodes()[graph.nodes().len() - 1].shape, [width], "{pool:?}");
    }
    for (pool, width) in every_pool().iter().zip(images) {
        let graph = drafted(&[6, 8, 5], |net, x| pool.draft(net, "p", x));
        assert_eq!(graph.nodes()[graph.nodes().len() - 1].shape, [width], "{pool:?}");
    }
}

#[test]
fn mean_and_max_stand_behind_one_another() {
    let part = Part::new(DType::F64, &[2, 3], |net, x| Pool::MeanMax.draft(net, "p", x));
    let x = Tensor::new(&[[[1.0, 2.0, 6.0], [-3.0, -1.0, -2.0]]], part.variables.device()).unwrap();
    let y = part.forward(&x, &mut Pass::evaluate()).unwrap();
    assert_eq!(rows(&y), [3.0, -2.0, 6.0, -1.0]);
}

#[test]
fn modules_with_a_residual_begin_as_if_they_were_not_there() {
    let kinds = every_kind();
    let kinds = kinds.iter().filter(|kind| ["gct", "self-attention", "non-local"].contains(&kind.name()));
    let mut seen = 0;
    for attention in kinds {
        let part = Part::new(DType::F64, &[8, 4, 3], |net, x| attention.draft(net, "a", x));
        let x = batch(3, &[8, 4, 3], DType::F64);
        for mut pass in [Pass::evaluate(), Pass::train(1, 2)] {
            assert_eq!(rows(&part.forward(&x, &mut pass).unwrap()), rows(&x), "{attention:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn attention_leaves_the_first_values_of_all_other_weights_as_they_were() {
    let begun = |attention: &Attention| -> BTreeMap<String, Vec<f64>> {
        let part = Part::new(DType::F64, &[3, 8, 8], |net, x| {
            let x = net.conv("stem", x, &Conv::same(16, 3))?;
            let x = net.norm_relu("norm", x)?;
            let x = attention.draft(net, "attention", x)?;
            let x = net.global_mean(x)?;
            net.linear("fc", x, 5, true)
        });
        part.variables.named().map(|(name, var)| (name.to_owned(), rows(var))).collect()
    };
    let without = begun(&Attention::None);
    for attention in every_kind() {
        let with = begun(&attention);
        for (name, values) in &without {
            assert_eq!(&with[name], values, "{attention:?} {name}");
        }
        let added: Vec<_> = with.keys().filter(|name| !without.contains_key(*name)).collect();
        assert!(added.iter().all(|name| name.starts_with("attention.")), "{added:?}");
    }
}

#[test]
fn what_stands_in_place_of_a_convolution_has_its_channels_and_step() {
    let kinds = every_kind();
    let conv = Conv::same(32, 3).stride(2);
    for attention in kinds.iter().chain([&Attention::None]) {
        for (input, output) in [(&[16, 9][..], &[32, 5][..]), (&[16, 9, 8], &[32, 5, 4])] {
            let graph = drafted(input, |net, x| attention.conv(net, "unit", x, &conv));
            let map = graph.map().unwrap();
            let part = Part::new(DType::F32, input, |net, x| attention.conv(net, "unit", x, &conv));
            let y = part.forward(&batch(2, input, DType::F32), &mut Pass::train(0, 0)).unwrap();
            assert_eq!(&y.dims()[1..], output, "{attention:?} {map:?}");
            let plain = graph.slots().iter().any(|slot| slot.name == "unit.conv.weight");
            assert_eq!(plain, !attention.replaces_conv(), "{attention:?}");
        }
    }
    let replacing: Vec<_> = kinds.iter().filter(|kind| kind.replaces_conv()).map(Attention::name).collect();
    assert_eq!(replacing, ["sk", "psa"]);
}

#[test]
fn psa_parts_the_channels_by_kernel_and_the_published_order_turns_them_round() {
    let quarters = |reversed: bool| {
        let psa: Attention =
            serde_json::from_value(serde_json::json!({"kind": "psa", "reversed": reversed})).unwrap();
        let part = Part::new(DType::F64, &[16, 7, 6], |net, x| psa.draft(net, "", x));
        stir(&part.variables);
        let y = part.forward(&batch(2, &[16, 7, 6], DType::F64), &mut Pass::evaluate()).unwrap();
        (0..4).map(|i| rows(&y.narrow(1, 4 * i, 4).unwrap())).collect::<Vec<_>>()
    };
    let (ascending, mut published) = (quarters(false), quarters(true));
    assert_ne!(ascending, published);
    published.reverse();
    assert_eq!(ascending, published);
}

#[test]
fn only_emca_looks_at_earlier_stages() {
    let with_earlier = |attention: &Attention| {
        drafted(&[16, 4, 4], |net, x| {
            let earlier = net.conv("earlier", x, &Conv::new(8, 1))?;
            attention.draft_after(net, "a", x, &[earlier])
        })
    };
    let without = |attention: &Attention| {
        drafted(&[16, 4, 4], |net, x| {
            net.conv("earlier", x, &Conv::new(8, 1))?;
            attention.draft(net, "a", x)
        })
    };
    for attention in every_kind() {
        let same = with_earlier(&attention) == without(&attention);
        assert_eq!(same, !matches!(attention, Attention::Emca(_)), "{attention:?}");
    }
}

#[test]
fn emca_takes_earlier_maps_by_their_means() {
    let emca = Attention::Emca(Emca::default());
    let drafts = |squeeze: bool| {
        let part = Part::new(DType::F64, &[8, 4, 4], |net, x| {
            let earlier = net.slice(x, 0, 2, 4)?;
            let earlier = if squeeze { net.global_mean(earlier)? } else { earlier };
            emca.draft_after(net, "a", x, &[earlier])
        });
        let fuse = numbers(&[1, 1, 2], 9);
        part.variables.trainable().find(|(name, _)| *name == "a.fuse.weight").unwrap().1.set(&fuse).unwrap();
        rows(&part.forward(&batch(2, &[8, 4, 4], DType::F64), &mut Pass::evaluate()).unwrap())
    };
    assert_eq!(drafts(true), drafts(false));
}
