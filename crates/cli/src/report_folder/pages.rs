//! The pages of one recording.

use crate::failure::Outcome;
use crate::translate;
use brinell_diagnosis::{Diagnosis, Verdict};
use brinell_report::{Forms, Language, ReportPaths, write_report};
use clap::ValueEnum;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the report of one recording lies.
pub(crate) type Written = ReportPaths;

/// Which recordings get pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Every one that was diagnosed.
    #[default]
    All,
    /// Those with a fault or undecided.
    Doubtful,
    /// None: tables and the page of all only.
    None,
}

/// Writes pages; cheap to share.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    folder: PathBuf,
    forms: Arc<Forms>,
    which: Which,
    force: bool,
}

impl Pages {
    /// Pages of these forms in a folder.
    pub(crate) fn new(folder: PathBuf, forms: Forms, which: Which, force: bool) -> Self {
        Self { folder, forms: Arc::new(forms), which, force }
    }

    /// Language of the pages.
    pub(crate) fn language(&self) -> Language {
        self.forms.language
    }

    /// Writes what a diagnosis gets: JSON, HTML and further forms, or nothing.
    pub(crate) fn write(&self, diagnosis: &Diagnosis) -> Outcome<Option<Written>> {
        let wanted = match self.which {
            Which::All => true,
            Which::Doubtful => !matches!(diagnosis.verdict, Verdict::NoFaultFound { .. }),
            Which::None => false,
        };
        if !wanted {
            return Ok(None);
        }
        write_report(diagnosis, &self.folder, &self.forms, self.force)
            .map(Some)
            .map_err(|error| translate::report(&error))
    }
}
