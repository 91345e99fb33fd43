//! The steps of a pipeline as flags: one for every transform of the signal room, done in the order in which
//! they are written. What a flag takes are the keys of the same step in a configuration.

use crate::failure::{Code, Failure, Outcome};
use crate::terminal::visible;
use brinell_signal::{Step, parse_frequency};
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
fn step(name: &str, options: &str) -> Outcome<Step> {
    let refuse = |what: String| {
        Failure::new(Code::Usage, what)
            .place(format!("--{name} {}", visible(options)))
            .help("brinell list transforms, which shows every step with its keys and defaults")
    };
    let mut table = toml::Table::new();
    table.insert("step".to_owned(), toml::Value::String(name.to_owned()));
    for option in parts(options) {
        let Some((key, value)) = option.split_once('=') else {
            return Err(refuse(format!("`{}` is no key=value", visible(option)))
                .why("what stands behind a step's flag are its keys; file names go before the first step"));
        };
        let read = read_value(key.trim(), value.trim());
        let read = read.ok_or_else(|| refuse(format!("`{}` is no key", visible(key))))?;
        for (key, value) in read {
            if table.insert(key.clone(), value).is_some() {
                return Err(refuse(format!("`{}` stands there twice", visible(&key))));
            }
        }
    }
    Step::deserialize(table).map_err(|error| refuse(format!("--{name}: {}", visible(error.message()))))
}

/// One `key = value` as TOML; a frequency with its unit becomes a number of hertz, a bare word a text.
fn read_value(key: &str, value: &str) -> Option<toml::Table> {
    let parse = |value: &str| toml::from_str::<toml::Table>(&format!("{key} = {value}")).ok();
    let frequency = || match value.to_ascii_lowercase().ends_with("hz") {
        true => parse_frequency(value).ok().and_then(|hertz| parse(&format!("{:?}", hertz.0))),
        false => None,
    };
    parse(value).or_else(frequency).or_else(|| parse(&toml::Value::String(value.to_owned()).to_string()))
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
        assert_eq!(read_value("low", "2.5kHz").unwrap()["low"], toml::Value::Float(2500.0));
        assert_eq!(read_value("name", "hann").unwrap()["name"], toml::Value::String("hann".to_owned()));
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
}
