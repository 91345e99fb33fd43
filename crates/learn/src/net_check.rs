//! Whether a net can be made for its inputs: values out of range by their key, shapes that cannot be by their layer,
//! outputs that no loss would train. Nothing is allocated.

use crate::experiment::Complaints;
use brinell_model::{Architecture, Error};
use serde::Deserialize;
use serde_json::Value;

/// So many values out of range are looked for.
const MOST: usize = 16;

/// Notes what stands against the net for examples of this shape; `whose` says whose shape it is.
pub(crate) fn check(net: &Architecture, shape: &[usize], whose: &str, found: &mut Complaints) {
    let Ok(mut table) = serde_json::to_value(net) else { return };
    for round in 0..MOST {
        match refusal(&table, shape) {
            None => {
                check_outputs(&table, shape, found);
                return;
            }
            Some(error) => {
                let blamed = match &error {
                    Error::Config { field, value, expected } => {
                        culprit(&table, shape, field).map(|path| (path, field, value, expected))
                    }
                    _ => None,
                };
                let Some((path, field, value, expected)) = blamed else {
                    // What does not fit the values that took the place of wrong ones says nothing about those that
                    // were meant.
                    if round == 0 {
                        found.add("model", format!("for {whose}, input {shape:?}: {error}"));
                    }
                    return;
                };
                let (layer, _) = field.rsplit_once('.').unwrap_or_default();
                let layer = if layer.is_empty() { String::new() } else { format!(", in layer `{layer}`") };
                let key = path.join(".");
                let (place, shown) = match place_in_list(field) {
                    Some(at) => (format!("{key}.{at}"), format!("{key}[{at}]")),
                    None => (key.clone(), key),
                };
                let message = format!("{shown} = {} is out of range: {expected}{layer}", brief(value));
                found.add(&format!("model.{place}"), message);
                remove(&mut table, &path);
            }
        }
    }
}

/// Notes every key that asks for an output beside the class: the losses of an experiment look at the class only.
fn check_outputs(table: &Value, shape: &[usize], found: &mut Complaints) {
    let outputs = |table: &Value| {
        let graph = Architecture::deserialize(table).ok()?.draft(shape, 2).ok()?;
        Some(graph.outputs().len())
    };
    let all = outputs(table);
    if all.is_none_or(|all| all < 2) {
        return;
    }
    let mut paths = Vec::new();
    collect(table, &mut Vec::new(), &mut paths);
    for path in paths {
        let mut without = table.clone();
        remove(&mut without, &path);
        if outputs(&without).is_some_and(|fewer| Some(fewer) < all) {
            let key = path.join(".");
            let message = format!(
                "{key} asks for an output beside the class, which no loss of an experiment trains; leave it out, or train \
                 the net with the crate brinell-model and a loss of your own"
            );
            found.add(&format!("model.{key}"), message);
        }
    }
}

/// Why the net of this table cannot be drafted.
fn refusal(table: &Value, shape: &[usize]) -> Option<Error> {
    Architecture::deserialize(table).ok()?.draft(shape, 2).err()
}

/// The key, from the outside to the inside, that a refusal for the value of `field` is about: one without which the net
/// is refused for another reason, or not at all, those of that name first. A layer may have another name than the key.
fn culprit(table: &Value, shape: &[usize], field: &str) -> Option<Vec<String>> {
    let name = field.rsplit('.').next().unwrap_or(field);
    let name = name.split('[').next().unwrap_or(name);
    let mut paths = Vec::new();
    collect(table, &mut Vec::new(), &mut paths);
    paths.sort_by_key(|path| path.last().is_none_or(|last| last != name));
    let said = |table: &Value| refusal(table, shape).map(|error| error.to_string());
    let before = said(table);
    paths.into_iter().find(|path| {
        let mut without = table.clone();
        remove(&mut without, path);
        Architecture::deserialize(&without).is_ok() && said(&without) != before
    })
}

/// A number of a length that can be read.
fn brief(value: &str) -> String {
    match value.parse::<f64>() {
        Ok(number) if value.len() > 20 => format!("{number:e}"),
        _ => value.to_owned(),
    }
}

/// The place of a value in its list: 1 for `widths[1]`.
fn place_in_list(field: &str) -> Option<usize> {
    field.rsplit_once('[')?.1.strip_suffix(']')?.parse().ok()
}

/// The paths of all keys that hold no table, in the order of their names.
fn collect(table: &Value, outer: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    for (key, value) in table.as_object().into_iter().flatten() {
        outer.push(key.clone());
        match value {
            Value::Object(_) => collect(value, outer, found),
            _ => found.push(outer.clone()),
        }
        outer.pop();
    }
}

/// Removes a key, so that its default takes its place.
fn remove(table: &mut Value, path: &[String]) {
    let Some((last, outer)) = path.split_last() else { return };
    let inner = outer.iter().try_fold(table, |table, key| table.get_mut(key));
    if let Some(inner) = inner.and_then(Value::as_object_mut) {
        inner.remove(last);
    }
}
