//! The JSON form against its schema, and its layout.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_report::{SCHEMA_TEXT, json};
use serde_json::Value;

/// What is wrong with `value` by `schema`, at `path`. Knows the keywords that the schema uses; an
/// unknown keyword or an unknown field is a fault, so that neither can drift unseen.
fn faults(root: &Value, schema: &Value, value: &Value, path: &str, out: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let target = rule.as_str().unwrap().strip_prefix('#').unwrap();
                faults(root, root.pointer(target).expect(target), value, path, out);
            }
            "type" => {
                let names: Vec<&str> = match rule {
                    Value::String(name) => vec![name],
                    other => other.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect(),
                };
                let fits = names.iter().any(|name| match *name {
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    other => panic!("type {other}"),
                });
                if !fits {
                    out.push(format!("{path}: not {names:?}"));
                }
            }
            "const" => {
                if value != rule {
                    out.push(format!("{path}: not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    out.push(format!("{path}: not one of {rule}"));
                }
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        out.push(format!("{path}: {key} is missing"));
                    }
                }
            }
            "properties" => {
                let known = rule.as_object().unwrap();
                for (key, inner) in value.as_object().into_iter().flatten() {
                    match known.get(key) {
                        Some(rule) => faults(root, rule, inner, &format!("{path}/{key}"), out),
                        None => out.push(format!("{path}: {key} is not in the schema")),
                    }
                }
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    faults(root, rule, inner, &format!("{path}/{i}"), out);
                }
            }
            "minItems" | "maxItems" => {
                let (length, limit) = (value.as_array().map_or(0, Vec::len) as u64, rule.as_u64().unwrap());
                if if keyword == "minItems" { length < limit } else { length > limit } {
                    out.push(format!("{path}: {length} items"));
                }
            }
            "minimum" | "maximum" => {
                let (number, limit) = (value.as_f64().unwrap_or(f64::NAN), rule.as_f64().unwrap());
                if if keyword == "minimum" { number < limit } else { number > limit } {
                    out.push(format!("{path}: {number} is out of range"));
                }
            }
            "anyOf" | "oneOf" => {
                let fitting = rule.as_array().unwrap().iter().filter(|branch| {
                    let mut inner = Vec::new();
                    faults(root, branch, value, path, &mut inner);
                    inner.is_empty()
                });
                let count = fitting.count();
                if count == 0 || (keyword == "oneOf" && count > 1) {
                    out.push(format!("{path}: {count} branches fit"));
                }
            }
            other => panic!("keyword {other} is not known to this test"),
        }
    }
}

fn check(value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA_TEXT).unwrap();
    let mut out = Vec::new();
    faults(&schema, &schema, value, "", &mut out);
    out
}

#[test]
fn every_sample_agrees_with_the_schema() {
    for diagnosis in [sample::found(), sample::undecided(), sample::no_fault(), sample::nothing_known()] {
        let value: Value = serde_json::from_str(&json(&diagnosis)).unwrap();
        assert_eq!(check(&value), Vec::<String>::new());
    }
}

#[test]
fn the_schema_notices_what_is_missing_wrong_or_new() {
    let good: Value = serde_json::from_str(&json(&sample::found())).unwrap();
    for key in good.as_object().unwrap().keys() {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(key);
        assert!(!check(&bad).is_empty(), "{key} can be left out");
    }
    for (pointer, wrong) in [
        ("/schema", Value::from("brinell.report/2")),
        ("/input/samples", Value::from(1.5)),
        ("/input/unit_origin", Value::from("guessed")),
        ("/evidence/0/peaks/0/counted", Value::from("yes")),
        ("/evidence/0/band_hz", serde_json::json!([1.0])),
        ("/verdict/status", Value::from("fine")),
        ("/figures/image/values/0", Value::from(256)),
        ("/speed", serde_json::json!({"hz": 1.0})),
        ("/learned/scores/0", serde_json::json!({"class": "a", "element": null, "score": 0.5, "extra": 1})),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(!check(&bad).is_empty(), "{pointer}");
    }
}

#[test]
fn lists_of_numbers_stay_on_one_line_and_objects_are_indented() {
    let text = json(&sample::found());
    assert!(text.starts_with("{\n  \"schema\": \"brinell.report/1\",\n  \"id\": "));
    assert!(text.ends_with("\n}\n"));
    assert!(text.lines().any(|line| line.starts_with("    \"bands_hz\": [")), "{}", &text[..2000]);
    assert!(text.lines().any(|line| line.starts_with("      \"values\": [") && line.len() > 10_000));
    assert!(text.lines().count() < 1500, "{}", text.lines().count());
    assert!(text.contains("\"caveats\": [\n    {\n      \"code\": \"unit_assumed\",\n"));
}
