//! `--watch`: files that come and change while the program looks on.

use crate::interrupt::Interrupt;
use crate::manifest::Job;
use crate::session::Session;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Between two looks at the folders.
const PAUSE: Duration = Duration::from_secs(2);
/// How soon Ctrl-C is heard.
const LISTEN: Duration = Duration::from_millis(100);

/// Length and time of the last change of a file; `None` where it is not there.
type Stamp = Option<(u64, SystemTime)>;

fn stamp(path: &Path) -> Stamp {
    let meta = path.metadata().ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

/// The files that are known, each as it was when it was taken.
#[derive(Default)]
pub(super) struct Watch {
    taken: BTreeMap<PathBuf, Stamp>,
    /// As it was at the last look: what still changes is being written.
    seen: BTreeMap<PathBuf, Stamp>,
    told: bool,
}

impl Watch {
    /// Says once that the program goes on to look.
    pub(super) fn tell(&mut self, session: &Session) {
        if !std::mem::replace(&mut self.told, true) {
            let every = PAUSE.as_secs();
            session.hint(&format!(
                "looking every {every} s for recordings that are new or have changed; Ctrl-C ends"
            ));
        }
    }

    /// Notes that these were taken as they are.
    pub(super) fn take(&mut self, jobs: &[Job]) {
        for job in jobs {
            self.taken.insert(job.path.clone(), stamp(&job.path));
        }
    }

    /// Those that are new or have changed, and were the same at the last look.
    pub(super) fn settled(&mut self, jobs: Vec<Job>) -> Vec<Job> {
        let mut now = BTreeMap::new();
        let mut settled = Vec::new();
        for job in jobs {
            let stamp = stamp(&job.path);
            let is_new = self.taken.get(&job.path) != Some(&stamp);
            if is_new && stamp.is_some() && self.seen.get(&job.path) == Some(&stamp) {
                settled.push(job);
            } else if is_new {
                now.insert(job.path, stamp);
            }
        }
        self.seen = now;
        settled
    }
}

/// Waits until it is time for the next look; `false` when a signal came.
pub(super) fn pause(interrupt: &Interrupt) -> bool {
    let until = Instant::now() + PAUSE;
    while Instant::now() < until && !interrupt.requested() {
        std::thread::sleep(LISTEN);
    }
    !interrupt.requested()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_taken_once_it_no_longer_changes_and_again_after_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let jobs = || vec![Job { path: path.clone(), row: None, refused: None }];
        let mut watch = Watch::default();
        assert!(watch.settled(jobs()).is_empty(), "it is not there");
        std::fs::write(&path, "1").unwrap();
        assert!(watch.settled(jobs()).is_empty(), "it may still be written");
        std::fs::write(&path, "12").unwrap();
        assert!(watch.settled(jobs()).is_empty(), "it was");
        assert_eq!(watch.settled(jobs()).len(), 1);
        watch.take(&jobs());
        assert!(watch.settled(jobs()).is_empty() && watch.settled(jobs()).is_empty(), "it is done");
        std::fs::write(&path, "123").unwrap();
        assert!(watch.settled(jobs()).is_empty());
        assert_eq!(watch.settled(jobs()).len(), 1);
    }
}
