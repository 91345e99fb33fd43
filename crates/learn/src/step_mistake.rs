//! Why a table is no step of a pipeline, in plain words: which key, what was given, what is expected.
//!
//! The step itself is asked (see `step_keys.rs`): each key is tried alone beside sound values, so that every wrong key
//! is found and named, and what a key takes is what the step then accepts.

use crate::step_answers::{accepts, fields_at, refusal, with, words_at};
use crate::step_keys::{StepKeys, pointer, typed};
use crate::value_wording::{given, halves, json, meant, misfit, plain, quoted, whole, whole_number};
use brinell_signal::Step;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How an example is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Behind a flag: `scale.decibel.floor_db=-80`, `window=hann`.
    Flag,
    /// In a TOML file: `scale.decibel.floor_db = -80`, `window = "hann"`.
    File,
}

/// One mistake in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepMistake {
    /// The key, from the outside to the inside; empty where the step as a whole is meant.
    pub path: Vec<String>,
    /// Whether the key itself is wrong, and not what it is set to.
    pub at_key: bool,
    /// What is wrong, one sentence without a full stop.
    pub what: String,
    /// What is right: the known words, or an example.
    pub remedy: String,
}

impl StepMistake {
    /// All mistakes of a table that is to be a step; empty when it is one.
    pub fn all(table: &toml::Table, writing: Writing) -> Vec<StepMistake> {
        if Step::deserialize(table.clone()).is_ok() {
            return Vec::new();
        }
        let names: Vec<&str> = Step::all().iter().map(Step::name).collect();
        let step = match table.get("step") {
            Some(toml::Value::String(name)) => match Step::all().into_iter().find(|step| step.name() == name)
            {
                Some(step) => step,
                None => {
                    let what = format!("unknown step `{name}`{}", meant(name, &names));
                    return vec![of_step(what, format!("known are {}", names.join(", ")))];
                }
            },
            Some(_) => return vec![of_step("`step` has to be the name of a step".into(), listing(&names))],
            None => {
                return vec![of_step(
                    "the key `step`, which names the step, is missing".into(),
                    listing(&names),
                )];
            }
        };
        let mut found = Judge::new(&step, writing).judge(table);
        if found.is_empty() {
            let reason =
                Step::deserialize(table.clone()).err().map_or_else(String::new, |e| e.message().to_owned());
            found.push(of_step(plain(&reason), String::new()));
        }
        found
    }
}

fn of_step(what: String, remedy: String) -> StepMistake {
    StepMistake { path: Vec::new(), at_key: false, what, remedy }
}

fn listing(names: &[&str]) -> String {
    format!("known are {}", names.join(", "))
}

/// A step that judges what is written for it.
struct Judge {
    keys: StepKeys,
    name: &'static str,
    /// A sound table of this step, every needed key with its example.
    sound: Map<String, Value>,
    writing: Writing,
}

impl Judge {
    fn new(step: &Step, writing: Writing) -> Self {
        let sound = match serde_json::to_value(step) {
            Ok(Value::Object(table)) => table,
            _ => Map::new(),
        };
        Self { keys: StepKeys::of(step), name: step.name(), sound, writing }
    }

    fn judge(&self, table: &toml::Table) -> Vec<StepMistake> {
        let mut found = Vec::new();
        let names = self.keys.names();
        for (key, value) in table.iter().filter(|(key, _)| *key != "step") {
            if names.contains(&key.as_str()) {
                let mut tried = self.sound.clone();
                tried.insert(key.clone(), json(value));
                let tried = Value::Object(tried);
                if let Some(reason) = refusal(&tried) {
                    found.push(self.blame(&tried, vec![key.clone()], &reason));
                }
            } else {
                found.push(self.unknown_key(Vec::new(), key, &names));
            }
        }
        for key in self.keys.needed().into_iter().filter(|key| !table.contains_key(key.as_str())) {
            let path = vec![key];
            let what = format!("the key {} is missing: {} needs it", quoted(&path), self.name);
            found.push(of_step(what, self.legal(&Value::Object(self.sound.clone()), &path)));
        }
        found
    }

