//! The keys of nets, attention and pools with their defaults, as the types that read them tell.

use crate::learner::Learner;
use crate::step_keys::StepKeys;
use brinell_model::{Architecture, Attention, Pool};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The net that stands for any behind a mask of sensors.
const MASKED: &str = "resnet-18";

/// The keys of `[model]` beside this `name`, an architecture's or that of a published setting; nothing where there is
/// no such net.
pub fn net_keys(name: &str) -> Option<StepKeys> {
    let mut written = match Architecture::of_table(json!({ "name": name })) {
        Ok(net) => serde_json::to_value(&net).ok()?,
        Err(_) => {
            let net = Architecture::of_table(json!({ "name": name, "net": MASKED })).ok()?;
            let mut written = serde_json::to_value(&net).ok()?;
            written["net"] = MASKED.into();
            written
        }
    };
    let optional = written.get("net").is_none();
    written["name"] = name.into();
    let read = |table: &Value| Architecture::of_table(table).err().map(|error| error.to_string());
    Some(StepKeys::asked(written, optional, &read))
}

/// The keys of `[model]` beside this `name` of a learner; nothing where there is no such learner.
pub fn learner_keys(name: &str) -> Option<StepKeys> {
    let table = json!({ "name": name });
    let written = serde_json::to_value(Learner::deserialize(&table).ok()?).ok()?;
    let read = |table: &Value| Learner::deserialize(table).err().map(|error| error.to_string());
    Some(StepKeys::asked(written, true, &read))
}

/// The keys of an attention of this `kind`; nothing where there is none.
pub fn attention_keys(kind: &str) -> Option<StepKeys> {
    keys_of_kind::<Attention>(kind)
}

/// The keys of a pool of this `kind`; nothing where there is none.
pub fn pool_keys(kind: &str) -> Option<StepKeys> {
    keys_of_kind::<Pool>(kind)
}

fn keys_of_kind<T: for<'de> Deserialize<'de> + Serialize>(kind: &str) -> Option<StepKeys> {
    let read = |table: &Value| T::deserialize(table).err().map(|error| error.to_string());
    let written = T::deserialize(json!(kind)).ok().and_then(|value| serde_json::to_value(value).ok())?;
    Some(StepKeys::asked(written, true, &read))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_net_attention_and_pool_tells_keys_that_it_takes_at_their_defaults() {
        for name in Architecture::names() {
            let keys = net_keys(name).unwrap();
            let mut table = keys.examples();
            table["name"] = json!(name);
            let read = Architecture::of_table(&table).unwrap_or_else(|error| panic!("{table}: {error}"));
            let mut bare = json!({ "name": name });
            if *name == "sensors" {
                assert_eq!(keys.needed(), ["net"]);
                bare["net"] = MASKED.into();
            }
            assert_eq!(read, Architecture::of_table(&bare).unwrap(), "{name}");
        }
        for kind in Attention::kinds() {
            let mut table = attention_keys(kind.name).unwrap().examples();
            table["kind"] = json!(kind.name);
            let read: Attention = serde_json::from_value(table).unwrap();
            assert_eq!(read, serde_json::from_value(json!(kind.name)).unwrap());
        }
        for kind in Pool::kinds() {
            let mut table = pool_keys(kind.name).unwrap().examples();
            table["kind"] = json!(kind.name);
            let read: Pool = serde_json::from_value(table).unwrap();
            assert_eq!(read, serde_json::from_value(json!(kind.name)).unwrap());
        }
        assert_eq!(net_keys("densenet-122"), None);
        assert_eq!(attention_keys("no such"), None);
    }

    #[test]
    fn words_and_what_stands_in_tables_are_told_with_their_place() {
        let keys = net_keys("resnet-50").unwrap();
        let line = keys.line();
        for part in ["block=bottleneck", "blocks=[3,4,6,3]", "attention.kind=none", "position=(unset)"] {
            assert!(line.contains(part), "{part} is missing: {line}");
        }
        let words = |key: &str| {
            let found = keys.words.iter().find(|(path, _)| path == key);
            found.map(|(_, words)| words.join(" ")).unwrap_or_default()
        };
        assert_eq!(words("block"), "basic bottleneck");
        assert_eq!(words("position"), "after-block in-layer in-place");
        assert!(words("attention.kind").starts_with("none se cbam "), "{}", words("attention.kind"));
        let keys = net_keys("se-cnn").unwrap();
        assert!(keys.line().contains("attention.kind=se,attention.reduction=16"), "{}", keys.line());
        assert_eq!(keys.table()["attention"]["reduction"], 16);
        assert_eq!(attention_keys("eca").unwrap().line(), "kernel=(unset)");
        assert_eq!(pool_keys("mean").unwrap(), StepKeys::default());
    }
}
