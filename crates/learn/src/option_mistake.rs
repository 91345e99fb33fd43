//! Why a table of options cannot be read, in plain words: which key, what was given, what is expected.
//!
//! The type that reads the table is asked, as a pipeline's steps are (see `step_answers.rs`): each key is tried alone
//! beside sound ones, so that every wrong key is found and named with the legal ones, however deep it stands.

use crate::step_keys::{UNKNOWN, known_words};
use crate::value_wording::{given, halves, meant, misfit, plain, quoted, whole, whole_number};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Keys that say which of several forms a table has.
const TAGS: [&str; 2] = ["kind", "name"];

/// Reads a value and gives it back with every default written out, or says why it cannot be read.
pub(crate) type Reader<'a> = dyn Fn(&Value) -> Result<Value, String> + 'a;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OptionMistake {
    /// The key, from the section inwards.
    pub(crate) path: Vec<String>,
    /// Whether the key itself is wrong, and not what it is set to.
    pub(crate) at_key: bool,
    /// What is wrong, and what is right.
    pub(crate) what: String,
    /// What has to be left out before the rest can be read.
    pub(crate) cut: Vec<String>,
}

/// What a reader gives for a value that it took.
pub(crate) fn written<T: Serialize, E: ToString>(read: Result<T, E>) -> Result<Value, String> {
    let value = read.map_err(|error| error.to_string())?;
    serde_json::to_value(&value).map_err(|error| error.to_string())
}

/// All mistakes of a section; empty when it can be read.
pub(crate) fn all(section: &str, value: &Value, read: &Reader<'_>) -> Vec<OptionMistake> {
    let mut found = Vec::new();
    judge(&[section.to_owned()], value, read, None, &mut found);
    found
}

fn judge(
    path: &[String],
    value: &Value,
    read: &Reader<'_>,
    default: Option<Value>,
    found: &mut Vec<OptionMistake>,
) {
    let answer = read(value);
    let reason = match answer {
        Ok(_) if is_finite(value) => return,
        Ok(_) => String::new(),
        Err(reason) => reason,
    };
    let form = form_of(read);
    match value {
        Value::Object(table) if form != Form::Value => judge_table(path, table, &form, &reason, read, found),
        _ => {
            let what = about(path, value, &form, &reason, read, default);
            found.push(OptionMistake { path: path.to_vec(), at_key: false, what, cut: path.to_vec() });
        }
    }
}

/// What may stand at a place.
#[derive(PartialEq)]
enum Form {
    /// A table with a key that says which one, and the words for it.
    Tagged(&'static str, Vec<String>),
    /// A table with the same keys always.
    Table,
    /// A number, word or list.
    Value,
}

fn form_of(read: &Reader<'_>) -> Form {
    let unknown = format!("unknown variant `{UNKNOWN}`");
    for tag in TAGS {
        if let Err(answer) = read(&json!({ tag: UNKNOWN }))
            && answer.starts_with(&unknown)
        {
            return Form::Tagged(tag, known_words(&answer));
        }
    }
    match read(&json!({ UNKNOWN: 1 })) {
        Err(answer) if answer.starts_with(&format!("unknown field `{UNKNOWN}`")) => Form::Table,
        _ => Form::Value,
    }
}

fn judge_table(
    path: &[String],
    table: &Map<String, Value>,
    form: &Form,
    reason: &str,
    read: &Reader<'_>,
    found: &mut Vec<OptionMistake>,
) {
    let place = path.last().map_or("", String::as_str);
    let (mut base, mut label, mut own_tag) = (Map::new(), place.to_owned(), "");
    if let Form::Tagged(tag, words) = form {
        match table.get(*tag) {
            Some(Value::String(word)) if words.contains(word) => {
                base.insert((*tag).to_owned(), Value::from(word.as_str()));
                (label, own_tag) = (word.clone(), tag);
            }
            given => {
                found.push(wrong_tag(path, tag, words, given));
                return;
            }
        }
    }
    let before = found.len();
    complete(&mut base, path, &label, table, read, found);
    let fields = fields_of(&base, read);
    let defaults = read(&Value::Object(base.clone())).unwrap_or_default();
    for (key, value) in table.iter().filter(|(key, _)| *key != own_tag) {
        let inner = [path, std::slice::from_ref(key)].concat();
        if !fields.contains(key) {
            let names: Vec<&str> = fields.iter().map(String::as_str).collect();
            let legal = match &names[..] {
                [] => format!("{label} has nothing to set"),
                names => format!("{label} takes {}", names.join(", ")),
            };
            let within = if path.len() > 1 { format!(" of {}", quoted(&path[1..])) } else { String::new() };
            let what = format!("unknown key `{key}`{within}{}; {legal}", meant(key, &names));
            found.push(OptionMistake { path: inner.clone(), at_key: true, what, cut: inner });
            continue;
        }
        let read_inner = |value: &Value| {
            let mut whole = base.clone();
            whole.insert(key.clone(), value.clone());
            read(&Value::Object(whole)).map(|whole| whole.get(key).cloned().unwrap_or_default())
        };
        let default = defaults.get(key).filter(|value| !value.is_null()).cloned();
        judge(&inner, value, &read_inner, default, found);
    }
    if found.len() == before {
        let what = format!("{label} cannot be read: {}", plain(reason));
        found.push(OptionMistake { path: path.to_vec(), at_key: false, what, cut: path.to_vec() });
    }
}

/// A table whose tag is not there or none of the known ones.
fn wrong_tag(path: &[String], tag: &str, words: &[String], value: Option<&Value>) -> OptionMistake {
    let known = format!("known are {}", words.join(", "));
    let inner = [path, &[tag.to_owned()]].concat();
    let (place, what) = match value {
        Some(Value::String(word)) => (inner, unknown_tag(path, tag, word, words)),
        Some(other) => (inner, format!("`{tag}` has to be a word; it is {}; {known}", given(other))),
        None => (path.to_vec(), format!("[{}] needs the key `{tag}`; {known}", path.join("."))),
    };
    OptionMistake { path: place, at_key: false, what, cut: path.to_vec() }
}

/// A word that names none of the known forms of the table at this path.
fn unknown_tag(path: &[String], tag: &str, word: &str, words: &[String]) -> String {
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let what = match tag {
        "name" => "net".to_owned(),
        _ => format!("kind of {}", path.last().map_or("", String::as_str)),
    };
    format!("unknown {what} `{word}`{}; known are {}", meant(word, &names), names.join(", "))
}

/// Adds what the table cannot do without; notes what of it was not given.
fn complete(
    base: &mut Map<String, Value>,
    path: &[String],
    label: &str,
    table: &Map<String, Value>,
    read: &Reader<'_>,
    found: &mut Vec<OptionMistake>,
) {
    while let Err(answer) = read(&Value::Object(base.clone())) {
        let Some(key) = answer.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) else {
            return;
        };
        let sound = table.get(key).cloned().into_iter().chain(examples()).find(|value| {
            let mut whole = base.clone();
            whole.insert(key.to_owned(), value.clone());
            read(&Value::Object(whole)).is_ok()
        });
        let Some(sound) = sound else { return };
        if !table.contains_key(key) {
            let what =
                format!("the key `{key}` is missing: {label} needs it; for example {key} = {}", toml(&sound));
            found.push(OptionMistake { path: path.to_vec(), at_key: false, what, cut: path.to_vec() });
        }
        base.insert(key.to_owned(), sound);
    }
}

