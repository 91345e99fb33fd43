//! Errors of a file with the place in it, in one line for readers of formats.

use crate::error::Error;
use crate::source::Source;
use std::io;

impl Source {
    /// The bytes contradict the format at `offset`.
    pub(crate) fn malformed(&self, offset: u64, element: &str, why: impl Into<String>) -> Error {
        Error::Malformed {
            path: self.name(),
            variable: None,
            offset,
            element: element.to_owned(),
            why: why.into(),
        }
    }

    /// An element at `offset` declares more bytes than are left.
    pub(crate) fn truncated(&self, offset: u64, element: &str, declared: u64) -> Error {
        Error::Truncated {
            path: self.name(),
            variable: None,
            offset: self.length(),
            element: format!("{element} at byte {offset}"),
            declared,
            left: self.length().saturating_sub(offset),
        }
    }

    /// A kind of content that is not read.
    pub(crate) fn unsupported(&self, variable: &str, what: impl Into<String>, help: &str) -> Error {
        Error::Unsupported {
            path: self.name(),
            variable: variable.to_owned(),
            what: what.into(),
            help: help.to_owned(),
        }
    }

    /// A size beyond what is taken into memory.
    pub(crate) fn beyond(&self, what: &str, stated: u64, limit: u64) -> Error {
        Error::Limit { path: self.name(), what: what.to_owned(), stated, limit }
    }

    /// What a library's reader met while it read this file.
    pub(crate) fn io(&self, error: &io::Error) -> Error {
        Error::io(self.path(), "read", error)
    }
}
