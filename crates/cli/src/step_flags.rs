//! The steps of a pipeline as flags: one for every transform of the signal room, done in the order in which
//! they are written. What a flag takes are the keys of the same step in a configuration.

use crate::failure::{Code, Failure, Outcome};
use crate::step_keys::StepKeys;
use crate::terminal::visible;
use crate::translate::nearest;
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
    table.insert("step".to_owned(), toml::Value::String(name.to_owned()));
    Step::deserialize(table).map_err(|error| {
        let help = near_key(error.message()).unwrap_or_else(|| keys_of(name));
        refuse(format!("--{name}: {}", visible(error.message()))).help(help)
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

/// The word that a message which lists all known ones may have meant.
fn near_key(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (wrong, known) = (quoted.next()?, quoted);
    message
        .starts_with("unknown ")
        .then(|| nearest(wrong, known))?
        .map(|word| format!("did you mean {word}?"))
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
    if let Some(inner) = within('[', ']').filter(|_| depth < DEEPEST) {
        return toml::Value::Array(parts(inner).into_iter().map(|part| value(part, depth + 1)).collect());
    }
    if let Some(inner) = within('{', '}').filter(|_| depth < DEEPEST) {
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

/// The parts between commas; commas inside brackets, braces and quotes belong to a value.
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
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn commas_inside_a_value_belong_to_it() {
        assert_eq!(
            parts("a=1, b=[1,2],c={x=1,y=2},d=\"p,q\""),
            ["a=1", "b=[1,2]", "c={x=1,y=2}", "d=\"p,q\""]
        );
        assert!(parts("").is_empty() && parts(" , ").is_empty());
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
        assert!(message("stft", "lenght=64").contains("lenght"), "{}", message("stft", "lenght=64"));
        assert!(message("stft", "105.mat").contains("no key=value"));
        assert!(message("stft", "hop=1,hop=2").contains("twice"));
        assert!(message("stft", "=3").contains("no key"));
        assert!(message("stft", "hop=ten").contains("--stft"));
    }

    #[test]
    fn the_help_is_about_the_mistake() {
        let help = |name: &str, options: &str| step(name, options).unwrap_err().help.unwrap_or_default();
        assert_eq!(help("stft", "lenght=64"), "did you mean length?");
        assert_eq!(help("stft", "window=han"), "did you mean hann?");
        assert!(help("stft", "hop=ten").starts_with("--stft takes window=hann,length=256"));
        assert!(help("detrend", "hop=ten").contains("no keys"));
        assert!(help("stft", "hop=1,hop=2").contains("each key once"));
    }
}
