//! `brinell list models` and `brinell list attention`: nets, attention and pools with what they cost and take.

use super::list::{Details, Keys, Known};
use brinell_learn::{KeyDefault, StepKeys, attention_keys, net_keys, pool_keys};
use brinell_model::attention::AttentionKind;
use brinell_model::graph::Field;
use brinell_model::{Attention, Cost, ModelInfo, Pool, published, zoo};
use serde_json::{Value, json};

/// The map that the cost of attention is told for.
const IMAGE: &[usize] = &[64, 16, 16];
/// The same as a series, for what takes no images.
const SERIES: &[usize] = &[64, 256];

/// All nets that may be chosen by name, in the order of their names.
pub(super) fn models() -> Vec<Known> {
    let mut models: Vec<&ModelInfo> = zoo().iter().chain(published()).collect();
    models.sort_by_key(|model| model.name);
    models.into_iter().map(model).collect()
}

fn model(model: &ModelInfo) -> Known {
    let sizes = sizes(&model.receptive_field, model.input);
    let cost = format!(
        "{} parameters, {} multiply-adds, receptive field {}, for input {} and {} classes",
        grouped(model.cost.parameters),
        grouped(model.cost.multiply_adds),
        seen(&sizes),
        by(model.input),
        model.classes
    );
    let keys = net_keys(model.name).unwrap_or_default();
    Known {
        name: model.name.to_owned(),
        title: model.title.to_owned(),
        group: Some("nets"),
        details: Details::Model {
            parameters: model.cost.parameters,
            multiply_adds: model.cost.multiply_adds,
            input: model.input,
            classes: model.classes,
            receptive_field: sizes,
            paper: model.paper,
            lines: vec![cost, format!("paper: {}", model.paper)],
            more: key_lines(&keys),
            keys: Keys::of(&keys),
        },
    }
}

/// All attention, then all pools.
pub(super) fn attention() -> Vec<Known> {
    let attention = Attention::kinds().iter().map(|kind| {
        let (input, told) = (map(kind), serde_json::from_value::<Attention>(json!(kind.name)).ok());
        let (cost, field) =
            told.and_then(|module| module.cost(input).ok()).unwrap_or((NO_COST, Field::Whole));
        let sizes = sizes(&field, input);
        let sees = format!(", receptive field {}", seen(&sizes));
        module(kind, "", cost, (Some(sizes), sees), &attention_keys(kind.name).unwrap_or_default())
    });
    let pools = Pool::kinds().iter().map(|kind| {
        let told = serde_json::from_value::<Pool>(json!(kind.name)).ok();
        let cost = told.and_then(|pool| pool.cost(map(kind)).ok()).unwrap_or(NO_COST);
        let keys = pool_keys(kind.name).unwrap_or_default();
        module(kind, "pool: ", cost, (None, String::new()), &keys)
    });
    attention.chain(pools).collect()
}

const NO_COST: Cost = Cost { parameters: 0, multiply_adds: 0, activation_bytes: 0 };

fn map(kind: &AttentionKind) -> &'static [usize] {
    if kind.images { IMAGE } else { SERIES }
}

/// An attention or a pool, with the receptive field of the former as sizes and in words.
fn module(
    kind: &AttentionKind,
    what: &str,
    cost: Cost,
    (receptive_field, sees): (Option<Vec<usize>>, String),
    keys: &StepKeys,
) -> Known {
    let takes = match (kind.series, kind.images) {
        (true, true) => "series and images",
        (true, false) => "series",
        _ => "images",
    };
    let input = map(kind);
    let parameters = format!("{takes}; parameters for C channels: {}", kind.parameters);
    let cost_line = format!(
        "for {}: {} parameters, {} multiply-adds{sees}",
        by(input),
        grouped(cost.parameters),
        grouped(cost.multiply_adds)
    );
    Known {
        name: kind.name.to_owned(),
        title: format!("{what}{}", kind.title),
        group: None,
        details: Details::Module {
            series: kind.series,
            images: kind.images,
            input,
            parameters: cost.parameters,
            multiply_adds: cost.multiply_adds,
            receptive_field,
            paper: kind.paper,
            lines: vec![parameters, cost_line, format!("paper: {}", kind.paper)],
            more: key_lines(keys),
            keys: Keys::of(keys),
        },
    }
}

/// Every key on a line of its own, with its default and the words that it takes, as a configuration may hold them.
fn key_lines(keys: &StepKeys) -> Vec<String> {
    let line = |key: &brinell_learn::StepKey| {
        let path = key.path.join(".");
        let words = keys.words.iter().find(|(of, _)| *of == path);
        let words = words.map_or_else(String::new, |(_, words)| format!("   # {}", words.join(", ")));
        match &key.default {
            KeyDefault::Value(value) => format!("{path} = {}{words}", written(value)),
            KeyDefault::Unset => format!("# {path} is not set{}", words.replacen("   #", ":", 1)),
            KeyDefault::Needed(value) => {
                format!("{path} = {}   # needed; such as this{words}", written(value))
            }
        }
    };
    match keys.keys.is_empty() {
        true => vec!["nothing to set".to_owned()],
        false => keys.keys.iter().map(line).collect(),
    }
}

/// A value as TOML has it.
fn written(value: &Value) -> String {
    match value {
        Value::Array(values) => format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// What one value of a map sees along each axis of an input, nothing where it is the whole input.
fn sizes(field: &Field, input: &[usize]) -> Vec<usize> {
    match field {
        // A series has height 1.
        Field::Window { size, .. } => size[3 - input.len()..].to_vec(),
        Field::Whole => Vec::new(),
    }
}

fn seen(sizes: &[usize]) -> String {
    if sizes.is_empty() { "the whole input".to_owned() } else { by(sizes) }
}

/// Sizes along axes, such as `1 x 64 x 64`.
fn by(sizes: &[usize]) -> String {
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

/// A count with its thousands apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for three in digits.as_bytes()[first..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(three.iter().map(|&digit| char::from(digit)));
    }
    text
}