    fn unknown_key(&self, outer: Vec<String>, key: &str, names: &[&str]) -> StepMistake {
        let place = if outer.is_empty() { self.name.to_owned() } else { outer.join(".") };
        let within = if outer.is_empty() { String::new() } else { format!(" of {}", quoted(&outer)) };
        let remedy = match names {
            [] => format!("{place} takes no keys"),
            names => format!("{place} takes {}", names.join(", ")),
        };
        let mut path = outer;
        path.push(key.to_owned());
        let what = format!("unknown key `{key}`{within}{}", meant(key, names));
        StepMistake { path, at_key: true, what, remedy }
    }

    /// What is wrong at this path, or below it, of a table that is refused for this reason.
    fn blame(&self, tried: &Value, path: Vec<String>, reason: &str) -> StepMistake {
        let value = tried.pointer(&pointer(&path)).cloned().unwrap_or_default();
        if let Value::Object(inner) = &value
            && let Some(below) = self.blame_within(tried, &path, inner, reason)
        {
            return below;
        }
        let (what, remedy) = self.about(tried, &path, &value, reason);
        StepMistake { path, at_key: false, what, remedy }
    }

    /// The same for a table at this path; nothing where none should stand there.
    fn blame_within(
        &self,
        tried: &Value,
        path: &[String],
        inner: &Map<String, Value>,
        reason: &str,
    ) -> Option<StepMistake> {
        let below = |name: &str| [path, &[name.to_owned()]].concat();
        let words = words_at(tried, path);
        let fields = fields_at(tried, path);
        if !words.is_empty() {
            let [(word, _)] = inner.iter().collect::<Vec<_>>()[..] else { return None };
            let known = words.contains(word);
            return known.then(|| self.blame(tried, below(word), reason));
        }
        let fields = fields?;
        let names: Vec<&str> = fields.iter().map(String::as_str).collect();
        if let Some(key) = inner.keys().find(|key| !fields.contains(*key)) {
            return Some(self.unknown_key(path.to_vec(), key, &names));
        }
        for (key, value) in inner {
            let mut alone = tried.clone();
            *alone.pointer_mut(&pointer(path))? =
                Value::Object(Map::from_iter([(key.clone(), value.clone())]));
            if let Some(reason) = refusal(&alone).filter(|reason| !reason.starts_with("missing field")) {
                return Some(self.blame(&alone, below(key), &reason));
            }
        }
        None
    }

