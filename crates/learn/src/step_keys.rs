//! The keys of a pipeline's steps, and of other tables, with their defaults, as the types that read them tell: a step
//! that is given a key or a word that it does not know answers with those that it does.

use brinell_signal::Step;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What no step has as a key or a value.
pub(crate) const UNKNOWN: &str = "no such word";
/// The key that says which of several forms a table has.
const KIND: &str = "kind";

/// One key of a step, or of another table.
#[derive(Debug, Clone, PartialEq)]
pub struct StepKey {
    /// Its name; within a table the names from the outside to the inside.
    pub path: Vec<String>,
    /// What it is when it is not written.
    pub default: KeyDefault,
}

impl StepKey {
    /// As it may be typed: `alpha.mathworks=25`; the path alone where there is no default and no example.
    pub fn example(&self) -> String {
        let path = self.path.join(".");
        match &self.default {
            KeyDefault::Value(value) | KeyDefault::Needed(value) => format!("{path}={}", typed(value)),
            KeyDefault::Unset => path,
        }
    }
}

/// What a key is when it is not written.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyDefault {
    /// This.
    Value(Value),
    /// Nothing.
    Unset,
    /// It has to be written; this is an example.
    Needed(Value),
}

/// All keys of a step, or of another table, and the words that they may be set to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepKeys {
    /// Every key with its default.
    pub keys: Vec<StepKey>,
    /// Dotted path and words of every key that takes one of several words.
    pub words: Vec<(String, Vec<String>)>,
    /// Dotted path of every key that is a quantity, and its unit.
    pub units: Vec<(String, String)>,
    /// Dotted path of every key that may be written in another form, and the keys of those forms with an example.
    pub forms: Vec<(String, Vec<StepKey>)>,
}

impl StepKeys {
    /// Asks a step.
    pub fn of(step: &Step) -> Self {
        let whole = serde_json::to_value(step).unwrap_or_default();
        let named = serde_json::json!({ "step": step.name() });
        let bare = Step::deserialize(named).ok().and_then(|step| serde_json::to_value(step).ok());
        let refused = |table: &Value| Step::deserialize(table).err().map(|error| error.to_string());
        Self::asked(bare.clone().unwrap_or(whole), bare.is_some(), &refused)
    }

    /// Asks what reads the table `whole`, in which all is sound: `refused` says why a table is not read. `optional` says
    /// that no key has to be written.
    pub(crate) fn asked(whole: Value, optional: bool, refused: &Refused<'_>) -> Self {
        let mut asked = Asked { whole, optional, refused, found: Self::default() };
        asked.table(&mut Vec::new());
        asked.found
    }

    /// The defaults as one table, nested as in a configuration; null where a key is not set.
    pub fn table(&self) -> Map<String, Value> {
        let mut whole = Map::new();
        for key in &self.keys {
            let value = match &key.default {
                KeyDefault::Value(value) => value.clone(),
                KeyDefault::Unset | KeyDefault::Needed(_) => Value::Null,
            };
            put(&mut whole, &key.path, value);
        }
        whole
    }

    /// The same with an example for every key that has to be written.
    pub(crate) fn examples(&self) -> Value {
        let mut whole = Map::new();
        for key in &self.keys {
            if let KeyDefault::Value(value) | KeyDefault::Needed(value) = &key.default {
                put(&mut whole, &key.path, value.clone());
            }
        }
        Value::Object(whole)
    }

    /// The outermost names of the keys, each once.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.keys.iter().filter_map(|key| key.path.first().map(String::as_str)).collect();
        names.dedup();
        names
    }

    /// Names of the keys that have to be written.
    pub fn needed(&self) -> Vec<String> {
        let needed = self.keys.iter().filter(|key| matches!(key.default, KeyDefault::Needed(_)));
        needed.map(|key| key.path.join(".")).collect()
    }

    /// As they may be typed: `window=hann,length=256  rows=(unset)`.
    pub fn line(&self) -> String {
        let mut set = Vec::new();
        let mut others = Vec::new();
        for key in &self.keys {
            let path = key.path.join(".");
            match &key.default {
                KeyDefault::Value(value) => set.push(format!("{path}={}", typed(value))),
                KeyDefault::Unset => others.push(format!("{path}=(unset)")),
                KeyDefault::Needed(example) => {
                    others.push(format!("{path}=(needed, such as {})", typed(example)));
                }
            }
        }
        let set = Some(set.join(",")).filter(|set| !set.is_empty());
        set.into_iter().chain(others).collect::<Vec<_>>().join("  ")
    }
}

