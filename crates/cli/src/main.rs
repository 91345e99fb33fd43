//! The command line of Brinell: `brinell demo`, `probe`, `transform`, `data`, `freqs`, `train`, `evaluate`,
//! `compare`, `diagnose`, `analyze`, `explain`, `report`, `list`, `doctor`, `completions`.
//!
//! This room knows arguments, streams, progress and exit codes, and no mathematics.
//!
//! | file | idea |
//! |---|---|
//! | `arguments.rs` `command/` | what can be typed; one file a command, its arguments beside its work |
//! | `environment.rs` | the environment variables that matter, read once |
//! | `session.rs` `output.rs` `terminal.rs` `progress.rs` | the two streams, colour, harmless text, progress |
//! | `failure.rs` `translate.rs` `exit.rs` | what went wrong, for people and programs; exit codes |
//! | `inputs.rs` `natural.rs` | which files are meant, in which order |
//! | `reading.rs` `bearing_choice.rs` `step_flags.rs` `step_text.rs` `plan_help.rs` `data_folder.rs` | flags that several commands share, understood |
//! | `manifest.rs` `verdict_text.rs` `verdict_table.rs` `report_folder.rs` | a table of recordings; a diagnosis as text; verdicts of a run; the folder of reports |
//! | `model_choice.rs` `device.rs` | the model that ships, the user's, or none; what `--device` opens |
//! | `training_talk.rs` `run_pictures.rs` | what a training run tells while it goes on; its figures as pictures |
//! | `interrupt.rs` | Ctrl-C and SIGTERM |

mod arguments;
mod bearing_choice;
mod benchmark_rows;
mod channel_choice;
mod command;
mod crew;
mod data_folder;
mod device;
mod environment;
mod exit;
mod failure;
mod finding_text;
mod inputs;
mod interrupt;
mod manifest;
mod manifest_columns;
mod model_choice;
mod natural;
mod number_text;
mod output;
mod plan_help;
mod progress;
mod reading;
mod report_folder;
mod report_language;
mod reported;
mod run_pictures;
mod session;
mod severity_choice;
mod shaft_motion;
mod step_flags;
mod step_text;
mod terminal;
mod training_talk;
mod translate;
mod verdict_table;
mod verdict_text;

use arguments::{Cli, Command};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, FromArgMatches};
use environment::Environment;
use exit::Exit;
use failure::{Code, Failure, Outcome};
use session::Session;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use terminal::{Paint, When, use_color, visible_lines};

/// Keeps freed blocks at hand: training frees and asks for the same large ones at every step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    install_panic_hook();
    let run = || {
        let environment = Environment::read();
        let words = with_negative_values(std::env::args_os());
        match parse(&words, &environment) {
            Ok(cli) => execute(&cli, environment),
            Err(exit) => exit,
        }
    };
    std::panic::catch_unwind(run).unwrap_or(Exit::Internal).into()
}

/// The words of a command line, a negative value joined to the flag before it (`--speed -5rpm` becomes `--speed=-5rpm`): it
/// would else be taken for a flag that is not there. No flag begins with a digit.
fn with_negative_values(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let is_negative = |word: &str| {
        let mut number = word.strip_prefix('-').into_iter().flat_map(str::chars).skip_while(|c| *c == '.');
        number.next().is_some_and(|c| c.is_ascii_digit())
    };
    let is_open_flag = |word: &str| word.len() > 2 && word.starts_with("--") && !word.contains('=');
    let mut joined: Vec<OsString> = Vec::new();
    let mut only_values = false;
    for word in words {
        only_values |= word == "--";
        match (joined.last().and_then(|last| last.to_str()), word.to_str()) {
            (Some(flag), Some(value)) if !only_values && is_open_flag(flag) && is_negative(value) => {
                let whole = format!("{flag}={value}");
                joined.pop();
                joined.push(whole.into());
            }
            _ => joined.push(word),
        }
    }
    joined
}

/// A panic is a bug of ours: it says so, and what to send.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let reason = panic
            .payload()
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.payload().downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".to_owned());
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        output::say(&format!(
            "error: this is a bug in brinell {}: {}\n  --> {place}\n  help: please report it with the command \
             line and, if it may be shared, the file\n",
            env!("CARGO_PKG_VERSION"),
            terminal::visible(&reason),
        ));
    }));
}

