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
                    let pace = pace(self.began.elapsed().as_secs_f64(), done, self.total);
                    output::say(&format!("{}: {done}{of} {} ({pace})\n", self.stage, visible(doing)));
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

/// Time so far, steps a second and the time that is left: `30 s, 4.0/s, 41 min left`.
fn pace(seconds: f64, done: u64, total: u64) -> String {
    let so_far = time(seconds);
    if done == 0 || seconds <= 0.0 {
        return so_far;
    }
    let rate = done as f64 / seconds;
    let rate_text = if rate >= 1.0 { format!("{rate:.1}/s") } else { format!("{:.1} s each", 1.0 / rate) };
    match total.checked_sub(done) {
        Some(left) if total > 0 => format!("{so_far}, {rate_text}, {} left", time(left as f64 / rate)),
        _ => format!("{so_far}, {rate_text}"),
    }
}

/// A time in the unit that fits: `41 min`.
fn time(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{seconds:.0} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

fn bar(stage: &str, total: u64) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let (bar, template) = if total > 0 {
        (
            ProgressBar::with_draw_target(Some(total), target),
            "{prefix} [{bar:24}] {pos}/{len} {per_sec:.1} {eta} left  {wide_msg}",
        )
    } else {
        (ProgressBar::with_draw_target(None, target), "{prefix} {spinner} {pos}  {wide_msg}")
    };
    // The templates are fixed texts above; the plain style stands in for one that did not parse.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> ")).with_prefix(stage.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_tells_how_fast_and_how_long() {
        assert_eq!(pace(30.0, 120, 9960), "30 s, 4.0/s, 41 min left");
        assert_eq!(pace(30.0, 3, 0), "30 s, 10.0 s each");
        assert_eq!(pace(7.2, 0, 10), "7 s");
        assert_eq!(pace(10_000.0, 1, 3), "2.8 h, 10000.0 s each, 5.6 h left");
    }
}
