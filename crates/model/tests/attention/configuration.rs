//! How a configuration names attention and pools.

use brinell_model::attention::{AdaptivePool, Eca, RecurrentAttention, SqueezeExcite};
use brinell_model::{Architecture, Attention, Pool};
use serde_json::{Value, json};

fn attention(value: Value) -> Result<Attention, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn pool(value: Value) -> Result<Pool, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn a_name_alone_is_its_kind_with_the_defaults() {
    let names = Attention::kinds().iter().map(|kind| kind.name).chain(["none"]);
    for name in names {
        let short = attention(json!(name)).unwrap();
        assert_eq!(short, attention(json!({"kind": name})).unwrap());
        assert_eq!(short.name(), name);
    }
    assert_eq!(attention(json!("eca")).unwrap(), Attention::Eca(Eca { kernel: None }));
    assert_eq!(pool(json!("lstm-attention")).unwrap(), Pool::LstmAttention(RecurrentAttention::default()));
}

#[test]
fn what_is_written_is_read_again() {
    let kinds = Attention::kinds().iter().map(|kind| attention(json!(kind.name)).unwrap());
    for attention in kinds.chain([Attention::None]) {
        let written = serde_json::to_value(&attention).unwrap();
        assert_eq!(written["kind"], attention.name());
        assert_eq!(serde_json::from_value::<Attention>(written).unwrap(), attention);
    }
    for pool in crate::every_pool() {
        let written = serde_json::to_value(&pool).unwrap();
        assert_eq!(serde_json::from_value::<Pool>(written).unwrap(), pool);
    }
}

#[test]
fn fields_stand_beside_the_kind() {
    let se = attention(json!({"kind": "se", "reduction": 4, "bias": true})).unwrap();
    assert_eq!(se, Attention::Se(SqueezeExcite { reduction: 4, bias: true }));
    let adaptive = pool(json!({"kind": "adaptive-max", "windows": [5, 1]})).unwrap();
    assert_eq!(adaptive, Pool::AdaptiveMax(AdaptivePool { windows: [5, 1] }));
}

#[test]
fn unknown_kinds_and_fields_are_refused_with_those_there_are() {
    for kind in Attention::kinds() {
        let message = attention(json!({"kind": kind.name, "raduction": 4})).unwrap_err();
        assert!(message.contains("raduction"), "{}: {message}", kind.name);
    }
    for value in [json!("squeeze"), json!({"kind": "squeeze"})] {
        let message = attention(value).unwrap_err();
        assert!(
            message.contains("`squeeze`") && message.contains("`se`") && message.contains("`psa`"),
            "{message}"
        );
    }
    let message = attention(json!({"kind": "none", "reduction": 4})).unwrap_err();
    assert!(message.contains("nothing to set"), "{message}");
    let message = pool(json!({"kind": "mean", "windows": 4})).unwrap_err();
    assert!(message.contains("nothing to set"), "{message}");
    let message = attention(json!(3)).unwrap_err();
    assert!(message.contains("name of a kind"), "{message}");
    let message = attention(json!({"reduction": 4})).unwrap_err();
    assert!(message.contains("`kind`"), "{message}");
}

#[test]
fn an_architecture_takes_both_forms() {
    let net = |attention: Value| -> Architecture {
        serde_json::from_value(json!({"name": "se-cnn", "attention": attention})).unwrap()
    };
    assert_eq!(net(json!("eca")), net(json!({"kind": "eca"})));
    assert_ne!(net(json!("eca")), net(json!("none")));
}

#[test]
fn every_kind_tells_its_source_and_no_two_have_one_name() {
    let mut names: Vec<&str> = Attention::kinds().iter().map(|kind| kind.name).collect();
    assert!(Attention::kinds().iter().all(|kind| {
        kind.paper.contains(char::is_whitespace) && !kind.title.is_empty() && !kind.parameters.is_empty()
    }));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 18);
}