/// Reads the command line; help, version and mistakes are answered here.
fn parse(words: &[OsString], environment: &Environment) -> Result<Cli, Exit> {
    let typed = Typed::of(words);
    let command = Cli::command().color(match typed.color {
        When::Always => ColorChoice::Always,
        When::Never => ColorChoice::Never,
        When::Auto => ColorChoice::Auto,
    });
    let matches = command.try_get_matches_from(words).and_then(|matches| Cli::from_arg_matches(&matches));
    let error = match matches {
        Ok(cli) => return Ok(cli),
        Err(error) => with_nearest_flag(error, words),
    };
    let asked_for_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_terminal =
        if asked_for_help { std::io::stdout().is_terminal() } else { std::io::stderr().is_terminal() };
    let styled = error.render();
    let plain = visible_lines(&styled.to_string());
    // Help is our own text; a mistake quotes what was typed, so it is shown without any escape.
    let text = if asked_for_help && use_color(typed.color, environment, is_terminal) {
        styled.ansi().to_string()
    } else {
        plain.clone()
    };
    if asked_for_help {
        return Err(output::print(&text).map_or_else(|failure| failure.exit, |()| Exit::Done));
    }
    let torn = step_flags::torn_keys(&words.iter().filter_map(|word| word.to_str()).collect::<Vec<_>>());
    if let Some(failure) = unknown_argument(&error, words, torn.as_deref()) {
        if typed.json {
            session::fail_json(&failure);
        }
        output::say(&failure.render(Paint::new(use_color(typed.color, environment, is_terminal))));
        return Err(failure.exit);
    }
    if typed.json {
        let message = plain.trim().strip_prefix("error: ").unwrap_or(plain.trim());
        let help = torn.as_deref().unwrap_or("brinell --help");
        session::fail_json(&Failure::new(Code::Usage, message).help(help));
    }
    output::say(&text);
    if let Some(help) = torn {
        output::say(&format!("  help: {help}\n"));
    }
    Err(Exit::Usage)
}

/// The same mistake with the flag that was meant, where clap itself saw none that is alike.
fn with_nearest_flag(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg).cloned() else { return error };
    if error.kind() != ErrorKind::UnknownArgument || error.get(ContextKind::SuggestedArg).is_some() {
        return error;
    }
    let Some(name) = typed.strip_prefix("--") else { return error };
    let mut command = Cli::command();
    command.build();
    let place = innermost(&command, words);
    let flags = place.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(clap::Arg::get_long);
    if let Some(flag) = brinell_learn::nearest(name, flags) {
        error.remove(ContextKind::Suggested);
        error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{flag}")));
    }
    error
}

/// The command within commands that was typed.
fn innermost<'a>(command: &'a clap::Command, words: &[OsString]) -> &'a clap::Command {
    let words = words.iter().skip(1).filter_map(|word| word.to_str());
    words.fold(command, |place, word| place.find_subcommand(word).unwrap_or(place))
}

/// The mistake of a flag, or of a word, that the command does not know.
fn unknown_argument(error: &clap::Error, words: &[OsString], torn: Option<&str>) -> Option<Box<Failure>> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let mut command = Cli::command();
    command.build();
    let name = innermost(&command, words).get_bin_name().unwrap_or("brinell").to_owned();
    let typed = terminal::visible(typed);
    let what = if typed.starts_with('-') {
        format!("{name} has no flag `{typed}`")
    } else {
        format!("{name} expects nothing at `{typed}`")
    };
    let help = match (torn, error.get(ContextKind::SuggestedArg)) {
        (Some(torn), _) => torn.to_owned(),
        (None, Some(ContextValue::String(meant))) => format!("{meant}, which is much alike"),
        _ => format!("{name} --help shows all flags"),
    };
    Some(Failure::new(Code::Usage, what).help(help))
}

/// What has to be known of a command line that could not be understood.
struct Typed {
    json: bool,
    color: When,
}

