//! Several trainings at once, each with its own share of the threads. What comes out has the same bytes as one after the
//! other, because no training knows of another.

use crate::error::{Error, Result};
use crate::observer::{Event, Observer};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Nets with at most so many parameters are trained side by side unless said: one of them does not keep several threads
/// busy, and a few fit in memory.
const SMALL: u64 = 4_000_000;

/// How many trainings to run at once where nobody says: as many as there are threads, for small nets.
pub(crate) fn at_once(parameters: u64) -> usize {
    if parameters <= SMALL { rayon::current_num_threads() } else { 1 }
}

/// One who watches, shared by those who work: it is told of one event at a time, and looked at for a wish to stop.
struct Shared<'a, 'b> {
    watcher: &'a Mutex<&'b mut dyn Observer>,
    asked: &'a AtomicBool,
    halt: &'a AtomicBool,
}

impl Observer for Shared<'_, '_> {
    fn event(&mut self, event: &Event<'_>) {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner).event(event);
        if self.asked.load(Ordering::Relaxed) {
            self.halt.store(true, Ordering::Relaxed);
        }
    }
}

/// Does all `jobs`, at most `at_once` at a time, in their order. After an error, or when `asked` is set, those at work save
/// and end, and no other begins; the first error by order counts, one that stopped the others before theirs.
pub(crate) fn run_all<J: Sync>(
    jobs: &[J],
    at_once: usize,
    asked: &AtomicBool,
    observer: &mut dyn Observer,
    work: impl Fn(&J, &AtomicBool, &mut dyn Observer) -> Result<()> + Sync,
) -> Result<()> {
    let workers = at_once.clamp(1, jobs.len().max(1));
    if workers == 1 {
        return jobs.iter().try_for_each(|job| work(job, asked, observer));
    }
    let threads = (rayon::current_num_threads() / workers).max(1);
    let (halt, next) = (AtomicBool::new(asked.load(Ordering::Relaxed)), AtomicUsize::new(0));
    let (watcher, failed) = (Mutex::new(observer), Mutex::new(BTreeMap::new()));
    let fail = |at: usize, error: Error| {
        halt.store(true, Ordering::Relaxed);
        failed.lock().unwrap_or_else(PoisonError::into_inner).insert(at, error);
    };
    let worker = || {
        let mut observer = Shared { watcher: &watcher, asked, halt: &halt };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return };
            let done = match &pool {
                Ok(pool) => pool.install(|| work(job, &halt, &mut observer)),
                Err(error) => Err(Error::data(
                    "trainings cannot be run side by side",
                    error.to_string(),
                    "ask for one at a time: --jobs 1",
                )),
            };
            if let Err(error) = done {
                fail(at, error);
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(worker);
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let cause = failed.iter().find(|(_, error)| !matches!(error, Error::Interrupted { .. }));
    match cause.or_else(|| failed.iter().next()).map(|(at, _)| *at).and_then(|at| failed.remove(&at)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::observer::Unobserved;

    fn failure(what: &str) -> Error {
        Error::data(what, "", "")
    }

    fn interrupted() -> Error {
        Error::Interrupted { run_folder: "r".into(), place: String::new(), epoch: 1, epochs: 2 }
    }

    #[test]
    fn every_job_is_done_once_for_any_number_at_a_time() {
        for at_once in [1, 2, 3, 20] {
            let counts: Vec<AtomicUsize> = (0..7).map(|_| AtomicUsize::new(0)).collect();
            run_all(&counts, at_once, &AtomicBool::new(false), &mut Unobserved, |count, _, _| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .unwrap();
            assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1), "{at_once}");
        }
    }

    #[test]
    fn the_error_that_stopped_the_others_is_told_and_nothing_begins_after_it() {
        let begun = AtomicUsize::new(0);
        let jobs: Vec<usize> = (0..50).collect();
        let error = run_all(&jobs, 2, &AtomicBool::new(false), &mut Unobserved, |job, halt, _| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *job == 1 {
                return Err(failure("broken"));
            }
            while !halt.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            Err(interrupted())
        })
        .unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_wish_to_stop_reaches_all_that_are_at_work() {
        let asked = AtomicBool::new(false);
        let place = crate::observer::Place {
            experiment: String::new(),
            protocol: crate::protocol::Protocol::RandomWindow,
            sensor: String::new(),
            condition: String::new(),
            fold: String::new(),
            seed: 0,
            number: 1,
            of: 1,
        };
        let mut events = 0;
        let mut observer = |_: &Event<'_>| {
            events += 1;
            asked.store(true, Ordering::Relaxed);
        };
        let error = run_all(&[0, 1, 2, 3], 2, &asked, &mut observer, |_, halt, observer| {
            while !halt.load(Ordering::Relaxed) {
                observer.event(&Event::FoldSkipped { place: &place });
            }
            Err(interrupted())
        })
        .unwrap_err();
        assert!(matches!(error, Error::Interrupted { .. }));
        assert!(events >= 1);
    }
}