    /// What is wrong with the value at this path, and what would be right.
    fn about(&self, tried: &Value, path: &[String], value: &Value, reason: &str) -> (String, String) {
        let key = quoted(path);
        if let Some(field) = reason.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            let (said, outer) = match value {
                Value::String(word) => {
                    (format!("{key} = `{word}`"), [path, std::slice::from_ref(word)].concat())
                }
                _ => (key, path.to_vec()),
            };
            let inner = [&outer[..], &[field.to_owned()]].concat();
            let more = with(tried, &outer, Value::Object(Map::new())).unwrap_or_default();
            return (format!("{said} needs the key `{field}`"), self.legal(&more, &inner));
        }
        let words = words_at(tried, path);
        if !words.is_empty() {
            return self.about_word(tried, path, value, &words);
        }
        let legal = self.legal(tried, path);
        if fields_at(tried, path).is_some() {
            return (format!("{key} has keys of its own; it is {}", given(value)), legal);
        }
        let (_, expected) = halves(reason);
        if let ("unit", Some((word, outer))) = (expected, path.split_last()) {
            let what = format!("the word `{word}` takes no keys and no value; it is set to {}", given(value));
            return (what, self.example(outer, &Value::from(word.as_str())));
        }
        if let (true, Some(number)) = (whole_number(expected), whole(value)) {
            let what = format!("{key} has to be a whole number, written without point and exponent");
            return (what, self.example(path, &Value::from(number)));
        }
        let what = misfit(&key, value, reason);
        (what, legal)
    }

    /// The same for a key that takes one of several words.
    fn about_word(
        &self,
        tried: &Value,
        path: &[String],
        value: &Value,
        words: &[String],
    ) -> (String, String) {
        let key = quoted(path);
        let unknown = |word: &str| {
            let names: Vec<&str> = words.iter().map(String::as_str).collect();
            format!("{key} has no word `{word}`{}", meant(word, &names))
        };
        let what = match value {
            Value::String(word) if words.contains(word) => {
                let inner = [path, std::slice::from_ref(word)].concat();
                let more = with(tried, &inner, Value::Null).unwrap_or_default();
                return (format!("{key} = `{word}` needs more than the word"), self.legal(&more, &inner));
            }
            Value::String(word) if word.is_empty() => format!("{key} is set to nothing"),
            Value::String(word) => unknown(word),
            Value::Object(table) if table.len() > 1 => format!("{key} takes one word at a time"),
            Value::Object(table) => unknown(table.keys().next().map_or("", String::as_str)),
            value if value.is_number() && number_for(tried, path).is_some() => {
                format!("{key} cannot be {}", given(value))
            }
            value => format!("{key} has to be a word; it is {}", given(value)),
        };
        (what, self.legal(tried, path))
    }

    /// What may stand at this path: words, keys, or an example.
    fn legal(&self, tried: &Value, path: &[String]) -> String {
        let words = words_at(tried, path);
        let name = path.join(".");
        if !words.is_empty() {
            let number = number_for(tried, path);
            let number =
                number.map_or_else(String::new, |number| format!(", or a number such as {}", typed(&number)));
            return format!("{name} is one of {}{number}", words.join(", "));
        }
        if let Some(value) = self.default_at(path).filter(|value| accepts(tried, path, value)) {
            return self.example(path, &value);
        }
        if let Some(fields) = fields_at(tried, path).filter(|fields| !fields.is_empty()) {
            return format!("{name} takes {}", fields.join(", "));
        }
        let candidates = [
            serde_json::json!(true),
            serde_json::json!("1kHz"),
            serde_json::json!(16),
            serde_json::json!([0.25, 0.5]),
            serde_json::json!([[0.25, 0.5]]),
            serde_json::json!([100.0, 200.0]),
            serde_json::json!("name"),
        ];
        let found = candidates.into_iter().find(|value| accepts(tried, path, value));
        found.map_or_else(String::new, |value| self.example(path, &value))
    }

    fn default_at(&self, path: &[String]) -> Option<Value> {
        let table = self.keys.examples();
        table
            .pointer(&pointer(path))
            .filter(|value| !value.is_null() && **value != Value::Array(Vec::new()))
            .cloned()
    }

    fn example(&self, path: &[String], value: &Value) -> String {
        format!("for example {}", self.written(path, value))
    }

    fn written(&self, path: &[String], value: &Value) -> String {
        match self.writing {
            Writing::Flag => format!("{}={}", path.join("."), typed(value)),
            Writing::File => format!("{} = {value}", path.join(".")),
        }
    }
}