impl Typed {
    fn of(words: &[OsString]) -> Self {
        let words: Vec<&str> = words.iter().skip(1).map(|word| word.to_str().unwrap_or("")).collect();
        let flags = words.split(|word| *word == "--").next().unwrap_or_default();
        let value = |name: &str| {
            flags.iter().enumerate().rev().find_map(|(at, word)| match word.strip_prefix(name) {
                Some("") => flags.get(at + 1).copied(),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            })
        };
        Self {
            json: flags.contains(&"--json") || value("--format") == Some("json"),
            color: match value("--color") {
                Some("always") => When::Always,
                Some("never") => When::Never,
                _ => When::Auto,
            },
        }
    }
}

/// Runs the command and says how it ended.
fn execute(cli: &Cli, environment: Environment) -> Exit {
    let mut session = Session::new(&cli.globals, environment);
    let outcome = use_threads(cli.globals.threads).and_then(|()| dispatch(cli, &mut session));
    match outcome {
        Ok(exit) => exit,
        Err(failure) if failure.code == Code::ClosedPipe => Exit::Done,
        Err(failure) => {
            session.fail(&failure);
            failure.exit
        }
    }
}

fn use_threads(threads: Option<u16>) -> Outcome<()> {
    let Some(threads) = threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global().map_err(|error| {
        Failure::new(
            Code::Resource,
            format!("{} cannot be started", brinell_signal::counted(usize::from(threads), "thread")),
        )
        .why(error.to_string())
        .help("--threads 1")
    })
}

fn dispatch(cli: &Cli, session: &mut Session) -> Outcome<Exit> {
    match &cli.command {
        Command::Demo(arguments) => command::demo::run(arguments, session),
        Command::Diagnose(arguments) => command::diagnose::run(arguments, session),
        Command::Analyze(arguments) => command::diagnose::run_without_model(arguments, session),
        Command::Explain(arguments) => command::explain::run(arguments, session),
        Command::Probe(arguments) => command::probe::run(arguments, session),
        Command::Transform(arguments) => command::transform::run(arguments, session),
        Command::Freqs(arguments) => command::freqs::run(arguments, session),
        Command::Data(arguments) => command::data::run(arguments, session),
        Command::Train(arguments) => command::train::run(arguments, session),
        Command::Benchmark(arguments) => command::benchmark::run(arguments, session),
        Command::Tune(arguments) => command::tune::run(arguments, session),
        Command::Evaluate(arguments) => command::evaluate::run(arguments, session),
        Command::Report(arguments) => command::report::run(arguments, session),
        Command::Compare(arguments) => command::compare::run(arguments, session),
        Command::List(arguments) => command::list::run(arguments, session),
        Command::Doctor(arguments) => command::doctor::run(arguments, session),
        Command::Completions(arguments) => command::completions::run(arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &[&str]) -> Typed {
        Typed::of(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn json_is_seen_even_in_a_line_that_cannot_be_understood() {
        assert!(typed(&["brinell", "prob", "--json"]).json);
        assert!(typed(&["brinell", "--format=json", "x"]).json);
        assert!(typed(&["brinell", "--format", "json"]).json);
        assert!(!typed(&["brinell", "probe", "--", "--json"]).json);
        assert_eq!(typed(&["brinell", "--color=never"]).color, When::Never);
        assert_eq!(typed(&["brinell", "--color"]).color, When::Auto);
    }

    #[test]
    fn a_negative_value_stays_with_its_flag() {
        let joined = |line: &str| {
            let words = with_negative_values(line.split(' ').map(OsString::from));
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(joined("brinell freqs --speed -5rpm -v"), "brinell freqs --speed=-5rpm -v");
        assert_eq!(joined("brinell x --speed-between -.5Hz..3Hz"), "brinell x --speed-between=-.5Hz..3Hz");
        for same in
            ["brinell x --snr=-5dB -5", "brinell x -- --speed -5rpm", "brinell x --json -o -5", "-5 --x -y"]
        {
            assert_eq!(joined(same), same);
        }
    }

    #[test]
    fn every_command_has_three_examples_in_its_help() {
        fn check(command: &clap::Command) {
            let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
            let lines = examples.lines().filter(|line| line.starts_with("  brinell ")).count();
            assert!(lines >= 3, "{}: {lines} examples", command.get_name());
            for sub in command.get_subcommands() {
                check(sub);
            }
        }
        check(&Cli::command());
    }
}
