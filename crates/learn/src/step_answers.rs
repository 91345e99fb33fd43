//! What a step answers when a key is set to this or that: which words, keys and values it takes there. The answers are
//! serde's; each is looked at by its beginning only.

use crate::step_keys::{UNKNOWN, known_words, pointer};
use brinell_signal::Step;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Why a table is refused; nothing where it is a step.
pub(crate) fn refusal(table: &Value) -> Option<String> {
    Step::deserialize(table).err().map(|error| error.to_string())
}

/// The table with another value at this path; nothing where it has no such place.
pub(crate) fn with(table: &Value, path: &[String], value: Value) -> Option<Value> {
    let mut changed = table.clone();
    let (last, outer) = path.split_last()?;
    let outer = changed.pointer_mut(&pointer(outer))?;
    if !outer.is_object() {
        *outer = Value::Object(Map::new());
    }
    outer.as_object_mut()?.insert(last.clone(), value);
    Some(changed)
}

pub(crate) fn accepts(table: &Value, path: &[String], value: &Value) -> bool {
    with(table, path, value.clone()).is_some_and(|changed| refusal(&changed).is_none())
}

/// The words that the key at this path takes; empty where it takes none.
pub(crate) fn words_at(table: &Value, path: &[String]) -> Vec<String> {
    let answer = with(table, path, UNKNOWN.into()).and_then(|changed| refusal(&changed));
    answer
        .filter(|answer| answer.starts_with("unknown variant"))
        .map_or_else(Vec::new, |answer| known_words(&answer))
}

/// The keys of the table at this path; nothing where there is no table.
pub(crate) fn fields_at(table: &Value, path: &[String]) -> Option<Vec<String>> {
    let answer =
        with(table, path, serde_json::json!({ UNKNOWN: 1 })).and_then(|changed| refusal(&changed))?;
    answer.starts_with(&format!("unknown field `{UNKNOWN}`")).then(|| known_words(&answer))
}
