//! Workers for many recordings. Each has threads of its own, so that no recording waits for another one and a task that never
//! ends costs one worker, which is replaced, and not the batch.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

type Work = Box<dyn FnOnce() + Send>;

/// A task that was handed to the crew.
struct Task {
    work: Work,
    lost: Arc<AtomicBool>,
}

/// What stands for a task that is under way: whoever gives it up says so here.
#[derive(Debug, Clone)]
pub(crate) struct Ticket(Arc<AtomicBool>);

/// What the workers share.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Task>,
    /// Workers that are at a task which was not given up.
    busy: usize,
    /// Whether no more tasks will come.
    closed: bool,
}

/// How long a crew that is dismissed may take to end what it is at.
const PATIENCE: Duration = Duration::from_secs(30);

/// The workers.
pub(crate) struct Crew {
    queue: Arc<Queue>,
    threads_each: usize,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; `None` when no more will come.
    fn next(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.waiting.pop_front() {
                state.busy += 1;
                return Some(task);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Crew {
    /// `workers` workers, which share the threads that rayon was given.
    pub(crate) fn new(workers: usize) -> io::Result<Self> {
        let threads_each = (rayon::current_num_threads() / workers.max(1)).max(1);
        let crew = Self { queue: Arc::default(), threads_each };
        (0..workers.max(1)).try_for_each(|_| crew.hire())?;
        Ok(crew)
    }

    fn hire(&self) -> io::Result<()> {
        let pool =
            ThreadPoolBuilder::new().num_threads(self.threads_each).build().map_err(io::Error::other)?;
        let queue = Arc::clone(&self.queue);
        std::thread::Builder::new().name("recordings".to_owned()).spawn(move || work(&queue, &pool))?;
        Ok(())
    }

    /// Hands a task to the next worker that is free; an `urgent` one goes before all that wait.
    pub(crate) fn give(&self, urgent: bool, work: impl FnOnce() + Send + 'static) -> Ticket {
        let lost = Arc::new(AtomicBool::new(false));
        let task = Task { work: Box::new(work), lost: Arc::clone(&lost) };
        let mut state = self.queue.lock();
        match urgent {
            true => state.waiting.push_front(task),
            false => state.waiting.push_back(task),
        }
        drop(state);
        self.queue.changed.notify_one();
        Ticket(lost)
    }

    /// Gives up a task that is under way: another worker takes the place of the one that is at it.
    pub(crate) fn give_up(&self, task: &Ticket) -> io::Result<()> {
        let mut state = self.queue.lock();
        task.0.store(true, Ordering::Release);
        state.busy = state.busy.saturating_sub(1);
        drop(state);
        self.hire()
    }
}

impl Drop for Crew {
    /// Forgets what waits, and lets the workers end what they are at, so that no file is left half written.
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.closed = true;
        state.waiting.clear();
        self.queue.changed.notify_all();
        let ended = self.queue.changed.wait_timeout_while(state, PATIENCE, |state| state.busy > 0);
        drop(ended);
    }
}

fn work(queue: &Queue, pool: &ThreadPool) {
    while let Some(Task { work, lost }) = queue.next() {
        pool.install(work);
        let mut state = queue.lock();
        if lost.load(Ordering::Acquire) {
            return;
        }
        state.busy = state.busy.saturating_sub(1);
        queue.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_task_that_is_given_up_does_not_keep_the_others_waiting() {
        let crew = Crew::new(1).unwrap();
        let (go, wait) = channel::<()>();
        let (tell, told) = channel();
        let begun = tell.clone();
        let stuck = crew.give(false, move || {
            begun.send(0).unwrap();
            let _ = wait.recv();
        });
        assert_eq!(told.recv().unwrap(), 0);
        for n in [1, 2] {
            let tell = tell.clone();
            crew.give(n == 2, move || tell.send(n).unwrap());
        }
        assert!(told.try_recv().is_err(), "the only worker is at the first task");
        crew.give_up(&stuck).unwrap();
        assert_eq!([told.recv().unwrap(), told.recv().unwrap()], [2, 1], "the urgent one first");
        drop(go);
    }
}
