//! The steps of a pipeline as flags: one for every transform of the signal room, done in the order in which
//! they are written. What a flag takes are the keys of the same step in a configuration.

use crate::failure::{Code, Failure, Outcome};
use crate::terminal::visible;
use brinell_learn::{StepKeys, StepMistake, Writing};
use brinell_signal::Step;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde::Deserialize;

/// Steps as they were typed, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct StepFlags {
    typed: Vec<(String, String)>,
}

impl Args for StepFlags {
    fn augment_args(command: Command) -> Command {
        Step::all().iter().fold(command, |command, step| {
            command.arg(
                Arg::new(step.name())
                    .long(step.name())
                    .num_args(0..=1)
                    .default_missing_value("")
                    .value_name("KEY=VALUE,...")
                    .action(ArgAction::Append)
                    .help(step.summary())
                    .help_heading("Steps, done in the order in which they are written"),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StepFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed: Vec<(usize, String, String)> = Vec::new();
        for step in Step::all() {
            let name = step.name();
            let values = matches.get_many::<String>(name).into_iter().flatten();
            for (index, value) in matches.indices_of(name).into_iter().flatten().zip(values) {
                typed.push((index, name.to_owned(), value.clone()));
            }
        }
        typed.sort_by_key(|(index, ..)| *index);
        Ok(Self { typed: typed.into_iter().map(|(_, name, value)| (name, value)).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl StepFlags {
    /// The steps, understood.
    pub(crate) fn steps(&self) -> Outcome<Vec<Step>> {
        self.typed.iter().map(|(name, options)| step(name, options)).collect()
    }
}

/// The step of this name with options such as `modes=4,alpha=2000`.
pub(crate) fn step(name: &str, options: &str) -> Outcome<Step> {
    let refuse =
        |what: String| Failure::new(Code::Usage, what).place(format!("--{name} {}", visible(options)));
    let mut table = toml::Table::new();
    for option in parts(options) {
        if option.is_empty() {
            return Err(refuse(
                "nothing stands between two commas, or before the first or behind the last".to_owned(),
            )
            .why("keys are joined by single commas")
            .help(format!("--{name} {}", visible(&filled(options)))));
        }
        let Some((key, written)) = option.split_once('=') else {
            return Err(refuse(format!("`{}` is no key=value", visible(option)))
                .why("what stands behind a step's flag are its keys; file names go before the first step")
                .help(keys_of(name)));
        };
        let path: Vec<&str> = key.trim().split('.').collect();
        if path.iter().any(|name| !is_name(name)) {
            return Err(refuse(format!("`{}` is no key", visible(key))).help(keys_of(name)));
        }
        if !insert(&mut table, &path, value(written, 0)) {
            return Err(refuse(format!("`{}` stands there twice", visible(key.trim())))
                .help("write each key once; a step may be done twice by writing its flag twice"));
        }
    }
    if table.contains_key("step") {
        return Err(refuse(format!("--{name}: unknown key `step`"))
            .why("the flag says which step it is")
            .help(keys_of(name)));
    }
    table.insert("step".to_owned(), toml::Value::String(name.to_owned()));
    Step::deserialize(table.clone()).map_err(|error| {
        let mut mistakes = StepMistake::all(&table, Writing::Flag).into_iter();
        let Some(first) = mistakes.next() else {
            return refuse(format!("--{name}: {}", visible(error.message()))).help(keys_of(name));
        };
        let unknown_here = first.at_key && first.path.len() == 1;
        let help = if unknown_here || first.remedy.is_empty() { keys_of(name) } else { first.remedy };
        let mut failure = refuse(format!("--{name}: {}", visible(&first.what))).help(visible(&help));
        failure.details = mistakes.map(|more| format!("also: {}", visible(&more.what))).collect();
        failure
    })
}

/// What a step can be told, for help.
pub(crate) fn keys_of(name: &str) -> String {
    let step = Step::all().into_iter().find(|step| step.name() == name);
    match step.map(|step| StepKeys::of(&step).line()).filter(|line| !line.is_empty()) {
        Some(line) => format!("--{name} takes {line}"),
        None => format!("--{name} alone: it takes no keys"),
    }
}

/// Whether the step of this name has a key of that name.
pub(crate) fn has_key(name: &str, key: &str) -> bool {
    let step = Step::all().into_iter().find(|step| step.name() == name);
    step.is_some_and(|step| StepKeys::of(&step).keys.iter().any(|known| known.path[..] == [key]))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Puts a value at its place; false where there is one already.
fn insert(table: &mut toml::Table, path: &[&str], value: toml::Value) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        return table.insert((*first).to_owned(), value).is_none();
    }
    let inner = table.entry(*first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    inner.as_table_mut().is_some_and(|inner| insert(inner, rest, value))
}

/// Most brackets within each other.
const DEEPEST: usize = 16;

/// A value as in TOML; but a word, or a number with its unit, needs no quotes, also within brackets and braces.
fn value(text: &str, depth: usize) -> toml::Value {
    let text = text.trim();
    let within = |open, close| text.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    let full = |inner: &&str| depth < DEEPEST && parts(inner).iter().all(|part| !part.is_empty());
    if let Some(inner) = within('[', ']').filter(full) {
        return toml::Value::Array(parts(inner).into_iter().map(|part| value(part, depth + 1)).collect());
    }
    if let Some(inner) = within('{', '}').filter(full) {
        let mut table = toml::Table::new();
        let sound = parts(inner).into_iter().all(|part| {
            part.split_once('=').is_some_and(|(key, written)| {
                let path: Vec<&str> = key.trim().split('.').collect();
                path.iter().all(|name| is_name(name)) && insert(&mut table, &path, value(written, depth + 1))
            })
        });
        if sound {
            return toml::Value::Table(table);
        }
    }
    let read = toml::from_str::<toml::Table>(&format!("value = {text}")).ok();
    let alone = read.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    alone.unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

/// Whether a word looks like a key and its value.
pub(crate) fn is_pair(word: &str) -> bool {
    !word.starts_with('-') && word.split_once('=').is_some_and(|(key, _)| key.split('.').all(is_name))
}

/// What to say of a command line in which the keys of a step were torn apart by blanks; nothing where none were.
pub(crate) fn torn_keys(words: &[&str]) -> Option<String> {
    let words = words.split(|word| *word == "--").next()?;
    let start = words.iter().position(|word| *word == "transform")?;
    words[start..].windows(2).find_map(|pair| {
        let [first, second] = [pair[0], pair[1]];
        let left = first.trim_end_matches(',');
        let torn = is_pair(left) && (first.ends_with(',') || second.starts_with(',') || is_pair(second));
        torn.then(|| {
            let right = Some(second.trim_matches(',')).filter(|right| is_pair(right));
            let joined = right.map_or_else(|| left.to_owned(), |right| format!("{left},{right}"));
            format!("no blanks before or after the commas between a step's keys: {}", visible(&joined))
        })
    })
}

/// The parts between commas, none of an empty text; commas inside brackets, braces and quotes belong to a value.
fn parts(options: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0i32, None, 0);
    let mut parts = Vec::new();
    for (at, character) in options.char_indices() {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, ',') if depth <= 0 => {
                parts.push(&options[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&options[start..]);
    if options.trim().is_empty() { Vec::new() } else { parts.into_iter().map(str::trim).collect() }
}

/// The same options without the parts that are empty.
fn filled(options: &str) -> String {
    parts(options).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use brinell_learn::{KeyDefault, typed};

    #[test]
    fn commas_inside_a_value_belong_to_it() {
        assert_eq!(
            parts("a=1, b=[1,2],c={x=1,y=2},d=\"p,q\""),
            ["a=1", "b=[1,2]", "c={x=1,y=2}", "d=\"p,q\""]
        );
        assert!(parts("").is_empty() && parts("  ").is_empty());
        assert_eq!(parts("a=1,,b=2,"), ["a=1", "", "b=2", ""]);
    }

    #[test]
    fn options_are_the_keys_of_the_configuration() {
        let written = step("stft", "length=64,hop=32,scale=log,rows=16").unwrap();
        let config = serde_json::json!({"step": "stft", "length": 64, "hop": 32, "scale": "log", "rows": 16});
        assert_eq!(written, serde_json::from_value(config).unwrap());
        let nested = step("stft", "scale.decibel.floor_db=-80").unwrap();
        let config = serde_json::json!({"step": "stft", "scale": {"decibel": {"floor_db": -80.0}}});
        assert_eq!(nested, serde_json::from_value(config).unwrap());
    }

    #[test]
    fn a_frequency_may_carry_its_unit() {
        let written = step("filter", "low=500Hz,high=2.5kHz").unwrap();
        let config = serde_json::json!({"step": "filter", "low": 500.0, "high": 2500.0});
        assert_eq!(written, serde_json::from_value(config).unwrap());
        assert!(step("filter", "low=3khz").unwrap_err().one_line().contains("Hz, kHz"));
    }

    #[test]
    fn words_need_no_quotes_within_brackets_and_braces() {
        let json = |step: Step| serde_json::to_value(step).unwrap();
        let cwt = json(step("cwt", "wavelet=morse,frequencies={spacing=linear, highest=3kHz}").unwrap());
        assert_eq!(cwt["wavelet"]["morse"]["beta"], 20.0);
        assert_eq!(
            (&cwt["frequencies"]["spacing"], &cwt["frequencies"]["highest"]),
            (&"linear".into(), &3000.0.into())
        );
        let apart = step("cwt", "wavelet=morse,frequencies.spacing=linear,frequencies.highest=3kHz").unwrap();
        assert_eq!(json(apart), cwt);
        let vmd =
            json(step("vmd", "alpha={half-width=250Hz},start={centres=[100Hz,1kHz,2kHz,3kHz]}").unwrap());
        assert_eq!(vmd["alpha"]["half-width"], 250.0);
        assert_eq!(vmd["start"]["centres"], serde_json::json!([100.0, 1000.0, 2000.0, 3000.0]));
        assert_eq!(json(step("autoregressive", "order=5").unwrap())["order"]["fixed"], 5);
        assert_eq!(json(step("image", "scale=decibel").unwrap())["scale"]["decibel"]["floor_db"], -80.0);
        assert!(step("stft", "window=\"hann\"").is_ok());
    }

    #[test]
    fn brackets_of_any_depth_and_halves_of_brackets_are_read_or_refused() {
        for text in
            ["[".repeat(5000), "[".repeat(5000) + &"]".repeat(5000), "{a=".repeat(3000) + &"}".repeat(3000)]
        {
            assert!(step("stft", &format!("length={text}")).is_err());
        }
        for text in ["[1", "{a", "{a}", "]", "\"", "1\nhop=3", "{=1}", "=", "[,]"] {
            assert!(step("stft", &format!("length={text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_torn_apart_by_blanks_are_put_together() {
        let said = |line: &str| torn_keys(&line.split(' ').collect::<Vec<_>>());
        for line in [
            "transform a.mat --stft length=64, hop=32",
            "transform --stft length=64, hop=32 a.mat",
            "transform a.mat --stft length=64 hop=32",
            "transform a.mat --stft length=64 ,hop=32",
        ] {
            assert!(said(line).is_some_and(|text| text.ends_with("length=64,hop=32")), "{line}");
        }
        for line in
            ["transform a=1.mat --stft length=64", "transform --stft length=64 a.mat", "probe a=1 b=2"]
        {
            assert_eq!(said(line), None, "{line}");
        }
    }

    #[test]
    fn mistakes_name_the_flag_and_what_is_known() {
        let message = |name: &str, options: &str| step(name, options).unwrap_err().one_line();
        assert!(message("stft", "lenght=64").contains("unknown key `lenght`; did you mean `length`?"));
        assert!(message("stft", "step=stft").contains("unknown key `step`"));
        assert!(message("stft", "105.mat").contains("no key=value"));
        assert!(message("stft", "hop=1,hop=2").contains("twice"));
        assert!(message("stft", "=3").contains("no key"));
        assert!(message("stft", "hop=ten").contains("--stft"));
    }

    #[test]
    fn commas_with_nothing_between_them_are_refused() {
        for options in ["length=256,,hop=3", "length=256,", ",length=256", ","] {
            assert!(step("stft", options).unwrap_err().what.contains("nothing stands between"), "{options}");
        }
        let failure = step("stft", "length=256,,hop=3").unwrap_err();
        assert_eq!(failure.help.as_deref(), Some("--stft length=256,hop=3"));
        assert!(step("squared-envelope-spectrum", "band=[0.1,,0.5]").is_err());
        assert!(step("stft", "").is_ok());
    }

    #[test]
    fn the_help_is_about_the_mistake() {
        let help = |name: &str, options: &str| step(name, options).unwrap_err().help.unwrap_or_default();
        assert!(help("stft", "lenght=64").starts_with("--stft takes window=hann,length=256"));
        assert!(help("stft", "window=han").starts_with("window is one of rectangular, hann"));
        assert_eq!(help("stft", "hop=ten"), "for example hop=128");
        assert!(help("detrend", "hop=ten").contains("no keys"));
        assert!(help("stft", "hop=1,hop=2").contains("each key once"));
    }

    #[test]
    fn every_key_that_is_listed_is_accepted_with_its_default() {
        for known in Step::all() {
            let keys = StepKeys::of(&known);
            let mut options = Vec::new();
            for key in &keys.keys {
                let path = key.path.join(".");
                match &key.default {
                    KeyDefault::Value(value) | KeyDefault::Needed(value) => {
                        options.push(format!("{path}={}", typed(value)));
                    }
                    // No value is right for all of these, but none is refused as a key.
                    KeyDefault::Unset => {
                        let answer = step(known.name(), &format!("{path}={{x=1}}")).unwrap_err().one_line();
                        assert!(!answer.contains("unknown key `"), "{}: {path}: {answer}", known.name());
                    }
                }
            }
            let options = options.join(",");
            let read = step(known.name(), &options).unwrap_or_else(|error| panic!("{options}: {error:?}"));
            if keys.needed().is_empty() {
                assert_eq!(read, step(known.name(), "").unwrap(), "{options}");
            }
        }
    }

    #[test]
    fn every_word_that_is_listed_is_known() {
        for known in Step::all() {
            for (key, words) in StepKeys::of(&known).words {
                for word in words {
                    let Err(failure) = step(known.name(), &format!("{key}={word}")) else { continue };
                    let answer = failure.one_line();
                    assert!(!answer.contains("has no word"), "{} {key}={word}: {answer}", known.name());
                }
            }
        }
    }
}
