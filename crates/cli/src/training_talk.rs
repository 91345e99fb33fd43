//! What a training run tells its user while it goes on.

use crate::device::taken;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::session::Session;
use brinell_learn::{Choice, Event, Observer, Place};
use brinell_signal::counted;
use std::collections::BTreeMap;

/// Turns the events of a run into progress and lines on standard error.
pub(crate) struct TrainingTalk<'a> {
    session: &'a mut Session,
    interrupt: Option<&'a Interrupt>,
    progress: Progress,
    stopping: bool,
    /// What goes on in the runs at work, by their number.
    at_work: BTreeMap<usize, String>,
    /// Runs that are over.
    over: u64,
    /// Whether several runs were at work at one time: the progress then counts runs, else epochs of the one.
    several: bool,
}

impl<'a> TrainingTalk<'a> {
    pub(crate) fn new(session: &'a mut Session, interrupt: Option<&'a Interrupt>) -> Self {
        let progress = session.progress();
        Self {
            session,
            interrupt,
            progress,
            stopping: false,
            at_work: BTreeMap::new(),
            over: 0,
            several: false,
        }
    }

    fn notice_interrupt(&mut self) {
        if !self.stopping && self.interrupt.is_some_and(Interrupt::requested) {
            self.stopping = true;
            let session = &self.session;
            self.progress.beside(|| {
                session.hint("stopping after this batch; a second signal (Ctrl-C, SIGTERM) stops at once ...")
            });
        }
    }

    /// Shows how many runs are over, from the first run on that is shown so.
    fn count_runs(&mut self, place: &Place) {
        if !self.several {
            self.several = true;
            self.progress.stage("training", place.of as u64);
        }
        self.progress.at(self.over, &self.all_at_work());
    }

    /// What goes on in all runs at work.
    fn all_at_work(&self) -> String {
        let doing: Vec<&str> = self.at_work.values().map(String::as_str).collect();
        format!("runs; {}", doing.join("; "))
    }

    /// Takes the progress off the screen.
    pub(crate) fn end(mut self) {
        self.notice_interrupt();
        self.progress.end();
    }
}

