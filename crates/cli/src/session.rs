//! One run of the program: what was asked of its streams, and the warnings that came up.

use crate::arguments::{Format, Globals};
use crate::environment::Environment;
use crate::failure::{Failure, FailureJson, Outcome};
use crate::output;
use crate::progress::Progress;
use crate::terminal::{Paint, When, use_color, visible_lines};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Instant;

/// Settings and state that every command shares.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) format: Format,
    pub(crate) environment: Environment,
    /// Colour of standard output.
    pub(crate) paint: Paint,
    /// Colour of standard error.
    pub(crate) paint_errors: Paint,
    verbosity: u8,
    quiet: bool,
    progress: When,
    warnings: Vec<String>,
    started: Instant,
}

/// What `--json` prints on success.
#[derive(Debug, Serialize)]
struct Envelope<'a, T> {
    schema: &'a str,
    brinell: &'static str,
    ok: bool,
    data: &'a T,
    warnings: &'a [String],
    run: Run,
}

/// What `--json` prints on failure.
#[derive(Debug, Serialize)]
struct FailureEnvelope<'a> {
    schema: &'static str,
    brinell: &'static str,
    ok: bool,
    error: FailureJson<'a>,
}

/// The only part of an envelope that differs between two runs on the same input.
#[derive(Debug, Serialize)]
struct Run {
    wall_s: f64,
    threads: usize,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Session {
    pub(crate) fn new(globals: &Globals, environment: Environment) -> Self {
        let out = use_color(globals.color, &environment, std::io::stdout().is_terminal());
        let err = use_color(globals.color, &environment, std::io::stderr().is_terminal());
        Self {
            format: globals.format(),
            environment,
            paint: Paint::new(out),
            paint_errors: Paint::new(err),
            verbosity: globals.verbose,
            quiet: globals.quiet,
            progress: globals.progress,
            warnings: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Whether the result is to be JSON.
    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Something the user has to know: on standard error, and in the envelope.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        let text = visible_lines(&text.into());
        if !self.quiet {
            output::say(&format!("{}: {text}\n", self.paint_errors.caution("warning")));
        }
        self.warnings.push(text);
    }

    /// Something that helps, on standard error.
    pub(crate) fn hint(&self, text: &str) {
        if !self.quiet {
            output::say(&format!("{}\n", visible_lines(text)));
        }
    }

    /// A detail that is shown with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbosity > 0 && !self.quiet {
            output::say(&format!("{}\n", self.paint_errors.dim(&visible_lines(text))));
        }
    }

    /// A failure of one item, on standard error; the program goes on.
    pub(crate) fn report(&self, failure: &Failure) {
        output::say(&failure.render(self.paint_errors));
    }

    /// A progress display of the session's kind.
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(if self.quiet { When::Never } else { self.progress })
    }

    /// Prints a result: the text for people or the envelope, to standard output or to a file.
    pub(crate) fn result<T: Serialize>(
        &self,
        target: &Target<'_>,
        schema: &str,
        ok: bool,
        data: &T,
        human: &str,
    ) -> Outcome<()> {
        let text = if self.json() { self.envelope(schema, ok, data) } else { human.to_owned() };
        match target.file {
            Some(path) => output::write_file(path, text.as_bytes(), target.force),
            None => output::print(&text),
        }
    }

    fn envelope<T: Serialize>(&self, schema: &str, ok: bool, data: &T) -> String {
        let envelope = Envelope {
            schema,
            brinell: VERSION,
            ok,
            data,
            warnings: &self.warnings,
            run: Run { wall_s: self.started.elapsed().as_secs_f64(), threads: rayon::current_num_threads() },
        };
        to_json(&envelope)
    }

    /// Work that was stopped and saved: lines that say how to go on, and with `--json` the object.
    pub(crate) fn stopped(&self, failure: &Failure, lines: &[&str]) {
        if self.json() {
            fail_json(failure);
        }
        for line in lines {
            output::say(&format!("{}\n", visible_lines(line)));
        }
    }

    /// Ends the program's talk after a failure: the text on standard error, and with `--json` also
    /// the object on standard output.
    pub(crate) fn fail(&self, failure: &Failure) {
        if self.json() {
            fail_json(failure);
        }
        output::say(&failure.render(self.paint_errors));
    }
}

/// Prints the object of a failure to standard output.
pub(crate) fn fail_json(failure: &Failure) {
    let envelope =
        FailureEnvelope { schema: "brinell.error/1", brinell: VERSION, ok: false, error: failure.to_json() };
    // Nothing is left to do when this cannot be printed: the exit code says that it failed.
    drop(output::print(&to_json(&envelope)));
}

fn to_json<T: Serialize>(value: &T) -> String {
    // Plain structs of texts and numbers: serialising them cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("\"{error}\""));
    text.push('\n');
    text
}

/// Where a result goes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target<'a> {
    /// A file, or standard output.
    pub(crate) file: Option<&'a Path>,
    /// Whether the file may be replaced.
    pub(crate) force: bool,
}
