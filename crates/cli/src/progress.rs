//! How far the work is: a bar on a terminal after half a second, else a line now and then.

use crate::output;
use crate::terminal::{When, visible};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A bar that would vanish before it can be read is not drawn.
const BEFORE_BAR: Duration = Duration::from_millis(500);
/// Before the first line of a stage in a log: what is done sooner needs none.
const BEFORE_LINE: Duration = Duration::from_secs(5);
/// Between two lines of one stage in a log.
const BETWEEN_LINES: Duration = Duration::from_secs(30);
/// Between two lines when progress was asked for and standard error is no terminal.
const BETWEEN_ASKED_LINES: Duration = Duration::from_secs(1);

/// Shows one stage of work at a time.
#[derive(Debug)]
pub(crate) struct Progress {
    shape: Shape,
    stage: String,
    total: u64,
    done: u64,
    began: Instant,
    last_line: Option<Instant>,
    bar: Option<ProgressBar>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Silent,
    Bar,
    Lines(Duration),
}

impl Progress {
    pub(crate) fn new(when: When) -> Self {
        let shape = match (when, std::io::stderr().is_terminal()) {
            (When::Never, _) => Shape::Silent,
            (_, true) => Shape::Bar,
            (When::Auto, false) => Shape::Lines(BETWEEN_LINES),
            (When::Always, false) => Shape::Lines(BETWEEN_ASKED_LINES),
        };
        Self {
            shape,
            stage: String::new(),
            total: 0,
            done: 0,
            began: Instant::now(),
            last_line: None,
            bar: None,
        }
    }

    /// Begins a stage of `total` steps; 0 when their number is not known.
    pub(crate) fn stage(&mut self, name: &str, total: u64) {
        self.end();
        self.stage = visible(name);
        self.total = total;
        self.done = 0;
        self.began = Instant::now();
        self.last_line = None;
    }

    /// Says that `done` steps of the stage are done, and what is going on.
    pub(crate) fn at(&mut self, done: u64, doing: &str) {
        self.done = done;
        match self.shape {
            Shape::Silent => {}
            Shape::Bar if self.began.elapsed() < BEFORE_BAR => {}
            Shape::Bar => {
                let (stage, total) = (&self.stage, self.total);
                let bar = self.bar.get_or_insert_with(|| bar(stage, total));
                bar.set_position(done);
                bar.set_message(visible(doing));
            }
            Shape::Lines(pause) => {
                let due = match self.last_line {
                    None => self.began.elapsed() >= pause.min(BEFORE_LINE),
                    Some(last) => last.elapsed() >= pause,
                };
                if due {
                    self.last_line = Some(Instant::now());
                    let of = if self.total > 0 { format!("/{}", self.total) } else { String::new() };
                    let seconds = self.began.elapsed().as_secs();
                    output::say(&format!("{}: {done}{of} {} ({seconds} s)\n", self.stage, visible(doing)));
                }
            }
        }
    }

    /// Says what is going on without a step being done.
    pub(crate) fn note(&mut self, doing: &str) {
        self.at(self.done, doing);
    }

    /// Runs `print` while no bar is on the screen.
    pub(crate) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Ends the stage and takes the bar away.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn bar(stage: &str, total: u64) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let (bar, template) = if total > 0 {
        (
            ProgressBar::with_draw_target(Some(total), target),
            "{prefix} [{bar:24}] {pos}/{len} {eta} left  {wide_msg}",
        )
    } else {
        (ProgressBar::with_draw_target(None, target), "{prefix} {spinner} {pos}  {wide_msg}")
    };
    // The templates are fixed texts above; the plain style stands in for one that did not parse.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> ")).with_prefix(stage.to_owned())
}