impl Observer for TrainingTalk<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.notice_interrupt();
        match event {
            Event::DeviceOpened { name, why } => {
                self.session.hint(&taken("learn", name, *why));
            }
            Event::DataRead { found, missing } => {
                // each baseline is a run of its own, that counts anew
                (self.over, self.several) = (0, false);
                self.at_work.clear();
                self.progress.end();
                self.session.detail(&format!("{} read", counted(*found, "recording")));
                if !missing.is_empty() {
                    self.session.warn(format!(
                        "not here, so figures are over fewer: {} that the experiment wants, {}",
                        counted(missing.len(), "recording"),
                        shortened(missing)
                    ));
                }
            }
            Event::ModesPlanned { length, on } => {
                self.session.hint(&format!("segments of {}: {on}", counted(*length, "sample")));
            }
            Event::FoldStarted { place, train, validation, epochs: 0, .. } => {
                let text = format!(
                    "{place} ({} of {}): begins, {learnt} to learn from",
                    place.number,
                    place.of,
                    learnt = counted(train + validation, "segment")
                );
                self.at_work.insert(place.number, format!("{} begun", place.number));
                self.count_runs(place);
                let session = &self.session;
                self.progress.beside(|| session.hint(&text));
            }
            Event::FoldStarted { place, train, validation, epoch, epochs } => {
                let text = format!(
                    "{place} ({} of {}): {learnt} to learn from, {validation} to choose by, epoch {epoch} of \
                     {epochs}",
                    place.number,
                    place.of,
                    learnt = counted(*train, "segment")
                );
                let session = &self.session;
                self.progress.beside(|| session.detail(&text));
                self.at_work.insert(place.number, format!("{}: epoch {epoch}", place.number));
                if self.several || self.at_work.len() > 1 {
                    self.count_runs(place);
                } else {
                    let stage = format!("{} of {} {place}", place.number, place.of);
                    self.progress.stage(&stage, *epochs as u64);
                    self.progress.at(*epoch as u64 - 1, "epochs");
                }
            }
            Event::FoldSkipped { place } => {
                self.over += 1;
                self.session.detail(&format!("{place}: done before"));
            }
            Event::BatchDone { place, epoch, epochs, loss, seconds_left, .. } if self.several => {
                let doing = format!(
                    "{}: epoch {epoch} of {epochs}, loss {loss:.4}, {seconds_left:.0} s left",
                    place.number
                );
                self.at_work.insert(place.number, doing);
                self.progress.at(self.over, &self.all_at_work());
            }
            Event::BatchDone { epoch, batch, batches, loss, examples_per_second, seconds_left, .. } => {
                let doing = format!(
                    "epochs; batch {batch} of {batches}, loss {loss:.4}, {examples_per_second:.0} segments/s, \
                     {seconds_left:.0} s left"
                );
                self.progress.at(*epoch as u64 - 1, &doing);
            }
            Event::EpochDone { place, row, best, .. } => {
                let whose = if self.several { format!("{place}, ") } else { String::new() };
                let text = format!(
                    "{whose}epoch {}: loss {:.4}, validation loss {:.4}, accuracy {:.4}{}",
                    row.epoch,
                    row.train_loss,
                    row.validation_loss,
                    row.validation_accuracy,
                    if *best { ", best so far" } else { "" }
                );
                let session = &self.session;
                self.progress.beside(|| session.detail(&text));
            }
            Event::TrialDone { place, choice, figure } => {
                let text = format!("{place}: {}: {figure:.4} on held-out bearings", choice_text(choice));
                let session = &self.session;
                self.progress.beside(|| session.detail(&text));
            }
            Event::FoldDone { place, test, accuracy, macro_f1, leak } => {
                self.at_work.remove(&place.number);
                self.over += 1;
                if !self.several {
                    self.progress.end();
                }
                let leak = leak.map_or(String::new(), |leak| format!(" ({leak})"));
                let text = format!(
                    "{place} ({} of {}): {:.2} % of {test} test segments right, macro-F1 {:.2} %{leak}",
                    place.number,
                    place.of,
                    100.0 * accuracy,
                    100.0 * macro_f1
                );
                let session = &self.session;
                self.progress.beside(|| session.hint(&text));
            }
            _ => {}
        }
    }
}

/// A choice of options for people: numbers to four digits that count, the last ones as needed.
pub(crate) fn choice_text(choice: &Choice) -> String {
    let value = |value: &serde_json::Value| match value.as_f64().filter(|_| value.is_f64()) {
        Some(number) => sensible(number),
        None => value.to_string(),
    };
    choice.iter().map(|(key, own)| format!("{key} = {}", value(own))).collect::<Vec<String>>().join(", ")
}

/// A number with four digits that count, without zeros at its end.
fn sensible(number: f64) -> String {
    let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
    match rounded.abs() {
        0.0 | 1e-3..1e6 => rounded.to_string(),
        _ => format!("{rounded:e}"),
    }
}

/// The first few names and how many more there are.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let first: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_choice_is_told_with_the_digits_that_count() {
        let numbers = [0.1 + 0.2, 1.234_567_890_1e-5, 0.001, 123_456.789, 0.0, -2.5, 1.0, 3e7];
        let texts = ["0.3", "1.235e-5", "0.001", "123500", "0", "-2.5", "1", "3e7"];
        assert_eq!(numbers.map(sensible), texts);
        let choice: Choice =
            serde_json::from_str(r#"{"model.strength": 0.30000000000000004, "training.batch": 64}"#).unwrap();
        assert_eq!(choice_text(&choice), "model.strength = 0.3, training.batch = 64");
    }
}