/// Puts a value at its place in a table of tables.
fn put(table: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            table.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = table.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// A value as it is typed behind a step's flag.
pub fn typed(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(typed).collect::<Vec<_>>().join(",")),
        Value::Object(table) => {
            let entries: Vec<String> =
                table.iter().map(|(key, value)| format!("{key}={}", typed(value))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
            whole.map_or_else(|| number.to_string(), |number| number.to_string())
        }
        other => other.to_string(),
    }
}

/// Why a table is not read; nothing where it is.
type Refused<'a> = dyn Fn(&Value) -> Option<String> + 'a;

/// A table that is being asked for.
struct Asked<'a> {
    whole: Value,
    /// Whether no key has to be written.
    optional: bool,
    refused: &'a Refused<'a>,
    found: StepKeys,
}

impl Asked<'_> {
    /// Finds the keys of the table at this path; false where there is no table with keys of its own.
    fn table(&mut self, path: &mut Vec<String>) -> bool {
        let Some(answer) = self.refusal(path, |table| {
            table.as_object_mut()?.insert(UNKNOWN.to_owned(), Value::from(1));
            Some(())
        }) else {
            return false;
        };
        if !answer.starts_with(&format!("unknown field `{UNKNOWN}`")) {
            return false;
        }
        for name in known_words(&answer) {
            path.push(name);
            self.key(path);
            path.pop();
        }
        true
    }

    /// Finds what is at the key of this path, and below it.
    fn key(&mut self, path: &mut Vec<String>) {
        let value = self.whole.pointer(&pointer(path)).cloned().unwrap_or_default();
        if let Some(kind) = value.get(KIND).filter(|kind| kind.is_string()) {
            path.push(KIND.to_owned());
            self.words(path);
            self.leaf(path, kind.clone());
            path.pop();
            self.table(path);
            return;
        }
        if value.is_object() && self.table(path) {
            return;
        }
        self.words(path);
        // A word with parameters is a table of one entry.
        if let Some((word, inner)) =
            value.as_object().filter(|table| table.len() == 1).and_then(|t| t.iter().next())
        {
            path.push(word.clone());
            if !(inner.is_object() && self.table(path)) {
                self.leaf(path, inner.clone());
            }
            path.pop();
            return;
        }
        self.leaf(path, value);
    }

    /// Finds the words that may stand at this path.
    fn words(&mut self, path: &[String]) {
        let answer = self.set(path, &UNKNOWN.into());
        if let Some(answer) = answer.filter(|answer| answer.starts_with("unknown variant")) {
            self.found.words.push((path.join("."), known_words(&answer)));
        }
    }

    fn leaf(&mut self, path: &[String], value: Value) {
        self.unit(path);
        self.forms(path);
        let default = if value.is_null() {
            KeyDefault::Unset
        } else if !self.optional && self.is_needed(path) {
            KeyDefault::Needed(value)
        } else {
            KeyDefault::Value(value)
        };
        self.found.keys.push(StepKey { path: path.to_vec(), default });
    }

    /// Finds the unit of what is at this path, alone or in lists.
    fn unit(&mut self, path: &[String]) {
        let mut wrong = Value::from(true);
        for _ in 0..3 {
            let answer = self.set(path, &wrong).unwrap_or_default();
            let unit = match () {
                () if answer.contains("a fraction of half the sampling rate") => {
                    "a fraction of half the sampling rate, or Hz where the unit is written"
                }
                () if answer.contains("hertz") => "Hz",
                () => {
                    wrong = Value::Array(vec![wrong]);
                    continue;
                }
            };
            self.found.units.push((path.join("."), unit.to_owned()));
            return;
        }
    }

    /// Finds tables of one key that may stand at this path instead: `{ key = 1.0 }` in an answer.
    fn forms(&mut self, path: &[String]) {
        let answer = self.set(path, &Value::from(true)).unwrap_or_default();
        let mut forms = Vec::new();
        for form in answer.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(form, _)| form) {
            let Some((name, Ok(example))) =
                form.split_once('=').map(|(name, value)| (name.trim(), value.trim().parse::<f64>()))
            else {
                continue;
            };
            let with = |value: Value| serde_json::json!({ name: value });
            if self.set(path, &with(example.into())).is_some() {
                continue;
            }
            let form: Vec<String> = path.iter().cloned().chain([name.to_owned()]).collect();
            if self.set(path, &with("1Hz".into())).is_none() {
                self.found.units.push((form.join("."), "Hz".to_owned()));
            }
            forms.push(StepKey { path: form, default: KeyDefault::Needed(example.into()) });
        }
        if !forms.is_empty() {
            self.found.forms.push((path.join("."), forms));
        }
    }

    /// What the step says to this value at this path; nothing when it takes it.
    fn set(&self, path: &[String], value: &Value) -> Option<String> {
        self.refusal(path, |place| {
            place.clone_from(value);
            Some(())
        })
    }

    fn is_needed(&self, path: &[String]) -> bool {
        let Some((last, outer)) = path.split_last() else { return false };
        let answer = self.refusal(outer, |table| table.as_object_mut()?.remove(last).map(drop));
        answer.is_some_and(|answer| answer.starts_with("missing field"))
    }

    /// What the step says when the value at this path is changed so; nothing when it takes it.
    fn refusal(&self, path: &[String], change: impl Fn(&mut Value) -> Option<()>) -> Option<String> {
        let mut whole = self.whole.clone();
        if whole.pointer(&pointer(path)).is_none() {
            let (last, outer) = path.split_last()?;
            whole.pointer_mut(&pointer(outer))?.as_object_mut()?.insert(last.clone(), Value::Null);
        }
        change(whole.pointer_mut(&pointer(path))?)?;
        (self.refused)(&whole)
    }
}