/// Values of all kinds, of which one may do where there is no default.
fn examples() -> [Value; 6] {
    [json!({"name": "cnn"}), json!(16), json!(0.5), json!(true), json!([1, 2]), json!([0.5, 1.0])]
}

/// The keys that a table takes.
fn fields_of(base: &Map<String, Value>, read: &Reader<'_>) -> Vec<String> {
    let mut asked = base.clone();
    asked.insert(UNKNOWN.to_owned(), Value::from(1));
    match read(&Value::Object(asked)) {
        Err(answer) if answer.starts_with("unknown field") => known_words(&answer),
        _ => Vec::new(),
    }
}

/// What is wrong with a value that is no table or ought to be none.
fn about(
    path: &[String],
    value: &Value,
    form: &Form,
    reason: &str,
    read: &Reader<'_>,
    default: Option<Value>,
) -> String {
    let key = quoted(path.get(1..).filter(|inner| !inner.is_empty()).unwrap_or(path));
    let name = path.last().map_or("", String::as_str);
    let example = || {
        let sound = |value: &Value| read(value).is_ok();
        let value = default.clone().or_else(|| examples().into_iter().find(sound));
        value.map_or_else(String::new, |value| format!("; for example {name} = {}", toml(&value)))
    };
    match (form, value) {
        (Form::Tagged(tag, words), Value::String(word)) if !words.contains(word) => {
            return unknown_tag(path, tag, word, words);
        }
        (Form::Tagged(tag, words), _) => {
            let first = words.iter().find(|word| Some(word.as_str()) == value.as_str()).or(words.first());
            let first = first.map_or("", String::as_str);
            let known = words.join(", ");
            return format!(
                "{key} has to be a table such as {name} = {{ {tag} = \"{first}\" }}; known are {known}"
            );
        }
        (Form::Table, _) => {
            let such =
                default.map_or_else(String::new, |whole| format!("; for example {name} = {}", toml(&whole)));
            return format!("{key} has keys of its own; it is {}{such}", given(value));
        }
        (Form::Value, _) => {}
    }
    if !is_finite(value) {
        return format!("{key} has to be finite") + &example();
    }
    let words = match read(&Value::from(UNKNOWN)) {
        Err(answer) if answer.starts_with("unknown variant") => known_words(&answer),
        _ => Vec::new(),
    };
    let is_known = value.as_str().is_some_and(|word| words.iter().any(|known| known == word));
    if !words.is_empty() && !is_known {
        let names: Vec<&str> = words.iter().map(String::as_str).collect();
        let what = match value {
            Value::String(word) => format!("{key} has no word `{word}`{}", meant(word, &names)),
            value => format!("{key} has to be a word; it is {}", given(value)),
        };
        return format!("{what}; {name} is one of {}", names.join(", "));
    }
    if let (true, Some(number)) = (whole_number(halves(reason).1), whole(value)) {
        return format!(
            "{key} has to be a whole number, written without point and exponent: {name} = {number}"
        );
    }
    misfit(&key, value, reason) + &example()
}

/// A value as it is written in a file.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let entries = table.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// Whether there is no number in it that stands for one that is not finite.
fn is_finite(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(is_finite),
        Value::Object(table) => table.values().all(is_finite),
        value => value.as_f64() != Some(f64::MAX),
    }
}