/// The number that a key could be set to beside its words.
fn number_for(table: &Value, path: &[String]) -> Option<Value> {
    [Value::from(5), Value::from(0.5)].into_iter().find(|value| accepts(table, path, value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mistakes(text: &str) -> Vec<StepMistake> {
        StepMistake::all(&toml::from_str(text).unwrap(), Writing::File)
    }

    fn one(step: &str, rest: &str) -> (String, String) {
        let all = mistakes(&format!("step = \"{step}\"\n{rest}"));
        let [mistake] = <[_; 1]>::try_from(all).unwrap();
        (mistake.what, mistake.remedy)
    }

    #[test]
    fn a_sound_step_has_no_mistake_and_two_wrong_keys_are_both_named() {
        assert!(mistakes("step = \"stft\"\nlength = 64").is_empty());
        let all = mistakes("step = \"stft\"\nlength = 64\nlenght = 3\nhop = \"ten\"");
        let paths: Vec<String> = all.iter().map(|mistake| mistake.path.join(".")).collect();
        assert_eq!(paths, ["hop", "lenght"]);
    }

    #[test]
    fn every_kind_of_mistake_names_the_key_what_was_given_and_what_is_right() {
        for (step, rest, what, remedy) in [
            ("stft", "hop = \"ten\"", "`hop` has to be a whole number, 0 or more; it is `ten`", "hop = 128"),
            ("stft", "hop = -1", "`hop` has to be a whole number, 0 or more; it is -1", "hop = 128"),
            ("stft", "hop = 2.5", "0 or more; it is 2.5", "hop = 128"),
            ("stft", "hop = 1e9", "without point and exponent", "hop = 1000000000"),
            ("stft", "hop = inf", "`hop` has to be a whole number", "hop = 128"),
            ("stft", "hop = \"\"", "it is nothing", "hop = 128"),
            ("stft", "hop = [1]", "it is the list [1]", "hop = 128"),
            ("stft", "rows = true", "it is true", "rows = 16"),
            (
                "stft",
                "lenght = 4",
                "unknown key `lenght`; did you mean `length`?",
                "stft takes window, length",
            ),
            (
                "stft",
                "window = \"han\"",
                "`window` has no word `han`; did you mean `hann`?",
                "rectangular, hann",
            ),
            (
                "stft",
                "window = \"kaiser\"",
                "`window` = `kaiser` needs the key `beta`",
                "window.kaiser.beta = 16",
            ),
            ("stft", "scale = 3", "`scale` has to be a word; it is 3", "scale is one of linear, power"),
            ("stft", "scale.log = 1", "the word `log` takes no keys", "scale = \"log\""),
            ("stft", "scale.decibel = 3", "`scale.decibel` has keys of its own; it is 3", "floor_db"),
            ("stft", "scale.decibel.floor = 3", "unknown key `floor` of `scale.decibel`", "floor_db"),
            ("stft", "scale = {log = 1, power = 2}", "`scale` takes one word at a time", "linear"),
            (
                "normalise-image",
                "by = \"fitted\"",
                "`by` = `fitted` needs more than the word",
                "shape, scope",
            ),
            ("comb-gram", "bands.uniform = 0", "`bands.uniform` has keys of its own; it is 0", "takes count"),
            ("comb-gram", "bands = \"uniform\"", "needs the key `count`", "bands.uniform.count = 16"),
            (
                "squared-envelope-spectrum",
                "band = [3.0]",
                "a list of 2 values; it is the list [3]",
                "[0.25,0.5]",
            ),
            ("squared-envelope-spectrum", "band = [\"a\", 1]", "`a` is not a frequency", "[0.25,0.5]"),
            ("zoom", "low = 10", "the key `high` is missing: zoom needs it", "high = 1000"),
            ("filter", "low = true", "`low` has to be a frequency", "low = \"1kHz\""),
            ("filter", "low = \"3khz\"", "`low`: `3khz` has the unit `khz`", "low = \"1kHz\""),
            ("order-tracking", "speed = \"abc\"", "has to be a speed in hertz", "speed = "),
            ("order-tracking", "guard = \"maybe\"", "true or false; it is `maybe`", "guard = true"),
            (
                "autoregressive",
                "order = \"abc\"",
                "`order` has no word `abc`",
                "fixed, akaike, or a number such as 5",
            ),
            ("momeda", "target = \"fault\"", "needs more than the word", "inner, outer, ball, cage"),
            ("kurtogram", "levels = 9999999999", "from 0 to 4294967295", "levels = 16"),
            ("iesfogram", "coherence = 3", "`coherence` has keys of its own; it is 3", "window"),
            ("autoregressive", "order = -1", "`order` cannot be -1", "or a number such as 5"),
            ("stft", "hop = \"99999999999999999999\"", "`hop` is too large", "hop = 128"),
            ("detrend", "x = 1", "unknown key `x`", "detrend takes no keys"),
            ("sttf", "", "unknown step `sttf`; did you mean `stft`?", "remove-mean"),
        ] {
            let said = one(step, rest);
            assert!(said.0.contains(what), "{step} {rest}: {said:?}");
            assert!(said.1.contains(remedy), "{step} {rest}: {said:?}");
        }
        assert!(mistakes("length = 3")[0].what.contains("`step`"));
    }

    #[test]
    fn no_value_of_any_key_is_answered_in_the_words_of_a_programmer() {
        let values =
            ["-1", "2.5", "1e300", "\"word\"", "\"\"", "true", "[]", "[1]", "[[1]]", "{}", "{x = 1}", "nan"];
        for step in Step::all() {
            for key in StepKeys::of(&step).names() {
                for value in values {
                    for mistake in mistakes(&format!("step = \"{}\"\n{key} = {value}", step.name())) {
                        let said = format!("{}; {}", mistake.what, mistake.remedy);
                        for inner in
                            ["invalid", "variant", "usize", "f64", "struct", "expected", "sequence", "::"]
                        {
                            assert!(!said.contains(inner), "{} {key} = {value}: {said}", step.name());
                        }
                    }
                }
            }
        }
    }
}