pub(crate) fn pointer(path: &[String]) -> String {
    path.iter().map(|name| format!("/{name}")).collect()
}

/// The words behind `expected` in an answer such as ``unknown field `x`, expected `a` or `b` ``.
pub(crate) fn known_words(answer: &str) -> Vec<String> {
    answer.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(name: &str) -> StepKeys {
        StepKeys::of(Step::all().iter().find(|step| step.name() == name).unwrap())
    }

    #[test]
    fn optional_keys_are_listed_as_unset_also_within_tables() {
        let stft = named("stft").line();
        assert_eq!(stft, "window=hann,length=256,hop=128,scale=linear  rows=(unset)  columns=(unset)");
        assert_eq!(named("squared-envelope-spectrum").line(), "band=(unset)");
        let cwt = named("cwt");
        assert!(cwt.line().contains("frequencies.lowest=(unset)"), "{}", cwt.line());
        assert!(cwt.line().contains("wavelet.morlet.w0=6,"), "{}", cwt.line());
        assert_eq!(cwt.table()["frequencies"]["highest"], Value::Null);
        assert_eq!(cwt.table()["frequencies"]["count"], 64);
        assert_eq!(named("detrend"), StepKeys::default());
    }

    #[test]
    fn keys_that_have_to_be_written_say_so() {
        let zoom = named("zoom");
        assert_eq!(zoom.needed(), ["low", "high"]);
        assert!(zoom.line().contains("high=(needed, such as 1000)"), "{}", zoom.line());
        assert!(named("stft").needed().is_empty());
    }

    #[test]
    fn quantities_are_listed_with_their_units() {
        let of = |step: &str, key: &str| {
            let units = named(step).units;
            units.into_iter().find(|(name, _)| name == key).map(|(_, unit)| unit).unwrap_or_default()
        };
        for (step, key) in
            [("filter", "low"), ("zoom", "high"), ("band-levels", "bands"), ("cwt", "frequencies.highest")]
        {
            assert_eq!(of(step, key), "Hz", "{step} {key}");
        }
        assert!(
            of("squared-envelope-spectrum", "band")
                .starts_with("a fraction of half the sampling rate, or Hz")
        );
        assert_eq!((of("stft", "length"), of("stft", "window")), (String::new(), String::new()));
    }

    #[test]
    fn other_forms_of_a_key_are_listed() {
        for step in ["vmd", "multivariate-vmd"] {
            let keys = named(step);
            let [(alpha, forms)] = &keys.forms[..] else { panic!("{:?}", keys.forms) };
            let paths: Vec<String> = forms.iter().map(|form| form.path.join(".")).collect();
            assert_eq!(
                (alpha.as_str(), &paths[..]),
                ("alpha", &["alpha.mathworks".into(), "alpha.half-width".into()][..])
            );
            assert_eq!(keys.units, [("alpha.half-width".to_owned(), "Hz".to_owned())]);
        }
    }

    #[test]
    fn words_that_a_key_takes_are_listed() {
        let words = named("stft").words;
        let of =
            |key: &str| words.iter().find(|(name, _)| name == key).map(|(_, words)| words.clone()).unwrap();
        assert_eq!(of("scale"), ["linear", "power", "log", "decibel", "absolute-decibel"]);
        assert_eq!(of("window")[..3], ["rectangular", "hann", "hamming"]);
        assert!(words.iter().all(|(key, _)| key != "length"));
        let units = named("integrate").words;
        assert!(
            units.iter().any(|(key, words)| key == "from" && words.contains(&"g".to_owned())),
            "{units:?}"
        );
    }
}
