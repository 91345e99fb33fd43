//! What a training run tells its user while it goes on.

use crate::device::taken;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::session::Session;
use brinell_learn::{Event, Observer};
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
            Event::FoldStarted { place, train, validation, epoch, epochs } => {
                self.session.detail(&format!(
                    "{place} ({} of {}): {learnt} to learn from, {validation} to choose by, epoch {epoch} of \
                     {epochs}",
                    place.number,
                    place.of,
                    learnt = counted(*train, "segment")
                ));
                self.at_work.insert(place.number, format!("{}: epoch {epoch}", place.number));
                match (self.several, self.at_work.len() > 1) {
                    (true, _) => self.progress.at(self.over, &self.all_at_work()),
                    (false, true) => {
                        self.several = true;
                        self.progress.stage("training", place.of as u64);
                        self.progress.at(self.over, &self.all_at_work());
                    }
                    (false, false) => {
                        let stage = format!("{} of {} {place}", place.number, place.of);
                        self.progress.stage(&stage, *epochs as u64);
                        self.progress.at(*epoch as u64 - 1, "epochs");
                    }
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
                let values: Vec<String> =
                    choice.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                self.session
                    .detail(&format!("{place}: {}: {figure:.4} on held-out bearings", values.join(", ")));
            }
            Event::FoldDone { place, test, accuracy, macro_f1, leak } => {
                self.at_work.remove(&place.number);
                self.over += 1;
                if !self.several {
                    self.progress.end();
                }
                let leak = leak.map_or(String::new(), |leak| format!(" ({leak})"));
                let text = format!(
                    "{place}: {:.2} % of {test} test segments right, macro-F1 {:.2} %{leak}",
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

/// The first few names and how many more there are.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let first: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
