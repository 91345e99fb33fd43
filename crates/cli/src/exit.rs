//! Exit codes. They are part of the interface: scripts branch on them.

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: done, and the answer is bad (a finding with `--fail-on`, a mismatch).
    Bad,
    /// 2: usage or configuration.
    Usage,
    /// 3: input data.
    Input,
    /// 4: device or resource.
    Resource,
    /// 5: network.
    Network,
    /// 6: some files of a batch failed.
    Partial,
    /// 70: a bug in the program.
    Internal,
    /// 130 or 143: stopped by a signal.
    Signal(u8),
}

impl Exit {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Bad => 1,
            Exit::Usage => 2,
            Exit::Input => 3,
            Exit::Resource => 4,
            Exit::Network => 5,
            Exit::Partial => 6,
            Exit::Internal => 70,
            Exit::Signal(number) => number,
        }
    }

    /// The exit of a batch: good results exist or not, some items failed, and how the worst failed.
    /// 70 > 4 > 1 > 6 > 3: who asked for 1 with `--fail-on` waits for it.
    pub(crate) fn of_batch(done: usize, failures: &[Exit], bad: bool) -> Exit {
        let has = |exit: Exit| failures.contains(&exit);
        if has(Exit::Internal) {
            Exit::Internal
        } else if has(Exit::Resource) {
            Exit::Resource
        } else if bad {
            Exit::Bad
        } else if let Some(first) = failures.first() {
            let all_alike = failures.iter().all(|exit| exit == first);
            match (done, all_alike) {
                (0, true) => *first,
                (0, false) => Exit::Input,
                _ => Exit::Partial,
            }
        } else {
            Exit::Done
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_a_batch_decides() {
        assert_eq!(Exit::of_batch(3, &[], true), Exit::Bad);
        assert_eq!(Exit::of_batch(3, &[Exit::Input], true), Exit::Bad);
        assert_eq!(Exit::of_batch(3, &[Exit::Input], false), Exit::Partial);
        assert_eq!(Exit::of_batch(3, &[Exit::Input, Exit::Resource], true), Exit::Resource);
        assert_eq!(Exit::of_batch(3, &[Exit::Resource, Exit::Internal], true), Exit::Internal);
        assert_eq!(Exit::of_batch(0, &[Exit::Input], false), Exit::Input);
        assert_eq!(Exit::of_batch(0, &[Exit::Usage, Exit::Input], false), Exit::Input);
        assert_eq!(Exit::of_batch(1, &[], false), Exit::Done);
    }
}
