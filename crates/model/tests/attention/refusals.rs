//! Settings and maps that cannot be: an error that names the layer, says why, and what would do.

use brinell_model::attention::{AdaptivePool, MOST_SCORES, MultiHeadAttention, RecurrentAttention};
use brinell_model::{Attention, Draft, Pool};
use serde_json::{Value, json};

use crate::every_kind;

/// The message with which a module refuses a map.
fn refused(input: &[usize], attention: Value) -> String {
    let attention: Attention = serde_json::from_value(attention).unwrap();
    let mut net = Draft::new(input).unwrap();
    let x = net.input();
    match attention.draft(&mut net, "block.attention", x) {
        Ok(_) => panic!("{attention:?} takes {input:?}"),
        Err(error) => error.to_string(),
    }
}

fn assert_says(message: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn a_reduction_of_0_is_refused() {
    for kind in
        ["se", "cbam", "cbam-channel", "cbam-product", "coordinate", "sk", "psa", "non-local", "shrinkage"]
    {
        let message = refused(&[16, 4, 4], json!({"kind": kind, "reduction": 0}));
        assert_says(&message, &["block.attention.", "reduction` = 0", "at least 1"]);
    }
    let message = refused(&[16, 4, 4], json!({"kind": "emca", "excite": "se", "reduction": 0}));
    assert_says(&message, &["block.attention.reduction` = 0"]);
}

#[test]
fn an_even_kernel_is_refused() {
    for kind in ["cbam", "cbam-spatial", "eca", "triplet", "emca"] {
        for kernel in [0, 4] {
            let message = refused(&[16, 9], json!({"kind": kind, "kernel": kernel}));
            assert_says(&message, &["block.attention.", &format!("kernel` = {kernel}"), "odd"]);
        }
    }
    let message = refused(&[16, 9], json!({"kind": "psa", "kernels": [3, 5, 6, 9]}));
    assert_says(&message, &["block.attention.kernels` = 6", "odd"]);
}

#[test]
fn a_kernel_out_of_proportion_to_what_it_slides_over_is_refused() {
    for (kernel, taken) in [(31, true), (33, false)] {
        let eca: Attention = serde_json::from_value(json!({"kind": "eca", "kernel": kernel})).unwrap();
        let mut net = Draft::new(&[16, 4]).unwrap();
        let x = net.input();
        assert_eq!(eca.draft(&mut net, "a", x).is_ok(), taken, "{kernel} taps over 16 channels");
    }
    let message = refused(&[16, 4, 4], json!({"kind": "eca", "kernel": 33}));
    assert_says(&message, &["block.attention.kernel` = 33", "at most 31", "16 values"]);
    for kind in ["triplet", "cbam", "cbam-spatial"] {
        let message = refused(&[16, 12, 4], json!({"kind": kind, "kernel": 35}));
        assert_says(&message, &["kernel` = 35", "at most"]);
    }
    let message = refused(&[16, 4, 4], json!({"kind": "psa", "kernels": [3, 5, 7, 11]}));
    assert_says(&message, &["kernels` = 11", "at most 9"]);
}

#[test]
fn heads_and_groups_that_do_not_divide_the_channels_are_refused() {
    let message = refused(&[10, 4, 4], json!({"kind": "self-attention", "heads": 4}));
    assert_says(&message, &["block.attention.q", "10 channels", "4 heads"]);
    let message = refused(&[10, 4, 4], json!({"kind": "self-attention", "heads": 0}));
    assert_says(&message, &["block.attention.heads` = 0"]);
    let message = refused(&[10, 4, 4], json!({"kind": "sk", "groups": 4}));
    assert_says(&message, &["block.attention.branch0.conv", "4 groups", "10 channels"]);
    let message = refused(&[16, 4, 4], json!({"kind": "psa", "groups": [1, 4, 8, 16]}));
    assert_says(&message, &["block.attention.convs.2", "8 groups", "4 channels out"]);
    let message = refused(&[10, 4, 4], json!("psa"));
    assert_says(&message, &["block.attention.convs", "10 channels", "multiple of 4"]);
    for branches in [0, 1000] {
        let message = refused(&[16, 4, 4], json!({"kind": "sk", "branches": branches}));
        assert_says(&message, &[&format!("block.attention.branches` = {branches}"), "between 1 and 16"]);
    }
}

#[test]
fn psa_lowers_the_groups_of_the_paper_to_what_the_channels_allow() {
    for channels in [4, 12, 16, 64] {
        let mut net = Draft::new(&[channels, 8]).unwrap();
        let x = net.input();
        let psa: Attention = serde_json::from_value(json!("psa")).unwrap();
        assert!(psa.draft(&mut net, "a", x).is_ok(), "{channels} channels");
    }
}

#[test]
fn empty_widths_and_constants_out_of_range_are_refused() {
    assert_says(&refused(&[16, 9], json!({"kind": "scalar-gate", "hidden": 0})), &["block.attention.conv"]);
    assert_says(&refused(&[16, 9], json!({"kind": "gct", "eps": 0.0})), &["block.attention.eps` = 0"]);
    assert_says(
        &refused(&[16, 9], json!({"kind": "simam", "lambda": -1.0})),
        &["block.attention.lambda` = -1"],
    );
}

#[test]
fn simam_needs_two_positions() {
    assert_says(&refused(&[16, 1, 1], json!("simam")), &["block.attention", "[16, 1, 1]", "at least 2"]);
}

#[test]
fn too_many_pairs_of_positions_are_refused_with_a_size_that_would_do() {
    let message = refused(&[16, 64, 64], json!("self-attention"));
    assert_says(&message, &["block.attention.q", "4096 positions", "at most 1024", "32 x 32"]);
    let message = refused(&[16, 5000], json!("non-local"));
    assert_says(&message, &["block.attention.theta", "5000 positions", "at most 2048"]);
    assert!(!message.contains(" x "), "{message}");
    let one_head = json!({"kind": "self-attention", "single": true});
    for (kind, side) in [(json!("self-attention"), 32), (json!("non-local"), 45), (one_head, 45)] {
        let attention: Attention = serde_json::from_value(kind.clone()).unwrap();
        let mut net = Draft::new(&[16, side, side]).unwrap();
        let x = net.input();
        assert!(attention.draft(&mut net, "a", x).is_ok(), "{kind} takes what it tells");
    }
    let mut net = Draft::new(&[8, 3000]).unwrap();
    let x = net.input();
    let error = MultiHeadAttention { heads: 1 }.draft(&mut net, "layer", x).unwrap_err();
    assert_says(&error.to_string(), &["layer.in_proj", "3000 positions", "at most 2048"]);
    assert_eq!(MOST_SCORES, 2048 * 2048);
}

#[test]
fn an_earlier_stage_whose_channels_do_not_divide_is_refused() {
    let emca: Attention = serde_json::from_value(json!("emca")).unwrap();
    let mut net = Draft::new(&[16, 6, 6]).unwrap();
    let x = net.input();
    let earlier = net.slice(x, 0, 0, 6).unwrap();
    let error = emca.draft_after(&mut net, "stage2.attention", x, &[earlier]).unwrap_err();
    assert_says(
        &error.to_string(),
        &["stage2.attention.fuse", "6 channels", "the 16 here", "1 x 1 convolution"],
    );
}

#[test]
fn vectors_are_refused_by_name() {
    for attention in every_kind() {
        let mut net = Draft::new(&[16, 6]).unwrap();
        let x = net.input();
        let vector = net.global_mean(x).unwrap();
        let error = attention.draft(&mut net, "block.attention", vector).unwrap_err();
        assert_says(&error.to_string(), &["`block.attention`", "[channels, length]"]);
    }
    let mut net = Draft::new(&[16, 6]).unwrap();
    let x = net.input();
    let vector = net.global_mean(x).unwrap();
    let error = Pool::Mean.draft(&mut net, "pool", vector).unwrap_err();
    assert_says(&error.to_string(), &["`pool`", "[channels, length]"]);
}

#[test]
fn pools_refuse_what_they_cannot_take() {
    let refused = |input: &[usize], pool: Pool| {
        let mut net = Draft::new(input).unwrap();
        let x = net.input();
        pool.draft(&mut net, "pool", x).unwrap_err().to_string()
    };
    let recurrent = RecurrentAttention::default();
    let message = refused(&[4, 5, 5], Pool::GruAttention(recurrent.clone()));
    assert_says(&message, &["pool.rnn", "[channels, time]"]);
    for hidden in [0, usize::MAX] {
        let pool = Pool::LstmAttention(RecurrentAttention { hidden, ..recurrent.clone() });
        assert_says(&refused(&[4, 5], pool), &["pool.hidden"]);
    }
    let pool = Pool::GruAttention(RecurrentAttention { units: 0, ..recurrent });
    assert_says(&refused(&[4, 5], pool), &["pool.units` = 0"]);
    let pool = Pool::AdaptiveMean(AdaptivePool { windows: [0, 2] });
    assert_says(&refused(&[4, 5, 5], pool), &["pool.windows", "at least 1"]);
    let pool = Pool::AdaptiveMax(AdaptivePool { windows: [2, 6] });
    assert_says(&refused(&[4, 5, 5], pool.clone()), &["pool.windows", "at most 5"]);
    assert_says(&refused(&[4, 5], pool), &["pool.windows", "at most 5"]);
    let pool = Pool::AdaptiveMax(AdaptivePool { windows: [6, 5] });
    let mut net = Draft::new(&[4, 5]).unwrap();
    let x = net.input();
    assert!(pool.draft(&mut net, "pool", x).is_ok(), "a series has no height");
}

#[test]
fn no_setting_however_large_panics() {
    let huge = u64::MAX >> 1;
    let settings = [
        json!({"kind": "cbam", "kernel": huge}),
        json!({"kind": "eca", "kernel": huge}),
        json!({"kind": "triplet", "kernel": huge}),
        json!({"kind": "coordinate", "least": huge}),
        json!({"kind": "sk", "least": huge}),
        json!({"kind": "scalar-gate", "hidden": huge}),
        json!({"kind": "psa", "kernels": [huge, huge, huge, huge]}),
    ];
    for setting in settings {
        for input in [&[16, 9][..], &[16, 4, 4]] {
            assert_says(&refused(input, setting.clone()), &["block.attention"]);
        }
    }
}
