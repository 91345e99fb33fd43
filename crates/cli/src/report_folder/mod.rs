//! The folder that a diagnosis of many recordings fills: a page and a JSON file each, tables in parts, one page of all, and
//! what is needed to go on later.
//!
//! | file | idea |
//! |---|---|
//! | `entry.rs` | what is kept of one recording |
//! | `state.rs` | the entries on the disk: parts, and lines that a kill does not lose |
//! | `pages.rs` | pages of one recording, written by any thread |

mod entry;
mod pages;
mod state;

pub(crate) use entry::{Entry, Key, Told, path_text};
pub(crate) use pages::{Pages, Which, Written};
pub(crate) use state::{is_report_folder, to_go_on};

use crate::failure::Outcome;
use crate::output::{exists_already, is_filled, prepare_folder};
use crate::terminal::shell_path;
use crate::translate;
use brinell_diagnosis::Diagnosis;
use brinell_report::{FleetChoice, FleetOptions, write_fleet};
use state::State;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is about all recordings.
pub(crate) const TOGETHER: [&str; 3] = ["index.html", "recordings/*.parquet", "peaks/*.parquet"];

/// Recordings that the page of all shows at most: more of them no browser orders at once, and nobody reads.
const SHOWN: usize = 2000;

/// What becomes of a folder that holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It is refused.
    Empty,
    /// What is in the way is written over.
    Anew,
    /// What is done stays.
    GoOn,
}

/// A folder that is being filled.
#[derive(Debug)]
pub(crate) struct ReportFolder {
    folder: PathBuf,
    pages: Pages,
    state: State,
    /// Identifiers that were used, in lower case: they are names of files too, and some systems take no other for different.
    ids: BTreeSet<String>,
}

impl ReportFolder {
    /// Refuses a folder that holds something, unless it is to be written over or gone on with.
    pub(crate) fn check(folder: &Path, begin: Begin) -> Outcome<()> {
        if begin != Begin::Empty || !folder.is_dir() || !is_filled(folder) {
            return Ok(());
        }
        let refused = exists_already(folder);
        Err(if is_report_folder(folder) {
            refused.why("an earlier run filled it, and nothing is overwritten unasked").help(format!(
                "--resume goes on with it, --force starts anew, or choose another folder: -o {}-2",
                shell_path(folder)
            ))
        } else {
            refused.why("the folder is not empty, and nothing is overwritten unasked")
        })
    }

    /// Makes sure that the folder can be written, before any work.
    pub(crate) fn open(folder: &Path, pages: Pages, classes: Vec<String>, begin: Begin) -> Outcome<Self> {
        Self::check(folder, begin)?;
        prepare_folder(folder)?;
        let state = State::open(folder, classes, begin == Begin::Anew)?;
        let mut ids = BTreeSet::new();
        state.each(&mut |entry| {
            ids.extend(entry.results.iter().filter_map(|told| told.id.as_deref()).map(str::to_lowercase));
            Ok(())
        })?;
        Ok(Self { folder: folder.to_owned(), pages, state, ids })
    }

    /// What writes the pages of one recording.
    pub(crate) fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// Calls `each` with all that is done.
    pub(crate) fn each(&self, each: &mut dyn FnMut(&Entry) -> Outcome<()>) -> Outcome<()> {
        self.state.each(each)
    }

    /// Puts a number behind a diagnosis' identifier when an earlier one has it: the tables and the pages go by it.
    pub(crate) fn name(&mut self, diagnosis: &mut Diagnosis) {
        let own = diagnosis.id.clone();
        let mut number = 1_u64;
        while !self.ids.insert(diagnosis.id.to_lowercase()) {
            number += 1;
            diagnosis.id = format!("{own}-{number}");
        }
    }

    /// Keeps what became of a recording.
    pub(crate) fn add(&mut self, entry: Entry) -> Outcome<()> {
        self.state.add(entry)
    }

    /// Takes out what no longer holds, with its pages.
    pub(crate) fn take_out(&mut self, is_gone: &dyn Fn(&Entry) -> bool) -> Outcome<()> {
        let (mut ids, mut pages) = (BTreeSet::new(), Vec::new());
        self.state.each(&mut |entry| {
            for told in entry.results.iter().filter(|_| is_gone(entry)) {
                ids.extend(told.id.as_ref().map(|id| id.to_lowercase()));
                pages.extend(told.row.report.clone());
            }
            Ok(())
        })?;
        self.state.take_out(is_gone)?;
        self.ids.retain(|id| !ids.contains(id));
        for page in pages {
            let page = self.folder.join(page);
            // One that is not there, or cannot be removed, is in no table any more.
            ENDINGS.iter().for_each(|ending| drop(std::fs::remove_file(page.with_extension(ending))));
        }
        Ok(())
    }

    /// Brings tables and the page of all up to date; gives the path of the page.
    pub(crate) fn bring_up_to_date(&mut self) -> Outcome<PathBuf> {
        self.state.flush()?;
        let mut choice = FleetChoice::new(SHOWN);
        self.state.each(&mut |entry| {
            entry.results.iter().for_each(|told| choice.note(&told.row));
            Ok(())
        })?;
        self.state.each(&mut |entry| {
            entry.results.iter().for_each(|told| choice.offer(told.row.clone()));
            Ok(())
        })?;
        let options = FleetOptions { language: self.pages.language(), ..FleetOptions::default() };
        write_fleet(&choice.html(&options), &self.folder, true).map_err(|error| translate::report(&error))
    }
}

/// Endings of the pages of a recording.
const ENDINGS: [&str; 4] = ["html", "json", "pdf", "md"];
