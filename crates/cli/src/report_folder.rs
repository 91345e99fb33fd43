//! The folder that a diagnosis of many recordings fills: a page and a JSON file each, and what
//! brings them together.

use crate::failure::Outcome;
use crate::output::{exists_already, is_filled, prepare_folder};
use crate::terminal::visible;
use crate::translate;
use brinell_diagnosis::Diagnosis;
use brinell_report::{
    Declared, FleetOptions, FleetRow, Forms, ReportPaths, Tables, report_name, write_fleet, write_report,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files that are about all recordings.
pub(crate) const TOGETHER: [&str; 3] = ["index.html", "recordings.parquet", "peaks.parquet"];

/// Where the report of one recording lies.
pub(crate) type Written = ReportPaths;

/// A folder that is being filled.
pub(crate) struct ReportFolder {
    folder: PathBuf,
    /// What is written of each recording beside its page and its data.
    forms: Forms,
    force: bool,
    rows: Vec<FleetRow>,
    tables: Tables,
    /// Names that this run has used, in lower case: some systems take no other for different.
    names: BTreeSet<String>,
}

impl ReportFolder {
    /// Refuses a folder that holds something, unless it may be written over.
    pub(crate) fn check(folder: &Path, force: bool) -> Outcome<()> {
        if folder.is_dir() && is_filled(folder) && !force {
            return Err(
                exists_already(folder).why("the folder is not empty, and nothing is overwritten unasked")
            );
        }
        Ok(())
    }

    /// Makes sure that the folder can be written, before any work.
    pub(crate) fn open(folder: &Path, forms: Forms, force: bool) -> Outcome<Self> {
        Self::check(folder, force)?;
        prepare_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            forms,
            force,
            rows: Vec::new(),
            tables: Tables::new(),
            names: BTreeSet::new(),
        })
    }

    /// Writes the report of one recording.
    pub(crate) fn add(&mut self, diagnosis: &Diagnosis) -> Outcome<Written> {
        let diagnosis = &*self.under_own_name(diagnosis);
        let paths = write_report(diagnosis, &self.folder, &self.forms, self.force)
            .map_err(|e| translate::report(&e))?;
        let page = paths.html.file_name().map(|name| name.to_string_lossy().into_owned());
        self.rows.push(FleetRow::diagnosed(diagnosis, page.as_deref()));
        self.tables.push(diagnosis);
        Ok(paths)
    }

    /// The diagnosis, with a number behind its identifier when its report would otherwise take the
    /// name of an earlier one of this run.
    fn under_own_name<'a>(&mut self, diagnosis: &'a Diagnosis) -> Cow<'a, Diagnosis> {
        let mut named = Cow::Borrowed(diagnosis);
        let mut number = 1_u64;
        while !self.names.insert(report_name(&named).to_lowercase()) {
            number += 1;
            named.to_mut().id = format!("{}-{number}", diagnosis.id);
        }
        named
    }

    /// Notes a recording that could not be diagnosed: it has a row as well, with what was said of it.
    pub(crate) fn add_failure(&mut self, path: &Path, declared: &Declared, reason: &str) {
        let name = visible(&path.to_string_lossy());
        self.rows.push(FleetRow::failed(name.clone(), declared, reason));
        self.tables.push_failed(name, declared, reason);
    }

    /// Writes what brings the recordings together; gives the path of its page.
    pub(crate) fn close(self) -> Outcome<PathBuf> {
        let options = FleetOptions { language: self.forms.language, ..FleetOptions::default() };
        let index = write_fleet(&self.rows, &options, &self.folder, self.force)
            .map_err(|error| translate::report(&error))?;
        self.tables.write(&self.folder, self.force).map_err(|error| translate::report(&error))?;
        Ok(index)
    }
}
